/* plugin.h: a plugin: its file read, its manifest checked, its rights settled, its code compiled. */
#ifndef RF_PLUGIN_PLUGIN_H
#define RF_PLUGIN_PLUGIN_H

#include "plugin/discover.h"
#include "plugin/manifest.h"
#include "plugin/trust.h"
#include "plugin/vm.h"

#include <stdatomic.h>

/* One version of a plugin: immutable, shared by chains, counted. A reload makes another one. */
typedef struct rf_plugin {
    _Atomic uint32_t references;
    rf_arena arena;         /* everything below */
    const rf_vm_kind *kind;
    const rf_plugin_shared *shared; /* borrowed, outlives it */
    const char *path;
    const char *manifest_path; /* NULL: in comments */
    rf_slice bytes, manifest_bytes;
    rf_manifest manifest;
    rf_value config;        /* RF_MAP, complete */
    uint32_t granted;       /* capabilities that its VMs get: asked for, and free or granted */
    const char *signer;     /* name of the trusted key whose signature it carries, or NULL */
    rf_plugin_code *code;
    uint64_t load_ticks;    /* what rf_plugin_load() took */
} rf_plugin;

/* The folder that plugins are loaded from one after the other, held open: the system then finds each file by its name alone.
 * One thread. (plugin_read.c) */
typedef struct rf_plugin_folder {
    int fd;      /* -1: none */
    bool is_ours; /* so that files are as a rule, and the time of reading them need not be written down */
    size_t len;
    char path[4096]; /* with its last slash */
} rf_plugin_folder;
void rf_plugin_folder_init(rf_plugin_folder *folder);
/* The folder of that file, if it can be opened: else files are opened by their paths. */
void rf_plugin_folder_enter(rf_plugin_folder *folder, const char *path);
void rf_plugin_folder_leave(rf_plugin_folder *folder);
/* All of a plain file, with a NUL behind, in the arena. `folder` NULL: none. Errors: RF_ENOTFOUND there is none; RF_EIO it cannot be read, is no
 * plain file, or has more than `max` bytes; RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugin_read(const rf_plugin_folder *folder, const char *path, size_t max, rf_arena *arena, rf_slice *ret_bytes,
                                    rf_error *reterr);

typedef struct rf_plugin_load_options {
    const rf_plugin_shared *shared;
    const rf_trust *trust;      /* NULL: nothing is granted but what is free */
    uint32_t grant;             /* granted by the host's own configuration, in addition */
    const rf_value *config;     /* RF_MAP: what the user set; NULL: nothing */
    bool require_signature;
    const rf_plugin_folder *folder; /* where the file probably lies; NULL: nowhere in particular */
    rf_buffer *findings;        /* as people read them, with lines and carets, warnings too; may be NULL */
} rf_plugin_load_options;

/*
 * Reads, checks, compiles. Errors: RF_EIO; RF_ECONFIG the manifest, the API version, the configuration; RF_EREFUSED no good signature
 * where one is required; RF_ESCRIPT; RF_EPARSE; RF_ENOMEM. The error's place is in the script or the manifest.
 */
RF_NODISCARD rf_code rf_plugin_load(const rf_plugin_file *file, const rf_plugin_load_options *options, rf_plugin **ret_plugin,
                                    rf_error *reterr);
/* Of its content, script and manifest (rf_trust_hash): made when somebody asks, which is rare, and takes about 1 us a KiB. */
void rf_plugin_hash(const rf_plugin *plugin, uint8_t ret_hash[32]);
uint64_t rf_plugin_load_ns(const rf_plugin *plugin); /* how long its load took; 0: it was not loaded */
/* An empty one with one reference, for whoever makes plugins of other things than files. NULL: out of memory. */
rf_plugin *rf_plugin_new(const rf_plugin_shared *shared) RF_NODISCARD;
rf_plugin *rf_plugin_ref(rf_plugin *plugin);
void rf_plugin_unref(rf_plugin *plugin); /* NULL is fine */

/* All plugins of the folders, by priority (then name). A plugin that does not load is reported and left out; a name twice is an
 * error that names both files, and neither is loaded. Errors: RF_ENOMEM, RF_EIO. */
typedef struct rf_plugin_list { rf_plugin **items; size_t count; size_t failed; } rf_plugin_list;
RF_NODISCARD rf_code rf_plugin_load_all(const char *const *dirs, const rf_plugin_load_options *options,
                                        void (*report)(void *user, const rf_plugin_file *file, const rf_error *error), void *user,
                                        rf_plugin_list *ret_list, rf_error *reterr);
void rf_plugin_list_done(rf_plugin_list *list); /* zeroed is fine */

#endif
