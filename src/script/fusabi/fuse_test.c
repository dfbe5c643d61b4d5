/* fuse_test.c: code before and after it has been fused. */
#include "script/fusabi/vm_fixture.h"

#include "script/fusabi/compile.h"
#include "script/fusabi/opcode.h"

/* "MOVE 1 0; RET 1", operands A, B, C as they stand (jumps and small numbers signed). */
static void list(const rf_fus_proto *proto, rf_buffer *out) {
    for (uint32_t i = 0; i < proto->code_count; i++) {
        rf_fus_code word = proto->code[i];
        const rf_fus_opcode_row *row = &rf_fus_opcode_rows[RF_FUS_OP(word)];
        bool is_wide = row->b == RF_FUS_O_KX || row->b == RF_FUS_O_G || row->b == RF_FUS_O_IMMX || row->b == RF_FUS_O_OFFX;
        rf_buffer_printf(out, "%s%s", i ? "; " : "", row->name);
        if (row->a != RF_FUS_O_NONE)
            rf_buffer_printf(out, " %u", RF_FUS_A(word));
        if (row->b != RF_FUS_O_NONE)
            rf_buffer_printf(out, " %d", is_wide ? RF_FUS_BX(word) : RF_FUS_SB(word));
        if (row->c != RF_FUS_O_NONE)
            rf_buffer_printf(out, " %d", RF_FUS_SC(word));
    }
}

/* Fuses the function that the fixture has got, of 8 registers. */
static bool becomes(fixture *f, const char *expected) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1024);
    if (rf_fus_fuse(&f->program->protos[0], &arena, &f->error))
        return false;
    list(&f->program->protos[0], &out);
    return !out.failed && rf_test_same_text(__FILE__, __LINE__, "code", rf_buffer_view(&out), rf_slice_of(expected));
}
#define FUSES(expected, ...)                                                             \
    do {                                                                                 \
        RF_CLEANUP(fixture_done) fixture f = { 0 };                                      \
        rf_check(fixture_init(&f, NULL) && FUNCTION(&f, "f", 2, 8, __VA_ARGS__));        \
        rf_check(becomes(&f, (expected)));                                               \
    } while (0)

RF_TEST(jumps_lead_to_where_they_end) {
    FUSES("JF 0 1; RET 1; RET 0", IX(JF, 0, 0, 1), I(RET, 0, 1, 0, 0), IX(JMP, 0, 0, 0), I(RET, 0, 0, 0, 0));
    FUSES("RET 0", IX(JF, 0, 0, 1), IX(JMP, 0, 0, 0), I(RET, 0, 0, 0, 0));
    FUSES("JNEI 0 3 1; RET 1; RET 0", I(JEQI, 0, 0, 3, 1), IX(JMP, 0, 0, 1), I(RET, 0, 1, 0, 0), I(RET, 0, 0, 0, 0));
    FUSES("JF 0 1; RET 1; LOOP -3", IX(JT, 0, 0, 1), IX(JMP, 0, 0, 1), I(RET, 0, 1, 0, 0), IX(LOOP, 0, 0, -4));
}

RF_TEST(what_nothing_reaches_goes) {
    FUSES("RET 0", I(MOVE, 0, 2, 0, 0), IX(JMP, 0, 0, 2), I(RET, 0, 3, 0, 0), I(RET, 0, 4, 0, 0), I(RET, 0, 2, 0, 0));
}

RF_TEST(copies_are_read_through_and_written_through) {
    FUSES("ADD 4 0 1; RET 4", I(MOVE, 0, 2, 0, 0), I(MOVE, 0, 3, 1, 0), I(ADD, 0, 4, 2, 3), I(RET, 0, 4, 0, 0));
    FUSES("ADDI 0 1 1; CALLSELF 1; ADD 3 0 1; RET 3", I(ADDI, 0, 4, 1, 1), I(MOVE, 0, 0, 4, 0), I(CALLSELF, 2, 1, 0, 0), I(ADD, 0, 3, 0, 1), I(RET, 0, 3, 0, 0));
    FUSES("RET 1", IX(INT, 0, 2, 7), I(MOVE, 0, 3, 2, 0), I(RET, 0, 1, 0, 0));
}

RF_TEST(copies_that_are_needed_stay) {
    FUSES("MOVE 4 0; MOVE 5 1; CALLSELF 3; ADD 2 0 3; RET 2", I(MOVE, 0, 4, 0, 0), I(MOVE, 0, 5, 1, 0), I(CALLSELF, 2, 3, 0, 0), I(ADD, 0, 2, 0, 3), I(RET, 0, 2, 0, 0));
    FUSES("MOVE 2 0; ADDI 0 0 1; ADD 3 2 0; RET 3", I(MOVE, 0, 2, 0, 0), I(ADDI, 0, 0, 0, 1), I(ADD, 0, 3, 2, 0), I(RET, 0, 3, 0, 0));
    FUSES("MOVE 2 0; JF 1 1; ADDI 0 0 1; ADD 3 0 2; RET 3", I(MOVE, 0, 2, 0, 0), IX(JF, 0, 1, 1), I(ADDI, 0, 0, 0, 1), I(ADD, 0, 3, 0, 2), I(RET, 0, 3, 0, 0));
    FUSES("TRY 2 2; MOVE 3 0; ENDTRY; RET 3", IX(TRY, 0, 2, 2), I(MOVE, 0, 3, 0, 0), I(ENDTRY, 0, 0, 0, 0), I(RET, 0, 3, 0, 0));
}

RF_TEST(loops_keep_what_the_next_round_wants) {
    FUSES("INT 2 0; JNLT 2 0 3; ADDI 2 2 1; MOVE 1 2; LOOP -4; RET 1", IX(INT, 0, 2, 0), I(JNLT, 0, 2, 0, 4), I(ADDI, 0, 3, 2, 1), I(MOVE, 0, 2, 3, 0),
          I(MOVE, 0, 1, 2, 0), IX(LOOP, 0, 0, -5), I(RET, 0, 1, 0, 0));
}

RF_TEST(places_stay_with_their_instructions) {
    RF_CLEANUP(fixture_done) fixture f = { 0 };
    rf_check(fixture_init(&f, NULL));
    rf_check(FUNCTION(&f, "f", 2, 8, I(MOVE, 0, 2, 0, 0), I(MOVE, 0, 3, 1, 0), I(ADD, 0, 4, 2, 3), I(MOVE, 0, 5, 4, 0), I(DIV, 0, 6, 5, 0), I(RET, 0, 6, 0, 0)));
    rf_check(becomes(&f, "ADD 5 0 1; DIV 6 5 0; RET 6"));
    rf_check(rf_fus_proto_spot(&f.program->protos[0], 0).line == 3 && rf_fus_proto_spot(&f.program->protos[0], 1).line == 5);
}
