/* mutex_profile.c: waits for locks, counted by caller. */
#include "observe/mutex_profile.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>

/* Places that lock; more than there are in our code. A power of two. */
enum { PLACES = 1024 };

typedef struct place {
    _Atomic uint64_t key; /* of caller and stage; 0: free */
    _Atomic uintptr_t caller; /* 0: whoever took the place has not written yet */
    _Atomic(const char *) stage;
    _Atomic uint64_t waits, wait_ns;
} place;

struct rf_mutex_profiler {
    uint64_t began_ns;
    int64_t began_ms;
    _Atomic uint64_t lost; /* waits for which there was no place */
    place places[PLACES];
};

/* What the hook, which any lock of the process calls and which gets no argument of ours, writes to; and how many threads are writing just now. */
typedef struct running { _Atomic(rf_mutex_profiler *) profiler; _Atomic unsigned writers; } running;
extern running rf_mutex_profiler_running;
running rf_mutex_profiler_running;

/* splitmix64's end, which leaves no two inputs alike. */
static uint64_t mixed(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void note(rf_mutex_profiler *profiler, uintptr_t caller, const char *stage, uint64_t wait_ns) {
    uint64_t key = mixed(caller + mixed((uintptr_t)stage)) | 1;
    for (size_t i = 0; i < PLACES; i++) {
        place *at = &profiler->places[(key + i) % PLACES];
        uint64_t have = 0;
        if (atomic_compare_exchange_strong(&at->key, &have, key)) {
            atomic_store(&at->stage, stage);
            atomic_store(&at->caller, caller);
        } else if (have != key)
            continue;
        atomic_fetch_add_explicit(&at->waits, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&at->wait_ns, wait_ns, memory_order_relaxed);
        return;
    }
    atomic_fetch_add_explicit(&profiler->lost, 1, memory_order_relaxed);
}

/* In place of a lock that is taken. Whoever stops the profiler waits for `writers` only, which hold no lock up. */
static void contended(rf_mutex *mutex) {
    uint64_t began = rf_clock_mono_ns();
    (void)pthread_mutex_lock(mutex);
    uint64_t waited = rf_clock_mono_ns() - began;
    const rf_where *where = rf_where_now;
    atomic_fetch_add(&rf_mutex_profiler_running.writers, 1);
    rf_mutex_profiler *profiler = atomic_load(&rf_mutex_profiler_running.profiler);
    if (profiler)
        note(profiler, (uintptr_t)__builtin_return_address(0), where ? where->stage : NULL, waited);
    atomic_fetch_sub(&rf_mutex_profiler_running.writers, 1);
}

rf_code rf_mutex_profiler_start(rf_mutex_profiler **ret_profiler, rf_error *reterr) {
    rf_mutex_profiler *profiler = rf_alloc_zero(1, sizeof *profiler), *none = NULL;
    if (!profiler)
        return rf_raise_nomem(reterr);
    profiler->began_ns = rf_clock_mono_ns();
    profiler->began_ms = rf_clock_wall_ms();
    if (!atomic_compare_exchange_strong(&rf_mutex_profiler_running.profiler, &none, profiler)) {
        rf_free(profiler);
        return rf_raise(reterr, RF_EBUSY, "a profile of locks is being made already");
    }
    atomic_store(&rf_mutex_contended, contended);
    *ret_profiler = profiler;
    return RF_OK;
}

static bool read_places(const rf_mutex_profiler *profiler, rf_mutex_profile *mutex) {
    rf_profile *profile = &mutex->profile;
    size_t count = 0;
    for (size_t i = 0; i < PLACES; i++)
        count += profiler->places[i].caller != 0;
    profile->stacks = rf_arena_zero(&mutex->arena, count + 1, sizeof *profile->stacks);
    if (!profile->stacks)
        return false;
    for (size_t i = 0; i < PLACES; i++) {
        const place *at = &profiler->places[i];
        if (!at->caller)
            continue;
        /* The contract of native frames: those behind the first are return addresses, and the caller is one. */
        uintptr_t *native = rf_arena_alloc(&mutex->arena, sizeof *native);
        if (!native)
            return false;
        *native = at->caller - 1;
        profile->stacks[profile->count++] = (rf_profile_stack){ .samples = at->waits,
                                                                .value = at->wait_ns,
                                                                .thread = "",
                                                                .stage = at->stage ? at->stage : "",
                                                                .native = native,
                                                                .native_count = 1 };
    }
    return true;
}

rf_code rf_mutex_profiler_stop(rf_mutex_profiler *profiler, rf_mutex_profile *ret_mutex, rf_error *reterr) {
    assert(profiler && atomic_load(&rf_mutex_profiler_running.profiler) == profiler);
    atomic_store(&rf_mutex_contended, NULL);
    atomic_store(&rf_mutex_profiler_running.profiler, NULL);
    while (atomic_load(&rf_mutex_profiler_running.writers))
        (void)sched_yield();
    *ret_mutex = (rf_mutex_profile){ .profile = { .kind = "mutex", .began_ms = profiler->began_ms, .lost = profiler->lost,
                                                  .duration_ns = rf_clock_mono_ns() - profiler->began_ns } };
    rf_arena_init(&ret_mutex->arena, 4096);
    bool good = read_places(profiler, ret_mutex);
    rf_free(profiler);
    return good ? RF_OK : rf_raise_nomem(reterr);
}

void rf_mutex_profile_done(rf_mutex_profile *mutex) { rf_arena_done(&mutex->arena); }
