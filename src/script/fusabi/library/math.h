/* math.h: numbers for the globals of the same names. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_MATH_H
#define RF_SCRIPT_FUSABI_LIBRARY_MATH_H

#include "script/fusabi/vm.h"

rf_fus_value rf_fus_math_abs(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_acos(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_asin(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_atan(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_atan2(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_ceil(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_cos(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_exp(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_floor(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_log(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_log10(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_pow(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_round_even(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_sign(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_sin(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_sqrt(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_tan(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_math_truncate(rf_fus_vm *vm, const rf_fus_value *args);

#endif
