/* top_poll.c: asking a host in a thread of its own, so that a host that hangs does not hang the screen. */
#include "cli/top.h"

#include "base/clock.h"
#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How long a stop waits for a thread whose host does not answer. Then the thread keeps what it has: the process ends. */
#define STOP_WAIT_NS (200 * RF_NS_PER_MS)

struct rf_top_poll {
    const char *url;
    uint64_t interval_ns;
    int fd;                 /* of an eventfd */
    rf_thread thread;
    rf_mutex lock;          /* of all below */
    rf_cond changed;
    rf_top_sample *sample;  /* not taken yet */
    rf_error error;
    unsigned flags;
    bool is_new, stopping, ended, asked; /* asked: for something else, at once */
};

static void hand_over(rf_top_poll *poll, rf_top_sample *sample, const rf_error *error) {
    const uint64_t one = 1;
    rf_mutex_lock(&poll->lock);
    rf_top_sample_free(poll->sample);
    poll->sample = sample;
    poll->error = *error;
    poll->is_new = true;
    rf_mutex_unlock(&poll->lock);
    while (write(poll->fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

/* Until `until_ns`, or something else is asked for. False: it is to end. */
static bool wait_until(rf_top_poll *poll, uint64_t until_ns, unsigned *ret_flags) {
    rf_mutex_lock(&poll->lock);
    for (uint64_t now = rf_clock_mono_ns(); !poll->stopping && !poll->asked && now < until_ns; now = rf_clock_mono_ns())
        (void)rf_cond_wait_for(&poll->changed, &poll->lock, until_ns - now);
    bool goes_on = !poll->stopping;
    poll->asked = false;
    *ret_flags = poll->flags;
    rf_mutex_unlock(&poll->lock);
    return goes_on;
}

static void poll_main(void *arg) {
    rf_top_poll *poll = arg;
    uint64_t next_ns = 0;
    unsigned flags;
    while (wait_until(poll, next_ns, &flags)) {
        rf_top_sample *sample = NULL;
        rf_error error = { 0 };
        next_ns = rf_clock_mono_ns() + poll->interval_ns;
        if (rf_top_sample_take(poll->url, flags, &sample, &error))
            sample = NULL;
        hand_over(poll, sample, &error);
    }
    rf_mutex_lock(&poll->lock);
    poll->ended = true;
    rf_cond_broadcast(&poll->changed);
    rf_mutex_unlock(&poll->lock);
}

static void free_poll(rf_top_poll *poll) {
    rf_top_sample_free(poll->sample);
    rf_cond_done(&poll->changed);
    rf_mutex_done(&poll->lock);
    if (poll->fd >= 0)
        (void)close(poll->fd);
    rf_free(poll);
}

rf_code rf_top_poll_start(const char *url, uint64_t interval_ns, rf_top_poll **ret_poll, rf_error *reterr) {
    assert(url && ret_poll);
    rf_top_poll *poll = rf_alloc_zero(1, sizeof *poll);
    if (!poll)
        return rf_raise_nomem(reterr);
    poll->url = url;
    poll->interval_ns = interval_ns;
    rf_mutex_init(&poll->lock);
    rf_cond_init(&poll->changed);
    poll->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rf_code code = poll->fd < 0 ? rf_raise(reterr, RF_EIO, "the system gives no eventfd") : RF_OK;
    if (!code)
        code = rf_thread_start(&poll->thread, "poll", poll_main, poll, reterr);
    if (code)
        free_poll(poll);
    else
        *ret_poll = poll;
    return code;
}

void rf_top_poll_stop(rf_top_poll *poll) {
    if (!poll)
        return;
    uint64_t until_ns = rf_clock_mono_ns() + STOP_WAIT_NS;
    rf_mutex_lock(&poll->lock);
    poll->stopping = true;
    rf_cond_broadcast(&poll->changed);
    for (uint64_t now = rf_clock_mono_ns(); !poll->ended && now < until_ns; now = rf_clock_mono_ns())
        (void)rf_cond_wait_for(&poll->changed, &poll->lock, until_ns - now);
    bool ended = poll->ended;
    rf_mutex_unlock(&poll->lock);
    if (!ended)
        return;
    rf_thread_join(&poll->thread);
    free_poll(poll);
}

int rf_top_poll_fd(const rf_top_poll *poll) { return poll->fd; }

bool rf_top_poll_take(rf_top_poll *poll, rf_top_sample **ret_sample, rf_error *ret_error) {
    uint64_t count;
    while (read(poll->fd, &count, sizeof count) < 0 && errno == EINTR) {
    }
    rf_mutex_lock(&poll->lock);
    bool is_new = poll->is_new;
    *ret_sample = poll->sample;
    *ret_error = poll->error;
    poll->sample = NULL;
    poll->is_new = false;
    rf_mutex_unlock(&poll->lock);
    return is_new;
}

void rf_top_poll_want(rf_top_poll *poll, unsigned flags) {
    rf_mutex_lock(&poll->lock);
    if (flags != poll->flags)
        poll->asked = true;
    poll->flags = flags;
    rf_cond_broadcast(&poll->changed);
    rf_mutex_unlock(&poll->lock);
}
