/* vm_test.c: instructions, calls, errors and limits of the VM, by programs put together by hand. */
#include "script/fusabi/vm_fixture.h"

#include "base/clock.h"

#include <math.h>

/* let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2) */
static bool add_fib(fixture *f) {
    return FUNCTION(f, "fib", 1, 4, I(JNLTI, 0, 0, 2, 1), I(RET, 0, 0, 0, 0), I(SUBI, 0, 2, 0, 1), I(CALLSELF, 1, 1, 0, 0), I(SUBI, 0, 3, 0, 2),
                    I(CALLSELF, 1, 2, 0, 0), I(ADD, 0, 1, 1, 2), I(RET, 0, 1, 0, 0));
}

/* Runs `code` as main and compares the display of its result, or its error. */
static bool gives(fixture *f, const char *expected) {
    rf_code code = fixture_run(f);
    if (code)
        return code == RF_ESCRIPT && strcmp(f->error.message, expected) == 0 ? true
               : (rf_test_same_text(__FILE__, __LINE__, "error", rf_slice_of(f->error.message), rf_slice_of(expected)), false);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    return rf_fus_display(f->vm, f->result, &out) && !out.failed && rf_test_same_text(__FILE__, __LINE__, "result", rf_buffer_view(&out), rf_slice_of(expected));
}

RF_TEST(a_recursive_function_gives_its_result) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_check(FUNCTION(&f, "main", 0, 4, IX(INT, 0, 1, 15), I(CALLP, 1, 0, 1, 0), I(RET, 0, 0, 0, 0)) && add_fib(&f));
    rf_check(gives(&f, "610"));
}

/* One arithmetic instruction on two constants. */
static bool arith_gives(uint8_t op, rf_fus_value a, rf_fus_value b, const char *expected) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    return fixture_init(&f, NULL) && fixture_constant(&f, a) && fixture_constant(&f, b)
           && FUNCTION(&f, "main", 0, 3, IX(CONST, 0, 0, 0), IX(CONST, 0, 1, 1), RF_FUS_MAKE(op, 0, 2, 0, 1), I(RET, 0, 2, 0, 0)) && gives(&f, expected);
}
#define ARITH_GIVES(op, a, b, expected) rf_check(arith_gives(RF_FUS_I_##op, (a), (b), (expected)))

static rf_fus_value real(double d) { return rf_fus_of_double(d); }

RF_TEST(arithmetic_is_of_ints_or_of_floats) {
    ARITH_GIVES(ADD, small(2), small(-5), "-3");
    ARITH_GIVES(SUB, small(2), small(-5), "7");
    ARITH_GIVES(MUL, small(-7), small(6), "-42");
    ARITH_GIVES(DIV, small(-7), small(2), "-3");
    ARITH_GIVES(MOD, small(-7), small(2), "-1");
    ARITH_GIVES(POW, small(-3), small(3), "-27");
    ARITH_GIVES(ADD, real(0.5), real(0.25), "0.75");
    ARITH_GIVES(FMUL, real(0.5), real(8), "4");
    ARITH_GIVES(FADD, small(1), small(2), "3");
    ARITH_GIVES(FDIV, small(9), small(2), "4");
    ARITH_GIVES(DIV, real(1), real(4), "0.25");
    ARITH_GIVES(MOD, real(7.5), real(2), "1.5");
    ARITH_GIVES(POW, real(2), real(0.5), "1.4142135623730951");
}

RF_TEST(ints_have_64_bits_and_wrap) {
    ARITH_GIVES(ADD, small(RF_FUS_INT_MAX), small(1), "140737488355328");
    ARITH_GIVES(SUB, small(RF_FUS_INT_MIN), small(1), "-140737488355329");
    ARITH_GIVES(MUL, small(RF_FUS_INT_MAX), small(RF_FUS_INT_MAX), "-281474976710655");
    ARITH_GIVES(MUL, small(1000000000), small(1000000000), "1000000000000000000");
    ARITH_GIVES(DIV, small(RF_FUS_INT_MIN), small(-1), "140737488355328");
    ARITH_GIVES(MOD, small(RF_FUS_INT_MIN), small(-1), "0");
    ARITH_GIVES(POW, small(2), small(63), "-9223372036854775808");
    ARITH_GIVES(POW, small(2), small(64), "0");
}

RF_TEST(errors_of_arithmetic_have_their_words) {
    ARITH_GIVES(ADD, small(1), real(2), "Type mismatch in addition: int + float");
    ARITH_GIVES(FSUB, RF_FUS_TRUE, real(2), "Type mismatch in subtraction: bool - float");
    ARITH_GIVES(MUL, RF_FUS_UNIT, RF_FUS_NIL, "Type mismatch in multiplication: unit * list");
    ARITH_GIVES(DIV, small(1), small(0), "Division by zero");
    ARITH_GIVES(FDIV, real(1), real(0), "Division by zero");
    ARITH_GIVES(MOD, small(1), small(0), "Division by zero");
    ARITH_GIVES(POW, small(2), small(-1), "An int to a negative power");
    ARITH_GIVES(LT, small(1), RF_FUS_TRUE, "Type mismatch in comparison: int < bool");
    ARITH_GIVES(CONCAT, small(1), small(2), "Type mismatch in concatenation: int ++ int");
    ARITH_GIVES(INDEX, small(1), small(2), "Not an array");
}

RF_TEST(comparisons_give_bools) {
    ARITH_GIVES(LT, small(-1), small(1), "true");
    ARITH_GIVES(LE, small(1), small(1), "true");
    ARITH_GIVES(GT, small(RF_FUS_INT_MIN), small(RF_FUS_INT_MAX), "false");
    ARITH_GIVES(GE, real(-0.0), real(0.0), "true");
    ARITH_GIVES(EQ, real(-0.0), real(0.0), "true");
    ARITH_GIVES(LT, real(NAN), real(0.0), "false");
    ARITH_GIVES(GE, real(NAN), real(0.0), "false");
    ARITH_GIVES(EQ, real(NAN), real(NAN), "false");
    ARITH_GIVES(NE, real(NAN), real(NAN), "true");
    ARITH_GIVES(EQ, small(1), real(1), "false");
    ARITH_GIVES(NE, RF_FUS_NIL, RF_FUS_UNIT, "true");
}

/* One conditional jump of two constants: "true" when it jumps. */
static bool jumps(uint8_t op, rf_fus_value a, rf_fus_value b) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    return fixture_init(&f, NULL) && fixture_constant(&f, a) && fixture_constant(&f, b) && fixture_constant(&f, RF_FUS_FALSE) && fixture_constant(&f, RF_FUS_TRUE)
           && FUNCTION(&f, "main", 0, 3, IX(CONST, 0, 0, 0), IX(CONST, 0, 1, 1), IX(CONST, 0, 2, 3), RF_FUS_MAKE(op, 0, 0, 1, 1), IX(CONST, 0, 2, 2),
                       I(RET, 0, 2, 0, 0))
           && fixture_run(&f) == RF_OK && f.result == RF_FUS_TRUE;
}
#define JUMPS(op, a, b) rf_check(jumps(RF_FUS_I_##op, (a), (b)))
#define STAYS(op, a, b) rf_check(rf_test_torture() || !jumps(RF_FUS_I_##op, (a), (b)))

RF_TEST(conditional_jumps_follow_the_comparison) {
    JUMPS(JEQ, small(1), small(1));
    STAYS(JEQ, small(1), small(2));
    JUMPS(JNE, real(NAN), real(NAN));
    JUMPS(JLT, small(-2), small(-1));
    STAYS(JLT, small(-1), small(-2));
    JUMPS(JNLT, real(NAN), real(1));
    STAYS(JGE, real(NAN), real(1));
    JUMPS(JNGE, real(NAN), real(1));
    JUMPS(JLE, real(1), real(1));
    JUMPS(JGT, small(RF_FUS_INT_MAX), small(RF_FUS_INT_MIN));
    STAYS(JNGT, small(RF_FUS_INT_MAX), small(RF_FUS_INT_MIN));
    JUMPS(JNLE, small(3), small(2));
}

RF_TEST(jumps_against_a_number_in_the_instruction) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_check(FUNCTION(&f, "main", 0, 3, IX(INT, 0, 0, -5), IX(INT, 0, 1, 0), I(JNLTI, 0, 0, 0xFFFC, 1), I(ADDI, 0, 1, 1, 1), /* -5 < -4 */
                      I(JGEI, 0, 0, 0xFFFC, 1), I(ADDI, 0, 1, 1, 10), I(JEQI, 0, 0, 0xFFFB, 1), I(ADDI, 0, 1, 1, 100), I(JNEI, 0, 0, 0xFFFB, 1),
                      I(ADDI, 0, 1, 1, 1000), I(RET, 0, 1, 0, 0)));
    rf_check(gives(&f, "1011"));
}

RF_TEST(counted_loops_go_up_and_down) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_check(fixture_constant(&f, rf_fus_static_int(&f.program->arena, INT64_MAX - 2)) && fixture_constant(&f, rf_fus_static_int(&f.program->arena, INT64_MAX)));
    rf_check(FUNCTION(&f, "main", 0, 8, IX(INT, 0, 0, 0), IX(INT, 0, 1, 10), IX(INT, 0, 2, 1), IX(INT, 0, 3, -3), IX(FORPREP, 0, 1, 2),
                      I(ADD, 0, 0, 0, 4), IX(FORLOOP, 0, 1, -2), /* 10 + 7 + 4 + 1 */
                      IX(CONST, 0, 1, 0), IX(CONST, 0, 2, 1), IX(INT, 0, 3, 1), IX(FORPREP, 0, 1, 2), I(ADDI, 0, 0, 0, 100), IX(FORLOOP, 0, 1, -2),
                      IX(INT, 0, 1, 1), IX(INT, 0, 2, 0), IX(INT, 0, 3, 1), IX(FORPREP, 0, 1, 2), I(ADDI, 0, 0, 0, 1000), IX(FORLOOP, 0, 1, -2), I(RET, 0, 0, 0, 0)));
    rf_check(gives(&f, "322"));
}

RF_TEST(lists_are_built_pushed_and_taken_apart) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_fus_vm_stress(f.vm, true);
    rf_check(fixture_constant(&f, RF_FUS_NIL));
    rf_check(FUNCTION(&f, "main", 0, 12, I(BUILD, 0, 0, 0, 0), IX(INT, 0, 2, 1), IX(INT, 0, 3, 300), IX(INT, 0, 4, 1), IX(FORPREP, 0, 2, 2),
                      I(PUSH, 0, 0, 5, 0), IX(FORLOOP, 0, 2, -2), /* 1 … 300 */
                      IX(INT, 0, 6, 0), IX(JNCONS, 0, 0, 4), I(UNCONS, 0, 7, 0, 0), I(ADD, 0, 6, 6, 7), I(MOVE, 0, 0, 8, 0), IX(LOOP, 0, 0, -5), I(RET, 0, 6, 0, 0)));
    rf_check(gives(&f, "45150"));
}

RF_TEST(list_tuple_array_record_variant_hold_their_items) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_fus_vm_stress(f.vm, true);
    rf_check(fixture_symbol(&f, "b") && fixture_symbol(&f, "a") && fixture_symbol(&f, "Pair") && fixture_symbol(&f, "c") && fixture_shape(&f, 0, 2)
             && fixture_shape(&f, 3, 1));
    rf_check(FUNCTION(&f, "main", 0, 14, IX(INT, 0, 0, 1), IX(INT, 0, 1, 2), I(LIST, 0, 2, 0, 2), I(TUPLE, 0, 3, 0, 2), I(ARRAY, 0, 4, 0, 2),
                      I(RECORD, 0, 5, 0, 0), I(VARIANT, 2, 6, 0, 2), I(VARIANT, 0, 7, 0, 2), I(CONS, 0, 8, 6, 7), /* improper */
                      I(FIELD, 0, 9, 5, 0),                                                             /* b: 2 */
                      I(MOVE, 0, 10, 5, 0), IX(INT, 0, 11, 9), I(RECWITH, 0, 10, 10, 1),                 /* with a new field c */
                      I(TUPLE, 0, 0, 2, 9), I(RET, 0, 0, 0, 0)));
    rf_check(gives(&f, "([1; 2], (1, 2), [|1; 2|], { a = 1; b = 2 }, Pair(1, 2), Pair, Cons(Pair(1, 2), Pair), 2, { a = 1; b = 2; c = 9 })"));
}

RF_TEST(copies_with_a_field_or_item_leave_the_original) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_fus_vm_stress(f.vm, true);
    rf_check(fixture_symbol(&f, "a") && fixture_symbol(&f, "b") && fixture_shape(&f, 0, 2) && fixture_shape(&f, 1, 1));
    rf_check(FUNCTION(&f, "main", 0, 12, IX(INT, 0, 0, 1), IX(INT, 0, 1, 2), I(RECORD, 0, 2, 0, 0), I(MOVE, 0, 4, 2, 0), IX(INT, 0, 5, 7),
                      I(RECWITH, 0, 3, 4, 1), I(ARRAY, 0, 4, 0, 2), I(MOVE, 0, 8, 4, 0), IX(INT, 0, 9, 0), IX(INT, 0, 10, 5), I(UPDATE, 0, 5, 8, 0),
                      I(TUPLE, 0, 0, 2, 4), I(RET, 0, 0, 0, 0)));
    rf_check(gives(&f, "({ a = 1; b = 2 }, { a = 1; b = 7 }, [|1; 2|], [|5; 2|])"));
}

/* A data instruction on one value: its error. */
static bool data_gives(rf_fus_code instruction, rf_fus_value v, const char *expected) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    return fixture_init(&f, NULL) && fixture_constant(&f, v) && fixture_symbol(&f, "x")
           && FUNCTION(&f, "main", 0, 3, IX(CONST, 0, 0, 0), IX(INT, 0, 2, -1), instruction, I(RET, 0, 1, 0, 0)) && gives(&f, expected);
}

RF_TEST(errors_of_data_have_their_words) {
    rf_check(data_gives(I(HEAD, 0, 1, 0, 0), RF_FUS_NIL, "Cannot access head/tail of empty list"));
    rf_check(data_gives(I(TAIL, 0, 1, 0, 0), RF_FUS_NIL, "Cannot access head/tail of empty list"));
    rf_check(data_gives(I(UNCONS, 0, 1, 0, 0), small(5), "Type mismatch: expected list, got int"));
    rf_check(data_gives(I(ITEM, 0, 1, 0, 0), small(5), "Not a tuple"));
    rf_check(data_gives(I(CTORFIELD, 0, 1, 0, 0), small(5), "Not a variant"));
    rf_check(data_gives(I(FIELD, 0, 1, 0, 0), small(5), "Not a record"));
    rf_check(data_gives(I(METHOD, 0, 1, 0, 0), small(5), "Method dispatch not supported for type: int"));
    rf_check(data_gives(I(NOT, 0, 1, 0, 0), small(5), "Type mismatch: expected bool, got int"));
    rf_check(data_gives(I(NEG, 0, 1, 0, 0), RF_FUS_TRUE, "Type mismatch in negation: -bool"));
    rf_check(data_gives(I(CHECKUNIT, 0, 0, 0, 0), small(5), "Type mismatch: expected unit, got int"));
    rf_check(data_gives(I(CELLGET, 0, 1, 0, 0), small(5), "Type mismatch: expected cell, got int"));
    rf_check(data_gives(IX(JTB, 0, 0, 0), small(5), "Type mismatch: expected bool, got int"));
    rf_check(data_gives(IX(ITER, 0, 0, 0), small(5), "Type mismatch: expected list, got int"));
    rf_check(data_gives(I(TOARRAY, 0, 1, 0, 0), small(5), "Type mismatch: expected list, got int"));
    rf_check(data_gives(I(MATCHFAIL, 0, 0, 0, 0), small(5), "Match failure: no pattern matched"));
    rf_check(data_gives(IX(GLOBAL, 0, 1, 3), small(5), "Undefined global: ?"));
    rf_check(data_gives(I(CALL, 1, 0, 0, 0), small(5), "Type mismatch: expected function, got int"));
    rf_check(data_gives(I(TAIL_CALL, 1, 0, 0, 0), small(5), "Type mismatch: expected function, got int"));
}

/* arr.[i] for an array of two. */
static bool index_gives(int64_t at, bool update, const char *expected) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    return fixture_init(&f, NULL)
           && FUNCTION(&f, "main", 0, 6, IX(INT, 0, 0, 10), IX(INT, 0, 1, 20), I(ARRAY, 0, 2, 0, 2), IX(INT, 0, 3, (int32_t)at), IX(INT, 0, 4, 0),
                       update ? I(UPDATE, 0, 0, 2, 0) : I(INDEX, 0, 0, 2, 3), I(RET, 0, 0, 0, 0))
           && gives(&f, expected);
}

RF_TEST(indexes_are_checked) {
    rf_check(index_gives(1, false, "20"));
    rf_check(index_gives(2, false, "Array index out of bounds: 2"));
    rf_check(index_gives(-1, false, "Type mismatch: expected non-negative int, got negative int"));
    rf_check(index_gives(3, true, "Index 3 out of bounds"));
    rf_check(index_gives(-2, true, "Type mismatch: expected non-negative int, got negative int"));
}

/* ---- Closures and calls ---- */

/* main: let add x y z = 100 x + 10 y + z; `apply` is put in front of a RET of register 0. */
static bool call_gives(const rf_fus_code *apply, uint32_t count, const char *expected) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_fus_code code[16];
    memcpy(code, apply, count * sizeof *apply);
    code[count] = I(RET, 0, 0, 0, 0);
    if (!fixture_init(&f, NULL) || !fixture_symbol(&f, "Some"))
        return false;
    rf_fus_vm_stress(f.vm, true);
    static const rf_fus_capture first = { 0, true };
    const rf_fus_code inner[] = { I(UPVAL, 0, 1, 0, 0), I(MULI, 0, 1, 1, 10), I(ADD, 0, 0, 0, 1), I(RET, 0, 0, 0, 0) };
    return fixture_function(&f, "main", 0, 10, code, count + 1, NULL, 0)
           && FUNCTION(&f, "add", 3, 5, I(MULI, 0, 0, 0, 100), I(MULI, 0, 1, 1, 10), I(ADD, 0, 0, 0, 1), I(ADD, 0, 0, 0, 2), I(RET, 0, 0, 0, 0))
           && FUNCTION(&f, "curry", 1, 3, I(CLOSURE, 0, 1, 3, 0), I(RET, 0, 1, 0, 0)) && fixture_function(&f, NULL, 1, 3, inner, 4, &first, 1)
           && FUNCTION(&f, "twice", 2, 6, I(MOVE, 0, 2, 0, 0), I(MOVE, 0, 3, 1, 0), I(CALL, 1, 2, 0, 0), I(MOVE, 0, 3, 2, 0), I(MOVE, 0, 2, 0, 0),
                       I(TAIL_CALL, 1, 2, 0, 0))
           && gives(&f, expected);
}
#define CALL_GIVES(expected, ...) \
    rf_check(call_gives((const rf_fus_code[]){ __VA_ARGS__ }, sizeof((const rf_fus_code[]){ __VA_ARGS__ }) / sizeof(rf_fus_code), (expected)))

RF_TEST(functions_take_their_arguments_one_by_one_or_together) {
    CALL_GIVES("123", I(CLOSURE, 0, 0, 1, 0), IX(INT, 0, 1, 1), IX(INT, 0, 2, 2), IX(INT, 0, 3, 3), I(CALL, 3, 0, 0, 0));
    CALL_GIVES("123", I(CLOSURE, 0, 0, 1, 0), IX(INT, 0, 1, 1), I(CALL, 1, 0, 0, 0), IX(INT, 0, 1, 2), I(CALL, 1, 0, 0, 0), IX(INT, 0, 1, 3), I(CALL, 1, 0, 0, 0));
    CALL_GIVES("123", I(CLOSURE, 0, 0, 1, 0), IX(INT, 0, 1, 1), IX(INT, 0, 2, 2), I(CALL, 2, 0, 0, 0), IX(INT, 0, 1, 3), I(CALL, 1, 0, 0, 0));
    CALL_GIVES("<closure>", I(CLOSURE, 0, 0, 1, 0), IX(INT, 0, 1, 1), IX(INT, 0, 2, 2), I(CALL, 2, 0, 0, 0));
    CALL_GIVES("45", I(CLOSURE, 0, 0, 2, 0), IX(INT, 0, 1, 4), IX(INT, 0, 2, 5), I(CALL, 2, 0, 0, 0));
    CALL_GIVES("45", I(CLOSURE, 0, 0, 2, 0), IX(INT, 0, 1, 4), IX(INT, 0, 2, 5), I(TAIL_CALL, 2, 0, 0, 0));
    CALL_GIVES("Type mismatch: expected function, got int", I(CLOSURE, 0, 0, 1, 0), IX(INT, 0, 1, 1), IX(INT, 0, 2, 2), IX(INT, 0, 3, 3), IX(INT, 0, 4, 3),
               I(CALL, 4, 0, 0, 0));
    CALL_GIVES("Some(7, 8)", I(VARIANT, 0, 0, 0, 0), IX(INT, 0, 1, 7), IX(INT, 0, 2, 8), I(CALL, 2, 0, 0, 0));
    CALL_GIVES("Some(7)", I(VARIANT, 0, 0, 0, 0), IX(INT, 0, 1, 7), I(TAIL_CALL, 1, 0, 0, 0));
    /* twice (add 1 0) 5: the partial application of a three-parameter function, in tail position too */
    CALL_GIVES("205", I(CLOSURE, 0, 0, 4, 0), I(CLOSURE, 0, 1, 1, 0), IX(INT, 0, 2, 1), IX(INT, 0, 3, 0), I(CALL, 2, 1, 0, 0), IX(INT, 0, 2, 5), I(CALL, 2, 0, 0, 0));
}

RF_TEST(tail_calls_run_in_constant_stack) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const rf_fus_limits limits = { .depth = 10 };
    rf_check(fixture_init(&f, &limits));
    static const rf_fus_capture first = { 0, true };
    /* loop n k = if n = 0 then k else … by four kinds of tail calls in turn, the last through a function that returns a function */
    const rf_fus_code inner[] = { I(MOVE, 0, 3, 0, 0), I(UPVAL, 0, 2, 0, 0), IX(CONST, 0, 1, 0), I(MOVE, 0, 1, 1, 0), I(TAIL_CALLP, 2, 1, 1, 0) };
    rf_check(fixture_constant(&f, RF_FUS_UNIT));
    rf_check(FUNCTION(&f, "main", 0, 4, IX(INT, 0, 1, 100000), IX(INT, 0, 2, 42), I(CALLP, 2, 0, 1, 0), I(RET, 0, 0, 0, 0)));
    rf_check(FUNCTION(&f, "loop", 2, 8, I(JNEI, 0, 0, 0, 1), I(RET, 0, 1, 0, 0), I(SUBI, 0, 0, 0, 1), I(MODI, 0, 4, 0, 3), I(MOVE, 0, 6, 0, 0), I(MOVE, 0, 7, 1, 0),
                      I(JNEI, 0, 4, 0, 1), I(TAIL_CALLSELF, 2, 5, 0, 0), I(JNEI, 0, 4, 1, 2), I(CLOSURE, 0, 5, 1, 0), I(TAIL_CALL, 2, 5, 0, 0),
                      I(CLOSURE, 0, 5, 2, 0), I(TAIL_CALL, 2, 5, 0, 0)));
    rf_check(FUNCTION(&f, "curried", 1, 3, I(CLOSURE, 0, 1, 3, 0), I(RET, 0, 1, 0, 0)));
    rf_check(fixture_function(&f, NULL, 1, 4, inner, 5, &first, 1));
    rf_check(gives(&f, "42"));
}

/* ---- Globals, cells, recursive groups ---- */

RF_TEST(cells_and_globals_keep_what_was_stored) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_fus_vm_stress(f.vm, true);
    static const rf_fus_capture first = { 0, true };
    /* counter: a closure over a mutable that pushes onto a list */
    const rf_fus_code inner[] = { I(UPVAL, 0, 1, 0, 0), I(CELLGET, 0, 2, 1, 0), I(CONS, 0, 2, 0, 2), I(CELLSET, 0, 1, 2, 0), IX(SETGLOBAL, 0, 2, 3), I(RET, 0, 2, 0, 0) };
    rf_check(fixture_constant(&f, RF_FUS_NIL));
    rf_check(FUNCTION(&f, "main", 0, 6, IX(CONST, 0, 0, 0), I(CELL, 0, 0, 0, 0), I(CLOSURE, 0, 1, 1, 0), I(MOVE, 0, 2, 1, 0), IX(INT, 0, 3, 1), I(CALL, 1, 2, 0, 0),
                      I(MOVE, 0, 2, 1, 0), IX(INT, 0, 3, 2), I(CALL, 1, 2, 0, 0), IX(GLOBAL, 0, 4, 3), I(RET, 0, 4, 0, 0)));
    rf_check(fixture_function(&f, NULL, 1, 3, inner, 6, &first, 1));
    rf_check(gives(&f, "[2; 1]"));
    rf_check(rf_fus_instance_global(f.instance, 3) == f.result && rf_fus_instance_global(f.instance, 0) == RF_FUS_UNDEF);
}

RF_TEST(closures_of_a_group_know_each_other) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_fus_vm_stress(f.vm, true);
    static const rf_fus_capture other = { 1, true }, first = { 0, true };
    /* even n = n = 0 || odd (n - 1), as closures in registers 0 and 1 of main */
    const rf_fus_code even[] = { I(JNEI, 0, 0, 0, 2), IX(CONST, 0, 1, 0), I(RET, 0, 1, 0, 0), I(UPVAL, 0, 1, 0, 0), I(SUBI, 0, 2, 0, 1), I(TAIL_CALL, 1, 1, 0, 0) };
    rf_fus_code odd[6];
    memcpy(odd, even, sizeof odd);
    odd[1] = IX(CONST, 0, 1, 1);
    rf_check(fixture_constant(&f, RF_FUS_TRUE) && fixture_constant(&f, RF_FUS_FALSE) && fixture_constant(&f, RF_FUS_UNIT));
    rf_check(FUNCTION(&f, "main", 0, 6, IX(CONST, 0, 1, 2), I(CLOSURE, 0, 0, 1, 0), I(CLOSURE, 0, 1, 2, 0), I(SETUP, 0, 1, 0, 0), I(MOVE, 0, 2, 0, 0), IX(INT, 0, 3, 101),
                      I(CALL, 1, 2, 0, 0), I(RET, 0, 2, 0, 0)));
    rf_check(fixture_function(&f, "even", 1, 4, even, 6, &other, 1) && fixture_function(&f, "odd", 1, 4, odd, 6, &first, 1));
    rf_check(gives(&f, "false"));
}

/* ---- Exceptions ---- */

RF_TEST(an_error_is_caught_by_the_innermost_try) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_fus_vm_stress(f.vm, true);
    rf_check(fixture_symbol(&f, "Message"));
    rf_check(FUNCTION(&f, "main", 0, 8, IX(TRY, 0, 0, 3), IX(INT, 0, 2, 0), I(CALLP, 1, 1, 1, 0), IX(ENDTRY, 0, 0, 0), I(FIELD, 0, 1, 0, 0), IX(TRY, 0, 2, 2),
                      I(RAISE, 0, 1, 0, 0), IX(ENDTRY, 0, 0, 0), I(TUPLE, 0, 0, 0, 3), I(RET, 0, 0, 0, 0)));
    rf_check(FUNCTION(&f, "div", 1, 3, IX(INT, 0, 1, 1), I(DIV, 0, 1, 1, 0), I(RET, 0, 1, 0, 0)));
    rf_check(gives(&f, "(Failure(Division by zero), Division by zero, Division by zero)"));
    rf_check(f.vm->handlers.count == 0 && !rf_fus_vm_is_raised(f.vm));
}

RF_TEST(an_uncaught_error_has_place_and_trace) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_check(FUNCTION(&f, "main", 0, 8, IX(INT, 0, 1, 0), I(CALLP, 1, 0, 1, 0), I(RET, 0, 0, 0, 0)));
    rf_check(FUNCTION(&f, "outer", 1, 6, I(MOVE, 0, 2, 0, 0), I(CALLP, 1, 1, 2, 0), I(RET, 0, 1, 0, 0)));
    rf_check(FUNCTION(&f, NULL, 1, 3, IX(INT, 0, 1, 1), I(DIV, 0, 1, 1, 0), I(RET, 0, 1, 0, 0)));
    rf_check(gives(&f, "Division by zero"));
    rf_check_text(rf_fus_vm_trace(f.vm), RF_SLICE("  at <lambda> (t.fsx:2:1)\n  at outer (t.fsx:2:1)\n  at main (t.fsx:2:1)\n"));
    rf_check(strcmp(f.error.place.file, "t.fsx") == 0 && f.error.place.line == 2 && f.error.place.column == 1);
    rf_check(rf_fus_is(rf_fus_vm_exception(f.vm), RF_FUS_T_VARIANT));
}

RF_TEST(any_value_can_be_raised) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_check(FUNCTION(&f, "main", 0, 2, IX(INT, 0, 0, 5), I(RAISE, 0, 0, 0, 0)));
    rf_check(gives(&f, "unhandled exception: 5"));
    rf_check(rf_fus_vm_exception(f.vm) == small(5));
}

/* ---- Limits ---- */

static bool add_endless(fixture *f) {
    return FUNCTION(f, "main", 0, 4, IX(INT, 0, 1, 1), I(CALLP, 1, 0, 1, 0), I(RET, 0, 0, 0, 0))
           && FUNCTION(f, "deep", 1, 5, IX(TRY, 0, 3, 4), I(MOVE, 0, 2, 0, 0), I(CALLSELF, 1, 1, 0, 0), IX(ENDTRY, 0, 0, 0), I(ADDI, 0, 0, 1, 1), I(RET, 0, 0, 0, 0))
           && FUNCTION(f, "endless", 1, 2, IX(TRY, 0, 0, 2), IX(LOOP, 0, 0, -1), IX(ENDTRY, 0, 0, 0), I(RET, 0, 0, 0, 0))
           && FUNCTION(f, "hoard", 1, 3, IX(CONST, 0, 1, 0), I(CONS, 0, 1, 0, 1), IX(LOOP, 0, 0, -2), I(RET, 0, 0, 0, 0));
}

RF_TEST(a_recursion_without_end_is_stopped_and_the_vm_goes_on) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const rf_fus_limits limits = { .depth = 1000 };
    rf_check(fixture_init(&f, &limits) && fixture_constant(&f, RF_FUS_NIL) && add_endless(&f) && add_fib(&f) && fixture_load(&f));
    for (int i = 0; i < 3; i++) {
        rf_code code = rf_fus_vm_run(f.vm, f.instance, &f.result, &f.error);
        rf_check(code == RF_ELIMIT || rf_test_torture());
        rf_check(strcmp(f.error.message, "Call stack overflow") == 0);
        rf_slice trace = rf_fus_vm_trace(f.vm);
        rf_check(trace.len > 0 && memmem(trace.data, trace.len, "more\n", 5));
        const rf_fus_value n = small(10);
        rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 4), &n, 1, &f.result, &f.error) == RF_OK && f.result == small(55));
    }
}

RF_TEST(the_depth_is_exact) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const rf_fus_limits limits = { .depth = 300 };
    rf_check(fixture_init(&f, &limits) && FUNCTION(&f, "main", 0, 2, I(RET, 0, 0, 0, 0)));
    rf_check(FUNCTION(&f, "down", 1, 4, I(JNEI, 0, 0, 0, 1), I(RET, 0, 0, 0, 0), I(SUBI, 0, 2, 0, 1), I(CALLSELF, 1, 1, 0, 0), I(RET, 0, 1, 0, 0)));
    rf_check(fixture_load(&f));
    const rf_fus_value fits = small(299), exceeds = small(300);
    rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 1), &fits, 1, &f.result, &f.error) == RF_OK);
    rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 1), &exceeds, 1, &f.result, &f.error) == RF_ELIMIT);
    rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 1), &fits, 1, &f.result, &f.error) == RF_OK);
}

RF_TEST(a_loop_without_end_is_stopped_in_time) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const rf_fus_limits limits = { .time_ns = 3 * RF_NS_PER_MS };
    rf_check(fixture_init(&f, &limits) && fixture_constant(&f, RF_FUS_NIL) && add_endless(&f) && fixture_load(&f));
    const rf_fus_value n = small(10);
    uint64_t start = rf_clock_mono_ns();
    rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 2), &n, 1, &f.result, &f.error) == RF_ELIMIT);
    uint64_t taken = rf_clock_mono_ns() - start;
    rf_check(strcmp(f.error.message, "the script ran longer than its 3 ms") == 0);
    rf_check(taken >= 3 * RF_NS_PER_MS && taken < 300 * RF_NS_PER_MS);
}

RF_TEST(a_script_that_hoards_memory_is_stopped_and_the_vm_goes_on) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const rf_fus_limits limits = { .heap_bytes = 1 << 20 };
    rf_check(fixture_init(&f, &limits) && fixture_constant(&f, RF_FUS_NIL) && add_endless(&f) && add_fib(&f) && fixture_load(&f));
    for (int i = 0; i < 3; i++) {
        const rf_fus_value n = small(10);
        rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 3), &n, 1, &f.result, &f.error) == RF_ELIMIT);
        rf_check(strcmp(f.error.message, "the script used more than its 1048576 bytes of memory") == 0);
        rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 4), &n, 1, &f.result, &f.error) == RF_OK && f.result == small(55));
    }
}

static void *interrupt_later(void *vm) {
    rf_clock_sleep_ns(2 * RF_NS_PER_MS);
    rf_fus_vm_interrupt(vm);
    return NULL;
}

RF_TEST(another_thread_can_interrupt) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL) && fixture_constant(&f, RF_FUS_NIL) && add_endless(&f) && fixture_load(&f));
    const rf_fus_value n = small(10);
    pthread_t thread;
    rf_check(pthread_create(&thread, NULL, interrupt_later, f.vm) == 0);
    rf_code code = rf_fus_vm_host_call(f.vm, fixture_fn(&f, 2), &n, 1, &f.result, &f.error);
    (void)pthread_join(thread, NULL);
    rf_check(code == RF_ELIMIT && strcmp(f.error.message, "the script was interrupted") == 0);
}

/* ---- Natives ---- */

static rf_fus_value native_apply(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value function = args[0], first = rf_fus_vm_call(vm, function, &args[1], 1);
    if (first == RF_FUS_RAISED)
        return first;
    uint32_t mark = rf_fus_keep_mark(vm), slot;
    if (!rf_fus_keep(vm, first, &slot))
        return RF_FUS_RAISED;
    rf_fus_value second = rf_fus_vm_call(vm, args[0], &args[1], 1); /* read again: all may have moved */
    rf_fus_value pair[2] = { rf_fus_kept(vm, slot), second };
    rf_fus_keep_release(vm, mark);
    return second == RF_FUS_RAISED ? second : rf_fus_tuple_new(vm, pair, 2);
}

static rf_fus_value native_swallow(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_vm_call(vm, args[0], &args[1], 1) == RF_FUS_RAISED ? rf_fus_string_new(vm, RF_SLICE("swallowed")) : RF_FUS_UNIT;
}

static rf_fus_value native_name(rf_fus_vm *vm, const rf_fus_value *args) {
    (void)args;
    return rf_fus_string_new(vm, rf_slice_of(rf_fus_vm_row(vm)->name));
}

static const rf_fus_lib_row rows[] = {
    { .name = "apply", .native = native_apply, .arity = 2 },
    { .name = "swallow", .native = native_swallow, .arity = 2 },
    { .name = "name", .native = native_name, .arity = 1 },
    { .name = "denied", .native = native_name, .arity = 1, .needs = RF_FUS_CAN_RUN },
};

/* main calls natives as `code` says. Function 1 makes a list out of its argument, 2 fails, 3 recurses 2,000 deep. */
static bool native_gives(const rf_fus_code *code, uint32_t count, const char *expected) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    if (!fixture_init(&f, NULL) || !fixture_constant(&f, RF_FUS_NIL))
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        fixture_row(&f, &rows[i]);
    rf_fus_vm_stress(f.vm, count % 2 == 0);
    return fixture_function(&f, "main", 0, 10, code, count, NULL, 0)
           && FUNCTION(&f, "list", 1, 3, IX(CONST, 0, 1, 0), I(CONS, 0, 1, 0, 1), I(CONS, 0, 1, 0, 1), I(RET, 0, 1, 0, 0))
           && FUNCTION(&f, "fail", 1, 3, I(HEAD, 0, 0, 0, 0), I(RET, 0, 0, 0, 0))
           && FUNCTION(&f, "deep", 1, 4, I(JLTI, 0, 0, 2000, 1), I(RET, 0, 0, 0, 0), I(ADDI, 0, 2, 0, 1), I(CALLSELF, 1, 1, 0, 0), I(RET, 0, 1, 0, 0))
           && gives(&f, expected);
}
#define NATIVE_GIVES(expected, ...) \
    rf_check(native_gives((const rf_fus_code[]){ __VA_ARGS__ }, sizeof((const rf_fus_code[]){ __VA_ARGS__ }) / sizeof(rf_fus_code), (expected)))

RF_TEST(natives_call_scripts_which_call_natives) {
    NATIVE_GIVES("([3; 3], [3; 3])", I(CLOSURE, 0, 1, 1, 0), IX(INT, 0, 2, 3), I(CALLN, 2, 0, 0, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("([3; 3], [3; 3])", I(CLOSURE, 0, 1, 1, 0), IX(INT, 0, 2, 3), I(LIBVALUE, 0, 0, 0, 0), I(CALL, 2, 0, 0, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("([3; 3], [3; 3])", I(CLOSURE, 0, 1, 1, 0), IX(INT, 0, 2, 3), I(LIBVALUE, 0, 0, 0, 0), I(TAIL_CALL, 2, 0, 0, 0));
    NATIVE_GIVES("(2000, 2000)", I(CLOSURE, 0, 1, 3, 0), IX(INT, 0, 2, 3), I(CALLN, 2, 0, 0, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("(2000, 2000)", I(CLOSURE, 0, 1, 3, 0), IX(INT, 0, 2, 3), I(CALLN, 2, 0, 0, 0), I(MOVE, 0, 1, 0, 0), I(RET, 0, 0, 0, 0));
    /* apply (apply list) 3: a partial application of a native, called by a native */
    NATIVE_GIVES("(([3; 3], [3; 3]), ([3; 3], [3; 3]))", I(LIBVALUE, 0, 1, 0, 0), I(CLOSURE, 0, 2, 1, 0), I(CALL, 1, 1, 0, 0), IX(INT, 0, 2, 3), I(CALLN, 2, 0, 0, 0),
                 I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("(name, name)", I(LIBVALUE, 0, 1, 2, 0), IX(INT, 0, 2, 3), I(CALLN, 2, 0, 0, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("Type mismatch: expected function, got string", I(LIBVALUE, 0, 0, 2, 0), IX(INT, 0, 1, 3), I(CALL, 2, 0, 0, 0), I(RET, 0, 0, 0, 0));
}

RF_TEST(errors_go_through_natives_unless_they_keep_them) {
    NATIVE_GIVES("Type mismatch: expected list, got int", I(CLOSURE, 0, 1, 2, 0), IX(INT, 0, 2, 3), I(CALLN, 2, 0, 0, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("swallowed", I(CLOSURE, 0, 1, 2, 0), IX(INT, 0, 2, 3), I(CALLN, 2, 0, 1, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("Failure(Type mismatch: expected list, got int)", IX(TRY, 0, 0, 4), I(CLOSURE, 0, 2, 2, 0), IX(INT, 0, 3, 3), I(CALLN, 2, 1, 0, 0),
                 IX(ENDTRY, 0, 0, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("denied is not available: the host did not grant it", IX(INT, 0, 1, 3), I(CALLN, 1, 0, 3, 0), I(RET, 0, 0, 0, 0));
    NATIVE_GIVES("denied is not available: the host did not grant it", I(LIBVALUE, 0, 0, 3, 0), IX(INT, 0, 1, 3), I(CALL, 1, 0, 0, 0), I(RET, 0, 0, 0, 0));
}

/* ---- Host calls ---- */

RF_TEST(a_million_calls_leave_memory_where_it_was) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL) && fixture_constant(&f, RF_FUS_NIL));
    rf_check(FUNCTION(&f, "main", 0, 2, I(RET, 0, 0, 0, 0)));
    rf_check(FUNCTION(&f, "hook", 1, 4, IX(CONST, 0, 1, 0), I(CONS, 0, 1, 0, 1), I(CONS, 0, 1, 0, 1), I(TUPLE, 0, 2, 0, 2), I(RET, 0, 2, 0, 0)));
    rf_check(fixture_load(&f));
    rf_fus_heap_counts before = { 0 }, after;
    int times = rf_test_torture() ? 2000 : 1000000;
    for (int i = 0; i < times; i++) {
        rf_fus_value arg = rf_fus_string_new(f.vm, RF_SLICE("a line of text of the terminal"));
        rf_check(arg != RF_FUS_RAISED && rf_fus_vm_host_call(f.vm, fixture_fn(&f, 1), &arg, 1, &f.result, &f.error) == RF_OK);
        if (i == times / 2)
            rf_fus_vm_counts(f.vm, &before);
    }
    rf_fus_vm_counts(f.vm, &after);
    rf_check(after.held_bytes <= before.held_bytes + (1 << 20) && after.held_bytes < (4 << 20));
}

RF_TEST(held_values_survive_and_results_last_until_the_next_call) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL) && fixture_constant(&f, RF_FUS_NIL));
    rf_fus_vm_stress(f.vm, true);
    rf_check(FUNCTION(&f, "main", 0, 2, I(RET, 0, 0, 0, 0)));
    rf_check(FUNCTION(&f, "pair", 2, 4, I(TUPLE, 0, 2, 0, 2), I(RET, 0, 2, 0, 0)));
    rf_check(fixture_load(&f));
    rf_fus_value args[2] = { rf_fus_string_new(f.vm, RF_SLICE("kept")), small(1) };
    rf_fus_hold hold, other;
    rf_check(args[0] != RF_FUS_RAISED && rf_fus_vm_hold(f.vm, args[0], &hold) && rf_fus_vm_hold(f.vm, small(9), &other));
    rf_fus_vm_release(f.vm, other);
    for (int i = 0; i < 5; i++) {
        args[0] = rf_fus_vm_held(f.vm, hold);
        rf_check(rf_fus_vm_host_call(f.vm, fixture_fn(&f, 1), args, 2, &f.result, &f.error) == RF_OK);
        args[1] = f.result; /* the result of one call is an argument of the next */
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(rf_fus_display(f.vm, f.result, &out) && !out.failed);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("(kept, (kept, (kept, (kept, (kept, 1)))))"));
    rf_check(rf_fus_vm_hold(f.vm, small(3), &other) && rf_fus_vm_held(f.vm, other) == small(3));
}

/* ---- Texts ---- */

RF_TEST(format_strings) {
    static const struct { rf_fus_value value; const char *format, *expected; } cases[] = {
        { 0, "F2", "3.14" }, { 0, "N1", "3.1" }, { 0, "E2", "3.14E+000" }, { 0, "0.000", "3.142" }, { 0, "P0", "314%" }, { 0, ",8:F1", "     3.1" },
        { 0, "%.3f", "3.142" }, { 0, "%8.2f", "    3.14" }, { 1, "D9", "-001234567" }, { 1, "N0", "-1,234,567" }, { 1, "X", "FFFFFFFFFFED2979" }, { 1, "%d", "-1234567" },
        { 1, "%-10d|", "Invalid format specifier: %-10d|" }, { 1, "%+6i", "-1234567" }, { 1, "%s", "-1234567" }, { 1, "%12s", "    -1234567" }, { 1, ",-10", "-1234567  " },
        { 1, "Q", "Invalid format specifier: Q" }, { 0, "D2", "Type mismatch: expected int, got float" }, { 1, "%x", "ffffffffffed2979" }, { 1, "F1", "-1234567.0" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        RF_CLEANUP(fixture_done) fixture f = { 0 };
        rf_check(fixture_init(&f, NULL) && fixture_constant(&f, cases[i].value ? small(-1234567) : real(3.14159)) && fixture_text(&f, cases[i].format));
        rf_check(FUNCTION(&f, "main", 0, 2, IX(CONST, 0, 0, 0), I(FORMAT, 0, 0, 0, 1), I(RET, 0, 0, 0, 0)));
        rf_check(gives(&f, cases[i].expected));
    }
}

RF_TEST(texts_are_joined_indexed_and_gone_through) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL) && fixture_text(&f, "h\xC3\xA9llo ") && fixture_text(&f, "") && fixture_text(&f, "world"));
    rf_fus_vm_stress(f.vm, true);
    rf_check(FUNCTION(&f, "main", 0, 14, IX(CONST, 0, 0, 0), IX(CONST, 0, 1, 1), IX(CONST, 0, 2, 2), I(CONCATN, 3, 3, 0, 0), I(CONCAT, 0, 0, 0, 1), I(CONCAT, 0, 0, 0, 2),
                      IX(INT, 0, 1, 1), I(INDEX, 0, 4, 0, 1), I(EQ, 0, 5, 0, 3), I(MOVE, 0, 8, 0, 0), IX(CONST, 0, 2, 1), IX(ITER, 0, 8, 0), IX(NEXT, 0, 8, 2),
                      I(CONCAT, 0, 2, 10, 2), IX(LOOP, 0, 0, -3), I(TUPLE, 0, 0, 2, 4), I(RET, 0, 0, 0, 0)));
    rf_check(gives(&f, "(dlrow oll\xC3\xA9h, h\xC3\xA9llo world, \xC3\xA9, true)"));
}
