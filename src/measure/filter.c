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
    pcre2_match_data *match; /* owned; NULL: no regular expression */
    pcre2_match_context *limits;
};

static rf_code compile(rf_filter *filter, pattern *p, const char *text, size_t len, rf_error *reterr) {
    int number;
    PCRE2_SIZE offset;
    p->regex = pcre2_compile((PCRE2_SPTR)(text + 1), len - 2, PCRE2_UTF, &number, &offset, NULL);
    if (p->regex) {
        if (!filter->match)
            filter->match = pcre2_match_data_create(1, NULL);
        if (!filter->limits)
            filter->limits = pcre2_match_context_create(NULL);
        if (!filter->match || !filter->limits)
            return rf_raise_nomem(reterr);
        (void)pcre2_set_match_limit(filter->limits, 100000);
        return RF_OK;
    }
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
