/* config_kind.c: the tables of component kinds seen as one. */
#include "stream/config_kind.h"

#include "base/slice.h"

#include <assert.h>

const char *rf_class_name(rf_class class) {
    static const char *const names[] = { "input", "processor", "output", "cache", "rate_limit", "buffer" };
    assert(class < RF_CLASS_COUNT);
    return names[class];
}

#define KIND_OF(from)                                                                                        \
    ((rf_kind){ (from), (from)->name, (from)->summary, (from)->detail, (from)->example, (from)->fields, \
                (from)->state_size, (from)->open, (from)->close })

/* Tables are short and end with NULL: walking is all that is needed. */
static size_t count_rows(const void *const *rows) {
    size_t count = 0;
    while (rows[count])
        count++;
    return count;
}

#define GET_FROM(table)                                  \
    do {                                                 \
        if (i >= count_rows((const void *const *)table)) \
            return false;                                \
        *ret_kind = KIND_OF((table)[i]);                 \
        return true;                                     \
    } while (0)

bool rf_kind_get(rf_class class, size_t i, rf_kind *ret_kind) {
    assert(class < RF_CLASS_COUNT && ret_kind);
    switch (class) {
    case RF_CLASS_INPUT: GET_FROM(rf_input_kinds);
    case RF_CLASS_PROCESSOR: GET_FROM(rf_processor_kinds);
    case RF_CLASS_OUTPUT: GET_FROM(rf_output_kinds);
    case RF_CLASS_CACHE: GET_FROM(rf_cache_kinds);
    case RF_CLASS_RATE_LIMIT: GET_FROM(rf_rate_limit_kinds);
    case RF_CLASS_BUFFER: GET_FROM(rf_buffer_kinds);
    case RF_CLASS_COUNT: break;
    }
    return false;
}

bool rf_kind_find(rf_class class, rf_slice name, rf_kind *ret_kind) {
    rf_kind kind;
    for (size_t i = 0; rf_kind_get(class, i, &kind); i++)
        if (rf_slice_is(name, kind.name)) {
            *ret_kind = kind;
            return true;
        }
    return false;
}

static bool is_one_of(rf_slice name, const char *const *names) {
    for (; *names; names++)
        if (rf_slice_is(name, *names))
            return true;
    return false;
}

const char *rf_kind_absent(rf_class class, rf_slice name) {
    static const char *const inputs[] = {
        "amqp_0_9", "dynamic", "modbus", "nats", "redis_streams", "s7comm", "sensorconnect",
        "sparkplug_b", "websocket", NULL,
    };
    static const char *const processors[] = {
        "downsampler", "jmespath", "jq",
        "stream_processor", "workflow", NULL,
    };
    static const char *const outputs[] = {
        "amqp_0_9", "dynamic", "nats", "opcua", "redis_streams", "sparkplug_b", NULL,
    };
    static const char *const caches[] = {
        "aws_dynamodb", "aws_s3", "couchbase", "gcp_cloud_storage", "memcached", "mongodb", "nats_kv", "redis",
        "ristretto", "sql", NULL,
    };
    static const char *const rate_limits[] = { "redis", NULL };
    static const char *const buffers[] = { NULL };
    static const char *const *const classes[] = { inputs, processors, outputs, caches, rate_limits, buffers };
    assert(class < RF_CLASS_COUNT);
    return is_one_of(name, classes[class]) ? "this component is not in this version of riffle" : "";
}
