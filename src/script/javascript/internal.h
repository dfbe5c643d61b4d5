/* internal.h: the insides of one interpreter, shared by the files of this folder only. */
#ifndef RF_SCRIPT_JAVASCRIPT_INTERNAL_H
#define RF_SCRIPT_JAVASCRIPT_INTERNAL_H

#include "script/javascript/engine.h"
#include "script/javascript/heap.h"

#include <pthread.h>

/* Class ids of our own objects: fixed, clear of the engine's, so that no counter need be kept in the process. */
enum { RF_JS_CLASS_MESSAGE = 120, RF_JS_CLASS_META = 121, RF_JS_CLASS_TRAP = 122 };

/* What an object is, as far as leaving the engine goes (stream.md 1.2). */
typedef enum rf_js_kind {
    RF_JS_PLAIN, /* its own enumerable properties */
    RF_JS_ARRAY, RF_JS_SET, RF_JS_MAP, RF_JS_DATE, RF_JS_FUNCTION, RF_JS_PROMISE, RF_JS_PROXY, RF_JS_BUFFER,
    RF_JS_BYTES, /* Uint8Array */
    RF_JS_TYPED, /* the other typed arrays */
    RF_JS_BOXED, /* Number, Boolean, Symbol, BigInt objects: their primitive */
    RF_JS_TEXT, /* String objects: plain ones, whose characters do not show */
} rf_js_kind;

#define RF_JS_CLASSES 128u     /* class ids that are told apart */
#define RF_JS_SLOTS 512u       /* metadata keys that an interpreter knows by atom */
#define RF_JS_ATOMS 8192u      /* atoms looked up directly; others take the slow way */
#define RF_JS_CACHED_MAX 256u  /* longest text kept for reuse, bytes */
#define RF_JS_KEEP_BYTES ((size_t)8 << 20) /* a heap grown by more than this is given back */

/* A text read before, kept as the engine's string: read again when the bytes are the same. */
typedef struct rf_js_text {
    JSValue string;      /* JS_UNDEFINED: none */
    const char *bytes;   /* inside the string: only ASCII is kept */
    uint32_t len;
} rf_js_text;

/* One metadata key. The overlay (what the script did to it) counts only while `run` is the current one. */
typedef struct rf_js_slot {
    JSAtom atom; /* owned */
    const rf_key *key;
    uint32_t hint; /* where the entry was last time */
    uint32_t run;
    bool inherited; /* Object.prototype has the name too */
    bool deleted;
    bool changed;   /* differs from the message's, or may */
    JSValue value;  /* of the overlay; JS_UNDEFINED when deleted */
    rf_js_text text;
} rf_js_slot;

/* `msg.meta`: the message's entries with an overlay, or from then on an ordinary object. */
typedef struct rf_js_meta {
    JSValue object; /* what scripts hold */
    JSValue inner;  /* JS_UNDEFINED: not needed so far */
    rf_js_slot *slots;
    uint32_t slot_count;
    uint16_t *slot_of_atom; /* index + 1 */
    const rf_keys *keys;    /* whose keys the slots hold */
    uint16_t *touched;      /* slots with an overlay, in order of first change */
    uint32_t touched_count;
} rf_js_meta;

/* `msg`: two properties kept as C state, or from then on an ordinary object. */
typedef struct rf_js_message {
    JSValue object;
    JSValue inner;
    JSValue payload; /* valid when payload_read or payload_set */
    bool payload_read, payload_set;
    JSValue meta; /* valid when meta_set */
    bool meta_set;
    rf_js_text text; /* the last string payload */
} rf_js_message;

/* `msg`, `console`, `cache` and the names that script forms declare: accessors on the sealed global object. */
typedef struct rf_js_global {
    const char *name;
    JSValue value;
    JSValue override; /* what a script assigned during this run */
    bool overridden;
    bool lasting; /* readable in every script; else only where a script declares it */
} rf_js_global;

typedef struct rf_js_program {
    const rf_program *program;
    JSValue code; /* function, or bytecode of a script */
    size_t code_bytes;   /* what loading it took */
    int64_t left_bytes;  /* what its runs have left; below 0: they freed what others had left */
    uint64_t allocated_bytes; /* by loading it and by its runs, what is freed again too */
} rf_js_program;

struct rf_js {
    rf_js_heap heap;
    JSRuntime *rt;
    JSContext *ctx;
    const rf_script_host *host;
    rf_limits limits;
    rf_js_program *programs;
    size_t program_count;
    rf_js_global *globals;
    size_t global_count;
    bool any_overridden;
    rf_js_where where;
    uint8_t kinds[RF_JS_CLASSES]; /* rf_js_kind by class id */
    JSValue object_prototype;
    JSValue map_to_list, set_to_list, unbox, date_ms, to_bigint, to_date, to_bytes; /* helpers made before scripts ran */
    JSAtom atom_payload, atom_meta, atom_length;
    rf_js_message message;
    rf_js_meta meta;
    /* the run */
    rf_batch *batch;
    rf_message *current;
    size_t live_before;  /* the heap's counts when the run began */
    uint64_t allocated_before;
    uint32_t run;
    pthread_t thread;    /* whose stack was measured */
    bool measured;
    uint8_t base_keys;   /* 0 not looked at yet in this run, 1 all keys interned, 2 some are not */
    uint64_t started_ns; /* 0: the interrupt handler was not called yet */
    bool timed_out;
    bool watched;        /* of rf_js_overtime_begin() */
    bool spoiled;
    bool host_nomem;     /* an arena of ours had no memory */
    bool export_limit;   /* a result too large to take out */
    rf_buffer text;      /* for `console`; here, so that an escape from the engine does not lose it */
    size_t collect_at;   /* live bytes at which cycles are collected */
    size_t rest_bytes;   /* what the heap held when the interpreter was ready */
    size_t export_left;  /* bytes that results of this run may still take */
};

/* True when another thread wants running scripts to stop. */
static inline bool rf_js_giving_up(const rf_js *js) {
    return js->host->giving_up && atomic_load_explicit(js->host->giving_up, memory_order_relaxed);
}

/* account.c: around the loading of a program, around a run of one, and behind a collection that freed so much. */
void rf_js_account_begin(rf_js *js);
void rf_js_account_loaded(rf_js *js, rf_js_program *program);
void rf_js_account_end(rf_js *js, size_t index);
void rf_js_account_collected(rf_js *js, size_t freed_bytes);

/* vm.c */
static inline rf_js *rf_js_of(JSContext *ctx) { return JS_GetContextOpaque(ctx); }
static inline bool rf_js_same_object(JSValueConst a, JSValueConst b) {
    return JS_VALUE_GET_TAG(a) == JS_TAG_OBJECT && JS_VALUE_GET_TAG(b) == JS_TAG_OBJECT &&
           JS_VALUE_GET_PTR(a) == JS_VALUE_GET_PTR(b);
}
static inline void rf_js_drop(JSContext *ctx, JSValue *value) {
    JSValue old = *value;
    *value = JS_UNDEFINED;
    JS_FreeValue(ctx, old);
}
/* Replaces *value by `with` (taken). */
static inline void rf_js_put(JSContext *ctx, JSValue *value, JSValue with) {
    JSValue old = *value;
    *value = with;
    JS_FreeValue(ctx, old);
}

/* harden.c: checks, helpers and frozen builtins. False: an exception is pending. */
bool rf_js_harden(rf_js *js);

/* stack.c: how much of the running thread's stack scripts may use; cheap while the thread stays the same. */
void rf_js_stack_update(rf_js *js);

/* globals.c */
bool rf_js_globals_define(rf_js *js);
void rf_js_globals_reset(rf_js *js);
extern const JSClassDef rf_js_trap_class;

/* message_object.c */
extern const JSClassDef rf_js_message_class;
bool rf_js_message_make(rf_js *js);
void rf_js_message_reset(rf_js *js);
/* The payload as the script sees it; owned by the caller. */
JSValue rf_js_message_payload(rf_js *js);
/* From now on an ordinary object behind `msg`. */
bool rf_js_message_materialise(rf_js *js);

/* meta_object.c */
extern const JSClassDef rf_js_meta_class;
bool rf_js_meta_make(rf_js *js);
void rf_js_meta_reset(rf_js *js);
/* The metadata after the run, as typed entries. False: an exception is pending. */
bool rf_js_meta_result(rf_js *js, rf_meta *ret_meta);

/* meta_slots.c */
/* The slot of an atom, made when it is new; NULL: the slow way (no string key, table full, no memory). */
rf_js_slot *rf_js_meta_slot(rf_js *js, JSAtom atom);
static inline bool rf_js_slot_live(const rf_js *js, const rf_js_slot *slot) { return slot->run == js->run; }
/* The entry of the slot's key among the message's (or a copy that still begins with them), or NULL. */
rf_meta_entry *rf_js_slot_entry(rf_js *js, rf_js_slot *slot, const rf_meta *meta);
/* Puts an overlay value (taken). */
void rf_js_slot_set(rf_js *js, rf_js_slot *slot, JSValue value, bool changed);
bool rf_js_slots_init(rf_js *js);
void rf_js_slots_done(rf_js *js);

/* ordinary.c: the operations of an ordinary object on the object that stands in for an exotic one. */
JSValue rf_js_ordinary_get(JSContext *ctx, JSValueConst inner, JSAtom atom, JSValueConst receiver);
int rf_js_ordinary_set(JSContext *ctx, JSValueConst outer, JSValueConst inner, JSAtom atom, JSValueConst value,
                       JSValueConst receiver, int flags);
int rf_js_ordinary_names(JSContext *ctx, JSPropertyEnum **ret_names, uint32_t *ret_count, JSValueConst inner);

/* import.c */
/* A text as a string; kept in `text` for the next time. */
JSValue rf_js_import_text(JSContext *ctx, rf_js_text *text, rf_slice bytes);
void rf_js_text_done(JSContext *ctx, rf_js_text *text);
/* `nested`: numbers keep their floating-point tag, by which an untouched one is known again. */
JSValue rf_js_import(rf_js *js, const rf_value *value, bool nested);

/* export.c */
/* False: an exception is pending (a getter threw, a bound was hit, no memory). `nested`: number tags decide. */
bool rf_js_export(rf_js *js, JSValueConst value, bool nested, rf_value *ret_value);
bool rf_js_export_text(rf_js *js, JSValueConst string, rf_slice *ret_text);
rf_js_kind rf_js_kind_of(rf_js *js, JSValueConst object);
/* Own enumerable string keys of an object, with values: for metadata. */
bool rf_js_export_meta(rf_js *js, JSValueConst object, rf_meta *ret_meta);
/* Takes `bytes` from what this run may still take out; false: an exception is pending. */
bool rf_js_export_charge(rf_js *js, size_t bytes);
/* Arena memory, charged; NULL: an exception is pending. */
void *rf_js_export_alloc(rf_js *js, size_t count, size_t size);

/* result.c */
bool rf_js_result(rf_js *js, JSValueConst value, rf_run *ret_run);

/* console.c, cache_object.c: the objects, or JS_EXCEPTION. */
JSValue rf_js_console_new(rf_js *js);
JSValue rf_js_cache_new(rf_js *js);

/* failure.c */
/* The pending exception as an error; it is taken. `program` may be NULL. */
rf_code rf_js_failure(rf_js *js, const rf_program *program, rf_error *reterr);
/* Memory ran out: the VM's bound, or the system's. */
rf_code rf_js_memory_failure(const rf_js *js, rf_error *reterr);
rf_code rf_js_time_failure(const rf_js *js, rf_error *reterr);
/* The message and place of a thrown value, without limits; for the compiler too. */
void rf_js_describe(JSContext *ctx, JSValueConst thrown, const rf_script_source *source, uint32_t lines_before, rf_error *reterr);

#endif
