/* script_rights.c: rights by their names. */
#include "cli/script.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "script/fusabi/library.h"

static bool add_one(const rf_command *command, rf_slice name, uint32_t *rights) {
    const char *names[40] = { "all" };
    size_t count = 1;
    if (rf_slice_is(name, "all")) {
        *rights = RF_FUS_CAN_ALL;
        return true;
    }
    for (const rf_fus_capability *row = rf_fus_capabilities; row->name; row++) {
        if (rf_slice_is(name, row->name)) {
            *rights |= row->bit;
            return true;
        }
        if (count < sizeof names / sizeof *names - 1)
            names[count++] = row->name;
    }
    const char *near = rf_nearest(name, names);
    if (near)
        (void)rf_cli_misuse(command, "--deny: unknown right %.*s: did you mean %s?", RF_SLICE_ARG(name), near);
    else
        (void)rf_cli_misuse(command, "--deny: unknown right %.*s", RF_SLICE_ARG(name));
    return false;
}

bool rf_cli_parse_rights(const rf_command *command, const char *value, uint32_t *rights) {
    rf_slice rest = rf_slice_of(value);
    for (bool more = true; more;) {
        rf_slice name = { rest.data, rf_slice_find(rest, ',') };
        more = name.len < rest.len;
        rest = (rf_slice){ rest.data + name.len + more, rest.len - name.len - more };
        if (!add_one(command, rf_slice_trim(name), rights))
            return false;
    }
    return true;
}
