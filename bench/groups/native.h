/* native.h: plugins in C, for comparison: what a hook costs when no script is behind it. */
#ifndef RF_BENCH_NATIVE_H
#define RF_BENCH_NATIVE_H

#include "plugin/plugin_native.h"

/* What native plugins work on. The caller's, so that it can be looked at; as long as the plugin's VMs. */
typedef struct rf_native_tally {
    uint64_t counter; /* bytes seen, and ten for each line with one of two words; or the size that was told last */
} rf_native_tally;

/* A hook: arguments as rf_vm_kind.call has them. */
typedef rf_verdict (*rf_native_hook)(rf_native_tally *tally, const rf_pv *args);

/* A plugin: its hooks; NULL: it does not have that one. */
typedef struct rf_native { const char *name; rf_native_hook hooks[RF_HOOK_COUNT]; } rf_native;

/* The two that the original's suite has: one answers at once, one counts bytes and looks for ERROR and WARN. */
extern const rf_native rf_native_noop, rf_native_processing;

/* Its limits of time mean nothing: C cannot be interrupted. */
extern const rf_vm_kind rf_vm_native;

/* A plugin for chains. `native` is static; `tally` and `shared` are borrowed. Errors: RF_ECONFIG the name; RF_ENOMEM. */
RF_NODISCARD rf_code rf_native_plugin(const rf_plugin_shared *shared, const rf_native *native, rf_slice name, rf_native_tally *tally,
                                      rf_plugin **ret_plugin, rf_error *reterr);

#endif
