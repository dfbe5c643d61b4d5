/* distribution_test.c: the normal and Student's distribution, against scipy. */
#include "harness.h"

#include "measure/oracle.h"

#include <math.h>

/* Each row: argument, value. */
RF_TEST(the_normal_distribution_is_scipys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    const rf_value *rows = oracle_at(&o.root, "normal_cdf");
    rf_check(rows->size > 5);
    for (uint32_t i = 0; i < rows->size; i++)
        rf_check(oracle_same(rf_normal_cdf(oracle_item(&rows->items[i], 0)), oracle_item(&rows->items[i], 1)));
    rows = oracle_at(&o.root, "normal_quantile");
    rf_check(rows->size > 5);
    for (uint32_t i = 0; i < rows->size; i++) {
        double expected = oracle_item(&rows->items[i], 1), got = rf_normal_quantile(oracle_item(&rows->items[i], 0));
        rf_check(fabs(got - expected) <= 1e-13 * fabs(expected));
    }
}

RF_TEST(quantiles_undo_the_distribution) {
    for (int i = 1; i < 1000; i++) {
        double p = i / 1000.0;
        rf_check(fabs(rf_normal_cdf(rf_normal_quantile(p)) - p) < 1e-15);
    }
}

RF_TEST(students_distribution_is_scipys) {
    RF_CLEANUP(oracle_done) oracle o;
    rf_check(oracle_open(&o));
    const rf_value *rows = oracle_at(&o.root, "student");
    rf_check(rows->size > 20);
    for (uint32_t i = 0; i < rows->size; i++) {
        const rf_value *row = &rows->items[i];
        rf_check(oracle_same(rf_student_two_sided(oracle_item(row, 0), oracle_item(row, 1)), oracle_item(row, 2)));
        rf_check(oracle_same(rf_student_two_sided(-oracle_item(row, 0), oracle_item(row, 1)), oracle_item(row, 2)));
    }
    rows = oracle_at(&o.root, "student_bound");
    rf_check(rows->size > 5);
    for (uint32_t i = 0; i < rows->size; i++) {
        const rf_value *row = &rows->items[i];
        rf_check(oracle_same(rf_student_bound(oracle_item(row, 0), oracle_item(row, 1)), oracle_item(row, 2)));
    }
}

/* With one degree it is Cauchy's: 1 - 2 / pi * atan(t). */
RF_TEST(students_distribution_has_its_known_ends) {
    rf_check(fabs(rf_student_two_sided(1, 1) - 0.5) < 1e-14);
    rf_check(rf_student_two_sided(0, 5) == 1);
    rf_check(rf_student_two_sided(INFINITY, 5) == 0);
    rf_check(rf_student_two_sided(1e200, 5) < 1e-300);
    rf_check(fabs(rf_student_two_sided(1.5, 1e7) - rf_student_two_sided(1.5, 1.0000001e7)) < 1e-9); /* both sides of the switch */
}
