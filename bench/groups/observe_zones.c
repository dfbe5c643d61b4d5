/* observe_zones.c: what zones cost: none, off, traced, added up. */
#include "observe_zones.h"

#include "base/alloc.h"
#include "groups.h"

#include <string.h>

typedef enum kind { NONE, OFF, TRACE, TREE } kind;
typedef struct zones { kind kind; uint64_t value; rf_trace *trace; bool in_tree; } zones;

static void close_zones(void *state) {
    RF_CLEANUP(rf_buffer_done) rf_buffer unread = { 0 };
    zones *self = state;
    if (self->trace)
        rf_trace_stop(self->trace, NULL, &unread);
    if (self->in_tree)
        rf_zone_tree_close();
    rf_free(self);
}

static rf_code open_zones(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    zones *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    self->kind = *(const kind *)bench->arg;
    rf_code code = RF_OK;
    if (self->kind == TRACE)
        code = rf_trace_start(0, &self->trace, reterr);
    else if (self->kind == TREE && !(code = rf_zone_tree_open(reterr)))
        self->in_tree = true;
    if (code)
        close_zones(self);
    else
        *ret_state = self;
    return code;
}

static void work_zones(void *state, uint64_t iterations) {
    zones *self = state;
    self->value = rf_zones_rounds(iterations, self->value);
}

static void work_none(void *state, uint64_t iterations) {
    zones *self = state;
    self->value = rf_zones_rounds_none(iterations, self->value);
}

static rf_code check_zones(void *state, rf_error *reterr) {
    zones *self = state;
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    if (self->kind == OFF && atomic_load(&rf_zones_on))
        return rf_raise(reterr, RF_ESCRIPT, "zones were on all the time");
    if (self->kind != TRACE && self->kind != TREE)
        return RF_OK;
    if (self->trace)
        rf_trace_stop(self->trace, NULL, &json);
    else
        rf_zone_tree_json(&json);
    self->trace = NULL;
    if (json.failed)
        return rf_raise_nomem(reterr);
    return !memmem(json.data, json.len, "bench", sizeof "bench" - 1) ? rf_raise(reterr, RF_ESCRIPT, "no zone was kept") : RF_OK;
}

rf_code rf_group_zones(rf_groups *groups, rf_error *reterr) {
    static const kind kinds[] = { NONE, OFF, TRACE, TREE };
    static const rf_bench rows[] = {
        { .name = "none", .doc = "does a little work 100 times, compiled without zones", .work = work_none },
        { .name = "off", .doc = "the same in 100 zones that are off: at most 100 ns more", .work = work_zones },
        { .name = "on_trace", .doc = "the same in 100 zones that are traced", .work = work_zones },
        { .name = "on_tree", .doc = "the same in 100 zones that are added up", .work = work_zones },
    };
    rf_code code = RF_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !code; i++) {
        rf_bench row = rows[i];
        row.group = "observe_zones";
        row.arg = &kinds[i];
        row.amount = RF_ZONES_A_ROUND;
        row.unit = RF_UNIT_CALLS;
        row.alone = kinds[i] == TRACE; /* one trace at a time */
        row.open = open_zones;
        row.check = check_zones;
        row.close = close_zones;
        code = rf_groups_add(groups, &row, reterr);
    }
    return code;
}
