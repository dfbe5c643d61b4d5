/* live.h: the plugins that run in this process, for whoever looks at them or gives them orders: `riffle plugin top` and its kin. */
#ifndef RF_PLUGIN_LIVE_H
#define RF_PLUGIN_LIVE_H

#include "observe/http.h"
#include "plugin/chain.h"

typedef struct rf_plugins_live rf_plugins_live; /* any thread: one lock */

/* A chain as it is listed; in the memory of whoever runs it. */
typedef struct rf_live_chain {
    rf_chain *chain;
    /* Loads the plugin of that name anew, for all chains of this `user`. Any thread, while the list is locked: it neither adds to
     * the list nor takes from it. NULL: it cannot. Errors: as rf_plugin_load(). */
    rf_code (*reload)(void *user, rf_slice name, rf_error *reterr);
    void *user;
    struct rf_live_chain *next; /* the list's own */
} rf_live_chain;

/* Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugins_live_new(rf_plugins_live **ret_live, rf_error *reterr);
void rf_plugins_live_free(rf_plugins_live *live); /* empty by then; NULL is fine */
/* `live` NULL: nothing is done. */
void rf_plugins_live_add(rf_plugins_live *live, rf_live_chain *chain);
/* After it nobody looks at the chain any more. One that was never added is fine. */
void rf_plugins_live_remove(rf_plugins_live *live, rf_live_chain *chain);

/* For every plugin of that name, in every chain. Errors: RF_ENOTFOUND there is none; RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugins_live_enable(rf_plugins_live *live, rf_slice name, bool enabled, rf_error *reterr);
/* Errors: RF_ENOTFOUND; what is wrong with the file, with its place: the running version goes on. */
RF_NODISCARD rf_code rf_plugins_live_reload(rf_plugins_live *live, rf_slice name, rf_error *reterr);

/*
 * Appends all plugins as a JSON array of { name, version, language, state, failures, reloads, held_bytes, chains, last_error, hooks:
 * { on_output: { calls, errors, mean_ns, p50_ns, p99_ns, worst_ns }, … } }. A plugin in several chains is one: counts are added up,
 * state, failures and worst time are the worst of them, p50 and p99 those of the chain with the most calls.
 */
void rf_plugins_live_json(rf_plugins_live *live, rf_buffer *out);

/* Each chain in turn, with the list locked. */
void rf_plugins_live_each(rf_plugins_live *live, void (*visit)(void *arg, rf_chain *chain), void *arg);

/* GET /plugins; POST /plugins/NAME/enable, …/disable, …/reload, which are refused (403) unless they are deliberate (http.h). `live` is
 * its argument. (live_http.c) */
rf_http_route rf_plugins_live_route(rf_plugins_live *live);

#endif
