/* mapping_text.c: the result of a query as the text that a config's field gets. */
#include "message/mapping_ast.h"

#include "base/number.h"
#include "message/json.h"

#include <assert.h>

static rf_code kept(rf_mapping_env *env, rf_slice text, rf_slice *ret_text) {
    rf_slice copy = rf_slice_dup_in(&env->batch->arena, text);
    if (!copy.data)
        return rf_raise_nomem(env->reterr);
    *ret_text = copy;
    return RF_OK;
}

/* A whole number stays as it was written, a fraction gets the fewest digits: 1.50 is 1.5. */
static rf_code number_text(rf_mapping_env *env, const rf_value *value, rf_slice *ret_text) {
    char digits[RF_NUMBER_TEXT_MAX];
    rf_value number = *value;
    rf_slice written = value->kind == RF_NUMBER || value->kind == RF_BIGINT ? rf_value_text(value) : (rf_slice){ NULL, 0 };
    bool whole = written.data && !memchr(written.data, '.', written.len) && !memchr(written.data, 'e', written.len) &&
                 !memchr(written.data, 'E', written.len);
    if (whole || !rf_mapping_number(value, &number)) {
        *ret_text = written;
        return RF_OK;
    }
    size_t len = number.kind == RF_INT ? rf_number_i64(number.integer, digits) : rf_number_fixed(number.number, digits);
    return kept(env, (rf_slice){ digits, len }, ret_text);
}

static rf_code json_text(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, rf_slice *ret_text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_code code = rf_json_write(&out, value, RF_JSON_SORT_KEYS, env->reterr);
    if (code == RF_ESCRIPT)
        return rf_mapping_place(env->mapping, node->offset, code, env->reterr);
    return code ? code : kept(env, rf_buffer_view(&out), ret_text);
}

rf_code rf_mapping_text(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, rf_slice *ret_text) {
    assert(env && node && value && ret_text);
    switch ((rf_value_kind)value->kind) {
    case RF_STRING: case RF_BYTES: case RF_RAW: *ret_text = value->size ? rf_value_text(value) : RF_SLICE(""); return RF_OK;
    case RF_BOOL: *ret_text = value->truth ? RF_SLICE("true") : RF_SLICE("false"); return RF_OK;
    case RF_NULL: case RF_OPAQUE: *ret_text = RF_SLICE("null"); return RF_OK;
    case RF_INT: case RF_DOUBLE: case RF_NUMBER: case RF_BIGINT: return number_text(env, value, ret_text);
    default: return json_text(env, node, value, ret_text);
    }
}
