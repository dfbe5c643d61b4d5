/* infer_internal.h: the state of one inference, and what its files call of each other. Private to infer*.c and coverage.c. */
#ifndef RF_SCRIPT_FUSABI_INFER_INTERNAL_H
#define RF_SCRIPT_FUSABI_INFER_INTERNAL_H

#include "base/slice.h"
#include "base/table.h"
#include "script/fusabi/infer.h"
#include "script/fusabi/library.h"
#include "script/fusabi/type.h"

/* Where a constructor or a field name is declared; chains lead to older declarations of the same name. */
typedef struct rf_fus_case_ref { rf_fus_type_decl *decl; uint32_t index; struct rf_fus_case_ref *older; } rf_fus_case_ref;
typedef struct rf_fus_field_ref { rf_fus_type_decl *decl; struct rf_fus_field_ref *older; } rf_fus_field_ref;

/* What is looked at again when more is known. */
typedef struct rf_fus_later {
    enum { RF_FUS_LATER_INDEX, RF_FUS_LATER_ITEMS } kind; /* e.[i]; for x in e */
    rf_fus_expr *expr;
    rf_fus_type *whole, *part; /* of the array or collection, of its items */
} rf_fus_later;
typedef struct rf_fus_open_row { rf_fus_expr *expr; rf_fus_type *record; const rf_fus_binding *binding; } rf_fus_open_row;
typedef struct rf_fus_proof_later { rf_fus_expr *expr; rf_fus_type *type; } rf_fus_proof_later;
typedef struct rf_fus_signature_slot { const rf_fus_lib_row *row; rf_fus_type *type; } rf_fus_signature_slot;

typedef struct rf_fus_inference {
    rf_fus_types types;
    rf_arena *arena;
    rf_fus_diags *diags;
    const rf_fus_ast *ast;
    const rf_fus_engine *engine;
    rf_table decls;   /* type name -> rf_fus_type_decl, the newest */
    rf_table cases;   /* constructor -> rf_fus_case_ref, the newest */
    rf_table fields;  /* field -> rf_fus_field_ref, the newest */
    rf_table vars;    /* 'a of the top-level item being inferred -> its type */
    rf_table unknown; /* names reported already */
    RF_VEC(const rf_fus_item *) scopes;  /* modules whose names are visible: enclosing and opened ones */
    RF_VEC(rf_fus_expr *) spine;         /* operators whose left operand is being inferred */
    RF_VEC(rf_fus_later) later;
    RF_VEC(rf_fus_open_row) rows;
    RF_VEC(rf_fus_proof_later) proofs;
    rf_fus_signature_slot *signatures;   /* hash table, by row */
    uint32_t signature_cap, signature_count;
    rf_fus_type_decl *option, *result, *map, *async;
    rf_fus_type *yields;                 /* element type of the comprehension around, or NULL */
    const rf_fus_binding *binding;       /* innermost let being inferred */
    uint32_t depth;                      /* of rf_fus_infer_expr */
    uint64_t coverage_fuel;              /* steps that match coverage may still take in this program */
    uint32_t aliases;                    /* that are being read, one in the other */
    rf_fus_type_decl *decl;              /* whose payloads are being read: its variables are GENERICs */
} rf_fus_inference;

static inline rf_fus_type *rf_fus_dynamic(void) { return rf_fus_type_plain(RF_FUS_TYPE_DYNAMIC); }
static inline rf_fus_type *rf_fus_fresh(rf_fus_inference *inference) { return rf_fus_type_var(&inference->types, 0); }

/* infer_expr.c. All return a type, never NULL, and write it into the tree. */
rf_fus_type *rf_fus_infer_expr(rf_fus_inference *inference, rf_fus_expr *expr);
/* The same, where `want` is expected (lambdas look at it); a clash is the caller's to find. */
rf_fus_type *rf_fus_infer_wanted(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *want);
/* Infers and demands a type: a clash is reported as `why` says. */
void rf_fus_infer_check(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *want, const char *why);
/* One type for two branches, arms or elements that agree (they were unified): dynamic if one is. */
rf_fus_type *rf_fus_infer_join(rf_fus_type *a, rf_fus_type *b);

/* infer_operator.c: a BINARY (no CONS) whose left operand has type `left`. */
rf_fus_type *rf_fus_infer_operator(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *left);
rf_fus_type *rf_fus_infer_cons(rf_fus_inference *inference, rf_fus_expr *expr);
void rf_fus_infer_proofs(rf_fus_inference *inference);

/* infer_apply.c */
/* APPLY. With `piped` (type `given`), a pipe brings one more argument, and the type is that of the whole pipe. */
rf_fus_type *rf_fus_infer_apply(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_expr *piped, rf_fus_type *given);
rf_fus_type *rf_fus_infer_ctor(rf_fus_inference *inference, rf_fus_expr *expr);
/* The result of calling what has type `function` with `argument` of type `given`, its number `index` (from 0). */
rf_fus_type *rf_fus_infer_call(rf_fus_inference *inference, const rf_fus_expr *callee, rf_fus_type *function, rf_fus_expr *argument,
                               rf_fus_type *given, uint32_t index);
rf_fus_type *rf_fus_infer_library(rf_fus_inference *inference, const rf_fus_lib_row *row);
/* infer_format.c: sprintf "…" args, APPLY. False: no such call with a literal format. */
bool rf_fus_infer_format(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_expr *piped, rf_fus_type *given, rf_fus_type **ret_type);

/* infer_record.c */
rf_fus_type *rf_fus_infer_record(rf_fus_inference *inference, rf_fus_expr *expr);
rf_fus_type *rf_fus_infer_record_with(rf_fus_inference *inference, rf_fus_expr *expr);
rf_fus_type *rf_fus_infer_field(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *record);
rf_fus_type *rf_fus_infer_method(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *record);
rf_fus_type *rf_fus_infer_index(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *array);
/* The type of a field of `record` (dynamic: anything has it); NULL: it has none. An unknown record grows the field. */
rf_fus_type *rf_fus_infer_field_type(rf_fus_inference *inference, rf_fus_type *record, rf_slice name, rf_fus_expr *expr);
void rf_fus_infer_settle(void *inference, rf_fus_type *record); /* rf_fus_types.settle */
/* Looks at `later` from `from` on again; `is_last`: what is still unknown gets a default. */
void rf_fus_infer_later(rf_fus_inference *inference, size_t from, bool is_last);
void rf_fus_infer_undecided(rf_fus_inference *inference);

/* infer_pattern.c: a pattern for a value of type `want`; `value` (or NULL) is what it is matched with. */
void rf_fus_infer_pattern(rf_fus_inference *inference, rf_fus_pat *pat, rf_fus_type *want, const rf_fus_expr *value);

/* infer_let.c */
/* `fun`: `want` (or NULL) is what it is expected to be, which its parameters take on. */
rf_fus_type *rf_fus_infer_lambda(rf_fus_inference *inference, rf_fus_expr *expr, rf_fus_type *want);
void rf_fus_infer_binds(rf_fus_inference *inference, rf_fus_bind *binds, uint32_t count, bool is_rec);

/* infer_decl.c */
bool rf_fus_infer_builtins(rf_fus_inference *inference);
void rf_fus_infer_declare(rf_fus_inference *inference, const rf_fus_item *item, const rf_fus_item *module);
/* Payload types are there afterwards (rf_fus_types.ready). */
void rf_fus_infer_ready(void *inference, rf_fus_type_decl *decl);
rf_fus_type *rf_fus_infer_written(rf_fus_inference *inference, const rf_fus_ty *ty);
/* The declaration of a constructor: in `want`'s type if it has it, else the newest visible one; NULL: none. */
const rf_fus_case_ref *rf_fus_infer_case(rf_fus_inference *inference, rf_slice name, rf_fus_type *want);
/* A NAMED with new variables, payload types ready. */
rf_fus_type *rf_fus_infer_instance(rf_fus_inference *inference, rf_fus_type_decl *decl);
/* The type of payload `index` of a case for that instance (or dynamic: of a case of something unknown). */
rf_fus_type *rf_fus_infer_payload(rf_fus_inference *inference, const rf_fus_case_ref *ref, rf_fus_type *instance, uint32_t index);
rf_fus_type_decl *rf_fus_infer_decl_of(void *inference, rf_slice name, uint32_t var_count);

/* infer_report.c */
typedef struct rf_fus_clash {
    rf_fus_at at, end;
    rf_fus_type *want, *got;
    rf_fus_at other;        /* a second place that the caller knows, or RF_FUS_NOWHERE */
    const char *other_note; /* template, for `other` */
    bool prefer_other;      /* `other` says more than what bound the types */
    rf_slice name;          /* {name} */
    const char *message;    /* template with {want}, {got}, {name} */
    const char *hint;       /* plain text, or NULL */
} rf_fus_clash;
void rf_fus_infer_clash(rf_fus_inference *inference, const rf_fus_clash *clash);
/* A constructor that nothing declares, said once for each name. */
void rf_fus_infer_unknown(rf_fus_inference *inference, rf_slice name, rf_fus_at at);
/* A constructor with another number of values than declared. */
void rf_fus_infer_count(rf_fus_inference *inference, rf_fus_at at, rf_fus_at end, const rf_fus_type_case *declared, uint32_t count,
                        bool is_pattern);
/* Unifies for an expression: sets the place that binds. */
static inline bool rf_fus_agree(rf_fus_inference *inference, rf_fus_at at, rf_fus_at end, rf_fus_type *want, rf_fus_type *got) {
    if (want == got)
        return true;
    inference->types.at = at;
    inference->types.end = end;
    return rf_fus_type_unify(&inference->types, want, got);
}

/* coverage.c: arms that are never reached, values that no arm takes. */
void rf_fus_cover_match(rf_fus_inference *inference, const rf_fus_expr *expr);
void rf_fus_cover_pattern(rf_fus_inference *inference, const rf_fus_pat *pat);

#endif
