/* vm_ops.h: what the instructions of the dispatch loop (vm_run.c) are made of: its macros, and nothing for anybody else. */
#ifndef RF_SCRIPT_FUSABI_VM_OPS_H
#define RF_SCRIPT_FUSABI_VM_OPS_H

#include "script/fusabi/vm_internal.h"

/* ---- What instructions are made of ---- */

#define NEXT goto *labels[RF_FUS_OP(*pc++)]
/* Operands of the instruction in front of pc, read from memory: that takes one machine instruction, cutting them out of a
 * word three. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "operands stand in the order of their bits");
#define OP_D ((const uint8_t *)(const void *)pc)[-7]
#define OP_A ((const uint16_t *)(const void *)pc)[-3]
#define OP_B ((const uint16_t *)(const void *)pc)[-2]
#define OP_C ((const uint16_t *)(const void *)pc)[-1]
#define OP_SB ((const int16_t *)(const void *)pc)[-2]
#define OP_SC ((const int16_t *)(const void *)pc)[-1]
#define OP_BX ((const int32_t *)(const void *)pc)[-1]
#define OP_UBX ((const uint32_t *)(const void *)pc)[-1]
#define A base[OP_A]
#define B base[OP_B]
#define C base[OP_C]
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
static inline bool add_ints(rf_fus_value a, rf_fus_value b, rf_fus_value *ret) {
    int64_t sum;
    bool fits = !__builtin_add_overflow(high(a), high(b), &sum);
    *ret = RF_FUS_INT_TAG | (uint64_t)sum >> 16;
    return fits;
}
static inline bool sub_ints(rf_fus_value a, rf_fus_value b, rf_fus_value *ret) {
    int64_t difference;
    bool fits = !__builtin_sub_overflow(high(a), high(b), &difference);
    *ret = RF_FUS_INT_TAG | (uint64_t)difference >> 16;
    return fits;
}
static inline bool mul_ints(rf_fus_value a, rf_fus_value b, rf_fus_value *ret) {
    int64_t product;
    bool fits = !__builtin_mul_overflow(rf_fus_small_int(a), high(b), &product);
    *ret = RF_FUS_INT_TAG | (uint64_t)product >> 16;
    return fits;
}
/* Quotients by 0 and -1 are not for the quick way. */
static inline bool div_ints(rf_fus_value a, rf_fus_value b, rf_fus_value *ret) {
    const int64_t by = rf_fus_small_int(b);
    if (RF_UNLIKELY((uint64_t)by + 1 <= 1))
        return false;
    const uint64_t x = a - RF_FUS_INT_TAG, y = b - RF_FUS_INT_TAG;
    if (RF_LIKELY((x | y) >> 32 == 0)) /* 32 bits are quicker on many processors */
        *ret = RF_FUS_INT_TAG | (uint32_t)x / (uint32_t)y;
    else
        *ret = rf_fus_of_small_int(rf_fus_small_int(a) / by);
    return true;
}
static inline bool mod_ints(rf_fus_value a, rf_fus_value b, rf_fus_value *ret) {
    const int64_t by = rf_fus_small_int(b);
    if (RF_UNLIKELY((uint64_t)by + 1 <= 1))
        return false;
    const uint64_t x = a - RF_FUS_INT_TAG, y = b - RF_FUS_INT_TAG;
    if (RF_LIKELY((x | y) >> 32 == 0))
        *ret = RF_FUS_INT_TAG | (uint32_t)x % (uint32_t)y;
    else
        *ret = rf_fus_of_small_int(rf_fus_small_int(a) % by);
    return true;
}

/* 0, 1, or -1: only rf_fus_equal_slow knows. */
static inline int quick_equal(rf_fus_value a, rf_fus_value b) {
    if (RF_LIKELY(!rf_fus_is_object(a) || !rf_fus_is_object(b)))
        return both_doubles(a, b) ? rf_fus_double(a) == rf_fus_double(b) : a == b;
    const rf_fus_object *x = rf_fus_object_of(a), *y = rf_fus_object_of(b);
    return x->type == RF_FUS_T_STRING && y->type == RF_FUS_T_STRING && x->length != y->length ? 0 : -1;
}

static inline bool is_closure(rf_fus_value v) { return rf_fus_is(v, RF_FUS_T_CLOSURE); }

/* ---- Families ---- */

#define ARITH(name, int_way, float_way, floats_ok)                                   \
    I_##name: {                                                                      \
        const rf_fus_value b = B, c = C;                                             \
        rf_fus_value r;                                                              \
        if (RF_LIKELY(both_ints(b, c))) {                                            \
            if (RF_LIKELY(int_way(b, c, &r))) {                                      \
                A = r;                                                               \
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
        const rf_fus_value c = rf_fus_of_small_int(OP_SC);                    \
        rf_fus_value r;                                                              \
        if (RF_LIKELY(rf_fus_is_int(b) && int_way(b, c, &r))) {                      \
            A = r;                                                                   \
            NEXT;                                                                    \
        }                                                                            \
        VALUE(rf_fus_arith(vm, RF_FUS_I_##name, b, c));                              \
    }
#define BRANCH(holds)                         \
    do {                                      \
        if (holds) {                          \
            pc += OP_SC;               \
            NEXT;                             \
        }                                     \
        NEXT;                                 \
    } while (0)
#define BRANCHX(holds)                        \
    do {                                      \
        if (holds) {                          \
            pc += OP_BX;               \
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
        const int64_t number = OP_SB;                                         \
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
#define RETURN(value)                         \
    do {                                      \
        base[-1] = (value);                   \
        fp--;                                 \
        pc = fp->pc;                          \
        base = fp->base;                      \
        NEXT;                                 \
    } while (0)
/* The callee `closure`, its function in base[-1], its arguments from base[0] on, becomes the frame fp. */
#define ENTER()                                                                      \
    do {                                                                             \
        proto = closure->proto;                                                      \
        if (RF_UNLIKELY(base + proto->registers > vm->soft || fp >= vm->frames_end)) \
            goto grow;                                                               \
        fp->base = base;                                                             \
        __asm__ volatile("" ::: "memory"); /* or they are packed into one vector, which takes longer */ \
        fp->closure = closure;                                                       \
        fp->instance = closure->instance;                                            \
        pc = proto->code;                                                            \
        if (RF_UNLIKELY(--polls < 0))                                                \
            goto poll;                                                               \
        NEXT;                                                                        \
    } while (0)

#endif
