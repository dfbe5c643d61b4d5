/* tls.h: the `tls` block that components share: its fields, what is wrong with it, and its texts for libraries. */
#ifndef RF_COMPONENTS_TLS_H
#define RF_COMPONENTS_TLS_H

#include "base/buffer.h"
#include "stream/conf.h"

/* As the config says; texts are the config's. */
typedef struct rf_tls_conf {
    bool enabled;
    bool skip_cert_verify;
    bool enable_renegotiation; /* accepted and without effect */
    rf_slice root_cas;         /* PEM text */
    rf_slice root_cas_file;
    rf_list client_certs;      /* of struct rf_tls_client */
} rf_tls_conf;

/* The certificate that we show, and its key: each as PEM text or as a file. */
typedef struct rf_tls_client {
    rf_slice cert, key;
    rf_slice cert_file, key_file;
    rf_slice password;
} rf_tls_client;

extern const rf_field rf_tls_fields[];

/* The row of a component's own table: { RF_TLS_FIELD(my_struct, tls) }. */
#define RF_TLS_FIELD(owner, member)                                                                              \
    .name = "tls", .type = RF_FIELD_OBJECT, .offset = offsetof(owner, member), .fields = rf_tls_fields,           \
    .flags = RF_FIELD_ADVANCED, .doc = "TLS: whom to trust, and who we are. docs/tls.md says more."

/*
 * In open: reads what the block names and reports what is wrong with it at its place in `conf`, the component's node: files
 * that are not there, texts without a certificate, a key with another password or of another certificate. Connects to
 * nothing. Only when `enabled`; pass a copy with that set for an address that means TLS by itself.
 * Errors: RF_ECONFIG reported, RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_tls_check(const rf_tls_conf *tls, const rf_conf *conf, rf_error *reterr);

/* The block as texts, which OpenSSL, libcurl (CURLOPT_*_BLOB) and librdkafka (ssl.*.pem) all take: nothing secret has to be
 * written to a file. Each is empty when not given, and has a NUL behind it. */
typedef struct rf_tls_pem {
    rf_buffer roots;   /* empty: the system's */
    rf_buffer cert;    /* the chain, ours first; empty: we show none */
    rf_buffer key;
    rf_slice password; /* the config's */
} rf_tls_pem;

/* In connect, so that renewed files count. Errors: RF_EIO a file cannot be read (retriable), RF_ENOMEM. */
RF_NODISCARD rf_code rf_tls_pem_read(const rf_tls_conf *tls, rf_tls_pem *ret_pem, rf_error *reterr);
/* Overwrites the key first. */
void rf_tls_pem_done(rf_tls_pem *pem);

#endif
