/* prefilter.h: one automaton for what all plugins of a chain look for in a line. */
#ifndef RF_PLUGIN_PREFILTER_H
#define RF_PLUGIN_PREFILTER_H

#include "riffle/error.h"

#include <stdbool.h>

#define RF_PREFILTER_OWNERS_MAX 64u

/*
 * Literals and regular expressions, compiled into one lazily built DFA: one pass over a line, linear in its length, says
 * whose patterns are in it. One thread at a time (states are made while matching; their memory is bounded: a full
 * cache is emptied and built anew).
 */
typedef struct rf_prefilter rf_prefilter;

RF_NODISCARD rf_code rf_prefilter_new(rf_prefilter **ret_filter, rf_error *reterr);
void rf_prefilter_free(rf_prefilter *filter); /* NULL is fine */
/*
 * Adds what `owner` (0 … 63) looks for: a literal, or "/regex/" or "/regex/i". The syntax: . [] [^] ranges, \d \w \s and their
 * capitals (ASCII), ^ $ (the line's ends), ( ) (?: ), |, * + ? {m,n}, escapes, all on UTF-8 characters; i: Latin, Greek, Cyrillic and
 * Armenian letters. Not: references back, looking around, \b (RF_ECONFIG says so). Errors: RF_ECONFIG, also for an empty pattern (the
 * place's column is within the pattern); RF_ELIMIT too large; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_prefilter_add(rf_prefilter *filter, uint32_t owner, rf_slice pattern, rf_error *reterr);
/* Checks a pattern as rf_prefilter_add() would. */
RF_NODISCARD rf_code rf_prefilter_check(rf_slice pattern, rf_error *reterr);
/* Bits of the owners whose pattern is in the line (a text as scripts see it: `.` and [^ ] are characters of UTF-8, other bytes are found by
 * literals only); only those of `wanted` are looked for (it stops once all were found).
 * Without memory for a state: `wanted` (a hook too many is no harm). Cost: about a nanosecond a byte. */
uint64_t rf_prefilter_match(rf_prefilter *filter, rf_slice line, uint64_t wanted);

#endif
