/* link_pipe.c: a thread between a link and a local socket. */
#include "components/link_pipe.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "observe/pump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAREWELL_NS RF_NS_PER_S /* for the peer to close after us: what it still sends would make the system throw away what was sent to it */

struct rf_link_pipe {
    rf_link *link;
    rf_thread thread;
    rf_pump pump;      /* the thread's */
    rf_mutex lock;     /* for what follows */
    rf_cond news;
    uint64_t sent;     /* bytes that were written to the descriptor and have gone */
    bool ended;        /* no more will go */
    char why[200];     /* "": it ended as it should */
};

static rf_code read_some(void *arg, void *bytes, size_t cap, size_t *ret_got, rf_error *reterr) {
    return rf_link_read(arg, bytes, cap, ret_got, reterr);
}
static rf_code write_some(void *arg, const void *bytes, size_t len, size_t *ret_put, rf_error *reterr) {
    return rf_link_write(arg, bytes, len, ret_put, reterr);
}

/* Until what the pump waits for is there, or `until_ns`; 0: for ever. */
static void wait_for_it(const rf_link_pipe *pipe, uint64_t until_ns) {
    uint64_t now_ns = rf_clock_mono_ns(), left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec wait = { .tv_sec = (time_t)(left_ns / RF_NS_PER_S), .tv_nsec = (long)(left_ns % RF_NS_PER_S) };
    short events = rf_pump_plain_events(&pipe->pump);
    struct pollfd fds[] = { rf_link_watch(pipe->link, rf_pump_reads(&pipe->pump), rf_pump_writes(&pipe->pump)),
                            { .fd = events ? pipe->pump.plain : -1, .events = events } };
    (void)ppoll(fds, 2, until_ns ? &wait : NULL, NULL); /* a signal ends it early: everything is looked at again */
}

static void say_ended(rf_link_pipe *pipe, const rf_error *error) {
    rf_mutex_lock(&pipe->lock);
    pipe->ended = true;
    if (pipe->pump.broken)
        (void)snprintf(pipe->why, sizeof pipe->why, "%.199s", error->message);
    rf_cond_broadcast(&pipe->news);
    rf_mutex_unlock(&pipe->lock);
}

static void say_sent(rf_link_pipe *pipe) {
    if (pipe->sent == pipe->pump.out_count)
        return; /* only this thread changes it */
    rf_mutex_lock(&pipe->lock);
    pipe->sent = pipe->pump.out_count;
    rf_cond_broadcast(&pipe->news);
    rf_mutex_unlock(&pipe->lock);
}

/* Everything was sent: waits for the peer to close. */
static void part(rf_link_pipe *pipe) {
    uint64_t end_ns = rf_clock_mono_ns() + FAREWELL_NS;
    size_t got;
    rf_link_end(pipe->link);
    for (rf_code code = RF_OK; (!code || code == RF_EAGAIN) && rf_clock_mono_ns() < end_ns;) {
        code = rf_link_read(pipe->link, pipe->pump.in, sizeof pipe->pump.in, &got, NULL);
        if (code == RF_EAGAIN)
            rf_link_wait(pipe->link, true, false, -1, end_ns - rf_clock_mono_ns());
    }
}

static void pipe_main(void *arg) {
    rf_link_pipe *pipe = arg;
    const rf_pump_peer peer = { read_some, write_some, pipe->link };
    rf_error error = { 0 };
    for (;;) {
        bool more = rf_pump_pass(&pipe->pump, &peer, rf_clock_mono_ns(), &error);
        say_sent(pipe);
        if (pipe->pump.broken || rf_pump_is_empty(&pipe->pump) || (pipe->pump.due_ns && rf_clock_mono_ns() >= pipe->pump.due_ns))
            break;
        if (!more)
            wait_for_it(pipe, pipe->pump.due_ns);
    }
    say_ended(pipe, &error);
    (void)close(pipe->pump.plain); /* tells the other end */
    if (!pipe->pump.broken && rf_pump_is_empty(&pipe->pump))
        part(pipe);
}

static void pipe_free(rf_link_pipe *pipe) {
    rf_link_close(pipe->link);
    rf_cond_done(&pipe->news);
    rf_mutex_done(&pipe->lock);
    rf_free(pipe);
}

rf_code rf_link_pipe_open(const rf_link_target *target, rf_link_pipe **ret_pipe, int *ret_fd, rf_error *reterr) {
    int ends[2] = { -1, -1 };
    rf_link_pipe *pipe = rf_alloc_zero(1, sizeof *pipe);
    if (!pipe)
        return rf_raise_nomem(reterr);
    rf_mutex_init(&pipe->lock);
    rf_cond_init(&pipe->news);
    rf_code code = rf_link_open(target, &pipe->link, reterr);
    if (!code && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        code = rf_raise(reterr, RF_EIO, "cannot make a socket: %s", strerror(errno));
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    }
    pipe->pump.plain = ends[0];
    if (!code)
        code = rf_thread_start(&pipe->thread, "tls", pipe_main, pipe, reterr);
    if (!code) {
        *ret_pipe = pipe;
        *ret_fd = ends[1];
        return RF_OK;
    }
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
    pipe_free(pipe);
    return code;
}

rf_code rf_link_pipe_flush(rf_link_pipe *pipe, uint64_t bytes, uint64_t wait_ns, rf_error *reterr) {
    if (!pipe)
        return RF_OK;
    const uint64_t until_ns = rf_clock_mono_ns() + wait_ns;
    rf_mutex_lock(&pipe->lock);
    for (uint64_t now_ns = until_ns - wait_ns; pipe->sent < bytes && !pipe->ended && now_ns < until_ns; now_ns = rf_clock_mono_ns())
        (void)rf_cond_wait_for(&pipe->news, &pipe->lock, until_ns - now_ns);
    const bool sent = pipe->sent >= bytes, ended = pipe->ended;
    rf_mutex_unlock(&pipe->lock);
    if (sent)
        return RF_OK;
    return ended ? rf_raise(reterr, RF_ELOST, "the connection has ended") : rf_raise(reterr, RF_EAGAIN, "the reader of the output is slow");
}

void rf_link_pipe_explain(rf_link_pipe *pipe, rf_error *reterr) {
    char why[sizeof pipe->why] = "", before[sizeof reterr->message];
    if (!pipe || !reterr)
        return;
    rf_mutex_lock(&pipe->lock);
    memcpy(why, pipe->why, sizeof why);
    rf_mutex_unlock(&pipe->lock);
    if (!why[0])
        return;
    unsigned flags = reterr->flags;
    (void)snprintf(before, sizeof before, "%s", reterr->message);
    (void)rf_raise(reterr, reterr->code, "%.300s: %s", before, why);
    rf_error_flag(reterr, flags);
}

void rf_link_pipe_close(rf_link_pipe *pipe) {
    if (!pipe)
        return;
    rf_thread_join(&pipe->thread);
    pipe_free(pipe);
}
