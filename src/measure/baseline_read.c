/* baseline_read.c: baselines read back: whatever the file holds, the result is a whole run or an error. */
#include "measure/baseline_fields.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef struct reader { rf_arena *arena; const char *name; rf_error *reterr; } reader;

static rf_code damaged(const reader *r, const char *id, const char *what) {
    rf_code code = rf_raise(r->reterr, RF_EPARSE, "%s is no baseline, or damaged: %s%s%s", r->name, id, *id ? ": " : "", what);
    rf_error_hint(r->reterr, "measure it anew with --save-baseline");
    return code;
}

static const rf_value *member(const rf_value *map, const char *key) {
    return map && map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(key)) : NULL;
}

/* What is not there, or not known (null), is NaN. */
static double number_of(const rf_value *value) { return value && value->kind == RF_DOUBLE ? value->number : (double)NAN; }

static rf_unit unit_of(const rf_value *value) {
    for (rf_unit unit = RF_UNIT_NONE; value && value->kind == RF_STRING && unit <= RF_UNIT_CALLS; unit++)
        if (rf_slice_is(rf_value_text(value), rf_unit_name(unit)))
            return unit;
    return RF_UNIT_NONE;
}

static rf_sampling sampling_of(const rf_value *value) {
    for (rf_sampling i = RF_SAMPLING_AUTO; value && value->kind == RF_STRING && rf_kept_samplings[i]; i++)
        if (rf_slice_is(rf_value_text(value), rf_kept_samplings[i]))
            return i;
    return RF_SAMPLING_AUTO;
}

/* A whole number from 0 to `most`; what is none counts as 0. */
static uint64_t whole(double number, uint64_t most) {
    return number >= 0 && number <= 9007199254740992.0 && number <= (double)most ? (uint64_t)number : 0;
}

static void take_room(const rf_value *value, char *place, size_t room) {
    rf_slice text = value && value->kind == RF_STRING ? rf_value_text(value) : (rf_slice){ "", 0 };
    size_t len = text.len < room - 1 ? text.len : room - 1;
    if (len)
        memcpy(place, text.data, len);
    place[len] = '\0';
}

static bool take_text(const reader *r, const rf_value *value, const char **ret) {
    *ret = NULL;
    if (!value || value->kind != RF_STRING)
        return true;
    *ret = rf_slice_dup_in(r->arena, rf_value_text(value)).data;
    return *ret != NULL;
}

static bool take_field(const reader *r, const rf_kept *row, const rf_value *value, void *place) {
    double number = number_of(value);
    switch (row->kind) {
    case RF_KEPT_ROOM: take_room(value, place, row->room); break;
    case RF_KEPT_TEXT: return take_text(r, value, place);
    case RF_KEPT_DOUBLE: *(double *)place = isnan(number) ? 0 : number; break;
    case RF_KEPT_U32: *(uint32_t *)place = (uint32_t)whole(number, UINT32_MAX); break;
    case RF_KEPT_U64: *(uint64_t *)place = whole(number, UINT64_MAX); break;
    case RF_KEPT_BOOL: *(bool *)place = value && value->kind == RF_BOOL && value->truth; break;
    case RF_KEPT_UNIT: *(rf_unit *)place = unit_of(value); break;
    case RF_KEPT_SAMPLING: *(rf_sampling *)place = sampling_of(value); break;
    case RF_KEPT_GRADE:
        *(char *)place = value && value->kind == RF_STRING && value->size == 1 && strchr("ABCD", value->text[0]) ? value->text[0] : 'D';
        break;
    }
    return true;
}

static rf_code take_fields(const reader *r, const rf_kept *rows, const rf_value *from, void *to) {
    for (; rows->key; rows++)
        if (!take_field(r, rows, member(from, rows->key), (char *)to + rows->at))
            return rf_raise_nomem(r->reterr);
    return RF_OK;
}

static rf_code take_estimates(const reader *r, const char *id, const rf_value *from, rf_estimates *estimates) {
    for (const rf_kept_estimate *row = rf_kept_estimates; row->key; row++) {
        rf_interval *interval = (rf_interval *)(void *)((char *)estimates + row->at);
        (void)take_fields(r, rf_kept_interval, member(from, row->key), interval); /* numbers only */
    }
    (void)take_fields(r, rf_kept_outliers, member(from, "outliers"), &estimates->outliers);
    estimates->r2 = number_of(member(from, "r2"));
    estimates->minimum = number_of(member(from, "minimum"));
    estimates->maximum = number_of(member(from, "maximum"));
    if (isnan(estimates->r2))
        estimates->r2 = 1;
    bool good = estimates->mean.point > 0 && estimates->median.point > 0 && estimates->slope.point > 0;
    return !good || isnan(estimates->minimum) || isnan(estimates->maximum) ? damaged(r, id, "no estimates") : RF_OK;
}

static rf_code take_samples(const reader *r, const char *id, const rf_value *list, rf_measurement *m) {
    if (!list || list->kind != RF_LIST || list->size < 2 || list->size > RF_BASELINE_SAMPLES_MAX)
        return damaged(r, id, "no samples");
    double *room = rf_arena_zero(r->arena, 3 * (size_t)list->size, sizeof *room);
    if (!room)
        return rf_raise_nomem(r->reterr);
    m->count = list->size;
    m->iterations = room;
    m->ns = room + list->size;
    m->cpu_ns = room + 2 * (size_t)list->size;
    for (uint32_t i = 0; i < list->size; i++) {
        const rf_value *sample = &list->items[i];
        if (sample->kind != RF_LIST || sample->size != 3)
            return damaged(r, id, "a sample is three numbers");
        m->iterations[i] = number_of(&sample->items[0]);
        m->ns[i] = number_of(&sample->items[1]);
        m->cpu_ns[i] = number_of(&sample->items[2]);
        if (!(m->iterations[i] > 0) || !(m->ns[i] > 0) || !(m->cpu_ns[i] >= 0))
            return damaged(r, id, "a sample without iterations or time");
    }
    return RF_OK;
}

static rf_code take_result(const reader *r, const rf_member *from, rf_result_of_bench *result) {
    result->id = rf_slice_dup_in(r->arena, from->key).data;
    if (!result->id)
        return rf_raise_nomem(r->reterr);
    rf_code code = take_fields(r, rf_kept_bench, &from->value, &result->bench);
    if (!code && (!result->bench.group || !result->bench.name))
        code = damaged(r, result->id, "no group or no name");
    if (!code && !take_text(r, member(&from->value, "failure"), &result->failure))
        code = rf_raise_nomem(r->reterr);
    if (code || result->failure)
        return code;
    (void)take_fields(r, rf_kept_measurement, member(&from->value, "measurement"), &result->measurement); /* no texts */
    (void)take_fields(r, rf_kept_noise, member(&from->value, "noise"), &result->measurement.noise);
    code = take_estimates(r, result->id, member(&from->value, "estimates"), &result->estimates);
    return code ? code : take_samples(r, result->id, member(&from->value, "samples"), &result->measurement);
}

static rf_code check_version(const reader *r, const rf_value *root) {
    double version = number_of(member(root, "riffle_baseline"));
    if (version == RF_BASELINE_VERSION)
        return RF_OK;
    if (!(version > RF_BASELINE_VERSION))
        return damaged(r, "", "it has no `riffle_baseline`, or one that is no version");
    rf_code code = rf_raise(r->reterr, RF_EPARSE, "%s is of format %g, and this riffle knows %d", r->name, version, RF_BASELINE_VERSION);
    rf_error_hint(r->reterr, "use a newer riffle, or measure anew");
    return code;
}

static rf_code take_head(const reader *r, const rf_value *root, rf_bench_run *run) {
    const rf_value *began = member(root, "began"), *options = member(root, "options"), *resampling = member(root, "resampling");
    if (!take_text(r, member(root, "version"), &run->version) || !take_text(r, member(root, "commit"), &run->commit))
        return rf_raise_nomem(r->reterr);
    run->version = run->version ? run->version : "";
    run->commit = run->commit ? run->commit : "";
    if (!began || began->kind != RF_STRING || !rf_clock_parse_rfc3339(rf_value_text(began), &run->began_ms))
        run->began_ms = 0;
    (void)take_fields(r, rf_kept_machine, member(root, "machine"), &run->machine); /* these three: no texts outside of them */
    if (options)
        (void)take_fields(r, rf_kept_options, options, &run->options);
    if (resampling)
        (void)take_fields(r, rf_kept_resampling, resampling, &run->estimate);
    return RF_OK;
}

static rf_code take_run(const reader *r, const rf_value *root, rf_bench_run *run) {
    const rf_value *results = member(root, "results");
    rf_code code = check_version(r, root);
    if (!code)
        code = take_head(r, root, run);
    if (!code && (!results || results->kind != RF_MAP))
        code = damaged(r, "", "it has no `results`");
    for (uint32_t i = 0; !code && i < results->size; i++) {
        rf_result_of_bench result = { 0 };
        code = take_result(r, &results->members[i], &result);
        if (!code && !rf_vec_push(&run->results, result))
            code = rf_raise_nomem(r->reterr);
    }
    return code;
}

rf_code rf_baseline_read(rf_slice text, const char *name, rf_arena *arena, rf_bench_run *ret_run, rf_error *reterr) {
    assert(name && arena && ret_run);
    const reader r = { arena, name, reterr };
    rf_value root;
    *ret_run = (rf_bench_run){ .arena = arena, .options = RF_SAMPLER_DEFAULT, .estimate = RF_ESTIMATE_DEFAULT };
    rf_code code = rf_json_parse(arena, text, RF_JSON_DOUBLES, &root, reterr);
    if (code == RF_EPARSE)
        rf_error_prefix(reterr, "%s: ", name);
    else if (code == RF_ELIMIT)
        code = damaged(&r, "", "nested too deep, or too large");
    if (!code)
        code = take_run(&r, &root, ret_run);
    if (code)
        rf_bench_run_done(ret_run);
    return code;
}
