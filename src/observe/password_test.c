/* password_test.c: hashes that other programs made. */
#include "observe/password.h"

#include "harness.h"

#include <string.h>

/* printf %s b | openssl sha256 -binary */
static const char sha256_of_b[] = "\x3e\x23\xe8\x16\x00\x39\x59\x4a\x33\x89\x4f\x65\x64\xe1\xb1\x34\x8b\xbd\x7a\x00\x88\xd4\x2c\x4a\xcb\x73\xee\xae\xd5\x9c\x00\x9d";
static const char md5_of_b[] = "\x92\xeb\x5f\xfe\xe6\xae\x2f\xec\x3a\xd7\x1c\x77\x75\x31\x57\x8f";
/* Python: hashlib.scrypt(b"geheim", salt=b"salz", n=32768, r=8, p=1, dklen=32) */
static const char scrypt_of_geheim[] = "\xc7\x79\x8b\x8f\xd6\x19\x76\x99\xab\xf8\xa4\x18\xe7\xd8\x8e\x09\xd2\x67\xb7\x31\x2d\x15\xdb\x7a\xe4\xcb\xa9\xb9\xf9\x9a\x6d\x0e";
static const char bcrypt_of_geheim[] = "$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.";

#define KNOWN(of, kind, text) \
    static const rf_password of = { .algorithm = kind, .hash = { text, sizeof text - 1 }, .salt = { "salz", 4 } }
KNOWN(by_md5, RF_PASSWORD_MD5, md5_of_b);
KNOWN(by_sha256, RF_PASSWORD_SHA256, sha256_of_b);
KNOWN(by_scrypt, RF_PASSWORD_SCRYPT, scrypt_of_geheim);
KNOWN(by_bcrypt, RF_PASSWORD_BCRYPT, bcrypt_of_geheim);

static bool is(const rf_password *password, const char *given) {
    rf_password_memory memory = { 0 };
    return rf_password_is(password, (rf_slice){ given, strlen(given) }, &memory);
}

RF_TEST(a_password_is_known_by_its_digest) {
    rf_check(is(&by_md5, "b") && !is(&by_md5, "c") && !is(&by_md5, ""));
    rf_check(is(&by_sha256, "b") && !is(&by_sha256, "B") && !is(&by_sha256, "bb"));
}

RF_TEST(a_password_is_known_by_what_slow_algorithms_make_of_it) {
    rf_check(rf_password_prepare(&by_bcrypt, NULL) == RF_OK && rf_password_prepare(&by_scrypt, NULL) == RF_OK);
    rf_check((is(&by_bcrypt, "geheim") || rf_test_torture()) && !is(&by_bcrypt, "geheimer"));
    rf_check(is(&by_scrypt, "geheim") && !is(&by_scrypt, "Geheim"));
}

RF_TEST(what_was_right_is_remembered_and_nothing_else) {
    rf_password_memory memory = { 0 };
    rf_check(!rf_password_is(&by_scrypt, RF_SLICE("wrong"), &memory) && !memory.made);
    rf_check(rf_password_is(&by_scrypt, RF_SLICE("geheim"), &memory) && memory.made);
    rf_password other = by_scrypt;
    other.hash = RF_SLICE("no hash"); /* so that only the memory knows */
    rf_check(rf_password_is(&other, RF_SLICE("geheim"), &memory));
    rf_check(!rf_password_is(&other, RF_SLICE("geheim "), &memory) && !rf_password_is(&other, RF_SLICE(""), &memory));
}

RF_TEST(a_hash_of_the_wrong_length_is_nobodys) {
    rf_password cut = by_sha256;
    cut.hash.len = 16;
    rf_check(!is(&cut, "b"));
    cut.hash.len = 0;
    rf_check(!is(&cut, "b") && !is(&cut, ""));
}

RF_TEST(a_password_is_bounded_and_may_hold_any_byte) {
    char longest[RF_PASSWORD_BYTES_MAX + 2];
    memset(longest, 'a', sizeof longest);
    rf_password_memory memory = { 0 };
    rf_check(!rf_password_is(&by_bcrypt, (rf_slice){ longest, sizeof longest }, &memory));
    rf_check(!rf_password_is(&by_bcrypt, (rf_slice){ "geheim\0x", 8 }, &memory));
    rf_check(!rf_password_is(&by_sha256, (rf_slice){ "b\0", 2 }, &memory));
}
