/* trust_sign.c: what a plugin's content hashes to, and signatures over it. */
#include "plugin/trust.h"

#include "base/slice.h"
#include "plugin/trust_hex.h"

#include <assert.h>
#include <sodium.h>

enum { HASH_BYTES = 32, KEY_BYTES = crypto_sign_PUBLICKEYBYTES, SIGNATURE_BYTES = crypto_sign_BYTES };
static_assert(KEY_BYTES == 32 && crypto_sign_SEEDBYTES == 32, "as the header has them");

/* BLAKE2b's personalisation: hashes made for anything else are never ours. */
static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "riffle plugin 1";
/* What a signature is over begins with this, so that keys used elsewhere sign nothing of ours by accident. */
static const char domain[] = "riffle plugin signature 1";
static const char word[] = "riffle-signature 1 ";
enum { DOMAIN_BYTES = sizeof domain, /* with its NUL */ WORD_BYTES = sizeof word - 1, SIGNED_BYTES = DOMAIN_BYTES + HASH_BYTES };

/* Finds the fastest code for this processor once per process; any thread. When it cannot, the portable code runs. */
static void prepare(void) {
    int said = sodium_init();
    (void)said;
}

bool rf_trust_hex_read(rf_slice text, uint8_t *ret_bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    if (text.len != 2 * size)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = memchr(digits, text.data[i], sizeof digits - 1);
        if (!digit)
            return false;
        unsigned value = (unsigned)(digit - digits);
        ret_bytes[i / 2] = (uint8_t)(i % 2 ? (unsigned)ret_bytes[i / 2] << 4 | value : value);
    }
    return true;
}

void rf_trust_hex_write(rf_buffer *out, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        rf_buffer_printf(out, "%02x", (unsigned)bytes[i]);
}

/* The length first, so that no bytes can pass from one text to the next. */
static void hash_more(crypto_generichash_blake2b_state *state, rf_slice bytes) {
    uint8_t length[8];
    for (unsigned i = 0; i < sizeof length; i++)
        length[i] = (uint8_t)((uint64_t)bytes.len >> 8 * i);
    (void)crypto_generichash_blake2b_update(state, length, sizeof length);
    (void)crypto_generichash_blake2b_update(state, (const uint8_t *)bytes.data, bytes.len);
}

void rf_trust_hash(rf_slice plugin, rf_slice manifest, uint8_t ret_hash[32]) {
    assert(ret_hash);
    prepare();
    crypto_generichash_blake2b_state state;
    (void)crypto_generichash_blake2b_init_salt_personal(&state, NULL, 0, HASH_BYTES, NULL, personal); /* fails only for wrong lengths */
    hash_more(&state, plugin);
    hash_more(&state, manifest);
    (void)crypto_generichash_blake2b_final(&state, ret_hash, HASH_BYTES);
}

static void make_signed(const uint8_t hash[32], uint8_t out[SIGNED_BYTES]) {
    memcpy(out, domain, DOMAIN_BYTES);
    memcpy(out + DOMAIN_BYTES, hash, HASH_BYTES);
}

/* ---- Verifying ---- */

/* One line, one spelling: a line end may follow, nothing else. */
static bool read_line(rf_slice line, uint8_t key[KEY_BYTES], uint8_t signature[SIGNATURE_BYTES]) {
    size_t gap = WORD_BYTES + 2 * KEY_BYTES, end = gap + 1 + 2 * SIGNATURE_BYTES;
    bool has_length = line.len == end || (line.len == end + 1 && line.data[end] == '\n');
    return has_length && memcmp(line.data, word, WORD_BYTES) == 0 && line.data[gap] == ' '
           && rf_trust_hex_read((rf_slice){ line.data + WORD_BYTES, 2 * KEY_BYTES }, key, KEY_BYTES)
           && rf_trust_hex_read((rf_slice){ line.data + gap + 1, 2 * SIGNATURE_BYTES }, signature, SIGNATURE_BYTES);
}

static const rf_trust_key *find_key(const rf_trust *trust, const uint8_t key[KEY_BYTES]) {
    for (size_t i = 0; i < trust->key_count; i++) {
        if (memcmp(trust->keys[i].key, key, KEY_BYTES) == 0)
            return &trust->keys[i];
    }
    return NULL;
}

rf_code rf_trust_verify(const rf_trust *trust, const uint8_t hash[32], rf_slice signature, const rf_trust_key **ret_key, rf_error *reterr) {
    assert(trust && hash);
    uint8_t public_key[KEY_BYTES], bytes[SIGNATURE_BYTES], message[SIGNED_BYTES];
    if (!read_line(signature, public_key, bytes)) {
        (void)rf_raise(reterr, RF_EPARSE, "not a signature file: it must hold one line `riffle-signature 1 KEY SIGNATURE`");
        rf_error_hint(reterr, "`riffle plugin sign` writes one");
        return RF_EPARSE;
    }
    const rf_trust_key *key = find_key(trust, public_key);
    if (!key) {
        (void)rf_raise(reterr, RF_EREFUSED, "the signature was made with a key that is not trusted: %.*s", 2 * KEY_BYTES,
                       signature.data + WORD_BYTES);
        rf_error_hint(reterr, "if you know whose it is, add it to trust.toml as [[key]]");
        return RF_EREFUSED;
    }
    prepare();
    make_signed(hash, message);
    if (crypto_sign_verify_detached(bytes, message, sizeof message, public_key)) {
        (void)rf_raise(reterr, RF_EREFUSED, "the signature by `%.*s` does not fit", RF_SLICE_ARG(key->name));
        rf_error_hint(reterr, "the plugin, its manifest or the signature was changed after signing");
        return RF_EREFUSED;
    }
    if (ret_key)
        *ret_key = key;
    return RF_OK;
}

/* ---- Signing ---- */

rf_code rf_trust_sign(const uint8_t secret[32], const uint8_t hash[32], rf_buffer *out, rf_error *reterr) {
    assert(secret && hash && out);
    uint8_t public_key[KEY_BYTES], full[crypto_sign_SECRETKEYBYTES], signature[SIGNATURE_BYTES], message[SIGNED_BYTES];
    prepare();
    make_signed(hash, message);
    int said = crypto_sign_seed_keypair(public_key, full, secret);
    if (said == 0)
        said = crypto_sign_detached(signature, NULL, message, sizeof message, full);
    sodium_memzero(full, sizeof full);
    if (said)
        return rf_raise(reterr, RF_EIO, "cannot sign with this key");
    rf_buffer_text(out, word);
    rf_trust_hex_write(out, public_key, sizeof public_key);
    rf_buffer_char(out, ' ');
    rf_trust_hex_write(out, signature, sizeof signature);
    rf_buffer_char(out, '\n');
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}
