/* pprof.c: a profile as `go tool pprof` reads it (github.com/google/pprof, proto/profile.proto, message Profile), packed by gzip. */
#include "base/arena.h"
#include "base/slice.h"
#include "base/table.h"
#include "observe/gzip.h"
#include "observe/pprof_proto.h"
#include "observe/profile_frames.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* Numbers of the fields. */
enum { PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE, PROFILE_MAPPING, PROFILE_LOCATION, PROFILE_FUNCTION, PROFILE_STRING, PROFILE_TIME = 9,
       PROFILE_DURATION, PROFILE_PERIOD_TYPE, PROFILE_PERIOD, PROFILE_COMMENT, PROFILE_DEFAULT_TYPE };
enum { TYPE_TYPE = 1, TYPE_UNIT };
enum { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES, SAMPLE_LABEL };
enum { LABEL_KEY = 1, LABEL_TEXT };
enum { MAPPING_ID = 1, MAPPING_START, MAPPING_LIMIT, MAPPING_OFFSET, MAPPING_FILE, MAPPING_BUILD_ID, MAPPING_HAS_FUNCTIONS };
enum { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_ADDRESS, LOCATION_LINE };
enum { LINE_FUNCTION = 1, LINE_LINE };
enum { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_SYSTEM_NAME, FUNCTION_FILE };

/* Texts, functions and locations get their numbers as samples name them, and are written at once: the format leaves the order of fields free. */
typedef struct writer {
    rf_buffer body, part, line; /* the profile; a message in it; a message in that */
    rf_arena arena;             /* keys of the tables */
    rf_table texts, functions, locations; /* key to number + 1 */
    const rf_symbols *symbols;
    const rf_mapping *mappings;
    size_t mapping_count;
    rf_frames frames;
    bool failed;
} writer;

static void writer_done(writer *self) {
    rf_buffer_done(&self->body);
    rf_buffer_done(&self->part);
    rf_buffer_done(&self->line);
    rf_table_done(&self->texts);
    rf_table_done(&self->functions);
    rf_table_done(&self->locations);
    rf_arena_done(&self->arena);
}

/* The key's number in the table, counted from 0; *ret_new when it was not there before. */
static uint64_t number_of(writer *self, rf_table *table, rf_slice key, bool *ret_new) {
    uintptr_t have = (uintptr_t)rf_table_get(table, key);
    *ret_new = have == 0;
    if (have)
        return have - 1;
    uintptr_t number = table->count;
    rf_slice kept = rf_slice_dup_in(&self->arena, key);
    if (!kept.data || !rf_table_put(table, kept, (void *)(number + 1)))
        self->failed = true;
    return number;
}

static uint64_t text(writer *self, const char *from) {
    bool fresh;
    rf_slice slice = rf_slice_of(from);
    uint64_t number = number_of(self, &self->texts, slice, &fresh);
    if (fresh)
        rf_proto_bytes(&self->body, PROFILE_STRING, slice);
    return number;
}

/* An empty message. What a buffer could not hold is not forgotten. */
static void begin(writer *self, rf_buffer *message) {
    self->failed |= message->failed;
    rf_buffer_clear(message);
}

static void put_type(writer *self, uint32_t field, const char *type, const char *unit) {
    begin(self, &self->part);
    rf_proto_uint(&self->part, TYPE_TYPE, text(self, type));
    rf_proto_uint(&self->part, TYPE_UNIT, text(self, unit));
    rf_proto_bytes(&self->body, field, rf_buffer_view(&self->part));
}

static uint64_t function_id(writer *self, const rf_frame *frame) {
    char name[RF_FRAME_NAME_MAX];
    bool fresh;
    uint64_t key[3] = { text(self, rf_frame_name(frame, false, name)), text(self, frame->file), frame->kind };
    uint64_t id = number_of(self, &self->functions, (rf_slice){ (const char *)key, sizeof key }, &fresh) + 1;
    if (!fresh)
        return id;
    begin(self, &self->line);
    rf_proto_uint(&self->line, FUNCTION_ID, id);
    rf_proto_uint(&self->line, FUNCTION_NAME, key[0]);
    rf_proto_uint(&self->line, FUNCTION_SYSTEM_NAME, key[0]);
    rf_proto_uint(&self->line, FUNCTION_FILE, key[1]);
    rf_proto_bytes(&self->body, PROFILE_FUNCTION, rf_buffer_view(&self->line));
    return id;
}

/* From 1; 0: in no file, as code that was made at run time. */
static uint64_t mapping_id(const writer *self, uintptr_t address) {
    for (size_t i = 0; i < self->mapping_count; i++)
        if (address >= self->mappings[i].start && address < self->mappings[i].end)
            return i + 1;
    return 0;
}

/* Native: one for each address. Others: one for each function and line. */
static uint64_t location_id(writer *self, const rf_frame *frame) {
    bool native = frame->kind == RF_FRAME_NATIVE, fresh;
    bool named = !native || frame->function[0];
    uint64_t function = named ? function_id(self, frame) : 0;
    uint64_t key[3] = { native ? frame->address : 0, native ? 0 : function, frame->line };
    uint64_t id = number_of(self, &self->locations, (rf_slice){ (const char *)key, sizeof key }, &fresh) + 1;
    if (!fresh)
        return id;
    begin(self, &self->line);
    rf_proto_uint(&self->line, LINE_FUNCTION, function);
    rf_proto_uint(&self->line, LINE_LINE, frame->line);
    begin(self, &self->part);
    rf_proto_uint(&self->part, LOCATION_ID, id);
    if (native) {
        rf_proto_uint(&self->part, LOCATION_MAPPING, mapping_id(self, frame->address));
        rf_proto_uint(&self->part, LOCATION_ADDRESS, frame->address);
    }
    if (named)
        rf_proto_bytes(&self->part, LOCATION_LINE, rf_buffer_view(&self->line));
    rf_proto_bytes(&self->body, PROFILE_LOCATION, rf_buffer_view(&self->part));
    return id;
}

static void put_label(writer *self, const char *key, const char *value) {
    if (!value || !value[0])
        return;
    begin(self, &self->line);
    rf_proto_uint(&self->line, LABEL_KEY, text(self, key));
    rf_proto_uint(&self->line, LABEL_TEXT, text(self, value));
    rf_proto_bytes(&self->part, SAMPLE_LABEL, rf_buffer_view(&self->line));
}

static void put_sample(writer *self, const rf_profile_stack *stack) {
    uint64_t locations[RF_FRAMES_MAX], values[] = { stack->samples, stack->value };
    rf_frames_read(stack, self->symbols, &self->frames);
    for (uint32_t i = 0; i < self->frames.count; i++)
        locations[i] = location_id(self, &self->frames.items[i]);
    begin(self, &self->part);
    rf_proto_packed(&self->part, SAMPLE_LOCATIONS, locations, self->frames.count);
    rf_proto_packed(&self->part, SAMPLE_VALUES, values, sizeof values / sizeof *values);
    put_label(self, "thread", stack->thread);
    put_label(self, "stage", stack->stage);
    put_label(self, "native", self->frames.at_work);
    rf_proto_bytes(&self->body, PROFILE_SAMPLE, rf_buffer_view(&self->part));
}

/* Each says that its functions are known: pprof then looks for no files on the reader's machine. */
static void put_mappings(writer *self) {
    for (size_t i = 0; i < self->mapping_count; i++) {
        const rf_mapping *mapping = &self->mappings[i];
        begin(self, &self->part);
        rf_proto_uint(&self->part, MAPPING_ID, i + 1);
        rf_proto_uint(&self->part, MAPPING_START, mapping->start);
        rf_proto_uint(&self->part, MAPPING_LIMIT, mapping->end);
        rf_proto_uint(&self->part, MAPPING_OFFSET, mapping->offset);
        rf_proto_uint(&self->part, MAPPING_FILE, text(self, mapping->path ? mapping->path : ""));
        rf_proto_uint(&self->part, MAPPING_BUILD_ID, text(self, mapping->build_id ? mapping->build_id : ""));
        rf_proto_uint(&self->part, MAPPING_HAS_FUNCTIONS, 1);
        rf_proto_bytes(&self->body, PROFILE_MAPPING, rf_buffer_view(&self->part));
    }
}

static void put_comments(writer *self, const rf_profile *profile) {
    char words[96];
    (void)snprintf(words, sizeof words, "riffle: %.60s", profile->kind);
    rf_proto_uint(&self->body, PROFILE_COMMENT, text(self, words));
    if (!profile->lost)
        return;
    (void)snprintf(words, sizeof words, "%" PRIu64 " samples were lost: there was no room for them", profile->lost);
    rf_proto_uint(&self->body, PROFILE_COMMENT, text(self, words));
}

static void put_profile(writer *self, const rf_profile *profile, const rf_profile_type *type) {
    (void)text(self, ""); /* the format wants it to be number 0 */
    put_type(self, PROFILE_SAMPLE_TYPE, "samples", "count");
    put_type(self, PROFILE_SAMPLE_TYPE, type->type, type->unit);
    put_mappings(self);
    for (size_t i = 0; i < profile->count; i++)
        put_sample(self, &profile->stacks[i]);
    rf_proto_uint(&self->body, PROFILE_TIME, (uint64_t)profile->began_ms * UINT64_C(1000000));
    rf_proto_uint(&self->body, PROFILE_DURATION, profile->duration_ns);
    if (profile->period_ns) {
        put_type(self, PROFILE_PERIOD_TYPE, type->type, type->unit);
        rf_proto_uint(&self->body, PROFILE_PERIOD, profile->period_ns);
    }
    rf_proto_uint(&self->body, PROFILE_DEFAULT_TYPE, text(self, type->type));
    put_comments(self, profile);
}

rf_code rf_pprof_write(const rf_profile *profile, const rf_profile_type *value_type, const rf_symbols *symbols, rf_buffer *out,
                       rf_error *reterr) {
    assert(profile && value_type && out);
    RF_CLEANUP(writer_done) writer self = { .symbols = symbols };
    rf_arena_init(&self.arena, 4096);
    if (symbols)
        self.mapping_count = rf_symbols_mappings(symbols, &self.mappings);
    put_profile(&self, profile, value_type);
    if (self.failed || self.body.failed || self.part.failed || self.line.failed)
        return rf_raise_nomem(reterr);
    return rf_gzip_write(rf_buffer_view(&self.body), out, reterr);
}
