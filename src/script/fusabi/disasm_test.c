/* disasm_test.c: listings of programs. */
#include "script/fusabi/vm_fixture.h"

#include "script/fusabi/fzb.h"

RF_TEST(a_listing_names_everything) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    static const rf_fus_capture captures[] = { { 2, true }, { 0, false } };
    const rf_fus_code inner[] = { I(ADDI, 0, 0, 0, -5), I(JEQK, 0, 0, 0, 1), I(UPVAL, 0, 0, 1, 0), I(RET, 0, 0, 0, 0) };
    const rf_fus_lib_row *row = rf_fus_lib_find(RF_SLICE("List.append"));
    rf_check(row && fixture_init(&f, NULL));
    rf_check(FUNCTION(&f, NULL, 0, 4, IX(CONST, 0, 0, 0), I(CLOSURE, 0, 1, 1, 0), I(RECORD, 0, 0, 0, 0), I(CALLLIB, 2, 0, 0, 0),
                      I(RET, 0, 0, 0, 0)));
    rf_check(fixture_function(&f, "inner", 1, 2, inner, 4, captures, 2));
    rf_check(fixture_text(&f, "a \"text\"\n") && fixture_symbol(&f, "a") && fixture_symbol(&f, "b") && fixture_shape(&f, 0, 2));
    fixture_row(&f, row);
    rf_fus_disassemble(f.program, &out);
    rf_check(!out.failed);
    rf_check_text(rf_buffer_view(&out), rf_slice_of(
        "main: 0 parameters, 4 registers, 5 instructions\n"
        "  line 1\n"
        "     0  CONST          r0 0                 ; \"a \\\"text\\\"\\n\"\n"
        "  line 2\n"
        "     1  CLOSURE        r1 1                 ; function 1 inner\n"
        "  line 3\n"
        "     2  RECORD         r0 r0 0              ; { a; b }\n"
        "  line 4\n"
        "     3  CALLLIB        r0 0 2               ; List.append\n"
        "  line 5\n"
        "     4  RET            r0\n"
        "\n"
        "function 1 inner: 1 parameter, 2 registers, 4 instructions\n"
        "  captures r2 captured 0\n"
        "  line 1\n"
        "     0  ADDI           r0 r0 -5\n"
        "  line 2\n"
        "     1  JEQK           r0 0 +1              ; \"a \\\"text\\\"\\n\" to 3\n"
        "  line 3\n"
        "     2  UPVAL          r0 1\n"
        "  line 4\n"
        "     3  RET            r0\n"));
}

RF_TEST(constants_of_all_kinds_are_shown_in_short) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_arena *arena = &f.program->arena;
    rf_fus_value list = RF_FUS_NIL, items[6];
    for (int i = 6; i-- > 0 && list != RF_FUS_RAISED;) {
        items[i] = small(i);
        list = rf_fus_static_cons(arena, small(i), list);
    }
    rf_check(fixture_constant(&f, list) && fixture_constant(&f, rf_fus_static_items(arena, RF_FUS_T_TUPLE, items, 6)));
    rf_check(fixture_constant(&f, rf_fus_static_int(arena, INT64_MIN)) && fixture_constant(&f, rf_fus_of_double(-0.5)));
    rf_check(fixture_constant(&f, RF_FUS_TRUE) && fixture_constant(&f, RF_FUS_UNIT) && fixture_constant(&f, RF_FUS_NIL));
    rf_check(fixture_text(&f, "01234567890123456789012345678901234567\xc3\xa9\xc3\xa9"));
    rf_check(FUNCTION(&f, NULL, 0, 1, IX(CONST, 0, 0, 0), IX(CONST, 0, 0, 1), IX(CONST, 0, 0, 2), IX(CONST, 0, 0, 3), IX(CONST, 0, 0, 4),
                      IX(CONST, 0, 0, 5), IX(CONST, 0, 0, 6), IX(CONST, 0, 0, 7), IX(CONST, 0, 0, 99), I(RET, 0, 0, 0, 0)));
    f.program->protos[0].spot_count = 0;
    rf_fus_disassemble(f.program, &out);
    rf_check(rf_buffer_cstr(&out));
    static const char *const notes[] = {
        "; [0; 1; 2; 3; …]\n", "; (0, 1, 2, 3, …)\n", "; -9223372036854775808\n", "; -0.5\n", "; true\n", "; ()\n", "; []\n",
        "; \"01234567890123456789012345678901234567\xc3\xa9…\"\n", " 8  CONST          r0 99\n",
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        rf_check(strstr(out.data, notes[i]));
}

RF_TEST(code_that_is_none_is_listed_too) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(fixture_init(&f, NULL) && FUNCTION(&f, NULL, 0, 1, 0xFF, I(FIELD, 0, 9, 9, 9), I(CLOSURE, 0, 0, 9, 0)));
    rf_fus_disassemble(f.program, &out);
    rf_check(rf_buffer_cstr(&out) && strstr(out.data, "? 0x00000000000000ff"));
}
