/* chain_test.c: order, verdicts, limits, health, swaps, timers, messages. */
#include "plugin/chain_fixture.h"

#include "base/clock.h"
#include "observe/heap_profile.h"

#define APPEND(word) "let on_output line = Modify (line ++ \"" word "\")\n"

RF_TEST(without_plugins_the_line_comes_back_as_it_was) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_slice line = RF_SLICE("as it was");
    rf_outcome_text made = rf_chain_text(b.chain, RF_HOOK_OUTPUT, line);
    rf_check(made.verdict == RF_VERDICT_CONTINUE && made.bytes.data == line.data && made.bytes.len == line.len && !made.stopped);
    rf_check(!rf_chain_wants(b.chain, RF_HOOK_OUTPUT) && rf_chain_count(b.chain) == 0);
}

RF_TEST(plugins_are_called_by_priority_then_as_they_came) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "low.fsx", "// @priority: -5\n" APPEND("l")));
    rf_check(chain_bench_add(&b, "one.fsx", APPEND("1")));
    rf_check(chain_bench_add(&b, "high.js", "// @priority: 10\nfunction on_output(line) { return line + 'h'; }\n"));
    rf_check(chain_bench_add(&b, "two.fsx", APPEND("2")));
    rf_check_text(chain_bench_say(&b, "-").bytes, RF_SLICE("-h12l"));
    rf_check(rf_chain_wants(b.chain, RF_HOOK_OUTPUT) && !rf_chain_wants(b.chain, RF_HOOK_INPUT));
}

RF_TEST(each_verdict_does_what_it_says) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "first.fsx", "// @priority: 2\nlet on_output line =\n    match line with\n    | \"stop\" -> Stop\n    | \"drop\" -> Drop\n"
                                              "    | \"modify\" -> Modify \"stop\"\n    | \"false\" -> false\n    | _ -> Continue\n"));
    rf_check(chain_bench_add(&b, "second.fsx", APPEND("+")));
    rf_outcome_text made = chain_bench_say(&b, "go");
    rf_check(made.verdict == RF_VERDICT_MODIFY && !made.stopped);
    rf_check_text(made.bytes, RF_SLICE("go+"));
    made = chain_bench_say(&b, "stop");
    rf_check(made.verdict == RF_VERDICT_CONTINUE && made.stopped);
    rf_check_text(made.bytes, RF_SLICE("stop"));
    made = chain_bench_say(&b, "false");
    rf_check(made.verdict == RF_VERDICT_CONTINUE && made.stopped);
    made = chain_bench_say(&b, "drop");
    rf_check(made.verdict == RF_VERDICT_DROP && made.bytes.len == 0);
    rf_check_text(chain_bench_say(&b, "modify").bytes, RF_SLICE("stop+"));
}

RF_TEST(what_a_plugin_that_fails_closed_fails_on_is_dropped) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "open.fsx", "let on_output line = if line = \"bad\" then failwith \"no\" else Continue\n"));
    rf_check(rf_chain_text(b.chain, RF_HOOK_OUTPUT, RF_SLICE("bad")).verdict == RF_VERDICT_CONTINUE);
    rf_check(chain_bench_add(&b, "closed.fsx", "// @fail-closed: true\nlet on_output line = if line = \"bad\" then failwith \"no\" else Continue\n"));
    rf_check(rf_chain_text(b.chain, RF_HOOK_OUTPUT, RF_SLICE("bad")).verdict == RF_VERDICT_DROP);
    rf_check(rf_chain_text(b.chain, RF_HOOK_OUTPUT, RF_SLICE("good")).verdict == RF_VERDICT_CONTINUE);
}

RF_TEST(only_eager_plugins_see_the_beginning_of_a_line) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(!rf_chain_wants_eager(b.chain));
    rf_check(chain_bench_add(&b, "late.fsx", APPEND("l")));
    rf_check(!rf_chain_wants_eager(b.chain));
    rf_check_text(rf_chain_eager(b.chain, RF_SLICE("x")).bytes, RF_SLICE("x"));
    rf_check(chain_bench_add(&b, "keys.fsx", "// @eager: true\nlet on_input keys = Modify (keys ++ \"k\")\n"));
    rf_check(!rf_chain_wants_eager(b.chain));
    rf_check(chain_bench_add(&b, "soon.fsx", "// @eager: true\n// @match: x\n" APPEND("e")));
    rf_check(rf_chain_wants_eager(b.chain));
    rf_check_text(rf_chain_eager(b.chain, RF_SLICE("x")).bytes, RF_SLICE("xe"));
    rf_check(rf_chain_eager(b.chain, RF_SLICE("y")).verdict == RF_VERDICT_CONTINUE);
    rf_check_text(chain_bench_say(&b, "x").bytes, RF_SLICE("xle"));
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("soon"), false, &b.error) == RF_OK);
    rf_check(!rf_chain_wants_eager(b.chain));
}

RF_TEST(bytes_that_are_no_text_come_back_as_they_were) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "add.fsx", "let on_input keys = Modify (keys ++ \"!\")\n"));
    rf_outcome_text made = rf_chain_text(b.chain, RF_HOOK_INPUT, RF_SLICE("a\xff\xfe\x80z"));
    rf_check_text(made.bytes, RF_SLICE("a\xff\xfe\x80z!"));
}

RF_TEST(state_is_each_plugins_own_and_stays) {
    CHAIN_BENCH(b);
    const char *counting = "let mutable count = 0\nlet on_output line =\n    count <- count + 1\n    Modify (line ++ string count)\n";
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "a.fsx", counting));
    rf_check(chain_bench_add(&b, "b.js", "let count = 10; function on_output(line) { count++; return line + count; }\n"));
    rf_check_text(chain_bench_say(&b, "").bytes, RF_SLICE("111"));
    rf_check_text(chain_bench_say(&b, "").bytes, RF_SLICE("212"));
}

static rf_plugin_status status_of(chain_bench *b, size_t index) {
    rf_plugin_status status = { 0 };
    if (!rf_chain_status(b->chain, index, &status))
        status.name[0] = '\0';
    return status;
}

RF_TEST(three_failures_in_a_row_take_a_plugin_out_until_it_is_enabled) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "bad.js", "function on_output(line) { if (line !== 'good') throw new Error('no'); return line + '!'; }\n"));
    (void)chain_bench_say(&b, "1");
    (void)chain_bench_say(&b, "2");
    rf_check(status_of(&b, 0).failures == 2);
    rf_check_text(chain_bench_say(&b, "good").bytes, RF_SLICE("good!"));
    rf_check(status_of(&b, 0).failures == 0);
    for (int i = 0; i < 3; i++)
        rf_check_text(chain_bench_say(&b, "bad").bytes, RF_SLICE("bad"));
    rf_plugin_status status = status_of(&b, 0);
    rf_check(status.state == RF_PLUGIN_FAILED && status.failures == 3 && status.hooks[RF_HOOK_OUTPUT].errors == 5);
    rf_check(status.last_error.place.line == 1 && status.hooks[RF_HOOK_OUTPUT].calls == 6);
    rf_check(chain_bench_logged(&b, "riffle plugin enable bad") && chain_bench_logged(&b, "on_output: Error: no"));
    rf_check_text(chain_bench_say(&b, "good").bytes, RF_SLICE("good"));
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("bad"), true, &b.error) == RF_OK);
    rf_check_text(chain_bench_say(&b, "good").bytes, RF_SLICE("good!"));
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("bad"), false, &b.error) == RF_OK);
    rf_check_text(chain_bench_say(&b, "good").bytes, RF_SLICE("good"));
    rf_check(status_of(&b, 0).state == RF_PLUGIN_DISABLED);
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("nobody"), true, &b.error) == RF_ENOTFOUND);
}

static bool endless(const char *file, const char *text) {
    CHAIN_BENCH(b);
    if (!chain_bench_start(&b) || !chain_bench_add(&b, file, text) || !chain_bench_add(&b, "next.fsx", APPEND("+")))
        return rf_test_torture();
    uint64_t start = rf_clock_mono_ns();
    rf_slice made = chain_bench_say(&b, "x").bytes;
    uint64_t took = rf_clock_mono_ns() - start;
    bool in_time = took > 15 * RF_NS_PER_MS && took < 2000 * RF_NS_PER_MS;
    return rf_test_torture() || (rf_slice_is(made, "x+") && in_time && status_of(&b, 0).last_error.code == RF_ELIMIT);
}

RF_TEST(an_endless_loop_ends_at_its_limit_and_the_next_plugin_runs) {
    rf_check(endless("loop.fsx", "// @priority: 1\n// @time: 20ms\nlet on_output line =\n    let mutable x = 1\n    while x > 0 do\n        x <- 1\n    line\n"));
    rf_check(endless("loop.js", "// @priority: 1\n// @time: 20ms\nfunction on_output(line) { for (;;) {} }\n"));
}

RF_TEST(one_that_eats_memory_is_stopped_and_works_again) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "eat.js", "// @memory: 4MiB\n// @time: 10s\nlet n = 0; function on_load() { n = 1; }\n"
                                           "function on_output(line) { n++; if (line === 'eat') { const a = []; for (;;) a.push('x'.repeat(1000) + a.length); }\n"
                                           "  return line + n; }\n"));
    rf_check(chain_bench_add(&b, "eat2.fsx", "// @memory: 1MiB\n// @time: 10s\nlet rec grow xs = grow (\"more\" :: xs)\n"
                                             "let on_output line = if line = \"eat\" then grow [] else line ++ \"f\"\n"));
    rf_check_text(chain_bench_say(&b, "a").bytes, RF_SLICE("a2f"));
    rf_check_text(chain_bench_say(&b, "eat").bytes, RF_SLICE("eat"));
    if (rf_test_torture())
        return; /* what the failed allocation hit decides who is still there */
    rf_check(status_of(&b, 0).last_error.code == RF_ELIMIT && status_of(&b, 1).last_error.code == RF_ELIMIT);
    rf_check_text(chain_bench_say(&b, "a").bytes, RF_SLICE("a2f")); /* a fresh VM, on_load called again */
}

RF_TEST(what_was_not_granted_is_not_there) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "nosy.js", "// @capabilities: send\nfunction on_output(line) { return [typeof Term, typeof Ui, typeof Store, typeof std].join(); }\n"));
    rf_check(chain_bench_add(&b, "nosy2.fsx", "// @priority: -1\n// @capabilities: run\nlet on_output line =\n    Process.run \"true\" []\n    line\n"));
    rf_check_text(chain_bench_say(&b, "x").bytes, RF_SLICE("undefined,undefined,undefined,undefined"));
    rf_check(chain_bench_logged(&b, "run") && status_of(&b, 1).failures == 1);
}

RF_TEST(a_hook_that_the_manifest_lists_must_be_there) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_plugin *plugin = chain_bench_load(&b, "less.fsx", "// @hooks: [\"on_output\", \"on_input\"]\nlet on_output line = line\n");
    rf_check(plugin);
    rf_check(rf_chain_add(b.chain, plugin, &b.error) == RF_ECONFIG);
    rf_check(strstr(b.error.message, "on_input") && rf_chain_count(b.chain) == 0);
}

RF_TEST(a_plugin_whose_on_load_fails_is_not_added) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(!chain_bench_add(&b, "bad.fsx", "let on_load () = failwith \"no\"\nlet on_output line = line\n"));
    rf_check(rf_chain_count(b.chain) == 0);
    rf_check(chain_bench_add(&b, "bad.fsx", "let on_output line = Modify \"fine\"\n"));
    rf_check(!chain_bench_add(&b, "bad.fsx", "let on_output line = line\n")); /* the name is taken */
    rf_check_text(chain_bench_say(&b, "x").bytes, RF_SLICE("fine"));
    rf_check(rf_chain_remove(b.chain, RF_SLICE("bad"), &b.error) == RF_OK && rf_chain_count(b.chain) == 0);
    rf_check(rf_chain_remove(b.chain, RF_SLICE("bad"), &b.error) == RF_ENOTFOUND);
}

RF_TEST(a_prefilter_keeps_lines_from_plugins_that_they_do_not_concern) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "errors.fsx", "// @match: [\"ERROR\", \"/w[a4]rn/i\"]\n" APPEND("e")));
    rf_check(chain_bench_add(&b, "made.fsx", "// @match: [\"e\"]\n" APPEND("m")));
    rf_check(chain_bench_add(&b, "all.fsx", "// @priority: -1\n" APPEND("a")));
    rf_check_text(chain_bench_say(&b, "ok").bytes, RF_SLICE("oka"));
    rf_check_text(chain_bench_say(&b, "ERROR").bytes, RF_SLICE("ERRORema")); /* the new text is looked at */
    rf_check_text(chain_bench_say(&b, "W4RN").bytes, RF_SLICE("W4RNema"));
    rf_slice lines[] = { RF_SLICE("ok"), RF_SLICE("an ERROR"), RF_SLICE("x e") };
    rf_outcome_text out[3];
    rf_chain_lines(b.chain, lines, 3, out);
    rf_check_text(out[0].bytes, RF_SLICE("oka"));
    rf_check_text(out[1].bytes, RF_SLICE("an ERRORema"));
    rf_check_text(out[2].bytes, RF_SLICE("x ema"));
}

RF_TEST(a_run_of_lines_gives_what_the_lines_give_one_by_one) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "first.fsx", "let on_output line =\n    match line with\n    | \"stop\" -> Stop\n    | \"drop\" -> Drop\n    | \"same\" -> Continue\n"
                                              "    | _ -> Modify (line ++ \"1\")\n"));
    rf_check(chain_bench_add(&b, "second.js", "function on_output(line) { return line === 'same' ? undefined : line + '2'; }\n"));
    rf_slice lines[] = { RF_SLICE("a"), RF_SLICE("stop"), RF_SLICE("drop"), RF_SLICE("same"), RF_SLICE(""), RF_SLICE("\xff") };
    rf_outcome_text out[6];
    rf_chain_lines(b.chain, lines, 6, out);
    static const char *const expected[] = { "a12", "stop", "", "same", "12", ("\xff" "12") };
    for (size_t i = 0; i < 6; i++)
        rf_check_text(out[i].bytes, rf_slice_of(expected[i]));
    rf_check(out[1].stopped && out[2].verdict == RF_VERDICT_DROP && out[3].verdict == RF_VERDICT_CONTINUE);
    for (size_t i = 0; i < 6; i++)
        rf_check_text(rf_chain_text(b.chain, RF_HOOK_OUTPUT, lines[i]).bytes, rf_slice_of(expected[i]));
}

/* ---- Swaps ---- */

#define COUNTING(word) "let mutable count = 0\nlet on_reload old =\n    count <- old.count\nlet on_output line =\n    count <- count + 1\n    Modify (\"" word "\" ++ string count)\n"

RF_TEST(a_swap_keeps_the_state_that_on_reload_asks_for) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "c.fsx", COUNTING("old")));
    (void)chain_bench_say(&b, "");
    rf_check_text(chain_bench_say(&b, "").bytes, RF_SLICE("old2"));
    rf_plugin *next = chain_bench_load(&b, "c.fsx", COUNTING("new"));
    rf_check(next && rf_chain_post_swap(b.chain, next, &b.error) == RF_OK);
    rf_check_text(chain_bench_say(&b, "").bytes, RF_SLICE("new3"));
    rf_check(status_of(&b, 0).reloads == 1 && status_of(&b, 0).hooks[RF_HOOK_OUTPUT].calls == 3);
}

RF_TEST(state_goes_over_in_javascript_too) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "c.js", "var count = 0; function on_output(line) { count++; return 'old' + count; }\n"));
    (void)chain_bench_say(&b, "");
    rf_plugin *next = chain_bench_load(&b, "c.js", "var count = 0; function on_reload(old) { count = old.count; } const on_output = line => 'new' + ++count;\n");
    rf_check(next && rf_chain_swap(b.chain, next, &b.error) == RF_OK);
    rf_check_text(chain_bench_say(&b, "").bytes, RF_SLICE("new2"));
}

RF_TEST(a_version_that_does_not_start_leaves_the_old_one_running) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "c.fsx", COUNTING("old")));
    (void)chain_bench_say(&b, "");
    rf_plugin *next = chain_bench_load(&b, "c.fsx", "let x = failwith \"broken\"\n" COUNTING("new"));
    rf_check(next && rf_chain_post_swap(b.chain, next, &b.error) == RF_OK);
    rf_check_text(chain_bench_say(&b, "").bytes, RF_SLICE("old2"));
    rf_check(chain_bench_logged(&b, "c.fsx:1:9") && chain_bench_logged(&b, "the one before goes on: broken"));
}

RF_TEST(on_unload_is_called_when_a_version_goes) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "c.fsx", "let on_unload () = Log.info \"bye\"\nlet on_output line = line\n"));
    rf_check(rf_chain_remove(b.chain, RF_SLICE("c"), &b.error) == RF_OK);
    rf_check(chain_bench_logged(&b, "c: bye"));
}

/* ---- Other hooks ---- */

RF_TEST(sizes_commands_and_timers_reach_their_hooks) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "all.fsx", "// @tick: 10ms\nlet on_resize columns rows = Log.info $\"{columns}x{rows}\"\n"
                                            "let on_post_command text directory code ms = Log.info $\"{text} {directory} {code} {ms}\"\n"
                                            "let on_remote_command id = Log.info (\"chosen \" ++ id)\n"
                                            "let on_tick name =\n    Log.info (\"tick \" ++ name)\n    if name = \"tick\" then Timer.after \"once\" 0 else ()\n"));
    rf_pv size[] = { { .kind = RF_PV_INT, .integer = 80 }, { .kind = RF_PV_INT, .integer = 24 } };
    rf_chain_notify(b.chain, RF_HOOK_RESIZE, size, 2);
    rf_pv command[] = { { .kind = RF_PV_TEXT, .text = RF_SLICE("ls") }, { .kind = RF_PV_TEXT, .text = RF_SLICE("/srv") }, { .kind = RF_PV_INT, .integer = 2 },
                        { .kind = RF_PV_INT, .integer = 15 } };
    rf_chain_notify(b.chain, RF_HOOK_POST_COMMAND, command, 4);
    rf_chain_command(b.chain, RF_SLICE("all"), RF_SLICE("a"));
    rf_chain_command(b.chain, RF_SLICE(""), RF_SLICE("b"));
    rf_chain_command(b.chain, RF_SLICE("nobody"), RF_SLICE("c"));
    rf_check(chain_bench_logged(&b, "80x24") && chain_bench_logged(&b, "ls /srv 2 15"));
    rf_check(chain_bench_logged(&b, "chosen a") && chain_bench_logged(&b, "chosen b") && !chain_bench_logged(&b, "chosen c"));
    rf_check(!chain_bench_logged(&b, "tick"));
    uint64_t now = rf_clock_mono_ns(), due = rf_chain_tick(b.chain, now);
    rf_check(due > now && due <= now + 10 * RF_NS_PER_MS);
    rf_chain_tick(b.chain, due);
    rf_check(chain_bench_logged(&b, "tick tick"));
    rf_chain_tick(b.chain, rf_clock_mono_ns() + RF_NS_PER_MS);
    rf_check(chain_bench_logged(&b, "tick once"));
}

/* ---- Messages ---- */

static rf_value message_of(rf_arena *arena, int64_t payload) {
    rf_member *members = rf_arena_zero(arena, 2, sizeof *members);
    if (!members)
        return rf_null();
    members[0] = (rf_member){ RF_SLICE("payload"), rf_int(payload) };
    members[1] = (rf_member){ RF_SLICE("meta"), { .kind = RF_MAP } };
    return (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
}

RF_TEST(messages_are_changed_dropped_and_multiplied) {
    CHAIN_BENCH(b);
    rf_arena arena RF_CLEANUP(rf_arena_done);
    rf_arena_init(&arena, 4096);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "first.js", "// @priority: 1\nfunction on_message(m) { if (m.payload === 0) return null; if (m.payload === 1) return [m, {payload: 5, meta: {}}];\n"
                                             "  if (m.payload === 2) throw new Error('two'); if (m.payload === 3) return {wrong: 1}; }\n"));
    rf_check(chain_bench_add(&b, "second.fsx", "let on_message m = { payload = m.payload * 10; meta = m.meta }\n"));
    static const struct { int64_t in; uint32_t count; int64_t first; bool failed; } rows[] = {
        { 0, 0, 0, false }, { 1, 2, 10, false }, { 2, 1, 20, true }, { 3, 1, 30, true }, { 4, 1, 40, false } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_value message = message_of(&arena, rows[i].in);
        rf_outcome_message made;
        rf_check(message.kind == RF_MAP && rf_chain_message(b.chain, &message, &arena, &made, &b.error) == RF_OK);
        rf_check(made.list.size == rows[i].count && made.failed == rows[i].failed);
        rf_check(rows[i].count == 0 || rf_value_member(&made.list.items[0], RF_SLICE("payload"))->integer == rows[i].first);
    }
    rf_check(status_of(&b, 0).failures == 0 && status_of(&b, 0).last_error.code == RF_ESCRIPT);
}

/* ---- Costs ---- */

RF_TEST(a_call_allocates_nothing_and_a_million_leave_nothing) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "a.fsx", "let mutable n = 0\nlet on_output line =\n    n <- n + String.length line\n    Modify (line ++ \"!\")\n"));
    rf_check(chain_bench_add(&b, "b.js", "let n = 0; function on_output(line) { n += line.length; return true; }\n"));
    if (rf_test_torture())
        return;
    for (int i = 0; i < 1000000; i++) /* until the collector has been through everything once */
        (void)chain_bench_say(&b, "a line of some length, as lines are");
    (void)rf_chain_tick(b.chain, 0);
    size_t held = status_of(&b, 0).held_bytes + status_of(&b, 1).held_bytes;
    uint64_t allocations = rf_alloc_count(), live = rf_alloc_live();
    for (int i = 0; i < 1000000; i++)
        (void)chain_bench_say(&b, "a line of some length, as lines are");
    (void)rf_chain_tick(b.chain, 0);
    rf_check(rf_alloc_count() == allocations && rf_alloc_live() == live);
    rf_check(status_of(&b, 0).held_bytes + status_of(&b, 1).held_bytes == held);
}

static uint64_t allocated_by(const char *plugin) {
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap;
    if (rf_heap_profile_make(RF_HEAP_ALLOCATED, &heap, NULL))
        return 0;
    for (size_t i = 0; i < heap.profile.count; i++)
        if (strcmp(heap.profile.stacks[i].stage, plugin) == 0)
            return heap.profile.stacks[i].value;
    return 0;
}

RF_TEST(heap_profiles_tell_what_each_plugin_holds) {
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_check(chain_bench_add(&b, "a.fsx", "let on_output line = Modify (line ++ \"!\")\n"));
    rf_check(chain_bench_add(&b, "b.js", "function on_output(line) { return true; }\n"));
    (void)rf_chain_tick(b.chain, 0);
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap;
    size_t seen = 0;
    rf_check(!rf_heap_profile_make(RF_HEAP_HELD, &heap, &b.error));
    for (size_t i = 0; i < heap.profile.count; i++)
        for (size_t k = 0; k < 2; k++)
            if (strcmp(heap.profile.stacks[i].stage, status_of(&b, k).name) == 0)
                seen += heap.profile.stacks[i].value == status_of(&b, k).held_bytes;
    rf_check(seen == 2);
    uint64_t fusabi = allocated_by("a"), javascript = allocated_by("b");
    for (int i = 0; i < 100; i++)
        (void)chain_bench_say(&b, "a line");
    (void)rf_chain_tick(b.chain, 0);
    rf_check(allocated_by("a") >= fusabi + 700 && allocated_by("b") > javascript);
    rf_check(!rf_chain_remove(b.chain, RF_SLICE("a"), &b.error) && allocated_by("a") == 0 && allocated_by("b") > 0);
}
