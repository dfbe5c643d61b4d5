/* mapping_want.c: the arguments of methods, checked; and where their results live. */
#include "message/mapping_methods.h"

#include <assert.h>

rf_code rf_mapping_want_text(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at, rf_slice *ret) {
    if (!rf_mapping_has_text(args[at]))
        return rf_mapping_mismatch(env, node, node->args[at], "string", args[at]);
    *ret = args[at]->size ? rf_value_text(args[at]) : RF_SLICE("");
    return RF_OK;
}

rf_code rf_mapping_want_number(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at, rf_value *ret) {
    return rf_mapping_number(args[at], ret) ? RF_OK : rf_mapping_mismatch(env, node, node->args[at], "number", args[at]);
}

rf_code rf_mapping_want_whole(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at, int64_t otherwise,
                              int64_t *ret) {
    rf_value number = rf_int(otherwise);
    rf_code code = args[at] ? rf_mapping_want_number(env, node, args, at, &number) : RF_OK;
    if (code)
        return code;
    if (number.kind == RF_DOUBLE && (!(number.number >= -9e18 && number.number <= 9e18) || (double)(int64_t)number.number != number.number))
        return rf_mapping_mismatch(env, node, node->args[at], "integer", &number);
    *ret = number.kind == RF_INT ? number.integer : (int64_t)number.number;
    return RF_OK;
}

rf_code rf_mapping_want_kind(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at, rf_value_kind kind) {
    assert(kind == RF_LIST || kind == RF_MAP);
    return args[at]->kind == kind ? RF_OK : rf_mapping_mismatch(env, node, node->args[at], kind == RF_LIST ? "array" : "object", args[at]);
}

rf_code rf_mapping_keep(rf_mapping_env *env, const rf_buffer *text, rf_value_kind kind, rf_value *ret_value) {
    rf_slice copy = { NULL, 0 };
    if (!text->failed && text->len <= UINT32_MAX)
        copy = text->len ? rf_slice_dup_in(&env->batch->arena, rf_buffer_view(text)) : RF_SLICE("");
    if (!copy.data)
        return rf_raise_nomem(env->reterr);
    return rf_mapping_give(ret_value, rf_text(kind, copy));
}

rf_value *rf_mapping_items(rf_mapping_env *env, size_t count) {
    rf_value *items = count <= UINT32_MAX / sizeof *items ? rf_arena_alloc(&env->batch->arena, (count + 1) * sizeof *items) : NULL;
    if (!items)
        (void)rf_raise_nomem(env->reterr);
    return items;
}

rf_member *rf_mapping_members(rf_mapping_env *env, size_t count) {
    rf_member *members = count <= UINT32_MAX / sizeof *members ? rf_arena_alloc(&env->batch->arena, (count + 1) * sizeof *members) : NULL;
    if (!members)
        (void)rf_raise_nomem(env->reterr);
    return members;
}
