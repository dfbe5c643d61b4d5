/* commands.c: the module Commands: what a command palette offers. Commands.invoke is in prelude.fsx. */
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

/* Slots of the state: the number of the next command; a map from id to (number, record). */
enum { NEXT, COMMANDS, SLOT_COUNT };

static rf_fus_items *slots_of(rf_fus_vm *vm) { return rf_fus_state_slots(vm, RF_FUS_STATE_COMMANDS, SLOT_COUNT); }

static rf_fus_value commands_of(rf_fus_vm *vm) {
    rf_fus_items *slots = slots_of(vm);
    return slots ? rf_fus_slot_map(vm, slots, COMMANDS) : RF_FUS_RAISED;
}

static const char *const fields[] = { "id", "name", "description", "category", "handler" };
enum { ID, HANDLER = 4, FIELD_COUNT };

/* A record of the five fields, whatever else `info` has; false after raising. */
static bool take_fields(rf_fus_vm *vm, rf_fus_value info, rf_fus_value *ret_values) {
    if (!rf_fus_is(info, RF_FUS_T_RECORD) && !rf_fus_is(info, RF_FUS_T_DICT)) {
        rf_fus_raise_type(vm, "record", info);
        return false;
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        bool is_there = rf_fus_field(vm, info, rf_slice_of(fields[i]), &ret_values[i]);
        if (i < HANDLER && (!is_there || !rf_fus_is_string(ret_values[i]))) {
            rf_fus_raise(vm, "CommandInfo missing '%s' field (string)", fields[i]);
            return false;
        }
        if (i == HANDLER && (!is_there || !rf_fus_is_function(ret_values[i]))) {
            rf_fus_raise(vm, is_there ? "CommandInfo 'handler' must be a function or closure" : "CommandInfo missing 'handler' field");
            return false;
        }
    }
    return true;
}

static rf_fus_value add_command(rf_fus_vm *vm, rf_fus_value info) {
    rf_fus_value values[FIELD_COUNT];
    if (!take_fields(vm, info, values))
        return RF_FUS_RAISED;
    rf_fus_items *slots = slots_of(vm);
    rf_fus_value map = commands_of(vm);
    rf_fus_value record = rf_fus_record_new(vm, fields, values, FIELD_COUNT);
    if (!slots || map == RF_FUS_RAISED || record == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    int64_t number = rf_fus_slot_int(slots, NEXT, 0);
    const rf_fus_value pair[] = { rf_fus_int_new(vm, number), record };
    rf_fus_value next = rf_fus_int_new(vm, number + 1);
    rf_fus_value entry = pair[0] == RF_FUS_RAISED ? RF_FUS_RAISED : rf_fus_tuple_new(vm, pair, 2);
    if (entry != RF_FUS_RAISED)
        map = rf_fus_map_add(vm, map, values[ID], entry);
    if (entry == RF_FUS_RAISED || map == RF_FUS_RAISED || next == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_slot_set(vm, slots, COMMANDS, map);
    rf_fus_slot_set(vm, slots, NEXT, next);
    return pair[0];
}

static rf_fus_value commands_register(rf_fus_vm *vm, const rf_fus_value *args) { return add_command(vm, args[0]); }

static rf_fus_value commands_register_many(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder numbers = { RF_FUS_NIL, RF_FUS_NIL };
    rf_fus_value list = args[0], info;
    bool is_failed = false;
    if (!rf_fus_expect_list(vm, list))
        return RF_FUS_RAISED;
    while (rf_fus_list_next(vm, &list, &info, &is_failed)) {
        rf_fus_value number = add_command(vm, info);
        if (number == RF_FUS_RAISED || !rf_fus_list_push(vm, &numbers, number))
            return RF_FUS_RAISED;
    }
    return is_failed ? RF_FUS_RAISED : numbers.first;
}

/* The id of the command with that number, or RF_FUS_UNDEF. */
static rf_fus_value id_of(rf_fus_value map, int64_t number) {
    rf_fus_map_walk walk = { .map = map };
    rf_fus_value id, entry;
    while (rf_fus_map_next(&walk, &id, &entry))
        if (rf_fus_int(RF_FUS_AS(const rf_fus_items, entry)->items[0]) == number)
            return id;
    return RF_FUS_UNDEF;
}

static rf_fus_value commands_unregister(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value id = args[0], map = commands_of(vm), entry;
    if (!rf_fus_is_string(id) && !rf_fus_is_any_int(id))
        return rf_fus_raise_type(vm, "string or int", id);
    if (map == RF_FUS_RAISED)
        return map;
    if (rf_fus_is_any_int(id))
        id = id_of(map, rf_fus_int(id));
    if (id == RF_FUS_UNDEF || !rf_fus_map_get(vm, map, id, &entry))
        return RF_FUS_FALSE;
    map = rf_fus_map_remove(vm, map, id);
    if (map == RF_FUS_RAISED)
        return map;
    rf_fus_slot_set(vm, slots_of(vm), COMMANDS, map);
    return RF_FUS_TRUE;
}

static rf_fus_value commands_list(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_list_builder list = { RF_FUS_NIL, RF_FUS_NIL };
    if (!rf_fus_expect_unit(vm, args[0]))
        return RF_FUS_RAISED;
    rf_fus_map_walk walk = { .map = commands_of(vm) };
    if (walk.map == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    for (rf_fus_value id, entry; rf_fus_map_next(&walk, &id, &entry);)
        if (!rf_fus_list_push(vm, &list, RF_FUS_AS(const rf_fus_items, entry)->items[1]))
            return RF_FUS_RAISED;
    return list.first;
}

/* The record of that id, RF_FUS_UNDEF, or RF_FUS_RAISED. */
static rf_fus_value find_command(rf_fus_vm *vm, rf_fus_value id) {
    rf_slice text;
    rf_fus_value entry, map = rf_fus_expect_text(vm, id, &text) ? commands_of(vm) : RF_FUS_RAISED;
    if (map == RF_FUS_RAISED)
        return map;
    return rf_fus_map_get(vm, map, id, &entry) ? RF_FUS_AS(const rf_fus_items, entry)->items[1] : RF_FUS_UNDEF;
}

static rf_fus_value commands_get_by_id(rf_fus_vm *vm, const rf_fus_value *args) {
    return rf_fus_option_of(vm, find_command(vm, args[0]));
}

rf_fus_value rf_fus_prim_command_handler(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value handler, record = find_command(vm, args[0]);
    if (record == RF_FUS_RAISED)
        return record;
    if (record != RF_FUS_UNDEF && rf_fus_field(vm, record, RF_SLICE("handler"), &handler))
        return handler;
    rf_slice id = rf_fus_text(vm, args[0]);
    return rf_fus_raise(vm, "Command not found: %.*s", RF_SLICE_ARG(id));
}

#define INFO "{ id: string; name: string; description: string; category: string; handler: unit -> _ }"

static const rf_fus_lib_row rows[] = {
    { .name = "Commands.getById", .params = "id", .type = "string -> " INFO " option", .doc = "A command, by its id.",
      .example = "Commands.getById \"app.hi\"", .native = commands_get_by_id, .arity = 1 },
    { .name = "Commands.invoke", .params = "id", .type = "string -> _", .doc = "Calls a command's handler with () and gives what it gives.",
      .example = "Commands.invoke \"app.hi\"", .arity = 1 },
    { .name = "Commands.list", .params = "()", .type = "unit -> " INFO " list", .doc = "All commands, in order of their ids.",
      .example = "Commands.list () // []", .native = commands_list, .arity = 1 },
    { .name = "Commands.register", .params = "command", .type = INFO " -> int",
      .doc = "Adds a command, or replaces the one with its id. Gives it a number.",
      .example = "Commands.register { id = \"app.hi\"; name = \"Hi\"; description = \"says hi\"; category = \"demo\"; handler = fun () -> printfn \"hi\" }",
      .native = commands_register, .arity = 1 },
    { .name = "Commands.registerMany", .params = "commands", .type = INFO " list -> int list", .doc = "Adds several commands; their numbers.",
      .example = "Commands.registerMany [] // []", .native = commands_register_many, .arity = 1 },
    { .name = "Commands.unregister", .params = "id", .type = "_ -> bool",
      .doc = "Removes a command by its id or its number; false when there is none.",
      .example = "Commands.unregister \"app.hi\"", .native = commands_unregister, .arity = 1 },
    { 0 },
};
RF_FUS_LIB_MODULE(commands, "Commands", "Commands that a palette offers.", rows);
