/* recording_test.c: asciicasts of three versions, plain text, and what is damaged. */
#include "recording.h"
#include "harness.h"

#include "base/slice.h"

#define RECORDING(name) RF_CLEANUP(rf_recording_done) rf_recording name = { 0 }

static rf_code read(const char *text, rf_recording *recording, rf_error *error) {
    return rf_recording_read(&(rf_source){ "s.cast", rf_slice_of(text) }, recording, error);
}

static void done_events(rf_recorded_events *events) { rf_vec_done(events); }

static bool is_text(const rf_recorded_event *event, rf_recorded_kind kind, uint64_t ms, const char *text) {
    return event->kind == kind && (event->at_ns + 500) / 1000000 == ms && rf_slice_is(event->text, text);
}

RF_TEST(version_1_has_delays_and_output_alone) {
    RECORDING(recording);
    rf_check(!read("{\n \"version\": 1, \"width\": 80, \"height\": 24, \"stdout\": [\n  [0.5, \"a\\u001b[0m\"],\n  [0.25, \"b\"]\n ]\n}\n", &recording, NULL));
    rf_check(recording.version == 1 && recording.columns == 80 && recording.rows == 24 && recording.events.count == 2);
    rf_check(is_text(&recording.events.items[0], RF_RECORDED_OUTPUT, 500, "a\x1b[0m"));
    rf_check(is_text(&recording.events.items[1], RF_RECORDED_OUTPUT, 750, "b"));
}

RF_TEST(version_2_has_times_since_the_start) {
    RECORDING(recording);
    rf_check(!read("{\"version\":2,\"width\":100,\"height\":50}\n[0.5, \"o\", \"a\"]\n\n[1, \"i\", \"k\"]\n[1.5,\"m\",\"here\"]\n[2,\"q\",\"?\"]\n[3, \"r\", \"120x60\"]",
                   &recording, NULL));
    rf_check(recording.version == 2 && recording.columns == 100 && recording.events.count == 3);
    rf_check(is_text(&recording.events.items[0], RF_RECORDED_OUTPUT, 500, "a"));
    rf_check(is_text(&recording.events.items[1], RF_RECORDED_INPUT, 1000, "k"));
    const rf_recorded_event *resize = &recording.events.items[2];
    rf_check(resize->kind == RF_RECORDED_RESIZE && resize->columns == 120 && resize->rows == 60 && resize->at_ns / 1000000 == 3000);
}

RF_TEST(version_3_has_intervals_and_comments) {
    RECORDING(recording);
    rf_check(!read("{\"version\":3,\"term\":{\"cols\":90,\"rows\":30}}\n# said\n[0.5, \"o\", \"a\"]\n[1, \"m\", \"here\"]\n[0.25, \"o\", \"b\"]\n[0, \"x\", \"0\"]\n",
                   &recording, NULL));
    rf_check(recording.version == 3 && recording.columns == 90 && recording.rows == 30 && recording.events.count == 2);
    rf_check(is_text(&recording.events.items[1], RF_RECORDED_OUTPUT, 1750, "b")); /* a marker's interval counts, too */
}

RF_TEST(other_text_is_output) {
    static const char *const texts[] = { "ls\nfile\n", "{\"payload\": {\"version\": 2, \"width\": 3}}\n", "{\"version\": 2}\n", "{ \"version\" and \"x\"" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        RECORDING(recording);
        rf_check(!read(texts[i], &recording, NULL));
        rf_check(recording.version == 0 && recording.events.count == 1);
        rf_check_text(recording.events.items[0].text, rf_slice_of(texts[i]));
    }
    RECORDING(nothing);
    rf_check(!read("", &nothing, NULL));
    rf_check(nothing.events.count == 0);
}

/* ---- Damage ---- */

typedef struct damaged { const char *text, *message; uint32_t line, column; } damaged;

static const damaged damaged_texts[] = {
    { "{\"version\":2,\"width\":80,\"height\":24}\n[0.5, \"o\", \"a\"]\n[0.75, \"o\", \"b", "the recording is damaged: not JSON at byte 14", 3, 15 },
    { "{\"version\":2,\"width\":80,\"height\":24}\n[\"o\", \"a\"]\n", "an event is a list such as [0.5, \"o\", \"text\"]", 2, 1 },
    { "{\"version\":2,\"width\":80,\"height\":24}\n\n  [-1, \"o\", \"a\"]\n", "an event is a list such as", 3, 3 },
    { "{\"version\":2,\"width\":80,\"height\":24}\n[1, \"r\", \"80\"]\n", "a size is written as columns and rows, \"100x50\", not as \"80\"", 2, 1 },
    { "{\"version\":2,\"width\":80,\"height\":24}\n[1, \"r\", \"80x99999\"]\n", "a size is written as", 2, 1 },
    { "{\"version\":2,\"width\":80.5,\"height\":24}\n", "the recording's header does not say how large the terminal was", 1, 1 },
    { "{\"version\":3,\"term\":{\"cols\":80}}\n", "the recording's header does not say", 1, 1 },
    { "{\"version\":4,\"width\":80,\"height\":24}\n", "an asciicast of a version that is not known", 1, 1 },
    { "{\"version\":2,\"width\":80,\n[0.5, \"o\", \"a\"]\n", "the recording is damaged: not JSON", 2, 1 },
    { "{\"version\":1,\"width\":80,\"height\":24}", "an asciicast of version 1 without its list", 1, 1 },
    { "{\"version\":1,\"width\":80,\"height\":24,\n\"title\":\"stdout: [\\\"\",\"stdout\":[\n[0,\"a]\"],\n[1,\"b\"], {\"o\":[1,2]}]}", "item 3 of \"stdout\" is not [seconds, \"text\"]", 4, 10 },
};

RF_TEST(damage_is_told_with_its_place) {
    for (size_t i = 0; i < sizeof damaged_texts / sizeof *damaged_texts; i++) {
        const damaged *row = &damaged_texts[i];
        RECORDING(recording);
        rf_error error = { 0 };
        rf_code code = read(row->text, &recording, &error);
        rf_check(code == RF_EPARSE || (code == RF_ENOMEM && rf_test_torture()));
        if (code == RF_ENOMEM)
            return;
        rf_check_text(((rf_slice){ error.message, strlen(row->message) }), rf_slice_of(row->message));
        rf_check(error.place.line == row->line && error.place.column == row->column && strcmp(error.place.file, "s.cast") == 0);
    }
}

/* ---- Lines ---- */

RF_TEST(lines_go_across_events_and_keep_what_is_in_them) {
    RECORDING(recording);
    RF_CLEANUP(done_events) rf_recorded_events lines = { 0 };
    rf_check(!read("{\"version\":2,\"width\":80,\"height\":24}\n[1,\"o\",\"a\\u001b[1mb\"]\n[2,\"i\",\"k\"]\n[3,\"o\",\"c\\r\"]\n[4,\"o\",\"\\n\\n10%\\r20%\\nlast\"]\n",
                   &recording, NULL));
    rf_check(!rf_recording_lines(&recording, &lines, NULL));
    rf_check(lines.count == 5);
    rf_check(is_text(&lines.items[0], RF_RECORDED_INPUT, 2000, "k"));
    rf_check(is_text(&lines.items[1], RF_RECORDED_OUTPUT, 4000, "a\x1b[1mbc"));
    rf_check(is_text(&lines.items[2], RF_RECORDED_OUTPUT, 4000, ""));
    rf_check(is_text(&lines.items[3], RF_RECORDED_OUTPUT, 4000, "10%\r20%"));
    rf_check(is_text(&lines.items[4], RF_RECORDED_OUTPUT, 4000, "last"));
}

/* Every beginning of a recording is read or refused, and nothing worse. */
RF_TEST(no_beginning_does_harm) {
    static const char whole[] = "{\"version\":1,\"width\":8,\"height\":2,\"stdout\":[[0,\"\\ud83d\\ude00\"],[1,\"b\\\"]\"]]}";
    if (rf_test_torture()) /* nothing new: one text stands for all */
        return;
    for (size_t len = 0; len < sizeof whole; len++) {
        RECORDING(recording);
        rf_error error = { 0 };
        rf_code code = rf_recording_read(&(rf_source){ "s.cast", { whole, len } }, &recording, &error);
        rf_check(code == RF_OK || (code == RF_EPARSE && error.place.line == 1));
        rf_check(len < sizeof whole - 1 ? recording.version == 0 : recording.version == 1);
    }
}
