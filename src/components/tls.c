/* tls.c: the `tls` block: fields, checks, and what it names as text. */
#include "components/tls.h"

#include "base/slice.h"
#include "stream/document.h" /* the items of a list, to point at the one that is wrong */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)4 << 20) /* the certificates of all public authorities are 0.2 MB */

#define CLIENT(member) offsetof(rf_tls_client, member)
static const rf_field client_fields[] = {
    { .name = "cert", .type = RF_FIELD_STRING, .offset = CLIENT(cert), .doc = "The certificate as PEM text, intermediate ones behind it." },
    { .name = "key", .type = RF_FIELD_STRING, .offset = CLIENT(key), .flags = RF_FIELD_SECRET, .doc = "Its private key as PEM text." },
    { .name = "cert_file", .type = RF_FIELD_STRING, .offset = CLIENT(cert_file), .doc = "A PEM file, in place of `cert`." },
    { .name = "key_file", .type = RF_FIELD_STRING, .offset = CLIENT(key_file), .doc = "A PEM file, in place of `key`." },
    { .name = "password", .type = RF_FIELD_STRING, .offset = CLIENT(password), .flags = RF_FIELD_SECRET,
      .doc = "What the private key is encrypted with, if it is." },
    { 0 },
};

#define FIELD(member) offsetof(rf_tls_conf, member)
const rf_field rf_tls_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = FIELD(enabled), .standard = "false",
      .doc = "Whether to speak TLS; without it the rest of the block is not looked at." },
    { .name = "skip_cert_verify", .type = RF_FIELD_BOOL, .offset = FIELD(skip_cert_verify), .standard = "false",
      .doc = "Takes any certificate: whoever stands between can read and change everything. For tests." },
    { .name = "enable_renegotiation", .type = RF_FIELD_BOOL, .offset = FIELD(enable_renegotiation), .standard = "false",
      .doc = "Accepted for old configs, without effect." },
    { .name = "root_cas", .type = RF_FIELD_STRING, .offset = FIELD(root_cas),
      .doc = "The authorities to trust, as PEM text; without it and `root_cas_file` the system's." },
    { .name = "root_cas_file", .type = RF_FIELD_STRING, .offset = FIELD(root_cas_file),
      .doc = "A PEM file of the authorities to trust. It is read anew at each connection." },
    { .name = "client_certs", .type = RF_FIELD_OBJECTS, .offset = FIELD(client_certs), .fields = client_fields,
      .item_size = sizeof(rf_tls_client), .doc = "The certificate to show to servers that ask for one; one at the most." },
    { 0 },
};

static void free_bio(BIO **bio) { (void)BIO_free(*bio); }
static void free_x509(X509 **certificate) { X509_free(*certificate); }
static void free_key(EVP_PKEY **key) { EVP_PKEY_free(*key); }
static void close_fd(const int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
}

/* ---- Texts ---- */

static rf_code read_all(int fd, rf_buffer *out, rf_error *reterr) {
    for (;;) {
        if (!rf_buffer_reserve(out, 16384))
            return rf_raise_nomem(reterr);
        ssize_t got = read(fd, out->data + out->len, 16384);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rf_raise(reterr, RF_EIO, "%s", strerror(errno));
        out->len += (size_t)got;
        if (out->len > FILE_BYTES_MAX)
            return rf_raise(reterr, RF_EIO, "it is longer than 4 MiB, which no file of certificates is");
        if (got == 0)
            return RF_OK;
    }
}

static rf_code read_file(rf_slice path, rf_buffer *out, rf_error *reterr) {
    struct stat status;
    RF_CLEANUP(close_fd) int fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe is not waited for */
    rf_code code = RF_OK;
    if (fd < 0 || fstat(fd, &status) != 0)
        code = rf_raise(reterr, RF_EIO, "%s", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        code = rf_raise(reterr, RF_EIO, "it is no plain file");
    else
        code = read_all(fd, out, reterr);
    if (code == RF_EIO) {
        rf_error_prefix(reterr, "cannot read %.*s: ", RF_SLICE_ARG(path));
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    }
    return code;
}

/* The text, or what the file holds. */
static rf_code text_of(rf_slice text, rf_slice path, rf_buffer *out, rf_error *reterr) {
    rf_code code = RF_OK;
    if (text.len)
        rf_buffer_slice(out, text);
    else if (path.len)
        code = read_file(path, out, reterr);
    if (code)
        return code;
    return rf_buffer_cstr(out) ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_tls_pem_read(const rf_tls_conf *tls, rf_tls_pem *ret_pem, rf_error *reterr) {
    assert(tls && ret_pem);
    static const rf_tls_client none = { 0 };
    const rf_tls_client *client = tls->client_certs.count ? tls->client_certs.items : &none;
    rf_tls_pem pem = { .password = client->password };
    rf_code code = text_of(tls->root_cas, tls->root_cas_file, &pem.roots, reterr);
    if (!code)
        code = text_of(client->cert, client->cert_file, &pem.cert, reterr);
    if (!code)
        code = text_of(client->key, client->key_file, &pem.key, reterr);
    if (code)
        rf_tls_pem_done(&pem);
    else
        *ret_pem = pem;
    return code;
}

void rf_tls_pem_done(rf_tls_pem *pem) {
    if (!pem)
        return;
    if (pem->key.data)
        OPENSSL_cleanse(pem->key.data, pem->key.cap);
    rf_buffer_done(&pem->roots);
    rf_buffer_done(&pem->cert);
    rf_buffer_done(&pem->key);
    *pem = (rf_tls_pem){ 0 };
}

/* ---- Checks ---- */

/* The member that was written, or the map that lacks it. */
static const rf_conf *place_of(const rf_conf *map, const char *name) {
    const rf_conf *member = map ? rf_conf_child(map, name) : NULL;
    return member ? member : map;
}

static rf_code both_given(const rf_conf *at, const char *text, const char *file) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "both %s and %s are given", text, file);
    rf_error_hint(&error, "keep one of them");
    return rf_conf_report(place_of(at, file), &error);
}

/* One pair of fields: into `out`, or a finding. */
static rf_code check_text(const rf_conf *at, rf_slice text, const char *text_name, rf_slice file, const char *file_name, rf_buffer *out) {
    rf_error error = { 0 };
    if (text.len && file.len)
        return both_given(at, text_name, file_name);
    rf_code code = text_of(text, file, out, &error);
    if (code == RF_ENOMEM || !code)
        return code;
    error.code = RF_ECONFIG;
    rf_error_prefix(&error, "%s: ", file_name);
    return rf_conf_report(place_of(at, file_name), &error);
}

static X509 *certificate_in(const rf_buffer *pem) {
    RF_CLEANUP(free_bio) BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    return bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

/* A password is always given, if an empty one: OpenSSL would ask at the terminal. */
static EVP_PKEY *key_in(const rf_buffer *pem, rf_slice password) {
    RF_CLEANUP(free_bio) BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    return bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t)(password.len ? password.data : "")) : NULL;
}

static rf_code check_roots(const rf_tls_conf *tls, const rf_conf *at) {
    RF_CLEANUP(rf_buffer_done) rf_buffer pem = { 0 };
    rf_code code = check_text(at, tls->root_cas, "root_cas", tls->root_cas_file, "root_cas_file", &pem);
    if (code || (tls->root_cas.len == 0 && tls->root_cas_file.len == 0))
        return code;
    RF_CLEANUP(free_x509) X509 *certificate = certificate_in(&pem);
    if (certificate)
        return RF_OK;
    rf_error error = { 0 };
    const char *name = tls->root_cas.len ? "root_cas" : "root_cas_file";
    (void)rf_raise(&error, RF_ECONFIG, "%s: there is no certificate in it", name);
    rf_error_hint(&error, "expected PEM text: -----BEGIN CERTIFICATE----- and lines of base64");
    return rf_conf_report(place_of(at, name), &error);
}

/* What the texts hold, and that they belong together. */
static rf_code check_pair(const rf_tls_client *client, const rf_conf *at, const rf_buffer *cert, const rf_buffer *key) {
    const char *cert_name = client->cert.len ? "cert" : "cert_file", *key_name = client->key.len ? "key" : "key_file";
    RF_CLEANUP(free_x509) X509 *certificate = certificate_in(cert);
    RF_CLEANUP(free_key) EVP_PKEY *private_key = key_in(key, client->password);
    const char *wrong = cert_name;
    rf_error error = { 0 };
    if (!certificate) {
        (void)rf_raise(&error, RF_ECONFIG, "%s: there is no certificate in it", cert_name);
        rf_error_hint(&error, "expected PEM text: -----BEGIN CERTIFICATE----- and lines of base64");
    } else if (!private_key) {
        wrong = key_name;
        bool locked = memmem(key->data, key->len, "ENCRYPTED", 9) != NULL;
        (void)rf_raise(&error, RF_ECONFIG, locked ? "%s: the password does not open it" : "%s: there is no private key in it", key_name);
        rf_error_hint(&error, locked ? "write what it is encrypted with as password"
                                     : "expected PEM text: -----BEGIN PRIVATE KEY----- and lines of base64");
    } else if (X509_check_private_key(certificate, private_key) != 1) {
        wrong = key_name;
        (void)rf_raise(&error, RF_ECONFIG, "%s: this is the key of another certificate", key_name);
    } else {
        return RF_OK;
    }
    return rf_conf_report(place_of(at, wrong), &error);
}

static rf_code check_client(const rf_tls_client *client, const rf_conf *at) {
    RF_CLEANUP(rf_buffer_done) rf_buffer cert = { 0 };
    rf_buffer key = { 0 };
    bool has_cert = client->cert.len || client->cert_file.len, has_key = client->key.len || client->key_file.len;
    rf_code code = check_text(at, client->cert, "cert", client->cert_file, "cert_file", &cert);
    if (!code)
        code = check_text(at, client->key, "key", client->key_file, "key_file", &key);
    if (!code && has_cert && has_key) {
        code = check_pair(client, at, &cert, &key);
    } else if (!code) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, has_cert ? "a client certificate needs its key" : "a client certificate is missing");
        rf_error_hint(&error, "give cert_file and key_file, or cert and key");
        code = rf_conf_report(at, &error);
    }
    if (key.data)
        OPENSSL_cleanse(key.data, key.cap);
    rf_buffer_done(&key);
    return code;
}

static rf_code check_clients(const rf_tls_conf *tls, const rf_conf *at) {
    const rf_conf *list = place_of(at, "client_certs");
    if (tls->client_certs.count == 0)
        return RF_OK;
    if (tls->client_certs.count > 1) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "client_certs has %zu certificates, and one can be shown", tls->client_certs.count);
        return rf_conf_report(list, &error);
    }
    bool itemised = list->kind == RF_NODE_LIST && list->count == 1;
    return check_client(tls->client_certs.items, itemised ? list->items[0] : list);
}

rf_code rf_tls_check(const rf_tls_conf *tls, const rf_conf *conf, rf_error *reterr) {
    assert(tls && conf);
    if (!tls->enabled)
        return RF_OK;
    const rf_conf *block = place_of(conf, "tls");
    rf_code roots = check_roots(tls, block), clients = check_clients(tls, block);
    ERR_clear_error(); /* told in our own words */
    if (roots == RF_ENOMEM || clients == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return roots || clients ? rf_raise(reterr, RF_ECONFIG, "the tls block cannot be used as it is") : RF_OK;
}
