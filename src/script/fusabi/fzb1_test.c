/* fzb1_test.c: version-1 files: every instruction and kind of value, the shapes that the original's compiler writes, and nonsense. */
#include "script/fusabi/fzb_fixture.h"

#include "base/alloc.h"

#define V1(name) RF_CLEANUP(v1_done) v1 name = { 0 }
#define OP(tag) v1_op(&v, RF_FUS_V1_##tag)
#define OP_B(tag, n) v1_op_b(&v, RF_FUS_V1_##tag, (n))
#define OP_H(tag, k) v1_op_h(&v, RF_FUS_V1_##tag, (int)(k))
#define OP_HB(tag, k, n) v1_op_hb(&v, RF_FUS_V1_##tag, (k), (n))
#define CONST(k) OP_H(LOAD_CONST, k)

/* ---- Arithmetic, tests, jumps ---- */

RF_TEST(arithmetic_takes_small_numbers_and_large_ones) {
    V1(v);
    load_int(&v, 100000), load_int(&v, 7), OP(MUL);
    load_int(&v, 40000), OP(ADD);
    load_int(&v, -1), OP(DIV);
    load_int(&v, 3), OP(SUB);
    store_local(&v, 0);
    CONST(v1_float(&v, 1.5)), CONST(v1_float(&v, 0.25)), OP(DIV), store_local(&v, 1);
    load_int(&v, INT64_MAX), store_local(&v, 2);
    load_text(&v, "a"), load_text(&v, "b"), OP(CONCAT), store_local(&v, 3);
    for (unsigned slot = 0; slot < 4; slot++)
        load_local(&v, slot);
    OP_H(MAKE_TUPLE, 4), OP(RETURN);
    check_gives(&v, "(-740003, 6, 9223372036854775807, ab)");
}

RF_TEST(comparisons_give_values_and_jump) {
    V1(v);
    static const rf_fus_v1_tag tags[] = { RF_FUS_V1_EQ, RF_FUS_V1_NEQ, RF_FUS_V1_LT, RF_FUS_V1_LTE, RF_FUS_V1_GT, RF_FUS_V1_GTE };
    load_int(&v, 5), store_local(&v, 0);
    for (unsigned i = 0; i < 6; i++) {
        load_local(&v, 0), load_int(&v, i % 2 ? 5 : 70000), v1_op(&v, tags[i]);
        load_local(&v, 0), load_int(&v, i % 3 ? 5 : 70000), v1_op(&v, tags[i]), OP_H(JUMP_IF_FALSE, 2);
        load_int(&v, 1), OP_H(JUMP, 1), load_int(&v, 0);
    }
    OP_H(MAKE_TUPLE, 12), OP(RETURN);
    check_gives(&v, "(false, 0, false, 0, true, 0, true, 1, false, 0, true, 1)");
}

RF_TEST(what_is_tested_stays_but_for_constructors) {
    V1(v);
    load_int(&v, 3), v1_op_q(&v, RF_FUS_V1_CHECK_INT, 3), OP_H(MAKE_TUPLE, 2);
    load_int(&v, 3), v1_op_q(&v, RF_FUS_V1_CHECK_INT, INT64_MAX), OP_H(MAKE_TUPLE, 2);
    CONST(v1_bool(&v, true)), OP_B(CHECK_BOOL, 0), OP_H(MAKE_TUPLE, 2);
    load_text(&v, "x"), v1_op_s(&v, RF_FUS_V1_CHECK_STRING, "x"), OP_H(MAKE_TUPLE, 2);
    load_int(&v, 1), load_int(&v, 2), OP_H(MAKE_TUPLE, 2), OP_B(CHECK_TUPLE_LEN, 3), OP_H(MAKE_TUPLE, 2);
    load_text(&v, ""), load_text(&v, "A"), OP_H(MAKE_VARIANT, 0), v1_op_s(&v, RF_FUS_V1_CHECK_VARIANT_TAG, "A");
    load_int(&v, 1), v1_op_s(&v, RF_FUS_V1_CHECK_VARIANT_TAG, "A");
    OP_H(MAKE_TUPLE, 7), OP(RETURN);
    check_gives(&v, "((3, true), (3, false), (true, false), (x, true), ((1, 2), false), true, false)");
}

RF_TEST(and_or_take_bools_only) {
    for (unsigned i = 0; i < 8; i++) {
        V1(v);
        CONST(v1_bool(&v, i & 1)), CONST(v1_bool(&v, i & 2)), v1_op(&v, i & 4 ? RF_FUS_V1_AND : RF_FUS_V1_OR);
        CONST(v1_bool(&v, i & 1)), OP(NOT), OP_H(MAKE_TUPLE, 2), OP(RETURN);
        bool both = (i & 3) == 3, one = i & 3;
        RF_CLEANUP(rf_buffer_done) rf_buffer expected = { 0 };
        rf_buffer_printf(&expected, "(%s, %s)", (i & 4 ? both : one) ? "true" : "false", i & 1 ? "false" : "true");
        rf_check(rf_buffer_cstr(&expected));
        check_gives(&v, expected.data);
    }
    V1(v);
    CONST(v1_bool(&v, false)), load_int(&v, 1), OP(AND), OP(RETURN);
    check_fails(&v, "Type mismatch: expected bool, got int");
}

RF_TEST(a_loop_counts_down) {
    V1(v);
    load_int(&v, 1000), store_local(&v, 0);
    load_local(&v, 0), load_int(&v, 1), OP(SUB), store_local(&v, 0);
    load_local(&v, 0), OP_H(JUMP_IF_FALSE, 1), OP_H(JUMP, -7);
    load_local(&v, 0), OP(RETURN);
    check_gives(&v, "0");
}

RF_TEST(a_slot_keeps_its_value_for_who_read_it_before_it_changed) {
    V1(v);
    load_int(&v, 1), store_local(&v, 0);
    load_local(&v, 0), load_int(&v, 2), store_local(&v, 0), load_local(&v, 0), load_local(&v, 0), load_int(&v, 5), OP(ADD), store_local(&v, 0);
    load_local(&v, 0), OP_H(MAKE_TUPLE, 3), OP(RETURN);
    check_gives(&v, "(1, 2, 7)");
}

RF_TEST(slots_read_before_they_are_written_hold_unit) {
    V1(v);
    load_local(&v, 9), load_int(&v, 1), store_local(&v, 9), load_local(&v, 9), OP_H(MAKE_TUPLE, 2), OP(RETURN);
    check_gives(&v, "((), 1)");
}

/* ---- What the original's matching leaves on the stack ---- */

/* match 2.5 with 1.5 -> "a" | _ -> "b": its own compiler pops once too often. */
RF_TEST(a_pop_of_nothing_does_nothing) {
    V1(v);
    CONST(v1_float(&v, 2.5)), OP(DUP), CONST(v1_float(&v, 1.5)), OP(EQ), OP_H(JUMP_IF_FALSE, 4);
    OP(DUP), OP(POP), load_text(&v, "a"), OP_H(JUMP, 6);
    OP(POP), CONST(v1_bool(&v, true)), OP(POP), OP(POP), load_text(&v, "b"), OP_H(JUMP, 0);
    OP(RETURN);
    check_gives(&v, "b");
}

/* match SLOT 0 with 1 -> 10 | _ -> 20, which leaves two scrutinees below its result in the first arm, none in the other. */
static void put_match(v1 *out) {
    v1 v = *out;
    load_local(&v, 0), OP(DUP), v1_op_q(&v, RF_FUS_V1_CHECK_INT, 1), OP_H(JUMP_IF_FALSE, 4);
    OP(DUP), OP(POP), load_int(&v, 10), OP_H(JUMP, 6);
    OP(POP), CONST(v1_bool(&v, true)), OP(POP), OP(POP), load_int(&v, 20), OP_H(JUMP, 0);
    *out = v;
}

RF_TEST(leftovers_are_what_a_right_operand_is_taken_from) {
    for (int scrutinee = 1; scrutinee <= 2; scrutinee++) {
        V1(v);
        load_int(&v, scrutinee), store_local(&v, 0);
        load_int(&v, 100);
        put_match(&v);
        OP(ADD), OP(RETURN);
        check_gives(&v, scrutinee == 1 ? "11" : "120"); /* as on a VM that keeps the leftovers: 1 + 10 */
    }
}

RF_TEST(leftovers_pile_up_in_a_loop_without_harm) {
    V1(v);
    load_int(&v, 7), load_int(&v, 1000), store_local(&v, 0);
    uint32_t head = v.op_count;
    load_local(&v, 0), OP_H(JUMP_IF_FALSE, 21);
    put_match(&v);
    store_local(&v, 1), load_local(&v, 0), load_int(&v, 1), OP(SUB), store_local(&v, 0);
    OP_H(JUMP, (int)head - (int)v.op_count - 1);
    OP(POP), load_local(&v, 1), OP(RETURN);
    check_gives(&v, "10");
}

RF_TEST(names_of_fields_are_still_known_behind_a_choice) {
    V1(v);
    load_int(&v, 1), store_local(&v, 0);
    load_text(&v, "b"), load_local(&v, 0), load_int(&v, 0), OP(GT), OP_H(JUMP_IF_FALSE, 2), load_text(&v, "yes"), OP_H(JUMP, 1);
    load_text(&v, "no"), load_text(&v, "a");
    put_match(&v);
    load_text(&v, "c"), load_local(&v, 0), OP_H(MAKE_RECORD, 3), OP(RETURN);
    check_fails(&v, "the name of a field is not a constant at offset 163"); /* the leftovers are where "a" is looked for */
}

RF_TEST(names_of_fields_are_still_known_behind_choices_that_leave_nothing) {
    V1(v);
    load_int(&v, 1), store_local(&v, 0);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = { "b", "a", "c" };
        load_text(&v, names[i]), load_local(&v, 0), load_int(&v, i), OP(GT), OP_H(JUMP_IF_FALSE, 2), load_text(&v, "yes"), OP_H(JUMP, 1);
        load_text(&v, "no");
    }
    OP_H(MAKE_RECORD, 3), OP(RETURN);
    check_gives(&v, "{ a = no; b = yes; c = no }");
}

/* ---- Data ---- */

RF_TEST(records_are_made_read_and_changed) {
    V1(v);
    load_text(&v, "y"), load_int(&v, 1), load_text(&v, "x"), load_int(&v, 2), load_text(&v, "y"), load_int(&v, 3);
    OP_H(MAKE_RECORD, 3), store_local(&v, 0); /* the first y counts */
    load_local(&v, 0), load_text(&v, "z"), load_int(&v, 9), load_text(&v, "x"), load_int(&v, 8), OP_H(UPDATE_RECORD, 2), store_local(&v, 1);
    load_local(&v, 0), load_local(&v, 1), load_local(&v, 1);
    get_field(&v, "z");
    OP_H(MAKE_RECORD, 0), OP_H(MAKE_TUPLE, 2), OP_H(MAKE_TUPLE, 3), OP(RETURN);
    check_gives(&v, "({ x = 2; y = 1 }, { x = 8; y = 1; z = 9 }, (9, {  }))");
}

RF_TEST(variants_are_made_and_taken_apart) {
    V1(v);
    load_text(&v, "T"), load_text(&v, "Pair"), load_int(&v, 1), load_local(&v, 5), OP_H(MAKE_VARIANT, 2), store_local(&v, 0);
    load_local(&v, 0), load_local(&v, 0), OP_B(GET_VARIANT_FIELD, 0);
    load_text(&v, "T"), load_text(&v, "One"), load_local(&v, 0), OP_H(MAKE_VARIANT, 1);
    OP_H(MAKE_LIST, 3), OP(RETURN);
    check_gives(&v, "[Pair(1, ()); 1; One(Pair(1, ()))]");
}

RF_TEST(lists_tuples_and_arrays) {
    V1(v);
    load_int(&v, 1), load_int(&v, 2), OP_H(MAKE_LIST, 2), store_local(&v, 0);
    load_int(&v, 0), load_local(&v, 0), OP(CONS), OP(LIST_HEAD);
    load_local(&v, 0), OP(LIST_TAIL), load_local(&v, 0), OP(IS_NIL);
    load_int(&v, 3), load_int(&v, 4), OP_H(MAKE_ARRAY, 2), store_local(&v, 1);
    load_local(&v, 1), load_int(&v, 0), load_int(&v, 30), OP(ARRAY_SET);
    load_local(&v, 1), load_int(&v, 1), load_int(&v, 40), OP(ARRAY_UPDATE);
    load_local(&v, 1), load_local(&v, 1), OP(ARRAY_LENGTH), load_local(&v, 1), load_int(&v, 1), OP(ARRAY_GET);
    load_int(&v, 5), load_int(&v, 6), OP_H(MAKE_TUPLE, 2), OP_B(GET_TUPLE_FIELD, 1);
    OP_H(MAKE_LIST, 0), OP_H(MAKE_ARRAY, 0), OP_H(MAKE_TUPLE, 2);
    OP_H(MAKE_TUPLE, 10), OP(RETURN);
    check_gives(&v, "(0, [2], false, (), [|30; 40|], [|30; 4|], 2, 4, 6, ([], [||]))");
}

RF_TEST(an_item_is_taken_and_the_tuple_stays) {
    V1(v);
    load_int(&v, 5), store_local(&v, 0), load_local(&v, 0), load_int(&v, 6), OP_H(MAKE_TUPLE, 2);
    OP_B(GET_TUPLE_ELEM, 1), store_local(&v, 1), OP(DUP), OP_B(GET_TUPLE_ELEM, 0), OP_H(MAKE_TUPLE, 3), OP(RETURN);
    check_gives(&v, "((5, 6), (5, 6), 5)");
}

RF_TEST(a_large_list_is_no_constant_when_it_holds_a_slot) {
    V1(v);
    load_int(&v, 1), store_local(&v, 0);
    uint32_t one = v1_int(&v, 1);
    for (unsigned i = 0; i < 10000; i++)
        if (i == 5000)
            load_local(&v, 0);
        else
            CONST(one);
    OP_H(MAKE_LIST, 10000), store_local(&v, 1), load_global(&v, "List"), get_field(&v, "length"), load_local(&v, 1), OP_B(CALL, 1), OP(RETURN);
    check_gives(&v, "10000");
}

RF_TEST(a_stack_beyond_all_registers_is_refused) {
    if (rf_test_torture())
        return;
    V1(v);
    for (unsigned i = 0; i < 65535; i++)
        load_local(&v, 0);
    OP_H(MAKE_LIST, 65535), OP(RETURN);
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(run_chunk(&r, &v) == RF_EPARSE);
    rf_check(strstr(r.error.message, "needs too many registers at offset"));
}

/* Every kind of constant in a tuple. */
RF_TEST(every_kind_of_constant_is_read) {
    V1(v);
    V1(inner);
    v1_op_b(&inner, RF_FUS_V1_LOAD_LOCAL, 0), v1_op(&inner, RF_FUS_V1_RETURN);
    rf_buffer *k = &v.constants;
    put_many(k, RF_FUS_V1_K_TUPLE, 8);
    put_many(k, RF_FUS_V1_K_ARRAY, 2), put_int(k, -5), put_float(k, 2.5);
    put_many(k, RF_FUS_V1_K_RECORD, 2), put_string(k, "b"), put_int(k, 1), put_string(k, "a"), put_text(k, "t");
    put_many(k, RF_FUS_V1_K_MAP, 2), put_string(k, "y"), put_int(k, 1), put_string(k, "x"), put_int(k, 2);
    put_number(k, RF_FUS_V1_K_VARIANT, 4), put_string(k, "T"), put_string(k, "V"), put_number(k, 1, 8), put_int(k, 7);
    put_number(k, RF_FUS_V1_K_CONS, 4), put_int(k, 1), put_number(k, RF_FUS_V1_K_CONS, 4), put_int(k, 2), put_number(k, RF_FUS_V1_K_NIL, 4);
    put_number(k, RF_FUS_V1_K_CLOSURE, 4), put_chunk(k, &inner), put_number(k, 1, 1), put_number(k, 0, 1);
    put_number(k, RF_FUS_V1_K_NATIVE, 4), put_string(k, "List.nth"), put_number(k, 2, 1), put_number(k, 1, 8), put_int(k, 0);
    put_number(k, RF_FUS_V1_K_VARIANT, 4), put_string(k, "T"), put_string(k, "None"), put_number(k, 0, 8);
    CONST(v1_added(&v)), OP(RETURN);
    check_gives(&v, "([|-5; 2.5|], { a = t; b = 1 }, Map [x -> 2; y -> 1], V(7), [1; 2], <closure>, <native fn List.nth>, None)");
}

/* ---- Functions ---- */

RF_TEST(library_functions_take_their_arguments_one_by_one) {
    V1(v);
    V1(inner);
    v1_op_b(&inner, RF_FUS_V1_LOAD_LOCAL, 0), load_int(&inner, 1), v1_op(&inner, RF_FUS_V1_ADD), v1_op(&inner, RF_FUS_V1_RETURN);
    load_global(&v, "List"), get_field(&v, "map"), OP_HB(MAKE_CLOSURE, v1_closure(&v, &inner, 1), 0), OP_B(CALL, 1);
    store_local(&v, 0);
    load_local(&v, 0), load_int(&v, 1), load_int(&v, 2), OP_H(MAKE_LIST, 2), OP_B(CALL, 1);
    load_global(&v, "String.concat"), load_text(&v, "a"), load_text(&v, "b"), OP_H(MAKE_LIST, 2), OP_B(CALL, 1);
    load_global(&v, "Math"), store_local(&v, 1), load_local(&v, 1), get_field(&v, "abs"), load_int(&v, -4), OP_B(CALL, 1);
    load_local(&v, 0), OP_H(MAKE_TUPLE, 4), OP(RETURN);
    check_gives(&v, "([2; 3], ab, 4, <native fn List.map>)");
}

RF_TEST(what_is_not_there_fails_when_it_is_asked_for) {
    V1(a);
    load_global(&a, "nowhere"), v1_op(&a, RF_FUS_V1_RETURN);
    check_fails(&a, "Undefined global: nowhere");
    V1(b);
    load_global(&b, "List"), get_field(&b, "nowhere"), v1_op(&b, RF_FUS_V1_RETURN);
    check_fails(&b, "Record field not found: nowhere");
    V1(c);
    load_int(&c, 1), v1_op(&c, RF_FUS_V1_ADD), v1_op(&c, RF_FUS_V1_RETURN);
    check_fails(&c, "Stack underflow");
    V1(d);
    load_int(&d, 1);
    check_fails(&d, "Invalid instruction pointer: 1");
    V1(e);
    v1_op_b(&e, RF_FUS_V1_LOAD_UPVALUE, 0);
    check_fails(&e, "Invalid upvalue index: 0");
    V1(f);
    load_global(&f, "failwith"); /* ours, not the original's */
    check_fails(&f, "Undefined global: failwith");
}

RF_TEST(a_function_recurses_by_getting_itself) {
    V1(v);
    V1(fib);
    load_local(&fib, 1), load_int(&fib, 2), v1_op(&fib, RF_FUS_V1_LT), v1_op_h(&fib, RF_FUS_V1_JUMP_IF_FALSE, 2);
    load_local(&fib, 1), v1_op(&fib, RF_FUS_V1_RETURN);
    for (int i = 1; i <= 2; i++) {
        load_local(&fib, 0), load_local(&fib, 0), load_local(&fib, 1), load_int(&fib, i), v1_op(&fib, RF_FUS_V1_SUB);
        v1_op_b(&fib, RF_FUS_V1_CALL, 2), store_local(&fib, (unsigned)i + 1);
    }
    load_local(&fib, 2), load_local(&fib, 3), v1_op(&fib, RF_FUS_V1_ADD), v1_op(&fib, RF_FUS_V1_RETURN);
    OP_HB(MAKE_CLOSURE, v1_closure(&v, &fib, 2), 0), store_local(&v, 0);
    load_local(&v, 0), load_local(&v, 0), load_int(&v, 15), OP_B(CALL, 2), OP(RETURN);
    check_gives(&v, "610");
}

/* f (self, n) = if n then self (self, n - 1) else "done", by TAIL_CALL and by CALL with nothing but a return behind it. */
RF_TEST(calls_at_the_end_take_no_stack) {
    for (unsigned i = 0; i < 2; i++) {
        V1(v);
        V1(f);
        load_local(&f, 1), v1_op_h(&f, RF_FUS_V1_JUMP_IF_FALSE, 7);
        load_local(&f, 0), load_local(&f, 0), load_local(&f, 1), load_int(&f, 1), v1_op(&f, RF_FUS_V1_SUB);
        v1_op_b(&f, i ? RF_FUS_V1_CALL : RF_FUS_V1_TAIL_CALL, 2), v1_op_h(&f, RF_FUS_V1_JUMP, 1);
        load_text(&f, "done"), v1_op(&f, RF_FUS_V1_RETURN);
        OP_HB(MAKE_CLOSURE, v1_closure(&v, &f, 2), 0), store_local(&v, 0);
        load_local(&v, 0), load_local(&v, 0), load_int(&v, rf_test_torture() ? 10 : 2000000), OP_B(CALL, 2), OP(RETURN);
        check_gives(&v, "done");
    }
}

RF_TEST(captured_values_are_kept_and_can_be_written) {
    V1(v);
    V1(inner); /* captured 0 := captured 0 + argument; (captured 0, captured 1) */
    v1_op_b(&inner, RF_FUS_V1_LOAD_UPVALUE, 0), load_local(&inner, 0), v1_op(&inner, RF_FUS_V1_ADD), v1_op_b(&inner, RF_FUS_V1_STORE_UPVALUE, 0);
    v1_op_b(&inner, RF_FUS_V1_LOAD_UPVALUE, 0), v1_op_b(&inner, RF_FUS_V1_LOAD_UPVALUE, 1), v1_op_h(&inner, RF_FUS_V1_MAKE_TUPLE, 2);
    v1_op_b(&inner, RF_FUS_V1_CLOSE_UPVALUE, 0), v1_op(&inner, RF_FUS_V1_RETURN);
    load_int(&v, 10), load_text(&v, "b"), OP_HB(MAKE_CLOSURE, v1_closure(&v, &inner, 1), 2), store_local(&v, 0);
    load_local(&v, 0), load_int(&v, 1), OP_B(CALL, 1), load_local(&v, 0), load_int(&v, 5), OP_B(CALL, 1);
    OP_H(MAKE_LIST, 2), OP(RETURN);
    check_gives(&v, "[(11, b); (16, b)]");
}

RF_TEST(functions_of_no_parameter_are_called_without_arguments) {
    V1(v);
    V1(inner);
    load_int(&inner, 7), v1_op(&inner, RF_FUS_V1_RETURN);
    OP_HB(MAKE_CLOSURE, v1_closure(&v, &inner, 0), 0), OP_B(CALL, 0), OP(RETURN);
    check_gives(&v, "7");
}

RF_TEST(methods_are_functions_in_fields) {
    V1(v);
    V1(inner);
    load_local(&inner, 0), load_local(&inner, 1), v1_op(&inner, RF_FUS_V1_MUL), v1_op(&inner, RF_FUS_V1_RETURN);
    load_text(&v, "times"), OP_HB(MAKE_CLOSURE, v1_closure(&v, &inner, 2), 0), OP_H(MAKE_RECORD, 1);
    load_int(&v, 6), load_int(&v, 7), OP_HB(CALL_METHOD, v1_text(&v, "times"), 2), OP(RETURN);
    check_gives(&v, "42");
}

RF_TEST(places_are_kept_when_there_are_any) {
    V1(v);
    load_int(&v, 1), load_int(&v, 0), OP(DIV), OP(RETURN);
    for (unsigned i = 0; i < 4; i++)
        put_number(&v.spans, 10 + i, 4), put_number(&v.spans, 3, 4), put_number(&v.spans, 0, 8);
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(run_chunk(&r, &v) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(r.error.message), rf_slice_of("Division by zero"));
    rf_check(r.error.place.line == 12 && r.error.place.column == 3);
}

/* ---- Nonsense ---- */

/* The bytes are refused with this message. */
static void refuse(rf_slice bytes, const char *message, bool *ret_said) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_code code = run_read(&r, bytes);
    *ret_said = code == RF_EPARSE && strstr(r.error.message, message) != NULL;
}

static void put_program(rf_buffer *out) {
    V1(v);
    V1(inner);
    load_local(&inner, 0), v1_op(&inner, RF_FUS_V1_RETURN);
    load_int(&v, 2), store_local(&v, 0), v1_op_q(&v, RF_FUS_V1_CHECK_INT, 2), OP_H(JUMP_IF_FALSE, 1), OP(POP);
    OP_HB(MAKE_CLOSURE, v1_closure(&v, &inner, 1), 0), load_text(&v, "text"), OP_B(CALL, 1), OP(RETURN);
    v1_file(out, &v);
}

RF_TEST(a_file_cut_anywhere_is_refused) {
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    put_program(&file);
    rf_check(!file.failed);
    if (rf_test_torture())
        return;
    for (size_t len = 0; len < file.len; len++) {
        char *copy = rf_alloc(len); /* so that a sanitiser sees a read behind it */
        rf_check(copy);
        memcpy(copy, file.data, len);
        bool said = false;
        refuse((rf_slice){ copy, len }, "at offset", &said);
        rf_free(copy);
        rf_check(said);
    }
}

RF_TEST(a_file_with_any_byte_changed_is_refused_or_harmless) {
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    put_program(&file);
    rf_check(!file.failed);
    if (rf_test_torture())
        return;
    static const uint8_t changes[] = { 1, 2, 4, 0x10, 0x80, 0xFF };
    for (size_t at = 0; at < file.len; at++)
        for (size_t i = 0; i < sizeof changes; i++) {
            RF_CLEANUP(run_done) run r = { 0 };
            file.data[at] = (char)((uint8_t)file.data[at] ^ changes[i]);
            if (run_read(&r, rf_buffer_view(&file)) == RF_OK)
                (void)run_program(&r);
            file.data[at] = (char)((uint8_t)file.data[at] ^ changes[i]);
        }
}

RF_TEST(nonsense_is_refused_with_its_place) {
    static const struct { const char *message; size_t at; uint8_t byte; } rows[] = {
        { "the magic number is missing at offset 0", 2, 'C' },
        { "unsupported version 3 at offset 4", 4, 3 },
        { "more instructions than the file has bytes at offset", 9, 1 },
        { "no such instruction at offset 13", 14, 1 },
        { "no such constant at offset 13", 17, 9 },
        { "jumps out of the function at offset", 41, 100 },
    };
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    put_program(&file);
    rf_check(!file.failed);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char kept = file.data[rows[i].at];
        bool said = false;
        file.data[rows[i].at] = (char)rows[i].byte;
        refuse(rf_buffer_view(&file), rows[i].message, &said);
        file.data[rows[i].at] = kept;
        rf_check(said || rf_test_torture());
    }
}

RF_TEST(values_nested_too_deeply_are_refused) {
    V1(v);
    for (unsigned i = 0; i < 1000; i++)
        put_many(&v.constants, RF_FUS_V1_K_TUPLE, 1);
    put_number(&v.constants, RF_FUS_V1_K_UNIT, 4);
    CONST(v1_added(&v)), OP(RETURN);
    RF_CLEANUP(run_done) run r = { 0 };
    rf_check(run_chunk(&r, &v) == RF_EPARSE);
    rf_check(strstr(r.error.message, "nested too deeply at offset"));
}

RF_TEST(a_list_is_as_long_as_it_likes) {
    V1(v);
    uint32_t count = rf_test_torture() ? 50 : 20000;
    for (uint32_t i = 0; i < count; i++)
        put_number(&v.constants, RF_FUS_V1_K_CONS, 4), put_int(&v.constants, 1);
    put_number(&v.constants, RF_FUS_V1_K_NIL, 4);
    uint32_t list = v1_added(&v);
    load_global(&v, "List"), get_field(&v, "isEmpty"), CONST(list), OP_B(CALL, 1), OP(RETURN);
    check_gives(&v, "false");
}
