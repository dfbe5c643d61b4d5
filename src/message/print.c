/* print.c: the text form of values (stream.md 2.5), which metadata and `datatype: string` use. */
#include "message/value.h"

#include "message/order.h"
#include "message/time.h"

#include "base/number.h"

#include <assert.h>

static void print_value(rf_buffer *out, const rf_value *value, int depth);

static void print_double(rf_buffer *out, double number) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(out, text, rf_number_text(number, text));
}

static void print_int(rf_buffer *out, int64_t number) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(out, text, rf_number_i64(number, text));
}

/* A number that was kept as written came out of JSON, where it would have become a double. */
static void print_number(rf_buffer *out, rf_slice text) {
    double number;
    if (rf_number_parse_json(text, &number))
        print_double(out, number);
    else
        rf_buffer_slice(out, text);
}

static void print_bytes(rf_buffer *out, rf_slice bytes) {
    rf_buffer_char(out, '[');
    for (size_t i = 0; i < bytes.len; i++) {
        if (i)
            rf_buffer_char(out, ' ');
        print_int(out, (unsigned char)bytes.data[i]);
    }
    rf_buffer_char(out, ']');
}

static void print_list(rf_buffer *out, const rf_value *list, int depth) {
    assert(list->kind == RF_LIST);
    rf_buffer_char(out, '[');
    for (uint32_t i = 0; i < list->size; i++) {
        if (i)
            rf_buffer_char(out, ' ');
        print_value(out, &list->items[i], depth + 1);
    }
    rf_buffer_char(out, ']');
}

static void print_map(rf_buffer *out, const rf_value *map, int depth) {
    RF_CLEANUP(rf_order_done) rf_order order;
    if (!rf_order_init(&order, map)) {
        out->failed = true;
        return;
    }
    rf_buffer_text(out, "map[");
    for (uint32_t i = 0; i < map->size; i++) {
        if (i)
            rf_buffer_char(out, ' ');
        rf_buffer_slice(out, order.members[i]->key);
        rf_buffer_char(out, ':');
        print_value(out, &order.members[i]->value, depth + 1);
    }
    rf_buffer_char(out, ']');
}

/* Nothing deeper than the bound comes out of a reader; what does all the same is cut, not followed. */
static void print_nested(rf_buffer *out, const rf_value *value, int depth) {
    if (depth >= RF_VALUE_DEPTH_MAX)
        rf_buffer_text(out, "...");
    else if (value->kind == RF_LIST)
        print_list(out, value, depth);
    else
        print_map(out, value, depth);
}

static void print_value(rf_buffer *out, const rf_value *value, int depth) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: rf_buffer_text(out, "<nil>"); break;
    case RF_BOOL: rf_buffer_text(out, value->truth ? "true" : "false"); break;
    case RF_INT: print_int(out, value->integer); break;
    case RF_DOUBLE: print_double(out, value->number); break;
    case RF_NUMBER: print_number(out, rf_value_text(value)); break;
    case RF_BYTES: print_bytes(out, rf_value_text(value)); break;
    case RF_TIME: rf_time_print(out, value->number); break;
    case RF_LIST: case RF_MAP: print_nested(out, value, depth); break;
    case RF_BIGINT: case RF_STRING: case RF_OPAQUE: case RF_RAW: rf_buffer_slice(out, rf_value_text(value)); break;
    case RF_LAZY_INITIAL: case RF_LAZY_KEYS: assert(false && "resolved first"); break;
    }
}

void rf_value_print(rf_buffer *out, const rf_value *value) {
    assert(out && value);
    print_value(out, value, 0);
}
