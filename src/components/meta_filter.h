/* meta_filter.h: a choice of metadata keys, or of header names, by prefixes and regular expressions. */
#ifndef RF_COMPONENTS_META_FILTER_H
#define RF_COMPONENTS_META_FILTER_H

#include "stream/conf.h"

/* As the config says. */
typedef struct rf_meta_filter_conf { rf_strings include_prefixes, include_patterns; } rf_meta_filter_conf;
extern const rf_field rf_meta_filter_fields[];

/* Compiled; one thread at a time. Zeroed chooses nothing. */
typedef struct rf_meta_filter {
    const rf_meta_filter_conf *conf;
    struct pcre2_real_code_8 **patterns; /* owned; one an include_pattern */
    size_t count;
    struct pcre2_real_match_data_8 *match;
} rf_meta_filter;

/* In open; a pattern that is none is reported at `conf`. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_meta_filter_open(rf_meta_filter *filter, const rf_meta_filter_conf *options, const rf_conf *conf, rf_error *reterr);
void rf_meta_filter_done(rf_meta_filter *filter);
/* Whether it may choose anything at all. */
static inline bool rf_meta_filter_is_on(const rf_meta_filter *filter) {
    return filter->conf && (filter->conf->include_prefixes.count > 0 || filter->count > 0);
}
bool rf_meta_filter_takes(const rf_meta_filter *filter, rf_slice key);

#endif
