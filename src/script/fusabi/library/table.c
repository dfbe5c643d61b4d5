/* table.c: the whole library in order of names, and finding a row in it. */
#include "base/slice.h"
#include "script/fusabi/library/modules.h"

#include <assert.h>

const rf_fus_capability rf_fus_capabilities[] = {
    { RF_FUS_CAN_READ_FILES, "read-files", "Read files and folders." },
    { RF_FUS_CAN_WRITE_FILES, "write-files", "Create, change and remove files." },
    { RF_FUS_CAN_RUN, "run", "Start other programs." },
    { RF_FUS_CAN_ENVIRONMENT, "environment", "See and change environment variables and the working directory." },
    { RF_FUS_CAN_CONSOLE, "console", "Read standard input and write to the screen directly." },
    { RF_FUS_CAN_TERMINAL, "terminal", "See what the terminal shows, type into it, open and close its panes." },
    { RF_FUS_CAN_NETWORK, "network", "Open connections to other machines." },
    { RF_FUS_CAN_CLIPBOARD, "clipboard", "Read and replace what was copied." },
    { 0 },
};

const rf_fus_lib_module *const rf_fus_lib_modules[] = {
    &rf_fus_lib_globals, &rf_fus_lib_array,   &rf_fus_lib_async,  &rf_fus_lib_commands,        &rf_fus_lib_config,
    &rf_fus_lib_console, &rf_fus_lib_crypto,  &rf_fus_lib_events,  &rf_fus_lib_file,   &rf_fus_lib_json,            &rf_fus_lib_list,
    &rf_fus_lib_map,     &rf_fus_lib_math,    &rf_fus_lib_nav,    &rf_fus_lib_option,          &rf_fus_lib_prim, &rf_fus_lib_primworld,
    &rf_fus_lib_process, &rf_fus_lib_regex,   &rf_fus_lib_result, &rf_fus_lib_script,          &rf_fus_lib_string,
    &rf_fus_lib_terminalcontrol, &rf_fus_lib_terminalinfo, &rf_fus_lib_time, &rf_fus_lib_uiformatting, &rf_fus_lib_url,
    NULL,
};
enum { MODULE_COUNT = sizeof rf_fus_lib_modules / sizeof *rf_fus_lib_modules - 1 };

/* strcmp of a slice and a C string, in bytes. */
static int order_of(rf_slice name, const char *text) {
    for (size_t i = 0; i < name.len; i++) {
        int difference = (uint8_t)name.data[i] - (uint8_t)text[i]; /* the NUL of a shorter text differs from what a name may hold */
        if (difference || !text[i])
            return difference ? difference : 1;
    }
    return text[name.len] ? -1 : 0;
}

static const rf_fus_lib_module *find_module(rf_slice name) {
    size_t low = 0, high = MODULE_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = order_of(name, rf_fus_lib_modules[middle]->name);
        if (order == 0)
            return rf_fus_lib_modules[middle];
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const rf_fus_lib_row *rf_fus_lib_find(rf_slice name) {
    size_t dot = rf_slice_find(name, '.');
    bool is_global = dot == name.len;
    const rf_fus_lib_module *module = is_global ? &rf_fus_lib_globals : find_module((rf_slice){ name.data, dot });
    if (!module)
        return NULL;
    size_t prefix = is_global ? 0 : dot + 1; /* the same in all rows */
    rf_slice rest = { name.data + prefix, name.len - prefix };
    size_t low = 0, high = module->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = order_of(rest, module->rows[middle].name + prefix);
        if (order == 0)
            return &module->rows[middle];
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool rf_fus_lib_is_internal(const rf_fus_lib_row *row) {
    return rf_slice_starts(rf_slice_of(row->name), RF_SLICE("Prim"));
}

bool rf_fus_lib_is_module(rf_slice name) {
    if (rf_slice_is(name, "System") || rf_slice_is(name, "System.Collections") || rf_slice_is(name, "System.Collections.Generic"))
        return true;
    return name.len && find_module(name);
}
