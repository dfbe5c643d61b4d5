/* specifier.h: one hole of a format: how a value fills it. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_SPECIFIER_H
#define RF_SCRIPT_FUSABI_LIBRARY_SPECIFIER_H

#include "script/fusabi/vm.h"

typedef struct rf_fus_specifier {
    char kind;          /* s d i u x X o B b c e E f F g G M A O, or % */
    bool left, plus, space, zero;
    uint32_t width;     /* least characters */
    int32_t precision;  /* -1: none given */
} rf_fus_specifier;

/* Parses "%-5.2f…"; false after raising. */
bool rf_fus_specifier_parse(rf_fus_vm *vm, rf_slice text, rf_fus_specifier *ret_specifier, size_t *ret_len);
/* Appends the value; false after raising. */
bool rf_fus_specifier_put(rf_fus_vm *vm, const rf_fus_specifier *specifier, rf_fus_value value, rf_buffer *out);
/* Digits behind the point, halves of the exact binary value to even: "2.50", "NaN", "inf". */
void rf_fus_put_fixed(rf_buffer *out, double value, uint32_t precision);

#endif
