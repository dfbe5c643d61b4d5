/* payload.h: payloads as JSON would give them back, without writing any JSON. */
#ifndef RF_COMPONENTS_PAYLOAD_H
#define RF_COMPONENTS_PAYLOAD_H

#include "message/value.h"
#include "riffle/error.h"

/*
 * Makes of *payload what writing it as JSON and reading it again would give: every number a double, times and bytes
 * as text. What is that already is left alone and costs a look; what is not is copied, never changed in place, as
 * other messages may share it.
 * Errors: RF_ESCRIPT for a value that JSON cannot hold, named in the message; RF_ELIMIT nested too deep; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_payload_settle(rf_arena *arena, rf_value *payload, rf_error *reterr);

/* Whether JSON can hold it. Errors: RF_ESCRIPT, RF_ELIMIT. */
RF_NODISCARD rf_code rf_payload_check(const rf_value *payload, rf_error *reterr);

#endif
