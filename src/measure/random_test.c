/* random_test.c: the generator's numbers, against its authors' and as a distribution. */
#include "harness.h"

#include "measure/stats.h"

#include <math.h>

/* What the reference implementations print for these states. */
RF_TEST(numbers_are_those_of_the_reference) {
    rf_random random = { { 1, 2, 3, 4 } };
    static const uint64_t expected[] = {
        11520, 0, 1509978240, UINT64_C(1215971899390074240), UINT64_C(1216172134540287360), UINT64_C(607988272756665600),
        UINT64_C(16172922978634559625), UINT64_C(8476171486693032832), UINT64_C(10595114339597558777), UINT64_C(2904607092377533576),
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        rf_check(rf_random_next(&random) == expected[i]);
}

RF_TEST(seeds_are_spread_by_splitmix) {
    rf_random random = rf_random_seeded(1234567);
    rf_check(random.state[0] == UINT64_C(6457827717110365317));
    rf_check(random.state[1] == UINT64_C(3203168211198807973));
    rf_check(random.state[2] == UINT64_C(9817491932198370423));
    rf_check(random.state[3] == UINT64_C(4593380528125082431));
}

RF_TEST(equal_seeds_give_equal_numbers_and_others_do_not) {
    rf_random a = rf_random_seeded(7), b = rf_random_seeded(7), c = rf_random_seeded(8);
    int same = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t x = rf_random_next(&a);
        rf_check(x == rf_random_next(&b));
        same += x == rf_random_next(&c);
    }
    rf_check(same == 0);
}

/* Chi-square with 9 degrees of freedom: 27.9 is passed once in a thousand seeds. */
RF_TEST(numbers_below_a_bound_are_evenly_spread) {
    rf_random random = rf_random_seeded(3);
    double counts[10] = { 0 }, square = 0;
    for (int i = 0; i < 100000; i++) {
        uint32_t x = rf_random_below(&random, 10);
        rf_check(x < 10);
        counts[x]++;
    }
    for (int i = 0; i < 10; i++)
        square += (counts[i] - 10000) * (counts[i] - 10000) / 10000;
    rf_check(square < 27.9);
    rf_check(rf_random_below(&random, 1) == 0);
}

RF_TEST(the_unit_is_half_open_and_even) {
    rf_random random = rf_random_seeded(4);
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        double x = rf_random_unit(&random);
        rf_check(x >= 0 && x < 1);
        sum += x;
    }
    rf_check(fabs(sum / 100000 - 0.5) < 4 * 0.2887 / sqrt(100000)); /* four errors of the mean */
}

RF_TEST(normal_numbers_have_their_moments) {
    rf_random random = rf_random_seeded(5);
    double sum = 0, squares = 0, fourths = 0, n = 100000;
    int beyond = 0;
    for (int i = 0; i < 100000; i++) {
        double x = rf_random_normal(&random);
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
        beyond += fabs(x) > 1.959963985;
    }
    rf_check(fabs(sum / n) < 4 / sqrt(n));
    rf_check(fabs(squares / n - 1) < 4 * sqrt(2 / n));
    rf_check(fabs(fourths / n - 3) < 4 * sqrt(96 / n));
    rf_check(fabs(beyond / n - 0.05) < 4 * sqrt(0.05 * 0.95 / n));
}
