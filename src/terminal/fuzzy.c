/* fuzzy.c: how well a text fits what somebody types to find it. */
#include "terminal/fuzzy.h"

#include "base/utf8.h"

#include <assert.h>
#include <string.h>

enum {
    SCORE_LETTER = 16,
    BONUS_WORD = 10,      /* at the beginning of a word */
    BONUS_FIRST = 6,      /* of the text, besides */
    BONUS_TOGETHER = 12,  /* right behind the letter before it */
    COST_GAP_MAX = 8,     /* by one a letter that is passed over */
    NO_WAY = -10000,
};

typedef struct letters {
    uint32_t chars[RF_FUZZY_TEXT_MAX];
    uint16_t at[RF_FUZZY_TEXT_MAX + 1]; /* first byte of each, and behind the last */
    size_t count;
} letters;

static uint32_t fold(uint32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }
static bool is_word(uint32_t c) { return c >= 0x80 || (c >= '0' && c <= '9') || (fold(c) >= 'a' && fold(c) <= 'z'); }

static void read_letters(rf_slice text, bool blanks, size_t most, letters *ret) {
    ret->count = 0;
    for (size_t at = 0; at < text.len && ret->count < most;) {
        uint32_t c = 0xFFFD;
        size_t bytes = rf_utf8_decode((rf_slice){ text.data + at, text.len - at }, &c);
        bytes = bytes ? bytes : 1;
        if (blanks || c != ' ') {
            ret->chars[ret->count] = c;
            ret->at[ret->count++] = (uint16_t)at;
        }
        at += bytes;
        ret->at[ret->count] = (uint16_t)at;
    }
}

static int bonus_at(const letters *text, size_t at) {
    if (at == 0)
        return BONUS_WORD + BONUS_FIRST;
    uint32_t before = text->chars[at - 1], here = text->chars[at];
    bool hump = here >= 'A' && here <= 'Z' && before >= 'a' && before <= 'z';
    return is_word(here) && (!is_word(before) || hump) ? BONUS_WORD : 0;
}

typedef struct table {
    int16_t best[RF_FUZZY_PATTERN_MAX][RF_FUZZY_TEXT_MAX]; /* with that letter of the pattern at that of the text */
    uint8_t from[RF_FUZZY_PATTERN_MAX][RF_FUZZY_TEXT_MAX]; /* where the letter before it stands then */
} table;

/* One letter of the pattern. `way`: the best that ends before here, made worse by what lies between. */
static void fill_row(table *t, const letters *pattern, const letters *text, size_t row) {
    int way = NO_WAY;
    uint8_t way_from = 0;
    int lost = 0;
    for (size_t at = 0; at < text->count; at++) {
        int before = row == 0 ? (at < COST_GAP_MAX ? -(int)at : -COST_GAP_MAX) : way - (lost < COST_GAP_MAX ? lost : COST_GAP_MAX);
        uint8_t from = way_from;
        int close = row && at ? t->best[row - 1][at - 1] + BONUS_TOGETHER : NO_WAY;
        if (row && at && close >= before) {
            before = close;
            from = (uint8_t)(at - 1);
        }
        bool here = fold(pattern->chars[row]) == fold(text->chars[at]) && before > NO_WAY / 2;
        t->best[row][at] = (int16_t)(here ? before + SCORE_LETTER + bonus_at(text, at) : NO_WAY);
        t->from[row][at] = from;
        lost++;
        if (row && at && t->best[row - 1][at - 1] > way - lost) {
            way = t->best[row - 1][at - 1];
            way_from = (uint8_t)(at - 1);
            lost = 1;
        }
    }
}

static void mark(const table *t, const letters *pattern, const letters *text, size_t at, bool *matched, size_t matched_len) {
    for (size_t row = pattern->count; row-- > 0; at = t->from[row][at])
        for (size_t byte = text->at[at]; byte < text->at[at + 1] && byte < matched_len; byte++)
            matched[byte] = true;
}

int rf_fuzzy_score(rf_slice pattern_text, rf_slice whole, bool *ret_matched, size_t matched_len) {
    letters pattern, text;
    table t;
    if (ret_matched)
        memset(ret_matched, 0, matched_len * sizeof *ret_matched);
    read_letters(pattern_text, false, RF_FUZZY_PATTERN_MAX, &pattern);
    read_letters(whole, true, RF_FUZZY_TEXT_MAX, &text);
    if (pattern.count == 0)
        return 0;
    if (pattern.count > text.count)
        return RF_FUZZY_NONE;
    for (size_t row = 0; row < pattern.count; row++)
        fill_row(&t, &pattern, &text, row);
    size_t at = 0;
    const int16_t *last = t.best[pattern.count - 1];
    for (size_t i = 1; i < text.count; i++)
        if (last[i] > last[at])
            at = i;
    if (last[at] <= NO_WAY / 2)
        return RF_FUZZY_NONE;
    if (ret_matched)
        mark(&t, &pattern, &text, at, ret_matched, matched_len);
    return last[at] > 0 ? last[at] : 0;
}
