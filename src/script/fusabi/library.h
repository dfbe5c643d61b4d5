/* library.h: the functions that scripts may call: one row each, from which lookup, types, documents and completion come. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_H
#define RF_SCRIPT_FUSABI_LIBRARY_H

#include "script/fusabi/value.h"

typedef struct rf_fus_vm rf_fus_vm;

/* What touches the world exists only where the host granted it. */
enum {
    RF_FUS_CAN_READ_FILES = 1u << 0,
    RF_FUS_CAN_WRITE_FILES = 1u << 1,
    RF_FUS_CAN_RUN = 1u << 2,         /* processes */
    RF_FUS_CAN_ENVIRONMENT = 1u << 3, /* variables, working directory */
    RF_FUS_CAN_CONSOLE = 1u << 4,     /* standard input and output */
    RF_FUS_CAN_TERMINAL = 1u << 5,    /* the terminal that the host drives */
    RF_FUS_CAN_NETWORK = 1u << 6,
    RF_FUS_CAN_CLIPBOARD = 1u << 7,
    RF_FUS_CAN_ALL = (1u << 8) - 1,
};
typedef struct rf_fus_capability { uint32_t bit; const char *name, *doc; } rf_fus_capability;
extern const rf_fus_capability rf_fus_capabilities[]; /* "read-files", …; ends with a zeroed row (library/table.c) */

/*
 * A function in C. `args` are its `arity` arguments, on the VM's stack (stable while it runs, also over rf_fus_vm_call).
 * Returns the result, or RF_FUS_RAISED after rf_fus_raise() or when an allocation failed (which has raised already).
 * No collection happens while it runs, unless it calls rf_fus_vm_call(): allocate freely, hold plain pointers; around
 * rf_fus_vm_call() keep values in rf_fus_keep(). It must check the kinds of its arguments (vm.h: rf_fus_expect_*).
 */
typedef rf_fus_value (*rf_fus_native)(rf_fus_vm *vm, const rf_fus_value *args);

typedef struct rf_fus_lib_row {
    const char *name;    /* "List.map", "printfn" */
    const char *params;  /* names for documents: "f xs" */
    const char *type;    /* as F# writes it: "('a -> 'b) -> 'a list -> 'b list"; dynamic parts: "_" */
    const char *doc;     /* one or more sentences */
    const char *example; /* "List.map (fun x -> x * 2) [1; 2] // [2; 4]"; may be NULL */
    rf_fus_native native; /* NULL: written in Fusabi, in library/prelude.fsx, under the same name */
    uint8_t arity;       /* at least 1; a function of unit takes () */
    bool is_ours;        /* not in the original (docs say so) */
    uint32_t needs;      /* RF_FUS_CAN_*: without it the name is unknown to the script */
    void *user;          /* of host functions: what the embedder registered */
} rf_fus_lib_row;

typedef struct rf_fus_lib_module {
    const char *name; /* "List"; "": globals such as printfn */
    const char *doc;
    const rf_fus_lib_row *rows; /* sorted by name; ends with a zeroed row */
    size_t count;               /* of rows, without that one */
} rf_fus_lib_module;
extern const rf_fus_lib_module *const rf_fus_lib_modules[]; /* ends with NULL; sorted by name (library/table.c) */

/* The row of "List.map" or "printfn", or NULL. Cost: one hash (a table made at build time or a binary search). */
const rf_fus_lib_row *rf_fus_lib_find(rf_slice name);
/* Rows of modules named Prim… are for the prelude only: whoever resolves names of scripts passes over them. */
bool rf_fus_lib_is_internal(const rf_fus_lib_row *row);
/* True for "List", "Map", …: names of library modules (and for `open`: System, System.Collections, …). */
bool rf_fus_lib_is_module(rf_slice name);
/* How many arguments a format of sprintf takes: what the compiler makes of a call depends on it. (library/format.c) */
uint32_t rf_fus_format_holes(rf_slice format);
/* Bytecode of library/prelude.fsx, made by the build. */
rf_slice rf_fus_lib_prelude(void);

#endif
