/* compile_run_test.c: what programs do: every row is run with plain code, with optimised code, and with inferred types. */
#include "script/fusabi/compile_fixture.h"

typedef struct row { const char *source, *expected; } row;

static bool runs(const row *test, const rf_fus_compile_options *options) {
    RF_CLEANUP(script_done) script s = { 0 };
    return script_run(&s, test->source, options) && rf_test_same_text(__FILE__, __LINE__, test->source, rf_buffer_view(&s.out), rf_slice_of(test->expected));
}

static bool all_run(const row *rows, size_t count) {
    static const rf_fus_compile_options ways[] = { { .no_optimise = true }, { 0 }, { .infer = true } };
    for (size_t i = 0; i < count; i++)
        for (size_t way = 0; way < sizeof ways / sizeof *ways; way++)
            if (!runs(&rows[i], &ways[way]))
                return false;
    return true;
}
#define ALL_RUN(...) rf_check(all_run((const row[]){ __VA_ARGS__ }, sizeof((const row[]){ __VA_ARGS__ }) / sizeof(row)))

RF_TEST(functions_are_curried_and_closed) {
    ALL_RUN({ "let add a b = a + b\nlet add5 = add 5\n(add5 6, add 1 2)", "(11, 3)" },
            { "let outer a =\n    let mid b =\n        let inner c = a + b * 10 + c * 100\n        inner\n    mid\nouter 1 2 3", "321" },
            { "let f = fun a -> fun b -> a - b\nlet g = f 10\n(g 3, f 1 2)", "(7, -1)" },
            { "let f a = (fun b c -> a + b + c)\nf 1 2 3", "6" },
            { "let k x y = x\nlet f g = g 1 2 3\ntry string (f k) with Failure m -> m", "Type mismatch: expected function, got int" },
            { "let apply f x = f x\napply (fun (a, b) -> a * b) (3, 4)", "12" },
            { "let f () = 7\nlet g _ = 8\nf () + g ()", "15" },
            { "let twice f = f >> f\nlet inc x = x + 1\n(twice inc 1, (inc << (fun x -> x * 2)) 5, (inc >> string >> Some) 1)", "(3, 11, Some(2))" });
}

RF_TEST(recursion_sees_its_group) {
    ALL_RUN({ "let rec even n = n = 0 || odd (n - 1)\nand odd n = n <> 0 && even (n - 1)\n(even 300000, odd 7)", "(true, true)" },
            { "let f k =\n    let rec a n = if n = 0 then k else b (n - 1)\n    and b n = if n = 0 then 0 - k else a (n - 1)\n    (a 10, b 10)\nf 5", "(5, -5)" },
            { "let f k =\n    let rec go n = if n = 0 then [] else (fun () -> go (n - 1)) :: [fun () -> [k]]\n    match go 2 with h :: _ -> h () | [] -> []\nf 1",
              "[<closure>; <closure>]" },
            { "let sum = fun n -> if n = 0 then 0 else n + sum (n - 1) in\nsum 100", "5050" },
            { "let f n = if n = 0 then 1 else f (n - 1)\nf 3", "error: Undefined global: f" },
            { "let x = 1 in\nlet x = x + 1 in\nx", "2" },
            { "let rec loop n = if n > 0 then loop (n - 1)\nloop 300000", "()" });
}

RF_TEST(variables_change_where_they_are_seen) {
    ALL_RUN({ "let counter () =\n    let mutable c = 0\n    fun () ->\n        c <- c + 1\n        c\nlet a = counter ()\nlet b = counter ()\na ()\n(a (), b ())", "(2, 1)" },
            { "let mutable total = 0\nlet bump n = total <- total + n\nbump 3\nbump 4\ntotal", "7" },
            { "let f () =\n    let mutable x = 1\n    x + (x <- 10; x) + x\nf ()", "21" },
            { "let f () =\n    let mutable a = 1\n    let b = a\n    a <- 2\n    match a with n -> (a <- 3; (b, n, a))\nf ()", "(1, 2, 3)" },
            { "let mutable fs = []\nfor i in [1; 2; 3] do fs <- (fun () -> i) :: fs\n[for f in fs -> f ()]", "[3; 2; 1]" },
            { "let f () =\n    let mutable t = (1, 2)\n    t <- (match t with (a, b) -> (b, a))\n    t\nf ()", "(2, 1)" });
}

RF_TEST(options_and_results_hold_tuples) {
    ALL_RUN({ "let f x = match x with Some (a, b) -> a + b | None -> 0\n(f (Some (1, 2)), f (Some(3, 4)), f None, f ((5, 6) |> Some))", "(3, 7, 0, 11)" },
            { "List.choose (fun (k, v) -> if v > 1 then Some (k, v) else None) [(\"a\", 1); (\"b\", 2)]", "[(b, 2)]" },
            { "match List.tryFind (fun (_, v) -> v = 2) [(\"a\", 1); (\"b\", 2)] with Some (k, v) -> k | None -> \"\"", "b" },
            { "match Ok (1, (2, 3)) with Ok (a, (b, c)) -> [a; b; c] | Error _ -> []", "[1; 2; 3]" },
            { "match Some 1 with Some (a, b) -> a | None -> 0", "error: Variant field index out of bounds: 1" },
            { "match Some (1, 2) with Some t -> fst t | None -> 0", "1" });
}

RF_TEST(patterns_test_all_that_they_say) {
    ALL_RUN({ "let f xs = match xs with [] -> 0 | [_] -> 1 | [a; b] when a = b -> 2 | [_; _] -> 3 | a :: b :: rest -> a + b\n(f [], f [9], f [1; 1], f [1; 2], f [4; 5; 6])",
              "(0, 1, 2, 3, 9)" },
            { "let f x = match x with Some 1 | Some 2 -> 0 | Some n | Many (_, n) -> n | (None | Nil) as v -> (if v = None then -1 else -2) | _ -> -3\n"
              "[f (Some 2); f (Some 5); f (Many (1, 9)); f None; f Nil; f 7]", "[0; 5; 9; -1; -2; -3]" },
            { "let f p = match p with (0, _) -> \"a\" | (_, \"z\") -> \"b\" | (x, y) -> y | _ -> \"no\"\n[f (0, 1); f (1, \"z\"); f (2, \"k\"); f 7; f (1, 2, 3)]", "[a; b; k; no; no]" },
            { "let f x = match x with true -> 1 | 1.5 -> 2 | \"s\" -> 3 | () -> 4 | -3 -> 5 | 'c' -> 6 | 123456789 -> 7 | [|1; y|] -> y | { a = 1; b = y } -> y | _ -> 0\n"
              "[f true; f 1.5; f \"s\"; f (); f (-3); f \"c\"; f 123456789; f [|1; 8|]; f { a = 1; b = 9; c = 0 }; f { a = 1 }; f false]",
              "[1; 2; 3; 4; 5; 6; 7; 8; 9; 0; 0]" },
            { "let f e = match e with Plus(Lit 0, Lit b) -> b | Plus(Lit a, Lit 0) -> a | Plus(_, _) -> -1 | Lit n -> n\n"
              "[f (Plus(Lit 0, Lit 7)); f (Plus(Lit 9, Lit 0)); f (Plus(Lit 1, Lit 2)); f (Lit 5)]", "[7; 9; -1; 5]" },
            { "match Some 1 with Some(a, b) -> a | None -> 0", "error: Variant field index out of bounds: 1" },
            { "let f x = match x with 1 -> 2\nf 3", "error: Match failure: no pattern matched" },
            { "let (a, b), [c; d] = (1, 2), [3; 4]\nlet { x = e } = { x = 5; y = 6 }\nlet h :: t = [7; 8]\n(a, b, c, d, e, h, t)", "(1, 2, 3, 4, 5, 7, [8])" },
            { "let (a, b) = 5\na", "error: Match failure: no pattern matched" },
            { "let f (a, b) { z = q } = a + b + q\nf (1, 2) { z = 3 }", "6" });
}

RF_TEST(exceptions_unwind_to_their_arm) {
    ALL_RUN({ "let f g = try g () with Failure m -> \"caught \" ++ m\n[f (fun () -> failwith \"boom\"); f (fun () -> string (1 / 0))]", "[caught boom; caught Division by zero]" },
            { "exception Bad of int\nlet f n = try raise (Bad n) with Bad n when n > 10 -> \"big\" | Bad n -> string n\n(f 7, f 70)", "(7, big)" },
            { "try (try raise (Other 1) with Bad _ -> 1) with Other n -> n + 10", "11" },
            { "let f () =\n    try\n        try 1 / 0\n        finally printfn \"fin\"\n    with _ -> -1\nf ()", "fin\n-1" },
            { "let f n = try n finally printfn \"end\"\nf 3", "end\n3" },
            { "let f () =\n    let mutable out = []\n    for i in 1 .. 5 do\n        try\n            try\n                if i = 2 then continue\n                if i = 4 then break\n"
              "                out <- i :: out\n            finally out <- 100 + i :: out\n        with _ -> ()\n    out\nf ()", "[104; 103; 3; 102; 101; 1]" },
            { "let mutable x = 1\nx <- (try 1 / 0 with _ -> x + 1)\nx", "2" });
}

RF_TEST(loops_and_comprehensions_collect) {
    ALL_RUN({ "let mutable s = 0\nfor i = 1 to 10 do s <- s + i\nfor i = 3 downto 1 do s <- s * 10 + i\ns", "55321" },
            { "[for x in 1 .. 3 do for y in [10; 20] do if x <> 2 then yield x + y]", "[11; 21; 13; 23]" },
            { "([10 .. -3 .. 0], [|1 .. 3|], [5 .. 1])", "([10; 7; 4; 1], [|1; 2; 3|], [])" },
            { "[yield 1; yield! [2; 3]; yield 4]", "[1; 2; 3; 4]" },
            { "let mutable n = 0\nlet mutable odd = 0\nwhile n < 10 do\n    n <- n + 1\n    if n % 2 = 0 then continue\n    if n > 7 then break\n    odd <- odd + n\n(n, odd)", "(9, 16)" },
            { "for (a, b) in [(1, 2); (3, 4)] do printf (a + b)", "37()" },
            { "let a = [|for i in 1 .. 3 -> i * i|]\na.[1]", "4" });
}

RF_TEST(lists_are_told_from_other_things) {
    ALL_RUN({ "let f xs = if List.isEmpty xs then 0 else List.head xs\n(f [], f [7; 8], List.isEmpty [1], List.tail [1; 2])", "(0, 7, false, [2])" },
            { "let f xs = if List.isEmpty xs then 0 else 1\nf 5", "error: Type mismatch: expected list, got int" },
            { "let f xs = if not (List.isEmpty xs) && true then 0 else 1\nf \"x\"", "error: Type mismatch: expected list, got string" },
            { "List.head []", "error: Cannot access head/tail of empty list" },
            { "[] |> List.tail", "error: Cannot access head/tail of empty list" },
            { "let h = List.head\nh [3]", "3" });
}

RF_TEST(modules_hold_names) {
    ALL_RUN({ "module A =\n    let x = 1\n    let f y = x + y\n    module B =\n        let z = 9\nopen A\n(A.x, f 2, A.B.z, B.z)", "(1, 3, 9, 9)" },
            { "open K\nmodule K =\n    let k = 5\nk", "5" },
            { "module List =\n    let map f xs = \"mine\"\n(List.map 1 2, List.length [1])", "(mine, 1)" },
            { "type Colour = Red | Green of int\n(Colour.Red, Colour.Green 3)", "(Red, Green(3))" },
            { "module M =\n    type T = A of int\n    let a = A 1\nmatch M.a with M.A n -> (n, M.A 2) | _ -> (0, A 0)", "(1, A(2))" },
            { "open Nowhere\n1", "error: Module not found: Nowhere" },
            { "List.noSuch [1]", "error: Record field not found: noSuch" },
            { "Foo.bar 1", "error: Undefined global: Foo" });
}

RF_TEST(operators_mean_what_they_say) {
    ALL_RUN({ "(7 / 2, -7 / 2, 7 % 3, -7 % 3, 2 ** 10, -(3 + 4), 1.5 * 2.0)", "(3, -3, 1, -1, 1024, -7, 3)" },
            { "let t = true\n(t && not false, false || t, not t)", "(true, true, false)" },
            { "let f x = true && x\ntry string (f 3) with Failure m -> m", "Type mismatch: expected bool, got int" },
            { "1 :: 2 :: [3]", "[1; 2; 3]" },
            { "\"a\" ++ \"b\" ^ \"c\"", "abc" },
            { "let x = 3\n$\"<{x}|{x + 1:D3}|{\"s\"}>\"", "<3|004|s>" },
            { "[1; 2; 3] |> List.map (fun x -> x * 2) |> List.filter (fun x -> x > 2) |> List.fold (+) 0", "10" },
            { "List.iter (printfn \"<%d>\") [1; 2]\n[3] |> List.iter (printfn \"%d%%\")\n4 |> printfn \"%d!\"\nprintfn \"%d\"", "<1>\n<2>\n3%\n4!\n%d\n()" },
            { "printfn \"%d-%s\" 1 \"x\"\nsprintf \"%d/%d\" 3 4", "1-x\n3/4" },
            { "let r = { a = 1; f = fun x -> x + 1 }\n({ r with a = 2 }.a, r.f(5), (r).f(6))", "(2, 6, 7)" },
            { "let a = [|1; 2|]\nlet b = a.[0] <- 9\n(a, b, a.[1])", "([|1; 2|], [|9; 2|], 2)" },
            { "if 1 = 1 then printfn \"yes\"\nif false then printfn \"no\"", "yes\n()" });
}

RF_TEST(a_script_may_ask_to_be_strict) {
    ALL_RUN({ "let xs = [1; \"a\"]\nxs", "[1; a]" }, { "// @strict: true\nlet x = 2\nx", "2" }, { "let x = 1\n// @strict: true\n[x; \"a\"]", "[1; a]" });
    RF_CLEANUP(script_done) script s = { 0 };
    rf_source source = { "t.fsx", RF_SLICE("#!/usr/bin/riffle\n\n// @name: mixed\n// @strict: true\n[1; \"a\"]") };
    rf_check(script_begin(&s) == RF_OK);
    rf_code code = rf_fus_compile(s.engine, &source, &(rf_fus_compile_options){ 0 }, &s.texts, &s.diags, &s.program, &s.error);
    rf_check(code == RF_ESCRIPT || rf_test_torture());
}
