/* message.c: payloads as bytes and as values, metadata as text, failures. */
#include "message/message.h"

#include "message/json.h"
#include "message/order.h"

#include "base/number.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define ERROR_BYTES_MAX 2048

void rf_message_share(rf_message *original, rf_message *copy) {
    assert(original && copy);
    original->meta.frozen = true;
    *copy = *original;
}

/* Length of `text` cut to `max` bytes, not within a character. */
static size_t cut_at_char(const char *text, size_t len, size_t max) {
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;
    return max;
}

void rf_message_fail(rf_batch *batch, rf_message *message, const char *format, ...) {
    assert(batch && message && format);
    char text[ERROR_BYTES_MAX + 8];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    message->error = RF_SLICE("out of memory");
    message->blame = NULL; /* whoever runs the processor knows it */
    if (len < 0)
        return;
    size_t held = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    rf_slice copy = rf_slice_dup_in(&batch->arena, (rf_slice){ text, cut_at_char(text, held, ERROR_BYTES_MAX) });
    if (copy.data)
        message->error = copy;
}

rf_code rf_message_bytes(rf_batch *batch, rf_message *message, rf_slice *ret_bytes, rf_error *reterr) {
    assert(batch && message && ret_bytes);
    if (message->payload.kind == RF_RAW) {
        *ret_bytes = rf_value_text(&message->payload);
        return RF_OK;
    }
    rf_buffer *scratch = &batch->scratch;
    rf_buffer_clear(scratch);
    rf_code code = rf_json_write(scratch, &message->payload, RF_JSON_SORT_KEYS, reterr);
    if (code)
        return code;
    rf_slice bytes = rf_slice_dup_in(&batch->arena, rf_buffer_view(scratch));
    if (!bytes.data)
        return rf_raise_nomem(reterr);
    *ret_bytes = bytes;
    return RF_OK;
}

/* True when text that starts like this may be JSON: spares plain text the parser. */
static bool may_be_json(rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        return c == '{' || c == '[' || c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
    }
    return false;
}

rf_code rf_message_parse(rf_arena *arena, rf_value *payload, rf_error *reterr) {
    assert(arena && payload);
    if (payload->kind != RF_RAW)
        return RF_OK;
    rf_slice bytes = rf_value_text(payload);
    if (may_be_json(bytes)) {
        rf_code code = rf_json_parse(arena, bytes, RF_JSON_DOUBLES, payload, NULL);
        if (code == RF_OK)
            return RF_OK;
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
    }
    rf_slice text = bytes.len ? rf_utf8_clean_in(arena, bytes) : RF_SLICE("");
    if (!text.data)
        return rf_raise_nomem(reterr);
    *payload = rf_string(text);
    return RF_OK;
}
