/* profile_table.h: samples added up by their stacks. */
#ifndef RF_OBSERVE_PROFILE_TABLE_H
#define RF_OBSERVE_PROFILE_TABLE_H

#include "base/arena.h"
#include "base/table.h"
#include "observe/profile.h"

#define RF_STAGE_BYTES 96u

/* As the handler writes it, in 8 byte units: this, `native_count` addresses, `script_count` frames. */
typedef struct rf_raw_sample {
    uint32_t bytes;       /* of all of it */
    uint16_t native_count, script_count;
    uint64_t count;       /* more than 1: the system was late */
    uint64_t value;
    char stage[RF_STAGE_BYTES]; /* cut; "" when no script ran */
} rf_raw_sample;

static inline uintptr_t *rf_raw_native(const rf_raw_sample *raw) { return (uintptr_t *)(uintptr_t)(raw + 1); }
static inline rf_script_frame *rf_raw_script(const rf_raw_sample *raw) {
    return (rf_script_frame *)(void *)(rf_raw_native(raw) + raw->native_count);
}
#define RF_RAW_BYTES_MAX \
    ((sizeof(rf_raw_sample) + RF_PROFILE_NATIVE_MAX * sizeof(uintptr_t) + RF_WHERE_FRAMES_MAX * sizeof(rf_script_frame) + 7) / 8 * 8)

/* Zeroed is empty. One thread at a time. */
typedef struct rf_profile_table {
    rf_arena arena;   /* of all that follows, but the tables' slots */
    rf_table stacks;  /* by their bytes */
    rf_table texts;   /* names of threads and stages */
    bool begun;
    uint64_t lost;
} rf_profile_table;

/* Without memory the sample counts as lost. */
void rf_profile_table_add(rf_profile_table *table, const char *thread, const rf_raw_sample *raw);
/* All of it into a profile (whose kind and times stay as they are), which owns the texts then; the table is empty in any case. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_profile_table_take(rf_profile_table *table, rf_profile *profile, rf_error *reterr);
void rf_profile_table_done(rf_profile_table *table);

#endif
