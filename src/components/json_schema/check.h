/* check.h: a check under way, as its files share it. */
#ifndef RF_JSON_SCHEMA_CHECK_H
#define RF_JSON_SCHEMA_CHECK_H

#include "components/json_schema/node.h"
#include "components/json_schema/report.h"

typedef struct rf_schema_check {
    rf_arena *arena;
    rf_buffer *out;
    bool quiet;          /* nothing is told: only counted */
    uint32_t steps, depth;
    rf_code failed;      /* RF_ELIMIT, RF_ENOMEM: it is given up */
    const char *why;
} rf_schema_check;

/* Where complaints go; NULL: nobody asks for them. */
static inline rf_buffer *rf_schema_told(const rf_schema_check *check) { return check->quiet ? NULL : check->out; }
/* Checks the value against all that a node says. */
void rf_schema_check_node(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                          rf_schema_result *result);
/* The same apart: what is wrong is at the end of `out`, from *ret_from on. True: nothing. */
bool rf_schema_check_apart(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *ret_result, size_t *ret_from);
/* What one kind of value is asked for. */
void rf_schema_check_logic(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *result);
void rf_schema_check_array(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                           rf_schema_result *result);
void rf_schema_check_object(rf_schema_check *check, const rf_schema_node *node, const rf_value *value, const rf_schema_place *place,
                            rf_schema_result *result);

#endif
