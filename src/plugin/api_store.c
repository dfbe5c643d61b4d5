/* api_store.c: Store: what a plugin keeps from one run to the next (store.h). */
#include "plugin/api_internal.h"
#include "plugin/store.h"

enum { KEY_BYTES_MAX = 1024 };

/* What all four begin with. */
static rf_code open_store(rf_plugin_api *api, const char *function, rf_error *reterr) {
    rf_api_begin(api);
    return api->store ? RF_OK : rf_api_missing(function, "store", reterr);
}

static rf_code check_key(rf_plugin_api *api, const char *function, rf_slice key, rf_error *reterr) {
    rf_code code = open_store(api, function, reterr);
    if (code)
        return code;
    if (key.len == 0)
        return rf_raise(reterr, RF_ECONFIG, "%s: the key is empty", function);
    if (key.len > KEY_BYTES_MAX)
        return rf_raise(reterr, RF_ECONFIG, "%s: the key `%.*s…` is %zu bytes long, at most %d are allowed", function,
                        RF_SLICE_ARG(rf_api_shown(api, key)), key.len, KEY_BYTES_MAX);
    return RF_OK;
}

static rf_code failed(const char *function, rf_code code, rf_error *reterr) {
    rf_error_prefix(reterr, "%s: ", function);
    return code;
}

RF_API_CALL(rf_api_store_get) {
    rf_slice text;
    rf_error error;
    rf_code code = check_key(api, "Store.get", args[0].text, reterr);
    if (code)
        return code;
    code = rf_store_get(api->store, rf_api_plugin_name(api), args[0].text, &api->arena, &text, &error);
    if (code == RF_ENOTFOUND)
        return rf_api_give_data(ret_result, rf_null());
    if (!code)
        return rf_api_give_text_or_null(api, text, ret_result, reterr);
    if (reterr)
        *reterr = error;
    return failed("Store.get", code, reterr);
}

RF_API_CALL(rf_api_store_set) {
    rf_code code = check_key(api, "Store.set", args[0].text, reterr);
    if (!code)
        code = rf_api_check_length(api, "Store.set", "value", args[1].text, reterr);
    if (code)
        return code;
    code = rf_store_set(api->store, rf_api_plugin_name(api), args[0].text, args[1].text, api->quota.store_bytes, reterr);
    return code ? failed("Store.set", code, reterr) : rf_api_give_unit(ret_result);
}

RF_API_CALL(rf_api_store_delete) {
    rf_code code = check_key(api, "Store.delete", args[0].text, reterr);
    if (code)
        return code;
    code = rf_store_delete(api->store, rf_api_plugin_name(api), args[0].text, reterr);
    return code ? failed("Store.delete", code, reterr) : rf_api_give_unit(ret_result);
}

RF_API_CALL(rf_api_store_keys) {
    rf_slice *keys;
    size_t count;
    rf_code code = open_store(api, "Store.keys", reterr);
    if (code)
        return code;
    code = rf_store_keys(api->store, rf_api_plugin_name(api), args[0].text, &api->arena, &keys, &count, reterr);
    if (code)
        return failed("Store.keys", code, reterr);
    rf_value *items = rf_arena_zero(&api->arena, count + 1, sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < count; i++)
        items[i] = rf_string(keys[i]);
    return rf_api_give_data(ret_result, (rf_value){ .kind = RF_LIST, .size = (uint32_t)count, .items = items });
}
