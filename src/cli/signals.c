/* signals.c: SIGINT and SIGTERM while a stream runs. */
#include "cli/signals.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "cli/command.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

struct rf_signals {
    rf_thread thread;
    sigset_t set;
    atomic_bool done;
    rf_mutex lock; /* for what follows */
    rf_stream *stream;
    rf_log *log;
    unsigned seen;
};

/* Waits for one of ours, at most that long; 0: none came. */
static int wait_signal(const rf_signals *s, uint64_t wait_ns) {
    struct timespec wait = { (time_t)(wait_ns / RF_NS_PER_S), (long)(wait_ns % RF_NS_PER_S) };
    int number = sigtimedwait(&s->set, NULL, &wait);
    return number > 0 ? number : 0;
}

static void take(rf_signals *s, int number) {
    rf_mutex_lock(&s->lock);
    s->seen++;
    if (s->seen == 1)
        rf_log_write(s->log, RF_LOG_INFO, NULL, "Received %s, the service is closing", number == SIGINT ? "SIGINT" : "SIGTERM");
    if (s->seen <= 2)
        rf_stream_stop(s->stream);
    else
        _exit(RF_EXIT_FAILED);
    rf_mutex_unlock(&s->lock);
}

bool rf_signals_aim(rf_signals *s, rf_stream *stream, rf_log *log) {
    assert(s && stream);
    rf_mutex_lock(&s->lock);
    bool came = s->seen > 0;
    s->stream = stream;
    s->log = log;
    rf_mutex_unlock(&s->lock);
    return !came;
}

bool rf_signals_came(rf_signals *s) {
    rf_mutex_lock(&s->lock);
    bool came = s->seen > 0;
    rf_mutex_unlock(&s->lock);
    return came;
}

static void watch(void *arg) {
    rf_signals *s = arg;
    while (!atomic_load(&s->done)) {
        int number = wait_signal(s, 3600 * RF_NS_PER_S);
        if (number && !atomic_load(&s->done))
            take(s, number);
    }
}

rf_code rf_signals_start(rf_stream *stream, rf_log *log, rf_signals **ret_signals, rf_error *reterr) {
    assert(stream && ret_signals);
    rf_signals *s = rf_alloc_zero(1, sizeof *s);
    if (!s)
        return rf_raise_nomem(reterr);
    *s = (rf_signals){ .stream = stream, .log = log };
    rf_mutex_init(&s->lock);
    (void)sigemptyset(&s->set);
    (void)sigaddset(&s->set, SIGINT);
    (void)sigaddset(&s->set, SIGTERM);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN); /* some log rotators send it to everybody */
    (void)pthread_sigmask(SIG_BLOCK, &s->set, NULL);
    rf_code code = rf_thread_start(&s->thread, "signals", watch, s, reterr);
    if (code) {
        rf_mutex_done(&s->lock);
        rf_free(s);
        return code;
    }
    *ret_signals = s;
    return RF_OK;
}

void rf_signals_stop(rf_signals *s) {
    if (!s)
        return;
    atomic_store(&s->done, true);
    (void)pthread_kill(s->thread.id, SIGTERM); /* wakes the wait */
    rf_thread_join(&s->thread);
    rf_mutex_done(&s->lock);
    rf_free(s); /* the signals stay blocked: one that comes now asks for what is being done */
}
