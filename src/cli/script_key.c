/* script_key.c: keys that sign .fzb files, from files. */
#include "cli/script.h"

#include "base/slice.h"
#include "message/json.h"
#include "script/fusabi/files.h"

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

/* What stands before the 32 bytes of a key in RFC 8410's forms: PKCS #8 of the secret, SubjectPublicKeyInfo of the public one. */
static const uint8_t secret_head[] = { 0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
static const uint8_t public_head[] = { 0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00 };

/* The text between the lines BEGIN and END, without line breaks; len 0: there is none. */
static rf_slice armoured(rf_arena *arena, rf_slice text, const char *begin) {
    rf_slice mark = rf_slice_of(begin), rest = rf_slice_trim(text);
    if (!rf_slice_starts(rest, mark))
        return (rf_slice){ NULL, 0 };
    rest = (rf_slice){ rest.data + mark.len, rest.len - mark.len };
    char *inner = rf_arena_alloc(arena, rest.len + 1);
    size_t len = 0;
    for (size_t i = 0; inner && i < rest.len && rest.data[i] != '-'; i++)
        if (rest.data[i] != '\n' && rest.data[i] != '\r')
            inner[len++] = rest.data[i];
    return (rf_slice){ inner, inner ? len : 0 };
}

static bool from_pem(rf_arena *arena, rf_slice text, bool is_secret, uint8_t *key) {
    rf_slice inner = armoured(arena, text, is_secret ? "-----BEGIN PRIVATE KEY-----" : "-----BEGIN PUBLIC KEY-----"), bytes;
    rf_slice head = is_secret ? (rf_slice){ (const char *)secret_head, sizeof secret_head }
                              : (rf_slice){ (const char *)public_head, sizeof public_head };
    if (!inner.len || !rf_base64_parse_in(arena, inner, &bytes) || bytes.len != head.len + KEY_BYTES || !rf_slice_starts(bytes, head))
        return false;
    memcpy(key, bytes.data + head.len, KEY_BYTES);
    return true;
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
    if (from_hex(bytes, ret_key) || from_pem(&arena, bytes, is_secret, ret_key))
        return RF_OK;
    code = rf_raise(reterr, RF_EPARSE, "%s holds no Ed25519 %s key", path, is_secret ? "secret" : "public");
    rf_error_hint(reterr, is_secret ? "make one: openssl genpkey -algorithm ed25519 -out %s"
                                    : "take it from the secret key: openssl pkey -in secret.pem -pubout -out %s", path);
    return code;
}
