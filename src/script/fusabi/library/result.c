/* result.c: the module Result. */
#include "base/slice.h"
#include "script/fusabi/library/common.h"

/* The value within Ok or Error; false after raising. Other variants count as neither. */
static bool open_result(rf_fus_vm *vm, rf_fus_value result, bool *ret_ok, bool *ret_error, rf_fus_value *ret_value) {
    if (!rf_fus_is(result, RF_FUS_T_VARIANT)) {
        (void)rf_fus_raise_type(vm, "Result variant", result);
        return false;
    }
    *ret_ok = rf_slice_is(rf_fus_ctor_name(result), "Ok");
    *ret_error = rf_slice_is(rf_fus_ctor_name(result), "Error");
    bool empty = rf_fus_object_of(result)->length == 0;
    if ((*ret_ok || *ret_error) && empty)
        (void)rf_fus_raise(vm, "Variant field index out of bounds: 0");
    *ret_value = empty ? RF_FUS_UNIT : RF_FUS_AS(const rf_fus_variant, result)->items[0];
    return !empty || (!*ret_ok && !*ret_error);
}

static rf_fus_value has_name(rf_fus_vm *vm, rf_fus_value result, const char *name) {
    if (!rf_fus_is(result, RF_FUS_T_VARIANT))
        return rf_fus_raise_type(vm, "Result variant", result);
    return rf_fus_of_bool(rf_slice_is(rf_fus_ctor_name(result), name));
}

static rf_fus_value result_is_ok(rf_fus_vm *vm, const rf_fus_value *args) { return has_name(vm, args[0], "Ok"); }
static rf_fus_value result_is_error(rf_fus_vm *vm, const rf_fus_value *args) { return has_name(vm, args[0], "Error"); }

static rf_fus_value result_default_value(rf_fus_vm *vm, const rf_fus_value *args) {
    bool ok, error;
    rf_fus_value value;
    return open_result(vm, args[1], &ok, &error, &value) ? (ok ? value : args[0]) : RF_FUS_RAISED;
}

static rf_fus_value result_get(rf_fus_vm *vm, const rf_fus_value *args) {
    bool ok, error;
    rf_fus_value value;
    if (!open_result(vm, args[0], &ok, &error, &value))
        return RF_FUS_RAISED;
    if (ok)
        return value;
    rf_buffer text = { 0 };
    if (rf_fus_display(vm, args[0], &text)) {
        if (text.failed)
            (void)rf_fus_raise_nomem(vm);
        else
            (void)rf_fus_raise(vm, "Result.get: the result is %.*s", (int)(text.len < 400 ? text.len : 400), text.data);
    }
    rf_buffer_done(&text);
    return RF_FUS_RAISED;
}

static rf_fus_value result_contains(rf_fus_vm *vm, const rf_fus_value *args) {
    bool ok, error, equal = false;
    rf_fus_value value;
    if (!open_result(vm, args[1], &ok, &error, &value) || (ok && !rf_fus_equal(vm, args[0], value, &equal)))
        return RF_FUS_RAISED;
    return rf_fus_of_bool(equal);
}

static rf_fus_value result_to_option(rf_fus_vm *vm, const rf_fus_value *args) {
    bool ok, error;
    rf_fus_value value;
    if (!open_result(vm, args[0], &ok, &error, &value))
        return RF_FUS_RAISED;
    return ok ? rf_fus_some(vm, value) : rf_fus_none(vm);
}

static rf_fus_value result_to_list(rf_fus_vm *vm, const rf_fus_value *args) {
    bool ok, error;
    rf_fus_value value;
    if (!open_result(vm, args[0], &ok, &error, &value))
        return RF_FUS_RAISED;
    return ok ? rf_fus_cons_new(vm, value, RF_FUS_NIL) : RF_FUS_NIL;
}

static rf_fus_value result_of_option(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_is(args[1], RF_FUS_T_VARIANT))
        return rf_fus_raise_type(vm, "Option variant", args[1]);
    bool some = rf_slice_is(rf_fus_ctor_name(args[1]), "Some") && rf_fus_object_of(args[1])->length;
    return rf_fus_variant_named(vm, some ? "Ok" : "Error", some ? RF_FUS_AS(const rf_fus_variant, args[1])->items : args, 1);
}

#define ROW RF_FUS_ROW
#define OURS RF_FUS_OURS
static const rf_fus_lib_row rows[] = {
    ROW("Result.bind", "f r", "('a -> Result<'b, 'e>) -> Result<'a, 'e> -> Result<'b, 'e>",
        "What the function gives for the value of Ok; an Error stays.", "Result.bind (fun x -> Ok (x + 1)) (Ok 1) // Ok(2)", NULL,
        2),
    OURS("Result.contains", "x r", "'a -> Result<'a, 'e> -> bool", "Whether it is Ok with an equal value.",
         "Result.contains 1 (Ok 1) // true", result_contains, 2),
    ROW("Result.defaultValue", "d r", "'a -> Result<'a, 'e> -> 'a", "The value of Ok, or d.",
        "Result.defaultValue 0 (Error \"no\") // 0", result_default_value, 2),
    ROW("Result.defaultWith", "f r", "('e -> 'a) -> Result<'a, 'e> -> 'a",
        "The value of Ok, or what the function gives for the error.", "Result.defaultWith String.length (Error \"no\") // 2",
        NULL, 2),
    OURS("Result.exists", "p r", "('a -> bool) -> Result<'a, 'e> -> bool", "Whether it is Ok and the predicate holds.",
         "Result.exists (fun x -> x > 1) (Ok 2) // true", NULL, 2),
    OURS("Result.fold", "f acc r", "('s -> 'a -> 's) -> 's -> Result<'a, 'e> -> 's", "f acc x for Ok x, else acc.",
         "Result.fold (fun a x -> a + x) 1 (Ok 2) // 3", NULL, 3),
    OURS("Result.forall", "p r", "('a -> bool) -> Result<'a, 'e> -> bool", "Whether it is an Error or the predicate holds.",
         "Result.forall (fun x -> x > 1) (Ok 1) // false", NULL, 2),
    OURS("Result.get", "r", "Result<'a, 'e> -> 'a", "The value of Ok; an error for an Error.", "Result.get (Ok 1) // 1",
         result_get, 1),
    ROW("Result.isError", "r", "Result<'a, 'e> -> bool", "Whether it is an Error.", "Result.isError (Ok 1) // false",
        result_is_error, 1),
    ROW("Result.isOk", "r", "Result<'a, 'e> -> bool", "Whether it is Ok.", "Result.isOk (Ok 1) // true", result_is_ok, 1),
    ROW("Result.iter", "f r", "('a -> unit) -> Result<'a, 'e> -> unit", "Calls the function for the value of Ok.",
        "Result.iter ignore (Ok 1) // ()", NULL, 2),
    ROW("Result.map", "f r", "('a -> 'b) -> Result<'a, 'e> -> Result<'b, 'e>",
        "Ok of what the function gives for the value; an Error stays.", "Result.map (fun x -> x + 1) (Ok 1) // Ok(2)", NULL, 2),
    ROW("Result.mapError", "f r", "('e -> 'f) -> Result<'a, 'e> -> Result<'a, 'f>",
        "Error of what the function gives for the error; Ok stays.", "Result.mapError String.length (Error \"no\") // Error(2)",
        NULL, 2),
    OURS("Result.ofOption", "e o", "'e -> 'a option -> Result<'a, 'e>", "Ok of the value, or Error e.",
         "Result.ofOption \"none\" None // Error(none)", result_of_option, 2),
    OURS("Result.toList", "r", "Result<'a, 'e> -> 'a list", "The value of Ok as a list, or [].", "Result.toList (Ok 1) // [1]",
         result_to_list, 1),
    OURS("Result.toOption", "r", "Result<'a, 'e> -> 'a option", "Some of the value of Ok, or None.",
         "Result.toOption (Ok 1) // Some(1)", result_to_option, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(result, "Result", "Results of what may fail: Ok x, Error e.", rows);
