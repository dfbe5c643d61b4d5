/* client_tty.c: the terminal of an attached client: taking it over, giving it back, and writing to it. */
#include "terminal/client_internal.h"

#include "base/clock.h"
#include "base/slice.h"
#include "terminal/view.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_USUAL = 80, ROWS_USUAL = 24, COLUMNS_MOST = 1000, LEAVE_MS = 1000 };

/* ---- Opening ---- */

static rf_code no_terminal(const char *why, rf_error *reterr) {
    (void)rf_raise(reterr, RF_ECONFIG, "a session can be attached only to a terminal: %s", why);
    rf_error_hint(reterr, "without one, use `riffle term new --detached`, `send`, `wait` and `capture`");
    return RF_ECONFIG;
}

rf_code rf_client_open_tty(rf_client_state *client, rf_error *reterr) {
    char name[256];
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return no_terminal(isatty(STDIN_FILENO) ? "standard output is none" : "standard input is none", reterr);
    if (ttyname_r(STDIN_FILENO, name, sizeof name) == 0)
        client->tty = open(name, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (client->tty < 0) /* its name may be of another mount namespace, or another user's */
        client->tty = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (client->tty < 0)
        return no_terminal(strerror(errno), reterr);
    if (tcgetattr(client->tty, &client->usual) != 0)
        return no_terminal(strerror(errno), reterr);
    rf_client_measure(client);
    return RF_OK;
}

void rf_client_close_tty(rf_client_state *client) {
    if (client->tty >= 0)
        (void)close(client->tty);
    client->tty = -1;
}

static void size_of(int fd, int *ret_columns, int *ret_rows) {
    struct winsize size;
    bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    *ret_columns = known ? size.ws_col : COLUMNS_USUAL;
    *ret_rows = known ? size.ws_row : ROWS_USUAL;
    if (*ret_columns > COLUMNS_MOST)
        *ret_columns = COLUMNS_MOST;
    if (*ret_rows > COLUMNS_MOST)
        *ret_rows = COLUMNS_MOST;
}

void rf_client_measure(rf_client_state *client) { size_of(client->tty, &client->columns, &client->rows); }

int rf_client_session_rows(const rf_client_state *client) {
    return client->status_line && client->rows >= RF_CLIENT_ROWS_LEAST ? client->rows - 1 : client->rows;
}

bool rf_client_size(bool status_line, int *ret_columns, int *ret_rows) {
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    size_of(STDOUT_FILENO, ret_columns, ret_rows);
    *ret_rows -= status_line && *ret_rows >= RF_CLIENT_ROWS_LEAST;
    return true;
}

/* ---- Writing ---- */

void rf_client_put(rf_client_state *client, rf_slice bytes) {
    rf_buffer_slice(&client->to_tty, bytes);
    if (!client->to_tty.failed)
        return;
    /* A part of what was drawn is lost: all of it is drawn anew. Bytes that are there go on, so that no sequence is torn. */
    client->to_tty.failed = false;
    client->line_stale = client->box_stale = true;
    rf_client_order(client, "redraw");
}

void rf_client_flush_tty(rf_client_state *client) {
    rf_buffer *out = &client->to_tty;
    while (client->tty_sent < out->len) {
        ssize_t wrote = write(client->tty, out->data + client->tty_sent, out->len - client->tty_sent);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && errno == EAGAIN)
            break;
        if (wrote < 0) {
            rf_client_finish(client, RF_CLIENT_ENDED, RF_SLICE("the terminal went away"));
            client->tty_sent = out->len;
            break;
        }
        client->tty_sent += (size_t)wrote;
    }
    if (client->tty_sent == out->len) {
        out->len = client->tty_sent = 0;
    } else if (client->tty_sent > RF_CLIENT_TTY_MOST) {
        out->len -= client->tty_sent;
        memmove(out->data, out->data + client->tty_sent, out->len);
        client->tty_sent = 0;
    }
}

/* At the end, and before a stop: a terminal that takes nothing for a second is left as it is. */
static void drain(rf_client_state *client) {
    uint64_t until_ns = rf_clock_mono_ns() + LEAVE_MS * RF_NS_PER_MS;
    struct pollfd poll_fd = { .fd = client->tty, .events = POLLOUT };
    rf_client_flush_tty(client);
    while (client->to_tty.len && rf_clock_mono_ns() < until_ns) {
        (void)poll(&poll_fd, 1, LEAVE_MS);
        rf_client_flush_tty(client);
    }
}

/* ---- Taking over, giving back ---- */

void rf_client_enter(rf_client_state *client) {
    struct termios raw = client->usual;
    raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    raw.c_cflag = (raw.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(client->tty, TCSANOW, &raw) != 0)
        rf_client_finish(client, RF_CLIENT_ENDED, RF_SLICE("the terminal cannot be set up"));
    rf_client_put(client, RF_SLICE("\033[?1049h\033[0m\033[2J\033[H\033[?2004h"));
    client->line_stale = client->box_stale = true;
}

void rf_client_leave(rf_client_state *client) {
    if (client->tty_sent < client->to_tty.len && client->to_tty.len - client->tty_sent > RF_CLIENT_TTY_MOST / 4)
        client->to_tty.len = client->tty_sent; /* a terminal that lags far behind need not see all that it missed … */
    rf_client_put(client, RF_SLICE("\030"));   /* … but must not be within a sequence: CAN breaks one off */
    rf_view_leave(&client->to_tty);
    rf_client_put(client, RF_SLICE("\033[r\033[?2004l\033[?7h\033[0m\033[?25h\033[?1049l"));
    drain(client);
    (void)tcsetattr(client->tty, TCSADRAIN, &client->usual);
}
