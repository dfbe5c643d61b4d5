/* cast_play.c: a recording played in its time, with keys on a terminal. */
#include "terminal/cast.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

enum { CTRL_C = 0x03 };
#define GAP_MOST_S 1e8

/* What a recording that was left in its middle may have turned on. */
#define PUT_BACK "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[r\x1b[?25h\x1b[0 q\x1b[m"

typedef struct player {
    const rf_cast_play *play;
    double speed, idle_limit_s;
    int out_fd, key_fd; /* key_fd -1: no terminal */
    struct termios before;
    uint64_t due_ns;    /* when the next event is due, on the monotonic clock */
    bool paused, quit;
    bool step;          /* the next event at once, in a pause */
    bool to_marker;     /* all at once until a marker */
} player;

/* ---- The terminal ---- */

static rf_code write_all(const player *p, rf_slice bytes, rf_error *reterr) {
    while (bytes.len) {
        ssize_t done = write(p->out_fd, bytes.data, bytes.len);
        if (done < 0 && errno == EAGAIN) {
            struct pollfd one = { .fd = p->out_fd, .events = POLLOUT };
            (void)poll(&one, 1, -1); /* write says what is wrong */
        } else if (done < 0 && errno != EINTR) {
            return rf_raise(reterr, RF_EIO, "cannot write what is played: %s", strerror(errno));
        }
        size_t taken = done > 0 ? (size_t)done : 0;
        bytes = (rf_slice){ bytes.data + taken, bytes.len - taken };
    }
    return RF_OK;
}

/* Keys come from the terminal that is played to; without one there are none. */
static void begin_keys(player *p) {
    char name[64];
    if (ttyname_r(p->out_fd, name, sizeof name) || tcgetattr(p->out_fd, &p->before))
        return;
    p->key_fd = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    struct termios raw = p->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (p->key_fd >= 0)
        (void)tcsetattr(p->key_fd, TCSANOW, &raw); /* without it keys want an Enter behind them */
}

static void end_keys(player *p) {
    if (p->key_fd < 0)
        return;
    rf_code code = write_all(p, RF_SLICE(PUT_BACK), NULL);
    (void)code; /* a terminal that is gone needs none */
    (void)tcsetattr(p->key_fd, TCSADRAIN, &p->before);
    (void)close(p->key_fd);
    p->key_fd = -1;
}

/* ---- Time ---- */

static void take_keys(player *p) {
    char keys[64];
    ssize_t got = read(p->key_fd, keys, sizeof keys);
    p->quit |= got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR); /* the terminal is gone */
    for (ssize_t i = 0; i < got; i++) {
        switch (keys[i]) {
        case ' ': p->paused = !p->paused; break;
        case '.': p->step = p->paused; break;
        case ']': p->to_marker = true; break;
        case 'q':
        case CTRL_C: p->quit = true; break;
        default: break;
        }
    }
}

/* Until the next event is due, or somebody cannot wait. */
static void wait_for_due(player *p) {
    while (!p->quit && !p->step && !p->to_marker) {
        uint64_t now = rf_clock_mono_ns();
        if (!p->paused && now >= p->due_ns)
            break;
        uint64_t left = p->paused ? 0 : p->due_ns - now;
        struct timespec limit = { .tv_sec = (time_t)(left / RF_NS_PER_S), .tv_nsec = (long)(left % RF_NS_PER_S) };
        struct pollfd one = { .fd = p->key_fd, .events = POLLIN };
        int said = ppoll(&one, 1, p->paused ? NULL : &limit, NULL);
        if (p->paused)
            p->due_ns += rf_clock_mono_ns() - now;
        if (said > 0)
            take_keys(p);
    }
    if (p->step || p->to_marker) /* time goes on from here */
        p->due_ns = rf_clock_mono_ns();
    p->step = false;
}

/* ---- Playing ---- */

static double gap_of(const player *p, double from_s, double to_s) {
    if (to_s <= p->play->from_s)
        return 0;
    double gap = to_s - (from_s > p->play->from_s ? from_s : p->play->from_s);
    if (p->idle_limit_s > 0 && gap > p->idle_limit_s)
        gap = p->idle_limit_s;
    gap /= p->speed;
    return gap < GAP_MOST_S ? gap : GAP_MOST_S;
}

static rf_code play_all(player *p, rf_cast_reader *reader, rf_error *reterr) {
    rf_cast_event event;
    double last_s = 0;
    for (rf_code code; !p->quit; last_s = event.at_s) {
        code = rf_cast_next(reader, &event, reterr);
        if (code)
            return code == RF_ECLOSED ? RF_OK : code;
        p->due_ns += (uint64_t)(gap_of(p, last_s, event.at_s) * 1e9);
        wait_for_due(p);
        if (p->quit)
            return RF_OK;
        if (event.kind == 'o' && (code = write_all(p, event.text, reterr)))
            return code;
        if (event.kind == 'm' && p->key_fd >= 0 && (p->to_marker || (p->play->markers && event.at_s >= p->play->from_s))) {
            p->to_marker = false;
            p->paused = true;
        }
    }
    return RF_OK;
}

rf_code rf_cast_play_file(const char *path, const rf_cast_play *play, int out_fd, rf_error *reterr) {
    assert(path && play && out_fd >= 0);
    rf_cast_reader *reader;
    rf_cast_header header;
    rf_code code = rf_cast_open(path, &reader, &header, reterr);
    if (code)
        return code;
    player p = {
        .play = play, .speed = play->speed > 0 ? play->speed : 1, .idle_limit_s = play->idle_limit_s > 0 ? play->idle_limit_s : header.idle_limit_s,
        .out_fd = out_fd, .key_fd = -1, .due_ns = rf_clock_mono_ns(),
    };
    begin_keys(&p);
    code = play_all(&p, reader, reterr);
    end_keys(&p);
    rf_cast_reader_free(reader);
    return code;
}
