/* flame_test.c: flame graphs and folded stacks. */
#include "observe/flame.h"

#include "base/slice.h"
#include "harness.h"
#include "observe/profile_units.h"

#include <string.h>

static const rf_script_frame hash[] = { { "hash", "/etc/redact.fsx", 12 }, { "on;output", "/etc/redact.fsx", 30 } };
static const rf_script_frame top[] = { { "<eval>", "condition-1-if.js", 3 } };
static const uintptr_t native[] = { 0x10, 0x21 };
static rf_profile_stack stacks[] = {
    { .samples = 3, .value = 300, .thread = "worker 0", .stage = "redact on_output", .script = hash, .script_count = 2 },
    { .samples = 1, .value = 100, .thread = "worker 1", .stage = "redact on_output", .script = hash, .script_count = 2 },
    { .samples = 1, .value = 50, .thread = "worker 0", .stage = "a <stage> & \"more\"\x01\xff", .script = top, .script_count = 1 },
    { .samples = 1, .value = 50, .thread = "input", .stage = "", .native = native, .native_count = 2 },
};
static const rf_profile profile = { .kind = "cpu", .duration_ns = 1500000000, .stacks = stacks, .count = 4, .lost = 2 };

static bool has(rf_buffer *out, const char *text) {
    const char *all = rf_buffer_cstr(out);
    return all && strstr(all, text);
}

static rf_flame_node *child(const rf_flame_node *node, const char *name) {
    for (rf_flame_node *at = node ? node->children : NULL; at; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

RF_TEST(a_stack_folds_to_a_line) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_folded_write(&profile, NULL, &out);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("worker 0;redact on_output;on:output redact.fsx:30;hash redact.fsx:12 300\n"
                                                 "worker 1;redact on_output;on:output redact.fsx:30;hash redact.fsx:12 100\n"
                                                 "worker 0;a <stage> & \"more\" \xff;condition-1-if.js:3 50\n"
                                                 "input;0x20;0x10 50\n"));
}

RF_TEST(stacks_that_begin_alike_share_their_frames) {
    RF_CLEANUP(rf_flame_done) rf_flame flame;
    rf_check(rf_flame_make(&profile, NULL, &flame));
    rf_check(flame.root->value == 500 && flame.root->self == 0 && flame.depth == 3);
    rf_flame_node *stage = child(flame.root, "redact on_output"), *outer = child(stage, "on;output redact.fsx:30");
    rf_flame_node *inner = child(outer, "hash redact.fsx:12");
    rf_check(stage && stage->kind == RF_FRAME_STAGE && stage->value == 400 && stage->self == 0);
    rf_check(outer && !outer->next && inner && inner->kind == RF_FRAME_SCRIPT && inner->self == 400 && inner->depth == 3);
    for (rf_flame_node *at = flame.root->children; at && at->next; at = at->next)
        rf_check(strcmp(at->name, at->next->name) < 0);
    size_t nodes = 0;
    for (rf_flame_node *at = flame.root; at; at = rf_flame_next(at))
        nodes++;
    rf_check(nodes == 8);
}

/* Functions that are called as those are that enter an engine, and as the engine's own. */
int rf_js_pretended(int x);
int js_pretended(int x);
int rf_other_pretended(int x);
__attribute__((noinline)) int rf_js_pretended(int x) { return x * 3 + 1; }
__attribute__((noinline)) int js_pretended(int x) { return x * 5 + 2; }
__attribute__((noinline)) int rf_other_pretended(int x) { return x * 7 + 3; }

static void symbols_done(rf_symbols **symbols) { rf_symbols_close(*symbols); }

/* Names of all frames, innermost first. */
static void read_names(const rf_profile_stack *stack, const rf_symbols *symbols, rf_buffer *out) {
    char name[RF_FRAME_NAME_MAX];
    rf_frames frames;
    rf_buffer_clear(out);
    rf_frames_read(stack, symbols, &frames);
    for (uint32_t i = 0; i < frames.count; i++)
        rf_buffer_printf(out, "%s%s", i ? "; " : "", rf_frame_name(&frames.items[i], true, name));
    if (frames.at_work)
        rf_buffer_printf(out, " (%s)", frames.at_work);
}

RF_TEST(what_an_engine_does_below_a_script_is_left_out_but_for_its_innermost_function) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(symbols_done) rf_symbols *symbols = NULL;
    rf_error error;
    rf_check(!rf_symbols_open(&symbols, &error));
    const uintptr_t own = (uintptr_t)js_pretended + 2, entry = (uintptr_t)rf_js_pretended + 2, outer = (uintptr_t)rf_other_pretended + 2;
    const uintptr_t whole[] = { own, own, entry, outer }, broken[] = { own, own }, outside[] = { outer, outer };
    rf_profile_stack stack = { .thread = "", .stage = "s", .script = top, .script_count = 1, .native = whole, .native_count = 4 };
    read_names(&stack, symbols, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("condition-1-if.js:3; s; rf_js_pretended; rf_other_pretended (js_pretended)"));
    stack.native = broken; /* the stack was not walked to where the engine was entered */
    stack.native_count = 2;
    read_names(&stack, symbols, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("condition-1-if.js:3; s (js_pretended)"));
    stack.native = outside;
    read_names(&stack, symbols, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("condition-1-if.js:3; s; rf_other_pretended; rf_other_pretended (rf_other_pretended)"));
    stack.native = whole; /* no script: nothing is left out */
    stack.native_count = 4;
    stack.script_count = 0;
    stack.stage = "";
    read_names(&stack, symbols, &out);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("js_pretended; js_pretended; rf_js_pretended; rf_other_pretended"));
}

RF_TEST(names_are_fit_for_markup) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_flame_write(&profile, NULL, "a <title> & more", &out);
    rf_check(!out.failed);
    rf_check(has(&out, ">a &lt;title&gt; &amp; more</text>"));
    rf_check(has(&out, "<title>a &lt;stage&gt; &amp; &quot;more&quot; \xef\xbf\xbd (50 ns, 10.0 %)</title>"));
    rf_check(!has(&out, "<stage>"));
}

RF_TEST(frames_say_where_they_are_and_what_they_took) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_flame_write(&profile, NULL, "t", &out);
    rf_check(!out.failed && has(&out, "cpu: 500 ns in 1.50 s, 2 samples lost"));
    rf_check(has(&out, "data-x=\"0.0000000000\" data-w=\"1.0000000000\" data-d=\"0\"><title>all (500 ns, 100.0 %)</title>"));
    rf_check(has(&out, "data-x=\"0.2000000000\" data-w=\"0.8000000000\" data-d=\"3\"><title>hash redact.fsx:12 (400 ns, 80.0 %)</title>"));
    rf_check(has(&out, "data-x=\"0.0000000000\" data-w=\"0.1000000000\" data-d=\"1\"><title>0x20 (50 ns, 10.0 %)</title>"));
}

RF_TEST(what_is_too_narrow_to_be_seen_is_left_out_and_keeps_its_room) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const rf_script_frame line[] = { { "a", "x.js", 1 } };
    rf_profile_stack few[] = { { .value = 1, .thread = "", .stage = "a", .script = line, .script_count = 1 },
                               { .value = 100000, .thread = "", .stage = "b", .script = line, .script_count = 1 } };
    rf_profile two = { .kind = "heap", .stacks = few, .count = 2 };
    rf_flame_write(&two, NULL, "t", &out);
    rf_check(!out.failed && !has(&out, "<title>a (") && has(&out, "<title>b (97.65 KiB, 100.0 %)</title>"));
    rf_check(has(&out, "data-x=\"0.0000099999\" data-w=\"0.9999900001\" data-d=\"2\""));
}

RF_TEST(a_profile_without_samples_is_a_picture_too) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_flame_write(&(rf_profile){ .kind = "threads" }, NULL, "nothing", &out);
    rf_check(!out.failed && has(&out, "<title>all (0, 0.0 %)</title>") && has(&out, "</svg>\n"));
}

RF_TEST(values_have_the_unit_of_their_kind) {
    char out[RF_UNITS_MAX];
    rf_check_text(rf_slice_of(rf_units_value("cpu", 999, out)), RF_SLICE("999 ns"));
    rf_check_text(rf_slice_of(rf_units_value("mutex", 1500, out)), RF_SLICE("1.50 us"));
    rf_check_text(rf_slice_of(rf_units_value("cpu", UINT64_C(61050000000), out)), RF_SLICE("61.05 s"));
    rf_check_text(rf_slice_of(rf_units_value("heap", 1023, out)), RF_SLICE("1023 B"));
    rf_check_text(rf_slice_of(rf_units_value("allocs", 3 << 20, out)), RF_SLICE("3.00 MiB"));
    rf_check_text(rf_slice_of(rf_units_value("threads", UINT64_MAX, out)), RF_SLICE("18446744073709551615"));
    rf_check_text(rf_slice_of(rf_units_share(1, 8, out)), RF_SLICE("12.5 %"));
    rf_check_text(rf_slice_of(rf_units_share(1, 0, out)), RF_SLICE("0.0 %"));
}
