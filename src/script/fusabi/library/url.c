/* url.c: the module Url: parts of addresses, and percent encoding. */
#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

typedef struct parts {
    rf_slice scheme, host, path, query, fragment; /* query, fragment: `data` NULL when not there */
    int64_t port;                                 /* 0: none */
} parts;

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_scheme(rf_slice text) {
    if (!text.len || !is_letter(text.data[0]))
        return false;
    for (size_t i = 1; i < text.len; i++) {
        char c = text.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return false;
    }
    return true;
}

/* Cuts `text` before the first `mark`; what follows it goes to *ret_rest. */
static rf_slice cut_at(rf_slice text, char mark, rf_slice *ret_rest) {
    size_t at = rf_slice_find(text, mark);
    *ret_rest = at < text.len ? (rf_slice){ text.data + at + 1, text.len - at - 1 } : (rf_slice){ 0 };
    return (rf_slice){ text.data, at };
}

static size_t find_last(rf_slice text, char c) {
    size_t at = text.len;
    while (at && text.data[at - 1] != c)
        at--;
    return at ? at - 1 : text.len;
}

static bool split_authority(rf_slice authority, parts *url) {
    size_t colon = find_last(authority, ':'), bracket = find_last(authority, ']');
    bool is_bracketed = rf_slice_find(authority, '[') < authority.len;
    url->host = authority;
    if (colon == authority.len)
        return authority.len > 0;
    if (is_bracketed && bracket == authority.len)
        return false;
    if (is_bracketed && colon < bracket)
        return true;
    url->host.len = colon;
    rf_slice port = { authority.data + colon + 1, authority.len - colon - 1 };
    return colon > 0 && rf_number_parse_i64(port, &url->port) && url->port > 0 && url->port <= 65535;
}

static bool split(rf_slice text, parts *ret_url) {
    *ret_url = (parts){ 0 };
    size_t mark = 0;
    while (mark < text.len && !rf_slice_starts((rf_slice){ text.data + mark, text.len - mark }, RF_SLICE("://")))
        mark++;
    ret_url->scheme = (rf_slice){ text.data, mark };
    if (mark == text.len || !is_scheme(ret_url->scheme))
        return false;
    rf_slice rest = { text.data + mark + 3, text.len - mark - 3 };
    rest = cut_at(rest, '#', &ret_url->fragment);
    rest = cut_at(rest, '?', &ret_url->query);
    size_t slash = rf_slice_find(rest, '/');
    ret_url->path = slash < rest.len ? (rf_slice){ rest.data + slash, rest.len - slash } : RF_SLICE("/");
    return split_authority((rf_slice){ rest.data, slash }, ret_url);
}

static rf_fus_value optional_text(rf_fus_vm *vm, rf_slice text) {
    return rf_fus_option_of(vm, text.data ? rf_fus_string_new(vm, text) : RF_FUS_UNDEF);
}

static rf_fus_value url_parse(rf_fus_vm *vm, const rf_fus_value *args) {
    static const char *const names[] = { "scheme", "host", "port", "path", "query", "fragment" };
    enum { COUNT = sizeof names / sizeof *names };
    rf_slice text;
    parts url;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    if (!split(text, &url))
        return rf_fus_none(vm);
    const rf_fus_value values[COUNT] = {
        rf_fus_string_new(vm, url.scheme), rf_fus_string_new(vm, url.host),
        rf_fus_option_of(vm, url.port ? rf_fus_of_small_int(url.port) : RF_FUS_UNDEF),
        rf_fus_string_new(vm, url.path), optional_text(vm, url.query), optional_text(vm, url.fragment),
    };
    for (size_t i = 0; i < COUNT; i++)
        if (values[i] == RF_FUS_RAISED)
            return RF_FUS_RAISED;
    rf_fus_value record = rf_fus_record_new(vm, names, values, COUNT);
    return rf_fus_option_of(vm, record);
}

static rf_fus_value url_is_valid(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    parts url;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    return rf_fus_of_bool(split(text, &url));
}

static bool is_unreserved(char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

static rf_fus_value url_encode(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    char *out;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    size_t len = text.len;
    for (size_t i = 0; i < text.len; i++)
        len += is_unreserved(text.data[i]) ? 0 : 2;
    rf_fus_value encoded = rf_fus_string_room(vm, len, &out);
    if (encoded == RF_FUS_RAISED)
        return encoded;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        if (is_unreserved(text.data[i])) {
            *out++ = text.data[i];
            continue;
        }
        *out++ = '%';
        *out++ = "0123456789ABCDEF"[byte >> 4];
        *out++ = "0123456789ABCDEF"[byte & 15];
    }
    return encoded;
}

static int hex_of(char c) {
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Appends the decoded text; false when an escape is broken. */
static bool decode(rf_slice text, rf_buffer *out) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '%') {
            rf_buffer_char(out, text.data[i]);
            continue;
        }
        int high = i + 2 < text.len ? hex_of(text.data[i + 1]) : -1;
        int low = high >= 0 ? hex_of(text.data[i + 2]) : -1;
        if (low < 0)
            return false;
        rf_buffer_char(out, (char)(high << 4 | low));
        i += 2;
    }
    return true;
}

static rf_fus_value url_decode(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_buffer out RF_CLEANUP(rf_buffer_done) = { 0 };
    bool is_good = decode(text, &out);
    if (out.failed)
        return rf_fus_raise_nomem(vm);
    if (!is_good || !rf_utf8_valid(rf_buffer_view(&out)))
        return rf_fus_none(vm);
    return rf_fus_option_of(vm, rf_fus_string_new(vm, rf_buffer_view(&out)));
}

static const rf_fus_lib_row rows[] = {
    { .name = "Url.decode", .params = "s", .type = "string -> string option",
      .doc = "Undoes Url.encode; None when an escape is broken or the result is not UTF-8.",
      .example = "Url.decode \"a%20b\" // Some(a b)", .native = url_decode, .arity = 1 },
    { .name = "Url.encode", .params = "s", .type = "string -> string",
      .doc = "Writes every byte as %XX that is not a letter, a digit or one of - _ . ~.",
      .example = "Url.encode \"a b&c\" // a%20b%26c", .native = url_encode, .arity = 1 },
    { .name = "Url.isValid", .params = "s", .type = "string -> bool", .doc = "Whether Url.parse would take it.",
      .example = "Url.isValid \"http://h\" // true", .native = url_is_valid, .arity = 1 },
    { .name = "Url.parse", .params = "s",
      .type = "string -> { scheme: string; host: string; port: int option; path: string; query: string option; fragment: string option } option",
      .doc = "Takes an address apart; None when it has no scheme, no host or a bad port. The path of an address without one is \"/\".",
      .example = "Url.parse \"http://h:80/x?y\" // Some({ fragment = None; host = h; path = /x; port = Some(80); query = Some(y); scheme = http })",
      .native = url_parse, .arity = 1 },
    { 0 },
};
RF_FUS_LIB_MODULE(url, "Url", "Parts of addresses, and percent encoding.", rows);
