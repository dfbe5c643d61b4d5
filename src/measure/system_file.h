/* system_file.h: the kernel's small text files: read whole, and single fields out of them. */
#ifndef RF_MEASURE_SYSTEM_FILE_H
#define RF_MEASURE_SYSTEM_FILE_H

#include "riffle/base.h"

#include <stdbool.h>

/* The first `room - 1` bytes, a NUL behind; empty when it cannot be read. Allocates nothing. */
rf_slice rf_system_read(const char *path, char *text, size_t room);
/* What follows `name`, a colon or an equals sign, to the line's end, without blanks around and quotes; empty when there is none. */
rf_slice rf_system_field(rf_slice text, const char *name);
/* Takes the number that the text begins with (blanks before it are skipped); false, and nothing taken, when it is none. */
bool rf_system_number(rf_slice *text, uint64_t *ret);
/* The same with a point in it: "0.52". */
bool rf_system_decimal(rf_slice *text, double *ret);

#endif
