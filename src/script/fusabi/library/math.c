/* math.c: the module Math. */
#include "script/fusabi/library/math.h"

#include "script/fusabi/library/modules.h"

#include <math.h>

/* A native of one number that gives a float. */
#define OF_FLOAT(name, expression)                                            \
    rf_fus_value rf_fus_math_##name(rf_fus_vm *vm, const rf_fus_value *args) { \
        double x;                                                             \
        if (!rf_fus_expect_number(vm, args[0], &x))                           \
            return RF_FUS_RAISED;                                             \
        return rf_fus_of_double(expression);                                  \
    }

OF_FLOAT(atan, atan(x))
OF_FLOAT(ceil, ceil(x))
OF_FLOAT(cos, cos(x))
OF_FLOAT(exp, exp(x))
OF_FLOAT(floor, floor(x))
OF_FLOAT(round_even, nearbyint(x))
OF_FLOAT(sin, sin(x))
OF_FLOAT(tan, tan(x))
OF_FLOAT(truncate, trunc(x))

static rf_fus_value math_round(rf_fus_vm *vm, const rf_fus_value *args) {
    double x;
    return rf_fus_expect_number(vm, args[0], &x) ? rf_fus_of_double(round(x)) : RF_FUS_RAISED;
}

/* Two numbers; false after raising. */
static bool two(rf_fus_vm *vm, const rf_fus_value *args, double *ret_a, double *ret_b) {
    return rf_fus_expect_number(vm, args[0], ret_a) && rf_fus_expect_number(vm, args[1], ret_b);
}

rf_fus_value rf_fus_math_atan2(rf_fus_vm *vm, const rf_fus_value *args) {
    double y, x;
    return two(vm, args, &y, &x) ? rf_fus_of_double(atan2(y, x)) : RF_FUS_RAISED;
}

rf_fus_value rf_fus_math_pow(rf_fus_vm *vm, const rf_fus_value *args) {
    double base, exponent;
    return two(vm, args, &base, &exponent) ? rf_fus_of_double(pow(base, exponent)) : RF_FUS_RAISED;
}

rf_fus_value rf_fus_math_sqrt(rf_fus_vm *vm, const rf_fus_value *args) {
    double x;
    if (!rf_fus_expect_number(vm, args[0], &x))
        return RF_FUS_RAISED;
    return x < 0 ? rf_fus_raise(vm, "Cannot compute square root of negative number") : rf_fus_of_double(sqrt(x));
}

static rf_fus_value logarithm(rf_fus_vm *vm, rf_fus_value arg, const char *name, double (*function)(double)) {
    double x;
    if (!rf_fus_expect_number(vm, arg, &x))
        return RF_FUS_RAISED;
    return x <= 0 ? rf_fus_raise(vm, "%s argument must be positive", name) : rf_fus_of_double(function(x));
}

rf_fus_value rf_fus_math_log(rf_fus_vm *vm, const rf_fus_value *args) { return logarithm(vm, args[0], "log", log); }
rf_fus_value rf_fus_math_log10(rf_fus_vm *vm, const rf_fus_value *args) { return logarithm(vm, args[0], "log10", log10); }
static rf_fus_value math_log2(rf_fus_vm *vm, const rf_fus_value *args) { return logarithm(vm, args[0], "log2", log2); }

static rf_fus_value arc(rf_fus_vm *vm, rf_fus_value arg, const char *name, double (*function)(double)) {
    double x;
    if (!rf_fus_expect_number(vm, arg, &x))
        return RF_FUS_RAISED;
    return x < -1 || x > 1 ? rf_fus_raise(vm, "%s argument must be in range [-1, 1]", name) : rf_fus_of_double(function(x));
}

rf_fus_value rf_fus_math_asin(rf_fus_vm *vm, const rf_fus_value *args) { return arc(vm, args[0], "asin", asin); }
rf_fus_value rf_fus_math_acos(rf_fus_vm *vm, const rf_fus_value *args) { return arc(vm, args[0], "acos", acos); }

rf_fus_value rf_fus_math_abs(rf_fus_vm *vm, const rf_fus_value *args) {
    double x;
    if (rf_fus_is_any_int(args[0])) {
        int64_t i = rf_fus_int(args[0]);
        return rf_fus_int_new(vm, i < 0 ? (int64_t)(0 - (uint64_t)i) : i); /* the smallest int stays itself: ints wrap */
    }
    return rf_fus_expect_number(vm, args[0], &x) ? rf_fus_of_double(fabs(x)) : RF_FUS_RAISED;
}

rf_fus_value rf_fus_math_sign(rf_fus_vm *vm, const rf_fus_value *args) {
    double x;
    if (!rf_fus_expect_number(vm, args[0], &x))
        return RF_FUS_RAISED;
    return rf_fus_of_small_int((x > 0) - (x < 0));
}

static bool is_number(rf_fus_value v) { return rf_fus_is_double(v) || rf_fus_is_any_int(v); }

/* int/int gives an int, else a float; of NaN and a number the number. */
static rf_fus_value extreme(rf_fus_vm *vm, const rf_fus_value *args, const char *name, bool greatest) {
    if (rf_fus_is_any_int(args[0]) && rf_fus_is_any_int(args[1]))
        return (rf_fus_int(args[0]) > rf_fus_int(args[1])) == greatest ? args[0] : args[1];
    if (!is_number(args[0]) || !is_number(args[1]))
        return rf_fus_raise(vm, "%s expects int or float, got %s and %s", name, rf_fus_type_name(args[0]), rf_fus_type_name(args[1]));
    double a, b;
    if (!two(vm, args, &a, &b))
        return RF_FUS_RAISED;
    return rf_fus_of_double(greatest ? fmax(a, b) : fmin(a, b));
}

static rf_fus_value math_max(rf_fus_vm *vm, const rf_fus_value *args) { return extreme(vm, args, "Math.max", true); }
static rf_fus_value math_min(rf_fus_vm *vm, const rf_fus_value *args) { return extreme(vm, args, "Math.min", false); }

static rf_fus_value math_clamp(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value raised = extreme(vm, (rf_fus_value[]){ args[0], args[2] }, "Math.clamp", true);
    return raised == RF_FUS_RAISED ? RF_FUS_RAISED : extreme(vm, (rf_fus_value[]){ raised, args[1] }, "Math.clamp", false);
}

/* The remainder with the sign of the divisor, as clocks and rings want it. */
static rf_fus_value math_mod(rf_fus_vm *vm, const rf_fus_value *args) {
    if (rf_fus_is_any_int(args[0]) && rf_fus_is_any_int(args[1])) {
        int64_t a = rf_fus_int(args[0]), b = rf_fus_int(args[1]);
        if (b == 0)
            return rf_fus_raise(vm, "Division by zero");
        int64_t rest = b == -1 ? 0 : a % b;
        return rf_fus_int_new(vm, rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    }
    double a, b;
    if (!two(vm, args, &a, &b))
        return RF_FUS_RAISED;
    if (b == 0)
        return rf_fus_raise(vm, "Division by zero");
    double rest = fmod(a, b);
    return rf_fus_of_double(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
}

static rf_fus_value constant(rf_fus_vm *vm, rf_fus_value arg, double value) {
    return arg == RF_FUS_UNIT ? rf_fus_of_double(value) : rf_fus_raise_type(vm, "unit", arg);
}

static rf_fus_value math_pi(rf_fus_vm *vm, const rf_fus_value *args) { return constant(vm, args[0], 3.14159265358979323846); }
static rf_fus_value math_e(rf_fus_vm *vm, const rf_fus_value *args) { return constant(vm, args[0], 2.71828182845904523536); }
static rf_fus_value math_infinity(rf_fus_vm *vm, const rf_fus_value *args) { return constant(vm, args[0], (double)INFINITY); }
static rf_fus_value math_nan(rf_fus_vm *vm, const rf_fus_value *args) { return constant(vm, args[0], (double)NAN); }

static rf_fus_value math_is_nan(rf_fus_vm *vm, const rf_fus_value *args) {
    double x;
    return rf_fus_expect_number(vm, args[0], &x) ? rf_fus_of_bool(isnan(x)) : RF_FUS_RAISED;
}

static const rf_fus_lib_row rows[] = {
    RF_FUS_ROW("Math.abs", "x", "'a -> 'a", "The number without its sign; an int stays an int.", "Math.abs (-5) // 5",
               rf_fus_math_abs, 1),
    RF_FUS_ROW("Math.acos", "x", "_ -> float", "Arc cosine in radians; the argument must be in [-1, 1].", "Math.acos 1 // 0",
               rf_fus_math_acos, 1),
    RF_FUS_ROW("Math.asin", "x", "_ -> float", "Arc sine in radians; the argument must be in [-1, 1].", "Math.asin 0.0 // 0",
               rf_fus_math_asin, 1),
    RF_FUS_ROW("Math.atan", "x", "_ -> float", "Arc tangent in radians.", "Math.atan 0 // 0", rf_fus_math_atan, 1),
    RF_FUS_ROW("Math.atan2", "y x", "_ -> _ -> float", "Angle in radians of the point (x, y).", "Math.atan2 0 1 // 0",
               rf_fus_math_atan2, 2),
    RF_FUS_ROW("Math.ceil", "x", "_ -> float", "The next whole number upwards, as a float.", "Math.ceil 1.2 // 2",
               rf_fus_math_ceil, 1),
    RF_FUS_OURS("Math.clamp", "low high x", "_ -> _ -> _ -> _", "The number, but no less than `low` and no more than `high`.",
                "Math.clamp 0 10 42 // 10", math_clamp, 3),
    RF_FUS_ROW("Math.cos", "x", "_ -> float", "Cosine of an angle in radians.", "Math.cos 0 // 1", rf_fus_math_cos, 1),
    RF_FUS_ROW("Math.e", "()", "unit -> float", "Euler's number.", "Math.e () // 2.718281828459045", math_e, 1),
    RF_FUS_ROW("Math.exp", "x", "_ -> float", "e to the power of x.", "Math.exp 0 // 1", rf_fus_math_exp, 1),
    RF_FUS_ROW("Math.floor", "x", "_ -> float", "The next whole number downwards, as a float.", "Math.floor 1.8 // 1",
               rf_fus_math_floor, 1),
    RF_FUS_OURS("Math.infinity", "()", "unit -> float", "The float greater than all others.", "Math.infinity () // inf",
                math_infinity, 1),
    RF_FUS_OURS("Math.isNaN", "x", "_ -> bool", "True for what is not a number, which even differs from itself.",
                "Math.isNaN (Math.nan ()) // true", math_is_nan, 1),
    RF_FUS_ROW("Math.log", "x", "_ -> float", "Natural logarithm of a positive number.", "Math.log 1 // 0", rf_fus_math_log, 1),
    RF_FUS_ROW("Math.log10", "x", "_ -> float", "Decimal logarithm of a positive number.", "Math.log10 1000 // 3",
               rf_fus_math_log10, 1),
    RF_FUS_OURS("Math.log2", "x", "_ -> float", "Binary logarithm of a positive number.", "Math.log2 8 // 3", math_log2, 1),
    RF_FUS_ROW("Math.max", "a b", "_ -> _ -> _", "The greater of two numbers: an int when both are, else a float.",
               "Math.max 3 7 // 7", math_max, 2),
    RF_FUS_ROW("Math.min", "a b", "_ -> _ -> _", "The smaller of two numbers: an int when both are, else a float.",
               "Math.min 1 0.5 // 0.5", math_min, 2),
    RF_FUS_OURS("Math.mod", "a b", "_ -> _ -> _", "Remainder of a / b with the sign of b (`%` has that of a).",
                "Math.mod (-1) 7 // 6", math_mod, 2),
    RF_FUS_OURS("Math.nan", "()", "unit -> float", "What is not a number.", "Math.nan () // NaN", math_nan, 1),
    RF_FUS_ROW("Math.pi", "()", "unit -> float", "The circle's constant.", "Math.pi () // 3.141592653589793", math_pi, 1),
    RF_FUS_ROW("Math.pow", "base exponent", "_ -> _ -> float", "A power, as a float.", "Math.pow 2 10 // 1024", rf_fus_math_pow,
               2),
    RF_FUS_ROW("Math.round", "x", "_ -> float", "The nearest whole number, halves away from zero, as a float.",
               "Math.round 2.5 // 3", math_round, 1),
    RF_FUS_OURS("Math.sign", "x", "_ -> int", "-1, 0 or 1.", "Math.sign (-2.5) // -1", rf_fus_math_sign, 1),
    RF_FUS_ROW("Math.sin", "x", "_ -> float", "Sine of an angle in radians.", "Math.sin 0 // 0", rf_fus_math_sin, 1),
    RF_FUS_ROW("Math.sqrt", "x", "_ -> float", "Square root; an error for a negative number.", "Math.sqrt 16 // 4",
               rf_fus_math_sqrt, 1),
    RF_FUS_ROW("Math.tan", "x", "_ -> float", "Tangent of an angle in radians.", "Math.tan 0 // 0", rf_fus_math_tan, 1),
    RF_FUS_ROW("Math.truncate", "x", "_ -> float", "The whole part, as a float.", "Math.truncate (-2.7) // -2",
               rf_fus_math_truncate, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(math, "Math", "Numbers: roots, powers, angles, rounding.", rows);
