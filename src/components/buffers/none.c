/* none: no buffer: what is read goes to the workers, and is acknowledged when the output has taken it. */
#include "stream/buffered.h"

static const rf_field none_fields[] = {
    { 0 },
};

const rf_buffer_kind rf_none_buffer_kind = {
    .name = "none",
    .summary = "No buffer: a message is acknowledged to its input when the output has taken it.",
    .detail = "As if `buffer` were not there. Nothing that was acknowledged can be lost.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "buffer:\n"
               "  none: {}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = none_fields,
};
