/* topics.c: the topics of a config: `name`, `one,two`, `name:3`, `name:0-7`, `name:3:1000`. */
#include "base/slice.h"
#include "components/kafka/consumer.h"

#include <assert.h>

#define PARTITION_MAX 99999 /* what a broker could ever have */
#define NO_OFFSET INT64_MIN

typedef struct named {
    rf_slice name;
    int64_t from, to; /* partitions; -1: none are named */
    int64_t offset;
} named;

static bool parse_number(rf_slice text, int64_t most, int64_t *ret) {
    int64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || number > most / 10)
            return false;
        number = number * 10 + (text.data[i] - '0');
    }
    *ret = number;
    return text.len > 0 && number >= 0 && number <= most;
}

static rf_slice behind(rf_slice text, size_t at) { return (rf_slice){ text.data + at + 1, text.len - at - 1 }; }

static bool parse(rf_slice text, bool regexp, named *ret) {
    size_t colon = regexp ? text.len : rf_slice_find(text, ':');
    *ret = (named){ { text.data, colon }, -1, -1, NO_OFFSET };
    if (colon == text.len)
        return text.len > 0;
    rf_slice range = behind(text, colon);
    size_t second = rf_slice_find(range, ':');
    if (second < range.len && !parse_number(behind(range, second), INT64_MAX / 16, &ret->offset))
        return false;
    range.len = second;
    size_t dash = rf_slice_find(range, '-');
    if (!parse_number((rf_slice){ range.data, dash }, PARTITION_MAX, &ret->from))
        return false;
    ret->to = ret->from;
    if (dash < range.len && !parse_number(behind(range, dash), PARTITION_MAX, &ret->to))
        return false;
    return colon > 0 && ret->to >= ret->from;
}

/* Walks the names of one entry, which may be several joined by commas (not patterns, which may hold commas). */
static bool next(rf_slice *rest, bool regexp, rf_slice *ret) {
    if (!rest->data)
        return false;
    size_t comma = regexp ? rest->len : rf_slice_find(*rest, ',');
    *ret = rf_slice_trim((rf_slice){ rest->data, comma });
    *rest = comma < rest->len ? (rf_slice){ rest->data + comma + 1, rest->len - comma - 1 } : (rf_slice){ NULL, 0 };
    return true;
}

rf_code rf_kafka_topics_check(const rf_strings *topics, bool regexp, const rf_conf *conf) {
    rf_error error = { 0 };
    for (size_t i = 0; i < topics->count; i++) {
        rf_slice rest = topics->items[i], one;
        named found;
        while (next(&rest, regexp, &one)) {
            if (parse(one, regexp, &found))
                continue;
            (void)rf_raise(&error, RF_ECONFIG, "`%.*s` is no topic", RF_SLICE_ARG(one));
            rf_error_hint(&error, "write a name, with partitions, and where to begin: readings, readings:3, readings:0-7, readings:3:1000");
            return rf_kafka_report(conf, "topics", &error);
        }
    }
    if (topics->count > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "topics is empty");
    return rf_kafka_report(conf, "topics", &error);
}

bool rf_kafka_topics_fixed(const rf_strings *topics) {
    for (size_t i = 0; i < topics->count; i++)
        if (rf_slice_find(topics->items[i], ':') < topics->items[i].len)
            return true;
    return false;
}

bool rf_kafka_topics_placed(const rf_strings *topics) {
    for (size_t i = 0; i < topics->count; i++) {
        rf_slice rest = topics->items[i], one;
        named found;
        while (next(&rest, false, &one))
            if (parse(one, false, &found) && found.offset != NO_OFFSET)
                return true;
    }
    return false;
}

/* librdkafka takes a name that begins with ^ as a pattern. */
static rf_code add(const rf_kafka_api *api, const named *one, bool regexp, int64_t offset, rd_kafka_topic_partition_list_t *list,
                   rf_error *reterr) {
    rf_buffer name = { 0 };
    const char *text;
    if (regexp && !rf_slice_starts(one->name, RF_SLICE("^")))
        rf_buffer_text(&name, "^.*");
    rf_buffer_slice(&name, one->name);
    text = rf_buffer_cstr(&name);
    for (int64_t p = one->from; text && p <= one->to; p++)
        api->rd_kafka_topic_partition_list_add(list, text, (int32_t)p)->offset = one->offset == NO_OFFSET ? offset : one->offset;
    rf_buffer_done(&name);
    return text ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_kafka_topics_list(const rf_kafka_api *api, const rf_strings *topics, bool regexp, int64_t offset,
                             rd_kafka_topic_partition_list_t *list, rf_error *reterr) {
    for (size_t i = 0; i < topics->count; i++) {
        rf_slice rest = topics->items[i], one;
        named found;
        while (next(&rest, regexp, &one)) {
            rf_code code = parse(one, regexp, &found) ? add(api, &found, regexp, offset, list, reterr) : RF_OK;
            if (code)
                return code;
        }
    }
    return RF_OK;
}
