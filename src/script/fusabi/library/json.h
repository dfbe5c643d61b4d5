/* json.h: JSON text to values and back. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_JSON_H
#define RF_SCRIPT_FUSABI_LIBRARY_JSON_H

#include "script/fusabi/vm.h"

/*
 * The value of one complete JSON text: null is (), numbers that fit are ints, arrays arrays, objects records; of duplicate
 * keys the last wins. Nesting has no bound. RF_FUS_RAISED after an error of memory or a limit; RF_FUS_UNDEF for a mistake in the
 * text: *ret_message says what ("expected value"), then where.
 */
typedef struct rf_fus_json_mistake { const char *what; size_t line, column; } rf_fus_json_mistake;
rf_fus_value rf_fus_json_read(rf_fus_vm *vm, rf_slice text, rf_fus_json_mistake *ret_mistake);
/* Appends the value as JSON; `indent` blanks a level, 0: all in one line. False after raising. */
bool rf_fus_json_put(rf_fus_vm *vm, rf_fus_value value, uint32_t indent, rf_buffer *out);

#endif
