/* generate_block.c: random patterns, arms of matches, and blocks of lines. */
#include "generate_internal.h"

/* ---- Patterns ---- */

static void put_list_pattern(gen *g, const type *t, int depth) {
    uint32_t form = rf_gen_below(g, 4);
    if (form == 0) {
        rf_gen_put(g, "[]");
        return;
    }
    if (form == 1) {
        rf_gen_put(g, "[");
        rf_gen_pattern(g, t->parts[0], depth - 1, true);
        rf_gen_put(g, "]");
        return;
    }
    rf_gen_put(g, "(");
    rf_gen_pattern(g, t->parts[0], depth - 1, true);
    rf_gen_put(g, " :: ");
    if (form == 2)
        rf_gen_pattern(g, t, 0, false);
    else
        put_list_pattern(g, t, depth - 1);
    rf_gen_put(g, ")");
}

static void put_literal_pattern(gen *g, const type *t) {
    switch (t->kind) {
    case T_INT:
        if (rf_gen_chance(g, 25))
            rf_gen_put(g, "(%u | %u)", rf_gen_below(g, 5), 5 + rf_gen_below(g, 5));
        else
            rf_gen_put(g, rf_gen_chance(g, 15) ? "-%u" : "%u", rf_gen_below(g, 10));
        return;
    case T_BOOL: rf_gen_put(g, rf_gen_chance(g, 50) ? "true" : "false"); return;
    case T_STRING: rf_gen_put(g, rf_gen_chance(g, 50) ? "\"\"" : "\"a\""); return;
    case T_UNIT: rf_gen_put(g, "()"); return;
    default: rf_gen_put(g, "_"); return;
    }
}

static void put_ctor_pattern(gen *g, const type *t, int depth) {
    uint32_t pick = rf_gen_below(g, CTORS);
    const fields *ctor = &g->unions[t->index][pick];
    rf_gen_put(g, "%c%u", 'A' + pick, t->index);
    for (uint8_t i = 0; i < ctor->count; i++) {
        rf_gen_put(g, i ? ", " : "(");
        rf_gen_pattern(g, ctor->parts[i], depth - 1, true);
    }
    rf_gen_put(g, ctor->count ? ")" : "");
}

static void put_record_pattern(gen *g, const type *t, int depth, bool may_fail) {
    const fields *record = &g->records[t->index];
    uint8_t pick = (uint8_t)rf_gen_below(g, record->count);
    rf_gen_put(g, "{ r%u%c = ", t->index, 'a' + pick);
    rf_gen_pattern(g, record->parts[pick], depth - 1, may_fail);
    rf_gen_put(g, " }");
}

static void put_tuple_pattern(gen *g, const type *t, int depth, bool may_fail) {
    for (uint8_t i = 0; i < t->count; i++) {
        rf_gen_put(g, i ? ", " : "(");
        rf_gen_pattern(g, t->parts[i], depth - 1, may_fail);
    }
    rf_gen_put(g, ")");
}

static void put_structure(gen *g, const type *t, int depth) {
    switch (t->kind) {
    case T_LIST: put_list_pattern(g, t, depth); return;
    case T_OPTION:
        if (rf_gen_chance(g, 40)) {
            rf_gen_put(g, "None");
            return;
        }
        rf_gen_put(g, "(Some (");
        rf_gen_pattern(g, t->parts[0], depth - 1, true);
        rf_gen_put(g, "))");
        return;
    case T_TUPLE: put_tuple_pattern(g, t, depth, true); return;
    case T_RECORD: put_record_pattern(g, t, depth, true); return;
    case T_UNION: put_ctor_pattern(g, t, depth); return;
    default: put_literal_pattern(g, t); return;
    }
}

void rf_gen_pattern(gen *g, const type *t, int depth, bool may_fail) {
    bool is_whole = t->kind == T_TUPLE || t->kind == T_RECORD;
    if (depth > 0 && is_whole && !may_fail) {
        if (t->kind == T_TUPLE)
            put_tuple_pattern(g, t, depth, false);
        else
            put_record_pattern(g, t, depth, false);
        return;
    }
    if (depth > 0 && may_fail && rf_gen_chance(g, 60)) {
        if (rf_gen_chance(g, 90)) {
            put_structure(g, t, depth);
            return;
        }
        rf_gen_put(g, "(");
        put_structure(g, t, depth);
        rf_gen_put(g, " as ");
        rf_gen_put_var(g, rf_gen_bind(g, 'v', t));
        rf_gen_put(g, ")");
        return;
    }
    if (rf_gen_chance(g, 20))
        rf_gen_put(g, "_");
    else
        rf_gen_put_var(g, rf_gen_bind(g, 'v', t));
}

/* ---- Arms ---- */

void rf_gen_arms_by(gen *g, const type *scrutinee, const char *lead, void (*body)(gen *g, const type *t, int depth, int indent),
                    const type *t, int depth, int indent) {
    uint32_t count = 1 + rf_gen_below(g, 3);
    bool is_complete = rf_gen_chance(g, 92);
    for (uint32_t i = 0; i < count + is_complete; i++) {
        uint32_t mark = g->var_count;
        bool is_last = i == count;
        rf_gen_put(g, "%s| ", lead);
        rf_gen_pattern(g, scrutinee, is_last ? 0 : 3, !is_last);
        if (!is_last && rf_gen_chance(g, 25)) {
            rf_gen_put(g, " when ");
            rf_gen_expr(g, g->boolean, 1);
        }
        rf_gen_put(g, " -> ");
        body(g, t, depth, indent);
        g->var_count = mark;
    }
}

static void put_inline(gen *g, const type *t, int depth, int indent RF_UNUSED) { rf_gen_expr(g, t, depth - 1); }

void rf_gen_arms(gen *g, const type *scrutinee, const type *t, int depth) {
    rf_gen_arms_by(g, scrutinee, " ", put_inline, t, depth, 0);
}

/* ---- Blocks ---- */

static void put_indent(gen *g, int indent) { rf_gen_put(g, "%*s", indent, ""); }

static void put_statements(gen *g, int depth, int indent, uint32_t count);

static void put_local(gen *g, int depth, int indent) {
    const type *t = rf_gen_any_type(g, 2, true);
    uint32_t mark = g->var_count, number = rf_gen_number(g);
    if (t->kind == T_FUN) { /* with parameters of its own */
        rf_gen_put(g, "let v%u", number);
        for (uint8_t i = 0; i + 1 < t->count; i++)
            rf_gen_parameter(g, t->parts[i]);
        uint32_t loops = g->loops;
        g->loops = 0;
        rf_gen_put(g, " =\n");
        rf_gen_block(g, t->parts[t->count - 1], depth - 1, indent + 2);
        g->loops = loops;
    } else if (t->kind == T_TUPLE && rf_gen_chance(g, 40)) {
        rf_buffer *out = g->out, value = { 0 };
        g->out = &value; /* the value first: the pattern's names are not in scope there */
        rf_gen_expr(g, t, depth);
        g->out = out;
        g->var_count = mark;
        rf_gen_put(g, "let ");
        rf_gen_pattern(g, t, 1, false);
        rf_gen_put(g, " = ");
        rf_buffer_slice(out, rf_buffer_view(&value));
        rf_buffer_done(&value);
        rf_gen_put(g, "\n");
        return;
    } else if (rf_gen_chance(g, 30)) {
        rf_gen_put(g, "let v%u =\n", number);
        rf_gen_block(g, t, depth - 1, indent + 2);
    } else {
        rf_gen_put(g, "let v%u = ", number);
        rf_gen_expr(g, t, depth);
        rf_gen_put(g, "\n");
    }
    g->var_count = mark;
    rf_gen_bind(g, 'v', t)->number = number;
}

/* Types of mutables are small and cannot hold functions: no knots, no growth without end. */
static void put_mutable(gen *g, int depth) {
    const type *choice[] = { g->integer, g->boolean, g->real, g->text, rf_gen_type_new(g, T_LIST, &g->integer, 1) };
    const type *t = choice[rf_gen_below(g, 5)];
    uint32_t number = ++g->next_number;
    rf_gen_put(g, "let mutable m%u = ", number);
    rf_gen_expr(g, t, depth - 1);
    rf_gen_put(g, "\n");
    var *v = rf_gen_bind(g, 'm', t);
    v->number = number;
    v->is_mutable = true;
}

static bool is_mutable(const var *v, const type *t RF_UNUSED) { return v->is_mutable; }

static void put_assignment(gen *g, int depth) {
    const var *v = rf_gen_find(g, NULL, is_mutable);
    if (!v) {
        rf_gen_put(g, "()\n");
        return;
    }
    const type *t = v->type;
    const char *bound = t->kind == T_STRING ? "cut " : t->kind == T_LIST ? "trim " : "";
    rf_gen_put_var(g, v);
    rf_gen_put(g, " <- %s", bound);
    rf_gen_expr(g, t, depth - 1);
    rf_gen_put(g, "\n");
}

static void put_for(gen *g, int depth, int indent) {
    uint32_t mark = g->var_count, number = ++g->next_number;
    const type *item = g->integer;
    if (rf_gen_chance(g, 50)) {
        rf_gen_put(g, rf_gen_chance(g, 70) ? "for v%u = %u to %u do\n" : "for v%u = %u downto %u do\n", number, rf_gen_below(g, 4),
                   rf_gen_below(g, 4));
    } else {
        item = rf_gen_any_type(g, 1, false);
        rf_gen_put(g, "for v%u in ", number);
        rf_gen_expr(g, rf_gen_type_new(g, T_LIST, &item, 1), depth - 1);
        rf_gen_put(g, " do\n");
    }
    rf_gen_bind(g, 'v', item)->number = number;
    g->loops++;
    put_statements(g, depth - 1, indent + 2, 1 + rf_gen_below(g, 2));
    g->loops--;
    g->var_count = mark;
}

static void put_while(gen *g, int depth, int indent) {
    uint32_t mark = g->var_count, number = ++g->next_number;
    rf_gen_put(g, "let mutable w%u = 0\n", number); /* nobody else knows it, so the loop ends */
    put_indent(g, indent);
    rf_gen_put(g, "while w%u < %u do\n", number, 1 + rf_gen_below(g, 4));
    put_indent(g, indent + 2);
    rf_gen_put(g, "w%u <- w%u + 1\n", number, number);
    g->loops++;
    put_statements(g, depth - 1, indent + 2, 1 + rf_gen_below(g, 2));
    g->loops--;
    g->var_count = mark;
}

static void put_if_statement(gen *g, int depth, int indent) {
    bool is_jump = g->loops && rf_gen_chance(g, 40);
    rf_gen_put(g, "if ");
    rf_gen_expr(g, g->boolean, depth - 1);
    if (is_jump) {
        rf_gen_put(g, rf_gen_chance(g, 50) ? " then break\n" : " then continue\n");
        return;
    }
    rf_gen_put(g, " then\n");
    put_statements(g, depth - 1, indent + 2, 1);
    if (rf_gen_chance(g, 50)) {
        put_indent(g, indent);
        rf_gen_put(g, "else\n");
        put_statements(g, depth - 1, indent + 2, 1);
    }
}

static void put_statement(gen *g, int depth, int indent) {
    put_indent(g, indent);
    switch (depth > 0 && g->size < 3500 ? rf_gen_below(g, 10) : 9) {
    case 0:
    case 1: put_local(g, depth, indent); return;
    case 2: put_mutable(g, depth); return;
    case 3: put_assignment(g, depth); return;
    case 4: put_for(g, depth, indent); return;
    case 5: put_while(g, depth, indent); return;
    case 6: put_if_statement(g, depth, indent); return;
    case 7:
        if (rf_gen_library_statement(g, depth))
            return;
        RF_FALLTHROUGH;
    default:
        rf_gen_put(g, "printfn ");
        rf_gen_expr(g, rf_gen_any_type(g, 1, false), depth - 1);
        rf_gen_put(g, "\n");
        return;
    }
}

/* Lines that end in a statement that gives unit. */
static void put_statements(gen *g, int depth, int indent, uint32_t count) {
    uint32_t mark = g->var_count;
    for (uint32_t i = 0; i < count; i++)
        put_statement(g, depth, indent);
    put_indent(g, indent);
    put_assignment(g, depth);
    g->var_count = mark;
}

static void put_arm_block(gen *g, const type *t, int depth, int indent) {
    rf_gen_put(g, "\n");
    rf_gen_block(g, t, depth - 1, indent + 2);
}

/* The last expression of a block, in lines of its own. */
static void put_last(gen *g, const type *t, int depth, int indent) {
    put_indent(g, indent);
    uint32_t form = depth > 1 && g->size < 3500 ? rf_gen_below(g, 6) : 5;
    if (form == 0) {
        rf_gen_put(g, "if ");
        rf_gen_expr(g, g->boolean, depth - 1);
        rf_gen_put(g, " then\n");
        rf_gen_block(g, t, depth - 1, indent + 2);
        put_indent(g, indent);
        rf_gen_put(g, "else\n");
        rf_gen_block(g, t, depth - 1, indent + 2);
    } else if (form == 1) {
        const type *scrutinee = rf_gen_any_type(g, 2, false);
        char lead[64];
        snprintf(lead, sizeof lead, "%*s", indent, "");
        rf_gen_put(g, "match ");
        rf_gen_expr(g, scrutinee, depth - 1);
        rf_gen_put(g, " with\n");
        rf_gen_arms_by(g, scrutinee, lead, put_arm_block, t, depth, indent);
    } else if (form == 2) {
        uint32_t loops = g->loops;
        bool is_finally = rf_gen_chance(g, 25);
        g->loops = 0; /* no break out of a try */
        rf_gen_put(g, "try\n");
        rf_gen_block(g, t, depth - 1, indent + 2);
        put_indent(g, indent);
        rf_gen_put(g, is_finally ? "finally\n" : "with _ ->\n");
        if (is_finally)
            put_statements(g, depth - 1, indent + 2, 1);
        else
            rf_gen_block(g, t, depth - 1, indent + 2);
        g->loops = loops;
    } else {
        rf_gen_expr(g, t, depth);
        rf_gen_put(g, "\n");
    }
}

void rf_gen_block(gen *g, const type *t, int depth, int indent) {
    uint32_t mark = g->var_count;
    uint32_t count = depth > 0 && indent < 40 && g->size < 3500 ? rf_gen_below(g, 4) : 0;
    for (uint32_t i = 0; i < count; i++)
        put_statement(g, depth, indent);
    put_last(g, t, depth, indent);
    g->var_count = mark;
}
