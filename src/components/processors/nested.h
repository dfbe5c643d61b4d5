/* nested.h: what processors share that have one list of processors within them. */
#ifndef RF_COMPONENTS_PROCESSORS_NESTED_H
#define RF_COMPONENTS_PROCESSORS_NESTED_H

#include "stream/part.h"
#include "stream/steps.h"

/* Their state begins with it; their local is the rf_steps of the list. */
typedef struct rf_nested { rf_components list; } rf_nested;

/* The field of those whose body is the list. */
#define RF_NESTED_BODY(text) { "", RF_FIELD_PROCESSORS, offsetof(rf_nested, list), NULL, RF_FIELD_REQUIRED | RF_FIELD_BODY, (text), NULL, NULL, 0, 0, 0 }

RF_NODISCARD rf_code rf_nested_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr);
void rf_nested_detach(void *state, void *local);

/* The local of those that run the list on each message by itself, perhaps several times, and put the results together. */
typedef struct rf_rounds {
    rf_steps *steps;
    rf_part part;
    rf_gather results;
} rf_rounds;

RF_NODISCARD rf_code rf_rounds_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr);
void rf_rounds_detach(void *state, void *local);

#endif
