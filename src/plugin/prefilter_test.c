/* prefilter_test.c: patterns against what they must find, and against PCRE2. */
#include "harness.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "plugin/prefilter_internal.h"

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static void free_filter(rf_prefilter **filter) { rf_prefilter_free(*filter); }

/* ---- One pattern, one line ---- */

static rf_prefilter *filter_of(const char *pattern) {
    rf_prefilter *filter = NULL;
    if (rf_prefilter_new(&filter, NULL))
        return NULL;
    if (!rf_prefilter_add(filter, 0, rf_slice_of(pattern), NULL))
        return filter;
    rf_prefilter_free(filter);
    return NULL;
}

/* 1: found, 0: not, -1: the pattern was refused, or memory ran out. */
static int finds(const char *pattern, rf_slice line) {
    RF_CLEANUP(free_filter) rf_prefilter *filter = filter_of(pattern);
    if (!filter)
        return -1;
    uint64_t first = rf_prefilter_match(filter, line, 1), again = rf_prefilter_match(filter, line, 1);
    return first == again ? (int)first : -1;
}

static const struct { const char *pattern, *line; int found; } examples[] = {
    { "ERROR", "an ERROR here", 1 },       { "ERROR", "an ERRO", 0 },            { "ERROR", "EERERRERROERROR", 1 },
    { "aab", "aaab", 1 },                  { "x", "", 0 },                       { "a.c", "abc", 0 },
    { "a.c", "a.c", 1 },                   { "/usr/bin", "in /usr/bin", 1 },     { "/i", "/i", 1 },
    { "//", "http://", 1 },                { "/a.c/", "abc", 1 },                { "/a.c/", "a\nc", 0 },
    { "/a.c/", "a\xC3\xA9" "c", 1 },       { "/^a..c$/", "a\xC3\xA9" "c", 0 },   { "/^ab/", "ab", 1 },
    { "/^ab/", "cab", 0 },                 { "/ab$/", "cab", 1 },                { "/ab$/", "abc", 0 },
    { "/^$/", "", 1 },                     { "/^$/", "a", 0 },                   { "/$^/", "", 1 },
    { "/$^/", "a", 0 },                    { "/a$b/", "ab", 0 },                 { "/a^b/", "ab", 0 },
    { "/(^|x)b/", "b", 1 },                { "/(^|x)b/", "xb", 1 },              { "/(^|x)b/", "ab", 0 },
    { "/a(x|$)/", "a", 1 },                { "/a(x|$)/", "ab", 0 },              { "/a*/", "", 1 },
    { "/()/", "a", 1 },                    { "/a|/", "b", 1 },                   { "/ab?c/", "ac", 1 },
    { "/ab+c/", "ac", 0 },                 { "/ab+c/", "abbbc", 1 },             { "/^ab{2,3}c/", "abc", 0 },
    { "/^ab{2,3}c/", "abbc", 1 },          { "/^ab{2,3}c/", "abbbc", 1 },        { "/^ab{2,3}c/", "abbbbc", 0 },
    { "/^a{3}$/", "aaa", 1 },              { "/^a{3}$/", "aaaa", 0 },            { "/^a{2,}$/", "aaaa", 1 },
    { "/^a{2,}$/", "a", 0 },               { "/^a{0}b$/", "b", 1 },              { "/^a{0}b$/", "ab", 0 },
    { "/^(ab){2}$/", "abab", 1 },          { "/^(ab|c){1,2}?$/", "cab", 1 },     { "/a{b}/", "a{b}", 1 },
    { "/{\"level\":\"e/", "{\"level\":\"e", 1 }, { "/a{/", "a{", 1 },            { "/[abc]+x/", "cx", 1 },
    { "/[^abc]x/", "cx", 0 },              { "/[^abc]x/", "\xE2\x82\xACx", 1 },  { "/[]a]x/", "]x", 1 },
    { "/[a-]x/", "-x", 1 },                { "/[-a]x/", "-x", 1 },               { "/[\\]\\-]x/", "-x", 1 },
    { "/[\\d_]x/", "7x", 1 },              { "/[^\\d]x/", "7x", 0 },             { "/\\d\\D\\w\\W\\s\\S/", "1a_- b", 1 },
    { "/\\d\\D\\w\\W\\s\\S/", "11_- b", 0 }, { "/[^\\d\\D]/", "a1", 0 },         { "/\\x41\\x{1F600}/", "A\xF0\x9F\x98\x80", 1 },
    { "/\\/\\.\\*\\\\/", "/.*\\", 1 },     { "/a/b/", "a/b", 1 },                { "/\\t\\e\\a/", "\t\x1B\a", 1 },
    { "/[\\n\\r]/", "a\r", 1 },            { "/error/i", "ErRoR", 1 },           { "/error/", "ErRoR", 0 },
    { "/[^a]x/i", "Ax", 0 },               { "/[a-f]x/i", "Dx", 1 },             { "/[A-F]x/i", "dx", 1 },
    { "/z\xC3\xBCrich/i", "Z\xC3\x9CRICH", 1 }, { "/\xD0\x96/i", "\xD0\xB6", 1 }, { "/(?:a|b)c/", "bc", 1 },
    { "/[\xCE\xB1-\xCF\x89]{3}/", "x\xCE\xB1\xCE\xB2\xCF\x88", 1 }, { "/((((a))))/", "a", 1 },
};

RF_TEST(examples_are_found_or_not) {
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        int found = finds(examples[i].pattern, rf_slice_of(examples[i].line));
        if (found != examples[i].found)
            rf_check_text(rf_slice_of(examples[i].line), rf_slice_of(examples[i].pattern)); /* shows which */
        rf_check(found == examples[i].found);
    }
}

RF_TEST(literals_are_bytes_of_any_kind) {
    RF_CLEANUP(free_filter) rf_prefilter *filter = NULL;
    rf_check(!rf_prefilter_new(&filter, NULL));
    rf_check(!rf_prefilter_add(filter, 5, RF_SLICE("\xFF\0\x80"), NULL));
    rf_check(rf_prefilter_match(filter, RF_SLICE("a\xFF\0\x80z"), UINT64_MAX) == 1u << 5);
    rf_check(rf_prefilter_match(filter, RF_SLICE("a\xFF\0\x81z"), UINT64_MAX) == 0);
    rf_check(rf_prefilter_match(filter, (rf_slice){ NULL, 0 }, UINT64_MAX) == 0);
}

/* ---- What is refused ---- */

static const struct { const char *pattern; rf_code code; uint32_t column; const char *message; } refusals[] = {
    { "", RF_ECONFIG, 1, "an empty pattern" },
    { "/a(b/", RF_ECONFIG, 3, "a `(` that is not closed in the pattern `/a(b/`" },
    { "/ab)c/", RF_ECONFIG, 4, "a `)` that closes nothing" },
    { "/\xC3\xA9[b/", RF_ECONFIG, 3, "a `[` that is not closed" },
    { "/[]/", RF_ECONFIG, 2, "a `[` that is not closed" },
    { "/*a/", RF_ECONFIG, 2, "`*` has nothing before it to repeat" },
    { "/a|{2}/", RF_ECONFIG, 4, "`{2}` has nothing before it to repeat" },
    { "/a**/", RF_ECONFIG, 4, "`*` repeats a repeat" },
    { "/a++/", RF_ECONFIG, 4, "`+` repeats a repeat" },
    { "/^*/", RF_ECONFIG, 3, "`*` repeats an end of the line" },
    { "/(a)\\1/", RF_ECONFIG, 5, "`\\1` refers back to a group" },
    { "/\\bword/", RF_ECONFIG, 2, "`\\b` looks around" },
    { "/a(?=b)/", RF_ECONFIG, 3, "`(?=` looks around" },
    { "/(?<!a)b/", RF_ECONFIG, 2, "`(?<` looks around" },
    { "/(?<n>a)/", RF_ECONFIG, 2, "`(?<` names a group" },
    { "/(?i)a/", RF_ECONFIG, 2, "`(?i` is not supported" },
    { "/\\q/", RF_ECONFIG, 2, "`\\q` is no escape" },
    { "/\\p{L}/", RF_ECONFIG, 2, "`\\p` is not supported" },
    { "/a\\/", RF_ECONFIG, 3, "a backslash at the end" },
    { "/\\x4/", RF_ECONFIG, 2, "`\\x4` is not whole" },
    { "/\\x{}/", RF_ECONFIG, 2, "`\\x{` is not whole" },
    { "/\\x{110000}/", RF_ECONFIG, 2, "`\\x{110000}` is no character" },
    { "/\\x{D800}/", RF_ECONFIG, 2, "`\\x{D800}` is no character" },
    { "/[b-a]/", RF_ECONFIG, 3, "`b-a` is a range that ends before it begins" },
    { "/[a-\\d]/", RF_ECONFIG, 3, "`a-\\d` is a range to or from more than one character" },
    { "/[[:alpha:]]/", RF_ECONFIG, 3, "`[:` begins a named class" },
    { "/a{,3}/", RF_ECONFIG, 3, "`{,3}` is no count" },
    { "/a{3,2}/", RF_ECONFIG, 3, "`{3,2}` is a count that ends before it begins" },
    { "/a{1 }/", RF_ECONFIG, 3, "`{1 }` is no count" },
    { "/a{1001}/", RF_ELIMIT, 3, "a count above 1000" },
    { "/a{2,99999999999}/", RF_ELIMIT, 3, "a count above 1000" },
    { "/(a{1000}){1000}/", RF_ELIMIT, 1, "the patterns are too large (20000 states at most)" },
    { "/((()()()()()()()a?){1000}){1000}/", RF_ELIMIT, 1, "the patterns are too large" },
    { "/a\xFF/", RF_ECONFIG, 3, "a byte that is no UTF-8" },
    { "/[a\xFF]/", RF_ECONFIG, 4, "a byte that is no UTF-8" },
};

RF_TEST(what_cannot_be_is_refused_with_a_column) {
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        rf_error error = { 0 };
        rf_code code = rf_prefilter_check(rf_slice_of(refusals[i].pattern), &error);
        if (rf_test_torture() && code == RF_ENOMEM)
            return;
        if (!strstr(error.message, refusals[i].message))
            rf_check_text(rf_slice_of(error.message), rf_slice_of(refusals[i].message));
        rf_check(code == refusals[i].code && error.place.line == 1);
        rf_check(error.place.column == refusals[i].column);
    }
}

RF_TEST(depth_and_length_are_bounded) {
    char pattern[5000];
    rf_error error = { 0 };
    for (size_t depth = 63; depth <= 65; depth++) {
        memset(pattern, '(', depth + 1);
        pattern[0] = '/';
        pattern[depth + 1] = 'a';
        memset(pattern + depth + 2, ')', depth);
        pattern[2 * depth + 2] = '/';
        rf_code code = rf_prefilter_check((rf_slice){ pattern, 2 * depth + 3 }, &error);
        rf_check(code == (depth > 64 ? RF_ELIMIT : RF_OK));
    }
    memset(pattern, 'a', sizeof pattern);
    rf_check(!rf_prefilter_check((rf_slice){ pattern, 4096 }, &error));
    rf_check(rf_prefilter_check((rf_slice){ pattern, 4097 }, &error) == RF_ELIMIT);
}

RF_TEST(a_long_pattern_is_shown_in_part) {
    char pattern[300] = "/a)";
    for (size_t i = 3; i < 299; i += 2) { /* the cut falls within a character */
        pattern[i] = (char)0xC3;
        pattern[i + 1] = (char)0xA9;
    }
    pattern[299] = '/';
    rf_error error = { 0 };
    rf_check(rf_prefilter_check((rf_slice){ pattern, 300 }, &error) == RF_ECONFIG);
    rf_check(rf_utf8_valid(rf_slice_of(error.message)) && strstr(error.message, "…`"));
}

RF_TEST(a_refused_pattern_changes_nothing) {
    RF_CLEANUP(free_filter) rf_prefilter *filter = filter_of("/ab+/");
    rf_check(filter);
    rf_check(rf_prefilter_add(filter, 1, RF_SLICE("/(x{900}){900}/"), NULL));
    rf_check(rf_prefilter_match(filter, RF_SLICE("x abb"), UINT64_MAX) == 1);
    rf_check(!rf_prefilter_add(filter, 1, RF_SLICE("x"), NULL)); /* after a match, too */
    rf_check(rf_prefilter_match(filter, RF_SLICE("x abb"), UINT64_MAX) == 3);
}

/* ---- Owners ---- */

RF_TEST(each_owner_is_told_apart) {
    RF_CLEANUP(free_filter) rf_prefilter *filter = NULL;
    rf_check(!rf_prefilter_new(&filter, NULL));
    rf_check(rf_prefilter_match(filter, RF_SLICE("nobody asks"), UINT64_MAX) == 0);
    for (uint32_t owner = 0; owner < RF_PREFILTER_OWNERS_MAX; owner++) {
        char text[2] = { (char)('0' + owner / 8), (char)('A' + owner % 8) };
        rf_check(!rf_prefilter_add(filter, owner, (rf_slice){ text, 2 }, NULL));
    }
    rf_check(!rf_prefilter_add(filter, 63, RF_SLICE("/^both/"), NULL));
    for (uint32_t owner = 0; owner < RF_PREFILTER_OWNERS_MAX; owner++) {
        char line[8] = { '.', '.', (char)('0' + owner / 8), (char)('A' + owner % 8), '0', 'A', '.', '.' };
        uint64_t expected = UINT64_C(1) << owner | 1;
        rf_check(rf_prefilter_match(filter, (rf_slice){ line, 8 }, UINT64_MAX) == expected);
        rf_check(rf_prefilter_match(filter, (rf_slice){ line, 8 }, ~expected) == 0);
        rf_check(rf_prefilter_match(filter, (rf_slice){ line, 8 }, 1) == 1);
    }
    rf_check(rf_prefilter_match(filter, RF_SLICE("both 0B"), UINT64_MAX) == (UINT64_C(1) << 63 | 2));
    rf_check(rf_prefilter_match(filter, RF_SLICE("0A"), 0) == 0);
}

RF_TEST(without_memory_everything_wanted_is_found) {
    RF_CLEANUP(free_filter) rf_prefilter *filter = filter_of("/a[bc]+d/");
    rf_check(filter && !rf_test_torture());
    for (uint64_t n = 1; n < 12; n++) {
        rf_alloc_fail_at(n, true);
        uint64_t said = rf_prefilter_match(filter, RF_SLICE("xx abcb"), 5);
        rf_alloc_fail_at(0, false);
        rf_check(said == 5 || said == 0);
        rf_check(n > 1 || said == 5);
    }
    rf_check(rf_prefilter_match(filter, RF_SLICE("xx abcb"), 5) == 0);
    rf_check(rf_prefilter_match(filter, RF_SLICE("xx abcd"), 5) == 1);
}

/* ---- Against PCRE2 ---- */

typedef struct random_source { uint64_t state; } random_source;

static uint32_t below(random_source *random, uint32_t bound) {
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random->state >> 33) % bound;
}

static const char *const letters[] = { "a", "b", "c", "-", "1", " ", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xEE\x80\x80" };
static const char *const atoms[] = {
    "a", "b", "c", "a", "b", "\xC3\xA9", "\xE2\x82\xAC", ".", "[ab]", "[^a]", "[^\\x{20}-\\x{FFFF}]", "[\\x{80}-\\x{10FFFF}]", "\\d", "\\W", "\\S", "\\w",
    "[a\\d\xC3\xA9]", "[^\\s\xE2\x82\xAC]", "[\xC3\x80-\xE3\x80\x80]", "^", "$", "ab", "[\\D]", "\\x{1F600}", "[\\x{7FF}-\\x{800}]",
};
static const char *const repeats[] = { "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "{0}" };

static void random_pattern(random_source *random, rf_buffer *out, int depth) {
    uint32_t branches = below(random, 5) == 0 ? 2 : 1;
    for (uint32_t branch = 0; branch < branches; branch++) {
        if (branch > 0)
            rf_buffer_char(out, '|');
        for (uint32_t items = 1 + below(random, 4); items > 0; items--) {
            bool group = depth > 0 && below(random, 4) == 0;
            const char *atom = atoms[below(random, sizeof atoms / sizeof *atoms)];
            rf_buffer_text(out, group ? below(random, 2) ? "(" : "(?:" : atom);
            if (group) {
                random_pattern(random, out, depth - 1);
                rf_buffer_char(out, ')');
            }
            if (below(random, 3) == 0 && (group || (atom[0] != '^' && atom[0] != '$')))
                rf_buffer_text(out, repeats[below(random, sizeof repeats / sizeof *repeats)]);
        }
    }
}

static void random_line(random_source *random, rf_buffer *out, uint32_t longest) {
    uint32_t kinds = below(random, 2) ? 3 : sizeof letters / sizeof *letters;
    for (uint32_t i = below(random, longest + 1); i > 0; i--)
        rf_buffer_text(out, letters[below(random, kinds)]);
}

struct peer { pcre2_code *code; pcre2_match_data *match; };

static void peer_done(struct peer *p) {
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
}

static bool peer_init(struct peer *p, rf_slice expression, uint32_t more_options) {
    int error;
    size_t at;
    p->code = pcre2_compile((PCRE2_SPTR)expression.data, expression.len, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | more_options, &error, &at, NULL);
    p->match = p->code ? pcre2_match_data_create(1, NULL) : NULL;
    return p->match != NULL;
}

/* 1: found, 0: not, -1: it gave up going back and forth. */
static int peer_finds(const struct peer *p, rf_slice line) {
    int said = pcre2_match(p->code, (PCRE2_SPTR)(line.data ? line.data : ""), line.len, 0, 0, p->match, NULL);
    return said >= 0 ? 1 : said == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

/* A filter of several random patterns beside as many of PCRE2's. */
enum { OWNERS = 3 };

static bool same_as_peers(rf_prefilter *filter, const struct peer *peers, random_source *random, rf_buffer *line, int lines) {
    for (int i = 0; i < lines; i++) {
        rf_buffer_clear(line);
        random_line(random, line, i % 8 == 7 ? 60 : 12);
        if (line->failed)
            return false;
        uint64_t expected = 0, known = 0;
        for (int owner = 0; owner < OWNERS; owner++) {
            int said = peer_finds(&peers[owner], rf_buffer_view(line));
            known |= (uint64_t)(said >= 0) << owner;
            expected |= (uint64_t)(said > 0) << owner;
        }
        if ((rf_prefilter_match(filter, rf_buffer_view(line), UINT64_MAX) & known) != expected)
            return false;
        if (rf_prefilter_match(filter, rf_buffer_view(line), 2 & known) != (expected & 2))
            return false;
    }
    return true;
}

static void peers_done(struct peer (*peers)[OWNERS]) {
    for (int i = 0; i < OWNERS; i++)
        peer_done(&(*peers)[i]);
}

static bool agree(random_source *random, size_t cache_bytes_max, int lines, rf_buffer *text, rf_buffer *line) {
    RF_CLEANUP(free_filter) rf_prefilter *filter = NULL;
    RF_CLEANUP(peers_done) struct peer peers[OWNERS] = { 0 };
    if (rf_prefilter_new(&filter, NULL))
        return false;
    filter->dfa.cache_bytes_max = cache_bytes_max;
    for (uint32_t owner = 0; owner < OWNERS; owner++) {
        rf_buffer_clear(text);
        rf_buffer_char(text, '/');
        random_pattern(random, text, 2);
        rf_buffer_char(text, '/');
        if (text->failed || !peer_init(&peers[owner], (rf_slice){ text->data + 1, text->len - 2 }, 0) ||
            rf_prefilter_add(filter, owner, rf_buffer_view(text), NULL))
            return false;
    }
    return same_as_peers(filter, peers, random, line, lines);
}

RF_TEST(random_patterns_find_what_pcre2_finds) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    random_source random = { 1 };
    for (int round = rf_test_torture() ? 3000 : 0; round < 3000; round++) { /* the next test is for failing memory */
        bool same = agree(&random, RF_PF_CACHE_BYTES_MAX, 40, &text, &line);
        if (!same)
            rf_check_text(rf_buffer_view(&line), rf_buffer_view(&text)); /* the last pattern of the three: a place to begin */
        rf_check(same);
    }
}

RF_TEST(a_few_random_patterns_with_a_small_cache) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    random_source random = { 11 };
    for (int round = 0; round < 10; round++)
        rf_check(agree(&random, 4096, 10, &text, &line));
}

RF_TEST(a_cache_that_is_always_full_changes_nothing) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    random_source random = { 7 };
    for (int round = rf_test_torture() ? 400 : 0; round < 400; round++)
        rf_check(agree(&random, (size_t)below(&random, 3) * 1500, 40, &text, &line));
}

RF_TEST(a_pattern_with_many_states_stays_within_its_memory) {
    RF_CLEANUP(free_filter) rf_prefilter *filter = filter_of("/a[ab]{12}c/");
    RF_CLEANUP(peer_done) struct peer peer = { 0 };
    rf_check(filter && peer_init(&peer, RF_SLICE("a[ab]{12}c"), 0));
    filter->dfa.cache_bytes_max = 64 << 10;
    random_source random = { 3 };
    char line[64];
    for (int i = 0; i < (rf_test_torture() ? 10 : 4000); i++) {
        for (size_t k = 0; k < sizeof line; k++)
            line[k] = below(&random, 12) == 0 ? 'c' : (char)('a' + below(&random, 2));
        rf_slice view = { line, sizeof line };
        rf_check((int)rf_prefilter_match(filter, view, 1) == peer_finds(&peer, view));
        rf_check(filter->dfa.cap * sizeof *filter->dfa.states < 64 << 10);
    }
    rf_check(rf_test_torture() || filter->dfa.generation > 3);
}

RF_TEST(every_pair_of_letters_is_one_for_pcre2_too) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    int pairs = 0;
    for (uint32_t c = 'A'; c < 0x2000; c++) {
        rf_pf_set set = { 0 };
        bool good = rf_pf_set_add(&set, c, c) && rf_pf_set_fold(&set);
        rf_pf_set_join(&set);
        uint32_t lo = good ? set.items[0].lo : 0, hi = good ? set.items[set.count - 1].hi : 0;
        size_t count = set.count;
        rf_vec_done(&set);
        rf_check(good && count <= 2 && (count == 2 || hi - lo <= 1));
        uint32_t other = lo == c ? hi : lo;
        if (other == c)
            continue;
        char bytes[4];
        rf_buffer_clear(&text);
        rf_buffer_append(&text, bytes, rf_utf8_encode(c, bytes));
        size_t len = rf_utf8_encode(other, bytes);
        RF_CLEANUP(peer_done) struct peer peer = { 0 };
        rf_check(!text.failed && peer_init(&peer, rf_buffer_view(&text), PCRE2_CASELESS));
        rf_check(peer_finds(&peer, (rf_slice){ bytes, len }) == 1);
        pairs++;
    }
    rf_check(pairs > 700);
}

/* Every range of a few odd characters matches just the characters within. */
RF_TEST(ranges_of_characters_hold_their_ends) {
    static const uint32_t ends[] = { 0, 'a', 0x7F, 0x80, 0xFF, 0x7FF, 0x800, 0xFFF, 0x1000, 0x1234, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x12345, 0x3FFFF, 0x40000, 0x10FFFF };
    enum { COUNT = sizeof ends / sizeof *ends };
    for (size_t lo = 0; lo < COUNT; lo++)
        for (size_t hi = lo; hi < COUNT; hi++) {
            RF_CLEANUP(free_filter) rf_prefilter *filter = NULL;
            char pattern[64];
            (void)snprintf(pattern, sizeof pattern, "/^[\\x{%X}-\\x{%X}]$/", ends[lo], ends[hi]);
            filter = filter_of(pattern);
            rf_check(filter);
            for (size_t i = 0; i < COUNT; i++) {
                char line[4];
                rf_slice view = { line, rf_utf8_encode(ends[i], line) };
                rf_check(rf_prefilter_match(filter, view, 1) == (uint64_t)(i >= lo && i <= hi));
            }
        }
}
