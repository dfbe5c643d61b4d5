/* group_by_value: a batch becomes several, one for each value of a text. */
#include "base/alloc.h"
#include "base/slice.h"
#include "base/table.h"
#include "components/processors/note.h"
#include "components/processors/parcels.h"
#include "message/dynamic.h"

typedef struct group_by_value {
    rf_dynamic *value;
    rf_note note;
} group_by_value;

static const rf_field group_fields[] = {
    { "value", RF_FIELD_DYNAMIC, offsetof(group_by_value, value), NULL, RF_FIELD_REQUIRED, "What messages of one group have in common, such as `${! meta(\"line\") }`.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code group_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    group_by_value *self = state;
    (void)conf, (void)reterr;
    rf_note_init(&self->note, env);
    return RF_OK;
}

/* A message of the batch that is being looked at. */
typedef struct member {
    rf_slice value;
    struct member *next; /* of the same group */
    struct member *last; /* of a group's first member; NULL: it is none */
} member;

/* A message whose value cannot be told is marked, and in the group of the empty text. */
static rf_code read_value(group_by_value *self, rf_batch *batch, uint32_t index, rf_slice *ret_value, rf_error *reterr) {
    rf_error error = { 0 };
    rf_code code = rf_dynamic_text(self->value, batch, index, ret_value, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code) {
        *ret_value = RF_SLICE("");
        rf_message_fail(batch, &batch->messages[index], "group value interpolation error: %s", error.message);
        rf_note_log(&self->note, RF_LOG_ERROR, "Group value interpolation error: ", error.message);
    }
    return RF_OK;
}

/* `groups` has the first member of each. */
static bool link_member(rf_table *groups, member *own) {
    member *first = rf_table_get(groups, own->value);
    if (!first) {
        own->last = own;
        return rf_table_put(groups, own->value, own);
    }
    first->last->next = own;
    first->last = own;
    return true;
}

static rf_code find_groups(group_by_value *self, rf_batch *batch, uint32_t begin, member *members, uint32_t count, rf_error *reterr) {
    RF_CLEANUP(rf_table_done) rf_table groups = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        members[i] = (member){ 0 };
        rf_code code = read_value(self, batch, begin + i, &members[i].value, reterr);
        if (code)
            return code;
        if (!link_member(&groups, &members[i]))
            return rf_raise_nomem(reterr);
    }
    return RF_OK;
}

/* In the order of their first messages. */
static void add_groups(rf_parcels *parcels, uint32_t begin, const member *members, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const member *at = members[i].last ? &members[i] : NULL; /* NULL: it is within another's group */
        for (; at; at = at->next)
            rf_parcels_add(parcels, &parcels->batch->messages[begin + (uint32_t)(at - members)]);
        rf_parcels_cut(parcels);
    }
}

static rf_code group_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    const uint32_t count = end - begin;
    member one, *members = count == 1 ? &one : rf_alloc(count * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    rf_code code = find_groups(state, parcels->batch, begin, members, count, reterr);
    if (!code)
        add_groups(parcels, begin, members, count);
    if (members != &one)
        rf_free(members);
    return code;
}

static rf_code group_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return rf_parcels_each(batch, group_each, state, reterr);
}

const rf_processor_kind rf_group_by_value_kind = {
    .name = "group_by_value",
    .summary = "Makes several batches of one: those messages together for which a text is the same.",
    .detail = "The batches come in the order of their first messages, and the messages of each keep theirs. A batch is what an input or a `batching` policy made one; a "
              "message that was not batched is one by itself.",
    .example = "input:\n"
               "  generate: {mapping: 'root = {\"line\": counter() % 2}', interval: 100ms, count: 6, batch_size: 6}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - group_by_value: {value: '${! json(\"line\") }'}\n"
               "    - archive: {format: json_array}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = group_fields,
    .state_size = sizeof(group_by_value),
    .open = group_open,
    .process = group_process,
};
