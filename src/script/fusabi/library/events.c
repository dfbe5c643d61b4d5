/* events.c: the module Events: handlers by name of event. Events.emit itself is in prelude.fsx, so that handlers that emit need no C stack. */
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

/* Slots of the state: the last id; maps from name to handlers. As in the original, Events.off leaves a name without
 * handlers in its map, and Events.clear takes it out. */
enum { LAST_ID, ALWAYS, ONCE, SLOT_COUNT };

static rf_fus_items *slots_of(rf_fus_vm *vm) { return rf_fus_state_slots(vm, RF_FUS_STATE_EVENTS, SLOT_COUNT); }

static rf_fus_value add_handler(rf_fus_vm *vm, const rf_fus_value *args, uint32_t slot) {
    rf_slice name;
    if (!rf_fus_expect_text(vm, args[0], &name) || !rf_fus_expect_function(vm, args[1]))
        return RF_FUS_RAISED;
    rf_fus_items *slots = slots_of(vm);
    rf_fus_value map = slots ? rf_fus_slot_map(vm, slots, slot) : RF_FUS_RAISED;
    if (map == RF_FUS_RAISED)
        return map;
    rf_fus_value handlers = RF_FUS_NIL;
    int64_t id = rf_fus_slot_int(slots, LAST_ID, 0) + 1;
    rf_fus_map_get(vm, map, args[0], &handlers);
    handlers = rf_fus_handlers_add(vm, handlers, id, args[1]);
    rf_fus_value number = rf_fus_int_new(vm, id);
    if (handlers != RF_FUS_RAISED)
        map = rf_fus_map_add(vm, map, args[0], handlers);
    if (handlers == RF_FUS_RAISED || map == RF_FUS_RAISED || number == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_slot_set(vm, slots, slot, map);
    rf_fus_slot_set(vm, slots, LAST_ID, number);
    return number;
}

static rf_fus_value events_on(rf_fus_vm *vm, const rf_fus_value *args) { return add_handler(vm, args, ALWAYS); }
static rf_fus_value events_once(rf_fus_vm *vm, const rf_fus_value *args) { return add_handler(vm, args, ONCE); }

/* Takes the handler of that id out of one map; RF_FUS_RAISED, or whether it was there. */
static rf_fus_value remove_from(rf_fus_vm *vm, rf_fus_items *slots, uint32_t slot, int64_t id) {
    rf_fus_value map = rf_fus_slot_map(vm, slots, slot), name, handlers;
    rf_fus_map_walk walk = { .map = map };
    bool is_found = false;
    if (map == RF_FUS_RAISED)
        return map;
    while (!is_found && rf_fus_map_next(&walk, &name, &handlers)) {
        handlers = rf_fus_handlers_remove(vm, handlers, id, &is_found);
        if (handlers == RF_FUS_RAISED)
            return handlers;
    }
    if (!is_found)
        return RF_FUS_FALSE;
    map = rf_fus_map_add(vm, map, name, handlers);
    if (map == RF_FUS_RAISED)
        return map;
    rf_fus_slot_set(vm, slots, slot, map);
    return RF_FUS_TRUE;
}

static rf_fus_value events_off(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t id;
    if (!rf_fus_expect_int(vm, args[0], &id))
        return RF_FUS_RAISED;
    rf_fus_items *slots = slots_of(vm);
    rf_fus_value found = slots ? remove_from(vm, slots, ALWAYS, id) : RF_FUS_RAISED;
    return found == RF_FUS_FALSE ? remove_from(vm, slots, ONCE, id) : found;
}

static bool remove_name(rf_fus_vm *vm, rf_fus_items *slots, uint32_t slot, rf_fus_value name) {
    rf_fus_value map = rf_fus_slot_map(vm, slots, slot);
    if (map != RF_FUS_RAISED)
        map = rf_fus_map_remove(vm, map, name);
    if (map == RF_FUS_RAISED)
        return false;
    rf_fus_slot_set(vm, slots, slot, map);
    return true;
}

static rf_fus_value events_clear(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice name;
    if (!rf_fus_expect_text(vm, args[0], &name))
        return RF_FUS_RAISED;
    rf_fus_items *slots = slots_of(vm);
    bool is_good = slots && remove_name(vm, slots, ALWAYS, args[0]) && remove_name(vm, slots, ONCE, args[0]);
    return is_good ? RF_FUS_UNIT : RF_FUS_RAISED;
}

static rf_fus_value events_clear_all(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    rf_fus_slot_set(vm, slots, ALWAYS, RF_FUS_UNIT);
    rf_fus_slot_set(vm, slots, ONCE, RF_FUS_UNIT);
    return RF_FUS_UNIT;
}

/* The handlers of a name in one map: a list of (id, function), or RF_FUS_RAISED. */
static rf_fus_value handlers_of(rf_fus_vm *vm, const rf_fus_items *slots, uint32_t slot, rf_fus_value name) {
    rf_fus_value map = rf_fus_slot_map(vm, slots, slot), handlers = RF_FUS_NIL;
    if (map == RF_FUS_RAISED)
        return map;
    rf_fus_map_get(vm, map, name, &handlers);
    return handlers;
}

static rf_fus_value events_handlers(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice name;
    if (!rf_fus_expect_text(vm, args[0], &name))
        return RF_FUS_RAISED;
    const rf_fus_items *slots = slots_of(vm);
    rf_fus_value always = slots ? handlers_of(vm, slots, ALWAYS, args[0]) : RF_FUS_RAISED;
    rf_fus_value once = slots ? handlers_of(vm, slots, ONCE, args[0]) : RF_FUS_RAISED;
    if (always == RF_FUS_RAISED || once == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return rf_fus_int_new(vm, rf_fus_handlers_count(always) + rf_fus_handlers_count(once));
}

static rf_fus_value events_list(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    rf_fus_items *slots = slots_of(vm);
    rf_fus_value names = slots ? rf_fus_slot_map(vm, slots, ALWAYS) : RF_FUS_RAISED;
    rf_fus_value once = slots ? rf_fus_slot_map(vm, slots, ONCE) : RF_FUS_RAISED;
    rf_fus_value name, handlers;
    rf_fus_list_builder list = { RF_FUS_NIL, RF_FUS_NIL };
    if (names == RF_FUS_RAISED || once == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    for (rf_fus_map_walk walk = { .map = once }; names != RF_FUS_RAISED && rf_fus_map_next(&walk, &name, &handlers);)
        names = rf_fus_map_add(vm, names, name, RF_FUS_UNIT);
    if (names == RF_FUS_RAISED)
        return names;
    for (rf_fus_map_walk walk = { .map = names }; rf_fus_map_next(&walk, &name, &handlers);)
        if (!rf_fus_list_push(vm, &list, name))
            return RF_FUS_RAISED;
    return list.first;
}

rf_fus_value rf_fus_prim_events_take(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice name;
    if (!rf_fus_expect_text(vm, args[0], &name))
        return RF_FUS_RAISED;
    rf_fus_items *slots = slots_of(vm);
    rf_fus_value once = slots ? handlers_of(vm, slots, ONCE, args[0]) : RF_FUS_RAISED;
    rf_fus_value always = slots ? handlers_of(vm, slots, ALWAYS, args[0]) : RF_FUS_RAISED;
    if (once == RF_FUS_RAISED || always == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_value functions = rf_fus_handlers_functions(vm, once, RF_FUS_NIL);
    if (functions != RF_FUS_RAISED)
        functions = rf_fus_handlers_functions(vm, always, functions);
    if (functions == RF_FUS_RAISED || once == RF_FUS_NIL)
        return functions;
    return remove_name(vm, slots, ONCE, args[0]) ? functions : RF_FUS_RAISED;
}

static const rf_fus_lib_row rows[] = {
    { .name = "Events.clear", .params = "name", .type = "string -> unit", .doc = "Forgets all handlers of an event.",
      .example = "Events.clear \"tick\"", .native = events_clear, .arity = 1 },
    { .name = "Events.clearAll", .params = "()", .type = "unit -> unit", .doc = "Forgets all handlers of all events.",
      .example = "Events.clearAll ()", .native = events_clear_all, .arity = 1 },
    { .name = "Events.emit", .params = "name value", .type = "string -> 'a -> unit",
      .doc = "Calls the handlers of an event with a value: in the order of registration, those of Events.once last.",
      .example = "Events.emit \"tick\" 5", .arity = 2 },
    { .name = "Events.emitAsync", .params = "name value", .type = "string -> 'a -> unit", .doc = "The same as Events.emit.",
      .example = "Events.emitAsync \"tick\" 5", .arity = 2 },
    { .name = "Events.handlers", .params = "name", .type = "string -> int", .doc = "How many handlers an event has.",
      .example = "Events.handlers \"tick\" // 0", .native = events_handlers, .arity = 1 },
    { .name = "Events.list", .params = "()", .type = "unit -> string list", .doc = "The names of events that handlers were given for, sorted.",
      .example = "Events.list () // []", .native = events_list, .arity = 1 },
    { .name = "Events.off", .params = "id", .type = "int -> bool", .doc = "Forgets one handler; false when there is none of that number.",
      .example = "Events.off 1", .native = events_off, .arity = 1 },
    { .name = "Events.on", .params = "name handler", .type = "string -> ('a -> _) -> int",
      .doc = "Has a function called whenever an event is emitted. Gives a number for Events.off.",
      .example = "let id = Events.on \"tick\" (fun n -> printfn n)", .native = events_on, .arity = 2 },
    { .name = "Events.once", .params = "name handler", .type = "string -> ('a -> _) -> int",
      .doc = "Has a function called the next time an event is emitted, and then forgotten.",
      .example = "let id = Events.once \"boot\" (fun () -> printfn \"up\")", .native = events_once, .arity = 2 },
    { 0 },
};
RF_FUS_LIB_MODULE(events, "Events", "Events by name, and the functions that are called for them.", rows);
