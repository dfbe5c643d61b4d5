/* pattern.c: see pattern.h. Steps are tried one after another, from the longest repetition to the shortest (or the other way). */
#include "script/direct/pattern.h"

#include "base/slice.h"

#include <assert.h>
#include <string.h>

#define STEPS_MAX 48u
#define TRIES_MAX 20000u /* of one search */
#define REPEAT_MAX 0xFFFFu

typedef enum step_kind { STEP_SET, STEP_OPEN, STEP_CLOSE, STEP_BEGIN, STEP_END, STEP_EDGE } step_kind;

/* One character of a set, so often; or a place. */
typedef struct step {
    uint8_t kind; /* step_kind */
    bool lazy;
    uint16_t min, max; /* max REPEAT_MAX: no bound */
    uint32_t group;
    uint64_t set[2];   /* a bit for each ASCII character */
} step;

struct rf_direct_pattern {
    bool is_global;
    uint32_t count, groups;
    uint32_t fixed; /* so many steps at the beginning are one character each: */
    char prefix[STEPS_MAX];
    step steps[STEPS_MAX];
};

typedef struct parser {
    rf_direct_pattern *made;
    rf_slice rest;
    bool any_case;
    uint32_t open[RF_DIRECT_GROUPS + 1], depth; /* groups that are not closed; 0: one that is not counted */
} parser;

static bool in_set(const uint64_t set[2], unsigned char c) { return set[c >> 6] >> (c & 63) & 1; }
static void put(uint64_t set[2], unsigned char c) { set[c >> 6] |= UINT64_C(1) << (c & 63); }

static void put_range(uint64_t set[2], unsigned from, unsigned to) {
    for (unsigned c = from; c <= to; c++)
        put(set, (unsigned char)c);
}

static void invert(uint64_t set[2]) {
    set[0] = ~set[0];
    set[1] = ~set[1];
}

static void put_word(uint64_t set[2]) {
    put_range(set, '0', '9');
    put_range(set, 'A', 'Z');
    put_range(set, 'a', 'z');
    put(set, '_');
}

/* \d and the like, into the set. */
static bool put_class(uint64_t set[2], char c) {
    uint64_t own[2] = { 0, 0 };
    switch (c | 0x20) {
    case 'd': put_range(own, '0', '9'); break;
    case 'w': put_word(own); break;
    case 's': put_range(own, '\t', '\r'); put(own, ' '); break;
    default: return false;
    }
    if (!(c & 0x20))
        invert(own);
    set[0] |= own[0];
    set[1] |= own[1];
    return true;
}

static bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/* The character that stands behind a backslash for itself or for a control. */
static bool escaped(char c, char *ret) {
    *ret = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    return *ret != c || (!is_alnum(c) && c > ' ' && c < 0x7F);
}

static bool take(parser *p, char c) {
    if (p->rest.len == 0 || p->rest.data[0] != c)
        return false;
    p->rest = (rf_slice){ p->rest.data + 1, p->rest.len - 1 };
    return true;
}

static bool take_any(parser *p, char *ret) {
    if (p->rest.len == 0 || p->rest.data[0] <= 0 || p->rest.data[0] < ' ') /* ASCII only, no controls */
        return false;
    *ret = p->rest.data[0];
    return take(p, *ret);
}

static void both_cases(uint64_t set[2]) {
    for (unsigned char c = 'a'; c <= 'z'; c++) {
        unsigned char upper = (unsigned char)(c - 32);
        if (in_set(set, c) || in_set(set, upper)) {
            put(set, c);
            put(set, upper);
        }
    }
}

/* One character of [...], or a class (then *ret_class). */
static bool take_member(parser *p, uint64_t set[2], char *ret, bool *ret_class) {
    *ret_class = false;
    if (!take_any(p, ret))
        return false;
    if (*ret != '\\')
        return true;
    if (!take_any(p, ret))
        return false;
    if ((*ret_class = put_class(set, *ret)))
        return true;
    return escaped(*ret, ret);
}

static bool take_members(parser *p, uint64_t set[2]) {
    while (!take(p, ']')) {
        char from, to;
        bool is_class;
        if (!take_member(p, set, &from, &is_class))
            return false;
        if (is_class) {
            if (p->rest.len && p->rest.data[0] == '-' && !(p->rest.len > 1 && p->rest.data[1] == ']'))
                return false;
            continue;
        }
        to = from;
        if (p->rest.len > 1 && p->rest.data[0] == '-' && p->rest.data[1] != ']') {
            (void)take(p, '-');
            if (!take_member(p, set, &to, &is_class) || is_class || to < from)
                return false;
        }
        put_range(set, (unsigned char)from, (unsigned char)to);
    }
    return true;
}

/* Letters of both cases count before a set is inverted, as in the language. */
static bool take_set(parser *p, uint64_t set[2]) {
    bool inverted = take(p, '^');
    if (p->rest.len && p->rest.data[0] == ']')
        return false;
    if (!take_members(p, set))
        return false;
    if (p->any_case)
        both_cases(set);
    if (inverted)
        invert(set);
    return true;
}

static bool take_number(parser *p, uint16_t *ret) {
    uint32_t number = 0, digits = 0;
    while (p->rest.len && p->rest.data[0] >= '0' && p->rest.data[0] <= '9' && digits < 4) {
        number = number * 10 + (uint32_t)(p->rest.data[0] - '0');
        (void)take(p, p->rest.data[0]);
        digits++;
    }
    *ret = (uint16_t)number;
    return digits > 0;
}

static bool take_repeat(parser *p, step *s) {
    s->min = s->max = 1;
    if (take(p, '*')) {
        s->min = 0;
        s->max = REPEAT_MAX;
    } else if (take(p, '+')) {
        s->max = REPEAT_MAX;
    } else if (take(p, '?')) {
        s->min = 0;
    } else if (take(p, '{')) {
        if (!take_number(p, &s->min))
            return false;
        s->max = s->min;
        if (take(p, ',') && !take_number(p, &s->max))
            s->max = REPEAT_MAX;
        if (!take(p, '}') || s->max < s->min)
            return false;
    } else {
        return true;
    }
    s->lazy = take(p, '?');
    return true;
}

static bool is_repeat(const parser *p) { return p->rest.len && strchr("*+?{", p->rest.data[0]); }

static step *add(parser *p, step_kind kind) {
    if (p->made->count == STEPS_MAX)
        return NULL;
    step *s = &p->made->steps[p->made->count++];
    *s = (step){ .kind = (uint8_t)kind };
    return s;
}

static bool open_group(parser *p) {
    bool counted = !take(p, '?');
    if ((!counted && !take(p, ':')) || p->depth > RF_DIRECT_GROUPS || (counted && p->made->groups == RF_DIRECT_GROUPS))
        return false;
    uint32_t group = counted ? ++p->made->groups : 0;
    p->open[p->depth++] = group;
    step *s = counted ? add(p, STEP_OPEN) : NULL;
    if (s)
        s->group = group;
    return !counted || s;
}

static bool close_group(parser *p) {
    if (p->depth == 0)
        return false;
    uint32_t group = p->open[--p->depth];
    step *s = group ? add(p, STEP_CLOSE) : NULL;
    if (s)
        s->group = group;
    return (!group || s) && !is_repeat(p);
}

static bool add_place(parser *p, step_kind kind) { return add(p, kind) && !is_repeat(p); }

static bool put_escape(parser *p, uint64_t set[2]) {
    char c;
    if (!take_any(p, &c))
        return false;
    if (put_class(set, c))
        return true;
    if (!escaped(c, &c))
        return false;
    put(set, (unsigned char)c);
    return true;
}

static bool add_set(parser *p, char c) {
    step *s = add(p, STEP_SET);
    if (!s)
        return false;
    if (c == '[') {
        if (!take_set(p, s->set))
            return false;
    } else if (c == '.') {
        put(s->set, '\n');
        put(s->set, '\r');
        invert(s->set);
    } else if (c == '\\') {
        if (!put_escape(p, s->set))
            return false;
    } else {
        put(s->set, (unsigned char)c);
    }
    if (p->any_case && c != '[')
        both_cases(s->set);
    return take_repeat(p, s);
}

static bool take_step(parser *p) {
    char c;
    if (!take_any(p, &c))
        return false;
    switch (c) {
    case '(': return open_group(p);
    case ')': return close_group(p);
    case '^': return add_place(p, STEP_BEGIN);
    case '$': return add_place(p, STEP_END);
    case '|': case '*': case '+': case '?': case '{': case '}': case ']': return false;
    case '\\':
        if (take(p, 'b'))
            return add_place(p, STEP_EDGE);
        break;
    default: break;
    }
    return add_set(p, c);
}

static bool take_flags(parser *p, rf_slice flags) {
    for (size_t i = 0; i < flags.len; i++) {
        if (flags.data[i] == 'g')
            p->made->is_global = true;
        else if (flags.data[i] == 'i')
            p->any_case = true;
        else
            return false;
    }
    return true;
}

/* The only character of a set; -1: there are several, or none. */
static int only_one(const uint64_t set[2]) {
    if (__builtin_popcountll(set[0]) + __builtin_popcountll(set[1]) != 1)
        return -1;
    return set[0] ? __builtin_ctzll(set[0]) : 64 + __builtin_ctzll(set[1]);
}

static void find_prefix(rf_direct_pattern *made) {
    for (; made->fixed < made->count; made->fixed++) {
        const step *now = &made->steps[made->fixed];
        int c = now->kind == STEP_SET && now->min == 1 && now->max == 1 ? only_one(now->set) : -1;
        if (c < 0)
            return;
        made->prefix[made->fixed] = (char)c;
    }
}

const rf_direct_pattern *rf_direct_pattern_compile(rf_arena *arena, rf_slice text, rf_slice flags, bool *ret_nomem) {
    assert(arena && ret_nomem);
    parser p = { .made = rf_arena_zero(arena, 1, sizeof *p.made), .rest = text };
    *ret_nomem = !p.made;
    if (!p.made || !take_flags(&p, flags))
        return NULL;
    while (p.rest.len)
        if (!take_step(&p))
            return NULL;
    find_prefix(p.made);
    return p.depth == 0 ? p.made : NULL;
}

bool rf_direct_pattern_is_global(const rf_direct_pattern *pattern) { return pattern->is_global; }

/* ---- Searching ---- */

typedef struct search {
    const rf_direct_pattern *pattern;
    rf_slice text;
    rf_direct_found *found;
    uint32_t tries;
} search;

static bool is_word(rf_slice text, size_t at) {
    return at < text.len && (is_alnum(text.data[at]) || text.data[at] == '_');
}

static rf_direct_answer match_from(search *s, uint32_t index, size_t at);

/* As often as it goes, then less and less. */
static rf_direct_answer match_greedy(search *s, uint32_t index, size_t at) {
    const step *now = &s->pattern->steps[index];
    size_t most = now->max == REPEAT_MAX ? s->text.len - at : now->max, times = 0;
    if (most > s->text.len - at)
        most = s->text.len - at;
    while (times < most && in_set(now->set, (unsigned char)s->text.data[at + times]))
        times++;
    for (;; times--) {
        if (times < now->min)
            return RF_DIRECT_NO;
        rf_direct_answer answer = match_from(s, index + 1, at + times);
        if (answer != RF_DIRECT_NO)
            return answer;
        if (times == 0)
            return RF_DIRECT_NO;
    }
}

static rf_direct_answer match_lazy(search *s, uint32_t index, size_t at) {
    const step *now = &s->pattern->steps[index];
    for (size_t times = 0;; times++) {
        rf_direct_answer answer = times < now->min ? RF_DIRECT_NO : match_from(s, index + 1, at + times);
        if (answer != RF_DIRECT_NO)
            return answer;
        if (times == now->max || at + times == s->text.len || !in_set(now->set, (unsigned char)s->text.data[at + times]))
            return RF_DIRECT_NO;
    }
}

/* Steps `index` and behind, at `at`. As deep as there are steps. */
static rf_direct_answer match_from(search *s, uint32_t index, size_t at) {
    for (;; index++) {
        if (++s->tries > TRIES_MAX)
            return RF_DIRECT_UNKNOWN;
        if (index == s->pattern->count) {
            s->found->end[0] = (uint32_t)at;
            return RF_DIRECT_YES;
        }
        const step *now = &s->pattern->steps[index];
        switch ((step_kind)now->kind) {
        case STEP_SET:
            if (now->min != 1 || now->max != 1)
                return now->lazy ? match_lazy(s, index, at) : match_greedy(s, index, at);
            if (at == s->text.len || !in_set(now->set, (unsigned char)s->text.data[at]))
                return RF_DIRECT_NO;
            at++;
            break;
        case STEP_OPEN: s->found->begin[now->group] = (uint32_t)at; break;
        case STEP_CLOSE: s->found->end[now->group] = (uint32_t)at; break;
        case STEP_BEGIN:
            if (at != 0)
                return RF_DIRECT_NO;
            break;
        case STEP_END:
            if (at != s->text.len)
                return RF_DIRECT_NO;
            break;
        case STEP_EDGE:
            if (is_word(s->text, at) == (at > 0 && is_word(s->text, at - 1)))
                return RF_DIRECT_NO;
            break;
        }
    }
}

/* False: the text has it nowhere behind *at. */
static bool skip_to_prefix(const rf_direct_pattern *pattern, rf_slice text, size_t *at) {
    const char *there = *at < text.len ? memmem(text.data + *at, text.len - *at, pattern->prefix, pattern->fixed) : NULL;
    if (there)
        *at = (size_t)(there - text.data);
    return there;
}

rf_direct_answer rf_direct_pattern_find(const rf_direct_pattern *pattern, rf_slice text, size_t from, rf_direct_found *ret_found) {
    assert(pattern && ret_found && from <= text.len);
    search s = { pattern, text, ret_found, 0 };
    const step *first = pattern->count ? &pattern->steps[0] : NULL;
    bool needs_first = first && first->kind == STEP_SET && first->min > 0;
    ret_found->text = text.data;
    ret_found->count = pattern->groups + 1;
    for (size_t at = from; at <= text.len; at++) {
        if (pattern->fixed && !skip_to_prefix(pattern, text, &at))
            return RF_DIRECT_NO;
        if (needs_first && (at == text.len || !in_set(first->set, (unsigned char)text.data[at])))
            continue;
        ret_found->begin[0] = (uint32_t)at;
        rf_direct_answer answer = match_from(&s, pattern->fixed, at + pattern->fixed);
        if (answer != RF_DIRECT_NO)
            return answer;
    }
    return RF_DIRECT_NO;
}
