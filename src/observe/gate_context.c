/* gate_context.c: a server's certificate: read, checked, made when there is none, and read anew when it was renewed. */
#include "base/slice.h"
#include "observe/gate_internal.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define MADE_SECONDS (10L * 365 * 24 * 3600)

const char *rf_gate_complaint(void) {
    const char *text = ERR_reason_error_string(ERR_peek_error());
    if (!text)
        text = errno ? strerror(errno) : "the connection was closed";
    ERR_clear_error();
    return text;
}

/* Keys of servers have no password here, and nobody is asked at the terminal. */
static int no_password(char *buffer, int size, int writing, void *arg) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)arg;
    return 0;
}

/* ---- What the files hold ---- */

static BIO *open_pem(rf_slice path, rf_error *reterr) {
    errno = 0;
    BIO *bio = BIO_new_file(path.data, "r");
    if (!bio)
        (void)rf_raise(reterr, RF_ECONFIG, "cannot read %.*s: %s", RF_SLICE_ARG(path), errno ? strerror(errno) : "no memory");
    return bio;
}

static rf_code read_cert(rf_slice path, X509 **ret_cert, rf_error *reterr) {
    BIO *bio = open_pem(path, reterr);
    if (!bio)
        return RF_ECONFIG;
    *ret_cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);
    (void)BIO_free(bio);
    if (*ret_cert)
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG, "cert_file: there is no certificate in it");
    rf_error_hint(reterr, "expected PEM text: -----BEGIN CERTIFICATE----- and lines of base64");
    return RF_ECONFIG;
}

static rf_code check_key(rf_slice path, X509 *cert, rf_error *reterr) {
    BIO *bio = open_pem(path, reterr);
    if (!bio)
        return RF_ECONFIG;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    (void)BIO_free(bio);
    bool fits = key && X509_check_private_key(cert, key) == 1;
    bool there = key != NULL;
    EVP_PKEY_free(key);
    if (fits)
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG,
                   there ? "key_file: this is the key of another certificate"
                         : "key_file: there is no private key in it, or it is encrypted");
    rf_error_hint(reterr, there ? "key_file is to be the key of cert_file"
                                : "expected PEM text without a password: -----BEGIN PRIVATE KEY----- and lines of base64");
    return RF_ECONFIG;
}

rf_code rf_gate_check(rf_slice cert_file, rf_slice key_file, const char **ret_field, rf_error *reterr) {
    assert(ret_field);
    X509 *cert = NULL;
    *ret_field = cert_file.len ? "cert_file" : "key_file";
    if (cert_file.len == 0 || key_file.len == 0) {
        (void)rf_raise(reterr, RF_ECONFIG, cert_file.len ? "cert_file needs a key_file" : "key_file needs a cert_file");
        rf_error_hint(reterr, "a server that speaks TLS has both");
        return RF_ECONFIG;
    }
    rf_code code = read_cert(cert_file, &cert, reterr);
    if (!code) {
        *ret_field = "key_file";
        code = check_key(key_file, cert, reterr);
    }
    X509_free(cert);
    ERR_clear_error(); /* told in our own words */
    return code;
}

/* ---- A certificate of our own making ---- */

static bool name_it(X509 *cert) {
    X509_NAME *name = X509_get_subject_name(cert);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    bool good = names && name && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"riffle", -1, -1, 0) == 1 &&
                X509_set_issuer_name(cert, name) == 1 && X509_add_ext(cert, names, -1) == 1;
    X509_EXTENSION_free(names);
    return good;
}

/* Nobody can check it: it keeps out those who listen, not those who stand between. */
static rf_code use_made(const rf_gate_api *api, SSL_CTX *context, rf_error *reterr) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    bool good = key && cert && X509_set_version(cert, 2) == 1 && ASN1_INTEGER_set_int64(X509_get_serialNumber(cert), 1) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(cert), 0) && X509_gmtime_adj(X509_getm_notAfter(cert), MADE_SECONDS) &&
                X509_set_pubkey(cert, key) == 1 && name_it(cert) && X509_sign(cert, key, EVP_sha256()) > 0 &&
                api->SSL_CTX_use_certificate(context, cert) == 1 && api->SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    return good ? RF_OK : rf_raise(reterr, RF_EIO, "TLS: a certificate cannot be made: %s", rf_gate_complaint());
}

/* ---- The context ---- */

static rf_gate_stamp stamp(rf_slice path) {
    struct stat status;
    if (path.len == 0 || stat(path.data, &status) != 0)
        return (rf_gate_stamp){ 0 };
    return (rf_gate_stamp){ status.st_dev, status.st_ino, status.st_mtim, status.st_size };
}

static bool differ(rf_gate_stamp a, rf_gate_stamp b) {
    return a.device != b.device || a.inode != b.inode || a.size != b.size || a.changed.tv_sec != b.changed.tv_sec ||
           a.changed.tv_nsec != b.changed.tv_nsec;
}

bool rf_gate_context_is_old(const rf_gate_context *context, const rf_gate_identity *identity) {
    return differ(context->cert, stamp(identity->cert_file)) || differ(context->key, stamp(identity->key_file)) ||
           differ(context->cas, stamp(identity->client_cas_file));
}

static rf_code use_files(const rf_gate_api *api, const rf_gate_identity *identity, SSL_CTX *context, rf_error *reterr) {
    const char *file = identity->cert_file.data;
    errno = 0;
    bool good = api->SSL_CTX_use_certificate_chain_file(context, file) == 1;
    if (good) {
        file = identity->key_file.data;
        good = api->SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) == 1 && api->SSL_CTX_check_private_key(context) == 1;
    }
    return good ? RF_OK : rf_raise(reterr, RF_EIO, "TLS: %s cannot be used: %s", file, rf_gate_complaint());
}

static int take_any(int verified, X509_STORE_CTX *store) {
    (void)verified;
    (void)store;
    return 1;
}

static rf_code ask_clients(const rf_gate_api *api, const rf_gate_identity *identity, SSL_CTX *context, rf_error *reterr) {
    static const unsigned char session[] = "riffle"; /* sessions of clients with certificates need a name */
    bool verifies = identity->auth == RF_GATE_REQUIRE_VALID || identity->auth == RF_GATE_VERIFY_IF_GIVEN;
    bool requires = identity->auth == RF_GATE_REQUIRE_VALID || identity->auth == RF_GATE_REQUIRE_ANY;
    if (identity->auth == RF_GATE_NO)
        return RF_OK;
    api->SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (requires ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), verifies ? NULL : take_any);
    bool good = api->SSL_CTX_set_session_id_context(context, session, sizeof session - 1) == 1;
    errno = 0;
    if (verifies && identity->client_cas_file.len) {
        STACK_OF(X509_NAME) *names = api->SSL_load_client_CA_file(identity->client_cas_file.data);
        good &= names && api->SSL_CTX_load_verify_file(context, identity->client_cas_file.data) == 1;
        api->SSL_CTX_set_client_CA_list(context, names); /* which clients are told, to choose among theirs; it is the context's */
    } else if (verifies) {
        good &= api->SSL_CTX_set_default_verify_paths(context) == 1;
    }
    return good ? RF_OK : rf_raise(reterr, RF_EIO, "TLS: the authorities of clients cannot be used: %s", rf_gate_complaint());
}

rf_code rf_gate_context_make(const rf_gate_api *api, const rf_gate_identity *identity, rf_gate_context *ret_context, rf_error *reterr) {
    rf_gate_context made = { /* before they are read: what is written meanwhile is another one */
        .cert = stamp(identity->cert_file), .key = stamp(identity->key_file), .cas = stamp(identity->client_cas_file),
    };
    ERR_clear_error();
    made.ssl = api->SSL_CTX_new(api->TLS_server_method());
    if (!made.ssl)
        return rf_raise_nomem(reterr);
    (void)api->SSL_CTX_ctrl(made.ssl, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
    (void)api->SSL_CTX_ctrl(made.ssl, SSL_CTRL_MODE,
                            SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS, NULL);
    (void)api->SSL_CTX_ctrl(made.ssl, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL); /* it would grow with each client */
    /* Tickets are words nobody asked for: a client that only sends, and closes without reading them, would lose what is under way. */
    (void)api->SSL_CTX_set_num_tickets(made.ssl, 0);
    api->SSL_CTX_set_default_passwd_cb(made.ssl, no_password);
    rf_code code = identity->cert_file.len ? use_files(api, identity, made.ssl, reterr) : use_made(api, made.ssl, reterr);
    if (!code)
        code = ask_clients(api, identity, made.ssl, reterr);
    if (code)
        api->SSL_CTX_free(made.ssl);
    else
        *ret_context = made;
    return code;
}
