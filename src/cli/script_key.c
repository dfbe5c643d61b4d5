/* script_key.c: keys that sign .fzb files, from files. */
#include "cli/script.h"

#include "base/slice.h"
#include "script/fusabi/files.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

enum { KEY_BYTES = 32 };

static int hex_of(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool from_hex(rf_slice text, uint8_t *key) {
    text = rf_slice_trim(text);
    if (text.len != 2 * KEY_BYTES)
        return false;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        int high = hex_of(text.data[2 * i]), low = hex_of(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* A protected key would ask for its password on the terminal: it is refused instead. */
static int no_password(char *buffer, int size, int writes, void *user) {
    (void)buffer, (void)size, (void)writes, (void)user;
    return -1;
}

static bool from_pem(rf_slice text, bool is_secret, uint8_t *key) {
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    EVP_PKEY *parsed = NULL;
    if (bio)
        parsed = is_secret ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
    size_t len = KEY_BYTES;
    bool fine = parsed && EVP_PKEY_get_base_id(parsed) == EVP_PKEY_ED25519;
    fine = fine && (is_secret ? EVP_PKEY_get_raw_private_key(parsed, key, &len) : EVP_PKEY_get_raw_public_key(parsed, key, &len)) == 1;
    EVP_PKEY_free(parsed);
    (void)BIO_free(bio);
    return fine && len == KEY_BYTES;
}

rf_code rf_cli_key_read(const char *path, bool is_secret, uint8_t ret_key[32], rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_slice bytes;
    rf_code code = rf_fus_file_read(&arena, path, &bytes, reterr);
    if (code)
        return code;
    if (bytes.len == KEY_BYTES) {
        memcpy(ret_key, bytes.data, KEY_BYTES);
        return RF_OK;
    }
    if (from_hex(bytes, ret_key) || (rf_slice_starts(bytes, RF_SLICE("-----BEGIN")) && from_pem(bytes, is_secret, ret_key)))
        return RF_OK;
    code = rf_raise(reterr, RF_EPARSE, "%s holds no Ed25519 %s key", path, is_secret ? "secret" : "public");
    rf_error_hint(reterr, is_secret ? "make one: openssl genpkey -algorithm ed25519 -out %s"
                                    : "take it from the secret key: openssl pkey -in secret.pem -pubout -out %s", path);
    return code;
}
