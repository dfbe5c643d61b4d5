/* plugin_roster.h: the plugins that the daemon runs in every session: which, how they are loaded, and what becomes of them when files change. */
#ifndef RF_TERMINAL_PLUGIN_ROSTER_H
#define RF_TERMINAL_PLUGIN_ROSTER_H

#include "plugin/live.h"
#include "terminal/settings.h"

typedef struct rf_plugin_roster rf_plugin_roster; /* any thread */

/* What happened to a plugin. */
typedef enum rf_plugin_news {
    RF_PLUGIN_NEWS_BROKEN,   /* it does not load: `error` says why; a running version goes on */
    RF_PLUGIN_NEWS_ADDED,    /* its file is new: `plugin` is to be added to chains */
    RF_PLUGIN_NEWS_RELOADED, /* chains have the version of `plugin`, or will with their next event */
    RF_PLUGIN_NEWS_REMOVED,  /* its file is gone: chains are to give it up */
} rf_plugin_news;

typedef struct rf_plugin_roster_options {
    const rf_settings *settings; /* borrowed */
    rf_log *log;
    /* From any thread, also from within rf_plugin_roster_open(); nothing of the set is locked. `plugin` and `error` may be NULL. */
    void (*news)(void *user, rf_plugin_news news, rf_slice name, rf_plugin *plugin, const rf_error *error);
    void *user;
} rf_plugin_roster_options;

/* Plugins in the user's own folders run unless `[plugins.NAME] enabled = false`; those that came with the system when it is true. One that does
 * not load is news; the others run. Errors: RF_ENOMEM; RF_EIO; the trust list's. */
RF_NODISCARD rf_code rf_plugin_roster_open(const rf_plugin_roster_options *options, rf_plugin_roster **ret_set, rf_error *reterr);
void rf_plugin_roster_close(rf_plugin_roster *set); /* no chain is left; NULL is fine */

/* A chain of all of them; listed for `plugin top`. `live` is the session's memory. One that fails in on_load is news, and left out. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugin_roster_chain(rf_plugin_roster *set, const rf_plugin_host *host, rf_live_chain *live, rf_error *reterr);
void rf_plugin_roster_drop(rf_plugin_roster *set, rf_live_chain *live);
/* Whether some plugin's manifest binds that key. */
bool rf_plugin_roster_binds(rf_plugin_roster *set, rf_slice key);

/* Readable when files came to the user's folders or went from them; -1: they are not watched. Then rf_plugin_roster_rescan(). */
int rf_plugin_roster_watch_fd(const rf_plugin_roster *set);
void rf_plugin_roster_rescan(rf_plugin_roster *set);

rf_plugins_live *rf_plugin_roster_live(rf_plugin_roster *set);

#endif
