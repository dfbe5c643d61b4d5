/* vm_arith.c: arithmetic and comparison beyond small ints: floats, 64-bit ints, and the errors of everything else. */
#include "script/fusabi/vm_internal.h"

#include <assert.h>
#include <math.h>

/* ---- Arithmetic ---- */

typedef struct arith_name { const char *name, *sign; } arith_name;

static arith_name name_of(rf_fus_opcode op) {
    switch (op) {
    case RF_FUS_I_ADD: return (arith_name){ "addition", "+" };
    case RF_FUS_I_SUB: return (arith_name){ "subtraction", "-" };
    case RF_FUS_I_MUL: return (arith_name){ "multiplication", "*" };
    case RF_FUS_I_DIV: return (arith_name){ "division", "/" };
    case RF_FUS_I_MOD: return (arith_name){ "modulo", "%" };
    case RF_FUS_I_POW: return (arith_name){ "power", "**" };
    case RF_FUS_I_LT: return (arith_name){ "comparison", "<" };
    case RF_FUS_I_LE: return (arith_name){ "comparison", "<=" };
    case RF_FUS_I_GT: return (arith_name){ "comparison", ">" };
    case RF_FUS_I_GE: return (arith_name){ "comparison", ">=" };
    default: return (arith_name){ "concatenation", "++" };
    }
}

static rf_fus_value raise_mismatch(rf_fus_vm *vm, rf_fus_opcode op, rf_fus_value a, rf_fus_value b) {
    arith_name name = name_of(op);
    return rf_fus_raise(vm, "Type mismatch in %s: %s %s %s", name.name, rf_fus_type_name(a), name.sign, rf_fus_type_name(b));
}

static uint64_t int_power(uint64_t base, uint64_t exponent) {
    uint64_t result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1)
            result *= base;
        base *= base;
    }
    return result;
}

/* Wraps at 64 bits. */
static rf_fus_value int_arith(rf_fus_vm *vm, rf_fus_opcode op, int64_t a, int64_t b) {
    const uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (op) {
    case RF_FUS_I_ADD: return rf_fus_int_new(vm, (int64_t)(x + y));
    case RF_FUS_I_SUB: return rf_fus_int_new(vm, (int64_t)(x - y));
    case RF_FUS_I_MUL: return rf_fus_int_new(vm, (int64_t)(x * y));
    case RF_FUS_I_POW:
        if (b < 0)
            return rf_fus_raise(vm, "An int to a negative power");
        return rf_fus_int_new(vm, (int64_t)int_power(x, y));
    default: break;
    }
    if (b == 0)
        return rf_fus_raise(vm, "Division by zero");
    if (b == -1) /* the smallest int has no counterpart: it wraps */
        return rf_fus_int_new(vm, op == RF_FUS_I_DIV ? (int64_t)(0 - x) : 0);
    return rf_fus_int_new(vm, op == RF_FUS_I_DIV ? a / b : a % b);
}

static rf_fus_value float_arith(rf_fus_vm *vm, rf_fus_opcode op, double a, double b) {
    switch (op) {
    case RF_FUS_I_ADD: return rf_fus_of_double(a + b);
    case RF_FUS_I_SUB: return rf_fus_of_double(a - b);
    case RF_FUS_I_MUL: return rf_fus_of_double(a * b);
    case RF_FUS_I_POW: return rf_fus_of_double(pow(a, b));
    default: break;
    }
    if (b == 0.0)
        return rf_fus_raise(vm, "Division by zero");
    return rf_fus_of_double(op == RF_FUS_I_DIV ? a / b : fmod(a, b));
}

rf_fus_value rf_fus_arith(rf_fus_vm *vm, rf_fus_opcode op, rf_fus_value a, rf_fus_value b) {
    if (rf_fus_is_any_int(a) && rf_fus_is_any_int(b)) {
        int64_t x = rf_fus_int(a), y = rf_fus_int(b); /* read before room is made, which may move them */
        return rf_fus_room(vm, sizeof(rf_fus_bigint)) ? int_arith(vm, op, x, y) : RF_FUS_RAISED;
    }
    if (rf_fus_is_double(a) && rf_fus_is_double(b))
        return float_arith(vm, op, rf_fus_double(a), rf_fus_double(b));
    return raise_mismatch(vm, op, a, b);
}

rf_fus_value rf_fus_negate(rf_fus_vm *vm, rf_fus_value a) {
    if (rf_fus_is_any_int(a))
        return rf_fus_arith(vm, RF_FUS_I_SUB, rf_fus_of_small_int(0), a);
    if (rf_fus_is_double(a))
        return rf_fus_of_double(-rf_fus_double(a));
    return rf_fus_raise(vm, "Type mismatch in negation: -%s", rf_fus_type_name(a));
}

/* ---- Order and equality ---- */

bool rf_fus_order(rf_fus_vm *vm, rf_fus_opcode op, rf_fus_value a, rf_fus_value b, bool *ret_holds) {
    bool less, same;
    if (rf_fus_is_any_int(a) && rf_fus_is_any_int(b)) {
        less = rf_fus_int(a) < rf_fus_int(b);
        same = rf_fus_int(a) == rf_fus_int(b);
    } else if (rf_fus_is_double(a) && rf_fus_is_double(b)) {
        double x = rf_fus_double(a), y = rf_fus_double(b);
        if (x != x || y != y) {
            *ret_holds = false;
            return true;
        }
        less = x < y;
        same = x == y;
    } else {
        (void)raise_mismatch(vm, op, a, b);
        return false;
    }
    *ret_holds = op == RF_FUS_I_LT ? less : op == RF_FUS_I_LE ? less || same : op == RF_FUS_I_GT ? !less && !same : !less;
    return true;
}

/* Short texts are most of it; the rest is equal.c's. */
bool rf_fus_equal_slow(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, bool *ret_equal) {
    if (!rf_fus_is_object(a) || !rf_fus_is_object(b)) {
        *ret_equal = rf_fus_is_double(a) && rf_fus_is_double(b) ? rf_fus_double(a) == rf_fus_double(b) : a == b;
        return true;
    }
    if (rf_fus_object_of(a)->type == RF_FUS_T_STRING && rf_fus_object_of(b)->type == RF_FUS_T_STRING) {
        const rf_fus_string *x = RF_FUS_AS(const rf_fus_string, a), *y = RF_FUS_AS(const rf_fus_string, b);
        *ret_equal = x == y || (x->head.length == y->head.length && memcmp(x->bytes, y->bytes, x->head.length) == 0);
        return true;
    }
    return rf_fus_equal(vm, a, b, ret_equal);
}

/* ---- Counted loops: r[0] counts from r[0] to r[1] by r[2]; r[3] is what the body sees ---- */

static bool within(int64_t at, int64_t last, int64_t step) { return step >= 0 ? at <= last : at >= last; }

bool rf_fus_for_prepare(rf_fus_vm *vm, rf_fus_value *r, bool *ret_enter) {
    for (int i = 0; i < 3; i++)
        if (!rf_fus_is_any_int(r[i])) {
            (void)rf_fus_raise_type(vm, "int", r[i]);
            return false;
        }
    if (rf_fus_int(r[2]) == 0) {
        (void)rf_fus_raise(vm, "The step of a range cannot be zero");
        return false;
    }
    *ret_enter = within(rf_fus_int(r[0]), rf_fus_int(r[1]), rf_fus_int(r[2]));
    r[3] = r[0];
    return true;
}

bool rf_fus_for_step(rf_fus_vm *vm, rf_fus_value *r, bool *ret_again) {
    for (int i = 0; i < 3; i++)
        if (!rf_fus_is_any_int(r[i])) {
            (void)rf_fus_raise_type(vm, "int", r[i]);
            return false;
        }
    int64_t at, last = rf_fus_int(r[1]), step = rf_fus_int(r[2]);
    *ret_again = !__builtin_add_overflow(rf_fus_int(r[0]), step, &at) && within(at, last, step);
    if (!*ret_again)
        return true;
    if (!rf_fus_room(vm, sizeof(rf_fus_bigint)))
        return false;
    rf_fus_value next = rf_fus_int_new(vm, at);
    if (next == RF_FUS_RAISED)
        return false;
    r[0] = r[3] = next;
    return true;
}
