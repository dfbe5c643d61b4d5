/* findings.h: what is wrong with a config, collected in the order of the text. */
#ifndef RF_STREAM_FINDINGS_H
#define RF_STREAM_FINDINGS_H

#include "base/source.h"
#include "stream/conf.h"

#define RF_FINDINGS_MAX 1000 /* more are counted, but not kept */

RF_NODISCARD rf_findings *rf_findings_new(void);
/* NULL is fine. */
void rf_findings_free(rf_findings *findings);
/*
 * Adds a copy of the error. `source` is the text it is about (kept alive by the config) and decides the order:
 * texts as they first come, and places within them. The same text at the same place is kept once.
 * Out of memory is remembered: rf_findings_code() tells.
 */
void rf_findings_add(rf_findings *findings, const rf_source *source, const rf_error *error, bool warning);
/* How often an error was reported, those left out because they were known included. */
size_t rf_findings_errors_reported(const rf_findings *findings);
/* RF_ENOMEM when one could not be kept, RF_ECONFIG when there are errors, else RF_OK. */
rf_code rf_findings_code(const rf_findings *findings);

#endif
