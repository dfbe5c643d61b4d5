/* meta_filter.c: prefixes and PCRE2 patterns over keys. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "components/meta_filter.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <pcre2.h>

const rf_field rf_meta_filter_fields[] = {
    { .name = "include_prefixes", .type = RF_FIELD_STRINGS, .offset = offsetof(rf_meta_filter_conf, include_prefixes),
      .doc = "Keys that begin with one of these." },
    { .name = "include_patterns", .type = RF_FIELD_STRINGS, .offset = offsetof(rf_meta_filter_conf, include_patterns),
      .doc = "Keys in which one of these regular expressions is found; `.*` takes all." },
    { 0 },
};

static rf_code compile(rf_meta_filter *filter, rf_slice text, const rf_conf *conf, rf_error *reterr) {
    int number;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.data, text.len, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
    if (code) {
        filter->patterns[filter->count++] = code;
        return RF_OK;
    }
    if (number == PCRE2_ERROR_NOMEMORY)
        return rf_raise_nomem(reterr);
    PCRE2_UCHAR words[120];
    rf_error error = { 0 };
    (void)pcre2_get_error_message(number, words, sizeof words);
    (void)rf_raise(&error, RF_ECONFIG, "include_patterns: `%.*s` is no regular expression: %s at character %zu", RF_SLICE_ARG(text),
                   (const char *)words, offset + 1);
    return rf_conf_report(conf, &error);
}

rf_code rf_meta_filter_open(rf_meta_filter *filter, const rf_meta_filter_conf *options, const rf_conf *conf, rf_error *reterr) {
    size_t count = options->include_patterns.count;
    rf_code code = RF_OK;
    assert(!filter->patterns);
    filter->conf = options;
    if (count == 0)
        return RF_OK;
    filter->patterns = rf_alloc_zero(count, sizeof *filter->patterns);
    filter->match = pcre2_match_data_create(1, NULL);
    if (!filter->patterns || !filter->match)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < count && !code; i++)
        code = compile(filter, options->include_patterns.items[i], conf, reterr);
    return code;
}

void rf_meta_filter_done(rf_meta_filter *filter) {
    for (size_t i = 0; i < filter->count; i++)
        pcre2_code_free(filter->patterns[i]);
    pcre2_match_data_free(filter->match);
    rf_free(filter->patterns);
    *filter = (rf_meta_filter){ 0 };
}

bool rf_meta_filter_takes(const rf_meta_filter *filter, rf_slice key) {
    if (!filter->conf)
        return false;
    for (size_t i = 0; i < filter->conf->include_prefixes.count; i++)
        if (rf_slice_starts(key, filter->conf->include_prefixes.items[i]))
            return true;
    for (size_t i = 0; i < filter->count; i++)
        if (pcre2_match(filter->patterns[i], (PCRE2_SPTR)(key.data ? key.data : ""), key.len, 0, 0, filter->match, NULL) >= 0)
            return true;
    return false;
}
