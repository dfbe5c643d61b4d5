/* key_echo.c: how long a key takes until its echo is there, at several places in turn: a bare PTY, a session's socket, programs in a PTY. */
#include "base/alloc.h"
#include "base/slice.h"
#include "terminal/frame.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { PLACES_MAX = 8, ROUND_KEYS = 50, SETTLE_MS = 700, COLUMNS = 80, ROWS = 24 };

typedef struct place {
    const char *name;
    int fd;
    bool framed;       /* a session's socket: what comes is frames */
    pid_t child;
    size_t len;        /* of what came and was not taken yet */
    uint64_t *taken;   /* nanoseconds of each key */
    size_t count;
    char bytes[1 << 16];
} place;

static void die(const char *format, ...) RF_PRINTF(1, 2);
static void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("key_echo: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void send_all(const place *p, const char *bytes, size_t len) {
    while (len) {
        ssize_t sent = write(p->fd, bytes, len);
        if (sent < 0 && errno != EINTR)
            die("%s does not take a key: %s", p->name, strerror(errno));
        bytes += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
    }
}

static void receive(place *p) {
    if (p->len == sizeof p->bytes)
        die("%s: a frame that is too long", p->name);
    ssize_t got = read(p->fd, p->bytes + p->len, sizeof p->bytes - p->len);
    if (got == 0 || (got < 0 && errno != EINTR))
        die("%s is gone", p->name);
    p->len += got > 0 ? (size_t)got : 0;
}

/* Whether the byte is in what came; `key` 0: any. All that came is taken, but for a frame that is not complete. */
static bool holds(place *p, char key) {
    rf_slice left = { p->bytes, p->len }, bytes;
    bool found = false;
    char kind;
    if (!p->framed) {
        found = p->len && (!key || memchr(p->bytes, key, p->len));
        p->len = 0;
        return found;
    }
    while (rf_frame_read(&left, &kind, &bytes) > 0)
        found |= kind == RF_FRAME_DRAW && (!key || memchr(bytes.data, key, bytes.len));
    memmove(p->bytes, left.data, left.len);
    p->len = left.len;
    return found;
}

/* Sends the byte and waits for an echo that holds `echo`. */
static uint64_t press(place *p, char key, char echo) {
    const char frame[] = { RF_FRAME_INPUT, 1, 0, 0, 0, key };
    uint64_t began = now_ns();
    if (p->framed)
        send_all(p, frame, sizeof frame);
    else
        send_all(p, &key, 1);
    do
        receive(p);
    while (!holds(p, echo));
    return now_ns() - began;
}

/* Takes what comes until nothing has come for a while. */
static void settle(place *p) {
    struct pollfd polled = { .fd = p->fd, .events = POLLIN };
    while (poll(&polled, 1, SETTLE_MS) > 0) {
        receive(p);
        (void)holds(p, 0);
    }
}

/* ---- Places ---- */

static void open_pty(place *p, const char *command) {
    const struct winsize size = { .ws_col = COLUMNS, .ws_row = ROWS };
    p->child = forkpty(&p->fd, NULL, NULL, &size);
    if (p->child < 0)
        die("no PTY: %s", strerror(errno));
    if (p->child == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
}

/* `words`: socket and session, with a comma between. */
static void open_socket(place *p, const char *words) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *comma = strrchr(words, ',');
    char line[512];
    if (!comma || (size_t)(comma - words) >= sizeof address.sun_path)
        die("`%s` is no SOCKET,SESSION", words);
    memcpy(address.sun_path, words, (size_t)(comma - words));
    p->framed = true;
    p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&address, sizeof address))
        die("%s: %s", address.sun_path, strerror(errno));
    int len = snprintf(line, sizeof line, "{\"id\":1,\"method\":\"attach\",\"params\":{\"session\":\"%s\",\"columns\":%d,\"rows\":%d}}\n",
                       comma + 1, COLUMNS, ROWS);
    if (len < 0 || (size_t)len >= sizeof line)
        die("`%s` is too long", words);
    send_all(p, line, (size_t)len);
    while (!memchr(p->bytes, '\n', p->len))
        receive(p);
    const char *end = (const char *)memchr(p->bytes, '\n', p->len) + 1;
    if (!memmem(p->bytes, p->len, "\"result\"", 8))
        die("%s was refused: %.*s", words, (int)p->len, p->bytes);
    p->len -= (size_t)(end - p->bytes);
    memmove(p->bytes, end, p->len);
}

static void open_place(place *p, char *words, size_t keys) {
    char *equals = strchr(words, '=');
    char *colon = equals ? strchr(equals, ':') : NULL;
    if (!colon)
        die("`%s` is no NAME=pty:COMMAND or NAME=socket:SOCKET,SESSION", words);
    *equals = *colon = '\0';
    *p = (place){ .name = words };
    p->taken = rf_alloc(keys * sizeof *p->taken);
    if (!p->taken)
        die("out of memory");
    if (strcmp(equals + 1, "socket") == 0)
        open_socket(p, colon + 1);
    else
        open_pty(p, colon + 1);
    settle(p);
}

static void close_place(place *p) {
    (void)close(p->fd);
    if (p->child > 0) {
        (void)kill(p->child, SIGHUP);
        (void)waitpid(p->child, NULL, 0);
    }
    rf_free(p->taken);
}

/* ---- Figures ---- */

static int by_size(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void report(place *p) {
    qsort(p->taken, p->count, sizeof *p->taken, by_size);
    const unsigned long long p50 = p->taken[p->count / 2], p99 = p->taken[p->count * 99 / 100], worst = p->taken[p->count - 1];
    printf("%s %zu %llu %llu %llu\n", p->name, p->count, p50, p99, worst);
}

/* Some keys in a row, each taken back by another that is not counted: the line stays short, and an echo is always something new. */
static void round_of(place *p, size_t keys, char back, long pause_us) {
    const struct timespec pause = { .tv_nsec = pause_us * 1000 };
    for (size_t i = 0; i < keys; i++) {
        char key = p->count % 2 ? 'x' : 'z';
        (void)nanosleep(&pause, NULL);
        p->taken[p->count++] = press(p, key, key);
        (void)press(p, back, 0);
    }
}

int main(int argc, char **argv) {
    if (argc < 5 || argc > 4 + PLACES_MAX)
        die("usage: key_echo KEYS PAUSE_US BACK NAME=pty:COMMAND|NAME=socket:SOCKET,SESSION…\n"
            "BACK is the code of the key that takes a character back. Prints name, keys, p50, p99 and worst in ns.");
    size_t keys = strtoul(argv[1], NULL, 10), count = (size_t)argc - 4;
    long pause_us = strtol(argv[2], NULL, 10);
    char back = (char)strtol(argv[3], NULL, 10);
    if (keys < ROUND_KEYS || pause_us < 0 || pause_us > 999999)
        die("at least %d keys, with a pause of less than a second", ROUND_KEYS);
    place *places = rf_alloc_zero(count, sizeof *places);
    if (!places)
        die("out of memory");
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < count; i++)
        open_place(&places[i], argv[4 + i], keys);
    for (size_t done = 0; done + ROUND_KEYS <= keys; done += ROUND_KEYS)
        for (size_t i = 0; i < count; i++)
            round_of(&places[i], ROUND_KEYS, back, pause_us);
    for (size_t i = 0; i < count; i++)
        report(&places[i]);
    for (size_t i = 0; i < count; i++)
        close_place(&places[i]);
    rf_free(places);
    return 0;
}
