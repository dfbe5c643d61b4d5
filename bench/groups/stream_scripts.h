/* stream_scripts.h: the scripts that streams are measured with, the same as in bench/stream/cases.json, and configs with them. */
#ifndef RF_BENCH_STREAM_SCRIPTS_H
#define RF_BENCH_STREAM_SCRIPTS_H

#include "base/buffer.h"

#include <stdbool.h>

#define RF_STREAM_CONDITIONS 5u

/* Scripts of a tag_processor and of two nodered_js. The third condition holds for the standard message, and the fourth for all. */
extern const char rf_stream_defaults[], rf_stream_advanced[], rf_stream_simple[], rf_stream_heavy[];
extern const char *const rf_stream_if[RF_STREAM_CONDITIONS], *const rf_stream_then[RF_STREAM_CONDITIONS];

/* A processor and what it makes of the standard message. */
typedef struct rf_stream_case {
    const char *name;       /* "b": bench/stream/cases.json */
    const char *doc;
    const char *nodered;    /* its code; NULL: a tag_processor with defaults and … */
    uint32_t conditions;    /* … so many of the conditions … */
    bool advanced;          /* … and advancedProcessing */
    const char *topic;      /* umh_topic; NULL: has none */
    const char *payload;    /* JSON with sorted keys: its end, because two cases take the time from the clock */
    double original_ns;     /* a message, the processor alone, in batches of 42 */
} rf_stream_case;
extern const rf_stream_case rf_stream_cases[];
extern const size_t rf_stream_case_count;
/* One that is there. */
const rf_stream_case *rf_stream_case_find(const char *name);

/* {"tag_processor": …}, compact. */
void rf_stream_case_processor(rf_buffer *out, const rf_stream_case *which);
/* A tag_processor whose many conditions are all false for the standard message, but for the one in the middle. */
void rf_stream_many_conditions(rf_buffer *out, uint32_t count);
/* A whole config: from a file of messages (NULL: from standard input, for processors that are driven by hand) to nowhere. */
void rf_stream_config_text(rf_buffer *out, rf_slice processor, const char *input, uint32_t threads);

#endif
