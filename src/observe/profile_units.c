/* profile_units.c: values of profiles as people read them, with a point whatever the locale. */
#include "observe/profile_units.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct unit { uint64_t size; const char *name; } unit;

static const unit times[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" } };
static const unit sizes[] = { { 1u << 30, "GiB" }, { 1u << 20, "MiB" }, { 1u << 10, "KiB" }, { 1, "B" } };

static const char *with_unit(const unit *units, size_t count, uint64_t value, char out[RF_UNITS_MAX]) {
    size_t i = 0;
    while (i + 1 < count && value < units[i].size)
        i++;
    if (units[i].size == 1) {
        (void)snprintf(out, RF_UNITS_MAX, "%" PRIu64 " %s", value, units[i].name);
        return out;
    }
    uint64_t whole = value / units[i].size, hundredths = value % units[i].size * 100 / units[i].size;
    (void)snprintf(out, RF_UNITS_MAX, "%" PRIu64 ".%02" PRIu64 " %s", whole, hundredths, units[i].name);
    return out;
}

const char *rf_units_value(const char *kind, uint64_t value, char out[RF_UNITS_MAX]) {
    if (strcmp(kind, "cpu") == 0 || strcmp(kind, "mutex") == 0)
        return with_unit(times, sizeof times / sizeof *times, value, out);
    if (strcmp(kind, "heap") == 0 || strcmp(kind, "allocs") == 0)
        return with_unit(sizes, sizeof sizes / sizeof *sizes, value, out);
    (void)snprintf(out, RF_UNITS_MAX, "%" PRIu64, value);
    return out;
}

const char *rf_units_share(uint64_t part, uint64_t whole, char out[RF_UNITS_MAX]) {
    unsigned tenths = whole ? (unsigned)((double)part / (double)whole * 1000 + 0.5) : 0;
    (void)snprintf(out, RF_UNITS_MAX, "%u.%u %%", tenths / 10, tenths % 10);
    return out;
}
