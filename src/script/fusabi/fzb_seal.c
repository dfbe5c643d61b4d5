/* fzb_seal.c: checksum, hash and signature of version-2 files. */
#include "script/fusabi/fzb_internal.h"

#include <assert.h>

static const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);

/* Four sums side by side, which a processor can work on at once. */
typedef struct lanes { uint64_t a, b, c, d; } lanes;

static inline uint64_t step(uint64_t lane, uint64_t word) {
    uint64_t mixed = (lane ^ word) * factor;
    return mixed << 29 | mixed >> 35;
}

static inline uint64_t word_at(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

enum { BLOCK = sizeof(lanes) };

static inline lanes add_block(lanes sum, const char *block) {
    return (lanes){ step(sum.a, word_at(block)), step(sum.b, word_at(block + 8)), step(sum.c, word_at(block + 16)),
                    step(sum.d, word_at(block + 24)) };
}

/* Each step maps words one to one: no change that stays within 8 bytes goes unnoticed, and others do once in 2^64. */
static inline lanes add(lanes sum, rf_slice bytes) {
    char rest[BLOCK] = { 0 };
    size_t at = 0;
    for (; bytes.len - at >= BLOCK; at += BLOCK)
        sum = add_block(sum, bytes.data + at);
    if (at < bytes.len)
        memcpy(rest, bytes.data + at, bytes.len - at);
    sum = add_block(sum, rest);
    sum.a = step(sum.a, bytes.len);
    return sum;
}

static uint64_t checksum_of(rf_slice file) {
    lanes sum = { 1, 2, 3, 4 };
    sum = add(sum, (rf_slice){ file.data, RF_FUS_FZB_CHECKSUM_AT });
    sum = add(sum, (rf_slice){ file.data + RF_FUS_FZB_HEAD_BYTES, file.len - RF_FUS_FZB_HEAD_BYTES });
    uint64_t all = step(step(step(step(0, sum.a), sum.b), sum.c), sum.d);
    return all ^ all >> 32;
}

static bool is_signed(rf_slice file) { return (uint8_t)file.data[RF_FUS_FZB_FLAGS_AT] & RF_FUS_FZB_SIGNED; }

size_t rf_fus_fzb_content_at(rf_slice file) {
    if (file.len < RF_FUS_FZB_HEAD_BYTES)
        return 0;
    size_t at = RF_FUS_FZB_HEAD_BYTES + (is_signed(file) ? RF_FUS_FZB_SIGNATURE_BYTES : 0u);
    return at <= file.len ? at : 0;
}

static void hash_of(rf_slice file, size_t content, uint8_t ret_hash[RF_FUS_FZB_HASH_BYTES]) {
    rf_fus_content_hash((rf_slice){ file.data + content, file.len - content }, ret_hash);
}

rf_code rf_fus_fzb_seal(uint8_t *file, size_t len, const uint8_t *secret_key, rf_error *reterr) {
    rf_slice bytes = { (const char *)file, len };
    size_t content = rf_fus_fzb_content_at(bytes);
    assert(content > 0);
    hash_of(bytes, content, file + RF_FUS_FZB_HASH_AT);
    if (is_signed(bytes) && secret_key) {
        rf_code code = rf_fus_sign(secret_key, (rf_slice){ bytes.data, RF_FUS_FZB_SIGNED_BYTES }, file + RF_FUS_FZB_HEAD_BYTES, reterr);
        if (code)
            return code;
    }
    uint64_t sum = checksum_of(bytes);
    memcpy(file + RF_FUS_FZB_CHECKSUM_AT, &sum, sizeof sum);
    return RF_OK;
}

static rf_code check_signature(rf_slice file, size_t content, const uint8_t *public_key, uint8_t ret_hash[RF_FUS_FZB_HASH_BYTES],
                               rf_error *reterr) {
    if (!is_signed(file))
        return rf_raise(reterr, RF_EREFUSED, "not signed");
    uint8_t hash[RF_FUS_FZB_HASH_BYTES];
    hash_of(file, content, hash);
    if (memcmp(hash, file.data + RF_FUS_FZB_HASH_AT, sizeof hash) != 0)
        return rf_raise(reterr, RF_EREFUSED, "the content is not what was signed: its hash at offset %d is another", RF_FUS_FZB_HASH_AT);
    rf_code code = rf_fus_check_signature(public_key, (rf_slice){ file.data, RF_FUS_FZB_SIGNED_BYTES },
                                          (const uint8_t *)file.data + RF_FUS_FZB_HEAD_BYTES, reterr);
    if (!code)
        memcpy(ret_hash, hash, sizeof hash);
    return code;
}

rf_code rf_fus_fzb_check_seal(rf_slice file, const uint8_t *public_key, uint8_t ret_hash[RF_FUS_FZB_HASH_BYTES], rf_error *reterr) {
    uint8_t flags = file.len > RF_FUS_FZB_FLAGS_AT ? (uint8_t)file.data[RF_FUS_FZB_FLAGS_AT] : 0;
    size_t content = rf_fus_fzb_content_at(file);
    uint64_t sum;
    memset(ret_hash, 0, RF_FUS_FZB_HASH_BYTES);
    if (flags & ~(unsigned)RF_FUS_FZB_SIGNED)
        return rf_raise(reterr, RF_EPARSE, "unknown flags 0x%02x at offset %d", flags, RF_FUS_FZB_FLAGS_AT);
    if (!content)
        return rf_raise(reterr, RF_EPARSE, "the file breaks off at offset %zu", file.len);
    memcpy(&sum, file.data + RF_FUS_FZB_CHECKSUM_AT, sizeof sum);
    if (sum != checksum_of(file))
        return rf_raise(reterr, RF_EPARSE, "damaged: the file is not what its checksum at offset %d says", RF_FUS_FZB_CHECKSUM_AT);
    return public_key ? check_signature(file, content, public_key, ret_hash, reterr) : RF_OK;
}
