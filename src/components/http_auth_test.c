/* http_auth_test.c: signatures as their standards have them, tokens, forms, and what is wrong with the fields. */
#include "base/slice.h"
#include "components/http_client.h"
#include "fixture.h"
#include "harness.h"
#include "message/json.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

/* ---- OAuth 1.0a ---- */

static const rf_http_oauth1 photos = {
    true, { "dpf43f3p2l4k3l03", 16 }, { "kd94hf93k423kf44", 16 }, { "nnch734d00sl2jdk", 16 }, { "pfkkdhi9sl3r4s00", 16 },
};

static bool signs(const char *url, const char *signature) {
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_http_oauth1_sign(&photos, RF_SLICE("GET"), rf_slice_of(url), "kllo9940pd9333jh", 1191242096, &line);
    return line.failed || strstr(line.data, signature);
}

RF_TEST(oauth1_signs_as_the_example_of_its_specification) {
    const char *signature = "oauth_signature=\"tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D\"";
    rf_check(signs("http://photos.example.net/photos?file=vacation.jpg&size=original", signature));
    /* However it is written. */
    rf_check(signs("HTTP://Photos.example.net:80/photos?size=original&file=v%61cation.jpg#x", signature));
    rf_check(signs("http://photos.example.net/photos?file=vacation.jpg&&size=original", signature));
    rf_check(signs("http://photos.example.net/photos", "oauth_consumer_key=\"dpf43f3p2l4k3l03\""));
    rf_check(signs("http://photos.example.net", "OAuth ") && signs("https://x?a=%4&b=%&c=+&=&d", "OAuth "));
}

/* ---- OAuth 2 ---- */

RF_TEST(oauth2_asks_with_a_form) {
    RF_CLEANUP(rf_buffer_done) rf_buffer form = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer basic = { 0 };
    rf_slice scopes[] = { RF_SLICE("read"), RF_SLICE("write:x") };
    const rf_http_oauth2 oauth2 = { .client_key = RF_SLICE("k&y"), .client_secret = RF_SLICE("s ="), .scopes = { scopes, 2 } };
    rf_code code = rf_http_oauth2_form(&oauth2, true, &form, NULL);
    rf_check(!code || code == RF_ENOMEM);
    rf_check(code || strcmp(form.data, "grant_type=client_credentials&scope=read%20write%3Ax&client_id=k%26y&client_secret=s%20%3D") == 0);
    rf_http_oauth2_basic(&oauth2, &basic);
    rf_check(basic.failed || strcmp(basic.data, "Authorization: Basic ayUyNnk6cyUyMCUzRA==") == 0);
}

static rf_code answered(const char *text, const char *token, uint64_t seconds) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    uint64_t got = 0;
    rf_code code = rf_http_oauth2_answer(rf_slice_of(text), &out, &got, NULL);
    return code ? code : strcmp(out.data, token) == 0 && got == seconds ? RF_OK : RF_EPARSE;
}

static bool is(rf_code code, rf_code wanted) { return code == wanted || code == RF_ENOMEM; }

RF_TEST(oauth2_reads_the_answer) {
    rf_check(is(answered("{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":3600}", "abc", 3600), RF_OK));
    rf_check(is(answered("{\"access_token\":\"abc\",\"expires_in\":\"60\"}", "abc", 60), RF_OK));
    rf_check(is(answered("{\"access_token\":\"abc\"}", "abc", UINT64_MAX), RF_OK));
    rf_check(is(answered("{\"access_token\":\"abc\",\"expires_in\":-5}", "abc", UINT64_MAX), RF_OK));
    rf_check(is(answered("{\"access_token\":\"a\\nb\"}", "", 0), RF_EIO) && is(answered("{\"access_token\":5}", "", 0), RF_EIO));
    rf_check(is(answered("{}", "", 0), RF_EIO) && is(answered("[1]", "", 0), RF_EIO) && is(answered("sorry", "", 0), RF_EIO) && is(answered("", "", 0), RF_EIO));
}

/* ---- JWT ---- */

static bool write_key(const rf_fixture_dir *dir, const char *name) {
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    bool good = key && bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    long len = good ? BIO_get_mem_data(bio, &text) : 0;
    good = len > 0 && rf_fixture_dir_write(dir, name, (rf_slice){ text, (size_t)len });
    (void)BIO_free(bio);
    EVP_PKEY_free(key);
    return good;
}

RF_TEST(a_token_is_signed) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer token = { 0 };
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir) && write_key(&dir, "ed.key"));
    RF_CLEANUP(rf_buffer_done) rf_buffer path = { 0 };
    rf_buffer_printf(&path, "%s/ed.key", dir.path);
    rf_check(rf_buffer_cstr(&path));
    rf_http_jwt jwt = { .private_key_file = rf_buffer_view(&path), .signing_method = 3 };
    rf_check(!rf_http_jwt_make(&jwt, &token, NULL));
    /* {"alg":"EdDSA","typ":"JWT"} and {} */
    rf_check(rf_slice_starts(rf_buffer_view(&token), RF_SLICE("eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.e30.")) && token.len == 41 + 86);
    jwt.signing_method = 0;
    rf_code code = rf_http_jwt_make(&jwt, &token, &error);
    rf_check(code == RF_EIO && strstr(error.message, "cannot sign with RS256"));
}

/* ---- The fields ---- */

static bool refused(const char *fields, const char *word) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir = { 0 }; /* for its buffer */
    rf_error error = { 0 };
    rf_buffer_printf(&dir.text, "input: {stdin: {}}\noutput: {http_client: {url: 'http://127.0.0.1:1/', %s}}\n", fields);
    const char *text = rf_buffer_cstr(&dir.text);
    rf_code code = text ? rf_fixture_stream_open(&stream, text, &error) : RF_ENOMEM;
    return code == RF_ENOMEM || (code == RF_ECONFIG && strstr(error.message, word));
}

RF_TEST(what_is_wrong_with_the_fields_is_told) {
    rf_check(refused("oauth: {enabled: true}", "consumer_key"));
    rf_check(refused("oauth2: {enabled: true, client_key: a}", "token_url"));
    rf_check(refused("oauth2: {enabled: true, token_url: 'http://x/', endpoint_params: {a: b}}", "endpoint_params"));
    rf_check(refused("jwt: {enabled: true}", "private_key_file"));
    rf_check(refused("jwt: {enabled: true, private_key_file: /nowhere.pem}", "/nowhere.pem"));
    rf_check(refused("jwt: {enabled: true, private_key_file: /nowhere.pem, signing_method: HS1}", "HS1"));
    rf_check(refused("oauth: {enabled: true, consumer_key: a}, oauth2: {enabled: true, token_url: 'http://x/'}", "only one"));
}
