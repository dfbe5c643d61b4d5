/* pool_test.c: warm VMs, what throws one away, and limits. */
#include "script/fixture.h"

#include "base/clock.h"
#include "observe/heap_profile.h"

RF_TEST(the_second_borrow_is_a_hit) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "return msg") && fixture_start(&f));
    for (int i = 0; i < 10; i++) {
        rf_pool_return(f.pool, f.vm);
        f.vm = NULL;
        rf_check(rf_pool_borrow(f.pool, &f.vm, &f.error) == RF_OK);
    }
    rf_pool_counts counts;
    rf_pool_get_counts(f.pool, &counts);
    rf_check(counts.hits == 10 && counts.misses == 1 && counts.size == 1 && counts.resets == 0);
}

RF_TEST(cycles_are_collected_between_runs_and_counted) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "for (let i = 0; i < 100; i++) { const a = [], b = [a, 'x'.repeat(500)]; a.push(b); } return {payload: 1}"));
    rf_check(fixture_start(&f));
    for (int i = 0; i < (rf_test_torture() ? 3 : 200); i++) {
        rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("1"));
        rf_pool_return(f.pool, f.vm);
        f.vm = NULL;
        rf_check(rf_pool_borrow(f.pool, &f.vm, &f.error) == RF_OK);
    }
    rf_pool_counts counts;
    rf_pool_get_counts(f.pool, &counts);
    rf_check(rf_test_torture() || (counts.collections >= 5 && counts.pause_ns > 0 && counts.collections == rf_pool_collections(f.pool)));
    rf_check(counts.heap_bytes < (4u << 20) && counts.resets == 0);
}

RF_TEST(limits_of_zero_are_refused) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f));
    f.limits.stack_bytes = 0;
    rf_check(rf_pool_new(NULL, 0, &f.limits, &f.host, &f.pool, &f.error) == RF_ECONFIG);
}

RF_TEST(a_memory_limit_below_the_interpreters_own_need_is_said) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "return msg"));
    f.limits.heap_bytes = 1000;
    rf_check(!fixture_start(&f) && (f.error.code == RF_ELIMIT || f.error.code == RF_ENOMEM));
}

static bool resets_are(fixture *f, uint64_t resets) {
    rf_pool_counts counts;
    rf_pool_return(f->pool, f->vm);
    f->vm = NULL;
    rf_pool_get_counts(f->pool, &counts);
    return counts.resets == resets;
}

RF_TEST(an_endless_loop_ends_and_the_next_run_gets_a_new_vm) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "if (msg.payload === 1) for (;;) {} return msg"));
    rf_check(fixture_start(&f));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("limit: script ran longer than 50ms"));
    rf_check(f.error.hint[0]);
    rf_check_text(fixture_run(&f, 0, "{\"payload\":2}"), RF_SLICE("2= {}"));
    rf_check(resets_are(&f, 1));
}

RF_TEST(time_cannot_be_caught) {
    static const fixture_case rows[] = {
        { "try { for (;;) {} } catch { return msg } finally { return msg }", NULL, "limit: script ran longer than 50ms" },
        { "/(a+)+$/.test('a'.repeat(60) + 'b'); return msg", NULL, "limit: script ran longer than 50ms" },
        { "return {get payload() { for (;;); }}", NULL, "limit: script ran longer than 50ms" },
        { "throw {get name() { for (;;); }, toString() { for (;;); }}", NULL, "limit: script ran longer than 50ms" },
        { "return {meta: {get a() { for (;;); }}}", NULL, "limit: script ran longer than 50ms" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(builtins_do_not_loop_over_holes_for_ever) {
    static const fixture_case rows[] = {
        { "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)", NULL, "! RangeError: array of 9007199254740991 elements is too long at defaults.js:1:29" },
        { "var a = []; a.length = 4294967295; a.forEach((x) => x)", NULL, "! RangeError: array of 4294967295 elements is too long at defaults.js:1:45" },
        { "var a = []; a.length = 1000000; return {payload: [a.indexOf(5), [3, 1].sort(), [1].map.name, [].map.length]}", NULL, "[-1,[1,3],\"map\",1]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) /* some of them go through a million holes, which takes valgrind a while */
        rf_check(fixture_holds_within(RF_SCRIPT_BODY, &rows[i], 20 * RF_NS_PER_S));
}

RF_TEST(memory_is_bound) {
    static const fixture_case rows[] = {
        { "var a = []; for (;;) a.push('x'.repeat(1000) + a.length)", NULL, "limit: script used more memory than 8192 KiB" },
        { "var s = 'x'; for (;;) s = (s + s).slice(1) + 'ab'.repeat(9)", NULL, "limit: script used more memory than 8192 KiB" },
        { "try { new Uint8Array(100000000) } catch {} return msg", NULL, "limit: script used more memory than 8192 KiB" },
        { "var a = [0]; for (var i = 0; i < 60; i++) a = [a, a]; return {payload: a}", NULL, "limit: script used more memory than 8192 KiB" },
        { "var a = []; a[4000000000] = 1; return {payload: a}", NULL, "limit: script used more memory than 8192 KiB" },
        { "var a = []; a.length = 4000000000; return a", NULL, "limit: script used more memory than 8192 KiB" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !rf_test_torture(); i++)
        rf_check(fixture_holds_within(RF_SCRIPT_BODY, &rows[i], 60 * RF_NS_PER_S)); /* memory must be what ends it */
}

RF_TEST(recursion_is_bound_and_may_be_caught) {
    static const fixture_case rows[] = {
        { "function f() { f() } f()", NULL, "limit: script recursed deeper than its stack of 1024 KiB allows" },
        { "function f() { f() } try { f() } catch (e) { return {payload: e.name} }", NULL, "\"InternalError\"" },
        { "function d(n) { return n ? 1 + d(n - 1) : 0 } return {payload: d(500)}", NULL, "500" },
    };
    fixture_check_all(RF_SCRIPT_BODY, rows);
}

RF_TEST(pending_jobs_never_run_in_a_later_run) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "Promise.resolve().then(() => { msg.meta.late = 1 }); return msg"));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "return (async () => { await 1; return msg })()"));
    rf_check(fixture_start(&f));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("1= {k:\"v\"}"));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("1= {k:\"v\"}"));
    rf_check_text(fixture_run(&f, 1, FIXTURE_LINE), RF_SLICE("other Promise"));
    rf_check(resets_are(&f, 3));
}

RF_TEST(a_warm_vm_does_not_grow) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_pool_counts before, after;
    rf_check(fixture_init(&f));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "msg.meta.a = [1, {b: msg.payload}]; delete msg.meta.k; msg.extra = {...msg.meta}; return [msg, msg]"));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "class A { #x; constructor(o) { return o } }; class B extends A { #y = 1 }; new B(msg); null.x"));
    rf_check(fixture_start(&f));
    int runs = rf_test_torture() ? 2 : 3000;
    for (int i = 0; i < runs; i++) {
        (void)fixture_run(&f, (size_t)i % 2, FIXTURE_LINE);
        if (i == 1100 || i == 0) {
            rf_pool_return(f.pool, f.vm);
            f.vm = NULL;
            rf_pool_get_counts(f.pool, &before);
            rf_check(rf_pool_borrow(f.pool, &f.vm, &f.error) == RF_OK);
        }
        if (i % 100 == 0)
            rf_batch_clear(f.batch);
    }
    rf_check(resets_are(&f, 0));
    rf_pool_get_counts(f.pool, &after);
    rf_check(rf_test_torture() || after.heap_bytes < before.heap_bytes + (512u << 10));
}

RF_TEST(a_failing_allocation_anywhere_in_the_engine_fails_that_run_alone) {
    static const char *const scripts[] = {
        "msg.meta.a = [1, {b: `${msg.payload}!`}]; msg.extra = {...msg.meta}; return [msg, {payload: JSON.stringify(msg), meta: msg.meta}]",
        ("var m = 'ns=2;s=x17'.match(/x(\\d+)/); msg.payload = new Map([[m[1], new Date(0)]]); class A { #p = 1; static q = [..."
         "'abc'].map((c) => c + c) }; msg.meta.q = A.q; return new Set([msg])"),
        "function* g() { yield 1; yield* [2, 3] } try { throw new Error([...g()].join()) } catch (e) { throw new TypeError(e.message) }",
        "cache.set('a', {b: [msg.payload]}); console.log(msg, cache.get('a')); return {payload: cache.get('a'), meta: {...msg.meta}}",
    };
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_log(&f));
    for (size_t i = 0; i < 4; i++)
        rf_check(fixture_add(&f, RF_SCRIPT_BODY, scripts[i]));
    rf_check(fixture_start(&f));
    uint64_t most = rf_test_torture() ? 3 : 400;
    for (uint64_t every = 1; every < most; every += 1 + every / 16) {
        for (size_t i = 0; i < 4; i++) {
            if (rf_vm_engine(f.vm))
                rf_js_fail_every(rf_vm_engine(f.vm), every);
            (void)fixture_run(&f, i, FIXTURE_LINE);
            rf_batch_clear(f.batch);
            (void)fixture_logged(&f);
        }
    }
    if (rf_vm_engine(f.vm))
        rf_js_fail_every(rf_vm_engine(f.vm), 0);
    rf_slice last = fixture_run(&f, 1, FIXTURE_LINE);
    rf_check(last.len > 4 && memcmp(last.data, "[[\"17\"", 5) == 0);
}

static uint64_t held_by(rf_heap_what what, const char *leaf) {
    RF_CLEANUP(rf_heap_profile_done) rf_heap_profile heap;
    uint64_t bytes = 0;
    if (rf_heap_profile_make(what, &heap, NULL))
        return 0;
    for (size_t i = 0; i < heap.profile.count; i++)
        if (strcmp(heap.profile.stacks[i].script[0].function, leaf) == 0)
            bytes += heap.profile.stacks[i].value;
    return bytes;
}

RF_TEST(a_pool_tells_heap_profiles_what_its_vms_hold) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f));
    f.host.origin = (rf_log_origin){ .label = "", .path = "root.pipeline.processors.0" };
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "return {payload: [msg.payload].concat(2)}") && fixture_start(&f));
    rf_check(held_by(RF_HEAP_HELD, "scripts processors.0: vm") == 0); /* lent out: not counted yet */
    rf_pool_return(f.pool, f.vm);
    f.vm = NULL;
    rf_pool_counts counts;
    rf_pool_get_counts(f.pool, &counts);
    rf_check(counts.heap_bytes > 0 && held_by(RF_HEAP_HELD, "scripts processors.0: vm") + held_by(RF_HEAP_HELD, "defaults: script") == counts.heap_bytes);
    uint64_t allocated = held_by(RF_HEAP_ALLOCATED, "scripts processors.0: vm") + held_by(RF_HEAP_ALLOCATED, "defaults: script");
    rf_check(allocated >= counts.heap_bytes && !rf_pool_borrow(f.pool, &f.vm, &f.error));
    rf_check(fixture_run(&f, 0, FIXTURE_LINE).len > 0);
    rf_pool_return(f.pool, f.vm);
    f.vm = NULL;
    rf_check(held_by(RF_HEAP_ALLOCATED, "scripts processors.0: vm") + held_by(RF_HEAP_ALLOCATED, "defaults: script") > allocated);
    rf_pool_free(f.pool);
    f.pool = NULL;
    rf_check(held_by(RF_HEAP_HELD, "scripts processors.0: vm") == 0);
}

RF_TEST(profiles_have_memory_by_stage) {
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f) && fixture_add(&f, RF_SCRIPT_BODY, "return msg"));
    rf_check(fixture_add(&f, RF_SCRIPT_BODY, "const all = []; for (let i = 0; i < 1000; i++) all.push({i}); return {payload: all.length}"));
    f.programs[1]->source.stage = "heavy";
    rf_check(fixture_start(&f));
    uint64_t held = held_by(RF_HEAP_HELD, "heavy: script"), before = held_by(RF_HEAP_ALLOCATED, "heavy: script");
    rf_check(rf_test_torture() || (held > 100 && held < 20000 && before >= held));
    rf_check_text(fixture_run(&f, 0, FIXTURE_LINE), RF_SLICE("1= {k:\"v\"}"));
    rf_check_text(fixture_run(&f, 1, FIXTURE_LINE), RF_SLICE("1000"));
    rf_check(rf_test_torture() || (held_by(RF_HEAP_ALLOCATED, "heavy: script") > before + 50000 && held_by(RF_HEAP_ALLOCATED, "defaults: script") < 10000));
    rf_check(rf_test_torture() || held_by(RF_HEAP_HELD, "heavy: script") < held + 2000); /* it kept nothing */
}
