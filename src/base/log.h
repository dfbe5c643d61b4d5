/* log.h: structured log records, as logfmt or JSON, to standard error or a file. */
#ifndef RF_BASE_LOG_H
#define RF_BASE_LOG_H

#include "riffle/error.h"

#include <stdio.h>

typedef enum rf_log_level {
    RF_LOG_OFF,
    RF_LOG_FATAL,
    RF_LOG_ERROR,
    RF_LOG_WARN,
    RF_LOG_INFO,
    RF_LOG_DEBUG,
    RF_LOG_TRACE,
    RF_LOG_ALL
} rf_log_level;
typedef enum rf_log_format { RF_LOG_LOGFMT, RF_LOG_JSON } rf_log_format;

/* A logger: any thread; a record is one write. */
typedef struct rf_log rf_log;

typedef struct rf_log_options {
    rf_log_level level;
    rf_log_format format;
    bool add_timestamp;
    const char *level_name;     /* "level" */
    const char *timestamp_name; /* "time" */
    const char *message_name;   /* "msg" */
    const char *const *static_fields; /* name, value, name, value, …, NULL */
    int fd;                     /* where records go; not closed by the logger */
    bool colour;                /* levels coloured (logfmt only) */
} rf_log_options;

/* Options are copied. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_log_new(const rf_log_options *options, rf_log **ret_log, rf_error *reterr);
void rf_log_free(rf_log *log);
void rf_log_set_level(rf_log *log, rf_log_level level);
bool rf_log_enabled(const rf_log *log, rf_log_level level);
/* "warn", "WARN", … to a level; false for an unknown word. */
bool rf_log_level_parse(rf_slice text, rf_log_level *ret_level);

/* One more field of a record. */
typedef struct rf_log_field { const char *name; rf_slice value; } rf_log_field;

/* Where a record comes from: a component's label and path ("root.pipeline.processors.0"); both may be NULL. */
typedef struct rf_log_origin { const char *label; const char *path; } rf_log_origin;

/* Writes one record; NULL log is silence. Never fails: a record that cannot be written is gone. */
void rf_log_write(rf_log *log, rf_log_level level, const rf_log_origin *origin, const char *format, ...) RF_PRINTF(4, 5);
void rf_log_write_fields(rf_log *log, rf_log_level level, const rf_log_origin *origin, rf_slice message,
                         const rf_log_field *fields, size_t field_count);
/* The same; `json` has for each field what it is in a JSON record, as JSON; data NULL: its value as a text. */
void rf_log_write_values(rf_log *log, rf_log_level level, const rf_log_origin *origin, rf_slice message,
                         const rf_log_field *fields, const rf_slice *json, size_t field_count);

/* A limit on repeats: at most `burst` records a `period_ns`, then silence; the first record after it says how
 * many were left out (field suppressed=N). Zeroed with burst and period set is ready. Any thread (atomics). */
typedef struct rf_log_limit {
    uint32_t burst;
    uint64_t period_ns;
    _Atomic uint64_t window_start_ns;
    _Atomic uint32_t in_window;
    _Atomic uint32_t suppressed;
} rf_log_limit;

/* True when a record may be written now; then *ret_suppressed is how many were left out since the last. */
bool rf_log_limit_pass(rf_log_limit *limit, uint32_t *ret_suppressed);
/* rf_log_write() as far as the limit allows; of the message 1,199 bytes at the most. */
void rf_log_write_limited(rf_log *log, rf_log_level level, const rf_log_origin *origin, rf_log_limit *limit, const char *format, ...)
    RF_PRINTF(5, 6);

#endif
