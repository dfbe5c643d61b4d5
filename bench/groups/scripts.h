/* scripts.h: the plugin scripts that are measured, in both languages, in the shapes of the original's suite. */
#ifndef RF_BENCH_SCRIPTS_H
#define RF_BENCH_SCRIPTS_H

#include "groups.h"
#include "plugin/vm.h"

/* What runs. */
typedef enum rf_form {
    RF_FORM_NONE,   /* no plugin at all, so there is nothing to choose */
    RF_FORM_NATIVE, /* C */
    RF_FORM_FSX,    /* Fusabi from its text */
    RF_FORM_FZB,    /* Fusabi, compiled beforehand */
    RF_FORM_JS,
    RF_FORM_CACHED, /* Fusabi from its text by way of the bytecode cache */
    RF_FORM_READ,   /* nothing: the system's part of a load */
} rf_form;
const char *rf_form_name(rf_form form); /* "fsx"; NULL for none */

/* A plugin in both languages. No @name: it takes the name that it is loaded under, so one file makes a whole chain. */
typedef struct rf_script {
    const char *name;
    const char *fusabi, *javascript; /* NULL: not in that language */
    uint32_t hooks;                  /* bits of those that it defines */
} rf_script;

/* One that is there. */
const rf_script *rf_script_find(const char *name);
/* Its text in the form's language. */
rf_slice rf_script_text(const rf_script *script, rf_form form);
/* Its bytecode, appended. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_script_bytecode(const rf_plugin_shared *shared, const rf_script *script, rf_buffer *out, rf_error *reterr);
/* Writes it to the folder, for RF_FORM_FZB compiled by `shared`'s engine. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_script_file(rf_groups *groups, const rf_plugin_shared *shared, const rf_script *script, rf_form form,
                                    const char **ret_path, rf_error *reterr);

#endif
