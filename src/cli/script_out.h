/* script_out.h: standard output of scripts: buffered, by lines on a terminal. */
#ifndef RF_CLI_SCRIPT_OUT_H
#define RF_CLI_SCRIPT_OUT_H

#include "riffle/base.h"

#include <stdbool.h>

typedef struct rf_script_out {
    bool by_lines; /* a terminal: what ends in a newline goes out at once */
    bool failed;   /* the descriptor takes no more */
    size_t len;
    char data[32768];
} rf_script_out;

/* Ready for use; the data stays as it is. */
void rf_script_out_init(rf_script_out *out);
/* Both fit rf_fus_host: `out` is an rf_script_out. False: standard output is gone. */
bool rf_script_out_write(void *out, rf_slice text);
bool rf_script_out_flush(void *out);

#endif
