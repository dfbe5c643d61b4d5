/* option.c: the module Option. */
#include "base/slice.h"
#include "script/fusabi/library/common.h"

/* Only the constructor's name counts: any variant but Some is none. False after raising. */
static bool open_option(rf_fus_vm *vm, rf_fus_value option, bool *ret_some, rf_fus_value *ret_value) {
    if (!rf_fus_is(option, RF_FUS_T_VARIANT)) {
        (void)rf_fus_raise_type(vm, "Option variant", option);
        return false;
    }
    *ret_some = rf_slice_is(rf_fus_ctor_name(option), "Some");
    if (*ret_some && rf_fus_object_of(option)->length == 0) {
        (void)rf_fus_raise(vm, "Variant field index out of bounds: 0");
        return false;
    }
    *ret_value = *ret_some ? RF_FUS_AS(const rf_fus_variant, option)->items[0] : RF_FUS_UNIT;
    return true;
}

static rf_fus_value is_some(rf_fus_vm *vm, rf_fus_value option, bool wanted) {
    if (!rf_fus_is(option, RF_FUS_T_VARIANT))
        return rf_fus_raise_type(vm, "Option variant", option);
    return rf_fus_of_bool(rf_slice_is(rf_fus_ctor_name(option), "Some") == wanted);
}

static rf_fus_value option_is_some(rf_fus_vm *vm, const rf_fus_value *args) { return is_some(vm, args[0], true); }
static rf_fus_value option_is_none(rf_fus_vm *vm, const rf_fus_value *args) { return is_some(vm, args[0], false); }

static rf_fus_value option_default_value(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some;
    rf_fus_value value;
    return open_option(vm, args[1], &some, &value) ? (some ? value : args[0]) : RF_FUS_RAISED;
}

static rf_fus_value option_get(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some;
    rf_fus_value value;
    if (!open_option(vm, args[0], &some, &value))
        return RF_FUS_RAISED;
    return some ? value : rf_fus_raise(vm, "Option.get: the option is None");
}

static rf_fus_value option_or_else(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some;
    rf_fus_value value;
    return open_option(vm, args[0], &some, &value) ? (some ? args[0] : args[1]) : RF_FUS_RAISED;
}

static rf_fus_value option_count(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some;
    rf_fus_value value;
    return open_option(vm, args[0], &some, &value) ? rf_fus_of_small_int(some) : RF_FUS_RAISED;
}

static rf_fus_value option_contains(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some, equal = false;
    rf_fus_value value;
    if (!open_option(vm, args[1], &some, &value) || (some && !rf_fus_equal(vm, args[0], value, &equal)))
        return RF_FUS_RAISED;
    return rf_fus_of_bool(equal);
}

static rf_fus_value option_flatten(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some;
    rf_fus_value value;
    if (!open_option(vm, args[0], &some, &value))
        return RF_FUS_RAISED;
    return !some ? rf_fus_none(vm) : rf_fus_is(value, RF_FUS_T_VARIANT) ? value : rf_fus_raise_type(vm, "Option variant", value);
}

static rf_fus_value option_to_list(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some;
    rf_fus_value value;
    if (!open_option(vm, args[0], &some, &value))
        return RF_FUS_RAISED;
    return some ? rf_fus_cons_new(vm, value, RF_FUS_NIL) : RF_FUS_NIL;
}

static rf_fus_value option_to_array(rf_fus_vm *vm, const rf_fus_value *args) {
    bool some;
    rf_fus_value value;
    return open_option(vm, args[0], &some, &value) ? rf_fus_array_new(vm, &value, some) : RF_FUS_RAISED;
}

static rf_fus_value option_of_result(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_is(args[0], RF_FUS_T_VARIANT))
        return rf_fus_raise_type(vm, "Result variant", args[0]);
    bool ok = rf_slice_is(rf_fus_ctor_name(args[0]), "Ok") && rf_fus_object_of(args[0])->length;
    return ok ? rf_fus_some(vm, RF_FUS_AS(const rf_fus_variant, args[0])->items[0]) : rf_fus_none(vm);
}

#define ROW RF_FUS_ROW
#define OURS RF_FUS_OURS
static const rf_fus_lib_row rows[] = {
    ROW("Option.bind", "f o", "('a -> 'b option) -> 'a option -> 'b option", "What the function gives for the value, or None.",
        "Option.bind List.tryHead (Some [1]) // Some(1)", NULL, 2),
    OURS("Option.contains", "x o", "'a -> 'a option -> bool", "Whether it holds an equal value.",
         "Option.contains 1 (Some 1) // true", option_contains, 2),
    OURS("Option.count", "o", "'a option -> int", "1 for Some, 0 for None.", "Option.count (Some 5) // 1", option_count, 1),
    ROW("Option.defaultValue", "d o", "'a -> 'a option -> 'a", "The value it holds, or d.", "Option.defaultValue 0 None // 0",
        option_default_value, 2),
    ROW("Option.defaultWith", "f o", "(unit -> 'a) -> 'a option -> 'a", "The value it holds, or what the function gives.",
        "Option.defaultWith (fun () -> 7) None // 7", NULL, 2),
    OURS("Option.exists", "p o", "('a -> bool) -> 'a option -> bool", "Whether there is a value for which the predicate holds.",
         "Option.exists (fun x -> x > 1) (Some 2) // true", NULL, 2),
    OURS("Option.filter", "p o", "('a -> bool) -> 'a option -> 'a option",
         "The option, or None when the predicate does not hold.", "Option.filter (fun x -> x > 1) (Some 1) // None", NULL, 2),
    OURS("Option.flatten", "oo", "'a option option -> 'a option", "The option within an option.",
         "Option.flatten (Some (Some 1)) // Some(1)", option_flatten, 1),
    OURS("Option.fold", "f acc o", "('s -> 'a -> 's) -> 's -> 'a option -> 's", "f acc x for the value x, or acc.",
         "Option.fold (fun a x -> a + x) 1 (Some 2) // 3", NULL, 3),
    OURS("Option.forall", "p o", "('a -> bool) -> 'a option -> bool", "Whether there is no value, or the predicate holds for it.",
         "Option.forall (fun x -> x > 1) None // true", NULL, 2),
    OURS("Option.get", "o", "'a option -> 'a", "The value it holds; an error for None.", "Option.get (Some 1) // 1", option_get,
         1),
    ROW("Option.isNone", "o", "'a option -> bool", "Whether it holds nothing.", "Option.isNone None // true", option_is_none, 1),
    ROW("Option.isSome", "o", "'a option -> bool", "Whether it holds a value.", "Option.isSome (Some 1) // true", option_is_some,
        1),
    ROW("Option.iter", "f o", "('a -> unit) -> 'a option -> unit", "Calls the function for the value, if there is one.",
        "Option.iter ignore (Some 1) // ()", NULL, 2),
    ROW("Option.map", "f o", "('a -> 'b) -> 'a option -> 'b option", "Some of what the function gives for the value, or None.",
        "Option.map (fun x -> x * 2) (Some 2) // Some(4)", NULL, 2),
    ROW("Option.map2", "f a b", "('a -> 'b -> 'c) -> 'a option -> 'b option -> 'c option",
        "The same for two values; None when one is missing.", "Option.map2 (fun x y -> x + y) (Some 1) (Some 2) // Some(3)", NULL,
        3),
    OURS("Option.ofResult", "r", "Result<'a, 'e> -> 'a option", "Some of what is in Ok, None for Error.",
         "Option.ofResult (Ok 1) // Some(1)", option_of_result, 1),
    ROW("Option.orElse", "a b", "'a option -> 'a option -> 'a option", "a if it holds a value, else b.",
        "Option.orElse None (Some 2) // Some(2)", option_or_else, 2),
    OURS("Option.orElseWith", "f o", "(unit -> 'a option) -> 'a option -> 'a option",
         "The option if it holds a value, else what the function gives.", "Option.orElseWith (fun () -> Some 3) None // Some(3)",
         NULL, 2),
    OURS("Option.toArray", "o", "'a option -> 'a array", "The value as an array, or an empty one.",
         "Option.toArray (Some 1) // [|1|]", option_to_array, 1),
    OURS("Option.toList", "o", "'a option -> 'a list", "The value as a list, or [].", "Option.toList (Some 1) // [1]",
         option_to_list, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(option, "Option", "Values that may be missing: Some x, None.", rows);
