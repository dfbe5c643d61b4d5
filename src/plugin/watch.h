/* watch.h: saved plugin files, noticed: one thread, inotify, compiles beside what runs. */
#ifndef RF_PLUGIN_WATCH_H
#define RF_PLUGIN_WATCH_H

#include "plugin/chain.h"

typedef struct rf_watch rf_watch;

typedef struct rf_watch_options {
    rf_plugin_load_options load;  /* borrowed parts outlive the watch; `findings` is not used */
    /* A file changed and compiled (error NULL; the plugin is borrowed, post it to chains), or did not (plugin NULL). On the
     * watch's thread. Called once for each saved content, not for one that is as it was. */
    void (*changed)(void *user, rf_plugin *plugin, const rf_plugin_file *file, const rf_error *error);
    void *user;
} rf_watch_options;

/*
 * Watches the folders of the plugins' scripts and manifests (editors replace files: folders are what inotify can hold on to; one
 * that goes away is looked for every second). Not watched: what a script #loads, and where a link leads to; save the script itself,
 * or reload it. Errors: RF_EIO the system's limits; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_watch_start(const rf_watch_options *options, rf_plugin *const *plugins, size_t count, rf_watch **ret_watch,
                                    rf_error *reterr);
/* Has the watch's thread load it now, changed or not, and report through `changed`. Any thread. Errors: RF_ENOTFOUND. */
RF_NODISCARD rf_code rf_watch_reload(rf_watch *watch, rf_slice name, rf_error *reterr);
/* Waits for a load that is running; `changed` is not called any more. Not from `changed`. NULL is fine. */
void rf_watch_stop(rf_watch *watch);

#endif
