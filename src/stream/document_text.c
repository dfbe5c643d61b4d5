/* document_text.c: what can be said of a YAML text before, and beside, its parser. */
#include "base/slice.h"
#include "base/utf8.h"
#include "stream/document.h"

#include <assert.h>

size_t rf_text_offset(rf_slice text, int line, int column) {
    size_t at = 0;
    for (int i = 1; i < line && at < text.len; at++)
        i += text.data[at] == '\n';
    for (int i = 1; i < column && at < text.len && text.data[at] != '\n'; at++)
        i += at + 1 >= text.len || ((unsigned char)text.data[at + 1] & 0xC0) != 0x80;
    return at;
}

const char *rf_text_fault(rf_slice text, size_t *ret_at) {
    assert(ret_at);
    for (size_t at = 0, n; at < text.len; at += n) {
        uint32_t c;
        n = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
        bool control = n && ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F);
        if (n && !control)
            continue;
        *ret_at = at;
        return control ? "yaml: control characters are not allowed" : "yaml: invalid UTF-8";
    }
    return NULL;
}

const char *rf_text_hint(const char *message) {
    static const struct { const char *part, *hint; } rows[] = {
        { "tab character", "indent with spaces" },
        { "nested block mapping on the same line", "a text that holds `: ` needs quotes, or a block behind `|`" },
        { "invalid multiline plain key", "is a `:` missing, or is the line before it indented otherwise?" },
        { "without closing quote", "the closing quote is missing" },
        { "indented double-quoted", "is the closing quote missing?" },
        { "indented single-quoted", "is the closing quote missing?" },
        { "flow mapping", "is a `}` or a comma missing, or one too many?" },
        { "flow sequence", "is a `]` or a comma missing, or one too many?" },
        { "invalid indentation", "members of one map begin in the same column" },
        { "plain scalar cannot start", "put the text in quotes" },
        { "control characters", "within double quotes it can be written as an escape, such as \\x01" },
        { "UTF-8", "save the file as UTF-8" },
        { "in double-quoted string", "a backslash is written \\\\ within double quotes; single quotes need none" },
    };
    assert(message);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strstr(message, rows[i].part))
            return rows[i].hint;
    return NULL;
}
