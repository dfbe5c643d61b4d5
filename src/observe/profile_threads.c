/* profile_threads.c: which threads there are, their timers, what they have written; and a look at each of them once. */
#include "observe/profile_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOK_RING_BYTES = 16384 };
#define LOOK_NS (200 * RF_NS_PER_MS)

/* The clock of a thread's processor time, as the kernel makes its number. */
static clockid_t clock_of(pid_t tid) { return (clockid_t)((~(uint32_t)tid << 3) | 6u); }

/* The old name stays when the thread is gone. */
static void read_name(rf_sampled *thread) {
    char path[64], name[sizeof thread->name];
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/comm", (int)thread->tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t len = read(fd, name, sizeof name - 1);
    (void)close(fd); /* nothing was written */
    if (len <= 0)
        return;
    if (name[len - 1] == '\n')
        len--;
    memcpy(thread->name, name, (size_t)len);
    thread->name[len] = '\0';
}

/* 0 when it cannot be found: then only the place itself is seen of the main thread. */
static uintptr_t main_stack_high(void) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    if (rf_maps_read(&text, NULL))
        return 0;
    rf_slice rest = rf_buffer_view(&text);
    rf_map_line line;
    while (rf_maps_next(&rest, &line))
        if (rf_slice_is(line.path, "[stack]"))
            return line.end;
    return 0;
}

static int set_timer(const rf_sampler *sampler, uint32_t at, rf_sampled *thread) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event.sigev_value.sival_ptr = rf_sampler_token(sampler, at);
    event._sigev_un._tid = thread->tid;
    const struct timespec period = { (time_t)(sampler->period_ns / RF_NS_PER_S), (long)(sampler->period_ns % RF_NS_PER_S) };
    const struct itimerspec every = { period, period };
    if (timer_create(clock_of(thread->tid), &event, &thread->timer))
        return errno;
    thread->has_timer = true;
    return timer_settime(thread->timer, 0, &every, NULL) ? errno : 0;
}

static uint32_t free_slot(const rf_sampler *sampler) {
    uint32_t at = 0;
    while (at < sampler->count && atomic_load_explicit(&sampler->threads[at], memory_order_relaxed))
        at++;
    return at;
}

/* A thread that ends meanwhile is no error. */
static rf_code adopt(rf_sampler *sampler, pid_t tid, rf_error *reterr) {
    uint32_t at = free_slot(sampler);
    if (at == RF_SAMPLED_MAX)
        return RF_OK; /* not sampled */
    rf_sampled *thread = rf_alloc_zero(1, sizeof *thread);
    char *ring = rf_alloc(sampler->ring_bytes); /* pages that are never written take no memory */
    if (!thread || !ring) {
        rf_free(thread);
        rf_free(ring);
        return rf_raise_nomem(reterr);
    }
    thread->tid = tid;
    thread->seen = true;
    thread->ring = ring;
    thread->ring_bytes = sampler->ring_bytes;
    thread->stack_high = tid == getpid() ? main_stack_high() : 0;
    read_name(thread);
    if (at == sampler->count)
        sampler->count++;
    atomic_store_explicit(&sampler->threads[at], thread, memory_order_release);
    int failed = sampler->period_ns ? set_timer(sampler, at, thread) : 0;
    if (failed && tid == gettid()) /* the slot goes with the sampler */
        return rf_raise(reterr, RF_EIO, "the system gives no timer for processor time: %s", strerror(failed));
    return RF_OK;
}

static rf_sampled *find(const rf_sampler *sampler, pid_t tid) {
    for (uint32_t i = 0; i < sampler->count; i++) {
        rf_sampled *thread = atomic_load_explicit(&sampler->threads[i], memory_order_relaxed);
        if (thread && thread->tid == tid)
            return thread;
    }
    return NULL;
}

static rf_code meet(rf_sampler *sampler, DIR *tasks, rf_error *reterr) {
    rf_code code = RF_OK;
    struct dirent *entry;
    while (!code && (entry = readdir(tasks))) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (tid <= 0)
            continue; /* "." and ".." */
        rf_sampled *known = find(sampler, tid);
        if (known)
            known->seen = true;
        else
            code = adopt(sampler, tid, reterr);
    }
    return code;
}

/* The list of threads may leave some out while others end. */
static bool has_ended(const rf_sampled *thread) {
    return !thread->seen && syscall(SYS_tgkill, getpid(), thread->tid, 0) != 0 && errno == ESRCH;
}

rf_code rf_sampler_scan(rf_sampler *sampler, rf_error *reterr) {
    for (uint32_t i = 0; i < sampler->count; i++) {
        rf_sampled *thread = atomic_load_explicit(&sampler->threads[i], memory_order_relaxed);
        if (thread)
            thread->seen = false;
    }
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks)
        return rf_raise(reterr, RF_EIO, "cannot list the threads in /proc/self/task: %s", strerror(errno));
    rf_code code = meet(sampler, tasks, reterr);
    (void)closedir(tasks); /* nothing was written */
    for (uint32_t i = 0; !code && i < sampler->count; i++) {
        rf_sampled *thread = atomic_load_explicit(&sampler->threads[i], memory_order_relaxed);
        if (thread && has_ended(thread)) {
            rf_sampled_end_pending(thread);
            rf_sampler_forget(sampler, i);
        }
    }
    return code;
}

/* ---- What they wrote ---- */

static void drain(rf_sampler *sampler, rf_sampled *thread) {
    uint64_t head = atomic_load_explicit(&thread->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&thread->tail, memory_order_relaxed);
    if (head != tail)
        read_name(thread); /* threads name themselves, and late */
    while (tail != head) {
        const rf_raw_sample *raw = (const rf_raw_sample *)(void *)(thread->ring + (tail & (thread->ring_bytes - 1)));
        uint32_t bytes = raw->bytes;
        if (raw->native_count != UINT16_MAX) /* a piece that was skipped */
            rf_profile_table_add(&sampler->table, thread->name, raw);
        tail += bytes;
        atomic_store_explicit(&thread->tail, tail, memory_order_release);
    }
    sampler->table.lost += atomic_exchange_explicit(&thread->lost, 0, memory_order_relaxed);
}

void rf_sampler_drain(rf_sampler *sampler) {
    for (uint32_t i = 0; i < sampler->count; i++) {
        rf_sampled *thread = atomic_load_explicit(&sampler->threads[i], memory_order_relaxed);
        if (thread)
            drain(sampler, thread);
    }
}

void rf_sampler_forget(rf_sampler *sampler, uint32_t at) {
    rf_sampled *thread = atomic_exchange_explicit(&sampler->threads[at], NULL, memory_order_acq_rel);
    if (!thread)
        return;
    drain(sampler, thread);
    if (thread->has_timer)
        (void)timer_delete(thread->timer);
    rf_free(thread->ring);
    rf_free(thread);
}

/* ---- Each thread once ---- */

/* Of each thread that the signal reached. */
static bool have_all_answered(const rf_sampler *sampler) {
    for (uint32_t i = 0; i < sampler->count; i++) {
        rf_sampled *thread = atomic_load_explicit(&sampler->threads[i], memory_order_relaxed);
        if (thread && thread->seen && !atomic_load_explicit(&thread->head, memory_order_acquire))
            return false;
    }
    return true;
}

static void ask_all(const rf_sampler *sampler) {
    for (uint32_t i = 0; i < sampler->count; i++) {
        rf_sampled *thread = atomic_load_explicit(&sampler->threads[i], memory_order_relaxed);
        siginfo_t info;
        memset(&info, 0, sizeof info);
        info.si_code = SI_QUEUE;
        info.si_signo = SIGPROF;
        info.si_pid = getpid();
        info.si_uid = getuid();
        info.si_value.sival_ptr = rf_sampler_token(sampler, i);
        if (thread) /* one that has ended does not answer */
            thread->seen = syscall(SYS_rt_tgsigqueueinfo, getpid(), thread->tid, SIGPROF, &info) == 0;
    }
}

rf_code rf_profile_threads(rf_profile *ret_profile, rf_error *reterr) {
    *ret_profile = (rf_profile){ .kind = "threads", .began_ms = rf_clock_wall_ms() };
    rf_sampler *sampler;
    rf_code code = rf_sampler_open(0, LOOK_RING_BYTES, &sampler, reterr);
    if (code)
        return code;
    uint64_t began = rf_clock_mono_ns();
    code = rf_sampler_scan(sampler, reterr);
    if (!code)
        ask_all(sampler);
    while (!code && !have_all_answered(sampler) && rf_clock_mono_ns() - began < LOOK_NS)
        rf_clock_sleep_ns(RF_NS_PER_MS / 5);
    rf_profile_table table;
    rf_sampler_close(sampler, &table);
    if (code) {
        rf_profile_table_done(&table);
        return code;
    }
    code = rf_profile_table_take(&table, ret_profile, reterr);
    ret_profile->duration_ns = rf_clock_mono_ns() - began;
    return code;
}
