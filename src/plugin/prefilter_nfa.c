/* prefilter_nfa.c: the tree of a pattern as an NFA over bytes, built from its end to its beginning. */
#include "plugin/prefilter_internal.h"

#include "base/utf8.h"

#include <assert.h>
#include <string.h>

typedef struct builder {
    rf_pf_nfa *nfa;
    uint32_t visits; /* of nodes: empty groups make no states, but repeats of repeats of them must end, too */
    rf_error *error;
} builder;

#define VISITS_MAX 200000u

static rf_code refuse_size(builder *b) {
    (void)rf_raise(b->error, RF_ELIMIT, "the patterns are too large (%u states at most)", RF_PF_STATES_MAX);
    rf_error_hint(b->error, "use smaller counts, or fewer patterns");
    rf_error_place(b->error, NULL, 1, 1);
    return RF_ELIMIT;
}

static rf_code add_state(builder *b, rf_pf_state state, uint16_t *ret) {
    if (b->nfa->count >= RF_PF_STATES_MAX)
        return refuse_size(b);
    if (!rf_vec_push(b->nfa, state))
        return rf_raise_nomem(b->error);
    *ret = (uint16_t)(b->nfa->count - 1);
    return RF_OK;
}

static rf_code add_split(builder *b, uint16_t out, uint16_t other, uint16_t *ret) {
    return add_state(b, (rf_pf_state){ .kind = RF_PF_SPLIT, .out = out, .other = other }, ret);
}

/* ---- Sets: ranges of characters as sequences of ranges of bytes ---- */

/* The set being built: where its characters lead to, and what leads there by one, two, three bytes 80 … BF (0: not made). */
typedef struct set_builder {
    uint16_t next, tails[4];
    bool has_tail[4];
    uint16_t entry; /* all ranges so far */
    bool has_entry;
} set_builder;

/* Where `count` bytes of any continuation lead from. */
static rf_code tail(builder *b, set_builder *s, size_t count, uint16_t *ret) {
    uint16_t to = s->next;
    for (size_t i = 1; i <= count; i++) {
        if (!s->has_tail[i]) {
            rf_code code = add_state(b, (rf_pf_state){ .kind = RF_PF_BYTES, .lo = 0x80, .hi = 0xBF, .out = to }, &s->tails[i]);
            if (code)
                return code;
            s->has_tail[i] = true;
        }
        to = s->tails[i];
    }
    *ret = to;
    return RF_OK;
}

/* Characters from lo to hi, whose bytes are as many and range apart from each other. */
static rf_code add_bytes(builder *b, set_builder *s, uint32_t lo, uint32_t hi) {
    char from[4], to[4];
    size_t count = rf_utf8_encode(lo, from), same = rf_utf8_encode(hi, to);
    assert(count == same);
    (void)same;
    size_t free_tail = 0;
    while (free_tail + 1 < count && from[count - 1 - free_tail] == (char)0x80 && to[count - 1 - free_tail] == (char)0xBF)
        free_tail++;
    uint16_t at = 0;
    rf_code code = tail(b, s, free_tail, &at);
    for (size_t i = count - free_tail; !code && i-- > 0;)
        code = add_state(b, (rf_pf_state){ .kind = RF_PF_BYTES, .lo = (uint8_t)from[i], .hi = (uint8_t)to[i], .out = at }, &at);
    if (!code && s->has_entry)
        code = add_split(b, at, s->entry, &at);
    s->entry = at;
    s->has_entry = true;
    return code;
}

/* The last character that can stand in one piece with `lo`: as many bytes, and either all of the last bytes free or the same bytes before. */
static uint32_t piece_end(uint32_t lo, uint32_t hi) {
    static const uint32_t lengths[] = { 0x7F, 0x7FF, 0xD7FF, 0xFFFF }; /* surrogates are no characters */
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (lo <= lengths[i] && hi > lengths[i])
            hi = lengths[i];
    if (hi < 0x80)
        return hi;
    for (uint32_t bits = 6; bits <= 18; bits += 6) {
        uint32_t low = (1u << bits) - 1;
        if ((lo & ~low) == (hi & ~low))
            break;
        if (lo & low)
            return lo | low; /* up to where the low bytes begin anew */
        if ((hi & low) != low)
            hi = (hi & ~low) - 1; /* the rest is a piece of its own */
    }
    return hi;
}

static rf_code compile_set(builder *b, const rf_pf_node *node, uint16_t next, uint16_t *ret) {
    set_builder s = { .next = next };
    rf_code code = RF_OK;
    for (size_t i = 0; !code && i < node->range_count; i++) {
        uint32_t lo = node->ranges[i].lo, hi = node->ranges[i].hi;
        while (!code && lo <= hi) {
            if (lo >= 0xD800 && lo < 0xE000) {
                lo = 0xE000;
                continue;
            }
            uint32_t end = piece_end(lo, hi);
            code = add_bytes(b, &s, lo, end);
            lo = end + 1;
        }
    }
    if (!code && !s.has_entry) /* a set of nothing: [^\d\D]: a byte range that no byte is in */
        code = add_state(b, (rf_pf_state){ .kind = RF_PF_BYTES, .lo = 1, .hi = 0, .out = next }, &s.entry);
    *ret = s.entry;
    return code;
}

/* ---- The rest ---- */

static rf_code compile_node(builder *b, const rf_pf_node *node, uint16_t next, uint16_t *ret);

/* As often as one likes, not at all included: a split that what is repeated comes back to. */
static rf_code compile_loop(builder *b, const rf_pf_node *what, uint16_t next, uint16_t *ret) {
    uint16_t split = 0, body = 0;
    rf_code code = add_split(b, next, next, &split);
    if (!code)
        code = compile_node(b, what, split, &body);
    if (!code) {
        b->nfa->items[split].out = body;
        *ret = split;
    }
    return code;
}

static rf_code compile_repeat(builder *b, const rf_pf_node *node, uint16_t next, uint16_t *ret) {
    uint16_t at = next, body = 0;
    uint32_t made = 0;
    rf_code code = RF_OK;
    if (node->max == RF_PF_NO_MAX)
        code = compile_loop(b, node->first, next, &at);
    if (!code && node->max == RF_PF_NO_MAX && node->min > 0) {
        at = b->nfa->items[at].out; /* once through the body first: a copy less */
        made = 1;
    }
    for (uint32_t i = node->min; !code && node->max != RF_PF_NO_MAX && i < node->max; i++) {
        code = compile_node(b, node->first, at, &body);
        if (!code && body == at)
            break; /* it is empty, however often */
        if (!code)
            code = add_split(b, body, next, &at);
    }
    for (uint32_t i = made; !code && i < node->min; i++) {
        code = compile_node(b, node->first, at, &body);
        if (!code && body == at)
            break;
        at = body;
    }
    *ret = at;
    return code;
}

static rf_code compile_sequence(builder *b, const rf_pf_node *node, uint16_t next, uint16_t *ret) {
    rf_code code = RF_OK;
    uint16_t at = next;
    for (const rf_pf_node *child = node->first; !code && child; child = child->next) /* the last one is first */
        code = compile_node(b, child, at, &at);
    *ret = at;
    return code;
}

static rf_code compile_choice(builder *b, const rf_pf_node *node, uint16_t next, uint16_t *ret) {
    uint16_t entry = 0;
    rf_code code = compile_node(b, node->first, next, &entry);
    for (const rf_pf_node *child = node->first->next; !code && child; child = child->next) {
        uint16_t other = 0;
        code = compile_node(b, child, next, &other);
        if (!code && other != entry)
            code = add_split(b, other, entry, &entry);
    }
    *ret = entry;
    return code;
}

/* As deep as groups are nested: bounded by the parser. */
static rf_code compile_node(builder *b, const rf_pf_node *node, uint16_t next, uint16_t *ret) {
    if (++b->visits > VISITS_MAX)
        return refuse_size(b);
    switch (node->kind) {
    case RF_PF_SET: return compile_set(b, node, next, ret);
    case RF_PF_SEQUENCE: return compile_sequence(b, node, next, ret);
    case RF_PF_CHOICE: return compile_choice(b, node, next, ret);
    case RF_PF_REPEAT: return compile_repeat(b, node, next, ret);
    case RF_PF_START: return add_state(b, (rf_pf_state){ .kind = RF_PF_AT_START, .out = next }, ret);
    case RF_PF_END: return add_state(b, (rf_pf_state){ .kind = RF_PF_AT_END, .out = next }, ret);
    }
    return RF_OK;
}

static rf_code add_accept(builder *b, uint32_t owner, uint16_t *ret) {
    assert(owner < RF_PREFILTER_OWNERS_MAX);
    return add_state(b, (rf_pf_state){ .kind = RF_PF_ACCEPT, .lo = (uint8_t)owner }, ret);
}

rf_code rf_pf_compile(rf_pf_nfa *nfa, const rf_pf_node *root, uint32_t owner, uint16_t *ret_start, rf_error *reterr) {
    builder b = { .nfa = nfa, .error = reterr };
    uint16_t at = 0;
    rf_code code = add_accept(&b, owner, &at);
    return code ? code : compile_node(&b, root, at, ret_start);
}

rf_code rf_pf_compile_literal(rf_pf_nfa *nfa, rf_slice literal, uint32_t owner, uint16_t *ret_start, rf_error *reterr) {
    builder b = { .nfa = nfa, .error = reterr };
    uint16_t at = 0;
    rf_code code = add_accept(&b, owner, &at);
    for (size_t i = literal.len; !code && i-- > 0;) {
        uint8_t byte = (uint8_t)literal.data[i];
        code = add_state(&b, (rf_pf_state){ .kind = RF_PF_BYTES, .lo = byte, .hi = byte, .out = at }, &at);
    }
    *ret_start = at;
    return code;
}
