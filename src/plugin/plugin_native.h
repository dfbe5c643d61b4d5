/* plugin_native.h: plugins that are no files: code that the host itself brings, of a kind of its own. */
#ifndef RF_PLUGIN_PLUGIN_NATIVE_H
#define RF_PLUGIN_PLUGIN_NATIVE_H

#include "plugin/plugin.h"

/*
 * Makes a plugin of `code`, which it owns from then on (`kind->code_free`); after an error it is still the caller's. `name` is the
 * plugin's (copied), its path too; the manifest is otherwise what a script without one has. `shared` is borrowed and outlives it.
 * Errors: RF_ECONFIG a name that no plugin may have; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_plugin_wrap(const rf_plugin_shared *shared, const rf_vm_kind *kind, rf_plugin_code *code, rf_slice name,
                                    rf_plugin **ret_plugin, rf_error *reterr);

#endif
