/* state.c: what modules keep per VM as Fusabi values, so that the collector knows it (world.h). */
#include "script/fusabi/library/world.h"

rf_fus_items *rf_fus_state_slots(rf_fus_vm *vm, rf_fus_state state, uint32_t count) {
    rf_fus_value array = rf_fus_state_get(vm, state);
    if (array == RF_FUS_UNIT) {
        array = rf_fus_array_new(vm, NULL, count);
        if (array == RF_FUS_RAISED)
            return NULL;
        rf_fus_state_set(vm, state, array);
    }
    return RF_FUS_AS(rf_fus_items, array);
}

void rf_fus_slot_set(rf_fus_vm *vm, rf_fus_items *slots, uint32_t index, rf_fus_value value) {
    slots->items[index] = value;
    rf_fus_stored(vm, &slots->head, value);
}

int64_t rf_fus_slot_int(const rf_fus_items *slots, uint32_t index, int64_t otherwise) {
    return slots->items[index] == RF_FUS_UNIT ? otherwise : rf_fus_int(slots->items[index]);
}

rf_fus_value rf_fus_slot_map(rf_fus_vm *vm, const rf_fus_items *slots, uint32_t index) {
    return slots->items[index] == RF_FUS_UNIT ? rf_fus_map_empty(vm) : slots->items[index];
}

rf_fus_value rf_fus_handlers_add(rf_fus_vm *vm, rf_fus_value list, int64_t id, rf_fus_value function) {
    const rf_fus_value pair[] = { rf_fus_int_new(vm, id), function };
    rf_fus_value entry = pair[0] == RF_FUS_RAISED ? RF_FUS_RAISED : rf_fus_tuple_new(vm, pair, 2);
    return entry == RF_FUS_RAISED ? entry : rf_fus_cons_new(vm, entry, list == RF_FUS_UNIT ? RF_FUS_NIL : list);
}

/* Our own lists are always proper, so they are walked without checks. */
static const rf_fus_cons *cons_of(rf_fus_value list) {
    return rf_fus_is(list, RF_FUS_T_CONS) ? RF_FUS_AS(const rf_fus_cons, list) : NULL;
}

static const rf_fus_value *entry_of(const rf_fus_cons *at) { return RF_FUS_AS(const rf_fus_items, at->item)->items; }

rf_fus_value rf_fus_handlers_remove(rf_fus_vm *vm, rf_fus_value list, int64_t id, bool *ret_found) {
    rf_fus_list_builder rest = { RF_FUS_NIL, RF_FUS_NIL };
    const rf_fus_cons *at = cons_of(list);
    for (*ret_found = false; at && !*ret_found; at = cons_of(at->tail))
        *ret_found = rf_fus_int(entry_of(at)[0]) == id;
    if (!*ret_found)
        return list;
    for (at = cons_of(list); at; at = cons_of(at->tail))
        if (rf_fus_int(entry_of(at)[0]) != id && !rf_fus_list_push(vm, &rest, at->item))
            return RF_FUS_RAISED;
    return rest.first;
}

rf_fus_value rf_fus_handlers_functions(rf_fus_vm *vm, rf_fus_value list, rf_fus_value behind) {
    for (const rf_fus_cons *at = cons_of(list); at && behind != RF_FUS_RAISED; at = cons_of(at->tail))
        behind = rf_fus_cons_new(vm, entry_of(at)[1], behind);
    return behind;
}

int64_t rf_fus_handlers_count(rf_fus_value list) {
    int64_t count = 0;
    for (const rf_fus_cons *at = cons_of(list); at; at = cons_of(at->tail))
        count++;
    return count;
}
