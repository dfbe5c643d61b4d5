/* noise.c: what went on beside a measurement, and how far its figures are to be trusted. */
#include "measure/noise.h"

#include "base/clock.h"
#include "base/slice.h"
#include "measure/system_file.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/*
 * Grades: each figure alone gives B, C or D from these bounds on; the worst grade counts. Where they come from: 2 % is what a
 * comparison calls no change (compare.h), so what can shift a mean by that much lowers to C; ten times as much makes a figure
 * worthless. What runs on other processors (others) disturbs by caches and clock speed only, so its bounds are wider. Outliers are
 * told apart by the statistics and alone never give D.
 */
enum { B, C, D, BOUNDS };
typedef enum cause { STEAL, OFF_CPU, OTHERS, DRIFT, SPREAD, OUTLIERS, SWITCHES, CAUSES } cause;
static const double bounds[CAUSES][BOUNDS] = {
    [STEAL] = { 0.005, 0.02, 0.10 },     /* share of the time of all processors */
    [OFF_CPU] = { 0.01, 0.05, 0.20 },    /* share of the wall time */
    [OTHERS] = { 0.10, 0.30, 0.70 },     /* share of the time of all processors */
    [DRIFT] = { 0.02, 0.05, 0.15 },      /* the reference's change, either way */
    [SPREAD] = { 0.03, 0.10, 0.30 },     /* deviation / mean */
    [OUTLIERS] = { 0.10, 0.25, INFINITY },
    [SWITCHES] = { 100, 1000, INFINITY }, /* a second */
};

/* ---- Reading ---- */

bool rf_noise_cpu_times(rf_slice stat, rf_cpu_times *ret) {
    enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STOLEN, FIELDS }; /* proc(5); guests' time is within user and nice */
    *ret = (rf_cpu_times){ 0 };
    if (!rf_slice_starts(stat, RF_SLICE("cpu ")))
        return false;
    rf_slice rest = { stat.data + 4, stat.len - 4 };
    uint64_t ticks[FIELDS] = { 0 };
    size_t count = 0;
    while (count < FIELDS && rf_system_number(&rest, &ticks[count]))
        count++;
    if (count < STOLEN)
        return false;
    for (size_t i = 0; i < FIELDS; i++)
        ret->total += ticks[i];
    ret->steal = ticks[STOLEN];
    ret->busy = ret->total - ticks[IDLE] - ticks[IOWAIT] - ticks[STOLEN];
    return true;
}

static uint64_t clock_ns(clockid_t id) {
    struct timespec now;
    return clock_gettime(id, &now) == 0 ? (uint64_t)now.tv_sec * RF_NS_PER_S + (uint64_t)now.tv_nsec : 0;
}

static uint64_t time_ns(struct timeval time) { return (uint64_t)time.tv_sec * RF_NS_PER_S + (uint64_t)time.tv_usec * 1000; }

/* This process and the children that it has waited for (commands that are measured). */
static uint64_t own_cpu_ns(void) {
    struct rusage children;
    uint64_t ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    return getrusage(RUSAGE_CHILDREN, &children) == 0 ? ns + time_ns(children.ru_utime) + time_ns(children.ru_stime) : ns;
}

/* Everything but the reference. */
static void read_meter(rf_noise_meter *meter) {
    char text[512]; /* the first line of /proc/stat is what we want of it */
    rf_cpu_times times;
    (void)rf_noise_cpu_times(rf_system_read("/proc/stat", text, sizeof text), &times);
    meter->cpu_total = times.total;
    meter->cpu_busy = times.busy;
    meter->cpu_steal = times.steal;
    rf_slice load = rf_system_read("/proc/loadavg", text, sizeof text);
    if (!rf_system_decimal(&load, &meter->load))
        meter->load = 0;
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) == 0) {
        meter->switches = (uint64_t)usage.ru_nivcsw;
        meter->waits = (uint64_t)usage.ru_nvcsw;
    }
    uint64_t ran; /* in schedstat's first field, but only as of the last tick */
    rf_slice queue = rf_system_read("/proc/thread-self/schedstat", text, sizeof text);
    meter->tells_queued = rf_system_number(&queue, &ran) && rf_system_number(&queue, &meter->queued_ns);
    meter->own_cpu_ns = own_cpu_ns();
    meter->thread_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    meter->wall_ns = rf_clock_mono_ns();
}

/* ---- Figures ---- */

static double part(double some, double of) { return of > 0 && some > 0 ? some < of ? some / of : 1 : 0; }

static uint64_t since(uint64_t before, uint64_t after) { return after > before ? after - before : 0; }

static void share_processors(const rf_noise_meter *before, const rf_noise_meter *after, rf_noise *noise) {
    enum { TICKS_MIN = 20 }; /* with fewer, one tick of another process would be a share of more than 5 % */
    uint64_t total = since(before->cpu_total, after->cpu_total);
    if (total < TICKS_MIN)
        return;
    long a_second = sysconf(_SC_CLK_TCK);
    double tick_ns = (double)RF_NS_PER_S / (double)(a_second > 0 ? a_second : 100);
    double own = (double)since(before->own_cpu_ns, after->own_cpu_ns) / tick_ns;
    noise->steal = part((double)since(before->cpu_steal, after->cpu_steal), (double)total);
    /* The process's clock is exact, ticks are not: one either way is no other process. */
    noise->others = part((double)since(before->cpu_busy, after->cpu_busy) - own - 1, (double)total);
}

void rf_noise_between(const rf_noise_meter *before, const rf_noise_meter *after, rf_noise *ret_noise) {
    *ret_noise = (rf_noise){ .load = before->load, .grade = 'A' };
    double wall = (double)since(before->wall_ns, after->wall_ns);
    share_processors(before, after, ret_noise);
    if (wall > 0)
        ret_noise->switches = (double)since(before->switches, after->switches) * (double)RF_NS_PER_S / wall;
    if (before->tells_queued && after->tells_queued)
        ret_noise->off_cpu = part((double)since(before->queued_ns, after->queued_ns), wall);
    else if (before->waits == after->waits) /* it never waited by itself, so it could always have run */
        ret_noise->off_cpu = part(wall - (double)since(before->thread_cpu_ns, after->thread_cpu_ns), wall);
    ret_noise->reference_ns = (before->reference_ns + after->reference_ns) / 2;
    ret_noise->reference_drift = before->reference_ns > 0 ? after->reference_ns / before->reference_ns : 1;
}

/* ---- Grade ---- */

typedef struct finding { char grade; double weight; char text[96]; } finding; /* weight: by how much it is beyond its bound */

/* "0.53 %", "4.2 %", "120 %". */
typedef struct percent { char text[24]; } percent;

static percent percent_of(double share) {
    percent out;
    (void)snprintf(out.text, sizeof out.text, share < 0.0995 ? "%.2g %%" : "%.0f %%", share * 100);
    return out;
}

static void describe_cause(cause what, double value, double drift, finding *found) {
    char *text = found->text;
    size_t room = sizeof found->text;
    percent share = percent_of(what == DRIFT ? fabs(drift - 1) : value);
    switch (what) {
    case STEAL: (void)snprintf(text, room, "the hypervisor took %s of the time", share.text); break;
    case OFF_CPU: (void)snprintf(text, room, "waited for a processor %s of the time", share.text); break;
    case OTHERS: (void)snprintf(text, room, "other processes used %s of the processors", share.text); break;
    case DRIFT: (void)snprintf(text, room, "the machine became %s %s", share.text, drift > 1 ? "slower" : "faster"); break;
    case SPREAD: (void)snprintf(text, room, "the samples spread by %s", share.text); break;
    case OUTLIERS: (void)snprintf(text, room, "%s of the samples are outliers", share.text); break;
    case SWITCHES: (void)snprintf(text, room, "interrupted %.0f times a second", value); break;
    case CAUSES: break;
    }
}

static bool judge(cause what, double value, double drift, finding *ret) {
    int worst = -1;
    for (int bound = 0; bound < BOUNDS; bound++)
        if (value > bounds[what][bound])
            worst = bound;
    if (worst < 0)
        return false;
    *ret = (finding){ .grade = (char)('B' + worst), .weight = value / bounds[what][worst] };
    describe_cause(what, value, drift, ret);
    return true;
}

static bool is_worse(const finding *a, const finding *b) { return a->grade != b->grade ? a->grade > b->grade : a->weight > b->weight; }

/* Adds a reason behind the others when it fits whole. */
static void add_reason(rf_noise *noise, const char *text) {
    size_t len = strlen(noise->reason), room = sizeof noise->reason, more = strlen(text) + (len ? 2 : 0);
    if (len + more < room)
        (void)snprintf(noise->reason + len, room - len, "%s%s", len ? "; " : "", text);
}

void rf_noise_grade(rf_noise *noise, double relative_spread, double outliers) {
    assert(noise);
    double drift = noise->reference_drift > 0 ? noise->reference_drift : 1;
    /* Slower by 25 % and faster by 20 % are the same change. */
    const double values[CAUSES] = {
        [STEAL] = noise->steal, [OFF_CPU] = noise->off_cpu, [OTHERS] = noise->others, [DRIFT] = (drift > 1 ? drift : 1 / drift) - 1,
        [SPREAD] = relative_spread, [OUTLIERS] = outliers, [SWITCHES] = noise->switches,
    };
    finding found[CAUSES];
    size_t count = 0;
    for (cause what = 0; what < CAUSES; what++) {
        finding next;
        if (!judge(what, values[what], drift, &next))
            continue;
        size_t at = count++;
        for (; at > 0 && is_worse(&next, &found[at - 1]); at--)
            found[at] = found[at - 1];
        found[at] = next;
    }
    noise->grade = count ? found[0].grade : 'A';
    noise->reason[0] = '\0';
    for (size_t i = 0; i < count; i++)
        add_reason(noise, found[i].text);
}

void rf_noise_lower(rf_noise *noise, char grade, const char *reason) {
    assert(noise && reason && grade >= 'A' && grade <= 'D');
    if (noise->grade >= grade) {
        add_reason(noise, reason);
        return;
    }
    char before[sizeof noise->reason];
    memcpy(before, noise->reason, sizeof before);
    noise->grade = grade;
    noise->reason[0] = '\0';
    add_reason(noise, reason);
    if (*before)
        add_reason(noise, before);
}

void rf_noise_begin(rf_noise_meter *meter) {
    assert(meter);
    *meter = (rf_noise_meter){ .reference_ns = rf_reference_ns() };
    read_meter(meter);
}

void rf_noise_end(const rf_noise_meter *meter, double relative_spread, double outliers, rf_noise *ret_noise) {
    assert(meter && ret_noise);
    rf_noise_meter now = { 0 };
    read_meter(&now);
    now.reference_ns = rf_reference_ns();
    rf_noise_between(meter, &now, ret_noise);
    rf_noise_grade(ret_noise, relative_spread, outliers);
}
