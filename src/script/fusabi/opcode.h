/* opcode.h: the instructions of the VM: one row each, from which the enumeration, verifier, disassembler and manual come. */
#ifndef RF_SCRIPT_FUSABI_OPCODE_H
#define RF_SCRIPT_FUSABI_OPCODE_H

#include <stdint.h>

/* What an operand is; the verifier checks each kind against the function and program (verify.c). */
typedef enum rf_fus_operand {
    RF_FUS_O_NONE,
    RF_FUS_O_W,     /* register written */
    RF_FUS_O_W2,    /* two registers written (A, A + 1) */
    RF_FUS_O_R,     /* register read */
    RF_FUS_O_RW3,   /* three registers from it on, read and written (loops) */
    RF_FUS_O_RW4,   /* four */
    RF_FUS_O_RUN,   /* first of several registers read; how many: C when C is a COUNT, D when D is a COUNT, the shape's count for a SHAPE */
    RF_FUS_O_RUN1,  /* the same with one register more in front: R[B] then the run */
    RF_FUS_O_RUN3,  /* exactly three registers read */
    RF_FUS_O_CALL,  /* register of a call: function (or free) at A, D arguments behind it, result to A */
    RF_FUS_O_K,     /* constant, 16 bits */
    RF_FUS_O_KX,    /* constant, BX */
    RF_FUS_O_UP,    /* upvalue of the function */
    RF_FUS_O_UPX,   /* upvalue of another closure: checked when it runs */
    RF_FUS_O_G,     /* global, BX */
    RF_FUS_O_PROTO, /* function of the program */
    RF_FUS_O_SYM,   /* symbol */
    RF_FUS_O_SHAPE, /* shape */
    RF_FUS_O_LIB,   /* library function used */
    RF_FUS_O_IMM,   /* signed 16-bit number */
    RF_FUS_O_IMMX,  /* signed 32-bit number, BX */
    RF_FUS_O_COUNT, /* unsigned number of things */
    RF_FUS_O_OFF,   /* jump, C */
    RF_FUS_O_OFFX,  /* jump, BX */
} rf_fus_operand;

/* X(name, D, A, B, C, text): kinds of the operands (KX, G, IMMX, OFFX stand at B and take C too), and what it does. */
#define RF_FUS_OPCODES(X) \
    X(MOVE, NONE, W, R, NONE, "A := B") \
    X(CONST, NONE, W, KX, NONE, "A := constant BX") \
    X(INT, NONE, W, IMMX, NONE, "A := the integer BX") \
    X(UPVAL, NONE, W, UP, NONE, "A := captured value B") \
    X(SETUP, NONE, R, UPX, R, "captured value B of the closure C := A (recursive groups)") \
    X(GLOBAL, NONE, W, G, NONE, "A := global BX; an error when its definition has not run") \
    X(SETGLOBAL, NONE, R, G, NONE, "global BX := A") \
    X(CELL, NONE, W, R, NONE, "A := a new cell holding B") \
    X(CELLGET, NONE, W, R, NONE, "A := content of the cell B") \
    X(CELLSET, NONE, R, R, NONE, "content of the cell A := B") \
    X(ADD, NONE, W, R, R, "A := B + C, int/int (wrapping) or float/float") \
    X(SUB, NONE, W, R, R, "A := B - C") \
    X(MUL, NONE, W, R, R, "A := B * C") \
    X(DIV, NONE, W, R, R, "A := B / C, toward zero; division by zero is an error, for floats too") \
    X(MOD, NONE, W, R, R, "A := B % C, sign of B") \
    X(POW, NONE, W, R, R, "A := B ** C, floats (ints: int power, negative exponent an error)") \
    X(NEG, NONE, W, R, NONE, "A := - B") \
    X(ADDI, NONE, W, R, IMM, "A := B + C, an int") \
    X(SUBI, NONE, W, R, IMM, "A := B - C, an int") \
    X(MULI, NONE, W, R, IMM, "A := B * C, an int") \
    X(DIVI, NONE, W, R, IMM, "A := B / C, an int other than 0 and -1") \
    X(MODI, NONE, W, R, IMM, "A := B % C, an int other than 0 and -1") \
    X(FADD, NONE, W, R, R, "as ADD; floats are likely") \
    X(FSUB, NONE, W, R, R, "as SUB; floats are likely") \
    X(FMUL, NONE, W, R, R, "as MUL; floats are likely") \
    X(FDIV, NONE, W, R, R, "as DIV; floats are likely") \
    X(CONCAT, NONE, W, R, R, "A := B ++ C") \
    X(CONCATN, COUNT, W, RUN, NONE, "A := the D strings from B on, joined") \
    X(DISPLAY, NONE, W, R, NONE, "A := B as text") \
    X(FORMAT, NONE, W, R, K, "A := B by the format string C (\"%.2f\", \"D4\")") \
    X(EQ, NONE, W, R, R, "A := B = C, by structure") \
    X(NE, NONE, W, R, R, "A := B <> C") \
    X(LT, NONE, W, R, R, "A := B < C, int/int or float/float") \
    X(LE, NONE, W, R, R, "A := B <= C") \
    X(GT, NONE, W, R, R, "A := B > C") \
    X(GE, NONE, W, R, R, "A := B >= C") \
    X(NOT, NONE, W, R, NONE, "A := not B, a bool") \
    X(JMP, NONE, NONE, OFFX, NONE, "jump forward or back without a poll: never closes a loop by itself") \
    X(LOOP, NONE, NONE, OFFX, NONE, "jump back, after a poll for limits and collection") \
    X(JT, NONE, R, OFFX, NONE, "jump if A is truthy") \
    X(JF, NONE, R, OFFX, NONE, "jump unless A is truthy") \
    X(JTB, NONE, R, OFFX, NONE, "jump if A; a bool or an error") \
    X(JFB, NONE, R, OFFX, NONE, "jump unless A; a bool or an error") \
    X(JEQ, NONE, R, R, OFF, "jump if A = B") \
    X(JNE, NONE, R, R, OFF, "jump unless A = B") \
    X(JLT, NONE, R, R, OFF, "jump if A < B") \
    X(JNLT, NONE, R, R, OFF, "jump unless A < B (not the same as >= for NaN)") \
    X(JLE, NONE, R, R, OFF, "jump if A <= B") \
    X(JNLE, NONE, R, R, OFF, "jump unless A <= B") \
    X(JGT, NONE, R, R, OFF, "jump if A > B") \
    X(JNGT, NONE, R, R, OFF, "jump unless A > B") \
    X(JGE, NONE, R, R, OFF, "jump if A >= B") \
    X(JNGE, NONE, R, R, OFF, "jump unless A >= B") \
    X(JEQI, NONE, R, IMM, OFF, "jump if A = the int B") \
    X(JNEI, NONE, R, IMM, OFF, "jump unless A = the int B") \
    X(JLTI, NONE, R, IMM, OFF, "jump if A < the int B") \
    X(JNLTI, NONE, R, IMM, OFF, "jump unless A < the int B") \
    X(JLEI, NONE, R, IMM, OFF, "jump if A <= the int B") \
    X(JNLEI, NONE, R, IMM, OFF, "jump unless A <= the int B") \
    X(JGTI, NONE, R, IMM, OFF, "jump if A > the int B") \
    X(JNGTI, NONE, R, IMM, OFF, "jump unless A > the int B") \
    X(JGEI, NONE, R, IMM, OFF, "jump if A >= the int B") \
    X(JNGEI, NONE, R, IMM, OFF, "jump unless A >= the int B") \
    X(JEQK, NONE, R, K, OFF, "jump if A = constant B") \
    X(JNEK, NONE, R, K, OFF, "jump unless A = constant B") \
    X(JNCTOR, NONE, R, SYM, OFF, "jump unless A is a variant named B") \
    X(JNTUPLE, NONE, R, COUNT, OFF, "jump unless A is a tuple of B") \
    X(JNARRAY, NONE, R, COUNT, OFF, "jump unless A is an array of B") \
    X(JNFIELD, NONE, R, SYM, OFF, "jump unless A is a record with the field B") \
    X(JNCONS, NONE, R, OFFX, NONE, "jump unless A is a list with a head") \
    X(JNNIL, NONE, R, OFFX, NONE, "jump unless A is []") \
    X(MATCHFAIL, NONE, NONE, NONE, NONE, "error: no pattern matched") \
    X(CTORFIELD, NONE, W, R, COUNT, "A := field C of the variant B") \
    X(ITEM, NONE, W, R, COUNT, "A := item C of the tuple or array B") \
    X(HEAD, NONE, W, R, NONE, "A := head of the list B") \
    X(TAIL, NONE, W, R, NONE, "A := tail of the list B") \
    X(UNCONS, NONE, W2, R, NONE, "A := head, A + 1 := tail of the list B") \
    X(TUPLE, NONE, W, RUN, COUNT, "A := the tuple of C values from B on") \
    X(LIST, NONE, W, RUN, COUNT, "A := the list of C values from B on") \
    X(ARRAY, NONE, W, RUN, COUNT, "A := the array of C values from B on") \
    X(CONS, NONE, W, R, R, "A := B :: C") \
    X(RECORD, NONE, W, RUN, SHAPE, "A := a record of shape C, its values from B on, in the shape's order") \
    X(RECWITH, NONE, W, RUN1, SHAPE, "A := copy of the record B with the fields of C set to the values from B + 1 on") \
    X(VARIANT, COUNT, W, RUN, SYM, "A := the variant C with D values from B on") \
    X(FIELD, NONE, W, R, SYM, "A := field C of the record B (of an exception: Message)") \
    X(METHOD, NONE, W, R, SYM, "A := the function in field C of B, about to be called with arguments") \
    X(INDEX, NONE, W, R, R, "A := item C of the array B (of a string: its character)") \
    X(UPDATE, NONE, W, RUN3, NONE, "A := copy of the array B with item B + 1 set to B + 2") \
    X(BUILD, NONE, W2, NONE, NONE, "A, A + 1 := an empty list under construction") \
    X(PUSH, NONE, R, R, NONE, "append B to the list under construction A, A + 1") \
    X(PUSHALL, NONE, R, R, NONE, "append all items of the list or array B") \
    X(TOARRAY, NONE, W, R, NONE, "A := the items of the list B as an array") \
    X(ITER, NONE, RW3, NONE, NONE, "begin to go through A, a list, array, map or string; A + 1 is for the loop") \
    X(NEXT, NONE, RW3, OFFX, NONE, "A + 2 := the next item, or jump when there is none") \
    X(FORPREP, NONE, RW4, OFFX, NONE, "A, A + 1, A + 2: first, last, step, ints; A + 3 := first; jump when there is nothing to do") \
    X(FORLOOP, NONE, RW4, OFFX, NONE, "A := A + step, then A + 3 := A and jump back while within A + 1; polls") \
    X(CLOSURE, NONE, W, PROTO, NONE, "A := a closure of function B; it may capture A itself") \
    X(LIBVALUE, NONE, W, LIB, NONE, "A := library function B") \
    X(CALL, COUNT, CALL, NONE, NONE, "A := A applied to D arguments behind it") \
    X(CALLP, COUNT, CALL, PROTO, NONE, "the same for function B, which captures nothing, with all its arguments") \
    X(CALLSELF, COUNT, CALL, NONE, NONE, "the same for the running function, with all its arguments") \
    X(CALLLIB, COUNT, CALL, LIB, NONE, "the same for library function B, with all its arguments") \
    X(TAIL_CALL, COUNT, CALL, NONE, NONE, "return A applied to D arguments, in this frame") \
    X(TAIL_CALLP, COUNT, CALL, PROTO, NONE, "the same for function B") \
    X(TAIL_CALLSELF, COUNT, CALL, NONE, NONE, "the same for the running function") \
    X(RET, NONE, R, NONE, NONE, "return A") \
    X(RAISE, NONE, R, NONE, NONE, "raise A as an exception") \
    X(TRY, NONE, W, OFFX, NONE, "until ENDTRY: an error puts its exception into A and jumps") \
    X(ENDTRY, NONE, NONE, NONE, NONE, "the innermost TRY of this function ends") \
    X(CHECKUNIT, NONE, R, NONE, NONE, "error unless A is unit: an `if` without `else`") \
    X(FAIL, COUNT, NONE, K, NONE, "error number D about the name B: RF_FUS_FAIL_*") \
    /* what follows is written by fusing (pairs that were measured to be frequent) and lowering only */ \
    X(AGAIN, NONE, RW3, OFFX, NONE, "LOOP to a NEXT that would leave behind it: A + 2 := the next item and jump back, after a poll; or go on") \
    X(CALL1, COUNT, CALL, R, R, "MOVE, MOVE, CALL: A := B, A + 1 := C, then A := A applied to the D = 1 arguments behind it") \
    X(CALLN, COUNT, CALL, LIB, NONE, "CALLLIB, of a function in C") \
    /* superinstructions (combine.c): each is itself, and does the work of those behind it too, which stay where they are */ \
    X(MOVE_MOVE, NONE, W, R, NONE, "MOVE, and the MOVE behind it") \
    X(MOVE_CALL, NONE, W, R, NONE, "MOVE, and the CALL behind it") \
    X(MOVE_CALLP, NONE, W, R, NONE, "MOVE, and the CALLP behind it") \
    X(MOVE_CALLN, NONE, W, R, NONE, "MOVE, and the CALLN behind it") \
    X(JNCONS_UNCONS, NONE, R, OFFX, NONE, "JNCONS, and the UNCONS of the same list behind it") \
    X(ADD_RET, NONE, W, R, R, "ADD, and the RET of its result behind it") \
    X(ADDI_RET, NONE, W, R, IMM, "ADDI, and the RET of its result behind it") \
    X(JNCTOR_FIELD, NONE, R, SYM, OFF, "JNCTOR, and the CTORFIELD of the same variant behind it")

typedef enum rf_fus_opcode {
#define X(name, d, a, b, c, text) RF_FUS_I_##name,
    RF_FUS_OPCODES(X)
#undef X
    RF_FUS_I_COUNT
} rf_fus_opcode;

/* What FAIL says. */
enum {
    RF_FUS_FAIL_UNDEFINED, /* "Undefined global: NAME" */
    RF_FUS_FAIL_FIELD,     /* "Record field not found: NAME" (a module has no such function) */
    RF_FUS_FAIL_DENIED,    /* library function NAME that the host did not grant */
};

typedef struct rf_fus_opcode_row {
    const char *name;
    uint8_t d, a, b, c; /* rf_fus_operand */
    const char *text;
} rf_fus_opcode_row;
extern const rf_fus_opcode_row rf_fus_opcode_rows[RF_FUS_I_COUNT]; /* opcode.c */

#endif
