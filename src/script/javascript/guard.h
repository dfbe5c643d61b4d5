/* guard.h: array methods that refuse lengths no script can have elements for. */
#ifndef RF_SCRIPT_JAVASCRIPT_GUARD_H
#define RF_SCRIPT_JAVASCRIPT_GUARD_H

#include <quickjs/quickjs.h>
#include <stdbool.h>

/* Wraps them for good; before scripts run. `length` is the atom of "length", which the context keeps; `heap_bytes` the VM's bound.
 * False: an exception is pending. */
bool rf_js_guard_arrays(JSContext *ctx, JSAtom length, size_t heap_bytes);

#endif
