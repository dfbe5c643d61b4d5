/* advice.h: what to do about what librdkafka complains of, in the words of our configs. */
#ifndef RF_KAFKA_ADVICE_H
#define RF_KAFKA_ADVICE_H

#include <stdbool.h>

/* What a link does to be let in. */
typedef struct rf_kafka_manner {
    bool tls, certificate; /* speaks TLS; shows a certificate */
    bool scram;            /* signs in with SCRAM */
    int version;           /* of librdkafka: 0xMMmmrr.. */
} rf_kafka_manner;

/* Cause and remedy of that complaint; NULL: none is known. `*ret_refused`: a broker is there and does not let us in, or we do not
 * trust it, so that only another certificate or password can help. */
const char *rf_kafka_advice(const char *complaint, const rf_kafka_manner *manner, bool *ret_refused);

/* Whether SCRAM of this librdkafka is what the standard says; brokers from Kafka 4.0 on take no other. */
bool rf_kafka_scram_is_right(int version);

#endif
