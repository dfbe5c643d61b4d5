/* metrics_log.h: all metrics as log records: where nobody scrapes. */
#ifndef RF_OBSERVE_METRICS_LOG_H
#define RF_OBSERVE_METRICS_LOG_H

#include "base/log.h"
#include "observe/metrics.h"

typedef struct rf_metrics_log rf_metrics_log;

/*
 * Starts a thread that writes them all every `interval_ns`; 0: none, they come at the end only. `flush`: each time only what was
 * counted since the last. Both are borrowed. Errors: RF_EIO, RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_metrics_log_start(const rf_metrics *metrics, rf_log *log, uint64_t interval_ns, bool flush,
                                          rf_metrics_log **ret_log, rf_error *reterr);
/* Ends the thread, writes all for the last time, and frees; NULL is fine. Gauges are read. */
void rf_metrics_log_end(rf_metrics_log *log);
/* The same without a word. */
void rf_metrics_log_free(rf_metrics_log *log);

#endif
