/* link.c: what can be wrong with the addresses and the signing in of a config. */
#include "base/slice.h"
#include "components/kafka/client.h"

#include <assert.h>

rf_code rf_kafka_report(const rf_conf *conf, const char *child, const rf_error *error) {
    const rf_conf *node = rf_conf_child(conf, child);
    return rf_conf_report(node ? node : conf, error);
}

static bool is_number(rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0 && text.len < 6;
}

/* host:port or host, also with Kafka's protocol before it. */
static bool is_address(rf_slice text) {
    rf_slice scheme = RF_SLICE("://");
    const char *at = text.len ? memmem(text.data, text.len, scheme.data, scheme.len) : NULL;
    if (at)
        text = (rf_slice){ at + scheme.len, text.len - (size_t)(at + scheme.len - text.data) };
    size_t colon = text.len;
    while (colon > 0 && text.data[colon - 1] != ':' && text.data[colon - 1] != ']')
        colon--;
    if (colon == 0 || text.data[colon - 1] == ']')
        return text.len > 0 && rf_slice_find(text, ' ') == text.len;
    rf_slice port = { text.data + colon, text.len - colon };
    return colon > 1 && is_number(port) && rf_slice_find(text, ' ') == text.len;
}

static rf_code check_address(const rf_conf *conf, const char *field, rf_slice text) {
    rf_error error = { 0 };
    for (bool more = true; more;) {
        size_t comma = rf_slice_find(text, ',');
        rf_slice one = rf_slice_trim((rf_slice){ text.data, comma });
        more = comma < text.len;
        if (more)
            text = (rf_slice){ text.data + comma + 1, text.len - comma - 1 };
        if (is_address(one))
            continue;
        (void)rf_raise(&error, RF_ECONFIG, "`%.*s` is no address of a broker", RF_SLICE_ARG(one));
        rf_error_hint(&error, "write host:port, such as localhost:9092; several are a list or joined by commas");
        return rf_kafka_report(conf, field, &error);
    }
    return RF_OK;
}

static rf_code check_addresses(const rf_kafka_link *link, const rf_conf *conf, const char *field) {
    rf_code code = RF_OK;
    rf_error error = { 0 };
    for (size_t i = 0; i < link->addresses.count && !code; i++)
        code = check_address(conf, field, link->addresses.items[i]);
    if (link->addresses.count > 0)
        return code;
    (void)rf_raise(&error, RF_ECONFIG, "%s is empty", field);
    rf_error_hint(&error, "name at least one broker, such as localhost:9092");
    return rf_kafka_report(conf, field, &error);
}

static rf_code check_sasl(const rf_kafka_sasl *sasl, const rf_conf *conf, const char *field) {
    static const char *const known[] = { "", "none", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512" };
    rf_error error = { 0 };
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        found |= rf_slice_is(sasl->mechanism, known[i]);
    if (!found) {
        (void)rf_raise(&error, RF_ECONFIG, "the SASL mechanism `%.*s` is not supported", RF_SLICE_ARG(sasl->mechanism));
        rf_error_hint(&error, "%s", RF_KAFKA_SASL_MECHANISM_DOC);
        return rf_kafka_report(conf, field, &error);
    }
    if (sasl->mechanism.len == 0 || rf_slice_is(sasl->mechanism, "none") || sasl->user.len > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "SASL signs somebody in, and no user is named");
    return rf_kafka_report(conf, field, &error);
}

rf_code rf_kafka_link_check(const rf_kafka_link *link, const rf_conf *conf, const char *addresses, const char *sasl,
                            rf_error *reterr) {
    assert(link && conf);
    rf_code code = check_addresses(link, conf, addresses);
    rf_code signing = sasl ? check_sasl(&link->sasl, conf, sasl) : RF_OK;
    rf_code tls = link->tls.enabled ? rf_tls_check(&link->tls, conf, reterr) : RF_OK;
    return code ? code : signing ? signing : tls;
}
