/* fzb_code.c: instructions as version-2 files hold them, and the cursor that reads such files. */
#include "script/fusabi/fzb_internal.h"

#include <assert.h>

/* How one operand stands in the file, by its kind; the width of its field in the instruction in bits. */
#define IS_SIGNED(kind) ((kind) == RF_FUS_O_IMM || (kind) == RF_FUS_O_IMMX || (kind) == RF_FUS_O_OFF || (kind) == RF_FUS_O_OFFX)
#define IS_WIDE(kind) ((kind) == RF_FUS_O_KX || (kind) == RF_FUS_O_G || (kind) == RF_FUS_O_IMMX || (kind) == RF_FUS_O_OFFX)
#define HAS(kind) ((kind) != RF_FUS_O_NONE)

/* Fields of an instruction in the order D, A, B, C: `mask` is 0 where the opcode has no such operand. */
typedef struct layout {
    uint8_t shift[4];  /* from bit 0 of the eight bytes behind the opcode, when all operands take one byte */
    uint8_t sign[4];   /* 1: zigzag */
    uint32_t mask[4];  /* of the field */
    uint8_t count;     /* of operands */
    uint8_t take;      /* whether the file may hold it at all */
} layout;

#define MASK(kind, narrow) (!HAS(kind) ? 0u : IS_WIDE(kind) ? UINT32_MAX : (narrow))
#define AT(before) (uint8_t)((before) * 8)
static const layout forms[RF_FUS_I_COUNT] = {
#define X(name, d, a, b, c, text)                                                                                             \
    { { AT(0), AT(HAS(RF_FUS_O_##d)), AT(HAS(RF_FUS_O_##d) + HAS(RF_FUS_O_##a)), AT(HAS(RF_FUS_O_##d) + HAS(RF_FUS_O_##a) + HAS(RF_FUS_O_##b)) }, \
      { IS_SIGNED(RF_FUS_O_##d), IS_SIGNED(RF_FUS_O_##a), IS_SIGNED(RF_FUS_O_##b), IS_SIGNED(RF_FUS_O_##c) },                  \
      { MASK(RF_FUS_O_##d, 0xFFu), MASK(RF_FUS_O_##a, 0xFFFFu), MASK(RF_FUS_O_##b, 0xFFFFu), MASK(RF_FUS_O_##c, 0xFFFFu) },     \
      HAS(RF_FUS_O_##d) + HAS(RF_FUS_O_##a) + HAS(RF_FUS_O_##b) + HAS(RF_FUS_O_##c), RF_FUS_I_##name != RF_FUS_I_CALLN },
    RF_FUS_OPCODES(X)
#undef X
};
static const uint8_t field_shift[4] = { 8, 16, 32, 48 };

/* A term a row, so that the sum of the first rows can be told from the sum of more. */
#define TERM(i, d, a, b, c, size) (((uint32_t)(i) + 1u) * 2654435761u * ((uint32_t)(d) + 29u * (a) + 841u * (b) + 24389u * (c) + 707281u * (size)))

uint32_t rf_fus_code_set(uint32_t count) {
#define X(name, d, a, b, c, text) + TERM(RF_FUS_I_##name, RF_FUS_O_##d, RF_FUS_O_##a, RF_FUS_O_##b, RF_FUS_O_##c, (uint32_t)sizeof #name - 1u)
    static const uint32_t all = 0u RF_FUS_OPCODES(X);
#undef X
    assert(count <= RF_FUS_I_COUNT);
    if (count == RF_FUS_I_COUNT)
        return all;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const rf_fus_opcode_row *row = &rf_fus_opcode_rows[i];
        sum += TERM(i, row->d, row->a, row->b, row->c, (uint32_t)strlen(row->name));
    }
    return sum;
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

/* The value of a field, sign-extended when it is a signed one. */
static int64_t field_of(rf_fus_code word, const layout *form, unsigned i) {
    uint32_t value = (uint32_t)(word >> field_shift[i]) & form->mask[i];
    if (!form->sign[i])
        return value;
    return form->mask[i] == UINT32_MAX ? (int32_t)value : (int16_t)value;
}

void rf_fus_put_code(rf_buffer *out, rf_fus_code word) {
    assert(RF_FUS_OP(word) < RF_FUS_I_COUNT);
    uint8_t op = RF_FUS_OP(word) == RF_FUS_I_CALLN ? RF_FUS_I_CALLLIB : RF_FUS_OP(word);
    const layout *form = &forms[op];
    rf_buffer_char(out, (char)op);
    for (unsigned i = 0; i < 4; i++)
        if (form->mask[i]) {
            int64_t value = field_of(word, form, i);
            rf_fus_put_varint(out, form->sign[i] ? rf_fus_zigzag(value) : (uint64_t)value);
        }
}

static rf_fus_code take_slowly(rf_fus_cursor *cursor, uint8_t op, const layout *form) {
    rf_fus_code word = op;
    for (unsigned i = 0; i < 4; i++) {
        if (!form->mask[i])
            continue;
        uint64_t raw = rf_fus_take_varint(cursor);
        /* Zigzag fits a signed field exactly when the raw number fits the unsigned one. */
        if (raw > form->mask[i])
            rf_fus_cursor_fail(cursor, "an operand is out of range");
        uint64_t value = form->sign[i] ? (uint64_t)rf_fus_unzigzag(raw) : raw;
        word |= (value & form->mask[i]) << field_shift[i];
    }
    return word;
}

/* Most instructions have operands of one byte each: taken all at once, without a branch per operand. */
static inline rf_fus_code spread(uint64_t bytes, uint8_t op, const layout *form) {
    rf_fus_code word = op;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t raw = bytes >> form->shift[i] & 0x7F;
        uint64_t sign = form->sign[i];
        uint64_t value = (raw >> sign) ^ (0 - (raw & sign));
        word |= (value & form->mask[i]) << field_shift[i];
    }
    return word;
}

void rf_fus_take_code(rf_fus_cursor *cursor, rf_fus_code *code, uint32_t count) {
    static const uint64_t long_bits[] = { 0, 0x80, 0x8080, 0x808080, 0x80808080 };
    for (uint32_t i = 0; i < count; i++) {
        uint8_t op = cursor->next < cursor->end ? *cursor->next : UINT8_MAX;
        if (RF_UNLIKELY(op >= RF_FUS_I_COUNT || !forms[op].take)) {
            rf_fus_cursor_fail(cursor, cursor->next < cursor->end ? "no such instruction" : "the file breaks off");
            return;
        }
        const layout *form = &forms[op];
        uint64_t bytes = UINT64_MAX;
        cursor->next++;
        if (RF_LIKELY(rf_fus_cursor_left(cursor) >= sizeof bytes))
            memcpy(&bytes, cursor->next, sizeof bytes);
        if (RF_LIKELY(!(bytes & long_bits[form->count]))) {
            code[i] = spread(bytes, op, form);
            cursor->next += form->count;
        } else {
            code[i] = take_slowly(cursor, op, form);
        }
    }
}
