/* generate.c: random Fusabi programs: chance, types, names, and the shape of a whole program. */
#include "generate.h"

#include "base/alloc.h"
#include "generate_internal.h"

#include <assert.h>
#include <stdarg.h>

uint32_t rf_gen_below(gen *g, uint32_t bound) {
    uint64_t z = g->state += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ z >> 31) >> 33) % bound;
}

void rf_gen_put(gen *g, const char *format, ...) {
    char text[400];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(len >= 0 && (size_t)len < sizeof text);
    rf_buffer_append(g->out, text, (size_t)len);
    g->size++;
}

/* ---- Types ---- */

const type *rf_gen_type_new(gen *g, type_kind kind, const type *const *parts, uint8_t count) {
    assert(g->type_count < TYPES_MAX && count <= PARTS_MAX);
    type *t = &g->types[g->type_count++];
    *t = (type){ .kind = kind, .count = count, .has_function = kind == T_FUN };
    for (uint8_t i = 0; i < count; i++) {
        t->parts[i] = parts[i];
        t->has_function |= parts[i]->has_function;
    }
    return t;
}

bool rf_gen_same(const type *a, const type *b) {
    if (a == b)
        return true;
    if (a->kind != b->kind || a->count != b->count || a->index != b->index)
        return false;
    for (uint8_t i = 0; i < a->count; i++)
        if (!rf_gen_same(a->parts[i], b->parts[i]))
            return false;
    return true;
}

static const type *named_type(gen *g, type_kind kind, uint32_t index) {
    type *t = (type *)(uintptr_t)rf_gen_type_new(g, kind, NULL, 0);
    t->index = (uint8_t)index;
    return t;
}

static const type *simple_type(gen *g) {
    const type *simple[] = { g->integer, g->integer, g->integer, g->text, g->text, g->boolean, g->real };
    return simple[rf_gen_below(g, sizeof simple / sizeof *simple)];
}

const type *rf_gen_any_type(gen *g, int depth, bool with_functions) {
    const type *parts[PARTS_MAX];
    if (depth <= 0 || g->type_count > TYPES_MAX - 40 || rf_gen_chance(g, 45))
        return simple_type(g);
    uint8_t count = (uint8_t)(2 + rf_gen_below(g, 2));
    for (uint8_t i = 0; i < count; i++)
        parts[i] = rf_gen_any_type(g, depth - 1, false);
    switch (rf_gen_below(g, with_functions ? 9 : 8)) {
    case 0:
    case 1: return rf_gen_type_new(g, T_LIST, parts, 1);
    case 2: return rf_gen_type_new(g, T_OPTION, parts, 1);
    case 3: return rf_gen_type_new(g, T_TUPLE, parts, count);
    case 4: return named_type(g, T_RECORD, rf_gen_below(g, RECORDS));
    case 5: return named_type(g, T_UNION, rf_gen_below(g, UNIONS));
    case 6: return rf_gen_type_new(g, T_ARRAY, parts, 1);
    case 7: return rf_gen_type_new(g, T_MAP, parts, 1);
    default: return rf_gen_type_new(g, T_FUN, parts, count);
    }
}

void rf_gen_put_type(gen *g, const type *t) {
    static const char *const simple[] = { "int", "float", "bool", "string", "unit" };
    const char *between = t->kind == T_FUN ? " -> " : " * ";
    switch (t->kind) {
    case T_LIST:
    case T_OPTION:
    case T_ARRAY:
        rf_gen_put_type(g, t->parts[0]);
        rf_gen_put(g, t->kind == T_LIST ? " list" : t->kind == T_ARRAY ? " array" : " option");
        return;
    case T_MAP:
        rf_gen_put(g, "Map<string, ");
        rf_gen_put_type(g, t->parts[0]);
        rf_gen_put(g, ">");
        return;
    case T_TUPLE:
    case T_FUN:
        rf_gen_put(g, "(");
        for (uint8_t i = 0; i < t->count; i++) {
            rf_gen_put(g, "%s", i ? between : "");
            rf_gen_put_type(g, t->parts[i]);
        }
        rf_gen_put(g, ")");
        return;
    case T_RECORD: rf_gen_put(g, "R%u", t->index); return;
    case T_UNION: rf_gen_put(g, "U%u", t->index); return;
    default: rf_gen_put(g, "%s", simple[t->kind]); return;
    }
}

/* ---- Names ---- */

var *rf_gen_bind(gen *g, char prefix, const type *t) {
    if (g->var_count == VARS_MAX) { /* the oldest local gives way; its name stays right, it is only not used any more */
        memmove(g->vars, g->vars + 1, (VARS_MAX - 1) * sizeof *g->vars);
        g->var_count--;
    }
    var *v = &g->vars[g->var_count++];
    *v = (var){ .prefix = prefix, .number = ++g->next_number, .type = t };
    return v;
}

void rf_gen_put_var(gen *g, const var *v) { rf_gen_put(g, "%c%u", v->prefix, v->number); }

uint32_t rf_gen_number(gen *g) {
    const var *v = g->var_count && rf_gen_chance(g, 8) ? &g->vars[rf_gen_below(g, g->var_count)] : NULL;
    return v && v->prefix == 'v' ? v->number : ++g->next_number;
}

/* Not hidden by a later one of its name. */
static bool is_visible(const gen *g, uint32_t index) {
    for (uint32_t i = index + 1; i < g->var_count; i++)
        if (g->vars[i].number == g->vars[index].number && g->vars[i].prefix == g->vars[index].prefix)
            return false;
    return true;
}

const var *rf_gen_find(gen *g, const type *t, bool (*is_wanted)(const var *v, const type *t)) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->var_count; i++)
        count += is_wanted(&g->vars[i], t);
    if (!count)
        return NULL;
    uint32_t pick = rf_gen_chance(g, 50) ? count - 1 : rf_gen_below(g, count); /* the newest is the likeliest */
    for (uint32_t i = 0; i < g->var_count; i++)
        if (is_wanted(&g->vars[i], t) && pick-- == 0)
            return is_visible(g, i) ? &g->vars[i] : NULL;
    return NULL;
}

static bool is_of(const var *v, const type *t) { return !v->is_fuelled && rf_gen_same(v->type, t); }

const var *rf_gen_find_of(gen *g, const type *t) { return rf_gen_find(g, t, is_of); }

/* ---- A program ---- */

static void declare_types(gen *g) {
    for (uint32_t i = 0; i < RECORDS; i++) {
        fields *record = &g->records[i];
        record->count = (uint8_t)(1 + rf_gen_below(g, 3));
        rf_gen_put(g, "type R%u = { ", i);
        for (uint8_t f = 0; f < record->count; f++) {
            record->parts[f] = i ? rf_gen_any_type(g, 1, false) : simple_type(g);
            if (i && record->parts[f]->kind == T_RECORD)
                record->parts[f] = named_type(g, T_RECORD, 0);
            if (record->parts[f]->kind == T_UNION)
                record->parts[f] = g->integer; /* unions are declared below */
            rf_gen_put(g, "%sr%u%c: ", f ? "; " : "", i, 'a' + f);
            rf_gen_put_type(g, record->parts[f]);
        }
        rf_gen_put(g, " }\n");
    }
    for (uint32_t i = 0; i < UNIONS; i++) {
        rf_gen_put(g, "type U%u =\n", i);
        for (uint32_t c = 0; c < CTORS; c++) {
            fields *ctor = &g->unions[i][c];
            ctor->count = (uint8_t)(c ? rf_gen_below(g, 3) : 0); /* the first has no fields, so that every value can end */
            rf_gen_put(g, "  | %c%u", 'A' + c, i);
            for (uint8_t f = 0; f < ctor->count; f++) {
                bool is_self = rf_gen_chance(g, 35);
                ctor->parts[f] = is_self ? named_type(g, T_UNION, i) : simple_type(g);
                rf_gen_put(g, "%s", f ? " * " : " of ");
                rf_gen_put_type(g, ctor->parts[f]);
            }
            rf_gen_put(g, "\n");
        }
    }
}

/* Head and body of `f12 n12 v13 v14 = …`, whose first parameter bounds the recursion. */
static void put_fuelled(gen *g, const var *f) {
    uint32_t mark = g->var_count, number = f->number;
    const type *t = f->type, *result = t->parts[t->count - 1];
    rf_gen_put(g, "f%u n%u", number, number);
    for (uint8_t i = 0; i + 1 < t->count; i++)
        rf_gen_parameter(g, t->parts[i]);
    rf_gen_put(g, " =\n  if n%u <= 0 then ", number);
    g->no_calls = true;
    rf_gen_expr(g, result, 1);
    g->no_calls = false;
    g->fuel_number = number;
    rf_gen_put(g, "\n  else\n");
    rf_gen_block(g, result, 3, 4);
    g->fuel_number = 0;
    g->var_count = mark;
}

static var *bind_fuelled(gen *g) {
    const type *parts[3];
    uint8_t count = (uint8_t)(2 + rf_gen_below(g, 2));
    for (uint8_t i = 0; i < count; i++)
        parts[i] = rf_gen_any_type(g, 1, i + 1 < count);
    var *f = rf_gen_bind(g, 'f', rf_gen_type_new(g, T_FUN, parts, count));
    f->is_fuelled = true;
    return f;
}

static void put_functions(gen *g) {
    var pair[2];
    pair[0] = *bind_fuelled(g);
    bool is_mutual = rf_gen_chance(g, 25);
    if (is_mutual)
        pair[1] = *bind_fuelled(g);
    rf_gen_put(g, "let rec ");
    put_fuelled(g, &pair[0]);
    if (is_mutual) {
        rf_gen_put(g, "and ");
        put_fuelled(g, &pair[1]);
    }
    if (rf_gen_chance(g, 80)) { /* what nobody calls shows nothing */
        rf_gen_put(g, "printfn (f%u %u", pair[0].number, 1 + rf_gen_below(g, 3));
        for (uint8_t i = 0; i + 1 < pair[0].type->count; i++) {
            rf_gen_put(g, " ");
            rf_gen_expr(g, pair[0].type->parts[i], 2);
        }
        rf_gen_put(g, ")\n");
    }
}

static void put_value(gen *g) {
    const type *t = rf_gen_any_type(g, 2, true);
    uint32_t mark = g->var_count;
    rf_gen_put(g, "let v%u =\n", g->next_number + 1);
    uint32_t number = ++g->next_number;
    rf_gen_block(g, t, 3, 2);
    g->var_count = mark;
    rf_gen_bind(g, 'v', t)->number = number;
}

static void put_print(gen *g) {
    rf_gen_put(g, "printfn ");
    rf_gen_expr(g, rf_gen_any_type(g, 2, false), 3);
    rf_gen_put(g, "\n");
}

static void put_program(gen *g, uint64_t seed) {
    static const type_kind simple[] = { T_INT, T_FLOAT, T_BOOL, T_STRING, T_UNIT };
    const type **slots[] = { &g->integer, &g->real, &g->boolean, &g->text, &g->unit };
    for (size_t i = 0; i < 5; i++)
        *slots[i] = rf_gen_type_new(g, simple[i], NULL, 0);
    rf_gen_put(g, "// seed %llu\n", (unsigned long long)seed);
    declare_types(g);
    rf_gen_put(g, "exception Odd of int * string\nlet cut s = if String.length s > 40 then \"cut\" else s\nlet trim xs = if List.length xs > 8 then [] else xs\n");
    for (uint32_t items = 3 + rf_gen_below(g, 8); items && g->size < 2500; items--)
        switch (rf_gen_below(g, 7)) {
        case 0:
        case 1:
        case 2: put_functions(g); break;
        case 3: rf_gen_heavy(g); break;
        case 4:
        case 5: put_value(g); break;
        default: put_print(g); break;
        }
    put_print(g);
    rf_gen_expr(g, rf_gen_any_type(g, 2, false), 3);
    rf_gen_put(g, "\n");
}

void rf_generate(uint64_t seed, uint32_t scale, rf_buffer *out) {
    gen *g = rf_alloc_zero(1, sizeof *g);
    if (!g) {
        out->failed = true;
        return;
    }
    g->out = out;
    g->scale = scale;
    g->state = seed * UINT64_C(0xD1342543DE82EF95) + 1;
    put_program(g, seed);
    rf_free(g);
}
