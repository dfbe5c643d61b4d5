/* program.h: compiled programs: immutable, shared by threads, independent of any VM; and the engine that holds names. */
#ifndef RF_SCRIPT_FUSABI_PROGRAM_H
#define RF_SCRIPT_FUSABI_PROGRAM_H

#include "base/arena.h"
#include "base/table.h"
#include "base/thread.h"
#include "riffle/error.h"
#include "script/fusabi/value.h"

#include <stdatomic.h>

/*
 * One instruction: 64 bits. op: bits 0-7, D: 8-15, A: 16-31, B: 32-47, C: 48-63; BX: B and C together, signed.
 * Jumps count from the instruction behind them.
 */
typedef uint64_t rf_fus_code;
#define RF_FUS_OP(w) ((uint8_t)(w))
#define RF_FUS_D(w) ((uint8_t)((w) >> 8))
#define RF_FUS_A(w) ((uint16_t)((w) >> 16))
#define RF_FUS_B(w) ((uint16_t)((w) >> 32))
#define RF_FUS_C(w) ((uint16_t)((w) >> 48))
#define RF_FUS_SB(w) ((int16_t)((w) >> 32))
#define RF_FUS_SC(w) ((int16_t)((w) >> 48))
#define RF_FUS_BX(w) ((int32_t)((w) >> 32))
#define RF_FUS_MAKE(op, d, a, b, c)                                                                                                        \
    ((rf_fus_code)(uint8_t)(op) | (rf_fus_code)(uint8_t)(d) << 8 | (rf_fus_code)(uint16_t)(a) << 16 | (rf_fus_code)(uint16_t)(b) << 32 |   \
     (rf_fus_code)(uint16_t)(c) << 48)
#define RF_FUS_MAKEX(op, d, a, bx) \
    ((rf_fus_code)(uint8_t)(op) | (rf_fus_code)(uint8_t)(d) << 8 | (rf_fus_code)(uint16_t)(a) << 16 | (rf_fus_code)(uint32_t)(bx) << 32)

#define RF_FUS_REGISTERS_MAX 60000u /* of one function */
#define RF_FUS_ARGS_MAX 200u        /* of one call or parameter list */
#define RF_FUS_LOCALS_MAX 255u      /* names bound by one function's lets (fusabi.md 15), the file's own body included */

/* Where a closure takes a captured value from when it is made. */
typedef struct rf_fus_capture {
    uint16_t index;
    bool from_register; /* of the function that makes it; else its upvalue */
} rf_fus_capture;

/* From instruction `pc` on (until the next row) the code belongs to this place. Rows ascend by pc. */
typedef struct rf_fus_spot { uint32_t pc, line; uint16_t column, file; } rf_fus_spot; /* line 0: unknown */

typedef struct rf_fus_program rf_fus_program;
typedef struct rf_fus_engine rf_fus_engine;
struct rf_fus_lib_row;

/* A function. */
typedef struct rf_fus_proto {
    rf_fus_program *program;
    rf_fus_code *code;          /* ends in RET, TAIL…, JMP, LOOP, RAISE, FAIL or MATCHFAIL */
    rf_fus_capture *captures;   /* upvalue_count of them */
    rf_fus_spot *spots;
    const rf_fus_string *name;  /* static; NULL: a lambda */
    uint32_t code_count, spot_count;
    uint16_t arity;             /* parameters: registers 0 … arity - 1; 0 for main functions only */
    uint16_t registers;         /* size of its window */
    uint16_t upvalue_count;
    bool is_library;            /* from the prelude: shown as `<native fn …>` */
} rf_fus_proto;

/* A named value of a program that a host may look up: `let on_output text = …`. */
typedef struct rf_fus_export {
    const rf_fus_string *name; /* "on_output", "M.x" */
    uint32_t global;
} rf_fus_export;

/* Everything hangs on `arena`, and dies with the last reference. protos[0] is the main function (arity 0): it runs the
 * items of the file in order, fills the globals and returns the program's result. */
struct rf_fus_program {
    rf_fus_engine *engine;      /* owned reference */
    _Atomic uint32_t references;
    rf_arena arena;
    rf_fus_proto *protos;
    rf_fus_value *constants;    /* ints, doubles, statics: strings, nil, tuples and lists of constants */
    const rf_fus_symbol **symbols;
    const rf_fus_shape **shapes;
    const struct rf_fus_lib_row **library; /* functions used, of the library or the host */
    const struct rf_fus_proto **library_protos; /* beside it: the prelude's function, or NULL for one in C; by rf_fus_lower */
    rf_fus_export *exports;     /* sorted by name; the last definition of a name only */
    rf_slice *files;            /* names of the texts that spots speak of; a NUL behind each */
    bool is_plain;              /* lowering leaves out superinstructions: for comparing with */
    rf_slice manifest;          /* of a .fzb: TOML text, or empty */
    uint32_t proto_count, constant_count, symbol_count, shape_count, library_count, global_count, export_count, file_count;
    uint8_t hash[32];           /* BLAKE2b of the content of a .fzb whose signature was checked; zero: none */
};

/* A constructor that scripts may use without declaring it: hosts give a type of answers this way. */
typedef struct rf_fus_host_case { const char *name; bool has_value; } rf_fus_host_case;

/* Names, shapes and the library, shared by all programs and VMs of it. Threads: any; a lock is taken at compile and load. */
struct rf_fus_engine {
    _Atomic uint32_t references;
    rf_mutex mutex;             /* guards all below */
    rf_arena arena;             /* symbols and shapes */
    rf_table symbols;           /* by name */
    rf_table shapes;            /* by the bytes of their array of fields */
    rf_table host;              /* functions that the embedder registered (library.h rows), by name */
    const rf_fus_host_case *host_cases; /* one type's constructors, for inference; ends with a NULL name; NULL: none */
    rf_fus_program *prelude;    /* library functions written in Fusabi; made at the first use; holds no engine reference */
    struct rf_fus_instance *prelude_instance; /* of all VMs: it has no globals (vm.c makes it, one block) */
    rf_table prelude_index;     /* its functions by name: rf_fus_proto */
};

RF_NODISCARD rf_code rf_fus_engine_new(rf_fus_engine **ret_engine, rf_error *reterr);
rf_fus_engine *rf_fus_engine_ref(rf_fus_engine *engine);
void rf_fus_engine_unref(rf_fus_engine *engine); /* NULL is fine */
/* Adds a function of the host: the row and its texts must outlive the engine. Before programs that use it are compiled or
 * loaded. A name that the library has is refused (RF_ECONFIG). */
RF_NODISCARD rf_code rf_fus_engine_add_host(rf_fus_engine *engine, const struct rf_fus_lib_row *row, rf_error *reterr);
/* Declares the constructors of the type in which scripts answer the host (static rows, the last with a NULL name): inference
 * takes them as known, unless a script declares one itself. Before anything is compiled. */
static inline void rf_fus_engine_set_cases(rf_fus_engine *engine, const rf_fus_host_case *cases) { engine->host_cases = cases; }
/* The row of a library or host function ("List.map"), or NULL. Thread: any. */
const struct rf_fus_lib_row *rf_fus_engine_find(rf_fus_engine *engine, rf_slice name);
/* The symbol of that name, made if need be; NULL: out of memory. Thread: any. */
const rf_fus_symbol *rf_fus_symbol_of(rf_fus_engine *engine, rf_slice name);
/* The shape with these fields (sorted bytewise here; no two equal); NULL: out of memory. */
const rf_fus_shape *rf_fus_shape_of(rf_fus_engine *engine, const rf_fus_symbol **fields, uint32_t count);
/* Index of a field in a shape, or -1. Cost: a few compares of pointers. */
static inline int32_t rf_fus_shape_index(const rf_fus_shape *shape, const rf_fus_symbol *field) {
    for (uint32_t i = 0; i < shape->count; i++)
        if (shape->fields[i] == field)
            return (int32_t)i;
    return -1;
}

/* An empty program of the engine (takes a reference to it); whoever fills it allocates in its arena. NULL: no memory. */
rf_fus_program *rf_fus_program_new(rf_fus_engine *engine);
rf_fus_program *rf_fus_program_ref(rf_fus_program *program);
void rf_fus_program_unref(rf_fus_program *program); /* NULL is fine */
/* A static string, tuple (type RF_FUS_T_TUPLE) or cons cell in an arena; NULL: out of memory. Text must be UTF-8. */
rf_fus_string *rf_fus_static_string(rf_arena *arena, rf_slice text);
/* The same for a text whose characters were counted already. */
rf_fus_string *rf_fus_static_counted(rf_arena *arena, rf_slice text, uint32_t chars);
rf_fus_value rf_fus_static_items(rf_arena *arena, rf_fus_type_tag type, const rf_fus_value *items, uint32_t count);
rf_fus_value rf_fus_static_cons(rf_arena *arena, rf_fus_value item, rf_fus_value tail);
rf_fus_value rf_fus_static_int(rf_arena *arena, int64_t value); /* small, or a static BIGINT; RF_FUS_RAISED: no memory */
/* Hash of a string's bytes; never 0. */
uint32_t rf_fus_hash_bytes(const char *data, size_t len);
/* The place of an instruction, line 0 when unknown. */
rf_fus_spot rf_fus_proto_spot(const rf_fus_proto *proto, uint32_t pc);
/* The export of that name, or NULL. */
const rf_fus_export *rf_fus_program_export(const rf_fus_program *program, rf_slice name);
/* The function of the prelude that defines library row `name`; loads the prelude at the first call. */
RF_NODISCARD rf_code rf_fus_engine_prelude(rf_fus_engine *engine, const char *name, const rf_fus_proto **ret_proto, rf_error *reterr);

#endif
