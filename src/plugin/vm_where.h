/* vm_where.h: what a profiler calls the moments in which a plugin runs: "redact on_output". */
#ifndef RF_PLUGIN_VM_WHERE_H
#define RF_PLUGIN_VM_WHERE_H

#include "plugin/api.h"
#include "riffle/error.h"

/* Made once a VM, so that a call costs two stores. */
typedef struct rf_plugin_stages {
    char *texts;                      /* owned: all of them */
    const char *load;                 /* "redact load": the top level */
    const char *hooks[RF_HOOK_COUNT]; /* "redact on_output" */
} rf_plugin_stages;

/* Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_plugin_stages_init(rf_plugin_stages *stages, const rf_plugin_api *api, rf_error *reterr);
void rf_plugin_stages_done(rf_plugin_stages *stages); /* zeroed is fine */

#endif
