/* globals.h: what other files need of the global functions. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_GLOBALS_H
#define RF_SCRIPT_FUSABI_LIBRARY_GLOBALS_H

#include "script/fusabi/vm.h"

/* Writes a value as print does, or as printfn does. */
rf_fus_value rf_fus_print(rf_fus_vm *vm, rf_fus_value value, bool with_newline);
/* The number that a text stands for, as F#'s `int` and `float` read it; false: none. */
bool rf_fus_lib_parse_int(rf_slice text, int64_t *ret_int);
bool rf_fus_lib_parse_float(rf_slice text, double *ret_float);

#endif
