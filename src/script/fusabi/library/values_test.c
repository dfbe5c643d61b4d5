/* values_test.c: equality, order, display and maps, through scripts and on large values. */
#include "fusabi/test_run.h"
#include "script/fusabi/library/modules.h"

#include <math.h>

RF_TEST(equality_is_structural) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "(1 = 1.0, 0.0 = -0.0, Math.nan () = Math.nan (), [Math.nan ()] = [Math.nan ()], \"a\" = \"a\", () = ())",
                   "(false, true, false, false, true, true)");
    test_run_check(&run, "([1; 2] = [1; 2], [1] = [1; 2], (1, 2) = (1, 3), [|1|] = [|1|], [|1|] = [1], 1 :: 2 = 1 :: 2, [] = ())",
                   "(true, false, false, true, false, true, false)");
    test_run_check(&run, "({ a = 1; b = 2 } = { b = 2; a = 1 }, { a = 1 } = { b = 1 }, Json.parse \"{\\\"a\\\":1}\" = { a = 1 }, { a = 1 } = { a = 1; b = 2 })",
                   "(true, false, true, false)");
    test_run_check(&run, "(Some 1 = Some 1, Some 1 = None, Foo = Bar, List.tryFind (fun x -> x = 3) [3] = Some 3, A(1, 2) = A(1))", "(true, false, false, true, false)");
    test_run_check(&run, "(List.map = List.map, List.map = List.filter, String.split \",\" = String.split \",\", String.split \",\" = String.split \";\")",
                   "(true, false, true, false)");
    test_run_check(&run, "let f x = x\nlet g x y = x\n(f = g, g 1 = f, f = List.map, f = 1)", "(true, true, false, false)");
    test_run_check(&run, "(140737488355328 = 140737488355327 + 1, 140737488355328 = 140737488355329, \"ab\" ++ \"cd\" = \"abcd\")", "(true, false, true)");
}

RF_TEST(order_is_of_one_kind) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "(compare 1 2, compare 2.0 1.0, compare \"a\" \"b\", compare false true, compare () (), compare [] [1], compare [1; 2] [1; 3])",
                   "(-1, 1, -1, -1, 0, -1, -1)");
    test_run_check(&run, "(compare (1, 9) (2, 0), compare [|9|] [|1; 1|], compare None (Some 0), compare (Ok 9) (Error 0), compare (Some 2) (Some 1))", "(-1, -1, -1, -1, 1)");
    test_run_check(&run, "let m = Map.ofList\n(compare (m [(\"a\", 1)]) (m [(\"a\", 2)]), compare (m [(\"a\", 9)]) (m [(\"b\", 0)]), compare (m []) (m [(\"a\", 1)]))", "(-1, -1, -1)");
    test_run_check(&run, "(compare { a = 1; b = 3 } { a = 1; b = 2 }, compare (Json.parse \"{\\\"a\\\":1}\") { a = 2 }, compare { a = 1 } { b = 0 })", "(1, -1, -1)");
    test_run_check(&run, "List.sort [2.5; Math.nan (); -1.0]", "[NaN; -1; 2.5]");
    test_run_check(&run, "compare 1 2.0", "error: Type mismatch in comparison: int < float");
    test_run_check(&run, "compare [1] [\"a\"]", "error: Type mismatch in comparison: int < string");
    test_run_check(&run, "compare id id", "error: Type mismatch in comparison: function < function");
}

RF_TEST(display_is_as_the_original_has_it) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "[1.0; 0.5; 1e20; 1e-7; -0.0; 12345678901234567890.0]", "[1; 0.5; 100000000000000000000; 0.0000001; -0; 12345678901234567000]");
    test_run_check(&run, "(Math.infinity (), -(Math.infinity ()), Math.nan (), true, (), \"a b\", [\"c\"])", "(inf, -inf, NaN, true, (), a b, [c])");
    test_run_check(&run, "[1 :: 2; 1 :: 2 :: 3; []]", "[Cons(1, 2); Cons(1, Cons(2, 3)); []]");
    test_run_check(&run, "({  }, { z = 1; a = [|1|] }, [||], (1,), Map.empty (), Map.ofList [(\"b\", 1); (\"a\", 2)])",
                   "({  }, { a = [|1|]; z = 1 }, [||], (1), Map [], Map [a -> 2; b -> 1])");
    test_run_check(&run, "(None, Some 1, Foo(1, \"x\"), fun x -> x)", "(None, Some(1), Foo(1, x), <closure>)");
    test_run_check(&run, "(List.map, List.map id, String.split, sprintf \"%d %d\" 1)",
                   "(<native fn List.map>, <native fn List.map>, <native fn String.split>, <native fn sprintf>)");
    test_run_check(&run, "sprintf \"%A\" (1.0, \"a\\\"b\\n\", [\"c\"], 2)", "(1.0, \"a\\\"b\\n\", [\"c\"], 2)");
}

RF_TEST(arrays_within_themselves_end) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    static const char knot[] = "let a = [|1; 2|]\nlet b = [|1; 2|]\nArray.set 0 a a\nArray.set 0 b b\n";
    static const char *const scripts[][2] = {
        { "(a = a, a = b, compare a b)", "(true, true, 0)" },
        { "a", "[|[|...|]; 2|]" },
        { "Json.stringify a", "error: Cannot convert an array within itself to JSON" },
        { "Array.set 1 [(a, 1)] b\nString.length (string b) < 1000", "true" },
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_buffer_text(&text, knot);
        rf_buffer_text(&text, scripts[i][0]);
        const char *script = rf_buffer_cstr(&text);
        rf_check(script);
        test_run_check(&run, script, scripts[i][1]);
    }
}

/* All kinds of nesting, so deep that recursion would end the process. */
RF_TEST(deep_values_need_no_c_stack) {
    if (rf_test_torture())
        return;
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    static const char *const layers[] = { "[v]", "(v, 1)", "[|v|]", "Some v", "{ a = v }", "Map.ofList [(\"k\", v)]" };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_buffer_printf(&text, "let rec nest n v = if n = 0 then v else nest (n - 1) (%s)\nlet a = nest 300000 0\nlet b = nest 300000 0\n", layers[i]);
        rf_buffer_text(&text, "(a = b, compare a b, String.length (string a) > 300000, a = nest 300000 1)");
        const char *script = rf_buffer_cstr(&text);
        rf_check(script);
        test_run_check(&run, script, "(true, 0, true, false)");
    }
    test_run_check(&run, "let rec nest n v = if n = 0 then v else nest (n - 1) ([|v|])\nlet a = nest 300000 0\nJson.parse (Json.stringify a) = a", "true");
}

RF_TEST(long_lists_are_compared_shown_and_sorted) {
    if (rf_test_torture())
        return;
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let xs = List.range 1 1000000\nlet ys = List.map (fun x -> x + 1) xs\n"
                         "(xs = List.map (fun y -> y - 1) ys, compare xs ys, String.length (string xs), List.sort (List.rev xs) = xs)",
                   "(true, -1, 7888896, true)");
    test_run_check(&run, "let zs = List.map (fun x -> x * 7919 % 100003) (List.range 1 100000)\n"
                         "(List.sort zs = List.sortWith compare zs, List.sortBy id zs = List.sort zs, List.length (List.distinct zs), List.sum zs = List.foldBack (fun x a -> x + a) zs 0)",
                   "(true, true, 100000, true)");
}

/* A map against the same operations on a sorted array. */
typedef struct model { int64_t values[512]; size_t count; } model; /* value + 1 by key number; 0: not there */

static bool map_matches(rf_fus_vm *vm, rf_fus_value map, const model *m) {
    rf_fus_map_walk walk = { .map = map };
    rf_fus_value key, value;
    size_t i = 0, seen = 0;
    for (; rf_fus_map_next(&walk, &key, &value); i++, seen++) {
        while (i < 512 && !m->values[i])
            i++;
        char name[16];
        (void)snprintf(name, sizeof name, "%03zu", i);
        if (i == 512 || !rf_slice_is(rf_fus_text(vm, key), name) || rf_fus_int(value) != m->values[i] - 1)
            return false;
    }
    return seen == m->count && RF_FUS_AS(const rf_fus_map, map)->count == m->count;
}

/* Whether heights are right and differ by one at most. */
static bool is_balanced(rf_fus_value map) {
    rf_fus_value stack[128];
    size_t depth = 0;
    stack[depth++] = RF_FUS_AS(const rf_fus_map, map)->root;
    while (depth) {
        rf_fus_value at = stack[--depth];
        if (at == RF_FUS_NIL)
            continue;
        const rf_fus_map_node *node = RF_FUS_AS(const rf_fus_map_node, at);
        int left = node->left == RF_FUS_NIL ? 0 : rf_fus_object_of(node->left)->small, right = node->right == RF_FUS_NIL ? 0 : rf_fus_object_of(node->right)->small;
        if (left - right > 1 || right - left > 1 || node->head.small != 1 + (left > right ? left : right))
            return false;
        stack[depth++] = node->left;
        stack[depth++] = node->right;
    }
    return true;
}

RF_TEST(maps_stay_sorted_and_balanced) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(test_run_begin(&run) == RF_OK);
    rf_fus_value map = rf_fus_map_empty(run.vm), value;
    rf_check(map != RF_FUS_RAISED);
    static model m;
    memset(&m, 0, sizeof m);
    uint32_t random = 12345;
    for (int64_t step = 0; step < (rf_test_torture() ? 60 : 5000); step++) {
        random = random * 1103515245u + 12345u;
        size_t at = random >> 16 & 511;
        char name[16];
        (void)snprintf(name, sizeof name, "%03zu", at);
        rf_fus_value key = rf_fus_string_new(run.vm, rf_slice_of(name));
        rf_check(key != RF_FUS_RAISED);
        rf_check(rf_fus_map_get(run.vm, map, key, &value) == (m.values[at] != 0));
        bool remove = random >> 28 < 7;
        rf_fus_value next = remove ? rf_fus_map_remove(run.vm, map, key) : rf_fus_map_add(run.vm, map, key, rf_fus_of_small_int(step));
        rf_check(next != RF_FUS_RAISED);
        rf_check(map_matches(run.vm, map, &m)); /* the old one is as it was */
        m.count += (size_t)(remove ? 0 : 1) - (m.values[at] != 0);
        m.values[at] = remove ? 0 : step + 1;
        map = next;
        rf_check(map_matches(run.vm, map, &m) && is_balanced(map));
    }
}

RF_TEST(maps_through_scripts) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let m = Map.ofList [(\"b\", 1); (\"a\", 2); (\"b\", 3)]\n(m, Map.remove \"a\" m, Map.remove \"zz\" m = m, Map.count m, Map.keys m, Map.values m)",
                   "(Map [a -> 2; b -> 3], Map [b -> 3], true, 2, [a; b], [2; 3])");
    test_run_check(&run, "Map.find \"k\" (Map.empty ())", "error: Map key not found: k");
    test_run_check(&run, "Map.add 1 2 (Map.empty ())", "error: Type mismatch: expected string, got int");
    test_run_check(&run, "Map.add \"a\" 2 []", "error: Type mismatch: expected map, got list");
    test_run_check(&run, "Map.ofList [1]", "error: Map.ofList expects list of tuples");
    test_run_check(&run, "Map.ofList [(1, 2, 3)]", "error: Map.ofList expects list of 2-tuples");
    test_run_check(&run, "let m = Map.ofList (List.map (fun i -> (string i, i)) (List.rev (List.range 1 300)))\n"
                         "(Map.count m, Map.find \"77\" m, Map.fold (fun a k v -> a + v) 0 m, Map.map (fun v -> v + 1) m = Map.mapi (fun k v -> int k + 1) m)",
                   "(300, 77, 45150, true)");
}

/* What would grow without end meets the VM's limits, also where the memory is not the heap's; the VM is fit for use after. */
RF_TEST(natives_keep_to_the_limits) {
    if (rf_test_torture())
        return;
    test_run run RF_CLEANUP(test_run_done) = { .limits = { .heap_bytes = 8 << 20, .time_ns = 5000000000u } };
    static const char doubled[] = "let rec doubled n v = if n = 0 then v else doubled (n - 1) [v; v]\n";
    static const char *const scripts[] = {
        "string (doubled 60 0)",
        "sprintf \"%A\" (doubled 60 0)",
        "Json.stringify (doubled 60 0)",
        "String.concat (List.replicate 10000 (String.repeat 10000 \"x\"))",
        "String.replace \"x\" (String.repeat 10000 \"y\") (String.repeat 10000 \"x\")",
        "String.repeat 1000000000 \"abc\"",
        "String.padLeft 1000000000 \"abc\"",
        "List.range 1 1000000000",
        "List.replicate 1000000000 0",
        "Array.create 1000000000 0",
        "List.concat (List.replicate 10000 (List.range 1 10000))",
        "Array.concat (List.replicate 10000 (Array.create 10000 0))",
        "List.init 1000000000 id",
        "List.allPairs (List.range 1 10000) (List.range 1 10000)",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
        rf_buffer_text(&text, doubled);
        rf_buffer_text(&text, scripts[i]);
        const char *script = rf_buffer_cstr(&text);
        rf_check(script && test_run_script(&run, script));
        if (run.error.code != RF_ELIMIT)
            rf_check_text(rf_slice_of(scripts[i]), RF_SLICE("something that meets a limit"));
        run.error.code = RF_OK;
        test_run_check(&run, "List.sum (List.range 1 100)", "5050");
    }
}
