/* vm_test.c: instructions, calls, errors and limits of the VM, by programs put together by hand. */
#include "script/fusabi/vm_fixture.h"

/* let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2) */
static bool add_fib(fixture *f) {
    return FUNCTION(f, "fib", 1, 4, I(JNLTI, 0, 0, 2, 1), I(RET, 0, 0, 0, 0), I(SUBI, 0, 2, 0, 1), I(CALLSELF, 1, 1, 0, 0), I(SUBI, 0, 3, 0, 2),
                    I(CALLSELF, 1, 2, 0, 0), I(ADD, 0, 1, 1, 2), I(RET, 0, 1, 0, 0));
}

RF_TEST(a_recursive_function_gives_its_result) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_check(FUNCTION(&f, "main", 0, 4, IX(INT, 0, 1, 15), I(CALLP, 1, 0, 1, 0), I(RET, 0, 0, 0, 0)) && add_fib(&f));
    rf_check(fixture_run(&f) == RF_OK);
    rf_check(f.result == small(610));
}
