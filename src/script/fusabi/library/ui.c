/* ui.c: the module UIFormatting: functions that format tabs and status bars. What calls them is in prelude.fsx. */
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

/* Slots of the state: the last id; handlers by kind. */
enum { LAST_ID, TAB, STATUS_LEFT, STATUS_RIGHT, SLOT_COUNT };

static rf_fus_items *slots_of(rf_fus_vm *vm) { return rf_fus_state_slots(vm, RF_FUS_STATE_FORMATTERS, SLOT_COUNT); }

static rf_fus_value add_formatter(rf_fus_vm *vm, rf_fus_value function, uint32_t kind) {
    rf_fus_items *slots = rf_fus_expect_function(vm, function) ? slots_of(vm) : NULL;
    if (!slots)
        return RF_FUS_RAISED;
    int64_t id = rf_fus_slot_int(slots, LAST_ID, 0) + 1;
    rf_fus_value number = rf_fus_int_new(vm, id);
    rf_fus_value list = rf_fus_handlers_add(vm, slots->items[kind], id, function);
    if (number == RF_FUS_RAISED || list == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_slot_set(vm, slots, LAST_ID, number);
    rf_fus_slot_set(vm, slots, kind, list);
    return number;
}

static rf_fus_value on_format_tab(rf_fus_vm *vm, const rf_fus_value *args) { return add_formatter(vm, args[0], TAB); }
static rf_fus_value on_format_status_left(rf_fus_vm *vm, const rf_fus_value *args) { return add_formatter(vm, args[0], STATUS_LEFT); }
static rf_fus_value on_format_status_right(rf_fus_vm *vm, const rf_fus_value *args) { return add_formatter(vm, args[0], STATUS_RIGHT); }

static rf_fus_value remove_formatter(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t id;
    bool is_found = false;
    rf_fus_items *slots = rf_fus_expect_int(vm, args[0], &id) ? slots_of(vm) : NULL;
    if (!slots)
        return RF_FUS_RAISED;
    for (uint32_t kind = TAB; kind < SLOT_COUNT && !is_found; kind++) {
        rf_fus_value list = rf_fus_handlers_remove(vm, slots->items[kind], id, &is_found);
        if (list == RF_FUS_RAISED)
            return list;
        rf_fus_slot_set(vm, slots, kind, list);
    }
    return rf_fus_of_bool(is_found);
}

static rf_fus_value clear_formatters(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    for (uint32_t kind = TAB; kind < SLOT_COUNT; kind++)
        rf_fus_slot_set(vm, slots, kind, RF_FUS_UNIT);
    return RF_FUS_UNIT;
}

rf_fus_value rf_fus_prim_formatters(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t kind;
    rf_fus_items *slots = rf_fus_expect_int(vm, args[0], &kind) ? slots_of(vm) : NULL;
    if (!slots || kind < TAB || kind >= SLOT_COUNT)
        return slots ? RF_FUS_NIL : RF_FUS_RAISED;
    return rf_fus_handlers_functions(vm, slots->items[kind], RF_FUS_NIL);
}

#define TAB_INFO "{ index: int; title: string; active: bool; hasActivity: bool }"
#define STATUS_INFO "{ currentTab: int; totalTabs: int; time: string }"
#define SEGMENTS "{ text: string; fgColor: string option; bgColor: string option; bold: bool } list"

static const rf_fus_lib_row rows[] = {
    { .name = "UIFormatting.clearFormatters", .params = "()", .type = "unit -> unit", .doc = "Forgets all formatters.",
      .example = "UIFormatting.clearFormatters ()", .native = clear_formatters, .arity = 1 },
    { .name = "UIFormatting.formatStatusLeft", .params = "info", .type = STATUS_INFO " -> " SEGMENTS,
      .doc = "What all formatters of the left status bar give, one behind the other. The host calls it.",
      .example = "UIFormatting.formatStatusLeft { currentTab = 0; totalTabs = 1; time = \"12:00\" }", .arity = 1, .is_ours = true },
    { .name = "UIFormatting.formatStatusRight", .params = "info", .type = STATUS_INFO " -> " SEGMENTS,
      .doc = "The same for the right status bar.",
      .example = "UIFormatting.formatStatusRight { currentTab = 0; totalTabs = 1; time = \"12:00\" }", .arity = 1, .is_ours = true },
    { .name = "UIFormatting.formatTab", .params = "info", .type = TAB_INFO " -> " SEGMENTS, .doc = "The same for a tab.",
      .example = "UIFormatting.formatTab { index = 0; title = \"sh\"; active = true; hasActivity = false }", .arity = 1, .is_ours = true },
    { .name = "UIFormatting.onFormatStatusLeft", .params = "f", .type = "(" STATUS_INFO " -> " SEGMENTS ") -> int",
      .doc = "Has a function format the left status bar. Gives a number for UIFormatting.removeFormatter.",
      .example = "UIFormatting.onFormatStatusLeft (fun i -> [{ text = i.time; fgColor = None; bgColor = None; bold = false }])",
      .native = on_format_status_left, .arity = 1 },
    { .name = "UIFormatting.onFormatStatusRight", .params = "f", .type = "(" STATUS_INFO " -> " SEGMENTS ") -> int",
      .doc = "Has a function format the right status bar.",
      .example = "UIFormatting.onFormatStatusRight (fun i -> [{ text = i.time; fgColor = None; bgColor = None; bold = false }])",
      .native = on_format_status_right, .arity = 1 },
    { .name = "UIFormatting.onFormatTab", .params = "f", .type = "(" TAB_INFO " -> " SEGMENTS ") -> int", .doc = "Has a function format tabs.",
      .example = "UIFormatting.onFormatTab (fun t -> [{ text = t.title; fgColor = None; bgColor = None; bold = t.active }])",
      .native = on_format_tab, .arity = 1 },
    { .name = "UIFormatting.removeFormatter", .params = "id", .type = "int -> bool", .doc = "Forgets one formatter; false when there is none of that number.",
      .example = "UIFormatting.removeFormatter 1", .native = remove_formatter, .arity = 1 },
    { 0 },
};
RF_FUS_LIB_MODULE(uiformatting, "UIFormatting", "Functions that format tabs and status bars.", rows);
