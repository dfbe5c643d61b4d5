/* capability.c: what a plugin may ask for: the capabilities of Fusabi's library, then those of the Host API. */
#include "plugin/manifest.h"

#include "base/slice.h"
#include "script/fusabi/library.h"

#include <assert.h>
#include <stdio.h>

/* The first eight say what library/table.c says (a test holds them together). */
static const rf_plugin_capability capabilities[] = {
    { RF_FUS_CAN_READ_FILES, "read-files", "Read files and folders." },
    { RF_FUS_CAN_WRITE_FILES, "write-files", "Create, change and remove files." },
    { RF_FUS_CAN_RUN, "run", "Start other programs." },
    { RF_FUS_CAN_ENVIRONMENT, "environment", "See and change environment variables and the working directory." },
    { RF_FUS_CAN_CONSOLE, "console", "Read standard input and write to the screen directly." },
    { RF_FUS_CAN_TERMINAL, "terminal", "See what the terminal shows, type into it, open and close its panes." },
    { RF_FUS_CAN_NETWORK, "network", "Open connections to other machines." },
    { RF_FUS_CAN_CLIPBOARD, "clipboard", "Read and replace what was copied." },
    { RF_PLUGIN_CAN_UI, "ui", "Show notifications, status items, overlays, lists, menus and palette commands." },
    { RF_PLUGIN_CAN_SEND, "send", "Send input into the session." },
    { RF_PLUGIN_CAN_SCREEN, "screen", "Read the text of the screen and of the scrollback." },
    { RF_PLUGIN_CAN_STORE, "store", "Keep values of its own from one run to the next." },
};
enum { COUNT = sizeof capabilities / sizeof *capabilities };

const rf_plugin_capability *rf_plugin_capability_at(size_t i) { return i < COUNT ? &capabilities[i] : NULL; }

uint32_t rf_plugin_capability_find(rf_slice name) {
    for (size_t i = 0; i < COUNT; i++) {
        if (rf_slice_is(name, capabilities[i].name))
            return capabilities[i].bit;
    }
    return 0;
}

void rf_plugin_capability_text(uint32_t bits, char *out, size_t size) {
    assert(out && size > 0);
    size_t used = 0;
    (void)snprintf(out, size, "none");
    for (size_t i = 0; i < COUNT && used < size; i++) {
        if (!(bits & capabilities[i].bit))
            continue;
        int len = snprintf(out + used, size - used, "%s%s", used ? ", " : "", capabilities[i].name);
        used += len > 0 ? (size_t)len : 0;
    }
}
