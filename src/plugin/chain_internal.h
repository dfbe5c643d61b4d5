/* chain_internal.h: the insides of a chain, shared by chain_*.c only. */
#ifndef RF_PLUGIN_CHAIN_INTERNAL_H
#define RF_PLUGIN_CHAIN_INTERNAL_H

#include "base/thread.h"
#include "base/ticks.h"
#include "base/vec.h"
#include "observe/heap_profile.h"
#include "plugin/chain.h"
#include "plugin/prefilter.h"

/* Calls of one hook, in ticks. The chain's thread writes, any may read. */
typedef struct rf_hook_stats {
    _Atomic uint64_t calls, errors, total, worst;
    _Atomic uint32_t buckets[RF_HISTOGRAM_BUCKETS];
} rf_hook_stats;

/* Times of what is rare, in ns. The chain's thread writes, any may read. */
typedef struct rf_chain_bounds { _Atomic uint64_t counts[RF_BOUNDS + 1], sum; } rf_chain_bounds;

/* One version at work. A swap puts another in its place. */
typedef struct rf_running {
    rf_plugin *plugin;   /* a reference */
    rf_plugin_vm *vm;
    rf_plugin_api *api;  /* heap: the VM points at it */
    uint32_t hooks;      /* that are called */
} rf_running;

/* A plugin's place in the chain, over all its versions. */
typedef struct rf_chain_entry {
    rf_running now;
    rf_plugin_state state;      /* written under the lock */
    uint64_t match_bit;         /* of the prefilter; 0: it sees every line */
    _Atomic uint32_t failures;  /* in a row */
    _Atomic size_t held_bytes;
    _Atomic uint64_t allocated_bytes, collections, longest_pause_ns; /* over all versions, as the rest here */
    rf_heap_source memory;      /* for heap profiles; added once the plugin runs */
    char name[72];              /* as it has it */
    rf_chain_bounds pauses;     /* of the collections */
    rf_chain_bounds loads;      /* from the file to a VM that runs */
    rf_vm_counts before;        /* of the versions that are gone; the chain's thread's */
    uint64_t reloads;           /* under the lock, as the error */
    rf_error last_error;
    rf_log_limit limit;
    rf_hook_stats *stats[RF_HOOK_COUNT]; /* made when the hook first exists */
} rf_chain_entry;

/* The entries that are called for a hook, in order. */
typedef struct rf_chain_list { rf_chain_entry **items; uint32_t count; } rf_chain_list;

typedef struct rf_chain_post {
    struct rf_chain_post *next;
    rf_plugin *plugin; /* NULL: an order about `name` */
    char name[72];
    bool enabled;
} rf_chain_post;

struct rf_chain {
    rf_chain_list lists[RF_HOOK_COUNT];
    _Atomic bool posted;
    bool running;          /* a hook is being called: what its host callbacks send back in is not looked at */
    bool changed;          /* an entry's state changed during an event: lists are made anew behind it */
    rf_prefilter *filter;  /* NULL: nobody looks for anything, or there was no memory */
    uint64_t match_bits;   /* all of them */
    rf_ticks_epoch epoch;
    rf_chain_options options;
    rf_buffer in, out;     /* an event's bytes as text; its result */
    rf_buffer lines, states; /* of a run of lines: their texts, and what is known of each */
    _Atomic(rf_chain_entry *) current; /* whose hook is being called */
    rf_mutex lock;         /* guards what other threads look at: the entries' array, states, errors, versions */
    RF_VEC(rf_chain_entry *) entries;
    rf_mutex post_lock;
    rf_chain_post *posts;  /* oldest first */
    rf_chain_list eager;   /* those of lists[RF_HOOK_OUTPUT] whose manifest says so */
};

/* chain.c */
/* Makes the lists (there is room) and the prefilter from the entries' states. */
void rf_chain_arrange(rf_chain *chain);
RF_NODISCARD rf_code rf_running_open(rf_chain *chain, rf_plugin *plugin, rf_running *ret_running, rf_error *reterr);
/* What `next` (NULL: nothing) has set up at the host under the same names stays there. */
void rf_running_close(rf_running *running, const rf_running *next);
rf_chain_entry *rf_chain_find(const rf_chain *chain, rf_slice name);
/* rf_chain_swap() when it is certain that no event is going on. */
RF_NODISCARD rf_code rf_chain_swap_now(rf_chain *chain, rf_plugin *plugin, rf_error *reterr);
/* What its VM says of its memory, for other threads. Cost: about 20 ns. */
void rf_chain_note_memory(rf_chain_entry *entry);
/* Room for the statistics of the hooks that the version has. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_chain_entry_stats(rf_chain_entry *entry, uint32_t hooks, rf_error *reterr);

/* chain_call.c */
/* Calls the hook, counts and times it; a failure is noted. The verdict of one that failed is CONTINUE. `*since` is where its time
 * began, and becomes where it ended. */
rf_code rf_chain_call(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena,
                      uint64_t *since, rf_answer *ret_answer, rf_error *reterr);
/* The same, neither counted nor timed: rf_chain_count_run() does that for many at once. */
rf_code rf_chain_call_bare(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_pv *args, uint32_t count, rf_arena *arena,
                           rf_answer *ret_answer, rf_error *reterr);
void rf_chain_count_run(rf_chain_entry *entry, rf_hook hook, uint32_t calls, uint64_t ticks);
/* What a call that went well gave is of no use: it counts as one more failure after the `failures` there were before it. */
void rf_chain_refuse(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, uint32_t failures, const rf_error *error);
/* Around each event: false when one is going on already. Takes what was posted. */
bool rf_chain_enter(rf_chain *chain);
void rf_chain_leave(rf_chain *chain);

/* chain_health.c */
void rf_chain_failed(rf_chain *chain, rf_chain_entry *entry, rf_hook hook, const rf_error *error);
/* Tells the host's log. */
void rf_chain_say(const rf_chain *chain, rf_slice plugin, rf_log_level level, const char *format, ...) RF_PRINTF(4, 5);
/* Enables or disables on the chain's thread. */
void rf_chain_set_enabled(rf_chain *chain, rf_chain_entry *entry, bool enabled);

/* chain_status.c */
/* Raises RF_ENOTFOUND for a name that the chain does not have. Under the lock, or on the chain's thread. */
rf_code rf_chain_unknown(const rf_chain *chain, rf_slice name, rf_error *reterr);

/* chain_post.c */
void rf_chain_take_posts(rf_chain *chain);
void rf_chain_drop_posts(rf_chain *chain);

#endif
