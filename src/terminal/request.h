/* request.h: one request of the control protocol: its parameters, and its answer. */
#ifndef RF_TERMINAL_REQUEST_H
#define RF_TERMINAL_REQUEST_H

#include "base/arena.h"
#include "message/value.h"
#include "riffle/error.h"
#include "terminal/conn.h"
#include "terminal/protocol.h"

/* Owned by whoever handles it, on one thread at a time; answering it frees it. */
typedef struct rf_request {
    rf_arena arena;
    rf_conn *conn;         /* a reference */
    rf_value id;           /* as it came; null when there is none */
    const rf_protocol_method *method;
    rf_value params;       /* RF_MAP */
    struct rf_request *next; /* of whoever holds it */
} rf_request;

/*
 * Reads a line. On error it has been answered where that is possible, and *ret_request is untouched: unknown methods and parameters ("did you mean"),
 * those that are missing or of a wrong type. Errors: RF_EPARSE, RF_ECONFIG, RF_ENOTFOUND, RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_request_read(rf_conn *conn, rf_slice line, rf_request **ret_request, rf_error *reterr);
/* Not answered. NULL is fine. */
void rf_request_free(rf_request *request);

/* Parameters; they have the type that the table says. What was not given is `standard`, or data NULL. */
const rf_value *rf_request_param(const rf_request *request, const char *name);
rf_slice rf_request_text(const rf_request *request, const char *name);
int64_t rf_request_int(const rf_request *request, const char *name, int64_t standard);
bool rf_request_bool(const rf_request *request, const char *name, bool standard);

/* Answers with the members of an object: "\"path\":\"x\"", or "". Frees the request. */
void rf_request_answer(rf_request *request, rf_slice members);
/* Answers with the members that were written, or, when `code` is one, with the error; when there was no memory for the members, with that. Frees the
 * request, not the buffer. */
void rf_request_settle(rf_request *request, rf_code code, const rf_error *error, const rf_buffer *members);
/* Answers with an error: its code becomes the protocol's. Frees the request. */
void rf_request_fail(rf_request *request, const rf_error *error);

#endif
