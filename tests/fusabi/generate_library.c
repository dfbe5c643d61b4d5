/* generate_library.c: random uses of arrays, maps, strings, results and async blocks, and lines that work on much data. */
#include "generate_internal.h"

#include <stdarg.h>

/* A form such as "(Map.add # # #)": each # is an expression of the next type. */
static void put_form(gen *g, int depth, const char *form, ...) {
    va_list types;
    va_start(types, form);
    for (const char *at = form; *at; at++) {
        if (*at != '#') {
            rf_gen_put(g, "%c", *at);
            continue;
        }
        const type *t = va_arg(types, const type *);
        if (t->kind == T_FUN)
            rf_gen_function_value(g, t, depth - 1);
        else
            rf_gen_expr(g, t, depth - 1);
    }
    va_end(types);
}

void rf_gen_collection_literal(gen *g, const type *t, int depth) {
    uint32_t count = depth > 0 ? rf_gen_below(g, 4) : 0;
    if (t->kind == T_ARRAY) {
        rf_gen_put(g, "[|");
        for (uint32_t i = 0; i < count; i++)
            put_form(g, depth, i ? "; #" : "#", t->parts[0]);
        rf_gen_put(g, "|]");
        return;
    }
    rf_gen_put(g, "(Map.ofList [");
    for (uint32_t i = 0; i < count; i++) {
        rf_gen_put(g, "%s(\"%c\", ", i ? "; " : "", 'a' + rf_gen_below(g, 4));
        put_form(g, depth, "#)", t->parts[0]);
    }
    rf_gen_put(g, "])");
}

static const type *map_of(gen *g, const type *item) { return rf_gen_type_new(g, T_MAP, &item, 1); }
static const type *array_of(gen *g, const type *item) { return rf_gen_type_new(g, T_ARRAY, &item, 1); }

static bool put_int_form(gen *g, int depth) {
    const type *any = rf_gen_any_type(g, 1, false);
    switch (rf_gen_below(g, 4)) {
    case 0: put_form(g, depth, "(Map.count #)", map_of(g, any)); return true;
    case 1: put_form(g, depth, "(Array.length #)", array_of(g, any)); return true;
    case 2: put_form(g, depth, "(List.sum #)", rf_gen_list_of(g, g->integer)); return true;
    default: put_form(g, depth, "(List.length (String.split \",\" #))", g->text); return true;
    }
}

static bool put_text_form(gen *g, int depth) {
    switch (rf_gen_below(g, 4)) {
    case 0: put_form(g, depth, "(String.concat (trim #))", rf_gen_list_of(g, g->text)); return true;
    case 1: put_form(g, depth, "(sprintf \"%d|%s\" # #)", g->integer, g->text); return true;
    case 2: put_form(g, depth, "(Regex.replace \"[a-c]\" \"<$0>\" (cut #))", g->text); return true;
    default: put_form(g, depth, "(Option.defaultValue # (Url.decode (Url.encode #)))", g->text, g->text); return true;
    }
}

static bool put_bool_form(gen *g, int depth) {
    const type *any = rf_gen_any_type(g, 1, false);
    switch (rf_gen_below(g, 3)) {
    case 0: put_form(g, depth, "(Map.containsKey # #)", g->text, map_of(g, any)); return true;
    case 1: put_form(g, depth, "(String.contains # #)", g->text, g->text); return true;
    default: put_form(g, depth, "(Option.isSome (Some (#)))", any); return true;
    }
}

static bool put_list_form(gen *g, const type *t, int depth) {
    const type *item = t->parts[0], *from = rf_gen_any_type(g, 1, false);
    switch (rf_gen_below(g, 4)) {
    case 0: put_form(g, depth, "(Array.toList #)", array_of(g, item)); return true;
    case 1: put_form(g, depth, "(List.mapi (fun i -> #) #)", rf_gen_function_of(g, from, item), rf_gen_list_of(g, from)); return true;
    case 2: put_form(g, depth, "(List.map (fun (k, v) -> v) (Map.toList #))", map_of(g, item)); return true;
    default: put_form(g, depth, "(List.collect # #)", rf_gen_function_of(g, from, t), rf_gen_list_of(g, from)); return true;
    }
}

static bool put_collection_form(gen *g, const type *t, int depth) {
    const type *item = t->parts[0], *from = rf_gen_any_type(g, 1, false);
    bool is_map = t->kind == T_MAP;
    switch (rf_gen_below(g, 3)) {
    case 0: put_form(g, depth, is_map ? "(Map.add (cut #) # #)" : "(Array.ofList (# :: #))", is_map ? g->text : item,
                     is_map ? item : rf_gen_list_of(g, item), t); return true;
    case 1:
        if (is_map)
            put_form(g, depth, "(Map.map # #)", rf_gen_function_of(g, from, item), map_of(g, from));
        else
            put_form(g, depth, "(Array.init 3 #)", rf_gen_function_of(g, g->integer, item));
        return true;
    default:
        if (is_map)
            put_form(g, depth, "(Map.remove # #)", g->text, t);
        else
            put_form(g, depth, "(let a = # in if Array.length a > 1 then a.[1] <- # else a)", t, item);
        return true;
    }
}

/* What gives a value of any type out of a collection, a result or an async block. */
static bool put_any_form(gen *g, const type *t, int depth) {
    const type *from = rf_gen_any_type(g, 1, false);
    switch (rf_gen_below(g, 6)) {
    case 0: put_form(g, depth, "(Map.find \"a\" (Map.add \"a\" # #))", t, map_of(g, t)); return true;
    case 1: put_form(g, depth, "(let a = [|#; #|] in a.[(abs #) % 2])", t, t, g->integer); return true;
    case 2: put_form(g, depth, "(Result.defaultValue # (Ok (#)))", t, t); return true;
    case 3: put_form(g, depth, "(Option.defaultValue # (Option.map # (Some (#))))", t, rf_gen_function_of(g, from, t), from); return true;
    case 4: put_form(g, depth, "(Async.RunSynchronously (Async.map # (async { return (#) })))", rf_gen_function_of(g, from, t), from); return true;
    default: put_form(g, depth, "(Array.get 1 (Array.map # [|#; #|]))", rf_gen_function_of(g, from, t), from, from); return true;
    }
}

bool rf_gen_library_form(gen *g, const type *t, int depth) {
    if (rf_gen_chance(g, 40))
        return put_any_form(g, t, depth);
    switch (t->kind) {
    case T_INT: return put_int_form(g, depth);
    case T_STRING: return put_text_form(g, depth);
    case T_BOOL: return put_bool_form(g, depth);
    case T_LIST: return put_list_form(g, t, depth);
    case T_ARRAY:
    case T_MAP: return put_collection_form(g, t, depth);
    default: return false;
    }
}

static bool is_array(const var *v, const type *t RF_UNUSED) {
    return v->type->kind == T_ARRAY && (v->type->parts[0]->kind == T_INT || v->type->parts[0]->kind == T_BOOL);
}

bool rf_gen_library_statement(gen *g, int depth) {
    const var *found = rf_gen_find(g, NULL, is_array);
    if (!found)
        return false;
    var a = *found;
    rf_gen_put(g, "if Array.length ");
    rf_gen_put_var(g, &a);
    rf_gen_put(g, " > 0 then Array.set 0 ");
    rf_gen_expr(g, a.type->parts[0], depth - 1);
    rf_gen_put(g, " ");
    rf_gen_put_var(g, &a);
    rf_gen_put(g, "\n");
    return true;
}

void rf_gen_heavy(gen *g) {
    uint32_t number = ++g->next_number, size = (1000 + rf_gen_below(g, 9000)) * g->scale / 100 + 300, factor = 2 + rf_gen_below(g, 30);
    switch (rf_gen_below(g, 7)) {
    case 0: /* a loop by tail calls */
        rf_gen_put(g, "let rec t%u n a = if n = 0 then a else t%u (n - 1) ((a * %u + n) %% %u)\nlet v%u = t%u %u 7\n", number, number,
                   factor, size, number, number, size * 3);
        break;
    case 1: /* deep, not by tail calls */
        rf_gen_put(g, "let rec t%u n = if n = 0 then %u else (n + t%u (n - 1)) %% 1000\nlet v%u = t%u %u\n", number, factor, number, number,
                   number, size);
        break;
    case 2:
        rf_gen_put(g, "let v%u = [for i in 1 .. %u -> (i * %u %% 101, string i)] |> List.filter (fun (a, s) -> a > 50) |> List.length\n",
                   number, size, factor);
        break;
    case 3: /* a rope */
        rf_gen_put(g, "let v%u =\n  let mutable s = \"\"\n  for i = 1 to %u do\n    s <- s ++ (if i %% %u = 0 then \"xyz\" else \"a\")\n"
                      "  String.length s + List.length (String.split \"z\" s)\n", number, size, factor);
        break;
    case 4: /* old objects that point to new ones */
        rf_gen_put(g, "let v%u =\n  let a = Array.create 64 []\n  for i = 1 to %u do\n    Array.set (i * %u %% 64) (i :: trim (Array.get (i %% 64) a)) a\n"
                      "  List.length (Array.get %u a)\n", number, size, factor, factor);
        break;
    case 5:
        rf_gen_put(g, "let v%u =\n  let m = List.fold (fun m i -> Map.add (string (i * %u %% 257)) i m) (Map.empty ()) [for i in 1 .. %u -> i]\n"
                      "  Map.count m + Map.find \"%u\" m\n", number, factor, size, factor);
        break;
    default: /* closures in a list, called later */
        rf_gen_put(g, "let v%u = List.fold (fun a f -> f a) 1 [for i in 1 .. %u -> fun x -> (x * %u + i) %% 9973]\n", number, size / 4, factor);
        break;
    }
    rf_gen_bind(g, 'v', g->integer)->number = number;
}
