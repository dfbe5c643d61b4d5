/* failure.c: what a script threw, as an error with its place in the user's file. */
#include "script/javascript/internal.h"
#include "script/javascript/thrown.h"

#include "base/slice.h"

#include <assert.h>

#define STATE_HINT "scripts cannot keep state in globals nor change builtins and prototypes (or frozen objects): use `cache`"

#define UNKNOWN_HINT "a variable must be declared with `let`, `const` or `var`: scripts cannot make globals; `cache` keeps values"

bool rf_js_text_property(JSContext *ctx, JSValueConst object, const char *name, char *out, size_t room) {
    JSValue value = JS_GetPropertyStr(ctx, object, name);
    const char *text = JS_IsString(value) ? JS_ToCString(ctx, value) : NULL;
    if (text)
        (void)snprintf(out, room, "%s", text);
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, value);
    if (JS_HasException(ctx))
        JS_FreeValue(ctx, JS_GetException(ctx)); /* a getter of the thrown object threw itself */
    return text != NULL;
}

static void describe_error(JSContext *ctx, JSValueConst thrown, char *out, size_t room) {
    char name[80] = "Error", message[480] = "";
    (void)rf_js_text_property(ctx, thrown, "name", name, sizeof name);
    (void)rf_js_text_property(ctx, thrown, "message", message, sizeof message);
    (void)snprintf(out, room, message[0] ? "%s: %s" : "%s", name, message);
}

static void describe_other(JSContext *ctx, JSValueConst thrown, char *out, size_t room) {
    const char *text = JS_IsSymbol(thrown) ? NULL : JS_ToCString(ctx, thrown);
    if (!text && JS_HasException(ctx))
        JS_FreeValue(ctx, JS_GetException(ctx));
    if (!text && JS_IsSymbol(thrown) && rf_js_text_property(ctx, thrown, "description", out, room))
        return;
    (void)snprintf(out, room, "%s", text ? text : "an object that has no text");
    JS_FreeCString(ctx, text);
}

/* Line and column behind "FILE:" in a stack text. */
static bool place_in_stack(const char *stack, const char *file, uint32_t *ret_line, uint32_t *ret_column) {
    size_t len = strlen(file);
    for (const char *at = strstr(stack, file); at; at = strstr(at + 1, file)) {
        unsigned line, column;
        if (sscanf(at + len, ":%9u:%9u", &line, &column) == 2) {
            *ret_line = line;
            *ret_column = column;
            return true;
        }
    }
    return false;
}

static void add_place(JSContext *ctx, JSValueConst thrown, const rf_script_source *source, uint32_t lines_before, rf_error *error) {
    char stack[2000] = "";
    uint32_t line, column;
    if (!JS_IsError(ctx, thrown) || !rf_js_text_property(ctx, thrown, "stack", stack, sizeof stack))
        return;
    if (!place_in_stack(stack, source->file, &line, &column) || line <= lines_before)
        return;
    line -= lines_before;
    size_t len = strlen(error->message);
    (void)snprintf(error->message + len, sizeof error->message - len, " at %s:%u:%u", source->file, line, column);
    if (source->locate)
        source->locate(source->map, line, column, &error->place);
    else
        rf_error_place(error, source->file, line, column);
}

static bool is_state_error(const char *message) {
    static const char *const marks[] = { "cannot create global", "cannot change builtin", "is read-only",
                                         "object is not extensible", "property is not configurable" };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(message, "TypeError: ", 11) == 0 && strstr(message, marks[i]))
            return true;
    return false;
}

void rf_js_describe(JSContext *ctx, JSValueConst thrown, const rf_script_source *source, uint32_t lines_before, rf_error *reterr) {
    assert(source);
    rf_error error;
    char text[560];
    if (JS_IsError(ctx, thrown))
        describe_error(ctx, thrown, text, sizeof text);
    else
        describe_other(ctx, thrown, text, sizeof text);
    (void)rf_raise(&error, RF_ESCRIPT, "%s", text);
    if (is_state_error(text))
        rf_error_hint(&error, STATE_HINT);
    else if (strncmp(text, "ReferenceError: ", 16) == 0)
        rf_error_hint(&error, UNKNOWN_HINT);
    add_place(ctx, thrown, source, lines_before, &error);
    if (reterr)
        *reterr = error;
}

rf_code rf_js_time_failure(const rf_js *js, rf_error *reterr) {
    if (rf_js_giving_up(js))
        return rf_raise(reterr, RF_ELIMIT, "script stopped: nothing is waited for any more");
    rf_code code = js->limits.time_ns % 1000000000u == 0
        ? rf_raise(reterr, RF_ELIMIT, "script ran longer than %llus", (unsigned long long)(js->limits.time_ns / 1000000000u))
        : rf_raise(reterr, RF_ELIMIT, "script ran longer than %.6gms", (double)js->limits.time_ns / 1e6);
    rf_error_hint(reterr, "an endless loop, or too much work for one message; the bound is `limits.time`");
    return code;
}

static rf_code memory_failure(const rf_js *js, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ELIMIT, "script used more memory than %zu KiB", js->limits.heap_bytes >> 10);
    rf_error_hint(reterr, "the bound is `limits.memory`");
    return code;
}

static bool is_stack_overflow(const rf_error *error) {
    return strncmp(error->message, "InternalError: stack overflow", 29) == 0 ||
           strncmp(error->message, "RangeError: Maximum call stack", 30) == 0;
}

static rf_code stack_failure(const rf_js *js, rf_error *reterr) {
    rf_place place = reterr->place;
    rf_code code = rf_raise(reterr, RF_ELIMIT, "script recursed deeper than its stack of %zu KiB allows", js->limits.stack_bytes >> 10);
    rf_error_hint(reterr, "the bound is `limits.stack`");
    reterr->place = place;
    return code;
}

rf_code rf_js_memory_failure(const rf_js *js, rf_error *reterr) {
    return js->heap.refused || js->export_limit ? memory_failure(js, reterr) : rf_raise_nomem(reterr);
}

/* Memory and time first: what was thrown then is only the engine's way to stop the script. */
rf_code rf_js_failure(rf_js *js, const rf_program *program, rf_error *reterr) {
    assert(program);
    rf_error error;
    JSValue thrown = JS_GetException(js->ctx);
    bool limit = js->timed_out || js->host_nomem || js->export_limit;
    if (!limit)
        rf_js_describe(js->ctx, thrown, &program->source, program->code.lines_before, &error);
    JS_FreeValue(js->ctx, thrown);
    if (js->timed_out)
        return rf_js_time_failure(js, reterr);
    if (limit)
        return rf_js_memory_failure(js, reterr);
    if (is_stack_overflow(&error))
        (void)stack_failure(js, &error);
    if (reterr)
        *reterr = error;
    return error.code;
}
