/* coverage_test.c: incomplete matches and arms that are never reached. */
#include "harness.h"

#include "script/fusabi/infer_fixture.h"

typedef struct row { const char *text, *expected; } row;

static void check_rows(const row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
        rf_check(rf_fus_inferred_run(&self, rf_slice_of(rows[i].text)));
        rf_check_text(rf_fus_inferred_warnings(&self), rf_slice_of(rows[i].expected));
        rf_check(!self.out.failed);
    }
}
#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof *(rows))
#define T "type T = A | B of int | C of int * bool\n"

RF_TEST(complete_matches_are_left_in_peace) {
    static const row rows[] = {
        { "let f x = match x with _ -> 1", "" },
        { "let f x = match x with true -> 1 | false -> 2", "" },
        { "let f x = match x with Some y -> y | None -> 0", "" },
        { "let f x = match x with [] -> 0 | h :: _ -> h", "" },
        { "let f x = match x with [] -> 0 | [a] -> a | a :: b :: _ -> b", "" },
        { "let f x = match x with (0, _) -> 1 | (_, 0) -> 2 | (a, b) -> a + b", "" },
        { T "let f x = match x with A -> 0 | B n -> n | C(n, true) -> n | C(_, false) -> 1", "" },
        { T "let f x = match x with A -> 0 | B _ | C _ -> 1", "" },
        { T "let f x = match x with | B 0 -> 0 | A | B _ -> 1 | C _ -> 2", "" },
        { "let f x = match x with n when n > 0 -> 1 | n when n < 0 -> 2 | _ -> 3", "" },
        { "let f x = match x with Ok (Some a) -> a | Ok None -> 0 | Error e -> e", "" },
        { "let f x y = match x, y with Some a, Some b -> a + b | Some a, None | None, Some a -> a | None, None -> 0", "" },
        { "let f x = match x with { a = true } -> 1 | { a = false; b = 0 } -> 2 | { b = n } -> n", "" },
        { "let f x = match x with [||] -> 0 | [|a|] -> a | _ -> 2", "" },
        { "let f = function 0 -> \"a\" | 1 | 2 -> \"b\" | _ -> \"c\"", "" },
        { "let f x = match x with () -> 1", "" },
        { "let f (a, (b, _)) = a + b\nlet (c, d) = (1, 2)\nlet { x = e } = { x = 1 }", "" },
        { "type W = W of int\nlet f (W n) = n\nlet (W m) = W 1", "" },
        { "let f x = try x with Bad -> 1", "" },
        { "let f x = match x with (a : int) -> a", "" },
        { "let f x = match x with Some _ as s -> s | other -> other", "" },
        { "for (a, b) in [(1, 2)] do printfn (a + b)", "" },
    };
    CHECK(rows);
}

RF_TEST(what_is_missing_is_shown_by_an_example) {
    static const row rows[] = {
        { "let f x = match x with Some y -> y", "~1:11 incomplete match: `None` is not covered\n" },
        { "let f x = match x with None -> 0", "~1:11 incomplete match: `Some(_)` is not covered\n" },
        { "let f x = match x with true -> 0", "~1:11 incomplete match: `false` is not covered\n" },
        { "let f x = match x with h :: t -> h", "~1:11 incomplete match: `[]` is not covered\n" },
        { "let f x = match x with [] -> 0", "~1:11 incomplete match: `_ :: _` is not covered\n" },
        { "let f x = match x with [] -> 0 | [a] -> a", "~1:11 incomplete match: `_ :: _ :: _` is not covered\n" },
        { "let f x = match x with 0 -> 0 | 1 -> 2", "~1:11 incomplete match: `2` is not covered\n" },
        { "let f x = match x with 1 -> 0 | 2 -> 2", "~1:11 incomplete match: `0` is not covered\n" },
        { "let f x = match x with \"a\" -> 0", "~1:11 incomplete match: `\"\"` is not covered\n" },
        { "let f x = match x with \"\" -> 0", "~1:11 incomplete match: `_` is not covered\n" },
        { "let f x = match x with 1.5 -> 0", "~1:11 incomplete match: `_` is not covered\n" },
        { T "let f x = match x with A -> 0 | C(_, true) -> 1", "~2:11 incomplete match: `B(_)` is not covered\n" },
        { T "let f x = match x with A | B _ -> 0 | C(_, true) -> 1", "~2:11 incomplete match: `C(_, false)` is not covered\n" },
        { "let f x = match x with (true, _) -> 0 | (_, 1) -> 2", "~1:11 incomplete match: `(false, 0)` is not covered\n" },
        { "let f x = match x with Some (Some 1) -> 0 | None -> 1 | Some None -> 2", "~1:11 incomplete match: `Some(Some(0))` is not covered\n" },
        { "let f x = match x with n when n > 0 -> 1 | n when n <= 0 -> 2", "~1:11 incomplete match: `_` is not covered\n" },
        { "let f x = match x with { a = true } -> 1", "~1:11 incomplete match: `{ a = false }` is not covered\n" },
        { "let f x = match x with [|a|] -> 1", "~1:11 incomplete match: `_` is not covered\n" },
        { "let f = function Some x -> x", "~1:9 incomplete match: `None` is not covered\n" },
        { "let (Some x) = Some 1", "~1:6 incomplete match: `None` is not covered\n" },
        { "let [a] = [1]", "~1:5 incomplete match: `[]` is not covered\n" },
        { "let f (Some x) = x", "~1:8 incomplete match: `None` is not covered\n" },
        { "for Some x in [Some 1] do printfn x", "~1:5 incomplete match: `None` is not covered\n" },
    };
    CHECK(rows);
}

RF_TEST(arms_that_are_never_reached_are_told) {
    static const row rows[] = {
        { "let f x = match x with _ -> 1 | 1 -> 2", "~1:33 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with 1 -> 1 | 1 -> 2 | _ -> 3", "~1:33 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with true -> 1 | false -> 2 | _ -> 3", "~1:49 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with Some _ -> 1 | Some 1 -> 2 | None -> 3", "~1:38 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with \"a\" -> 1 | \"b\" | \"a\" -> 2 | \"b\" -> 3 | _ -> 4", "~1:52 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with Some _ -> 0 | None -> 1 | (_ | Some 1) -> 2", "~1:51 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with 1 when true -> 1 | 1 -> 2 | _ -> 3", "" },
        { "let f x = match x with (1, _) -> 1 | (_, 1) -> 2 | (1, 1) -> 3 | _ -> 4", "~1:52 this arm is never reached: those before it take all its values\n" },
        { "let f x = try x with e -> 1 | _ -> 2", "~1:31 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with [a] -> 1 | [] -> 2 | a :: b :: _ -> 3 | _ -> 4", "~1:64 this arm is never reached: those before it take all its values\n" },
        { "let f x = match x with { a = 1 } -> 1 | { a = 1; b = 2 } -> 2 | _ -> 3", "~1:41 this arm is never reached: those before it take all its values\n" },
    };
    CHECK(rows);
}

/* Patterns whose matrices grow without bound: it gives up, soon and silently. */
RF_TEST(hostile_matches_end_soon) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_text(&text, "let f x = match x with\n");
    for (int i = 0; i < 40; i++) {
        rf_buffer_text(&text, " | (");
        for (int j = 0; j < 40; j++)
            rf_buffer_printf(&text, "%s%s", j ? ", " : "", i == j ? "true" : j < i ? "_" : "false | true");
        rf_buffer_text(&text, ") -> 1\n");
    }
    rf_check(!text.failed);
    RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
    rf_check(rf_fus_inferred_run(&self, rf_buffer_view(&text)));
}

RF_TEST(long_matches_are_covered) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_buffer_text(&text, "let f x = match x with\n");
    for (int i = 0; i < 300; i++)
        rf_buffer_printf(&text, " | \"word%d\" -> %d\n", i, i);
    rf_buffer_text(&text, " | \"word7\" -> 0 | _ -> 1\n");
    rf_check(!text.failed);
    RF_CLEANUP(rf_fus_inferred_done) rf_fus_inferred self;
    rf_check(rf_fus_inferred_run(&self, rf_buffer_view(&text)));
    rf_check_text(rf_fus_inferred_warnings(&self), RF_SLICE("~302:4 this arm is never reached: those before it take all its values\n"));
}
