/* case.c: upper and lower case of Unicode text. */
#include "script/fusabi/library/case.h"

#include "base/utf8.h"

enum { SIGMA = 0x3A3, FINAL_SIGMA = 0x3C2 };

typedef struct mapping {
    const rf_fus_case_run *runs;
    const rf_fus_case_special *specials;
    size_t run_count, special_count;
} mapping;

static void put(rf_buffer *out, uint32_t c) {
    char bytes[4];
    rf_buffer_append(out, bytes, rf_utf8_encode(c, bytes));
}

static bool put_special(rf_buffer *out, const mapping *m, uint32_t c) {
    size_t low = 0, high = m->special_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const rf_fus_case_special *special = &m->specials[middle];
        if (special->c == c) {
            for (size_t i = 0; i < 3 && special->to[i]; i++)
                put(out, special->to[i]);
            return true;
        }
        if (special->c < c)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static uint32_t other_case(const mapping *m, uint32_t c) {
    size_t low = 0, high = m->run_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const rf_fus_case_run *run = &m->runs[middle];
        if (c > run->last)
            low = middle + 1;
        else if (c < run->first)
            high = middle;
        else
            return (c - run->first) % run->step ? c : (uint32_t)((int32_t)c + run->difference);
    }
    return c;
}

static bool is_within(const rf_fus_case_range *ranges, size_t count, uint32_t c) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else if (c < ranges[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}

static bool is_ignorable(uint32_t c) { return is_within(rf_fus_ignorable_ranges, rf_fus_ignorable_range_count, c); }
static bool is_cased(uint32_t c) { return is_within(rf_fus_cased_ranges, rf_fus_cased_range_count, c); }

/* Whether the sigma that ends at `end` is the last letter of a word: Unicode's Final_Sigma; `letter` tells of a cased letter
 * before it (ignorable characters apart). */
static bool ends_word(rf_slice text, size_t end, bool letter) {
    uint32_t c;
    size_t len;
    if (!letter)
        return false;
    for (; (len = rf_utf8_decode((rf_slice){ text.data + end, text.len - end }, &c)) > 0; end += len)
        if (!is_ignorable(c))
            return !is_cased(c);
    return true;
}

static void convert(rf_buffer *out, rf_slice text, const mapping *m, bool lower) {
    bool letter = false; /* the last character that is not ignorable was a cased one */
    for (size_t at = 0; at < text.len;) {
        uint32_t c = (uint8_t)text.data[at];
        size_t len = 1;
        if (c < 0x80) {
            bool other = lower ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
            rf_buffer_char(out, (char)(other ? c ^ 0x20 : c));
        } else {
            len = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
            if (len == 0)
                return; /* strings are valid UTF-8: never so */
            if (lower && c == SIGMA && ends_word(text, at + len, letter))
                put(out, FINAL_SIGMA);
            else if (!put_special(out, m, c))
                put(out, other_case(m, c));
        }
        if (lower && !is_ignorable(c))
            letter = is_cased(c);
        at += len;
    }
}

/* Most text is ASCII: nothing there needs a table. */
static size_t ascii_prefix(rf_slice text) {
    size_t at = 0;
    while (at < text.len && (uint8_t)text.data[at] < 0x80)
        at++;
    return at;
}

static void convert_all(rf_buffer *out, rf_slice text, const mapping *m, bool lower) {
    if (!rf_buffer_reserve(out, text.len))
        return;
    if (ascii_prefix(text) < text.len) {
        convert(out, text, m, lower);
        return;
    }
    char *to = out->data + out->len;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        to[i] = (lower ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z') ? (char)(c ^ 0x20) : c;
    }
    out->len += text.len;
}

void rf_fus_case_upper(rf_buffer *out, rf_slice text) {
    mapping m = { rf_fus_upper_runs, rf_fus_upper_specials, rf_fus_upper_run_count, rf_fus_upper_special_count };
    convert_all(out, text, &m, false);
}

void rf_fus_case_lower(rf_buffer *out, rf_slice text) {
    mapping m = { rf_fus_lower_runs, rf_fus_lower_specials, rf_fus_lower_run_count, rf_fus_lower_special_count };
    convert_all(out, text, &m, true);
}
