/* conf_plain_test.c: nodes as plain values. */
#include "stream/config_fixture.h"

#include "base/slice.h"

#include <string.h>

static void arena_done(rf_arena *arena) { rf_arena_done(arena); }

/* `any` of a config as the text form of its value; what went wrong; NULL: out of memory. */
static const char *plain(const char *any, rf_buffer *out) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_buffer_printf(&text, "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - noop:\n        any: %s\n", any);
    const char *yaml = rf_buffer_cstr(&text);
    RF_CLEANUP(fixture_done) rf_config *config = yaml ? fixture_load(yaml) : NULL;
    if (!config || !config->processor_count || !config->processors[0].state)
        return NULL;
    const fixture_state *state = config->processors[0].state;
    rf_value value;
    rf_error error = { 0 };
    rf_code code = state->any ? rf_conf_plain(state->any, &arena, &value, &error) : RF_ENOMEM;
    if (code == RF_ENOMEM)
        return NULL;
    if (code)
        rf_buffer_text(out, error.message);
    else
        rf_value_print(out, &value);
    return rf_buffer_cstr(out);
}

RF_TEST(nodes_become_the_values_that_they_look_like) {
    static const struct { const char *any, *expected; } rows[] = {
        { "{n: 5, f: 1.5, t: true, w: word, q: \"5\", z: null, l: [1, x, {a: b}], no: no}",
          "map[f:1.5 l:[1 x map[a:b]] n:5 no:no q:5 t:true w:word z:<nil>]" },
        { "[]", "[]" },
        { "'true'", "true" },
        { "[-3, 0x10, 1e3]", "[-3 16 1000]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        const char *got = plain(rows[i].any, &out);
        rf_check(got);
        rf_check_text(rf_slice_of(got), rf_slice_of(rows[i].expected));
    }
}

RF_TEST(aliases_of_aliases_are_refused) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const char *got = plain("{a: &a [1,1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a], c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b],"
                            " d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c], e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]}", &out);
    rf_check(got);
    rf_check_text(rf_slice_of(got), RF_SLICE("more than 100000 values, aliases counted each time"));
}
