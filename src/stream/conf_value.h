/* conf_value.h: one value of a config into its place in a struct. */
#ifndef RF_STREAM_CONF_VALUE_H
#define RF_STREAM_CONF_VALUE_H

#include "stream/conf_fill.h"

/* Reads the member's value by the field's type into `slot`; what is wrong is a finding (RF_ECONFIG). */
RF_NODISCARD rf_code rf_value_read(const rf_fill *fill, const rf_field *field, const rf_pair *pair, void *slot, rf_error *reterr);

/* Fields that are compiled (conf_dynamic.c). */
RF_NODISCARD rf_code rf_value_dynamic(const rf_pair *pair, rf_dynamic **slot, rf_error *reterr);
RF_NODISCARD rf_code rf_value_dynamics(const rf_pair *pair, rf_dynamics *slot, rf_error *reterr);
RF_NODISCARD rf_code rf_value_query(const rf_pair *pair, rf_query **slot, rf_error *reterr);

/* The node of a default, as a table of fields writes it; *ret_value NULL for an empty list or map. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_value_of_default(const rf_unit *unit, const char *standard, rf_conf **ret_value, rf_error *reterr);

#endif
