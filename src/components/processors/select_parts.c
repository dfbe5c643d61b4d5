/* select_parts, insert_part, split, bounds_check: what a batch holds, and how large it is. */
#include "base/slice.h"
#include "components/processors/note.h"
#include "components/processors/parcels.h"

#include <assert.h>

/* ---- select_parts ---- */

typedef struct select_parts {
    const rf_conf *parts_conf;
    int64_t *parts; /* the config's */
    size_t count;
    rf_arena arena;
} select_parts;

static const rf_field select_fields[] = {
    { "parts", RF_FIELD_ANY, offsetof(select_parts, parts_conf), "[]", 0,
      "A list of places: 0 is the first message of the batch, -1 the last. One may stand several times; one that is not there is left out.", NULL,
      NULL, 0, 0, 0 },
    { 0 },
};

static rf_code report_parts(const rf_conf *conf) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "expected a list of whole numbers");
    rf_error_hint(&error, "such as `parts: [0, -1]`");
    return rf_conf_report(conf, &error);
}

static rf_code read_parts(select_parts *self, const rf_value *list, rf_error *reterr) {
    if (list->kind != RF_LIST)
        return report_parts(self->parts_conf);
    self->parts = rf_arena_alloc(&self->arena, (list->size + 1) * sizeof *self->parts);
    if (!self->parts)
        return rf_raise_nomem(reterr);
    for (; self->count < list->size; self->count++) {
        if (list->items[self->count].kind != RF_INT)
            return report_parts(self->parts_conf);
        self->parts[self->count] = list->items[self->count].integer;
    }
    return RF_OK;
}

static rf_code select_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    select_parts *self = state;
    rf_value list = { .kind = RF_LIST };
    (void)conf, (void)env;
    rf_arena_init(&self->arena, 256);
    rf_code code = self->parts_conf ? rf_conf_plain(self->parts_conf, &self->arena, &list, reterr) : RF_OK;
    return code ? code : read_parts(self, &list, reterr);
}

static void select_close(void *state) {
    select_parts *self = state;
    rf_arena_done(&self->arena);
}

static rf_code select_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    const select_parts *self = state;
    const int64_t size = end - begin;
    (void)reterr;
    for (size_t i = 0; i < self->count; i++) {
        int64_t place = self->parts[i] < 0 ? self->parts[i] + size : self->parts[i];
        rf_message copy;
        if (place < 0 || place >= size)
            continue;
        rf_message_share(&parcels->batch->messages[begin + place], &copy);
        rf_parcels_add(parcels, &copy);
    }
    return RF_OK;
}

static rf_code select_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return rf_parcels_each(batch, select_each, state, reterr);
}

const rf_processor_kind rf_select_parts_kind = {
    .name = "select_parts",
    .summary = "Keeps the messages of a batch that stand at certain places.",
    .detail = "A batch is what an input or a `batching` policy made one; a message that was not batched is one by itself.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 6, batch_size: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - select_parts: {parts: [0, -1]}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = select_fields,
    .state_size = sizeof(select_parts),
    .open = select_open,
    .process = select_process,
    .close = select_close,
};

/* ---- insert_part ---- */

typedef struct insert_part {
    int64_t index;
    rf_dynamic *content;
    rf_note note;
} insert_part;

static const rf_field insert_fields[] = {
    { "index", RF_FIELD_INT, offsetof(insert_part, index), "-1", 0, "Where: 0 is before the first message, -1 behind the last.", NULL, NULL, 0,
      -1000000, 1000000 },
    { "content", RF_FIELD_DYNAMIC, offsetof(insert_part, content), "\"\"", 0, "What it holds, asked of the batch's first message.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code insert_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    insert_part *self = state;
    (void)conf, (void)reterr;
    rf_note_init(&self->note, env);
    return RF_OK;
}

static int64_t clamp(int64_t place, int64_t size) {
    place = place < 0 ? size + 1 + place : place;
    return place < 0 ? 0 : place > size ? size : place;
}

/* The message is there in any case; when what it is to hold cannot be told, it is marked. */
static rf_code make_part(insert_part *self, rf_batch *batch, uint32_t begin, rf_message *ret_message, rf_error *reterr) {
    rf_error error = { 0 };
    rf_slice text = { 0 };
    rf_code code = rf_dynamic_text(self->content, batch, begin, &text, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    *ret_message = (rf_message){ .payload = rf_text(RF_RAW, code ? RF_SLICE("") : text) };
    if (code)
        rf_note_fail(&self->note, batch, ret_message, "Part content interpolation error: ", error.message);
    return RF_OK;
}

static rf_code insert_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    insert_part *self = state;
    const uint32_t size = end - begin, place = (uint32_t)clamp(self->index, size);
    rf_message part;
    rf_code code = make_part(self, parcels->batch, begin, &part, reterr);
    if (code)
        return code;
    for (uint32_t i = 0; i <= size; i++) {
        if (i == place)
            rf_parcels_add(parcels, &part);
        if (i < size)
            rf_parcels_add(parcels, &parcels->batch->messages[begin + i]);
    }
    return RF_OK;
}

static rf_code insert_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return rf_parcels_each(batch, insert_each, state, reterr);
}

const rf_processor_kind rf_insert_part_kind = {
    .name = "insert_part",
    .summary = "Puts one more message into each batch.",
    .detail = "It has no metadata. A batch is what an input or a `batching` policy made one; a message that was not batched is one by itself.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 6, batch_size: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - insert_part: {index: 0, content: \"${! batch_size() } values follow\"}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = insert_fields,
    .state_size = sizeof(insert_part),
    .open = insert_open,
    .process = insert_process,
};
