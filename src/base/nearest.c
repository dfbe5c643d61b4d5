/* nearest.c: the candidate that a misspelt word was meant to be. */
#include "base/nearest.h"

#include "base/slice.h"

#include <assert.h>

enum { WORD_MAX = 64 }; /* nobody means a field by a longer word */

static char fold(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c + ('a' - 'A'));
    return c == '-' ? '_' : c;
}

static int least(int a, int b) { return a < b ? a : b; }

/* Damerau-Levenshtein (neighbours swapped count once): three rows of the usual matrix. */
static int distance(rf_slice a, rf_slice b) {
    assert(a.len <= WORD_MAX && b.len <= WORD_MAX);
    int rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= a.len; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = fold(a.data[i - 1]), y = fold(b.data[j - 1]);
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == fold(b.data[j - 2]) && fold(a.data[i - 2]) == y)
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

static bool is_prefix(rf_slice shorter, rf_slice longer) {
    if (shorter.len < 3 || shorter.len > longer.len)
        return false;
    return distance(shorter, (rf_slice){ longer.data, shorter.len }) == 0;
}

const char *rf_nearest(rf_slice word, const char *const *candidates) {
    assert(candidates);
    if (word.len == 0 || word.len > WORD_MAX)
        return NULL;
    int limit = word.len < 6 ? 1 : (int)(word.len / 3);
    const char *best = NULL, *by_prefix = NULL;
    int best_distance = limit + 1;
    for (; *candidates; candidates++) {
        rf_slice candidate = rf_slice_of(*candidates);
        if (candidate.len > WORD_MAX)
            continue;
        int away = distance(word, candidate);
        if (away < best_distance) {
            best_distance = away;
            best = *candidates;
        }
        if (!by_prefix && (is_prefix(word, candidate) || is_prefix(candidate, word)))
            by_prefix = *candidates;
    }
    return best ? best : by_prefix;
}
