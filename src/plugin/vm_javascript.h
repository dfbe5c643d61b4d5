/* vm_javascript.h: a plugin's JavaScript VM, shared by vm_javascript*.c and data_javascript.c only. */
#ifndef RF_PLUGIN_VM_JAVASCRIPT_H
#define RF_PLUGIN_VM_JAVASCRIPT_H

#include "plugin/api.h"
#include "plugin/vm_where.h"
#include "script/javascript/heap.h"
#include "script/javascript/where.h"

#include <pthread.h>
#include <stdatomic.h>

/* Compiled: bytecode that each VM reads for itself. It never comes from a disk: the engine trusts what it reads. */
struct rf_plugin_code {
    char *path;
    uint8_t *bytes;
    size_t size;
    struct { uint32_t line, column; } named[RF_HOOK_COUNT]; /* where the script first says a hook's name; 0: nowhere */
};

/* Of what Modify(x) gives: fixed, clear of the engine's own, so that no counter need be kept in the process. */
enum { RF_PLUGIN_JS_MODIFY = 123 };

struct rf_plugin_vm {
    rf_js_heap heap;
    JSRuntime *rt;
    JSContext *ctx;
    rf_plugin_code *code; /* borrowed */
    rf_plugin_api *api;   /* borrowed */
    rf_plugin_stages stages;
    rf_js_where where;    /* while it runs; its `rt` NULL: not made yet */
    size_t heap_bytes;
    uint32_t has;         /* bit per hook */
    JSValue hooks[RF_HOOK_COUNT];
    JSValue verdicts[4];  /* Continue, (unused), Stop, Drop: known by identity */
    /* one call */
    uint64_t time_ns, started_ns; /* 0: no limit; the clock was not read yet */
    bool timed_out;
    bool watched;         /* of rf_js_overtime_begin() */
    bool lost;            /* memory or time ran out in the middle of the engine: nothing in it may be touched */
    _Atomic bool stop;    /* set by another thread */
    const char *kept;     /* the answer's text, owned by the engine */
    rf_arena texts;       /* texts that were no UTF-8, made so; arguments of the host's functions; lines of console */
    size_t data_left;     /* bytes that may still be copied out of the engine; its own bound does not see them */
    uint32_t depth;       /* functions of the host that are running: a getter in an argument may call another */
    struct { JSClassID plain, date, bytes; } classes; /* the engine's ids, looked up at open */
    size_t collect_at;    /* live bytes from which the engine collects after a call */
    uint64_t collections, longest_pause_ns;
    rf_bounds pauses;     /* of the collections, ns */
    pthread_t thread;     /* whose stack was measured */
    bool measured;
};

/* vm_javascript_api.c: the functions of the host, console, Continue … Modify. False: an exception is pending. */
bool rf_plugin_js_define(rf_plugin_vm *vm);
/* vm_javascript_answer.c */
RF_NODISCARD rf_code rf_plugin_js_answer(rf_plugin_vm *vm, rf_hook hook, JSValueConst value, rf_arena *arena, rf_answer *ret_answer,
                                         rf_error *reterr);
/* The pending exception as an error; it is taken. */
rf_code rf_plugin_js_failure(rf_plugin_vm *vm, rf_error *reterr);
/* What was thrown, with its place in the file `path`, the stack in the hint. */
void rf_plugin_js_describe(JSContext *ctx, JSValueConst thrown, const char *path, rf_error *reterr);
/* "a number", "an array": for messages. */
const char *rf_plugin_js_kind(JSContext *ctx, JSValueConst value);
/* A text as UTF-8: the engine's own bytes (then *ret_owned is for JS_FreeCString), or made so in the VM's `texts`. data NULL: out of
 * memory, or an exception. */
rf_slice rf_plugin_js_text(rf_plugin_vm *vm, JSValueConst string, const char **ret_owned);

/* vm_javascript.c: whether the call is over its time, or another thread wants it to end; then it stays so. */
bool rf_plugin_js_overtime(rf_plugin_vm *vm);
/* Takes `bytes` from what may still be copied out. Errors: RF_ELIMIT. */
RF_NODISCARD rf_code rf_plugin_js_charge(rf_plugin_vm *vm, size_t bytes, rf_error *reterr);

/* data_javascript.c. `ctx` is a plugin's VM's. Both keep its bounds of memory and time. */
JSValue rf_plugin_js_import(JSContext *ctx, const rf_value *value); /* or JS_EXCEPTION */
RF_NODISCARD rf_code rf_plugin_js_export(JSContext *ctx, JSValueConst value, rf_arena *arena, rf_value *ret_value, rf_error *reterr);

#endif
