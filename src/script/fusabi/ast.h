/* ast.h: the syntax tree of a Fusabi program, and what later phases write into it. */
#ifndef RF_SCRIPT_FUSABI_AST_H
#define RF_SCRIPT_FUSABI_AST_H

#include "script/fusabi/diag.h"

/*
 * Everything lives in the arena of one compile. The parser fills the tree; resolve.c binds names (`binding`, `scope`
 * fields); infer.c writes types and proofs; compile.c reads all of it. Lists are NULL-terminated chains (`next`) or
 * arrays with a count.
 */
typedef struct rf_fus_expr rf_fus_expr;
typedef struct rf_fus_pat rf_fus_pat;
typedef struct rf_fus_ty rf_fus_ty;
typedef struct rf_fus_binding rf_fus_binding;
typedef struct rf_fus_function rf_fus_function; /* resolve.h */
struct rf_fus_type;                             /* type.h */

/* Types as written. */
typedef enum rf_fus_ty_kind {
    RF_FUS_TY_NAME,   /* path, args: int, string list, Map<string, int>, M.t */
    RF_FUS_TY_VAR,    /* 'a: name without the quote */
    RF_FUS_TY_FUN,    /* args[0] -> args[1] */
    RF_FUS_TY_TUPLE,  /* args joined by * */
    RF_FUS_TY_RECORD, /* anonymous {| a: int |}: names, args */
    RF_FUS_TY_ANY,    /* _ */
} rf_fus_ty_kind;
struct rf_fus_ty {
    rf_fus_ty_kind kind;
    rf_fus_at at, end;
    rf_slice name;      /* dotted path as written, or variable */
    rf_fus_ty **args;
    uint32_t count;
    rf_slice *names;
};

/* Patterns. */
typedef enum rf_fus_pat_kind {
    RF_FUS_PAT_WILD,   /* _ */
    RF_FUS_PAT_VAR,    /* name -> binding */
    RF_FUS_PAT_UNIT, RF_FUS_PAT_BOOL, RF_FUS_PAT_INT, RF_FUS_PAT_FLOAT, RF_FUS_PAT_STRING, /* literals; chars are strings */
    RF_FUS_PAT_TUPLE,  /* items */
    RF_FUS_PAT_LIST,   /* [a; b]: items; [] has none */
    RF_FUS_PAT_ARRAY,  /* [|a; b|] */
    RF_FUS_PAT_CONS,   /* items[0] :: items[1] */
    RF_FUS_PAT_CTOR,   /* name (last part of a dotted path), items: Some x, Rect(a, b), M.Some x */
    RF_FUS_PAT_RECORD, /* { f = p; g = q }: names, items */
    RF_FUS_PAT_OR,     /* items[0] | items[1]; both bind the same names: the second's VARs point at the first's bindings */
    RF_FUS_PAT_AS,     /* items[0] as name -> binding */
    RF_FUS_PAT_TYPED,  /* items[0] : ty */
} rf_fus_pat_kind;
struct rf_fus_pat {
    rf_fus_pat_kind kind;
    rf_fus_at at, end;
    union { bool flag; int64_t integer; double number; };
    rf_slice text;            /* STRING's bytes (escapes resolved), VAR/AS/CTOR name */
    rf_fus_pat **items;
    uint32_t count;
    rf_slice *names;          /* RECORD */
    rf_fus_ty *ty;            /* TYPED */
    rf_fus_binding *binding;  /* VAR, AS: by resolve */
    struct rf_fus_type *type; /* by infer */
};

/* Expressions. */
typedef enum rf_fus_expr_kind {
    RF_FUS_E_UNIT, RF_FUS_E_BOOL, RF_FUS_E_INT, RF_FUS_E_FLOAT, RF_FUS_E_STRING, /* chars 'c' are strings of one character */
    RF_FUS_E_INTERP,    /* $"…{e:format}…": items (STRING literals and holes in turn), names: the format of each hole or empty */
    RF_FUS_E_NAME,      /* x: text -> binding, or library */
    RF_FUS_E_CTOR,      /* Capitalised name as a value or applied: text, items (its arguments; may be none) */
    RF_FUS_E_FIELD,     /* items[0] . text; resolve turns Module.name into NAME */
    RF_FUS_E_METHOD,    /* items[0] . text (items[1…]): receiver is no capitalised name (fusabi.md 4.4) */
    RF_FUS_E_INDEX,     /* items[0].[items[1]] */
    RF_FUS_E_UPDATE,    /* items[0].[items[1]] <- items[2]: a changed copy of the array */
    RF_FUS_E_ASSIGN,    /* text <- items[0], a `let mutable` */
    RF_FUS_E_APPLY,     /* items[0] applied to items[1…], curried; never has another APPLY as items[0] */
    RF_FUS_E_BINARY,    /* op, items[0], items[1] */
    RF_FUS_E_NEGATE,    /* - items[0]; of a literal: folded by the parser */
    RF_FUS_E_IF,        /* items[0] then items[1] else items[2]; count 2: no else (elif is a nested IF) */
    RF_FUS_E_LAMBDA,    /* params, items[0]; `function` is a LAMBDA of one parameter (is_function) with a MATCH on it */
    RF_FUS_E_MATCH,     /* items[0] with arms */
    RF_FUS_E_LET,       /* binds (rec: all in scope of all), items[0] = the body; a definition at the end of a block has a UNIT body */
    RF_FUS_E_SEQ,       /* items in order, value of the last */
    RF_FUS_E_WHILE,     /* items[0] do items[1] */
    RF_FUS_E_FOR_IN,    /* for pat in items[0] do items[1] */
    RF_FUS_E_FOR_TO,    /* for pat(VAR) = items[0] to items[1] do items[2]; flag: downto */
    RF_FUS_E_BREAK, RF_FUS_E_CONTINUE,
    RF_FUS_E_TRY,       /* try items[0] with arms */
    RF_FUS_E_FINALLY,   /* try items[0] finally items[1] */
    RF_FUS_E_TUPLE,     /* items; one item: (x,) */
    RF_FUS_E_LIST, RF_FUS_E_ARRAY, /* items */
    RF_FUS_E_RANGE,     /* items[0] .. items[1], or items[0] .. items[2] .. items[1]; only within LIST_FROM/ARRAY_FROM/FOR_IN */
    RF_FUS_E_LIST_FROM, RF_FUS_E_ARRAY_FROM, /* comprehension or range: items[0] is a RANGE, or a block in which YIELDs add elements */
    RF_FUS_E_YIELD,     /* items[0]; flag: yield! (all elements of a list) — in comprehensions and async blocks */
    RF_FUS_E_RECORD,    /* { f = e; … } and {| … |}: names, items, in source order (first duplicate wins) */
    RF_FUS_E_RECORD_WITH, /* { items[0] with names[i] = items[i + 1] } */
    RF_FUS_E_ASYNC,     /* async { } already desugared: items[0] calls the Async module (fusabi.md 9) */
    RF_FUS_E_TYPED,     /* items[0] : ty */
    RF_FUS_E_ERROR,     /* something that did not parse; a finding has been recorded */
} rf_fus_expr_kind;

typedef enum rf_fus_op {
    RF_FUS_OP_ADD, RF_FUS_OP_SUB, RF_FUS_OP_MUL, RF_FUS_OP_DIV, RF_FUS_OP_MOD, RF_FUS_OP_POW,
    RF_FUS_OP_CONCAT, /* ++ and ^ */
    RF_FUS_OP_EQ, RF_FUS_OP_NE, RF_FUS_OP_LT, RF_FUS_OP_LE, RF_FUS_OP_GT, RF_FUS_OP_GE,
    RF_FUS_OP_AND, RF_FUS_OP_OR,
    RF_FUS_OP_CONS,
    RF_FUS_OP_PIPE,      /* x |> f */
    RF_FUS_OP_PIPE_BACK, /* f <| x */
    RF_FUS_OP_COMPOSE,   /* f >> g */
    RF_FUS_OP_COMPOSE_BACK, /* f << g */
} rf_fus_op;

/* What inference can promise about a BINARY's operands: a hint, instructions still check. */
typedef enum rf_fus_proof {
    RF_FUS_UNPROVEN,
    RF_FUS_PROVEN_INT,
    RF_FUS_PROVEN_FLOAT,
    RF_FUS_PROVEN_STRING,
    RF_FUS_PROVEN_BOOL
} rf_fus_proof;

typedef struct rf_fus_arm {
    rf_fus_pat *pat;
    rf_fus_expr *guard; /* NULL: none */
    rf_fus_expr *body;
} rf_fus_arm;

/* One `let` or one of a `let rec … and …`. `let f x y = e`: pat is VAR f, value is a LAMBDA with params x, y. */
typedef struct rf_fus_bind {
    rf_fus_pat *pat;      /* VAR, WILD, TUPLE, …; never NULL */
    rf_fus_expr *value;
    rf_fus_ty *ty;        /* result or value annotation, or NULL */
    bool is_mutable;
    rf_slice doc;         /* text of the /// comment before it, or empty */
} rf_fus_bind;

/* A node is written once and read often, there are many, and fresh memory costs more than writing it: fields in one union
 * belong to different kinds. Look at the kind before reading one of them. */
struct rf_fus_expr {
    rf_fus_expr_kind kind;
    rf_fus_at at, end;          /* [at, end) in the text; for BINARY, at_op is the operator's place */
    rf_fus_at at_op;
    union {
        rf_slice text;          /* names, string bytes: STRING, NAME, CTOR, FIELD, METHOD, ASSIGN */
        int64_t integer;        /* INT */
        double number;          /* FLOAT */
        struct {                /* BINARY */
            rf_fus_op op;
            rf_fus_proof proof; /* by infer */
        };
        struct {
            union {
                rf_slice *names;     /* RECORD, RECORD_WITH, INTERP */
                rf_fus_pat **params; /* LAMBDA */
                rf_fus_pat *pat;     /* FOR_IN, FOR_TO */
                rf_fus_arm *arms;    /* MATCH, TRY */
                rf_fus_bind *binds;  /* LET */
            };
            union { uint32_t param_count, arm_count, bind_count; };
        };
    };
    rf_fus_expr **items;
    uint32_t count;
    bool flag;                  /* BOOL, YIELD, FOR_TO; APPLY, by resolve: printfn given as a function (resolve_expr.c) */
    bool is_rec;                /* LET */
    bool is_function;           /* LAMBDA written `function` */
    bool in_parens;             /* was written between ( ) */
    union {
        rf_fus_ty *ty;          /* TYPED, and LAMBDA: result annotation */
        rf_fus_binding *binding; /* NAME, ASSIGN: by resolve; NULL after resolve: library or unknown */
    };
    union {
        const struct rf_fus_lib_row *library; /* NAME of a library function: by resolve */
        rf_fus_function *function; /* LAMBDA: by resolve */
    };
    struct rf_fus_type *type;   /* by infer */
};

/* Items of a file or module, in source order. */
typedef enum rf_fus_item_kind {
    RF_FUS_ITEM_LET,    /* bind, is_rec: a `let` without `in` */
    RF_FUS_ITEM_EXPR,   /* expr; is_do: `do e`, whose value is dropped */
    RF_FUS_ITEM_TYPE,   /* name, type */
    RF_FUS_ITEM_EXCEPTION, /* name, cases[0] */
    RF_FUS_ITEM_MODULE, /* name, items */
    RF_FUS_ITEM_OPEN,   /* path */
    RF_FUS_ITEM_LOAD,   /* path; items: the loaded file's, once spliced by the loader */
} rf_fus_item_kind;

typedef enum rf_fus_decl_kind { RF_FUS_DECL_UNION, RF_FUS_DECL_RECORD, RF_FUS_DECL_ALIAS, RF_FUS_DECL_PROVIDER } rf_fus_decl_kind;

/* A constructor of a union, or a field of a record (then tys[0] is its type). */
typedef struct rf_fus_case {
    rf_slice name;
    rf_fus_at at;
    rf_fus_ty **tys; /* payload types; a constructor without `of` has none */
    uint32_t count;
    bool is_mutable; /* record fields: parsed, fields stay immutable */
} rf_fus_case;

typedef struct rf_fus_item rf_fus_item;
struct rf_fus_item {
    rf_fus_item_kind kind;
    rf_fus_at at, end;
    bool is_rec, is_do;
    bool is_recursive_next;  /* TYPE joined to the next by `and` */
    rf_fus_item *next;
    rf_slice name;           /* TYPE, EXCEPTION, MODULE; OPEN: dotted path; LOAD: path as written */
    union {
        rf_fus_bind *binds;  /* LET */
        rf_fus_expr *expr;   /* EXPR */
        rf_fus_case *cases;  /* TYPE: constructors or fields; EXCEPTION: one */
        rf_fus_item *items;  /* MODULE, LOAD */
    };
    union { uint32_t bind_count, case_count; };
    uint32_t var_count;
    rf_slice *vars;          /* TYPE: its parameters 'a, 'b */
    rf_fus_ty *alias;        /* TYPE: ALIAS */
    rf_fus_decl_kind decl;   /* TYPE */
};

/* A parsed program. */
typedef struct rf_fus_ast {
    rf_arena *arena;       /* borrowed */
    rf_fus_texts *texts;   /* borrowed */
    rf_fus_item *items;
    bool is_library;       /* the prelude, which may use Prim modules; set by compile.c */
    bool is_session;       /* all inputs of a REPL so far: its body may bind more names than RF_FUS_LOCALS_MAX */
} rf_fus_ast;

/* What a name stands for: made by resolve, one for each place that binds. */
typedef enum rf_fus_binding_kind {
    RF_FUS_BIND_LOCAL,  /* a parameter, `let`, or pattern variable inside a function or block */
    RF_FUS_BIND_GLOBAL, /* a `let` of a file or module: `index` is its slot */
} rf_fus_binding_kind;
struct rf_fus_binding {
    rf_fus_binding_kind kind;
    rf_slice name;
    rf_fus_at at;
    rf_fus_function *owner;  /* the function whose frame it lives in; for a GLOBAL the main function */
    rf_fus_expr *value;      /* what a plain `let name = value` binds, when it is no mutable; else NULL. A LAMBDA here makes calls known */
    bool is_mutable, is_captured, is_assigned;
    bool is_shared;          /* a mutable GLOBAL of a REPL: its slot holds a CELL that later inputs share */
    uint32_t uses;
    uint32_t index;          /* GLOBAL: slot. LOCAL: compile.c's register */
    rf_fus_binding *next;    /* free for resolve */
    struct rf_fus_type *type; /* its type scheme, by infer */
};

#endif
