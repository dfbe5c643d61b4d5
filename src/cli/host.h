/* host.h: a loaded config made to run: logger, metrics, HTTP service, signals, stream. */
#ifndef RF_CLI_HOST_H
#define RF_CLI_HOST_H

#include "stream/config.h"

typedef struct rf_host_options {
    const char *log_level; /* before what the config says; NULL: not given */
    bool probes;           /* zones reach whoever is attached to the USDT probes */
    const char *trace;     /* file that gets a trace of the run; NULL: none */
} rf_host_options;

/*
 * Takes the config, opens it and runs its stream to the end of the input or a signal. Shows findings on stderr.
 * Returns an exit code (command.h).
 */
int rf_host_run(rf_config *config, const rf_host_options *options);

/* Shows an error without a place in a config ("riffle: …") on stderr, with its hint. */
void rf_host_complain(const rf_error *error);
/* Shows the findings of a config on stderr. */
void rf_host_show_findings(const rf_config *config);

#endif
