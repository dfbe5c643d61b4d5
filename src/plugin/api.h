/* api.h: the Host API: functions that plugins call, in both languages, from one table. */
#ifndef RF_PLUGIN_API_H
#define RF_PLUGIN_API_H

#include "plugin/vm.h"
#include "base/log.h"

/* What a host gives to its plugins. Called on the thread that runs the hook. A NULL member: that function fails with "this host
 * has no …". Texts are valid during the call; texts that come back live until the next call. `user` is per chain. */
typedef struct rf_plugin_host {
    void *user;
    const char *kind; /* "stream", "terminal", "test" */
    void (*log)(void *user, rf_slice plugin, rf_log_level level, rf_slice text);
    void (*notify)(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level);
    void (*status)(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority); /* "" takes it away */
    void (*overlay)(void *user, rf_slice plugin, rf_slice id, int64_t x, int64_t y, rf_slice text); /* "" takes it away */
    void (*modal)(void *user, rf_slice plugin, rf_slice title, const rf_value *items); /* list of { id, label, description } */
    void (*menu)(void *user, rf_slice plugin, const rf_value *items);    /* the same, with submenus in `items` */
    void (*command)(void *user, rf_slice plugin, rf_slice id, rf_slice label, rf_slice description); /* label "" takes it away */
    void (*send)(void *user, rf_slice plugin, rf_slice text);
    bool (*line)(void *user, int64_t row, rf_slice *ret_text);           /* 0 is the screen's top; negative: scrollback, -1 the newest */
    void (*size)(void *user, int64_t *ret_columns, int64_t *ret_rows, int64_t *ret_scrollback);
    void (*cursor)(void *user, int64_t *ret_column, int64_t *ret_row);
    rf_slice (*fact)(void *user, rf_slice name); /* "session.name", "session.directory", "session.title", "session.clients"; data NULL: unknown */
    rf_slice (*environment)(void *user, rf_slice name); /* of the session; data NULL: not set */
} rf_plugin_host;

/* An `environment` of hosts whose plugins see the process's own. `user` is not looked at. */
rf_slice rf_plugin_environment(void *user, rf_slice name);

/* Quotas of one plugin. */
typedef struct rf_plugin_quota {
    uint32_t actions_per_second; /* notify, modal, menu, send: together */
    uint32_t status_items, overlays, commands, timers;
    uint32_t log_lines_per_second;
    size_t text_bytes;           /* of one text */
    size_t store_bytes;          /* of the whole store of the plugin */
} rf_plugin_quota;
#define RF_PLUGIN_QUOTA_DEFAULT ((rf_plugin_quota){ .actions_per_second = 10, .status_items = 5, .overlays = 10, .commands = 50, \
    .timers = 20, .log_lines_per_second = 100, .text_bytes = 64u << 10, .store_bytes = 10u << 20 })

/* A timer that a plugin set; on_tick gets its name. */
typedef struct rf_plugin_timer { char name[64]; uint64_t due_ns, period_ns; /* 0: once */ } rf_plugin_timer;

/* What stands behind the API functions of one plugin in one chain. Whoever owns the VM fills it; api.c keeps the counts. */
struct rf_plugin_api {
    const rf_plugin_host *host;  /* borrowed */
    const rf_manifest *manifest; /* borrowed */
    rf_value config;             /* RF_MAP: borrowed */
    struct rf_store *store;      /* NULL: none; borrowed, of the process */
    uint32_t capabilities;       /* granted */
    rf_plugin_quota quota;
    /* api.c's own from here on; zeroed */
    uint64_t second_started_ns;
    uint32_t actions, log_lines, log_dropped;
    char (*status_ids)[64], (*overlay_ids)[64], (*command_ids)[64]; /* heap, of quota size, NULL: empty */
    uint32_t status_count, overlay_count, command_count;
    rf_plugin_timer *timers;     /* heap, of quota size; timer_count of them, in no order */
    uint32_t timer_count;
    rf_arena arena;              /* results of the running function; cleared before each */
    rf_buffer scratch;
};
/* Takes away its status items, overlays and commands at the host; frees. Zeroed is fine. */
void rf_plugin_api_done(rf_plugin_api *api);
/* Status items, overlays and commands that `next`, another version of the plugin, has set up under the same ids are its own from
 * now on: what takes away those of `api` leaves them. */
void rf_plugin_api_pass_on(rf_plugin_api *api, const rf_plugin_api *next);
/* The earliest timer's time, or UINT64_MAX. */
uint64_t rf_plugin_api_due(const rf_plugin_api *api);
/* Takes the next timer that is due (a periodic one is set again); false: none. */
bool rf_plugin_api_take_due(rf_plugin_api *api, uint64_t now_ns, char ret_name[64]);
/* Sets a timer, as Timer.every does. Errors: RF_ELIMIT. */
RF_NODISCARD rf_code rf_plugin_api_set_timer(rf_plugin_api *api, rf_slice name, uint64_t delay_ns, uint64_t period_ns, rf_error *reterr);

#define RF_API_PARAMS_MAX 5u
typedef struct rf_api_param { const char *name; rf_pv_kind kind; } rf_api_param; /* RF_PV_DATA: anything plain */

/* One function: registered in Fusabi as "Module.name", in JavaScript as the method of a frozen global object. */
typedef struct rf_api_row {
    const char *name;    /* "Ui.notify" */
    rf_api_param params[RF_API_PARAMS_MAX]; /* ends with a NULL name; none: a function of unit */
    rf_pv_kind result;   /* RF_PV_UNIT, … */
    const char *type;    /* Fusabi's: "string -> string -> string -> unit"; "… option": data, null is None, anything else Some of it */
    uint32_t needs;      /* RF_FUS_CAN_* and RF_PLUGIN_CAN_* */
    const char *doc;     /* sentences */
    const char *example; /* in Fusabi; JavaScript's is made from it in the manual: Ui.notify "Build" "done" "info" */
    /* `args` are as many as params, of their kinds, texts valid during the call. The result's text or data is a view valid until
     * the next function. Errors (an exception in the script): RF_ECONFIG, RF_ELIMIT a quota, RF_ENOTFOUND this host has none, RF_EIO. */
    rf_code (*call)(rf_plugin_api *api, const rf_pv *args, rf_pv *ret_result, rf_error *reterr);
} rf_api_row;

extern const rf_api_row rf_api_rows[]; /* sorted by name; ends with a zeroed row (api_table.c) */
extern const size_t rf_api_row_count;  /* without that one */

/* Appends docs/plugins/api.md: functions, hooks and capabilities from their tables. (api_manual.c) */
void rf_api_manual(rf_buffer *out);

#endif
