/* sync_response: the messages as they are now are the answer to whoever sent what they were made from. As a processor, and as an output. */
#include "stream/answer.h"
#include "stream/component.h"

typedef struct sync_response { const rf_env *env; rf_log_limit complaints; } sync_response;

static const rf_field sync_response_fields[] = { { 0 } };

static rf_code sync_response_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    sync_response *self = state;
    (void)conf;
    (void)reterr;
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 3, .period_ns = UINT64_C(30000000000) };
    return RF_OK;
}

/* An answer that cannot be made is told of; the sender gets the plain one. */
static rf_code answer(sync_response *self, rf_batch *batch, rf_error *reterr) {
    rf_error error = { 0 };
    uint32_t suppressed;
    rf_code code = rf_answer_give(batch, batch, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code && rf_log_limit_pass(&self->complaints, &suppressed))
        rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin, "the answer cannot be made: %s", error.message);
    return RF_OK;
}

static rf_code sync_response_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return answer(state, batch, reterr);
}

static rf_code sync_response_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    sync_response *self = state;
    uint32_t suppressed;
    if (!rf_answer_is_awaited(batch) && rf_log_limit_pass(&self->complaints, &suppressed))
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin, "nobody waits for an answer to these messages: they go nowhere");
    rf_code code = answer(state, batch, reterr);
    if (code)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    else
        *ret_unwritten = 0;
    return code;
}

#define DETAIL                                                                                                                               \
    "With an input that waits for an answer (`http_server`) the messages as they are here are its body: one as it is, several as a "          \
    "multipart one; `sync_response` of that input says its status and headers. The answer goes out when everything is delivered. With any "  \
    "other input, and behind a buffer, nobody waits, and nothing happens; the output logs that its messages go nowhere."
#define EXAMPLE_INPUT                                                                                                                        \
    "http:\n"                                                                                                                                \
    "  address: 127.0.0.1:4195\n"                                                                                                            \
    "input:\n"                                                                                                                               \
    "  http_server:\n"                                                                                                                       \
    "    path: /double   # curl -d 21 http://127.0.0.1:4195/double\n"                                                                        \
    "pipeline:\n"                                                                                                                            \
    "  processors:\n"                                                                                                                        \
    "    - nodered_js:\n"                                                                                                                    \
    "        code: msg.payload = 2 * msg.payload; return msg;\n"

const rf_processor_kind rf_sync_response_processor_kind = {
    .name = "sync_response",
    .summary = "Makes the messages the answer to whoever sent them; they go on.",
    .detail = DETAIL,
    .example = EXAMPLE_INPUT "    - sync_response: {}\noutput:\n  drop: {}\n",
    .fields = sync_response_fields,
    .state_size = sizeof(sync_response),
    .open = sync_response_open,
    .process = sync_response_process,
};

const rf_output_kind rf_sync_response_output_kind = {
    .name = "sync_response",
    .summary = "Makes the messages the answer to whoever sent them.",
    .detail = DETAIL,
    .example = EXAMPLE_INPUT "output:\n  sync_response: {}\n",
    .fields = sync_response_fields,
    .state_size = sizeof(sync_response),
    .open = sync_response_open,
    .write = sync_response_write,
};
