/* pprof_proto.h: as much of protocol buffers' wire format as a profile needs, written only. */
#ifndef RF_OBSERVE_PPROF_PROTO_H
#define RF_OBSERVE_PPROF_PROTO_H

#include "base/buffer.h"

/* protobuf.dev/programming-guides/encoding: a message is a row of fields, each led by `number << 3 | wire type`. */
void rf_proto_varint(rf_buffer *out, uint64_t value);
/* A field with an integer; 0 is left out, as proto3 does. */
void rf_proto_uint(rf_buffer *out, uint32_t field, uint64_t value);
/* A field with bytes: a text, or a message written before. */
void rf_proto_bytes(rf_buffer *out, uint32_t field, rf_slice bytes);
/* A field with a row of integers, zeros too; an empty row is left out. */
void rf_proto_packed(rf_buffer *out, uint32_t field, const uint64_t *values, size_t count);

#endif
