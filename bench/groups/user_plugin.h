/* user_plugin.h: what the benchmarks of a user's plugin share: recorded events, and the plugin loaded into a chain. */
#ifndef RF_BENCH_USER_PLUGIN_H
#define RF_BENCH_USER_PLUGIN_H

#include "groups.h"
#include "plugin/chain.h"
#include "plugin/store.h"

/* What one event of the recording is for the plugin. */
typedef struct rf_user_event { rf_hook hook; rf_slice text; rf_pv size[2]; /* columns, rows: of on_resize */ } rf_user_event;

/* Events of one hook, and for RF_HOOK_COUNT all of them in order but for raw output, which is the same once more. */
typedef struct rf_user_events { const rf_user_event *items; size_t count; } rf_user_events;

/* What all rows of one plugin work on. Lives in the groups' arena. */
typedef struct rf_user_plugin {
    rf_groups *groups;
    const char *name, *input;        /* as the user typed them; input NULL: the recording that is built in */
    bool is_text;                    /* the recording is plain text, so it may hold messages */
    rf_user_events events[RF_HOOK_COUNT + 1];
    const rf_slice *lines;           /* texts of on_output, in one row */
    rf_value *messages;              /* RF_MAP each */
    size_t message_count;
    int64_t columns, rows;           /* of the terminal at the start */
} rf_user_plugin;

/* The recording that is built in: 100 lines, 20 inputs, 2 sizes. Errors: RF_ENOMEM. (user_plugin_events.c) */
RF_NODISCARD rf_code rf_user_events_standard(rf_user_plugin *user, rf_error *reterr);
/* Reads user->input. Errors: RF_EIO; as rf_recording_read(). */
RF_NODISCARD rf_code rf_user_events_read(rf_user_plugin *user, rf_slice *ret_text, rf_error *reterr);
/* Messages, one a line; `text` lives in the groups' arena. Errors: RF_EPARSE with place; RF_ENOMEM. */
RF_NODISCARD rf_code rf_user_events_messages(rf_user_plugin *user, rf_slice text, rf_error *reterr);

/* The plugin, loaded as `riffle plugin test` loads it, with the rights that the user's trust list gives it. One thread. */
typedef struct rf_user_loaded {
    rf_arena arena;
    rf_plugin_paths paths;
    rf_trust trust;
    rf_plugin_shared shared; /* without a cache: loading compiles */
    rf_plugin_file file;
    rf_value config;         /* RF_MAP: stand-ins for what the user would have to set */
    rf_plugin_host host;     /* that says nothing, and does not count actions */
    rf_store *store;         /* in memory: the user's own is left alone */
    rf_plugin *plugin;
    rf_chain *chain;
} rf_user_loaded;

/* Finds the plugin's file and makes ready for loading; nothing is loaded. To be done in any case. Errors: RF_ENOTFOUND with "did you mean", RF_ENOMEM, … */
RF_NODISCARD rf_code rf_user_loaded_init(rf_user_loaded *loaded, const rf_user_plugin *user, rf_error *reterr);
/* Reads, compiles, and puts into a chain of its own, in the place of what was loaded before. Errors: as rf_plugin_load(), rf_chain_add(). */
RF_NODISCARD rf_code rf_user_loaded_load(rf_user_loaded *loaded, rf_error *reterr);
void rf_user_loaded_done(rf_user_loaded *loaded);

/* What `arg` of a row points at. */
typedef struct rf_user_plugin_row { const rf_user_plugin *user; rf_hook hook; /* RF_HOOK_COUNT: all of them */ } rf_user_plugin_row;

/* Rows as rf_bench has them; name, doc, amount and unit are the builder's. (user_plugin_work.c) */
extern const rf_bench rf_user_load_row, rf_user_events_row, rf_user_runs_row, rf_user_messages_row;

#endif
