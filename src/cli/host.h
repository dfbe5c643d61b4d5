/* host.h: a loaded config made to run: logger, metrics, HTTP service, signals, stream. */
#ifndef RF_CLI_HOST_H
#define RF_CLI_HOST_H

#include "stream/config.h"

typedef struct rf_host_options {
    const char *log_level; /* before what the config says; NULL: not given */
    bool probes;           /* zones reach whoever is attached to the USDT probes */
    const char *trace;     /* file that gets a trace of the run; NULL: none */
    struct rf_reload *reload; /* brings saved configs (reload.h); NULL: files are read once */
} rf_host_options;

/*
 * Takes the config, opens it and runs its stream to the end of the input or a signal; with `reload` one config after the other.
 * Shows findings on stderr. Returns an exit code (command.h).
 */
int rf_host_run(rf_config *config, const rf_host_options *options);

/* ---- One config (host.c) ---- */

typedef struct rf_host rf_host;

/* Takes the config; opens its log, metrics and components, and makes its stream, which another may still be running beside. The host is there
 * also when that failed (not without memory), for rf_host_give_up(). Errors: those of the parts; RF_ECONFIG: there are findings. */
RF_NODISCARD rf_code rf_host_open(rf_config *config, const char *log_level, rf_host **ret_host, rf_error *reterr);
/* Whether the address of its service can be had, when that is not `other`'s. Errors: RF_ECONFIG, RF_EIO. */
RF_NODISCARD rf_code rf_host_check_address(const rf_host *host, const rf_host *other, rf_error *reterr);
/* From here on it is seen: the HTTP service, figures in the log. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_host_serve(rf_host *host, rf_error *reterr);
struct rf_stream *rf_host_stream(const rf_host *host);
rf_log *rf_host_log(const rf_host *host);
const rf_metrics *rf_host_metrics(const rf_host *host);
rf_config *rf_host_config(const rf_host *host);
/* Figures are logged for the last time. The stream has ended. */
void rf_host_rest(rf_host *host);
/* NULL is fine. */
void rf_host_free(rf_host *host);

/* Shows an error without a place in a config ("riffle: …") on stderr, with its hint. */
void rf_host_complain(const rf_error *error);
/* Shows the findings of a config on stderr. */
void rf_host_show_findings(const rf_config *config);

#endif
