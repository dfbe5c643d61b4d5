/* settings_plugin.c: [plugins.NAME] of term.toml: whether it runs, what it may, its configuration. */
#include "terminal/settings_internal.h"

#include "base/slice.h"
#include "base/nearest.h"
#include "plugin/manifest.h"

#include <assert.h>

enum { GRANTS_MAX = sizeof((rf_settings_plugin){ 0 }.grant) / sizeof(rf_slice), NAME_MAX_BYTES = 64, CAPABILITIES_MAX = 40 };

static rf_slice copied(rf_settings_reader *reader, rf_slice text) {
    rf_slice copy = rf_slice_dup_in(&reader->settings->arena, text);
    reader->out_of_memory |= !copy.data;
    return copy.data ? copy : RF_SLICE("");
}

/* ---- Its configuration ---- */

static rf_value value_of(rf_settings_reader *reader, const rf_toml *given);

/* Recursion: as deep as the TOML reader lets tables be. */
static rf_value parts_of(rf_settings_reader *reader, const rf_toml *given) {
    bool is_map = given->kind == RF_TOML_TABLE;
    uint32_t count = 0, i = 0;
    for (const rf_toml *part = given->first; part; part = part->next)
        count++;
    void *parts = rf_arena_zero(&reader->settings->arena, count + 1, is_map ? sizeof(rf_member) : sizeof(rf_value));
    if (!parts) {
        reader->out_of_memory = true;
        return rf_null();
    }
    rf_value value = is_map ? (rf_value){ .kind = RF_MAP, .size = count, .members = parts }
                            : (rf_value){ .kind = RF_LIST, .size = count, .items = parts };
    for (const rf_toml *part = given->first; part; part = part->next, i++) {
        if (is_map)
            value.members[i] = (rf_member){ copied(reader, part->key), value_of(reader, part) };
        else
            value.items[i] = value_of(reader, part);
    }
    return value;
}

static rf_value value_of(rf_settings_reader *reader, const rf_toml *given) {
    switch (given->kind) {
    case RF_TOML_STRING:
    case RF_TOML_TIME: return rf_string(copied(reader, given->text)); /* no plugin's configuration has times */
    case RF_TOML_INT: return rf_int(given->integer);
    case RF_TOML_FLOAT: return rf_double(given->number);
    case RF_TOML_BOOL: return rf_bool(given->boolean);
    case RF_TOML_ARRAY:
    case RF_TOML_TABLE: break;
    }
    return parts_of(reader, given);
}

/* ---- What it may ---- */

static bool check_capability(rf_settings_reader *reader, const rf_toml *item) {
    if (rf_plugin_capability_find(item->text))
        return true;
    const char *names[CAPABILITIES_MAX + 1] = { NULL };
    const rf_plugin_capability *known;
    for (size_t i = 0; i < CAPABILITIES_MAX && (known = rf_plugin_capability_at(i)); i++)
        names[i] = known->name;
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "unknown capability `%.*s`", RF_SLICE_ARG(rf_settings_clip(item->text)));
    const char *nearest = rf_nearest(item->text, names);
    if (nearest)
        rf_error_hint(&error, "did you mean `%s`?", nearest);
    rf_settings_note(reader, item->offset, &error);
    return false;
}

static void read_grant(rf_settings_reader *reader, const rf_toml *value, rf_settings_plugin *plugin) {
    if (value->kind != RF_TOML_ARRAY) {
        rf_settings_note_kind(reader, value, "a list of texts");
        return;
    }
    for (const rf_toml *item = value->first; item; item = item->next) {
        if (item->kind != RF_TOML_STRING) {
            rf_settings_note_kind(reader, item, "a text in quotes");
            continue;
        }
        bool is_new = check_capability(reader, item);
        for (size_t i = 0; i < plugin->grant_count && is_new; i++)
            is_new = !rf_slice_eq(plugin->grant[i], item->text);
        if (is_new && plugin->grant_count < GRANTS_MAX) /* there are fewer capabilities, and each is there once */
            plugin->grant[plugin->grant_count++] = copied(reader, item->text);
    }
}

/* ---- The table ---- */

static bool check_name(rf_settings_reader *reader, const rf_toml *table) {
    rf_slice name = table->key;
    bool fine = name.len > 0 && name.len <= NAME_MAX_BYTES && name.data[0] != '-' && name.data[0] != '_';
    for (size_t i = 0; i < name.len && fine; i++) {
        char c = name.data[i];
        fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
    if (fine)
        return true;
    rf_error error;
    (void)rf_raise(&error, RF_ECONFIG, "no plugin can be called `%.*s`", RF_SLICE_ARG(rf_settings_clip(name)));
    rf_error_hint(&error, "a-z, 0-9, - and _, a letter or digit first, at most %d", NAME_MAX_BYTES);
    rf_settings_note(reader, table->key_offset, &error);
    return false;
}

static void read_plugin(rf_settings_reader *reader, const rf_toml *table, rf_settings_plugin *plugin) {
    static const char *const names[] = { "enabled", "grant", "config", NULL };
    for (const rf_toml *member = table->first; member; member = member->next) {
        if (rf_slice_is(member->key, "enabled")) {
            if (member->kind == RF_TOML_BOOL)
                plugin->enabled = member->boolean;
            else
                rf_settings_note_kind(reader, member, "true or false");
        } else if (rf_slice_is(member->key, "grant")) {
            read_grant(reader, member, plugin);
        } else if (rf_slice_is(member->key, "config")) {
            if (member->kind == RF_TOML_TABLE)
                plugin->config = parts_of(reader, member);
            else
                rf_settings_note_kind(reader, member, "a table");
        } else {
            rf_settings_note_unknown(reader, member, "of a plugin", names);
        }
    }
}

static int by_name(const void *a, const void *b) {
    return rf_slice_compare(((const rf_settings_plugin *)a)->name, ((const rf_settings_plugin *)b)->name);
}

void rf_settings_read_plugins(rf_settings_reader *reader, const rf_toml *table) {
    rf_settings *settings = reader->settings;
    size_t count = 0;
    if (table->kind != RF_TOML_TABLE) {
        rf_settings_note_kind(reader, table, "a table");
        return;
    }
    for (const rf_toml *member = table->first; member; member = member->next)
        count++;
    settings->plugins = rf_arena_zero(&settings->arena, count + 1, sizeof *settings->plugins);
    if (!settings->plugins) {
        reader->out_of_memory = true;
        return;
    }
    for (const rf_toml *member = table->first; member; member = member->next) {
        if (member->kind != RF_TOML_TABLE) {
            rf_settings_note_kind(reader, member, "a table: [plugins.NAME]");
        } else if (check_name(reader, member)) {
            rf_settings_plugin *plugin = &settings->plugins[settings->plugin_count++];
            *plugin = (rf_settings_plugin){ .name = copied(reader, member->key), .enabled = true, .config = { .kind = RF_MAP } };
            read_plugin(reader, member, plugin);
        }
    }
    if (settings->plugin_count > 1)
        qsort(settings->plugins, settings->plugin_count, sizeof *settings->plugins, by_name);
}
