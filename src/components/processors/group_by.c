/* group_by: a batch becomes several by what its messages meet, each with processors of its own. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/processors/choice.h"
#include "components/processors/note.h"
#include "components/processors/parcels.h"
#include "message/dynamic.h"

#include <assert.h>

typedef struct group {
    rf_query *check;
    rf_components processors;
} group;

typedef struct group_by {
    rf_list groups;
    rf_note note;
} group_by;

/* What one thread needs. */
typedef struct group_local {
    const group_by *self;
    rf_note *note;
    rf_choice choice; /* targets: the group; the number of groups: none */
} group_local;

static const rf_field group_fields[] = {
    { "check", RF_FIELD_QUERY, offsetof(group, check), NULL, RF_FIELD_REQUIRED, "Whether a message belongs to the group, such as `this.kind == \"alarm\"`.", NULL, NULL, 0, 0, 0 },
    { "processors", RF_FIELD_PROCESSORS, offsetof(group, processors), "[]", 0, "What is done with the group's batch.", NULL, NULL, 0, 0, 0 },
    { 0 },
};
static const rf_field group_by_fields[] = {
    { "", RF_FIELD_OBJECTS, offsetof(group_by, groups), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, "The groups, tested in order.", NULL, group_fields, sizeof(group), 0, 0 },
    { 0 },
};

static const group *group_of(const group_by *self, size_t g) { return (const group *)self->groups.items + g; }

static rf_code group_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    group_by *self = state;
    rf_note_init(&self->note, env);
    (void)reterr;
    for (size_t g = 0; g < self->groups.count; g++) {
        rf_error error = { 0 };
        if (group_of(self, g)->check)
            continue;
        (void)rf_raise(&error, RF_ECONFIG, "group %zu has an empty check", g);
        rf_error_hint(&error, "write what its messages meet; `true` for all of them");
        return rf_conf_report(conf, &error);
    }
    return RF_OK;
}

static void group_detach(void *state, void *of_thread) {
    group_local *local = of_thread;
    (void)state;
    if (!local)
        return;
    rf_choice_detach(&local->choice);
    rf_free(local);
}

static rf_code group_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    group_by *self = state;
    group_local *local = rf_alloc_zero(1, sizeof *local);
    if (!local)
        return rf_raise_nomem(reterr);
    local->self = self;
    local->note = &self->note;
    rf_code code = rf_choice_attach(&local->choice, &self->groups, sizeof(group), offsetof(group, processors), shard, reterr);
    if (code)
        group_detach(state, local);
    else
        *ret_local = local;
    return code;
}

/* A check that fails is not met. */
static rf_code find_group(const group_local *local, rf_batch *batch, uint32_t i, uint32_t *ret_target, rf_error *reterr) {
    for (size_t g = 0; g < local->choice.count; g++) {
        rf_error error = { 0 };
        bool met = false;
        rf_code code = rf_query_test(group_of(local->self, g)->check, batch, i, &met, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code) {
            char what[48];
            (void)snprintf(what, sizeof what, "Failed to test group %zu: ", g);
            rf_note_log(local->note, RF_LOG_ERROR, what, error.message);
        } else if (met) {
            *ret_target = (uint32_t)g;
            return RF_OK;
        }
    }
    *ret_target = (uint32_t)local->choice.count;
    return RF_OK;
}

static rf_code find_groups(group_local *local, rf_batch *batch, rf_error *reterr) {
    rf_code code = rf_choice_room(&local->choice, batch->count, reterr);
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = find_group(local, batch, i, &local->choice.targets[i], reterr);
    return code;
}

/* What the processors made of the group, as the batches that it is by now. */
static void add_part(rf_parcels *parcels, const rf_part *part) {
    const rf_batch *batch = part->batch, *whole = part->whole;
    for (uint32_t i = 0, begin, end; i < batch->count; i = end) {
        rf_batch_parcel(batch, i, &begin, &end);
        for (uint32_t m = i; m < end; m++) {
            rf_message message = batch->messages[m];
            bool known = message.origin && message.origin <= whole->count;
            message.origin = known ? whole->messages[message.origin - 1].origin : 0;
            rf_parcels_add(parcels, &message);
        }
        rf_parcels_cut(parcels);
    }
}

static bool run_group(group_local *local, rf_parcels *parcels, uint32_t g, uint32_t begin, uint32_t end) {
    rf_part *part = &local->choice.part;
    bool fits = rf_choice_begin(&local->choice, parcels->batch, g, begin, end);
    if (fits && part->batch->count > 0) {
        rf_batch_join(part->batch);
        rf_steps_run(local->choice.steps[g], part->batch);
        add_part(parcels, part);
    }
    if (part->whole)
        rf_part_end(part);
    return fits;
}

static rf_code group_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    group_local *local = state;
    for (uint32_t g = 0; g < local->choice.count; g++)
        if (!run_group(local, parcels, g, begin, end))
            return rf_raise_nomem(reterr);
    for (uint32_t i = begin; i < end; i++)
        if (local->choice.targets[i] == local->choice.count)
            rf_parcels_add(parcels, &parcels->batch->messages[i]);
    return RF_OK;
}

static rf_code group_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)state;
    assert(local);
    rf_code code = find_groups(local, batch, reterr);
    return code ? code : rf_parcels_each(batch, group_each, local, reterr);
}

const rf_processor_kind rf_group_by_kind = {
    .name = "group_by",
    .summary = "Makes several batches of one, by what its messages meet, and runs processors on each.",
    .detail = "A message belongs to the first group whose check it meets. The groups come in their order, and what is in none behind them, as a batch, too. A check that fails is "
              "not met. A batch is what an input or a `batching` policy made one; a message that was not batched is one by itself.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 6, batch_size: 6}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - group_by:\n"
               "        - check: this.value % 2 == 0\n"
               "          processors:\n"
               "            - archive: {format: json_array}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = group_by_fields,
    .state_size = sizeof(group_by),
    .open = group_open,
    .attach = group_attach,
    .process = group_process,
    .detach = group_detach,
};
