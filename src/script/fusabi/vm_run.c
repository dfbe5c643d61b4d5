/* vm_run.c: the dispatch loop: one label for each instruction of opcode.h, slow paths elsewhere. */
#include "script/fusabi/vm_internal.h"

#include <assert.h>

/* ---- What instructions are made of ---- */

#define NEXT                                  \
    do {                                      \
        w = *pc++;                            \
        goto *labels[RF_FUS_OP(w)];           \
    } while (0)
#define A base[RF_FUS_A(w)]
#define B base[RF_FUS_B(w)]
#define C base[RF_FUS_C(w)]
/* Before anything that may raise, collect or call: where we are. */
#define SAVE() (fp->pc = pc, vm->fp = fp)
#define RAISE(call)                           \
    do {                                      \
        SAVE();                               \
        (void)(call);                         \
        goto raised;                          \
    } while (0)
/* A := what a slow path gives. It may have allocated as natives do, so a collection may be due. */
#define VALUE(call)                           \
    do {                                      \
        SAVE();                               \
        const rf_fus_value got = (call);      \
        if (RF_UNLIKELY(got == RF_FUS_RAISED)) \
            goto raised;                      \
        A = got;                              \
        if (RF_UNLIKELY(vm->pending))         \
            goto settle;                      \
        NEXT;                                 \
    } while (0)
/* A slow path that does it all itself. */
#define DO(call)                              \
    do {                                      \
        SAVE();                               \
        if (RF_UNLIKELY(!(call)))             \
            goto raised;                      \
        if (RF_UNLIKELY(vm->pending))         \
            goto settle;                      \
        NEXT;                                 \
    } while (0)
/* Room for `bytes` in the nursery; may collect, so registers are read afterwards. */
#define ROOM(bytes)                                                                  \
    do {                                                                             \
        if (RF_UNLIKELY((size_t)(vm->heap.end - vm->heap.next) < (size_t)(bytes))) { \
            SAVE();                                                                  \
            if (!rf_fus_room(vm, (bytes)))                                           \
                goto raised;                                                         \
        }                                                                            \
    } while (0)
#define HEAD_OF(type, length) ((uint64_t)(type) | (uint64_t)(length) << 32)
/* An object of no more than RF_FUS_LARGE_BYTES, after ROOM. */
#define BUMP(object, type, length, bytes)                     \
    do {                                                      \
        (object) = (void *)vm->heap.next;                     \
        vm->heap.next += (bytes);                             \
        set_head(&(object)->head, HEAD_OF(type, length));     \
    } while (0)
/* An object of any size, after ROOM. */
#define MAKE(object, type, length, bytes)                                         \
    do {                                                                          \
        if (RF_UNLIKELY(!((object) = rf_fus_object_raw(vm, type, length, bytes)))) \
            goto raised_here;                                                     \
    } while (0)

static inline void set_head(rf_fus_object *object, uint64_t bits) { memcpy(object, &bits, sizeof bits); }
static inline bool both_ints(rf_fus_value a, rf_fus_value b) { return (a & b) >= RF_FUS_INT_TAG; }
static inline bool both_doubles(rf_fus_value a, rf_fus_value b) { return rf_fus_is_double(a) && rf_fus_is_double(b); }
/* The 48 bits of an int at the top of a word: sums that leave them overflow, and order is that of words. */
static inline int64_t high(rf_fus_value v) { return (int64_t)(v << 16); }
static inline rf_fus_value of_high(int64_t high) { return RF_FUS_INT_TAG | (uint64_t)high >> 16; }
static inline bool add_high(int64_t a, int64_t b, int64_t *ret) { return !__builtin_add_overflow(a, b, ret); }
static inline bool sub_high(int64_t a, int64_t b, int64_t *ret) { return !__builtin_sub_overflow(a, b, ret); }
static inline bool mul_high(int64_t a, int64_t b, int64_t *ret) { return !__builtin_mul_overflow(a >> 16, b, ret); }
/* Quotients by 0 and -1 are not for the quick way. */
static inline bool div_high(int64_t a, int64_t b, int64_t *ret) {
    if (RF_UNLIKELY((uint64_t)(b >> 16) + 1 <= 1))
        return false;
    *ret = (int64_t)((uint64_t)(a / b) << 16);
    return true;
}
static inline bool mod_high(int64_t a, int64_t b, int64_t *ret) {
    if (RF_UNLIKELY((uint64_t)(b >> 16) + 1 <= 1))
        return false;
    *ret = a % b;
    return true;
}

/* 0, 1, or -1: only rf_fus_equal_slow knows. */
static inline int quick_equal(rf_fus_value a, rf_fus_value b) {
    if (RF_LIKELY(!rf_fus_is_object(a) || !rf_fus_is_object(b)))
        return both_doubles(a, b) ? rf_fus_double(a) == rf_fus_double(b) : a == b;
    return -1;
}

static inline bool is_closure(rf_fus_value v) { return rf_fus_is(v, RF_FUS_T_CLOSURE); }

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

/* ---- Families ---- */

#define ARITH(name, int_way, float_way, floats_ok)                                   \
    I_##name: {                                                                      \
        const rf_fus_value b = B, c = C;                                             \
        int64_t r;                                                                   \
        if (RF_LIKELY(both_ints(b, c))) {                                            \
            if (RF_LIKELY(int_way(high(b), high(c), &r))) {                          \
                A = of_high(r);                                                      \
                NEXT;                                                                \
            }                                                                        \
        } else if (both_doubles(b, c) && (floats_ok)) {                              \
            A = rf_fus_of_double(float_way);                                         \
            NEXT;                                                                    \
        }                                                                            \
        VALUE(rf_fus_arith(vm, RF_FUS_I_##name, b, c));                              \
    }
#define FARITH(name, plain, float_way, floats_ok)                                    \
    I_F##name: {                                                                     \
        const rf_fus_value b = B, c = C;                                             \
        if (RF_LIKELY(both_doubles(b, c) && (floats_ok))) {                          \
            A = rf_fus_of_double(float_way);                                         \
            NEXT;                                                                    \
        }                                                                            \
        goto plain;                                                                  \
    }
#define ARITHI(name, int_way)                                                        \
    I_##name##I: {                                                                   \
        const rf_fus_value b = B;                                                    \
        const int64_t c = RF_FUS_SC(w);                                              \
        int64_t r;                                                                   \
        if (RF_LIKELY(rf_fus_is_int(b) && int_way(high(b), (int64_t)((uint64_t)c << 16), &r))) { \
            A = of_high(r);                                                          \
            NEXT;                                                                    \
        }                                                                            \
        VALUE(rf_fus_arith(vm, RF_FUS_I_##name, b, rf_fus_of_small_int(c)));         \
    }
#define BRANCH(holds)                         \
    do {                                      \
        if (holds) {                          \
            pc += RF_FUS_SC(w);               \
            NEXT;                             \
        }                                     \
        NEXT;                                 \
    } while (0)
#define BRANCHX(holds)                        \
    do {                                      \
        if (holds) {                          \
            pc += RF_FUS_BX(w);               \
            NEXT;                             \
        }                                     \
        NEXT;                                 \
    } while (0)
/* LT: the value; JLT: jump if so; JNLT: jump unless so; JLTI, JNLTI: against a number in the instruction. */
#define ORDER(name, sign)                                                            \
    I_##name: {                                                                      \
        const rf_fus_value b = B, c = C;                                             \
        bool holds;                                                                  \
        if (RF_LIKELY(both_ints(b, c)))                                              \
            holds = high(b) sign high(c);                                            \
        else if (both_doubles(b, c))                                                 \
            holds = rf_fus_double(b) sign rf_fus_double(c);                          \
        else                                                                         \
            VALUE((rf_fus_order(vm, RF_FUS_I_##name, b, c, &holds) ? rf_fus_of_bool(holds) : RF_FUS_RAISED)); \
        A = rf_fus_of_bool(holds);                                                   \
        NEXT;                                                                        \
    }                                                                                \
    ORDER_JUMP(J##name, name, sign, )                                                \
    ORDER_JUMP(JN##name, name, sign, !)                                              \
    ORDER_JUMPI(J##name##I, name, sign, )                                            \
    ORDER_JUMPI(JN##name##I, name, sign, !)
#define ORDER_JUMP(label, name, sign, negate)                                        \
    I_##label: {                                                                     \
        const rf_fus_value a = A, b = B;                                             \
        bool holds;                                                                  \
        if (RF_LIKELY(both_ints(a, b)))                                              \
            BRANCH(negate(high(a) sign high(b)));                                    \
        if (both_doubles(a, b))                                                      \
            BRANCH(negate(rf_fus_double(a) sign rf_fus_double(b)));                  \
        SAVE();                                                                      \
        if (!rf_fus_order(vm, RF_FUS_I_##name, a, b, &holds))                        \
            goto raised;                                                             \
        BRANCH(negate(holds));                                                       \
    }
#define ORDER_JUMPI(label, name, sign, negate)                                       \
    I_##label: {                                                                     \
        const rf_fus_value a = A;                                                    \
        const int64_t number = RF_FUS_SB(w);                                         \
        bool holds;                                                                  \
        if (RF_LIKELY(rf_fus_is_int(a)))                                             \
            BRANCH(negate(high(a) sign (int64_t)((uint64_t)number << 16)));          \
        SAVE();                                                                      \
        if (!rf_fus_order(vm, RF_FUS_I_##name, a, rf_fus_of_small_int(number), &holds)) \
            goto raised;                                                             \
        BRANCH(negate(holds));                                                       \
    }
#define EQUAL(a, b, ret)                                                             \
    do {                                                                             \
        const rf_fus_value left = (a), right = (b);                                  \
        const int quick = quick_equal(left, right);                                  \
        (ret) = quick;                                                               \
        if (RF_UNLIKELY(quick < 0)) {                                                \
            SAVE();                                                                  \
            if (!rf_fus_equal_slow(vm, left, right, &(ret)))                         \
                goto raised;                                                         \
        }                                                                            \
    } while (0)
/* The callee `closure`, its function in base[-1], its arguments from base[0] on, becomes the frame fp. */
#define ENTER()                                                                      \
    do {                                                                             \
        proto = closure->proto;                                                      \
        if (RF_UNLIKELY(base + proto->registers > vm->soft || fp >= vm->frames_end)) \
            goto grow;                                                               \
        fp->base = base;                                                             \
        fp->closure = closure;                                                       \
        fp->instance = closure->instance;                                            \
        pc = proto->code;                                                            \
        if (RF_UNLIKELY(--polls < 0))                                                \
            goto poll;                                                               \
        NEXT;                                                                        \
    } while (0)

/*
 * Long because it is the dispatch loop: its locals are the machine's registers. pc, base and fp belong to the running frame;
 * vm->fp and fp->pc are up to date whenever other code looks (SAVE).
 */
rf_fus_value rf_fus_run(rf_fus_vm *vm, uint32_t count) {
    static const void *const labels[] = {
#define X(name, d, a, b, c, text) [RF_FUS_I_##name] = &&I_##name,
        RF_FUS_OPCODES(X)
#undef X
        [RF_FUS_I_EXIT] = &&I_EXIT,
        [RF_FUS_I_APPLY] = &&I_APPLY,
    };
    static const rf_fus_code exit_code[] = { RF_FUS_I_EXIT };
    rf_fus_frame *fp = vm->fp;
    rf_fus_value *base = fp->base;
    const rf_fus_code *pc = exit_code;
    int32_t polls = vm->polls_left;
    rf_fus_closure *closure;
    const rf_fus_proto *proto;
    rf_fus_code w = RF_FUS_MAKE(RF_FUS_I_CALL, count, 0, 0, 0);
    goto I_CALL;

    /* ---- Moving ---- */

I_MOVE:
    A = B;
    NEXT;
I_CONST:
    A = fp->instance->constants[(uint32_t)RF_FUS_BX(w)];
    NEXT;
I_INT:
    A = rf_fus_of_small_int(RF_FUS_BX(w));
    NEXT;
I_UPVAL:
    A = fp->closure->upvalues[RF_FUS_B(w)];
    NEXT;
I_SETUP:
    DO(rf_fus_setup(vm, C, RF_FUS_B(w), A));
I_GLOBAL: {
    const rf_fus_value value = fp->instance->globals[(uint32_t)RF_FUS_BX(w)];
    if (RF_UNLIKELY(value == RF_FUS_UNDEF))
        RAISE(raise_undefined(vm, fp->instance, (uint32_t)RF_FUS_BX(w)));
    A = value;
    NEXT;
}
I_SETGLOBAL:
    fp->instance->globals[(uint32_t)RF_FUS_BX(w)] = A;
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

    ARITH(ADD, add_high, rf_fus_double(b) + rf_fus_double(c), true)
    ARITH(SUB, sub_high, rf_fus_double(b) - rf_fus_double(c), true)
    ARITH(MUL, mul_high, rf_fus_double(b) * rf_fus_double(c), true)
    ARITH(DIV, div_high, rf_fus_double(b) / rf_fus_double(c), rf_fus_double(c) != 0.0)
    ARITH(MOD, mod_high, 0.0, false)
    FARITH(ADD, I_ADD, rf_fus_double(b) + rf_fus_double(c), true)
    FARITH(SUB, I_SUB, rf_fus_double(b) - rf_fus_double(c), true)
    FARITH(MUL, I_MUL, rf_fus_double(b) * rf_fus_double(c), true)
    FARITH(DIV, I_DIV, rf_fus_double(b) / rf_fus_double(c), rf_fus_double(c) != 0.0)
    ARITHI(ADD, add_high)
    ARITHI(SUB, sub_high)
    ARITHI(MUL, mul_high)
    ARITHI(DIV, div_high)
    ARITHI(MOD, mod_high)
I_POW:
    VALUE(rf_fus_arith(vm, RF_FUS_I_POW, B, C));
I_NEG: {
    int64_t r;
    if (RF_LIKELY(rf_fus_is_int(B) && sub_high(0, high(B), &r))) {
        A = of_high(r);
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
    VALUE(rf_fus_concat_all(vm, &B, RF_FUS_D(w)));
I_DISPLAY:
    VALUE(rf_fus_display_value(vm, B));
I_FORMAT:
    VALUE(rf_fus_format_hole(vm, B, fp->instance->constants[RF_FUS_C(w)]));
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
    pc += RF_FUS_BX(w);
    NEXT;
I_LOOP:
    pc += RF_FUS_BX(w);
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
    BRANCH(A == rf_fus_of_small_int(RF_FUS_SB(w)));
I_JNEI:
    BRANCH(A != rf_fus_of_small_int(RF_FUS_SB(w)));
I_JEQK: {
    bool equal;
    EQUAL(A, fp->instance->constants[RF_FUS_B(w)], equal);
    BRANCH(equal);
}
I_JNEK: {
    bool equal;
    EQUAL(A, fp->instance->constants[RF_FUS_B(w)], equal);
    BRANCH(!equal);
}
I_JNCTOR:
    BRANCH(!rf_fus_is(A, RF_FUS_T_VARIANT) || RF_FUS_AS(const rf_fus_variant, A)->ctor != fp->instance->symbols[RF_FUS_B(w)]);
I_JNTUPLE:
    BRANCH(!rf_fus_is(A, RF_FUS_T_TUPLE) || rf_fus_object_of(A)->length != RF_FUS_B(w));
I_JNARRAY:
    BRANCH(!rf_fus_is(A, RF_FUS_T_ARRAY) || rf_fus_object_of(A)->length != RF_FUS_B(w));
I_JNFIELD:
    BRANCH(!rf_fus_has_field(A, fp->instance->symbols[RF_FUS_B(w)]));
I_JNCONS:
    BRANCHX(!rf_fus_is(A, RF_FUS_T_CONS));
I_JNNIL:
    BRANCHX(A != RF_FUS_NIL);
I_MATCHFAIL:
    RAISE(rf_fus_raise(vm, "Match failure: no pattern matched"));

    /* ---- Data ---- */

I_CTORFIELD: {
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, B);
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_VARIANT) || RF_FUS_C(w) >= variant->head.length))
        VALUE(rf_fus_ctor_field(vm, B, RF_FUS_C(w)));
    A = variant->items[RF_FUS_C(w)];
    NEXT;
}
I_ITEM: {
    const rf_fus_items *items = RF_FUS_AS(const rf_fus_items, B);
    if (RF_UNLIKELY(!rf_fus_is(B, RF_FUS_T_TUPLE) || RF_FUS_C(w) >= items->head.length))
        VALUE(rf_fus_item_of(vm, B, RF_FUS_C(w)));
    A = items->items[RF_FUS_C(w)];
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
    const uint32_t n = RF_FUS_C(w);
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
    const uint32_t n = RF_FUS_C(w);
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
    DO(rf_fus_list_of(vm, &A, &B, RF_FUS_C(w)));
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
    const rf_fus_shape *shape = fp->instance->program->shapes[RF_FUS_C(w)];
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
    VALUE(rf_fus_record_with(vm, &B, fp->instance->program->shapes[RF_FUS_C(w)]));
I_VARIANT: {
    rf_fus_variant *variant;
    const rf_fus_symbol *ctor = fp->instance->symbols[RF_FUS_C(w)];
    const uint32_t n = RF_FUS_D(w);
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
    const rf_fus_symbol *field = fp->instance->symbols[RF_FUS_C(w)];
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
    VALUE(rf_fus_method_of(vm, B, fp->instance->symbols[RF_FUS_C(w)]));
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
    if (RF_UNLIKELY(--polls < 0)) {
        pc--;
        goto poll;
    }
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
        pc += RF_FUS_BX(w);
    if (RF_UNLIKELY(vm->pending)) {
        SAVE();
        goto settle;
    }
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
    int64_t at;
    rf_fus_value *r = &A;
    if (RF_LIKELY((r[0] & r[1] & r[2]) >= RF_FUS_INT_TAG)) {
        const int64_t last = high(r[1]), step = high(r[2]);
        if (!add_high(high(r[0]), step, &at) || (step >= 0 ? at > last : at < last))
            NEXT;
        r[0] = r[3] = of_high(at);
    } else {
        SAVE();
        if (!rf_fus_for_step(vm, r, &again))
            goto raised;
        if (!again)
            NEXT;
    }
    pc += RF_FUS_BX(w);
    if (RF_UNLIKELY(--polls < 0))
        goto poll;
    NEXT;
}

    /* ---- Functions ---- */

I_CLOSURE: {
    const rf_fus_proto *made = &fp->instance->program->protos[RF_FUS_B(w)];
    const uint32_t n = made->upvalue_count;
    const size_t bytes = sizeof(rf_fus_closure) + 8 * (size_t)n;
    rf_fus_closure *fresh;
    if (n == 0) {
        A = rf_fus_of_object(rf_fus_instance_closure(fp->instance, RF_FUS_B(w)));
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
    A = fp->instance->library[RF_FUS_B(w)].value;
    NEXT;
I_CALLLIB:
    A = fp->instance->library[RF_FUS_B(w)].value;
I_CALL: {
    const rf_fus_value function = A;
    fp->pc = pc;
    fp++;
    base = &A + 1;
    if (RF_LIKELY(is_closure(function))) {
        closure = RF_FUS_AS(rf_fus_closure, function);
        if (RF_LIKELY(closure->proto->arity == RF_FUS_D(w)))
            ENTER();
    }
    fp->base = base;
    count = RF_FUS_D(w);
    goto apply;
}
I_CALLP:
    closure = rf_fus_instance_closure(fp->instance, RF_FUS_B(w));
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
    const rf_fus_lib_entry *entry = &fp->instance->library[RF_FUS_B(w)];
    SAVE();
    vm->row = entry->row;
    const rf_fus_value result = entry->native(vm, &A + 1);
    fp = vm->fp; /* it may have called scripts, and these moved frames and registers */
    base = fp->base;
    if (RF_UNLIKELY(result == RF_FUS_RAISED))
        goto raised;
    A = result;
    if (RF_UNLIKELY(vm->pending))
        goto settle;
    NEXT;
}
I_TAIL_CALL: {
    const rf_fus_value function = A, *args = &A + 1;
    count = RF_FUS_D(w);
    if (RF_UNLIKELY(is_simple_call(function, count))) {
        fp->pc = pc;
        fp++;
        fp->base = &A + 1;
        vm->fp = fp;
        if (rf_fus_call_other(vm, count) == RF_FUS_CALLED_RAISED)
            goto raised;
        fp = vm->fp - 1;
        base = fp->base;
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
    closure = rf_fus_instance_closure(fp->instance, RF_FUS_B(w));
    for (uint32_t i = 0; i < RF_FUS_D(w); i++)
        base[i] = args[i];
    ENTER();
}
I_TAIL_CALLSELF: {
    const rf_fus_value *args = &A + 1;
    for (uint32_t i = 0; i < RF_FUS_D(w); i++)
        base[i] = args[i];
    pc = fp->closure->proto->code;
    if (RF_UNLIKELY(--polls < 0))
        goto poll;
    NEXT;
}
I_RET: {
    const rf_fus_value result = A;
    base[-1] = result;
    fp--;
    pc = fp->pc;
    base = fp->base;
    NEXT;
}
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

    /* ---- Errors ---- */

I_RAISE:
    RAISE(rf_fus_raise_value(vm, A));
I_TRY: {
    const rf_fus_handler handler = { .pc = pc + RF_FUS_BX(w), .frame = (uint32_t)(fp - vm->frames), .reg = RF_FUS_A(w) };
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
    RAISE(rf_fus_fail(vm, RF_FUS_D(w), fp->instance->constants[RF_FUS_B(w)]));

    /* ---- The machinery ---- */

I_EXIT:
    vm->polls_left = polls;
    vm->fp = fp;
    return base[0];
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
