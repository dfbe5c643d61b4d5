/* signals.h: SIGINT and SIGTERM while a stream runs. */
#ifndef RF_CLI_SIGNALS_H
#define RF_CLI_SIGNALS_H

#include "stream/stream.h"

typedef struct rf_signals rf_signals;

/*
 * From now on SIGINT and SIGTERM stop the stream: the first drains it, the second gives up at once, the third
 * ends the process. SIGPIPE and SIGHUP are ignored. Takes the signals in a thread of its own, so that it may log.
 * Thread: main. Errors: RF_EIO, RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_signals_start(rf_stream *stream, rf_log *log, rf_signals **ret_signals, rf_error *reterr);
/* Another stream, and its log, take the place of the one before, which is not touched any more. False: a signal has come, and what follows
 * is not to begin. */
bool rf_signals_aim(rf_signals *signals, rf_stream *stream, rf_log *log);
/* Whether one has come. */
bool rf_signals_came(rf_signals *signals);
/* Ends the thread; NULL is fine. */
void rf_signals_stop(rf_signals *signals);

#endif
