/* discover.h: where plugins lie, and which files there are some. */
#ifndef RF_PLUGIN_DISCOVER_H
#define RF_PLUGIN_DISCOVER_H

#include "base/arena.h"
#include "riffle/error.h"

/* The folders and files that riffle uses, by the XDG rules ($XDG_CONFIG_HOME else ~/.config, …; relative values are ignored). */
typedef struct rf_plugin_paths {
    const char *const *dirs; /* in order, NULL at the end: each of $RIFFLE_PLUGIN_PATH, XDG config home and data home /riffle/plugins,
                              * each of XDG_CONFIG_DIRS and XDG_DATA_DIRS /riffle/plugins, /usr/local/lib and /usr/lib /riffle/plugins; no twice */
    size_t own_count;        /* of them, from the first on, those that are the user's own: not the system's */
    const char *const *bundled; /* NULL at the end: what came with this program, PREFIX/share/riffle/bundled or the tree's plugins; a plugin
                              * in one of the folders above takes the place of one of that name here */
    const char *trust;       /* …/riffle/trust.toml in the config home */
    const char *cache;       /* …/riffle/fusabi in the cache home */
    const char *store;       /* …/riffle/plugins.db in the state home */
} rf_plugin_paths;

/* Reads the environment. Texts live in the arena. Errors: RF_ENOTFOUND no HOME and no XDG variable; RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugin_paths_find(rf_arena *arena, rf_plugin_paths *ret_paths, rf_error *reterr);

/* One file found. */
typedef struct rf_plugin_file {
    const char *path;      /* of the script */
    const char *manifest;  /* of NAME.toml beside it, or NULL */
    rf_slice stem;
} rf_plugin_file;

/*
 * The plugin files of the folders: *.fsx, *.fzb, *.js directly in them, and DIR/NAME/NAME.{fsx,fzb,js}; hidden ones and NAME.test.* not.
 * Sorted by stem within each folder; folders in order; of NAME.fsx and NAME.fzb beside each other in one folder, where the .fzb came
 * from compiling it (not older), only the .fsx counts. A folder that is not there is none. Errors: RF_EIO a folder cannot be read; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_plugin_discover(rf_arena *arena, const char *const *dirs, rf_plugin_file **ret_files, size_t *ret_count,
                                        rf_error *reterr);
/* The file that an argument means: a path (has a slash, or an ending and exists), else a name looked up in the folders by stem.
 * Errors: RF_ENOTFOUND with "did you mean". */
RF_NODISCARD rf_code rf_plugin_locate(rf_arena *arena, const char *const *dirs, const char *argument, rf_plugin_file *ret_file,
                                      rf_error *reterr);

#endif
