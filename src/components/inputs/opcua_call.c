/* opcua_call.c: OPC UA services that never block for good, what their errors mean, and open62541's own log. */
#include "components/inputs/opcua.h"

#include "base/clock.h"

#include <assert.h>
#include <stdarg.h>

#define SLICE_NS (50 * RF_NS_PER_MS)       /* how long a wake-up may go unseen */
#define ANSWER_NS (10 * RF_NS_PER_S)       /* how long a service may take */

void rf_opcua_log(rf_opcua *self, rf_log_level level, const char *format, ...) {
    assert(self && format);
    if (!rf_log_enabled(self->env->log, level))
        return;
    char text[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rf_log_write(self->env->log, level, &self->env->origin, "%s", text);
}

/* open62541's errors are our caller's business, who says them better: its log is for whoever looks inside. */
static void forward_log(void *context, UA_LogLevel level, UA_LogCategory category, const char *message, va_list args) {
    rf_opcua *self = context;
    rf_log_level ours = level >= UA_LOGLEVEL_INFO ? RF_LOG_DEBUG : RF_LOG_TRACE;
    (void)category;
    if (!rf_log_enabled(self->env->log, ours))
        return;
    char text[600];
    (void)vsnprintf(text, sizeof text, message, args);
    rf_log_write(self->env->log, ours, &self->env->origin, "open62541: %s", text);
}

UA_Logger rf_opcua_logger(rf_opcua *self) {
    assert(self);
    return (UA_Logger){ .log = forward_log, .context = self };
}

rf_code rf_opcua_turn(rf_opcua *self, uint64_t wait_ns, rf_error *reterr) {
    assert(self && self->client);
    if (atomic_exchange(&self->woken, false))
        return rf_raise(reterr, RF_EAGAIN, "interrupted");
    uint64_t slice = wait_ns < SLICE_NS ? wait_ns : SLICE_NS;
    UA_StatusCode status = UA_Client_run_iterate(self->client, (UA_UInt32)(slice / RF_NS_PER_MS));
    UA_Client_getState(self->client, NULL, NULL, &status);
    if (status != UA_STATUSCODE_GOOD || self->lost) {
        if (status == UA_STATUSCODE_GOOD)
            status = UA_STATUSCODE_BADCONNECTIONCLOSED;
        return rf_opcua_raise(self, status, self->activated ? "talking to the server" : "connecting", reterr);
    }
    return RF_OK;
}

static bool is_refusal(UA_StatusCode status) {
    switch (status) {
    case UA_STATUSCODE_BADUSERACCESSDENIED:
    case UA_STATUSCODE_BADIDENTITYTOKENREJECTED:
    case UA_STATUSCODE_BADIDENTITYTOKENINVALID:
    case UA_STATUSCODE_BADCERTIFICATEUNTRUSTED:
    case UA_STATUSCODE_BADCERTIFICATEINVALID:
    case UA_STATUSCODE_BADCERTIFICATEURIINVALID:
    case UA_STATUSCODE_BADCERTIFICATEUSENOTALLOWED:
    case UA_STATUSCODE_BADCERTIFICATETIMEINVALID:
    case UA_STATUSCODE_BADSECURITYCHECKSFAILED:
    case UA_STATUSCODE_BADSECURITYPOLICYREJECTED:
    case UA_STATUSCODE_BADSECURITYMODEREJECTED: return true;
    default: return false;
    }
}

static void hint_refusal(const rf_opcua *self, UA_StatusCode status, rf_error *reterr) {
    switch (status) {
    case UA_STATUSCODE_BADUSERACCESSDENIED:
    case UA_STATUSCODE_BADIDENTITYTOKENREJECTED:
    case UA_STATUSCODE_BADIDENTITYTOKENINVALID:
        if (self->username.len || self->user_certificate.len)
            rf_error_hint(reterr, "check username and password (or the user certificate), and the user's rights on the server");
        else
            rf_error_hint(reterr, "the server takes no anonymous users: set username and password");
        break;
    default:
        rf_error_hint(reterr, "have the server trust the client's certificate, or give one it trusts as clientCertificate; "
                              "check securityMode and securityPolicy");
        break;
    }
}

rf_code rf_opcua_raise(rf_opcua *self, UA_StatusCode status, const char *doing, rf_error *reterr) {
    assert(self && doing && status != UA_STATUSCODE_GOOD);
    if (status == UA_STATUSCODE_BADOUTOFMEMORY)
        return rf_raise_nomem(reterr);
    if (is_refusal(status)) {
        rf_raise(reterr, RF_EREFUSED, "%s: %.*s refused: %s", doing, RF_SLICE_ARG(self->endpoint), UA_StatusCode_name(status));
        hint_refusal(self, status, reterr);
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_EREFUSED;
    }
    rf_code code = self->activated ? RF_ELOST : RF_EIO;
    rf_raise(reterr, code, "%s: %.*s: %s", doing, RF_SLICE_ARG(self->endpoint), UA_StatusCode_name(status));
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

/* Takes the answer over: open62541 then finds nothing left to free. */
void rf_opcua_landed(UA_Client *client, void *userdata, UA_UInt32 request_id, void *response) {
    rf_opcua_flight *flight = userdata;
    (void)client;
    (void)request_id;
    if (!flight) /* nobody waits any more */
        return;
    memcpy(flight->response, response, flight->type->memSize);
    UA_init(response, flight->type);
    flight->landed = true;
}

rf_code rf_opcua_await(rf_opcua *self, const char *doing, rf_opcua_flight *flight, UA_UInt32 request_id, rf_error *reterr) {
    assert(self && doing && flight);
    uint64_t end = rf_clock_mono_ns() + ANSWER_NS;
    rf_code code = RF_OK;
    while (!flight->landed && !code) {
        code = rf_opcua_turn(self, SLICE_NS, reterr);
        if (!code && !flight->landed && rf_clock_mono_ns() > end)
            code = rf_opcua_raise(self, UA_STATUSCODE_BADTIMEOUT, doing, reterr);
    }
    if (!flight->landed) { /* the answer may still come, when `flight` is gone */
        (void)UA_Client_modifyAsyncCallback(self->client, request_id, NULL, rf_opcua_landed);
        return code;
    }
    UA_StatusCode status = ((const UA_ResponseHeader *)flight->response)->serviceResult; /* every answer begins with it */
    return status == UA_STATUSCODE_GOOD ? RF_OK : rf_opcua_raise(self, status, doing, reterr);
}

rf_code rf_opcua_call(rf_opcua *self, const char *doing, const void *request, const UA_DataType *request_type, void *response,
                      const UA_DataType *response_type, rf_error *reterr) {
    assert(self && request && request_type && response && response_type);
    UA_init(response, response_type);
    rf_opcua_flight flight = { .response = response, .type = response_type };
    UA_UInt32 id = 0;
    UA_StatusCode status =
        __UA_Client_AsyncService(self->client, request, request_type, rf_opcua_landed, response_type, &flight, &id);
    if (status != UA_STATUSCODE_GOOD)
        return rf_opcua_raise(self, status, doing, reterr);
    return rf_opcua_await(self, doing, &flight, id, reterr);
}

static rf_opcua_reason reason_of(UA_StatusCode status) {
    switch (status) {
    case UA_STATUSCODE_BADFILTERNOTALLOWED: return RF_OPCUA_FILTER_NOT_ALLOWED;
    case UA_STATUSCODE_BADMONITOREDITEMFILTERUNSUPPORTED: return RF_OPCUA_FILTER_UNSUPPORTED;
    case UA_STATUSCODE_BADNODEIDUNKNOWN: return RF_OPCUA_NODE_UNKNOWN;
    case UA_STATUSCODE_BADNODEIDINVALID: return RF_OPCUA_NODE_INVALID;
    default: return RF_OPCUA_OTHER;
    }
}

void rf_opcua_complain(rf_opcua *self, rf_opcua_node *node, UA_StatusCode status, const char *doing) {
    assert(self && node && doing);
    if (node->complained)
        return;
    node->complained = true;
    rf_meter_add(self->meter, self->failures[reason_of(status)], 1);
    const char *words = status == UA_STATUSCODE_BADNODEIDUNKNOWN   ? ": the server knows no such node"
                        : status == UA_STATUSCODE_BADNODEIDINVALID ? ": it does not parse, such as ns=2;s=Name does"
                                                                   : "";
    rf_opcua_log(self, RF_LOG_ERROR, "%s node `%.*s`: %s%s", doing, RF_SLICE_ARG(node->id_text), UA_StatusCode_name(status), words);
}
