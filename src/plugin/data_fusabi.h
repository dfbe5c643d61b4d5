/* data_fusabi.h: plain data between plugins' messages and Fusabi's values. */
#ifndef RF_PLUGIN_DATA_FUSABI_H
#define RF_PLUGIN_DATA_FUSABI_H

#include "message/value.h"
#include "script/fusabi/vm.h"

/* What a list becomes. */
typedef enum rf_fus_lists {
    RF_FUS_AS_ARRAYS, /* as the module Json has it: messages, configuration */
    RF_FUS_AS_LISTS,  /* what the Host API gives */
    RF_FUS_AS_WAS,    /* state: arrays that rf_fus_data_out made lists of are arrays again, all others are lists */
} rf_fus_lists;

/*
 * As the module Json has it: null is (), maps are records; a number that was kept as text is an int when it is
 * whole and fits, else a float; bytes and texts that are not UTF-8 get U+FFFD for what is broken; times are RFC 3339.
 * The value is rooted nowhere: it lives until the next call. `scratch` takes what is needed on the way.
 * Errors: RF_ESCRIPT nothing that a script can hold; RF_ELIMIT the VM's memory, or too deep; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_fus_data_in(rf_fus_vm *vm, const rf_value *value, rf_fus_lists lists, rf_arena *scratch, rf_fus_value *ret_value,
                                    rf_error *reterr);

/*
 * And back, copied into `arena`: lists, tuples and arrays are lists (those of arrays have `truth` set, for RF_FUS_AS_WAS); records and maps are maps in the order of their names.
 * At most `budget` bytes are made: one list may be in many places of a value.
 * Errors: RF_ESCRIPT a function or something else that is no plain data; RF_ELIMIT too deep, or past the budget; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_fus_data_out(rf_fus_vm *vm, rf_fus_value value, rf_arena *arena, size_t budget, rf_value *ret_value,
                                     rf_error *reterr);

/* "an int", "a record": a value's type in a sentence. `out` has 24 bytes. */
const char *rf_fus_data_named(rf_fus_value value, char out[24]);

#endif
