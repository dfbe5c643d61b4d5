/* format.h: format strings: the original's and F#'s (those of interpolated text are in vm_format.c). */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_FORMAT_H
#define RF_SCRIPT_FUSABI_LIBRARY_FORMAT_H

#include "script/fusabi/library.h"
#include "script/fusabi/vm.h"

/* String.format: %s %d %f %.Nf %% and a list of arguments, with the original's errors. */
rf_fus_value rf_fus_format_list(rf_fus_vm *vm, rf_slice format, rf_fus_value args);
/* F#'s sprintf: flags, width and precision, %s %d %i %u %x %X %o %B %b %c %e %E %f %F %g %G %M %A %O %%. */
rf_fus_value rf_fus_format_args(rf_fus_vm *vm, rf_slice format, const rf_fus_value *args, uint32_t count);

/* What happens to the text of a format whose arguments come one by one. */
typedef enum rf_fus_format_use { RF_FUS_FORMAT_TEXT, RF_FUS_FORMAT_PRINT, RF_FUS_FORMAT_PRINT_LINE, RF_FUS_FORMAT_FAIL } rf_fus_format_use;
/* sprintf, failwithf and the like after their first argument: the result, or a function of the arguments still to come. */
rf_fus_value rf_fus_format_begin(rf_fus_vm *vm, rf_fus_format_use use, const rf_fus_value *args);
/* The native of the rows Prim.sprintf1 … Prim.printfn9: `user` of the row points to the use. */
rf_fus_value rf_fus_format_rest(rf_fus_vm *vm, const rf_fus_value *args);
#define RF_FUS_FORMAT_HOLES_MAX 9u

#endif
