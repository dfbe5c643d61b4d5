/* text_fuzz.c: what base reads out of any texts: numbers, times, durations, UTF-8, places, near words. */
#include "fuzz.h"

#include "base/clock.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/source.h"
#include "base/utf8.h"

#include <math.h>

/* What is written must read back as the same number. */
static void check_number(double value) {
    char out[RF_NUMBER_TEXT_MAX];
    double back = -1;
    size_t len = rf_number_text(value, out);
    fuzz_claim(len > 0 && len <= RF_NUMBER_TEXT_MAX);
    len = rf_number_fixed(value, out);
    fuzz_claim(len > 0 && len <= RF_NUMBER_TEXT_MAX);
    if (!isfinite(value))
        return;
    bool read = rf_number_parse_go_float((rf_slice){ out, len }, &back);
    fuzz_claim(read && back == value);
    len = rf_number_json(value, out);
    read = rf_number_parse_json((rf_slice){ out, len }, &back);
    fuzz_claim(read && back == value && signbit(back) == signbit(value));
    len = rf_number_fixed_float((float)value, out);
    fuzz_claim(len > 0 && len <= RF_NUMBER_TEXT_MAX);
}

static void check_numbers(rf_slice text) {
    double number;
    int64_t integer;
    uint64_t duration;
    if (rf_number_parse_json(text, &number)) {
        double again;
        bool also = rf_number_parse_go_float(text, &again);
        fuzz_claim(also && again == number);
        check_number(number);
    }
    if (rf_number_parse_go_float(text, &number))
        check_number(number);
    if (text.len >= sizeof number) {
        memcpy(&number, text.data, sizeof number);
        check_number(number);
    }
    if (rf_number_parse_i64(text, &integer)) {
        char out[RF_NUMBER_TEXT_MAX];
        fuzz_claim(rf_number_i64(integer, out) <= text.len || text.len < 20);
    }
    if (rf_clock_parse_duration(text, &duration))
        fuzz_claim(duration <= INT64_MAX);
}

static void check_time(rf_slice text) {
    int64_t ms, back;
    if (!rf_clock_parse_rfc3339(text, &ms))
        return;
    char out[RF_CLOCK_TEXT_MAX];
    int64_t sec = ms / 1000 - (ms % 1000 < 0);
    size_t len = rf_clock_rfc3339(sec, (uint32_t)(ms - sec * 1000) * 1000000, 3, out);
    bool read = rf_clock_parse_rfc3339((rf_slice){ out, len }, &back);
    /* A zone can push a time out of the four-digit years. */
    fuzz_claim(!read || back == ms);
    fuzz_claim(read || sec < -62167219200 || sec >= 253402300800);
}

static void check_text(rf_slice text) {
    rf_arena arena;
    rf_arena_init(&arena, 1024);
    rf_slice clean = rf_utf8_clean_in(&arena, text);
    fuzz_claim(!clean.data || (rf_utf8_valid(clean) && rf_utf8_length(clean) == rf_utf8_length(text)));
    rf_slice trimmed = rf_slice_trim_unicode(text);
    fuzz_claim(trimmed.len <= text.len && rf_slice_eq(rf_slice_trim_unicode(trimmed), trimmed));
    rf_arena_done(&arena);
}

static void check_shown(rf_slice text) {
    const rf_source source = { "f", text };
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "%.*s", RF_SLICE_ARG(text));
    uint32_t line, column;
    rf_source_locate(&source, text.len / 2, &line, &column);
    rf_error_place(&error, "f", line, column);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_source_show(&out, &source, &error, false);
    fuzz_claim(out.failed || rf_utf8_valid(rf_buffer_view(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const words[] = { "input", "output", "pipeline", "shutdown_timeout", NULL };
    rf_slice text = { (const char *)data, size };
    check_numbers(text);
    check_time(text);
    check_text(text);
    check_shown(text);
    (void)rf_nearest(text, words);
    return 0;
}
