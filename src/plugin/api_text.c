/* api_text.c: texts of plugins as a host may draw them: no control characters, no more than the quota. */
#include "plugin/api_internal.h"

#include "base/utf8.h"

#include <assert.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */
enum { REPLACEMENT_BYTES = sizeof REPLACEMENT - 1, SHOWN_BYTES = 60 };

/* Bytes of a character at `at` that must not be drawn; 0: it may. `text` is UTF-8. */
static size_t unfit_at(rf_slice text, size_t at, rf_api_lines lines) {
    unsigned first = (unsigned char)text.data[at];
    if (first < 0x20)
        return lines == RF_API_LINES && (first == '\n' || first == '\t') ? 0 : 1;
    if (first == 0x7F)
        return 1;
    if (first != 0xC2 && first != 0xEE)
        return 0;
    uint32_t c = 0;
    size_t len = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
    bool is_control = c >= 0x80 && c < 0xA0, is_byte = c >= 0xEF80 && c <= 0xEFFF; /* bytes.h */
    return is_control || is_byte ? len : 0;
}

rf_slice rf_api_clean(rf_arena *arena, rf_slice text, rf_api_lines lines) {
    assert(arena && (text.data || text.len == 0));
    size_t unfit = 0;
    for (size_t at = 0; at < text.len; at++)
        unfit += unfit_at(text, at, lines) > 0;
    if (unfit == 0)
        return text.data ? text : RF_SLICE("");
    char *out = rf_arena_alloc(arena, text.len + unfit * (REPLACEMENT_BYTES - 1));
    if (!out)
        return (rf_slice){ NULL, 0 };
    size_t used = 0;
    for (size_t at = 0; at < text.len;) {
        size_t len = unfit_at(text, at, lines);
        if (len == 0) {
            out[used++] = text.data[at++];
            continue;
        }
        memcpy(out + used, REPLACEMENT, REPLACEMENT_BYTES);
        used += REPLACEMENT_BYTES;
        at += len;
    }
    return (rf_slice){ out, used };
}

rf_slice rf_api_shown(rf_plugin_api *api, rf_slice text) {
    size_t len = text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES;
    while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len--; /* not within a character */
    rf_slice clean = rf_api_clean(&api->arena, (rf_slice){ text.data, len }, RF_API_ONE_LINE);
    return clean.data ? clean : RF_SLICE("?");
}

rf_code rf_api_check_length(const rf_plugin_api *api, const char *function, const char *what, rf_slice text, rf_error *reterr) {
    if (text.len <= api->quota.text_bytes)
        return RF_OK;
    return rf_raise(reterr, RF_ELIMIT, "%s: the %s is %zu bytes long, at most %zu are allowed", function, what, text.len,
                    api->quota.text_bytes);
}

rf_code rf_api_text(rf_plugin_api *api, const char *function, const char *what, rf_slice text, rf_api_lines lines,
                    rf_slice *ret_text, rf_error *reterr) {
    rf_code code = rf_api_check_length(api, function, what, text, reterr);
    if (code)
        return code;
    *ret_text = rf_api_clean(&api->arena, text, lines);
    return ret_text->data ? RF_OK : rf_raise_nomem(reterr);
}

static bool is_id_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

rf_code rf_api_check_id(rf_plugin_api *api, const char *function, const char *what, rf_slice id, rf_error *reterr) {
    if (id.len == 0)
        return rf_raise(reterr, RF_ECONFIG, "%s: the %s is empty", function, what);
    if (id.len >= RF_API_ID_BYTES)
        return rf_raise(reterr, RF_ECONFIG, "%s: the %s `%.*s…` is %zu bytes long, at most %zu are allowed", function, what,
                        RF_SLICE_ARG(rf_api_shown(api, id)), id.len, RF_API_ID_BYTES - 1);
    for (size_t i = 0; i < id.len; i++) {
        if (is_id_character(id.data[i]))
            continue;
        (void)rf_raise(reterr, RF_ECONFIG, "%s: the %s `%.*s` holds more than letters, digits and _ . -", function, what,
                       RF_SLICE_ARG(rf_api_shown(api, id)));
        return RF_ECONFIG;
    }
    return RF_OK;
}
