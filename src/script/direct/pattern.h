/* pattern.h: the simple regular expressions of simple scripts: one way through, groups that are not repeated. This folder's own. */
#ifndef RF_SCRIPT_DIRECT_PATTERN_H
#define RF_SCRIPT_DIRECT_PATTERN_H

#include "base/arena.h"

#include <stdbool.h>

#define RF_DIRECT_GROUPS 8u

typedef struct rf_direct_pattern rf_direct_pattern;

/* Where in the text a match stands; 0 is the whole. */
typedef struct rf_direct_found {
    const char *text;
    uint32_t begin[RF_DIRECT_GROUPS + 1], end[RF_DIRECT_GROUPS + 1];
    uint32_t count; /* groups, and the whole */
} rf_direct_found;

typedef enum rf_direct_answer { RF_DIRECT_NO, RF_DIRECT_YES, RF_DIRECT_UNKNOWN /* it takes too long */ } rf_direct_answer;

/* What stands between the slashes, and the letters behind them. NULL: not simple, or (*ret_nomem) out of memory. */
const rf_direct_pattern *rf_direct_pattern_compile(rf_arena *arena, rf_slice text, rf_slice flags, bool *ret_nomem);
bool rf_direct_pattern_is_global(const rf_direct_pattern *pattern);
/* The first match at or behind `from`. The text is ASCII. */
rf_direct_answer rf_direct_pattern_find(const rf_direct_pattern *pattern, rf_slice text, size_t from, rf_direct_found *ret_found);

#endif
