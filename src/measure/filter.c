/* filter.c: which benchmarks are meant: parts of names, globs, regular expressions. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "measure/bench.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <fnmatch.h>
#include <pcre2.h>
#include <string.h>

typedef struct pattern {
    const char *text;  /* in the arena; NULL: a regular expression */
    bool is_glob;
    pcre2_code *regex; /* owned */
} pattern;

struct rf_filter {
    rf_arena arena;
    pattern *patterns;
    size_t count;
    pcre2_general_context *memory; /* owned, like what follows; NULL: no regular expression */
    pcre2_compile_context *compiling;
    pcre2_match_context *limits;
    pcre2_match_data *match; /* so a filter is of one thread */
};

/* What matching may take: a pattern that would take for ever matches nothing. */
enum { STEPS_MAX = 100000, DEPTH_MAX = 5000, HEAP_KIB_MAX = 4096, NESTING_MAX = 100 };

static void *take_memory(size_t size, void *user RF_UNUSED) { return rf_alloc(size); }
static void give_memory(void *memory, void *user RF_UNUSED) { rf_free(memory); }

static bool prepare(rf_filter *filter) {
    if (filter->match)
        return true;
    filter->memory = pcre2_general_context_create(take_memory, give_memory, NULL);
    if (!filter->memory)
        return false;
    filter->compiling = pcre2_compile_context_create(filter->memory);
    filter->limits = pcre2_match_context_create(filter->memory);
    if (!filter->compiling || !filter->limits)
        return false;
    (void)pcre2_set_parens_nest_limit(filter->compiling, NESTING_MAX);
    (void)pcre2_set_match_limit(filter->limits, STEPS_MAX);
    (void)pcre2_set_depth_limit(filter->limits, DEPTH_MAX);
    (void)pcre2_set_heap_limit(filter->limits, HEAP_KIB_MAX);
    filter->match = pcre2_match_data_create(1, filter->memory);
    return filter->match != NULL;
}

static rf_code compile(rf_filter *filter, pattern *p, const char *text, size_t len, rf_error *reterr) {
    int number;
    PCRE2_SIZE offset;
    if (!prepare(filter))
        return rf_raise_nomem(reterr);
    p->regex = pcre2_compile((PCRE2_SPTR)(text + 1), len - 2, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &number, &offset, filter->compiling);
    if (p->regex)
        return RF_OK;
    if (number == PCRE2_ERROR_NOMEMORY || number == PCRE2_ERROR_HEAP_FAILED)
        return rf_raise_nomem(reterr);
    PCRE2_UCHAR said[120];
    (void)pcre2_get_error_message(number, said, sizeof said);
    rf_code code = rf_raise(reterr, RF_EPARSE, "the pattern %s: %s", text, (const char *)said);
    rf_error_place(reterr, "pattern", 1, (uint32_t)offset + 2);
    rf_error_hint(reterr, "a text without slashes is looked for as it stands");
    return code;
}

static rf_code add(rf_filter *filter, const char *text, rf_error *reterr) {
    pattern *p = &filter->patterns[filter->count++];
    size_t len = strlen(text);
    if (len >= 3 && text[0] == '/' && text[len - 1] == '/')
        return compile(filter, p, text, len, reterr);
    p->text = rf_strdup_in(&filter->arena, text);
    p->is_glob = strpbrk(text, "*?[") != NULL;
    return p->text ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_filter_new(const char *const *patterns, size_t count, rf_filter **ret_filter, rf_error *reterr) {
    assert((patterns || count == 0) && ret_filter);
    rf_filter *filter = rf_alloc_zero(1, sizeof *filter);
    if (!filter)
        return rf_raise_nomem(reterr);
    rf_arena_init(&filter->arena, 1024);
    filter->patterns = rf_arena_zero(&filter->arena, count + 1, sizeof *filter->patterns);
    rf_code code = filter->patterns ? RF_OK : rf_raise_nomem(reterr);
    for (size_t i = 0; i < count && !code; i++)
        code = add(filter, patterns[i], reterr);
    if (code)
        rf_filter_free(filter);
    else
        *ret_filter = filter;
    return code;
}

void rf_filter_free(rf_filter *filter) {
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        pcre2_code_free(filter->patterns[i].regex);
    pcre2_match_data_free(filter->match);
    pcre2_match_context_free(filter->limits);
    pcre2_compile_context_free(filter->compiling);
    pcre2_general_context_free(filter->memory);
    rf_arena_done(&filter->arena);
    rf_free(filter);
}

bool rf_filter_match(const rf_filter *filter, const char *id) {
    assert(id);
    if (!filter || filter->count == 0)
        return true;
    for (size_t i = 0; i < filter->count; i++) {
        const pattern *p = &filter->patterns[i];
        bool found;
        if (p->regex)
            found = pcre2_match(p->regex, (PCRE2_SPTR)id, strlen(id), 0, 0, filter->match, filter->limits) >= 0;
        else
            found = p->is_glob ? fnmatch(p->text, id, 0) == 0 : strstr(id, p->text) != NULL;
        if (found)
            return true;
    }
    return false;
}
