/* pprof_proto.c: varints and fields of protocol buffers. */
#include "observe/pprof_proto.h"

#include <assert.h>

enum { WIRE_VARINT = 0, WIRE_BYTES = 2, VARINT_MAX = 10 };

void rf_proto_varint(rf_buffer *out, uint64_t value) {
    uint8_t bytes[VARINT_MAX];
    size_t len = 0;
    for (; value > 0x7f; value >>= 7)
        bytes[len++] = (uint8_t)(value | 0x80);
    bytes[len++] = (uint8_t)value;
    rf_buffer_append(out, bytes, len);
}

static size_t varint_len(uint64_t value) {
    size_t len = 1;
    for (; value > 0x7f; value >>= 7)
        len++;
    return len;
}

static void put_key(rf_buffer *out, uint32_t field, unsigned wire) {
    assert(field > 0);
    rf_proto_varint(out, (uint64_t)field << 3 | wire);
}

void rf_proto_uint(rf_buffer *out, uint32_t field, uint64_t value) {
    if (!value)
        return;
    put_key(out, field, WIRE_VARINT);
    rf_proto_varint(out, value);
}

void rf_proto_bytes(rf_buffer *out, uint32_t field, rf_slice bytes) {
    put_key(out, field, WIRE_BYTES);
    rf_proto_varint(out, bytes.len);
    rf_buffer_slice(out, bytes);
}

void rf_proto_packed(rf_buffer *out, uint32_t field, const uint64_t *values, size_t count) {
    size_t len = 0;
    if (!count)
        return;
    for (size_t i = 0; i < count; i++)
        len += varint_len(values[i]);
    put_key(out, field, WIRE_BYTES);
    rf_proto_varint(out, len);
    for (size_t i = 0; i < count; i++)
        rf_proto_varint(out, values[i]);
}
