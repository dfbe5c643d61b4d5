/* ticks_test.c */
#include "base/ticks.h"

#include "harness.h"

RF_TEST(ticks_become_the_clocks_nanoseconds) {
    rf_ticks_epoch epoch = rf_ticks_begin();
    uint64_t start = rf_ticks(&epoch), start_ns = rf_clock_mono_ns();
    rf_clock_sleep_ns(20 * RF_NS_PER_MS);
    uint64_t passed = rf_ticks_between(start, rf_ticks(&epoch)), passed_ns = rf_clock_mono_ns() - start_ns;
    double ratio = (double)passed * rf_ticks_unit_ns(&epoch) / (double)passed_ns;
    rf_check(ratio > 0.8 && ratio < 1.25);
}

RF_TEST(the_plain_clock_has_ticks_of_a_nanosecond) {
    rf_ticks_epoch epoch = { .counter = false, .ns = rf_clock_mono_ns() };
    uint64_t start = rf_clock_mono_ns();
    rf_check(rf_ticks(&epoch) >= start);
    rf_check(rf_ticks_unit_ns(&epoch) == 1);
}

RF_TEST(going_backwards_takes_no_time) {
    rf_check(rf_ticks_between(100, 90) == 0);
    rf_check(rf_ticks_between(90, 100) == 10);
}
