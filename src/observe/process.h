/* process.h: what the system says about this process. */
#ifndef RF_OBSERVE_PROCESS_H
#define RF_OBSERVE_PROCESS_H

#include "observe/metrics.h"

/* Each is 0 when the system does not tell. Any thread. */
double rf_process_resident_bytes(void);
double rf_process_cpu_seconds(void); /* user and system, all threads */
double rf_process_uptime_seconds(void);
double rf_process_start_seconds(void); /* since 1970 */
double rf_process_open_fds(void);
double rf_process_threads(void);

/* Registers them as the gauges process_resident_memory_bytes, process_cpu_seconds_total, process_uptime_seconds,
 * process_start_time_seconds, process_open_fds and process_threads. Errors: RF_ENOMEM, RF_ELIMIT. */
RF_NODISCARD rf_code rf_process_register(rf_metrics *metrics, rf_error *reterr);

#endif
