/* coverage_example.c: an example of a value that a match does not take. */
#include "script/fusabi/coverage_internal.h"

static const rf_fus_example anything = { .head = { .kind = RF_FUS_HEAD_ANY } };


static rf_fus_example *new_example(rf_fus_coverage *c, const rf_fus_head *head, rf_fus_example **parts) {
    rf_fus_example *made = rf_fus_cover_room(c, 1, sizeof *made);
    if (made)
        *made = (rf_fus_example){ *head, parts };
    return made;
}

static rf_fus_example *any_example(void) { return (rf_fus_example *)(uintptr_t)&anything; }

static rf_fus_example **any_parts(rf_fus_coverage *c, uint32_t count) {
    rf_fus_example **parts = rf_fus_cover_room(c, count, sizeof *parts);
    for (uint32_t i = 0; parts && i < count; i++)
        parts[i] = any_example();
    return parts;
}

/* The examples `found` for the columns behind a head and its parts, with the parts put together. */
static rf_fus_example **put_together(rf_fus_coverage *c, const rf_fus_head *head, rf_fus_example **found, uint32_t cols) {
    rf_fus_example **all = rf_fus_cover_room(c, cols, sizeof *all);
    rf_fus_head kept = *head;
    if (kept.kind == RF_FUS_HEAD_RECORD) {
        rf_slice *names = rf_fus_cover_room(c, kept.arity, sizeof *names);
        if (names)
            memcpy(names, head->names, kept.arity * sizeof *names);
        kept.names = names;
    }
    if (!all || c->gave_up)
        return NULL;
    all[0] = new_example(c, &kept, found);
    for (uint32_t i = 1; i < cols; i++)
        all[i] = found[kept.arity + i - 1];
    return all[0] ? all : NULL;
}

/* A value that no literal of the column is. */
static rf_fus_example *other_literal(rf_fus_coverage *c, rf_fus_matrix from, const rf_fus_column *column) {
    if (column->is_mixed || (column->first.kind != RF_FUS_HEAD_INT && column->first.kind != RF_FUS_HEAD_STRING))
        return any_example();
    rf_fus_pat *pat = rf_fus_cover_room(c, 1, sizeof *pat);
    if (!pat)
        return any_example();
    pat->kind = column->first.kind == RF_FUS_HEAD_INT ? RF_FUS_PAT_INT : RF_FUS_PAT_STRING;
    for (uint32_t i = 0; i < from.rows && rf_fus_cover_spend(c, from.rows);) { /* each time round, one literal more is passed by */
        const rf_fus_pat *row = rf_fus_cover_strip(c->cells.items[from.base + (size_t)i * from.cols]).pat;
        bool is_taken = row && row->kind == pat->kind &&
                        (pat->kind == RF_FUS_PAT_INT ? row->integer == pat->integer : row->text.len == pat->text.len);
        if (row && row->kind == RF_FUS_PAT_OR)
            return any_example();
        i = is_taken ? 0 : i + 1;
        pat->integer += is_taken && pat->kind == RF_FUS_PAT_INT;
        if (is_taken && pat->kind == RF_FUS_PAT_STRING)
            return any_example();
    }
    rf_fus_head head = { .kind = column->first.kind, .from = { pat, 0 } };
    return new_example(c, &head, NULL);
}

/* A head that is not among those of the column. */
static rf_fus_example *other_head(rf_fus_coverage *c, rf_fus_matrix from, const rf_fus_column *column) {
    uint32_t size = rf_fus_cover_family_size(column), index = 0;
    while (index < size && rf_fus_cover_has(column, index))
        index++;
    if (index == size)
        return other_literal(c, from, column);
    rf_fus_head head = rf_fus_cover_family_head(column, index);
    return new_example(c, &head, any_parts(c, head.arity));
}

/* Examples for all columns that no row takes; NULL: there are none, or it gave up. */
rf_fus_example **rf_fus_cover_missing(rf_fus_coverage *c, rf_fus_matrix from, unsigned depth) {
    if (from.cols == 0)
        return from.rows == 0 ? any_parts(c, 0) : NULL;
    if (depth > RF_FUS_COVER_DEPTH || !rf_fus_cover_spend(c, 1)) {
        c->gave_up = true;
        return NULL;
    }
    if (from.rows == 0)
        return any_parts(c, from.cols);
    size_t mark = c->cells.count;
    rf_fus_column column;
    rf_fus_cover_column(c, from, &column);
    if (c->gave_up)
        return NULL;
    if (rf_fus_cover_is_complete(&column)) {
        for (uint32_t i = 0; i < rf_fus_cover_family_size(&column) && !c->gave_up; i++) {
            rf_fus_head head = rf_fus_cover_family_head(&column, i);
            rf_fus_example **found = rf_fus_cover_missing(c, rf_fus_cover_specialise(c, from, &head), depth + 1);
            c->cells.count = mark;
            if (found)
                return put_together(c, &head, found, from.cols);
        }
        return NULL;
    }
    rf_fus_example **found = rf_fus_cover_missing(c, rf_fus_cover_specialise(c, from, NULL), depth + 1), **all = NULL;
    c->cells.count = mark;
    if (found && !c->gave_up)
        all = rf_fus_cover_room(c, from.cols, sizeof *all);
    if (!all)
        return NULL;
    all[0] = column.first.kind == RF_FUS_HEAD_ANY ? any_example() : other_head(c, from, &column);
    memcpy(all + 1, found, (from.cols - 1) * sizeof *all);
    return all[0] ? all : NULL;
}

/* Examples as text. */

static void show(rf_buffer *out, const rf_fus_example *example, unsigned depth);

static void show_parts(rf_buffer *out, const rf_fus_example *example, unsigned depth) {
    for (uint32_t i = 0; i < example->head.arity; i++) {
        rf_buffer_text(out, i ? ", " : "");
        show(out, example->parts[i], depth);
    }
}

static void show_cons(rf_buffer *out, const rf_fus_example *example, unsigned depth) {
    for (;; example = example->parts[1]) {
        if (example->head.kind != RF_FUS_HEAD_CONS) {
            show(out, example, depth);
            return;
        }
        bool is_nested = example->parts[0]->head.kind == RF_FUS_HEAD_CONS;
        rf_buffer_text(out, is_nested ? "(" : "");
        show(out, example->parts[0], depth);
        rf_buffer_text(out, is_nested ? ") :: " : " :: ");
    }
}

static void show_record(rf_buffer *out, const rf_fus_example *example, unsigned depth) {
    const char *before = "{ ";
    for (uint32_t i = 0; i < example->head.arity; i++) {
        if (example->parts[i]->head.kind == RF_FUS_HEAD_ANY)
            continue;
        rf_buffer_printf(out, "%s%.*s = ", before, RF_SLICE_ARG(example->head.names[i]));
        show(out, example->parts[i], depth);
        before = "; ";
    }
    rf_buffer_text(out, before[0] == '{' ? "_" : " }");
}

static void show(rf_buffer *out, const rf_fus_example *example, unsigned depth) {
    const rf_fus_head *head = &example->head;
    if (depth > 20 || head->kind == RF_FUS_HEAD_ANY || head->kind == RF_FUS_HEAD_OR || head->kind == RF_FUS_HEAD_FLOAT) {
        rf_buffer_char(out, '_');
        return;
    }
    switch (head->kind) {
    case RF_FUS_HEAD_UNIT: rf_buffer_text(out, "()"); return;
    case RF_FUS_HEAD_BOOL: rf_buffer_text(out, head->flag ? "true" : "false"); return;
    case RF_FUS_HEAD_INT: rf_buffer_printf(out, "%lld", (long long)head->from.pat->integer); return;
    case RF_FUS_HEAD_STRING: rf_buffer_text(out, "\"\""); return;
    case RF_FUS_HEAD_NIL: rf_buffer_text(out, "[]"); return;
    case RF_FUS_HEAD_CONS: show_cons(out, example, depth + 1); return;
    case RF_FUS_HEAD_RECORD: show_record(out, example, depth + 1); return;
    default: break;
    }
    rf_buffer_slice(out, head->kind == RF_FUS_HEAD_CTOR ? head->name : (rf_slice){ NULL, 0 });
    if (head->kind == RF_FUS_HEAD_CTOR && head->arity == 0)
        return;
    rf_buffer_text(out, head->kind == RF_FUS_HEAD_ARRAY ? "[|" : "(");
    show_parts(out, example, depth + 1);
    rf_buffer_text(out, head->kind == RF_FUS_HEAD_ARRAY ? "|]" : ")");
}

void rf_fus_cover_report(rf_fus_coverage *c, rf_fus_at at, rf_fus_at end, const rf_fus_example *example) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    show(&text, example, 0);
    if (text.failed)
        c->inference->types.no_memory = true;
    else
        rf_fus_report(c->inference->diags, RF_FUS_WARNING, RF_FUS_PHASE_TYPE, at, end, "incomplete match: `%.*s` is not covered",
                      RF_SLICE_ARG(rf_buffer_view(&text)));
}
