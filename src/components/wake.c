/* wake.c: a wait that another thread can end, by an event beside the descriptor. */
#include "components/wake.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

rf_code rf_wake_init(rf_wake *wake, rf_error *reterr) {
    assert(!wake->made);
    wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake->fd < 0)
        return rf_raise(reterr, RF_EIO, "cannot make an event: %s", strerror(errno));
    wake->made = true;
    return RF_OK;
}

void rf_wake_done(rf_wake *wake) {
    if (wake->made)
        (void)close(wake->fd);
    *wake = (rf_wake){ 0 };
}

void rf_wake_up(const rf_wake *wake) {
    const uint64_t one = 1;
    if (wake->made && write(wake->fd, &one, sizeof one) < 0) {
        /* Full: woken more than often enough. */
    }
}

bool rf_wake_wait(const rf_wake *wake, int fd, uint64_t wait_ns) {
    struct pollfd fds[] = { { .fd = wake->fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
    struct timespec wait = { .tv_sec = (time_t)(wait_ns / 1000000000u), .tv_nsec = (long)(wait_ns % 1000000000u) };
    assert(wake->made);
    if (ppoll(fds, fd < 0 ? 1 : 2, &wait, NULL) <= 0) /* a signal ends it early, as a time-out would */
        return false;
    return fd >= 0 && fds[1].revents != 0 && fds[0].revents == 0;
}
