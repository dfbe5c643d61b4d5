/* coverage_internal.h: pattern matrices. Private to coverage*.c. */
#ifndef RF_SCRIPT_FUSABI_COVERAGE_INTERNAL_H
#define RF_SCRIPT_FUSABI_COVERAGE_INTERNAL_H

#include "script/fusabi/infer_internal.h"

#define RF_FUS_COVER_DEPTH 400 /* parts of patterns in parts */
#define RF_FUS_COVER_NAMES 32  /* fields of records in one column */

typedef struct rf_fus_pat_cell { const rf_fus_pat *pat; uint32_t skip; } rf_fus_pat_cell;

typedef enum rf_fus_head_kind {
    RF_FUS_HEAD_ANY,
    RF_FUS_HEAD_OR,
    RF_FUS_HEAD_UNIT,
    RF_FUS_HEAD_BOOL,
    RF_FUS_HEAD_INT,
    RF_FUS_HEAD_FLOAT,
    RF_FUS_HEAD_STRING,
    RF_FUS_HEAD_TUPLE,
    RF_FUS_HEAD_ARRAY,
    RF_FUS_HEAD_NIL,
    RF_FUS_HEAD_CONS,
    RF_FUS_HEAD_CTOR,
    RF_FUS_HEAD_RECORD,
} rf_fus_head_kind;

/* What a pattern begins with. */
typedef struct rf_fus_head {
    rf_fus_head_kind kind;
    uint32_t arity;
    rf_fus_pat_cell from;                  /* literals: the pattern; CTOR, RECORD too */
    bool flag;                  /* BOOL */
    rf_slice name;              /* CTOR */
    const rf_fus_case_ref *ref; /* CTOR: its declaration, or NULL */
    const rf_slice *names;      /* RECORD: of all records in the column */
} rf_fus_head;

/* An example of a value: a head with examples of its parts. */
typedef struct rf_fus_example { rf_fus_head head; struct rf_fus_example **parts; } rf_fus_example;

typedef struct rf_fus_matrix { size_t base; uint32_t rows, cols; } rf_fus_matrix;

typedef struct rf_fus_coverage {
    rf_fus_inference *inference;
    RF_VEC(rf_fus_pat_cell) cells; /* matrices, one behind the other */
    uint64_t fuel;
    bool gave_up;
} rf_fus_coverage;

/* The heads of a column. */
typedef struct rf_fus_column {
    rf_fus_head first;            /* RF_FUS_HEAD_ANY: there are none */
    bool is_mixed;         /* of several families: nothing is complete */
    bool has[2];           /* BOOL: false, true; lists: [], :: */
    bool *cases;           /* CTOR: by index in the declaration */
    uint32_t case_count;
    rf_slice names[RF_FUS_COVER_NAMES];
    uint32_t name_count;
} rf_fus_column;

/* coverage_matrix.c */
/* False: too much, or no memory; then nothing is said about the match. */
bool rf_fus_cover_spend(rf_fus_coverage *c, uint64_t cost);
void rf_fus_cover_push(rf_fus_coverage *c, rf_fus_pat_cell cell);
void *rf_fus_cover_room(rf_fus_coverage *c, size_t count, size_t size); /* zeroed; NULL: it gave up */
/* Without names and annotations around it; `pat` NULL: it takes anything. */
rf_fus_pat_cell rf_fus_cover_strip(rf_fus_pat_cell at);
rf_fus_head rf_fus_cover_head(const rf_fus_coverage *c, rf_fus_pat_cell at); /* of what is stripped */
rf_fus_head rf_fus_cover_ctor(const rf_fus_coverage *c, rf_fus_pat_cell at);
bool rf_fus_cover_same(const rf_fus_head *a, const rf_fus_head *b);
static inline rf_fus_head_kind rf_fus_cover_family(rf_fus_head_kind kind) { return kind == RF_FUS_HEAD_CONS ? RF_FUS_HEAD_NIL : kind; }
/* The rows that a value with this head may still match (`head` NULL: with none of the column's heads), behind the others. */
rf_fus_matrix rf_fus_cover_specialise(rf_fus_coverage *c, rf_fus_matrix from, const rf_fus_head *head);
void rf_fus_cover_column(rf_fus_coverage *c, rf_fus_matrix from, rf_fus_column *ret);
/* How many heads a complete column of this family has (0: no finite number), each of them, and whether it is there. */
uint32_t rf_fus_cover_family_size(const rf_fus_column *column);
rf_fus_head rf_fus_cover_family_head(const rf_fus_column *column, uint32_t index);
bool rf_fus_cover_has(const rf_fus_column *column, uint32_t index);
bool rf_fus_cover_is_complete(const rf_fus_column *column);
/* Is there a value that `row` (one row) takes and no row of `from`? True after giving up. */
bool rf_fus_cover_useful(rf_fus_coverage *c, rf_fus_matrix from, rf_fus_matrix row, unsigned depth);

/* coverage_example.c */
/* Examples for all columns that no row takes; NULL: there are none, or it gave up. */
rf_fus_example **rf_fus_cover_missing(rf_fus_coverage *c, rf_fus_matrix from, unsigned depth);
void rf_fus_cover_report(rf_fus_coverage *c, rf_fus_at at, rf_fus_at end, const rf_fus_example *example);

#endif
