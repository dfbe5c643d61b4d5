/* password.c: hashing what was given, as the known hash was made, and comparing the two. */
#include "observe/password.h"

#include "base/alloc.h"
#include "base/library.h"
#include "base/slice.h"

#include <assert.h>
#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

/* As Benthos has them: a hash that was made for it is right here too. */
#define SCRYPT_N 32768u
#define SCRYPT_R 8u
#define SCRYPT_P 1u
#define SCRYPT_BYTES_MAX ((uint64_t)64 << 20)
#define HASH_BYTES_MAX 32u

#define CRYPT_FUNCTIONS(X) X(crypt_r)
typedef struct crypt_api { CRYPT_FUNCTIONS(RF_LIBRARY_POINTER) } crypt_api;
#define SYMBOL(name) RF_LIBRARY_SYMBOL(crypt_api, name)
static const rf_symbol crypt_symbols[] = { CRYPT_FUNCTIONS(SYMBOL) { 0 } };

static rf_code load_crypt(crypt_api *api, rf_error *reterr) {
    return rf_library_load("libcrypt.so.1", "libcrypt1", crypt_symbols, api, reterr);
}

size_t rf_password_hash_bytes(rf_password_algorithm algorithm) {
    static const size_t bytes[] = { [RF_PASSWORD_MD5] = 16, [RF_PASSWORD_SHA256] = 32, [RF_PASSWORD_BCRYPT] = RF_PASSWORD_BCRYPT_LEN, [RF_PASSWORD_SCRYPT] = 32 };
    return bytes[algorithm];
}

rf_code rf_password_prepare(const rf_password *password, rf_error *reterr) {
    crypt_api api;
    assert(password);
    return password->algorithm == RF_PASSWORD_BCRYPT ? load_crypt(&api, reterr) : RF_OK;
}

static bool is_same(const void *made, rf_slice hash, size_t len) { return hash.len == len && CRYPTO_memcmp(made, hash.data, len) == 0; }

static bool is_digest(const rf_password *password, rf_slice given, const EVP_MD *kind) {
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    return EVP_Digest(given.data, given.len, made, &len, kind, NULL) == 1 && is_same(made, password->hash, len);
}

static bool is_scrypt(const rf_password *password, rf_slice given) {
    unsigned char made[HASH_BYTES_MAX];
    int good = EVP_PBE_scrypt(given.data, given.len, (const unsigned char *)password->salt.data, password->salt.len, SCRYPT_N, SCRYPT_R,
                              SCRYPT_P, SCRYPT_BYTES_MAX, made, sizeof made);
    return good == 1 && is_same(made, password->hash, sizeof made);
}

static bool is_bcrypt(const rf_password *password, const char *given) {
    crypt_api api;
    struct crypt_data *room = rf_alloc_zero(1, sizeof *room); /* 32 KiB: more than the stack of a service's thread should bear */
    if (!room)
        return false;
    const char *made = load_crypt(&api, NULL) ? NULL : api.crypt_r(given, password->hash.data, room);
    bool same = made && strlen(made) == RF_PASSWORD_BCRYPT_LEN && is_same(made, password->hash, RF_PASSWORD_BCRYPT_LEN);
    OPENSSL_cleanse(room, sizeof *room);
    rf_free(room);
    return same;
}

static bool is_right(const rf_password *password, rf_slice given) {
    char text[RF_PASSWORD_BYTES_MAX + 1];
    switch (password->algorithm) {
    case RF_PASSWORD_MD5: return is_digest(password, given, EVP_md5());
    case RF_PASSWORD_SHA256: return is_digest(password, given, EVP_sha256());
    case RF_PASSWORD_SCRYPT: return is_scrypt(password, given);
    case RF_PASSWORD_BCRYPT: break;
    }
    memcpy(text, given.data, given.len);
    text[given.len] = '\0';
    bool same = !memchr(given.data, '\0', given.len) && is_bcrypt(password, text);
    OPENSSL_cleanse(text, sizeof text);
    return same;
}

/* With a key of its own, so that what lies in memory is of no use elsewhere. */
static bool digest(const rf_password_memory *memory, rf_slice given, uint8_t out[32]) {
    unsigned len = 32;
    return HMAC(EVP_sha256(), memory->key, sizeof memory->key, (const unsigned char *)given.data, given.len, out, &len) != NULL;
}

bool rf_password_is(const rf_password *password, rf_slice given, rf_password_memory *memory) {
    uint8_t made[32];
    assert(password && memory);
    if (given.len > RF_PASSWORD_BYTES_MAX)
        return false;
    if (!given.data)
        given = RF_SLICE("");
    bool is_slow = password->algorithm == RF_PASSWORD_SCRYPT || password->algorithm == RF_PASSWORD_BCRYPT;
    if (!is_slow)
        return is_right(password, given);
    if (memory->made && digest(memory, given, made) && CRYPTO_memcmp(made, memory->digest, sizeof made) == 0)
        return true;
    if (!is_right(password, given))
        return false;
    memory->made = RAND_bytes(memory->key, sizeof memory->key) == 1 && digest(memory, given, memory->digest);
    return true;
}
