/* type_test.c: unification, levels, rows, and types as text; signatures of the library. */
#include "harness.h"

#include "base/slice.h"
#include "script/fusabi/infer.h"
#include "script/fusabi/library.h"
#include "script/fusabi/type.h"

typedef struct fixture {
    rf_arena arena;
    rf_fus_types types;
    rf_buffer out;
    rf_fus_type_decl decl; /* what any capitalised name of a signature means */
    rf_fus_type *vars[2];
} fixture;

static void fixture_done(fixture *f) {
    rf_buffer_done(&f->out);
    rf_arena_done(&f->arena);
}

static void fixture_init(fixture *f) {
    *f = (fixture){ 0 };
    rf_arena_init(&f->arena, 4096);
    f->types = (rf_fus_types){ .arena = &f->arena, .level = 1, .fuel = 100000, .at = RF_FUS_NOWHERE };
}

static rf_fus_type_decl *decl_of(void *user, rf_slice name, uint32_t var_count) {
    fixture *f = user;
    f->decl = (rf_fus_type_decl){ .name = name, .var_count = var_count, .vars = f->vars, .state = 2, .is_suffix = rf_slice_is(name, "option") };
    rf_fus_type_decl *kept = rf_arena_alloc(&f->arena, sizeof *kept);
    if (kept)
        *kept = f->decl;
    else
        f->types.no_memory = true;
    return kept;
}

static rf_fus_type *signature(fixture *f, const char *text) {
    return rf_fus_signature_parse(&(rf_fus_signature_user){ &f->types, decl_of, f }, text);
}

static rf_slice shown(fixture *f, const rf_fus_type *type) {
    rf_buffer_clear(&f->out);
    rf_fus_type_show(&f->out, type);
    return rf_buffer_view(&f->out);
}

RF_TEST(signatures_are_shown_as_they_are_written) {
    static const char *const texts[] = {
        "int", "'a -> 'a", "('a -> 'b) -> 'a list -> 'b list", "int * string -> bool", "(int * int) list", "(int -> int) list", "(int * int) * int",
        "Map<string, 'a> -> 'a option", "{ exitCode: int; stdout: string }", "{ a: int; .. } -> int", "unit -> Async<int>", "'num list -> 'num",
        "int option list array", "exn -> string", "(unit -> 'a) -> 'a", "int -> (string -> int) -> int",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        RF_CLEANUP(fixture_done) fixture f;
        fixture_init(&f);
        rf_fus_type *type = signature(&f, texts[i]);
        rf_check(!f.types.no_memory);
        rf_check_text(shown(&f, type), rf_slice_of(texts[i]));
        rf_check(!f.out.failed);
    }
}

RF_TEST(signatures_in_other_words) {
    static const char *const rows[][2] = {
        { "string -> _", "string -> dynamic" },    { "_ -> _ -> int", "'a -> 'b -> int" },      { "obj", "dynamic" },
        { "List<int>", "int list" },               { "{| b: int; a: char |}", "{ a: string; b: int }" }, { "int[]", "int array" },
        { "'n -> 'n", "'num -> 'num" },            { "  int   ->   int ", "int -> int" },
        { "int ->", "dynamic" },                   { "(int", "dynamic" },                       { "{ a int }", "dynamic" },
        { "Map<int", "dynamic" },                  { "", "dynamic" },                           { "int)", "dynamic" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(fixture_done) fixture f;
        fixture_init(&f);
        rf_fus_type *type = signature(&f, rows[i][0]);
        rf_check(!f.types.no_memory);
        rf_check_text(shown(&f, type), rf_slice_of(rows[i][1]));
        rf_check(!f.out.failed);
    }
}

/* Each row of the library must be understood: else its uses go unchecked, and nobody notices. */
RF_TEST(all_signatures_of_the_library_are_read) {
    for (size_t i = 0; rf_fus_lib_modules[i]; i++)
        for (const rf_fus_lib_row *row = rf_fus_lib_modules[i]->rows; row->name; row++) {
            RF_CLEANUP(fixture_done) fixture f;
            fixture_init(&f);
            const rf_fus_type *type = signature(&f, row->type);
            rf_check(!f.types.no_memory);
            if (type->kind == RF_FUS_TYPE_FUN || strcmp(row->type, "_") == 0)
                continue;
            rf_check_text(RF_SLICE("no function"), rf_slice_of(row->name));
        }
}

RF_TEST(variables_become_what_they_meet) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    rf_fus_types *t = &f.types;
    rf_fus_type *a = rf_fus_type_var(t, 0), *b = rf_fus_type_var(t, 0), *c = rf_fus_type_var(t, 0);
    rf_fus_type *fun = rf_fus_type_fun(t, a, b), *list = rf_fus_type_of(t, RF_FUS_TYPE_LIST, c);
    rf_check(!t->no_memory);
    rf_check(rf_fus_type_unify(t, a, list));
    rf_check(rf_fus_type_unify(t, b, a));
    rf_check(rf_fus_type_unify(t, c, rf_fus_type_plain(RF_FUS_TYPE_INT)));
    rf_check_text(shown(&f, fun), RF_SLICE("int list -> int list"));
    rf_check(!rf_fus_type_unify(t, a, rf_fus_type_plain(RF_FUS_TYPE_STRING)));
    rf_check(rf_fus_type_unify(t, a, rf_fus_type_plain(RF_FUS_TYPE_DYNAMIC)));
    rf_check(!f.out.failed);
}

RF_TEST(no_type_contains_itself) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    rf_fus_types *t = &f.types;
    rf_fus_type *a = rf_fus_type_var(t, 0), *list = rf_fus_type_of(t, RF_FUS_TYPE_LIST, a);
    rf_check(!t->no_memory);
    rf_check(!rf_fus_type_unify(t, a, list));
    rf_check(t->is_infinite);
    rf_check_text(shown(&f, list), RF_SLICE("dynamic list"));
    rf_check(!f.out.failed);
}

RF_TEST(numbers_are_ints_or_floats) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    rf_fus_types *t = &f.types;
    rf_fus_type *a = rf_fus_type_var(t, RF_FUS_TYPE_NUM), *b = rf_fus_type_var(t, 0), *c = rf_fus_type_var(t, 0);
    rf_check(!t->no_memory);
    rf_check(!rf_fus_type_unify(t, a, rf_fus_type_plain(RF_FUS_TYPE_STRING)));
    rf_check(rf_fus_type_unify(t, b, a));
    rf_check(!rf_fus_type_unify(t, b, rf_fus_type_plain(RF_FUS_TYPE_STRING)));
    rf_check(rf_fus_type_unify(t, b, rf_fus_type_plain(RF_FUS_TYPE_FLOAT)));
    rf_check(!rf_fus_type_unify(t, a, rf_fus_type_plain(RF_FUS_TYPE_INT)));
    rf_check(rf_fus_type_number(t, c) && rf_fus_type_number(t, a));
    rf_check(!rf_fus_type_number(t, rf_fus_type_plain(RF_FUS_TYPE_BOOL)));
}

RF_TEST(only_variables_of_inner_lets_generalise) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    rf_fus_types *t = &f.types;
    rf_fus_type *outer = rf_fus_type_var(t, 0);
    t->level++;
    rf_fus_type *inner = rf_fus_type_var(t, 0), *met = rf_fus_type_var(t, 0);
    rf_fus_type *fun = rf_fus_type_fun(t, inner, rf_fus_type_fun(t, outer, met));
    rf_check(!t->no_memory && rf_fus_type_unify(t, met, outer));
    t->level--;
    rf_fus_type_generalise(t, fun);
    rf_fus_type *one = rf_fus_type_use(t, fun), *two = rf_fus_type_use(t, fun);
    rf_check(!t->no_memory && one != two && one != fun);
    rf_check(rf_fus_type_unify(t, one->from, rf_fus_type_plain(RF_FUS_TYPE_INT)));
    rf_check(rf_fus_type_unify(t, two->from, rf_fus_type_plain(RF_FUS_TYPE_STRING)));
    rf_check(rf_fus_type_unify(t, outer, rf_fus_type_plain(RF_FUS_TYPE_BOOL)));
    rf_check_text(shown(&f, one), RF_SLICE("int -> bool -> bool"));
    rf_check_text(shown(&f, two), RF_SLICE("string -> bool -> bool"));
    rf_check_text(shown(&f, fun), RF_SLICE("'a -> bool -> bool"));
    rf_check(!f.out.failed);
}

static rf_fus_type *open_record(fixture *f, const char *name, rf_fus_type_kind kind) {
    rf_fus_type_field *field = rf_arena_alloc(&f->arena, sizeof *field);
    if (!field)
        f->types.no_memory = true;
    else
        *field = (rf_fus_type_field){ .name = rf_slice_of(name), .type = rf_fus_type_plain(kind) };
    return rf_fus_type_record(&f->types, field, 1, rf_fus_type_var(&f->types, 0));
}

RF_TEST(rows_take_on_the_fields_of_each_other) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    rf_fus_type *a = open_record(&f, "a", RF_FUS_TYPE_INT), *b = open_record(&f, "b", RF_FUS_TYPE_STRING), *c = open_record(&f, "a", RF_FUS_TYPE_BOOL);
    rf_check(!f.types.no_memory && rf_fus_type_unify(&f.types, a, b));
    rf_check(!f.types.no_memory);
    rf_check_text(shown(&f, a), RF_SLICE("{ a: int; b: string; .. }"));
    rf_check_text(shown(&f, b), RF_SLICE("{ b: string; a: int; .. }"));
    rf_check(!rf_fus_type_unify(&f.types, c, b));
    rf_fus_type_flatten(&f.types, b);
    rf_check(!f.types.no_memory && b->count == 2);
    const rf_fus_type_field *field = rf_fus_type_field_of(&f.types, b, RF_SLICE("a"));
    rf_check(field && rf_fus_type_find(field->type)->kind == RF_FUS_TYPE_INT);
    rf_check(!rf_fus_type_field_of(&f.types, b, RF_SLICE("c")) && !f.out.failed);
}

/* let f1 = (f0, f0), let f2 = (f1, f1), …: their size doubles with each line. */
RF_TEST(fuel_bounds_what_types_cost) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    rf_fus_types *t = &f.types;
    rf_fus_type *type = rf_fus_type_generic(t, 0);
    for (int i = 0; i < 60; i++) {
        rf_fus_type **pair = rf_fus_type_room(t, 2);
        rf_check(pair);
        pair[0] = pair[1] = type;
        type = rf_fus_type_tuple(t, pair, 2);
    }
    rf_check(!t->no_memory);
    (void)rf_fus_type_use(t, type);
    rf_check(t->no_memory || t->fuel == 0);
    rf_check(shown(&f, type).len < 10000);
}

RF_TEST(deep_types_do_not_take_the_stack) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f);
    f.types.fuel = 10000000;
    rf_fus_type *a = rf_fus_type_var(&f.types, 0), *deep = a, *other = rf_fus_type_plain(RF_FUS_TYPE_INT);
    for (int i = 0; i < 20000; i++) {
        rf_fus_type **item = rf_fus_type_room(&f.types, 1), **same = rf_fus_type_room(&f.types, 1);
        rf_check(item && same);
        *item = deep;
        *same = other;
        deep = rf_fus_type_tuple(&f.types, item, 1);
        other = rf_fus_type_tuple(&f.types, same, 1);
    }
    rf_check(!f.types.no_memory);
    rf_check(rf_fus_type_unify(&f.types, deep, other));
    f.types.level = 0;
    rf_fus_type_generalise(&f.types, deep);
    (void)rf_fus_type_use(&f.types, deep);
    rf_check(shown(&f, deep).len < 10000);
}
