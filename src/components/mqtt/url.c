/* url.c: the address of a broker, taken apart. */
#include "components/mqtt/url.h"

#include "base/slice.h"

#include <assert.h>

static const struct { const char *scheme; uint16_t port; bool tls; } schemes[] = {
    { "tcp", 1883, false }, { "mqtt", 1883, false }, { "ssl", 8883, true }, { "tls", 8883, true }, { "mqtts", 8883, true },
};

static rf_slice cut(rf_slice text, size_t from, size_t to) {
    assert(from <= to && to <= text.len);
    return (rf_slice){ text.data + from, to - from };
}

static rf_code refuse(rf_slice text, const char *why, rf_error *reterr) {
    (void)rf_raise(reterr, RF_ECONFIG, "`%.*s` is not the address of an MQTT broker: %s", RF_SLICE_ARG(text), why);
    rf_error_hint(reterr, "write tcp://host:1883, or ssl://host:8883 for TLS");
    return RF_ECONFIG;
}

/* Takes the scheme off `rest`. */
static bool take_scheme(rf_slice *rest, rf_mqtt_url *url) {
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i].scheme);
        if (rest->len < len + 3 || !rf_slice_eq_nocase(cut(*rest, 0, len), rf_slice_of(schemes[i].scheme)) ||
            memcmp(rest->data + len, "://", 3) != 0)
            continue;
        url->port = schemes[i].port;
        url->tls = schemes[i].tls;
        *rest = cut(*rest, len + 3, rest->len);
        return true;
    }
    return false;
}

static bool take_port(rf_slice digits, uint16_t *ret_port) {
    uint32_t port = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9' || (port = port * 10 + (uint32_t)(digits.data[i] - '0')) > 65535)
            return false;
    }
    *ret_port = (uint16_t)port;
    return port > 0;
}

static void take_user(rf_slice *rest, rf_slice *ret_user, rf_slice *ret_password) {
    const char *at = memrchr(rest->data, '@', rest->len);
    if (!at)
        return;
    rf_slice who = cut(*rest, 0, (size_t)(at - rest->data));
    size_t colon = rf_slice_find(who, ':');
    *rest = cut(*rest, who.len + 1, rest->len);
    *ret_user = cut(who, 0, colon);
    if (colon < who.len)
        *ret_password = cut(who, colon + 1, who.len);
}

/* The host, without the brackets of an address of IPv6; `rest` keeps what is behind it. */
static rf_slice take_host(rf_slice *rest) {
    bool bracketed = rest->len && rest->data[0] == '[';
    size_t end = rf_slice_find(*rest, bracketed ? ']' : ':');
    if (bracketed && end == rest->len)
        return (rf_slice){ 0 }; /* a bracket that nothing closes */
    rf_slice host = cut(*rest, bracketed ? 1 : 0, end);
    *rest = cut(*rest, bracketed ? end + 1 : end, rest->len);
    return host;
}

rf_code rf_mqtt_url_parse(rf_arena *arena, rf_slice text, rf_mqtt_url *ret_url, rf_slice *ret_user, rf_slice *ret_password,
                          rf_error *reterr) {
    assert(arena && ret_url && ret_user && ret_password);
    rf_slice rest = text, user = { 0 }, password = { 0 };
    rf_mqtt_url url = { 0 };
    if (!take_scheme(&rest, &url))
        return refuse(text, "it begins with none of tcp://, mqtt://, ssl://, tls://, mqtts://", reterr);
    if (rest.len && rest.data[rest.len - 1] == '/')
        rest.len--;
    take_user(&rest, &user, &password);
    rf_slice host = take_host(&rest);
    if (host.len == 0)
        return refuse(text, "it names no host", reterr);
    if (memchr(host.data, '/', host.len) || memchr(host.data, '\0', host.len))
        return refuse(text, "there is more behind the host than a port", reterr);
    if (rest.len && (rest.data[0] != ':' || !take_port(cut(rest, 1, rest.len), &url.port)))
        return refuse(text, "its port is no number from 1 to 65535", reterr);
    host = rf_slice_dup_in(arena, host);
    url.text = rf_printf_in(arena, "%s:%u", host.data ? host.data : "", url.port);
    if (!host.data || !url.text.data)
        return rf_raise_nomem(reterr);
    url.host = host.data;
    *ret_url = url;
    *ret_user = user;
    *ret_password = password;
    return RF_OK;
}
