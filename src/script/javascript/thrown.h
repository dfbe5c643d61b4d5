/* thrown.h: reading what a script threw, whatever that is. */
#ifndef RF_SCRIPT_JAVASCRIPT_THROWN_H
#define RF_SCRIPT_JAVASCRIPT_THROWN_H

#include <quickjs/quickjs.h>
#include <stdbool.h>
#include <stddef.h>

/* A property as text, cut to `room`; false when it is no string. What a getter throws is dropped. */
bool rf_js_text_property(JSContext *ctx, JSValueConst object, const char *name, char *out, size_t room);

#endif
