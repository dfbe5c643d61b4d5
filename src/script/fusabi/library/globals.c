/* globals.c: the functions without a module. */
#include "script/fusabi/library/globals.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/library/common.h"
#include "script/fusabi/library/format.h"
#include "script/fusabi/library/math.h"

#include <math.h>

/* ---- Output ---- */

static rf_fus_value write_out(rf_fus_vm *vm, rf_slice text) {
    const rf_fus_host *host = rf_fus_vm_host(vm);
    if (host->write && !host->write(host->user, text))
        return rf_fus_raise(vm, "Failed to write output");
    return RF_FUS_UNIT;
}

rf_fus_value rf_fus_print(rf_fus_vm *vm, rf_fus_value value, bool with_newline) {
    char few[512]; /* most lines, without the heap */
    if (rf_fus_is_string(value) && rf_fus_object_of(value)->length < sizeof few) {
        rf_slice text = rf_fus_text(vm, value);
        if (!text.data)
            return RF_FUS_RAISED;
        memcpy(few, text.data, text.len);
        few[text.len] = '\n';
        return write_out(vm, (rf_slice){ few, text.len + with_newline });
    }
    rf_buffer out = { 0 };
    rf_fus_value result = RF_FUS_RAISED;
    if (rf_fus_display(vm, value, &out)) {
        if (with_newline)
            rf_buffer_char(&out, '\n');
        result = out.failed ? rf_fus_raise_nomem(vm) : write_out(vm, rf_buffer_view(&out));
    }
    rf_buffer_done(&out);
    return result;
}

static rf_fus_value global_print(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_print(vm, args[0], false); }
static rf_fus_value global_printfn(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_print(vm, args[0], true); }
static rf_fus_value global_sprintf(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_format_begin(vm, RF_FUS_FORMAT_TEXT, args); }

/* ---- Errors ---- */

static rf_fus_value fail_with(rf_fus_vm *vm, rf_fus_value text) {
    if (text == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_value failure = rf_fus_variant_named(vm, "Failure", &text, 1);
    return failure == RF_FUS_RAISED ? RF_FUS_RAISED : rf_fus_raise_value(vm, failure);
}

static rf_fus_value global_failwith(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_string *text = rf_fus_lib_flat(vm, args[0]);
    return text ? fail_with(vm, rf_fus_of_object(text)) : RF_FUS_RAISED;
}

static rf_fus_value global_failwithf(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_format_begin(vm, RF_FUS_FORMAT_FAIL, args); }

static rf_fus_value global_invalid_arg(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice name, text;
    if (!rf_fus_expect_text(vm, args[0], &name) || !rf_fus_expect_text(vm, args[1], &text))
        return RF_FUS_RAISED;
    rf_buffer out = { 0 };
    rf_buffer_slice(&out, text);
    rf_buffer_text(&out, " (Parameter '");
    rf_buffer_slice(&out, name);
    rf_buffer_text(&out, "')");
    return fail_with(vm, rf_fus_make_string(vm, &out));
}

static rf_fus_value global_raise(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_raise_value(vm, args[0]); }

/* ---- Conversions ---- */

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static rf_slice without_blanks(rf_slice text) {
    while (text.len && is_blank(text.data[0]))
        text = (rf_slice){ text.data + 1, text.len - 1 };
    while (text.len && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

static int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* 0x…, 0o…, 0b…: all 64 bits. */
static bool parse_based(rf_slice digits, unsigned base, bool negative, int64_t *ret_int) {
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = (unsigned)digit_of(digits.data[i]);
        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *ret_int = (int64_t)(negative ? 0 - value : value);
    return digits.len > 0;
}

bool rf_fus_lib_parse_int(rf_slice text, int64_t *ret_int) {
    text = without_blanks(text);
    bool negative = text.len && text.data[0] == '-';
    rf_slice rest = { text.data + negative, text.len - negative };
    if (rest.len > 2 && rest.data[0] == '0') {
        char kind = (char)(rest.data[1] | 0x20);
        unsigned base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
        if (base)
            return parse_based((rf_slice){ rest.data + 2, rest.len - 2 }, base, negative, ret_int);
    }
    return rf_number_parse_i64(text, ret_int);
}

bool rf_fus_lib_parse_float(rf_slice text, double *ret_float) {
    text = without_blanks(text);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '_' || (text.data[i] | 0x20) == 'x')
            return false;
    return rf_number_parse_go_float(text, ret_float);
}

static rf_fus_value no_number(rf_fus_vm *vm, rf_slice text) {
    return rf_fus_raise(vm, "The input string '%.*s' was not in a correct format.", RF_SLICE_ARG(text));
}

static rf_fus_value global_int(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value v = args[0];
    if (rf_fus_is_any_int(v))
        return v;
    if (rf_fus_is_bool(v))
        return rf_fus_of_small_int(v == RF_FUS_TRUE);
    if (rf_fus_is_double(v)) {
        double d = trunc(rf_fus_double(v));
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
            return rf_fus_raise(vm, "Value was either too large or too small for an int");
        return rf_fus_int_new(vm, (int64_t)d);
    }
    rf_slice text;
    int64_t i;
    if (!rf_fus_is_string(v))
        return rf_fus_raise_type(vm, "int", v);
    if (!rf_fus_expect_text(vm, v, &text))
        return RF_FUS_RAISED;
    return rf_fus_lib_parse_int(text, &i) ? rf_fus_int_new(vm, i) : no_number(vm, text);
}

static rf_fus_value global_float(rf_fus_vm *vm, const rf_fus_value *args) {
    double d;
    if (!rf_fus_is_string(args[0]))
        return rf_fus_expect_number(vm, args[0], &d) ? rf_fus_of_double(d) : RF_FUS_RAISED;
    rf_slice text;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    return rf_fus_lib_parse_float(text, &d) ? rf_fus_of_double(d) : no_number(vm, text);
}

static rf_fus_value global_string(rf_fus_vm *vm, const rf_fus_value *args) {
    if (rf_fus_is_string(args[0]))
        return args[0];
    rf_buffer out = { 0 };
    if (rf_fus_display(vm, args[0], &out))
        return rf_fus_make_string(vm, &out);
    rf_buffer_done(&out);
    return RF_FUS_RAISED;
}

static rf_fus_value global_char(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t code;
    char bytes[4];
    if (!rf_fus_expect_int(vm, args[0], &code))
        return RF_FUS_RAISED;
    if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return rf_fus_raise(vm, "No character has the code %lld", (long long)code);
    return rf_fus_string_new(vm, (rf_slice){ bytes, rf_utf8_encode((uint32_t)code, bytes) });
}

/* ---- Everything else ---- */

static rf_fus_value global_not(rf_fus_vm *vm, const rf_fus_value *args) {
    bool b;
    return rf_fus_expect_bool(vm, args[0], &b) ? rf_fus_of_bool(!b) : RF_FUS_RAISED;
}

static rf_fus_value global_id(rf_fus_vm *vm, const rf_fus_value *args) {
    (void)vm;
    return args[0];
}

static rf_fus_value global_ignore(rf_fus_vm *vm, const rf_fus_value *args) {
    (void)vm, (void)args;
    return RF_FUS_UNIT;
}

static rf_fus_value of_pair(rf_fus_vm *vm, rf_fus_value v, uint32_t at) {
    if (!rf_fus_is(v, RF_FUS_T_TUPLE))
        return rf_fus_raise_type(vm, "tuple", v);
    const rf_fus_items *tuple = RF_FUS_AS(const rf_fus_items, v);
    if (tuple->head.length != 2)
        return rf_fus_raise(vm, "Type mismatch: expected tuple of 2, got tuple of %u", tuple->head.length);
    return tuple->items[at];
}

static rf_fus_value global_fst(rf_fus_vm *vm, const rf_fus_value *args) { return of_pair(vm, args[0], 0); }
static rf_fus_value global_snd(rf_fus_vm *vm, const rf_fus_value *args) { return of_pair(vm, args[0], 1); }

static rf_fus_value global_compare(rf_fus_vm *vm, const rf_fus_value *args) {
    int order;
    return rf_fus_compare(vm, args[0], args[1], &order) ? rf_fus_of_small_int((order > 0) - (order < 0)) : RF_FUS_RAISED;
}

static bool is_nan(rf_fus_value v) { return rf_fus_is_double(v) && isnan(rf_fus_double(v)); }

static rf_fus_value extreme(rf_fus_vm *vm, const rf_fus_value *args, bool greatest) {
    int order;
    if (!rf_fus_compare(vm, args[0], args[1], &order))
        return RF_FUS_RAISED;
    if (is_nan(args[0]) || is_nan(args[1]))
        return is_nan(args[0]) ? args[0] : args[1];
    return (order < 0) == greatest ? args[1] : args[0];
}

static rf_fus_value global_max(rf_fus_vm *vm, const rf_fus_value *args) { return extreme(vm, args, true); }
static rf_fus_value global_min(rf_fus_vm *vm, const rf_fus_value *args) { return extreme(vm, args, false); }

static rf_fus_value global_pown(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t exponent;
    if (!rf_fus_expect_int(vm, args[1], &exponent))
        return RF_FUS_RAISED;
    if (!rf_fus_is_any_int(args[0])) {
        double base;
        return rf_fus_expect_number(vm, args[0], &base) ? rf_fus_of_double(pow(base, (double)exponent)) : RF_FUS_RAISED;
    }
    if (exponent < 0)
        return rf_fus_raise(vm, "Negative exponent of an int");
    uint64_t base = (uint64_t)rf_fus_int(args[0]), result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1)
            result *= base;
    return rf_fus_int_new(vm, (int64_t)result);
}

static rf_fus_value wrap(rf_fus_vm *vm, const char *name, rf_fus_value v) { return rf_fus_variant_named(vm, name, &v, 1); }
static rf_fus_value global_some(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_some(vm, args[0]); }
static rf_fus_value global_ok(rf_fus_vm *vm, const rf_fus_value *args) { return wrap(vm, "Ok", args[0]); }
static rf_fus_value global_error(rf_fus_vm *vm, const rf_fus_value *args) { return wrap(vm, "Error", args[0]); }

static rf_fus_value global_default_arg(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_is(args[0], RF_FUS_T_VARIANT))
        return rf_fus_raise_type(vm, "Option variant", args[0]);
    bool is_some = rf_slice_is(rf_fus_ctor_name(args[0]), "Some") && rf_fus_object_of(args[0])->length;
    return is_some ? RF_FUS_AS(const rf_fus_variant, args[0])->items[0] : args[1];
}

static const rf_fus_lib_row rows[] = {
    RF_FUS_ROW("Error", "e", "'e -> Result<'a, 'e>", "The result of something that failed.", "Error \"no\" // Error(no)",
               global_error, 1),
    RF_FUS_ROW("Ok", "x", "'a -> Result<'a, 'e>", "The result of something that went well.", "Ok 1 // Ok(1)", global_ok, 1),
    RF_FUS_ROW("Some", "x", "'a -> 'a option", "A value that is there.", "Some 1 // Some(1)", global_some, 1),
    RF_FUS_OURS("abs", "x", "'a -> 'a", "The number without its sign.", "abs (-2.5) // 2.5", rf_fus_math_abs, 1),
    RF_FUS_OURS("acos", "x", "_ -> float", "Arc cosine.", "acos 1.0 // 0", rf_fus_math_acos, 1),
    RF_FUS_OURS("asin", "x", "_ -> float", "Arc sine.", "asin 0.0 // 0", rf_fus_math_asin, 1),
    RF_FUS_OURS("atan", "x", "_ -> float", "Arc tangent.", "atan 0.0 // 0", rf_fus_math_atan, 1),
    RF_FUS_OURS("atan2", "y x", "_ -> _ -> float", "Angle of the point (x, y).", "atan2 0.0 1.0 // 0", rf_fus_math_atan2, 2),
    RF_FUS_OURS("ceil", "x", "_ -> float", "The next whole number upwards, as a float.", "ceil 1.2 // 2", rf_fus_math_ceil, 1),
    RF_FUS_OURS("char", "code", "int -> string", "The character with that Unicode number.", "char 65 // A", global_char, 1),
    RF_FUS_OURS("compare", "a b", "'a -> 'a -> int",
                "-1, 0 or 1: the order of two values of one kind; parts of tuples, lists and records count from the left.",
                "compare (1, \"b\") (1, \"a\") // 1", global_compare, 2),
    RF_FUS_OURS("cos", "x", "_ -> float", "Cosine.", "cos 0.0 // 1", rf_fus_math_cos, 1),
    RF_FUS_OURS("defaultArg", "option value", "'a option -> 'a -> 'a", "What the option holds, or the value.",
                "defaultArg None 3 // 3", global_default_arg, 2),
    RF_FUS_OURS("exp", "x", "_ -> float", "e to the power of x.", "exp 0.0 // 1", rf_fus_math_exp, 1),
    RF_FUS_OURS("failwith", "text", "string -> 'a", "Raises Failure with that text.", NULL, global_failwith, 1),
    RF_FUS_OURS("failwithf", "format x", "string -> 'a -> 'b", "Raises Failure with a text made as by sprintf.", NULL,
                global_failwithf, 2),
    RF_FUS_OURS("float", "x", "_ -> float", "The float that an int or a text stands for.", "float \"2.5\" // 2.5", global_float,
                1),
    RF_FUS_OURS("floor", "x", "_ -> float", "The next whole number downwards, as a float.", "floor 1.8 // 1", rf_fus_math_floor,
                1),
    RF_FUS_OURS("fst", "pair", "'a * 'b -> 'a", "The first of a pair.", "fst (1, 2) // 1", global_fst, 1),
    RF_FUS_OURS("id", "x", "'a -> 'a", "The same value.", "id 1 // 1", global_id, 1),
    RF_FUS_OURS("ignore", "x", "'a -> unit", "Drops a value.", "ignore 1 // ()", global_ignore, 1),
    RF_FUS_OURS("int", "x", "_ -> int", "The int that a text stands for; of a float the whole part.", "int \"42\" // 42",
                global_int, 1),
    RF_FUS_OURS("invalidArg", "name text", "string -> string -> 'a", "Raises Failure about a parameter.", NULL,
                global_invalid_arg, 2),
    RF_FUS_OURS("log", "x", "_ -> float", "Natural logarithm.", "log 1.0 // 0", rf_fus_math_log, 1),
    RF_FUS_OURS("log10", "x", "_ -> float", "Decimal logarithm.", "log10 100.0 // 2", rf_fus_math_log10, 1),
    RF_FUS_OURS("max", "a b", "'a -> 'a -> 'a", "The greater of two values, by compare.", "max \"a\" \"b\" // b", global_max, 2),
    RF_FUS_OURS("min", "a b", "'a -> 'a -> 'a", "The smaller of two values, by compare.", "min 3 2 // 2", global_min, 2),
    RF_FUS_OURS("not", "b", "bool -> bool", "True for false, false for true.", "not true // false", global_not, 1),
    RF_FUS_OURS("pow", "base exponent", "_ -> _ -> float", "A power, as a float.", "pow 2.0 3.0 // 8", rf_fus_math_pow, 2),
    RF_FUS_OURS("pown", "base exponent", "'a -> int -> 'a", "A whole power; of an int an int.", "pown 2 10 // 1024", global_pown,
                2),
    RF_FUS_ROW("print", "x", "'a -> unit", "Writes a value without a line break.", "print \"\" // ()", global_print, 1),
    RF_FUS_OURS("printf", "x", "'a -> unit", "The same as print.", "printf \"\" // ()", global_print, 1),
    RF_FUS_ROW("printfn", "x", "'a -> unit", "Writes a value and a line break. It takes no format string: see sprintf.", NULL,
               global_printfn, 1),
    RF_FUS_OURS("raise", "exception", "'e -> 'a", "Raises an exception, to be caught by try … with.", NULL, global_raise, 1),
    RF_FUS_OURS("round", "x", "_ -> float",
                "The nearest whole number, halves to the even one, as a float (Math.round: away from zero).", "round 2.5 // 2",
                rf_fus_math_round_even, 1),
    RF_FUS_OURS("sign", "x", "_ -> int", "-1, 0 or 1.", "sign (-3) // -1", rf_fus_math_sign, 1),
    RF_FUS_OURS("sin", "x", "_ -> float", "Sine.", "sin 0.0 // 0", rf_fus_math_sin, 1),
    RF_FUS_OURS("snd", "pair", "'a * 'b -> 'b", "The second of a pair.", "snd (1, 2) // 2", global_snd, 1),
    RF_FUS_ROW("sprintf", "format args", "string -> _ -> _",
               "Text by a format. With a list, as String.format: %s any value, %d an int, %f, %.2f, %%. Otherwise one argument "
               "for each hole, as in F#, with widths and flags: %5d, %-8s, %05.1f, %x, %e, %b, %A.",
               "sprintf \"%d of %s\" [1; \"x\"] // 1 of x", global_sprintf, 2),
    RF_FUS_OURS("sqrt", "x", "_ -> float", "Square root; an error for a negative number.", "sqrt 16.0 // 4", rf_fus_math_sqrt, 1),
    RF_FUS_OURS("string", "x", "'a -> string", "A value as text.", "string [1; 2] // [1; 2]", global_string, 1),
    RF_FUS_OURS("tan", "x", "_ -> float", "Tangent.", "tan 0.0 // 0", rf_fus_math_tan, 1),
    RF_FUS_OURS("truncate", "x", "_ -> float", "The whole part, as a float.", "truncate 2.7 // 2", rf_fus_math_truncate, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(globals, "", "Functions without a module: output, errors, conversions.", rows);
