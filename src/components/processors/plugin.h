/* plugin.h: what the files of the plugin processor share. */
#ifndef RF_COMPONENTS_PLUGIN_H
#define RF_COMPONENTS_PLUGIN_H

#include "base/thread.h"
#include "base/vec.h"
#include "components/processors/script_stage.h"
#include "plugin/live.h"
#include "plugin/store.h"
#include "plugin/watch.h"

/* The fields of the config. */
typedef struct rf_plugin_fields {
    rf_slice path;
    const rf_conf *config;
    rf_strings grant;
    bool reload, require_signature;
} rf_plugin_fields;

/* One processor. A plugin that is pure has a chain for each shard; any other has one, which shards use in turn. */
typedef struct rf_plugin_processor {
    rf_plugin_fields fields;
    const rf_env *env;
    const rf_conf *conf;
    rf_scripts scripts;          /* its one stage: counters and limits of log records */
    rf_arena arena;              /* paths, the configuration, texts that findings are about */
    rf_plugin_paths paths;       /* all NULL when there is no home */
    rf_plugin_shared shared;
    rf_trust trust;
    rf_value config;             /* RF_MAP, or RF_NULL */
    rf_plugin_file file;
    rf_plugin_load_options load;
    rf_plugin_host host;
    bool off;                    /* the user turned it off (trust list): nothing of it runs */
    bool pure;                   /* of the version that was there first: it decides how many chains there are */
    rf_mutex lock;               /* guards the rest of what is here, but `run`; never held while the live list is asked for anything */
    rf_plugin *plugin;           /* the newest version that compiled; a reference */
    rf_store *store;             /* NULL: none is asked for */
    rf_watch *watch;             /* NULL: none yet, or it cannot be had */
    bool started;
    RF_VEC(rf_chain *) chains;   /* all there are, for new versions */
    rf_live_chain common;        /* of a plugin that is not pure; chain NULL: not yet */
    rf_mutex run;                /* held while the common chain runs */
} rf_plugin_processor;

/* One shard. */
typedef struct rf_plugin_local {
    rf_runner runner;
    rf_live_chain own;           /* of a pure plugin; chain NULL: the common one is used */
    rf_chain *chain;             /* whichever it is; NULL: the plugin is off */
    RF_VEC(rf_message) out;
} rf_plugin_local;

enum { RF_PLUGIN_STAGE = 0 };    /* of `scripts` */

/* ---- plugin_load.c ---- */

/* Finds and loads the plugin that the fields name. What is wrong is a finding (RF_ECONFIG), with the plugin's own lines. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugin_processor_load(rf_plugin_processor *self, rf_error *reterr);
/* Loads it anew for all chains. Any thread. Errors: as rf_plugin_load(); they are logged, too. */
rf_code rf_plugin_processor_reload(void *self, rf_slice name, rf_error *reterr);
/* Opens the store and starts watching, the first time. `lock` is held. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugin_processor_start(rf_plugin_processor *self, rf_error *reterr);

/* ---- plugin_message.c ---- */

/* As rf_processor_kind has it; there is a chain, and it is this thread's for now. */
rf_code rf_plugin_process(rf_plugin_processor *self, rf_plugin_local *local, rf_batch *batch, rf_error *reterr);

#endif
