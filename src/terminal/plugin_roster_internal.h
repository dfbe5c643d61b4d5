/* plugin_roster_internal.h: what the files of the plugin set share. */
#ifndef RF_TERMINAL_PLUGIN_ROSTER_INTERNAL_H
#define RF_TERMINAL_PLUGIN_ROSTER_INTERNAL_H

#include "base/thread.h"
#include "base/vec.h"
#include "plugin/store.h"
#include "plugin/watch.h"
#include "terminal/plugin_roster.h"

/* One plugin: what it is loaded with, its newest version, its watch. */
typedef struct rf_plugin_entry {
    struct rf_plugin_roster *set;
    rf_arena arena;             /* paths */
    rf_plugin_file file;
    rf_plugin_load_options load;
    rf_plugin *plugin;          /* the newest that loaded; a reference; NULL: none did yet */
    rf_watch *watch;            /* NULL: it is not noticed when it is saved */
    bool listed;                /* the file was there when the folders were last looked through */
    char name[72];              /* its manifest's, else its stem */
} rf_plugin_entry;

struct rf_plugin_roster {
    rf_plugin_roster_options options;
    rf_arena arena;             /* folders */
    rf_plugin_paths paths;
    rf_plugin_shared shared;
    rf_trust trust;
    rf_store *store;            /* NULL: it cannot be opened; plugins that want it say so */
    rf_plugins_live *live;
    int watch_fd;
    rf_mutex lock;              /* of `entries` and what is in them */
    RF_VEC(rf_plugin_entry *) entries;
};

/* Looks through the folders: what is new is loaded, what is gone is let go. `first`: no chain is there yet. (plugin_roster_scan.c) */
RF_NODISCARD rf_code rf_plugin_roster_scan(rf_plugin_roster *set, bool first, rf_error *reterr);
/* Frees it, and stops its watch. `lock` is not held. NULL is fine. (plugin_roster_scan.c) */
void rf_plugin_entry_free(rf_plugin_entry *entry);
void rf_plugin_roster_tell(rf_plugin_roster *set, rf_plugin_news news, const char *name, rf_plugin *plugin, const rf_error *error);

#endif
