/* api_internal.h: what the files of the Host API share: checks, quotas, and the functions that api_table.c lists. */
#ifndef RF_PLUGIN_API_INTERNAL_H
#define RF_PLUGIN_API_INTERNAL_H

#include "base/slice.h"
#include "plugin/api.h"

/* An id and its NUL. */
#define RF_API_ID_BYTES sizeof(((rf_plugin_timer *)0)->name)

/* Every row's function begins with this: results of the one before are gone. */
void rf_api_begin(rf_plugin_api *api);
/* The host; one that has nothing when there is none. */
const rf_plugin_host *rf_api_host(const rf_plugin_api *api);
rf_slice rf_api_plugin_name(const rf_plugin_api *api);
/* RF_ENOTFOUND "Ui.status: this host has no status line". */
RF_NODISCARD rf_code rf_api_missing(const char *function, const char *what, rf_error *reterr);

/* ---- Results ---- */

static inline rf_code rf_api_give_unit(rf_pv *ret_result) {
    *ret_result = (rf_pv){ .kind = RF_PV_UNIT };
    return RF_OK;
}
static inline rf_code rf_api_give_int(rf_pv *ret_result, int64_t integer) {
    *ret_result = (rf_pv){ .kind = RF_PV_INT, .integer = integer };
    return RF_OK;
}
static inline rf_code rf_api_give_data(rf_pv *ret_result, rf_value data) {
    *ret_result = (rf_pv){ .kind = RF_PV_DATA, .data = data };
    return RF_OK;
}
/* A text of the host, which need not be UTF-8. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_api_give_text(rf_plugin_api *api, rf_slice text, rf_pv *ret_result, rf_error *reterr);
/* The same as data; a text whose data is NULL is null. */
RF_NODISCARD rf_code rf_api_give_text_or_null(rf_plugin_api *api, rf_slice text, rf_pv *ret_result, rf_error *reterr);

/* ---- Texts (api_text.c) ---- */

typedef enum rf_api_lines { RF_API_ONE_LINE, RF_API_LINES /* newline and tab may stay */ } rf_api_lines;
/* The text as it may be drawn: control characters, and what stands for bytes that are no text (bytes.h), are U+FFFD. A view of
 * `text` or in the arena; data NULL: out of memory. */
rf_slice rf_api_clean(rf_arena *arena, rf_slice text, rf_api_lines lines);
/* The beginning of a text, to name it in a message. */
rf_slice rf_api_shown(rf_plugin_api *api, rf_slice text);
/* Errors: RF_ELIMIT longer than the quota. */
RF_NODISCARD rf_code rf_api_check_length(const rf_plugin_api *api, const char *function, const char *what, rf_slice text, rf_error *reterr);
/* Both: checks and cleans. Errors: RF_ELIMIT; RF_ENOMEM. */
RF_NODISCARD rf_code rf_api_text(rf_plugin_api *api, const char *function, const char *what, rf_slice text, rf_api_lines lines,
                                 rf_slice *ret_text, rf_error *reterr);
/* 1 … 63 of [A-Za-z0-9_.-]. Errors: RF_ECONFIG. */
RF_NODISCARD rf_code rf_api_check_id(rf_plugin_api *api, const char *function, const char *what, rf_slice id, rf_error *reterr);

/* ---- Quotas (api.c) ---- */

/* Begins a new second when the last one is over. */
void rf_api_second(rf_plugin_api *api);
/* Counts one action. Errors: RF_ELIMIT. */
RF_NODISCARD rf_code rf_api_action(rf_plugin_api *api, const char *function, rf_error *reterr);
/* One kind of thing that a plugin may have some of at the host, by id. */
typedef struct rf_api_ids {
    char (**ids)[RF_API_ID_BYTES];
    uint32_t *count;
    uint32_t max;
    const char *things; /* "status items" */
} rf_api_ids;
/* Notes an id, unless it is there. Errors: RF_ELIMIT; RF_ENOMEM. */
RF_NODISCARD rf_code rf_api_ids_add(const rf_api_ids *ids, const char *function, rf_slice id, rf_error *reterr);
/* False: it was not there. */
bool rf_api_ids_remove(const rf_api_ids *ids, rf_slice id);
/* Tells the host how many log lines were left out, when some were (api_log.c). */
void rf_api_log_flush(rf_plugin_api *api);

/* ---- Items of lists and menus (api_items.c) ---- */

/* Checked and cleaned into the arena. `is_menu`: may have `items`. Errors: RF_ECONFIG; RF_ELIMIT; RF_ENOMEM. */
RF_NODISCARD rf_code rf_api_items(rf_plugin_api *api, const char *function, const rf_value *items, bool is_menu, rf_value *ret_items,
                                  rf_error *reterr);

/* ---- The functions of the rows ---- */

#define RF_API_CALL(name) rf_code name(rf_plugin_api *api, const rf_pv *args, rf_pv *ret_result, rf_error *reterr)
RF_API_CALL(rf_api_log_debug);
RF_API_CALL(rf_api_log_error);
RF_API_CALL(rf_api_log_info);
RF_API_CALL(rf_api_log_warn);
RF_API_CALL(rf_api_plugin_config);
RF_API_CALL(rf_api_plugin_host_kind);
RF_API_CALL(rf_api_plugin_own_name);
RF_API_CALL(rf_api_plugin_version);
RF_API_CALL(rf_api_session_clients);
RF_API_CALL(rf_api_session_directory);
RF_API_CALL(rf_api_session_env);
RF_API_CALL(rf_api_session_name);
RF_API_CALL(rf_api_session_title);
RF_API_CALL(rf_api_store_delete);
RF_API_CALL(rf_api_store_get);
RF_API_CALL(rf_api_store_keys);
RF_API_CALL(rf_api_store_set);
RF_API_CALL(rf_api_term_columns);
RF_API_CALL(rf_api_term_cursor);
RF_API_CALL(rf_api_term_line);
RF_API_CALL(rf_api_term_rows);
RF_API_CALL(rf_api_term_screen);
RF_API_CALL(rf_api_term_scrollback);
RF_API_CALL(rf_api_term_send);
RF_API_CALL(rf_api_timer_after);
RF_API_CALL(rf_api_timer_cancel);
RF_API_CALL(rf_api_timer_every);
RF_API_CALL(rf_api_ui_clear_overlay);
RF_API_CALL(rf_api_ui_clear_status);
RF_API_CALL(rf_api_ui_command);
RF_API_CALL(rf_api_ui_menu);
RF_API_CALL(rf_api_ui_modal);
RF_API_CALL(rf_api_ui_notify);
RF_API_CALL(rf_api_ui_overlay);
RF_API_CALL(rf_api_ui_remove_command);
RF_API_CALL(rf_api_ui_status);

#endif
