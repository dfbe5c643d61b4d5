/* api.c: where librdkafka's functions are. */
#include "components/kafka/api.h"

#define SYMBOL(name) RF_LIBRARY_SYMBOL(rf_kafka_api, name)

rf_code rf_kafka_load(rf_kafka_api *api, rf_error *reterr) {
    static const rf_symbol symbols[] = { RF_KAFKA_FUNCTIONS(SYMBOL) { 0 } };
    return rf_library_load("librdkafka.so.1", "librdkafka1", symbols, api, reterr);
}
