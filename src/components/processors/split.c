/* split: large batches become smaller ones; bounds_check: batches and messages out of bounds are dropped. */
#include "base/slice.h"
#include "components/processors/parcels.h"

/* ---- split ---- */

typedef struct split {
    int64_t size;
    uint64_t byte_size;
} split;

static const rf_field split_fields[] = {
    { "size", RF_FIELD_INT, offsetof(split, size), "1", 0, "Messages of a batch; 0: any number.", NULL, NULL, 0, 0, INT64_MAX },
    { "byte_size", RF_FIELD_SIZE, offsetof(split, byte_size), "0", 0, "Bytes of a batch; 0: any number. A message that is larger is a batch by itself.",
      NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code split_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    const split *self = state;
    rf_batch *batch = parcels->batch;
    int64_t count = 0;
    uint64_t bytes = 0;
    for (uint32_t i = begin; i < end; i++) {
        rf_slice content = { 0 };
        if (self->byte_size && rf_message_bytes(batch, &batch->messages[i], &content, reterr) == RF_ENOMEM)
            return RF_ENOMEM;
        if (count > 0 && ((self->size && count >= self->size) || (self->byte_size && bytes + content.len > self->byte_size))) {
            rf_parcels_cut(parcels);
            count = 0;
            bytes = 0;
        }
        rf_parcels_add(parcels, &batch->messages[i]);
        count++;
        bytes += content.len;
    }
    return RF_OK;
}

static rf_code split_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return rf_parcels_each(batch, split_each, state, reterr);
}

const rf_processor_kind rf_split_kind = {
    .name = "split",
    .summary = "Cuts batches into smaller ones.",
    .detail = "What follows sees the smaller batches: `batch_size()`, `archive`. They are still delivered together.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 12, batch_size: 6}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - split: {size: 2}\n"
               "    - archive: {format: json_array}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = split_fields,
    .state_size = sizeof(split),
    .process = split_process,
};

/* ---- bounds_check ---- */

typedef struct bounds {
    int64_t max_part_size, min_part_size, max_parts, min_parts;
    rf_metric dropped;
} bounds;

static const rf_field bounds_fields[] = {
    { "max_part_size", RF_FIELD_INT, offsetof(bounds, max_part_size), "1073741824", 0, "The largest message, in bytes.", NULL, NULL, 0, 0, INT64_MAX },
    { "min_part_size", RF_FIELD_INT, offsetof(bounds, min_part_size), "1", 0, "The smallest message, in bytes.", NULL, NULL, 0, 0, INT64_MAX },
    { "max_parts", RF_FIELD_INT, offsetof(bounds, max_parts), "100", 0, "The most messages of a batch.", NULL, NULL, 0, 0, INT64_MAX },
    { "min_parts", RF_FIELD_INT, offsetof(bounds, min_parts), "1", 0, "The fewest messages of a batch.", NULL, NULL, 0, 0, INT64_MAX },
    { 0 },
};

static rf_code bounds_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    bounds *self = state;
    rf_metric_labels labels = { .label = env->label, .path = env->path, .reason = "out_of_bounds" };
    (void)conf;
    return rf_metrics_counter(env->metrics, "messages_dropped", "Messages dropped, by reason.", &labels, &self->dropped, reterr);
}

static rf_code bounds_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    (void)state, (void)reterr;
    *ret_local = shard->meter;
    return RF_OK;
}

/* What one batch is checked with, and by which thread. */
typedef struct checking { const bounds *bounds; rf_meter *meter; } checking;

static rf_code bounds_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    const checking *check = state;
    const bounds *self = check->bounds;
    rf_batch *batch = parcels->batch;
    bool within = end - begin >= self->min_parts && end - begin <= self->max_parts;
    for (uint32_t i = begin; within && i < end; i++) {
        rf_slice content = { 0 };
        if (rf_message_bytes(batch, &batch->messages[i], &content, reterr) == RF_ENOMEM)
            return RF_ENOMEM;
        within = content.len >= (uint64_t)self->min_part_size && content.len <= (uint64_t)self->max_part_size;
    }
    if (!within)
        rf_meter_add(check->meter, self->dropped, end - begin);
    for (uint32_t i = begin; within && i < end; i++)
        rf_parcels_add(parcels, &batch->messages[i]);
    return RF_OK;
}

static rf_code bounds_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    checking check = { state, local };
    return rf_parcels_each(batch, bounds_each, &check, reterr);
}

const rf_processor_kind rf_bounds_check_kind = {
    .name = "bounds_check",
    .summary = "Drops batches that are too large or too small, or hold a message that is.",
    .detail = "What is dropped is counted in `messages_dropped`, reason `out_of_bounds`.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - bounds_check: {max_part_size: 1000}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = bounds_fields,
    .state_size = sizeof(bounds),
    .open = bounds_open,
    .attach = bounds_attach,
    .process = bounds_process,
};
