/* script.h: programs compiled once, and the warm VMs that run them on messages. */
#ifndef RF_SCRIPT_SCRIPT_H
#define RF_SCRIPT_SCRIPT_H

#include "base/log.h"
#include "message/message.h"
#include "script/cache.h"

#include <stdatomic.h>

/* How a script's text becomes a callable thing (stream.md 2.2, 3.2). */
typedef enum rf_script_form {
    RF_SCRIPT_BODY,      /* a strict function body; `defaults`, `then`, `advancedProcessing`, `code` */
    RF_SCRIPT_BODY_LINES,/* the same, with line breaks around it (nodered_js: a final // comment is harmless) */
    RF_SCRIPT_CONDITION, /* a program whose completion value counts; not strict */
} rf_script_form;

/* Where line and column of a script stand in the user's file. Lines and columns from 1. */
typedef void (*rf_script_locate)(const void *map, uint32_t line, uint32_t column, rf_place *ret_place);

/* One script of a processor. Views: the config keeps them alive. */
typedef struct rf_script_source {
    rf_slice text;
    rf_script_form form;
    const char *stage;       /* "defaults", "conditions[1].if": in metrics and messages */
    const char *where;       /* "tag_processor.conditions[1].if": in profiles; NULL: the stage's name alone */
    const char *file;        /* "defaults.js", "condition-1-if.js": in script stacks */
    rf_script_locate locate; /* may be NULL: then places are the script's own */
    const void *map;
} rf_script_source;

/* Bounds of one run; none may be 0 (RF_ECONFIG). */
typedef struct rf_limits {
    uint64_t time_ns;   /* wall time of one run */
    size_t heap_bytes;  /* most a VM may hold, its globals included */
    size_t stack_bytes; /* script stack, never more than the thread has left; recursion past it raises in the script */
} rf_limits;

#define RF_LIMITS_DEFAULT ((rf_limits){ .time_ns = 1000 * UINT64_C(1000000), .heap_bytes = 64u << 20, .stack_bytes = 16u << 20 })

/* A compiled script: immutable, any thread. */
typedef struct rf_program rf_program;

/* Compiles (JavaScript; the seam for other engines is here). Errors: RF_ESCRIPT with the message of the engine
 * ("SyntaxError: …") and the place in the user's file; RF_ENOMEM. */
RF_NODISCARD rf_code rf_program_compile(const rf_script_source *source, rf_program **ret_program, rf_error *reterr);
void rf_program_free(rf_program *program);

/* What a host gives to scripts, beside `msg`. The callbacks run on the VM's thread, during a run. */
typedef struct rf_script_host {
    rf_script_cache *cache; /* shared by all VMs of a processor; NULL: no `cache` global */
    rf_log *log;            /* console.*, cache errors; NULL: silence */
    rf_log_origin origin;
    const _Atomic bool *giving_up; /* set by another thread: running scripts are stopped at once; NULL: never */
} rf_script_host;

typedef struct rf_pool_counts {
    uint64_t hits, misses; /* borrows served by a warm VM, or by a new one */
    uint64_t collections, pause_ns; /* of cycles, between runs; what the last one took */
    uint64_t resets;       /* VMs thrown away after a limit or with something left in them */
    uint32_t size;         /* VMs alive */
    size_t heap_bytes;     /* what they hold */
} rf_pool_counts;

/* The VMs of one thread for the programs of one processor: one warm VM as a rule. One thread at a time. */
typedef struct rf_vm rf_vm;
typedef struct rf_pool rf_pool;

/* `programs` and `host` are borrowed and outlive the pool. Errors: RF_ECONFIG for a zero limit, RF_ENOMEM. */
RF_NODISCARD rf_code rf_pool_new(const rf_program *const *programs, size_t count, const rf_limits *limits,
                                 const rf_script_host *host, rf_pool **ret_pool, rf_error *reterr);
void rf_pool_free(rf_pool *pool);
void rf_pool_get_counts(const rf_pool *pool, rf_pool_counts *ret_counts);
/* How often its VMs have collected: one load. */
uint64_t rf_pool_collections(const rf_pool *pool);

/* A clean VM with all programs loaded: warm (a hit) or new (a miss). Give it back on the same thread. */
RF_NODISCARD rf_code rf_pool_borrow(rf_pool *pool, rf_vm **ret_vm, rf_error *reterr);
/* NULL is fine. A VM that hit a limit, or cannot be proven clean, is destroyed. */
void rf_pool_return(rf_pool *pool, rf_vm *vm);

/* What a run gave back. */
typedef enum rf_outcome {
    RF_OUTCOME_MESSAGE,  /* one message: results[0] */
    RF_OUTCOME_MESSAGES, /* an array or set of messages, maybe empty */
    RF_OUTCOME_NOTHING,  /* null, undefined, or no return at all */
    RF_OUTCOME_OTHER,    /* something that is no message; `note` names its kind: "number", "Promise", … */
    RF_OUTCOME_BAD_ELEMENT, /* an array element that is no message; `note` names its kind */
} rf_outcome;

/* One returned message, before the processor's own rules. */
typedef struct rf_result {
    rf_value payload;   /* valid when has_payload */
    bool has_payload;   /* the returned object has the key `payload` */
    bool payload_same;  /* it is the payload that went in, untouched (payload then equals message->payload) */
    bool has_meta;      /* the returned object's `meta` is an object */
    rf_meta meta;       /* typed values; entries in the arena, or frozen and shared with the message that went in */
} rf_result;

typedef struct rf_run {
    rf_outcome outcome;
    rf_result *results; /* in the arena */
    uint32_t count;
    rf_slice note;
} rf_run;

/*
 * Runs program `index` of the pool on `message`, which is not changed, but that a result may be made of its metadata's entries: whoever needs
 * them afterwards freezes them. Results live in `batch`'s arena.
 * Errors: RF_ESCRIPT the script threw: message "TypeError: … at defaults.js:1:5", place in the user's file; a
 * write to a global, a builtin or a prototype says so in the hint. RF_ELIMIT: time, memory or stack bound.
 * RF_ENOMEM.
 * Cost: no allocation on our side beyond the arena, unless the script makes some.
 */
RF_NODISCARD rf_code rf_vm_run(rf_vm *vm, size_t index, rf_batch *batch, rf_message *message, rf_run *ret_run, rf_error *reterr);
/* The same for a RF_SCRIPT_CONDITION: only its truth counts; whatever it changes in `msg` is lost. */
RF_NODISCARD rf_code rf_vm_test(rf_vm *vm, size_t index, rf_batch *batch, rf_message *message, bool *ret_truth, rf_error *reterr);

#endif
