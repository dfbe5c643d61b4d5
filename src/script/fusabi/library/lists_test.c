/* lists_test.c: List, Array, Option and Result, beyond what the examples in their rows show. */
#include "fusabi/test_run.h"

RF_TEST(list_mistakes) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(test_run_begin(&run) == RF_OK);
    rf_fus_vm_stress(run.vm, true); /* everything moves as often as it can */
    static const char *const scripts[][2] = {
        { "List.head []", "error: Cannot access head/tail of empty list" },
        { "List.tail []", "error: Cannot access head/tail of empty list" },
        { "List.head 5", "error: Type mismatch: expected list, got int" },
        { "List.length (1 :: 2)", "error: Type mismatch: expected list, got int" },
        { "List.map id 3", "error: Type mismatch: expected list, got int" },
        { "List.map id [|1|]", "error: Type mismatch: expected list, got array" },
        { "List.map id (1 :: 2)", "error: Type mismatch: expected list, got int" },
        { "List.filter id [1]", "error: Type mismatch: expected bool, got int" },
        { "List.exists id [1]", "error: Type mismatch: expected bool, got int" },
        { "List.forall id [1]", "error: Type mismatch: expected bool, got int" },
        { "List.find (fun x -> x > 9) [1; 2]", "error: List.find: no element satisfies predicate" },
        { "List.reduce (fun a b -> a) []", "error: List.reduce: no elements" },
        { "List.max []", "error: List.max: no elements" },
        { "List.maxBy id []", "error: List.maxBy: no elements" },
        { "List.item 2 [1]", "error: List.item: index 2 out of range" },
        { "List.take 2 [1]", "error: List.take: not enough elements" },
        { "List.take (-1) [1]", "error: List.take: not enough elements" },
        { "List.splitAt 2 [1]", "error: List.splitAt: not enough elements" },
        { "List.zip [1] [1; 2]", "error: List.zip: lists have different lengths" },
        { "List.map2 (fun a b -> a) [1; 2] [1]", "error: List.map2: lists have different lengths" },
        { "List.init (-1) id", "error: List.init requires non-negative length, got -1" },
        { "List.replicate (-1) 0", "error: List.replicate requires non-negative length, got -1" },
        { "List.chunkBySize 0 [1]", "error: List.chunkBySize: the number must be positive, got 0" },
        { "List.sum [1; 2.0]", "error: Type mismatch in addition: int + float" },
        { "List.sum [\"a\"]", "error: Type mismatch: expected int, got string" },
        { "List.choose (fun x -> x) [1]", "error: Type mismatch: expected Option variant, got int" },
        { "List.collect (fun x -> x) [1]", "error: Type mismatch: expected list, got int" },
        { "List.unzip [(1, 2); 3]", "error: Type mismatch: expected tuple of 2, got int" },
        { "List.transpose [[1; 2]; [3]]", "error: List.transpose: lists have different lengths" },
        { "List.insertAt 3 0 [1]", "error: List.insertAt: index 3 out of range" },
        { "List.updateAt 1 0 [1]", "error: List.updateAt: index 1 out of range" },
        { "List.exactlyOne [1; 2]", "error: List.exactlyOne: list has more than one element" },
        { "List.map (fun x -> failwith \"in it\") [1]", "error: in it" },
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        test_run_check(&run, scripts[i][0], scripts[i][1]);
}

RF_TEST(list_edges) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(test_run_begin(&run) == RF_OK);
    rf_fus_vm_stress(run.vm, true); /* everything moves as often as it can */
    test_run_check(&run, "(List.nth 0 [1], List.nth (-1) [1], List.nth 1 [1], List.append [] [1], List.append [1] 2, List.concat [], List.rev [])",
                   "(Some(1), None, None, [1], Cons(1, 2), [], [])");
    test_run_check(&run, "(List.range 3 1, List.range 1 1, List.skip 0 [1], List.skip (-1) [1], List.truncate (-1) [1], List.splitInto 5 [1; 2], List.windowed 3 [1; 2])",
                   "([], [1], [1], [1], [], [[1]; [2]], [])");
    test_run_check(&run, "(List.sum [], List.sum [1.5; 2.5], List.distinct [0.0; -0.0; 1.0], List.distinct [[1]; [1]], List.except [1] [2; 2], List.pairwise [1])",
                   "(0, 4, [0; 1], [[1]], [2], [])");
    test_run_check(&run, "(List.sortBy fst [(2, \"a\"); (1, \"b\"); (1, \"c\")], List.sortByDescending fst [(1, \"a\"); (1, \"b\"); (2, \"c\")], List.sortDescending [1; 3; 3; 2])",
                   "([(1, b); (1, c); (2, a)], [(2, c); (1, a); (1, b)], [3; 3; 2; 1])");
    test_run_check(&run, "List.sortWith (fun a b -> compare (fst a) (fst b)) [(2, 1); (1, 1); (2, 2); (1, 2); (0, 0)]", "[(0, 0); (1, 1); (1, 2); (2, 1); (2, 2)]");
    test_run_check(&run, "(List.groupBy (fun x -> x % 3) [1; 2; 3; 4], List.countBy String.length [\"a\"; \"bb\"; \"c\"], List.partition (fun x -> x > 1) [])",
                   "([(1, [1; 4]); (2, [2]); (0, [3])], [(1, 2); (2, 1)], ([], []))");
    test_run_check(&run, "let mutable n = 0\nlet xs = List.takeWhile (fun x -> x < 3) [1; 2; 3; 1]\nlet ys = List.skipWhile (fun x -> x < 3) [1; 2; 3; 1]\n(xs, ys, List.skipWhile (fun x -> true) [1])",
                   "([1; 2], [3; 1], [])");
    test_run_check(&run, "let step n = if n > 2 then None else Some (n, n + 1)\nlet pair n = if n > 2 then None else Some ((n, n + 1))\n"
                         "(List.unfold step 1, List.unfold pair 1)", "([1; 2], [1; 2])");
    test_run_check(&run, "List.unfold (fun n -> Some n) 1", "error: Type mismatch: expected tuple of 2, got int");
    test_run_check(&run, "List.ofSeq (Map.ofList [(\"a\", 1)])", "[(a, 1)]");
    test_run_check(&run, "List.fold (fun m w -> Map.add w 1 m) (Map.empty ()) [\"b\"; \"a\"]", "Map [a -> 1; b -> 1]");
}

RF_TEST(partial_library_functions) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(test_run_begin(&run) == RF_OK);
    rf_fus_vm_stress(run.vm, true); /* everything moves as often as it can */
    test_run_check(&run, "let inc = List.map (fun x -> x + 1)\nlet sum = List.fold (fun a b -> a + b) 0\n([1; 2] |> inc |> sum, List.map String.length [\"a\"; \"bc\"])", "(5, [1; 2])");
    test_run_check(&run, "List.map2 (+) [1; 2] [3; 4] |> List.map string |> String.join \"-\"", "4-6");
}

RF_TEST(arrays) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(test_run_begin(&run) == RF_OK);
    rf_fus_vm_stress(run.vm, true); /* everything moves as often as it can */
    static const char *const scripts[][2] = {
        { "Array.get (-1) [|1|]", "error: Array index out of bounds: index -1 is negative" },
        { "Array.get 1 [|1|]", "error: Array index out of bounds: index 1 >= length 1" },
        { "Array.set 1 0 [|1|]", "error: Array index out of bounds: index 1 >= length 1" },
        { "Array.create (-2) 0", "error: Array.create requires non-negative length, got -2" },
        { "Array.init (-2) id", "error: Array.init requires non-negative length, got -2" },
        { "Array.length [1]", "error: Type mismatch: expected array, got list" },
        { "Array.sub [|1; 2|] 1 2", "error: Array.sub: not enough elements" },
        { "Array.fill [|1; 2|] 1 2 0", "error: Array.fill: not enough elements" },
        { "Array.zip [|1|] [||]", "error: Array.zip: arrays have different lengths" },
        { "Array.reduce (fun a b -> a) [||]", "error: Array.reduce: no elements" },
        { "Array.head [||]", "error: Array.head: array is empty" },
        { "Array.map id [1]", "error: Type mismatch: expected array, got list" },
        { "Array.create 5000000000 0", "error: Array of 5000000000 items is too long" },
        { "let a = [|3; 1; 2|]\nlet b = a\nArray.sortInPlace a\nArray.set 0 9 b\n(a, b, Array.sort a)", "([|9; 2; 3|], [|9; 2; 3|], [|2; 3; 9|])" },
        { "let a = [|1; 2; 3; 4|]\nArray.fill a 1 2 0\n(a, Array.rev a, Array.copy a = a, Array.skip 3 a, Array.tail a)", "([|1; 0; 0; 4|], [|4; 0; 0; 1|], true, [|4|], [|0; 0; 4|])" },
        { "(Array.ofSeq [1], Array.ofSeq (Map.ofList [(\"a\", 1)]), Array.concat [|[|1|]; [||]|], Array.collect (fun x -> [|x; x|]) [|1|])", "([|1|], [|(a, 1)|], [|1|], [|1; 1|])" },
        { "(Array.distinct [|1; 1; 2|], Array.chunkBySize 2 [|1; 2; 3|], Array.chunkBySize 2 [||], Array.sortWith (fun a b -> b - a) [|1; 3; 2|])", "([|1; 2|], [|[|1; 2|]; [|3|]|], [||], [|3; 2; 1|])" },
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        test_run_check(&run, scripts[i][0], scripts[i][1]);
}

RF_TEST(options_and_results_go_by_the_name_alone) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(test_run_begin(&run) == RF_OK);
    rf_fus_vm_stress(run.vm, true); /* everything moves as often as it can */
    static const char *const scripts[][2] = {
        { "Option.isSome 3", "error: Type mismatch: expected Option variant, got int" },
        { "Option.map id 3", "error: Type mismatch: expected Option variant, got int" },
        { "Option.get None", "error: Option.get: the option is None" },
        { "(Option.isNone (Foo 1), Option.map id (Foo 1), Option.defaultValue 2 Foo, Option.orElse Foo (Some 1))", "(true, None, 2, Some(1))" },
        { "Option.map2 (fun a b -> a) (Some 1) 2", "error: Type mismatch: expected Option variant, got int" },
        { "Option.flatten (Some 1)", "error: Type mismatch: expected Option variant, got int" },
        { "Result.isOk 3", "error: Type mismatch: expected Result variant, got int" },
        { "Result.map id 3", "error: Type mismatch: expected Result variant, got int" },
        { "Result.get (Error \"x\")", "error: Result.get: the result is Error(x)" },
        { "(Result.isOk Foo, Result.isError Foo, Result.defaultWith String.length (Error \"ab\"), Result.mapError id (Ok 1))", "(false, false, 2, Ok(1))" },
        { "(Result.ofOption \"e\" (Some 1), Result.toOption (Error 1), Result.bind (fun x -> Error x) (Ok 1))", "(Ok(1), None, Error(1))" },
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        test_run_check(&run, scripts[i][0], scripts[i][1]);
}
