/* reload.h: saved configs, taken over while a stream runs. */
#ifndef RF_CLI_RELOAD_H
#define RF_CLI_RELOAD_H

#include "cli/host.h"

/*
 * A thread of its own waits for the config, the resources and the environment files to hold something else. What was saved is loaded and
 * opened beside the stream that runs. When something is wrong with it, that is said once and the stream runs on. Otherwise the
 * stream is drained, and whoever runs it takes the next.
 */
typedef struct rf_reload rf_reload;

/* Notes what the files hold, before the first config is loaded from them. What the options point at outlives it. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_reload_new(const rf_config_options *options, const char *log_level, rf_reload **ret_reload, rf_error *reterr);
/* What all configs are given as their `unread`. Before the start. */
void rf_reload_share(rf_reload *reload, rf_buffer *unread);
/* `host` is about to run. Errors: RF_EIO. */
RF_NODISCARD rf_code rf_reload_start(rf_reload *reload, rf_host *host, rf_error *reterr);
/* The stream has ended: what is to run instead, the caller's from now on; NULL: nothing, and nothing will come any more. */
rf_host *rf_reload_take(rf_reload *reload);
/* That one runs now, and saved configs are looked at again. */
void rf_reload_taken(rf_reload *reload, rf_host *host);
/* Ends the thread; what it had made is freed. */
void rf_reload_stop(rf_reload *reload);
/* NULL is fine. */
void rf_reload_free(rf_reload *reload);

#endif
