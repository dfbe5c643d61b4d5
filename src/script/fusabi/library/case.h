/* case.h: upper and lower case of Unicode text. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_CASE_H
#define RF_SCRIPT_FUSABI_LIBRARY_CASE_H

#include "base/buffer.h"

/* Appends the text in upper or lower case: all of Unicode, ß to SS, a sigma at the end of a word to its final form. */
void rf_fus_case_upper(rf_buffer *out, rf_slice text);
void rf_fus_case_lower(rf_buffer *out, rf_slice text);

/* case_table.c: characters first … last, every step-th, lie `difference` from their other case. */
typedef struct rf_fus_case_run { uint32_t first, last; uint16_t step; int32_t difference; } rf_fus_case_run;
typedef struct rf_fus_case_special { uint32_t c, to[3]; } rf_fus_case_special; /* zeros end it */
typedef struct rf_fus_case_range { uint32_t first, last; } rf_fus_case_range;
extern const rf_fus_case_run rf_fus_upper_runs[], rf_fus_lower_runs[];
extern const rf_fus_case_special rf_fus_upper_specials[], rf_fus_lower_specials[];
extern const rf_fus_case_range rf_fus_cased_ranges[], rf_fus_ignorable_ranges[];
extern const size_t rf_fus_upper_run_count, rf_fus_lower_run_count, rf_fus_upper_special_count, rf_fus_lower_special_count;
extern const size_t rf_fus_cased_range_count, rf_fus_ignorable_range_count;

#endif
