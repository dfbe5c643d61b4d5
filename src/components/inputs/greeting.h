/* greeting.h: what an input says first on a connection that it has made (`open_message_mapping`). One thread. */
#ifndef RF_COMPONENTS_INPUTS_GREETING_H
#define RF_COMPONENTS_INPUTS_GREETING_H

#include "components/wake.h"
#include "message/mapping.h"
#include "stream/component.h"

/* Zeroed: nothing is said. */
typedef struct rf_greeting {
    const rf_env *env;
    rf_mapping *mapping;
    rf_mapping_state *state;
} rf_greeting;

/* In open; an empty script is fine. Reported at `conf`. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_greeting_open(rf_greeting *greeting, const rf_conf_script *script, const rf_conf *conf, const rf_env *env,
                                      rf_error *reterr);
/*
 * Makes it, and writes all of it to `fd`, a stream that does not block. Blocks: at most `wait_ns`, or until `wake` is woken.
 * Errors: RF_EIO, retriable: the mapping fails, or it could not be sent; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_greeting_send(rf_greeting *greeting, int fd, const rf_wake *wake, uint64_t wait_ns, rf_error *reterr);
void rf_greeting_done(rf_greeting *greeting);

#endif
