/* session_start.c: how a session begins: its program and its environment, its screen, its thread. */
#include "terminal/session_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The shell: the settings', SHELL, the system's. */
static const char *shell_of(rf_arena *arena, const rf_session_host *host) {
    const char *shell = getenv("SHELL");
    if (host->settings->shell.len)
        return rf_slice_dup_in(arena, host->settings->shell).data;
    return shell && *shell == '/' ? shell : "/bin/sh";
}

static bool is_ours(const char *variable) {
    static const char *const names[] = { "TERM=", "COLORTERM=", "TERM_PROGRAM=", "RIFFLE_SESSION=", "RIFFLE_TERM_SOCKET=", "RIFFLE_READY_FD=", "COLUMNS=", "LINES=",
                                         "TMUX=", "TMUX_PANE=", "STY=", "WINDOWID=" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* What the client or the daemon has, and what tells programs where they run. NULL: out of memory. */
static const char *const *environment_of(rf_arena *arena, const rf_session_host *host, const rf_session_options *options) {
    extern char **environ;
    const char *const *given = options->environment ? options->environment : (const char *const *)environ;
    size_t count = 0, kept = 0;
    while (given[count])
        count++;
    const char **all = rf_arena_zero(arena, count + 6, sizeof *all);
    for (size_t i = 0; all && i < count; i++)
        if (!is_ours(given[i]))
            all[kept++] = given[i];
    if (!all)
        return NULL;
    const rf_slice ours[] = { rf_printf_in(arena, "TERM=%.*s", RF_SLICE_ARG(host->settings->term)), RF_SLICE("COLORTERM=truecolor"),
                              RF_SLICE("TERM_PROGRAM=riffle"), rf_printf_in(arena, "RIFFLE_SESSION=%.*s", RF_SLICE_ARG(options->name)),
                              rf_printf_in(arena, "RIFFLE_TERM_SOCKET=%s", host->socket_path) };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (!ours[i].data)
            return NULL;
        all[kept++] = ours[i].data;
    }
    return all;
}

static rf_code start_program(rf_session *session, const rf_session_options *options, rf_error *reterr) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    const char *shell[2] = { options->command ? NULL : shell_of(&arena, session->host), NULL };
    const char *const *environment = environment_of(&arena, session->host, options);
    const char *slash = shell[0] ? strrchr(shell[0], '/') : NULL;
    const char *login = slash && session->host->settings->login ? rf_printf_in(&arena, "-%s", slash + 1).data : NULL;
    if (!environment || (!options->command && !shell[0]))
        return rf_raise_nomem(reterr);
    const char *home = getenv("HOME");
    return rf_pty_open(&(rf_pty_options){ .argv = options->command ? options->command : shell, .argv0 = login, .environment = environment,
                                          .directory = options->directory ? options->directory : home ? home : "/",
                                          .columns = options->columns, .rows = options->rows }, &session->pty, reterr);
}

static void reply(void *user, rf_slice bytes) { rf_session_answer(user, bytes); }

static void bell(void *user) {
    rf_session *session = user;
    rf_session_pass(session, (rf_slice){ "\a", 1 });
    rf_session_event(session, "bell", RF_SLICE(""));
}

static rf_code make_parts(rf_session *session, const rf_session_options *options, rf_error *reterr) {
    const rf_settings *settings = session->host->settings;
    const rf_screen_options screen = { .columns = options->columns, .rows = options->rows, .scrollback_lines = (size_t)settings->scrollback_lines,
                                       .scrollback_bytes = (size_t)settings->scrollback_mb << 20, .reply = reply, .bell = bell, .user = session };
    rf_code code = rf_screen_new(&screen, &session->screen, reterr);
    if (!code)
        code = rf_blocks_new(&session->blocks, reterr);
    for (size_t i = 0; !code && i < options->scrollback_count; i++)
        rf_screen_restore_line(session->screen, options->scrollback[i]);
    session->kept_line = code ? 0 : rf_screen_scrolled(session->screen);
    rf_session_host_init(session);
    return code;
}

static rf_session *make(const rf_session_host *host, const rf_session_options *options) {
    rf_session *session = rf_alloc_zero(1, sizeof *session);
    if (!session)
        return NULL;
    session->host = host;
    rf_mutex_init(&session->lock);
    session->requests_end = &session->requests;
    session->news_end = &session->news;
    session->pty = (rf_pty){ .fd = -1, .exit_fd = -1 };
    session->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    session->created_ms = options->created_ms;
    session->written_ns = rf_clock_mono_ns();
    session->changed = session->wants_state = true;
    session->command_json = rf_strndup(options->command_json.data ? options->command_json.data : "", options->command_json.len);
    rf_session_set_name(session, options->name);
    return session;
}

rf_code rf_session_start(const rf_session_host *host, const rf_session_options *options, rf_session **ret_session, rf_error *reterr) {
    assert(host && options && ret_session);
    rf_session *session = make(host, options);
    if (!session)
        return rf_raise_nomem(reterr);
    rf_code code = session->wake_fd < 0 ? rf_raise(reterr, RF_EIO, "a session cannot be made: %s", strerror(errno)) : RF_OK;
    if (!code && !session->command_json)
        code = rf_raise_nomem(reterr);
    if (!code)
        code = make_parts(session, options, reterr);
    if (!code)
        code = start_program(session, options, reterr);
    if (!code && options->record)
        code = rf_session_record(session, NULL, (int)host->settings->record_version, host->settings->record_input, reterr);
    rf_session_publish(session);
    if (!code) {
        atomic_fetch_add(&host->counters->sessions, 1);
        code = rf_thread_start(&session->thread, "session", rf_session_main, session, reterr);
        if (code)
            atomic_fetch_sub(&host->counters->sessions, 1);
    }
    if (code)
        rf_session_free(session);
    else
        *ret_session = session;
    return code;
}

void rf_session_free(rf_session *session) {
    if (!session)
        return;
    if (session->thread.running) {
        rf_thread_join(&session->thread);
        atomic_fetch_sub(&session->host->counters->sessions, 1);
    }
    if (session->pty.pid > 0 && !session->exited)
        rf_pty_signal(&session->pty, SIGKILL); /* the start failed half-way */
    rf_mutex_lock(&session->lock);
    rf_pty_close(&session->pty);
    rf_mutex_unlock(&session->lock);
    rf_output_free(session->output);
    rf_plugin_roster_drop(session->host->plugins, &session->chain);
    rf_session_host_done(session);
    (void)!rf_cast_close(session->cast, NULL); /* closed before, but for a start that failed */
    rf_free(session->cast_path);
    rf_blocks_free(session->blocks);
    rf_screen_free(session->screen);
    rf_session_free_news(session->news);
    rf_session_free_problems(session);
    rf_vec_done(&session->clients);
    rf_vec_done(&session->waiters);
    rf_buffer_done(&session->modal);
    rf_buffer_done(&session->to_program);
    rf_buffer_done(&session->incoming);
    rf_buffer_done(&session->scratch);
    rf_buffer_done(&session->text);
    rf_free(session->seen.block);
    rf_free(session->command_json);
    if (session->wake_fd >= 0)
        (void)close(session->wake_fd);
    rf_mutex_done(&session->lock);
    rf_free(session);
}
