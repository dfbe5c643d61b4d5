/* oracle.c: reads oracle.json. */
#include "measure/oracle.h"

#include "base/slice.h"

#include <math.h>
#include <stdio.h>

static bool read_file(rf_buffer *out, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    while (!feof(file) && !ferror(file) && rf_buffer_reserve(out, 65536))
        out->len += fread(out->data + out->len, 1, out->cap - out->len, file);
    bool good = feof(file) && !ferror(file);
    (void)fclose(file);
    return good;
}

bool oracle_open(oracle *o) {
    static const char path[] = "../../../../tests/measure/oracle.json";
    *o = (oracle){ 0 };
    rf_arena_init(&o->arena, 1 << 18);
    for (int here = 4; here >= 0; here--) /* the working directory first, then upwards */
        if (read_file(&o->text, path + 3 * here))
            return rf_json_parse(&o->arena, rf_buffer_view(&o->text), RF_JSON_DOUBLES, &o->root, NULL) == RF_OK;
    return false;
}

void oracle_done(oracle *o) {
    rf_arena_done(&o->arena);
    rf_buffer_done(&o->text);
}

const rf_value *oracle_at(const rf_value *map, const char *name) {
    static const rf_value none = { .kind = RF_NULL };
    const rf_value *found = map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
    return found ? found : &none;
}

double oracle_number(const rf_value *value) {
    return value->kind == RF_DOUBLE ? value->number : value->kind == RF_INT ? (double)value->integer : NAN;
}

double oracle_item(const rf_value *list, uint32_t i) {
    return list->kind == RF_LIST && i < list->size ? oracle_number(&list->items[i]) : NAN;
}

static double *numbers(oracle *o, const rf_value *list) {
    double *all = list->kind == RF_LIST ? rf_arena_alloc(&o->arena, list->size * sizeof *all) : NULL;
    for (uint32_t i = 0; all && i < list->size; i++)
        all[i] = oracle_item(list, i);
    return all;
}

rf_samples oracle_samples(oracle *o, const char *name) {
    const rf_value *set = oracle_at(oracle_at(&o->root, "sets"), name), *ns = oracle_at(set, "ns");
    rf_samples samples = { 0, numbers(o, oracle_at(set, "iterations")), numbers(o, ns), oracle_at(set, "linear")->truth, 0 };
    if (samples.iterations && samples.ns)
        samples.count = ns->size;
    return samples;
}

double *oracle_times(oracle *o, const rf_samples *samples) {
    double *times = rf_arena_alloc(&o->arena, samples->count * sizeof *times);
    for (size_t i = 0; times && i < samples->count; i++)
        times[i] = samples->ns[i] / samples->iterations[i];
    return times;
}

bool oracle_same(double got, double expected) {
    double larger = fmax(fabs(got), fabs(expected));
    return fabs(got - expected) <= 1e-9 * larger || larger < 1e-300;
}

bool oracle_interval(const char *what, const rf_interval *got, const rf_value *expected) {
    double low = oracle_number(oracle_at(expected, "low")), high = oracle_number(oracle_at(expected, "high"));
    double error = oracle_number(oracle_at(expected, "error")), near = 0.02 * (high - low);
    if (oracle_same(got->point, oracle_number(oracle_at(expected, "point"))) && fabs(got->low - low) <= near
        && fabs(got->high - high) <= near && fabs(got->error - error) <= 0.02 * error)
        return true;
    printf("%s: got %.10g in [%g, %g], error %g; expected %.10g in [%g, %g], error %g\n", what, got->point, got->low, got->high,
           got->error, oracle_number(oracle_at(expected, "point")), low, high, error);
    return false;
}
