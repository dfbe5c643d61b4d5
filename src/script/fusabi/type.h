/* type.h: types during and after inference: nodes, unification, generalisation. */
#ifndef RF_SCRIPT_FUSABI_TYPE_H
#define RF_SCRIPT_FUSABI_TYPE_H

#include "script/fusabi/ast.h"

/*
 * A type is a graph of nodes in the arena of one compile. Variables are bound by turning their node into a LINK
 * (union-find); a variable of a let that generalises turns into GENERIC and is copied at each use. Types without
 * variables are shared freely; the plain ones (int, …) are constants.
 */
typedef struct rf_fus_type rf_fus_type;
typedef struct rf_fus_type_decl rf_fus_type_decl;

typedef enum rf_fus_type_kind {
    RF_FUS_TYPE_VAR,     /* not known yet */
    RF_FUS_TYPE_LINK,    /* a variable that became another type */
    RF_FUS_TYPE_GENERIC, /* 'a of a scheme */
    RF_FUS_TYPE_DYNAMIC, /* known only when it runs: agrees with everything */
    RF_FUS_TYPE_EXN,     /* what try/with catches: agrees with everything, has a Message */
    RF_FUS_TYPE_UNIT, RF_FUS_TYPE_BOOL, RF_FUS_TYPE_INT, RF_FUS_TYPE_FLOAT, RF_FUS_TYPE_STRING,
    RF_FUS_TYPE_FUN,     /* from -> to */
    RF_FUS_TYPE_LIST, RF_FUS_TYPE_ARRAY, /* from: of what */
    RF_FUS_TYPE_TUPLE,   /* items */
    RF_FUS_TYPE_NAMED,   /* decl with args */
    RF_FUS_TYPE_RECORD,  /* fields, sorted by name, and a rest */
} rf_fus_type_kind;

enum {
    RF_FUS_TYPE_NUM = 1u << 0,        /* VAR, GENERIC: int or float only */
    RF_FUS_TYPE_HAS_GENERIC = 1u << 1, /* there is a GENERIC in it: it must be copied before use */
    RF_FUS_TYPE_TOLD = 1u << 2,       /* RECORD: reported as undecided */
};

/* A field of a RECORD. */
typedef struct rf_fus_type_field {
    rf_slice name;
    rf_fus_type *type;
    bool is_maybe; /* may be missing: `{ r with f = v }` adds it */
} rf_fus_type_field;

struct rf_fus_type {
    uint8_t kind;
    uint8_t flags;
    uint16_t count;    /* TUPLE: items; NAMED: args; RECORD: fields */
    uint32_t level;    /* VAR: depth of lets it belongs to; composites: no variable in it is deeper; 0: no variables */
    union {
        struct { rf_fus_type *from, *to; };
        struct { rf_fus_type *link; rf_fus_at at, end; }; /* LINK: where it was bound. GENERIC: its copy, `at` the copy's number */
        struct { rf_fus_type **items; rf_fus_type_decl *decl; };
        struct { rf_fus_type_field *fields; rf_fus_type *rest; }; /* rest: a VAR (more fields may be there), a RECORD, or NULL */
    };
};

/* A constructor of a union, or a field of a record type (then types[0] is its type). */
typedef struct rf_fus_type_case {
    rf_slice name;
    rf_fus_at at;
    rf_fus_type **types; /* with the decl's vars as GENERICs */
    uint32_t count;
} rf_fus_type_case;

typedef enum rf_fus_type_decl_kind { RF_FUS_TYPE_OPAQUE, RF_FUS_TYPE_UNION, RF_FUS_TYPE_FIELDS, RF_FUS_TYPE_ALIAS } rf_fus_type_decl_kind;

/* What a NAMED is an instance of. */
struct rf_fus_type_decl {
    rf_fus_type_decl_kind kind;
    rf_slice name;
    const rf_fus_item *item;   /* NULL: built in */
    rf_fus_type **vars;        /* GENERICs */
    uint32_t var_count;
    rf_fus_type_case *cases;   /* UNION; names and counts are valid before the payloads are */
    uint32_t case_count;
    rf_fus_type_field *fields; /* FIELDS: sorted by name; case_count of them */
    rf_fus_type *alias;        /* ALIAS */
    bool is_exception;         /* one constructor of exn */
    bool is_suffix;            /* shown as `int option` */
    uint8_t state;             /* payloads: 0 not looked at, 1 being read, 2 ready */
    const rf_fus_item *module; /* it was declared in, or NULL */
    rf_fus_type_decl *older;   /* of the same name */
};

/* What the functions below work in. */
typedef struct rf_fus_types {
    rf_arena *arena;      /* borrowed */
    uint32_t level;       /* depth of lets now; from 1 */
    uint32_t copy;        /* number of the copy being made */
    uint64_t fuel;        /* nodes that may still be walked: hostile programs have types of exponential size */
    rf_fus_at at, end;    /* place that binds variables now */
    bool no_memory;       /* sticks: an allocation failed */
    bool is_infinite;     /* the last clash would need an infinite type */
    bool met_dynamic;     /* set when something met a dynamic */
    void (*settle)(void *user, rf_fus_type *record); /* asked before an open RECORD is generalised */
    void (*ready)(void *user, rf_fus_type_decl *decl); /* reads the fields of a declared record */
    void *user;
} rf_fus_types;

/* The plain types; they are never written. */
rf_fus_type *rf_fus_type_plain(rf_fus_type_kind kind);
/* New nodes. When memory is gone: the dynamic type, and `no_memory`. */
rf_fus_type *rf_fus_type_var(rf_fus_types *types, unsigned flags);
rf_fus_type *rf_fus_type_generic(rf_fus_types *types, unsigned flags);
rf_fus_type *rf_fus_type_fun(rf_fus_types *types, rf_fus_type *from, rf_fus_type *to);
rf_fus_type *rf_fus_type_of(rf_fus_types *types, rf_fus_type_kind kind, rf_fus_type *item); /* LIST, ARRAY */
/* TUPLE of `items` (copied, when `is_copied`). */
rf_fus_type *rf_fus_type_tuple(rf_fus_types *types, rf_fus_type **items, uint32_t count);
rf_fus_type *rf_fus_type_named(rf_fus_types *types, rf_fus_type_decl *decl, rf_fus_type **args);
/* A record; `fields` are taken over and sorted (of equal names the first stays). */
rf_fus_type *rf_fus_type_record(rf_fus_types *types, rf_fus_type_field *fields, uint32_t count, rf_fus_type *rest);
/* Room for `count` pointers in the arena; NULL and `no_memory`. */
rf_fus_type **rf_fus_type_room(rf_fus_types *types, uint32_t count);

rf_fus_type *rf_fus_type_find_far(rf_fus_type *type);
/* What a type stands for now: never a LINK. */
static inline rf_fus_type *rf_fus_type_find(rf_fus_type *type) {
    return type->kind == RF_FUS_TYPE_LINK ? rf_fus_type_find_far(type) : type;
}
static inline bool rf_fus_type_is_dynamic(const rf_fus_type *found) {
    return found->kind == RF_FUS_TYPE_DYNAMIC || found->kind == RF_FUS_TYPE_EXN;
}

/* Makes two types equal; false: they clash (what was bound until then stays so). */
bool rf_fus_type_unify(rf_fus_types *types, rf_fus_type *a, rf_fus_type *b);
/* Demands a number. False: it is none. */
bool rf_fus_type_number(rf_fus_types *types, rf_fus_type *type);
/* Variables deeper than types->level become GENERIC, or stay variables of this level. */
void rf_fus_type_generalise(rf_fus_types *types, rf_fus_type *type);
void rf_fus_type_keep(rf_fus_types *types, rf_fus_type *type);
rf_fus_type *rf_fus_type_copy(rf_fus_types *types, rf_fus_type *type); /* the slow path of rf_fus_type_use */
/* A type for one use of a scheme. */
static inline rf_fus_type *rf_fus_type_use(rf_fus_types *types, rf_fus_type *scheme) {
    rf_fus_type *found = rf_fus_type_find(scheme);
    return found->flags & RF_FUS_TYPE_HAS_GENERIC ? rf_fus_type_copy(types, found) : scheme;
}
/* `part` (a payload of the decl) for an instance with these arguments. */
rf_fus_type *rf_fus_type_part(rf_fus_types *types, const rf_fus_type_decl *decl, rf_fus_type **args, rf_fus_type *part);

/* type_record.c */
/* All fields of a RECORD in one row (`rest` is a VAR or NULL afterwards). */
void rf_fus_type_flatten(rf_fus_types *types, rf_fus_type *record);
/* The field of a RECORD (flattened here), or NULL. */
rf_fus_type_field *rf_fus_type_field_of(rf_fus_types *types, rf_fus_type *record, rf_slice name);
/* The field of a declared record type, or NULL. */
rf_fus_type_field *rf_fus_type_decl_field(const rf_fus_type_decl *decl, rf_slice name);
bool rf_fus_type_unify_records(rf_fus_types *types, rf_fus_type *a, rf_fus_type *b, unsigned depth);
bool rf_fus_type_unify_named(rf_fus_types *types, rf_fus_type *named, rf_fus_type *record, unsigned depth);
/* For type_record.c: binds a variable (found, not `type` itself); unifies at a depth; lowers levels. */
bool rf_fus_type_bind(rf_fus_types *types, rf_fus_type *variable, rf_fus_type *type);
bool rf_fus_type_unify_at(rf_fus_types *types, rf_fus_type *a, rf_fus_type *b, unsigned depth);
bool rf_fus_type_lower(rf_fus_types *types, const rf_fus_type *variable, uint32_t level, rf_fus_type *type, unsigned depth);

/* Names given to variables while showing types that belong together. */
typedef struct rf_fus_type_names {
    const rf_fus_type *seen[64];
    uint32_t count;
    uint32_t budget; /* nodes that may still be shown */
} rf_fus_type_names;
void rf_fus_type_show_named(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names);

/* signature.c: a library row's type as written; what it does not understand is dynamic. `decl_of` finds named types. */
typedef struct rf_fus_signature_user {
    rf_fus_types *types;
    rf_fus_type_decl *(*decl_of)(void *user, rf_slice name, uint32_t var_count);
    void *user;
} rf_fus_signature_user;
rf_fus_type *rf_fus_signature_parse(const rf_fus_signature_user *user, const char *text);

#endif
