/* tag_convert.c: from what a script left as payload to what goes out as `value`. */
#include "components/processors/tag_convert.h"

#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"
#include "message/message.h"

#include <assert.h>
#include <math.h>

static rf_code refuse(rf_error *reterr, rf_slice text, const char *kind) {
    return rf_raise(reterr, RF_EPARSE, "failed to convert value: cannot convert \"%.*s\" to %s", RF_SLICE_ARG(text), kind);
}

static rf_code text_of(rf_arena *arena, rf_value *payload, rf_slice *ret_text, rf_error *reterr) {
    if (payload->kind == RF_STRING && payload->size == 0) {
        *ret_text = RF_SLICE(""); /* an empty text may have no address, which would look like no memory */
        return RF_OK;
    }
    *ret_text = rf_meta_text(arena, payload);
    return ret_text->data ? RF_OK : rf_raise_nomem(reterr);
}

/* A double as the original writes it: its text form is the lexeme. Where JSON's own form has the same digits the
 * value stays a double, and costs nothing. */
static rf_code number_value(rf_arena *arena, double number, rf_value *ret_value, rf_error *reterr) {
    if (!isfinite(number))
        return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold %s", isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    double size = fabs(number);
    if (size == 0 || (size >= 1e-4 && size < 1e6)) {
        *ret_value = rf_double(number);
        return RF_OK;
    }
    char text[RF_NUMBER_TEXT_MAX];
    rf_slice copy = rf_slice_dup_in(arena, (rf_slice){ text, rf_number_text(number, text) });
    if (!copy.data)
        return rf_raise_nomem(reterr);
    *ret_value = rf_text(RF_NUMBER, copy);
    return RF_OK;
}

static rf_code as_string(rf_arena *arena, rf_value *payload, rf_value *ret_value, rf_error *reterr) {
    rf_slice text;
    rf_code code = text_of(arena, payload, &text, reterr);
    if (!code)
        *ret_value = rf_string(text);
    return code;
}

/* The text itself becomes the number, so that 1e5 stays 1e5; what only looks like one (012, NaN) cannot. */
static rf_code as_number(rf_arena *arena, rf_value *payload, rf_value *ret_value, rf_error *reterr) {
    rf_slice text;
    double number;
    rf_code code = text_of(arena, payload, &text, reterr);
    if (code)
        return code;
    if (!rf_number_parse_go_float(text, &number))
        return refuse(reterr, text, "number");
    if (!rf_number_parse_json(text, &number))
        return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold the number %.*s", RF_SLICE_ARG(text));
    *ret_value = rf_text(RF_NUMBER, text);
    return RF_OK;
}

static rf_code as_bool(rf_arena *arena, rf_value *payload, rf_value *ret_value, rf_error *reterr) {
    static const char *const words[] = { "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False" };
    const size_t count = sizeof words / sizeof *words;
    rf_slice text;
    rf_code code = text_of(arena, payload, &text, reterr);
    if (code)
        return code;
    for (size_t i = 0; i < count; i++)
        if (rf_slice_is(text, words[i])) {
            *ret_value = rf_bool(i < count / 2);
            return RF_OK;
        }
    return refuse(reterr, text, "bool");
}

/* Text that reads as a float is one; most text is told apart by its first character. */
static rf_code text_or_number(rf_arena *arena, rf_slice text, rf_value *ret_value, rf_error *reterr) {
    double number;
    bool maybe = text.len > 0 && strchr("+-.0123456789iInN", text.data[0]) && text.data[0];
    if (maybe && rf_number_parse_go_float(text, &number))
        return number_value(arena, number, ret_value, reterr);
    *ret_value = rf_string(text);
    return RF_OK;
}

/* A list or a map goes out as JSON text; one that JSON cannot hold, as plain text. */
static rf_code as_json_text(rf_arena *arena, rf_buffer *scratch, rf_value *payload, rf_value *ret_value, rf_error *reterr) {
    rf_error ignored;
    rf_buffer_clear(scratch);
    rf_code code = rf_json_write(scratch, payload, RF_JSON_SORT_KEYS | RF_JSON_ESCAPE_HTML, &ignored);
    if (code == RF_ESCRIPT)
        return as_string(arena, payload, ret_value, reterr);
    if (code == RF_ELIMIT)
        return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold it: %s", ignored.message);
    rf_slice copy = code || scratch->failed ? (rf_slice){ NULL, 0 } : rf_slice_dup_in(arena, rf_buffer_view(scratch));
    if (!copy.data)
        return rf_raise_nomem(reterr);
    *ret_value = rf_string(copy);
    return RF_OK;
}

static rf_code as_it_is(rf_arena *arena, rf_buffer *scratch, rf_value *payload, rf_value *ret_value, rf_error *reterr) {
    rf_slice text;
    switch ((rf_value_kind)payload->kind) {
    case RF_BOOL:
    case RF_INT:
        *ret_value = *payload;
        return RF_OK;
    case RF_NULL:
        *ret_value = rf_string(RF_SLICE("<nil>"));
        return RF_OK;
    case RF_DOUBLE:
        return number_value(arena, payload->number, ret_value, reterr);
    case RF_STRING:
        return text_or_number(arena, rf_value_text(payload), ret_value, reterr);
    case RF_LIST:
        if (payload->truth)
            break; /* a list that stands for a Map or a typed array: plain text, as for other host values */
        RF_FALLTHROUGH;
    case RF_MAP:
        return as_json_text(arena, scratch, payload, ret_value, reterr);
    default:
        break;
    }
    rf_code code = text_of(arena, payload, &text, reterr);
    return code ? code : text_or_number(arena, text, ret_value, reterr);
}

rf_code rf_tag_convert(rf_arena *arena, rf_buffer *scratch, rf_value *payload, rf_slice datatype, rf_value *ret_value,
                       rf_error *reterr) {
    assert(arena && scratch && payload && payload->kind != RF_RAW && ret_value);
    if (rf_slice_is(datatype, "string"))
        return as_string(arena, payload, ret_value, reterr);
    if (rf_slice_is(datatype, "number"))
        return as_number(arena, payload, ret_value, reterr);
    if (rf_slice_is(datatype, "bool"))
        return as_bool(arena, payload, ret_value, reterr);
    return as_it_is(arena, scratch, payload, ret_value, reterr);
}
