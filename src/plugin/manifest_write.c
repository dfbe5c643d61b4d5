/* manifest_write.c: a manifest as canonical TOML, which reads back as the same. */
#include "plugin/manifest.h"

#include "base/number.h"
#include "base/slice.h"
#include "plugin/manifest_internal.h"

#include <assert.h>

static void put_text(rf_buffer *out, const char *key, rf_slice text) {
    if (text.len == 0)
        return;
    rf_buffer_printf(out, "%s = ", key);
    rf_toml_write_text(out, text);
    rf_buffer_char(out, '\n');
}

/* "[a, b" piece by piece: `i` counts the items before. */
static void put_item(rf_buffer *out, uint32_t i, rf_slice text) {
    rf_buffer_text(out, i ? ", " : "");
    rf_toml_write_text(out, text);
}

static void put_texts(rf_buffer *out, const char *key, const rf_slice *texts, uint32_t count) {
    if (count == 0)
        return;
    rf_buffer_printf(out, "%s = [", key);
    for (uint32_t i = 0; i < count; i++)
        put_item(out, i, texts[i]);
    rf_buffer_text(out, "]\n");
}

static void put_hooks(rf_buffer *out, uint32_t hooks) {
    uint32_t count = 0;
    rf_buffer_text(out, "hooks = [");
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        if (hooks & 1u << i)
            put_item(out, count++, rf_slice_of(rf_hooks[i].name));
    }
    rf_buffer_text(out, "]\n");
}

static void put_capabilities(rf_buffer *out, uint32_t bits) {
    uint32_t count = 0;
    rf_buffer_text(out, "capabilities = [");
    for (size_t i = 0; rf_plugin_capability_at(i); i++) {
        const rf_plugin_capability *row = rf_plugin_capability_at(i);
        if (bits & row->bit)
            put_item(out, count++, rf_slice_of(row->name));
    }
    rf_buffer_text(out, "]\n");
}

static void put_duration(rf_buffer *out, const char *key, uint64_t ns) {
    rf_buffer_printf(out, "%s = \"", key);
    rf_manifest_put_duration(out, ns);
    rf_buffer_text(out, "\"\n");
}

static uint64_t standard_time(unsigned hook) {
    bool is_load = hook == RF_HOOK_LOAD || hook == RF_HOOK_RELOAD || hook == RF_HOOK_UNLOAD;
    return is_load ? RF_PLUGIN_LOAD_NS_DEFAULT : RF_PLUGIN_TIME_NS_DEFAULT;
}

/* One limit for all but the hooks of loading, which have their defaults. */
static bool is_one_time(const rf_manifest *manifest) {
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        bool is_load = standard_time(i) == RF_PLUGIN_LOAD_NS_DEFAULT;
        if (manifest->time_ns[i] != (is_load ? RF_PLUGIN_LOAD_NS_DEFAULT : manifest->time_ns[RF_HOOK_OUTPUT]))
            return false;
    }
    return true;
}

/* The limit that most hooks have: the one of more than half of them, or else the default. */
static uint64_t common_time(const rf_manifest *manifest) {
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        unsigned same = 0;
        for (unsigned j = 0; j < RF_HOOK_COUNT; j++)
            same += standard_time(j) != RF_PLUGIN_LOAD_NS_DEFAULT && manifest->time_ns[j] == manifest->time_ns[i];
        if (same > RF_HOOK_COUNT / 2)
            return manifest->time_ns[i];
    }
    return RF_PLUGIN_TIME_NS_DEFAULT;
}

static void put_times(rf_buffer *out, const rf_manifest *manifest) {
    uint64_t all = common_time(manifest);
    rf_buffer_text(out, "\n[time]\n");
    put_duration(out, "all", all);
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        bool is_load = standard_time(i) == RF_PLUGIN_LOAD_NS_DEFAULT;
        if (manifest->time_ns[i] != (is_load ? RF_PLUGIN_LOAD_NS_DEFAULT : all))
            put_duration(out, rf_hooks[i].name, manifest->time_ns[i]);
    }
}

static void put_number(rf_buffer *out, double number) {
    char text[RF_NUMBER_TEXT_MAX];
    size_t len = rf_number_json(number, text);
    rf_buffer_append(out, text, len);
    if (!memchr(text, '.', len) && !memchr(text, 'e', len))
        rf_buffer_text(out, ".0");
}

static void put_value(rf_buffer *out, const rf_value *value) {
    switch (value->kind) {
    case RF_BOOL: rf_buffer_text(out, value->truth ? "true" : "false"); break;
    case RF_INT: rf_buffer_printf(out, "%lld", (long long)value->integer); break;
    case RF_DOUBLE: put_number(out, value->number); break;
    case RF_STRING: rf_toml_write_text(out, rf_value_text(value)); break;
    default:
        assert(value->kind == RF_LIST);
        rf_buffer_char(out, '[');
        for (uint32_t i = 0; i < value->size; i++)
            put_item(out, i, rf_value_text(&value->items[i]));
        rf_buffer_char(out, ']');
    }
}

static void put_config(rf_buffer *out, const rf_config_key *key) {
    rf_buffer_printf(out, "\n[config.%.*s]\ntype = \"%s\"\n", RF_SLICE_ARG(key->name), rf_config_type_names[key->type]);
    if (key->required) {
        rf_buffer_text(out, "required = true\n");
    } else {
        rf_buffer_text(out, "default = ");
        put_value(out, &key->standard);
        rf_buffer_char(out, '\n');
    }
    put_text(out, "doc", key->doc);
}

void rf_manifest_write(const rf_manifest *manifest, rf_buffer *out) {
    assert(manifest && out);
    put_text(out, "name", manifest->name);
    put_text(out, "version", manifest->version);
    put_text(out, "description", manifest->description);
    put_text(out, "author", manifest->author);
    put_text(out, "homepage", manifest->homepage);
    put_text(out, "license", manifest->license);
    rf_buffer_printf(out, "api = \"%u.%u\"\n", manifest->api_major, manifest->api_minor);
    if (manifest->has_hooks)
        put_hooks(out, manifest->hooks);
    rf_buffer_printf(out, "priority = %d\n", (int)manifest->priority);
    if (is_one_time(manifest))
        put_duration(out, "time", manifest->time_ns[RF_HOOK_OUTPUT]);
    rf_buffer_text(out, "memory = \"");
    rf_manifest_put_size(out, manifest->heap_bytes);
    rf_buffer_printf(out, "\"\nmax-failures = %u\n", manifest->max_failures);
    put_capabilities(out, manifest->capabilities);
    rf_buffer_printf(out, "pure = %s\n", manifest->pure ? "true" : "false");
    rf_buffer_printf(out, "eager = %s\n", manifest->eager ? "true" : "false");
    rf_buffer_printf(out, "fail-closed = %s\n", manifest->fail_closed ? "true" : "false");
    put_texts(out, "match", manifest->match, manifest->match_count);
    put_texts(out, "keys", manifest->keys, manifest->key_count);
    if (manifest->tick_ns)
        put_duration(out, "tick", manifest->tick_ns);
    if (!is_one_time(manifest))
        put_times(out, manifest);
    for (uint32_t i = 0; i < manifest->config_count; i++)
        put_config(out, &manifest->config[i]);
}
