/* packet_reason.c: reason codes in words. Source: OASIS MQTT 5.0, table 2-6; MQTT 3.1.1, table 3.1. */
#include "components/mqtt/packet.h"

static const char *const old_reasons[] = {
    [1] = "it does not speak this version of MQTT", [2] = "client_id not allowed", [3] = "service not available",
    [4] = "bad user name or password", [5] = "not authorised",
};

static const struct { uint8_t code; const char *text; } reasons[] = {
    { 0x01, "it does not speak this version of MQTT" }, /* an old broker's answer */
    { 0x80, "no reason given" },
    { 0x81, "malformed packet" },
    { 0x82, "protocol error" },
    { 0x83, "implementation specific error" },
    { 0x84, "it does not speak this version of MQTT" },
    { 0x85, "client_id not allowed" },
    { 0x86, "bad user name or password" },
    { 0x87, "not authorised" },
    { 0x88, "service not available" },
    { 0x89, "it is busy" },
    { 0x8a, "banned" },
    { 0x8b, "it is shutting down" },
    { 0x8c, "bad authentication method" },
    { 0x8d, "it has not heard of us within the keep-alive time" },
    { 0x8e, "another client has connected with this client_id" },
    { 0x8f, "topic filter not allowed" },
    { 0x90, "topic name not allowed" },
    { 0x91, "packet identifier in use" },
    { 0x92, "packet identifier not found" },
    { 0x93, "more messages in flight than it takes" },
    { 0x94, "bad topic alias" },
    { 0x95, "packet too large" },
    { 0x96, "messages come too fast" },
    { 0x97, "quota exceeded" },
    { 0x98, "ended by an administrator" },
    { 0x99, "payload is not in the format that was said" },
    { 0x9a, "it does not keep retained messages" },
    { 0x9b, "it does not take this QoS" },
    { 0x9c, "use another server" },
    { 0x9d, "the server has moved" },
    { 0x9e, "it has no shared subscriptions" },
    { 0x9f, "connections come too fast" },
    { 0xa0, "connected for too long" },
    { 0xa1, "it has no subscription identifiers" },
    { 0xa2, "it has no subscriptions with wildcards" },
};

const char *rf_mqtt_reason_text(rf_mqtt_version version, uint8_t reason) {
    if (version == RF_MQTT_311 && reason < sizeof old_reasons / sizeof *old_reasons && old_reasons[reason])
        return old_reasons[reason];
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].code == reason)
            return reasons[i].text;
    return "for an unknown reason";
}
