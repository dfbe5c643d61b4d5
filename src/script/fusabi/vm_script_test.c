/* vm_script_test.c: the VM under compiled scripts: deep recursion that collects, errors across natives, limits, hooks. */
#include "fusabi/test_run.h"

#include "base/clock.h"

/* What a script gives with a usual heap and with one that moves everything at each safepoint. */
#define GIVES(text, expected)                                \
    do {                                                     \
        for (int stress = 0; stress < 2 - rf_test_torture(); stress++) { \
            test_run run RF_CLEANUP(test_run_done) = { 0 };  \
            rf_check(test_run_begin(&run) == RF_OK);         \
            rf_fus_vm_stress(run.vm, stress != 0);           \
            test_run_check(&run, text, expected);            \
        }                                                    \
    } while (0)

/* The same without a moving heap, which would take too long. */
#define LARGE_GIVES(text, expected)                          \
    do {                                                     \
        test_run run RF_CLEANUP(test_run_done) = { 0 };      \
        if (!rf_test_torture())                              \
            test_run_check(&run, text, expected);            \
    } while (0)

/* More than 64 frames: collections leave most of the stack alone, and returns go through the mark. */
RF_TEST(deep_recursions_survive_collections_in_them) {
    GIVES("let rec deep n acc = if n = 0 then List.length acc else (let r = deep (n - 1) (n :: acc) in id r)\n"
          "deep 300 []", "300");
    GIVES("let rec map f xs = match xs with [] -> [] | h :: t -> f h :: map f t\n"
          "let rec build n = if n = 0 then [] else n :: build (n - 1)\n"
          "List.fold (fun a b -> a + b) 0 (map (fun x -> x * 2) (build 300))", "90300");
    GIVES("let rec nest f n = if n = 0 then f 0 else (let s = \"x\" ++ string n in let r = nest f (n - 1) in if String.length s > 0 then f r else r)\n"
          "nest (fun x -> x + 1) 200", "201");
    GIVES("let rec nest n = if n = 0 then [] else List.map (fun x -> x + 1) (n :: nest (n - 1))\n"
          "List.head (nest 100)", "101");
    /* natives that call back, on both sides of the mark */
    GIVES("let rec down n = if n = 0 then [] else List.sortBy (fun x -> 0 - x) (n :: down (n - 1))\n"
          "List.head (down 90)", "90");
}

RF_TEST(errors_unwind_deep_stacks) {
    GIVES("let rec risky n = if n = 0 then failwith \"bottom\" else (let xs = [n; n + 1] in 1 + risky (n - 1) + List.length xs)\n"
          "let rec again n = if n = 0 then 0 else (let r = try risky 150 with Failure m -> String.length m in r + again (n - 1))\n"
          "again 5", "30");
    GIVES("let f x = try (if x % 3 = 0 then failwith \"no\" else [x; x]) with e -> []\n"
          "List.length (List.concat (List.map f [1 .. 90]))", "120");
    GIVES("let rec f n = if n = 0 then raise (Custom [1; 2]) else List.append [n] (f (n - 1))\n"
          "try f 120 with Custom xs -> List.map (fun x -> x * 2) xs", "[2; 4]");
    GIVES("let rec even n = if n = 0 then failwith \"end\" else odd (n - 1)\nand odd n = if n = 0 then 1 else even (n - 1)\n"
          "even 100", "error: end");
}

RF_TEST(partial_applications_of_all_kinds) {
    GIVES("let add a b c = a * 100 + b * 10 + c\nlet p = add 1\nlet q = p 2\n(q 3, p 4 5, List.map (add 7 8) [9], (fun f -> f 1 2 3) add)", "(123, 145, [789], 123)");
    GIVES("let curry f a b = f (a, b)\nlet sum (a, b) = a + b\n(curry sum 1 2, List.map (curry sum 1) [2; 3])", "(3, [3; 4])");
    GIVES("let k x = fun y -> fun z -> [x; y; z]\n(k 1 2 3, (k 1) 2 3, List.map2 (k 1) [2] [3])", "([1; 2; 3], [1; 2; 3], [[1; 2; 3]])");
    GIVES("List.map (List.map ((+) 1)) [[1]; [2; 3]]", "[[2]; [3; 4]]");
    GIVES("let twice f = f >> f\n(twice (twice (fun x -> x * 2)) 1, (twice >> twice) (fun x -> x + 1) 0)", "(16, 4)");
    GIVES("List.map Some [1; 2]", "[Some(1); Some(2)]");
}

RF_TEST(captured_mutables_are_shared) {
    GIVES("let counter () =\n    let mutable n = 0\n    let next () =\n        n <- n + 1\n        n\n    next\n"
          "let a = counter ()\nlet b = counter ()\n(a (), a (), b (), a ())", "(1, 2, 1, 3)");
    GIVES("let mutable log = []\nlet note x =\n    log <- x :: log\nList.iter note [1 .. 50]\nList.length log", "50");
}

RF_TEST(ten_million_items_are_built_mapped_compared_and_shown) {
    LARGE_GIVES("let xs = [1 .. 10000000]\nlet ys = List.map (fun x -> x + 1) xs\n"
                "(List.length ys, List.fold (fun a b -> a + b) 0 ys, ys = List.map (fun x -> x + 1) xs, xs = ys)",
                "(10000000, 50000015000000, true, false)");
    LARGE_GIVES("String.length (string [1 .. 1000000])", "7888896");
}

RF_TEST(texts_are_appended_to_at_constant_cost) {
    LARGE_GIVES("let mutable s = \"\"\nfor i in 1 .. 1000000 do\n    s <- s ++ \"x\"\nString.length s", "1000000");
    GIVES("let mutable s = \"\"\nfor i in 1 .. 200 do\n    s <- s ++ string i\n(String.length s, String.startsWith \"123\" s, s.[4])", "(492, true, 5)");
}

/* ---- Limits (vm_test.c has them under failing memory) ---- */

static const char *const endless[] = {
    "while true do ()",
    "let rec f n = f (n + 1)\nf 0",
    "let rec f n = 1 + g n\nand g n = if n > 1000 then 0 else f (n + 1)\nwhile f 0 >= 0 do ()",
    "let rec f xs = f (List.map id xs)\nf [1 .. 1000]",
    "try (while true do ()) with e -> ()",
    "let rec f n = (try f n with e -> f n)\nf 0",
    "List.iter (fun x -> while true do ()) [1]",
};

RF_TEST(what_does_not_end_is_stopped_in_time) {
    for (size_t i = 0; i < (rf_test_torture() ? 0 : sizeof endless / sizeof *endless); i++) {
        test_run run RF_CLEANUP(test_run_done) = { .limits = { .time_ns = 5 * RF_NS_PER_MS, .heap_bytes = 64 << 20, .depth = 100000 } };
        uint64_t start = rf_clock_mono_ns();
        rf_check(test_run_script(&run, endless[i]));
        rf_check(rf_clock_mono_ns() - start < 2 * RF_NS_PER_S || rf_test_torture());
        rf_slice text = rf_buffer_view(&run.out);
        rf_check(rf_slice_is(text, "error: the script ran longer than its 5 ms") || rf_slice_is(text, "error: Call stack overflow") || rf_test_torture());
        test_run_check(&run, "List.map (fun x -> x + 1) [1; 2]", "[2; 3]"); /* fit for use */
    }
}

static const char *const hoarders[] = {
    "let rec f xs = f (1 :: xs)\nf []",
    "let rec f n = n :: f (n + 1)\nf 0",
    "let mutable s = \"x\"\nwhile true do\n    s <- s ++ s\n    ignore (String.length (String.toUpper s))",
    "let a = Array.create 10 []\nwhile true do Array.set 0 (1 :: Array.get 0 a) a",
    "Array.create 10000000 0",
    "let rec f m n = f (Map.add (string n) n m) (n + 1)\nf (Map.empty ()) 0",
};

RF_TEST(what_grows_without_end_is_stopped_and_the_vm_goes_on) {
    for (size_t i = 0; i < (rf_test_torture() ? 0 : sizeof hoarders / sizeof *hoarders); i++) {
        test_run run RF_CLEANUP(test_run_done) = { .limits = { .heap_bytes = 1 << 20, .time_ns = 20 * RF_NS_PER_S } };
        rf_check(test_run_script(&run, hoarders[i]));
        rf_check_text(rf_buffer_view(&run.out), RF_SLICE("error: the script used more than its 1048576 bytes of memory"));
        test_run_check(&run, "List.map (fun x -> x + 1) [1; 2]", "[2; 3]");
    }
}
