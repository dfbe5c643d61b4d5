/* profile_sampler.c: the one handler of SIGPROF: what it may touch, and how it is taken and given back. */
#include "observe/profile_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "observe/profile_unwind.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

/*
 * A signal's handler has no argument of ours that stays valid, so what it needs is the process's. `inside` counts who may use `now`: who closes
 * takes `now` away first, then waits for `inside` to be 0; a handler that comes later finds NULL. A signal can be on its way after its timer is gone.
 */
static _Atomic(rf_sampler *) now;
static _Atomic uint32_t inside;
static _Atomic bool claimed;
static _Atomic uint32_t generations;

/* Of the thread: whose samples wait. Valid when the generation is that of the sampler at work. */
static _Thread_local struct { rf_sampled *volatile thread; volatile uint32_t generation; } mine;

/* Tokens: generation and slot in one pointer, as nothing that lives in memory can be trusted by a late signal. */
void *rf_sampler_token(const rf_sampler *sampler, uint32_t at) {
    return (void *)((uintptr_t)sampler->generation << 16 | (uintptr_t)at);
}

static rf_sampled *thread_of(const rf_sampler *sampler, const void *token) {
    uintptr_t value = (uintptr_t)token;
    uint32_t at = (uint32_t)(value & 0xffff);
    if (value >> 16 != sampler->generation || at >= RF_SAMPLED_MAX)
        return NULL;
    return atomic_load_explicit(&sampler->threads[at], memory_order_acquire);
}

/* ---- The ring: one writer, one reader ---- */

/* Room for the largest sample, in one piece; NULL: none. A piece at the end that is too small is skipped. */
static rf_raw_sample *reserve(rf_sampled *thread, uint64_t *ret_at) {
    uint64_t head = atomic_load_explicit(&thread->head, memory_order_relaxed);
    uint64_t taken = head - atomic_load_explicit(&thread->tail, memory_order_acquire);
    size_t at = (size_t)(head & (thread->ring_bytes - 1)), skip = 0;
    if (thread->ring_bytes - at < RF_RAW_BYTES_MAX)
        skip = thread->ring_bytes - at;
    if (thread->ring_bytes - taken < skip + RF_RAW_BYTES_MAX)
        return NULL;
    if (skip) {
        const rf_raw_sample mark = { .bytes = (uint32_t)skip, .native_count = UINT16_MAX };
        memcpy(thread->ring + at, &mark, offsetof(rf_raw_sample, count));
        at = 0;
    }
    *ret_at = head + skip;
    return (rf_raw_sample *)(void *)(thread->ring + at);
}

static void commit(rf_sampled *thread, uint64_t at, rf_raw_sample *raw) {
    size_t bytes = sizeof *raw + raw->native_count * sizeof(uintptr_t) + raw->script_count * sizeof(rf_script_frame);
    raw->bytes = (uint32_t)((bytes + 7) / 8 * 8);
    atomic_store_explicit(&thread->head, at + raw->bytes, memory_order_release);
}

static void lose(rf_sampled *thread, uint64_t count) { (void)atomic_fetch_add_explicit(&thread->lost, count, memory_order_relaxed); }

/* ---- Samples that wait for their frames ---- */

static void commit_pending(rf_sampled *thread, const rf_pending *pending, const rf_script_frame *frames, uint32_t count) {
    uint64_t at;
    rf_raw_sample *raw = reserve(thread, &at);
    if (!raw) {
        lose(thread, pending->raw.count);
        return;
    }
    *raw = pending->raw;
    memcpy(rf_raw_native(raw), pending->native, raw->native_count * sizeof *pending->native);
    raw->script_count = (uint16_t)(count < RF_WHERE_FRAMES_MAX ? count : RF_WHERE_FRAMES_MAX);
    if (raw->script_count)
        memcpy(rf_raw_script(raw), frames, raw->script_count * sizeof *frames);
    commit(thread, at, raw);
}

static bool is_same_place(const rf_pending *pending, const rf_where *where) {
    return where && pending->where == where && pending->stage == where->stage;
}

/* Those of the place where the script is now get the frames; the others are known by their stage alone. */
static void end_pending(rf_sampled *thread, const rf_where *where, const rf_script_frame *frames, uint32_t count) {
    for (uint32_t i = 0; i < thread->pending_count; i++)
        commit_pending(thread, &thread->pending[i], frames, is_same_place(&thread->pending[i], where) ? count : 0);
    thread->pending_count = 0;
    rf_where_due = false;
}

static void wait_for_frames(rf_sampled *thread, const rf_sampler *sampler, const rf_where *where, const rf_raw_sample *raw) {
    rf_pending *pending = &thread->pending[thread->pending_count];
    pending->where = where;
    pending->stage = where->stage;
    pending->raw = *raw;
    memcpy(pending->native, rf_raw_native(raw), raw->native_count * sizeof *pending->native);
    thread->pending_count++;
    mine.thread = thread;
    mine.generation = sampler->generation;
    rf_where_due = true;
}

/* ---- The handler ---- */

/* Cut when it is too long. No library call: TSan's are not for handlers. */
static void copy_stage(char *to, const char *stage) {
    size_t len = 0;
    for (; stage && stage[len] && len < RF_STAGE_BYTES - 1; len++)
        to[len] = stage[len];
    to[len] = '\0';
}

static void sample(rf_sampler *sampler, rf_sampled *thread, uint64_t count, const void *context) {
    const rf_where *where = rf_where_now;
    if (thread->pending_count && !is_same_place(&thread->pending[0], where))
        end_pending(thread, NULL, NULL, 0);
    uint64_t at;
    rf_raw_sample *raw = reserve(thread, &at);
    if (!raw) {
        lose(thread, count);
        return;
    }
    raw->count = count;
    raw->value = sampler->period_ns ? count * sampler->period_ns : count;
    uintptr_t high = thread->stack_high ? thread->stack_high : (uintptr_t)pthread_self(); /* glibc's lies at the end of the thread's stack */
    raw->native_count = (uint16_t)rf_unwind(context, high, rf_raw_native(raw), RF_PROFILE_NATIVE_MAX);
    raw->script_count = 0;
    copy_stage(raw->stage, where ? where->stage : NULL);
    uint32_t frames = where && where->frames ? where->frames(where->engine, rf_raw_script(raw), RF_WHERE_FRAMES_MAX) : 0;
    if (frames == RF_WHERE_LATER && thread->pending_count < RF_PENDING_MAX) {
        wait_for_frames(thread, sampler, where, raw);
        return;
    }
    if (frames != RF_WHERE_LATER)
        raw->script_count = (uint16_t)(frames < RF_WHERE_FRAMES_MAX ? frames : RF_WHERE_FRAMES_MAX);
    commit(thread, at, raw);
}

/* Blocks all others but faults: nothing that leaves by longjmp runs on top of it. */
static void handle(int number, siginfo_t *info, void *context) {
    (void)number;
    int before = errno;
    (void)atomic_fetch_add(&inside, 1);
    rf_sampler *sampler = atomic_load(&now);
    bool is_known = info->si_code == SI_TIMER || info->si_code == SI_QUEUE;
    rf_sampled *thread = sampler && is_known ? thread_of(sampler, info->si_value.sival_ptr) : NULL;
    if (thread) {
        int overrun = info->si_code == SI_TIMER ? info->si_overrun : 0;
        sample(sampler, thread, 1 + (overrun > 0 ? (uint64_t)overrun : 0), context);
    }
    (void)atomic_fetch_sub(&inside, 1);
    errno = before;
}

void rf_profiler_caught(const rf_script_frame *frames, uint32_t count) {
    if (!atomic_load_explicit(&now, memory_order_relaxed))
        return;
    sigset_t ours, before;
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGPROF);
    (void)pthread_sigmask(SIG_BLOCK, &ours, &before); /* the ring has one writer */
    (void)atomic_fetch_add(&inside, 1);
    const rf_sampler *sampler = atomic_load(&now);
    if (sampler && mine.thread && mine.generation == sampler->generation)
        end_pending(mine.thread, rf_where_now, frames, count);
    (void)atomic_fetch_sub(&inside, 1);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- Taking and giving back ---- */

static rf_code take_signal(struct sigaction *ret_before, rf_error *reterr) {
    if (sigaction(SIGPROF, NULL, ret_before))
        return rf_raise(reterr, RF_EIO, "cannot ask for the handler of SIGPROF: %s", strerror(errno));
    bool is_taken = (ret_before->sa_flags & SA_SIGINFO) || (ret_before->sa_handler != SIG_DFL && ret_before->sa_handler != SIG_IGN);
    if (is_taken) {
        rf_code code = rf_raise(reterr, RF_EBUSY, "another part of the process handles SIGPROF: no profile can be taken beside it");
        rf_error_hint(reterr, "run without the other profiler");
        return code;
    }
    struct sigaction ours;
    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = handle;
    ours.sa_flags = SA_SIGINFO | SA_RESTART;
    (void)sigfillset(&ours.sa_mask);
    const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        (void)sigdelset(&ours.sa_mask, faults[i]);
    if (sigaction(SIGPROF, &ours, NULL))
        return rf_raise(reterr, RF_EIO, "cannot handle SIGPROF: %s", strerror(errno));
    return RF_OK;
}

/* To ignore a signal drops what is pending of it in every thread, blocked or not: only then may its default, the end of the process, come back. */
static void give_signal_back(const struct sigaction *before) {
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    (void)sigaction(SIGPROF, &ignore, NULL);
    (void)sigaction(SIGPROF, before, NULL);
}

rf_code rf_sampler_open(uint64_t period_ns, size_t ring_bytes, rf_sampler **ret_sampler, rf_error *reterr) {
    assert(ret_sampler && (ring_bytes & (ring_bytes - 1)) == 0 && ring_bytes >= 4 * RF_RAW_BYTES_MAX);
    *ret_sampler = NULL;
    if (atomic_exchange(&claimed, true)) {
        rf_code code = rf_raise(reterr, RF_EBUSY, "a profile is being taken already: one at a time");
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
        return code;
    }
    rf_sampler *sampler = rf_alloc_zero(1, sizeof *sampler);
    rf_code code = sampler ? take_signal(&sampler->before, reterr) : rf_raise_nomem(reterr);
    if (code) {
        rf_free(sampler);
        atomic_store(&claimed, false);
        return code;
    }
    sampler->period_ns = period_ns;
    sampler->ring_bytes = ring_bytes;
    sampler->generation = atomic_fetch_add(&generations, 1) + 1;
    atomic_store(&now, sampler);
    (void)atomic_fetch_add(&rf_where_active, 1);
    *ret_sampler = sampler;
    return RF_OK;
}

static void delete_timers(rf_sampler *sampler) {
    for (uint32_t i = 0; i < sampler->count; i++) {
        rf_sampled *thread = atomic_load(&sampler->threads[i]);
        if (thread && thread->has_timer)
            (void)timer_delete(thread->timer);
        if (thread)
            thread->has_timer = false;
    }
}

void rf_sampled_end_pending(rf_sampled *thread) {
    (void)atomic_load(&inside); /* what the thread's last handler wrote is seen behind it */
    for (uint32_t k = 0; k < thread->pending_count; k++)
        commit_pending(thread, &thread->pending[k], NULL, 0);
    thread->pending_count = 0;
}

/* Each thread is to be seen when there is no timer; one that never took the signal is seen without a stack. */
static void see_unseen(rf_sampler *sampler, const rf_sampled *thread) {
    const rf_raw_sample nothing = { .bytes = sizeof nothing, .count = 1, .value = 1 };
    if (!sampler->period_ns && !atomic_load(&thread->head) && !atomic_load(&thread->lost))
        rf_profile_table_add(&sampler->table, thread->name, &nothing);
}

void rf_sampler_close(rf_sampler *sampler, rf_profile_table *ret_table) {
    delete_timers(sampler);
    atomic_store(&now, NULL);
    while (atomic_load(&inside))
        rf_clock_sleep_ns(RF_NS_PER_MS / 20);
    give_signal_back(&sampler->before);
    (void)atomic_fetch_sub(&rf_where_active, 1);
    for (uint32_t i = 0; i < sampler->count; i++) {
        rf_sampled *thread = atomic_load(&sampler->threads[i]);
        if (!thread)
            continue;
        rf_sampled_end_pending(thread);
        see_unseen(sampler, thread);
        rf_sampler_forget(sampler, i);
    }
    *ret_table = sampler->table;
    rf_free(sampler);
    atomic_store(&claimed, false);
}
