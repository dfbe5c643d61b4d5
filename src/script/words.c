/* words.c: see words.h. */
#include "script/words.h"

#include "base/slice.h"

#include <assert.h>

bool rf_js_mentions(rf_slice text, const char *const *words) {
    assert(words);
    for (; *words; words++)
        if (text.len && memmem(text.data, text.len, *words, strlen(*words)))
            return true;
    return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

static rf_slice from(rf_slice text, size_t at) {
    at = at < text.len ? at : text.len;
    return (rf_slice){ text.data + at, text.len - at };
}

static size_t comment_length(rf_slice text) {
    if (text.len < 2 || text.data[0] != '/' || (text.data[1] != '/' && text.data[1] != '*'))
        return 0;
    const char *end = text.data[1] == '/' ? "\n" : "*/";
    const char *found = memmem(text.data + 2, text.len - 2, end, strlen(end));
    return found ? (size_t)(found - text.data) + strlen(end) : text.len;
}

rf_slice rf_js_skip_blanks(rf_slice text) {
    for (;;) {
        while (text.len && is_blank(text.data[0]))
            text = from(text, 1);
        size_t comment = comment_length(text);
        if (!comment)
            return text;
        text = from(text, comment);
    }
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '\\' ||
           (unsigned char)c >= 0x80;
}

rf_slice rf_js_first_token(rf_slice text) {
    text = rf_js_skip_blanks(text);
    size_t len = 0;
    while (len < text.len && is_word(text.data[len]))
        len++;
    text.len = len || !text.len ? len : 1;
    return text;
}

rf_slice rf_js_strip_end(rf_slice text) {
    while (text.len && (is_blank(text.data[text.len - 1]) || text.data[text.len - 1] == ';'))
        text.len--;
    return text;
}
