/* profile_unwind.h: the calls that led to where a signal interrupted a thread, by frame pointers. */
#ifndef RF_OBSERVE_PROFILE_UNWIND_H
#define RF_OBSERVE_PROFILE_UNWIND_H

#include <stdint.h>

/* No further than that from the stack pointer. */
#define RF_UNWIND_BYTES_MAX ((uintptr_t)16 << 20)

/*
 * Fills at most `max` addresses, innermost first, and returns how many: the interrupted one, then return addresses. `context` is the handler's
 * third argument; the stack ends at `stack_high`: nothing is read outside of it. For handlers of signals: no lock, no call.
 * Functions without frame pointers (those of most libraries) are skipped. Below one of ours that called them, the way back is looked for in what
 * they have pushed: right as a rule, not always.
 */
uint32_t rf_unwind(const void *context, uintptr_t stack_high, uintptr_t *ret_native, uint32_t max);

#endif
