/* harness.h: unit tests: RF_TEST(claim) { … rf_check(…); }, run once, then again with every allocation failing in turn. */
#ifndef RF_TESTS_HARNESS_H
#define RF_TESTS_HARNESS_H

#include "riffle/base.h"
#include "riffle/error.h"

#include <stdbool.h>

/* A test hangs everything it makes on RF_CLEANUP: rf_check leaves the function at the first false claim, so that the
 * torture run (each allocation failing in turn) proves that nothing leaks and nothing crashes on any error path. */
#define RF_TEST(claim)                                                                         \
    static void claim(void);                                                                   \
    static struct rf_test_row claim##_row = { #claim, claim, __FILE__, __LINE__, NULL };       \
    __attribute__((constructor)) static void claim##_register(void) { rf_test_register(&claim##_row); } \
    static void claim(void)

#define rf_check(claim)                                         \
    do {                                                        \
        if (!(claim)) {                                         \
            rf_test_failed(__FILE__, __LINE__, #claim);         \
            return;                                             \
        }                                                       \
    } while (0)
/* Slices (or C strings through rf_slice_of) compared, both shown when they differ. */
#define rf_check_text(got, expected)                                              \
    do {                                                                          \
        if (!rf_test_same_text(__FILE__, __LINE__, #got, (got), (expected)))      \
            return;                                                               \
    } while (0)

struct rf_test_row { const char *name; void (*run)(void); const char *file; int line; struct rf_test_row *next; };
void rf_test_register(struct rf_test_row *row);
void rf_test_failed(const char *file, int line, const char *claim);
bool rf_test_same_text(const char *file, int line, const char *what, rf_slice got, rf_slice expected);
/* True while an allocation is being made to fail: for checks of time or of figures that make no sense then. */
bool rf_test_torture(void);

#endif
