/* server_session.c: the daemon's sessions: started, found, lost and restored. */
#include "terminal/server_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdio.h>

enum { COLUMNS = 80, ROWS = 24, NAMES_SHOWN = 64 };

rf_server_entry *rf_server_find(rf_server *server, rf_slice name) {
    for (size_t i = 0; i < server->sessions.count; i++)
        if (rf_slice_is(name, server->sessions.items[i].name))
            return &server->sessions.items[i];
    return NULL;
}

size_t rf_server_find_lost(rf_server *server, rf_arena *arena, rf_state_session **ret_lost) {
    size_t count = 0, kept = 0;
    rf_error error = { 0 };
    *ret_lost = NULL;
    if (!server->state)
        return 0;
    if (rf_state_list(server->state, arena, ret_lost, &count, &error)) {
        rf_log_write(server->options.log, RF_LOG_WARN, NULL, "lost sessions cannot be listed: %s", error.message);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (!rf_server_find(server, (*ret_lost)[i].name))
            (*ret_lost)[kept++] = (*ret_lost)[i];
    return kept;
}

static const rf_state_session *find_lost_one(rf_server *server, rf_arena *arena, rf_slice name) {
    rf_state_session *lost;
    size_t count = rf_server_find_lost(server, arena, &lost);
    for (size_t i = 0; i < count; i++)
        if (rf_slice_eq(lost[i].name, name))
            return &lost[i];
    return NULL;
}

rf_code rf_server_missing(rf_server *server, rf_slice name, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    const char *names[NAMES_SHOWN + 1] = { NULL };
    int shown = (int)(name.len > 80 ? 80 : name.len);
    if (find_lost_one(server, &arena, name)) {
        (void)rf_raise(reterr, RF_ENOTFOUND, "the session %.*s is lost: its daemon ended without it", shown, name.data);
        rf_error_hint(reterr, "`riffle term attach %.*s` starts it again", shown, name.data);
        return RF_ENOTFOUND;
    }
    for (size_t i = 0; i < server->sessions.count && i < NAMES_SHOWN; i++)
        names[i] = server->sessions.items[i].name;
    (void)rf_raise(reterr, RF_ENOTFOUND, "there is no session %.*s", shown, name.data);
    const char *nearest = rf_nearest(name, names);
    if (nearest)
        rf_error_hint(reterr, "did you mean `%s`?", nearest);
    else
        rf_error_hint(reterr, "`riffle term list` shows what there is");
    return RF_ENOTFOUND;
}

rf_code rf_server_forget(rf_server *server, rf_slice name, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    return find_lost_one(server, &arena, name) ? rf_state_remove(server->state, name, reterr) : rf_server_missing(server, name, reterr);
}

const rf_server_ended *rf_server_find_ended(const rf_server *server, rf_slice name) {
    size_t kept = server->ended_count < RF_SERVER_ENDED ? server->ended_count : RF_SERVER_ENDED;
    for (size_t i = 1; i <= kept; i++) {
        const rf_server_ended *ended = &server->ended[(server->ended_count - i) % RF_SERVER_ENDED];
        if (rf_slice_is(name, ended->name))
            return ended;
    }
    return NULL;
}

static void note_end(rf_server *server, const rf_server_entry *entry) {
    rf_server_ended *ended = &server->ended[server->ended_count++ % RF_SERVER_ENDED];
    memcpy(ended->name, entry->name, sizeof ended->name);
    ended->exit_code = rf_session_exit_code(entry->session);
}

void rf_server_reap(rf_server *server) {
    for (size_t i = server->sessions.count; i-- > 0;) {
        rf_session *session = server->sessions.items[i].session;
        if (!rf_session_has_ended(session))
            continue;
        note_end(server, &server->sessions.items[i]);
        server->sessions.items[i] = server->sessions.items[--server->sessions.count];
        rf_session_free(session);
    }
}

/* ---- Starting ---- */

/* Whether no session has the name, running or lost. */
static bool is_free(rf_server *server, const rf_state_session *lost, size_t lost_count, rf_slice name) {
    bool taken = rf_server_find(server, name) != NULL;
    for (size_t i = 0; i < lost_count && !taken; i++)
        taken = rf_slice_eq(lost[i].name, name);
    return !taken;
}

rf_code rf_server_check_name(rf_server *server, rf_slice name, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    if (!rf_session_name_fits(name))
        return rf_raise(reterr, RF_ECONFIG,
                        "`%.*s` is no name for a session: 1 to %u letters, digits and -_.:", (int)(name.len > 80 ? 80 : name.len),
                        name.data, RF_SESSION_NAME_MAX);
    rf_state_session *lost;
    size_t count = rf_server_find_lost(server, &arena, &lost);
    if (is_free(server, lost, count, name))
        return RF_OK;
    (void)rf_raise(reterr, RF_ECONFIG, "there is a session %.*s already", RF_SLICE_ARG(name));
    rf_error_hint(reterr, "`riffle term attach %.*s` goes there", RF_SLICE_ARG(name));
    return RF_ECONFIG;
}

/* The lowest number that is free. */
static void choose_number(rf_server *server, char ret_name[RF_SESSION_NAME_MAX + 1]) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_state_session *lost;
    size_t count = rf_server_find_lost(server, &arena, &lost);
    for (unsigned i = 1;; i++) {
        int len = snprintf(ret_name, RF_SESSION_NAME_MAX + 1, "%u", i);
        if (is_free(server, lost, count, (rf_slice){ ret_name, (size_t)len }))
            return;
    }
}

static rf_code choose_name(rf_server *server, const rf_request *request, char ret_name[RF_SESSION_NAME_MAX + 1], rf_error *reterr) {
    rf_slice wanted = rf_request_text(request, "name");
    if (!wanted.data) {
        choose_number(server, ret_name);
        return RF_OK;
    }
    rf_code code = rf_server_check_name(server, wanted, reterr);
    if (!code)
        (void)snprintf(ret_name, RF_SESSION_NAME_MAX + 1, "%.*s", RF_SLICE_ARG(wanted));
    return code;
}

/* The texts of a list, with NULs. NULL: out of memory. */
static const char **words_in(rf_arena *arena, const rf_value *list) {
    const char **words = rf_arena_zero(arena, (size_t)list->size + 1, sizeof *words);
    for (uint32_t i = 0; words && i < list->size; i++) {
        words[i] = rf_slice_dup_in(arena, rf_value_text(&list->items[i])).data;
        if (!words[i])
            return NULL;
    }
    return words;
}

static rf_code read_environment(rf_request *request, rf_session_options *options, rf_error *reterr) {
    const rf_value *map = rf_request_param(request, "environment");
    if (!map)
        return RF_OK;
    const char **all = rf_arena_zero(&request->arena, (size_t)map->size + 1, sizeof *all);
    for (uint32_t i = 0; all && i < map->size; i++) {
        const rf_member *member = &map->members[i];
        if (member->value.kind != RF_STRING)
            return rf_raise(reterr, RF_ECONFIG, "the variable `%.*s` is no string", (int)(member->key.len > 60 ? 60 : member->key.len),
                            member->key.data);
        all[i] = rf_printf_in(&request->arena, "%.*s=%.*s", RF_SLICE_ARG(member->key), (int)member->value.size,
                              member->value.size ? member->value.text : "")
                     .data;
        if (!all[i])
            return rf_raise_nomem(reterr);
    }
    options->environment = all;
    return all ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code read_command(rf_request *request, rf_buffer *json, rf_session_options *options, rf_error *reterr) {
    const rf_value *list = rf_request_param(request, "command");
    if (!list || list->size == 0)
        return RF_OK;
    options->command = words_in(&request->arena, list);
    rf_code code = options->command ? rf_json_write(json, list, 0, reterr) : rf_raise_nomem(reterr);
    options->command_json = rf_buffer_view(json);
    return code;
}

static int size_of(const rf_request *request, const char *name, int standard) {
    int64_t size = rf_request_int(request, name, standard);
    return size < 1 ? 1 : size > 1000 ? 1000 : (int)size;
}

/* Started, and known. */
static rf_code start(rf_server *server, const rf_session_options *options, rf_session **ret_session, rf_error *reterr) {
    rf_server_entry entry = { .session = NULL };
    if (server->sessions.count >= RF_SERVER_SESSIONS_MAX)
        return rf_raise(reterr, RF_ELIMIT, "%u sessions run already", RF_SERVER_SESSIONS_MAX);
    if (!rf_vec_room(&server->sessions))
        return rf_raise_nomem(reterr);
    rf_code code = rf_session_start(&server->host, options, &entry.session, reterr);
    if (code)
        return code;
    (void)snprintf(entry.name, sizeof entry.name, "%.*s", RF_SLICE_ARG(options->name));
    server->sessions.items[server->sessions.count++] = entry;
    rf_server_tell_problems(server, entry.session);
    rf_server_event(server, options->name, "new", RF_SLICE(""));
    *ret_session = entry.session;
    return RF_OK;
}

static void answer_session(rf_request *request, rf_session *session) {
    RF_CLEANUP(rf_buffer_done) rf_buffer members = { 0 };
    rf_buffer_text(&members, "\"session\":");
    rf_session_json(session, &members);
    rf_request_settle(request, RF_OK, NULL, &members);
}

void rf_server_new(rf_server *server, rf_request *request) {
    RF_CLEANUP(rf_buffer_done) rf_buffer json = { 0 };
    char name[RF_SESSION_NAME_MAX + 1];
    rf_error error = { 0 };
    rf_session *session = NULL;
    rf_slice directory = rf_request_text(request, "directory");
    rf_session_options options = { .columns = size_of(request, "columns", COLUMNS), .rows = size_of(request, "rows", ROWS), .created_ms = rf_clock_wall_ms(),
                                   .record = rf_request_bool(request, "record", server->options.settings->record),
                                   .directory = directory.len ? rf_slice_dup_in(&request->arena, directory).data : NULL };
    rf_code code = choose_name(server, request, name, &error);
    options.name = rf_slice_of(code ? "" : name);
    if (!code)
        code = read_command(request, &json, &options, &error);
    if (!code)
        code = read_environment(request, &options, &error);
    if (!code)
        code = start(server, &options, &session, &error);
    if (code)
        rf_request_fail(request, &error);
    else
        answer_session(request, session);
}

/* ---- Restoring ---- */

static rf_code restore(rf_server *server, rf_arena *arena, const rf_state_session *lost, rf_session **ret_session, rf_error *reterr) {
    rf_value command = { .kind = RF_LIST };
    rf_slice *lines = NULL;
    size_t count = 0;
    rf_session_options options = { .name = lost->name, .command_json = lost->command, .directory = lost->directory.len ? lost->directory.data : NULL,
                                   .columns = lost->columns, .rows = lost->rows, .created_ms = lost->created_ms, .record = server->options.settings->record };
    rf_code code = lost->command.len ? rf_json_parse(arena, lost->command, RF_JSON_DOUBLES, &command, reterr) : RF_OK;
    if (!code && command.size) {
        options.command = words_in(arena, &command);
        code = options.command ? RF_OK : rf_raise_nomem(reterr);
    }
    if (!code && server->options.settings->keep_scrollback)
        code = rf_state_lines(server->state, lost->name, arena, &lines, &count, reterr);
    options.scrollback = lines;
    options.scrollback_count = count;
    return code ? code : start(server, &options, ret_session, reterr);
}

void rf_server_restore(rf_server *server, rf_request *request) {
    rf_error error = { 0 };
    rf_session *session = NULL;
    rf_slice name = rf_request_text(request, "session");
    rf_server_entry *entry = rf_server_find(server, name);
    const rf_state_session *lost = entry ? NULL : find_lost_one(server, &request->arena, name);
    rf_code code;
    if (entry)
        code = rf_raise(&error, RF_ECONFIG, "the session %s runs", entry->name);
    else
        code = lost ? restore(server, &request->arena, lost, &session, &error) : rf_server_missing(server, name, &error);
    if (code)
        rf_request_fail(request, &error);
    else
        answer_session(request, session);
}
