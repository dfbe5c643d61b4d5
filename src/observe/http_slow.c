/* http_slow.c: answers that take seconds: each in a thread of its own while its connection is suspended. */
#include "observe/http_internal.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct rf_http_job {
    rf_http_owner owner; /* RF_HTTP_JOB; the first, as in all that *request points at */
    rf_http *http;
    struct MHD_Connection *connection;
    const rf_http_route *route;
    rf_http_request request;
    rf_http_answer answer;
    rf_buffer body;
    rf_thread thread;
    uint64_t serial;   /* tells it from a later one at the same place */
    int fd;            /* of the client; open as long as the connection is suspended */
    _Atomic bool gone;
};

/* ---- The watcher ---- */

static void wake(const rf_http_slow *slow) {
    const uint64_t one = 1;
    ssize_t written = write(slow->wake_fd, &one, sizeof one);
    (void)written; /* it fails only when the counter is full: then the watcher is awake */
}

/* What is to be polled now: the wake-up first. False: the service ends. */
static bool list_clients(rf_http_slow *slow, struct pollfd *ret_polls, uint64_t *ret_serials) {
    rf_mutex_lock(&slow->lock);
    bool on = !slow->closed;
    ret_polls[0] = (struct pollfd){ .fd = slow->wake_fd, .events = POLLIN };
    for (size_t i = 0; i < RF_HTTP_SLOW_MAX; i++) {
        const rf_http_job *job = slow->jobs[i];
        bool watched = job && !job->gone;
        ret_polls[i + 1] = (struct pollfd){ .fd = watched ? job->fd : -1, .events = POLLRDHUP };
        ret_serials[i] = watched ? job->serial : 0;
    }
    rf_mutex_unlock(&slow->lock);
    return on;
}

/* A job may have ended meanwhile, and its descriptor be another's: then its serial is not found. */
static void note_gone(rf_http_slow *slow, const struct pollfd *polls, const uint64_t *serials) {
    rf_mutex_lock(&slow->lock);
    for (size_t i = 0; i < RF_HTTP_SLOW_MAX; i++)
        if (polls[i + 1].revents && slow->jobs[i] && slow->jobs[i]->serial == serials[i])
            slow->jobs[i]->gone = true;
    rf_mutex_unlock(&slow->lock);
}

static void watcher_main(void *arg) {
    rf_http_slow *slow = arg;
    struct pollfd polls[1 + RF_HTTP_SLOW_MAX];
    uint64_t serials[RF_HTTP_SLOW_MAX], count;
    while (list_clients(slow, polls, serials)) {
        if (poll(polls, 1 + RF_HTTP_SLOW_MAX, -1) < 0)
            continue; /* a signal, or no memory in the system */
        ssize_t taken = polls[0].revents ? read(slow->wake_fd, &count, sizeof count) : 0;
        (void)taken; /* whatever it was, all is looked at again */
        note_gone(slow, polls, serials);
    }
}

/* ---- One answer ---- */

static void refuse(rf_http_job *job, const char *why) {
    rf_buffer_clear(&job->body);
    rf_buffer_text(&job->body, why);
    job->answer = (rf_http_answer){ .status = MHD_HTTP_SERVICE_UNAVAILABLE, .content_type = RF_HTTP_TEXT };
}

static bool take_place(rf_http_slow *slow, rf_http_job *job) {
    bool taken = false;
    rf_mutex_lock(&slow->lock);
    for (size_t i = 0; i < RF_HTTP_SLOW_MAX && !taken && !slow->closed; i++) {
        if (slow->jobs[i])
            continue;
        slow->jobs[i] = job;
        job->serial = ++slow->serial;
        taken = true;
    }
    rf_mutex_unlock(&slow->lock);
    return taken;
}

/* The answer is there. From the unlocking on the job may be freed by the service's thread. */
static void finish(rf_http_job *job) {
    rf_http_slow *slow = &job->http->slow;
    rf_mutex_lock(&slow->lock);
    for (size_t i = 0; i < RF_HTTP_SLOW_MAX; i++)
        if (slow->jobs[i] == job)
            slow->jobs[i] = NULL;
    MHD_resume_connection(job->connection); /* under the lock: whoever waits for us to be gone may then stop the daemon */
    rf_cond_broadcast(&slow->ended);
    rf_mutex_unlock(&slow->lock);
}

static void job_main(void *arg) {
    rf_http_job *job = arg;
    job->answer = job->route->answer(job->route->arg, &job->request, &job->body);
    finish(job);
}

enum MHD_Result rf_http_slow_begin(rf_http *http, struct MHD_Connection *connection, const rf_http_route *route,
                                   const rf_http_request *request, rf_http_job **ret_job) {
    assert(http->slow.used && route->slow);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    rf_http_job *job = info ? rf_alloc_zero(1, sizeof *job) : NULL;
    if (!job)
        return MHD_NO; /* no memory: the connection is closed */
    job->owner = RF_HTTP_JOB;
    job->http = http;
    job->connection = connection;
    job->route = route;
    job->request = *request;
    job->request.gone = &job->gone;
    job->fd = info->connect_fd;
    *ret_job = job;
    if (!take_place(&http->slow, job)) {
        refuse(job, "as many long answers as there may be are being made already: ask again when one of them is done\n");
        return rf_http_slow_reply(job);
    }
    MHD_suspend_connection(connection); /* before the thread, which resumes it */
    wake(&http->slow);
    if (rf_thread_start(&job->thread, "http-slow", job_main, job, NULL)) {
        refuse(job, "the system gives no thread to make this answer: ask again later\n");
        finish(job);
    }
    return MHD_YES;
}

enum MHD_Result rf_http_slow_reply(rf_http_job *job) { return rf_http_reply(job->http, job->connection, &job->answer, &job->body); }

void rf_http_slow_free(rf_http_job *job) {
    rf_thread_join(&job->thread); /* it has resumed the connection: it is at its end */
    rf_buffer_done(&job->body);
    rf_free(job);
}

/* ---- All of them ---- */

rf_code rf_http_slow_open(rf_http *http, rf_error *reterr) {
    rf_http_slow *slow = &http->slow;
    bool needed = false;
    for (size_t i = 0; i < http->options.route_count; i++)
        needed |= http->options.routes[i].slow;
    if (!needed)
        return RF_OK;
    slow->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (slow->wake_fd < 0)
        return rf_raise(reterr, RF_EIO, "the HTTP service on %.*s did not start: %s", RF_SLICE_ARG(http->options.address), strerror(errno));
    rf_mutex_init(&slow->lock);
    rf_cond_init(&slow->ended);
    slow->used = true;
    rf_code code = rf_thread_start(&slow->watcher, "http-watch", watcher_main, slow, reterr);
    if (code)
        rf_http_slow_close(http);
    return code;
}

void rf_http_slow_end(rf_http *http) {
    rf_http_slow *slow = &http->slow;
    if (!slow->used)
        return;
    rf_mutex_lock(&slow->lock);
    slow->closed = true;
    size_t left;
    do {
        left = 0;
        for (size_t i = 0; i < RF_HTTP_SLOW_MAX; i++) {
            if (!slow->jobs[i])
                continue;
            slow->jobs[i]->gone = true;
            left++;
        }
        if (left)
            rf_cond_wait(&slow->ended, &slow->lock);
    } while (left);
    rf_mutex_unlock(&slow->lock);
    wake(slow);
    rf_thread_join(&slow->watcher);
}

void rf_http_slow_close(rf_http *http) {
    rf_http_slow *slow = &http->slow;
    if (!slow->used)
        return;
    (void)close(slow->wake_fd); /* nothing is in it */
    rf_cond_done(&slow->ended);
    rf_mutex_done(&slow->lock);
    slow->used = false;
}
