/* machine.h: on what was measured, and how much it disturbed. */
#ifndef RF_MEASURE_MACHINE_H
#define RF_MEASURE_MACHINE_H

#include "riffle/error.h"

#include <stdbool.h>

/* What figures of different machines must not be compared without. */
typedef struct rf_machine {
    char processor[96];   /* "AMD EPYC" */
    char architecture[24];
    char system[96];      /* "Linux 6.1.0, Debian GNU/Linux 12 (bookworm)" */
    char governor[24];    /* "performance", "powersave"; "unknown": not shown by the kernel, as in virtual machines */
    char turbo[12];       /* "on", "off", "unknown" */
    char hypervisor[32];  /* "" on bare metal; "kvm", … or "unknown" */
    uint32_t cores;       /* that this process may use */
    uint32_t pinned_to;   /* how many CPUs it is bound to, when fewer than there are; 0: not bound */
    uint64_t memory_bytes;
    double mhz;           /* 0: unknown */
    char fingerprint[17]; /* 16 hex digits over processor, architecture, cores, memory (rounded to 256 MiB) and hypervisor: equal = comparable */
} rf_machine;

void rf_machine_describe(rf_machine *ret_machine);
/* What differs between the two, as people read it; "" when they are comparable. At most `room` bytes with the NUL. */
void rf_machine_difference(const rf_machine *a, const rf_machine *b, char *ret_text, size_t room);

/* What went on beside a measurement. */
typedef struct rf_noise {
    double steal;         /* share of the time that a hypervisor took from us, of all CPUs: 0 … 1 */
    double others;        /* share of all CPUs that other processes used */
    double load;          /* the system's load average over a minute, when it began */
    double switches;      /* involuntary context switches a second */
    double off_cpu;       /* share of the wall time in which the measuring thread could have run and did not; waiting by itself is no noise */
    double reference_ns;  /* what a fixed piece of work took (rf_reference_ns), mean of before and after */
    double reference_drift; /* after / before */
    char grade;           /* 'A' quiet, 'B' fair, 'C' noisy, 'D' not to be trusted */
    char reason[120];     /* what lowered the grade, the worst first; "" for A */
} rf_noise;

/* Between begin and end; any number in turn on one thread. */
typedef struct rf_noise_meter {
    uint64_t cpu_total, cpu_steal, cpu_busy, own_cpu_ns, wall_ns, thread_cpu_ns, switches;
    uint64_t queued_ns, waits; /* how long the thread waited for a processor, where the kernel tells; how often it waited by itself */
    bool tells_queued;
    double load, reference_ns;
} rf_noise_meter;
void rf_noise_begin(rf_noise_meter *meter);
/* `relative_spread`: deviation / mean of the samples, and the share of outliers, which count into the grade. */
void rf_noise_end(const rf_noise_meter *meter, double relative_spread, double outliers, rf_noise *ret_noise);
/* Grade and reason anew from the figures, for samples that were taken beside others' in the same time. */
void rf_noise_grade(rf_noise *noise, double relative_spread, double outliers);
/* Lowers to `grade` when it is better than that, and puts `reason` first; the reason alone is added when it is not. */
void rf_noise_lower(rf_noise *noise, char grade, const char *reason);

/* The fastest of a few turns of a fixed piece of work (integer, floating point, and a walk through 256 KiB), ns: about 2 ms in all. */
double rf_reference_ns(void);

#endif
