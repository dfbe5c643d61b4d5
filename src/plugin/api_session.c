/* api_session.c: Session and Plugin: what a plugin may know about where it runs and about itself. */
#include "plugin/api_internal.h"

#include "base/nearest.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

/* A fact of the host; data is never NULL on success. */
static rf_code find_fact(rf_plugin_api *api, const char *function, const char *fact, const char *what, rf_slice *ret_text,
                         rf_error *reterr) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_api_begin(api);
    *ret_text = host->fact ? host->fact(host->user, rf_slice_of(fact)) : (rf_slice){ NULL, 0 };
    return ret_text->data ? RF_OK : rf_api_missing(function, what, reterr);
}

static rf_code give_fact(rf_plugin_api *api, const char *function, const char *fact, const char *what, rf_pv *ret_result,
                         rf_error *reterr) {
    rf_slice text;
    rf_code code = find_fact(api, function, fact, what, &text, reterr);
    return code ? code : rf_api_give_text(api, text, ret_result, reterr);
}

RF_API_CALL(rf_api_session_name) {
    (void)args;
    return give_fact(api, "Session.name", "session.name", "session name", ret_result, reterr);
}

RF_API_CALL(rf_api_session_directory) {
    (void)args;
    return give_fact(api, "Session.directory", "session.directory", "session directory", ret_result, reterr);
}

RF_API_CALL(rf_api_session_title) {
    (void)args;
    return give_fact(api, "Session.title", "session.title", "session title", ret_result, reterr);
}

RF_API_CALL(rf_api_session_clients) {
    (void)args;
    rf_slice text;
    int64_t count;
    rf_code code = find_fact(api, "Session.clients", "session.clients", "clients", &text, reterr);
    if (code)
        return code;
    if (!rf_number_parse_i64(text, &count))
        return rf_raise(reterr, RF_EIO, "Session.clients: the host says `%.*s`, which is no number", RF_SLICE_ARG(rf_api_shown(api, text)));
    return rf_api_give_int(ret_result, count);
}

rf_slice rf_plugin_environment(void *user, rf_slice name) {
    char text[256];
    (void)user;
    if (name.len >= sizeof text || memchr(name.data ? name.data : "", '\0', name.len))
        return (rf_slice){ 0 };
    memcpy(text, name.len ? name.data : "", name.len);
    text[name.len] = '\0';
    return rf_slice_of(getenv(text));
}

RF_API_CALL(rf_api_session_env) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_api_begin(api);
    if (!host->environment)
        return rf_api_missing("Session.env", "environment", reterr);
    return rf_api_give_text_or_null(api, host->environment(host->user, args[0].text), ret_result, reterr);
}

/* ---- Plugin ---- */

RF_API_CALL(rf_api_plugin_own_name) {
    (void)args;
    rf_api_begin(api);
    return rf_api_give_text(api, rf_api_plugin_name(api), ret_result, reterr);
}

RF_API_CALL(rf_api_plugin_version) {
    (void)args;
    rf_api_begin(api);
    return rf_api_give_text(api, api->manifest ? api->manifest->version : RF_SLICE(""), ret_result, reterr);
}

RF_API_CALL(rf_api_plugin_host_kind) {
    (void)args;
    rf_api_begin(api);
    return rf_api_give_text(api, rf_slice_of(rf_api_host(api)->kind), ret_result, reterr);
}

/* The key that was meant, or NULL: also when memory is gone, for a hint is no more than that. */
static const char *nearest_key(rf_plugin_api *api, rf_slice key) {
    size_t count = api->config.size;
    const char **names = rf_arena_zero(&api->arena, count + 1, sizeof *names);
    if (!names)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        names[i] = rf_slice_dup_in(&api->arena, api->config.members[i].key).data;
        if (!names[i])
            return NULL;
    }
    return rf_nearest(key, names);
}

RF_API_CALL(rf_api_plugin_config) {
    rf_slice key = args[0].text;
    rf_api_begin(api);
    bool is_map = api->config.kind == RF_MAP;
    const rf_value *value = is_map ? rf_value_member(&api->config, key) : NULL;
    if (value)
        return rf_api_give_data(ret_result, *value);
    (void)rf_raise(reterr, RF_ENOTFOUND, "Plugin.config: the manifest declares no key `%.*s`", RF_SLICE_ARG(rf_api_shown(api, key)));
    const char *nearest = is_map ? nearest_key(api, key) : NULL;
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    return RF_ENOTFOUND;
}
