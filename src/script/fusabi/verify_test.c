/* verify_test.c: what the verifier lets through, and each thing that it does not. */
#include "script/fusabi/vm_fixture.h"

#include "script/fusabi/fzb.h"

/* A program with a bit of everything to refer to, whose main function is what a case says and may be bad; function 1 takes two
 * arguments, function 2 one and captures two values, function 3 one and captures a captured value. */
static bool make(fixture *f, const rf_fus_code *code, uint32_t count) {
    static const rf_fus_capture of_registers[] = { { 6, true }, { 7, true } }, of_upvalue[] = { { 1, false } };
    const rf_fus_code give[] = { I(RET, 0, 0, 0, 0) };
    const rf_fus_lib_row *row = rf_fus_lib_find(RF_SLICE("List.append"));
    if (!fixture_init(f, NULL) || !row)
        return false;
    fixture_row(f, row);
    return fixture_function(f, NULL, 0, 8, code, count, NULL, 0) && fixture_function(f, "two", 2, 3, give, 1, NULL, 0)
           && fixture_function(f, "captures", 1, 3, give, 1, of_registers, 2) && fixture_function(f, "inner", 1, 3, give, 1, of_upvalue, 1)
           && fixture_text(f, "text") && fixture_constant(f, small(1)) && fixture_symbol(f, "a") && fixture_symbol(f, "b")
           && fixture_shape(f, 0, 2);
}

/* Main function of these instructions: accepted. */
#define GOOD(...)                                                                                        \
    do {                                                                                                 \
        RF_CLEANUP(fixture_done) fixture f = { 0 };                                                      \
        const rf_fus_code code_[] = { __VA_ARGS__ };                                                     \
        rf_check(make(&f, code_, sizeof code_ / sizeof *code_));                                         \
        rf_code said_ = rf_fus_verify(f.program, &f.error);                                              \
        rf_check_text(rf_slice_of(said_ ? f.error.message : ""), rf_slice_of(""));                       \
    } while (0)
/* Refused with that message. */
#define BAD(expected, ...)                                                                               \
    do {                                                                                                 \
        RF_CLEANUP(fixture_done) fixture f = { 0 };                                                      \
        const rf_fus_code code_[] = { __VA_ARGS__ };                                                     \
        rf_check(make(&f, code_, sizeof code_ / sizeof *code_));                                         \
        rf_check(rf_fus_verify(f.program, &f.error) == RF_EPARSE || rf_test_torture());                  \
        rf_check_text(rf_slice_of(f.error.message), rf_slice_of(expected));                              \
    } while (0)
#define RET0 I(RET, 0, 0, 0, 0)

RF_TEST(registers_stay_in_the_window) {
    GOOD(I(MOVE, 0, 7, 7, 0), RET0);
    BAD("function 0, instruction 0 (MOVE): register out of range", I(MOVE, 0, 8, 0, 0), RET0);
    BAD("function 0, instruction 1 (MOVE): register out of range", I(MOVE, 0, 0, 0, 0), I(MOVE, 0, 0, 8, 0), RET0);
    GOOD(I(BUILD, 0, 6, 0, 0), I(ITER, 0, 5, 0, 0), IX(FORPREP, 0, 4, 0), RET0);
    BAD("function 0, instruction 0 (BUILD): register out of range", I(BUILD, 0, 7, 0, 0), RET0);
    GOOD(I(PUSH, 0, 6, 7, 0), I(PUSHALL, 0, 6, 7, 0), RET0);
    BAD("function 0, instruction 0 (PUSH): register out of range", I(PUSH, 0, 7, 0, 0), RET0);
    BAD("function 0, instruction 0 (PUSHALL): register out of range", I(PUSHALL, 0, 7, 0, 0), RET0);
    BAD("function 0, instruction 0 (ITER): register out of range", I(ITER, 0, 6, 0, 0), RET0);
    BAD("function 0, instruction 0 (FORPREP): register out of range", IX(FORPREP, 0, 5, 0), RET0);
}

RF_TEST(runs_stay_in_the_window) {
    GOOD(I(TUPLE, 0, 0, 0, 8), I(LIST, 0, 0, 7, 1), I(ARRAY, 0, 0, 8, 0), I(VARIANT, 3, 0, 5, 0), I(CONCATN, 2, 0, 6, 0), RET0);
    BAD("function 0, instruction 0 (TUPLE): run of registers out of range", I(TUPLE, 0, 0, 1, 8), RET0);
    BAD("function 0, instruction 0 (LIST): run of registers out of range", I(LIST, 0, 0, 0, 65535), RET0);
    BAD("function 0, instruction 0 (VARIANT): run of registers out of range", I(VARIANT, 255, 0, 0, 0), RET0);
    GOOD(I(UPDATE, 0, 0, 5, 0), I(RECORD, 0, 0, 6, 0), I(RECWITH, 0, 0, 5, 0), RET0);
    BAD("function 0, instruction 0 (UPDATE): run of registers out of range", I(UPDATE, 0, 0, 6, 0), RET0);
    BAD("function 0, instruction 0 (RECORD): run of registers out of range", I(RECORD, 0, 0, 7, 0), RET0);
    BAD("function 0, instruction 0 (RECWITH): run of registers out of range", I(RECWITH, 0, 0, 6, 0), RET0);
    GOOD(I(CALL, 2, 5, 0, 0), RET0);
    BAD("function 0, instruction 0 (CALL): call window out of range", I(CALL, 2, 6, 0, 0), RET0);
    BAD("function 0, instruction 0 (TAIL_CALL): call window out of range", I(TAIL_CALL, 255, 0, 0, 0));
}

RF_TEST(tables_are_indexed_within_their_bounds) {
    GOOD(IX(CONST, 0, 0, 1), I(JEQK, 0, 0, 1, 0), I(FIELD, 0, 0, 0, 1), I(RECORD, 0, 0, 0, 0), I(LIBVALUE, 0, 0, 0, 0), IX(GLOBAL, 0, 0, 7), RET0);
    BAD("function 0, instruction 0 (CONST): constant out of range", IX(CONST, 0, 0, 2), RET0);
    BAD("function 0, instruction 0 (CONST): constant out of range", IX(CONST, 0, 0, -1), RET0);
    BAD("function 0, instruction 0 (JEQK): constant out of range", I(JEQK, 0, 0, 2, 0), RET0);
    BAD("function 0, instruction 0 (FIELD): name out of range", I(FIELD, 0, 0, 0, 2), RET0);
    BAD("function 0, instruction 0 (RECORD): record out of range", I(RECORD, 0, 0, 0, 1), RET0);
    BAD("function 0, instruction 0 (LIBVALUE): library function out of range", I(LIBVALUE, 0, 0, 1, 0), RET0);
    BAD("function 0, instruction 0 (SETGLOBAL): global out of range", IX(SETGLOBAL, 0, 0, 8), RET0);
    BAD("function 0, instruction 0 (UPVAL): captured value out of range", I(UPVAL, 0, 0, 0, 0), RET0);
    BAD("function 0, instruction 0 (CLOSURE): function out of range", I(CLOSURE, 0, 0, 4, 0), RET0);
    BAD("function 0, instruction 0 (?): no such instruction", RF_FUS_I_COUNT, RET0);
}

RF_TEST(jumps_go_forward_and_stay_inside) {
    GOOD(IX(JT, 0, 0, 0), IX(JMP, 0, 0, 0), I(JLT, 0, 0, 0, 0), RET0);
    BAD("function 0, instruction 0 (JT): jump target out of range", IX(JT, 0, 0, 1), RET0);
    BAD("function 0, instruction 0 (JMP): jump target out of range", IX(JMP, 0, 0, -1), RET0);
    BAD("function 0, instruction 1 (JLT): jump target out of range", RET0, I(JLT, 0, 0, 0, -1), RET0);
    BAD("function 0, instruction 0 (JLT): jump target out of range", I(JLT, 0, 0, 0, 32767), RET0);
    BAD("function 0, instruction 0 (TRY): jump target out of range", IX(TRY, 0, 0, -1), RET0);
    GOOD(IX(LOOP, 0, 0, -1), RET0);
    BAD("function 0, instruction 0 (LOOP): jump target out of range", IX(LOOP, 0, 0, 0), RET0);
    BAD("function 0, instruction 0 (LOOP): jump target out of range", IX(LOOP, 0, 0, -2), RET0);
    BAD("function 0, instruction 0 (FORLOOP): jump target out of range", IX(FORLOOP, 0, 0, INT32_MIN), RET0);
}

RF_TEST(known_calls_have_all_their_arguments) {
    GOOD(I(CALLP, 2, 0, 1, 0), I(CALLLIB, 2, 0, 0, 0), I(TAIL_CALLP, 2, 0, 1, 0));
    BAD("function 0, instruction 0 (CALLP): wrong number of arguments", I(CALLP, 1, 0, 1, 0), RET0);
    BAD("function 0, instruction 0 (CALLP): not a function that can be called directly", I(CALLP, 1, 0, 2, 0), RET0);
    BAD("function 0, instruction 0 (CALLP): not a function that can be called directly", I(CALLP, 0, 0, 0, 0), RET0);
    BAD("function 0, instruction 0 (CALLSELF): wrong number of arguments", I(CALLSELF, 0, 0, 0, 0), RET0);
    BAD("function 0, instruction 0 (CALLLIB): wrong number of arguments", I(CALLLIB, 1, 0, 0, 0), RET0);
}

RF_TEST(closures_capture_what_is_there) {
    GOOD(I(CLOSURE, 0, 0, 2, 0), I(CLOSURE, 0, 0, 1, 0), RET0);
    BAD("function 0, instruction 0 (CLOSURE): the function captures what is not there", I(CLOSURE, 0, 0, 3, 0), RET0);
    BAD("function 0, instruction 0 (CLOSURE): the main function as a value", I(CLOSURE, 0, 0, 0, 0), RET0);
}

RF_TEST(numbers_and_texts_are_what_they_must_be) {
    GOOD(I(DIVI, 0, 0, 0, 2), I(MODI, 0, 0, 0, -2), I(FORMAT, 0, 0, 0, 0), I(FAIL, 0, 0, 0, 0));
    BAD("function 0, instruction 0 (DIVI): division by this number", I(DIVI, 0, 0, 0, 0), RET0);
    BAD("function 0, instruction 0 (MODI): division by this number", I(MODI, 0, 0, 0, -1), RET0);
    BAD("function 0, instruction 0 (FORMAT): the constant is not a string", I(FORMAT, 0, 0, 0, 1), RET0);
    BAD("function 0, instruction 0 (FAIL): the constant is not a string", I(FAIL, 0, 0, 1, 0));
    BAD("function 0, instruction 0 (FAIL): no such error", I(FAIL, 3, 0, 0, 0));
}

RF_TEST(every_path_ends) {
    BAD("function 0: runs off its end", I(MOVE, 0, 0, 0, 0));
    BAD("function 0: runs off its end", RET0, IX(JT, 0, 0, -1));
    GOOD(I(MATCHFAIL, 0, 0, 0, 0));
    GOOD(I(RAISE, 0, 0, 0, 0));
}

RF_TEST(tries_are_balanced) {
    GOOD(IX(TRY, 0, 0, 2), I(MOVE, 0, 0, 0, 0), I(ENDTRY, 0, 0, 0, 0), RET0);
    GOOD(IX(TRY, 0, 0, 4), IX(TRY, 0, 1, 1), I(ENDTRY, 0, 0, 0, 0), I(ENDTRY, 0, 0, 0, 0), RET0, RET0);
    GOOD(IX(JMP, 0, 0, 1), RET0, IX(TRY, 0, 0, 1), I(ENDTRY, 0, 0, 0, 0), IX(LOOP, 0, 0, -4));
    BAD("function 0, instruction 0 (ENDTRY): no TRY to end", I(ENDTRY, 0, 0, 0, 0), RET0);
    BAD("function 0, instruction 1 (RET): leaves the function inside TRY", IX(TRY, 0, 0, 1), RET0, RET0);
    BAD("function 0, instruction 1 (TAIL_CALL): leaves the function inside TRY", IX(TRY, 0, 0, 1), I(TAIL_CALL, 1, 0, 0, 0), RET0);
    BAD("function 0, instruction 1 (LOOP): jumps to where other TRYs are open", IX(TRY, 0, 0, 1), IX(LOOP, 0, 0, -2), RET0);
    BAD("function 0, instruction 1 (TRY): runs into where other TRYs are open", IX(JT, 0, 0, 1), IX(TRY, 0, 0, 1), I(ENDTRY, 0, 0, 0, 0), RET0);
}

RF_TEST(tries_do_not_nest_without_end) {
    enum { DEEP = 300 };
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_fus_code code[2 * DEEP + 1];
    for (uint32_t i = 0; i < DEEP; i++) {
        code[i] = IX(TRY, 0, 0, 2 * DEEP - 2 * i - 1);
        code[DEEP + i] = I(ENDTRY, 0, 0, 0, 0);
    }
    code[2 * DEEP] = RET0;
    rf_check(make(&f, code, 2 * DEEP + 1));
    rf_check(rf_fus_verify(f.program, &f.error) == RF_EPARSE || rf_test_torture());
    rf_check(strstr(f.error.message, "too many TRYs inside each other") || rf_test_torture());
}

/* What is changed in a good program, and what is said then. */
static bool refused(void (*change)(rf_fus_program *program), const char *message) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    const rf_fus_code code[] = { RET0 };
    if (!make(&f, code, 1))
        return rf_test_torture();
    change(f.program);
    rf_code said = rf_fus_verify(f.program, &f.error);
    return rf_test_torture() || (said == RF_EPARSE && strcmp(f.error.message, message) == 0);
}

static void no_functions(rf_fus_program *p) { p->proto_count = 0; }
static void no_code(rf_fus_program *p) { p->protos[1].code_count = 0; }
static void main_with_parameter(rf_fus_program *p) { p->protos[0].arity = 1; }
static void function_without(rf_fus_program *p) { p->protos[1].arity = 0; }
static void small_window(rf_fus_program *p) { p->protos[1].registers = 1; }
static void large_window(rf_fus_program *p) { p->protos[1].registers = 60001; }
static void no_library(rf_fus_program *p) { p->library[0] = NULL; }
static void wrong_export(rf_fus_program *p) {
    static rf_fus_export wrong = { .global = 8 };
    p->exports = &wrong;
    p->export_count = 1;
}

RF_TEST(functions_and_tables_are_whole) {
    rf_check(refused(no_functions, "no functions"));
    rf_check(refused(no_code, "function 1: no code"));
    rf_check(refused(main_with_parameter, "function 0: wrong number of parameters"));
    rf_check(refused(function_without, "function 1: wrong number of parameters"));
    rf_check(refused(small_window, "function 1: wrong number of registers"));
    rf_check(refused(large_window, "function 1: wrong number of registers"));
    rf_check(refused(no_library, "library function 0 is not there"));
    rf_check(refused(wrong_export, "export 0 is no global"));
}
