/* manifest.h: what a plugin says of itself: comments at the top of the script, or NAME.toml beside it. */
#ifndef RF_PLUGIN_MANIFEST_H
#define RF_PLUGIN_MANIFEST_H

#include "base/arena.h"
#include "base/source.h"
#include "message/value.h"
#include "plugin/hook.h"
#include "riffle/error.h"

#define RF_PLUGIN_API_MAJOR 1u
#define RF_PLUGIN_API_MINOR 0u /* raised when something is added; a plugin may ask for less, never for more */

#define RF_PLUGIN_TIME_NS_DEFAULT (UINT64_C(50) * 1000000u)
#define RF_PLUGIN_LOAD_NS_DEFAULT (UINT64_C(1000) * 1000000u) /* on_load, on_reload, on_unload and the script's top level */
#define RF_PLUGIN_HEAP_BYTES_DEFAULT ((size_t)16 << 20)
#define RF_PLUGIN_FAILURES_DEFAULT 3u

/* What a plugin may ask for beside what Fusabi's library knows (script/fusabi/library.h, bits below 16). */
enum {
    RF_PLUGIN_CAN_UI = 1u << 16,     /* notifications, status items, overlays, lists, menus, palette commands */
    RF_PLUGIN_CAN_SEND = 1u << 17,   /* input into the session */
    RF_PLUGIN_CAN_SCREEN = 1u << 18, /* the screen's and the scrollback's text */
    RF_PLUGIN_CAN_STORE = 1u << 19,  /* the state store */
};
/* These come with asking for them; all others need the user's grant (trust.h). */
#define RF_PLUGIN_CAN_FREELY (RF_PLUGIN_CAN_UI | RF_PLUGIN_CAN_STORE)

/* A capability's name, bit and meaning, Fusabi's and ours in one list; i counts from 0; NULL behind the last. (capability.c) */
typedef struct rf_plugin_capability { uint32_t bit; const char *name, *doc; } rf_plugin_capability;
const rf_plugin_capability *rf_plugin_capability_at(size_t i);
/* The bit of "read-files", or 0. */
uint32_t rf_plugin_capability_find(rf_slice name);
/* "read-files, run" into `out`, which is cut to fit; "none" for 0. */
void rf_plugin_capability_text(uint32_t bits, char *out, size_t size);

typedef enum rf_config_type { RF_CONFIG_TEXT, RF_CONFIG_INT, RF_CONFIG_NUMBER, RF_CONFIG_BOOL, RF_CONFIG_TEXTS } rf_config_type;

/* A key of the plugin's own configuration. */
typedef struct rf_config_key {
    rf_slice name;
    rf_config_type type;
    rf_value standard;  /* default: RF_STRING, RF_INT, RF_DOUBLE, RF_BOOL or RF_LIST of RF_STRING */
    bool required;      /* no default: the user must give it */
    rf_slice doc;
} rf_config_key;

/* Everything lives in the arena it was read into. Zeroed fields were not given; defaults have been put in. */
typedef struct rf_manifest {
    rf_slice name;         /* [a-z0-9][a-z0-9_-]*, at most 64 bytes; default: the file's stem */
    rf_slice version;      /* "1.2.3"; default "0.1.0" */
    rf_slice description, author, homepage, license;
    uint32_t api_major, api_minor; /* default: ours */
    bool has_hooks;        /* `hooks` was given: only those are called, and each must be there */
    uint32_t hooks;        /* bit per rf_hook */
    int32_t priority;      /* higher is earlier; default 0 */
    uint64_t time_ns[RF_HOOK_COUNT]; /* limit of one call, per hook */
    size_t heap_bytes;
    uint32_t max_failures; /* consecutive ones that disable; 0: never */
    uint32_t capabilities; /* asked for */
    bool pure;             /* keeps no state that matters between calls: may run once per session and shard in parallel */
    bool fail_closed;      /* a text that one of its hooks fails on is dropped, not passed on as it came */
    bool eager;            /* on_output is also called with the beginning of a line whose end has not come yet, each time that it has grown */
    const rf_slice *match; /* literals and /regexes/ that the prefilter looks for; on_output sees only lines with one of them */
    uint32_t match_count;
    const rf_slice *keys;  /* bindings that on_key gets: "ctrl-t" */
    uint32_t key_count;
    uint64_t tick_ns;      /* period of on_tick "tick"; 0: none */
    const rf_config_key *config;
    uint32_t config_count;
} rf_manifest;

/* Everything found, in order; texts in the arena. */
typedef struct rf_manifest_finding { rf_error error; struct rf_manifest_finding *next; } rf_manifest_finding;

/*
 * Reads a manifest from the comments of a script (`is_toml` false: `// @key: value`, from the first line to the first
 * line that is neither blank nor a comment) or from TOML. `stem` is the default name. `source` names the text in errors.
 * All errors are collected (unknown keys with "did you mean"); the code is that of the first.
 * Errors: RF_ECONFIG; RF_EPARSE not TOML; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_manifest_read(rf_arena *arena, const rf_source *source, bool is_toml, rf_slice stem,
                                      rf_manifest *ret_manifest, rf_manifest_finding **ret_findings, rf_error *reterr);
/* The manifest as canonical TOML, as `riffle plugin info` shows it. */
void rf_manifest_write(const rf_manifest *manifest, rf_buffer *out);
/* Same major, minor not above ours. Errors: RF_ECONFIG with what to do. */
RF_NODISCARD rf_code rf_manifest_check_api(const rf_manifest *manifest, rf_error *reterr);
/*
 * The plugin's configuration: `given` (an RF_MAP; NULL: nothing) laid over the defaults, as an RF_MAP with every key in
 * the manifest's order. Errors: RF_ECONFIG an unknown key (did you mean), a wrong type, a required one missing; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_manifest_configure(const rf_manifest *manifest, const rf_value *given, rf_arena *arena, rf_value *ret_config,
                                           rf_error *reterr);

#endif
