/* modules.h: the modules of the library, each defined in the file of its name; table.c puts them in order. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_MODULES_H
#define RF_SCRIPT_FUSABI_LIBRARY_MODULES_H

#include "script/fusabi/library.h"

/*
 * Defines a module at the end of its file:
 *     static const rf_fus_lib_row rows[] = { { .name = "Url.decode", … }, …, { 0 } };
 *     RF_FUS_LIB_MODULE(url, "Url", "Parts of addresses, and percent encoding.", rows);
 * Rows are sorted by name, bytewise (upper case first): rf_fus_lib_find searches by halves.
 */
#define RF_FUS_LIB_MODULE(lower, module_name, text, table) \
    const rf_fus_lib_module rf_fus_lib_##lower = { .name = module_name, .doc = text, .rows = table, .count = sizeof(table) / sizeof *(table) - 1 }

/* Rows in one breath: of the original, and ours; `function` NULL: in the prelude. */
#define RF_FUS_ROW(name, params, type, doc, example, function, arity) { name, params, type, doc, example, function, arity, false, 0, NULL }
#define RF_FUS_OURS(name, params, type, doc, example, function, arity) { name, params, type, doc, example, function, arity, true, 0, NULL }

extern const rf_fus_lib_module rf_fus_lib_globals; /* "" */
extern const rf_fus_lib_module rf_fus_lib_array;
extern const rf_fus_lib_module rf_fus_lib_async;
extern const rf_fus_lib_module rf_fus_lib_commands;
extern const rf_fus_lib_module rf_fus_lib_config;
extern const rf_fus_lib_module rf_fus_lib_console;
extern const rf_fus_lib_module rf_fus_lib_crypto;
extern const rf_fus_lib_module rf_fus_lib_events;
extern const rf_fus_lib_module rf_fus_lib_file;
extern const rf_fus_lib_module rf_fus_lib_json;
extern const rf_fus_lib_module rf_fus_lib_list;
extern const rf_fus_lib_module rf_fus_lib_map;
extern const rf_fus_lib_module rf_fus_lib_math;
extern const rf_fus_lib_module rf_fus_lib_nav;
extern const rf_fus_lib_module rf_fus_lib_option;
extern const rf_fus_lib_module rf_fus_lib_prim; /* what the prelude is built on: not for scripts */
extern const rf_fus_lib_module rf_fus_lib_primworld; /* the same, for modules that keep state (world.c) */
extern const rf_fus_lib_module rf_fus_lib_process;
extern const rf_fus_lib_module rf_fus_lib_regex;
extern const rf_fus_lib_module rf_fus_lib_result;
extern const rf_fus_lib_module rf_fus_lib_script;
extern const rf_fus_lib_module rf_fus_lib_string;
extern const rf_fus_lib_module rf_fus_lib_terminalcontrol;
extern const rf_fus_lib_module rf_fus_lib_terminalinfo;
extern const rf_fus_lib_module rf_fus_lib_time;
extern const rf_fus_lib_module rf_fus_lib_uiformatting;
extern const rf_fus_lib_module rf_fus_lib_url;

#endif
