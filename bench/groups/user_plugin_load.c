/* user_plugin_load.c: a user's plugin found, loaded, and put into a chain whose host says nothing. */
#include "user_plugin.h"

#include "base/slice.h"
#include "script/fusabi/files.h"

#include <assert.h>

/* ---- The host ---- */

static void quiet_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) { (void)user, (void)plugin, (void)level, (void)text; }
static void quiet_notify(void *user, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    (void)user, (void)plugin, (void)title, (void)body, (void)level;
}
static void quiet_status(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority) {
    (void)user, (void)plugin, (void)id, (void)text, (void)priority;
}
static void quiet_overlay(void *user, rf_slice plugin, rf_slice id, int64_t x, int64_t y, rf_slice text) {
    (void)user, (void)plugin, (void)id, (void)x, (void)y, (void)text;
}
static void quiet_modal(void *user, rf_slice plugin, rf_slice title, const rf_value *items) {
    (void)user, (void)plugin, (void)title, (void)items;
}
static void quiet_menu(void *user, rf_slice plugin, const rf_value *items) { (void)user, (void)plugin, (void)items; }
static void quiet_command(void *user, rf_slice plugin, rf_slice id, rf_slice label, rf_slice description) {
    (void)user, (void)plugin, (void)id, (void)label, (void)description;
}
static void quiet_send(void *user, rf_slice plugin, rf_slice text) { (void)user, (void)plugin, (void)text; }

/* The screen shows the recording's first lines, the whole time; above them there is nothing. */
static bool recorded_line(void *user, int64_t row, rf_slice *ret_text) {
    const rf_user_plugin *recorded = user;
    if (row < 0 || row >= recorded->rows)
        return false;
    *ret_text = (size_t)row < recorded->events[RF_HOOK_OUTPUT].count ? recorded->lines[row] : RF_SLICE("");
    return true;
}

static void recorded_size(void *user, int64_t *ret_columns, int64_t *ret_rows, int64_t *ret_scrollback) {
    const rf_user_plugin *recorded = user;
    *ret_columns = recorded->columns;
    *ret_rows = recorded->rows;
    *ret_scrollback = 0;
}

static void first_cell(void *user, int64_t *ret_column, int64_t *ret_row) {
    (void)user;
    *ret_column = *ret_row = 0;
}

static rf_slice no_fact(void *user, rf_slice name) { (void)user, (void)name; return (rf_slice){ NULL, 0 }; }

static const rf_plugin_host quiet_host = {
    .kind = "bench", .log = quiet_log, .notify = quiet_notify, .status = quiet_status, .overlay = quiet_overlay, .modal = quiet_modal,
    .menu = quiet_menu, .command = quiet_command, .send = quiet_send, .line = recorded_line, .size = recorded_size, .cursor = first_cell,
    .fact = no_fact, .environment = no_fact,
};

/* ---- Configuration that only the user has ---- */

static rf_value stand_in(rf_config_type type) {
    switch (type) {
    case RF_CONFIG_INT: return rf_int(0);
    case RF_CONFIG_NUMBER: return rf_double(0);
    case RF_CONFIG_BOOL: return rf_bool(false);
    case RF_CONFIG_TEXTS: return (rf_value){ .kind = RF_LIST };
    case RF_CONFIG_TEXT: break;
    }
    return rf_string(RF_SLICE(""));
}

/* A manifest that cannot be read here is complained of by rf_plugin_load(). A .fzb has none within. Errors: RF_ENOMEM. */
static rf_code read_manifest(rf_user_loaded *loaded, rf_manifest *ret_manifest, rf_error *reterr) {
    const rf_plugin_file *file = &loaded->file;
    rf_manifest_finding *findings = NULL;
    rf_error unheard;
    rf_source source = { .name = file->manifest ? file->manifest : file->path };
    if (!file->manifest && rf_slice_ends(rf_slice_of(file->path), RF_SLICE(".fzb")))
        return RF_OK;
    rf_code code = rf_fus_file_read(&loaded->arena, source.name, &source.text, &unheard);
    if (!code)
        code = rf_manifest_read(&loaded->arena, &source, file->manifest != NULL, file->stem, ret_manifest, &findings, &unheard);
    if (code && code != RF_ENOMEM)
        *ret_manifest = (rf_manifest){ 0 };
    return code == RF_ENOMEM ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code make_config(rf_user_loaded *loaded, rf_error *reterr) {
    rf_manifest manifest = { 0 };
    rf_code code = read_manifest(loaded, &manifest, reterr);
    rf_member *members = code ? NULL : rf_arena_zero(&loaded->arena, manifest.config_count + 1u, sizeof *members);
    loaded->config = (rf_value){ .kind = RF_MAP, .members = members };
    if (code || !members)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < manifest.config_count; i++)
        if (manifest.config[i].required)
            members[loaded->config.size++] = (rf_member){ manifest.config[i].name, stand_in(manifest.config[i].type) };
    return RF_OK;
}

/* ---- Loading ---- */

/* Without a home there are no folders and no trust list; the plugin's path is enough. */
static rf_code find(rf_user_loaded *loaded, const char *name, rf_error *reterr) {
    static const char *const nowhere[] = { NULL };
    rf_error unheard;
    rf_code code = rf_plugin_paths_find(&loaded->arena, &loaded->paths, &unheard);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        loaded->paths = (rf_plugin_paths){ .dirs = nowhere };
    code = loaded->paths.trust ? rf_trust_load(loaded->paths.trust, &loaded->trust, reterr) : RF_OK;
    return code ? code : rf_plugin_locate(&loaded->arena, loaded->paths.dirs, name, &loaded->file, reterr);
}

rf_code rf_user_loaded_init(rf_user_loaded *loaded, const rf_user_plugin *user, rf_error *reterr) {
    assert(loaded && user);
    *loaded = (rf_user_loaded){ .host = quiet_host };
    loaded->host.user = (void *)user; /* which is only read */
    rf_arena_init(&loaded->arena, 8192);
    rf_code code = find(loaded, user->name, reterr);
    if (!code)
        code = rf_plugin_shared_init(&loaded->shared, NULL, reterr);
    if (!code)
        code = make_config(loaded, reterr);
    return code ? code : rf_store_open(":memory:", &loaded->store, NULL, reterr);
}

static void unload(rf_user_loaded *loaded) {
    rf_chain_free(loaded->chain);
    rf_plugin_unref(loaded->plugin);
    loaded->chain = NULL;
    loaded->plugin = NULL;
}

rf_code rf_user_loaded_load(rf_user_loaded *loaded, rf_error *reterr) {
    const rf_plugin_load_options options = { .shared = &loaded->shared, .trust = &loaded->trust, .config = &loaded->config };
    rf_chain_options chain = { .host = &loaded->host, .store = loaded->store, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    chain.quota.actions_per_second = chain.quota.log_lines_per_second = UINT32_MAX; /* events come faster here than anywhere else */
    unload(loaded);
    rf_code code = rf_plugin_load(&loaded->file, &options, &loaded->plugin, reterr);
    if (!code)
        code = rf_chain_new(&chain, &loaded->chain, reterr);
    return code ? code : rf_chain_add(loaded->chain, loaded->plugin, reterr);
}

void rf_user_loaded_done(rf_user_loaded *loaded) {
    unload(loaded);
    rf_store_close(loaded->store);
    rf_plugin_shared_done(&loaded->shared);
    rf_trust_done(&loaded->trust);
    rf_arena_done(&loaded->arena);
}
