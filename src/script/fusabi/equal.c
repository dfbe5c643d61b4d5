/* equal.c: structural equality: what needs no stack at once, the rest through compare.c. */
#include "script/fusabi/pairs.h"

bool rf_fus_equal(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, bool *ret_equal) {
    if (!rf_fus_is_object(a) || !rf_fus_is_object(b)) {
        bool numbers = rf_fus_is_double(a) && rf_fus_is_double(b); /* 0.0 = -0.0, NaN <> NaN */
        *ret_equal = numbers ? rf_fus_double(a) == rf_fus_double(b) : a == b;
        return true;
    }
    int order;
    if (!rf_fus_pairs_compare(vm, a, b, RF_FUS_PAIRS_EQUAL, &order))
        return false;
    *ret_equal = order == 0;
    return true;
}
