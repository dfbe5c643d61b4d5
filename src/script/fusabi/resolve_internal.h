/* resolve_internal.h: scopes, modules and library names while a program is being resolved; between resolve*.c only. */
#ifndef RF_SCRIPT_FUSABI_RESOLVE_INTERNAL_H
#define RF_SCRIPT_FUSABI_RESOLVE_INTERNAL_H

#include "script/fusabi/library.h"
#include "script/fusabi/resolve.h"

typedef enum rf_fus_name_kind { RF_FUS_NAME_VALUE, RF_FUS_NAME_MODULE, RF_FUS_NAME_TYPE } rf_fus_name_kind;

typedef struct rf_fus_user_module rf_fus_user_module;

/* One name in scope. The newest of a bucket is its head; leaving a scope takes them off again in reverse order. */
typedef struct rf_fus_scope_name {
    rf_slice name;
    uint32_t hash;
    uint32_t below;          /* the next older name of the bucket: index + 1, or 0 */
    rf_fus_name_kind kind;
    bool is_let;             /* counts towards RF_FUS_LOCALS_MAX of `owner` */
    bool is_reported;        /* a warning when it goes out of scope unused */
    union {
        rf_fus_binding *binding;    /* VALUE */
        rf_fus_user_module *module; /* MODULE */
    };
} rf_fus_scope_name;

/* A `module M =` of the source. Members are those names of its scope that it defined itself. */
struct rf_fus_user_module {
    rf_slice path; /* "M", "M.N" */
    RF_VEC(rf_fus_scope_name) members;
    rf_fus_user_module *older; /* chain of all, to free the vectors */
};

/* An `open` of a module that stands further down: done when it is complete. */
typedef struct rf_fus_pending_open { rf_slice name; const rf_fus_item *item; rf_fus_user_module *within; } rf_fus_pending_open;

/* A library name looked up before; row NULL: there is none. */
typedef struct rf_fus_cached_row { rf_slice name; uint32_t hash, opens; const rf_fus_lib_row *row; bool is_used; } rf_fus_cached_row;

#define RF_FUS_RESOLVE_CACHE 128u  /* rows, a power of two */
#define RF_FUS_RESOLVE_DEPTH 3000u /* of C calls; deeper texts are refused */

typedef struct rf_fus_resolver {
    rf_arena *arena;
    rf_fus_engine *engine;
    rf_fus_diags *diags;
    rf_fus_resolved *out;
    RF_VEC(rf_fus_scope_name) names;
    uint32_t *buckets;
    uint32_t mask;
    rf_fus_function *fn;
    rf_fus_function **next_function;
    RF_VEC(rf_fus_binding *) globals;
    RF_VEC(rf_slice) global_names;
    rf_fus_scope_type **next_type;
    rf_fus_user_module *module, *modules;
    RF_VEC(rf_slice) opened;             /* library modules */
    RF_VEC(rf_fus_pending_open) pending;
    RF_VEC(rf_fus_expr *) spine;         /* left-deep chains under way */
    RF_VEC(rf_fus_pat *) pats;
    rf_fus_cached_row cache[RF_FUS_RESOLVE_CACHE];
    uint32_t depth, loops, loads, hints;
    bool no_memory, is_library, is_session;
    bool too_deep, too_many;             /* reported once */
} rf_fus_resolver;

/* ---- resolve_names.c ---- */
uint32_t rf_fus_name_hash(rf_slice name);
/* False: out of memory (noted). */
bool rf_fus_names_init(rf_fus_resolver *r);
void rf_fus_names_done(rf_fus_resolver *r);
const rf_fus_scope_name *rf_fus_name_find(const rf_fus_resolver *r, rf_slice name, rf_fus_name_kind kind);
void rf_fus_name_push(rf_fus_resolver *r, rf_fus_scope_name name);
/* Leaves a scope: names from `mark` on go, with warnings for those unused. */
void rf_fus_names_pop(rf_fus_resolver *r, uint32_t mark);
/* A member of a module, newest first, or NULL. */
const rf_fus_scope_name *rf_fus_member_find(const rf_fus_user_module *module, rf_slice name, rf_fus_name_kind kind);
/* The library or host function of that name: "printfn", "List.map", and with opened modules "map". NULL: none. */
const rf_fus_lib_row *rf_fus_library_row(rf_fus_resolver *r, rf_slice name, bool is_qualified);

/* ---- resolve_hint.c ---- */
/* Warnings for what nothing defines, with "did you mean". */
void rf_fus_unknown_name(rf_fus_resolver *r, rf_slice name, rf_fus_at at, rf_fus_at end);
void rf_fus_unknown_member(rf_fus_resolver *r, rf_slice module, const rf_fus_user_module *user, const rf_fus_expr *e);

/* ---- resolve_known.c ---- */
/* Decides which functions capture nothing that is not itself known, and takes known ones out of all captures. */
void rf_fus_find_known(rf_fus_resolved *resolved);
/* True when uses of the binding can be replaced by the literal that it is bound to. */
static inline bool rf_fus_is_literal(const rf_fus_expr *e) {
    return e && (e->kind == RF_FUS_E_UNIT || e->kind == RF_FUS_E_BOOL || e->kind == RF_FUS_E_INT || e->kind == RF_FUS_E_FLOAT ||
                 e->kind == RF_FUS_E_STRING);
}

/* ---- resolve_pattern.c ---- */
/* How the names of a pattern are bound. */
typedef struct rf_fus_bind_how {
    bool is_global, is_mutable;
    bool is_let;        /* counts as a local */
    bool is_reported;   /* unused: a warning */
    rf_fus_expr *value; /* of a plain immutable `let name = value` */
    uint32_t reuse;     /* names from this index on are bound again (second half of an or-pattern); UINT32_MAX: none */
} rf_fus_bind_how;
void rf_fus_bind_pattern(rf_fus_resolver *r, rf_fus_pat *pat, const rf_fus_bind_how *how);
/* A new binding that is not in scope yet, and the step that puts it there. */
rf_fus_binding *rf_fus_binding_new(rf_fus_resolver *r, rf_slice name, rf_fus_at at, const rf_fus_bind_how *how);
void rf_fus_binding_enter(rf_fus_resolver *r, rf_fus_binding *binding, const rf_fus_bind_how *how);
/* The pattern under type annotations. */
static inline rf_fus_pat *rf_fus_bare_pat(rf_fus_pat *pat) {
    while (pat->kind == RF_FUS_PAT_TYPED)
        pat = pat->items[0];
    return pat;
}
/* The expression under type annotations. */
static inline rf_fus_expr *rf_fus_bare(rf_fus_expr *e) {
    while (e->kind == RF_FUS_E_TYPED)
        e = e->items[0];
    return e;
}

/* ---- resolve_path.c ---- */
/* `A.b.c`: a FIELD whose root may be a module; its nodes become NAME or CTOR where they are. */
void rf_fus_resolve_field(rf_fus_resolver *r, rf_fus_expr *e);
void rf_fus_resolve_open(rf_fus_resolver *r, const rf_fus_item *item);
/* Opens that waited for this module, now complete. */
void rf_fus_resolve_pending(rf_fus_resolver *r, rf_slice name, const rf_fus_user_module *module);

/* ---- resolve_compose.c ---- */
/* Turns a composition (a BINARY) into the LAMBDA, or the LET of its parts and a LAMBDA, that it stands for; false: it is none. */
bool rf_fus_expand_compose(rf_fus_resolver *r, rf_fus_expr *e);

/* ---- resolve_expr.c ---- */
void rf_fus_resolve_expr(rf_fus_resolver *r, rf_fus_expr *e);
void rf_fus_use_binding(rf_fus_resolver *r, rf_fus_binding *binding);
void rf_fus_resolve_name(rf_fus_resolver *r, rf_fus_expr *e);
/* Definitions, with names and values; `rec`: functions see each other, other values see them and what stands before. */
void rf_fus_resolve_rec(rf_fus_resolver *r, rf_fus_bind *binds, uint32_t count, const rf_fus_bind_how *base);
void rf_fus_resolve_binds(rf_fus_resolver *r, rf_fus_bind *binds, uint32_t count, const rf_fus_bind_how *base);
rf_fus_function *rf_fus_function_new(rf_fus_resolver *r, rf_fus_expr *lambda);

/* Some, Ok and Error have one field each, as in F#: `Some (a, b)` holds a tuple. (Others hold what stands between their
 * parentheses as fields.) */
bool rf_fus_has_one_field(rf_slice ctor);

#endif
