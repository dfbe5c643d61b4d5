/* pprof_test.c: profiles as pprof reads them, taken apart again byte by byte. */
#include "base/alloc.h"
#include "base/slice.h"
#include "harness.h"
#include "observe/gzip.h"
#include "observe/pprof_proto.h"
#include "observe/profile.h"
#include "observe/profile_frames.h"

#include <string.h>
#include <zlib.h>

typedef struct packed { rf_buffer bytes, plain; } packed;

static void packed_done(packed *self) {
    rf_buffer_done(&self->bytes);
    rf_buffer_done(&self->plain);
}

/* With zlib's own memory: what is tested here is ours. */
static bool unpack(packed *self) {
    z_stream stream = { .next_in = (Bytef *)self->bytes.data, .avail_in = (uInt)self->bytes.len };
    if (!rf_buffer_reserve(&self->plain, 1 << 16) || inflateInit2(&stream, 15 + 16) != Z_OK)
        return false;
    stream.next_out = (Bytef *)self->plain.data;
    stream.avail_out = 1 << 16;
    int ended = inflate(&stream, Z_FINISH);
    self->plain.len = (1 << 16) - stream.avail_out;
    (void)inflateEnd(&stream);
    return ended == Z_STREAM_END && stream.avail_in == 0;
}

static uint64_t read_varint(rf_slice *at) {
    uint64_t value = 0;
    for (unsigned shift = 0; at->len && shift < 64; shift += 7) {
        uint8_t byte = (uint8_t)*at->data;
        *at = (rf_slice){ at->data + 1, at->len - 1 };
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

typedef struct field { uint32_t number; uint64_t value; rf_slice bytes; } field;

static bool next_field(rf_slice *at, field *ret) {
    if (!at->len)
        return false;
    uint64_t key = read_varint(at);
    *ret = (field){ .number = (uint32_t)(key >> 3) };
    ret->value = read_varint(at);
    if ((key & 7) == 0)
        return true;
    if ((key & 7) != 2 || ret->value > at->len)
        return false;
    ret->bytes = (rf_slice){ at->data, ret->value };
    *at = (rf_slice){ at->data + ret->value, at->len - ret->value };
    return true;
}

/* The n-th field of that number, counted from 0. */
static bool find(rf_slice message, uint32_t number, size_t n, field *ret) {
    while (next_field(&message, ret))
        if (ret->number == number && n-- == 0)
            return true;
    *ret = (field){ 0 };
    return false;
}

static size_t count(rf_slice message, uint32_t number) {
    field at;
    size_t n = 0;
    while (next_field(&message, &at))
        n += at.number == number;
    return n;
}

static uint64_t number(rf_slice message, uint32_t field_number) {
    field at;
    return find(message, field_number, 0, &at) ? at.value : 0;
}

static rf_slice string(rf_slice profile, uint64_t index) {
    field at;
    return find(profile, 6, index, &at) ? at.bytes : RF_SLICE("(none)");
}

/* The message of that kind whose id it is. */
static rf_slice by_id(rf_slice profile, uint32_t kind, uint64_t id) {
    field at;
    for (size_t i = 0; find(profile, kind, i, &at); i++)
        if (number(at.bytes, 1) == id)
            return at.bytes;
    return (rf_slice){ 0 };
}

/* "step|chain.js|12" of the n-th location of a sample. */
static rf_slice frame_text(rf_slice profile, rf_slice sample, size_t n, rf_buffer *out) {
    field ids, line;
    uint64_t id = 0;
    rf_buffer_clear(out);
    if (find(sample, 1, 0, &ids))
        for (size_t i = 0; i <= n; i++)
            id = ids.bytes.len ? read_varint(&ids.bytes) : 0;
    if (!id || !find(by_id(profile, 4, id), 4, 0, &line))
        return RF_SLICE("(none)");
    rf_slice function = by_id(profile, 5, number(line.bytes, 1));
    rf_slice name = string(profile, number(function, 2)), file = string(profile, number(function, 4));
    rf_buffer_printf(out, "%.*s|%.*s|%u", RF_SLICE_ARG(name), RF_SLICE_ARG(file), (unsigned)number(line.bytes, 2));
    return rf_buffer_view(out);
}

static rf_slice label(rf_slice profile, rf_slice sample, const char *key) {
    field at;
    for (size_t i = 0; find(sample, 3, i, &at); i++)
        if (rf_slice_is(string(profile, number(at.bytes, 1)), key))
            return string(profile, number(at.bytes, 2));
    return (rf_slice){ 0 };
}

static const rf_script_frame script[] = { { "hash", "redact.fsx", 12 }, { "on_output", "redact.fsx", 30 } };
static const rf_script_frame condition[] = { { "<eval>", "tag/condition-1-if.js", 3 } };
static rf_profile_stack stacks[] = {
    { .samples = 30, .value = 300000000, .thread = "worker 0", .stage = "redact on_output", .script = script, .script_count = 2 },
    { .samples = 10, .value = 100000000, .thread = "worker 1", .stage = "redact on_output", .script = script, .script_count = 2 },
    { .samples = 5, .value = 50000000, .thread = "worker 0", .stage = "tag_processor.conditions[1].if", .script = condition, .script_count = 1 },
    { .samples = 2, .value = 20000000, .thread = "input", .stage = "" },
};
static const rf_profile profile = { .kind = "cpu", .began_ms = 1700000000000, .duration_ns = 500000000, .period_ns = 10000000, .stacks = stacks,
                                    .count = 4, .lost = 7 };
static const rf_profile_type cpu = { "cpu", "nanoseconds" };

RF_TEST(a_varint_takes_seven_bits_a_byte) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_proto_varint(&out, 0);
    rf_proto_varint(&out, 127);
    rf_proto_varint(&out, 300);
    rf_check_text(rf_buffer_view(&out), ((rf_slice){ "\x00\x7f\xac\x02", 4 }));
    rf_buffer_clear(&out);
    rf_proto_varint(&out, UINT64_MAX);
    rf_check_text(rf_buffer_view(&out), ((rf_slice){ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10 }));
}

RF_TEST(fields_of_zero_are_left_out_and_zeros_of_a_row_are_not) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_proto_uint(&out, 3, 0);
    rf_proto_packed(&out, 2, NULL, 0);
    rf_check(out.len == 0);
    rf_proto_packed(&out, 2, (const uint64_t[]){ 0, 300 }, 2);
    rf_proto_bytes(&out, 6, RF_SLICE(""));
    rf_check_text(rf_buffer_view(&out), ((rf_slice){ "\x12\x03\x00\xac\x02\x32\x00", 7 }));
}

RF_TEST(gzip_packs_the_same_bytes_each_time) {
    RF_CLEANUP(packed_done) packed a = { 0 };
    RF_CLEANUP(packed_done) packed b = { 0 };
    rf_error error;
    rf_check(!rf_gzip_write(RF_SLICE("to pack, to pack, to pack"), &a.bytes, &error));
    rf_check(!rf_gzip_write(RF_SLICE("to pack, to pack, to pack"), &b.bytes, &error));
    rf_check_text(rf_buffer_view(&a.bytes), rf_buffer_view(&b.bytes));
    rf_check_text(((rf_slice){ a.bytes.data, 10 }), ((rf_slice){ "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10 }));
    rf_check(unpack(&a));
    rf_check_text(rf_buffer_view(&a.plain), RF_SLICE("to pack, to pack, to pack"));
}

RF_TEST(gzip_packs_nothing_too) {
    RF_CLEANUP(packed_done) packed a = { 0 };
    rf_error error;
    rf_check(!rf_gzip_write((rf_slice){ 0 }, &a.bytes, &error));
    rf_check(unpack(&a) && a.plain.len == 0);
}

RF_TEST(a_profile_says_what_it_measured) {
    RF_CLEANUP(packed_done) packed a = { 0 };
    rf_error error;
    rf_check(!rf_pprof_write(&profile, &cpu, NULL, &a.bytes, &error));
    rf_check(unpack(&a));
    rf_slice all = rf_buffer_view(&a.plain);
    field at;
    rf_check_text(string(all, 0), RF_SLICE(""));
    rf_check(find(all, 1, 0, &at));
    rf_check_text(string(all, number(at.bytes, 1)), RF_SLICE("samples"));
    rf_check_text(string(all, number(at.bytes, 2)), RF_SLICE("count"));
    rf_check(find(all, 1, 1, &at));
    rf_check_text(string(all, number(at.bytes, 1)), RF_SLICE("cpu"));
    rf_check_text(string(all, number(at.bytes, 2)), RF_SLICE("nanoseconds"));
    rf_check(number(all, 9) == UINT64_C(1700000000000000000) && number(all, 10) == 500000000 && number(all, 12) == 10000000);
    rf_check_text(string(all, number(all, 14)), RF_SLICE("cpu"));
    rf_check(find(all, 13, 0, &at));
    rf_check_text(string(all, at.value), RF_SLICE("riffle: cpu"));
    rf_check(find(all, 13, 1, &at));
    rf_check_text(string(all, at.value), RF_SLICE("7 samples were lost: there was no room for them"));
}

RF_TEST(a_sample_has_the_scripts_line_as_its_leaf_and_the_stage_around_it) {
    RF_CLEANUP(packed_done) packed a = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer words = { 0 };
    rf_error error;
    rf_check(!rf_pprof_write(&profile, &cpu, NULL, &a.bytes, &error));
    rf_check(unpack(&a));
    rf_slice all = rf_buffer_view(&a.plain);
    field at, values;
    rf_check(count(all, 2) == 4 && find(all, 2, 0, &at));
    rf_check_text(frame_text(all, at.bytes, 0, &words), RF_SLICE("hash|redact.fsx|12"));
    rf_check_text(frame_text(all, at.bytes, 1, &words), RF_SLICE("on_output|redact.fsx|30"));
    rf_check_text(frame_text(all, at.bytes, 2, &words), RF_SLICE("redact on_output||0"));
    rf_check_text(label(all, at.bytes, "thread"), RF_SLICE("worker 0"));
    rf_check_text(label(all, at.bytes, "stage"), RF_SLICE("redact on_output"));
    rf_check(find(at.bytes, 2, 0, &values));
    rf_check(read_varint(&values.bytes) == 30 && read_varint(&values.bytes) == 300000000);
    rf_check(find(all, 2, 2, &at));
    rf_check_text(frame_text(all, at.bytes, 0, &words), RF_SLICE("condition-1-if.js|tag/condition-1-if.js|3"));
    rf_check(find(all, 2, 3, &at));
    rf_check(count(at.bytes, 1) == 0 && label(all, at.bytes, "stage").data == NULL);
    rf_check_text(label(all, at.bytes, "thread"), RF_SLICE("input"));
}

RF_TEST(functions_and_places_are_written_once) {
    RF_CLEANUP(packed_done) packed a = { 0 };
    rf_error error;
    rf_check(!rf_pprof_write(&profile, &cpu, NULL, &a.bytes, &error));
    rf_check(unpack(&a));
    rf_slice all = rf_buffer_view(&a.plain);
    rf_check(count(all, 4) == 5 && count(all, 5) == 5);
    for (size_t i = 0; i < count(all, 6); i++)
        for (size_t j = 0; j < i; j++)
            rf_check(!rf_slice_eq(string(all, i), string(all, j)));
}

/* Callers are shown within the call, one byte before the return address. */
RF_TEST(native_frames_carry_their_address) {
    RF_CLEANUP(packed_done) packed a = { 0 };
    rf_error error;
    const uintptr_t native[] = { 0x1000, 0x2000, 0x2000 };
    rf_profile_stack stack = { .samples = 1, .value = 1, .thread = "t", .stage = "", .native = native, .native_count = 3 };
    rf_profile one = { .kind = "cpu", .stacks = &stack, .count = 1 };
    rf_check(!rf_pprof_write(&one, &cpu, NULL, &a.bytes, &error));
    rf_check(unpack(&a));
    rf_slice all = rf_buffer_view(&a.plain);
    field at;
    rf_check(count(all, 4) == 2 && count(all, 5) == 0);
    rf_check(find(all, 4, 0, &at) && number(at.bytes, 3) == 0x1000);
    rf_check(find(all, 4, 1, &at) && number(at.bytes, 3) == 0x1fff);
    rf_check(find(all, 2, 0, &at) && find(at.bytes, 1, 0, &at));
    rf_check_text(at.bytes, RF_SLICE("\x01\x02\x02"));
}

RF_TEST(an_empty_profile_is_one_too) {
    RF_CLEANUP(packed_done) packed a = { 0 };
    rf_error error;
    rf_check(!rf_pprof_write(&(rf_profile){ .kind = "heap" }, &(rf_profile_type){ "inuse_space", "bytes" }, NULL, &a.bytes, &error));
    rf_check(unpack(&a));
    rf_check(count(rf_buffer_view(&a.plain), 1) == 2 && count(rf_buffer_view(&a.plain), 2) == 0);
}
