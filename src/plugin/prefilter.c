/* prefilter.c: patterns in, owners out: adding them, and the pass over a line. */
#include "plugin/prefilter.h"

#include "base/slice.h"
#include "plugin/prefilter_internal.h"

#include <assert.h>

rf_code rf_prefilter_new(rf_prefilter **ret_filter, rf_error *reterr) {
    rf_prefilter *filter = rf_alloc_zero(1, sizeof *filter);
    if (!filter)
        return rf_raise_nomem(reterr);
    filter->dfa.cache_bytes_max = RF_PF_CACHE_BYTES_MAX;
    *ret_filter = filter;
    return RF_OK;
}

void rf_prefilter_free(rf_prefilter *filter) {
    if (!filter)
        return;
    rf_pf_dfa_done(&filter->dfa);
    rf_vec_done(&filter->nfa);
    rf_vec_done(&filter->starts);
    rf_free(filter);
}

/* ---- Adding ---- */

static rf_code refuse_whole(rf_code code, const char *why, const char *hint, rf_error *reterr) {
    (void)rf_raise(reterr, code, "%s", why);
    if (hint)
        rf_error_hint(reterr, "%s", hint);
    rf_error_place(reterr, NULL, 1, 1);
    return code;
}

/* "/…/" or "/…/i" with something between the slashes; *ret_end is where the last slash stands. */
static bool is_expression(rf_slice pattern, size_t *ret_end, bool *ret_fold) {
    size_t len = pattern.len;
    *ret_fold = len > 0 && pattern.data[len - 1] == 'i';
    len -= *ret_fold;
    if (len < 3 || pattern.data[0] != '/' || pattern.data[len - 1] != '/')
        return false;
    *ret_end = len - 1;
    return true;
}

static rf_code compile(rf_prefilter *filter, uint32_t owner, rf_slice pattern, uint16_t *ret_start, rf_error *reterr) {
    size_t end;
    bool fold;
    if (!is_expression(pattern, &end, &fold))
        return rf_pf_compile_literal(&filter->nfa, pattern, owner, ret_start, reterr);
    rf_arena arena;
    rf_arena_init(&arena, 2048);
    rf_pf_node *root = NULL;
    rf_code code = rf_pf_parse(&arena, pattern, 1, end, fold, &root, reterr);
    if (!code)
        code = rf_pf_compile(&filter->nfa, root, owner, ret_start, reterr);
    rf_arena_done(&arena);
    return code;
}

rf_code rf_prefilter_add(rf_prefilter *filter, uint32_t owner, rf_slice pattern, rf_error *reterr) {
    assert(filter && owner < RF_PREFILTER_OWNERS_MAX);
    if (pattern.len == 0)
        return refuse_whole(RF_ECONFIG, "an empty pattern is in every line", "leave it out to get every line", reterr);
    if (pattern.len > RF_PF_PATTERN_BYTES_MAX)
        return refuse_whole(RF_ELIMIT, "a pattern of more than 4096 bytes", NULL, reterr);
    size_t before = filter->nfa.count;
    uint16_t start = 0;
    rf_code code = compile(filter, owner, pattern, &start, reterr);
    if (!code && !rf_vec_push(&filter->starts, start))
        code = rf_raise_nomem(reterr);
    if (code)
        filter->nfa.count = before; /* nothing leads to what was added */
    else
        rf_pf_dfa_done(&filter->dfa);
    return code;
}

rf_code rf_prefilter_check(rf_slice pattern, rf_error *reterr) {
    rf_prefilter *filter = NULL;
    rf_code code = rf_prefilter_new(&filter, reterr);
    if (!code)
        code = rf_prefilter_add(filter, 0, pattern, reterr);
    rf_prefilter_free(filter);
    return code;
}

/* ---- Matching ---- */

/* In the resting state: the next byte that cannot be passed over. The line's last byte never is. */
static const uint8_t *skip_pairs(rf_prefilter *filter, const uint8_t *at, const uint8_t *end) {
    const rf_pf_dfa *dfa = &filter->dfa;
    const uint8_t *pairs = dfa->pairs, *classes = dfa->classes;
    const uint16_t *rows = dfa->rows;
    for (;;) {
        while (end - at > 4 && !(pairs[rows[at[0]] + classes[at[1]]] | pairs[rows[at[1]] + classes[at[2]]] |
                                 pairs[rows[at[2]] + classes[at[3]]] | pairs[rows[at[3]] + classes[at[4]]]))
            at += 4;
        while (end - at > 1 && !pairs[rows[at[0]] + classes[at[1]]])
            at++;
        if (end - at < 2 || pairs[rows[at[0]] + classes[at[1]]] != RF_PF_PAIR_UNKNOWN)
            return at;
        if (rf_pf_dfa_pair(filter, classes[at[0]], classes[at[1]]) != RF_PF_PAIR_SKIP)
            return at;
    }
}

/* The same when just one byte begins anything: the C library's search is quicker than ours. */
static const uint8_t *skip_to_single(rf_prefilter *filter, const uint8_t *at, const uint8_t *end) {
    const rf_pf_dfa *dfa = &filter->dfa;
    for (;;) {
        at = memchr(at, dfa->single, (size_t)(end - at));
        if (!at || end - at < 2)
            return at ? at : end;
        uint8_t pair = dfa->pairs[dfa->rows[at[0]] + dfa->classes[at[1]]];
        if (pair == RF_PF_PAIR_UNKNOWN)
            pair = rf_pf_dfa_pair(filter, dfa->classes[at[0]], dfa->classes[at[1]]);
        if (pair != RF_PF_PAIR_SKIP)
            return at;
        at++;
    }
}

/* Passes over what leaves the resting state as it is; false: no memory for it any more. */
static bool skip(rf_prefilter *filter, const uint8_t **at, const uint8_t *end) {
    if (*at < end)
        *at = filter->dfa.single >= 0 ? skip_to_single(filter, *at, end) : skip_pairs(filter, *at, end);
    return rf_pf_dfa_roots(filter); /* learning pairs may have emptied the cache */
}

/* From an ordinary state through ordinary ones; returns the first step that is special or unknown (RF_PF_UNKNOWN is both). */
static inline uint32_t run(const rf_pf_dfa *dfa, uint32_t *state, const uint8_t **at, const uint8_t *end) {
    const uint32_t *steps = dfa->steps;
    const uint8_t *classes = dfa->classes, *p = *at;
    uint32_t from = *state, step = from;
    while (p < end) {
        step = steps[from + classes[*p]];
        if (step & RF_PF_SPECIAL)
            break;
        from = step;
        p++;
    }
    *state = from;
    *at = p;
    return step;
}

static uint64_t scan(rf_prefilter *filter, rf_slice line, uint64_t wanted) {
    const rf_pf_dfa *dfa = &filter->dfa;
    const uint8_t *at = (const uint8_t *)line.data, *end = at + line.len;
    uint32_t state = dfa->begin;
    uint64_t hits = rf_pf_dfa_state(dfa, state)->mask & wanted;
    while (hits != wanted) {
        if (state == dfa->rest) {
            if (!skip(filter, &at, end))
                return wanted;
            state = dfa->rest;
        }
        uint32_t step = run(dfa, &state, &at, end);
        if (at == end)
            return hits | (rf_pf_dfa_state(dfa, state)->end_mask & wanted);
        if (step == RF_PF_UNKNOWN) {
            step = rf_pf_dfa_step(filter, state, dfa->classes[*at]);
            if (step == RF_PF_UNKNOWN || !rf_pf_dfa_roots(filter)) /* the roots are as old as the cache */
                return wanted;
        }
        at++;
        state = step & ~RF_PF_SPECIAL;
        const rf_pf_dstate *arrived = rf_pf_dfa_state(dfa, state);
        hits |= arrived->mask & wanted;
        if (arrived->set_len == 0)
            return hits;
    }
    return hits;
}

uint64_t rf_prefilter_match(rf_prefilter *filter, rf_slice line, uint64_t wanted) {
    assert(filter);
    if (wanted == 0 || filter->starts.count == 0)
        return 0;
    if ((!filter->dfa.ready && !rf_pf_dfa_prepare(filter)) || !rf_pf_dfa_roots(filter))
        return wanted;
    return scan(filter, line.len ? line : RF_SLICE(""), wanted);
}
