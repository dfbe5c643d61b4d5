/* pattern.c: regular expressions over PCRE2: a cache per VM, limits, expansion of replacements (pattern.h). */
#include "script/fusabi/library/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/library/world.h"

#include <pcre2.h>

enum {
    PATTERNS_MAX = 16,          /* kept per VM */
    TEXT_MAX = 64 * 1024,       /* bytes of one pattern */
    MATCH_LIMIT = 5000000,      /* steps of backtracking in one match: a fraction of a second */
    HEAP_LIMIT = 64 * 1024,     /* KiB for backtracking */
    NESTING_MAX = 250,          /* of parentheses */
    JIT_AFTER = 64,             /* matches of a pattern, before it is worth machine code */
};

typedef struct rf_fus_pattern {
    char *text; /* owned */
    size_t len;
    pcre2_code *code;
    pcre2_match_data *match;
    uint32_t match_count; /* up to JIT_AFTER */
} pattern;

/* Most recently used first. */
typedef struct cache {
    pcre2_general_context *memory;
    pcre2_compile_context *compiling;
    pcre2_match_context *matching;
    pattern *patterns[PATTERNS_MAX];
    size_t count;
} cache;

static const char cache_key; /* its address names the cache */

static void *take_memory(size_t size, void *user RF_UNUSED) { return rf_alloc(size); }
static void give_memory(void *memory, void *user RF_UNUSED) { rf_free(memory); }

static void pattern_free(pattern *p) {
    if (!p)
        return;
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
    rf_free(p->text);
    rf_free(p);
}

static void cache_free(void *data) {
    cache *c = data;
    for (size_t i = 0; i < c->count; i++)
        pattern_free(c->patterns[i]);
    pcre2_match_context_free(c->matching);
    pcre2_compile_context_free(c->compiling);
    pcre2_general_context_free(c->memory);
    rf_free(c);
}

static cache *cache_new(void) {
    cache *c = rf_alloc_zero(1, sizeof *c);
    if (!c)
        return NULL;
    c->memory = pcre2_general_context_create(take_memory, give_memory, NULL);
    c->compiling = c->memory ? pcre2_compile_context_create(c->memory) : NULL;
    c->matching = c->memory ? pcre2_match_context_create(c->memory) : NULL;
    if (!c->compiling || !c->matching) {
        cache_free(c);
        return NULL;
    }
    pcre2_set_max_pattern_length(c->compiling, TEXT_MAX);
    pcre2_set_parens_nest_limit(c->compiling, NESTING_MAX);
    pcre2_set_match_limit(c->matching, MATCH_LIMIT);
    pcre2_set_heap_limit(c->matching, HEAP_LIMIT);
    return c;
}

static cache *cache_of(rf_fus_vm *vm) {
    cache *c = rf_fus_vm_attached(vm, &cache_key);
    if (c)
        return c;
    c = cache_new();
    if (!c)
        rf_fus_raise_nomem(vm);
    else if (!rf_fus_vm_attach(vm, &cache_key, c, cache_free)) {
        cache_free(c);
        return NULL;
    }
    return c;
}

static rf_fus_value raise_number(rf_fus_vm *vm, const char *what, rf_slice text, int number, size_t offset) {
    PCRE2_UCHAR8 words[160];
    if (number == PCRE2_ERROR_NOMEMORY || number == PCRE2_ERROR_HEAP_FAILED)
        return rf_fus_raise_nomem(vm);
    int len = pcre2_get_error_message(number, words, sizeof words);
    return rf_fus_raise(vm, "%s '%.*s' at %zu: %.*s", what, RF_SLICE_ARG(text), offset, len > 0 ? len : 0, (const char *)words);
}

static pattern *compile(rf_fus_vm *vm, cache *c, rf_slice text) {
    int number;
    size_t offset;
    pattern *p = rf_alloc_zero(1, sizeof *p);
    if (p)
        p->text = rf_strndup(text.data, text.len);
    if (!p || !p->text) {
        pattern_free(p);
        rf_fus_raise_nomem(vm);
        return NULL;
    }
    p->len = text.len;
    p->code = pcre2_compile((PCRE2_SPTR8)text.data, text.len, PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C,
                            &number, &offset, c->compiling);
    if (!p->code) {
        pattern_free(p);
        raise_number(vm, "Invalid regular expression", text, number, offset);
        return NULL;
    }
    p->match = pcre2_match_data_create_from_pattern(p->code, c->memory);
    if (!p->match) {
        pattern_free(p);
        rf_fus_raise_nomem(vm);
        return NULL;
    }
    return p;
}

/* The compiled form of a pattern, at the head of the cache. */
static pattern *pattern_of(rf_fus_vm *vm, cache *c, rf_slice text) {
    size_t at = 0;
    while (at < c->count && !rf_slice_eq((rf_slice){ c->patterns[at]->text, c->patterns[at]->len }, text))
        at++;
    pattern *p = at < c->count ? c->patterns[at] : compile(vm, c, text);
    if (!p)
        return NULL;
    if (at == PATTERNS_MAX)
        pattern_free(c->patterns[--at]);
    else if (at == c->count)
        c->count++;
    memmove(c->patterns + 1, c->patterns, at * sizeof *c->patterns);
    c->patterns[0] = p;
    return p;
}

bool rf_fus_search_start(rf_fus_vm *vm, rf_slice text, rf_slice subject, rf_fus_search *ret_search) {
    cache *c = cache_of(vm);
    pattern *p = c ? pattern_of(vm, c, text) : NULL;
    *ret_search = (rf_fus_search){ .pattern = p, .text = subject };
    if (!p)
        return false;
    ret_search->group_count = pcre2_get_ovector_count(p->match);
    return true;
}

/* The place one character further. */
static size_t step(rf_slice text, size_t at) {
    do
        at++;
    while (at < text.len && ((uint8_t)text.data[at] & 0xC0) == 0x80);
    return at;
}

/* One attempt. What the small stack of compiled code cannot hold, the interpreter does on the heap. */
static int match_at(pattern *p, const cache *c, const rf_fus_search *search, uint32_t options) {
    if (p->match_count < JIT_AFTER && ++p->match_count == JIT_AFTER)
        (void)pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE); /* when it cannot, the interpreter matches as well, only slower */
    PCRE2_SPTR8 text = (PCRE2_SPTR8)search->text.data;
    int number = pcre2_match(p->code, text, search->text.len, search->next, options, p->match, c->matching);
    if (number == PCRE2_ERROR_JIT_STACKLIMIT)
        number = pcre2_match(p->code, text, search->text.len, search->next, options | PCRE2_NO_JIT, p->match, c->matching);
    return number;
}

bool rf_fus_search_next(rf_fus_vm *vm, rf_fus_search *search) {
    pattern *p = search->pattern;
    const cache *c = rf_fus_vm_attached(vm, &cache_key);
    while (search->next <= search->text.len) {
        if (!rf_fus_vm_poll(vm))
            break;
        uint32_t options = PCRE2_NO_UTF_CHECK | (search->is_empty_before ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0);
        int number = match_at(p, c, search, options);
        if (number == PCRE2_ERROR_NOMATCH && !search->is_empty_before)
            return false;
        if (number == PCRE2_ERROR_NOMATCH) {
            search->next = step(search->text, search->next);
            search->is_empty_before = false;
            continue;
        }
        if (number < 0) {
            raise_number(vm, "Regular expression", (rf_slice){ p->text, p->len }, number, search->next);
            break;
        }
        const size_t *places = pcre2_get_ovector_pointer(p->match);
        search->end = places[1];
        search->start = places[0] < places[1] ? places[0] : places[1]; /* \K in a lookahead can put the start behind the end */
        search->is_empty_before = search->start == search->end;
        if (search->end > search->next || search->is_empty_before)
            search->next = search->end;
        else
            search->next = step(search->text, search->next);
        return true;
    }
    search->is_failed = search->next <= search->text.len;
    return false;
}

rf_slice rf_fus_search_group(const rf_fus_search *search, uint32_t group) {
    const size_t *places = pcre2_get_ovector_pointer(search->pattern->match) + (size_t)2 * group;
    if (group >= search->group_count || places[0] == PCRE2_UNSET || places[1] < places[0])
        return (rf_slice){ search->text.data, 0 };
    return (rf_slice){ search->text.data + places[0], places[1] - places[0] };
}

/* ---- Replacements ---- */

/* The group that a number or name speaks of, or -1. */
static int group_of(const rf_fus_search *search, rf_slice name) {
    char text[33]; /* PCRE2 names have at most 32 characters */
    int number = 0;
    bool is_number = name.len > 0 && name.len <= 5;
    for (size_t i = 0; i < name.len && is_number; i++) {
        is_number = name.data[i] >= '0' && name.data[i] <= '9';
        number = is_number ? number * 10 + (name.data[i] - '0') : 0;
    }
    if (is_number)
        return (uint32_t)number < search->group_count ? number : -1;
    if (!name.len || name.len >= sizeof text)
        return -1;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    number = pcre2_substring_number_from_name(search->pattern->code, (PCRE2_SPTR8)text);
    return number > 0 ? number : -1;
}

/* The reference behind a `$`: its group, or -1; *ret_len: bytes that it takes. */
static int reference_of(const rf_fus_search *search, rf_slice rest, size_t *ret_len) {
    if (rest.len && rest.data[0] == '{') {
        size_t end = rf_slice_find(rest, '}');
        *ret_len = end + 1;
        return end < rest.len ? group_of(search, (rf_slice){ rest.data + 1, end - 1 }) : -1;
    }
    size_t digits = 0; /* as many as still name a group: $10 is group 1 and a 0 when there is no group 10 */
    while (digits < rest.len && rest.data[digits] >= '0' && rest.data[digits] <= '9')
        digits++;
    for (; digits; digits--) {
        int group = group_of(search, (rf_slice){ rest.data, digits });
        *ret_len = digits;
        if (group >= 0)
            return group;
    }
    return -1;
}

void rf_fus_search_expand(const rf_fus_search *search, rf_slice by, rf_buffer *out) {
    while (by.len) {
        size_t dollar = rf_slice_find(by, '$'), used = 0;
        rf_buffer_append(out, by.data, dollar);
        if (dollar == by.len)
            return;
        by = (rf_slice){ by.data + dollar + 1, by.len - dollar - 1 };
        int group = reference_of(search, by, &used);
        if (group >= 0) {
            rf_buffer_slice(out, rf_fus_search_group(search, (uint32_t)group));
        } else {
            rf_buffer_char(out, '$');
            used = by.len && by.data[0] == '$' ? 1 : 0;
        }
        by = (rf_slice){ by.data + used, by.len - used };
    }
}
