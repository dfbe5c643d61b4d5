/* where_test.c: places of scripts: entered and left, told to a profiler, their texts cut to fit. */
#include "observe/where.h"

#include "harness.h"

#include "base/slice.h"
#include "base/thread.h"

RF_TEST(a_place_is_the_threads_own_and_is_given_back) {
    rf_where outer = { .stage = "outer" }, inner = { .stage = "inner" };
    rf_check(!rf_where_now);
    rf_where_enter(&outer);
    rf_where_enter(&inner);
    bool within = rf_where_now == &inner && inner.outer == &outer;
    rf_where_leave(&inner);
    bool back = rf_where_now == &outer;
    rf_where_leave(&outer);
    rf_check(within && back && !rf_where_now);
}

static void other(void *arg) { *(bool *)arg = rf_where_now == NULL && !rf_where_due; }

RF_TEST(another_thread_runs_nothing) {
    bool empty = false;
    rf_error error;
    rf_thread thread = { 0 };
    rf_where here = { .stage = "here" };
    rf_where_enter(&here);
    rf_where_due = true;
    bool started = rf_thread_start(&thread, "other", other, &empty, &error) == RF_OK;
    if (started)
        rf_thread_join(&thread);
    rf_where_leave(&here);
    rf_where_due = false;
    rf_check(started && empty);
}

RF_TEST(what_is_caught_is_due_no_more) {
    const rf_script_frame frame = { .function = "f", .file = "x.fsx", .line = 3 };
    rf_where here = { .stage = "here" };
    rf_where_enter(&here);
    rf_where_due = true;
    rf_where_caught(&frame, 1);
    bool due = rf_where_due;
    rf_where_leave(&here);
    rf_check(!due && rf_where_active == 0);
}

#define TEN "0123456789"
#define FORTY TEN TEN TEN TEN

RF_TEST(texts_are_cut_between_characters) {
    static const struct { const char *given, *function, *file; } rows[] = {
        { "", "", "" },
        { "größe", "größe", "größe" },
        { FORTY "1234567", FORTY "1234567", FORTY "1234567" },
        { FORTY "123456é", FORTY "123456", FORTY "123456é" },
        { FORTY "12345€𝄞", FORTY "12345", FORTY "12345€𝄞" },
        { "/" FORTY FORTY, "/" FORTY "012345", "…456789" TEN TEN TEN TEN TEN TEN TEN },
        { "ab" "é" FORTY "12345678901234567890123456789012345", "abé" FORTY "123", "abé" FORTY "12345678901234567890123456789012345" },
        { "abc" "é" FORTY "12345678901234567890123456789012345", "abcé" FORTY "12", "…" FORTY "12345678901234567890123456789012345" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_script_frame frame;
        rf_where_put_function(&frame, rf_slice_of(rows[i].given));
        rf_where_put_file(&frame, rf_slice_of(rows[i].given));
        rf_check_text(rf_slice_of(frame.function), rf_slice_of(rows[i].function));
        rf_check_text(rf_slice_of(frame.file), rf_slice_of(rows[i].file));
    }
}
