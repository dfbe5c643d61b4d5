/* generate_expr.c: random expressions of a wanted type. */
#include "generate_internal.h"

const type *rf_gen_list_of(gen *g, const type *item) { return rf_gen_type_new(g, T_LIST, &item, 1); }

const type *rf_gen_function_of(gen *g, const type *from, const type *to) {
    const type *parts[] = { from, to };
    return rf_gen_type_new(g, T_FUN, parts, 2);
}

void rf_gen_parameter(gen *g, const type *t) {
    bool is_whole = (t->kind == T_TUPLE || t->kind == T_RECORD) && rf_gen_chance(g, 40);
    rf_gen_put(g, " ");
    if (is_whole) {
        rf_gen_pattern(g, t, 1, false);
        return;
    }
    uint32_t number = rf_gen_number(g);
    bool is_typed = rf_gen_chance(g, 20);
    rf_gen_put(g, is_typed ? "(v%u: " : "v%u", number);
    rf_gen_bind(g, 'v', t)->number = number;
    if (!is_typed)
        return;
    rf_gen_put_type(g, t);
    rf_gen_put(g, ")");
}

static void put_text_literal(gen *g) {
    static const char *const words[] = { "", "a", "b c", "x\\ny", "Zed", "\xC3\xA9t\xC3\xA9", "1", "%", "fold", "a,b,,c" };
    rf_gen_put(g, "\"%s\"", words[rf_gen_below(g, sizeof words / sizeof *words)]);
}

static void put_int(gen *g) {
    static const char *const odd[] = { "9223372036854775807", "140737488355327", "140737488355328", "(-140737488355329)", "4294967296", "(-1)" };
    if (rf_gen_chance(g, 8))
        rf_gen_put(g, "%s", odd[rf_gen_below(g, sizeof odd / sizeof *odd)]);
    else if (rf_gen_chance(g, 15))
        rf_gen_put(g, "(-%u)", 1 + rf_gen_below(g, 100));
    else
        rf_gen_put(g, "%u", rf_gen_below(g, rf_gen_chance(g, 70) ? 12 : 5000));
}

static void put_ctor(gen *g, const type *t, int depth) {
    uint32_t pick = depth > 0 ? rf_gen_below(g, CTORS) : 0;
    const fields *ctor = &g->unions[t->index][pick];
    rf_gen_put(g, ctor->count ? "(%c%u" : "%c%u", 'A' + pick, t->index);
    for (uint8_t i = 0; i < ctor->count; i++) {
        rf_gen_put(g, i ? ", " : "(");
        rf_gen_expr(g, ctor->parts[i], depth - 1);
    }
    rf_gen_put(g, ctor->count ? "))" : "");
}

static void put_record(gen *g, const type *t, int depth) {
    const fields *record = &g->records[t->index];
    const var *v = rf_gen_find_of(g, t);
    bool is_update = v && depth > 0 && rf_gen_chance(g, 50);
    if (is_update) {
        uint8_t pick = (uint8_t)rf_gen_below(g, record->count);
        rf_gen_put(g, "{ ");
        rf_gen_put_var(g, v);
        rf_gen_put(g, " with r%u%c = ", t->index, 'a' + pick);
        rf_gen_expr(g, record->parts[pick], depth - 1);
    } else {
        for (uint8_t i = 0; i < record->count; i++) {
            rf_gen_put(g, "%sr%u%c = ", i ? "; " : "{ ", t->index, 'a' + i);
            rf_gen_expr(g, record->parts[i], depth - 1);
        }
    }
    rf_gen_put(g, " }");
}

static void put_items(gen *g, const type *t, int depth) {
    uint32_t count = depth > 0 ? rf_gen_below(g, 4) : rf_gen_below(g, 2);
    rf_gen_put(g, "[");
    for (uint32_t i = 0; i < count; i++) {
        rf_gen_put(g, i ? "; " : "");
        rf_gen_expr(g, t->parts[0], depth - 1);
    }
    rf_gen_put(g, "]");
}

/* (function | p -> e …) */
static void put_matching_function(gen *g, const type *t, int depth) {
    rf_gen_put(g, "(function");
    rf_gen_arms(g, t->parts[0], t->parts[1], depth);
    rf_gen_put(g, ")");
}

void rf_gen_function_value(gen *g, const type *t, int depth) {
    uint32_t mark = g->var_count, loops = g->loops;
    g->loops = 0; /* no break out of a function */
    if (t->count == 2 && depth > 1 && rf_gen_chance(g, 15)) {
        put_matching_function(g, t, depth - 1);
        g->loops = loops;
        return;
    }
    rf_gen_put(g, "(fun");
    for (uint8_t i = 0; i + 1 < t->count; i++) {
        if (rf_gen_chance(g, 10))
            rf_gen_put(g, " _");
        else
            rf_gen_parameter(g, t->parts[i]);
        if (i + 2 < t->count && rf_gen_chance(g, 20))
            rf_gen_put(g, " -> fun");
    }
    rf_gen_put(g, " -> ");
    rf_gen_expr(g, t->parts[t->count - 1], depth - 1);
    rf_gen_put(g, ")");
    g->var_count = mark;
    g->loops = loops;
}

/* What a type looks like written out, as simple as the depth wants it. */
static void put_literal(gen *g, const type *t, int depth) {
    switch (t->kind) {
    case T_INT: put_int(g); return;
    case T_FLOAT: rf_gen_put(g, "%u.%u", rf_gen_below(g, 100), rf_gen_below(g, 1000)); return;
    case T_BOOL: rf_gen_put(g, rf_gen_chance(g, 50) ? "true" : "false"); return;
    case T_STRING: put_text_literal(g); return;
    case T_UNIT: rf_gen_put(g, "()"); return;
    case T_LIST: put_items(g, t, depth); return;
    case T_OPTION:
        if (depth <= 0 && rf_gen_chance(g, 50)) {
            rf_gen_put(g, "None");
            return;
        }
        rf_gen_put(g, "(Some (");
        rf_gen_expr(g, t->parts[0], depth - 1); /* in two pairs of parentheses: a tuple is one field, not several */
        rf_gen_put(g, "))");
        return;
    case T_TUPLE:
        for (uint8_t i = 0; i < t->count; i++) {
            rf_gen_put(g, i ? ", " : "(");
            rf_gen_expr(g, t->parts[i], depth - 1);
        }
        rf_gen_put(g, ")");
        return;
    case T_RECORD: put_record(g, t, depth); return;
    case T_UNION: put_ctor(g, t, depth); return;
    case T_ARRAY:
    case T_MAP: rf_gen_collection_literal(g, t, depth); return;
    case T_FUN: rf_gen_function_value(g, t, depth); return;
    }
}

void rf_gen_leaf(gen *g, const type *t) {
    const var *v = rf_gen_chance(g, 70) ? rf_gen_find_of(g, t) : NULL;
    if (v)
        rf_gen_put_var(g, v);
    else
        put_literal(g, t, 0);
}

/* ---- Forms that give any type ---- */

static void put_let(gen *g, const type *t, int depth) {
    const type *bound = rf_gen_any_type(g, 1, true);
    uint32_t mark = g->var_count;
    rf_gen_put(g, "(let ");
    if (bound->kind == T_TUPLE && rf_gen_chance(g, 60)) {
        rf_buffer *out = g->out, value = { 0 };
        g->out = &value; /* the value first: the pattern's names are not in scope there */
        rf_gen_expr(g, bound, depth - 1);
        g->out = out;
        rf_gen_pattern(g, bound, 1, false);
        rf_gen_put(g, " = ");
        rf_buffer_slice(out, rf_buffer_view(&value));
        rf_buffer_done(&value);
    } else {
        uint32_t number = rf_gen_number(g);
        rf_gen_put(g, "v%u = ", number);
        rf_gen_expr(g, bound, depth - 1);
        rf_gen_bind(g, 'v', bound)->number = number;
    }
    rf_gen_put(g, " in ");
    rf_gen_expr(g, t, depth - 1);
    rf_gen_put(g, ")");
    g->var_count = mark;
}

static void put_match(gen *g, const type *t, int depth) {
    const type *scrutinee = rf_gen_any_type(g, 2, false);
    rf_gen_put(g, "(match ");
    rf_gen_expr(g, scrutinee, depth - 1);
    rf_gen_put(g, " with");
    rf_gen_arms(g, scrutinee, t, depth);
    rf_gen_put(g, ")");
}

static bool gives(const var *v, const type *t) {
    return v->type->kind == T_FUN && rf_gen_same(v->type->parts[v->type->count - 1], t);
}

/* Calls a function in scope; false when there is none. */
static bool put_call(gen *g, const type *t, int depth) {
    const var *found = rf_gen_find(g, t, gives);
    if (!found || (found->is_fuelled && g->no_calls))
        return false;
    var f = *found; /* the table may move while arguments are made */
    rf_gen_put(g, "(");
    rf_gen_put_var(g, &f);
    if (f.is_fuelled && g->fuel_number)
        rf_gen_put(g, " (n%u - 1)", g->fuel_number);
    else if (f.is_fuelled)
        rf_gen_put(g, " %u", 1 + rf_gen_below(g, 3));
    for (uint8_t i = 0; i + 1 < f.type->count; i++) {
        rf_gen_put(g, " ");
        rf_gen_expr(g, f.type->parts[i], depth - 1);
    }
    rf_gen_put(g, ")");
    return true;
}

static void put_applied(gen *g, const type *t, int depth) {
    const type *parts[] = { rf_gen_any_type(g, 1, false), t };
    const type *f = rf_gen_type_new(g, T_FUN, parts, 2);
    bool is_piped = rf_gen_chance(g, 60);
    rf_gen_put(g, "(");
    if (is_piped) {
        rf_gen_expr(g, parts[0], depth - 1);
        rf_gen_put(g, " |> ");
    }
    rf_gen_expr(g, f, depth - 1);
    if (!is_piped) {
        rf_gen_put(g, rf_gen_chance(g, 30) ? " <| " : " ");
        rf_gen_expr(g, parts[0], depth - 1);
    }
    rf_gen_put(g, ")");
}

static void put_try(gen *g, const type *t, int depth) {
    rf_gen_put(g, "(try ");
    rf_gen_expr(g, t, depth - 1);
    if (rf_gen_chance(g, 40)) {
        uint32_t mark = g->var_count;
        const var *v = rf_gen_bind(g, 'v', g->text);
        rf_gen_put(g, " with | Failure(");
        rf_gen_put_var(g, v);
        rf_gen_put(g, rf_gen_chance(g, 20) ? ") when 1 < 2 -> " : ") -> ");
        rf_gen_expr(g, t, depth - 2);
        g->var_count = mark;
        if (rf_gen_chance(g, 30)) {
            rf_gen_put(g, " | Odd(v%u, _) -> ", rf_gen_bind(g, 'v', g->integer)->number);
            rf_gen_expr(g, t, depth - 2);
            g->var_count = mark;
        }
        rf_gen_put(g, " | _ -> ");
    } else {
        rf_gen_put(g, " with _ -> ");
    }
    rf_gen_expr(g, t, depth - 2);
    rf_gen_put(g, ")");
}

static void put_fold(gen *g, const type *t, int depth) {
    const type *item = rf_gen_any_type(g, 1, false);
    const type *parts[] = { t, item, t };
    rf_gen_put(g, "(List.fold ");
    rf_gen_function_value(g, rf_gen_type_new(g, T_FUN, parts, 3), depth - 1);
    rf_gen_put(g, " ");
    rf_gen_expr(g, t, depth - 2);
    rf_gen_put(g, " ");
    rf_gen_expr(g, rf_gen_type_new(g, T_LIST, &item, 1), depth - 1);
    rf_gen_put(g, ")");
}

/* Takes the value out of a list or option. */
static void put_taken(gen *g, const type *t, int depth) {
    bool is_list = rf_gen_chance(g, 40);
    const type *from = rf_gen_type_new(g, is_list ? T_LIST : T_OPTION, &t, 1);
    if (is_list) {
        rf_gen_put(g, "(List.head (");
        rf_gen_expr(g, t, depth - 1);
        rf_gen_put(g, rf_gen_chance(g, 80) ? " :: " : " :: List.tail ");
    } else {
        rf_gen_put(g, "(Option.defaultValue ");
        rf_gen_expr(g, t, depth - 1);
        rf_gen_put(g, " (id ");
    }
    rf_gen_expr(g, from, depth - 1);
    rf_gen_put(g, "))");
}

static bool is_record(const var *v, const type *t RF_UNUSED) { return v->type->kind == T_RECORD; }

/* A field of a record in scope; false when there is none. */
static bool put_field(gen *g, const type *t) {
    for (uint32_t tries = 0; tries < 3; tries++) {
        const var *v = rf_gen_find(g, NULL, is_record);
        if (!v)
            return false;
        const fields *record = &g->records[v->type->index];
        uint8_t pick = (uint8_t)rf_gen_below(g, record->count);
        if (!rf_gen_same(record->parts[pick], t))
            continue;
        rf_gen_put_var(g, v);
        rf_gen_put(g, ".r%u%c", v->type->index, 'a' + pick);
        return true;
    }
    return false;
}

static void put_if(gen *g, const type *t, int depth) {
    rf_gen_put(g, "(if ");
    rf_gen_expr(g, g->boolean, depth - 1);
    rf_gen_put(g, " then ");
    rf_gen_expr(g, t, depth - 1);
    if (rf_gen_chance(g, 20)) {
        rf_gen_put(g, " elif ");
        rf_gen_expr(g, g->boolean, depth - 2);
        rf_gen_put(g, " then ");
        rf_gen_expr(g, t, depth - 2);
    }
    rf_gen_put(g, " else ");
    rf_gen_expr(g, t, depth - 1);
    rf_gen_put(g, ")");
}

static bool is_mutable_of(const var *v, const type *t) { return v->is_mutable && rf_gen_same(v->type, t); }

/* (m12 <- e; m12): also inside functions, which then share it. False when there is none. */
static bool put_assigned(gen *g, const type *t, int depth) {
    const var *found = rf_gen_find(g, t, is_mutable_of);
    if (!found || t->kind == T_STRING || t->kind == T_LIST)
        return false;
    var m = *found;
    rf_gen_put(g, "(");
    rf_gen_put_var(g, &m);
    rf_gen_put(g, " <- ");
    rf_gen_expr(g, t, depth - 1);
    rf_gen_put(g, "; ");
    rf_gen_put_var(g, &m);
    rf_gen_put(g, ")");
    return true;
}

/* ---- Forms of one type ---- */

static void put_two(gen *g, const type *t, const char *operator, int depth) {
    rf_gen_put(g, "(");
    rf_gen_expr(g, t, depth - 1);
    rf_gen_put(g, " %s ", operator);
    rf_gen_expr(g, t, depth - 1);
    rf_gen_put(g, ")");
}


static void put_int_form(gen *g, int depth) {
    static const char *const operators[] = { "+", "-", "*", "+", "-" };
    const type *any = rf_gen_any_type(g, 1, false);
    switch (rf_gen_below(g, 9)) {
    case 0:
    case 1:
    case 2:
    case 3: put_two(g, g->integer, operators[rf_gen_below(g, 5)], depth); return;
    case 4:
        rf_gen_put(g, "(");
        rf_gen_expr(g, g->integer, depth - 1);
        if (rf_gen_chance(g, 85)) {
            rf_gen_put(g, " %c %u)", rf_gen_chance(g, 50) ? '/' : '%', 1 + rf_gen_below(g, 9));
            return;
        }
        rf_gen_put(g, " / ");
        rf_gen_expr(g, g->integer, depth - 1);
        rf_gen_put(g, ")");
        return;
    case 5:
        rf_gen_put(g, "(List.length ");
        rf_gen_expr(g, rf_gen_list_of(g, any), depth - 1);
        rf_gen_put(g, ")");
        return;
    case 6:
        rf_gen_put(g, "(String.length ");
        rf_gen_expr(g, g->text, depth - 1);
        rf_gen_put(g, ")");
        return;
    case 7:
        rf_gen_put(g, "(-");
        rf_gen_expr(g, g->integer, depth - 1);
        rf_gen_put(g, ")");
        return;
    default:
        rf_gen_put(g, "(Math.%s ", rf_gen_chance(g, 50) ? "max" : "min");
        rf_gen_expr(g, g->integer, depth - 1);
        rf_gen_put(g, " ");
        rf_gen_expr(g, g->integer, depth - 1);
        rf_gen_put(g, ")");
        return;
    }
}

static void put_float_form(gen *g, int depth) {
    static const char *const operators[] = { "+", "-", "*", "/" };
    static const char *const functions[] = { "floor", "abs", "sin", "exp", "truncate" };
    if (rf_gen_chance(g, 75)) {
        put_two(g, g->real, operators[rf_gen_below(g, 4)], depth);
        return;
    }
    rf_gen_put(g, "(Math.%s ", functions[rf_gen_below(g, 5)]);
    rf_gen_expr(g, g->real, depth - 1);
    rf_gen_put(g, ")");
}

static void put_bool_form(gen *g, int depth) {
    static const char *const orders[] = { "<", "<=", ">", ">=", "=", "<>" };
    const type *any = rf_gen_any_type(g, 1, false);
    switch (rf_gen_below(g, 7)) {
    case 0:
    case 1: put_two(g, rf_gen_chance(g, 75) ? g->integer : g->real, orders[rf_gen_below(g, 6)], depth); return;
    case 2: put_two(g, any, orders[4 + rf_gen_below(g, 2)], depth); return;
    case 3: put_two(g, g->boolean, "&&", depth); return;
    case 4: put_two(g, g->boolean, "||", depth); return;
    case 5:
        rf_gen_put(g, "(not ");
        rf_gen_expr(g, g->boolean, depth - 1);
        rf_gen_put(g, ")");
        return;
    default: {
        const type *parts[] = { any, g->boolean };
        rf_gen_put(g, "(List.exists ");
        rf_gen_function_value(g, rf_gen_type_new(g, T_FUN, parts, 2), depth - 1);
        rf_gen_put(g, " ");
        rf_gen_expr(g, rf_gen_list_of(g, any), depth - 1);
        rf_gen_put(g, ")");
        return;
    }
    }
}

static bool is_shown(const var *v, const type *t RF_UNUSED) { return !v->is_fuelled && !v->type->has_function; }

/* $"a{v1}b": names only, so that quotes need not nest. */
static void put_interpolated(gen *g) {
    rf_gen_put(g, "$\"x");
    for (uint32_t i = 0; i < 2 && g->var_count; i++) {
        const var *v = rf_gen_find(g, NULL, is_shown);
        if (!v)
            continue;
        rf_gen_put(g, "{");
        rf_gen_put_var(g, v);
        rf_gen_put(g, "}-");
    }
    rf_gen_put(g, "\"");
}

static void put_text_form(gen *g, int depth) {
    static const char *const functions[] = { "toUpper", "trim", "toLower" };
    switch (rf_gen_below(g, 6)) {
    case 0:
    case 1: put_two(g, g->text, rf_gen_chance(g, 50) ? "++" : "^", depth); return;
    case 2:
        rf_gen_put(g, "(sprintf \"%%s:%%d\" [");
        rf_gen_expr(g, g->text, depth - 1);
        rf_gen_put(g, "; ");
        rf_gen_expr(g, g->integer, depth - 1);
        rf_gen_put(g, "])");
        return;
    case 3: put_interpolated(g); return;
    case 4:
        rf_gen_put(g, "(String.%s ", functions[rf_gen_below(g, 3)]);
        rf_gen_expr(g, g->text, depth - 1);
        rf_gen_put(g, ")");
        return;
    default:
        rf_gen_put(g, "(string ");
        rf_gen_expr(g, rf_gen_any_type(g, 1, false), depth - 1);
        rf_gen_put(g, ")");
        return;
    }
}

/* [for v1 in e do if c then yield e] and the like. */
static void put_comprehension(gen *g, const type *t, int depth) {
    const type *item = rf_gen_any_type(g, 1, false);
    uint32_t mark = g->var_count, loops = g->loops, number = ++g->next_number;
    g->loops = 0;
    rf_gen_put(g, "[for v%u in ", number);
    if (rf_gen_chance(g, 40)) {
        item = g->integer;
        rf_gen_put(g, "%u .. %u", rf_gen_below(g, 4), rf_gen_below(g, 8));
    } else {
        rf_gen_expr(g, rf_gen_list_of(g, item), depth - 1);
    }
    rf_gen_put(g, " do ");
    rf_gen_bind(g, 'v', item)->number = number;
    if (rf_gen_chance(g, 40)) {
        rf_gen_put(g, "if ");
        rf_gen_expr(g, g->boolean, depth - 2);
        rf_gen_put(g, " then ");
    }
    bool is_many = rf_gen_chance(g, 20);
    rf_gen_put(g, is_many ? "yield! " : "yield ");
    rf_gen_expr(g, is_many ? t : t->parts[0], depth - 2);
    rf_gen_put(g, "]");
    g->var_count = mark;
    g->loops = loops;
}

static void put_mapped(gen *g, const type *t, int depth) {
    bool is_filter = rf_gen_chance(g, 35);
    const type *item = is_filter ? t->parts[0] : rf_gen_any_type(g, 1, false);
    const type *parts[] = { item, is_filter ? g->boolean : t->parts[0] };
    const type *f = rf_gen_type_new(g, T_FUN, parts, 2);
    bool is_piped = rf_gen_chance(g, 50);
    rf_gen_put(g, "(");
    if (is_piped) {
        rf_gen_expr(g, rf_gen_list_of(g, item), depth - 1);
        rf_gen_put(g, " |> ");
    }
    rf_gen_put(g, is_filter ? "List.filter " : "List.map ");
    rf_gen_expr(g, f, depth - 1);
    if (!is_piped) {
        rf_gen_put(g, " ");
        rf_gen_expr(g, rf_gen_list_of(g, item), depth - 1);
    }
    rf_gen_put(g, ")");
}

static void put_list_form(gen *g, const type *t, int depth) {
    switch (rf_gen_below(g, 6)) {
    case 0:
        rf_gen_put(g, "(");
        rf_gen_expr(g, t->parts[0], depth - 1);
        rf_gen_put(g, " :: ");
        rf_gen_expr(g, t, depth - 1);
        rf_gen_put(g, ")");
        return;
    case 1: put_mapped(g, t, depth); return;
    case 2: put_comprehension(g, t, depth); return;
    case 3:
        rf_gen_put(g, "(List.reverse ");
        rf_gen_expr(g, t, depth - 1);
        rf_gen_put(g, ")");
        return;
    case 4:
        rf_gen_put(g, "(List.append ");
        rf_gen_expr(g, t, depth - 1);
        rf_gen_put(g, " ");
        rf_gen_expr(g, t, depth - 1);
        rf_gen_put(g, ")");
        return;
    default: put_literal(g, t, depth); return;
    }
}

static void put_option_form(gen *g, const type *t, int depth) {
    const type *parts[] = { t->parts[0], g->boolean };
    if (rf_gen_chance(g, 50)) {
        put_literal(g, t, depth);
        return;
    }
    rf_gen_put(g, "(List.tryFind ");
    rf_gen_function_value(g, rf_gen_type_new(g, T_FUN, parts, 2), depth - 1);
    rf_gen_put(g, " ");
    rf_gen_expr(g, rf_gen_list_of(g, t->parts[0]), depth - 1);
    rf_gen_put(g, ")");
}

/* Composition, or a function that was given some of its arguments. */
static void put_function_form(gen *g, const type *t, int depth) {
    const type *middle = rf_gen_any_type(g, 1, false);
    if (t->count != 2 || rf_gen_chance(g, 50)) {
        rf_gen_function_value(g, t, depth);
        return;
    }
    const type *first[] = { t->parts[0], middle }, *second[] = { middle, t->parts[1] }, *partial[] = { middle, t->parts[0], t->parts[1] };
    rf_gen_put(g, "(");
    if (rf_gen_chance(g, 50)) {
        rf_gen_expr(g, rf_gen_type_new(g, T_FUN, first, 2), depth - 1);
        rf_gen_put(g, " >> ");
        rf_gen_expr(g, rf_gen_type_new(g, T_FUN, second, 2), depth - 1);
    } else {
        rf_gen_expr(g, rf_gen_type_new(g, T_FUN, partial, 3), depth - 1);
        rf_gen_put(g, " ");
        rf_gen_expr(g, middle, depth - 1);
    }
    rf_gen_put(g, ")");
}

static void put_own_form(gen *g, const type *t, int depth) {
    switch (t->kind) {
    case T_INT: put_int_form(g, depth); return;
    case T_FLOAT: put_float_form(g, depth); return;
    case T_BOOL: put_bool_form(g, depth); return;
    case T_STRING: put_text_form(g, depth); return;
    case T_LIST: put_list_form(g, t, depth); return;
    case T_OPTION: put_option_form(g, t, depth); return;
    case T_FUN: put_function_form(g, t, depth); return;
    default: put_literal(g, t, depth); return;
    }
}

void rf_gen_expr(gen *g, const type *t, int depth) {
    if (depth <= 0 || g->size > 4000 || g->type_count > TYPES_MAX - 60) {
        rf_gen_leaf(g, t);
        return;
    }
    switch (rf_gen_below(g, 28)) {
    case 24:
    case 25:
    case 26:
        if (!rf_gen_library_form(g, t, depth))
            put_own_form(g, t, depth);
        return;
    case 27:
        if (!put_assigned(g, t, depth))
            put_own_form(g, t, depth);
        return;
    case 0: put_if(g, t, depth); return;
    case 1: put_let(g, t, depth); return;
    case 2: put_match(g, t, depth); return;
    case 3:
    case 4:
    case 5:
        if (!put_call(g, t, depth))
            put_own_form(g, t, depth);
        return;
    case 6: put_applied(g, t, depth); return;
    case 7: put_try(g, t, depth); return;
    case 8: put_fold(g, t, depth); return;
    case 9: put_taken(g, t, depth); return;
    case 10:
        if (!put_field(g, t))
            put_own_form(g, t, depth);
        return;
    case 11:
        if (rf_gen_chance(g, 12))
            rf_gen_put(g, rf_gen_chance(g, 60) ? "(failwith \"F%u\")" : "(raise (Odd(%u, \"x\")))", rf_gen_below(g, 10));
        else
            rf_gen_leaf(g, t);
        return;
    case 12:
    case 13:
    case 14: rf_gen_leaf(g, t); return;
    default: put_own_form(g, t, depth); return;
    }
}
