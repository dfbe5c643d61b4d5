/* tls_test.c: the tls block: what is found wrong with it, and its texts. */
#include "components/tls.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "stream/buffered.h"
#include "stream/cache.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

/* ---- A component that has nothing but the block ---- */

typedef struct tls_only { rf_tls_conf tls; } tls_only;

static const rf_field tls_only_fields[] = { { RF_TLS_FIELD(tls_only, tls) }, { 0 } };

static rf_code tls_only_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    tls_only *self = state;
    (void)env;
    return rf_tls_check(&self->tls, conf, reterr);
}

#define KIND { .name = "peer", .summary = "Has TLS.", .fields = tls_only_fields, .state_size = sizeof(tls_only), .open = tls_only_open }
static const rf_input_kind peer_input = KIND;
static const rf_output_kind peer_output = KIND;
const rf_input_kind *const rf_input_kinds[] = { &peer_input, NULL };
const rf_processor_kind *const rf_processor_kinds[] = { NULL };
const rf_output_kind *const rf_output_kinds[] = { &peer_output, NULL };
const rf_cache_kind *const rf_cache_kinds[] = { NULL };
const rf_rate_limit_kind *const rf_rate_limit_kinds[] = { NULL };
const rf_buffer_kind *const rf_buffer_kinds[] = { NULL };

/* ---- Certificates ---- */

typedef struct files {
    rf_fixture_dir dir;
    rf_buffer yaml;
} files;

static void files_done(files *f) {
    rf_fixture_dir_done(&f->dir);
    rf_buffer_done(&f->yaml);
}

/* What `bio` holds as a file; frees it. */
static bool write_bio(const files *f, const char *name, BIO *bio) {
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    bool good = len > 0 && rf_fixture_dir_write(&f->dir, name, (rf_slice){ text, (size_t)len });
    BIO_free(bio);
    return good;
}

static bool write_key(const files *f, const char *name, EVP_PKEY *key, const char *password) {
    BIO *bio = BIO_new(BIO_s_mem());
    (void)PEM_write_bio_PKCS8PrivateKey(bio, key, password ? EVP_aes_256_cbc() : NULL, NULL, 0, NULL, (void *)(uintptr_t)password);
    return write_bio(f, name, bio);
}

static bool write_cert(const files *f, const char *name, EVP_PKEY *key) {
    X509 *cert = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME *who = X509_get_subject_name(cert);
    (void)X509_NAME_add_entry_by_txt(who, "CN", MBSTRING_ASC, (const unsigned char *)"us", -1, -1, 0);
    (void)X509_set_issuer_name(cert, who);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    (void)X509_set_pubkey(cert, key);
    (void)X509_sign(cert, key, EVP_sha256());
    (void)PEM_write_bio_X509(bio, cert);
    X509_free(cert);
    return write_bio(f, name, bio);
}

/* cert.pem, key.pem, the same key as locked.pem (password "pw"), another's as other.pem, and a text. */
static bool files_init(files *f) {
    if (!rf_fixture_dir_init(&f->dir))
        return false;
    EVP_PKEY *ours = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
    bool good = ours && other && write_cert(f, "cert.pem", ours) && write_key(f, "key.pem", ours, NULL) &&
                write_key(f, "locked.pem", ours, "pw") && write_key(f, "other.pem", other, NULL) &&
                rf_fixture_dir_write(&f->dir, "text", RF_SLICE("no certificate\n"));
    EVP_PKEY_free(ours);
    EVP_PKEY_free(other);
    ERR_clear_error();
    return good;
}

/* Opens a config whose output has the block, a member a line; NULL: out of memory. */
static const char *config_of(files *f, const char *block) {
    rf_buffer_clear(&f->yaml);
    rf_buffer_printf(&f->yaml, "input: {peer: {}}\noutput:\n  peer:\n    tls:\n      enabled: true\n%s", block);
    const char *text = rf_buffer_cstr(&f->yaml);
    return text ? rf_fixture_dir_config(&f->dir, text) : NULL;
}

RF_TEST(each_fault_is_told_at_its_place) {
    static const struct { const char *block; uint32_t line; const char *expected; } rows[] = {
        { "      root_cas_file: @DIR@/cert.pem\n", 0, "" },
        { "      client_certs: [{cert_file: @DIR@/cert.pem, key_file: @DIR@/key.pem}]\n", 0, "" },
        { "      client_certs: [{cert_file: @DIR@/cert.pem, key_file: @DIR@/locked.pem, password: pw}]\n", 0, "" },
        { "      skip_cert_verify: true\n      root_cas_file: @DIR@/nothing\n", 7, "root_cas_file: cannot read @DIR@/nothing: No such file or directory" },
        { "      root_cas_file: @DIR@\n", 6, "root_cas_file: cannot read @DIR@: it is no plain file" },
        { "      root_cas_file: @DIR@/text\n", 6, "root_cas_file: there is no certificate in it" },
        { "      root_cas: nonsense\n", 6, "root_cas: there is no certificate in it" },
        { "      root_cas: x\n      root_cas_file: y\n", 7, "both root_cas and root_cas_file are given" },
        { "      client_certs:\n        - cert_file: @DIR@/cert.pem\n", 7, "a client certificate needs its key" },
        { "      client_certs:\n        - key_file: @DIR@/key.pem\n", 7, "a client certificate is missing" },
        { "      client_certs:\n        - cert_file: @DIR@/cert.pem\n          key_file: @DIR@/other.pem\n", 8, "key_file: this is the key of another certificate" },
        { "      client_certs:\n        - cert_file: @DIR@/cert.pem\n          key_file: @DIR@/locked.pem\n", 8, "key_file: the password does not open it" },
        { "      client_certs:\n        - cert_file: @DIR@/cert.pem\n          key_file: @DIR@/text\n", 8, "key_file: there is no private key in it" },
        { "      client_certs:\n        - cert_file: @DIR@/key.pem\n          key_file: @DIR@/key.pem\n", 7, "cert_file: there is no certificate in it" },
        { "      client_certs: [{cert: a, key: b}, {cert: c, key: d}]\n", 6, "client_certs has 2 certificates, and one can be shown" },
    };
    RF_CLEANUP(files_done) files f = { 0 };
    rf_check(files_init(&f));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
        RF_CLEANUP(rf_buffer_done) rf_buffer expected = { 0 };
        rf_error error = { 0 };
        const char *config = config_of(&f, rows[i].block);
        rf_check(config);
        rf_code code = rf_fixture_stream_open(&stream, config, &error);
        if (code == RF_ENOMEM)
            return;
        rf_buffer_text(&expected, rf_fixture_dir_config(&f.dir, rows[i].expected));
        rf_check(!expected.failed);
        rf_check_text(rf_slice_of(error.message), rf_buffer_view(&expected));
        rf_check(error.place.line == rows[i].line);
    }
}

RF_TEST(a_block_that_is_not_enabled_is_not_looked_at) {
    RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
    rf_error error = { 0 };
    rf_code code = rf_fixture_stream_open(&stream, "input: {peer: {}}\noutput: {peer: {tls: {root_cas_file: /nowhere}}}\n", &error);
    rf_check(code == RF_OK || code == RF_ENOMEM);
}

RF_TEST(texts_and_files_become_the_same_pem) {
    RF_CLEANUP(files_done) files f = { 0 };
    RF_CLEANUP(rf_tls_pem_done) rf_tls_pem pem = { 0 };
    char cert_path[96], key_path[96];
    rf_check(files_init(&f));
    (void)snprintf(cert_path, sizeof cert_path, "%s/cert.pem", f.dir.path);
    (void)snprintf(key_path, sizeof key_path, "%s/key.pem", f.dir.path);
    rf_tls_client client = { .cert_file = rf_slice_of(cert_path), .key_file = rf_slice_of(key_path), .password = RF_SLICE("pw") };
    rf_tls_conf tls = { .enabled = true, .root_cas = RF_SLICE("roots"), .client_certs = { &client, 1 } };
    rf_error error = { 0 };
    rf_code code = rf_tls_pem_read(&tls, &pem, &error);
    if (code == RF_ENOMEM)
        return;
    rf_check(code == RF_OK);
    rf_check_text(rf_buffer_view(&pem.roots), RF_SLICE("roots"));
    rf_slice file = rf_fixture_dir_read(&f.dir, "cert.pem");
    rf_check(file.data);
    rf_check_text(rf_buffer_view(&pem.cert), file);
    file = rf_fixture_dir_read(&f.dir, "key.pem");
    rf_check(file.data);
    rf_check_text(rf_buffer_view(&pem.key), file);
    rf_check(pem.key.data[pem.key.len] == '\0' && rf_slice_is(pem.password, "pw"));
}

RF_TEST(a_file_that_is_gone_may_come_back) {
    rf_tls_conf tls = { .enabled = true, .root_cas_file = RF_SLICE("/nowhere/ca.pem") };
    rf_tls_pem pem = { 0 };
    rf_error error = { 0 };
    rf_check(rf_tls_pem_read(&tls, &pem, &error) == RF_EIO);
    rf_check(error.flags & RF_ERROR_RETRIABLE);
    rf_check_text(rf_slice_of(error.message), RF_SLICE("cannot read /nowhere/ca.pem: No such file or directory"));
}
