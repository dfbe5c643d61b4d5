/* topics.c: the topics of a config: `name`, `one,two`, `name:3`, `name:0-7`, `name:3:1000`. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/kafka/consumer.h"

#include <assert.h>
#include <regex.h>

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

/* As librdkafka will read it. */
static rf_code check_pattern(const char *text, const char *field, const rf_conf *conf) {
    regex_t compiled;
    rf_error error = { 0 };
    char why[128];
    int status = regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB);
    if (!status) {
        regfree(&compiled);
        return RF_OK;
    }
    (void)regerror(status, &compiled, why, sizeof why);
    (void)rf_raise(&error, RF_ECONFIG, "the pattern `%s` is none: %s", text, why);
    return rf_kafka_report(conf, field, &error);
}

static rf_code check_patterns(const rf_strings *patterns, const char *field, const rf_conf *conf, rf_error *reterr) {
    rf_code code = RF_OK;
    for (size_t i = 0; i < patterns->count && !code; i++) {
        char *text = rf_strndup(patterns->items[i].data, patterns->items[i].len);
        code = text ? check_pattern(text, field, conf) : rf_raise_nomem(reterr);
        rf_free(text);
    }
    return code;
}

/* They are handed on in a list with commas between them. */
static rf_code check_excluded(const rf_kafka_reading *reading, const rf_conf *conf) {
    static const char field[] = "regexp_topics_exclude";
    rf_error error = { 0 };
    for (size_t i = 0; i < reading->excluded.count; i++) {
        rf_slice pattern = reading->excluded.items[i];
        if (rf_slice_find(pattern, ',') == pattern.len)
            continue;
        (void)rf_raise(&error, RF_ECONFIG, "`%.*s` has a comma, which patterns here cannot have", RF_SLICE_ARG(pattern));
        rf_error_hint(&error, "no topic's name has one; for x{1,2} write xx?");
        return rf_kafka_report(conf, field, &error);
    }
    return RF_OK;
}

/* Partitions that are named are read alone, and what patterns find in a group. */
static rf_code check_mix(const rf_kafka_reading *reading, const rf_conf *conf) {
    rf_error error = { 0 };
    if (!rf_kafka_topics_sought(reading) || !rf_kafka_topics_fixed(reading))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "topics name partitions, which cannot be read beside those that patterns find");
    rf_error_hint(&error, "leave out the partitions, or make two inputs of it, in a `broker`");
    return rf_kafka_report(conf, "topics", &error);
}

rf_code rf_kafka_patterns_check(const rf_kafka_reading *reading, const rf_conf *conf, rf_error *reterr) {
    rf_code code = reading->regexp_topics ? check_patterns(&reading->topics, "topics", conf, reterr) : RF_OK;
    if (!code)
        code = check_patterns(&reading->included, "regexp_topics_include", conf, reterr);
    if (!code)
        code = check_excluded(reading, conf);
    if (!code)
        code = check_patterns(&reading->excluded, "regexp_topics_exclude", conf, reterr);
    return code ? code : check_mix(reading, conf);
}

rf_code rf_kafka_topics_check(const rf_kafka_reading *reading, const rf_conf *conf) {
    const rf_strings *topics = &reading->topics;
    const bool regexp = reading->regexp_topics;
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
    if (topics->count > 0 || reading->included.count > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "%s", rf_conf_child(conf, "topics") ? "topics is empty" : "field topics is required");
    return rf_kafka_report(conf, "topics", &error);
}

bool rf_kafka_topics_fixed(const rf_kafka_reading *reading) {
    const rf_strings *topics = &reading->topics;
    for (size_t i = 0; i < topics->count && !reading->regexp_topics; i++)
        if (rf_slice_find(topics->items[i], ':') < topics->items[i].len)
            return true;
    return false;
}

bool rf_kafka_topics_placed(const rf_kafka_reading *reading) {
    const rf_strings *topics = &reading->topics;
    for (size_t i = 0; i < topics->count && !reading->regexp_topics; i++) {
        rf_slice rest = topics->items[i], one;
        named found;
        while (next(&rest, false, &one))
            if (parse(one, false, &found) && found.offset != NO_OFFSET)
                return true;
    }
    return false;
}

bool rf_kafka_topics_sought(const rf_kafka_reading *reading) { return reading->regexp_topics || reading->included.count > 0; }

/* librdkafka takes a name that begins with ^ as a pattern. */
static void put_pattern(rf_buffer *out, rf_slice pattern) {
    if (!rf_slice_starts(pattern, RF_SLICE("^")))
        rf_buffer_text(out, "^.*");
    rf_buffer_slice(out, pattern);
}

/* No pattern means Kafka's own. */
void rf_kafka_topics_excluded(const rf_kafka_reading *reading, rf_buffer *out) {
    if (rf_kafka_topics_sought(reading))
        rf_buffer_text(out, "__consumer_offsets,__transaction_state");
    for (size_t i = 0; i < reading->excluded.count; i++) {
        if (out->len)
            rf_buffer_char(out, ',');
        put_pattern(out, reading->excluded.items[i]);
    }
}

static rf_code add(const rf_kafka_api *api, const named *one, bool regexp, int64_t offset, rd_kafka_topic_partition_list_t *list,
                   rf_error *reterr) {
    rf_buffer name = { 0 };
    const char *text;
    if (regexp)
        put_pattern(&name, one->name);
    else
        rf_buffer_slice(&name, one->name);
    text = rf_buffer_cstr(&name);
    for (int64_t p = one->from; text && p <= one->to; p++)
        api->rd_kafka_topic_partition_list_add(list, text, (int32_t)p)->offset = one->offset == NO_OFFSET ? offset : one->offset;
    rf_buffer_done(&name);
    return text ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code add_all(const rf_kafka_api *api, const rf_strings *topics, bool regexp, int64_t offset, rd_kafka_topic_partition_list_t *list,
                       rf_error *reterr) {
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

rf_code rf_kafka_topics_list(const rf_kafka_api *api, const rf_kafka_reading *reading, int64_t offset, rd_kafka_topic_partition_list_t *list,
                             rf_error *reterr) {
    rf_code code = add_all(api, &reading->topics, reading->regexp_topics, offset, list, reterr);
    return code ? code : add_all(api, &reading->included, true, offset, list, reterr);
}
