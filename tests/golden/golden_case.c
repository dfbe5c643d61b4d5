/* golden_case.c: the pieces of a recorded case, with payloads byte by byte as they were written. */
#include "golden.h"

#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>

static size_t skip_blanks(rf_slice text, size_t at) {
    while (at < text.len && strchr(" \t\r\n", text.data[at]) && text.data[at])
        at++;
    return at;
}

static size_t skip_string(rf_slice text, size_t at) {
    for (at++; at < text.len && text.data[at] != '"'; at++)
        if (text.data[at] == '\\')
            at++;
    return at + 1;
}

/* The end of the value that begins at `at`. The text is known to be JSON. */
static size_t skip_value(rf_slice text, size_t at) {
    int depth = 0;
    do {
        at = skip_blanks(text, at);
        if (at >= text.len)
            return text.len;
        char c = text.data[at];
        if (c == '"') {
            at = skip_string(text, at);
        } else if (strchr("{}[],:", c) && c) {
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            at++;
        } else {
            while (at < text.len && !(strchr("{}[],: \t\r\n", text.data[at]) && text.data[at]))
                at++;
        }
    } while (depth > 0);
    return at < text.len ? at : text.len;
}

rf_slice golden_member(rf_slice object, const char *name) {
    assert(name);
    size_t at = skip_blanks(object, 0) + 1;
    while (at < object.len) {
        size_t key = skip_blanks(object, at);
        if (key >= object.len || object.data[key] != '"')
            break;
        size_t colon = skip_blanks(object, skip_string(object, key));
        size_t start = skip_blanks(object, colon + 1), end = skip_value(object, start);
        rf_slice text = { object.data + key + 1, skip_string(object, key) - key - 2 };
        if (rf_slice_is(text, name))
            return (rf_slice){ object.data + start, end - start };
        at = skip_blanks(object, end) + 1;
    }
    return (rf_slice){ NULL, 0 };
}

bool golden_item(rf_slice array, size_t *at, rf_slice *ret_item) {
    assert(at && ret_item);
    if (*at == 0)
        *at = skip_blanks(array, 0) + 1;
    size_t start = skip_blanks(array, *at);
    if (start >= array.len || array.data[start] == ']')
        return false;
    size_t end = skip_value(array, start);
    *ret_item = (rf_slice){ array.data + start, end - start };
    *at = skip_blanks(array, end) + 1;
    return true;
}

static bool is_true(rf_slice object, const char *name) {
    rf_slice text = golden_member(object, name);
    return rf_slice_is(text, "true") || rf_slice_is(text, "1");
}

static int64_t number(rf_slice object, const char *name) {
    int64_t value = 0;
    rf_slice text = golden_member(object, name);
    return text.data && rf_number_parse_i64(text, &value) ? value : 0;
}

static rf_slice unquoted(rf_slice text) {
    return text.len >= 2 ? (rf_slice){ text.data + 1, text.len - 2 } : text;
}

rf_code golden_case_read(rf_arena *arena, rf_slice line, golden_case *ret_case, rf_error *reterr) {
    assert(arena && ret_case);
    rf_value parsed;
    rf_code code = rf_json_parse(arena, line, RF_JSON_LEXEMES, &parsed, reterr);
    if (code)
        return code;
    *ret_case = (golden_case){
        .line = line,
        .name = unquoted(golden_member(line, "name")),
        .processor = unquoted(golden_member(line, "processor")),
        .config = golden_member(line, "config"),
        .input = golden_member(line, "input"),
        .output = golden_member(line, "output"),
        .standard = golden_member(line, "standard_output"),
        .counters = golden_member(line, "counters"),
        .dropped = number(line, "dropped"),
        .errored = number(line, "errored"),
        .flagged = number(line, "flagged"),
        .separate = is_true(line, "separate_batches"),
        .config_error = golden_member(line, "config_error").data != NULL,
        .nondeterministic = is_true(line, "nondeterministic"),
        .goja_quirk = is_true(line, "goja_quirk"),
    };
    if (!ret_case->name.data || !ret_case->config.data || !ret_case->input.data || !ret_case->output.data)
        return rf_raise(reterr, RF_EPARSE, "a case without name, config, input or output");
    return RF_OK;
}

/* Whole numbers came in as integers, others as doubles. */
static void type_numbers(rf_value *value) {
    int64_t whole;
    double real;
    if (value->kind == RF_NUMBER) {
        if (rf_number_parse_i64(rf_value_text(value), &whole))
            *value = rf_int(whole);
        else if (rf_number_parse_json(rf_value_text(value), &real))
            *value = rf_double(real);
    }
    for (uint32_t i = 0; value->kind == RF_LIST && i < value->size; i++)
        type_numbers(&value->items[i]);
    for (uint32_t i = 0; value->kind == RF_MAP && i < value->size; i++)
        type_numbers(&value->members[i].value);
}

static rf_code read_meta(rf_batch *batch, rf_message *message, rf_slice text, rf_error *reterr) {
    rf_value meta;
    rf_code code = rf_json_parse(&batch->arena, text, RF_JSON_LEXEMES, &meta, reterr);
    if (code)
        return code;
    for (uint32_t i = 0; meta.kind == RF_MAP && i < meta.size; i++) {
        type_numbers(&meta.members[i].value);
        if (!rf_batch_set_meta(batch, message, meta.members[i].key, meta.members[i].value))
            return rf_raise_nomem(reterr);
    }
    return RF_OK;
}

static rf_code read_payload(rf_batch *batch, rf_slice item, rf_slice *ret_bytes, rf_error *reterr) {
    rf_value text;
    *ret_bytes = golden_member(item, "payload");
    if (!is_true(item, "raw"))
        return RF_OK;
    rf_code code = rf_json_parse(&batch->arena, *ret_bytes, RF_JSON_LEXEMES, &text, reterr);
    if (code)
        return code;
    *ret_bytes = rf_value_text(&text);
    if (is_true(item, "b64") && !rf_base64_parse_in(&batch->arena, rf_value_text(&text), ret_bytes))
        return rf_raise(reterr, RF_EPARSE, "a payload that is no base64");
    return RF_OK;
}

rf_code golden_input(rf_batch *batch, rf_slice item, rf_error *reterr) {
    assert(batch);
    rf_slice bytes;
    rf_code code = read_payload(batch, item, &bytes, reterr);
    if (code)
        return code;
    rf_message *message = rf_batch_add(batch);
    if (!message)
        return rf_raise_nomem(reterr);
    message->payload = rf_text(RF_RAW, bytes);
    rf_slice meta = golden_member(item, "meta");
    return meta.data ? read_meta(batch, message, meta, reterr) : RF_OK;
}

/* The length of `${NAME}` or `${NAME:default}` at the start of `text`, or 0. */
static size_t variable(rf_slice text) {
    size_t at = 2;
    while (at < text.len && (strchr("_.", text.data[at]) || (text.data[at] >= '0' && text.data[at] <= '9') ||
                             ((text.data[at] | 32) >= 'a' && (text.data[at] | 32) <= 'z')))
        at++;
    if (at == 2 || at >= text.len || (text.data[at] != ':' && text.data[at] != '}'))
        return 0;
    while (at < text.len && text.data[at] != '}')
        at++;
    return at < text.len ? at + 1 : 0;
}

/* The config's text; a template literal is doubled in its braces, so that it is not taken for a variable. */
static void write_escaped(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        rf_slice rest = { text.data + i, text.len - i };
        size_t len = rf_slice_starts(rest, RF_SLICE("${")) ? variable(rest) : 0;
        if (len) {
            rf_buffer_text(out, "${{");
            rf_buffer_append(out, rest.data + 2, len - 2);
            rf_buffer_char(out, '}');
            i += len - 1;
        } else {
            rf_buffer_char(out, text.data[i]);
        }
    }
}

/* How long a run takes is no subject of the cases, and the machine may be slow or the build a checking one. */
#define MORE_TIME "\"limits\": {\"time\": \"60s\"}"

static void write_body(rf_buffer *out, rf_slice config) {
    size_t first = skip_blanks(config, 1);
    bool bounded = golden_member(config, "limits").data != NULL || config.data[0] != '{';
    if (!bounded)
        rf_buffer_text(out, first < config.len && config.data[first] == '}' ? "{" MORE_TIME : "{" MORE_TIME ", ");
    write_escaped(out, bounded ? config : (rf_slice){ config.data + 1, config.len - 1 });
}

void golden_config(const golden_case *one, rf_buffer *out) {
    assert(one && out);
    rf_buffer_printf(out, "{\"input\": {\"stdin\": {}}, \"output\": {\"drop\": {}}, \"pipeline\": {\"threads\": 1, \"processors\": [{\"%.*s\": ",
                     RF_SLICE_ARG(one->processor));
    write_body(out, one->config);
    rf_buffer_text(out, "}]}}\n");
}
