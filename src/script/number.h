/* number.h: numbers of scripts as values of messages. */
#ifndef RF_SCRIPT_NUMBER_H
#define RF_SCRIPT_NUMBER_H

#include "message/value.h"

#include <math.h>

#define RF_SCRIPT_WHOLE_MAX 9007199254740992.0 /* 2^53: up to here each whole number is one double */

/* Whole numbers become such; -0 stays what it is. */
static inline rf_value rf_script_number(double number) {
    bool whole = isfinite(number) && number == trunc(number) && fabs(number) <= RF_SCRIPT_WHOLE_MAX;
    return whole && !(number == 0 && signbit(number)) ? rf_int((int64_t)number) : rf_double(number);
}

#endif
