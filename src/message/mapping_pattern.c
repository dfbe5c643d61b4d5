/* mapping_pattern.c: the methods that take a regular expression. A pattern that stands in the mapping is compiled with it. */
#include "message/mapping_build.h"
#include "message/mapping_methods.h"

#include "base/regex.h"
#include "base/slice.h"

#include <assert.h>

#define BYTES_MAX ((size_t)64 << 20)

/* The mapping's: `regex` is used by one thread at a time. */
struct rf_mapping_pattern {
    rf_mapping_pattern *next;
    rf_regex *regex;
    rf_mutex lock;
};

bool rf_mapping_takes_pattern(const rf_mapping_function *function) {
    return function->call == rf_method_re_match || function->call == rf_method_re_find_all || function->call == rf_method_re_replace_all;
}

rf_code rf_build_pattern(rf_builder *b, rf_mapping_node *node) {
    const rf_mapping_node *literal = node->args[1];
    rf_mapping *mapping = b->lexer.mapping;
    if (!literal || literal->kind != RF_NODE_LITERAL || literal->value.kind != RF_STRING)
        return RF_OK;
    rf_mapping_pattern *pattern = rf_alloc_zero(1, sizeof *pattern);
    if (!pattern)
        return rf_raise_nomem(b->lexer.reterr);
    rf_code code = rf_regex_compile(rf_value_text(&literal->value), &pattern->regex, b->lexer.reterr);
    if (code) {
        rf_free(pattern);
        return code == RF_ECONFIG ? rf_mapping_place(mapping, literal->offset, code, b->lexer.reterr) : code;
    }
    rf_mutex_init(&pattern->lock);
    pattern->next = mapping->patterns;
    mapping->patterns = pattern;
    node->pattern = pattern;
    return RF_OK;
}

void rf_mapping_free_patterns(rf_mapping *mapping) {
    for (rf_mapping_pattern *pattern = mapping->patterns, *next; pattern; pattern = next) {
        next = pattern->next;
        rf_regex_free(pattern->regex);
        rf_mutex_done(&pattern->lock);
        rf_free(pattern);
    }
    mapping->patterns = NULL;
}

/* The node's own pattern, locked; or one compiled for this call alone. */
typedef struct borrowed { rf_mapping_pattern *own; rf_regex *regex; } borrowed;

static rf_code borrow(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, borrowed *ret) {
    rf_slice text;
    rf_error error = { 0 };
    *ret = (borrowed){ node->pattern, node->pattern ? node->pattern->regex : NULL };
    if (ret->own) {
        rf_mutex_lock(&ret->own->lock);
        return RF_OK;
    }
    rf_code code = rf_mapping_want_text(env, node, args, 1, &text);
    if (code)
        return code;
    code = rf_regex_compile(text, &ret->regex, &error);
    return code == RF_ECONFIG ? rf_mapping_fail(env, node, "%s", error.message) : code ? rf_raise_nomem(env->reterr) : RF_OK;
}

static void give_back(const borrowed *b) {
    if (b->own)
        rf_mutex_unlock(&b->own->lock);
    else
        rf_regex_free(b->regex);
}

RF_MAPPING_METHOD(rf_method_re_match) {
    borrowed pattern;
    rf_slice text;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (!code)
        code = borrow(env, node, args, &pattern);
    if (code)
        return code;
    bool matches = rf_regex_matches(pattern.regex, text);
    give_back(&pattern);
    return rf_mapping_give(ret_value, rf_bool(matches));
}

typedef RF_VEC(rf_value) value_list;

/* All matches, none overlapping, as pairs of places: two entries each. An empty one moves on by a byte, and does not count
 * right behind another. */
static rf_code all_matches(rf_mapping_env *env, rf_regex *regex, rf_slice text, value_list *list) {
    size_t from = 0, begin, end, last = SIZE_MAX;
    while (from <= text.len && rf_regex_find(regex, text, from, &begin, &end)) {
        bool counts = end > begin || begin != last;
        if (counts && (!rf_vec_push(list, rf_int((int64_t)begin)) || !rf_vec_push(list, rf_int((int64_t)end))))
            return rf_raise_nomem(env->reterr);
        last = end;
        from = end > begin ? end : end + 1;
    }
    return RF_OK;
}

static rf_code matches_of(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_slice *ret_text,
                          value_list *list) {
    borrowed pattern;
    rf_code code = rf_mapping_want_text(env, node, args, 0, ret_text);
    if (!code)
        code = borrow(env, node, args, &pattern);
    if (code)
        return code;
    code = all_matches(env, pattern.regex, *ret_text, list);
    give_back(&pattern);
    return code;
}

static rf_slice match_at(rf_slice text, const value_list *list, size_t i) {
    return (rf_slice){ text.data + list->items[2 * i].integer, (size_t)(list->items[2 * i + 1].integer - list->items[2 * i].integer) };
}

RF_MAPPING_METHOD(rf_method_re_find_all) {
    value_list list = { 0 };
    rf_slice text;
    rf_code code = matches_of(env, node, args, &text, &list);
    size_t count = list.count / 2;
    rf_value *items = code ? NULL : rf_mapping_items(env, count);
    for (size_t i = 0; items && i < count; i++)
        items[i] = rf_string(match_at(text, &list, i));
    rf_vec_done(&list);
    if (!items)
        return code ? code : RF_ENOMEM;
    return rf_mapping_give(ret_value, (rf_value){ .kind = RF_LIST, .size = (uint32_t)count, .items = items });
}

/* `$0` and `${0}` are the match, `$$` a dollar sign. */
static void expand(rf_buffer *out, rf_slice value, rf_slice match) {
    for (size_t i = 0; i < value.len; i++) {
        rf_slice rest = { value.data + i, value.len - i };
        size_t taken = rf_slice_starts(rest, RF_SLICE("$0")) ? 2 : rf_slice_starts(rest, RF_SLICE("${0}")) ? 4 : 0;
        if (taken)
            rf_buffer_slice(out, match);
        else
            rf_buffer_char(out, value.data[i]);
        i += taken ? taken - 1 : rf_slice_starts(rest, RF_SLICE("$$"));
    }
}

RF_MAPPING_METHOD(rf_method_re_replace_all) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    value_list list = { 0 };
    rf_slice text, value;
    size_t at = 0;
    rf_code code = rf_mapping_want_text(env, node, args, 2, &value);
    if (!code)
        code = matches_of(env, node, args, &text, &list);
    for (size_t i = 0; !code && i < list.count / 2; i++) {
        rf_slice match = match_at(text, &list, i);
        rf_buffer_append(&out, text.data + at, (size_t)(match.data - text.data) - at);
        expand(&out, value, match);
        at = (size_t)(match.data - text.data) + match.len;
        if (out.len > BYTES_MAX)
            code = rf_mapping_fail(env, node, "%s() makes a text of more than %zu MiB", node->function->name, BYTES_MAX >> 20);
    }
    rf_vec_done(&list);
    if (code)
        return code;
    rf_buffer_append(&out, text.data + at, text.len - at);
    return rf_mapping_keep(env, &out, RF_STRING, ret_value);
}
