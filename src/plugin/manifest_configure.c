/* manifest_configure.c: what the user set laid over the defaults that a manifest declares. */
#include "plugin/manifest_internal.h"

#include "base/nearest.h"
#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <math.h>

static const rf_config_key *find_key(const rf_manifest *manifest, rf_slice name) {
    for (uint32_t i = 0; i < manifest->config_count; i++) {
        if (rf_slice_eq(manifest->config[i].name, name))
            return &manifest->config[i];
    }
    return NULL;
}

static rf_code fail_unknown(const rf_manifest *manifest, rf_slice key, rf_error *reterr) {
    rf_code code = rf_raise(reterr, RF_ECONFIG, "plugin `%.*s` has no configuration key `%.*s`", RF_SLICE_ARG(manifest->name),
                            RF_SLICE_ARG(rf_manifest_clip(key)));
    char names[RF_MANIFEST_LIST_MAX][72];
    const char *known[RF_MANIFEST_LIST_MAX + 1] = { NULL };
    for (uint32_t i = 0; i < manifest->config_count && i < RF_MANIFEST_LIST_MAX; i++) {
        (void)snprintf(names[i], sizeof names[i], "%.*s", RF_SLICE_ARG(manifest->config[i].name));
        known[i] = names[i];
    }
    const char *nearest = rf_nearest(key, known);
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    else if (manifest->config_count == 0)
        rf_error_hint(reterr, "it has none at all");
    else
        rf_error_hint(reterr, "riffle plugin info %.*s lists them", RF_SLICE_ARG(manifest->name));
    return code;
}

/* A whole number, however the host's reader kept it. */
static bool as_int(const rf_value *given, int64_t *ret) {
    if (given->kind == RF_INT) {
        *ret = given->integer;
        return true;
    }
    if (given->kind == RF_NUMBER && rf_number_parse_i64(rf_value_text(given), ret))
        return true;
    double number = given->kind == RF_DOUBLE ? given->number : NAN;
    if (given->kind == RF_NUMBER && !rf_number_parse_go_float(rf_value_text(given), &number))
        return false;
    if (!(fabs(number) < 9007199254740992.0) || number != floor(number))
        return false;
    *ret = (int64_t)number;
    return true;
}

static bool as_number(const rf_value *given, double *ret) {
    *ret = given->kind == RF_INT ? (double)given->integer : given->kind == RF_DOUBLE ? given->number : NAN;
    if (given->kind == RF_NUMBER && !rf_number_parse_go_float(rf_value_text(given), ret))
        return false;
    return isfinite(*ret);
}

static bool is_texts(const rf_value *given) {
    if (given->kind != RF_LIST)
        return false;
    for (uint32_t i = 0; i < given->size; i++) {
        if (given->items[i].kind != RF_STRING)
            return false;
    }
    return true;
}

/* The value in the form that the plugin gets; false: another type. A text or list is still the giver's. */
static bool convert(rf_config_type type, const rf_value *given, rf_value *ret) {
    int64_t integer;
    double number;
    switch (type) {
    case RF_CONFIG_TEXT: *ret = *given; return given->kind == RF_STRING;
    case RF_CONFIG_BOOL: *ret = *given; return given->kind == RF_BOOL;
    case RF_CONFIG_TEXTS: *ret = *given; return is_texts(given);
    case RF_CONFIG_INT:
        if (!as_int(given, &integer))
            return false;
        *ret = rf_int(integer);
        return true;
    case RF_CONFIG_NUMBER:
        if (!as_number(given, &number))
            return false;
        *ret = rf_double(number);
        return true;
    }
    assert(false && "a type without a form");
    return false;
}

static rf_code fail_type(const rf_manifest *manifest, const rf_config_key *key, const rf_value *given, rf_error *reterr) {
    static const char *const wanted[] = { "a text", "a whole number", "a number", "true or false", "a list of texts" };
    RF_CLEANUP(rf_buffer_done) rf_buffer shown = { 0 };
    if (given->kind <= RF_TIME)
        rf_value_print(&shown, given);
    rf_slice text = shown.failed ? (rf_slice){ "", 0 } : rf_manifest_clip(rf_buffer_view(&shown));
    const char *what = given->kind == RF_LIST ? "a list" : given->kind == RF_MAP ? "a map" : "another kind of value";
    if (given->kind == RF_NULL)
        return rf_raise(reterr, RF_ECONFIG, "configuration key `%.*s` of plugin `%.*s` is %s, not null", RF_SLICE_ARG(key->name),
                        RF_SLICE_ARG(manifest->name), wanted[key->type]);
    if (text.len == 0)
        return rf_raise(reterr, RF_ECONFIG, "configuration key `%.*s` of plugin `%.*s` is %s, not %s", RF_SLICE_ARG(key->name),
                        RF_SLICE_ARG(manifest->name), wanted[key->type], given->kind == RF_STRING ? "an empty text" : what);
    const char *quote = given->kind == RF_STRING ? "\"" : "";
    return rf_raise(reterr, RF_ECONFIG, "configuration key `%.*s` of plugin `%.*s` is %s, not %s%.*s%s", RF_SLICE_ARG(key->name),
                    RF_SLICE_ARG(manifest->name), wanted[key->type], quote, RF_SLICE_ARG(text), quote);
}

/* One key's value: the user's, else the default. */
static rf_code settle(const rf_manifest *manifest, const rf_config_key *key, const rf_value *given, rf_arena *arena, rf_value *ret,
                      rf_error *reterr) {
    rf_value value = key->standard;
    if (given && !convert(key->type, given, &value))
        return fail_type(manifest, key, given, reterr);
    if (!given && key->required) {
        rf_code code = rf_raise(reterr, RF_ECONFIG, "plugin `%.*s` wants the configuration key `%.*s`, which has no default",
                                RF_SLICE_ARG(manifest->name), RF_SLICE_ARG(key->name));
        if (key->doc.len)
            rf_error_hint(reterr, "%s: %.*s", rf_config_type_names[key->type], RF_SLICE_ARG(key->doc));
        else
            rf_error_hint(reterr, "its type is %s", rf_config_type_names[key->type]);
        return code;
    }
    return rf_value_dup_in(arena, &value, ret) ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_manifest_configure(const rf_manifest *manifest, const rf_value *given, rf_arena *arena, rf_value *ret_config, rf_error *reterr) {
    assert(manifest && arena && ret_config);
    if (given && given->kind == RF_NULL)
        given = NULL;
    if (given && given->kind != RF_MAP)
        return rf_raise(reterr, RF_ECONFIG, "the configuration of plugin `%.*s` is a map of keys and values", RF_SLICE_ARG(manifest->name));
    for (uint32_t i = 0; given && i < given->size; i++) {
        if (!find_key(manifest, given->members[i].key))
            return fail_unknown(manifest, given->members[i].key, reterr);
    }
    rf_member *members = rf_arena_alloc(arena, manifest->config_count * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < manifest->config_count; i++) {
        const rf_config_key *key = &manifest->config[i];
        members[i].key = rf_slice_dup_in(arena, key->name);
        if (!members[i].key.data)
            return rf_raise_nomem(reterr);
        rf_code code = settle(manifest, key, given ? rf_value_member(given, key->name) : NULL, arena, &members[i].value, reterr);
        if (code)
            return code;
    }
    *ret_config = (rf_value){ .kind = RF_MAP, .size = manifest->config_count, .members = members };
    return RF_OK;
}
