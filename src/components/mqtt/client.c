/* client.c: a connection to an MQTT broker: its beginning, its end, and how its thread is reached. */
#include "components/mqtt/client.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

rf_code rf_mqtt_client_init(rf_mqtt_client *client, const rf_mqtt_conf *conf, const rf_env *env, const rf_mqtt_role *role, void *state,
                            rf_error *reterr) {
    assert(client && !client->made && conf && env && role);
    rf_code code = rf_wake_init(&client->stop, reterr);
    if (code)
        return code;
    client->nudge = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (client->nudge < 0) {
        rf_wake_done(&client->stop);
        return rf_raise(reterr, RF_EIO, "cannot make an event: %s", strerror(errno));
    }
    client->conf = conf;
    client->env = env;
    client->role = role;
    client->state = state;
    rf_mutex_init(&client->lock);
    rf_cond_init(&client->changed);
    client->made = true;
    return RF_OK;
}

void rf_mqtt_client_done(rf_mqtt_client *client) {
    if (!client->made)
        return;
    rf_mqtt_client_disconnect(client);
    rf_buffer_done(&client->outbox);
    rf_buffer_done(&client->sending);
    rf_buffer_done(&client->received);
    rf_cond_done(&client->changed);
    rf_mutex_done(&client->lock);
    (void)close(client->nudge);
    rf_wake_done(&client->stop);
    *client = (rf_mqtt_client){ 0 };
}

void rf_mqtt_client_nudge(rf_mqtt_client *client) {
    const uint64_t one = 1;
    if (!client->asleep)
        return;
    client->asleep = false; /* one event is enough */
    if (write(client->nudge, &one, sizeof one) < 0) {
        /* Full: nudged more than often enough. */
    }
}

rf_code rf_mqtt_client_raise(const rf_mqtt_client *client, rf_error *reterr) {
    if (!client->lost)
        return rf_raise(reterr, RF_ELOST, "not connected");
    (void)rf_raise(reterr, RF_ELOST, "%s", client->why.message);
    return RF_ELOST;
}

/* ---- Beginning and end ---- */

static rf_code begin(rf_mqtt_client *self, rf_error *reterr) {
    self->last_sent_ns = self->last_heard_ns = self->ping_ns = rf_clock_mono_ns();
    self->ping_pending = false;
    self->sent = 0;
    rf_buffer_clear(&self->sending);
    rf_mutex_lock(&self->lock);
    rf_buffer_clear(&self->outbox);
    self->lost = self->ending = self->asleep = false;
    self->unsent = 0;
    rf_code code = self->role->begin(self->state, &self->limits, &self->outbox, reterr);
    if (!code && self->outbox.failed)
        code = rf_raise_nomem(reterr);
    rf_mutex_unlock(&self->lock);
    return code ? code : rf_thread_start(&self->thread, "mqtt", rf_mqtt_client_main, self, reterr);
}

static uint32_t expiry_s(const rf_mqtt_conf *conf, bool clean) {
    uint64_t seconds = conf->session_expiry_ns / RF_NS_PER_S;
    if (conf->session_expiry_ns == 0)
        return clean ? 0 : UINT32_MAX; /* never */
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

rf_code rf_mqtt_client_connect(rf_mqtt_client *client, bool clean, uint16_t receive_maximum, rf_error *reterr) {
    assert(client && client->made);
    const rf_mqtt_conf *conf = client->conf;
    const rf_slice none = { 0 };
    const rf_mqtt_hello hello = { .version = conf->version, .clean = clean, .keepalive_s = (uint16_t)conf->keepalive_s,
                                  .client_id = conf->full_id, .user = conf->user.len ? conf->user : none,
                                  .password = conf->password.len ? conf->password : none, .will = conf->will_conf.enabled ? &conf->will : NULL,
                                  .session_expiry_s = expiry_s(conf, clean), .receive_maximum = receive_maximum,
                                  .maximum_packet = RF_MQTT_PACKET_MAX };
    rf_mqtt_client_disconnect(client);
    rf_code code = rf_mqtt_client_open(client, &hello, reterr);
    if (!code)
        code = begin(client, reterr);
    if (!code)
        return RF_OK;
    rf_link_close(client->link);
    client->link = NULL;
    return code;
}

void rf_mqtt_client_disconnect(rf_mqtt_client *client) {
    rf_mutex_lock(&client->lock);
    client->ending = true;
    client->end_ns = rf_clock_mono_ns() + RF_MQTT_FAREWELL_NS;
    rf_mqtt_client_nudge(client);
    rf_mutex_unlock(&client->lock);
    rf_thread_join(&client->thread);
    rf_link_close(client->link);
    client->link = NULL;
}
