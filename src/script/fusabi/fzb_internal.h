/* fzb_internal.h: what the readers of both .fzb versions, the writer, the verifier and their tests share. */
#ifndef RF_SCRIPT_FUSABI_FZB_INTERNAL_H
#define RF_SCRIPT_FUSABI_FZB_INTERNAL_H

#include "base/buffer.h"
#include "riffle/error.h"
#include "script/fusabi/fzb.h"
#include "script/fusabi/opcode.h"

#include <stdbool.h>

/*
 * Layout of the head of a version-2 file; the content follows. The checksum, over all but itself, is looked at whenever a file
 * is read, before anything is believed: it finds damage. The hash, which takes several times as long, is what a signature is
 * about: who can forge the one can forge the other too, so without a signature it would prove nothing more.
 */
enum {
    RF_FUS_FZB_VERSION_AT = 4,
    RF_FUS_FZB_FLAGS_AT = 5,
    RF_FUS_FZB_HASH_AT = 6,
    RF_FUS_FZB_HASH_BYTES = 32,
    RF_FUS_FZB_SIGNED_BYTES = RF_FUS_FZB_HASH_AT + RF_FUS_FZB_HASH_BYTES, /* what a signature covers, from the start on */
    RF_FUS_FZB_CHECKSUM_AT = RF_FUS_FZB_SIGNED_BYTES,
    RF_FUS_FZB_CHECKSUM_BYTES = 8,
    RF_FUS_FZB_HEAD_BYTES = RF_FUS_FZB_CHECKSUM_AT + RF_FUS_FZB_CHECKSUM_BYTES, /* unsigned files: content from here */
    RF_FUS_FZB_SIGNATURE_BYTES = 64,
    RF_FUS_FZB_SIGNED = 1, /* flag: a signature stands between head and content */
    RF_FUS_FZB_TUPLE_NEST_MAX = 200, /* constants in constants; lists nest freely along their tail */
    RF_FUS_TRY_MAX = 200,            /* TRYs inside each other in one function */
};

/* How a constant begins. */
enum {
    RF_FUS_FZB_K_INT, RF_FUS_FZB_K_FLOAT, RF_FUS_FZB_K_STRING, RF_FUS_FZB_K_UNIT, RF_FUS_FZB_K_FALSE, RF_FUS_FZB_K_TRUE,
    RF_FUS_FZB_K_NIL, RF_FUS_FZB_K_TUPLE, RF_FUS_FZB_K_LIST, RF_FUS_FZB_K_VARIANT, RF_FUS_FZB_K_COUNT
};

/* Bytes from outside: reads past the end or of nonsense set `wrong` and give zeros from then on. */
typedef struct rf_fus_cursor {
    const uint8_t *start, *next, *end;
    const char *wrong; /* the first thing that is wrong, or NULL */
    size_t wrong_at;   /* its offset from `start` */
} rf_fus_cursor;

/* Records what is wrong at `next` (the first call only) and ends the reading. */
void rf_fus_cursor_fail(rf_fus_cursor *cursor, const char *wrong);
/* RF_EPARSE, with what is wrong and its offset. Call it when `wrong` is set. */
rf_code rf_fus_cursor_raise(const rf_fus_cursor *cursor, const char *name, rf_error *reterr);
static inline size_t rf_fus_cursor_left(const rf_fus_cursor *cursor) { return (size_t)(cursor->end - cursor->next); }
uint64_t rf_fus_take_varint_slow(rf_fus_cursor *cursor);
/* Seven bits a byte, least first; ten bytes at most. */
static inline uint64_t rf_fus_take_varint(rf_fus_cursor *cursor) {
    if (RF_LIKELY(cursor->next < cursor->end && *cursor->next < 0x80))
        return *cursor->next++;
    return rf_fus_take_varint_slow(cursor);
}
/* A number that must stay below `limit`. */
static inline uint32_t rf_fus_take_below(rf_fus_cursor *cursor, uint64_t limit, const char *wrong) {
    uint64_t value = rf_fus_take_varint(cursor);
    if (RF_LIKELY(value < limit))
        return (uint32_t)value;
    rf_fus_cursor_fail(cursor, wrong);
    return 0;
}
/* How many of things that take at least `bytes_each` bytes of the file: so no count asks for more memory than the file is worth. */
static inline uint32_t rf_fus_take_count(rf_fus_cursor *cursor, size_t bytes_each, const char *wrong) {
    uint64_t value = rf_fus_take_varint(cursor);
    if (RF_LIKELY(value <= rf_fus_cursor_left(cursor) / bytes_each && value < UINT32_MAX))
        return (uint32_t)value;
    rf_fus_cursor_fail(cursor, wrong);
    return 0;
}
static inline int64_t rf_fus_unzigzag(uint64_t value) { return (int64_t)(value >> 1) ^ -(int64_t)(value & 1); }
static inline uint64_t rf_fus_zigzag(int64_t value) { return (uint64_t)value << 1 ^ (uint64_t)(value >> 63); }
void rf_fus_put_varint(rf_buffer *out, uint64_t value);

/* Instructions as version 2 holds them: the opcodes of all, then the operands that each has. Apart, so that where an
 * instruction's operands begin is known before it is looked at. Lowered opcodes stand as what they were. */
void rf_fus_put_code(rf_buffer *out, const rf_fus_code *code, uint32_t count);
/* Decodes `count` instructions; on nonsense sets `wrong`. Nothing is said about whether they may run: that is for the verifier. */
void rf_fus_take_code(rf_fus_cursor *cursor, rf_fus_code *code, uint32_t count);
/*
 * Which instructions there are: how many (two bytes), and a sum over what each takes and where it stands (four). Rows may be
 * added in front of CALLN, the first that no file holds, without making older files unreadable. A file that is for others is wrong.
 */
enum { RF_FUS_FZB_CODE_SET_BYTES = 6 };
void rf_fus_put_code_set(rf_buffer *out);
void rf_fus_take_code_set(rf_fus_cursor *cursor);

/* The readers of the two versions: a program that is neither verified nor lowered. `bytes` includes the magic number. */
RF_NODISCARD rf_code rf_fus_fzb1_read(rf_fus_program *program, rf_slice bytes, const char *name, rf_error *reterr);
RF_NODISCARD rf_code rf_fus_fzb2_read(rf_fus_program *program, rf_slice bytes, const rf_fus_fzb_options *options, rf_error *reterr);

/* fzb_seal.c. Where the content begins; 0: the file is too short for what its flags say. */
size_t rf_fus_fzb_content_at(rf_slice file);
/* Fills hash, signature (when the flags say that there is one, with `secret_key`) and checksum of a file that is complete otherwise. */
RF_NODISCARD rf_code rf_fus_fzb_seal(uint8_t *file, size_t len, const uint8_t *secret_key, rf_error *reterr);
/* Checks them: the checksum, and with `public_key` hash and signature, too; then *ret_hash is the hash, else zeros. */
RF_NODISCARD rf_code rf_fus_fzb_check_seal(rf_slice file, const uint8_t *public_key, uint8_t ret_hash[RF_FUS_FZB_HASH_BYTES],
                                           rf_error *reterr);

/* sign.c, over libsodium. BLAKE2b of 32 bytes. */
void rf_fus_content_hash(rf_slice bytes, uint8_t ret_hash[RF_FUS_FZB_HASH_BYTES]);
RF_NODISCARD rf_code rf_fus_sign(const uint8_t secret_key[32], rf_slice message, uint8_t ret_signature[RF_FUS_FZB_SIGNATURE_BYTES],
                                 rf_error *reterr);
/* RF_EREFUSED when it is not by that key. */
RF_NODISCARD rf_code rf_fus_check_signature(const uint8_t public_key[32], rf_slice message,
                                            const uint8_t signature[RF_FUS_FZB_SIGNATURE_BYTES], rf_error *reterr);

/* Short name of an operand's kind, for messages. */
const char *rf_fus_operand_name(uint8_t kind);

#endif
