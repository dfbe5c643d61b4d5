/* where_test.c: what a profiler sees of a script that runs: asked by the engine's interrupt handler, and by a real signal. */
#include "script/fixture.h"
#include "script/javascript/internal.h"

#include "observe/where.h"

#include <signal.h>
#include <sys/time.h>

/* ---- Asked by the interrupt handler ---- */

typedef struct seen {
    fixture f;
    char stage[80];
    rf_script_frame frames[RF_WHERE_FRAMES_MAX];
    uint32_t count, max;
    struct seen *inner; /* runs within the handler */
    bool kept;          /* the place was the same before and after it */
} seen;

static void seen_done(seen *s) { fixture_done(&s->f); }

static void look(seen *s) {
    rf_where *now = rf_where_now;
    (void)snprintf(s->stage, sizeof s->stage, "%s", now->stage);
    s->count = now->frames(now->engine, s->frames, s->max);
}

static int asked(JSRuntime *rt, void *opaque) {
    seen *s = opaque;
    (void)rt;
    if (s->count)
        return 0;
    look(s);
    if (s->inner) {
        rf_where *before = rf_where_now;
        (void)fixture_run(&s->inner->f, 0, FIXTURE_LINE);
        s->kept = before == rf_where_now;
    }
    return 0;
}

static bool start(seen *s, const rf_script_source *source) {
    *s = (seen){ .max = RF_WHERE_FRAMES_MAX };
    bool ready = fixture_init(&s->f) && rf_program_compile(source, &s->f.programs[0], &s->f.error) == RF_OK;
    s->f.count = ready;
    s->f.limits.time_ns = 20 * UINT64_C(1000000000);
    s->f.limits.heap_bytes = 3u << 20;
    if (!ready || !fixture_start(&s->f))
        return false;
    JS_SetInterruptHandler(rf_vm_engine(s->f.vm)->rt, asked, s);
    return true;
}

static rf_script_source body(const char *text) {
    return (rf_script_source){ .text = rf_slice_of(text), .form = RF_SCRIPT_BODY, .stage = "defaults", .where = "tags.defaults", .file = "defaults.js" };
}

/* "FUNCTION FILE:LINE", a line a frame. */
static rf_slice shown(seen *s) {
    rf_buffer *out = &s->f.out;
    rf_buffer_clear(out);
    for (uint32_t i = 0; i < s->count; i++)
        rf_buffer_printf(out, "%s %s:%u\n", s->frames[i].function, s->frames[i].file, s->frames[i].line);
    return rf_buffer_view(out);
}

#define LOOP "for (let i = 0; i < 20000; i++) x = (x * 31 + i) | 0;"

RF_TEST(a_loop_is_seen_on_its_line) {
    RF_CLEANUP(seen_done) seen s;
    const rf_script_source source = body("let x = 0;\n\n" LOOP "\nreturn {payload: x};");
    rf_check(start(&s, &source));
    (void)fixture_run(&s.f, 0, FIXTURE_LINE);
    rf_check(!rf_where_now);
    rf_check_text(rf_slice_of(s.stage), RF_SLICE("tags.defaults"));
    rf_check_text(shown(&s), RF_SLICE("<script> defaults.js:3\n"));
}

RF_TEST(calls_are_seen_innermost_first) {
    RF_CLEANUP(seen_done) seen s;
    const rf_script_source source = body("function slow(x) {\n  " LOOP "\n  return x;\n}\n"
                                         "const each = [1].map(x =>\n  slow(x) +\n 1);\n"
                                         "return {payload: each};");
    rf_check(start(&s, &source));
    (void)fixture_run(&s.f, 0, FIXTURE_LINE);
    rf_check_text(shown(&s), RF_SLICE("slow defaults.js:2\n<anonymous> defaults.js:6\n<script> defaults.js:5\n"));
}

RF_TEST(a_condition_and_a_script_are_seen) {
    static const char *const texts[] = { "(function f(x) {\n" LOOP "\nreturn x > 0; })(1)", "var x = 0;\n" LOOP "\nx > 0" };
    static const char *const expected[] = { "f if.js:2\n<script> if.js:3\n", "<script> if.js:2\n" };
    for (size_t i = 0; i < 2; i++) {
        RF_CLEANUP(seen_done) seen s;
        rf_script_source source = body(texts[i]);
        source.form = RF_SCRIPT_CONDITION;
        source.file = "if.js";
        source.where = NULL;
        rf_check(start(&s, &source));
        (void)fixture_test(&s.f, 0, FIXTURE_LINE);
        rf_check_text(rf_slice_of(s.stage), RF_SLICE("defaults"));
        rf_check_text(shown(&s), rf_slice_of(expected[i]));
    }
}

RF_TEST(generators_and_deep_calls_are_seen) {
    RF_CLEANUP(seen_done) seen s;
    const rf_script_source source = body("function* few(x) { yield 1;\n" LOOP "\n}\n"
                                         "function down(n) { if (n > 0) return down(n - 1); for (const y of few(0)); return 0 }\n"
                                         "return {payload: down(40)};");
    rf_check(start(&s, &source));
    s.max = 4;
    (void)fixture_run(&s.f, 0, FIXTURE_LINE);
    rf_check_text(shown(&s), RF_SLICE("few defaults.js:2\ndown defaults.js:4\ndown defaults.js:4\ndown defaults.js:4\n"));
}

/* ---- Names ---- */

RF_TEST(names_are_told_in_utf_8) {
    RF_CLEANUP(seen_done) seen s;
    rf_script_source source = body("function größe(x) { " LOOP " return x }\nreturn {payload: größe(1)};");
    source.file = "データ𝄞.js";
    rf_check(start(&s, &source));
    (void)fixture_run(&s.f, 0, FIXTURE_LINE);
    rf_check_text(shown(&s), RF_SLICE("größe データ𝄞.js:1\n<script> データ𝄞.js:2\n"));
}

RF_TEST(wide_names_are_cut_between_characters) {
    RF_CLEANUP(seen_done) seen s;
    rf_script_source source = body("function 量量量量量量量量量量量量量量量量量量量量(x) { " LOOP " return x }\n"
                                   "return {payload: 量量量量量量量量量量量量量量量量量量量量(1)};");
    source.file = "0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/é𝄞x.js";
    rf_check(start(&s, &source));
    (void)fixture_run(&s.f, 0, FIXTURE_LINE);
    rf_check(s.count == 2);
    rf_check_text(rf_slice_of(s.frames[0].function), RF_SLICE("量量量量量量量量量量量量量量量"));
    rf_check_text(rf_slice_of(s.frames[0].file), RF_SLICE("…0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/é𝄞x.js"));
}

/* ---- Where the user wrote it ---- */

typedef struct map { const char *file; uint32_t first; bool folded; } map;

static void locate(const void *opaque, uint32_t line, uint32_t column, rf_place *ret_place) {
    const map *m = opaque;
    (void)snprintf(ret_place->file, sizeof ret_place->file, "%s", m->file);
    ret_place->line = m->first + (m->folded ? 2 * line : line) - 1;
    ret_place->column = column;
}

RF_TEST(lines_are_those_of_the_users_file) {
    static const struct { map map; const char *expected; } rows[] = {
        { { "config.yaml", 17, false }, "<script> config.yaml:18\n" },
        { { "config.yaml", 17, true }, "<script> defaults.js:2\n" },
        { { "/one/two/three/four/five/six/seven/eight/nine/ten/eleven/twelve/thirteen/fourteen/config.yaml", 1, false },
          "<script> …/three/four/five/six/seven/eight/nine/ten/eleven/twelve/thirteen/fourteen/config.yaml:2\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(seen_done) seen s;
        rf_script_source source = body("let x = 0;\n" LOOP "\nreturn {payload: x};\n");
        source.locate = locate;
        source.map = &rows[i].map;
        rf_check(start(&s, &source));
        (void)fixture_run(&s.f, 0, FIXTURE_LINE);
        rf_check(s.count == 1 && strlen(s.frames[0].file) < sizeof s.frames[0].file);
        if (i < 2)
            rf_check_text(shown(&s), rf_slice_of(rows[i].expected));
        else
            rf_check(strstr(s.frames[0].file, "/fourteen/config.yaml") && strncmp(s.frames[0].file, "…", 3) == 0 && s.frames[0].line == 2);
    }
}

/* ---- Entering and leaving ---- */

RF_TEST(a_run_within_a_run_gives_the_place_back) {
    RF_CLEANUP(seen_done) seen inner;
    RF_CLEANUP(seen_done) seen s;
    const rf_script_source within = body("let x = 0; " LOOP " return {payload: x};"), source = body("let x = 0;\n" LOOP "\nreturn {payload: x};");
    s.f = (fixture){ 0 };
    rf_check(start(&inner, &within));
    rf_check(start(&s, &source));
    s.inner = &inner;
    (void)fixture_run(&s.f, 0, FIXTURE_LINE);
    rf_check(s.kept && !rf_where_now);
    rf_check_text(shown(&s), RF_SLICE("<script> defaults.js:2\n"));
    rf_check_text(shown(&inner), RF_SLICE("<script> defaults.js:1\n"));
}

/* ---- Asked by a signal ---- */

enum { SAMPLES = 4096 };
static rf_script_frame samples[SAMPLES];
static volatile sig_atomic_t sample_count, empty_count;

static void on_signal(int number) {
    (void)number;
    rf_where *now = rf_where_now;
    rf_script_frame frames[RF_WHERE_FRAMES_MAX];
    if (!now || sample_count >= SAMPLES)
        return;
    uint32_t count = now->frames(now->engine, frames, RF_WHERE_FRAMES_MAX);
    if (count)
        samples[sample_count++] = frames[0];
    else
        empty_count++;
}

/* Signals of the processor's time, every `us` of it, while it lives. */
typedef struct ticker { struct sigaction before; } ticker;

static void ticker_init(ticker *t, int us) {
    struct sigaction ours = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    (void)sigfillset(&ours.sa_mask); /* or the signal that ends long runs would leave the handler by a jump */
    sample_count = empty_count = 0;
    (void)sigaction(SIGPROF, &ours, &t->before);
    const struct itimerval every = { { 0, us }, { 0, us } };
    (void)setitimer(ITIMER_PROF, &every, NULL);
}

static void ticker_done(ticker *t) {
    const struct itimerval never = { 0 };
    (void)setitimer(ITIMER_PROF, &never, NULL);
    (void)sigaction(SIGPROF, &t->before, NULL);
}

#ifndef __SANITIZE_THREAD__ /* it keeps signals back until the engine calls something */
RF_TEST(a_signal_finds_the_line_that_takes_the_time) {
    RF_CLEANUP(seen_done) seen s;
    const rf_script_source source = body("let x = msg.payload;\nconst name = 'k' + x;\n"
                                         "for (let i = 0; i < 30000; i++)\n"
                                         "  x = (x * 31 + i) | 0;\n"
                                         "return {payload: x, meta: {k: name}};");
    rf_check(start(&s, &source));
    {
        RF_CLEANUP(ticker_done) ticker t;
        ticker_init(&t, 1000);
        for (int i = 0; i < 2000 && sample_count < 10 && !rf_test_torture(); i++)
            (void)fixture_run(&s.f, 0, FIXTURE_LINE);
        (void)fixture_run(&s.f, 0, FIXTURE_LINE);
    }
    uint32_t on_line = 0;
    for (int i = 0; i < sample_count; i++)
        on_line += samples[i].line == 3 || samples[i].line == 4;
    rf_check(rf_test_torture() || on_line * 2 > (uint32_t)sample_count);
}
#endif

/* Whatever the engine is in the middle of: frames come and go, atoms move, functions die, errors and escapes unwind. */
RF_TEST(a_signal_may_come_at_any_time) {
    static const char *const texts[] = {
        "const o = {}; for (let i = 0; i < 60; i++) o['k' + msg.payload + i] = () => i; let n = 0; for (const k in o) n += o[k](); return {payload: n}",
        ("function f(n) { if (n === 0) throw new Error('x'); return f(n - 1) } let n = 0;"
        "for (let i = 0; i < 30; i++) try { f(i) } catch (e) { n += e.stack.length } return {payload: n}"),
        "function* g(n) { for (let i = 0; i < n; i++) yield* [i, i] } let n = 0; for (const x of g(200)) n += x; return {payload: n}",
        "return {payload: JSON.parse(JSON.stringify([...'a'.repeat(300)].map((c, i) => ({[c + i]: i}))).replace(/1/g, m => '2')).length}",
    };
    RF_CLEANUP(fixture_done) fixture f;
    rf_check(fixture_init(&f));
    for (size_t i = 0; i < (rf_test_torture() ? 1 : 4); i++)
        rf_check(fixture_add(&f, RF_SCRIPT_BODY, texts[i]));
    rf_check(fixture_start(&f));
    RF_CLEANUP(ticker_done) ticker t;
    ticker_init(&t, 100);
    for (int i = 0; i < (rf_test_torture() ? 0 : 100); i++)
        for (size_t k = 0; k < 4; k++)
            (void)fixture_run(&f, k, FIXTURE_LINE);
    rf_check(!rf_where_now);
    for (int i = 0; i < sample_count; i++)
        rf_check(memchr(samples[i].function, 0, sizeof samples[i].function) && memchr(samples[i].file, 0, sizeof samples[i].file));
}

RF_TEST(runs_that_fail_leave_too) {
    static const char *const texts[] = { "throw new Error('no')", "const a = []; for (;;) a.push('x' + a.length)",
                                         "function f() { return f() + 1 }\nf()" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        RF_CLEANUP(seen_done) seen s;
        const rf_script_source source = body(texts[i]);
        rf_check(start(&s, &source));
        RF_CLEANUP(ticker_done) ticker t;
        ticker_init(&t, 100);
        (void)fixture_run(&s.f, 0, FIXTURE_LINE);
        rf_check(!rf_where_now);
    }
}
