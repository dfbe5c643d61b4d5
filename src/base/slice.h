/* slice.h: comparing, cutting and converting slices. */
#ifndef RF_BASE_SLICE_H
#define RF_BASE_SLICE_H

#include "riffle/base.h"

#include <stdbool.h>
#include <string.h>

static inline rf_slice rf_slice_of(const char *text) { return (rf_slice){ text, text ? strlen(text) : 0 }; }
static inline bool rf_slice_eq(rf_slice a, rf_slice b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
static inline bool rf_slice_is(rf_slice a, const char *text) { return rf_slice_eq(a, rf_slice_of(text)); }
/* Bytewise order, shorter first among equals: <0, 0, >0. */
int rf_slice_compare(rf_slice a, rf_slice b);
static inline bool rf_slice_starts(rf_slice slice, rf_slice prefix) {
    return prefix.len <= slice.len && rf_slice_eq((rf_slice){ slice.data, prefix.len }, prefix);
}
static inline bool rf_slice_ends(rf_slice slice, rf_slice suffix) {
    return suffix.len <= slice.len && (suffix.len == 0 || memcmp(slice.data + (slice.len - suffix.len), suffix.data, suffix.len) == 0);
}
/* ASCII letters compared without case. */
bool rf_slice_eq_nocase(rf_slice a, rf_slice b);
/* Index of the first `c`, or `slice.len`. */
size_t rf_slice_find(rf_slice slice, char c);
/* Without ASCII blanks (space, \t \r \n \v \f) at both ends. */
rf_slice rf_slice_trim(rf_slice slice);
/* Without Unicode white space at both ends (what Go's strings.TrimSpace takes off). */
rf_slice rf_slice_trim_unicode(rf_slice slice);
/* Good for tables of this process, and for nothing that is kept; not for hostile keys without a bound on the table. */
uint32_t rf_slice_hash(rf_slice slice);

#endif
