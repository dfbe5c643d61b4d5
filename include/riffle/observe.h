/* riffle/observe.h: what plugins cost, recorded by a C or C++ program that runs them: counts, times, quantiles, a report. */
#ifndef RIFFLE_OBSERVE_H
#define RIFFLE_OBSERVE_H

#include "riffle/base.h"
#include "riffle/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A program that calls scripts itself (riffle/fusabi.h) measures its calls with whatever clock it has, and hands the nanoseconds to a
 * recorder. All functions may be called from any thread, at any time but during rf_recorder_free().
 *
 *     rf_recorder_plugin(recorder, "redact", &redact, NULL);             once
 *     rf_record_plugin_output(recorder, redact, after - before);         for every line
 *     rf_recorder_snapshot(recorder, redact, RF_RECORD_OUTPUT, &figures);
 */
typedef struct rf_recorder rf_recorder;

/* Stands for a plugin in the recorder that gave it. */
typedef uint32_t rf_recorded_plugin;
/* For snapshots: all plugins together. Nothing can be recorded about it. */
#define RF_RECORDED_ALL UINT32_MAX
/* So many plugins a recorder has room for; each takes 13 KiB. */
#define RF_RECORDED_PLUGINS_MAX 1024u

/* What took the time. */
typedef enum rf_record_kind {
    RF_RECORD_LOAD,    /* from the plugin's file to its running */
    RF_RECORD_OUTPUT,  /* one piece of output looked at */
    RF_RECORD_INPUT,   /* one piece of input */
    RF_RECORD_RESIZE,  /* one change of size */
    RF_RECORD_VM_EXEC, /* one call into the plugin's virtual machine, whatever for */
    RF_RECORD_KINDS,
} rf_record_kind;

/* Makes a recorder in which nothing is recorded. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_recorder_new(rf_recorder **ret_recorder, rf_error *reterr);
/* NULL is fine. */
void rf_recorder_free(rf_recorder *recorder);

/* The plugin of that name, which is made when there is none; the name is copied. Looks it up: keep what it gives. Errors: RF_ECONFIG the
 * name is empty or has control characters; RF_ELIMIT there are RF_RECORDED_PLUGINS_MAX; RF_ENOMEM. */
RF_NODISCARD rf_code rf_recorder_plugin(rf_recorder *recorder, const char *name, rf_recorded_plugin *ret_plugin, rf_error *reterr);

/* ---- Recording that something took `ns` nanoseconds. These cannot fail, allocate nothing and take no lock. Cost: about 15 ns, more while
 * other threads record the same of the same plugin. Thread: any ---- */

/* Reading, checking and compiling it. */
void rf_record_plugin_load(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns);
/* Its hook on a line of output. */
void rf_record_plugin_output(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns);
/* Its hook on input. */
void rf_record_plugin_input(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns);
/* Its hook on a new size of the terminal. */
void rf_record_plugin_resize(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns);
/* A call into its VM, whatever for. */
void rf_record_plugin_vm_exec(rf_recorder *recorder, rf_recorded_plugin plugin, uint64_t ns);

/* What was recorded; all 0 when nothing was. Quantiles are off by at most 6.25 %, and lie between min and max. */
typedef struct rf_recorded {
    uint64_t count, total_ns;
    double mean_ns;
    uint64_t min_ns, max_ns;
    uint64_t p50_ns, p90_ns, p99_ns;
} rf_recorded;

/* While others record, what they add may be in one figure and not yet in another. Cost: a few microseconds; for RF_RECORDED_ALL one for
 * each plugin. */
void rf_recorder_snapshot(const rf_recorder *recorder, rf_recorded_plugin plugin, rf_record_kind kind, rf_recorded *ret_recorded);

/*
 * Writes a table of all that was recorded, a line for each plugin and kind that has something, in the order of their first use, and a NUL:
 *
 *     plugin   what        count      total       mean        min        p50        p90        p99        max
 *     redact   output      12000    14.4 ms     1.2 us     800 ns     1.1 us     1.9 us     3.4 us    41.0 us
 *
 * At most `size` bytes, of which whole lines may be missing (`text` may be NULL when `size` is 0). Returns how many bytes the table has
 * without the NUL: not less than `size` means that it did not fit.
 */
size_t rf_recorder_report(const rf_recorder *recorder, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
