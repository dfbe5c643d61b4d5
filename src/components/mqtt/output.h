/* output.h: what the files of the mqtt output share.
 *
 * A batch is written as fast as identifiers are free (max_in_flight, and what the broker takes), then all its acknowledgements
 * are waited for. When the connection is lost in between, the host writes the whole batch again over the next one. */
#ifndef RF_COMPONENTS_MQTT_OUTPUT_H
#define RF_COMPONENTS_MQTT_OUTPUT_H

#include "components/mqtt/client.h"
#include "components/mqtt/inflight.h"

typedef struct rf_mqtt_output {
    rf_mqtt_conf mqtt;
    rf_dynamic *topic, *content_type, *retained_text; /* the config's */
    int64_t qos, max_in_flight;
    uint64_t write_timeout_ns;
    bool retained;
    struct { rf_strings include_prefixes; } metadata;

    const rf_env *env;
    rf_mqtt_client client;
    rf_mqtt_inflight inflight; /* under the client's lock */
    rf_mqtt_limits limits;     /* of this connection */
    /* The writer's. */
    rf_log_limit complaints;
    rf_buffer properties;
    uint32_t unwritten;
    bool out_of_memory; /* while noting what the broker refused */
} rf_mqtt_output;

/* Nothing is given, or the empty text. */
bool rf_mqtt_output_is_empty(const rf_dynamic *text);
/* rf_output_kind.write. (rf_mqtt_output_write.c) */
RF_NODISCARD rf_code rf_mqtt_output_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr);
/* What message `index` is as a packet, but for its identifier: views of the config's, of the batch's and of `properties`.
 * Errors: RF_ESCRIPT of this message alone, RF_ENOMEM. (output_message.c) */
RF_NODISCARD rf_code rf_mqtt_output_message(rf_mqtt_output *self, rf_batch *batch, uint32_t index, rf_mqtt_publish *ret_publish,
                                            rf_error *reterr);

#endif
