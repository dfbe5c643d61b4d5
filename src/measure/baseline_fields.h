/* baseline_fields.h: what a baseline keeps of a run, named once for its writer and its reader. */
#ifndef RF_MEASURE_BASELINE_FIELDS_H
#define RF_MEASURE_BASELINE_FIELDS_H

#include "measure/result.h"

#include <stddef.h>

#define RF_BASELINE_VERSION 1
#define RF_BASELINE_SAMPLES_MAX 1000000u

typedef enum rf_kept_kind { RF_KEPT_ROOM, /* a char array of `room` bytes */ RF_KEPT_TEXT, /* const char *, or NULL */ RF_KEPT_DOUBLE, RF_KEPT_U32, RF_KEPT_U64, RF_KEPT_BOOL, RF_KEPT_UNIT, RF_KEPT_SAMPLING, RF_KEPT_GRADE } rf_kept_kind;
typedef struct rf_kept { const char *key; rf_kept_kind kind; size_t at, room; } rf_kept;

/* Each ends with a zeroed row; in the order of the file. (baseline_fields.c) */
extern const rf_kept rf_kept_machine[];     /* of rf_machine */
extern const rf_kept rf_kept_options[];     /* of rf_sampler_options */
extern const rf_kept rf_kept_resampling[];  /* of rf_estimate_options */
extern const rf_kept rf_kept_bench[];       /* of rf_bench */
extern const rf_kept rf_kept_measurement[]; /* of rf_measurement */
extern const rf_kept rf_kept_noise[];       /* of rf_noise */
extern const rf_kept rf_kept_interval[];    /* of rf_interval */
extern const rf_kept rf_kept_outliers[];    /* of rf_outliers */
/* The intervals of rf_estimates. */
typedef struct rf_kept_estimate { const char *key; size_t at; } rf_kept_estimate;
extern const rf_kept_estimate rf_kept_estimates[];
/* By rf_sampling; ends with NULL. */
extern const char *const rf_kept_samplings[];

#endif
