/* top_screen.c: the live view: a terminal's other screen, keys, its size, and signals. */
#include "cli/top_screen.h"

#include "base/clock.h"
#include "base/slice.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { COLUMNS_USUAL = 80, ROWS_USUAL = 24, FOOT_LINES = 1 };
/* A lone Esc is told from the beginning of an arrow by what follows it in this time. */
enum { ESCAPE_WAIT_MS = 50 };

typedef rf_top_terminal screen;

/* ---- The terminal ---- */

bool rf_top_write(rf_slice bytes) {
    while (bytes.len) {
        ssize_t wrote = write(STDOUT_FILENO, bytes.data, bytes.len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes = (rf_slice){ bytes.data + wrote, bytes.len - (size_t)wrote };
    }
    return true;
}

static void measure(screen *s) {
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    s->columns = known ? size.ws_col : COLUMNS_USUAL;
    s->rows = known ? size.ws_row : ROWS_USUAL;
    s->stale = true;
}

/* Ctrl-C stays a signal. */
static void enter(screen *s) {
    struct termios raw = s->usual;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    if (s->keys)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    s->gone |= !rf_top_write(RF_SLICE("\033[?1049h\033[?25l\033[?7l\033[2J")); /* other screen, no cursor, no wrapping */
    measure(s);
}

static void leave(screen *s) {
    (void)rf_top_write(RF_SLICE("\033[0m\033[?7h\033[?25h\033[?1049l"));
    if (s->keys)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &s->usual);
}

/* ---- Drawing ---- */

typedef struct view { void (*head)(const rf_top *, rf_top_page *), (*body)(const rf_top *, rf_top_page *); } view;
static const view views[RF_TOP_VIEWS] = {
    [RF_TOP_STAGES] = { rf_top_stages_head, rf_top_stages }, [RF_TOP_PLUGINS] = { rf_top_plugins_head, rf_top_plugins },
    [RF_TOP_ZONES] = { rf_top_zones_head, rf_top_zones }, [RF_TOP_MEMORY] = { rf_top_memory_head, rf_top_memory },
};

static void put_tabs(const rf_top *top, rf_top_page *page) {
    for (size_t i = 0; i < RF_TOP_VIEWS; i++) {
        rf_top_style_on(page, i == top->view ? RF_TOP_HEAD : RF_TOP_DIM);
        rf_top_printf(page, " %zu %s ", i + 1, rf_top_view_names[i]);
        rf_top_style_on(page, RF_TOP_NORMAL);
        rf_top_printf(page, " ");
    }
    if (top->view == RF_TOP_STAGES)
        rf_top_printf(page, "  by %s", rf_top_sort_names[top->sort]);
    rf_top_end_line(page);
}

/* What the host says no more is still shown, with a line that tells since when. */
static void put_waiting(const rf_top *top, rf_top_page *page) {
    double seconds = (double)(rf_clock_mono_ns() - top->waiting_since_ns) / (double)RF_NS_PER_S;
    rf_top_style_on(page, RF_TOP_YELLOW);
    rf_top_printf(page, "waiting for %s for %.0f s", top->url, seconds);
    if (!top->now) {
        rf_top_end_line(page);
        rf_top_printf(page, "%s", top->waiting.message);
        if (top->waiting.hint[0]) {
            rf_top_end_line(page);
            rf_top_printf(page, "hint: %s", top->waiting.hint);
        }
    }
    rf_top_end_line(page);
}

static void put_body(screen *s, rf_top_page *page) {
    rf_top *top = s->top;
    page->lines = 0;
    page->skip = top->scroll;
    views[top->view].body(top, page);
    top->lines = page->lines;
    page->skip = 0;
}

static void put_foot(const screen *s, rf_top_page *page) {
    const rf_top *top = s->top;
    size_t fits = s->rows > RF_TOP_HEAD_LINES + FOOT_LINES ? s->rows - RF_TOP_HEAD_LINES - FOOT_LINES : 0;
    rf_top_style_on(page, RF_TOP_DIM);
    rf_top_printf(page, "q quit  p pause  tab view  r sort");
    if (top->now && top->lines > fits)
        rf_top_printf(page, "  ↑↓ line %zu of %zu", top->scroll + 1, top->lines);
    rf_top_style_on(page, RF_TOP_NORMAL);
    if (page->column < page->columns)
        rf_buffer_text(page->out, "\033[K"); /* no line break: the page would scroll */
}

static void put_page(screen *s, rf_top_page *page) {
    rf_top *top = s->top;
    rf_top_head(top, page);
    if (!top->now) {
        put_waiting(top, page);
        return;
    }
    put_tabs(top, page);
    if (top->waiting.code)
        put_waiting(top, page);
    else {
        rf_top_style_on(page, RF_TOP_HEAD);
        views[top->view].head(top, page);
    }
    put_body(s, page);
}

/* Scrolled no further than to the last line. */
static void clamp(screen *s) {
    rf_top *top = s->top;
    size_t fits = s->rows > RF_TOP_HEAD_LINES + FOOT_LINES ? s->rows - RF_TOP_HEAD_LINES - FOOT_LINES : 1;
    size_t last = top->lines > fits ? top->lines - fits : 0;
    if (top->scroll > last) {
        top->scroll = last;
        s->stale = true;
    }
}

static void draw(screen *s) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_top_page page = { .out = &out, .columns = s->columns, .room = s->rows > FOOT_LINES ? s->rows - FOOT_LINES : 0 };
    s->stale = false;
    rf_buffer_text(&out, "\033[H");
    page.start = out.len;
    put_page(s, &page);
    while (page.room) /* the foot stands in the last line */
        rf_top_end_line(&page);
    put_foot(s, &page);
    if (!out.failed)
        s->gone |= !rf_top_write(rf_buffer_view(&out));
    clamp(s);
}

/* ---- Signals ---- */

/* Stopped, as the shell asked: the shell gets its screen, and we ours again when we go on. */
static void stop(screen *s) {
    leave(s);
    (void)kill(getpid(), SIGSTOP);
    enter(s);
}

static void read_signals(screen *s) {
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo == SIGWINCH)
            measure(s);
        else if (info.ssi_signo == SIGTSTP)
            stop(s);
        else
            s->ended = true;
}

static bool open_signals(screen *s) {
    const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP };
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        (void)sigaddset(&set, wanted[i]);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigprocmask(SIG_BLOCK, &set, &s->before);
    s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return s->signals >= 0;
}

static void close_signals(screen *s) {
    if (s->signals >= 0)
        (void)close(s->signals);
    (void)sigprocmask(SIG_SETMASK, &s->before, NULL);
}

/* ---- Running ---- */

static void take_answer(screen *s) {
    rf_top *top = s->top;
    rf_top_sample *sample;
    rf_error error;
    if (!rf_top_poll_take(s->poll, &sample, &error))
        return;
    s->stale = true;
    if (!sample) {
        if (!top->waiting.code)
            top->waiting_since_ns = rf_clock_mono_ns();
        top->waiting = error;
    } else if (top->paused)
        rf_top_sample_free(sample);
    else
        rf_top_take(top, sample);
}

static void run(screen *s) {
    while (!s->ended && !s->gone) {
        struct pollfd fds[] = {
            { .fd = s->signals, .events = POLLIN }, { .fd = rf_top_poll_fd(s->poll), .events = POLLIN },
            { .fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN },
        };
        if (s->stale)
            draw(s);
        /* While it waits, the seconds are counted on the screen. */
        int wait = s->stale ? 0 : s->pending_count ? ESCAPE_WAIT_MS : s->top->waiting.code ? 1000 : -1;
        int said = poll(fds, sizeof fds / sizeof *fds, wait);
        if (said == 0 && wait) {
            s->pending_count = 0; /* Esc alone */
            s->stale = true;
        }
        if (fds[0].revents)
            read_signals(s);
        if (fds[1].revents)
            take_answer(s);
        if (fds[2].revents)
            rf_top_read_keys(s);
    }
}

int rf_top_screen(rf_top *top) {
    screen s = { .top = top, .keys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &s.usual) == 0, .signals = -1 };
    rf_error error = { 0 };
    rf_code code = open_signals(&s) ? RF_OK : rf_raise(&error, RF_EIO, "signals cannot be read: %s", strerror(errno));
    if (!code)
        code = rf_top_poll_start(top->url, top->interval_ns, &s.poll, &error);
    if (!code) {
        (void)rf_raise(&top->waiting, RF_EAGAIN, "no answer yet");
        top->waiting_since_ns = rf_clock_mono_ns();
        enter(&s);
        run(&s);
        leave(&s);
    }
    rf_top_poll_stop(s.poll);
    close_signals(&s);
    if (code)
        (void)fprintf(stderr, "riffle: %s\n", error.message);
    return code || s.gone ? RF_EXIT_FAILED : RF_EXIT_DONE;
}
