/* client.h: what a consumer and a producer of Kafka share: brokers, who we are, and librdkafka's log. */
#ifndef RF_KAFKA_CLIENT_H
#define RF_KAFKA_CLIENT_H

#include "base/thread.h"
#include "components/kafka/api.h"
#include "components/tls.h"
#include "stream/component.h"

typedef struct rf_kafka_sasl {
    rf_slice mechanism; /* empty, none: nobody is signed in */
    rf_slice user, password;
    rf_slice token; /* accepted to say that it is not supported */
} rf_kafka_sasl;

/* The block `tcp`. 0: the standard; of the user timeout, none. */
typedef struct rf_kafka_tcp {
    uint64_t connect_ns, user_ns;
    struct {
        uint64_t idle_ns, interval_ns;
        int64_t count;
    } alive;
} rf_kafka_tcp;

/* What a config says about the connection; texts are the config's. */
typedef struct rf_kafka_link {
    rf_strings addresses; /* each host:port, or several joined by commas */
    rf_slice client_id, rack_id;
    rf_tls_conf tls;
    rf_kafka_sasl sasl;
    uint64_t metadata_age_ns, idle_ns, answer_ns; /* 0: the standard; connections stay open */
    rf_kafka_tcp tcp;
} rf_kafka_link;

#define RF_KAFKA_SASL_MECHANISM_DOC "none, PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."

/* Checks brokers, SASL and TLS; reports at `conf`'s children. `addresses`, `sasl`: what those fields are called.
 * Errors: RF_ECONFIG reported, RF_ENOMEM. */
RF_NODISCARD rf_code rf_kafka_link_check(const rf_kafka_link *link, const rf_conf *conf, const char *addresses, const char *sasl,
                                         rf_error *reterr);
/* Reports `error` at the child of that name, or at `conf`. Returns the error's code. */
rf_code rf_kafka_report(const rf_conf *conf, const char *child, const rf_error *error);

/*
 * One librdkafka instance. Its first member in whatever owns it, because librdkafka's callbacks get the owner's address.
 * Zeroed and then rf_kafka_client_init.
 */
typedef struct rf_kafka_client {
    rf_kafka_api api;
    rd_kafka_t *rk; /* NULL: not connected */
    const rf_env *env;
    const rf_kafka_link *link; /* of the latest setup */
    rf_log_limit limit;  /* of librdkafka's own records */
    rf_mutex lock;       /* for `trouble` alone */
    char trouble[256];   /* what librdkafka last complained of; "" nothing */
    _Atomic bool down;   /* no broker can be reached */
    _Atomic bool maimed; /* it got no thread for a broker and never asks for another one, or is not let in: only a new instance can help,
                          * which reads certificates anew */
    bool made;
} rf_kafka_client;

void rf_kafka_client_init(rf_kafka_client *client, const rf_env *env);
/* The owner has ended `rk`. */
void rf_kafka_client_done(rf_kafka_client *client);

/* Settings that are being put together; after an error all else is left out and the error is kept. */
typedef struct rf_kafka_setup {
    rf_kafka_client *client;
    rd_kafka_conf_t *conf; /* NULL: an error */
    rf_code code;
    rf_error *reterr;
} rf_kafka_setup;

/* Loads the library; begins with what all clients of this link have. */
void rf_kafka_setup_begin(rf_kafka_setup *setup, rf_kafka_client *client, const rf_kafka_link *link, rf_error *reterr);
void rf_kafka_setup_text(rf_kafka_setup *setup, const char *name, rf_slice value);
/* The same of what was put together, which may have failed. */
void rf_kafka_setup_built(rf_kafka_setup *setup, const char *name, const rf_buffer *value);
void rf_kafka_setup_number(rf_kafka_setup *setup, const char *name, int64_t value);
/* A setting that only newer libraries have. False: this one has not. */
bool rf_kafka_setup_try(rf_kafka_setup *setup, const char *name, const char *value);
void rf_kafka_setup_ms(rf_kafka_setup *setup, const char *name, uint64_t ns, int64_t least, int64_t most);
/* Makes `client->rk`, and ends the setup in any case. Errors: what went wrong before, or with making it; all but a missing
 * library and a refused setting are retriable. */
RF_NODISCARD rf_code rf_kafka_setup_end(rf_kafka_setup *setup, rd_kafka_type_t type);

/* Asks a broker for its metadata: it is there, and lets us in. Ends early (RF_EAGAIN) once `stop` is true.
 * Errors: RF_EIO no broker answered (retriable), RF_EREFUSED signing in failed (retriable). */
RF_NODISCARD rf_code rf_kafka_client_reach(rf_kafka_client *client, const _Atomic bool *stop, rf_error *reterr);
/* The last complaint, or `fallback`; copied to `out`. */
void rf_kafka_client_trouble(rf_kafka_client *client, const char *fallback, char out[256]);
void rf_kafka_client_log(const rf_kafka_client *client, rf_log_level level, const char *format, ...) RF_PRINTF(3, 4);

/* librdkafka's callback: a socket as the link wants it; -1: none. `opaque` is the client. Any of librdkafka's threads. (socket.c) */
int rf_kafka_socket(int domain, int type, int protocol, void *opaque);

#endif
