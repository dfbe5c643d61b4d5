/* pairs.h: walking two values side by side, for equality (equal.c) and order (compare.c). */
#ifndef RF_SCRIPT_FUSABI_PAIRS_H
#define RF_SCRIPT_FUSABI_PAIRS_H

#include "script/fusabi/vm.h"

typedef enum rf_fus_pairs_mode {
    RF_FUS_PAIRS_EQUAL, /* order 0 or not; never an error of kinds */
    RF_FUS_PAIRS_ORDER, /* < 0, 0, > 0; functions and mixed kinds raise */
} rf_fus_pairs_mode;

/* Compares the two, with a stack of its own instead of recursion. An array met again inside itself counts as equal there.
 * False after raising: memory, a limit, or (ORDER) what has no order. */
bool rf_fus_pairs_compare(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, rf_fus_pairs_mode mode, int *ret_order);

#endif
