/* oracle.h: what scipy and others found in recorded samples (oracle.json, made by oracle.py), for tests. */
#ifndef RF_TESTS_MEASURE_ORACLE_H
#define RF_TESTS_MEASURE_ORACLE_H

#include "measure/stats.h"
#include "message/json.h"

/* Everything lives in the arena. */
typedef struct oracle {
    rf_arena arena;
    rf_buffer text;
    rf_value root;
} oracle;

/* Looks from the working directory upwards for tests/measure/oracle.json. False: not there, not readable, or no memory. */
RF_NODISCARD bool oracle_open(oracle *o);
void oracle_done(oracle *o);

/* The member `name` of a map; a null when there is none. */
const rf_value *oracle_at(const rf_value *map, const char *name);
/* A number, or item `i` of a list of numbers; NaN when it is none. */
double oracle_number(const rf_value *value);
double oracle_item(const rf_value *list, uint32_t i);
/* The set of samples of that name; count 0: there is none, or no memory. */
rf_samples oracle_samples(oracle *o, const char *name);
/* Times of one iteration; NULL: no memory. */
double *oracle_times(oracle *o, const rf_samples *samples);

/* Equal to 1e-9 of the larger, or both under 1e-300. */
bool oracle_same(double got, double expected);
/* The point equal; both ends within 2 % of the interval's width, the error within 2 %. Says what is not. */
bool oracle_interval(const char *what, const rf_interval *got, const rf_value *expected);

#endif
