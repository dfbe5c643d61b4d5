/* opcua_heartbeat.c: the server's clock as a sign of life (stream.md 8.4). */
#include "components/inputs/opcua.h"

#include "base/clock.h"

#include <assert.h>

#define QUIET_NS (10 * RF_NS_PER_S)

rf_code rf_opcua_heartbeat(rf_opcua *self, uint64_t now_ns, rf_error *reterr) {
    assert(self);
    if (!self->heartbeat || !self->last_message_ns)
        return RF_OK;
    if (now_ns > self->last_message_ns && now_ns - self->last_message_ns > QUIET_NS) {
        rf_raise(reterr, RF_ELOST, "%.*s: no message for 10 s, not even the server's clock: connecting again",
                 RF_SLICE_ARG(self->endpoint));
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return RF_ELOST;
    }
    uint64_t since = self->last_pulse_ns > self->pulse_warned_ns ? self->last_pulse_ns : self->pulse_warned_ns;
    if (since && now_ns > since && now_ns - since > QUIET_NS) {
        rf_opcua_log(self, RF_LOG_WARN, "messages come, but the server's clock (i=2258) has stood still for 10 s");
        self->pulse_warned_ns = now_ns;
    }
    return RF_OK;
}

/* The same server time once more, as heartbeat. */
static bool add_copy(rf_opcua *self, rf_batch *batch) {
    rf_message *copy = rf_batch_add(batch);
    if (!copy)
        return false;
    rf_message_share(copy - 1, copy);
    return rf_meta_set(&batch->arena, &copy->meta, self->keys[RF_OPCUA_TAG_GROUP], rf_string(RF_SLICE("heartbeat"))) &&
           rf_meta_set(&batch->arena, &copy->meta, self->keys[RF_OPCUA_TAG_NAME], rf_string(RF_SLICE("CurrentTime")));
}

bool rf_opcua_pulse(rf_opcua *self, const rf_opcua_node *node, rf_batch *batch, uint64_t now_ns) {
    assert(self && node && batch && batch->count);
    self->last_message_ns = now_ns;
    if (node->role == RF_OPCUA_TAG)
        return true;
    self->last_pulse_ns = now_ns;
    return node->role == RF_OPCUA_PULSE || add_copy(self, batch);
}
