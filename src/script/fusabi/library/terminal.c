/* terminal.c: the modules TerminalInfo and TerminalControl: the terminal that the host drives, if it drives one. */
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/world.h"

static const rf_fus_terminal nothing; /* what a host without a terminal has */

static const rf_fus_terminal *terminal_of(rf_fus_vm *vm) {
    const rf_fus_terminal *terminal = rf_fus_vm_host(vm)->terminal;
    return terminal ? terminal : &nothing;
}

/* ---- TerminalInfo ---- */

static rf_slice ask(const rf_fus_terminal *terminal, rf_slice (*getter)(void *user)) {
    return getter ? getter(terminal->user) : (rf_slice){ 0 };
}

static rf_fus_value text_option(rf_fus_vm *vm, rf_slice text) {
    return rf_fus_option_of(vm, text.data ? rf_fus_outside_string(vm, text) : RF_FUS_UNDEF);
}

static rf_fus_value get_foreground_process(rf_fus_vm *vm, const rf_fus_value *args) {
    static const char *const names[] = { "name", "pid", "commandLine" };
    const rf_fus_terminal *terminal = terminal_of(vm);
    if (!rf_fus_expect_unit(vm, args[0]))
        return RF_FUS_RAISED;
    rf_slice name = ask(terminal, terminal->foreground_process);
    if (!name.data)
        return rf_fus_none(vm);
    rf_fus_value values[3] = { rf_fus_outside_string(vm, name) }; /* at once: the text lives until the next question */
    values[1] = rf_fus_int_new(vm, terminal->foreground_pid ? terminal->foreground_pid(terminal->user) : 0);
    values[2] = text_option(vm, ask(terminal, terminal->foreground_command));
    if (values[0] == RF_FUS_RAISED || values[1] == RF_FUS_RAISED || values[2] == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return rf_fus_option_of(vm, rf_fus_record_new(vm, names, values, 3));
}

static rf_fus_value get_working_dir(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_fus_terminal *terminal = terminal_of(vm);
    return rf_fus_expect_unit(vm, args[0]) ? text_option(vm, ask(terminal, terminal->working_dir)) : RF_FUS_RAISED;
}

static rf_slice line_at(const rf_fus_terminal *terminal, int64_t index) {
    return terminal->line ? terminal->line(terminal->user, index) : (rf_slice){ 0 };
}

static rf_fus_value get_line(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t index;
    return rf_fus_expect_int(vm, args[0], &index) ? text_option(vm, line_at(terminal_of(vm), index)) : RF_FUS_RAISED;
}

/* Lines that are there, from `start` up to but without `end`. */
static rf_fus_value get_lines(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t start, end;
    rf_fus_list_builder lines = { RF_FUS_NIL, RF_FUS_NIL };
    if (!rf_fus_expect_int(vm, args[0], &start) || !rf_fus_expect_int(vm, args[1], &end))
        return RF_FUS_RAISED;
    for (int64_t i = start > 0 ? start : 0; i < end; i++) {
        rf_slice line = line_at(terminal_of(vm), i);
        if (!line.data)
            break;
        rf_fus_value value = rf_fus_outside_string(vm, line);
        if (value == RF_FUS_RAISED || !rf_fus_list_push(vm, &lines, value) || !rf_fus_vm_poll(vm))
            return RF_FUS_RAISED;
    }
    return lines.first;
}

static rf_fus_value get_window_title(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_fus_terminal *terminal = terminal_of(vm);
    return rf_fus_expect_unit(vm, args[0]) ? rf_fus_outside_string(vm, ask(terminal, terminal->window_title)) : RF_FUS_RAISED;
}

static rf_fus_value get_tab_title(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_fus_terminal *terminal = terminal_of(vm);
    return rf_fus_expect_unit(vm, args[0]) ? rf_fus_outside_string(vm, ask(terminal, terminal->tab_title)) : RF_FUS_RAISED;
}

static rf_fus_value get_size(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t cols = 0, rows = 0;
    const rf_fus_terminal *terminal = terminal_of(vm);
    if (!rf_fus_expect_unit(vm, args[0]))
        return RF_FUS_RAISED;
    if (terminal->size)
        terminal->size(terminal->user, &cols, &rows);
    const rf_fus_value pair[] = { rf_fus_int_new(vm, cols), rf_fus_int_new(vm, rows) };
    return pair[0] == RF_FUS_RAISED || pair[1] == RF_FUS_RAISED ? RF_FUS_RAISED : rf_fus_tuple_new(vm, pair, 2);
}

/* ---- TerminalControl ---- */

static rf_fus_value send_text(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    const rf_fus_terminal *terminal = terminal_of(vm);
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    if (terminal->send_text)
        terminal->send_text(terminal->user, text);
    return RF_FUS_UNIT;
}

/* All are looked at before the first goes out. */
static rf_fus_value send_keys(rf_fus_vm *vm, const rf_fus_value *args) {
    const rf_fus_terminal *terminal = terminal_of(vm);
    bool is_failed = false;
    rf_slice key;
    if (!rf_fus_expect_list(vm, args[0]))
        return RF_FUS_RAISED;
    for (rf_fus_value list = args[0]; rf_fus_next_text(vm, &list, &key, &is_failed);)
        ;
    for (rf_fus_value list = args[0]; !is_failed && terminal->send_key && rf_fus_next_text(vm, &list, &key, &is_failed);)
        terminal->send_key(terminal->user, key);
    return is_failed ? RF_FUS_RAISED : RF_FUS_UNIT;
}

static rf_fus_value id_option(rf_fus_vm *vm, bool is_there, int64_t id) {
    return rf_fus_option_of(vm, is_there ? rf_fus_int_new(vm, id) : RF_FUS_UNDEF);
}

static rf_fus_value split(rf_fus_vm *vm, rf_fus_value unit, bool is_horizontal) {
    int64_t id = 0;
    const rf_fus_terminal *terminal = terminal_of(vm);
    if (!rf_fus_expect_unit(vm, unit))
        return RF_FUS_RAISED;
    bool is_there = terminal->split && terminal->split(terminal->user, is_horizontal, &id);
    return id_option(vm, is_there, id);
}

static rf_fus_value split_horizontal(rf_fus_vm *vm, const rf_fus_value *args) { return split(vm, args[0], true); }
static rf_fus_value split_vertical(rf_fus_vm *vm, const rf_fus_value *args) { return split(vm, args[0], false); }

static rf_fus_value create_tab(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t id = 0;
    const rf_fus_terminal *terminal = terminal_of(vm);
    if (!rf_fus_expect_unit(vm, args[0]))
        return RF_FUS_RAISED;
    bool is_there = terminal->create_tab && terminal->create_tab(terminal->user, &id);
    return id_option(vm, is_there, id);
}

static rf_fus_value order(rf_fus_vm *vm, rf_fus_value id, bool (*act)(void *user, int64_t id)) {
    int64_t number;
    if (!rf_fus_expect_int(vm, id, &number))
        return RF_FUS_RAISED;
    return rf_fus_of_bool(act && act(terminal_of(vm)->user, number));
}

static rf_fus_value close_pane(rf_fus_vm *vm, const rf_fus_value *args) { return order(vm, args[0], terminal_of(vm)->close_pane); }
static rf_fus_value focus_pane(rf_fus_vm *vm, const rf_fus_value *args) { return order(vm, args[0], terminal_of(vm)->focus_pane); }
static rf_fus_value close_tab(rf_fus_vm *vm, const rf_fus_value *args) { return order(vm, args[0], terminal_of(vm)->close_tab); }

static rf_fus_value set_tab_title(rf_fus_vm *vm, const rf_fus_value *args) {
    int64_t id;
    rf_slice title;
    const rf_fus_terminal *terminal = terminal_of(vm);
    if (!rf_fus_expect_int(vm, args[0], &id) || !rf_fus_expect_text(vm, args[1], &title))
        return RF_FUS_RAISED;
    return rf_fus_of_bool(terminal->set_tab_title && terminal->set_tab_title(terminal->user, id, title));
}

static rf_fus_value show_toast(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    const rf_fus_terminal *terminal = terminal_of(vm);
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    if (terminal->show_toast)
        terminal->show_toast(terminal->user, text);
    return RF_FUS_UNIT;
}

/* Both modules answer without a terminal too (None, "", [], (0, 0), false), but only to those who may have one. */
#define ROW(row_name, row_params, row_type, row_doc, row_example, function, count) \
    { .name = row_name, .params = row_params, .type = row_type, .doc = row_doc, .example = row_example, .native = function, \
      .arity = count, .needs = RF_FUS_CAN_TERMINAL }

static const rf_fus_lib_row info_rows[] = {
    ROW("TerminalInfo.getCurrentWorkingDir", "()", "unit -> string option", "The working directory of what runs in the terminal.",
        "TerminalInfo.getCurrentWorkingDir ()", get_working_dir, 1),
    ROW("TerminalInfo.getForegroundProcess", "()", "unit -> { name: string; pid: int; commandLine: string option } option",
        "What runs in the foreground.", "TerminalInfo.getForegroundProcess ()", get_foreground_process, 1),
    ROW("TerminalInfo.getLine", "index", "int -> string option", "A line of the screen and what scrolled off it.",
        "TerminalInfo.getLine 0", get_line, 1),
    ROW("TerminalInfo.getLines", "start end", "int -> int -> string list", "The lines from start up to, not including, end.",
        "TerminalInfo.getLines 0 10", get_lines, 2),
    ROW("TerminalInfo.getTabTitle", "()", "unit -> string", "The title of the tab.", "TerminalInfo.getTabTitle ()", get_tab_title, 1),
    ROW("TerminalInfo.getTerminalSize", "()", "unit -> int * int", "Columns and rows; (0, 0) when nobody knows.",
        "let (cols, rows) = TerminalInfo.getTerminalSize ()", get_size, 1),
    ROW("TerminalInfo.getWindowTitle", "()", "unit -> string", "The title of the window.", "TerminalInfo.getWindowTitle ()",
        get_window_title, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(terminalinfo, "TerminalInfo", "What the terminal shows and runs, when the host drives one.", info_rows);

static const rf_fus_lib_row control_rows[] = {
    ROW("TerminalControl.closePane", "pane", "int -> bool", "Closes a pane; false when there is none of that number.",
        "TerminalControl.closePane 1", close_pane, 1),
    ROW("TerminalControl.closeTab", "tab", "int -> bool", "Closes a tab.", "TerminalControl.closeTab 1", close_tab, 1),
    ROW("TerminalControl.createTab", "()", "unit -> int option", "Opens a tab; its number.", "TerminalControl.createTab ()", create_tab, 1),
    ROW("TerminalControl.focusPane", "pane", "int -> bool", "Makes a pane the active one.", "TerminalControl.focusPane 1", focus_pane, 1),
    ROW("TerminalControl.sendKeys", "keys", "string list -> unit", "Presses keys in the active pane.",
        "TerminalControl.sendKeys [\"ctrl-c\"; \"Enter\"]", send_keys, 1),
    ROW("TerminalControl.sendText", "text", "string -> unit", "Types a text into the active pane.",
        "TerminalControl.sendText \"ls\\n\"", send_text, 1),
    ROW("TerminalControl.setTabTitle", "tab title", "int -> string -> bool", "Names a tab.",
        "TerminalControl.setTabTitle 1 \"build\"", set_tab_title, 2),
    ROW("TerminalControl.showToast", "text", "string -> unit", "Shows a message for a while.",
        "TerminalControl.showToast \"done\"", show_toast, 1),
    ROW("TerminalControl.splitHorizontal", "()", "unit -> int option", "Splits the active pane; the number of the new one.",
        "TerminalControl.splitHorizontal ()", split_horizontal, 1),
    ROW("TerminalControl.splitVertical", "()", "unit -> int option", "Splits the active pane the other way.",
        "TerminalControl.splitVertical ()", split_vertical, 1),
    { 0 },
};
RF_FUS_LIB_MODULE(terminalcontrol, "TerminalControl", "Typing into the terminal, its panes and tabs, when the host drives one.",
                  control_rows);
