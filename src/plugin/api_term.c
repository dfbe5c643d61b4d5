/* api_term.c: Term: the screen's and the scrollback's text, and sending input. */
#include "plugin/api_internal.h"
#include "plugin/bytes.h"

#include "base/utf8.h"

enum { LINES_MAX = 10000 };

typedef struct sizes { int64_t columns, rows, scrollback; } sizes;

/* Begins a function that looks at the screen. */
static rf_code find_size(rf_plugin_api *api, const char *function, sizes *ret_size, rf_error *reterr) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_api_begin(api);
    *ret_size = (sizes){ 0 };
    if (!host->size || !host->line)
        return rf_api_missing(function, "screen", reterr);
    host->size(host->user, &ret_size->columns, &ret_size->rows, &ret_size->scrollback);
    return RF_OK;
}

RF_API_CALL(rf_api_term_columns) {
    (void)args;
    sizes size;
    rf_code code = find_size(api, "Term.columns", &size, reterr);
    return code ? code : rf_api_give_int(ret_result, size.columns);
}

RF_API_CALL(rf_api_term_rows) {
    (void)args;
    sizes size;
    rf_code code = find_size(api, "Term.rows", &size, reterr);
    return code ? code : rf_api_give_int(ret_result, size.rows);
}

RF_API_CALL(rf_api_term_cursor) {
    (void)args;
    const rf_plugin_host *host = rf_api_host(api);
    int64_t column = 0, row = 0;
    rf_api_begin(api);
    if (!host->cursor)
        return rf_api_missing("Term.cursor", "cursor", reterr);
    host->cursor(host->user, &column, &row);
    rf_member *members = rf_arena_zero(&api->arena, 2, sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    members[0] = (rf_member){ RF_SLICE("column"), rf_int(column) };
    members[1] = (rf_member){ RF_SLICE("row"), rf_int(row) };
    return rf_api_give_data(ret_result, (rf_value){ .kind = RF_MAP, .size = 2, .members = members });
}

RF_API_CALL(rf_api_term_line) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_slice text = { NULL, 0 };
    rf_api_begin(api);
    if (!host->line)
        return rf_api_missing("Term.line", "screen", reterr);
    if (!host->line(host->user, args[0].integer, &text))
        return rf_api_give_data(ret_result, rf_null());
    return rf_api_give_text_or_null(api, text.data ? text : RF_SLICE(""), ret_result, reterr);
}

/* Rows from `first` on, copied: a text of the host lives until it is asked for the next one. */
static rf_code give_lines(rf_plugin_api *api, int64_t first, int64_t count, rf_pv *ret_result, rf_error *reterr) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_value *items = rf_arena_zero(&api->arena, (size_t)count + 1, sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    for (int64_t i = 0; i < count; i++) {
        rf_slice text = { NULL, 0 };
        bool found = host->line(host->user, first + i, &text);
        rf_slice copy = rf_slice_dup_in(&api->arena, found ? text : RF_SLICE(""));
        rf_slice clean = copy.data ? rf_utf8_clean_in(&api->arena, copy) : copy;
        if (!clean.data)
            return rf_raise_nomem(reterr);
        items[i] = rf_string(clean);
    }
    return rf_api_give_data(ret_result, (rf_value){ .kind = RF_LIST, .size = (uint32_t)count, .items = items });
}

RF_API_CALL(rf_api_term_screen) {
    (void)args;
    sizes size;
    rf_code code = find_size(api, "Term.screen", &size, reterr);
    if (code)
        return code;
    int64_t rows = size.rows < 0 ? 0 : size.rows > LINES_MAX ? LINES_MAX : size.rows;
    return give_lines(api, 0, rows, ret_result, reterr);
}

RF_API_CALL(rf_api_term_scrollback) {
    int64_t count = args[0].integer;
    sizes size;
    rf_code code = find_size(api, "Term.scrollback", &size, reterr);
    if (code)
        return code;
    if (count < 0)
        return rf_raise(reterr, RF_ECONFIG, "Term.scrollback: the count %lld is negative", (long long)count);
    if (count > LINES_MAX)
        return rf_raise(reterr, RF_ELIMIT, "Term.scrollback: %lld lines are asked for, at most %d are allowed", (long long)count,
                        LINES_MAX);
    int64_t there = size.scrollback < 0 ? 0 : size.scrollback;
    int64_t given = count < there ? count : there;
    return give_lines(api, -given, given, ret_result, reterr);
}

/* The one text that is not cleaned: a plugin that may type may type anything. */
RF_API_CALL(rf_api_term_send) {
    const rf_plugin_host *host = rf_api_host(api);
    rf_api_begin(api);
    if (!host->send)
        return rf_api_missing("Term.send", "input", reterr);
    rf_code code = rf_api_check_length(api, "Term.send", "text", args[0].text, reterr);
    if (code)
        return code;
    rf_slice bytes = args[0].text.len ? rf_text_to_bytes(args[0].text, &api->scratch) : RF_SLICE("");
    if (!bytes.data)
        return rf_raise_nomem(reterr);
    code = rf_api_action(api, "Term.send", reterr);
    if (code)
        return code;
    host->send(host->user, rf_api_plugin_name(api), bytes);
    return rf_api_give_unit(ret_result);
}
