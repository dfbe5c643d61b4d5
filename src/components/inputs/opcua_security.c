/* opcua_security.c: our own certificate, the user's, and what we know of the server's. */
#include "components/inputs/opcua.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <open62541/plugin/create_certificate.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DEFAULT_URI "urn:riffle:opcua:client"

static void free_bio(BIO **bio) { (void)BIO_free(*bio); }
static void free_x509(X509 **certificate) { X509_free(*certificate); }
static void free_key(EVP_PKEY **key) { EVP_PKEY_free(*key); }

/* OpenSSL's DER into memory that open62541 may free. */
static rf_code keep_der(unsigned char *der, int len, UA_ByteString *ret, rf_error *reterr) {
    if (len <= 0)
        return rf_raise_nomem(reterr);
    UA_ByteString view = { (size_t)len, der };
    UA_StatusCode status = UA_ByteString_copy(&view, ret);
    OPENSSL_free(der);
    return status == UA_STATUSCODE_GOOD ? RF_OK : rf_raise_nomem(reterr);
}

/* PEM or DER. */
static X509 *read_certificate(rf_slice bytes) {
    RF_CLEANUP(free_bio) BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.len);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    const unsigned char *at = (const unsigned char *)bytes.data;
    return certificate ? certificate : d2i_X509(NULL, &at, (long)bytes.len);
}

static EVP_PKEY *read_key(rf_slice bytes) {
    RF_CLEANUP(free_bio) BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.len);
    return bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "") : NULL;
}

static rf_code decode(rf_arena *arena, rf_slice base64, rf_slice *ret, rf_error *reterr) {
    if (!rf_base64_parse_in(arena, rf_slice_trim(base64), ret) || ret->len > INT32_MAX)
        return rf_raise(reterr, RF_ECONFIG, "not base64");
    return RF_OK;
}

static rf_code certificate_der(rf_slice bytes, UA_ByteString *ret, rf_error *reterr) {
    RF_CLEANUP(free_x509) X509 *certificate = read_certificate(bytes);
    unsigned char *der = NULL;
    if (!certificate)
        return rf_raise(reterr, RF_ECONFIG, "no certificate in it: expected base64 of PEM text");
    int len = i2d_X509(certificate, &der);
    return keep_der(der, len, ret, reterr);
}

static rf_code key_der(rf_slice bytes, UA_ByteString *ret, rf_error *reterr) {
    RF_CLEANUP(free_key) EVP_PKEY *key = read_key(bytes);
    unsigned char *der = NULL;
    if (!key)
        return rf_raise(reterr, RF_ECONFIG, "no private key in it that can be read without a password: expected base64 of PEM text");
    int len = i2d_PrivateKey(key, &der);
    return keep_der(der, len, ret, reterr);
}

rf_code rf_opcua_read_bundle(rf_slice base64, UA_ByteString *ret_certificate, UA_ByteString *ret_key, rf_error *reterr) {
    assert(ret_certificate && ret_key);
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 8192);
    rf_slice bytes;
    UA_ByteString certificate = UA_BYTESTRING_NULL, key = UA_BYTESTRING_NULL;
    rf_code code = decode(&arena, base64, &bytes, reterr);
    if (!code)
        code = certificate_der(bytes, &certificate, reterr);
    if (!code)
        code = key_der(bytes, &key, reterr);
    if (code) {
        UA_ByteString_clear(&certificate);
        return code;
    }
    *ret_certificate = certificate;
    *ret_key = key;
    return RF_OK;
}

rf_code rf_opcua_user_certificate(rf_opcua *self, UA_ByteString *ret_certificate, UA_ByteString *ret_key, rf_error *reterr) {
    assert(self && ret_certificate && ret_key);
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 8192);
    rf_slice bytes, key_bytes;
    UA_ByteString certificate = UA_BYTESTRING_NULL, key = UA_BYTESTRING_NULL;
    rf_code code = decode(&arena, self->user_certificate, &bytes, reterr);
    if (!code)
        code = certificate_der(bytes, &certificate, reterr);
    if (code) {
        rf_error_prefix(reterr, "userCertificate: ");
        return code;
    }
    code = decode(&arena, self->user_private_key, &key_bytes, reterr);
    if (!code)
        code = key_der(key_bytes, &key, reterr);
    if (code) {
        rf_error_prefix(reterr, "userPrivateKey: ");
        UA_ByteString_clear(&certificate);
        return code;
    }
    *ret_certificate = certificate;
    *ret_key = key;
    return RF_OK;
}

/* A client must call itself what its certificate says. */
static rf_slice uri_of(rf_arena *arena, UA_ByteString der) {
    const unsigned char *at = der.data;
    RF_CLEANUP(free_x509) X509 *certificate = d2i_X509(NULL, &at, (long)der.length);
    GENERAL_NAMES *names = certificate ? X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL) : NULL;
    rf_slice found = RF_SLICE(DEFAULT_URI);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI)
            continue;
        const ASN1_IA5STRING *text = name->d.uniformResourceIdentifier;
        found = rf_slice_dup_in(arena, (rf_slice){ (const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text) });
        break;
    }
    GENERAL_NAMES_free(names);
    return found;
}

static rf_code make_certificate(rf_opcua *self, rf_error *reterr) {
    UA_String subject[] = { UA_STRING_STATIC("O=riffle"), UA_STRING_STATIC("CN=riffle opcua client") };
    UA_String names[] = { UA_STRING_STATIC("DNS:localhost"), UA_STRING_STATIC("URI:" DEFAULT_URI) };
    UA_UInt16 bits = 2048, days = 3650;
    UA_KeyValuePair pairs[2];
    pairs[0].key = UA_QUALIFIEDNAME(0, (char *)(uintptr_t) "key-size-bits");
    UA_Variant_setScalar(&pairs[0].value, &bits, &UA_TYPES[UA_TYPES_UINT16]);
    pairs[1].key = UA_QUALIFIEDNAME(0, (char *)(uintptr_t) "expires-in-days");
    UA_Variant_setScalar(&pairs[1].value, &days, &UA_TYPES[UA_TYPES_UINT16]);
    UA_KeyValueMap params = { 2, pairs };
    UA_StatusCode status = UA_CreateCertificate(&self->logger, subject, 2, names, 2, UA_CERTIFICATEFORMAT_DER, &params,
                                                &self->private_key, &self->certificate);
    if (status == UA_STATUSCODE_BADOUTOFMEMORY)
        return rf_raise_nomem(reterr);
    if (status != UA_STATUSCODE_GOOD)
        return rf_raise(reterr, RF_EIO, "making a client certificate: %s", UA_StatusCode_name(status));
    rf_opcua_log(self, RF_LOG_INFO,
                 "made a client certificate for this run; give one as clientCertificate if the server has to know it again");
    return RF_OK;
}

rf_code rf_opcua_identity(rf_opcua *self, rf_error *reterr) {
    assert(self);
    if (self->certificate.length)
        return RF_OK;
    rf_code code;
    if (self->client_certificate.len)
        code = rf_opcua_read_bundle(self->client_certificate, &self->certificate, &self->private_key, reterr);
    else
        code = make_certificate(self, reterr);
    if (code)
        return code;
    self->application_uri = uri_of(&self->lasting, self->certificate);
    return self->application_uri.data ? RF_OK : rf_raise_nomem(reterr);
}

/* Colons, blanks and case do not count. */
static bool same_fingerprint(rf_slice given, const char *hex) {
    size_t at = 0;
    for (size_t i = 0; i < given.len; i++) {
        char c = given.data[i];
        if (c == ':' || c == ' ')
            continue;
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (!hex[at] || hex[at] != c)
            return false;
        at++;
    }
    return hex[at] == '\0';
}

rf_code rf_opcua_fingerprint(rf_opcua *self, UA_ByteString certificate, rf_error *reterr) {
    assert(self);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    if (certificate.length && !EVP_Digest(certificate.data, certificate.length, digest, &len, EVP_sha3_512(), NULL))
        return rf_raise(reterr, RF_EIO, "taking the fingerprint of the server's certificate failed");
    for (unsigned i = 0; i < len; i++)
        (void)snprintf(hex + 2u * i, 3, "%02x", digest[i]);
    if (!self->server_fingerprint.len) {
        if (len && !self->fingerprint_told)
            rf_opcua_log(self, RF_LOG_INFO, "the server's certificate is not checked; to pin it: serverCertificateFingerprint: %s", hex);
        self->fingerprint_told = true;
        return RF_OK;
    }
    if (len && same_fingerprint(self->server_fingerprint, hex))
        return RF_OK;
    rf_raise(reterr, RF_EREFUSED, "the certificate of %.*s is not the one of serverCertificateFingerprint: it has %s",
             RF_SLICE_ARG(self->endpoint), len ? hex : "none");
    rf_error_hint(reterr, "somebody else may answer at this address; if the server was given a new certificate, change the fingerprint");
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EREFUSED;
}
