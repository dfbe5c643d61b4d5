/* link_tls.c: TLS over a connected descriptor, by OpenSSL's libssl, which is loaded when a config wants it. */
#include "components/link_tls.h"

#include "base/alloc.h"
#include "base/library.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define FUNCTIONS(X)                                                                                                        \
    X(TLS_client_method) X(SSL_CTX_new) X(SSL_CTX_free) X(SSL_CTX_ctrl) X(SSL_CTX_set_verify) X(SSL_CTX_set_default_verify_paths) \
    X(SSL_CTX_get_cert_store) X(SSL_CTX_use_certificate) X(SSL_CTX_use_PrivateKey) X(SSL_new) X(SSL_free) X(SSL_ctrl)        \
    X(SSL_set_fd) X(SSL_get0_param) X(SSL_set_hostflags) X(SSL_set1_host) X(SSL_connect) X(SSL_read_ex) X(SSL_write_ex)       \
    X(SSL_get_error) X(SSL_get_verify_result) X(SSL_shutdown)

typedef struct ssl_api { FUNCTIONS(RF_LIBRARY_POINTER) } ssl_api;
#define SYMBOL(name) RF_LIBRARY_SYMBOL(ssl_api, name)
static const rf_symbol symbols[] = { FUNCTIONS(SYMBOL) { 0 } };

struct rf_link_tls {
    ssl_api api;
    SSL_CTX *context;
    SSL *ssl;
    bool failed; /* OpenSSL forbids a farewell after a failure */
};

/* The first thing that OpenSSL complains about, in its words. */
static const char *complaint(void) {
    const char *text = ERR_reason_error_string(ERR_peek_error());
    return text ? text : errno ? strerror(errno) : "the connection was closed";
}

static rf_code fail(rf_code code, const char *what, rf_error *reterr) {
    (void)rf_raise(reterr, code, "TLS: %s: %s", what, complaint());
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    ERR_clear_error();
    return code;
}

/* ---- What the config says, into a context ---- */

/* Each certificate of the text to `keep`; false: there is none, or one is not taken. */
static bool each_certificate(rf_link_tls *self, const rf_buffer *pem, bool (*keep)(rf_link_tls *self, X509 *certificate, bool first)) {
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    bool good = bio != NULL, first = true;
    while (good) {
        X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (!certificate)
            break;
        good = keep(self, certificate, first);
        first = false;
        X509_free(certificate);
    }
    (void)BIO_free(bio);
    if (good && !first)
        ERR_clear_error(); /* "no start line": the end of the text */
    return good && !first;
}

static bool keep_root(rf_link_tls *self, X509 *certificate, bool first) {
    (void)first;
    return X509_STORE_add_cert(self->api.SSL_CTX_get_cert_store(self->context), certificate) == 1;
}

static bool keep_ours(rf_link_tls *self, X509 *certificate, bool first) {
    if (first)
        return self->api.SSL_CTX_use_certificate(self->context, certificate) == 1;
    return self->api.SSL_CTX_ctrl(self->context, SSL_CTRL_CHAIN_CERT, 1, certificate) == 1;
}

static bool use_key(rf_link_tls *self, const rf_tls_pem *pem) {
    const char *password = pem->password.len ? pem->password.data : ""; /* never asked for at the terminal */
    BIO *bio = BIO_new_mem_buf(pem->key.data, (int)pem->key.len);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t)password) : NULL;
    bool good = key && self->api.SSL_CTX_use_PrivateKey(self->context, key) == 1;
    EVP_PKEY_free(key);
    (void)BIO_free(bio);
    return good;
}

static rf_code trust(rf_link_tls *self, const rf_tls_conf *conf, const rf_tls_pem *pem, rf_error *reterr) {
    self->api.SSL_CTX_set_verify(self->context, conf->skip_cert_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (pem->roots.len == 0)
        return self->api.SSL_CTX_set_default_verify_paths(self->context) == 1
                   ? RF_OK
                   : fail(RF_EIO, "the system's certificates cannot be read", reterr);
    return each_certificate(self, &pem->roots, keep_root) ? RF_OK : fail(RF_EIO, "root_cas cannot be used", reterr);
}

static rf_code make_context(rf_link_tls *self, const rf_tls_conf *conf, const rf_tls_pem *pem, rf_error *reterr) {
    self->context = self->api.SSL_CTX_new(self->api.TLS_client_method());
    if (!self->context)
        return rf_raise_nomem(reterr);
    (void)self->api.SSL_CTX_ctrl(self->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
    (void)self->api.SSL_CTX_ctrl(self->context, SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, NULL);
    rf_code code = trust(self, conf, pem, reterr);
    if (!code && pem->cert.len && !(each_certificate(self, &pem->cert, keep_ours) && use_key(self, pem)))
        code = fail(RF_EIO, "the client certificate cannot be used", reterr);
    return code;
}

/* Whom the certificate has to be about; a name is sent along, an address is not (RFC 6066, section 3). */
static bool set_peer(rf_link_tls *self, const char *host) {
    if (X509_VERIFY_PARAM_set1_ip_asc(self->api.SSL_get0_param(self->ssl), host) == 1)
        return true;
    ERR_clear_error();
    self->api.SSL_set_hostflags(self->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return self->api.SSL_ctrl(self->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)host) == 1 &&
           self->api.SSL_set1_host(self->ssl, host) == 1;
}

static rf_code prepare(rf_link_tls *self, const rf_tls_conf *conf, const char *host, int fd, rf_error *reterr) {
    RF_CLEANUP(rf_tls_pem_done) rf_tls_pem pem = { 0 };
    rf_code code = rf_library_load("libssl.so.3", "libssl3", symbols, &self->api, reterr);
    if (!code)
        code = rf_tls_pem_read(conf, &pem, reterr);
    if (!code)
        code = make_context(self, conf, &pem, reterr);
    if (code)
        return code;
    self->ssl = self->api.SSL_new(self->context);
    if (!self->ssl || self->api.SSL_set_fd(self->ssl, fd) != 1)
        return rf_raise_nomem(reterr);
    return set_peer(self, host) ? RF_OK : fail(RF_EIO, "the name of the server cannot be used", reterr);
}

rf_code rf_link_tls_new(const rf_tls_conf *conf, const char *host, int fd, rf_link_tls **ret_tls, rf_error *reterr) {
    assert(conf && host && fd >= 0 && ret_tls);
    rf_link_tls *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = prepare(self, conf, host, fd, reterr);
    if (code)
        rf_link_tls_free(self);
    else
        *ret_tls = self;
    return code;
}

void rf_link_tls_free(rf_link_tls *tls) {
    if (!tls)
        return;
    if (tls->ssl)
        tls->api.SSL_free(tls->ssl);
    if (tls->context)
        tls->api.SSL_CTX_free(tls->context);
    rf_free(tls);
}

/* ---- Bytes ---- */

/* What a call that did not succeed means. */
static rf_code outcome(rf_link_tls *self, int result, const char *what, rf_link_want *ret_want, rf_error *reterr) {
    int kind = self->api.SSL_get_error(self->ssl, result);
    *ret_want = (rf_link_want){ kind == SSL_ERROR_WANT_READ, kind == SSL_ERROR_WANT_WRITE };
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
        return RF_EAGAIN;
    if (kind == SSL_ERROR_ZERO_RETURN)
        return RF_ECLOSED;
    self->failed = true;
    return fail(RF_EIO, what, reterr);
}

rf_code rf_link_tls_handshake(rf_link_tls *tls, rf_link_want *ret_want, rf_error *reterr) {
    assert(tls && ret_want);
    errno = 0;
    ERR_clear_error();
    int result = tls->api.SSL_connect(tls->ssl);
    if (result == 1)
        return RF_OK;
    long verified = tls->api.SSL_get_verify_result(tls->ssl);
    rf_code code = outcome(tls, result, "the handshake failed", ret_want, reterr);
    if (code == RF_ECLOSED)
        return rf_raise(reterr, RF_EIO, "TLS: the server closed the connection during the handshake");
    if (code == RF_EIO && verified != X509_V_OK) {
        (void)rf_raise(reterr, RF_EREFUSED, "TLS: the server's certificate is not accepted: %s", X509_verify_cert_error_string(verified));
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_EREFUSED;
    }
    return code;
}

rf_code rf_link_tls_read(rf_link_tls *tls, void *bytes, size_t cap, size_t *ret_got, rf_link_want *ret_want, rf_error *reterr) {
    assert(tls && cap);
    errno = 0;
    ERR_clear_error(); /* an old complaint would be taken for ours */
    int result = tls->api.SSL_read_ex(tls->ssl, bytes, cap, ret_got);
    return result == 1 ? RF_OK : outcome(tls, result, "reading failed", ret_want, reterr);
}

rf_code rf_link_tls_write(rf_link_tls *tls, const void *bytes, size_t len, size_t *ret_put, rf_link_want *ret_want, rf_error *reterr) {
    assert(tls && len);
    errno = 0;
    ERR_clear_error();
    int result = tls->api.SSL_write_ex(tls->ssl, bytes, len, ret_put);
    return result == 1 ? RF_OK : outcome(tls, result, "writing failed", ret_want, reterr);
}

void rf_link_tls_end(rf_link_tls *tls) {
    if (!tls->failed)
        (void)tls->api.SSL_shutdown(tls->ssl);
    ERR_clear_error();
}
