/* output_message.c: a message as an MQTT packet. */
#include "components/mqtt/output.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

static bool is_included(const rf_mqtt_output *self, rf_slice key) {
    for (size_t i = 0; i < self->metadata.include_prefixes.count; i++)
        if (rf_slice_starts(key, self->metadata.include_prefixes.items[i]))
            return true;
    return false;
}

/* A text that a packet can hold: the broker would end the connection over another. */
static bool clean_text(rf_batch *batch, rf_slice *text) {
    if (!rf_utf8_valid(*text))
        *text = rf_utf8_clean_in(&batch->arena, *text);
    return text->data && text->len <= RF_MQTT_TEXT_MAX && !memchr(text->data, '\0', text->len);
}

static rf_code put_content_type(rf_mqtt_output *self, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_slice text = { 0 };
    rf_code code = rf_mqtt_output_is_empty(self->content_type) ? RF_OK : rf_dynamic_text(self->content_type, batch, index, &text, reterr);
    if (!code && text.len && clean_text(batch, &text))
        rf_mqtt_put_text(&self->properties, RF_MQTT_CONTENT_TYPE, text);
    return code;
}

/* Content type and user properties, into `properties`. What no property can hold is left out. */
static rf_code put_properties(rf_mqtt_output *self, rf_batch *batch, uint32_t index, rf_error *reterr) {
    rf_message *message = &batch->messages[index];
    rf_buffer_clear(&self->properties);
    if (self->mqtt.version != RF_MQTT_5)
        return RF_OK;
    rf_code code = put_content_type(self, batch, index, reterr);
    for (uint32_t i = 0; !code && self->metadata.include_prefixes.count && i < message->meta.count; i++) {
        rf_slice key = rf_key_text(message->meta.entries[i].key);
        if (!is_included(self, key))
            continue;
        rf_slice value = rf_meta_text(&batch->arena, &message->meta.entries[i].value);
        if (clean_text(batch, &key) && clean_text(batch, &value))
            rf_mqtt_put_user(&self->properties, key, value);
    }
    return code || !self->properties.failed ? code : rf_raise_nomem(reterr);
}

/* What `retained_interpolated` says. */
static rf_code ask_retained(rf_mqtt_output *self, rf_batch *batch, uint32_t index, bool *ret_retained, rf_error *reterr) {
    rf_slice text;
    rf_code code = rf_dynamic_text(self->retained_text, batch, index, &text, reterr);
    if (code)
        return code;
    if (!rf_slice_is(text, "true") && !rf_slice_is(text, "false"))
        return rf_raise(reterr, RF_ESCRIPT, "retained_interpolated gave `%.*s`, expected true or false", RF_SLICE_ARG(text));
    *ret_retained = rf_slice_is(text, "true");
    return RF_OK;
}

/* What would end the connection if it were sent. */
static rf_code check(const rf_mqtt_output *self, const rf_mqtt_publish *publish, rf_error *reterr) {
    const char *fault = rf_mqtt_topic_fault(publish->topic);
    if (fault)
        return rf_raise(reterr, RF_ESCRIPT, "`%.*s` cannot be published to: %s", publish->topic.len > 200 ? 200 : (int)publish->topic.len,
                        publish->topic.data, fault);
    if (publish->retained && !self->limits.retain_available)
        return rf_raise(reterr, RF_ESCRIPT, "the broker keeps no retained messages");
    return RF_OK;
}

rf_code rf_mqtt_output_message(rf_mqtt_output *self, rf_batch *batch, uint32_t index, rf_mqtt_publish *ret_publish, rf_error *reterr) {
    assert(self && batch && index < batch->count && ret_publish);
    rf_mqtt_publish publish = { .qos = (uint8_t)self->qos, .retained = self->retained };
    rf_code code = rf_dynamic_text(self->topic, batch, index, &publish.topic, reterr);
    if (!code && !rf_mqtt_output_is_empty(self->retained_text))
        code = ask_retained(self, batch, index, &publish.retained, reterr);
    if (!code)
        code = check(self, &publish, reterr);
    if (!code)
        code = rf_message_bytes(batch, &batch->messages[index], &publish.payload, reterr);
    if (!code)
        code = put_properties(self, batch, index, reterr);
    if (code)
        return code == RF_ENOMEM ? code : RF_ESCRIPT;
    publish.properties = rf_buffer_view(&self->properties);
    *ret_publish = publish;
    return RF_OK;
}
