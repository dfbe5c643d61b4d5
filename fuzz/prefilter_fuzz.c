/* prefilter_fuzz.c: the first line as a pattern, the rest as a line; what is found is what PCRE2 finds, where it takes the pattern. */
#include "fuzz.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "plugin/prefilter_internal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static bool is_ascii(rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

static int run_peer(const pcre2_code *code, rf_slice line) {
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    int said = -1;
    if (match && context) {
        (void)pcre2_set_match_limit(context, 50000); /* going back and forth without end is its way, not ours */
        int result = pcre2_match(code, (PCRE2_SPTR)(line.len ? line.data : ""), line.len, 0, 0, match, context);
        said = result >= 0 ? 1 : result == PCRE2_ERROR_NOMATCH ? 0 : -1;
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(match);
    return said;
}

/* 1: PCRE2 finds it, 0: it does not, -1: it does not take the pattern, or means something else by it. */
static int peer_finds(rf_slice pattern, rf_slice line) {
    bool fold = rf_slice_ends(pattern, RF_SLICE("/i"));
    rf_slice inner = { pattern.data + 1, pattern.len - 2 - fold };
    /* Without UTF there are no letters but ASCII's, and K is not the Kelvin sign: our folding knows ASCII the same way. */
    if (fold && (!is_ascii(pattern) || !is_ascii(line)))
        return -1;
    int error;
    size_t at;
    uint32_t options = PCRE2_DOLLAR_ENDONLY | (fold ? PCRE2_CASELESS : PCRE2_UTF);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)inner.data, inner.len, options, &error, &at, NULL);
    int said = code ? run_peer(code, line) : -1;
    pcre2_code_free(code);
    return said;
}

static bool is_expression(rf_slice pattern) {
    size_t len = pattern.len - rf_slice_ends(pattern, RF_SLICE("/i"));
    return len >= 3 && pattern.data[0] == '/' && (pattern.data[len - 1] == '/' || len < pattern.len);
}

static int literal_finds(rf_slice pattern, rf_slice line) {
    return line.len >= pattern.len && memmem(line.data, line.len, pattern.data, pattern.len) ? 1 : 0;
}

static void check(rf_prefilter *filter, rf_slice line, int expected) {
    uint64_t first = rf_prefilter_match(filter, line, 1), again = rf_prefilter_match(filter, line, 1);
    if (expected >= 0)
        fuzz_claim(first >= (uint64_t)expected); /* without memory it is found, too */
    void *probe = rf_alloc(1);
    fuzz_claim(!probe || expected < 0 || again == (uint64_t)expected);
    rf_free(probe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice all = { (const char *)data, size }, pattern = { all.data, rf_slice_find(all, '\n') };
    rf_slice line = { NULL, 0 };
    if (pattern.len < size)
        line = (rf_slice){ all.data + pattern.len + 1, size - pattern.len - 1 };
    rf_prefilter *filter = NULL;
    rf_error error = { 0 };
    if (rf_prefilter_new(&filter, &error))
        return 0;
    rf_code code = rf_prefilter_add(filter, 0, pattern, &error);
    if (code) {
        fuzz_claim(code == RF_ENOMEM || ((code == RF_ECONFIG || code == RF_ELIMIT) && error.code == code && error.place.column > 0));
    } else {
        int expected = is_expression(pattern) ? peer_finds(pattern, line) : literal_finds(pattern, line);
        check(filter, line, expected);
        rf_pf_dfa_done(&filter->dfa);
        filter->dfa.cache_bytes_max = 0; /* emptied all the time */
        check(filter, line, expected);
    }
    rf_prefilter_free(filter);
    return 0;
}
