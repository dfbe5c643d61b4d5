/* client.h: a connection to an MQTT broker, kept by a thread of its own. Why it is our own:
 *
 * libmosquitto sends the PUBACK of a message before the program sees the message, and its 2.0 has no way to do otherwise: what is
 * in the pipeline when the process dies would be lost, although the broker was told that it is safe. Holding its callback back
 * until the pipeline has delivered would hold back keep-alive and every message behind it, too. So packets are read and written
 * here, over link.h, and the acknowledgement is one more packet that is written when the host says so.
 *
 * The thread alone touches the connection. The component's threads and it meet in the fields under `lock`: bytes to send in
 * `outbox`, and what the role keeps. It stops reading when the role is not hungry, so that memory stays bounded, and goes on
 * pinging: a slow pipeline does not end the connection. */
#ifndef RF_COMPONENTS_MQTT_CLIENT_H
#define RF_COMPONENTS_MQTT_CLIENT_H

#include "base/clock.h"
#include "base/thread.h"
#include "components/wake.h"
#include "components/mqtt/conf.h"
#include "components/mqtt/gather.h"

#define RF_MQTT_PACKET_MAX ((size_t)64 << 20) /* the longest packet that we take in */

/* What the broker said when it let us in. */
typedef struct rf_mqtt_limits {
    bool session_present, retain_available;
    uint8_t maximum_qos;
    uint16_t receive_maximum;
    uint32_t maximum_packet;
    uint16_t keepalive_s;
} rf_mqtt_limits;

/* What the input and the output do each in their own way. All of them are called with the lock held. */
typedef struct rf_mqtt_role {
    /* The broker has let us in: first packets into `outbox`. The component's thread. */
    rf_code (*begin)(void *state, const rf_mqtt_limits *limits, rf_buffer *outbox, rf_error *reterr);
    /* A packet that is not the client's own business. An error ends the connection. The client's thread. */
    rf_code (*packet)(void *state, const rf_mqtt_frame *frame, rf_buffer *outbox, rf_error *reterr);
    /* Whether it can take more in. The client's thread. */
    bool (*hungry)(const void *state);
    /* What comes may gather for a few milliseconds after something came: one wake-up for many packets, here and with all that is behind. */
    bool patient;
    bool watches_sending; /* its threads wait for `unsent` to change */
} rf_mqtt_role;

typedef struct rf_mqtt_client {
    const rf_mqtt_conf *conf;
    const rf_env *env;
    const rf_mqtt_role *role;
    void *state; /* the role's */
    bool made;
    rf_wake stop; /* ends a blocked connect */
    int nudge;    /* an event: there is work for the thread */

    rf_mutex lock;
    rf_cond changed; /* anything below, or of the role */
    rf_buffer outbox;
    size_t unsent;   /* bytes that the system has not taken yet, the outbox's included */
    bool lost, ending, asleep;
    rf_error why;    /* it is lost */
    uint64_t end_ns; /* until when a farewell may take */

    /* The connecting thread's, then the client's thread's, until it is joined. */
    rf_thread thread;
    rf_link *link;
    rf_mqtt_limits limits;
    uint32_t heard;      /* packets that came since what comes was last let gather */
    rf_mqtt_gather gather;
    size_t next_broker;
    rf_buffer sending, received;
    size_t sent;
    bool ping_pending;
    uint64_t last_sent_ns, last_heard_ns, ping_ns;
} rf_mqtt_client;

RF_NODISCARD rf_code rf_mqtt_client_init(rf_mqtt_client *client, const rf_mqtt_conf *conf, const rf_env *env, const rf_mqtt_role *role,
                                         void *state, rf_error *reterr);
/* Says farewell first. Zeroed is fine. */
void rf_mqtt_client_done(rf_mqtt_client *client);

/* Connects to the next of the brokers and starts the thread. `receive_maximum` 0: not said.
 * Errors: RF_EIO, RF_EREFUSED (both retriable), RF_EAGAIN woken, RF_ENOMEM. */
RF_NODISCARD rf_code rf_mqtt_client_connect(rf_mqtt_client *client, bool clean, uint16_t receive_maximum, rf_error *reterr);
/* Sends what is in the outbox, for two seconds at the most, and the farewell; ends the thread. */
void rf_mqtt_client_disconnect(rf_mqtt_client *client);

/* With the lock held: there is something in the outbox, or the role is hungry again. */
void rf_mqtt_client_nudge(rf_mqtt_client *client);
/* With the lock held: fills reterr with why the connection is lost; returns RF_ELOST. */
rf_code rf_mqtt_client_raise(const rf_mqtt_client *client, rf_error *reterr);

#define RF_MQTT_FAREWELL_NS (2 * RF_NS_PER_S)

/* client_thread.c: what the thread does. */
void rf_mqtt_client_main(void *client);
/* client_connect.c: up to the broker's answer. */
RF_NODISCARD rf_code rf_mqtt_client_open(rf_mqtt_client *client, const rf_mqtt_hello *hello, rf_error *reterr);

#endif
