/* sign.c: SHA-256 and Ed25519, by OpenSSL. */
/* The one-shot functions that replaced SHA256_Init look their algorithm up by name at each call: that costs more than
 * hashing a small file. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "script/fusabi/fzb_internal.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

static_assert(SHA256_DIGEST_LENGTH == RF_FUS_FZB_HASH_BYTES);

void rf_fus_sha256(rf_slice bytes, uint8_t ret_hash[RF_FUS_FZB_HASH_BYTES]) {
    SHA256_CTX context;
    (void)SHA256_Init(&context);
    (void)SHA256_Update(&context, bytes.data, bytes.len);
    (void)SHA256_Final(ret_hash, &context);
}

static void free_key(EVP_PKEY **key) { EVP_PKEY_free(*key); }
static void free_context(EVP_MD_CTX **context) { EVP_MD_CTX_free(*context); }

rf_code rf_fus_public_key(const uint8_t secret_key[32], uint8_t ret_public_key[32], rf_error *reterr) {
    assert(secret_key && ret_public_key);
    RF_CLEANUP(free_key) EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret_key, 32);
    size_t len = 32;
    return key && EVP_PKEY_get_raw_public_key(key, ret_public_key, &len) == 1 && len == 32 ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_fus_sign(const uint8_t secret_key[32], rf_slice message, uint8_t ret_signature[RF_FUS_FZB_SIGNATURE_BYTES], rf_error *reterr) {
    assert(secret_key && ret_signature);
    RF_CLEANUP(free_key) EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret_key, 32);
    RF_CLEANUP(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = RF_FUS_FZB_SIGNATURE_BYTES;
    bool done = key && context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(context, ret_signature, &len, (const uint8_t *)message.data, message.len) == 1;
    return done && len == RF_FUS_FZB_SIGNATURE_BYTES ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_fus_check_signature(const uint8_t public_key[32], rf_slice message, const uint8_t signature[RF_FUS_FZB_SIGNATURE_BYTES],
                               rf_error *reterr) {
    assert(public_key && signature);
    RF_CLEANUP(free_key) EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    RF_CLEANUP(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!key || !context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) != 1)
        return rf_raise_nomem(reterr);
    int said = EVP_DigestVerify(context, signature, RF_FUS_FZB_SIGNATURE_BYTES, (const uint8_t *)message.data, message.len);
    return said == 1 ? RF_OK : rf_raise(reterr, RF_EREFUSED, "the signature is not by the expected key");
}
