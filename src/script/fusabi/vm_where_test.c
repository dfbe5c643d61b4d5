/* vm_where_test.c: what a profiler is told about a VM that runs, and when. */
#include "fusabi/test_run.h"

#include "base/clock.h"
#include "observe/profile.h"
#include "script/fusabi/vm_internal.h"
#include "script/fusabi/vm_where.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

/* A VM whose prints do things: "look" keeps the frames, "ask" is a signal that comes just now, "lose" one whose mark is undone by what it
 * interrupted, "due" tells whether the profiler still waits. */
typedef struct watched {
    test_run run;
    rf_where where;
    rf_script_frame frames[RF_WHERE_FRAMES_MAX];
    uint32_t count, max;
    char due[16];
    uint32_t due_count;
    bool entered, active;
} watched;

static void watched_done(watched *w) {
    if (w->entered)
        rf_where_leave(&w->where);
    if (w->active)
        atomic_fetch_sub(&rf_where_active, 1);
    rf_where_due = false;
    test_run_done(&w->run);
}

static bool obey(void *user, rf_slice text) {
    watched *w = user;
    if (rf_slice_is(text, "look"))
        w->count = rf_fus_where_collect(w->run.vm, RF_FUS_WHERE_BEHIND, w->frames, w->max);
    if (rf_slice_is(text, "ask"))
        rf_where_due = rf_fus_where_frames(w->run.vm, NULL, 0) == RF_WHERE_LATER;
    if (rf_slice_is(text, "lose"))
        rf_where_due = true;
    if (rf_slice_is(text, "due") && w->due_count + 1 < sizeof w->due)
        w->due[w->due_count++] = rf_where_due ? 'y' : 'n';
    return true;
}

static bool watched_init(watched *w) {
    test_run *run = &w->run;
    run->host = (rf_fus_host){ .capabilities = RF_FUS_CAN_ALL, .write = obey, .user = w };
    w->max = RF_WHERE_FRAMES_MAX;
    if (rf_fus_engine_new(&run->engine, &run->error) || rf_fus_vm_new(run->engine, &run->limits, &run->host, &run->vm, &run->error))
        return false;
    w->where = (rf_where){ .stage = "test on_output", .frames = rf_fus_where_frames, .engine = run->vm };
    rf_where_enter(&w->where);
    return w->entered = true;
}

/* "FUNCTION FILE:LINE", a line a frame. */
static rf_slice shown(watched *w) {
    rf_buffer *out = &w->run.out;
    rf_buffer_clear(out);
    for (uint32_t i = 0; i < w->count; i++)
        rf_buffer_printf(out, "%s %s:%u\n", w->frames[i].function, w->frames[i].file, w->frames[i].line);
    return rf_buffer_view(out);
}

#define SHOWS(text, expected)                                \
    do {                                                     \
        RF_CLEANUP(watched_done) watched w = { 0 };          \
        rf_check(watched_init(&w));                          \
        rf_check(test_run_script(&w.run, (text)));           \
        rf_check_text(shown(&w), RF_SLICE(expected));        \
    } while (0)

RF_TEST(calls_are_told_innermost_first) {
    SHOWS("print \"look\"", "<main> test.fsx:1\n");
    SHOWS("let f x =\n    print \"look\"\n    x\nlet g x =\n    let y = f x\n    y + 1\n\ng 1", "f test.fsx:2\ng test.fsx:5\n<main> test.fsx:8\n");
    SHOWS("let twice f =\n    let a = f ()\n    a + f ()\ntwice (fun () ->\n    print \"look\"\n    1)", "<lambda> test.fsx:5\ntwice test.fsx:3\n<main> test.fsx:4\n");
}

RF_TEST(a_function_that_the_library_calls_is_told) {
    RF_CLEANUP(watched_done) watched w = { 0 };
    rf_check(watched_init(&w));
    rf_check(test_run_script(&w.run, "let show x =\n    print \"look\"\n    x\nlet ys =\n    List.sortBy show [2; 1]\nys"));
    rf_check(w.count >= 2);
    rf_check_text(rf_slice_of(w.frames[0].function), RF_SLICE("show"));
    const rf_script_frame *last = &w.frames[w.count - 1];
    rf_check_text(rf_slice_of(last->function), RF_SLICE("<main>"));
    rf_check(w.frames[0].line == 2 && last->line == 5);
    for (uint32_t i = 1; i + 1 < w.count; i++) /* of the library, which is in no file */
        rf_check(w.frames[i].function[0] && !w.frames[i].file[0] && w.frames[i].line == 0);
}

RF_TEST(deep_calls_are_told_as_far_as_there_is_room) {
    RF_CLEANUP(watched_done) watched w = { 0 };
    rf_check(watched_init(&w));
    rf_fus_vm_stress(w.run.vm, !rf_test_torture()); /* collections mark frames, whose own place is then kept elsewhere */
    rf_check(test_run_script(&w.run, "let rec deep n =\n    if n = 0 then\n        print \"look\"\n        0\n    else\n        let xs = [n]\n"
                                     "        deep (n - 1) + List.length xs\ndeep 100"));
    rf_check(w.count == RF_WHERE_FRAMES_MAX && w.frames[0].line == 3);
    for (uint32_t i = 1; i < w.count; i++)
        rf_check(w.frames[i].line == 7 && strcmp(w.frames[i].function, "deep") == 0);
    w.max = 2;
    rf_check(test_run_script(&w.run, "let größe n =\n    print \"look\"\n    n\nlet r = größe 1\nr"));
    rf_check_text(shown(&w), RF_SLICE("größe test.fsx:2\n<main> test.fsx:4\n"));
}

/* ---- When ---- */

#define DUE(text, expected)                                                      \
    do {                                                                         \
        rf_check(test_run_script(&w.run, (text)));                               \
        rf_check_text(((rf_slice){ w.due, w.due_count }), RF_SLICE(expected));   \
        w.due_count = 0;                                                         \
    } while (0)

RF_TEST(it_is_told_behind_the_native_that_ran) {
    RF_CLEANUP(watched_done) watched w = { 0 };
    rf_check(watched_init(&w));
    DUE("print \"ask\"\nprint \"due\"", "n");
    DUE("let f x =\n    print x\n    print \"due\"\nList.iter f [\"due\"; \"ask\"]\nprint \"due\"", "nnnn");
    DUE("try (let r = print \"ask\" in failwith \"x\") with e -> ()\nprint \"due\"", "n");
}

RF_TEST(it_is_told_at_the_next_poll_or_the_end) {
    RF_CLEANUP(watched_done) watched w = { 0 };
    rf_check(watched_init(&w));
    DUE("print \"lose\"\nprint \"due\"", "y");
    rf_check(!rf_where_due);
    DUE("print \"lose\"\nlet mutable i = 0\nwhile i < 100 do\n    i <- i + 1\nprint \"due\"", "y");
    rf_check(!rf_where_due);
    atomic_fetch_add(&rf_where_active, 1);
    w.active = true;
    DUE("print \"lose\"\nlet mutable i = 0\nwhile i < 100 do\n    i <- i + 1\nprint \"due\"", "n");
}

RF_TEST(a_call_that_fails_tells_too) {
    RF_CLEANUP(watched_done) watched w = { 0 };
    rf_check(watched_init(&w));
    rf_check(test_run_script(&w.run, "print \"lose\"\nfailwith \"no\""));
    rf_check(!rf_where_due);
}

RF_TEST(nothing_is_told_for_somebody_else) {
    RF_CLEANUP(watched_done) watched w = { 0 };
    rf_check(watched_init(&w));
    int other;
    w.where.engine = &other;
    DUE("print \"ask\"\nprint \"due\"", "y");
    rf_check(rf_where_due);
    w.where.engine = w.run.vm;
    rf_check(rf_fus_where_frames(w.run.vm, NULL, 0) == 0); /* nothing runs: the stage alone is known */
}

/* ---- A real signal ---- */

static rf_fus_vm *volatile sampled;
static volatile sig_atomic_t asked, late;
static struct timespec asked_at; /* by the thread's own clock; only in the handler */

/* A busy machine gives two signals with next to nothing done between them: only what had time to answer can be late. */
static bool had_time(void) {
    struct timespec before = asked_at;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &asked_at);
    return (asked_at.tv_sec - before.tv_sec) * 1000000 + (asked_at.tv_nsec - before.tv_nsec) / 1000 >= 2000;
}

static void on_signal(int number) {
    (void)number;
    if (!sampled || rf_fus_where_frames(sampled, NULL, 0) != RF_WHERE_LATER)
        return;
    asked++;
    late += had_time() && rf_where_due;
    rf_where_due = true;
}

typedef struct ticker { struct sigaction before; } ticker;

static void ticker_init(ticker *t, int us) {
    struct sigaction ours = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    (void)sigfillset(&ours.sa_mask);
    asked = late = 0;
    (void)sigaction(SIGPROF, &ours, &t->before);
    const struct itimerval every = { { 0, us }, { 0, us } };
    (void)setitimer(ITIMER_PROF, &every, NULL);
}

static void ticker_done(ticker *t) {
    const struct itimerval never = { 0 };
    const struct sigaction ignore = { .sa_handler = SIG_IGN }; /* drops the one that may still be on its way: it would end the program */
    (void)setitimer(ITIMER_PROF, &never, NULL);
    (void)sigaction(SIGPROF, &ignore, NULL);
    (void)sigaction(SIGPROF, &t->before, NULL);
    sampled = NULL;
}

/* Loops, calls, natives and collections: whatever is interrupted goes on as ever, and the place is told before the next signal. */
RF_TEST(signals_are_answered_in_time) {
    static const char text[] = "let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)\n"
                               "let mutable s = 0\n"
                               "for i in 1 .. 20000 do\n    s <- s + i\n"
                               "let xs = List.map (fun x -> string x) [1 .. 2000]\n"
                               "let r = try failwith \"x\" with e -> 1\n"
                               "fib 15 + s + List.length (List.sortBy String.length xs) + r";
    RF_CLEANUP(watched_done) watched w = { 0 };
    rf_check(watched_init(&w));
    atomic_fetch_add(&rf_where_active, 1);
    w.active = true;
    sampled = w.run.vm;
    RF_CLEANUP(ticker_done) ticker t;
    ticker_init(&t, 4000);
    for (int i = 0; i < 200 && (i == 0 || (asked < 20 && !rf_test_torture())); i++)
        test_run_check(&w.run, text, "200012611");
    rf_check(!rf_where_due);
    rf_check(late * 2 <= asked || rf_test_torture()); /* one run has a signal or two, of which a machine that stands still makes one late */
}

/* ---- A real profiler ---- */

static void profile_done(rf_profile *profile) { rf_profile_done(profile); }

/* Samples whose innermost frame is on that line of the script. */
static uint64_t samples_on(const rf_profile *profile, uint32_t line) {
    uint64_t samples = 0;
    for (size_t i = 0; i < profile->count; i++) {
        const rf_profile_stack *stack = &profile->stacks[i];
        if (strcmp(stack->stage, "test on_output") == 0 && stack->script_count && (line == 0 || stack->script[0].line == line))
            samples += stack->samples;
    }
    return samples;
}

RF_TEST(a_profiler_finds_the_loop) {
    static const char text[] = "let mutable s = 0\nlet mutable i = 0\n"
                               "while i < 100000 do\n    i <- i + 1\n    s <- s + i\ns";
    RF_CLEANUP(watched_done) watched w = { 0 };
    RF_CLEANUP(profile_done) rf_profile profile = { 0 };
    rf_profiler *profiler;
    rf_check(watched_init(&w));
    rf_check(rf_profiler_start(1000, &profiler, &w.run.error) == RF_OK);
    uint64_t until = rf_clock_mono_ns() + 60 * RF_NS_PER_MS;
    bool ran;
    do
        ran = test_run_script(&w.run, text);
    while (ran && rf_clock_mono_ns() < until && !rf_test_torture());
    rf_check(rf_profiler_stop(profiler, &profile, &w.run.error) == RF_OK && ran);
    rf_check(samples_on(&profile, 3) * 2 >= samples_on(&profile, 0));
}
