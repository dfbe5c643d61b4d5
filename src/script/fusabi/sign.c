/* sign.c: content hashes and Ed25519 signatures, by libsodium. */
#include "script/fusabi/fzb_internal.h"

#include <assert.h>
#include <sodium.h>

static_assert(RF_FUS_FZB_HASH_BYTES == crypto_generichash_BYTES, "the format's hash is the library's");
static_assert(RF_FUS_FZB_SIGNATURE_BYTES == crypto_sign_BYTES, "so is the signature");

/* Finds the fastest code for this processor once per process; any thread. When it cannot, the portable code runs. */
static void prepare(void) {
    int said = sodium_init();
    (void)said;
}

void rf_fus_content_hash(rf_slice bytes, uint8_t ret_hash[RF_FUS_FZB_HASH_BYTES]) {
    prepare();
    (void)crypto_generichash(ret_hash, RF_FUS_FZB_HASH_BYTES, (const uint8_t *)bytes.data, bytes.len, NULL, 0);
}

/* The library's secret key is the seed with the public key behind it. */
static void expand(const uint8_t seed[32], uint8_t ret_public[32], uint8_t ret_secret[crypto_sign_SECRETKEYBYTES]) {
    prepare();
    (void)crypto_sign_seed_keypair(ret_public, ret_secret, seed);
}

rf_code rf_fus_public_key(const uint8_t secret_key[32], uint8_t ret_public_key[32], rf_error *reterr) {
    assert(secret_key && ret_public_key);
    (void)reterr;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    expand(secret_key, ret_public_key, secret);
    sodium_memzero(secret, sizeof secret);
    return RF_OK;
}

rf_code rf_fus_sign(const uint8_t secret_key[32], rf_slice message, uint8_t ret_signature[RF_FUS_FZB_SIGNATURE_BYTES], rf_error *reterr) {
    assert(secret_key && ret_signature);
    uint8_t public_key[32], secret[crypto_sign_SECRETKEYBYTES];
    expand(secret_key, public_key, secret);
    int said = crypto_sign_detached(ret_signature, NULL, (const uint8_t *)message.data, message.len, secret);
    sodium_memzero(secret, sizeof secret);
    return said == 0 ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_fus_check_signature(const uint8_t public_key[32], rf_slice message, const uint8_t signature[RF_FUS_FZB_SIGNATURE_BYTES],
                               rf_error *reterr) {
    assert(public_key && signature);
    prepare();
    int said = crypto_sign_verify_detached(signature, (const uint8_t *)message.data, message.len, public_key);
    return said == 0 ? RF_OK : rf_raise(reterr, RF_EREFUSED, "the signature is not by the expected key");
}
