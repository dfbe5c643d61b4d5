/* console.c: `console`: one log record a call, arguments printed as stream.md 5.1 has them. */
#include "script/javascript/internal.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <math.h>

static const char escapes[] = "\n\r\t\b\f";
static const char escape_letters[] = "nrtbf";

static void print_quoted(rf_buffer *out, rf_slice text) {
    rf_buffer_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        const char *known = c ? strchr(escapes, c) : NULL;
        if (known || c == '\'' || c == '\\')
            rf_buffer_char(out, '\\');
        rf_buffer_char(out, known ? escape_letters[known - escapes] : c);
    }
    rf_buffer_char(out, '\'');
}

static void print_double(rf_buffer *out, double number) {
    char text[RF_NUMBER_TEXT_MAX];
    if (isinf(number))
        rf_buffer_text(out, number < 0 ? "-Infinity" : "Infinity");
    else
        rf_buffer_append(out, text, rf_number_text(number, text));
}

static void print_key(rf_buffer *out, rf_slice key) {
    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] && strchr(" '\"`\\\n\r\t\b\f", key.data[i])) {
            print_quoted(out, key);
            return;
        }
    rf_buffer_slice(out, key);
}

static int by_key(const void *a, const void *b) {
    return rf_slice_compare(((const rf_member *)a)->key, ((const rf_member *)b)->key);
}

static void print_value(rf_buffer *out, const rf_value *value);

static void print_list(rf_buffer *out, const rf_value *value) {
    rf_buffer_text(out, value->size ? "[ " : "[");
    for (uint32_t i = 0; i < value->size; i++) {
        if (i)
            rf_buffer_text(out, ", ");
        print_value(out, &value->items[i]);
    }
    rf_buffer_text(out, value->size ? " ]" : "]");
}

/* The members were made for this record alone, so they may be sorted in place. */
static void print_map(rf_buffer *out, const rf_value *value) {
    if (value->size > 1)
        qsort(value->members, value->size, sizeof *value->members, by_key);
    rf_buffer_text(out, value->size ? "{ " : "{");
    for (uint32_t i = 0; i < value->size; i++) {
        if (i)
            rf_buffer_text(out, ", ");
        print_key(out, value->members[i].key);
        rf_buffer_text(out, ": ");
        print_value(out, &value->members[i].value);
    }
    rf_buffer_text(out, value->size ? " }" : "}");
}

static void print_time(rf_buffer *out, const rf_value *value) {
    rf_buffer_char(out, '\'');
    rf_value_print(out, value);
    rf_buffer_char(out, '\'');
}

static void print_value(rf_buffer *out, const rf_value *value) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: rf_buffer_text(out, "null"); break;
    case RF_DOUBLE: print_double(out, value->number); break;
    case RF_STRING: print_quoted(out, rf_value_text(value)); break;
    case RF_TIME: print_time(out, value); break;
    case RF_LIST: print_list(out, value); break;
    case RF_MAP: print_map(out, value); break;
    case RF_OPAQUE:
        rf_buffer_char(out, '[');
        rf_buffer_slice(out, rf_value_text(value));
        rf_buffer_char(out, ']');
        break;
    default: rf_value_print(out, value); break;
    }
}

static bool print_arguments(rf_js *js, int argc, JSValueConst *argv, rf_buffer *out) {
    for (int i = 0; i < argc; i++) {
        rf_value value;
        if (!rf_js_export(js, argv[i], false, &value))
            return false;
        if (i)
            rf_buffer_char(out, ' ');
        print_value(out, &value);
    }
    return true;
}

static JSValue write_record(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int level) {
    (void)this_value;
    rf_js *js = rf_js_of(ctx);
    rf_log *log = js->host->log;
    if (!log || !js->batch || !rf_log_enabled(log, (rf_log_level)level))
        return JS_UNDEFINED;
    rf_buffer *text = &js->text;
    rf_buffer_clear(text);
    bool ok = print_arguments(js, argc, argv, text);
    if (ok && text->failed) {
        js->host_nomem = true;
        JS_ThrowOutOfMemory(ctx);
        ok = false;
    }
    if (ok)
        rf_log_write_fields(log, (rf_log_level)level, &js->host->origin, rf_buffer_view(text), NULL, 0);
    return ok ? JS_UNDEFINED : JS_EXCEPTION;
}

/* Enumerable, as the original has them; they are frozen with everything else. */
#define WRITER(word, level)                                                                              \
    { .name = word, .prop_flags = JS_PROP_C_W_E, .def_type = JS_DEF_CFUNC, .magic = level,                \
      .u.func = { .length = 0, .cproto = JS_CFUNC_generic_magic, .cfunc.generic_magic = write_record } }

JSValue rf_js_console_new(rf_js *js) {
    static const JSCFunctionListEntry functions[] = {
        WRITER("debug", RF_LOG_DEBUG), WRITER("log", RF_LOG_INFO), WRITER("info", RF_LOG_INFO),
        WRITER("warn", RF_LOG_WARN), WRITER("error", RF_LOG_ERROR),
    };
    assert(js->ctx);
    JSValue console = JS_NewObject(js->ctx);
    if (!JS_IsException(console))
        JS_SetPropertyFunctionList(js->ctx, console, functions, (int)(sizeof functions / sizeof *functions));
    return console;
}
