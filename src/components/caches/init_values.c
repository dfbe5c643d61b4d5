/* init_values.c: reading the field `init_values`. */
#include "components/caches/init_values.h"

static rf_code report_kind(const rf_conf *values) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "expected object value");
    rf_error_hint(&error, "write `init_values: {KEY: VALUE}`");
    return rf_conf_report(values, &error);
}

rf_code rf_init_values(const rf_conf *values, rf_code (*set)(void *state, rf_slice key, rf_slice value, rf_error *reterr), void *state,
                       rf_error *reterr) {
    rf_arena arena;
    rf_value map = rf_null();
    if (!values)
        return RF_OK;
    rf_arena_init(&arena, 1024);
    rf_code code = rf_conf_plain(values, &arena, &map, reterr);
    if (!code && map.kind != RF_MAP)
        code = report_kind(values);
    for (uint32_t i = 0; !code && i < map.size; i++) {
        rf_slice value = rf_meta_text(&arena, &map.members[i].value);
        code = value.data ? set(state, map.members[i].key, value, reterr) : rf_raise_nomem(reterr);
    }
    rf_arena_done(&arena);
    return code;
}
