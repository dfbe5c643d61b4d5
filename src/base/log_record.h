/* log_record.h: one record and how it is written; the inside of log.c. */
#ifndef RF_BASE_LOG_RECORD_H
#define RF_BASE_LOG_RECORD_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"

struct rf_log {
    _Atomic int level;
    rf_log_format format;
    bool add_timestamp, colour;
    int fd;
    char *level_name, *timestamp_name, *message_name;
    rf_log_field *statics; /* names and values owned */
    size_t static_count;
};

/* How a level is written in configs and in records. */
typedef struct rf_log_level_word { const char *word, *printed, *colour; } rf_log_level_word;
extern const rf_log_level_word rf_log_levels[RF_LOG_ALL + 1];

/* What a record is made of. All views. */
typedef struct rf_log_record {
    const rf_log *log;
    const rf_log_origin *origin; /* may be NULL */
    const rf_log_field *fields;
    const rf_slice *json; /* of each field: what it is in JSON; NULL: texts */
    size_t field_count;
    rf_log_level level;
    rf_slice message;
    char time[RF_CLOCK_TEXT_MAX];
    size_t time_len;
} rf_log_record;

/* The record's line, without its end. */
void rf_log_record_logfmt(rf_buffer *out, const rf_log_record *rec);
void rf_log_record_json(rf_buffer *out, const rf_log_record *rec);

#endif
