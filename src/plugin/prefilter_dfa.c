/* prefilter_dfa.c: states of the DFA, made when a line first needs them, in a cache of bounded size. */
#include "plugin/prefilter_internal.h"

#include <assert.h>
#include <string.h>

enum { CAP_FIRST = 16, SETS_FIRST = 256, KEPT_MIN = 4 };

/* ---- Tables ---- */

/* Bytes at which some state's range begins, or has just ended, part the classes. */
static void make_classes(rf_prefilter *filter) {
    rf_pf_dfa *dfa = &filter->dfa;
    bool begins[257] = { false };
    for (size_t i = 0; i < filter->nfa.count; i++) {
        const rf_pf_state *state = &filter->nfa.items[i];
        if (state->kind == RF_PF_BYTES && state->lo <= state->hi)
            begins[state->lo] = begins[state->hi + 1] = true;
    }
    uint32_t class = 0;
    dfa->examples[0] = 0;
    for (uint32_t byte = 0; byte < 256; byte++) {
        if (byte > 0 && begins[byte])
            dfa->examples[++class] = (uint8_t)byte;
        dfa->classes[byte] = (uint8_t)class;
    }
    dfa->class_count = class + 1;
    for (uint32_t byte = 0; byte < 256; byte++)
        dfa->rows[byte] = (uint16_t)(dfa->classes[byte] * dfa->class_count);
}

/* The bytes that lead out of the resting state, if it is only one. */
static int find_single(const rf_pf_dfa *dfa, const rf_pf_nfa *nfa, const rf_pf_dstate *rest) {
    int found = -1;
    for (uint32_t i = 0; i < rest->set_len; i++) {
        const rf_pf_state *state = &nfa->items[dfa->sets[rest->set_at + i]];
        if (state->kind != RF_PF_BYTES || state->lo > state->hi)
            continue;
        if (state->lo != state->hi || (found >= 0 && found != state->lo))
            return -1;
        found = state->lo;
    }
    return found;
}

void rf_pf_dfa_done(rf_pf_dfa *dfa) {
    size_t cache_bytes_max = dfa->cache_bytes_max;
    rf_free(dfa->pairs);
    rf_free(dfa->steps);
    rf_free(dfa->states);
    rf_free(dfa->sets);
    rf_free(dfa->slots);
    rf_free(dfa->marks);
    rf_free(dfa->stack);
    rf_free(dfa->set);
    *dfa = (rf_pf_dfa){ .cache_bytes_max = cache_bytes_max };
}

bool rf_pf_dfa_prepare(rf_prefilter *filter) {
    rf_pf_dfa *dfa = &filter->dfa;
    size_t states = filter->nfa.count + 1;
    make_classes(filter);
    size_t pair_count = (size_t)dfa->class_count * dfa->class_count;
    dfa->pairs = rf_alloc(pair_count);
    dfa->marks = rf_alloc_zero(states / 64 + 1, sizeof *dfa->marks);
    dfa->stack = rf_alloc(states * sizeof *dfa->stack);
    dfa->set = rf_alloc(states * sizeof *dfa->set);
    if (!dfa->pairs || !dfa->marks || !dfa->stack || !dfa->set) {
        rf_pf_dfa_done(dfa);
        return false;
    }
    memset(dfa->pairs, RF_PF_PAIR_UNKNOWN, pair_count);
    dfa->begin = dfa->rest = RF_PF_UNKNOWN;
    dfa->single = -1;
    dfa->ready = true;
    return true;
}

/* ---- Sets of NFA states ---- */

static bool is_marked(const rf_pf_dfa *dfa, uint16_t state) { return dfa->marks[state / 64] >> (state % 64) & 1; }

/* Marks a state and all that it leads to without a byte. Returns the owners whose patterns are complete there. */
static uint64_t mark(rf_prefilter *filter, uint16_t from, bool at_start, bool at_end) {
    rf_pf_dfa *dfa = &filter->dfa;
    uint64_t mask = 0;
    uint32_t depth = 0;
    dfa->stack[depth++] = from;
    while (depth > 0) {
        uint16_t number = dfa->stack[--depth];
        if (is_marked(dfa, number))
            continue;
        dfa->marks[number / 64] |= UINT64_C(1) << (number % 64);
        const rf_pf_state *state = &filter->nfa.items[number];
        if (state->kind == RF_PF_ACCEPT)
            mask |= UINT64_C(1) << state->lo;
        bool follows = state->kind == RF_PF_SPLIT || (state->kind == RF_PF_AT_START && at_start) || (state->kind == RF_PF_AT_END && at_end);
        if (follows && !is_marked(dfa, state->out))
            dfa->stack[depth++] = state->out;
        if (state->kind == RF_PF_SPLIT && !is_marked(dfa, state->other))
            dfa->stack[depth++] = state->other;
    }
    return mask;
}

/* Clears the marks; those worth keeping (that wait for a byte or for the end) go into dfa->set, in order. */
static uint32_t gather(rf_prefilter *filter) {
    rf_pf_dfa *dfa = &filter->dfa;
    uint32_t count = 0;
    for (size_t word = 0; word < filter->nfa.count / 64 + 1; word++) {
        for (uint64_t bits = dfa->marks[word]; bits; bits &= bits - 1) {
            uint16_t number = (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
            uint8_t kind = filter->nfa.items[number].kind;
            if (kind == RF_PF_BYTES || kind == RF_PF_AT_END)
                dfa->set[count++] = number;
        }
        dfa->marks[word] = 0;
    }
    return count;
}

static void clear_marks(rf_prefilter *filter) {
    memset(filter->dfa.marks, 0, (filter->nfa.count / 64 + 1) * sizeof *filter->dfa.marks);
}

/* The owners that are satisfied when the line ends with the states of dfa->set. Marks are clear before and after. */
static uint64_t mask_at_end(rf_prefilter *filter, uint32_t count, bool at_start) {
    uint64_t mask = 0;
    bool any = false;
    for (uint32_t i = 0; i < count; i++)
        if (filter->nfa.items[filter->dfa.set[i]].kind == RF_PF_AT_END) {
            mask |= mark(filter, filter->dfa.set[i], at_start, true);
            any = true;
        }
    if (any)
        clear_marks(filter);
    return mask;
}

/* ---- The cache ---- */

static size_t cache_bytes(const rf_pf_dfa *dfa, uint32_t cap, uint32_t sets_cap) {
    return cap * (sizeof *dfa->states + (size_t)dfa->class_count * sizeof *dfa->steps + 4 * sizeof *dfa->slots) +
           sets_cap * sizeof *dfa->sets;
}

static void empty_cache(rf_pf_dfa *dfa) {
    dfa->count = 0;
    dfa->sets_len = 0;
    dfa->begin = dfa->rest = RF_PF_UNKNOWN;
    dfa->generation++;
    if (dfa->slot_count)
        memset(dfa->slots, 0, dfa->slot_count * sizeof *dfa->slots);
}

static uint32_t hash_state(const rf_pf_dstate *state, const uint16_t *set) {
    uint64_t hash = (state->mask ^ state->end_mask * 31) * UINT64_C(0x9E3779B97F4A7C15) + state->set_len;
    for (uint32_t i = 0; i < state->set_len; i++)
        hash = (hash ^ set[i]) * UINT64_C(0x100000001B3);
    return (uint32_t)(hash ^ hash >> 32);
}

static void put_slot(rf_pf_dfa *dfa, uint32_t hash, uint32_t number) {
    uint32_t at = hash & (dfa->slot_count - 1);
    while (dfa->slots[at])
        at = (at + 1) & (dfa->slot_count - 1);
    dfa->slots[at] = number + 1;
}

/* Twice the states. Each array on its own: what has grown when the next one cannot is merely larger. */
static bool grow_states(rf_pf_dfa *dfa) {
    uint32_t cap = dfa->cap ? dfa->cap * 2 : CAP_FIRST;
    rf_pf_dstate *states = rf_realloc(dfa->states, cap * sizeof *states);
    if (states)
        dfa->states = states;
    uint32_t *steps = states ? rf_realloc(dfa->steps, (size_t)cap * dfa->class_count * sizeof *steps) : NULL;
    if (steps)
        dfa->steps = steps;
    uint32_t *slots = steps ? rf_alloc_zero(2u * cap, sizeof *slots) : NULL;
    if (!slots)
        return false;
    rf_free(dfa->slots);
    dfa->slots = slots;
    dfa->slot_count = 2 * cap;
    dfa->cap = cap;
    for (uint32_t i = 0; i < dfa->count; i++)
        put_slot(dfa, dfa->states[i].hash, i);
    return true;
}

static bool grow_sets(rf_pf_dfa *dfa, uint32_t more) {
    uint32_t cap = dfa->sets_cap ? dfa->sets_cap : SETS_FIRST;
    while (cap - dfa->sets_len < more)
        cap *= 2;
    uint16_t *sets = rf_realloc(dfa->sets, cap * sizeof *sets);
    if (!sets)
        return false;
    dfa->sets = sets;
    dfa->sets_cap = cap;
    return true;
}

/* Room for one more state with a set of that size; the cache is emptied when it would get too large. It then takes a few
 * states whatever they need: the one that did not fit, and the two roots. False: no memory. */
static bool make_room(rf_pf_dfa *dfa, uint32_t set_len) {
    bool states_full = dfa->count == dfa->cap, sets_full = dfa->sets_cap - dfa->sets_len < set_len;
    if (!states_full && !sets_full)
        return true;
    uint32_t cap = states_full ? dfa->cap * 2 : dfa->cap, sets_cap = sets_full ? dfa->sets_cap * 2 : dfa->sets_cap;
    if (dfa->count >= KEPT_MIN && cache_bytes(dfa, cap, sets_cap) > dfa->cache_bytes_max)
        empty_cache(dfa);
    if (dfa->count == dfa->cap && !grow_states(dfa))
        return false;
    return dfa->sets_cap - dfa->sets_len >= set_len || grow_sets(dfa, set_len);
}

static uint32_t step_value(const rf_pf_dfa *dfa, uint32_t number) {
    const rf_pf_dstate *state = &dfa->states[number];
    uint32_t value = number * dfa->class_count;
    return state->mask || state->set_len == 0 || value == dfa->rest ? value | RF_PF_SPECIAL : value;
}

static uint32_t find_state(const rf_pf_dfa *dfa, const rf_pf_dstate *wanted) {
    for (uint32_t at = wanted->hash; dfa->slot_count; at++) {
        uint32_t number = dfa->slots[at & (dfa->slot_count - 1)];
        if (number == 0)
            break;
        const rf_pf_dstate *state = &dfa->states[number - 1];
        if (state->hash == wanted->hash && state->mask == wanted->mask && state->end_mask == wanted->end_mask &&
            state->set_len == wanted->set_len &&
            (wanted->set_len == 0 || memcmp(dfa->sets + state->set_at, dfa->set, wanted->set_len * sizeof *dfa->set) == 0))
            return number - 1;
    }
    return UINT32_MAX;
}

/* The number of the state that stands for the marks; UINT32_MAX: no memory. */
static uint32_t take_marks(rf_prefilter *filter, uint64_t mask, bool at_start) {
    rf_pf_dfa *dfa = &filter->dfa;
    rf_pf_dstate state = { .mask = mask, .set_len = gather(filter) };
    state.end_mask = mask_at_end(filter, state.set_len, at_start);
    state.hash = hash_state(&state, dfa->set);
    uint32_t number = find_state(dfa, &state);
    if (number != UINT32_MAX || !make_room(dfa, state.set_len))
        return number;
    number = dfa->count++;
    state.set_at = dfa->sets_len;
    if (state.set_len)
        memcpy(dfa->sets + state.set_at, dfa->set, state.set_len * sizeof *dfa->set);
    dfa->sets_len += state.set_len;
    dfa->states[number] = state;
    memset(dfa->steps + (size_t)number * dfa->class_count, 0xFF, dfa->class_count * sizeof *dfa->steps);
    put_slot(dfa, state.hash, number);
    return number;
}

static uint64_t mark_starts(rf_prefilter *filter, bool at_start) {
    uint64_t mask = 0;
    for (size_t i = 0; i < filter->starts.count; i++)
        mask |= mark(filter, filter->starts.items[i], at_start, false);
    return mask;
}

bool rf_pf_dfa_roots(rf_prefilter *filter) {
    rf_pf_dfa *dfa = &filter->dfa;
    if (dfa->rest != RF_PF_UNKNOWN && dfa->begin != RF_PF_UNKNOWN)
        return true;
    assert(dfa->count < KEPT_MIN); /* so that nothing here empties the cache */
    uint32_t rest = take_marks(filter, mark_starts(filter, false), false);
    if (rest == UINT32_MAX)
        return false;
    dfa->rest = rest * dfa->class_count;
    dfa->single = find_single(dfa, &filter->nfa, &dfa->states[rest]);
    uint32_t begin = take_marks(filter, mark_starts(filter, true), true);
    if (begin == UINT32_MAX)
        return false;
    dfa->begin = begin * dfa->class_count;
    return true;
}

uint32_t rf_pf_dfa_step(rf_prefilter *filter, uint32_t from, uint32_t class) {
    rf_pf_dfa *dfa = &filter->dfa;
    uint32_t known = dfa->steps[from + class];
    if (known != RF_PF_UNKNOWN)
        return known;
    const rf_pf_dstate *state = &dfa->states[from / dfa->class_count];
    uint8_t byte = dfa->examples[class];
    uint64_t mask = mark_starts(filter, false); /* a pattern may begin behind this byte */
    for (uint32_t i = 0; i < state->set_len; i++) {
        const rf_pf_state *one = &filter->nfa.items[dfa->sets[state->set_at + i]];
        if (one->kind == RF_PF_BYTES && one->lo <= byte && byte <= one->hi)
            mask |= mark(filter, one->out, false, false);
    }
    uint64_t generation = dfa->generation;
    uint32_t number = take_marks(filter, mask, false);
    if (number == UINT32_MAX)
        return RF_PF_UNKNOWN;
    if (dfa->generation == generation)
        return dfa->steps[from + class] = step_value(dfa, number);
    return step_value(dfa, number);
}

uint8_t rf_pf_dfa_pair(rf_prefilter *filter, uint32_t class, uint32_t next_class) {
    rf_pf_dfa *dfa = &filter->dfa;
    uint64_t generation = dfa->generation;
    uint32_t rest = dfa->rest;
    uint32_t one = rf_pf_dfa_step(filter, rest, class);
    if (one == RF_PF_UNKNOWN || dfa->generation != generation)
        return RF_PF_PAIR_GO;
    uint8_t said = RF_PF_PAIR_GO;
    if (one == (rest | RF_PF_SPECIAL)) {
        said = RF_PF_PAIR_SKIP;
    } else if (!(one & RF_PF_SPECIAL)) {
        uint32_t both = rf_pf_dfa_step(filter, one, next_class);
        uint32_t alone = both == RF_PF_UNKNOWN || dfa->generation != generation ? RF_PF_UNKNOWN : rf_pf_dfa_step(filter, rest, next_class);
        if (alone == RF_PF_UNKNOWN || dfa->generation != generation)
            return RF_PF_PAIR_GO;
        said = both == alone ? RF_PF_PAIR_SKIP : RF_PF_PAIR_GO;
    }
    dfa->pairs[class * dfa->class_count + next_class] = said;
    return said;
}
