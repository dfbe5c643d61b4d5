/* http_server.h: the state of an http_server input, shared by http_server*.c only. */
#ifndef RF_COMPONENTS_INPUTS_HTTP_SERVER_H
#define RF_COMPONENTS_INPUTS_HTTP_SERVER_H

#include "components/inputs/http_arrivals.h"
#include "components/meta_filter.h"
#include "components/multipart.h"
#include "components/net.h"
#include "observe/http_serve.h"
#include "stream/component.h"
#include "stream/config.h"

typedef struct rf_http_server {
    rf_slice address, path;
    rf_strings allowed_verbs;
    uint64_t timeout_ns, max_body_size;
    int64_t max_in_flight;
    rf_component *rate_limit;
    rf_gate_identity tls;
    rf_http_cors_config cors;
    rf_net_tcp tcp;
    rf_slice ws_path, ws_welcome, ws_limited, stream_path; /* not served */
    rf_dynamic *reply_status; /* sync_response; the input's alone, as what follows */
    rf_dynamics reply_headers;
    rf_meta_filter_conf reply_metadata;

    const rf_env *env;
    const char *standard_verb; /* what `allowed_verbs` is when it is not given */
    rf_arrivals *arrivals;
    rf_meta_filter reply_filter;
    rf_mutex reply_lock; /* of the texts and the filter of sync_response */
    rf_reply reply;
    rf_http_mount mount;
    bool mounted;
    rf_http_front front;       /* of an own address; zeroed: not started, or the service's port */
    char allow[128];           /* "POST, PUT" */
    /* The input thread's. */
    rf_arrival *current;       /* being read: its messages did not fit into one batch */
    rf_multipart parts;        /* where it is; an empty boundary: it is one message */
} rf_http_server;

#define RF_HTTP_SERVER_AT(member) offsetof(rf_http_server, member)

/* Rows that input and output share. */
#define RF_HTTP_SERVER_FIELDS                                                                                                    \
    { .name = "cors", .type = RF_FIELD_OBJECT, .offset = RF_HTTP_SERVER_AT(cors), .fields = rf_http_cors_fields, .flags = RF_FIELD_ADVANCED, \
      .doc = "Which web pages may ask, with an own `address`; the service's port has its own (`http.cors`)." },                  \
    { .name = "cert_file", .type = RF_FIELD_STRING, .offset = RF_HTTP_SERVER_AT(tls.cert_file), .flags = RF_FIELD_ADVANCED,         \
      .doc = "A PEM file with the certificate that clients see, intermediate ones behind it: https, with an own `address`. A renewed file " \
             "counts from the next connection on." },                                                                            \
    { .name = "key_file", .type = RF_FIELD_STRING, .offset = RF_HTTP_SERVER_AT(tls.key_file), .flags = RF_FIELD_ADVANCED,           \
      .doc = "A PEM file with its private key, without a password." },                                                           \
    { .name = "client_cas_file", .type = RF_FIELD_STRING, .offset = RF_HTTP_SERVER_AT(tls.client_cas_file), .flags = RF_FIELD_ADVANCED, \
      .doc = "A PEM file of authorities: clients must show a certificate of one of them." }

/* ---- http_server.c: for the input, and for the output that answers in the same way ---- */

/* In open: checks, and has a place on the service's port unless there is an address. */
RF_NODISCARD rf_code rf_http_server_set_up(rf_http_server *self, const char *late, const char *closed, const rf_conf *conf,
                                           const rf_env *env, rf_error *reterr);
/* In connect. */
RF_NODISCARD rf_code rf_http_server_listen(rf_http_server *self, rf_error *reterr);
/* In close. */
void rf_http_server_shut(rf_http_server *self);

/* ---- http_server_request.c: libmicrohttpd's thread ---- */

bool rf_http_server_wants(void *server, rf_slice path);
enum MHD_Result rf_http_server_handle(void *server, struct MHD_Connection *connection, rf_slice path, const char *url, const char *method,
                                      const char *upload, size_t *upload_len, void **request);
void rf_http_server_over(void *request, bool sent);

/* ---- http_server_reply.c: any thread ---- */

RF_NODISCARD rf_code rf_http_server_reply(void *server, uint64_t mark, rf_batch *batch, rf_error *reterr);

/* ---- http_server_read.c: the input's ---- */

RF_NODISCARD rf_code rf_http_server_read(void *server, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr);

#endif
