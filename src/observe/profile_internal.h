/* profile_internal.h: what the parts of the profiler know of each other. */
#ifndef RF_OBSERVE_PROFILE_INTERNAL_H
#define RF_OBSERVE_PROFILE_INTERNAL_H

#include "observe/profile.h"
#include "observe/profile_table.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

/* For where.c: the samples of this thread that wait for their frames get them. Not from a signal; cheap when no profiler runs. */
void rf_profiler_caught(const rf_script_frame *frames, uint32_t count);

/* ---- A thread that is sampled ---- */

enum { RF_PENDING_MAX = 4 };

/* A sample that waits for its script's frames (RF_WHERE_LATER). */
typedef struct rf_pending {
    const rf_where *where; /* only compared: it may be gone */
    const char *stage;     /* only compared */
    rf_raw_sample raw;
    uintptr_t native[RF_PROFILE_NATIVE_MAX];
} rf_pending;

/*
 * The ring is written by the thread itself (in the handler, or with the signal blocked) and read by whoever scans. Offsets count up without end.
 * What the thread writes comes first; `pending` is the thread's own until no handler can run any more.
 */
typedef struct rf_sampled {
    _Atomic uint64_t head;
    _Atomic uint64_t lost;
    volatile uint32_t pending_count;
    rf_pending pending[RF_PENDING_MAX];

    uintptr_t stack_high; /* end of the stack, for the main thread; 0: pthread_self() lies there */
    _Atomic uint64_t tail;
    pid_t tid;
    bool has_timer, seen; /* seen: by the scan that runs */
    timer_t timer;
    char name[16];
    size_t ring_bytes; /* a power of two */
    char *ring;        /* owned */
} rf_sampled;

#define RF_SAMPLED_MAX 1024u

/* ---- The sampler: the process's one handler of SIGPROF (profile_sampler.c) ---- */

typedef struct rf_sampler {
    _Atomic(rf_sampled *) threads[RF_SAMPLED_MAX]; /* owned; written by whoever scans */
    uint32_t count;      /* slots that were ever used; the scanner's */
    uint32_t generation; /* which sampler of the process: late signals of another are not ours */
    uint64_t period_ns;  /* 0: each sample is worth 1 */
    size_t ring_bytes;
    struct sigaction before;
    rf_profile_table table; /* the scanner's */
} rf_sampler;

/* Takes SIGPROF. Errors: RF_EBUSY another sampler, or somebody else's handler; RF_ENOMEM. */
RF_NODISCARD rf_code rf_sampler_open(uint64_t period_ns, size_t ring_bytes, rf_sampler **ret_sampler, rf_error *reterr);
/* All timers gone, no handler at work, SIGPROF as it was, the sampler freed; all that was seen is in the table. */
void rf_sampler_close(rf_sampler *sampler, rf_profile_table *ret_table);
/* Samples whose frames never came are known by their stage. No handler can run on that thread. */
void rf_sampled_end_pending(rf_sampled *thread);
/* What signals of slot `at` carry. */
void *rf_sampler_token(const rf_sampler *sampler, uint32_t at);

/* ---- Scans (profile_threads.c) ---- */

/* Finds threads that came and those that ended; sets timers when there is a period. Errors: RF_EIO no timer for the calling thread; RF_ENOMEM. */
RF_NODISCARD rf_code rf_sampler_scan(rf_sampler *sampler, rf_error *reterr);
/* Moves what the threads have written into the table. */
void rf_sampler_drain(rf_sampler *sampler);
/* Drains and frees a thread's slot. It has ended, or no handler can run. */
void rf_sampler_forget(rf_sampler *sampler, uint32_t at);

/* ---- /proc/self/maps (symbol.c) ---- */

typedef struct rf_map_line { uintptr_t start, end, offset; bool executable; rf_slice path; } rf_map_line;
/* All of the file. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_maps_read(rf_buffer *ret_text, rf_error *reterr);
/* Cuts the next line off; false at the end. Lines that it cannot read are left out. */
bool rf_maps_next(rf_slice *rest, rf_map_line *ret_line);

/* ---- ELF files (symbol_elf.c) ---- */

typedef struct rf_elf_symbol { uintptr_t value; uint64_t size; const char *name; uint8_t rank; } rf_elf_symbol; /* rank: low ones win among aliases */
typedef struct rf_elf_segment { uint64_t offset, bytes, address; } rf_elf_segment;
typedef struct rf_elf {
    rf_elf_symbol *symbols; /* by value, one for each */
    size_t count, cap;
    rf_elf_segment *segments; /* of code */
    size_t segment_count, segment_cap;
    char *names[2];         /* owned: texts of .symtab and .dynsym */
    char build_id[65];      /* hexadecimal; "" when there is none */
} rf_elf;

/* Bytes that an ELF file is read from: a file, or memory when fd is -1. */
typedef struct rf_elf_source { int fd; const char *memory; uint64_t bytes; } rf_elf_source;
/* What is not ELF64 of this machine, or broken, gives what could be read of it: no error. Errors: RF_ENOMEM. To be done with in each case. */
RF_NODISCARD rf_code rf_elf_read(const rf_elf_source *source, rf_elf *ret_elf, rf_error *reterr);
void rf_elf_done(rf_elf *elf);
/* NULL: none. `value` as the file counts addresses. */
const rf_elf_symbol *rf_elf_find(const rf_elf *elf, uintptr_t value);
/* From a place in the file to its address as the file counts; false: no code. */
bool rf_elf_address(const rf_elf *elf, uint64_t offset, uintptr_t *ret_value);

#endif
