/* compile_test.c: the code that comes out, by listings of small functions. */
#include "script/fusabi/compile_fixture.h"

/* The code of function `function` (0: main) of the source, as it is before fuse.c makes it shorter. */
static bool gives_code(const char *source, uint32_t function, const char *expected) {
    RF_CLEANUP(script_done) script s = { 0 };
    if (!script_generate(&s, source, false) || rf_fus_verify(s.program, &s.error))
        return rf_test_same_text(__FILE__, __LINE__, source, rf_slice_of(s.error.message), RF_SLICE("")), false;
    script_list(&s, function, &s.out);
    return !s.out.failed && rf_test_same_text(__FILE__, __LINE__, source, rf_buffer_view(&s.out), rf_slice_of(expected));
}

RF_TEST(a_function_that_calls_itself_needs_no_value_of_itself) {
    rf_check(gives_code("let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)", 1,
                        "JNLTI 0 2 1; RET 0; SUBI 2 0 1; CALLSELF 1 1; SUBI 3 0 2; CALLSELF 2 1; ADD 1 1 2; RET 1"));
}

RF_TEST(a_call_at_the_end_is_a_tail_call) {
    rf_check(gives_code("let rec loop n acc = if n = 0 then acc else loop (n - 1) (acc + n)", 1,
                        "JNEI 0 0 1; RET 1; SUBI 3 0 1; ADD 4 1 0; TAIL_CALLSELF 2 2"));
    rf_check(gives_code("let f x = x\nlet g x = f x", 2, "MOVE 2 0; TAIL_CALLP 1 1 1"));
    rf_check(gives_code("let g f x = f x", 1, "MOVE 2 0; MOVE 3 1; TAIL_CALL 2 1"));
}

RF_TEST(functions_that_capture_nothing_are_called_directly) {
    rf_check(gives_code("let f x =\n    let g y = y * 2\n    g (g x)", 1, "MOVE 3 0; CALLP 2 2 1; TAIL_CALLP 1 2 1"));
    rf_check(gives_code("let f x =\n    let g y = y * x\n    g 1", 1, "CLOSURE 1 2; MOVE 2 1; INT 3 1; TAIL_CALL 2 1"));
}

RF_TEST(names_of_literals_are_the_literals) {
    rf_check(gives_code("let step = 2\nlet f x = x + step", 1, "ADDI 1 0 2; RET 1"));
    rf_check(gives_code("let f x =\n    let k = 3 * 4\n    let one = 1\n    (fun y -> y + one) (x + k)", 1, "INT 1 12; ADD 2 0 1; ADDI 3 2 1; RET 3"));
}

RF_TEST(conditions_jump_without_making_a_value) {
    rf_check(gives_code("let f a b = if a > 1 && (b = \"x\" || not a) then 1 else 2", 1,
                        "JNGTI 0 1 4; JEQK 1 1 1; JTB 0 2; INT 2 1; RET 2; INT 2 2; RET 2"));
    rf_check(gives_code("let f xs = if xs = [] then 0 else 1", 1, "JNNIL 0 2; INT 1 0; RET 1; INT 1 1; RET 1"));
}

RF_TEST(lists_are_taken_apart_without_calls) {
    rf_check(gives_code("let rec sum xs = if List.isEmpty xs then 0 else List.head xs + sum (List.tail xs)", 1,
                        "JNCONS 0 1; JMP 3; JNNIL 0 7; INT 1 0; RET 1; HEAD 1 0; TAIL 3 0; CALLSELF 2 1; ADD 1 1 2; RET 1; HEAD 0 0; MATCHFAIL"));
    rf_check(gives_code("let f xs = if not (List.isEmpty xs) then 1 else 0", 1,
                        "JNNIL 0 1; JMP 3; JNCONS 0 4; INT 1 1; RET 1; INT 1 0; RET 1; HEAD 0 0; MATCHFAIL"));
}

RF_TEST(arms_test_what_is_not_known_yet) {
    rf_check(gives_code("let f e =\n    match e with\n    | A(0) -> 1\n    | A(n) -> n\n    | B -> 2", 1,
                        "JNCTOR 0 0 6; CTORFIELD 1 0 0; JNEI 1 0 2; INT 2 1; RET 2; CTORFIELD 1 0 0; RET 1; JNCTOR 0 1 2; INT 1 2; RET 1; MATCHFAIL"));
    rf_check(gives_code("let f a b = match a, b with 0, _ -> 1 | _, 0 -> 2 | _ -> 3", 1,
                        "JNEI 0 0 2; INT 2 1; RET 2; JNEI 1 0 2; INT 2 2; RET 2; INT 2 3; RET 2"));
    rf_check(gives_code("let f xs = match xs with [] -> 0 | x :: _ -> x", 1, "JNNIL 0 2; INT 1 0; RET 1; JNCONS 0 2; HEAD 1 0; RET 1; MATCHFAIL"));
}

RF_TEST(loops_have_one_way_back) {
    rf_check(gives_code("let f n =\n    let mutable i = 0\n    while i < n do i <- i + 1\n    i", 1, "INT 1 0; JNLT 1 0 2; ADDI 1 1 1; LOOP -3; RET 1"));
    rf_check(gives_code("let f n =\n    let mutable s = 0\n    for i = 1 to n do s <- s + i\n    s", 1,
                        "INT 1 0; INT 2 1; MOVE 3 0; INT 4 1; FORPREP 2 2; ADD 1 1 5; FORLOOP 2 -2; RET 1"));
    rf_check(gives_code("let f xs = [for x in xs -> x]", 1, "BUILD 1; MOVE 3 0; ITER 3; NEXT 3 2; PUSH 1 5; LOOP -3; RET 1"));
}

RF_TEST(pipes_are_calls) {
    rf_check(gives_code("let f g x = x |> g 1 |> g 2", 1, "MOVE 2 0; INT 3 2; MOVE 4 0; INT 5 1; MOVE 6 1; CALL 4 2; TAIL_CALL 2 2"));
    rf_check(gives_code("let f x = x |> fun y -> y + 1", 1, "ADDI 1 0 1; RET 1"));
    rf_check(gives_code("let f x = x |> Some", 1, "VARIANT 0 0 0 1; RET 0"));
}

RF_TEST(captured_mutables_live_in_cells) {
    rf_check(gives_code("let f () =\n    let mutable c = 0\n    fun () -> c <- c + 1", 2, "UPVAL 1 0; CELLGET 1 1; ADDI 1 1 1; UPVAL 2 0; CELLSET 2 1; CONST 1 0; RET 1"));
    rf_check(gives_code("let f () =\n    let mutable c = 0\n    fun () -> c <- c + 1", 1, "INT 1 0; CELL 1 1; CLOSURE 2 2; RET 2"));
}

RF_TEST(values_in_a_row_are_not_copied) {
    rf_check(gives_code("let f a b = (a, b)", 1, "TUPLE 0 0 2; RET 0"));
    rf_check(gives_code("let f a b = [b; a]", 1, "MOVE 2 1; MOVE 3 0; LIST 2 2 2; RET 2"));
    rf_check(gives_code("let f a b = { y = a; x = b }", 1, "MOVE 3 0; MOVE 2 1; RECORD 2 2 0; RET 2"));
}
