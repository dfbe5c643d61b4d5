/* number.h: numbers to text and back, in the forms that messages use. */
#ifndef RF_BASE_NUMBER_H
#define RF_BASE_NUMBER_H

#include "riffle/base.h"

#include <stdbool.h>

#define RF_NUMBER_TEXT_MAX 400 /* enough for every form below ("fixed" of 1e308 included) */

/* Each writes at most RF_NUMBER_TEXT_MAX bytes, no NUL, and returns how many.
 * All of them use the shortest digits that read back as the same double. */
size_t rf_number_i64(int64_t value, char *out);
size_t rf_number_u64(uint64_t value, char *out);
/* JSON form: exponent below 1e-6 and from 1e21, unpadded (1e-7, 1e+21); finite only. -0 is "-0". */
size_t rf_number_json(double value, char *out);
/* Plain text form, as metadata shows a double: exponent form when the decimal exponent is < -4 or
 * >= 6, at least two exponent digits (999999, 1e+06, 2.1e+07, 1e-05); NaN, +Inf, -Inf. */
size_t rf_number_text(double value, char *out);
/* Shortest digits, never an exponent (OPC UA payloads). NaN, +Inf, -Inf for the others. */
size_t rf_number_fixed(double value, char *out);
/* The same three for a float: shortest digits that read back as the same float. */
size_t rf_number_fixed_float(float value, char *out);

/* Base-10 signed 64-bit: optional sign, digits, nothing else. */
bool rf_number_parse_i64(rf_slice text, int64_t *ret);
/* The float syntax of stream.md 2.4 (underscores between digits, hex with p, inf, nan);
 * overflow is refused, underflow is 0. */
bool rf_number_parse_go_float(rf_slice text, double *ret);
/* Strict JSON number (RFC 8259 grammar); false when not, or when it overflows a double. */
bool rf_number_parse_json(rf_slice text, double *ret);

#endif
