/* fzb1_decode.c: the bytes of a version-1 file: bincode with fixed widths, little endian. */
#include "base/utf8.h"
#include "script/fusabi/fzb1.h"
#include "script/fusabi/fzb_internal.h"

#include <assert.h>

enum { SPAN_BYTES = 16, OP_BYTES_MIN = 4, VALUE_BYTES_MIN = 4 };

typedef struct decoder {
    rf_arena *arena;
    rf_fus_cursor cursor;
    bool no_memory;
} decoder;

typedef struct op_row { const char *operands; uint8_t pops, pushes; } op_row;
static const op_row op_rows[RF_FUS_V1_OP_COUNT] = {
#define MANY RF_FUS_V1_MANY
#define X(name, operands, pops, pushes) { operands, pops, pushes },
    RF_FUS_V1_OPS(X)
#undef X
};

uint32_t rf_fus_v1_pushes(const rf_fus_v1_op *op) { return op_rows[op->tag].pushes; }

uint32_t rf_fus_v1_pops(const rf_fus_v1_op *op) {
    switch (op->tag) {
    case RF_FUS_V1_CALL:
    case RF_FUS_V1_TAIL_CALL:
    case RF_FUS_V1_CALL_METHOD: return op->n + 1u;
    case RF_FUS_V1_MAKE_TUPLE:
    case RF_FUS_V1_MAKE_LIST:
    case RF_FUS_V1_MAKE_ARRAY: return op->k;
    case RF_FUS_V1_MAKE_RECORD: return 2u * op->k;
    case RF_FUS_V1_UPDATE_RECORD: return 2u * op->k + 1u;
    case RF_FUS_V1_MAKE_VARIANT: return op->k + 2u;
    case RF_FUS_V1_MAKE_CLOSURE: return op->n;
    default: return op_rows[op->tag].pops;
    }
}

static uint64_t take(decoder *d, size_t bytes) {
    uint64_t value = 0;
    if (rf_fus_cursor_left(&d->cursor) < bytes) {
        rf_fus_cursor_fail(&d->cursor, "the file breaks off");
        return 0;
    }
    memcpy(&value, d->cursor.next, bytes);
    d->cursor.next += bytes;
    return value;
}

static bool take_bool(decoder *d, const char *wrong) {
    if (rf_fus_cursor_left(&d->cursor) > 0 && *d->cursor.next > 1)
        rf_fus_cursor_fail(&d->cursor, wrong);
    return take(d, 1) == 1;
}

static uint32_t take_length(decoder *d, size_t bytes_each, const char *wrong) {
    size_t left = rf_fus_cursor_left(&d->cursor);
    uint64_t count = take(d, 8);
    if (count <= (left - (left < 8 ? left : 8)) / bytes_each && count < UINT32_MAX / 4)
        return (uint32_t)count;
    rf_fus_cursor_fail(&d->cursor, wrong);
    return 0;
}

static rf_slice take_string(decoder *d) {
    size_t len = take_length(d, 1, "a string is longer than the file");
    rf_slice text = { (const char *)d->cursor.next, len };
    if (d->cursor.wrong)
        return (rf_slice){ "", 0 };
    if (!rf_utf8_valid(text))
        rf_fus_cursor_fail(&d->cursor, "a string is not UTF-8");
    else
        d->cursor.next += len;
    return text;
}

static rf_slice take_optional_string(decoder *d) {
    return take_bool(d, "neither there nor absent") ? take_string(d) : (rf_slice){ "", 0 };
}

static void *take_room(decoder *d, size_t count, size_t size) {
    void *room = rf_arena_zero(d->arena, count, size);
    if (!room) {
        d->no_memory = true;
        rf_fus_cursor_fail(&d->cursor, "out of memory");
    }
    return room;
}

static void take_operand(decoder *d, rf_fus_v1_op *op, char kind, uint32_t pc) {
    switch (kind) {
    case 'b': op->n = (uint8_t)take(d, 1); return;
    case 'h': op->k = (uint16_t)take(d, 2); return;
    case 'q': op->number = (int64_t)take(d, 8); return;
    case 't': op->n = take_bool(d, "no bool"); return;
    case 'j': op->target = (uint32_t)((int32_t)pc + 1 + (int16_t)take(d, 2)); return;
    default: {
        rf_slice *text = take_room(d, 1, sizeof *text);
        if (text)
            *text = take_string(d);
        op->text = text;
    }
    }
}

static void take_ops(decoder *d, rf_fus_v1_chunk *chunk) {
    uint32_t count = take_length(d, OP_BYTES_MIN, "more instructions than the file has bytes");
    chunk->ops = take_room(d, count, sizeof *chunk->ops);
    for (uint32_t pc = 0; pc < count && !d->cursor.wrong; pc++) {
        rf_fus_v1_op *op = &chunk->ops[pc];
        op->at = (size_t)(d->cursor.next - d->cursor.start);
        uint64_t tag = take(d, 4);
        if (tag >= RF_FUS_V1_OP_COUNT) {
            d->cursor.next -= 4;
            rf_fus_cursor_fail(&d->cursor, "no such instruction");
            return;
        }
        op->tag = (uint8_t)tag;
        for (const char *kind = op_rows[tag].operands; *kind; kind++)
            take_operand(d, op, *kind, pc);
    }
    chunk->op_count = count;
}

static void take_value(decoder *d, rf_fus_v1_value *value, unsigned nest);

/* Items one after another; `each` of them for one that is counted (pairs of records: the name stands there as a bare string). */
static void take_items(decoder *d, rf_fus_v1_value *value, unsigned nest) {
    value->count = take_length(d, VALUE_BYTES_MIN, "more items than the file has bytes");
    value->items = take_room(d, value->count, sizeof *value->items);
    for (uint32_t i = 0; i < value->count && !d->cursor.wrong; i++)
        take_value(d, &value->items[i], nest + 1);
}

static void take_pairs(decoder *d, rf_fus_v1_value *value, unsigned nest) {
    value->count = take_length(d, 8 + VALUE_BYTES_MIN, "more fields than the file has bytes");
    value->items = take_room(d, 2 * (size_t)value->count, sizeof *value->items);
    for (uint32_t i = 0; i < value->count && !d->cursor.wrong; i++) {
        value->items[2 * i].tag = RF_FUS_V1_K_STRING;
        value->items[2 * i].text = take_string(d);
        take_value(d, &value->items[2 * i + 1], nest + 1);
    }
}

static rf_fus_v1_chunk *take_chunk(decoder *d, unsigned nest);

static void take_closure(decoder *d, rf_fus_v1_value *value, unsigned nest) {
    value->chunk = take_chunk(d, nest + 1);
    value->arity = (uint8_t)take(d, 1);
    value->name = take_optional_string(d);
}

/* The fields of a value whose tag has been read; what a CONS holds is left to the caller. */
static void take_payload(decoder *d, rf_fus_v1_value *value, unsigned nest) {
    switch (value->tag) {
    case RF_FUS_V1_K_INT: value->number = (int64_t)take(d, 8); return;
    case RF_FUS_V1_K_FLOAT: {
        uint64_t bits = take(d, 8);
        memcpy(&value->real, &bits, sizeof bits);
        return;
    }
    case RF_FUS_V1_K_BOOL: value->truth = take_bool(d, "no bool"); return;
    case RF_FUS_V1_K_STRING: value->text = take_string(d); return;
    case RF_FUS_V1_K_TUPLE:
    case RF_FUS_V1_K_ARRAY: take_items(d, value, nest); return;
    case RF_FUS_V1_K_RECORD:
    case RF_FUS_V1_K_MAP: take_pairs(d, value, nest); return;
    case RF_FUS_V1_K_VARIANT:
        (void)take_string(d); /* the type's name, which decides nothing */
        value->name = take_string(d);
        take_items(d, value, nest);
        return;
    case RF_FUS_V1_K_CLOSURE: take_closure(d, value, nest); return;
    case RF_FUS_V1_K_NATIVE:
        value->name = take_string(d);
        value->arity = (uint8_t)take(d, 1);
        take_items(d, value, nest);
        return;
    default: return;
    }
}

/* Goes along the tail of a list in a loop: only what is inside its items nests. */
static void take_value(decoder *d, rf_fus_v1_value *value, unsigned nest) {
    if (nest > RF_FUS_V1_NEST_MAX)
        rf_fus_cursor_fail(&d->cursor, "values or functions are nested too deeply");
    while (!d->cursor.wrong) {
        uint64_t tag = take(d, 4);
        if (tag >= RF_FUS_V1_K_COUNT) {
            d->cursor.next -= 4;
            rf_fus_cursor_fail(&d->cursor, "no such kind of value");
            return;
        }
        value->tag = (uint8_t)tag;
        if (tag != RF_FUS_V1_K_CONS) {
            take_payload(d, value, nest);
            return;
        }
        value->items = take_room(d, 2, sizeof *value->items);
        if (!value->items)
            return;
        take_value(d, &value->items[0], nest + 1);
        value = &value->items[1];
    }
}

/* The original never writes any: all zero is the same as none. */
static void take_spans(decoder *d, rf_fus_v1_chunk *chunk) {
    uint32_t count = take_length(d, SPAN_BYTES, "more places than the file has bytes");
    const uint8_t *spans = d->cursor.next;
    size_t bytes = (size_t)count * SPAN_BYTES;
    uint8_t any = 0;
    for (size_t i = 0; i < bytes; i++)
        any |= spans[i];
    if (any && count >= chunk->op_count)
        chunk->spans = spans;
    d->cursor.next += bytes;
}

static const char *wrong_with(const rf_fus_v1_chunk *chunk, const rf_fus_v1_op *op) {
    const rf_fus_v1_value *constant = op->k < chunk->constant_count ? &chunk->constants[op->k] : NULL;
    switch (op->tag) {
    case RF_FUS_V1_LOAD_CONST: return constant ? NULL : "no such constant";
    case RF_FUS_V1_LOAD_GLOBAL:
    case RF_FUS_V1_CALL_METHOD: return constant && constant->tag == RF_FUS_V1_K_STRING ? NULL : "the constant is no name";
    case RF_FUS_V1_MAKE_CLOSURE: return constant && constant->tag == RF_FUS_V1_K_CLOSURE ? NULL : "the constant is no function";
    case RF_FUS_V1_JUMP:
    case RF_FUS_V1_JUMP_IF_FALSE: return op->target < chunk->op_count ? NULL : "jumps out of the function";
    default: return NULL;
    }
}

static void check_ops(decoder *d, const rf_fus_v1_chunk *chunk) {
    for (uint32_t pc = 0; pc < chunk->op_count && !d->cursor.wrong; pc++) {
        const char *wrong = wrong_with(chunk, &chunk->ops[pc]);
        if (wrong) {
            d->cursor.next = d->cursor.start + chunk->ops[pc].at;
            rf_fus_cursor_fail(&d->cursor, wrong);
        }
    }
}

static rf_fus_v1_chunk *take_chunk(decoder *d, unsigned nest) {
    rf_fus_v1_chunk *chunk = take_room(d, 1, sizeof *chunk);
    if (!chunk)
        return NULL;
    take_ops(d, chunk);
    uint32_t count = take_length(d, VALUE_BYTES_MIN, "more constants than the file has bytes");
    chunk->constants = take_room(d, count, sizeof *chunk->constants);
    for (uint32_t i = 0; i < count && !d->cursor.wrong; i++)
        take_value(d, &chunk->constants[i], nest + 1);
    chunk->constant_count = count;
    chunk->name = take_optional_string(d);
    take_spans(d, chunk);
    (void)take_optional_string(d); /* the source text */
    chunk->source_file = take_optional_string(d);
    check_ops(d, chunk);
    return chunk;
}

rf_code rf_fus_v1_decode(rf_arena *arena, rf_slice bytes, const char *name, rf_fus_v1_chunk **ret_chunk, rf_error *reterr) {
    assert(arena && ret_chunk && bytes.len > RF_FUS_FZB_VERSION_AT);
    const uint8_t *start = (const uint8_t *)bytes.data;
    decoder d = { .arena = arena, .cursor = { .start = start, .next = start + RF_FUS_FZB_VERSION_AT + 1, .end = start + bytes.len } };
    rf_fus_v1_chunk *chunk = take_chunk(&d, 0);
    if (d.no_memory)
        return rf_raise_nomem(reterr);
    if (d.cursor.wrong)
        return rf_fus_cursor_raise(&d.cursor, name, reterr);
    *ret_chunk = chunk;
    return RF_OK;
}
