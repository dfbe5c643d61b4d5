/* stack.c: scripts recurse on the thread's own stack: never further than it reaches, whatever the limit says. */
#include "script/javascript/stack.h"

#include "script/javascript/internal.h"

#include <assert.h>

/* Left for the engine's and our own functions beyond the last check. */
#define MARGIN_BYTES ((size_t)256 << 10)
/* When the system does not tell: less than any thread of this program has. */
#define UNKNOWN_BYTES ((size_t)256 << 10)

size_t rf_js_stack_room(void) {
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size, here = (size_t)(uintptr_t)__builtin_frame_address(0);
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return UNKNOWN_BYTES;
    if (pthread_attr_getstack(&attributes, &lowest, &size) != 0)
        lowest = NULL;
    (void)pthread_attr_destroy(&attributes);
    size_t low = (size_t)(uintptr_t)lowest;
    return lowest && here > low + MARGIN_BYTES ? here - low - MARGIN_BYTES : UNKNOWN_BYTES;
}

void rf_js_stack_update(rf_js *js) {
    assert(js->rt);
    pthread_t self = pthread_self();
    if (RF_UNLIKELY(!js->measured || !pthread_equal(js->thread, self))) {
        size_t room = rf_js_stack_room();
        JS_SetMaxStackSize(js->rt, room < js->limits.stack_bytes ? room : js->limits.stack_bytes);
        js->thread = self;
        js->measured = true;
    }
    JS_UpdateStackTop(js->rt);
}
