/* connect_test.c: where the socket is, and requests with their answers. */
#include "terminal/connect.h"

#include "base/slice.h"
#include "harness.h"
#include "terminal/params.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Requests ---- */

/* A connection to nobody, of which the answers are written beforehand. */
typedef struct pair { rf_term_conn conn; int other; rf_arena arena; } pair;

static void part(pair *p) {
    rf_term_conn_done(&p->conn);
    if (p->other >= 0)
        (void)close(p->other);
    rf_arena_done(&p->arena);
}

static bool open_pair(pair *p, const char *answers) {
    int ends[2];
    rf_arena_init(&p->arena, 1024);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    p->conn = (rf_term_conn){ .fd = ends[0], .timeout_ms = 1000 };
    p->other = ends[1];
    return write(p->other, answers, strlen(answers)) == (ssize_t)strlen(answers);
}

RF_TEST(an_answer_is_found_behind_events_and_the_rest_is_kept) {
    RF_CLEANUP(part) pair p = { .conn = { .fd = -1 }, .other = -1 };
    rf_value result;
    rf_error error;
    rf_slice line;
    char asked[200];
    rf_check(open_pair(&p, "{\"event\":\"bell\",\"session\":\"m\"}\n{\"id\":1,\"result\":{\"pid\":7}}\nframes\n"));
    rf_check(rf_term_call(&p.conn, "hello", RF_SLICE("{\"a\":1}"), &p.arena, &result, &error) == RF_OK);
    rf_check(rf_answer_integer(&result, "pid", 0) == 7);
    ssize_t got = read(p.other, asked, sizeof asked);
    rf_check(got > 0);
    rf_check_text(((rf_slice){ asked, (size_t)got }), RF_SLICE("{\"id\":1,\"method\":\"hello\",\"params\":{\"a\":1}}\n"));
    rf_check(rf_term_line(&p.conn, &line, &error) == RF_OK);
    rf_check_text(line, RF_SLICE("frames"));
}

RF_TEST(errors_of_the_daemon_become_ours) {
    static const struct { const char *name; rf_code code; } rows[] = {
        { "not-found", RF_ENOTFOUND }, { "exists", RF_ECONFIG }, { "invalid", RF_ECONFIG }, { "refused", RF_EREFUSED }, { "limit", RF_ELIMIT },
        { "timeout", RF_EAGAIN }, { "busy", RF_EBUSY }, { "failed", RF_EIO }, { "unknown-method", RF_EIO }, { "else", RF_EIO },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(part) pair p = { .conn = { .fd = -1 }, .other = -1 };
        rf_error error = { 0 };
        char answer[200];
        (void)snprintf(answer, sizeof answer, "{\"id\":1,\"error\":{\"code\":\"%s\",\"message\":\"no such\",\"hint\":\"look\"}}\n", rows[i].name);
        rf_check(open_pair(&p, answer));
        rf_check(rf_term_call(&p.conn, "kill", RF_SLICE(""), &p.arena, NULL, &error) == rows[i].code);
        rf_check(strcmp(error.message, "no such") == 0 && strcmp(error.hint, "look") == 0);
    }
}

RF_TEST(a_daemon_that_goes_or_babbles_is_told) {
    RF_CLEANUP(part) pair gone = { .conn = { .fd = -1 }, .other = -1 }, odd = { .conn = { .fd = -1 }, .other = -1 };
    rf_error error;
    rf_check(open_pair(&gone, "{\"id\":1,"));
    (void)shutdown(gone.other, SHUT_WR);
    rf_check(rf_term_call(&gone.conn, "list", RF_SLICE("{}"), &gone.arena, NULL, &error) == RF_ELOST);
    rf_check(open_pair(&odd, "HTTP/1.1 400\n"));
    rf_check(rf_term_call(&odd.conn, "list", RF_SLICE("{}"), &odd.arena, NULL, &error) == RF_EPARSE);
}

RF_TEST(a_daemon_that_says_nothing_is_not_waited_for_longer_than_allowed) {
    RF_CLEANUP(part) pair p = { .conn = { .fd = -1 }, .other = -1 };
    rf_error error;
    rf_check(open_pair(&p, ""));
    p.conn.timeout_ms = 5;
    rf_check(rf_term_call(&p.conn, "list", RF_SLICE("{}"), &p.arena, NULL, &error) == RF_EAGAIN);
}

/* ---- The socket ---- */

typedef struct place { char folder[64]; rf_arena arena; } place;

static void leave(place *p) {
    char path[100];
    (void)unsetenv("RIFFLE_TERM_SOCKET");
    (void)unsetenv("XDG_RUNTIME_DIR");
    (void)snprintf(path, sizeof path, "%s/riffle", p->folder);
    if (unlink(path) != 0)
        (void)rmdir(path);
    (void)rmdir(p->folder);
    rf_arena_done(&p->arena);
}

static bool go(place *p) {
    rf_arena_init(&p->arena, 1024);
    (void)unsetenv("RIFFLE_TERM_SOCKET");
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/riffle-connect-XXXXXX");
    return mkdtemp(p->folder) && setenv("XDG_RUNTIME_DIR", p->folder, 1) == 0;
}

RF_TEST(the_socket_is_in_a_folder_of_ours_alone) {
    RF_CLEANUP(leave) place p = { .folder = "" };
    const char *path = NULL;
    char folder[100];
    rf_error error;
    struct stat is;
    rf_check(go(&p));
    (void)snprintf(folder, sizeof folder, "%s/riffle", p.folder);
    rf_check(rf_term_socket_path(&p.arena, &path, &error) == RF_OK);
    rf_check(strncmp(path, folder, strlen(folder)) == 0 && strcmp(path + strlen(folder), "/term.sock") == 0);
    rf_check(lstat(folder, &is) == 0 && (is.st_mode & 0777) == 0700);
    rf_check(chmod(folder, 0755) == 0 && rf_term_socket_path(&p.arena, &path, &error) == RF_EREFUSED);
    rf_check(rmdir(folder) == 0 && symlink("/tmp", folder) == 0);
    rf_check(rf_term_socket_path(&p.arena, &path, &error) == RF_EREFUSED && strstr(error.message, "link"));
}

RF_TEST(the_variable_goes_first_and_must_be_a_path_for_a_socket) {
    RF_CLEANUP(leave) place p = { .folder = "" };
    const char *path = NULL;
    char longer[200];
    rf_error error;
    rf_check(go(&p));
    rf_check(setenv("RIFFLE_TERM_SOCKET", "/x/y.sock", 1) == 0 && rf_term_socket_path(&p.arena, &path, &error) == RF_OK);
    rf_check(strcmp(path, "/x/y.sock") == 0);
    rf_check(setenv("RIFFLE_TERM_SOCKET", "y.sock", 1) == 0 && rf_term_socket_path(&p.arena, &path, &error) == RF_ECONFIG);
    memset(longer, 'a', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    rf_check(setenv("RIFFLE_TERM_SOCKET", longer, 1) == 0 && rf_term_socket_path(&p.arena, &path, &error) == RF_ECONFIG);
}

RF_TEST(nobody_listening_is_told) {
    RF_CLEANUP(leave) place p = { .folder = "" };
    rf_term_conn conn;
    rf_error error;
    char path[100];
    rf_check(go(&p));
    (void)snprintf(path, sizeof path, "%s/none.sock", p.folder);
    rf_check(rf_term_connect(path, 0, &conn, &error) == RF_ENOTFOUND);
    rf_check(conn.fd < 0 && error.hint[0]);
}
