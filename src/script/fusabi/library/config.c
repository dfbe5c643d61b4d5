/* config.c: the module Config: settings with a type, a default and a check. */
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

/* The state is a map from name to an entry: a tuple of these. RF_FUS_UNIT: not there. */
enum { TYPE, DEFAULT, VALIDATOR, VALUE, ENTRY_COUNT };

static rf_fus_value configs_of(rf_fus_vm *vm) {
    rf_fus_value map = rf_fus_state_get(vm, RF_FUS_STATE_CONFIG);
    return map == RF_FUS_UNIT ? rf_fus_map_empty(vm) : map;
}

/* Copies the entry of that name; false: none, or (after raising, *ret_failed) a bad name or no memory. */
static bool find(rf_fus_vm *vm, rf_fus_value name, rf_fus_value *ret_entry, bool *ret_failed) {
    rf_slice text;
    rf_fus_value found, map = rf_fus_expect_text(vm, name, &text) ? configs_of(vm) : RF_FUS_RAISED;
    *ret_failed = map == RF_FUS_RAISED;
    if (*ret_failed || !rf_fus_map_get(vm, map, name, &found))
        return false;
    memcpy(ret_entry, RF_FUS_AS(const rf_fus_items, found)->items, ENTRY_COUNT * sizeof *ret_entry);
    return true;
}

/* The same; a name without entry raises too. */
static bool find_or_raise(rf_fus_vm *vm, rf_fus_value name, const char *complaint, rf_fus_value *ret_entry) {
    bool is_failed;
    if (find(vm, name, ret_entry, &is_failed))
        return true;
    if (!is_failed) {
        rf_slice text = rf_fus_text(vm, name);
        rf_fus_raise(vm, "Configuration '%.*s' %s", RF_SLICE_ARG(text), complaint);
    }
    return false;
}

static rf_fus_value store(rf_fus_vm *vm, rf_fus_value name, const rf_fus_value *entry) {
    rf_fus_value map = configs_of(vm), tuple = rf_fus_tuple_new(vm, entry, ENTRY_COUNT);
    if (map == RF_FUS_RAISED || tuple == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    map = rf_fus_map_add(vm, map, name, tuple);
    if (map == RF_FUS_RAISED)
        return map;
    rf_fus_state_set(vm, RF_FUS_STATE_CONFIG, map);
    return RF_FUS_UNIT;
}

/* ---- Checks ---- */

typedef struct value_kind { const char *type, *ctor, *noun; } value_kind;
static const value_kind kinds[] = {
    { "string", "String", "a string" }, { "int", "Int", "an int" }, { "bool", "Bool", "a bool" }, { "list", "List", "a list" },
    { "map", "Map", "a map" },
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static const value_kind *kind_of(rf_slice type) {
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (rf_slice_is(type, kinds[i].type))
            return &kinds[i];
    return NULL;
}

static bool fits(const value_kind *kind, rf_fus_value value) {
    switch (kind - kinds) {
    case 0: return rf_fus_is_string(value);
    case 1: return rf_fus_is_any_int(value);
    case 2: return rf_fus_is_bool(value);
    case 3: return value == RF_FUS_NIL || rf_fus_is(value, RF_FUS_T_CONS);
    default: return rf_fus_is(value, RF_FUS_T_MAP);
    }
}

/* A value is a variant named after the type: String("x"), Int(3), … */
static bool check_type(rf_fus_vm *vm, rf_fus_value type, rf_fus_value value) {
    rf_slice name = rf_fus_text(vm, type);
    const value_kind *kind = name.data ? kind_of(name) : NULL;
    if (!kind)
        return false;
    if (!rf_fus_is(value, RF_FUS_T_VARIANT)) {
        rf_fus_raise_type(vm, "ConfigValue variant", value);
        return false;
    }
    rf_slice ctor = rf_fus_ctor_name(value);
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, value);
    if (!rf_slice_is(ctor, kind->ctor)) {
        rf_fus_raise(vm, "Type mismatch: expected ConfigValue.%s for configType '%s', got ConfigValue.%.*s", kind->type, kind->type,
                     RF_SLICE_ARG(ctor));
        return false;
    }
    if (variant->head.length && fits(kind, variant->items[0]))
        return true;
    rf_fus_raise(vm, "ConfigValue.%s expects %s value", kind->ctor, kind->noun);
    return false;
}

/* Asks the validator, if there is one. What the caller has in hand may move, so it reads its arguments again. */
static bool ask_validator(rf_fus_vm *vm, rf_fus_value validator, rf_fus_value value, rf_fus_value name, const char *complaint) {
    if (validator == RF_FUS_UNIT)
        return true;
    uint32_t mark = rf_fus_keep_mark(vm), slot;
    if (!rf_fus_keep(vm, name, &slot))
        return false;
    rf_fus_value answer = rf_fus_vm_call(vm, validator, &value, 1);
    if (answer == RF_FUS_FALSE) {
        rf_slice text = rf_fus_text(vm, rf_fus_kept(vm, slot));
        if (text.data)
            rf_fus_raise(vm, "%s validation failed for config '%.*s'", complaint, RF_SLICE_ARG(text));
    } else if (answer != RF_FUS_TRUE && answer != RF_FUS_RAISED) {
        rf_fus_raise(vm, "Validator function must return bool");
    }
    rf_fus_keep_release(vm, mark);
    return answer == RF_FUS_TRUE;
}

/* ---- Config.define ---- */

/* A field that is a string. */
static bool string_field(rf_fus_vm *vm, rf_fus_value schema, const char *name, rf_fus_value *ret_value) {
    if (!rf_fus_field(vm, schema, rf_slice_of(name), ret_value)) {
        rf_fus_raise(vm, "ConfigSchema missing '%s' field", name);
        return false;
    }
    if (rf_fus_is_string(*ret_value))
        return true;
    rf_fus_raise_type(vm, "string", *ret_value);
    return false;
}

/* What a field Some(x) holds; RF_FUS_UNIT for all else. */
static rf_fus_value optional_field(rf_fus_vm *vm, rf_fus_value schema, const char *name) {
    rf_fus_value value;
    if (!rf_fus_field(vm, schema, rf_slice_of(name), &value) || !rf_fus_is(value, RF_FUS_T_VARIANT))
        return RF_FUS_UNIT;
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, value);
    return variant->head.length && rf_slice_is(rf_fus_ctor_name(value), "Some") ? variant->items[0] : RF_FUS_UNIT;
}

/* Reads a schema into name and entry; false after raising. */
static bool take_schema(rf_fus_vm *vm, rf_fus_value schema, rf_fus_value *ret_name, rf_fus_value *ret_entry) {
    if (!rf_fus_is(schema, RF_FUS_T_RECORD) && !rf_fus_is(schema, RF_FUS_T_DICT)) {
        rf_fus_raise_type(vm, "record", schema);
        return false;
    }
    if (!string_field(vm, schema, "name", ret_name) || !string_field(vm, schema, "configType", &ret_entry[TYPE]))
        return false;
    rf_slice type = rf_fus_text(vm, ret_entry[TYPE]);
    if (!type.data)
        return false;
    if (!kind_of(type)) {
        rf_fus_raise(vm, "Invalid configType '%.*s'. Must be one of: string, int, bool, list, map", RF_SLICE_ARG(type));
        return false;
    }
    ret_entry[VALUE] = ret_entry[DEFAULT] = optional_field(vm, schema, "default");
    ret_entry[VALIDATOR] = optional_field(vm, schema, "validator");
    return true;
}

static rf_fus_value config_define(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value name, entry[ENTRY_COUNT];
    if (!take_schema(vm, args[0], &name, entry))
        return RF_FUS_RAISED;
    if (entry[DEFAULT] != RF_FUS_UNIT) {
        if (!check_type(vm, entry[TYPE], entry[DEFAULT]) || !ask_validator(vm, entry[VALIDATOR], entry[DEFAULT], name, "Default value"))
            return RF_FUS_RAISED;
        if (!take_schema(vm, args[0], &name, entry))
            return RF_FUS_RAISED;
    }
    return store(vm, name, entry);
}

/* ---- The others ---- */

static rf_fus_value config_get(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value entry[ENTRY_COUNT];
    if (!find_or_raise(vm, args[0], "not found", entry))
        return RF_FUS_RAISED;
    if (entry[VALUE] != RF_FUS_UNIT)
        return entry[VALUE];
    rf_slice name = rf_fus_text(vm, args[0]);
    return rf_fus_raise(vm, "Configuration '%.*s' has no value set and no default", RF_SLICE_ARG(name));
}

static rf_fus_value config_get_or(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value entry[ENTRY_COUNT];
    bool is_failed, is_found = find(vm, args[0], entry, &is_failed);
    if (is_failed)
        return RF_FUS_RAISED;
    return is_found && entry[VALUE] != RF_FUS_UNIT ? entry[VALUE] : args[1];
}

static rf_fus_value config_has(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value entry[ENTRY_COUNT];
    bool is_failed, is_found = find(vm, args[0], entry, &is_failed);
    return is_failed ? RF_FUS_RAISED : rf_fus_of_bool(is_found);
}

static rf_fus_value config_list(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    rf_fus_list_builder list = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_map_walk walk = { .map = configs_of(vm) };
    rf_fus_value name, entry;
    if (walk.map == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    while (rf_fus_map_next(&walk, &name, &entry)) {
        const rf_fus_value pair[] = { name, RF_FUS_AS(const rf_fus_items, entry)->items[VALUE] };
        if (pair[1] == RF_FUS_UNIT)
            continue;
        rf_fus_value tuple = rf_fus_tuple_new(vm, pair, 2);
        if (tuple == RF_FUS_RAISED || !rf_fus_list_push(vm, &list, tuple))
            return RF_FUS_RAISED;
    }
    return list.first;
}

static rf_fus_value config_reset(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value entry[ENTRY_COUNT];
    if (!find_or_raise(vm, args[0], "not defined", entry))
        return RF_FUS_RAISED;
    entry[VALUE] = entry[DEFAULT];
    return store(vm, args[0], entry);
}

static rf_fus_value config_set(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value entry[ENTRY_COUNT];
    if (!find_or_raise(vm, args[0], "not defined", entry) || !check_type(vm, entry[TYPE], args[1]) ||
        !ask_validator(vm, entry[VALIDATOR], args[1], args[0], "Value") ||
        !find_or_raise(vm, args[0], "not defined", entry)) /* again: it may have moved, or the validator may have changed it */
        return RF_FUS_RAISED;
    entry[VALUE] = args[1];
    return store(vm, args[0], entry);
}

static const rf_fus_lib_row rows[] = {
    { .name = "Config.define", .params = "schema", .type = "_ -> unit",
      .doc = "Defines a setting: { name; configType; default; validator }. configType is \"string\", \"int\", \"bool\", \"list\" or \"map\"; "
             "default and validator are options. Values are written String \"x\", Int 3, Bool true, List [] or Map (Map.empty ()).",
      .example = "Config.define { name = \"size\"; configType = \"int\"; default = Some (Int 12); validator = None }",
      .native = config_define, .arity = 1 },
    { .name = "Config.get", .params = "name", .type = "string -> _", .doc = "The value of a setting; an error when it has none.",
      .example = "Config.get \"size\" // Int(12)", .native = config_get, .arity = 1 },
    { .name = "Config.getOr", .params = "name default", .type = "string -> 'a -> 'a",
      .doc = "The value of a setting, or what is given when it has none or is not defined.",
      .example = "Config.getOr \"size\" (Int 10)", .native = config_get_or, .arity = 2 },
    { .name = "Config.has", .params = "name", .type = "string -> bool", .doc = "Whether a setting is defined.",
      .example = "Config.has \"size\"", .native = config_has, .arity = 1 },
    { .name = "Config.list", .params = "()", .type = "unit -> (string * _) list", .doc = "Names and values of the settings that have one, sorted.",
      .example = "Config.list () // []", .native = config_list, .arity = 1 },
    { .name = "Config.reset", .params = "name", .type = "string -> unit", .doc = "Gives a setting its default again.",
      .example = "Config.reset \"size\"", .native = config_reset, .arity = 1 },
    { .name = "Config.set", .params = "name value", .type = "string -> _ -> unit",
      .doc = "Sets a setting, once its type and its validator agree.", .example = "Config.set \"size\" (Int 14)",
      .native = config_set, .arity = 2 },
    { 0 },
};
RF_FUS_LIB_MODULE(config, "Config", "Settings with a type, a default and a check.", rows);
