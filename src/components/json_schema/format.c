/* format.c: what `format` asks of texts, as strictly as the original does. */
#include "components/json_schema/node.h"

#include "base/slice.h"

#include <arpa/inet.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/* A number of `count` digits in front, at most `most`. */
static bool take_number(rf_slice *rest, size_t count, int least, int most, int *ret_number) {
    int number = 0;
    if (rest->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(rest->data[i]))
            return false;
        number = number * 10 + (rest->data[i] - '0');
    }
    rest->data += count;
    rest->len -= count;
    *ret_number = number;
    return number >= least && number <= most;
}

static bool take_char(rf_slice *rest, char c) {
    if (rest->len == 0 || rest->data[0] != c)
        return false;
    rest->data++;
    rest->len--;
    return true;
}

static bool take_date(rf_slice *rest) {
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year, month, day;
    if (!take_number(rest, 4, 0, 9999, &year) || !take_char(rest, '-') || !take_number(rest, 2, 1, 12, &month) || !take_char(rest, '-') ||
        !take_number(rest, 2, 1, 31, &day))
        return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap);
}

static bool take_clock(rf_slice *rest) {
    int n;
    if (!take_number(rest, 2, 0, 23, &n) || !take_char(rest, ':') || !take_number(rest, 2, 0, 59, &n) || !take_char(rest, ':') ||
        !take_number(rest, 2, 0, 59, &n))
        return false;
    if (rest->len > 1 && rest->data[0] == '.' && is_digit(rest->data[1]))
        for (take_char(rest, '.'); rest->len && is_digit(rest->data[0]);)
            take_char(rest, rest->data[0]);
    return true;
}

static bool take_zone(rf_slice *rest) {
    int n;
    if (take_char(rest, 'Z'))
        return true;
    return (take_char(rest, '+') || take_char(rest, '-')) && take_number(rest, 2, 0, 23, &n) && take_char(rest, ':') &&
           take_number(rest, 2, 0, 59, &n);
}

static bool is_date(rf_slice text) {
    return take_date(&text) && text.len == 0;
}

static bool is_time(rf_slice text) {
    return take_clock(&text) && (text.len == 0 || (take_zone(&text) && text.len == 0));
}

/* A date or a time alone is one, too. */
static bool is_date_time(rf_slice text) {
    if (is_date(text) || is_time(text))
        return true;
    return take_date(&text) && take_char(&text, 'T') && take_clock(&text) && take_zone(&text) && text.len == 0;
}

static bool is_label(rf_slice label) {
    if (label.len == 0 || label.len > 63 || label.data[0] == '-' || label.data[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter(label.data[i]) && !is_digit(label.data[i]) && label.data[i] != '-')
            return false;
    return true;
}

static bool is_hostname(rf_slice text) {
    if (text.len >= 256)
        return false;
    for (bool more = true; more;) {
        const size_t len = rf_slice_find(text, '.');
        if (!is_label((rf_slice){ text.data, len }))
            return false;
        more = len < text.len;
        text = (rf_slice){ text.data + len + more, text.len - len - more };
    }
    return true;
}

/* An address as it stands in a mail's header, with or without a name before it. */
static bool is_email(rf_slice text) {
    text = rf_slice_trim(text);
    if (text.len == 0)
        return false;
    const char *open = memchr(text.data, '<', text.len);
    if (open && text.data[text.len - 1] == '>')
        text = (rf_slice){ open + 1, (size_t)(text.data + text.len - open) - 2 };
    const size_t at = rf_slice_find(text, '@');
    if (at == 0 || at + 1 >= text.len || text.data[0] == '.' || text.data[at - 1] == '.')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= ' ' || (strchr("()<>[]:;\\,\"", text.data[i]) && i < at) || (text.data[i] == '@' && i != at))
            return false;
    return text.data[text.len - 1] != '.';
}

static bool is_address(int family, rf_slice text) {
    char copy[64];
    unsigned char address[16];
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return strlen(copy) == text.len && inet_pton(family, copy, address) == 1;
}

static bool is_ipv4(rf_slice text) { return is_address(AF_INET, text); }
static bool is_ipv6(rf_slice text) { return is_address(AF_INET6, text); }

/* What no URL has: a control character, a blank in its host, a `%` without two digits, a backslash. */
static bool is_uri_reference(rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c == 0x7f || c == '\\')
            return false;
        if (c == '%' && (text.len - i < 3 || !is_hex(text.data[i + 1]) || !is_hex(text.data[i + 2])))
            return false;
    }
    const size_t colon = rf_slice_find(text, ':');
    return colon > 0 || text.len == 0;
}

static bool is_uri(rf_slice text) {
    const size_t colon = rf_slice_find(text, ':');
    if (colon == 0 || colon == text.len || !is_letter(text.data[0]) || !is_uri_reference(text))
        return false;
    for (size_t i = 0; i < colon; i++)
        if (!is_letter(text.data[i]) && !is_digit(text.data[i]) && !strchr("+-.", text.data[i]))
            return false;
    return true;
}

static bool is_uuid(rf_slice text) {
    if (text.len != 36)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.data[i] != '-' : !is_hex(text.data[i]))
            return false;
    }
    return true;
}

static bool is_regex(rf_slice text) {
    rf_regex *regex = NULL;
    if (rf_regex_compile(text, &regex, NULL))
        return false;
    rf_regex_free(regex);
    return true;
}

static bool is_pointer(rf_slice text) {
    if (text.len > 0 && text.data[0] != '/')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '~' && (i + 1 == text.len || (text.data[i + 1] != '0' && text.data[i + 1] != '1')))
            return false;
    return true;
}

rf_schema_format *rf_schema_format_find(rf_slice name) {
    static const struct { const char *name; rf_schema_format *is; } formats[] = {
        { "date", is_date }, { "date-time", is_date_time }, { "email", is_email }, { "hostname", is_hostname }, { "idn-email", is_email },
        { "ipv4", is_ipv4 }, { "ipv6", is_ipv6 }, { "iri", is_uri }, { "iri-reference", is_uri_reference }, { "json-pointer", is_pointer },
        { "regex", is_regex }, { "time", is_time }, { "uri", is_uri }, { "uri-reference", is_uri_reference }, { "uuid", is_uuid },
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (rf_slice_is(name, formats[i].name))
            return formats[i].is;
    return NULL;
}
