/* vm_run.c: the dispatch loop: one label for each instruction of opcode.h, slow paths elsewhere. */
#include "script/fusabi/vm_ops.h"

/* A call in tail position that ends by itself, so that it can be made from the frame that is still there: its line is known
 * when it raises. */
static bool is_simple_call(rf_fus_value function, uint32_t count) {
    if (rf_fus_is(function, RF_FUS_T_NATIVE))
        return count <= RF_FUS_AS(const rf_fus_native_value, function)->row->arity;
    return !rf_fus_is_function(function);
}

static __attribute__((cold, noinline)) void raise_undefined(rf_fus_vm *vm, const rf_fus_instance *instance, uint32_t global) {
    const rf_fus_program *program = instance->program;
    const char *name = "?";
    for (uint32_t i = 0; i < program->export_count; i++)
        if (program->exports[i].global == global)
            name = program->exports[i].name->bytes;
    (void)rf_fus_raise(vm, "Undefined global: %s", name);
}

/*
 * This function is long because it is the dispatch loop: its locals are the machine's registers. pc, base and fp belong to the running frame;
 * vm->fp and fp->pc are up to date whenever other code looks (SAVE).
 */
rf_fus_value rf_fus_run(rf_fus_vm *vm, uint32_t count) {
    static const void *const labels[] = {
#define X(name, d, a, b, c, text) [RF_FUS_I_##name] = &&I_##name,
        RF_FUS_OPCODES(X)
#undef X
        [RF_FUS_I_EXIT] = &&I_EXIT,
        [RF_FUS_I_APPLY] = &&I_APPLY,
        [RF_FUS_I_MARK] = &&I_MARK,
    };
    static const rf_fus_code exit_code[] = { RF_FUS_I_EXIT };
    rf_fus_frame *fp = vm->fp;
    rf_fus_value *base = fp->base;
    const rf_fus_code *pc;
    int32_t polls = vm->polls_left;
    rf_fus_closure *closure;
    const rf_fus_proto *proto;
    rf_fus_value result;
    fp->pc = exit_code;
    fp++;
    base++;
    if (RF_LIKELY(is_closure(base[-1]))) {
        closure = RF_FUS_AS(rf_fus_closure, base[-1]);
        if (RF_LIKELY(closure->proto->arity == count))
            ENTER();
    }
    fp->base = base;
    goto apply;

    /* ---- Moving ---- */

I_MOVE:
    A = B;
    NEXT;
I_CONST:
    A = fp->instance->constants[OP_UBX];
    NEXT;
I_INT:
    A = rf_fus_of_small_int(OP_BX);
    NEXT;
I_UPVAL:
    A = fp->closure->upvalues[OP_B];
    NEXT;
I_SETUP:
    DO(rf_fus_setup(vm, C, OP_B, A));
I_GLOBAL: {
    const rf_fus_value value = fp->instance->globals[OP_UBX];
    if (RF_UNLIKELY(value == RF_FUS_UNDEF))
        RAISE(raise_undefined(vm, fp->instance, OP_UBX));
    A = value;
    NEXT;
}
I_SETGLOBAL:
    fp->instance->globals[OP_UBX] = A;
    if (rf_fus_is_young(A))
        fp->instance->dirty = vm->heap.roots_dirty = true;
    NEXT;
I_CELL: {
    rf_fus_cell *cell;
    ROOM(sizeof *cell);
    BUMP(cell, RF_FUS_T_CELL, 0, sizeof *cell);
    cell->value = B;
    A = rf_fus_of_object(cell);
    NEXT;
}
I_CELLGET:
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_CELL)))
        RAISE(rf_fus_raise_type(vm, "cell", B));
    A = RF_FUS_AS(const rf_fus_cell, B)->value;
    NEXT;
I_CELLSET: {
    if (RF_UNLIKELY(!rf_fus_is(A, RF_FUS_T_CELL)))
        RAISE(rf_fus_raise_type(vm, "cell", A));
    rf_fus_cell *cell = RF_FUS_AS(rf_fus_cell, A);
    cell->value = B;
    rf_fus_barrier(&vm->heap, &cell->head, B);
    NEXT;
}

    /* ---- Numbers and texts ---- */

    ARITH(ADD, add_ints, rf_fus_double(b) + rf_fus_double(c), true)
    ARITH(SUB, sub_ints, rf_fus_double(b) - rf_fus_double(c), true)
    ARITH(MUL, mul_ints, rf_fus_double(b) * rf_fus_double(c), true)
    ARITH(DIV, div_ints, rf_fus_double(b) / rf_fus_double(c), rf_fus_double(c) != 0.0)
    ARITH(MOD, mod_ints, 0.0, false)
    FARITH(ADD, I_ADD, rf_fus_double(b) + rf_fus_double(c), true)
    FARITH(SUB, I_SUB, rf_fus_double(b) - rf_fus_double(c), true)
    FARITH(MUL, I_MUL, rf_fus_double(b) * rf_fus_double(c), true)
    FARITH(DIV, I_DIV, rf_fus_double(b) / rf_fus_double(c), rf_fus_double(c) != 0.0)
    ARITHI(ADD, add_ints)
    ARITHI(SUB, sub_ints)
    ARITHI(MUL, mul_ints)
    ARITHI(DIV, div_ints)
    ARITHI(MOD, mod_ints)
I_POW:
    VALUE(rf_fus_arith(vm, RF_FUS_I_POW, B, C));
I_NEG: {
    rf_fus_value r;
    if (RF_LIKELY(rf_fus_is_int(B) && sub_ints(rf_fus_of_small_int(0), B, &r))) {
        A = r;
        NEXT;
    }
    VALUE(rf_fus_negate(vm, B));
}
I_CONCAT: {
    if (RF_UNLIKELY(!rf_fus_is_string(B) || !rf_fus_is_string(C)))
        VALUE(rf_fus_concat_all(vm, (rf_fus_value[]){ B, C }, 2));
    ROOM(96); /* a rope, or a short string */
    VALUE(rf_fus_concat(vm, B, C));
}
I_CONCATN:
    VALUE(rf_fus_concat_all(vm, &B, OP_D));
I_DISPLAY:
    VALUE(rf_fus_display_value(vm, B));
I_FORMAT:
    VALUE(rf_fus_format_hole(vm, B, fp->instance->constants[OP_C]));
I_NOT:
    if (RF_UNLIKELY(!rf_fus_is_bool(B)))
        RAISE(rf_fus_raise_type(vm, "bool", B));
    A = B ^ 1;
    NEXT;

    /* ---- Comparing and jumping ---- */

I_EQ: {
    bool equal;
    EQUAL(B, C, equal);
    A = rf_fus_of_bool(equal);
    NEXT;
}
I_NE: {
    bool equal;
    EQUAL(B, C, equal);
    A = rf_fus_of_bool(!equal);
    NEXT;
}
    ORDER(LT, <)
    ORDER(LE, <=)
    ORDER(GT, >)
    ORDER(GE, >=)
I_JMP:
    pc += OP_BX;
    NEXT;
I_LOOP:
    pc += OP_BX;
    if (RF_UNLIKELY(--polls < 0))
        goto poll;
    NEXT;
I_JT:
    BRANCHX(A == RF_FUS_TRUE || (A != RF_FUS_FALSE && rf_fus_truthy(A)));
I_JF:
    BRANCHX(A == RF_FUS_FALSE || (A != RF_FUS_TRUE && !rf_fus_truthy(A)));
I_JTB:
    if (RF_UNLIKELY(!rf_fus_is_bool(A)))
        RAISE(rf_fus_raise_type(vm, "bool", A));
    BRANCHX(A == RF_FUS_TRUE);
I_JFB:
    if (RF_UNLIKELY(!rf_fus_is_bool(A)))
        RAISE(rf_fus_raise_type(vm, "bool", A));
    BRANCHX(A == RF_FUS_FALSE);
I_JEQ: {
    bool equal;
    EQUAL(A, B, equal);
    BRANCH(equal);
}
I_JNE: {
    bool equal;
    EQUAL(A, B, equal);
    BRANCH(!equal);
}
I_JEQI:
    BRANCH(A == rf_fus_of_small_int(OP_SB));
I_JNEI:
    BRANCH(A != rf_fus_of_small_int(OP_SB));
I_JEQK: {
    bool equal;
    EQUAL(A, fp->instance->constants[OP_B], equal);
    BRANCH(equal);
}
I_JNEK: {
    bool equal;
    EQUAL(A, fp->instance->constants[OP_B], equal);
    BRANCH(!equal);
}
I_JNCTOR:
    BRANCH(!rf_fus_is(A, RF_FUS_T_VARIANT) || RF_FUS_AS(const rf_fus_variant, A)->ctor != fp->instance->symbols[OP_B]);
I_JNTUPLE:
    BRANCH(!rf_fus_is(A, RF_FUS_T_TUPLE) || rf_fus_object_of(A)->length != OP_B);
I_JNARRAY:
    BRANCH(!rf_fus_is(A, RF_FUS_T_ARRAY) || rf_fus_object_of(A)->length != OP_B);
I_JNFIELD:
    BRANCH(!rf_fus_has_field(A, fp->instance->symbols[OP_B]));
I_JNCONS:
    BRANCHX(!rf_fus_is(A, RF_FUS_T_CONS));
I_JNNIL:
    BRANCHX(A != RF_FUS_NIL);
I_MATCHFAIL:
    RAISE(rf_fus_raise(vm, "Match failure: no pattern matched"));

    /* ---- Data ---- */

I_CTORFIELD: {
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, B);
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_VARIANT) || OP_C >= variant->head.length))
        VALUE(rf_fus_ctor_field(vm, B, OP_C));
    A = variant->items[OP_C];
    NEXT;
}
I_ITEM: {
    const rf_fus_items *items = RF_FUS_AS(const rf_fus_items, B);
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_TUPLE) || OP_C >= items->head.length))
        VALUE(rf_fus_item_of(vm, B, OP_C));
    A = items->items[OP_C];
    NEXT;
}
I_HEAD:
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_CONS)))
        RAISE(rf_fus_raise_list(vm, B));
    A = RF_FUS_AS(const rf_fus_cons, B)->item;
    NEXT;
I_TAIL:
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_CONS)))
        RAISE(rf_fus_raise_list(vm, B));
    A = RF_FUS_AS(const rf_fus_cons, B)->tail;
    NEXT;
I_UNCONS: {
    const rf_fus_cons *cons = RF_FUS_AS(const rf_fus_cons, B);
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_CONS)))
        RAISE(rf_fus_raise_list(vm, B));
    A = cons->item;
    (&A)[1] = cons->tail;
    NEXT;
}
I_TUPLE: {
    rf_fus_items *items;
    const uint32_t n = OP_C;
    const size_t bytes = sizeof *items + 8 * (size_t)(n ? n : 1);
    ROOM(bytes);
    MAKE(items, RF_FUS_T_TUPLE, n, bytes);
    items->items[0] = RF_FUS_UNIT;
    for (uint32_t i = 0; i < n; i++)
        items->items[i] = (&B)[i];
    A = rf_fus_of_object(items);
    NEXT;
}
I_ARRAY: {
    rf_fus_items *items;
    const uint32_t n = OP_C;
    const size_t bytes = sizeof *items + 8 * (size_t)(n ? n : 1);
    ROOM(bytes);
    MAKE(items, RF_FUS_T_ARRAY, n, bytes);
    items->items[0] = RF_FUS_UNIT;
    for (uint32_t i = 0; i < n; i++)
        items->items[i] = (&B)[i];
    A = rf_fus_of_object(items);
    NEXT;
}
I_LIST:
    DO(rf_fus_list_of(vm, &A, &B, OP_C));
I_CONS: {
    rf_fus_cons *cons;
    ROOM(sizeof *cons);
    BUMP(cons, RF_FUS_T_CONS, 0, sizeof *cons);
    cons->item = B;
    cons->tail = C;
    A = rf_fus_of_object(cons);
    NEXT;
}
I_RECORD: {
    rf_fus_record *record;
    const rf_fus_shape *shape = fp->instance->program->shapes[OP_C];
    const size_t bytes = sizeof *record + 8 * (size_t)shape->count;
    ROOM(bytes);
    MAKE(record, RF_FUS_T_RECORD, shape->count, bytes);
    record->shape = shape;
    for (uint32_t i = 0; i < shape->count; i++)
        record->items[i] = (&B)[i];
    A = rf_fus_of_object(record);
    NEXT;
}
I_RECWITH:
    VALUE(rf_fus_record_with(vm, &B, fp->instance->program->shapes[OP_C]));
I_VARIANT: {
    rf_fus_variant *variant;
    const rf_fus_symbol *ctor = fp->instance->symbols[OP_C];
    const uint32_t n = OP_D;
    const size_t bytes = sizeof *variant + 8 * (size_t)n;
    if (n == 0) {
        A = rf_fus_of_object(&ctor->nullary);
        NEXT;
    }
    ROOM(bytes);
    BUMP(variant, RF_FUS_T_VARIANT, n, bytes);
    variant->ctor = ctor;
    for (uint32_t i = 0; i < n; i++)
        variant->items[i] = (&B)[i];
    A = rf_fus_of_object(variant);
    NEXT;
}
I_FIELD: {
    const rf_fus_symbol *field = fp->instance->symbols[OP_C];
    if (RF_LIKELY(rf_fus_is(B, RF_FUS_T_RECORD))) {
        const rf_fus_record *record = RF_FUS_AS(const rf_fus_record, B);
        const int32_t at = rf_fus_shape_index(record->shape, field);
        if (RF_LIKELY(at >= 0)) {
            A = record->items[at];
            NEXT;
        }
    }
    VALUE(rf_fus_field_of(vm, B, field));
}
I_METHOD:
    VALUE(rf_fus_method_of(vm, B, fp->instance->symbols[OP_C]));
I_INDEX: {
    const rf_fus_items *array = RF_FUS_AS(const rf_fus_items, B);
    const uint64_t at = C - RF_FUS_INT_TAG; /* of no index of an array less than 2^32 */
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_ARRAY) || at >= array->head.length))
        VALUE(rf_fus_index(vm, B, C));
    A = array->items[at];
    NEXT;
}
I_UPDATE:
    VALUE(rf_fus_update(vm, &B));
I_BUILD:
    A = (&A)[1] = RF_FUS_NIL;
    NEXT;
I_PUSH: {
    rf_fus_cons *cons;
    const rf_fus_value last = (&A)[1];
    if (RF_UNLIKELY((size_t)(vm->heap.end - vm->heap.next) < sizeof *cons))
        DO(rf_fus_push(vm, &A, &B));
    if (last == RF_FUS_NIL) {
        BUMP(cons, RF_FUS_T_CONS, 0, sizeof *cons);
        A = rf_fus_of_object(cons);
    } else {
        if (RF_UNLIKELY(!rf_fus_is(last, RF_FUS_T_CONS) || rf_fus_object_of(last)->flags))
            DO(rf_fus_push(vm, &A, &B));
        BUMP(cons, RF_FUS_T_CONS, 0, sizeof *cons);
        RF_FUS_AS(rf_fus_cons, last)->tail = rf_fus_of_object(cons);
    }
    cons->item = B;
    cons->tail = RF_FUS_NIL;
    (&A)[1] = rf_fus_of_object(cons);
    NEXT;
}
I_PUSHALL:
    DO(rf_fus_push_all(vm, &A, &B));
I_TOARRAY:
    VALUE(rf_fus_to_array(vm, &B));

    /* ---- Loops ---- */

I_ITER:
    DO(rf_fus_iterate(vm, &A));
I_NEXT: {
    bool more;
    rf_fus_value *r = &A;
    if (RF_LIKELY(rf_fus_is(r[0], RF_FUS_T_CONS))) {
        const rf_fus_cons *cons = RF_FUS_AS(const rf_fus_cons, r[0]);
        r[2] = cons->item;
        r[0] = cons->tail;
        NEXT;
    }
    SAVE();
    if (RF_UNLIKELY(!rf_fus_next(vm, r, &more)))
        goto raised;
    if (!more)
        pc += OP_BX;
    if (RF_UNLIKELY(vm->pending)) {
        SAVE();
        goto settle;
    }
    NEXT;
}
I_AGAIN: {
    bool more;
    rf_fus_value *r = &A;
    if (RF_LIKELY(rf_fus_is(r[0], RF_FUS_T_CONS))) {
        const rf_fus_cons *cons = RF_FUS_AS(const rf_fus_cons, r[0]);
        r[2] = cons->item;
        r[0] = cons->tail;
        pc += OP_BX;
        if (RF_UNLIKELY(--polls < 0))
            goto poll;
        NEXT;
    }
    SAVE();
    if (RF_UNLIKELY(!rf_fus_next(vm, r, &more)))
        goto raised;
    if (more)
        pc += OP_BX;
    SAVE();
    if (RF_UNLIKELY(vm->pending && !rf_fus_settle_pending(vm)))
        goto raised;
    if (RF_UNLIKELY(--polls < 0))
        goto poll;
    NEXT;
}
I_FORPREP: {
    bool enter;
    SAVE();
    if (RF_UNLIKELY(!rf_fus_for_prepare(vm, &A, &enter)))
        goto raised;
    BRANCHX(!enter);
}
I_FORLOOP: {
    bool again;
    rf_fus_value *r = &A, at;
    if (RF_LIKELY((r[0] & r[1] & r[2]) >= RF_FUS_INT_TAG)) {
        if (!add_ints(r[0], r[2], &at) || (high(r[2]) >= 0 ? high(at) > high(r[1]) : high(at) < high(r[1])))
            NEXT;
        r[0] = r[3] = at;
    } else {
        SAVE();
        if (!rf_fus_for_step(vm, r, &again))
            goto raised;
        if (!again)
            NEXT;
    }
    pc += OP_BX;
    if (RF_UNLIKELY(--polls < 0))
        goto poll;
    NEXT;
}

    /* ---- Functions ---- */

I_CLOSURE: {
    const rf_fus_proto *made = &fp->instance->program->protos[OP_B];
    const uint32_t n = made->upvalue_count;
    const size_t bytes = sizeof(rf_fus_closure) + 8 * (size_t)n;
    rf_fus_closure *fresh;
    if (n == 0) {
        A = rf_fus_of_object(rf_fus_instance_closure(fp->instance, OP_B));
        NEXT;
    }
    ROOM(bytes);
    MAKE(fresh, RF_FUS_T_CLOSURE, n, bytes);
    fresh->proto = made;
    fresh->instance = fp->instance;
    A = rf_fus_of_object(fresh); /* which it may capture */
    for (uint32_t i = 0; i < n; i++) {
        const rf_fus_capture capture = made->captures[i];
        fresh->upvalues[i] = capture.from_register ? base[capture.index] : fp->closure->upvalues[capture.index];
    }
    NEXT;
}
I_LIBVALUE:
    A = fp->instance->library[OP_B].value;
    NEXT;
I_CALLLIB:
    A = fp->instance->library[OP_B].value;
I_CALL: {
    const rf_fus_value function = A;
    fp->pc = pc;
    fp++;
    base = &A + 1;
    if (RF_LIKELY(is_closure(function))) {
        closure = RF_FUS_AS(rf_fus_closure, function);
        if (RF_LIKELY(closure->proto->arity == OP_D))
            ENTER();
    }
    goto call_other;
}
call_other: /* base[-1], no closure with just its arguments, to those from base[0] on; fp is behind the caller's frame */
    if (rf_fus_is(base[-1], RF_FUS_T_NATIVE)) {
        const rf_fus_lib_row *row = RF_FUS_AS(const rf_fus_native_value, base[-1])->row;
        if (RF_LIKELY(row->arity == OP_D && row->native && row->needs == 0)) {
            vm->fp = fp - 1; /* a native needs no frame */
            vm->row = row;
            result = row->native(vm, base);
            goto native_result;
        }
    }
    fp->base = base;
    count = OP_D;
    goto apply;
I_CALL1: {
    rf_fus_value *r = &A;
    const rf_fus_value function = B, argument = C;
    r[0] = function;
    r[1] = argument;
    fp->pc = pc;
    fp++;
    base = r + 1;
    if (RF_LIKELY(is_closure(function))) {
        closure = RF_FUS_AS(rf_fus_closure, function);
        if (RF_LIKELY(closure->proto->arity == 1))
            ENTER();
    }
    goto call_other;
}
I_CALLP:
    closure = rf_fus_instance_closure(fp->instance, OP_B);
    fp->pc = pc;
    fp++;
    base = &A + 1;
    ENTER();
I_CALLSELF:
    closure = fp->closure;
    fp->pc = pc;
    fp++;
    base = &A + 1;
    ENTER();
I_CALLN: {
    const rf_fus_lib_entry *entry = &fp->instance->library[OP_B];
    SAVE();
    vm->row = entry->row;
    result = entry->native(vm, &A + 1);
}
native_result:
    fp = vm->fp; /* it may have called scripts, and these moved frames and registers */
    base = fp->base;
    if (RF_UNLIKELY(result == RF_FUS_RAISED))
        goto raised;
    A = result;
    if (RF_UNLIKELY(vm->pending))
        goto settle;
    NEXT;
I_TAIL_CALL: {
    const rf_fus_value function = A, *args = &A + 1;
    count = OP_D;
    if (RF_UNLIKELY(is_simple_call(function, count))) {
        fp->pc = pc;
        fp++;
        fp->base = &A + 1;
        vm->fp = fp;
        if (rf_fus_call_other(vm, count) == RF_FUS_CALLED_RAISED)
            goto raised;
        fp = vm->fp - 1;
        base = fp->base;
        if (RF_UNLIKELY(vm->marked > (size_t)(fp - vm->frames)))
            rf_fus_stack_unmark(vm); /* this frame goes on, without reading its pc */
        goto I_RET;
    }
    base[-1] = function;
    for (uint32_t i = 0; i < count; i++)
        base[i] = args[i];
    if (RF_LIKELY(is_closure(function))) {
        closure = RF_FUS_AS(rf_fus_closure, function);
        if (RF_LIKELY(closure->proto->arity == count))
            ENTER();
    }
    goto apply;
}
I_TAIL_CALLP: {
    const rf_fus_value *args = &A + 1;
    closure = rf_fus_instance_closure(fp->instance, OP_B);
    for (uint32_t i = 0; i < OP_D; i++)
        base[i] = args[i];
    ENTER();
}
I_TAIL_CALLSELF: {
    const rf_fus_value *args = &A + 1;
    for (uint32_t i = 0; i < OP_D; i++)
        base[i] = args[i];
    pc = fp->closure->proto->code;
    if (RF_UNLIKELY(--polls < 0))
        goto poll;
    NEXT;
}
I_RET:
    RETURN(A);
I_APPLY: /* the result is behind the arguments that are left */
    count = (uint32_t)fp->window - 1;
    base[-1] = base[count];
apply: /* base[-1] to the `count` arguments from base[0] on, in the frame fp, which has its base */
    vm->fp = fp;
    switch (rf_fus_call_other(vm, count)) {
    case RF_FUS_CALLED_ENTER:
        fp = vm->fp;
        base = fp->base;
        closure = RF_FUS_AS(rf_fus_closure, base[-1]);
        ENTER();
    case RF_FUS_CALLED_DONE:
        fp = vm->fp - 1;
        pc = fp->pc;
        base = fp->base;
        NEXT;
    case RF_FUS_CALLED_RAISED: break;
    }
    goto raised;

    /* ---- Superinstructions ---- */

I_MOVE_MOVE:
    A = B;
    pc++;
    A = B;
    NEXT;
I_MOVE_CALL:
    A = B;
    pc++;
    goto I_CALL;
I_MOVE_CALLP:
    A = B;
    pc++;
    goto I_CALLP;
I_MOVE_CALLN:
    A = B;
    pc++;
    goto I_CALLN;
I_JNCONS_UNCONS: {
    const rf_fus_value list = A;
    if (!rf_fus_is(list, RF_FUS_T_CONS)) {
        pc += OP_BX;
        NEXT;
    }
    pc++;
    A = RF_FUS_AS(const rf_fus_cons, list)->item;
    (&A)[1] = RF_FUS_AS(const rf_fus_cons, list)->tail;
    NEXT;
}
I_ADD_RET: {
    const rf_fus_value b = B, c = C;
    rf_fus_value r;
    if (RF_UNLIKELY(!both_ints(b, c) || !add_ints(b, c, &r)))
        goto I_ADD;
    RETURN(r);
}
I_ADDI_RET: {
    const rf_fus_value b = B;
    rf_fus_value r;
    if (RF_UNLIKELY(!rf_fus_is_int(b) || !add_ints(b, rf_fus_of_small_int(OP_SC), &r)))
        goto I_ADDI;
    RETURN(r);
}
I_JNCTOR_FIELD: {
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, A);
    if (!rf_fus_is(A, RF_FUS_T_VARIANT) || variant->ctor != fp->instance->symbols[OP_B]) {
        pc += OP_SC;
        NEXT;
    }
    pc++;
    if (RF_UNLIKELY(OP_C >= variant->head.length))
        goto I_CTORFIELD;
    A = variant->items[OP_C];
    NEXT;
}

    /* ---- Errors ---- */

I_RAISE:
    RAISE(rf_fus_raise_value(vm, A));
I_TRY: {
    const rf_fus_handler handler = { .pc = pc + OP_BX, .frame = (uint32_t)(fp - vm->frames), .reg = OP_A };
    if (RF_UNLIKELY(!rf_vec_push(&vm->handlers, handler))) {
        vm->heap.over_limit = false;
        RAISE(rf_fus_raise_nomem(vm));
    }
    NEXT;
}
I_ENDTRY:
    if (RF_LIKELY(vm->handlers.count > vm->level_handlers))
        vm->handlers.count--;
    NEXT;
I_CHECKUNIT:
    if (RF_UNLIKELY(A != RF_FUS_UNIT))
        RAISE(rf_fus_raise_type(vm, "unit", A));
    NEXT;
I_FAIL:
    RAISE(rf_fus_fail(vm, OP_D, fp->instance->constants[OP_B]));

    /* ---- The machinery ---- */

I_EXIT:
    vm->polls_left = polls;
    vm->fp = fp;
    return base[0];
I_MARK:
    pc = rf_fus_stack_lower_mark(vm);
    NEXT;
grow: /* the frame fp, to be entered, needs more than there is */
    fp->base = base;
    fp->closure = NULL;
    fp->window = 0;
    vm->fp = fp;
    if (!rf_fus_stack_grow(vm, proto->registers)) {
        vm->fp--;
        goto raised;
    }
    fp = vm->fp;
    base = fp->base;
    ENTER();
poll:
    SAVE();
    if (!rf_fus_poll_slow(vm))
        goto raised;
    polls = vm->polls_left;
    NEXT;
settle: /* something is pending behind a native or a slow path */
    if (!rf_fus_settle_pending(vm))
        goto raised;
    NEXT;
raised_here:
    SAVE();
raised:
    if (rf_fus_unwind(vm)) {
        fp = vm->fp;
        pc = fp->pc;
        base = fp->base;
        NEXT;
    }
    vm->polls_left = polls;
    return RF_FUS_RAISED;
}
