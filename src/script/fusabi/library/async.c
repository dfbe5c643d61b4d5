/* async.c: the module Async: computations as values. What runs them is in prelude.fsx: it needs no C stack. */
#include "base/clock.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

/* A computation is a variant: Pure(value), Bind(computation, function), Delay(function), Combine(first, second), or
 * Catch(computation). Async.RunSynchronously goes through them with a list of what is still to do. */

static rf_fus_value async_return(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_variant_named(vm, "Pure", args, 1); }
static rf_fus_value async_return_from(rf_fus_vm *vm RF_UNUSED, const rf_fus_value *args) { return args[0]; }
static rf_fus_value async_bind(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_variant_named(vm, "Bind", args, 2); }
static rf_fus_value async_delay(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_variant_named(vm, "Delay", args, 1); }
static rf_fus_value async_combine(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_variant_named(vm, "Combine", args, 2); }
static rf_fus_value async_catch(rf_fus_vm *vm, const rf_fus_value *args) { return rf_fus_variant_named(vm, "Catch", args, 1); }

static rf_fus_value async_zero(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    const rf_fus_value unit = RF_FUS_UNIT;
    return rf_fus_variant_named(vm, "Pure", &unit, 1);
}

rf_fus_value rf_fus_prim_async_sleep(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t ms;
    if (!rf_fus_expect_int(vm, args[0], &ms))
        return RF_FUS_RAISED;
    int64_t most = (int64_t)1 << 40; /* 34 years */
    if (ms <= 0)
        return RF_FUS_UNIT;
    return rf_fus_wait_ns(vm, (uint64_t)(ms < most ? ms : most) * RF_NS_PER_MS) ? RF_FUS_UNIT : RF_FUS_RAISED;
}

rf_fus_value rf_fus_prim_async_unknown(rf_fus_vm *vm, const rf_fus_value *args) {
    if (!rf_fus_is(args[0], RF_FUS_T_VARIANT))
        return rf_fus_raise_type(vm, "Async variant", args[0]);
    rf_slice name = rf_fus_ctor_name(args[0]);
    return rf_fus_raise(vm, "Unknown Async variant: %.*s", RF_SLICE_ARG(name));
}

static const rf_fus_lib_row rows[] = {
    { .name = "Async.Bind", .params = "c f", .type = "Async<'a> -> ('a -> Async<'b>) -> Async<'b>",
      .doc = "Runs c, then what f gives for its result: `let!` in async { }.",
      .example = "Async.Bind (Async.Return 20) (fun x -> Async.Return (x + 1))", .native = async_bind, .arity = 2 },
    { .name = "Async.Combine", .params = "first second", .type = "Async<unit> -> Async<'a> -> Async<'a>", .doc = "Runs one after the other.",
      .example = "Async.Combine (Async.Zero ()) (Async.Return 1)", .native = async_combine, .arity = 2 },
    { .name = "Async.Delay", .params = "f", .type = "(unit -> Async<'a>) -> Async<'a>", .doc = "Calls f when it is run.",
      .example = "Async.Delay (fun () -> Async.Return 1)", .native = async_delay, .arity = 1 },
    { .name = "Async.Return", .params = "x", .type = "'a -> Async<'a>", .doc = "Gives x at once: `return` in async { }.",
      .example = "Async.Return 1 // Pure(1)", .native = async_return, .arity = 1 },
    { .name = "Async.ReturnFrom", .params = "c", .type = "Async<'a> -> Async<'a>", .doc = "The same computation: `return!` in async { }.",
      .example = "Async.ReturnFrom (Async.Return 1)", .native = async_return_from, .arity = 1 },
    { .name = "Async.RunSynchronously", .params = "c", .type = "Async<'a> -> 'a", .doc = "Runs a computation and gives its result.",
      .example = "Async.RunSynchronously (async { return 1 }) // 1", .arity = 1 },
    { .name = "Async.Zero", .params = "()", .type = "unit -> Async<unit>", .doc = "Does nothing.", .example = "Async.Zero () // Pure(())",
      .native = async_zero, .arity = 1 },
    { .name = "Async.catch", .params = "c", .type = "Async<'a> -> Async<Result<'a, string>>",
      .doc = "Runs c: Ok with its result, or Error with the text of what it raised.",
      .example = "Async.RunSynchronously (Async.catch (Async.Delay (fun () -> Async.Return (1 / 0)))) // Error(Division by zero)",
      .native = async_catch, .arity = 1, .is_ours = true },
    { .name = "Async.ignore", .params = "c", .type = "Async<'a> -> Async<unit>", .doc = "Runs c and drops its result.",
      .example = "Async.ignore (Async.Return 1)", .arity = 1, .is_ours = true },
    { .name = "Async.map", .params = "f c", .type = "('a -> 'b) -> Async<'a> -> Async<'b>", .doc = "Runs c and gives f of its result.",
      .example = "Async.RunSynchronously (Async.map (fun x -> x + 1) (Async.Return 1)) // 2", .arity = 2, .is_ours = true },
    { .name = "Async.parallel", .params = "cs", .type = "Async<'a> list -> Async<'a list>",
      .doc = "Runs all of them and gives their results in order. A VM has one thread, so they run one after the other.",
      .example = "Async.RunSynchronously (Async.parallel [Async.Return 1; Async.Return 2]) // [1; 2]", .arity = 1, .is_ours = true },
    { .name = "Async.sleep", .params = "ms", .type = "int -> Async<unit>", .doc = "Waits so many milliseconds.",
      .example = "Async.RunSynchronously (Async.sleep 10)", .arity = 1, .is_ours = true },
    { 0 },
};
RF_FUS_LIB_MODULE(async, "Async", "Computations as values: what async { } makes.", rows);
