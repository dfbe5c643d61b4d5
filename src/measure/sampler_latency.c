/* sampler_latency.c: latencies at a rate, each from when it was due (Tene: coordinated omission). */
#include "measure/sampler.h"

#include "base/clock.h"
#include "measure/sampler_run.h"

#include <assert.h>
#include <sys/prctl.h>

#define SPIN_NS UINT64_C(200000)                 /* before it is due we no longer sleep: virtual machines wake us 100 us late */
#define SLACK_NS 1000ul                          /* what the kernel may add to a sleep meanwhile; 50 us is usual */
#define NAP_NS (RF_NS_PER_S / 20)                /* between two looks at whether to stop */
#define TELL_ROOM_NS (5 * RF_NS_PER_MS)          /* as much must be left for telling progress */
#define LEAD_NS RF_NS_PER_MS
#define RATE_MAX 1e7                             /* beyond, a reading of the clock would take most of the time */

/* Iteration i is due at start + i * period, computed anew each time so that nothing adds up. */
typedef struct schedule { uint64_t start_ns, count, give_up_ns; double period_ns; } schedule;

static uint64_t due_ns(const schedule *plan, uint64_t i) { return plan->start_ns + (uint64_t)((double)i * plan->period_ns); }

/* Until `due`, or at once when that has passed. */
static rf_code wait_for(rf_sampler_run *run, const schedule *plan, uint64_t i, uint64_t *ret_now, rf_error *reterr) {
    uint64_t due = due_ns(plan, i), now;
    rf_code code = rf_run_goes_on(run, reterr);
    if (code)
        return code;
    while ((now = rf_clock_mono_ns()) < due) {
        uint64_t left = due - now;
        if (left > TELL_ROOM_NS)
            rf_run_tell(run, RF_BENCH_MEASURES, (double)i / (double)plan->count, run->iteration_ns, false);
        if (left <= SPIN_NS)
            continue;
        rf_clock_sleep_ns(left - SPIN_NS < NAP_NS ? left - SPIN_NS : NAP_NS);
        code = rf_run_goes_on(run, reterr);
        if (code)
            return code;
    }
    *ret_now = now;
    return RF_OK;
}

/* What is due and was never begun has waited until now at least: leaving it out would praise whoever is overrun. */
static void count_waiting(const schedule *plan, uint64_t i, rf_latency *latency) {
    uint64_t now = rf_clock_mono_ns();
    for (; i < plan->count; i++) {
        uint64_t due = due_ns(plan, i);
        rf_latency_add(latency, now > due ? now - due : 0);
    }
}

static rf_code run_schedule(rf_sampler_run *run, const schedule *plan, rf_latency *latency, double *ret_reached_rate, rf_error *reterr) {
    uint64_t i = 0, now = plan->start_ns, end = due_ns(plan, plan->count);
    for (; i < plan->count; i++) {
        rf_code code = wait_for(run, plan, i, &now, reterr);
        if (code)
            return code;
        if (i > 0 && now > plan->give_up_ns) /* the first one also when a busy machine wakes us after all of the time: it shows that */
            break;
        run->bench->work(run->state, 1);
        now = rf_clock_mono_ns();
        rf_latency_add(latency, now - due_ns(plan, i));
    }
    count_waiting(plan, i, latency);
    *ret_reached_rate = (double)i * (double)RF_NS_PER_S / (double)((now > end ? now : end) - plan->start_ns);
    return RF_OK;
}

/* As long as was asked for, and once more as long for what has piled up. */
static schedule make_schedule(const rf_open_loop *loop) {
    double count = (double)loop->duration_ns / (double)RF_NS_PER_S * loop->rate;
    schedule plan = { .period_ns = (double)RF_NS_PER_S / loop->rate, .count = count < 1 ? 1 : (uint64_t)count };
    plan.start_ns = rf_clock_mono_ns() + LEAD_NS;
    plan.give_up_ns = due_ns(&plan, plan.count) + (due_ns(&plan, plan.count) - plan.start_ns);
    return plan;
}

static rf_code run_loop(rf_sampler_run *run, const rf_open_loop *loop, rf_latency *latency, double *ret_reached_rate, rf_error *reterr) {
    int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0); /* the thread's; given back below */
    (void)prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
    schedule plan = make_schedule(loop);
    rf_code code = run_schedule(run, &plan, latency, ret_reached_rate, reterr);
    if (slack > 0)
        (void)prctl(PR_SET_TIMERSLACK, (unsigned long)slack, 0, 0, 0);
    return code;
}

static rf_code check_loop(const rf_open_loop *loop, rf_error *reterr) {
    if (!(loop->rate > 0 && loop->rate <= RATE_MAX)) {
        (void)rf_raise(reterr, RF_ECONFIG, "a rate of %g a second cannot be kept", loop->rate);
        rf_error_hint(reterr, "more than 0 and at most %g", RATE_MAX);
        return RF_ECONFIG;
    }
    /* A day: and the count of what is due stays far from the end of its type. */
    if (loop->duration_ns > 86400 * RF_NS_PER_S)
        return rf_raise(reterr, RF_ECONFIG, "%g s are too long for a measurement: a day at most",
                        (double)loop->duration_ns / (double)RF_NS_PER_S);
    return RF_OK;
}

rf_code rf_measure_latency(const rf_bench *bench, const rf_open_loop *loop, const rf_sampler_options *options, rf_latency *latency,
                           double *ret_reached_rate, rf_error *reterr) {
    assert(bench && loop && options && latency && ret_reached_rate);
    *ret_reached_rate = 0;
    rf_latency_clear(latency);
    rf_code code = check_loop(loop, reterr);
    if (code)
        return code;
    rf_sampler_run run;
    code = rf_run_open(&run, bench, options, reterr);
    if (code == RF_OK)
        code = rf_run_warm(&run, reterr);
    if (code == RF_OK) {
        rf_run_tell(&run, RF_BENCH_MEASURES, 0, run.iteration_ns, true);
        code = run_loop(&run, loop, latency, ret_reached_rate, reterr);
    }
    if (code == RF_OK)
        code = rf_run_check(&run, reterr);
    rf_run_close(&run);
    return code;
}
