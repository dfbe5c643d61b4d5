/* resolve.h: which binding each name stands for; modules, opens, captures. */
#ifndef RF_SCRIPT_FUSABI_RESOLVE_H
#define RF_SCRIPT_FUSABI_RESOLVE_H

#include "script/fusabi/ast.h"
#include "script/fusabi/program.h"

/* A function of the source: the file's body (main), or a LAMBDA. */
struct rf_fus_function {
    rf_fus_function *parent;      /* NULL: main */
    rf_fus_expr *lambda;          /* NULL: main */
    rf_slice name;                /* of the binding it is the value of, "M.f" inside modules; empty: a lambda */
    rf_fus_binding *self;         /* the recursive binding it is the value of, or NULL */
    RF_VEC(rf_fus_binding *) captures; /* bindings of enclosing functions it uses (GLOBALs are not captured), in order of upvalue */
    uint32_t local_count;         /* names bound by lets in it and in scope at once (RF_FUS_LOCALS_MAX); resolve's */
    uint32_t index;               /* compile.c: its proto */
    rf_fus_function *next;        /* of the same program, in order of the source; main is first */
    bool is_known;                /* captures nothing and is bound once to an immutable name: calls may be direct */
};

/* A constructor or record field that a type declaration introduced: for infer.c. */
typedef struct rf_fus_scope_type { rf_fus_item *item; struct rf_fus_scope_type *next; } rf_fus_scope_type;

typedef struct rf_fus_resolved {
    rf_arena *arena;
    rf_fus_function *main;
    rf_fus_binding **globals;     /* by slot */
    const rf_slice *global_names; /* by slot: "x", "M.x" */
    uint32_t global_count;
    uint32_t function_count;      /* main included: the chain from `main` on, numbered by `index` */
    rf_fus_scope_type *types;     /* in order of declaration, of all modules */
} rf_fus_resolved;

/*
 * Binds all names of the program: lexical scopes, `let rec`, modules (bindings evaluated once, in order; `M.x`, `open M`
 * and siblings resolve lexically), library modules. A name that nothing defines stays with binding and library NULL: a
 * warning (strict_error) with "did you mean", and an error when it runs (`flag` of the NAME: a library module lacks it).
 * Some forms are rewritten on the way: an applied lambda becomes a LET, `f >> g` a LAMBDA, `fun a -> fun b ->` one LAMBDA,
 * M.x a NAME. Unused local bindings are warnings (names that
 * begin with _ are not). `engine` has the host's functions. Errors: RF_ENOMEM; mistakes become findings.
 */
RF_NODISCARD rf_code rf_fus_resolve(rf_fus_ast *ast, rf_fus_engine *engine, rf_fus_diags *diags, rf_fus_resolved *ret_resolved,
                                    rf_error *reterr);

#endif
