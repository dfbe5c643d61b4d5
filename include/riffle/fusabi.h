/* riffle/fusabi.h: Fusabi scripts in a C or C++ program: compile, load, run, call. */
#ifndef RIFFLE_FUSABI_H
#define RIFFLE_FUSABI_H

#include "riffle/base.h"
#include "riffle/error.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Four kinds of objects:
 *   engine    names, and the functions that the host registered. Any thread, for the life of the process.
 *   program   one compiled script. Immutable: any thread, any number of VMs.
 *   vm        what a script runs in: its heap and limits. One thread at a time.
 *   script    a program in a vm: its variables. Belongs to the vm.
 * Functions that can fail return RF_OK or a code, and fill `reterr` (which may be NULL). Texts are UTF-8.
 */
typedef struct rf_fus_engine rf_fusabi_engine;
typedef struct rf_fus_program rf_fusabi_program;
typedef struct rf_fus_vm rf_fusabi_vm;
typedef struct rf_fus_instance rf_fusabi_script;

/* ---- Values ---- */

typedef enum rf_fusabi_kind {
    RF_FUSABI_UNIT,     /* () */
    RF_FUSABI_BOOL,     /* boolean */
    RF_FUSABI_INT,      /* integer */
    RF_FUSABI_FLOAT,    /* number */
    RF_FUSABI_STRING,   /* text */
    RF_FUSABI_LIST,     /* from here on: object */
    RF_FUSABI_TUPLE,
    RF_FUSABI_ARRAY,
    RF_FUSABI_RECORD,
    RF_FUSABI_MAP,      /* from strings */
    RF_FUSABI_VARIANT,  /* Some 1, Circle(2.0), … */
    RF_FUSABI_FUNCTION,
    RF_FUSABI_HOST,     /* a pointer of the host */
} rf_fusabi_kind;

/*
 * A value as it passes between host and script. What a vm hands out (`text` and `object`) is a view into its heap: it
 * stays valid until the next call, run or load on that vm; inside a host function, until that function calls back or
 * returns. rf_fusabi_hold() keeps longer.
 */
typedef struct rf_fusabi_value {
    rf_fusabi_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        rf_slice text;
        uint64_t object;
    };
} rf_fusabi_value;

/* ---- Plain values, which cost nothing and never fail. Thread: any ---- */

/* `()`, what a function without a result gives. */
static inline rf_fusabi_value rf_fusabi_unit(void) {
    rf_fusabi_value value;
    value.kind = RF_FUSABI_UNIT;
    value.integer = 0;
    return value;
}
/* `true`, `false`. */
static inline rf_fusabi_value rf_fusabi_bool(bool boolean) {
    rf_fusabi_value value;
    value.kind = RF_FUSABI_BOOL;
    value.boolean = boolean;
    return value;
}
/* A whole number of 64 bits. */
static inline rf_fusabi_value rf_fusabi_int(int64_t integer) {
    rf_fusabi_value value;
    value.kind = RF_FUSABI_INT;
    value.integer = integer;
    return value;
}
/* A double, NaN and the infinities among them. */
static inline rf_fusabi_value rf_fusabi_float(double number) {
    rf_fusabi_value value;
    value.kind = RF_FUSABI_FLOAT;
    value.number = number;
    return value;
}
/* The bytes are read when the value is used; they need not live longer. Not UTF-8: that use fails with RF_EPARSE. */
static inline rf_fusabi_value rf_fusabi_string(const char *data, size_t len) {
    rf_fusabi_value value;
    value.kind = RF_FUSABI_STRING;
    value.text.data = data;
    value.text.len = len;
    return value;
}

/* ---- Engine ---- */

/* What scripts may touch, where the host allows it: bits of rf_fusabi_vm_options. */
enum {
    RF_FUSABI_CAN_READ_FILES = 1u << 0,
    RF_FUSABI_CAN_WRITE_FILES = 1u << 1,
    RF_FUSABI_CAN_RUN = 1u << 2,         /* processes */
    RF_FUSABI_CAN_ENVIRONMENT = 1u << 3, /* variables, working directory */
    RF_FUSABI_CAN_CONSOLE = 1u << 4,     /* standard input, and writing to the terminal directly */
    RF_FUSABI_CAN_TERMINAL = 1u << 5,    /* the terminal that the host drives */
    RF_FUSABI_CAN_NETWORK = 1u << 6,
    RF_FUSABI_CAN_CLIPBOARD = 1u << 7,
    RF_FUSABI_CAN_ALL = (1u << 8) - 1,
};

/* Makes an engine with one reference. Cost: a few microseconds; one is enough for a process. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_engine_new(rf_fusabi_engine **ret_engine, rf_error *reterr);
/* Takes a reference more, and returns the engine. Programs and VMs hold their own. Thread: any. */
rf_fusabi_engine *rf_fusabi_engine_ref(rf_fusabi_engine *engine);
/* Gives one back; the last frees the engine. NULL is fine. Thread: any. */
void rf_fusabi_engine_unref(rf_fusabi_engine *engine);

/*
 * A function of the host that scripts may call. `args` are its `arity` arguments; `ret_value` is unit unless it is set. An
 * error becomes an exception in the script: Failure with the error's message (RF_ENOMEM and RF_ELIMIT end the script's call).
 * Thread: the one that runs the vm.
 */
typedef rf_code (*rf_fusabi_host_call)(rf_fusabi_vm *vm, void *user, const rf_fusabi_value *args, uint32_t count,
                                       rf_fusabi_value *ret_value, rf_error *reterr);
typedef struct rf_fusabi_host_function {
    const char *name;    /* "notify", or "Door.unlock" in a module of the host */
    const char *type;    /* as F# writes it, "string -> int -> unit": `arity` arrows outside brackets. Checked by inference */
    const char *params;  /* names for documents: "door seconds"; may be NULL */
    const char *doc;     /* one sentence or more; may be NULL */
    uint8_t arity;       /* 1 … 100; a function of unit has one parameter, and gets unit */
    uint32_t needs;      /* RF_FUSABI_CAN_*: without all of them a vm does not run scripts' calls of it; 0: nothing */
    rf_fusabi_host_call call;
    void *user;          /* handed to `call`; must live as long as the engine */
} rf_fusabi_host_function;

/* Registers a function for programs that are compiled or loaded afterwards. Texts are copied. Thread: any.
 * Errors: RF_ECONFIG a wrong name, type or arity, or a name that is taken; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_register(rf_fusabi_engine *engine, const rf_fusabi_host_function *function, rf_error *reterr);

/* ---- Programs ---- */

/* Something that the compiler has to say. Valid during the callback. */
typedef struct rf_fusabi_finding {
    bool is_error;     /* else a warning */
    const char *phase; /* "lexer", "parser", "compiler", "types" */
    rf_error error;    /* message, hint and place */
    rf_slice shown;    /* as `riffle check` shows it: with the line and a caret; ends in a newline */
} rf_fusabi_finding;

/* Zeroed, or NULL where a pointer to it is taken, is a fine default. */
typedef struct rf_fusabi_options {
    bool types;  /* infer types, and report clashes and incomplete matches as warnings */
    bool strict; /* the same, as errors */
    bool files;  /* #load may read files, relative to the text that names them */
    void (*finding)(void *user, const rf_fusabi_finding *finding); /* called for each finding, in order of places; may be NULL */
    void *user;
    const uint8_t *public_key; /* 32 bytes, Ed25519: rf_fusabi_load() takes only .fzb files that carry a good signature by it; NULL: any */
} rf_fusabi_options;

/* Compiles a script. `name` stands in messages and stack traces. Thread: any.
 * Errors: RF_ESCRIPT it has errors (reterr is the first of them, with its place); RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_compile(rf_fusabi_engine *engine, const char *name, rf_slice text, const rf_fusabi_options *options,
                                       rf_fusabi_program **ret_program, rf_error *reterr);
/* The same for the bytes of a file: .fzb or text, by content.
 * Errors: as rf_fusabi_compile(); RF_EPARSE a damaged .fzb or a text that is not UTF-8; RF_EREFUSED its signature. */
RF_NODISCARD rf_code rf_fusabi_load(rf_fusabi_engine *engine, const char *name, rf_slice bytes, const rf_fusabi_options *options,
                                    rf_fusabi_program **ret_program, rf_error *reterr);
/* Takes a reference more, and returns the program. VMs that run it hold their own. Thread: any. */
rf_fusabi_program *rf_fusabi_program_ref(rf_fusabi_program *program);
/* Gives one back; the last frees the program. NULL is fine. Thread: any. */
void rf_fusabi_program_unref(rf_fusabi_program *program);

/* Writes a program as .fzb. `strip` leaves out what only messages need. `secret_key`: 32 bytes, the seed of an Ed25519 key
 * that signs it; NULL: unsigned. The bytes are the caller's: rf_fusabi_free(). Thread: any. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_write(const rf_fusabi_program *program, bool strip, const uint8_t *secret_key, char **ret_bytes,
                                     size_t *ret_len, rf_error *reterr);
/* Frees what rf_fusabi_write() and rf_fusabi_display() gave; NULL is fine. */
void rf_fusabi_free(char *bytes);

/* ---- VMs ---- */

/* Bounds of each call from the host; 0: none. Hosts of untrusted scripts set all three. */
typedef struct rf_fusabi_limits {
    uint64_t time_ns;  /* wall time of one call */
    size_t heap_bytes; /* most that the vm may hold */
    uint32_t depth;    /* calls inside calls; 0: a million */
} rf_fusabi_limits;

/* Zeroed, or NULL where a pointer to it is taken: no limits, nothing granted, output dropped. */
typedef struct rf_fusabi_vm_options {
    rf_fusabi_limits limits;
    uint32_t capabilities; /* RF_FUSABI_CAN_* granted */
    bool (*write)(void *user, rf_slice text); /* what print and printfn say; false: could not be written, the script fails */
    bool (*flush)(void *user); /* called before the console is read and before a process starts; may be NULL */
    void *user;            /* handed to both; rf_fusabi_user() gives it to host functions */
    const char *script_name;
    const char *const *args; /* `arg_count` of them, for Script.args; must live as long as the vm */
    uint32_t arg_count;
} rf_fusabi_vm_options;

/* Cost: a microsecond or two, a few KiB. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_vm_new(rf_fusabi_engine *engine, const rf_fusabi_vm_options *options, rf_fusabi_vm **ret_vm,
                                      rf_error *reterr);
/* Frees it with all its scripts, values and handles. NULL is fine; no call may be running. */
void rf_fusabi_vm_free(rf_fusabi_vm *vm);
/* The `user` of its options, for host functions. */
void *rf_fusabi_user(const rf_fusabi_vm *vm);
/* Other bounds, from the next call on. Not while one is running. */
void rf_fusabi_set_limits(rf_fusabi_vm *vm, const rf_fusabi_limits *limits);
/* Ends the call that is running with RF_ELIMIT, soon; without one it does nothing. Thread: any; fit for signal handlers. */
void rf_fusabi_interrupt(rf_fusabi_vm *vm);

/*
 * Loads the program and runs it from top to bottom once: what it defines can then be found. `ret_script` lives as long as
 * the vm; `ret_value` (may be NULL) is the program's value.
 * Errors: RF_ESCRIPT an exception: its message and place; rf_fusabi_trace() and rf_fusabi_exception() tell more;
 * RF_ELIMIT a limit, or the interrupt: the vm stays fit for use; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_fusabi_run(rf_fusabi_vm *vm, rf_fusabi_program *program, rf_fusabi_script **ret_script,
                                   rf_fusabi_value *ret_value, rf_error *reterr);

/* A value that is kept until it is released: functions to call again and again, say. */
typedef struct rf_fusabi_handle { uint32_t index; } rf_fusabi_handle;

/* What the script defined by that name ("on_output", "M.x"), kept: release it, or let it die with the vm.
 * Errors: RF_ENOTFOUND; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_find(rf_fusabi_vm *vm, const rf_fusabi_script *script, const char *name, rf_fusabi_handle *ret_handle,
                                    rf_error *reterr);
/* Keeps a value until rf_fusabi_release(). Errors: RF_EPARSE a string that is not UTF-8; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_hold(rf_fusabi_vm *vm, const rf_fusabi_value *value, rf_fusabi_handle *ret_handle, rf_error *reterr);
/* The kept value. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_held(rf_fusabi_vm *vm, rf_fusabi_handle handle, rf_fusabi_value *ret_value, rf_error *reterr);
/* The value is kept no longer, and the handle is none any more. */
void rf_fusabi_release(rf_fusabi_vm *vm, rf_fusabi_handle handle);

/*
 * Calls a kept function, from outside the script; `count` is at least 1 (pass unit to a function of unit). Makes no
 * allocation outside the vm's heap, whose garbage is gone afterwards. Cost: about 40 ns for a short string in and out.
 * Errors: as rf_fusabi_run(); RF_EPARSE an argument that is not UTF-8.
 */
RF_NODISCARD rf_code rf_fusabi_call(rf_fusabi_vm *vm, rf_fusabi_handle function, const rf_fusabi_value *args, uint32_t count,
                                    rf_fusabi_value *ret_value, rf_error *reterr);
/* Calls a function that a host function got as an argument, from inside that host function. `args` and `function` may be
 * used again afterwards only when they are plain (below RF_FUSABI_LIST) or kept. Returning its error lets the script's exception go on. */
RF_NODISCARD rf_code rf_fusabi_call_back(rf_fusabi_vm *vm, const rf_fusabi_value *function, const rf_fusabi_value *args, uint32_t count,
                                         rf_fusabi_value *ret_value, rf_error *reterr);

/* Of the last failed run or call, until the next: "  at fib (x.fsx:3:5)" a line, innermost first. */
rf_slice rf_fusabi_trace(const rf_fusabi_vm *vm);
/* And its exception: a variant such as Failure "text"; unit when there is none. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_exception(rf_fusabi_vm *vm, rf_fusabi_value *ret_value, rf_error *reterr);

/* ---- Reading values ---- */

/* Items of a tuple or array, fields of a record or variant, entries of a map, length of a list (walks it); 0 for others. */
size_t rf_fusabi_count(rf_fusabi_vm *vm, const rf_fusabi_value *value);
/* Item `index` of a tuple or array, or field `index` of a variant. Errors: RF_ENOTFOUND; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_item(rf_fusabi_vm *vm, const rf_fusabi_value *value, size_t index, rf_fusabi_value *ret_item,
                                    rf_error *reterr);
/* Takes the first item off `list`, which becomes its rest. Errors: RF_ENOTFOUND it was empty, or no list; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_next(rf_fusabi_vm *vm, rf_fusabi_value *list, rf_fusabi_value *ret_item, rf_error *reterr);
/* A field of a record, or the value of a map's key. Errors: RF_ENOTFOUND; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_field(rf_fusabi_vm *vm, const rf_fusabi_value *value, const char *name, rf_fusabi_value *ret_value,
                                     rf_error *reterr);
/* All of them in order of names, until `visit` gives false. Errors: RF_ENOTFOUND neither record nor map; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_each(rf_fusabi_vm *vm, const rf_fusabi_value *value,
                                    bool (*visit)(void *user, rf_slice name, const rf_fusabi_value *value), void *user, rf_error *reterr);
/* The constructor's name of a variant ("Some"), empty for others. */
rf_slice rf_fusabi_variant_name(const rf_fusabi_value *value);
/* The pointer of a value that rf_fusabi_host() made with the same `type_name`; NULL for all others. */
void *rf_fusabi_pointer(const rf_fusabi_value *value, const char *type_name);
/* The text that printfn shows; the caller's: rf_fusabi_free(). Ends in a NUL beyond `ret_len`. Errors: RF_EPARSE, RF_ENOMEM. */
RF_NODISCARD rf_code rf_fusabi_display(rf_fusabi_vm *vm, const rf_fusabi_value *value, char **ret_text, size_t *ret_len, rf_error *reterr);

/* ---- Making values: as arguments, and as results of host functions. Errors of all: RF_EPARSE a text that is not UTF-8; RF_ENOMEM ---- */

/* A list of `count` items, which are copied. */
RF_NODISCARD rf_code rf_fusabi_list(rf_fusabi_vm *vm, const rf_fusabi_value *items, uint32_t count, rf_fusabi_value *ret_value,
                                    rf_error *reterr);
/* A tuple of the items, which are copied. */
RF_NODISCARD rf_code rf_fusabi_tuple(rf_fusabi_vm *vm, const rf_fusabi_value *items, uint32_t count, rf_fusabi_value *ret_value,
                                     rf_error *reterr);
/* An array of the items, which are copied; a script may set its items. */
RF_NODISCARD rf_code rf_fusabi_array(rf_fusabi_vm *vm, const rf_fusabi_value *items, uint32_t count, rf_fusabi_value *ret_value,
                                     rf_error *reterr);
/* A record whose field `names[i]` is `values[i]`; both are copied. Of equal names the first counts. */
RF_NODISCARD rf_code rf_fusabi_record(rf_fusabi_vm *vm, const char *const *names, const rf_fusabi_value *values, uint32_t count,
                                      rf_fusabi_value *ret_value, rf_error *reterr);
/* rf_fusabi_variant(vm, "Some", &x, 1, …), rf_fusabi_variant(vm, "None", NULL, 0, …). */
RF_NODISCARD rf_code rf_fusabi_variant(rf_fusabi_vm *vm, const char *name, const rf_fusabi_value *items, uint32_t count,
                                       rf_fusabi_value *ret_value, rf_error *reterr);
/* A value that scripts can only hand around. `type_name` (a literal: not copied) is what they see of it. The vm never frees `pointer`. */
RF_NODISCARD rf_code rf_fusabi_host(rf_fusabi_vm *vm, const char *type_name, void *pointer, rf_fusabi_value *ret_value, rf_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
