/* params.h: the JSON of the control protocol: parameters written member by member, answers read by name. */
#ifndef RF_TERMINAL_PARAMS_H
#define RF_TERMINAL_PARAMS_H

#include "base/buffer.h"
#include "message/value.h"

#include <stdbool.h>

/* Each appends one member to an object that the first of them opens. A buffer that failed stays so: rf_params_end() says it. */
void rf_params_text(rf_buffer *json, const char *name, rf_slice text);
void rf_params_integer(rf_buffer *json, const char *name, int64_t number);
void rf_params_bool(rf_buffer *json, const char *name, bool truth);
void rf_params_texts(rf_buffer *json, const char *name, const char *const *texts, size_t count);
/* JSON as it is. */
void rf_params_raw(rf_buffer *json, const char *name, rf_slice value);
/* Ends the object; "{}" when nothing was appended. False: memory ran out. */
bool rf_params_end(rf_buffer *json, rf_slice *ret_json);

/* A member of an object; what is no object has none. Of the wrong type or not there: NULL, "", `standard`, false. */
const rf_value *rf_answer_member(const rf_value *map, const char *name);
rf_slice rf_answer_text(const rf_value *map, const char *name);
int64_t rf_answer_integer(const rf_value *map, const char *name, int64_t standard);
bool rf_answer_bool(const rf_value *map, const char *name);
/* A list's items and their number; NULL and 0 when it is none. */
const rf_value *rf_answer_list(const rf_value *map, const char *name, uint32_t *ret_count);

#endif
