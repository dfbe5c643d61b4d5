/* uns_registry.h: the schemas of data contracts, as a schema registry has them, kept for as long as they are fresh. */
#ifndef RF_OUTPUTS_UNS_REGISTRY_H
#define RF_OUTPUTS_UNS_REGISTRY_H

#include "base/table.h"
#include "components/http_client.h"
#include "components/json_schema/schema.h"

#define RF_UNS_CONTRACTS_MAX 256u /* known at a time: what was used longest ago is forgotten */
#define RF_UNS_SUBJECTS_MAX 64u   /* schemas of one contract */

/* One schema of a contract. */
typedef struct rf_uns_subject {
    rf_slice name;          /* `_pump_v1-timeseries-number` */
    rf_slice type;          /* `timeseries-number` */
    rf_json_schema *schema; /* NULL: it cannot be used */
} rf_uns_subject;

/* What is known of a contract; valid until the next rf_uns_registry_find. */
typedef struct rf_uns_contract {
    rf_slice key;             /* `_pump_v1` */
    rf_uns_subject *subjects; /* by name */
    uint32_t subject_count;
    rf_slice why; /* no message can be refused by this contract, for this reason; empty: its schemas are the word */
    /* The registry's own. */
    rf_arena arena;     /* of all but the schemas */
    uint64_t until_ns; /* then it is looked up again */
    uint64_t used;     /* the turn of its last use */
} rf_uns_contract;

/* One thread, which may be another one after rf_uns_registry_open. Zeroed before. */
typedef struct rf_uns_registry {
    const rf_env *env;
    rf_slice url; /* without a slash at the end; in `arena` */
    rf_arena arena;
    rf_http_client_conf options;
    rf_http_client http;
    rf_http_session *session; /* NULL: not needed yet */
    rf_table contracts;       /* by key: rf_uns_contract */
    uint64_t turn, again_ns, pause_ns;
    char trouble[400]; /* why nobody is asked before `again_ns` */
} rf_uns_registry;

/* In open. `url` empty: port 8081 of the host of the first of `brokers`. Connects to nothing.
 * Errors: RF_ECONFIG reported at `conf`'s schema_registry_url; RF_ENOMEM. */
RF_NODISCARD rf_code rf_uns_registry_open(rf_uns_registry *self, rf_slice url, rf_slice brokers, const rf_conf *conf, const rf_env *env,
                                          rf_error *reterr);
void rf_uns_registry_done(rf_uns_registry *self);

/*
 * The contract `name`_v`version`. Asks the registry when it is not known, or not freshly: at most some seconds, and not again for a
 * while after a failure; an old answer counts as long as there is no new one.
 * Errors: RF_ENOMEM alone: that nobody answers is `why`.
 */
RF_NODISCARD rf_code rf_uns_registry_find(rf_uns_registry *self, rf_slice name, rf_slice version, const rf_uns_contract **ret_contract,
                                          rf_error *reterr);

#endif
