/* api_ui.c: Ui: notifications, status items, overlays, lists, menus, palette commands. */
#include "plugin/api_internal.h"

#include "base/nearest.h"

enum { COORDINATES = 1000 };

static rf_api_ids status_items(rf_plugin_api *api) {
    return (rf_api_ids){ &api->status_ids, &api->status_count, api->quota.status_items, "status items" };
}
static rf_api_ids overlays(rf_plugin_api *api) {
    return (rf_api_ids){ &api->overlay_ids, &api->overlay_count, api->quota.overlays, "overlays" };
}
static rf_api_ids commands(rf_plugin_api *api) {
    return (rf_api_ids){ &api->command_ids, &api->command_count, api->quota.commands, "commands" };
}

static rf_code check_level(rf_plugin_api *api, rf_slice level, rf_error *reterr) {
    static const char *const levels[] = { "info", "success", "warning", "error", NULL };
    for (size_t i = 0; levels[i]; i++) {
        if (rf_slice_is(level, levels[i]))
            return RF_OK;
    }
    (void)rf_raise(reterr, RF_ECONFIG, "Ui.notify: there is no level `%.*s`", RF_SLICE_ARG(rf_api_shown(api, level)));
    const char *nearest = rf_nearest(level, levels);
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    else
        rf_error_hint(reterr, "levels are info, success, warning and error");
    return RF_ECONFIG;
}

RF_API_CALL(rf_api_ui_notify) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice title, body, level = args[2].text;
    rf_api_begin(api);
    if (!host->notify)
        return rf_api_missing("Ui.notify", "notifications", reterr);
    rf_code code = check_level(api, level, reterr);
    if (!code)
        code = rf_api_text(api, "Ui.notify", "title", args[0].text, RF_API_ONE_LINE, &title, reterr);
    if (!code)
        code = rf_api_text(api, "Ui.notify", "body", args[1].text, RF_API_LINES, &body, reterr);
    if (!code)
        code = rf_api_action(api, "Ui.notify", reterr);
    if (code)
        return code;
    host->notify(host->user, rf_api_plugin_name(api), title, body, level);
    return rf_api_give_unit(ret_result);
}

/* ---- Status items ---- */

RF_API_CALL(rf_api_ui_clear_status) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice id = args[0].text;
    rf_api_begin(api);
    if (!host->status)
        return rf_api_missing("Ui.clear_status", "status line", reterr);
    rf_code code = rf_api_check_id(api, "Ui.clear_status", "id", id, reterr);
    if (code)
        return code;
    rf_api_ids ids = status_items(api);
    if (rf_api_ids_remove(&ids, id))
        host->status(host->user, rf_api_plugin_name(api), id, RF_SLICE(""), 0);
    return rf_api_give_unit(ret_result);
}

RF_API_CALL(rf_api_ui_status) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice id = args[0].text, text;
    rf_api_begin(api);
    if (!host->status)
        return rf_api_missing("Ui.status", "status line", reterr);
    if (args[1].text.len == 0)
        return rf_api_ui_clear_status(api, args, ret_result, reterr);
    rf_code code = rf_api_check_id(api, "Ui.status", "id", id, reterr);
    if (!code)
        code = rf_api_text(api, "Ui.status", "text", args[1].text, RF_API_ONE_LINE, &text, reterr);
    rf_api_ids ids = status_items(api);
    if (!code)
        code = rf_api_ids_add(&ids, "Ui.status", id, reterr);
    if (code)
        return code;
    host->status(host->user, rf_api_plugin_name(api), id, text, args[2].integer);
    return rf_api_give_unit(ret_result);
}

/* ---- Overlays ---- */

RF_API_CALL(rf_api_ui_clear_overlay) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice id = args[0].text;
    rf_api_begin(api);
    if (!host->overlay)
        return rf_api_missing("Ui.clear_overlay", "overlays", reterr);
    rf_code code = rf_api_check_id(api, "Ui.clear_overlay", "id", id, reterr);
    if (code)
        return code;
    rf_api_ids ids = overlays(api);
    if (rf_api_ids_remove(&ids, id))
        host->overlay(host->user, rf_api_plugin_name(api), id, 0, 0, RF_SLICE(""));
    return rf_api_give_unit(ret_result);
}

static rf_code check_coordinate(const char *what, int64_t value, rf_error *reterr) {
    if (value >= 0 && value < COORDINATES)
        return RF_OK;
    return rf_raise(reterr, RF_ECONFIG, "Ui.overlay: %s is %lld, it must be between 0 and %d", what, (long long)value, COORDINATES - 1);
}

RF_API_CALL(rf_api_ui_overlay) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice id = args[0].text, text;
    rf_api_begin(api);
    if (!host->overlay)
        return rf_api_missing("Ui.overlay", "overlays", reterr);
    rf_code code = check_coordinate("x", args[1].integer, reterr);
    if (!code)
        code = check_coordinate("y", args[2].integer, reterr);
    if (!code)
        code = rf_api_check_id(api, "Ui.overlay", "id", id, reterr);
    if (!code)
        code = rf_api_text(api, "Ui.overlay", "text", args[3].text, RF_API_LINES, &text, reterr);
    if (code)
        return code;
    if (text.len == 0)
        return rf_api_ui_clear_overlay(api, args, ret_result, reterr);
    rf_api_ids ids = overlays(api);
    code = rf_api_ids_add(&ids, "Ui.overlay", id, reterr);
    if (code)
        return code;
    host->overlay(host->user, rf_api_plugin_name(api), id, args[1].integer, args[2].integer, text);
    return rf_api_give_unit(ret_result);
}

/* ---- Lists and menus ---- */

RF_API_CALL(rf_api_ui_modal) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice title;
    rf_value items;
    rf_api_begin(api);
    if (!host->modal)
        return rf_api_missing("Ui.modal", "lists to pick from", reterr);
    rf_code code = rf_api_text(api, "Ui.modal", "title", args[0].text, RF_API_ONE_LINE, &title, reterr);
    if (!code)
        code = rf_api_items(api, "Ui.modal", &args[1].data, false, &items, reterr);
    if (!code)
        code = rf_api_action(api, "Ui.modal", reterr);
    if (code)
        return code;
    host->modal(host->user, rf_api_plugin_name(api), title, &items);
    return rf_api_give_unit(ret_result);
}

RF_API_CALL(rf_api_ui_menu) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_value items;
    rf_api_begin(api);
    if (!host->menu)
        return rf_api_missing("Ui.menu", "menus", reterr);
    rf_code code = rf_api_items(api, "Ui.menu", &args[0].data, true, &items, reterr);
    if (!code)
        code = rf_api_action(api, "Ui.menu", reterr);
    if (code)
        return code;
    host->menu(host->user, rf_api_plugin_name(api), &items);
    return rf_api_give_unit(ret_result);
}

/* ---- Palette commands ---- */

RF_API_CALL(rf_api_ui_remove_command) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice id = args[0].text;
    rf_api_begin(api);
    if (!host->command)
        return rf_api_missing("Ui.remove_command", "command palette", reterr);
    rf_code code = rf_api_check_id(api, "Ui.remove_command", "id", id, reterr);
    if (code)
        return code;
    rf_api_ids ids = commands(api);
    if (rf_api_ids_remove(&ids, id))
        host->command(host->user, rf_api_plugin_name(api), id, RF_SLICE(""), RF_SLICE(""));
    return rf_api_give_unit(ret_result);
}

static rf_code check_label(rf_slice label, rf_error *reterr) {
    if (label.len)
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG, "Ui.command: the label is empty");
    rf_error_hint(reterr, "Ui.remove_command takes a command away");
    return RF_ECONFIG;
}

RF_API_CALL(rf_api_ui_command) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice id = args[0].text, label, description;
    rf_api_begin(api);
    if (!host->command)
        return rf_api_missing("Ui.command", "command palette", reterr);
    rf_code code = rf_api_check_id(api, "Ui.command", "id", id, reterr);
    if (!code)
        code = check_label(args[1].text, reterr);
    if (!code)
        code = rf_api_text(api, "Ui.command", "label", args[1].text, RF_API_ONE_LINE, &label, reterr);
    if (!code)
        code = rf_api_text(api, "Ui.command", "description", args[2].text, RF_API_ONE_LINE, &description, reterr);
    rf_api_ids ids = commands(api);
    if (!code)
        code = rf_api_ids_add(&ids, "Ui.command", id, reterr);
    if (code)
        return code;
    host->command(host->user, rf_api_plugin_name(api), id, label, description);
    return rf_api_give_unit(ret_result);
}
