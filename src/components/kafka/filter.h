/* filter.h: which metadata become headers of a record. */
#ifndef RF_KAFKA_FILTER_H
#define RF_KAFKA_FILTER_H

#include "components/kafka/api.h"
#include "message/message.h"
#include "plugin/prefilter.h"
#include "stream/conf.h"

/* As a config says: all but those with a prefix, or none but those with a prefix or in which a pattern is found. */
typedef struct rf_kafka_filter {
    rf_strings exclude_prefixes, include_prefixes, include_patterns;
    rf_prefilter *patterns; /* NULL: none */
    bool only_included;
} rf_kafka_filter;

extern const rf_field rf_kafka_exclude_fields[]; /* kafka's */
extern const rf_field rf_kafka_include_fields[]; /* kafka_franz's */

/* Compiles the patterns, reporting at `conf`. Errors: RF_ECONFIG reported, RF_ENOMEM. */
RF_NODISCARD rf_code rf_kafka_filter_open(rf_kafka_filter *filter, bool only_included, const rf_conf *conf, rf_error *reterr);
void rf_kafka_filter_done(rf_kafka_filter *filter);
/* One thread at a time. */
bool rf_kafka_filter_passes(const rf_kafka_filter *filter, rf_slice key);

/* Adds every entry that passes, as text, to *headers, which are made when there is none yet. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_kafka_filter_headers(const rf_kafka_filter *filter, const rf_kafka_api *api, rf_batch *batch, rf_meta *meta,
                                             rd_kafka_headers_t **headers, rf_error *reterr);
/* Adds one. */
RF_NODISCARD rf_code rf_kafka_header(const rf_kafka_api *api, rd_kafka_headers_t **headers, rf_slice name, rf_slice value,
                                     rf_error *reterr);

/* Patterns of RE2's kind, found anywhere in a text. Added for owner 0; an empty pattern is found everywhere: *ret_all.
 * Errors: as rf_prefilter_add(), without a place. */
RF_NODISCARD rf_code rf_kafka_pattern_add(rf_prefilter *patterns, rf_slice pattern, bool *ret_all, rf_error *reterr);

#endif
