/* params.c: the JSON of the control protocol: parameters written member by member, answers read by name. */
#include "terminal/params.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <inttypes.h>

static void begin(rf_buffer *json, const char *name) {
    assert(json && name);
    rf_buffer_char(json, json->len ? ',' : '{');
    rf_json_write_string(json, rf_slice_of(name), 0);
    rf_buffer_char(json, ':');
}

void rf_params_text(rf_buffer *json, const char *name, rf_slice text) {
    begin(json, name);
    rf_json_write_string(json, text, 0);
}

void rf_params_integer(rf_buffer *json, const char *name, int64_t number) {
    begin(json, name);
    rf_buffer_printf(json, "%" PRId64, number);
}

void rf_params_bool(rf_buffer *json, const char *name, bool truth) {
    begin(json, name);
    rf_buffer_text(json, truth ? "true" : "false");
}

void rf_params_texts(rf_buffer *json, const char *name, const char *const *texts, size_t count) {
    begin(json, name);
    rf_buffer_char(json, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            rf_buffer_char(json, ',');
        rf_json_write_string(json, rf_slice_of(texts[i]), 0);
    }
    rf_buffer_char(json, ']');
}

void rf_params_raw(rf_buffer *json, const char *name, rf_slice value) {
    begin(json, name);
    rf_buffer_slice(json, value);
}

bool rf_params_end(rf_buffer *json, rf_slice *ret_json) {
    assert(json && ret_json);
    rf_buffer_text(json, json->len ? "}" : "{}");
    *ret_json = rf_buffer_view(json);
    return !json->failed;
}

const rf_value *rf_answer_member(const rf_value *map, const char *name) {
    return map && map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
}

rf_slice rf_answer_text(const rf_value *map, const char *name) {
    const rf_value *value = rf_answer_member(map, name);
    return value && value->kind == RF_STRING ? rf_value_text(value) : RF_SLICE("");
}

int64_t rf_answer_integer(const rf_value *map, const char *name, int64_t standard) {
    const rf_value *value = rf_answer_member(map, name);
    if (value && value->kind == RF_INT)
        return value->integer;
    /* Beyond these a double holds no whole numbers exactly, and may not fit at all. */
    bool fits = value && value->kind == RF_DOUBLE && value->number >= -9007199254740992.0 && value->number <= 9007199254740992.0;
    return fits ? (int64_t)value->number : standard;
}

bool rf_answer_bool(const rf_value *map, const char *name) {
    const rf_value *value = rf_answer_member(map, name);
    return value && value->kind == RF_BOOL && value->truth;
}

const rf_value *rf_answer_list(const rf_value *map, const char *name, uint32_t *ret_count) {
    const rf_value *value = rf_answer_member(map, name);
    bool is_list = value && value->kind == RF_LIST;
    *ret_count = is_list ? value->size : 0;
    return is_list ? value->items : NULL;
}
