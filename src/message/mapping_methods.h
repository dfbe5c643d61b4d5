/* mapping_methods.h: what the methods of mappings share. Private to message/mapping*. */
#ifndef RF_MESSAGE_MAPPING_METHODS_H
#define RF_MESSAGE_MAPPING_METHODS_H

#include "message/mapping_ast.h"

/* A method's C function. args[0] is what it is called on. */
#define RF_MAPPING_METHOD(name) \
    rf_code name(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value)

static inline rf_code rf_mapping_give(rf_value *ret_value, rf_value value) {
    *ret_value = value;
    return RF_OK;
}

/* What argument `at` (0: the receiver) is, or RF_ESCRIPT: "expected string value, got …". */
RF_NODISCARD rf_code rf_mapping_want_text(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at,
                                          rf_slice *ret);
RF_NODISCARD rf_code rf_mapping_want_number(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at,
                                            rf_value *ret);
/* A whole number; `otherwise` when the argument was left out. */
RF_NODISCARD rf_code rf_mapping_want_whole(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at,
                                           int64_t otherwise, int64_t *ret);
RF_NODISCARD rf_code rf_mapping_want_kind(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, size_t at,
                                          rf_value_kind kind);
/* The buffer's text in the batch's arena. */
RF_NODISCARD rf_code rf_mapping_keep(rf_mapping_env *env, const rf_buffer *text, rf_value_kind kind, rf_value *ret_value);
/* Room for `count` items or members in the batch's arena; NULL: no memory, raised. */
rf_value *rf_mapping_items(rf_mapping_env *env, size_t count) RF_NODISCARD;
rf_member *rf_mapping_members(rf_mapping_env *env, size_t count) RF_NODISCARD;

/* All of them, by file. */
#define RF_METHODS(X)                                                                                                                      \
    X(all) X(any) X(append) X(assign) X(bool) X(bytes) X(capitalize) X(catch) X(ceil) X(collapse) X(concat) X(contains) X(decode) X(encode) \
    X(enumerated) X(exists) X(explode) X(filter) X(find) X(find_by) X(flatten) X(float64) X(floor) X(fold) X(format_json) X(get) X(has_prefix)        \
    X(has_suffix) X(hash) X(index) X(index_of) X(int64) X(join) X(key_values) X(keys) X(length) X(lowercase) X(map_each) X(map_each_key)   \
    X(max) X(merge) X(min) X(not_empty) X(not_null) X(number) X(or) X(abs) X(parse_csv) X(parse_duration) X(parse_json) X(pow) X(quote)               \
    X(re_find_all) X(re_match) X(re_replace_all) X(repeat) X(replace_all) X(reverse) X(round) X(slice) X(sort) X(sort_by) X(split)          \
    X(string) X(sum) X(trim) X(trim_prefix) X(trim_suffix) X(ts_format) X(ts_parse) X(ts_unix) X(ts_unix_micro) X(ts_unix_milli)           \
    X(ts_unix_nano) X(type) X(unique) X(unquote) X(uppercase) X(values) X(without)
#define RF_DECLARE_METHOD(name) RF_MAPPING_METHOD(rf_method_##name);
RF_METHODS(RF_DECLARE_METHOD)
#undef RF_DECLARE_METHOD

#endif
