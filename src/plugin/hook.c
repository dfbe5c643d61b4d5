/* hook.c: the table of hooks, from which lookup, arities, checks and the manual come. */
#include "plugin/hook.h"

#include "base/slice.h"

const rf_hook_info rf_hooks[RF_HOOK_COUNT] = {
    [RF_HOOK_LOAD] = { "on_load", "", 0, RF_ANSWER_NONE,
        "Called once when the plugin has been loaded. An error here keeps the plugin out." },
    [RF_HOOK_UNLOAD] = { "on_unload", "", 0, RF_ANSWER_NONE,
        "Called once before the plugin goes: at the end of the session, when it is unloaded, or after a newer version took its place." },
    [RF_HOOK_RELOAD] = { "on_reload", "old", 1, RF_ANSWER_NONE,
        "Called in a new version in place of on_load. `old` holds the plain top-level values of the running version by name. "
        "An error here keeps the running version in place." },
    [RF_HOOK_OUTPUT] = { "on_output", "line", 1, RF_ANSWER_TEXT,
        "Called for each whole line of output, without its line end. With `match` in the manifest only for lines that contain one of the patterns." },
    [RF_HOOK_RAW_OUTPUT] = { "on_raw_output", "bytes", 1, RF_ANSWER_TEXT,
        "Called for each piece of output as it was read, escape sequences and all, before it is cut into lines." },
    [RF_HOOK_INPUT] = { "on_input", "bytes", 1, RF_ANSWER_TEXT,
        "Called for what the user types, before the program gets it." },
    [RF_HOOK_PASTE] = { "on_paste", "text", 1, RF_ANSWER_TEXT,
        "Called for a pasted text as a whole, in place of on_input." },
    [RF_HOOK_RESIZE] = { "on_resize", "columns rows", 2, RF_ANSWER_NONE,
        "Called after the size of the screen has changed." },
    [RF_HOOK_ATTACH] = { "on_attach", "client", 1, RF_ANSWER_NONE,
        "Called when a client attaches to the session, with the client's number." },
    [RF_HOOK_DETACH] = { "on_detach", "client", 1, RF_ANSWER_NONE,
        "Called when a client leaves the session, with the client's number." },
    [RF_HOOK_PRE_COMMAND] = { "on_pre_command", "text", 1, RF_ANSWER_TEXT,
        "Called with a command line before the shell runs it." },
    [RF_HOOK_POST_COMMAND] = { "on_post_command", "text directory exit_code milliseconds", 4, RF_ANSWER_NONE,
        "Called when a command has ended, with its text, the directory it ran in, its exit code and how long it took." },
    [RF_HOOK_KEY] = { "on_key", "name", 1, RF_ANSWER_VERDICT,
        "Called when a key is pressed that the manifest lists in `keys`. Continue and Stop let the key through, Drop takes it away." },
    [RF_HOOK_TICK] = { "on_tick", "name", 1, RF_ANSWER_NONE,
        "Called when a timer is due, with its name; the timer that the manifest's `tick` sets is called tick." },
    [RF_HOOK_REMOTE_COMMAND] = { "on_remote_command", "id", 1, RF_ANSWER_NONE,
        "Called when the user picks something that the plugin offers: a command of the palette, an item of a menu or a list." },
    [RF_HOOK_MESSAGE] = { "on_message", "message", 1, RF_ANSWER_MESSAGE,
        "Called for each message of a stream, with its payload and metadata. The answer may be another message, a list of them, or none." },
};

rf_hook rf_hook_find(rf_slice name) {
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        if (rf_slice_is(name, rf_hooks[i].name))
            return (rf_hook)i;
    }
    return RF_HOOK_COUNT;
}
