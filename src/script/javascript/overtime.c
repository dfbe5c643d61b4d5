/* overtime.c: see overtime.h. A search for a long text in another is one function that takes hours and asks nobody. */
#include "script/javascript/overtime.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#define TICK_NS 10000000L /* of processor time */

/* What the signal's handler and the thread that it interrupts both look at; the thread's own otherwise. */
typedef struct watch {
    rf_js_heap *volatile heap; /* of the run; NULL: none */
    volatile uint64_t run;     /* counts */
    volatile uint64_t limit_ns;
    uint64_t seen_run, seen_ns; /* the handler's: which run its last ticks were in, and since when */
    timer_t timer;
    bool asked, armed, running;
} watch;

/* The handler can get at a thread's state no other way than by its address, which the timer carries. */
static _Thread_local watch mine;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static int signal_used; /* 0: there is none for us */

/* Where the engine's code lies (tools/deps.sh); NULL when it was built in another way. */
extern const char start_of_engine[] __asm__("__start_quickjs_text") __attribute__((weak));
extern const char end_of_engine[] __asm__("__stop_quickjs_text") __attribute__((weak));

static bool is_engine(uintptr_t address) { return address >= (uintptr_t)start_of_engine && address < (uintptr_t)end_of_engine; }

/* Functions of the C library that hold nothing and call nobody, in which an engine may spend its time. None is longer than that. */
#define LEAF_BYTES 4096u
static bool in_leaf(uintptr_t address) {
    const uintptr_t leaves[] = { (uintptr_t)memcmp, (uintptr_t)memcpy, (uintptr_t)memmove, (uintptr_t)memset, (uintptr_t)memchr };
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        if (address - leaves[i] < LEAF_BYTES)
            return true;
    return false;
}

/* Not in the allocator, not in a function of ours that the engine called: those must not be left in the middle. */
static bool in_engine(const void *context) {
    const ucontext_t *state = context;
#if defined(__x86_64__)
    uintptr_t at = (uintptr_t)state->uc_mcontext.gregs[REG_RIP];
    uintptr_t back = in_leaf(at) ? *(const uintptr_t *)(uintptr_t)state->uc_mcontext.gregs[REG_RSP] : 0; /* leaves push nothing */
#elif defined(__aarch64__)
    uintptr_t at = (uintptr_t)state->uc_mcontext.pc, back = in_leaf(at) ? (uintptr_t)state->uc_mcontext.regs[30] : 0;
#else
    uintptr_t at = 0, back = 0;
    (void)state;
#endif
    return is_engine(at) || is_engine(back);
}

static bool is_over(watch *w, uint64_t now) {
    if (w->seen_run != w->run) {
        w->seen_run = w->run;
        w->seen_ns = now;
        return false;
    }
    return now - w->seen_ns >= w->limit_ns;
}

static void tick(int number, siginfo_t *info, void *context) {
    (void)number;
    watch *w = info->si_code == SI_TIMER ? info->si_value.sival_ptr : NULL;
    rf_js_heap *heap = w ? w->heap : NULL;
    if (!heap || !heap->guarded)
        return;
    int before = errno;
    bool leave = is_over(w, rf_clock_mono_ns()) && in_engine(context);
    errno = before;
    if (leave) {
        w->heap = NULL;
        heap->overtime = true;
        longjmp(heap->escape, 1); /* the signal is not blocked in here, so there is no mask to put back */
    }
}

static void disarm(void *state) {
    watch *w = state;
    w->armed = false;
    (void)timer_delete(w->timer);
}

static void set_up(void) {
    struct sigaction ours, there;
    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = tick;
    ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER;
    (void)sigemptyset(&ours.sa_mask);
    if (!start_of_engine || pthread_key_create(&at_exit, disarm))
        return;
    for (int number = SIGRTMIN; number <= SIGRTMAX && !signal_used; number++) {
        bool is_free = !sigaction(number, NULL, &there) && !(there.sa_flags & SA_SIGINFO) && there.sa_handler == SIG_DFL;
        if (is_free && !sigaction(number, &ours, NULL))
            signal_used = number;
    }
}

/* Once a thread. */
static void arm(watch *w) {
    w->asked = true;
    (void)pthread_once(&once, set_up);
    if (!signal_used)
        return;
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, signal_used);
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal_used;
    event.sigev_value.sival_ptr = w;
    event._sigev_un._tid = gettid();
    const struct itimerspec every = { { 0, TICK_NS }, { 0, TICK_NS } };
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &w->timer))
        return;
    w->armed = pthread_setspecific(at_exit, w) == 0 && pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0 &&
               timer_settime(w->timer, 0, &every, NULL) == 0;
    if (!w->armed)
        disarm(w);
}

bool rf_js_overtime_begin(rf_js_heap *heap, uint64_t limit_ns) {
    watch *w = &mine;
    if (RF_UNLIKELY(!w->asked))
        arm(w);
    if (RF_UNLIKELY(w->running))
        return false;
    w->running = true;
    w->run++;
    w->limit_ns = limit_ns;
    heap->overtime = false;
    atomic_signal_fence(memory_order_seq_cst);
    w->heap = heap;
    return true;
}

void rf_js_overtime_end(bool begun) {
    if (!begun)
        return;
    mine.heap = NULL;
    mine.running = false;
}
