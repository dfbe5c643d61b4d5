/* fzb_code.c: instructions as version-2 files hold them, and the cursor that reads such files. */
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb_internal.h"

#include <assert.h>

#define IS_SIGNED(kind) ((kind) == RF_FUS_O_IMM || (kind) == RF_FUS_O_IMMX || (kind) == RF_FUS_O_OFF || (kind) == RF_FUS_O_OFFX)
#define IS_WIDE(kind) ((kind) == RF_FUS_O_KX || (kind) == RF_FUS_O_G || (kind) == RF_FUS_O_IMMX || (kind) == RF_FUS_O_OFFX)
#define HAS(kind) ((kind) != RF_FUS_O_NONE)

/*
 * How an opcode's operands, one byte each, become an instruction: D from the first byte if it has one; the rest moves so that
 * A, B and C come from bytes 0, 1 and 2; signed ones are sign-extended from bit 6.
 */
typedef struct layout {
    uint64_t keep;          /* the bytes that are operands, once D is gone and the rest has moved */
    uint32_t long_bits;     /* set in operands of more than a byte */
    uint32_t b_mask;
    uint8_t d_mask, d_shift, a_shift;
    uint8_t b_sign, c_sign; /* 0x40 or 0 */
    uint8_t count;          /* of operands */
} layout;

#define BYTES_FROM(first, count) ((count) == 0 ? UINT64_C(0) : (UINT64_MAX >> ((64 - 8 * (count)) & 63)) << (8 * (first)))
#define SIGN(kind) (uint8_t)(IS_SIGNED(kind) ? 0x40 : 0)
#define LAYOUT(d, a, b, c)                                                                             \
    { .keep = BYTES_FROM(HAS(a) ? 0 : 1, HAS(a) + HAS(b) + HAS(c)),                                          \
      .long_bits = (uint32_t)(BYTES_FROM(0, HAS(d) + HAS(a) + HAS(b) + HAS(c)) & 0x80808080), .b_mask = IS_WIDE(b) ? UINT32_MAX : 0xFFFF, \
      .d_mask = HAS(d) ? 0xFF : 0, .d_shift = HAS(d) ? 8 : 0, .a_shift = HAS(a) ? 0 : 8,                   \
      .b_sign = SIGN(b), .c_sign = SIGN(c), .count = HAS(d) + HAS(a) + HAS(b) + HAS(c) }
static const layout layouts[RF_FUS_I_COUNT] = {
#define X(name, d, a, b, c, text) LAYOUT(RF_FUS_O_##d, RF_FUS_O_##a, RF_FUS_O_##b, RF_FUS_O_##c),
    RF_FUS_OPCODES(X)
#undef X
};

/* A term a row, so that the sum of the first rows can be told from the sum of more. */
#define TERM(i, d, a, b, c, size) (((uint32_t)(i) + 1u) * 2654435761u * ((uint32_t)(d) + 29u * (a) + 841u * (b) + 24389u * (c) + 707281u * (size)))

/* Of the first `count` rows that files may hold: lowered forms come behind them, and may change. */
static uint32_t code_set(uint32_t count) {
#define X(name, d, a, b, c, text)                                                                                   \
    +(RF_FUS_I_##name < RF_FUS_I_CALLN ? TERM(RF_FUS_I_##name, RF_FUS_O_##d, RF_FUS_O_##a, RF_FUS_O_##b, RF_FUS_O_##c, \
                                              (uint32_t)sizeof #name - 1u) : 0u)
    static const uint32_t all = 0u RF_FUS_OPCODES(X);
#undef X
    assert(count <= RF_FUS_I_CALLN);
    if (count == RF_FUS_I_CALLN)
        return all;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const rf_fus_opcode_row *row = &rf_fus_opcode_rows[i];
        sum += TERM(i, row->d, row->a, row->b, row->c, (uint32_t)strlen(row->name));
    }
    return sum;
}

void rf_fus_put_code_set(rf_buffer *out) {
    uint16_t count = RF_FUS_I_CALLN;
    uint32_t sum = code_set(count);
    rf_buffer_append(out, &count, sizeof count);
    rf_buffer_append(out, &sum, sizeof sum);
}

void rf_fus_take_code_set(rf_fus_cursor *cursor) {
    uint16_t count;
    uint32_t sum;
    static_assert(sizeof count + sizeof sum == RF_FUS_FZB_CODE_SET_BYTES, "as the format says");
    if (rf_fus_cursor_left(cursor) < RF_FUS_FZB_CODE_SET_BYTES) {
        rf_fus_cursor_fail(cursor, "the file breaks off");
        return;
    }
    memcpy(&count, cursor->next, sizeof count);
    memcpy(&sum, cursor->next + sizeof count, sizeof sum);
    if (count > RF_FUS_I_CALLN)
        rf_fus_cursor_fail(cursor, "made for a newer riffle");
    else if (sum != code_set(count))
        rf_fus_cursor_fail(cursor, "made for another set of instructions: compile it again");
    else
        cursor->next += RF_FUS_FZB_CODE_SET_BYTES;
}

void rf_fus_cursor_fail(rf_fus_cursor *cursor, const char *wrong) {
    if (!cursor->wrong) {
        cursor->wrong = wrong;
        cursor->wrong_at = (size_t)(cursor->next - cursor->start);
    }
    cursor->next = cursor->end;
}

rf_code rf_fus_cursor_raise(const rf_fus_cursor *cursor, const char *name, rf_error *reterr) {
    assert(cursor->wrong);
    return rf_raise(reterr, RF_EPARSE, "%s%s%s at offset %zu", name ? name : "", name ? ": " : "", cursor->wrong, cursor->wrong_at);
}

uint64_t rf_fus_take_varint_slow(rf_fus_cursor *cursor) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (cursor->next == cursor->end) {
            rf_fus_cursor_fail(cursor, "the file breaks off");
            return 0;
        }
        uint8_t byte = *cursor->next++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    rf_fus_cursor_fail(cursor, "a number is too long");
    return 0;
}

void rf_fus_put_varint(rf_buffer *out, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        rf_buffer_char(out, (char)(uint8_t)(value | 0x80));
    rf_buffer_char(out, (char)(uint8_t)value);
}

/* Signed numbers stand as groups of seven bits, the last of which gives the sign. */
static void put_signed(rf_buffer *out, int64_t value) {
    for (; value < -64 || value > 63; value >>= 7)
        rf_buffer_char(out, (char)(uint8_t)(value | 0x80));
    rf_buffer_char(out, (char)(uint8_t)(value & 0x7F));
}

static int64_t take_signed(rf_fus_cursor *cursor) {
    int64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (cursor->next == cursor->end)
            break;
        uint8_t byte = *cursor->next++;
        value |= (int64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return byte & 0x40 ? value - ((int64_t)0x80 << shift) : value;
    }
    rf_fus_cursor_fail(cursor, cursor->next == cursor->end ? "the file breaks off" : "a number is too long");
    return 0;
}

static void put_operand(rf_buffer *out, uint8_t kind, rf_fus_code field) {
    if (!HAS(kind))
        return;
    if (IS_SIGNED(kind))
        put_signed(out, IS_WIDE(kind) ? (int32_t)field : (int16_t)field);
    else
        rf_fus_put_varint(out, IS_WIDE(kind) ? (uint32_t)field : (uint16_t)field);
}

static uint8_t neutral(rf_fus_code word) { return rf_fus_plain_opcode(RF_FUS_OP(word)); }

void rf_fus_put_code(rf_buffer *out, const rf_fus_code *code, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert(RF_FUS_OP(code[i]) < RF_FUS_I_COUNT);
        rf_buffer_char(out, (char)neutral(code[i]));
    }
    for (uint32_t i = 0; i < count; i++) {
        const rf_fus_opcode_row *row = &rf_fus_opcode_rows[neutral(code[i])];
        put_operand(out, row->d, RF_FUS_D(code[i]));
        put_operand(out, row->a, RF_FUS_A(code[i]));
        put_operand(out, row->b, code[i] >> 32);
        put_operand(out, row->c, RF_FUS_C(code[i]));
    }
}

/* One operand of any length, as the field of `bits` bits that it belongs into. */
static __attribute__((noinline)) rf_fus_code take_long(rf_fus_cursor *cursor, uint8_t kind, unsigned bits) {
    uint64_t most = UINT64_MAX >> (64 - bits), value;
    if (IS_SIGNED(kind)) {
        int64_t number = take_signed(cursor), half = (int64_t)(most / 2) + 1;
        value = (uint64_t)number & most;
        if (number < -half || number >= half)
            rf_fus_cursor_fail(cursor, "an operand is out of range");
    } else {
        value = rf_fus_take_varint(cursor);
        if (value > most)
            rf_fus_cursor_fail(cursor, "an operand is out of range");
    }
    return value & most;
}

/* The same, quick for one and two bytes, which fit every field of 16 bits. */
static inline rf_fus_code take_operand(rf_fus_cursor *cursor, uint8_t kind, unsigned bits) {
    const uint8_t *at = cursor->next;
    if (!HAS(kind))
        return 0;
    if (RF_UNLIKELY(rf_fus_cursor_left(cursor) < 2 || (at[0] & at[1] & 0x80) || bits < 16))
        return take_long(cursor, kind, bits);
    uint64_t is_two = at[0] >> 7, sign = IS_SIGNED(kind) ? UINT64_C(0x40) << 7 * is_two : 0;
    uint64_t raw = (at[0] & 0x7Fu) | ((uint64_t)at[1] << 7 & (0 - is_two));
    cursor->next += 1 + is_two;
    return ((raw ^ sign) - sign) & UINT64_MAX >> (64 - bits);
}

static rf_fus_code take_slowly(rf_fus_cursor *cursor, uint8_t op) {
    const rf_fus_opcode_row *row = &rf_fus_opcode_rows[op];
    rf_fus_code word = op;
    word |= take_operand(cursor, row->d, 8) << 8;
    word |= take_operand(cursor, row->a, 16) << 16;
    word |= take_operand(cursor, row->b, IS_WIDE(row->b) ? 32 : 16) << 32;
    word |= take_operand(cursor, row->c, 16) << 48;
    return word;
}

/* Most instructions have operands of one byte each: taken all at once, without a branch for each. */
static inline rf_fus_code spread(uint64_t bytes, uint8_t op, const layout *how) {
    uint64_t rest = bytes >> how->d_shift << how->a_shift & how->keep;
    uint64_t b = (((rest >> 8 & 0xFF) ^ how->b_sign) - how->b_sign) & how->b_mask;
    uint64_t c = ((rest >> 16 & 0xFF) ^ how->c_sign) - how->c_sign;
    return op | (bytes & how->d_mask) << 8 | (rest & 0xFF) << 16 | b << 32 | c << 48;
}

/* The opcodes of all come first; behind them `cursor` is at the operands. */
static bool take_opcodes(rf_fus_cursor *cursor, uint32_t count) {
    if (rf_fus_cursor_left(cursor) < count) {
        rf_fus_cursor_fail(cursor, "the file breaks off");
        return false;
    }
    const uint8_t *at = cursor->next, *end = at + count;
    while (at < end && *at < RF_FUS_I_CALLN)
        at++;
    cursor->next = at;
    if (at < end)
        rf_fus_cursor_fail(cursor, "no such instruction");
    return at == end;
}

/* The next eight bytes; behind the file's end they are ones, and no operand of one byte has that at its top. */
static inline uint64_t peek(const uint8_t *next, const uint8_t *end) {
    uint64_t bytes;
    size_t left = (size_t)(end - next);
    if (RF_LIKELY(left >= sizeof bytes)) {
        memcpy(&bytes, next, sizeof bytes);
        return bytes;
    }
    if (left == 0)
        return UINT64_MAX;
    memcpy(&bytes, end - sizeof bytes, sizeof bytes); /* the file's head alone is longer */
    return bytes >> 8 * (sizeof bytes - left) | UINT64_MAX << 8 * left;
}

void rf_fus_take_code(rf_fus_cursor *cursor, rf_fus_code *code, uint32_t count) {
    const uint8_t *op = cursor->next;
    if (!take_opcodes(cursor, count))
        return;
    assert(cursor->end - cursor->start >= RF_FUS_FZB_HEAD_BYTES);
    const uint8_t *next = cursor->next, *end = cursor->end;
    for (const uint8_t *last = op + count; op < last; op++, code++) {
        const layout *how = &layouts[*op];
        uint64_t bytes = peek(next, end);
        if (RF_LIKELY(!(bytes & how->long_bits))) {
            *code = spread(bytes, *op, how);
            next += how->count;
            continue;
        }
        cursor->next = next;
        *code = take_slowly(cursor, *op);
        next = cursor->next;
        if (cursor->wrong)
            return;
    }
    cursor->next = next;
}
