/* manifest_comment.c: the manifest in the comments at the top of a script. */
#include "plugin/manifest_internal.h"

#include "base/slice.h"

#include <assert.h>

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static rf_slice from(rf_slice text, size_t at) { return (rf_slice){ text.data + at, text.len - at }; }

/* "@word: value" into the manifest; anything else is a remark. */
static void read_remark(rf_manifest_reader *reader, rf_slice remark) {
    remark = rf_slice_trim(remark);
    size_t end = 1;
    if (remark.len < 2 || remark.data[0] != '@')
        return;
    while (end < remark.len && is_word(remark.data[end]))
        end++;
    rf_slice word = { remark.data + 1, end - 1 };
    if (word.len == 0 || end == remark.len || remark.data[end] != ':' || rf_slice_is(word, "strict"))
        return;
    rf_slice raw = rf_slice_trim(from(remark, end + 1));
    if (raw.len == 0)
        raw.data = remark.data + end; /* the place of what is missing */
    const char *text = reader->source->text.data;
    rf_manifest_value value = {
        .key = word, .key_offset = (size_t)(word.data - text), .offset = (size_t)(raw.data - text), .raw = raw,
    };
    rf_manifest_set(reader, &value);
}

/* Where a comment block ends (behind its mark); blocks of Fusabi hold others. 0: it is not closed. */
static size_t find_close(rf_slice text, bool is_fusabi) {
    char first = is_fusabi ? '(' : '/', last = is_fusabi ? ')' : '/';
    size_t depth = 1;
    for (size_t i = 2; i + 1 < text.len; i++) {
        if (text.data[i] == '*' && text.data[i + 1] == last) {
            i++;
            if (--depth == 0)
                return i + 1;
        } else if (is_fusabi && text.data[i] == first && text.data[i + 1] == '*') {
            i++;
            depth++;
        }
    }
    return 0;
}

static rf_slice line_of(rf_slice text) {
    size_t len = rf_slice_find(text, '\n');
    return (rf_slice){ text.data, len };
}

/* Passes one comment with what is blank behind it; false: the script's code begins. */
static bool read_comment(rf_manifest_reader *reader, rf_slice *rest) {
    rf_slice line = line_of(*rest);
    if (rf_slice_starts(line, RF_SLICE("//"))) {
        read_remark(reader, from(line, 2));
        *rest = from(*rest, line.len);
        return true;
    }
    bool is_fusabi = rf_slice_starts(line, RF_SLICE("(*"));
    if (!is_fusabi && !rf_slice_starts(line, RF_SLICE("/*")))
        return false;
    size_t end = find_close(*rest, is_fusabi);
    if (end == 0)
        return false;
    if (end <= line.len)
        read_remark(reader, (rf_slice){ rest->data + 2, end - 4 });
    *rest = from(*rest, end);
    return true;
}

void rf_manifest_read_comments(rf_manifest_reader *reader) {
    rf_slice rest = reader->source->text;
    if (!rest.data)
        return;
    if (rf_slice_starts(rest, RF_SLICE("\xEF\xBB\xBF")))
        rest = from(rest, 3);
    if (rf_slice_starts(rest, RF_SLICE("#!")))
        rest = from(rest, rf_slice_find(rest, '\n'));
    for (;;) {
        size_t blanks = 0;
        while (blanks < rest.len && (rest.data[blanks] == ' ' || (rest.data[blanks] >= '\t' && rest.data[blanks] <= '\r')))
            blanks++;
        rest = from(rest, blanks);
        if (rest.len == 0 || !read_comment(reader, &rest))
            return;
    }
}
