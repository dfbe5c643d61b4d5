/* line_write.c: a message to a line of `codec: message`. */
#include "message/message.h"

#include "message/json_doc.h"

#include "base/number.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>

/* True when a text known to be JSON nests no deeper than its reader follows. */
static bool shallow(rf_slice json) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.data[i];
        if (c == '"')
            quoted = !quoted;
        else if (c == '\\')
            i++; /* only within strings, where it never stands last */
        else if (!quoted && (c == '[' || c == '{') && ++depth > RF_VALUE_DEPTH_MAX)
            return false;
        else if (!quoted && (c == ']' || c == '}'))
            depth--;
    }
    return true;
}

/* Errors: RF_EPARSE it is not, or not such that reading it back would change nothing; RF_ENOMEM. */
static rf_code check_json(rf_arena *arena, rf_slice bytes) {
    rf_json_doc doc;
    rf_code code = rf_json_doc_open(&doc, arena, bytes, RF_JSON_LEXEMES, RF_JSON_STRICT, NULL);
    rf_json_doc_done(&doc);
    return !code && !shallow(bytes) ? RF_EPARSE : code;
}

/* Line breaks in a JSON text are blanks between tokens: leaving them out changes nothing else. */
static void append_without_breaks(rf_buffer *out, rf_slice json) {
    size_t start = 0;
    for (size_t i = 0; i < json.len; i++) {
        if (json.data[i] != '\n' && json.data[i] != '\r')
            continue;
        rf_buffer_append(out, json.data + start, i - start);
        start = i + 1;
    }
    rf_buffer_append(out, json.data + start, json.len - start);
}

static rf_code write_raw(rf_buffer *out, rf_arena *arena, rf_slice bytes, rf_error *reterr) {
    rf_code code = bytes.len ? check_json(arena, bytes) : RF_EPARSE;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code) {
        rf_buffer_text(out, "{\"payload\":");
        append_without_breaks(out, bytes);
    } else if (rf_utf8_valid(bytes)) {
        rf_buffer_text(out, "{\"raw\":");
        rf_json_write_string(out, bytes, 0);
    } else {
        rf_buffer_text(out, "{\"base64\":\"");
        rf_base64_write(out, bytes);
        rf_buffer_char(out, '"');
    }
    return RF_OK;
}

static rf_code write_payload(rf_buffer *out, rf_arena *arena, const rf_value *payload, rf_error *reterr) {
    if (payload->kind == RF_RAW)
        return write_raw(out, arena, rf_value_text(payload), reterr);
    rf_buffer_text(out, "{\"payload\":");
    rf_code code = rf_json_write(out, payload, 0, reterr);
    if (code)
        rf_error_prefix(reterr, "payload: ");
    return code;
}

/* A whole double keeps a fraction, so that it is read back as a double and not as an integer. */
static rf_code write_meta_value(rf_buffer *out, const rf_value *value, rf_error *reterr) {
    rf_code code = rf_json_write(out, value, 0, reterr);
    if (!code && value->kind == RF_DOUBLE && value->number == trunc(value->number) && fabs(value->number) < 1e21)
        rf_buffer_append(out, ".0", 2);
    return code;
}

static rf_code write_entry(rf_buffer *out, rf_arena *arena, rf_meta_entry *entry, rf_error *reterr) {
    assert(entry->key);
    if (!rf_meta_resolve(arena, &entry->value))
        return rf_raise_nomem(reterr);
    rf_json_write_string(out, rf_key_text(entry->key), 0);
    rf_buffer_char(out, ':');
    rf_code code = write_meta_value(out, &entry->value, reterr);
    if (code)
        rf_error_prefix(reterr, "metadata \"%s\": ", entry->key->text);
    return code;
}

static rf_code write_meta(rf_buffer *out, rf_arena *arena, const rf_meta *meta, rf_error *reterr) {
    rf_buffer_text(out, ",\"meta\":{");
    for (uint32_t i = 0; i < meta->count; i++) {
        if (i)
            rf_buffer_char(out, ',');
        rf_code code = write_entry(out, arena, &meta->entries[i], reterr);
        if (code)
            return code;
    }
    rf_buffer_char(out, '}');
    return RF_OK;
}

static rf_code write_message(rf_buffer *out, rf_arena *arena, const rf_message *message, rf_error *reterr) {
    rf_code code = write_payload(out, arena, &message->payload, reterr);
    if (!code)
        code = write_meta(out, arena, &message->meta, reterr);
    if (code)
        return code;
    if (message->error.data) {
        rf_buffer_text(out, ",\"error\":");
        rf_json_write_string(out, message->error, 0);
    }
    rf_buffer_char(out, '}');
    return out->failed ? rf_raise_nomem(reterr) : RF_OK;
}

rf_code rf_message_write(rf_buffer *out, rf_batch *batch, rf_message *message, rf_error *reterr) {
    assert(out && batch && message);
    size_t start = out->len;
    rf_code code = write_message(out, &batch->arena, message, reterr);
    if (code)
        out->len = start;
    return code;
}
