/* api_test.c: riffle/fusabi.h, as a host uses it. */
#include "riffle/fusabi.h"

#include "base/buffer.h"
#include "base/slice.h"
#include "harness.h"

#include <string.h>

/* What most tests need, freed wherever one ends. */
typedef struct host {
    rf_fusabi_engine *engine;
    rf_fusabi_program *program;
    rf_fusabi_vm *vm;
    rf_fusabi_script *script;
    rf_buffer printed;
    rf_error error;
    unsigned called;
} host;

static void host_done(host *self) {
    rf_fusabi_vm_free(self->vm);
    rf_fusabi_program_unref(self->program);
    rf_fusabi_engine_unref(self->engine);
    rf_buffer_done(&self->printed);
}

static bool print(void *user, rf_slice text) {
    host *self = user;
    rf_buffer_slice(&self->printed, text);
    return !self->printed.failed;
}

static rf_code add_call(rf_fusabi_vm *vm, void *user, const rf_fusabi_value *args, uint32_t count, rf_fusabi_value *ret_value, rf_error *reterr) {
    host *self = rf_fusabi_user(vm);
    self->called++;
    if (count != 2 || args[0].kind != RF_FUSABI_INT || args[1].kind != RF_FUSABI_INT)
        return rf_raise(reterr, RF_ESCRIPT, "add wants two ints");
    *ret_value = rf_fusabi_int(args[0].integer + args[1].integer + *(int *)user);
    return RF_OK;
}

static rf_code twice_call(rf_fusabi_vm *vm, void *user, const rf_fusabi_value *args, uint32_t count, rf_fusabi_value *ret_value, rf_error *reterr) {
    (void)user, (void)count;
    rf_fusabi_value once;
    rf_fusabi_handle function;
    rf_code code = rf_fusabi_hold(vm, &args[0], &function, reterr);
    if (code)
        return code;
    code = rf_fusabi_call_back(vm, &args[0], &args[1], 1, &once, reterr);
    rf_fusabi_value again;
    if (!code)
        code = rf_fusabi_held(vm, function, &again, reterr);
    if (!code)
        code = rf_fusabi_call_back(vm, &again, &once, 1, ret_value, reterr);
    rf_fusabi_release(vm, function);
    return code;
}

static rf_code stop_call(rf_fusabi_vm *vm, void *user, const rf_fusabi_value *args, uint32_t count, rf_fusabi_value *ret_value, rf_error *reterr) {
    (void)user, (void)args, (void)count, (void)ret_value, (void)reterr;
    rf_fusabi_interrupt(vm);
    return RF_OK;
}

static rf_code begin(host *self) {
    static int zero = 0;
    const rf_fusabi_host_function add = { .name = "Host.add", .type = "int -> int -> int", .params = "a b", .doc = "Their sum.", .arity = 2,
                                          .call = add_call, .user = &zero };
    const rf_fusabi_host_function twice = { .name = "twice", .type = "('a -> 'a) -> 'a -> 'a", .arity = 2, .call = twice_call };
    rf_code code = rf_fusabi_engine_new(&self->engine, &self->error);
    if (!code)
        code = rf_fusabi_register(self->engine, &add, &self->error);
    if (!code)
        code = rf_fusabi_register(self->engine, &twice, &self->error);
    const rf_fusabi_host_function stop = { .name = "Host.stop", .type = "unit -> unit", .arity = 1, .call = stop_call };
    return code ? code : rf_fusabi_register(self->engine, &stop, &self->error);
}

/* Compiles and runs the script. */
static rf_code start_with(host *self, const char *text, const rf_fusabi_limits *limits, rf_fusabi_value *ret_value) {
    const rf_fusabi_vm_options options = { .limits = limits ? *limits : (rf_fusabi_limits){ 0 }, .write = print, .user = self, .script_name = "test.fsx" };
    rf_code code = begin(self);
    if (!code)
        code = rf_fusabi_compile(self->engine, "test.fsx", rf_slice_of(text), NULL, &self->program, &self->error);
    if (!code)
        code = rf_fusabi_vm_new(self->engine, &options, &self->vm, &self->error);
    return code ? code : rf_fusabi_run(self->vm, self->program, &self->script, ret_value, &self->error);
}

static rf_code start(host *self, const char *text, rf_fusabi_value *ret_value) {
    return start_with(self, text, NULL, ret_value);
}

/* Calls a function that the script defined. */
static rf_code call(host *self, const char *name, rf_fusabi_value arg, rf_fusabi_value *ret_value) {
    rf_fusabi_handle function;
    rf_code code = rf_fusabi_find(self->vm, self->script, name, &function, &self->error);
    if (code)
        return code;
    code = rf_fusabi_call(self->vm, function, &arg, 1, ret_value, &self->error);
    rf_fusabi_release(self->vm, function);
    return code;
}

#define HOST() RF_CLEANUP(host_done) host self = { 0 }
#define text_arg(literal) rf_fusabi_string(literal, sizeof(literal) - 1)

RF_TEST(a_script_runs_and_its_value_comes_back) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "let x = 20\nprintfn \"hello\"\nx * 2 + 2", &value) == RF_OK);
    rf_check(value.kind == RF_FUSABI_INT && value.integer == 42);
    rf_check_text(rf_buffer_view(&self.printed), RF_SLICE("hello\n"));
}

RF_TEST(a_hook_takes_and_gives_text) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "let hook text = \"<\" ++ text ++ \">\"", NULL) == RF_OK);
    rf_fusabi_handle hook;
    rf_check(rf_fusabi_find(self.vm, self.script, "hook", &hook, NULL) == RF_OK);
    for (int i = 0; i < 1000; i++) {
        const rf_fusabi_value arg = text_arg("h\xC3\xA9");
        rf_check(rf_fusabi_call(self.vm, hook, &arg, 1, &value, NULL) == RF_OK);
        rf_check(value.kind == RF_FUSABI_STRING);
        rf_check_text(value.text, RF_SLICE("<h\xC3\xA9>"));
    }
}

RF_TEST(names_that_a_script_lacks_are_not_found) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "let f x = x\nmodule M =\n    let g x = x + 1\n", NULL) == RF_OK);
    rf_check(call(&self, "M.g", rf_fusabi_int(1), &value) == RF_OK && value.integer == 2);
    rf_check(call(&self, "g", rf_fusabi_int(1), &value) == RF_ENOTFOUND);
    rf_check_text(rf_slice_of(self.error.message), RF_SLICE("the script does not define g"));
}

RF_TEST(all_kinds_pass_through_a_script) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "let same x = x", NULL) == RF_OK);
    rf_check(call(&self, "same", rf_fusabi_unit(), &value) == RF_OK && value.kind == RF_FUSABI_UNIT);
    rf_check(call(&self, "same", rf_fusabi_bool(true), &value) == RF_OK && value.kind == RF_FUSABI_BOOL && value.boolean);
    rf_check(call(&self, "same", rf_fusabi_int(INT64_MIN), &value) == RF_OK && value.kind == RF_FUSABI_INT && value.integer == INT64_MIN);
    rf_check(call(&self, "same", rf_fusabi_float(-0.5), &value) == RF_OK && value.kind == RF_FUSABI_FLOAT && value.number == -0.5);
    rf_check(call(&self, "same", text_arg(""), &value) == RF_OK && value.kind == RF_FUSABI_STRING && value.text.len == 0);
    rf_check(call(&self, "same", text_arg("\xFF"), &value) == RF_EPARSE);
    rf_fusabi_value host_value;
    rf_check(rf_fusabi_host(self.vm, "door", &self, &host_value, NULL) == RF_OK);
    rf_check(call(&self, "same", host_value, &value) == RF_OK && value.kind == RF_FUSABI_HOST);
    rf_check(rf_fusabi_pointer(&value, "door") == &self && !rf_fusabi_pointer(&value, "window"));
}

RF_TEST(lists_and_tuples_are_read) {
    HOST();
    rf_fusabi_value value, item;
    rf_check(start(&self, "([1; 2; 3], [|\"a\"; \"b\"|])", &value) == RF_OK);
    rf_check(value.kind == RF_FUSABI_TUPLE && rf_fusabi_count(self.vm, &value) == 2);
    rf_fusabi_value list, array;
    rf_check(rf_fusabi_item(self.vm, &value, 0, &list, NULL) == RF_OK && list.kind == RF_FUSABI_LIST);
    rf_check(rf_fusabi_count(self.vm, &list) == 3);
    for (int64_t i = 1; i <= 3; i++)
        rf_check(rf_fusabi_next(self.vm, &list, &item, NULL) == RF_OK && item.kind == RF_FUSABI_INT && item.integer == i);
    rf_check(rf_fusabi_next(self.vm, &list, &item, NULL) == RF_ENOTFOUND);
    rf_check(rf_fusabi_item(self.vm, &value, 1, &array, NULL) == RF_OK && array.kind == RF_FUSABI_ARRAY);
    rf_check(rf_fusabi_item(self.vm, &array, 1, &item, NULL) == RF_OK);
    rf_check_text(item.text, RF_SLICE("b"));
    rf_check(rf_fusabi_item(self.vm, &array, 2, &item, NULL) == RF_ENOTFOUND);
}

static bool join(void *user, rf_slice name, const rf_fusabi_value *value) {
    rf_buffer *out = user;
    rf_buffer_printf(out, "%.*s=%d ", RF_SLICE_ARG(name), value->kind == RF_FUSABI_INT ? (int)value->integer : -1);
    return out->len < 12;
}

RF_TEST(records_maps_and_variants_are_read) {
    HOST();
    RF_CLEANUP(rf_buffer_done) rf_buffer joined = { 0 };
    rf_fusabi_value value, part, field;
    rf_check(start(&self, "({ b = 2; a = 1; c = 3 }, Map.ofList [(\"k\", 7)], Some 5)", &value) == RF_OK);
    rf_check(rf_fusabi_item(self.vm, &value, 0, &part, NULL) == RF_OK && part.kind == RF_FUSABI_RECORD);
    rf_check(rf_fusabi_field(self.vm, &part, "b", &field, NULL) == RF_OK && field.integer == 2);
    rf_check(rf_fusabi_field(self.vm, &part, "d", &field, NULL) == RF_ENOTFOUND);
    rf_check(rf_fusabi_each(self.vm, &part, join, &joined, NULL) == RF_OK);
    rf_check(!joined.failed);
    rf_check_text(rf_buffer_view(&joined), RF_SLICE("a=1 b=2 c=3 "));
    rf_check(rf_fusabi_item(self.vm, &value, 1, &part, NULL) == RF_OK && part.kind == RF_FUSABI_MAP && rf_fusabi_count(self.vm, &part) == 1);
    rf_check(rf_fusabi_field(self.vm, &part, "k", &field, NULL) == RF_OK && field.integer == 7);
    rf_check(rf_fusabi_each(self.vm, &part, join, &joined, NULL) == RF_OK);
    rf_check(rf_fusabi_item(self.vm, &value, 2, &part, NULL) == RF_OK);
    rf_check_text(rf_fusabi_variant_name(&part), RF_SLICE("Some"));
    rf_check(rf_fusabi_item(self.vm, &part, 0, &field, NULL) == RF_OK && field.integer == 5);
    rf_check(rf_fusabi_each(self.vm, &part, join, &joined, NULL) == RF_ENOTFOUND);
}

/* Makes one of everything, and has the script say what it sees. */
static rf_code make_all(host *self, rf_fusabi_value *ret_value) {
    static const char *const names[] = { "b", "a" };
    const rf_fusabi_value parts[] = { rf_fusabi_int(1), text_arg("x") };
    rf_fusabi_value items[5];
    rf_fusabi_vm *vm = self->vm;
    rf_code code = rf_fusabi_list(vm, parts, 2, &items[0], NULL);
    if (!code)
        code = rf_fusabi_tuple(vm, parts, 2, &items[1], NULL);
    if (!code)
        code = rf_fusabi_array(vm, parts, 2, &items[2], NULL);
    if (!code)
        code = rf_fusabi_record(vm, names, parts, 2, &items[3], NULL);
    if (!code)
        code = rf_fusabi_variant(vm, "Shape", parts, 2, &items[4], NULL);
    return code ? code : rf_fusabi_tuple(vm, items, 5, ret_value, NULL);
}

RF_TEST(values_that_the_host_makes_are_seen_by_the_script) {
    HOST();
    rf_fusabi_value all, value;
    char *text = NULL;
    size_t len;
    rf_check(start(&self, "let show x = $\"{x}\"", NULL) == RF_OK);
    rf_check(make_all(&self, &all) == RF_OK);
    rf_check(call(&self, "show", all, &value) == RF_OK);
    rf_check_text(value.text, RF_SLICE("([1; x], (1, x), [|1; x|], { a = x; b = 1 }, Shape(1, x))"));
    rf_check(rf_fusabi_display(self.vm, &value, &text, &len, NULL) == RF_OK);
    bool same = len == value.text.len && strlen(text) == len;
    rf_fusabi_free(text);
    rf_check(same);
}

RF_TEST(a_kept_value_outlives_calls) {
    HOST();
    rf_fusabi_value list, value;
    rf_fusabi_handle kept;
    rf_check(start(&self, "let numbers n = [1 .. n]\nlet sum xs = List.fold (fun a x -> a + x) 0 xs", NULL) == RF_OK);
    rf_check(call(&self, "numbers", rf_fusabi_int(1000), &list) == RF_OK);
    rf_check(rf_fusabi_hold(self.vm, &list, &kept, NULL) == RF_OK);
    for (int i = 0; i < 20; i++) {
        rf_check(call(&self, "numbers", rf_fusabi_int(1000), &list) == RF_OK);
        rf_check(rf_fusabi_held(self.vm, kept, &list, NULL) == RF_OK);
        rf_check(call(&self, "sum", list, &value) == RF_OK && value.integer == 500500);
    }
    rf_fusabi_release(self.vm, kept);
}

RF_TEST(a_script_calls_the_host) {
    HOST();
    rf_fusabi_value value, item;
    rf_check(start(&self, "let three = Host.add 1 2\nlet inc = Host.add 1\nList.map inc [three; 10]", &value) == RF_OK);
    rf_check(self.called == 3);
    rf_check(rf_fusabi_next(self.vm, &value, &item, NULL) == RF_OK && item.integer == 4);
}

RF_TEST(a_host_function_calls_back) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "twice (fun x -> x * 3) 2", &value) == RF_OK && value.integer == 18);
}

RF_TEST(an_error_of_the_host_is_an_exception_of_the_script) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "try Host.add 1 \"x\" with e -> 0 - 1", &value) == RF_OK && value.integer == -1);
    host_done(&self);
    memset(&self, 0, sizeof self);
    rf_check(start(&self, "let x = 1\nHost.add x \"x\"", &value) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(self.error.message), RF_SLICE("add wants two ints"));
    rf_check(self.error.place.line == 2);
}

RF_TEST(an_exception_passes_through_the_host) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "try twice (fun x -> failwith \"deep\") 1 with Failure m -> m", &value) == RF_OK);
    rf_check_text(value.text, RF_SLICE("deep"));
}

RF_TEST(an_exception_has_a_place_a_trace_and_a_value) {
    HOST();
    rf_fusabi_value value, part;
    rf_check(start(&self, "let inner x = 1 / x\nlet outer x =\n    let y = inner x\n    y + 1", NULL) == RF_OK);
    rf_check(call(&self, "outer", rf_fusabi_int(0), &value) == RF_ESCRIPT);
    rf_check_text(rf_slice_of(self.error.message), RF_SLICE("Division by zero"));
    rf_check(self.error.place.line == 1);
    rf_slice trace = rf_fusabi_trace(self.vm);
    rf_check(trace.len && memmem(trace.data, trace.len, "inner", 5) && memmem(trace.data, trace.len, "outer", 5));
    rf_check(rf_fusabi_exception(self.vm, &value, NULL) == RF_OK && value.kind == RF_FUSABI_VARIANT);
    rf_check(rf_fusabi_item(self.vm, &value, 0, &part, NULL) == RF_OK);
    rf_check_text(part.text, RF_SLICE("Division by zero"));
    rf_check(call(&self, "outer", rf_fusabi_int(1), &value) == RF_OK && value.integer == 2);
}

typedef struct found { unsigned errors, warnings; bool placed; } found;

static void count_finding(void *user, const rf_fusabi_finding *finding) {
    found *self = user;
    self->errors += finding->is_error;
    self->warnings += !finding->is_error;
    self->placed = finding->error.place.line > 0 && memmem(finding->shown.data, finding->shown.len, "^", 1);
}

RF_TEST(findings_are_told_one_by_one) {
    HOST();
    found all = { 0 };
    const rf_fusabi_options options = { .finding = count_finding, .user = &all };
    rf_check(begin(&self) == RF_OK);
    rf_code code = rf_fusabi_compile(self.engine, "bad.fsx", RF_SLICE("let = 1\nlet y = )\n"), &options, &self.program, &self.error);
    rf_check(code == RF_ESCRIPT && self.error.place.line == 1);
    rf_check(all.errors >= 2 && all.placed);
}

RF_TEST(strict_takes_no_clash) {
    HOST();
    found all = { 0 };
    rf_slice text = RF_SLICE("let f x = x + 1\nf \"a\"\n");
    rf_check(begin(&self) == RF_OK);
    rf_check(rf_fusabi_compile(self.engine, "t.fsx", text, &(rf_fusabi_options){ .types = true, .finding = count_finding, .user = &all },
                               &self.program, &self.error) == RF_OK);
    rf_check(all.warnings > 0 && all.errors == 0);
    rf_fusabi_program_unref(self.program);
    self.program = NULL;
    rf_check(rf_fusabi_compile(self.engine, "t.fsx", text, &(rf_fusabi_options){ .strict = true }, &self.program, &self.error) == RF_ESCRIPT);
    rf_check(rf_fusabi_compile(self.engine, "t.fsx", text, &(rf_fusabi_options){ .strict = true }, &self.program, NULL) != RF_OK); /* nobody asks why */
}

RF_TEST(text_that_is_not_utf_8_is_refused_at_its_place) {
    HOST();
    rf_check(begin(&self) == RF_OK);
    rf_check(rf_fusabi_load(self.engine, "t.fsx", RF_SLICE("let a = 1\nlet b = \"\xC0\""), NULL, &self.program, &self.error) == RF_EPARSE);
    rf_check(self.error.place.line == 2 && self.error.place.column == 10);
}

RF_TEST(a_written_program_is_the_same) {
    HOST();
    rf_fusabi_value value;
    rf_fusabi_program *again = NULL;
    char *bytes = NULL;
    size_t len;
    rf_check(start(&self, "let f x = x * 2\nf 21", NULL) == RF_OK);
    rf_check(rf_fusabi_write(self.program, false, NULL, &bytes, &len, NULL) == RF_OK);
    rf_code code = rf_fusabi_load(self.engine, "test.fzb", (rf_slice){ bytes, len }, NULL, &again, &self.error);
    rf_fusabi_free(bytes);
    rf_check(code == RF_OK);
    code = rf_fusabi_run(self.vm, again, &self.script, &value, &self.error);
    rf_fusabi_program_unref(again);
    rf_check(code == RF_OK && value.integer == 42);
}

RF_TEST(a_limit_ends_a_call_and_the_vm_goes_on) {
    HOST();
    rf_fusabi_value value;
    const rf_fusabi_limits limits = { .time_ns = 20000000, .heap_bytes = 4 << 20, .depth = 1000 };
    rf_check(start_with(&self, "let rec spin x = spin x\nlet rec deep x = 1 + deep x\nlet rec big xs = big (xs ++ xs)\nlet ok x = x", &limits, NULL) == RF_OK);
    rf_check(call(&self, "spin", rf_fusabi_int(1), &value) == RF_ELIMIT);
    rf_check(call(&self, "deep", rf_fusabi_int(1), &value) == RF_ELIMIT || rf_test_torture());
    rf_code code = call(&self, "big", text_arg("0123456789"), &value);
    rf_check(code == RF_ELIMIT || rf_test_torture());
    rf_check(call(&self, "ok", rf_fusabi_int(7), &value) == RF_OK && value.integer == 7);
}

RF_TEST(an_interrupt_ends_the_running_call) {
    HOST();
    rf_fusabi_value value;
    rf_check(start(&self, "let rec spin x = spin x\nlet stopped x =\n    Host.stop ()\n    try spin x with _ -> x\nlet ok x = x", NULL) == RF_OK);
    rf_check(call(&self, "stopped", rf_fusabi_int(1), &value) == RF_ELIMIT);
    rf_check(call(&self, "ok", rf_fusabi_int(7), &value) == RF_OK && value.integer == 7);
}

RF_TEST(what_is_not_granted_does_not_exist) {
    HOST();
    rf_check(start(&self, "File.readLines \"/etc/passwd\"", NULL) != RF_OK);
}

static rf_code try_register(rf_fusabi_engine *engine, const char *name, const char *type, uint8_t arity) {
    const rf_fusabi_host_function function = { .name = name, .type = type, .arity = arity, .call = twice_call };
    return rf_fusabi_register(engine, &function, NULL);
}

RF_TEST(wrong_host_functions_are_refused) {
    HOST();
    rf_check(begin(&self) == RF_OK);
    rf_check(try_register(self.engine, "a b", "int -> int", 1) == RF_ECONFIG);
    rf_check(try_register(self.engine, "1a", "int -> int", 1) == RF_ECONFIG);
    rf_check(try_register(self.engine, "A.", "int -> int", 1) == RF_ECONFIG);
    rf_check(try_register(self.engine, "f", "int -> int", 2) == RF_ECONFIG);
    rf_check(try_register(self.engine, "f", "int", 0) == RF_ECONFIG);
    rf_check(try_register(self.engine, "List.map", "int -> int", 1) == RF_ECONFIG);
    rf_check(try_register(self.engine, "twice", "int -> int", 1) == RF_ECONFIG);
    rf_check(try_register(self.engine, "f", "(int -> int) -> int", 1) == RF_OK);
}
