/* http_arrivals.c: requests queued, handed out, and answered when their messages are where they belong, or when their time is over. */
#include "components/inputs/http_arrivals.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <assert.h>

#define ARENA_BYTES 1024u
#define CLOSE_WAIT_NS RF_NS_PER_S /* for answers to go out */

rf_code rf_arrivals_new(const rf_arrivals_limits *limits, rf_arrivals **ret_arrivals, rf_error *reterr) {
    assert(limits->timeout_ns > 0 && limits->count > 0);
    rf_arrivals *all = rf_alloc_zero(1, sizeof *all);
    if (!all)
        return rf_raise_nomem(reterr);
    all->limits = *limits;
    all->holders = 1;
    rf_mutex_init(&all->lock);
    rf_cond_init(&all->changed);
    rf_cond_init(&all->timer);
    rf_cond_init(&all->gone);
    *ret_arrivals = all;
    return RF_OK;
}

/* Under the lock, which it gives up. */
static void let_go(rf_arrivals *all) {
    bool last = --all->holders == 0;
    rf_mutex_unlock(&all->lock);
    if (!last)
        return;
    assert(!all->oldest && !all->first && !all->thread.running);
    rf_cond_done(&all->gone);
    rf_cond_done(&all->timer);
    rf_cond_done(&all->changed);
    rf_mutex_done(&all->lock);
    rf_free(all);
}

void rf_arrivals_unref(rf_arrivals *all) {
    if (!all)
        return;
    rf_mutex_lock(&all->lock);
    let_go(all);
}

/* ---- One request's life ---- */

rf_arrival *rf_arrival_new(rf_arrivals *all, struct MHD_Connection *connection) {
    rf_arrival *arrival = rf_alloc_zero(1, sizeof *arrival);
    if (!arrival)
        return NULL;
    arrival->guest.owner = RF_HTTP_GUEST;
    arrival->all = all;
    arrival->connection = connection;
    arrival->holders = 1;
    arrival->words = "";
    arrival->retry_after_s = 1;
    rf_arena_init(&arrival->arena, ARENA_BYTES);
    rf_mutex_lock(&all->lock);
    all->holders++;
    rf_mutex_unlock(&all->lock);
    return arrival;
}

/* Under the lock, which it gives up. */
static void release(rf_arrival *arrival) {
    rf_arrivals *all = arrival->all;
    if (--arrival->holders > 0) {
        rf_mutex_unlock(&all->lock);
        return;
    }
    let_go(all);
    rf_buffer_done(&arrival->body);
    rf_buffer_done(&arrival->reply);
    rf_arena_done(&arrival->arena);
    rf_free(arrival);
}

static void drop_from_queue(rf_arrivals *all, rf_arrival *arrival) {
    rf_arrival **at = &all->first, *before = NULL;
    for (; *at && *at != arrival; at = &(*at)->next)
        before = *at;
    if (!*at)
        return;
    *at = arrival->next;
    if (all->last == arrival)
        all->last = before;
}

static void drop_from_waiting(rf_arrivals *all, rf_arrival *arrival) {
    *(arrival->before ? &arrival->before->after : &all->oldest) = arrival->after;
    *(arrival->after ? &arrival->after->before : &all->newest) = arrival->before;
    arrival->before = arrival->after = NULL;
    assert(all->waiting > 0);
    all->waiting--;
}

/* Under the lock. From here on libmicrohttpd's thread may send. */
static void answer(rf_arrival *arrival, unsigned status, const char *words) {
    rf_arrivals *all = arrival->all;
    if (arrival->state == RF_ARRIVAL_ANSWERED)
        return;
    assert(arrival->state != RF_ARRIVAL_COMING);
    if (arrival->state == RF_ARRIVAL_QUEUED)
        drop_from_queue(all, arrival);
    drop_from_waiting(all, arrival);
    arrival->status = status;
    arrival->words = words;
    arrival->state = RF_ARRIVAL_ANSWERED;
    arrival->sending = true;
    all->sending++;
    MHD_resume_connection(arrival->connection);
}

void rf_arrival_over(rf_arrival *arrival, bool sent) {
    rf_arrivals *all = arrival->all;
    rf_mutex_lock(&all->lock);
    if (arrival->state == RF_ARRIVAL_QUEUED || arrival->state == RF_ARRIVAL_TAKEN) {
        /* The service is being stopped around it. */
        if (arrival->state == RF_ARRIVAL_QUEUED)
            drop_from_queue(all, arrival);
        drop_from_waiting(all, arrival);
        arrival->state = RF_ARRIVAL_ANSWERED;
    }
    arrival->over = true;
    arrival->sent = sent && arrival->sending;
    all->sending -= arrival->sending;
    all->bytes -= arrival->reserved;
    arrival->reserved = 0;
    rf_cond_broadcast(&all->gone);
    release(arrival);
}

bool rf_arrival_reserve(rf_arrival *arrival, size_t bytes) {
    rf_arrivals *all = arrival->all;
    rf_mutex_lock(&all->lock);
    bool fits = all->bytes + bytes <= all->limits.total_bytes;
    if (fits) {
        all->bytes += bytes;
        arrival->reserved += bytes;
    }
    rf_mutex_unlock(&all->lock);
    return fits;
}

bool rf_arrival_queue(rf_arrival *arrival) {
    rf_arrivals *all = arrival->all;
    assert(arrival->state == RF_ARRIVAL_COMING);
    rf_mutex_lock(&all->lock);
    bool taken = !all->closed && all->waiting < all->limits.count;
    if (taken) {
        MHD_suspend_connection(arrival->connection); /* before anybody can resume it */
        arrival->deadline_ns = rf_clock_mono_ns() + all->limits.timeout_ns;
        arrival->state = RF_ARRIVAL_QUEUED;
        *(all->last ? &all->last->next : &all->first) = arrival;
        all->last = arrival;
        arrival->before = all->newest;
        *(all->newest ? &all->newest->after : &all->oldest) = arrival;
        all->newest = arrival;
        if (all->waiting++ == 0)
            rf_cond_signal(&all->timer);
        rf_cond_signal(&all->changed);
    }
    rf_mutex_unlock(&all->lock);
    return taken;
}

bool rf_arrival_put(rf_arrival *arrival, rf_slice key, rf_slice value) {
    rf_arrival_pair *pair = rf_arena_alloc(&arrival->arena, sizeof *pair);
    if (!pair)
        return false;
    *pair = (rf_arrival_pair){ rf_slice_dup_in(&arrival->arena, key), rf_slice_dup_in(&arrival->arena, value), NULL };
    if (!pair->key.data || !pair->value.data)
        return false;
    *(arrival->last ? &arrival->last->next : &arrival->first) = pair;
    arrival->last = pair;
    return true;
}

/* ---- The reader ---- */

rf_arrival *rf_arrivals_take(rf_arrivals *all, uint64_t wait_ns) {
    rf_mutex_lock(&all->lock);
    if (!all->first && !all->woken)
        (void)rf_cond_wait_for(&all->changed, &all->lock, wait_ns);
    rf_arrival *arrival = all->woken ? NULL : all->first;
    if (arrival) {
        all->first = arrival->next;
        if (!all->first)
            all->last = NULL;
        arrival->next = NULL;
        arrival->state = RF_ARRIVAL_TAKEN;
        arrival->holders++;
    }
    rf_mutex_unlock(&all->lock);
    return arrival;
}

void rf_arrivals_wake(rf_arrivals *all) {
    rf_mutex_lock(&all->lock);
    all->woken = true;
    rf_cond_broadcast(&all->changed);
    rf_mutex_unlock(&all->lock);
}

void rf_arrival_answer(rf_arrival *arrival, unsigned status, const char *words) {
    rf_mutex_lock(&arrival->all->lock);
    answer(arrival, status, words);
    release(arrival);
}

bool rf_arrival_give(rf_arrival *arrival, const char *type, uint64_t wait_ns) {
    rf_arrivals *all = arrival->all;
    uint64_t end = rf_clock_mono_ns() + wait_ns, now;
    rf_mutex_lock(&all->lock);
    bool in_time = arrival->state == RF_ARRIVAL_TAKEN; /* else it was answered meanwhile */
    rf_http_header *header = in_time ? rf_arena_alloc(&arrival->arena, sizeof *header) : NULL;
    const char *kept = header ? rf_strdup_in(&arrival->arena, type) : NULL;
    in_time = kept != NULL;
    if (in_time) {
        *header = (rf_http_header){ MHD_HTTP_HEADER_CONTENT_TYPE, kept };
        arrival->headers = header;
        arrival->header_count = 1;
        arrival->replied = true;
        answer(arrival, MHD_HTTP_OK, "");
    }
    while (in_time && !arrival->over && (now = rf_clock_mono_ns()) < end)
        (void)rf_cond_wait_for(&all->gone, &all->lock, end - now);
    bool sent = in_time && arrival->sent;
    release(arrival);
    return sent;
}

/* Under the lock: all its messages are where they belong, or some never will be. */
static void settle(rf_arrival *arrival) {
    if (!arrival->read || arrival->open_links > 0)
        return;
    if (arrival->failed) {
        arrival->reply_status = 0;
        answer(arrival, MHD_HTTP_BAD_GATEWAY, arrival->reason ? arrival->reason : "the message was not delivered");
    } else if (arrival->reply_status && arrival->state == RF_ARRIVAL_TAKEN) {
        arrival->replied = true;
        answer(arrival, arrival->reply_status, "");
    } else {
        answer(arrival, MHD_HTTP_OK, "");
    }
}

/* Under the lock. */
static rf_code keep_headers(rf_arrival *arrival, const rf_strings *names, const rf_strings *values, rf_error *reterr) {
    rf_http_header *headers = rf_arena_zero(&arrival->arena, names->count, sizeof *headers);
    if (!headers)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < names->count; i++) {
        headers[i].name = rf_slice_dup_in(&arrival->arena, names->items[i]).data;
        headers[i].value = rf_slice_dup_in(&arrival->arena, values->items[i].len ? values->items[i] : RF_SLICE("")).data;
        if (!headers[i].name || !headers[i].value)
            return rf_raise_nomem(reterr);
    }
    arrival->headers = headers;
    arrival->header_count = names->count;
    return RF_OK;
}

rf_code rf_arrivals_reply(uint64_t mark, unsigned status, rf_buffer *body, const rf_strings *names, const rf_strings *values,
                          rf_error *reterr) {
    const rf_arrival_link *link = (const rf_arrival_link *)(uintptr_t)mark;
    rf_code code = RF_OK;
    if (!link || link->next)
        return RF_OK;
    rf_arrival *arrival = link->arrival;
    rf_mutex_lock(&arrival->all->lock);
    if (arrival->state == RF_ARRIVAL_TAKEN) {
        code = keep_headers(arrival, names, values, reterr);
        if (!code) {
            rf_buffer_done(&arrival->reply);
            arrival->reply = *body;
            *body = (rf_buffer){ 0 };
            arrival->reply_status = status;
        }
    }
    rf_mutex_unlock(&arrival->all->lock);
    return code;
}

rf_code rf_arrival_link_to(rf_arrival *arrival, uint64_t *mark, rf_error *reterr) {
    rf_arrival_link *link = rf_alloc(sizeof *link);
    if (!link)
        return rf_raise_nomem(reterr);
    *link = (rf_arrival_link){ arrival, (rf_arrival_link *)(uintptr_t)*mark };
    *mark = (uint64_t)(uintptr_t)link;
    rf_mutex_lock(&arrival->all->lock);
    arrival->holders++;
    arrival->open_links++;
    rf_mutex_unlock(&arrival->all->lock);
    return RF_OK;
}

void rf_arrival_read(rf_arrival *arrival) {
    rf_buffer_done(&arrival->body); /* its bytes are in batches now */
    rf_mutex_lock(&arrival->all->lock);
    arrival->read = true;
    settle(arrival);
    release(arrival);
}

void rf_arrivals_nack(rf_arrivals *all, uint64_t mark, const char *why) {
    const rf_arrival_link *link = (const rf_arrival_link *)(uintptr_t)mark;
    if (link && !link->next && why[0]) { /* with several it is about the message of one of them, which the others are not to read */
        rf_arrival *arrival = link->arrival;
        rf_mutex_lock(&arrival->all->lock);
        arrival->reason = rf_strdup_in(&arrival->arena, why); /* without memory it is answered without */
        rf_mutex_unlock(&arrival->all->lock);
    }
    rf_arrivals_ack(all, mark, false);
}

void rf_arrivals_ack(rf_arrivals *all, uint64_t mark, bool delivered) {
    (void)all;
    for (rf_arrival_link *link = (rf_arrival_link *)(uintptr_t)mark, *next; link; link = next) {
        rf_arrival *arrival = link->arrival;
        next = link->next;
        rf_free(link);
        rf_mutex_lock(&arrival->all->lock);
        assert(arrival->open_links > 0);
        arrival->open_links--;
        arrival->failed |= !delivered;
        settle(arrival);
        release(arrival);
    }
}

/* ---- Time ---- */

static void timer_main(void *arg) {
    rf_arrivals *all = arg;
    rf_mutex_lock(&all->lock);
    while (!all->closed) {
        uint64_t now = rf_clock_mono_ns();
        rf_arrival *oldest = all->oldest;
        if (!oldest)
            rf_cond_wait(&all->timer, &all->lock);
        else if (oldest->deadline_ns > now)
            (void)rf_cond_wait_for(&all->timer, &all->lock, oldest->deadline_ns - now);
        else
            answer(oldest, MHD_HTTP_REQUEST_TIMEOUT, all->limits.late);
    }
    rf_mutex_unlock(&all->lock);
}

rf_code rf_arrivals_start(rf_arrivals *all, rf_error *reterr) {
    return all->thread.running ? RF_OK : rf_thread_start(&all->thread, "rf-http-timer", timer_main, all, reterr);
}

void rf_arrivals_close(rf_arrivals *all) {
    uint64_t end = rf_clock_mono_ns() + CLOSE_WAIT_NS, now;
    rf_mutex_lock(&all->lock);
    all->closed = true;
    rf_cond_broadcast(&all->timer);
    while (all->oldest)
        answer(all->oldest, MHD_HTTP_SERVICE_UNAVAILABLE, all->limits.closed);
    rf_mutex_unlock(&all->lock);
    rf_thread_join(&all->thread);
    rf_mutex_lock(&all->lock);
    while (all->sending > 0 && (now = rf_clock_mono_ns()) < end)
        (void)rf_cond_wait_for(&all->gone, &all->lock, end - now);
    rf_mutex_unlock(&all->lock);
}
