/* lines_test.c: a script with the time of each line beside it. */
#include "base/slice.h"
#include "harness.h"
#include "observe/profile.h"

#include <string.h>

static const rf_script_frame hash_in_output[] = { { "hash", "redact.fsx", 2 }, { "on_output", "redact.fsx", 4 } };
static const rf_script_frame output[] = { { "on_output", "redact.fsx", 4 } };
static const rf_script_frame itself[] = { { "hash", "redact.fsx", 2 }, { "hash", "redact.fsx", 2 } };
static const rf_script_frame other[] = { { "f", "other.js", 2 }, { "on_output", "redact.fsx", 3 } };
static const rf_script_frame behind[] = { { "f", "redact.fsx", 99 } };
static const rf_script_frame nowhere[] = { { "f", "redact.fsx", 0 } };

static rf_profile_stack stacks[] = {
    { .samples = 1, .value = 500000000, .thread = "t", .stage = "redact on_output", .script = hash_in_output, .script_count = 2 },
    { .samples = 1, .value = 100000000, .thread = "t", .stage = "redact on_output", .script = output, .script_count = 1 },
    { .samples = 1, .value = 100000000, .thread = "t", .stage = "redact on_output", .script = itself, .script_count = 2 },
    { .samples = 1, .value = 50000000, .thread = "t", .stage = "redact on_output", .script = other, .script_count = 2 },
    { .samples = 1, .value = 250000000, .thread = "t", .stage = "" },
};
static const rf_profile profile = { .kind = "cpu", .stacks = stacks, .count = 5 };

#define SOURCE RF_SLICE("let hash s =\n  loop s\nlet a = 1\nlet on_output s = hash s\n")

RF_TEST(each_line_has_its_share_of_the_whole_time) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_lines_write(&profile, "redact.fsx", SOURCE, false, &out) && !out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("redact.fsx: 750.00 ms of 1.00 s (75.0 %), in its own lines 700.00 ms\n"
                                                 "     self    total             line\n"
                                                 "                                  1 | let hash s =\n"
                                                 "   60.0 %   60.0 % ██████         2 |   loop s\n"
                                                 "             5.0 %                3 | let a = 1\n"
                                                 "   10.0 %   60.0 % █              4 | let on_output s = hash s\n"));
}

RF_TEST(a_script_that_no_sample_is_in_is_not_shown) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(!rf_lines_write(&profile, "redact", SOURCE, false, &out));
    rf_check(out.len == 0);
}

RF_TEST(a_long_path_is_known_by_its_end) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    const rf_script_frame cut[] = { { "f", "…plugins/redact.fsx", 1 } };
    rf_profile_stack one[] = { { .value = 3, .thread = "", .stage = "", .script = cut, .script_count = 1 } };
    rf_profile profile_of_one = { .kind = "cpu", .stacks = one, .count = 1 };
    rf_check(rf_lines_write(&profile_of_one, "/etc/riffle/plugins/redact.fsx", RF_SLICE("x"), false, &out) && !out.failed);
    rf_check(!rf_lines_write(&profile_of_one, "redact.fsx", RF_SLICE("x"), false, &out));
}

RF_TEST(time_in_lines_that_the_text_lacks_is_told) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_profile_stack lost[] = { { .value = 3, .thread = "", .stage = "", .script = behind, .script_count = 1 },
                                { .value = 1, .thread = "", .stage = "", .script = nowhere, .script_count = 1 } };
    rf_profile two = { .kind = "threads", .stacks = lost, .count = 2 };
    rf_check(rf_lines_write(&two, "redact.fsx", RF_SLICE("x"), false, &out) && !out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("redact.fsx: 4 of 4 (100.0 %), in its own lines 4\n"
                                                 "     self    total             line\n"
                                                 "                                  1 | x\n"
                                                 "100.0 % in lines that this text does not have: another version of it ran\n"));
}

RF_TEST(an_empty_script_is_shown_as_nothing) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_lines_write(&profile, "redact.fsx", (rf_slice){ 0 }, false, &out) && !out.failed);
    rf_buffer_char(&out, '\0');
    rf_check(!out.failed && strstr(out.data, "75.0 % in lines that this text does not have"));
}

RF_TEST(a_little_time_has_a_bar_too_and_colours_say_how_much_it_is) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_profile_stack few[] = { { .value = 1, .thread = "", .stage = "", .script = output, .script_count = 1 }, { .value = 999, .thread = "", .stage = "" } };
    rf_profile two = { .kind = "cpu", .stacks = few, .count = 2 };
    rf_check(rf_lines_write(&two, "redact.fsx", RF_SLICE("a\n\x1b[2Jb\nc\nd"), true, &out));
    rf_buffer_char(&out, '\0');
    rf_check(!out.failed);
    rf_check(strstr(out.data, "\x1b[36m    0.1 %    0.1 % ▌         \x1b[0m     4 | d\n"));
    rf_check(strstr(out.data, "     2 |  [2Jb\n"));
    rf_buffer_clear(&out);
    rf_check(rf_lines_write(&profile, "redact.fsx", SOURCE, true, &out));
    rf_buffer_char(&out, '\0');
    rf_check(!out.failed && strstr(out.data, "\x1b[1;31m   60.0 %"));
}
