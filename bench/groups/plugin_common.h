/* plugin_common.h: what the benchmarks of plugins share: rows, plugins of one form in a chain, proof that they were called. */
#ifndef RF_BENCH_PLUGIN_COMMON_H
#define RF_BENCH_PLUGIN_COMMON_H

#include "native.h"
#include "scripts.h"
#include "plugin/chain.h"

enum { RF_SET_PLUGINS_MAX = 20 };

/* Forms that call hooks, in the order of the report; ends with RF_FORM_NONE. */
extern const rf_form rf_hook_forms[];

/* What the seed's report promised of its native plugins, and was never measured (seed 004, "Targets"). */
enum { RF_SEED_HOOK_NS = 50000, RF_SEED_CHAIN_NS = 100000, RF_SEED_LINE_NS = 1000000 };

/* Which plugins, and what happens to them: what `arg` of a row points at. */
typedef struct rf_plugin_arg {
    rf_groups *groups;
    rf_form form;
    const char *script; /* of scripts.h */
    uint32_t plugins;   /* in the chain */
    rf_hook hook;
    const char *text;   /* that each iteration sends; NULL: lines are numbered */
    uint32_t events;    /* of an iteration */
} rf_plugin_arg;

/* Adds a row; `form` of the row and `groups` are filled in, `arg` is copied. */
RF_NODISCARD rf_code rf_plugin_row(rf_groups *groups, rf_bench row, const rf_plugin_arg *arg, rf_error *reterr);

/* Texts in one block of memory. Zeroed is empty. */
typedef struct rf_plugin_texts { rf_slice *items; uint32_t count; size_t bytes; /* all together */ } rf_plugin_texts;
/* Lines of output as the original's suite has them, for RF_HOOK_INPUT its commands. */
RF_NODISCARD rf_code rf_plugin_texts_make(rf_plugin_texts *texts, rf_hook hook, uint32_t count, rf_error *reterr);
void rf_plugin_texts_done(rf_plugin_texts *texts);

/* Plugins of one form, and maybe a chain of them. One thread. */
typedef struct rf_plugin_set {
    const rf_plugin_arg *arg;
    rf_plugin_shared shared;   /* without a cache; not made for native plugins */
    rf_plugin_host host;
    rf_chain *chain;
    rf_plugin *plugins[RF_SET_PLUGINS_MAX];
    rf_native_tally tallies[RF_SET_PLUGINS_MAX]; /* of native ones */
    uint32_t count;
    const char *path;          /* of the script; NULL for native plugins */
    rf_plugin_texts texts;     /* what an iteration sends */
    rf_outcome_text *outcomes; /* room for as many */
    uint64_t calls[RF_HOOK_COUNT]; /* that each plugin of the chain must have had */
    uint64_t counter;          /* what each native one that processes must have counted */
    uint64_t complaints;       /* that the chain made to its host */
    rf_error error;            /* the first thing that went wrong while it was measured */
} rf_plugin_set;

/* Loads the plugins; no chain yet. What it made before an error is the caller's to take down (rf_plugin_set_done). */
RF_NODISCARD rf_code rf_plugin_set_init(rf_plugin_set *set, const rf_plugin_arg *arg, rf_error *reterr);
void rf_plugin_set_done(rf_plugin_set *set);
/* A chain of all of them; their on_load is called. Takes down the one that there was. */
RF_NODISCARD rf_code rf_plugin_set_chain(rf_plugin_set *set, rf_error *reterr);
/* Loads the plugin that goes to this place, which is empty. */
RF_NODISCARD rf_code rf_plugin_set_load(rf_plugin_set *set, uint32_t index, rf_error *reterr);

/* As rf_bench has them, for everything that sends texts or sizes through a chain that stays. */
rf_code rf_plugin_chain_open(const rf_bench *bench, void **ret_state, rf_error *reterr);
void rf_plugin_set_close(void *state);
void rf_plugin_one_text(void *state, uint64_t iterations);   /* the same text each time */
void rf_plugin_all_texts(void *state, uint64_t iterations);  /* one after the other */
void rf_plugin_text_runs(void *state, uint64_t iterations);  /* rf_chain_lines */
void rf_plugin_resizes(void *state, uint64_t iterations);
/* That every plugin was called as often as it should have been, without an error, and that what it says is heeded. */
rf_code rf_plugin_chain_check(void *state, rf_error *reterr);
/* The counts alone: calls since the chain was made, against set->calls. */
rf_code rf_plugin_count_check(rf_plugin_set *set, rf_error *reterr);

/* That the plugin works: in a chain of its own its top level runs, and it has these hooks, no others. */
RF_NODISCARD rf_code rf_plugin_works(rf_plugin *plugin, const rf_plugin_host *host, uint32_t hooks, rf_error *reterr);

/* Keeps the first of the errors. */
static inline void rf_plugin_note(rf_error *first, const rf_error *error) {
    if (!first->code)
        *first = *error;
}

#endif
