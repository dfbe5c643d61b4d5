/* regex.c: PCRE2 with our memory and with limits. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/regex.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <pcre2.h>

struct rf_regex {
    pcre2_general_context *memory;
    pcre2_compile_context *compiling;
    pcre2_match_context *limits;
    pcre2_match_data *match;
    pcre2_code *code;
};

/* A pattern that would take for ever, or all memory, matches nothing. */
enum { STEPS_MAX = 1000000, DEPTH_MAX = 5000, HEAP_KIB_MAX = 4096, NESTING_MAX = 100 };

static void *take_memory(size_t size, void *user RF_UNUSED) { return rf_alloc(size); }
static void give_memory(void *memory, void *user RF_UNUSED) { rf_free(memory); }

static bool prepare(rf_regex *regex) {
    regex->memory = pcre2_general_context_create(take_memory, give_memory, NULL);
    if (!regex->memory)
        return false;
    regex->compiling = pcre2_compile_context_create(regex->memory);
    regex->limits = pcre2_match_context_create(regex->memory);
    if (!regex->compiling || !regex->limits)
        return false;
    (void)pcre2_set_parens_nest_limit(regex->compiling, NESTING_MAX);
    (void)pcre2_set_match_limit(regex->limits, STEPS_MAX);
    (void)pcre2_set_depth_limit(regex->limits, DEPTH_MAX);
    (void)pcre2_set_heap_limit(regex->limits, HEAP_KIB_MAX);
    regex->match = pcre2_match_data_create(1, regex->memory);
    return regex->match != NULL;
}

static rf_code compile(rf_regex *regex, rf_slice pattern, rf_error *reterr) {
    const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;
    PCRE2_UCHAR said[160];
    int number = 0;
    PCRE2_SIZE offset = 0;
    if (!prepare(regex))
        return rf_raise_nomem(reterr);
    regex->code = pcre2_compile((PCRE2_SPTR)(pattern.len ? pattern.data : ""), pattern.len, options, &number, &offset, regex->compiling);
    if (regex->code)
        return RF_OK;
    if (number == PCRE2_ERROR_HEAP_FAILED || number == PCRE2_ERROR_NOMEMORY)
        return rf_raise_nomem(reterr);
    (void)pcre2_get_error_message(number, said, sizeof said);
    return rf_raise(reterr, RF_ECONFIG, "`%.*s` is no regular expression: %s, at character %zu", RF_SLICE_ARG(pattern), (const char *)said,
                    offset + 1);
}

rf_code rf_regex_compile(rf_slice pattern, rf_regex **ret_regex, rf_error *reterr) {
    rf_regex *regex = rf_alloc_zero(1, sizeof *regex);
    if (!regex)
        return rf_raise_nomem(reterr);
    rf_code code = compile(regex, pattern, reterr);
    if (code) {
        rf_regex_free(regex);
        return code;
    }
    *ret_regex = regex;
    return RF_OK;
}

void rf_regex_free(rf_regex *regex) {
    if (!regex)
        return;
    pcre2_code_free(regex->code);
    pcre2_match_data_free(regex->match);
    pcre2_match_context_free(regex->limits);
    pcre2_compile_context_free(regex->compiling);
    pcre2_general_context_free(regex->memory);
    rf_free(regex);
}

bool rf_regex_find(rf_regex *regex, rf_slice text, size_t from, size_t *ret_begin, size_t *ret_end) {
    assert(regex && from <= text.len);
    if (pcre2_match(regex->code, (PCRE2_SPTR)(text.len ? text.data : ""), text.len, from, 0, regex->match, regex->limits) < 0)
        return false;
    const PCRE2_SIZE *pair = pcre2_get_ovector_pointer(regex->match);
    *ret_begin = pair[0];
    *ret_end = pair[1] < pair[0] ? pair[0] : pair[1]; /* \K may put the beginning behind the end */
    return true;
}

bool rf_regex_matches(rf_regex *regex, rf_slice text) {
    size_t begin, end;
    return rf_regex_find(regex, text, 0, &begin, &end);
}
