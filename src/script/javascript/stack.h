/* stack.h: how much of the running thread's stack a script may use. */
#ifndef RF_SCRIPT_JAVASCRIPT_STACK_H
#define RF_SCRIPT_JAVASCRIPT_STACK_H

#include <stddef.h>

/* Bytes between here and the end of the running thread's stack, less a margin for the engine's own functions. Costs a few system calls. */
size_t rf_js_stack_room(void);

#endif
