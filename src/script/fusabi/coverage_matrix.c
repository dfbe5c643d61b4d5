/* coverage_matrix.c: pattern matrices: which values a pattern takes that those before it do not, after Maranget. */
#include "script/fusabi/coverage_internal.h"

/* False: too much, or no memory; then nothing is said about the match. */
bool rf_fus_cover_spend(rf_fus_coverage *c, uint64_t cost) {
    if (c->fuel < cost || c->inference->coverage_fuel < cost)
        c->gave_up = true;
    if (c->gave_up)
        return false;
    c->fuel -= cost;
    c->inference->coverage_fuel -= cost;
    return true;
}

void rf_fus_cover_push(rf_fus_coverage *c, rf_fus_pat_cell cell) {
    if (rf_vec_push(&c->cells, cell))
        return;
    c->inference->types.no_memory = true;
    c->gave_up = true;
}

void *rf_fus_cover_room(rf_fus_coverage *c, size_t count, size_t size) {
    void *memory = rf_arena_zero(c->inference->arena, count ? count : 1, size);
    if (!memory) {
        c->inference->types.no_memory = true;
        c->gave_up = true;
    }
    return memory;
}

/* Without names and annotations around it. */
rf_fus_pat_cell rf_fus_cover_strip(rf_fus_pat_cell at) {
    while (at.pat && (at.pat->kind == RF_FUS_PAT_AS || at.pat->kind == RF_FUS_PAT_TYPED))
        at = (rf_fus_pat_cell){ at.pat->items[0], 0 };
    if (at.pat && (at.pat->kind == RF_FUS_PAT_WILD || at.pat->kind == RF_FUS_PAT_VAR))
        at.pat = NULL;
    return at;
}

rf_fus_head rf_fus_cover_ctor(const rf_fus_coverage *c, rf_fus_pat_cell at) {
    rf_fus_head head = { .kind = RF_FUS_HEAD_CTOR, .from = at, .name = at.pat->text, .arity = at.pat->count };
    head.ref = rf_fus_infer_case(c->inference, head.name, at.pat->type);
    if (head.ref)
        head.arity = head.ref->decl->cases[head.ref->index].count;
    return head;
}

/* `at` must be stripped. */
rf_fus_head rf_fus_cover_head(const rf_fus_coverage *c, rf_fus_pat_cell at) {
    const rf_fus_pat *pat = at.pat;
    if (!pat)
        return (rf_fus_head){ .kind = RF_FUS_HEAD_ANY };
    switch (pat->kind) {
    case RF_FUS_PAT_OR: return (rf_fus_head){ .kind = RF_FUS_HEAD_OR };
    case RF_FUS_PAT_UNIT: return (rf_fus_head){ .kind = RF_FUS_HEAD_UNIT };
    case RF_FUS_PAT_BOOL: return (rf_fus_head){ .kind = RF_FUS_HEAD_BOOL, .flag = pat->flag };
    case RF_FUS_PAT_INT: return (rf_fus_head){ .kind = RF_FUS_HEAD_INT, .from = at };
    case RF_FUS_PAT_FLOAT: return (rf_fus_head){ .kind = RF_FUS_HEAD_FLOAT, .from = at };
    case RF_FUS_PAT_STRING: return (rf_fus_head){ .kind = RF_FUS_HEAD_STRING, .from = at };
    case RF_FUS_PAT_TUPLE: return (rf_fus_head){ .kind = RF_FUS_HEAD_TUPLE, .arity = pat->count };
    case RF_FUS_PAT_ARRAY: return (rf_fus_head){ .kind = RF_FUS_HEAD_ARRAY, .arity = pat->count };
    case RF_FUS_PAT_LIST:
        return at.skip < pat->count ? (rf_fus_head){ .kind = RF_FUS_HEAD_CONS, .arity = 2 } : (rf_fus_head){ .kind = RF_FUS_HEAD_NIL };
    case RF_FUS_PAT_CONS: return (rf_fus_head){ .kind = RF_FUS_HEAD_CONS, .arity = 2 };
    case RF_FUS_PAT_CTOR: return rf_fus_cover_ctor(c, at);
    default: return (rf_fus_head){ .kind = RF_FUS_HEAD_RECORD, .from = at };
    }
}

bool rf_fus_cover_same(const rf_fus_head *a, const rf_fus_head *b) {
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case RF_FUS_HEAD_BOOL: return a->flag == b->flag;
    case RF_FUS_HEAD_INT: return a->from.pat->integer == b->from.pat->integer;
    case RF_FUS_HEAD_FLOAT: return !(a->from.pat->number < b->from.pat->number) && !(a->from.pat->number > b->from.pat->number);
    case RF_FUS_HEAD_STRING: return rf_slice_eq(a->from.pat->text, b->from.pat->text);
    case RF_FUS_HEAD_TUPLE: case RF_FUS_HEAD_ARRAY: return a->arity == b->arity;
    case RF_FUS_HEAD_CTOR: return rf_slice_eq(a->name, b->name);
    default: return true;
    }
}

/* Part `index` of a pattern with this head. */
static rf_fus_pat_cell part_of(rf_fus_pat_cell at, const rf_fus_head *head, uint32_t index) {
    const rf_fus_pat *pat = at.pat;
    rf_fus_pat_cell none = { NULL, 0 };
    if (!pat)
        return none;
    if (pat->kind == RF_FUS_PAT_LIST)
        return index == 0 ? (rf_fus_pat_cell){ pat->items[at.skip], 0 } : (rf_fus_pat_cell){ pat, at.skip + 1 };
    if (pat->kind != RF_FUS_PAT_RECORD)
        return index < pat->count ? (rf_fus_pat_cell){ pat->items[index], 0 } : none;
    for (uint32_t i = 0; i < pat->count; i++)
        if (rf_slice_eq(pat->names[i], head->names[index]))
            return (rf_fus_pat_cell){ pat->items[i], 0 };
    return none;
}

/* One row without its first column, of which `at` (stripped) is one alternative; `head` NULL: the default matrix. */
static bool push_row(rf_fus_coverage *c, size_t row, uint32_t cols, rf_fus_pat_cell at, const rf_fus_head *head) {
    rf_fus_head own = rf_fus_cover_head(c, at);
    if (own.kind != RF_FUS_HEAD_ANY && (!head || !rf_fus_cover_same(&own, head)))
        return false;
    uint32_t arity = head ? head->arity : 0;
    if (!rf_fus_cover_spend(c, (uint64_t)arity + cols))
        return false;
    for (uint32_t i = 0; i < arity; i++)
        rf_fus_cover_push(c, part_of(at, head, i));
    for (uint32_t i = 1; i < cols && !c->gave_up; i++)
        rf_fus_cover_push(c, c->cells.items[row + i]);
    return true;
}

/* All alternatives of a row. Returns how many rows it became. */
static uint32_t push_alternatives(rf_fus_coverage *c, size_t row, uint32_t cols, rf_fus_pat_cell at, const rf_fus_head *head) {
    uint32_t count = 0;
    for (;;) {
        at = rf_fus_cover_strip(at);
        if (!rf_fus_cover_spend(c, 1) || !at.pat || at.pat->kind != RF_FUS_PAT_OR)
            break;
        count += push_alternatives(c, row, cols, (rf_fus_pat_cell){ at.pat->items[1], 0 }, head);
        at = (rf_fus_pat_cell){ at.pat->items[0], 0 };
    }
    return count + (!c->gave_up && push_row(c, row, cols, at, head));
}

/* The rows that a value with this head may still match (`head` NULL: with none of the column's heads), behind the others. */
rf_fus_matrix rf_fus_cover_specialise(rf_fus_coverage *c, rf_fus_matrix from, const rf_fus_head *head) {
    rf_fus_matrix to = { c->cells.count, 0, from.cols - 1 + (head ? head->arity : 0) };
    for (uint32_t i = 0; i < from.rows && !c->gave_up; i++) {
        size_t row = from.base + (size_t)i * from.cols;
        to.rows += push_alternatives(c, row, from.cols, c->cells.items[row], head);
    }
    return to;
}

static void note_names(rf_fus_coverage *c, rf_fus_column *column, const rf_fus_pat *pat) {
    for (uint32_t i = 0; i < pat->count; i++) {
        uint32_t at = 0;
        while (at < column->name_count && !rf_slice_eq(column->names[at], pat->names[i]))
            at++;
        if (at < column->name_count)
            continue;
        if (column->name_count == RF_FUS_COVER_NAMES) {
            c->gave_up = true;
            return;
        }
        column->names[column->name_count++] = pat->names[i];
    }
}

static void note_head(rf_fus_coverage *c, rf_fus_column *column, const rf_fus_head *head) {
    rf_fus_head *first = &column->first;
    if (first->kind == RF_FUS_HEAD_ANY) {
        *first = *head;
        if (head->kind == RF_FUS_HEAD_CTOR && head->ref) {
            column->case_count = head->ref->decl->case_count;
            column->cases = rf_fus_cover_room(c, column->case_count, sizeof *column->cases);
        }
    }
    bool is_other = rf_fus_cover_family(head->kind) != rf_fus_cover_family(first->kind) ||
                    (head->kind == RF_FUS_HEAD_TUPLE && head->arity != first->arity);
    if (head->kind == RF_FUS_HEAD_CTOR && !is_other)
        is_other = !head->ref || !first->ref || head->ref->decl != first->ref->decl;
    column->is_mixed |= is_other;
    if (is_other || c->gave_up)
        return;
    if (head->kind == RF_FUS_HEAD_BOOL)
        column->has[head->flag] = true;
    else if (head->kind == RF_FUS_HEAD_NIL || head->kind == RF_FUS_HEAD_CONS)
        column->has[head->kind == RF_FUS_HEAD_CONS] = true;
    else if (head->kind == RF_FUS_HEAD_CTOR)
        column->cases[head->ref->index] = true;
    else if (head->kind == RF_FUS_HEAD_RECORD)
        note_names(c, column, head->from.pat);
}

static void note_cell(rf_fus_coverage *c, rf_fus_column *column, rf_fus_pat_cell at) {
    for (at = rf_fus_cover_strip(at); rf_fus_cover_spend(c, 1) && at.pat;
         at = rf_fus_cover_strip((rf_fus_pat_cell){ at.pat->items[0], 0 })) {
        if (at.pat->kind != RF_FUS_PAT_OR) {
            rf_fus_head head = rf_fus_cover_head(c, at);
            note_head(c, column, &head);
            return;
        }
        note_cell(c, column, (rf_fus_pat_cell){ at.pat->items[1], 0 });
    }
}

void rf_fus_cover_column(rf_fus_coverage *c, rf_fus_matrix from, rf_fus_column *ret) {
    *ret = (rf_fus_column){ .first = { .kind = RF_FUS_HEAD_ANY } };
    for (uint32_t i = 0; i < from.rows && !c->gave_up; i++)
        note_cell(c, ret, c->cells.items[from.base + (size_t)i * from.cols]);
}

/* How many heads a complete column of this family has; 0: no finite number. */
uint32_t rf_fus_cover_family_size(const rf_fus_column *column) {
    if (column->is_mixed)
        return 0;
    switch (column->first.kind) {
    case RF_FUS_HEAD_UNIT: case RF_FUS_HEAD_TUPLE: case RF_FUS_HEAD_RECORD: return 1;
    case RF_FUS_HEAD_BOOL: case RF_FUS_HEAD_NIL: case RF_FUS_HEAD_CONS: return 2;
    case RF_FUS_HEAD_CTOR: return column->first.ref && !column->first.ref->decl->is_exception ? column->case_count : 0;
    default: return 0;
    }
}

/* Head number `index` of the family. */
rf_fus_head rf_fus_cover_family_head(const rf_fus_column *column, uint32_t index) {
    rf_fus_head head = column->first;
    if (head.kind == RF_FUS_HEAD_BOOL)
        head.flag = index == 1;
    if (head.kind == RF_FUS_HEAD_NIL || head.kind == RF_FUS_HEAD_CONS)
        return index ? (rf_fus_head){ .kind = RF_FUS_HEAD_CONS, .arity = 2 } : (rf_fus_head){ .kind = RF_FUS_HEAD_NIL };
    if (head.kind == RF_FUS_HEAD_RECORD) {
        head.arity = column->name_count;
        head.names = column->names;
    }
    if (head.kind == RF_FUS_HEAD_CTOR) {
        head.name = head.ref->decl->cases[index].name;
        head.arity = head.ref->decl->cases[index].count;
    }
    return head;
}

bool rf_fus_cover_has(const rf_fus_column *column, uint32_t index) {
    if (column->first.kind == RF_FUS_HEAD_CTOR)
        return column->cases[index];
    bool is_single = column->first.kind == RF_FUS_HEAD_UNIT || column->first.kind == RF_FUS_HEAD_TUPLE ||
                     column->first.kind == RF_FUS_HEAD_RECORD;
    return is_single || column->has[index];
}

bool rf_fus_cover_is_complete(const rf_fus_column *column) {
    uint32_t size = rf_fus_cover_family_size(column);
    for (uint32_t i = 0; i < size; i++)
        if (!rf_fus_cover_has(column, i))
            return false;
    return size > 0;
}

static bool useful_by(rf_fus_coverage *c, rf_fus_matrix from, rf_fus_matrix row, const rf_fus_head *head, unsigned depth) {
    size_t mark = c->cells.count;
    rf_fus_matrix rest = rf_fus_cover_specialise(c, from, head), own = rf_fus_cover_specialise(c, row, head);
    bool found = c->gave_up || rf_fus_cover_useful(c, rest, own, depth + 1);
    c->cells.count = mark;
    return found;
}

/* The row begins with alternatives: is one of them useful? */
static bool useful_alternative(rf_fus_coverage *c, rf_fus_matrix from, rf_fus_matrix row, rf_fus_pat_cell at, unsigned depth) {
    size_t mark = c->cells.count;
    bool found = false, is_or = true;
    while (is_or && !found && rf_fus_cover_spend(c, row.cols)) {
        is_or = at.pat && at.pat->kind == RF_FUS_PAT_OR;
        rf_fus_cover_push(c, is_or ? (rf_fus_pat_cell){ at.pat->items[1], 0 } : at);
        for (uint32_t i = 1; i < row.cols && !c->gave_up; i++)
            rf_fus_cover_push(c, c->cells.items[row.base + i]);
        found = c->gave_up || rf_fus_cover_useful(c, from, (rf_fus_matrix){ mark, 1, row.cols }, depth + 1);
        c->cells.count = mark;
        if (is_or)
            at = rf_fus_cover_strip((rf_fus_pat_cell){ at.pat->items[0], 0 });
    }
    return found || c->gave_up;
}

/* Is there a value that `row` (one row) takes and no row of `from`? True after giving up. */
bool rf_fus_cover_useful(rf_fus_coverage *c, rf_fus_matrix from, rf_fus_matrix row, unsigned depth) {
    if (from.cols == 0 || from.rows == 0)
        return from.rows == 0;
    if (depth > RF_FUS_COVER_DEPTH || !rf_fus_cover_spend(c, 1)) {
        c->gave_up = true;
        return true;
    }
    rf_fus_pat_cell first = rf_fus_cover_strip(c->cells.items[row.base]);
    if (first.pat && first.pat->kind == RF_FUS_PAT_OR)
        return useful_alternative(c, from, row, first, depth);
    rf_fus_column column;
    rf_fus_cover_column(c, from, &column);
    if (c->gave_up)
        return true;
    if (!first.pat) {
        if (!rf_fus_cover_is_complete(&column))
            return useful_by(c, from, row, NULL, depth);
        bool found = false;
        for (uint32_t i = 0; i < rf_fus_cover_family_size(&column) && !found; i++) {
            rf_fus_head head = rf_fus_cover_family_head(&column, i);
            found = useful_by(c, from, row, &head, depth);
        }
        return found;
    }
    rf_fus_head head = rf_fus_cover_head(c, first);
    if (head.kind == RF_FUS_HEAD_RECORD) {
        note_names(c, &column, first.pat);
        head.names = column.names;
        head.arity = column.name_count;
    }
    return c->gave_up || useful_by(c, from, row, &head, depth);
}
