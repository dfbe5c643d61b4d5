/* server.h: the daemon: its socket, its sessions, its plugins, whoever asks. */
#ifndef RF_TERMINAL_SERVER_H
#define RF_TERMINAL_SERVER_H

#include "terminal/settings.h"
#include "base/log.h"

typedef struct rf_server_options {
    const char *socket_path; /* its folder is there, and is ours alone */
    const char *state_path;  /* of the state file */
    const char *record_dir;
    const rf_settings *settings;
    rf_log *log;
    int ready_fd;            /* gets one byte once the socket answers, and is closed; -1: none */
} rf_server_options;

/*
 * Serves until it is told to stop: by the method `stop`, SIGTERM or SIGINT; SIGHUP does nothing. The calling thread is its own. A socket that nobody
 * serves any more is replaced. Errors: RF_EBUSY another daemon serves it; RF_EIO; RF_ENOMEM; what rf_plugin_roster_open() has.
 */
RF_NODISCARD rf_code rf_server_run(const rf_server_options *options, rf_error *reterr);

#endif
