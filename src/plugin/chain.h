/* chain.h: plugins in order of priority, called on every event: verdicts, limits, health, counters, swaps. */
#ifndef RF_PLUGIN_CHAIN_H
#define RF_PLUGIN_CHAIN_H

#include "message/message.h"
#include "observe/metrics.h"
#include "plugin/api.h"
#include "plugin/plugin.h"

typedef enum rf_plugin_state { RF_PLUGIN_RUNNING, RF_PLUGIN_FAILED, /* too many failures in a row */ RF_PLUGIN_DISABLED /* by the user */ } rf_plugin_state;

/* A plugin as `plugin top` and inspectors see it: a copy. */
typedef struct rf_plugin_status {
    char name[72], version[32];
    const char *language;
    rf_plugin_state state;
    uint32_t failures;   /* in a row */
    uint64_t reloads;
    size_t held_bytes;   /* of its VM */
    rf_error last_error; /* code RF_OK: none so far */
    struct { uint64_t calls, errors, total_ns, worst_ns, p50_ns, p99_ns; bool exists; } hooks[RF_HOOK_COUNT];
} rf_plugin_status;

/* One chain: of a session, of a shard. One thread calls it; status and requests may come from any. Each plugin has a VM of its own in
 * each chain, so `pure` changes nothing in here: hosts make a chain a shard when all their plugins are pure, else one for all shards. */
typedef struct rf_chain rf_chain;

typedef struct rf_chain_options {
    const rf_plugin_host *host; /* borrowed; log is told of failures too (once a plugin and error at a limited rate) */
    struct rf_store *store;     /* NULL: none */
    rf_plugin_quota quota;
} rf_chain_options;

RF_NODISCARD rf_code rf_chain_new(const rf_chain_options *options, rf_chain **ret_chain, rf_error *reterr);
/* Calls on_unload of each, last first. NULL is fine. */
void rf_chain_free(rf_chain *chain);

/* Adds a plugin (takes a reference) at its priority: opens its VM, calls on_load. One that fails there is not added.
 * Errors: RF_ECONFIG the name is in the chain, or a hook that its manifest lists is not in the script; RF_ESCRIPT; RF_ELIMIT; RF_ENOMEM;
 * RF_EREFUSED from within a hook (a host's callback), as from rf_chain_remove and rf_chain_swap. */
RF_NODISCARD rf_code rf_chain_add(rf_chain *chain, rf_plugin *plugin, rf_error *reterr);
/* Calls on_unload and takes it out. Errors: RF_ENOTFOUND. Chain's thread, as rf_chain_add. */
RF_NODISCARD rf_code rf_chain_remove(rf_chain *chain, rf_slice name, rf_error *reterr);
/*
 * Puts another version in the place of the one with the same name: its VM is opened beside the running one, on_reload (if there)
 * gets the old one's state, and else on_load is called; then they are swapped, and the old one's on_unload called. What fails
 * before the swap leaves the old one running. Counters go on. Chain's thread, between two events.
 */
RF_NODISCARD rf_code rf_chain_swap(rf_chain *chain, rf_plugin *plugin, rf_error *reterr);
/* Hands a version (a reference is taken) or an order to the chain's thread, which takes it before its next event. Any thread. A later
 * one about the same plugin takes the place of one that still waits. */
RF_NODISCARD rf_code rf_chain_post_swap(rf_chain *chain, rf_plugin *plugin, rf_error *reterr);
RF_NODISCARD rf_code rf_chain_post_enable(rf_chain *chain, rf_slice name, bool enabled, rf_error *reterr); /* RF_ENOTFOUND */

/* True when some enabled plugin has the hook: hosts need not prepare what nobody looks at. Cost: one load. Chain's thread. */
bool rf_chain_wants(rf_chain *chain, rf_hook hook);

/* What came out of the chain. */
typedef struct rf_outcome_text {
    rf_verdict verdict; /* CONTINUE, MODIFY or DROP */
    rf_slice bytes;
    bool stopped;       /* a plugin said Stop or Drop: no later one saw it */
} rf_outcome_text;

/*
 * A hook with a text: on_output (a line without its end), on_raw_output, on_input, on_paste, on_pre_command, on_key. Any bytes (bytes.h).
 * The result's bytes are `bytes` itself or a view that lives until the chain's next event (copy it to give it to that). An event from
 * within a hook (a host's callback) comes back as it is. Never fails: what goes wrong in a plugin
 * is counted and logged, and the data goes on. Cost without plugins: a few ns; else about 100 ns a plugin.
 */
rf_outcome_text rf_chain_text(rf_chain *chain, rf_hook hook, rf_slice bytes);
/* True when some enabled plugin with on_output is eager (manifest.h). Cost: one load. Chain's thread. */
bool rf_chain_wants_eager(rf_chain *chain);
/* on_output of the eager ones alone, with the beginning of a line of which the end has not come. As rf_chain_text(). */
rf_outcome_text rf_chain_eager(rf_chain *chain, rf_slice beginning);
/* rf_chain_text() of on_output for a run of lines, plugin by plugin: `ret` has `count` rooms; results live until the next event. */
void rf_chain_lines(rf_chain *chain, const rf_slice *lines, uint32_t count, rf_outcome_text *ret);
/* A hook whose answer is not looked at (on_resize, on_attach, on_post_command, …), for all plugins. */
void rf_chain_notify(rf_chain *chain, rf_hook hook, const rf_pv *args, uint32_t count);
/* on_remote_command for one plugin, or all (name empty). */
void rf_chain_command(rf_chain *chain, rf_slice plugin, rf_slice id);
/* on_message: `message` (RF_MAP of payload and meta, in `arena`) through all plugins; *ret_list gets RF_LIST of what comes out: the message
 * itself when unchanged (same pointer in items), none when dropped, several when a plugin fans out (each goes on alone).
 * An error of a plugin: *reterr says which and what; `failed` true and the message as it stood before that plugin comes out. */
typedef struct rf_outcome_message { rf_value list; bool changed, failed, stopped; /* as above, for some message */ } rf_outcome_message;
rf_code rf_chain_message(rf_chain *chain, const rf_value *message, rf_arena *arena, rf_outcome_message *ret, rf_error *reterr);

/* Timers and ticks that are due, and what was posted. Returns when to call again (monotonic ns; UINT64_MAX: no timer). */
uint64_t rf_chain_tick(rf_chain *chain, uint64_t now_ns);

size_t rf_chain_count(const rf_chain *chain);
/* Copies; false: there are not so many. Any thread. */
bool rf_chain_status(rf_chain *chain, size_t index, rf_plugin_status *ret_status);
/* Ends a call that is running (RF_ELIMIT). Any thread. */
void rf_chain_interrupt(rf_chain *chain);

#endif
