/* console_test.c: `console` and `cache` as scripts see them. */
#include "script/fixture.h"

RF_TEST(console_prints_its_arguments_as_one_record) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_log(&f));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "console.log('a', {b: 1, a: 'x', 'with space': null}, [1, null], [], {}, undefined, true, 1.5, -Infinity, new Date(0))"));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "console.warn('it\\'s\\n', 'b\\\\c')") && fixture_start(&f));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("nothing"));
    rf_slice text = fixture_logged(&f);
    static const char expected[] = "'a' { a: 'x', b: 1, 'with space': null } [ 1, null ] [] {} null true 1.5 -Infinity '1970-01-01 00:00:00 +0000 UTC'";
    rf_check(memmem(text.data, text.len, expected, sizeof expected - 1) && memmem(text.data, text.len, "level=info", 10));
    rf_check_text(fixture_run(&f, 1, FIXTURE_LINE), RF_SLICE("nothing"));
    text = fixture_logged(&f);
    rf_check(memmem(text.data, text.len, "level=warn", 10) && memmem(text.data, text.len, "'it\\\\'s\\\\n' 'b\\\\\\\\c'", 20));
}

RF_TEST(the_cache_copies_in_and_out) {
    static const fixture_case rows[] = {
        { "cache.set('a', [1, {b: 2}]); var x = cache.get('a'); x[0] = 9; return {payload: [cache.get('a'), cache.exists('a'), cache.exists('b')]}",
          NULL, "[[1,{\"b\":2}],true,false]" },
        { "cache.set('u'); return {payload: [cache.exists('u'), cache.get('u'), cache.set('x', 1) === undefined, cache.delete('u') === undefined, cache.exists('u')]}",
          NULL, "[true,null,true,true,false]" },
        { "cache.set('d', new Date(5)); cache.set('n', 10n); cache.set('b', new Uint8Array([7])); return {payload: [cache.get('d').getTime(), cache.get('n') + 1n, cache.get('b')[0]]}",
          NULL, "[5,11,7]" },
        { "cache.set('nan', NaN); return {payload: Number.isNaN(cache.get('nan'))}", NULL, "true" },
        { "return {payload: cache.get('missing') === undefined}", NULL, "true" },
        { "cache.set(5, 'five'); return {payload: cache.get('5')}", NULL, "\"five\"" },
        { "cache.set('big', 'x'.repeat(10000)); return {payload: cache.exists('big')}", NULL, "false" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(mistakes_with_the_cache_are_logged) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_log(&f));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "cache.set('', 1); cache.delete(''); cache.get('k')") && fixture_start(&f));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("nothing"));
    rf_slice text = fixture_logged(&f);
    rf_check(memmem(text.data, text.len, "cache.set failed: cache: key must not be empty", 46));
    rf_check(memmem(text.data, text.len, "cache.delete failed: cache: key must not be empty", 49));
    rf_check(memmem(text.data, text.len, "not found. Use cache.exists(key) to check before reading.", 57));
}
