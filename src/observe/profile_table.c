/* profile_table.c: see profile_table.h. */
#include "observe/profile_table.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <string.h>

enum { BLOCK_BYTES = 16384 };

/* In the arena; its key in the table is what lies behind `value`, without gaps. */
typedef struct entry {
    uint64_t samples, value;
    const char *thread, *stage; /* one address for each text */
    uint64_t native_count, script_count;
    uintptr_t native[];         /* then the script's frames */
} entry;

#define KEY_AT offsetof(entry, thread)

static rf_script_frame *script_of(const entry *e) { return (rf_script_frame *)(uintptr_t)(e->native + e->native_count); }

/* NULL: out of memory. */
static const char *intern(rf_profile_table *table, const char *text, size_t max) {
    rf_slice key = { text, strnlen(text, max) };
    const char *known = rf_table_get(&table->texts, key);
    if (known)
        return known;
    rf_slice copy = rf_slice_dup_in(&table->arena, key);
    if (!copy.data || !rf_table_put(&table->texts, copy, (void *)(uintptr_t)copy.data))
        return NULL;
    return copy.data;
}

/* Zeroes behind texts, so that equal frames have equal bytes. */
static void copy_frame(rf_script_frame *to, const rf_script_frame *from) {
    memset(to, 0, sizeof *to);
    memcpy(to->function, from->function, strnlen(from->function, sizeof to->function - 1));
    memcpy(to->file, from->file, strnlen(from->file, sizeof to->file - 1));
    to->line = from->line;
}

/* Room for the largest there is. */
typedef union any_entry {
    entry e;
    char room[sizeof(entry) + RF_PROFILE_NATIVE_MAX * sizeof(uintptr_t) + RF_WHERE_FRAMES_MAX * sizeof(rf_script_frame)];
} any_entry;

/* Fills all but the counts; returns the bytes of all, 0 without memory. */
static size_t make_entry(rf_profile_table *table, const char *thread, const rf_raw_sample *raw, entry *e) {
    assert(raw->native_count <= RF_PROFILE_NATIVE_MAX && raw->script_count <= RF_WHERE_FRAMES_MAX);
    e->thread = intern(table, thread, SIZE_MAX);
    e->stage = intern(table, raw->stage, sizeof raw->stage);
    e->native_count = raw->native_count;
    e->script_count = raw->script_count;
    memcpy(e->native, rf_raw_native(raw), raw->native_count * sizeof *e->native);
    for (uint32_t i = 0; i < raw->script_count; i++)
        copy_frame(&script_of(e)[i], &rf_raw_script(raw)[i]);
    if (!e->thread || !e->stage)
        return 0;
    return (size_t)((char *)(script_of(e) + e->script_count) - (char *)e);
}

static entry *find_or_keep(rf_profile_table *table, const entry *e, size_t bytes) {
    entry *kept = rf_table_get(&table->stacks, (rf_slice){ (const char *)e + KEY_AT, bytes - KEY_AT });
    if (kept)
        return kept;
    kept = rf_arena_alloc(&table->arena, bytes);
    if (!kept)
        return NULL;
    memcpy(kept, e, bytes);
    kept->samples = kept->value = 0;
    return rf_table_put(&table->stacks, (rf_slice){ (const char *)kept + KEY_AT, bytes - KEY_AT }, kept) ? kept : NULL;
}

void rf_profile_table_add(rf_profile_table *table, const char *thread, const rf_raw_sample *raw) {
    if (!table->begun)
        rf_arena_init(&table->arena, BLOCK_BYTES);
    table->begun = true;
    any_entry scratch;
    memset(&scratch.e, 0, sizeof scratch.e);
    size_t bytes = make_entry(table, thread, raw, &scratch.e);
    entry *found = bytes ? find_or_keep(table, &scratch.e, bytes) : NULL;
    if (!found) {
        table->lost += raw->count;
        return;
    }
    found->samples += raw->count;
    found->value += raw->value;
}

static void fill(rf_profile_stack *stack, const entry *e) {
    *stack = (rf_profile_stack){ .samples = e->samples, .value = e->value, .thread = e->thread, .stage = e->stage, .script = script_of(e),
                                 .native = e->native, .script_count = (uint32_t)e->script_count, .native_count = (uint32_t)e->native_count };
}

rf_code rf_profile_table_take(rf_profile_table *table, rf_profile *profile, rf_error *reterr) {
    profile->stacks = NULL;
    profile->count = 0;
    profile->owned = NULL;
    rf_arena *arena = rf_alloc(sizeof *arena);
    rf_profile_stack *stacks = rf_alloc_zero(table->stacks.count, sizeof *stacks);
    if (!arena || !stacks) {
        rf_free(arena);
        rf_free(stacks);
        rf_profile_table_done(table);
        return rf_raise_nomem(reterr);
    }
    size_t at = 0;
    rf_slice key;
    void *value;
    while (rf_table_next(&table->stacks, &at, &key, &value))
        fill(&stacks[profile->count++], value);
    *arena = table->arena;
    profile->stacks = stacks;
    profile->owned = arena;
    profile->lost = table->lost;
    table->arena = (rf_arena){ 0 };
    rf_profile_table_done(table);
    return RF_OK;
}

void rf_profile_table_done(rf_profile_table *table) {
    rf_arena_done(&table->arena);
    rf_table_done(&table->stacks);
    rf_table_done(&table->texts);
    *table = (rf_profile_table){ 0 };
}

void rf_profile_done(rf_profile *profile) {
    if (!profile)
        return;
    rf_free(profile->stacks);
    if (profile->owned)
        rf_arena_done(profile->owned);
    rf_free(profile->owned);
    *profile = (rf_profile){ 0 };
}
