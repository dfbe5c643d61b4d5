/* dynamic.h: texts and conditions of a config that ask each message: `${! … }`, and the queries of `check` fields. */
#ifndef RF_MESSAGE_DYNAMIC_H
#define RF_MESSAGE_DYNAMIC_H

#include "message/mapping.h"

/*
 * A text with queries in it, such as `plant/${! meta("line") }/${! json("id") }`. A query's result becomes text: strings
 * as they are, numbers plain, lists and objects as JSON; null, a missing field or key, deleted() and nothing() become
 * `null` (`.or("…")` gives something better). `${{! … }}` is the literal `${! … }`.
 * Compiled. Any thread.
 */
typedef struct rf_dynamic rf_dynamic;

/* `text` is copied; `locate` (may be NULL) and `map` as for rf_mapping_compile(). Errors: RF_ECONFIG with place; RF_ENOMEM. */
RF_NODISCARD rf_code rf_dynamic_compile(rf_slice text, rf_mapping_locate locate, const void *map, rf_dynamic **ret_dynamic,
                                        rf_error *reterr);
void rf_dynamic_free(rf_dynamic *dynamic);
/* No `${! … }` in it: the same text for every message. NULL counts as fixed. */
bool rf_dynamic_is_fixed(const rf_dynamic *dynamic);
/* The text of a fixed one, terminated; empty for NULL. */
rf_slice rf_dynamic_fixed(const rf_dynamic *dynamic);
/*
 * The text for message `index` of `batch`: a view of the config's, of the message's metadata or of the batch's arena.
 * Errors: RF_ESCRIPT the query failed, RF_ENOMEM. Cost: nothing for a fixed one; a look-up for a metadata value alone.
 */
RF_NODISCARD rf_code rf_dynamic_text(rf_dynamic *dynamic, rf_batch *batch, uint32_t index, rf_slice *ret_text, rf_error *reterr);

/* A condition over a message: a mapping whose result is true or false, such as `this.temperature > 80`. Same rules. */
typedef struct rf_query rf_query;

RF_NODISCARD rf_code rf_query_compile(rf_slice text, rf_mapping_locate locate, const void *map, rf_query **ret_query, rf_error *reterr);
void rf_query_free(rf_query *query);
/* Errors: RF_ESCRIPT it failed, or is neither true nor false; RF_ENOMEM. */
RF_NODISCARD rf_code rf_query_test(rf_query *query, rf_batch *batch, uint32_t index, bool *ret_truth, rf_error *reterr);

#endif
