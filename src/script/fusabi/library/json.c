/* json.c: the module Json. */
#include "script/fusabi/library/json.h"

#include "script/fusabi/library/common.h"

static rf_fus_value json_parse(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    rf_fus_json_mistake mistake;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_fus_value value = rf_fus_json_read(vm, text, &mistake);
    if (value != RF_FUS_UNDEF)
        return value;
    return rf_fus_raise(vm, "JSON parse error: %s at line %zu column %zu", mistake.what, mistake.line, mistake.column);
}

static rf_fus_value json_try_parse(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    rf_fus_json_mistake mistake;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    rf_fus_value value = rf_fus_json_read(vm, text, &mistake);
    return value == RF_FUS_UNDEF ? rf_fus_none(vm) : value == RF_FUS_RAISED ? value : rf_fus_some(vm, value);
}

static rf_fus_value written(rf_fus_vm *vm, rf_fus_value value, uint32_t indent) {
    rf_buffer out = { 0 };
    if (rf_fus_json_put(vm, value, indent, &out))
        return rf_fus_make_string(vm, &out);
    rf_buffer_done(&out);
    return RF_FUS_RAISED;
}

static rf_fus_value json_stringify(rf_fus_vm *vm, const rf_fus_value *args) { return written(vm, args[0], 0); }
static rf_fus_value json_stringify_pretty(rf_fus_vm *vm, const rf_fus_value *args) { return written(vm, args[0], 2); }

static const rf_fus_lib_row rows[] = {
    RF_FUS_ROW("Json.parse", "s", "string -> _", "The value of a JSON text: null is (), arrays are arrays, objects are records.",
               "Json.parse \"[1, null]\" // [|1; ()|]", json_parse, 1),
    RF_FUS_ROW("Json.stringify", "v", "'a -> string", "The value as JSON in one line; keys of records and maps are sorted.",
               "Json.stringify [1; 2] // [1,2]", json_stringify, 1),
    RF_FUS_ROW("Json.stringifyPretty", "v", "'a -> string", "The same in several lines, indented by two blanks.",
               "Json.stringifyPretty [] // []", json_stringify_pretty, 1),
    RF_FUS_OURS("Json.tryParse", "s", "string -> _ option", "The value of a JSON text, or None when it is none.",
                "Json.tryParse \"{\" // None", json_try_parse, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(json, "Json", "JSON text.", rows);
