/* plugin.h: what the parts of `riffle plugin` share: where plugins lie, who is trusted, and how errors are shown. */
#ifndef RF_CLI_PLUGIN_H
#define RF_CLI_PLUGIN_H

#include "cli/command.h"
#include "plugin/plugin.h"

extern const rf_command rf_plugin_part_list, rf_plugin_part_info, rf_plugin_part_new, rf_plugin_part_check, rf_plugin_part_test,
    rf_plugin_part_enable, rf_plugin_part_disable, rf_plugin_part_reload, rf_plugin_part_trust, rf_plugin_part_sign, rf_plugin_part_top;

#define RF_CLI_PLUGIN_WORDS 256 /* names that one command takes */

/* The words behind a part's options; views of argv. */
typedef struct rf_cli_words { const char *items[RF_CLI_PLUGIN_WORDS]; size_t count; } rf_cli_words;
/* Adds one; false after complaining. */
bool rf_cli_words_add(const rf_command *part, rf_cli_words *words, const char *word);

/* Everything lives until rf_cli_plugins_close(). */
typedef struct rf_cli_plugins {
    rf_arena arena;
    rf_plugin_paths paths;
    rf_trust trust;
    rf_plugin_shared shared;
} rf_cli_plugins;

/* Finds the folders, reads the trust list, makes ready for compiling. Errors: those of plugin/discover.h, trust.h, vm.h. To be closed in any case. */
RF_NODISCARD rf_code rf_cli_plugins_open(rf_cli_plugins *plugins, rf_error *reterr);
void rf_cli_plugins_close(rf_cli_plugins *plugins);

/* The manifest alone, of a file that may not load: the name to go by (the stem when there is none to be read). Never fails. */
rf_slice rf_cli_plugin_name(rf_cli_plugins *plugins, const rf_plugin_file *file);
/* The file that a word means: a path, a file's stem, or the name in a manifest. Errors: RF_ENOTFOUND, RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_plugin_find(rf_cli_plugins *plugins, const char *word, rf_plugin_file *ret_file, rf_error *reterr);
/*
 * Loads it as a host does, except that configuration which only the user can give is taken as given.
 * Errors: as rf_plugin_load(); `findings` gets what there is to say.
 */
RF_NODISCARD rf_code rf_cli_plugin_load(rf_cli_plugins *plugins, const rf_plugin_file *file, rf_buffer *findings, rf_plugin **ret_plugin,
                                        rf_error *reterr);
/* Bits of the hooks that a host would call: the manifest's, else the script's, which is run for it without rights and without a
 * host. False: it does not run that way, so they are not known. */
bool rf_cli_plugin_hooks(const rf_plugin *plugin, uint32_t *ret_hooks);
/* FILE's path with another ending: "redact.fsx" and ".sig" give "redact.sig". In the arena; NULL: out of memory. */
const char *rf_cli_plugin_beside(rf_arena *arena, const char *path, const char *ending);

/* Shows findings, and the error unless they have it, on stderr. */
void rf_cli_plugin_complain(const rf_buffer *findings, const rf_error *error);
/* Shows the error and returns the exit status that fits: RF_EXIT_USAGE for what the user wrote, else RF_EXIT_FAILED. */
int rf_cli_plugin_fail(const rf_error *error);

/* Appends the table of `plugin top` for a list of plugins as a host tells it: one row a hook. (plugin_top.c) */
void rf_cli_plugin_table(rf_buffer *out, rf_arena *arena, const rf_value *list);

/* ---- What `plugin new` writes (plugin_template.c) ---- */

#define RF_CLI_TEMPLATE_NAME "@NAME@" /* stands for the plugin's name */
typedef struct rf_cli_template { const char *language; bool stream; const char *ending, *script, *tests; } rf_cli_template;
extern const rf_cli_template rf_cli_templates[]; /* one for each language and kind; ends with a zeroed row */

/* ---- HTTP to a running host (plugin_http.c) ---- */

#define RF_CLI_PLUGIN_URL "http://127.0.0.1:4195"
#define RF_CLI_URL_MORE                                                                                                             \
    " http://NAME@HOST:PORT where it wants a name (`http.basic_auth`); RIFFLE_PASSWORD then holds the password. https:// where it " \
    "has a certificate; SSL_CERT_FILE names a file of authorities that the system does not know."

/*
 * One request: "POST", "/plugins/redact/reload", in the name in front of the URL's host, if there is one, with the password in the
 * environment. The answer's body goes to `body`. Waits 10 s at most. Errors: RF_ECONFIG the URL, or no password; RF_EIO
 * no answer; RF_EREFUSED its certificate; RF_ENOTFOUND, RF_EREFUSED, RF_EIO a status that is none of success, with the body as message;
 * RF_ELIMIT too large; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_cli_plugin_http(const char *url, const char *method, const char *path, rf_buffer *body, rf_error *reterr);
/* POST /plugins/NAME/ORDER; the name is escaped. Says what was done on stdout. Errors: as above. */
RF_NODISCARD rf_code rf_cli_plugin_order(const char *url, rf_slice name, const char *order, rf_error *reterr);

#endif
