/* mapping_string_methods.c: the methods of texts. */
#include "message/mapping_methods.h"

#include "base/slice.h"
#include "base/utf8.h"
#include "message/json.h"

#include <assert.h>

#define BYTES_MAX ((size_t)64 << 20) /* of one text that a method makes */

static rf_slice from_to(rf_slice text, size_t from, size_t to) { return (rf_slice){ text.data + from, to - from }; }

/* The place of `part` at or behind `from`; text.len + 1: nowhere. */
static size_t find(rf_slice text, rf_slice part, size_t from) {
    if (part.len == 0)
        return from;
    const char *at = from < text.len ? memmem(text.data + from, text.len - from, part.data, part.len) : NULL;
    return at ? (size_t)(at - text.data) : text.len + 1;
}

static rf_code too_long(rf_mapping_env *env, const rf_mapping_node *node) {
    return rf_mapping_fail(env, node, "%s() makes a text of more than %zu MiB", node->function->name, BYTES_MAX >> 20);
}

static rf_code two_texts(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_slice *ret_text,
                         rf_slice *ret_other) {
    rf_code code = rf_mapping_want_text(env, node, args, 0, ret_text);
    return code ? code : rf_mapping_want_text(env, node, args, 1, ret_other);
}

RF_MAPPING_METHOD(rf_method_has_prefix) {
    rf_slice text, part;
    rf_code code = two_texts(env, node, args, &text, &part);
    return code ? code : rf_mapping_give(ret_value, rf_bool(rf_slice_starts(text, part)));
}

RF_MAPPING_METHOD(rf_method_has_suffix) {
    rf_slice text, part;
    rf_code code = two_texts(env, node, args, &text, &part);
    return code ? code : rf_mapping_give(ret_value, rf_bool(rf_slice_ends(text, part)));
}

RF_MAPPING_METHOD(rf_method_index_of) {
    rf_slice text, part;
    rf_code code = two_texts(env, node, args, &text, &part);
    if (code)
        return code;
    size_t at = find(text, part, 0);
    return rf_mapping_give(ret_value, rf_int(at > text.len ? -1 : (int64_t)at));
}

RF_MAPPING_METHOD(rf_method_contains) {
    rf_slice text, part;
    const rf_value *list = args[0];
    if (list->kind == RF_LIST) {
        for (uint32_t i = 0; i < list->size; i++)
            if (rf_mapping_equal(&list->items[i], args[1]))
                return rf_mapping_give(ret_value, rf_bool(true));
        return rf_mapping_give(ret_value, rf_bool(false));
    }
    rf_code code = two_texts(env, node, args, &text, &part);
    return code ? code : rf_mapping_give(ret_value, rf_bool(find(text, part, 0) <= text.len));
}

/* How many parts there are, at least one. */
static size_t count_parts(rf_slice text, rf_slice delimiter) {
    size_t count = 1;
    if (delimiter.len == 0)
        return rf_utf8_length(text);
    for (size_t at = 0; (at = find(text, delimiter, at)) <= text.len; at += delimiter.len)
        count++;
    return count;
}

RF_MAPPING_METHOD(rf_method_split) {
    rf_slice text, delimiter;
    rf_code code = two_texts(env, node, args, &text, &delimiter);
    if (code)
        return code;
    size_t count = count_parts(text, delimiter), at = 0;
    rf_value *items = rf_mapping_items(env, count);
    if (!items)
        return RF_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        uint32_t unused;
        rf_slice rest = from_to(text, at, text.len);
        size_t step = rf_utf8_decode(rest, &unused);
        size_t end = delimiter.len ? find(text, delimiter, at) : at + (step ? step : 1);
        if (end > text.len)
            end = text.len;
        items[i] = rf_string(from_to(text, at, end));
        at = end + delimiter.len;
    }
    return rf_mapping_give(ret_value, (rf_value){ .kind = RF_LIST, .size = (uint32_t)count, .items = items });
}

RF_MAPPING_METHOD(rf_method_join) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice delimiter = RF_SLICE("");
    rf_code code = rf_mapping_want_kind(env, node, args, 0, RF_LIST);
    if (!code && args[1])
        code = rf_mapping_want_text(env, node, args, 1, &delimiter);
    for (uint32_t i = 0; !code && i < args[0]->size; i++) {
        const rf_value *item = &args[0]->items[i];
        if (!rf_mapping_has_text(item))
            return rf_mapping_mismatch(env, node, node->args[0], "array of strings, with a string", item);
        if (out.len + item->size + delimiter.len > BYTES_MAX)
            return too_long(env, node);
        if (i)
            rf_buffer_slice(&out, delimiter);
        rf_buffer_slice(&out, rf_value_text(item));
    }
    return code ? code : rf_mapping_keep(env, &out, RF_STRING, ret_value);
}

RF_MAPPING_METHOD(rf_method_replace_all) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice text, old, new;
    rf_code code = two_texts(env, node, args, &text, &old);
    if (!code)
        code = rf_mapping_want_text(env, node, args, 2, &new);
    if (code || old.len == 0)
        return code ? code : rf_mapping_give(ret_value, *args[0]);
    for (size_t from = 0;;) {
        size_t at = find(text, old, from);
        rf_buffer_slice(&out, from_to(text, from, at > text.len ? text.len : at));
        if (at > text.len)
            return rf_mapping_keep(env, &out, RF_STRING, ret_value);
        rf_buffer_slice(&out, new);
        if (out.len > BYTES_MAX)
            return too_long(env, node);
        from = at + old.len;
    }
}

/* The text without characters of the set at its ends. */
static rf_slice trim_set(rf_slice text, rf_slice set) {
    while (text.len && memchr(set.data, text.data[0], set.len))
        text = from_to(text, 1, text.len);
    while (text.len && memchr(set.data, text.data[text.len - 1], set.len))
        text.len--;
    return text;
}

RF_MAPPING_METHOD(rf_method_trim) {
    rf_slice text, set = RF_SLICE("");
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (!code && args[1])
        code = rf_mapping_want_text(env, node, args, 1, &set);
    return code ? code : rf_mapping_give(ret_value, rf_string(args[1] ? trim_set(text, set) : rf_slice_trim_unicode(text)));
}

RF_MAPPING_METHOD(rf_method_trim_prefix) {
    rf_slice text, part;
    rf_code code = two_texts(env, node, args, &text, &part);
    return code ? code : rf_mapping_give(ret_value, rf_string(rf_slice_starts(text, part) ? from_to(text, part.len, text.len) : text));
}

RF_MAPPING_METHOD(rf_method_trim_suffix) {
    rf_slice text, part;
    rf_code code = two_texts(env, node, args, &text, &part);
    return code ? code : rf_mapping_give(ret_value, rf_string(rf_slice_ends(text, part) ? from_to(text, 0, text.len - part.len) : text));
}

RF_MAPPING_METHOD(rf_method_repeat) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice text;
    int64_t count = 0;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (!code)
        code = rf_mapping_want_whole(env, node, args, 1, 0, &count);
    if (code)
        return code;
    if (count < 0)
        return rf_mapping_fail(env, node, "repeat() needs a count of at least 0, got %lld", (long long)count);
    if (text.len && (uint64_t)count > BYTES_MAX / text.len)
        return too_long(env, node);
    for (int64_t i = 0; text.len && i < count; i++)
        rf_buffer_slice(&out, text);
    return rf_mapping_keep(env, &out, RF_STRING, ret_value);
}

RF_MAPPING_METHOD(rf_method_reverse) {
    rf_slice text;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    char *out = code ? NULL : rf_arena_alloc(&env->batch->arena, text.len + 1);
    if (code || !out)
        return code ? code : rf_raise_nomem(env->reterr);
    for (size_t at = 0; at < text.len;) {
        uint32_t unused;
        size_t step = rf_utf8_decode(from_to(text, at, text.len), &unused);
        step = step ? step : 1;
        memcpy(out + text.len - at - step, text.data + at, step);
        at += step;
    }
    return rf_mapping_give(ret_value, rf_text((rf_value_kind)args[0]->kind, (rf_slice){ out, text.len }));
}

RF_MAPPING_METHOD(rf_method_quote) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice text;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (!code)
        rf_json_write_string(&out, text, RF_JSON_RAW_SEPARATORS);
    return code ? code : rf_mapping_keep(env, &out, RF_STRING, ret_value);
}

RF_MAPPING_METHOD(rf_method_unquote) {
    rf_slice text;
    rf_value value = rf_null();
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (code)
        return code;
    code = rf_json_parse(&env->batch->arena, text, RF_JSON_LEXEMES, &value, NULL);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(env->reterr);
    if (code || value.kind != RF_STRING)
        return rf_mapping_fail(env, node, "the text is not one in double quotes");
    return rf_mapping_give(ret_value, value);
}

static bool is_small(char c) { return c >= 'a' && c <= 'z'; }
static bool is_large(char c) { return c >= 'A' && c <= 'Z'; }

/* ASCII letters only, like all names in plants and brokers that matter here. `how`: 'u', 'l', or 'c' for first letters. */
static rf_code change_case(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, char how, rf_value *ret_value) {
    rf_slice text;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    char *out = code ? NULL : rf_arena_alloc(&env->batch->arena, text.len + 1);
    if (code || !out)
        return code ? code : rf_raise_nomem(env->reterr);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool first = i == 0 || text.data[i - 1] == ' ' || text.data[i - 1] == '\t' || text.data[i - 1] == '\n';
        bool flip = how == 'l' ? is_large(c) : is_small(c) && (how == 'u' || first);
        out[i] = (char)(flip ? c ^ 0x20 : c);
    }
    return rf_mapping_give(ret_value, rf_text((rf_value_kind)args[0]->kind, (rf_slice){ out, text.len }));
}

RF_MAPPING_METHOD(rf_method_uppercase) { return change_case(env, node, args, 'u', ret_value); }
RF_MAPPING_METHOD(rf_method_lowercase) { return change_case(env, node, args, 'l', ret_value); }
RF_MAPPING_METHOD(rf_method_capitalize) { return change_case(env, node, args, 'c', ret_value); }

/* A place from the start, or from the end when negative, within 0..size. */
static uint32_t place(int64_t at, uint32_t size) {
    if (at < 0)
        at += size;
    return at < 0 ? 0 : at > (int64_t)size ? size : (uint32_t)at;
}

RF_MAPPING_METHOD(rf_method_slice) {
    const rf_value *value = args[0];
    int64_t low = 0, high = 0;
    if (!rf_mapping_has_text(value) && value->kind != RF_LIST)
        return rf_mapping_mismatch(env, node, node->args[0], "string, bytes or array", value);
    rf_code code = rf_mapping_want_whole(env, node, args, 1, 0, &low);
    if (!code)
        code = rf_mapping_want_whole(env, node, args, 2, value->size, &high);
    if (code)
        return code;
    uint32_t from = place(low, value->size), to = place(high, value->size);
    if (to < from)
        return rf_mapping_fail(env, node, "lower slice bound %lld is higher than the upper one %lld", (long long)low, (long long)high);
    rf_value part = *value;
    part.size = to - from;
    if (value->kind == RF_LIST)
        part.items = value->items + from;
    else
        part.text = value->text + from;
    return rf_mapping_give(ret_value, part);
}
