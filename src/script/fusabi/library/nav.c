/* nav.c: the module Nav: keyboard navigation, as far as scripts see it. */
#include "base/clock.h"
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

/* Slots of the state. */
enum {
    KEYMAP,
    FOCUSABLES,      /* a map from id to label */
    ANCHOR,          /* an id */
    HINT_MODE,       /* RF_FUS_TRUE: on */
    MAX_FOCUSABLES,
    MAX_ACTIONS,     /* in a second */
    SECOND_START,    /* milliseconds; when the second began in which actions are counted */
    SECOND_ACTIONS,
    SLOT_COUNT
};
enum { DEFAULT_FOCUSABLES = 1000, DEFAULT_ACTIONS = 60, HINT_LENGTH = 32 };

static rf_fus_items *slots_of(rf_fus_vm *vm) { return rf_fus_state_slots(vm, RF_FUS_STATE_NAV, SLOT_COUNT); }

static rf_fus_value nav_get_keymap(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    const rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    return slots->items[KEYMAP] == RF_FUS_UNIT ? rf_fus_string_new(vm, RF_SLICE("vimium")) : slots->items[KEYMAP];
}

static rf_fus_value nav_set_keymap(rf_fus_vm *vm, const rf_fus_value *args) {
    static const char *const known[] = { "vimium", "cosmos", "spacemacs" };
    rf_slice text;
    rf_fus_value keymap = args[0];
    rf_fus_items *slots = slots_of(vm);
    if (!slots || !rf_fus_expect_text(vm, keymap, &text))
        return RF_FUS_RAISED;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (rf_slice_eq_nocase(text, rf_slice_of(known[i])))
            keymap = rf_fus_string_new(vm, rf_slice_of(known[i]));
    if (keymap == RF_FUS_RAISED)
        return keymap;
    rf_fus_slot_set(vm, slots, KEYMAP, keymap);
    return RF_FUS_UNIT;
}

/* ---- What can be focused ---- */

static uint64_t count_of(rf_fus_value map) { return RF_FUS_AS(const rf_fus_map, map)->count; }

static rf_fus_value nav_register_focusable(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice id, label;
    if (!rf_fus_expect_text(vm, args[0], &id) || !rf_fus_expect_text(vm, args[1], &label))
        return RF_FUS_RAISED;
    rf_fus_items *slots = slots_of(vm);
    rf_fus_value map = slots ? rf_fus_slot_map(vm, slots, FOCUSABLES) : RF_FUS_RAISED;
    if (map == RF_FUS_RAISED)
        return map;
    uint64_t most = (uint64_t)rf_fus_slot_int(slots, MAX_FOCUSABLES, DEFAULT_FOCUSABLES); /* below 0: none, as in the original */
    if (count_of(map) >= most)
        return rf_fus_error_text(vm, "Focusable limit exceeded (max: %llu)", (unsigned long long)most);
    map = rf_fus_map_add(vm, map, args[0], args[1]);
    if (map == RF_FUS_RAISED)
        return map;
    rf_fus_slot_set(vm, slots, FOCUSABLES, map);
    return rf_fus_ok(vm, RF_FUS_UNIT);
}

static rf_fus_value nav_unregister_focusable(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice id;
    rf_fus_value label;
    rf_fus_items *slots = rf_fus_expect_text(vm, args[0], &id) ? slots_of(vm) : NULL;
    rf_fus_value map = slots ? rf_fus_slot_map(vm, slots, FOCUSABLES) : RF_FUS_RAISED;
    if (map == RF_FUS_RAISED || !rf_fus_map_get(vm, map, args[0], &label))
        return map == RF_FUS_RAISED ? map : RF_FUS_FALSE;
    map = rf_fus_map_remove(vm, map, args[0]);
    if (map == RF_FUS_RAISED)
        return map;
    rf_fus_slot_set(vm, slots, FOCUSABLES, map);
    return RF_FUS_TRUE;
}

static rf_fus_value nav_get_focusable_count(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    const rf_fus_items *slots = slots_of(vm);
    rf_fus_value map = slots ? rf_fus_slot_map(vm, slots, FOCUSABLES) : RF_FUS_RAISED;
    return map == RF_FUS_RAISED ? map : rf_fus_int_new(vm, (int64_t)count_of(map));
}

static rf_fus_value nav_clear_focusables(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_fus_value count = nav_get_focusable_count(vm, args);
    if (count != RF_FUS_RAISED)
        rf_fus_slot_set(vm, slots_of(vm), FOCUSABLES, RF_FUS_UNIT);
    return count;
}

static rf_fus_value nav_list_focusables(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    static const char *const names[] = { "id", "label" };
    rf_fus_list_builder list = { RF_FUS_NIL, RF_FUS_NIL };
    const rf_fus_items *slots = slots_of(vm);
    rf_fus_map_walk walk = { .map = slots ? rf_fus_slot_map(vm, slots, FOCUSABLES) : RF_FUS_RAISED };
    if (walk.map == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    for (rf_fus_value pair[2]; rf_fus_map_next(&walk, &pair[0], &pair[1]);) {
        rf_fus_value record = rf_fus_record_new(vm, names, pair, 2);
        if (record == RF_FUS_RAISED || !rf_fus_list_push(vm, &list, record))
            return RF_FUS_RAISED;
    }
    return list.first;
}

/* ---- Actions ---- */

/* Counts an action; false when there were too many in this second. Negative limits are none, as in the original. */
static bool count_action(rf_fus_vm *vm, rf_fus_items *slots) {
    int64_t now = (int64_t)(rf_clock_mono_ns() / RF_NS_PER_MS);
    int64_t start = rf_fus_slot_int(slots, SECOND_START, now - 1000), count = rf_fus_slot_int(slots, SECOND_ACTIONS, 0);
    if (now - start >= 1000) {
        start = now;
        count = 0;
    }
    if ((uint64_t)count >= (uint64_t)rf_fus_slot_int(slots, MAX_ACTIONS, DEFAULT_ACTIONS))
        return false;
    rf_fus_slot_set(vm, slots, SECOND_START, rf_fus_of_small_int(start)); /* fits 48 bits for 4000 years */
    rf_fus_slot_set(vm, slots, SECOND_ACTIONS, rf_fus_of_small_int(count + 1));
    return true;
}

static rf_fus_value nav_enter_hint_mode(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    if (!count_action(vm, slots))
        return rf_fus_error_text(vm, "Rate limit exceeded");
    rf_fus_slot_set(vm, slots, HINT_MODE, RF_FUS_TRUE);
    return rf_fus_ok(vm, RF_FUS_UNIT);
}

static rf_fus_value nav_exit_hint_mode(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    rf_fus_slot_set(vm, slots, HINT_MODE, RF_FUS_FALSE);
    return RF_FUS_UNIT;
}

static rf_fus_value nav_is_hint_mode_active(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    const rf_fus_items *slots = slots_of(vm);
    return slots ? rf_fus_of_bool(slots->items[HINT_MODE] == RF_FUS_TRUE) : RF_FUS_RAISED;
}

static rf_fus_value nav_jump_to_anchor(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice id;
    rf_fus_value label;
    rf_fus_items *slots = rf_fus_expect_text(vm, args[0], &id) ? slots_of(vm) : NULL;
    rf_fus_value map = slots ? rf_fus_slot_map(vm, slots, FOCUSABLES) : RF_FUS_RAISED;
    if (map == RF_FUS_RAISED)
        return map;
    if (!count_action(vm, slots))
        return rf_fus_error_text(vm, "Rate limit exceeded");
    if (!rf_fus_map_get(vm, map, args[0], &label))
        return rf_fus_error_text(vm, "Anchor not found: %.*s", RF_SLICE_ARG(id));
    rf_fus_slot_set(vm, slots, ANCHOR, args[0]);
    return rf_fus_ok(vm, RF_FUS_UNIT);
}

static rf_fus_value nav_get_current_anchor(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    const rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    return rf_fus_option_of(vm, slots->items[ANCHOR] == RF_FUS_UNIT ? RF_FUS_UNDEF : slots->items[ANCHOR]);
}

/* ---- Limits ---- */

static rf_fus_value nav_get_limits(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    static const char *const names[] = { "maxFocusables", "maxActionsPerSecond", "maxHintLength" };
    const rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    const rf_fus_value values[] = { rf_fus_int_new(vm, rf_fus_slot_int(slots, MAX_FOCUSABLES, DEFAULT_FOCUSABLES)),
                                    rf_fus_int_new(vm, rf_fus_slot_int(slots, MAX_ACTIONS, DEFAULT_ACTIONS)),
                                    rf_fus_of_small_int(HINT_LENGTH) };
    if (values[0] == RF_FUS_RAISED || values[1] == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return rf_fus_record_new(vm, names, values, 3);
}

static rf_fus_value nav_set_limits(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t focusables, actions;
    if (!rf_fus_expect_int(vm, args[0], &focusables) || !rf_fus_expect_int(vm, args[1], &actions))
        return RF_FUS_RAISED;
    rf_fus_items *slots = slots_of(vm);
    if (!slots)
        return RF_FUS_RAISED;
    rf_fus_slot_set(vm, slots, MAX_FOCUSABLES, args[0]);
    rf_fus_slot_set(vm, slots, MAX_ACTIONS, args[1]);
    rf_fus_slot_set(vm, slots, SECOND_ACTIONS, RF_FUS_UNIT);
    return RF_FUS_UNIT;
}

static const rf_fus_lib_row rows[] = {
    { .name = "Nav.clearFocusables", .params = "()", .type = "unit -> int", .doc = "Forgets all that can be focused; how many there were.",
      .example = "Nav.clearFocusables () // 0", .native = nav_clear_focusables, .arity = 1 },
    { .name = "Nav.enterHintMode", .params = "()", .type = "unit -> Result<unit, string>",
      .doc = "Shows hints; an Error when that happens too often in a second.", .example = "Nav.enterHintMode () // Ok(())",
      .native = nav_enter_hint_mode, .arity = 1 },
    { .name = "Nav.exitHintMode", .params = "()", .type = "unit -> unit", .doc = "Hides the hints.", .example = "Nav.exitHintMode ()",
      .native = nav_exit_hint_mode, .arity = 1 },
    { .name = "Nav.getCurrentAnchor", .params = "()", .type = "unit -> string option", .doc = "Where Nav.jumpToAnchor went last.",
      .example = "Nav.getCurrentAnchor () // None", .native = nav_get_current_anchor, .arity = 1 },
    { .name = "Nav.getFocusableCount", .params = "()", .type = "unit -> int", .doc = "How many things can be focused.",
      .example = "Nav.getFocusableCount () // 0", .native = nav_get_focusable_count, .arity = 1 },
    { .name = "Nav.getKeymap", .params = "()", .type = "unit -> string", .doc = "The name of the keymap; \"vimium\" at first.",
      .example = "Nav.getKeymap () // vimium", .native = nav_get_keymap, .arity = 1 },
    { .name = "Nav.getLimits", .params = "()", .type = "unit -> { maxFocusables: int; maxActionsPerSecond: int; maxHintLength: int }",
      .doc = "What a script may do at most.", .example = "(Nav.getLimits ()).maxFocusables // 1000", .native = nav_get_limits, .arity = 1 },
    { .name = "Nav.isHintModeActive", .params = "()", .type = "unit -> bool", .doc = "Whether hints are shown.",
      .example = "Nav.isHintModeActive () // false", .native = nav_is_hint_mode_active, .arity = 1 },
    { .name = "Nav.jumpToAnchor", .params = "id", .type = "string -> Result<unit, string>",
      .doc = "Goes to something that can be focused; an Error when there is none of that id, or when it happens too often.",
      .example = "Nav.jumpToAnchor \"btn\"", .native = nav_jump_to_anchor, .arity = 1 },
    { .name = "Nav.listFocusables", .params = "()", .type = "unit -> { id: string; label: string } list",
      .doc = "What can be focused, in order of ids.", .example = "Nav.listFocusables () // []", .native = nav_list_focusables, .arity = 1 },
    { .name = "Nav.registerFocusable", .params = "id label", .type = "string -> string -> Result<unit, string>",
      .doc = "Adds something that can be focused; an Error when there are too many.",
      .example = "Nav.registerFocusable \"btn\" \"Button\" // Ok(())", .native = nav_register_focusable, .arity = 2 },
    { .name = "Nav.setKeymap", .params = "name", .type = "string -> unit", .doc = "Takes another keymap: \"vimium\", \"cosmos\", \"spacemacs\" or one's own.",
      .example = "Nav.setKeymap \"cosmos\"", .native = nav_set_keymap, .arity = 1 },
    { .name = "Nav.setLimits", .params = "maxFocusables maxActionsPerSecond", .type = "int -> int -> unit",
      .doc = "Changes what a script may do at most.", .example = "Nav.setLimits 100 10", .native = nav_set_limits, .arity = 2 },
    { .name = "Nav.unregisterFocusable", .params = "id", .type = "string -> bool", .doc = "Removes something that can be focused; false when it was not there.",
      .example = "Nav.unregisterFocusable \"btn\" // false", .native = nav_unregister_focusable, .arity = 1 },
    { 0 },
};
RF_FUS_LIB_MODULE(nav, "Nav", "Keyboard navigation: keymaps, hints and what can be focused.", rows);
