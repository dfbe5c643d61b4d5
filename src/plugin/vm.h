/* vm.h: one plugin's running side, in either language: its code, its VM, calls of its hooks. */
#ifndef RF_PLUGIN_VM_H
#define RF_PLUGIN_VM_H

#include "base/ticks.h"
#include "message/value.h"
#include "observe/exposition.h"
#include "plugin/hook.h"
#include "plugin/manifest.h"

typedef struct rf_plugin_api rf_plugin_api; /* api.h: what the functions of the Host API work on, one per VM */

/* An argument or a result, in terms both languages have. Texts and data are views, as said where they are used. */
typedef enum rf_pv_kind { RF_PV_UNIT, RF_PV_BOOL, RF_PV_INT, RF_PV_NUMBER, RF_PV_TEXT, RF_PV_DATA } rf_pv_kind;
typedef struct rf_pv {
    rf_pv_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        rf_slice text; /* of hooks: valid UTF-8, see bytes.h; of API functions the same */
        rf_value data; /* RF_PV_DATA: null, bool, number, string, list, map */
    };
} rf_pv;

/* What a hook gave back. */
typedef struct rf_answer {
    rf_verdict verdict;
    rf_slice text;  /* MODIFY of RF_ANSWER_TEXT hooks: a view into the VM, until its next call */
    rf_value data;  /* MODIFY of RF_ANSWER_MESSAGE hooks: what the script gave, in `arena` of the call (strings copied) */
} rf_answer;

typedef struct rf_plugin_code rf_plugin_code; /* compiled: immutable, any thread, any number of VMs */
typedef struct rf_plugin_vm rf_plugin_vm;     /* one thread at a time */

/* A plugin's bytes and where they come from. */
typedef struct rf_plugin_text {
    const char *path; /* as messages have it; #load is relative to it */
    rf_slice bytes;
} rf_plugin_text;

/* What all plugins of a process share: names of Fusabi, the bytecode cache. Any thread. (shared.c) */
typedef struct rf_plugin_shared {
    struct rf_fus_engine *engine;     /* with the Host API registered */
    struct rf_bytecode_cache *cache;  /* NULL: none */
    rf_arena arena;                   /* the Host API's rows as the engine has them */
    rf_ticks_epoch epoch;             /* of load times */
    rf_slice salt;                    /* what compiled Fusabi depends on besides its text: versions, names of functions */
} rf_plugin_shared;

typedef struct rf_vm_options {
    uint32_t capabilities; /* granted */
    size_t heap_bytes;
    uint64_t load_ns;      /* limit of the top level */
    rf_plugin_api *api;    /* borrowed, outlives the VM */
} rf_vm_options;

/* Collections: in JavaScript those that look for cycles between calls; what nobody holds is freed at once there. */
typedef struct rf_vm_counts { size_t held_bytes; uint64_t collections, longest_pause_ns; rf_bounds pauses; uint64_t allocated_bytes; /* ever */ } rf_vm_counts;

/* A language. Two const tables: rf_vm_fusabi (.fsx, .fzb), rf_vm_javascript (.js). */
typedef struct rf_vm_kind {
    const char *name;
    /* Compiles. `findings` gets everything there is to say, as people read it, warnings too (may be NULL).
     * Errors: RF_ESCRIPT with the place; RF_EPARSE a damaged .fzb; RF_ENOMEM. */
    rf_code (*compile)(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_buffer *findings, rf_plugin_code **ret_code,
                       rf_error *reterr);
    void (*code_free)(rf_plugin_code *code); /* NULL is fine */
    /* Capabilities that the code names functions of (Fusabi: exact; JavaScript: 0, it cannot be known). */
    uint32_t (*uses)(const rf_plugin_code *code);
    /* A VM with the code's top level run and its hooks found. Errors: RF_ESCRIPT with place and trace in the hint; RF_ELIMIT; RF_ENOMEM. */
    rf_code (*open)(const rf_plugin_shared *shared, rf_plugin_code *code, const rf_vm_options *options, rf_plugin_vm **ret_vm,
                    rf_error *reterr);
    void (*close)(rf_plugin_vm *vm);         /* NULL is fine */
    /* Bits of the hooks that the script defines as functions. */
    uint32_t (*hooks)(const rf_plugin_vm *vm);
    /* Calls a hook that exists. `time_ns` 0: no limit. `arena` is for RF_ANSWER_MESSAGE results and RF_HOOK_MESSAGE's argument.
     * Allocates nothing on our side. Errors: RF_ESCRIPT it threw, or its answer is none that the hook has; RF_ELIMIT; RF_ENOMEM. */
    rf_code (*call)(rf_plugin_vm *vm, rf_hook hook, const rf_pv *args, uint32_t count, uint64_t time_ns, rf_arena *arena,
                    rf_answer *ret_answer, rf_error *reterr);
    /* Its plain top-level values by name, as an RF_MAP in the arena: what on_reload of the next version gets. */
    rf_code (*state)(rf_plugin_vm *vm, rf_arena *arena, rf_value *ret_state, rf_error *reterr);
    void (*interrupt)(rf_plugin_vm *vm);     /* any thread: the running call ends with RF_ELIMIT */
    void (*counts)(const rf_plugin_vm *vm, rf_vm_counts *ret_counts);
} rf_vm_kind;

extern const rf_vm_kind rf_vm_fusabi, rf_vm_javascript;
/* The language of a path's ending, or NULL. */
const rf_vm_kind *rf_vm_kind_of(const char *path);

/* Errors: RF_ENOMEM. `cache_dir` NULL: no cache. */
RF_NODISCARD rf_code rf_plugin_shared_init(rf_plugin_shared *shared, const char *cache_dir, rf_error *reterr);
void rf_plugin_shared_done(rf_plugin_shared *shared); /* zeroed is fine */

#endif
