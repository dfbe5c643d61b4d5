/* prefilter_class.c: sets of characters in a pattern: joined, turned round, without regard to case. */
#include "plugin/prefilter_internal.h"

#include <assert.h>
#include <stdlib.h>

bool rf_pf_set_add(rf_pf_set *set, uint32_t lo, uint32_t hi) {
    assert(lo <= hi && hi <= RF_PF_CHAR_MAX);
    return rf_vec_push(set, (rf_pf_range){ lo, hi });
}

static int compare_lo(const void *a, const void *b) {
    uint32_t one = ((const rf_pf_range *)a)->lo, other = ((const rf_pf_range *)b)->lo;
    return one < other ? -1 : one > other;
}

void rf_pf_set_join(rf_pf_set *set) {
    if (set->count < 2)
        return;
    qsort(set->items, set->count, sizeof *set->items, compare_lo);
    size_t kept = 0;
    for (size_t i = 1; i < set->count; i++) {
        rf_pf_range *last = &set->items[kept], *range = &set->items[i];
        if (range->lo > last->hi + 1)
            set->items[++kept] = *range;
        else if (range->hi > last->hi)
            last->hi = range->hi;
    }
    set->count = kept + 1;
}

bool rf_pf_set_negate(rf_pf_set *set) {
    rf_pf_set_join(set);
    uint32_t from = 0; /* the first character that is not dealt with */
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        rf_pf_range range = set->items[i];
        if (range.lo > from)
            set->items[kept++] = (rf_pf_range){ from, range.lo - 1 }; /* never more than were read */
        from = range.hi + 1;
    }
    set->count = kept;
    return from > RF_PF_CHAR_MAX || rf_pf_set_add(set, from, RF_PF_CHAR_MAX);
}

/* Capital letters from lo to hi: the small one is `delta` further; delta 1: capital and small letter take turns. */
typedef struct case_row { uint16_t lo, hi, delta; } case_row;
static const case_row case_rows[] = {
    { 'A', 'Z', 32 },        { 0x00C0, 0x00D6, 32 }, { 0x00D8, 0x00DE, 32 }, { 0x0100, 0x012E, 1 },  { 0x0132, 0x0136, 1 },
    { 0x0139, 0x0147, 1 },   { 0x014A, 0x0176, 1 },  { 0x0179, 0x017D, 1 },  { 0x0386, 0x0386, 38 }, { 0x0388, 0x038A, 37 },
    { 0x038C, 0x038C, 64 },  { 0x038E, 0x038F, 63 }, { 0x0391, 0x03A1, 32 }, { 0x03A3, 0x03AB, 32 }, { 0x0400, 0x040F, 80 },
    { 0x0410, 0x042F, 32 },  { 0x0460, 0x0480, 1 },  { 0x048A, 0x04BE, 1 },  { 0x04C1, 0x04CD, 1 },  { 0x04D0, 0x052E, 1 },
    { 0x0531, 0x0556, 48 },  { 0x1E00, 0x1E94, 1 },  { 0x1EA0, 0x1EFE, 1 },
};

/* The part of `range` from lo to hi, moved; true when there is none, too. */
static bool add_moved(rf_pf_set *set, rf_pf_range range, uint32_t lo, uint32_t hi, int32_t by) {
    uint32_t from = range.lo > lo ? range.lo : lo, to = range.hi < hi ? range.hi : hi;
    return from > to || rf_pf_set_add(set, (uint32_t)((int32_t)from + by), (uint32_t)((int32_t)to + by));
}

/* The same where letters take turns: each pair that has one letter in the range is in as a whole. */
static bool add_pairs(rf_pf_set *set, rf_pf_range range, uint32_t lo, uint32_t hi) {
    uint32_t from = range.lo > lo ? range.lo : lo, to = range.hi < hi ? range.hi : hi;
    return from > to || rf_pf_set_add(set, from - ((from - lo) & 1), to + !((to - lo) & 1));
}

bool rf_pf_set_fold(rf_pf_set *set) {
    rf_pf_set_join(set);
    size_t count = set->count; /* what is added below is the other case already */
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sizeof case_rows / sizeof *case_rows; k++) {
            const case_row *row = &case_rows[k];
            rf_pf_range range = set->items[i];
            bool good = row->delta == 1 ? add_pairs(set, range, row->lo, row->hi + 1u)
                                        : add_moved(set, range, row->lo, row->hi, row->delta) &&
                                              add_moved(set, range, row->lo + row->delta, row->hi + row->delta, -(int32_t)row->delta);
            if (!good)
                return false;
        }
    return true;
}
