/* table.c: every component there is: one row each, sorted by name. */
#include "stream/component.h"

/* Each kind is the one symbol its file exports. */

const rf_input_kind *const rf_input_kinds[] = {
    NULL,
};

const rf_processor_kind *const rf_processor_kinds[] = {
    NULL,
};

const rf_output_kind *const rf_output_kinds[] = {
    NULL,
};
