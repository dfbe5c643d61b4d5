/* protocol.c: the methods and events of the control protocol, and their manual. */
#include "terminal/protocol.h"

#include "base/clock.h"
#include "message/json.h"

#define REQUIRED true
#define SESSION { "session", "string", "The session's name.", REQUIRED }

const rf_protocol_method rf_protocol_methods[] = {
    { "attach", "Makes a client of this connection: after the answer it carries frames.",
      { SESSION,
        { "columns", "integer", "Width of the part of the client's terminal that the session gets.", REQUIRED },
        { "rows", "integer", "Its height.", REQUIRED },
        { "read_only", "boolean", "What the client types is not passed on: false.", false },
        { "size", "string", "lead: the session takes the client's size when it attaches, types or is resized; limit: the session is never larger; "
                            "ignore: it looks on. What the settings say when it is not given.", false } },
      "session, read_only, columns, rows (of the session), keys { detach, palette, scroll }, status_line",
      "{\"session\": \"main\", \"columns\": 80, \"rows\": 23}" },
    { "block", "One command block and its output.",
      { SESSION, { "number", "integer", "Its number; 0 or not given: the last one that ended, else the one that runs.", false } },
      "block (as in blocks), text, lost (how many lines of it have left the scrollback)", "{\"session\": \"main\", \"number\": 3}" },
    { "blocks", "The command blocks that are kept, oldest first.", { SESSION },
      "blocks: a list of { number, command, directory, started, ended, exit_code, duration_ms, first_line, end_line }", "{\"session\": \"main\"}" },
    { "capture", "The text of the screen, and of the scrollback above it.",
      { SESSION,
        { "scrollback", "integer", "How many lines of the scrollback come before the screen: 0; -1: all.", false },
        { "styled", "boolean", "With colours (SGR) and hyperlinks (OSC 8): false.", false } },
      "lines: a list of texts without blanks at their ends; columns, rows, cursor { column, row }, title, alternate", "{\"session\": \"main\"}" },
    { "commands", "What stands in the palette.", { SESSION }, "commands: a list of { plugin, id, label, description }", "{\"session\": \"main\"}" },
    { "events", "Has events sent over this connection from now on.",
      { { "sessions", "list of strings", "Of these sessions; all when it is not given.", false },
        { "kinds", "list of strings", "Of these kinds; all when it is not given.", false } },
      "nothing", "{\"kinds\": [\"block-end\", \"exit\"]}" },
    { "hello", "Who answers.", { { 0 } }, "protocol, version, pid, uptime_ms, sessions", "{}" },
    { "kill", "Ends a session: its programs get a signal. One that is lost is forgotten.",
      { SESSION, { "signal", "string", "HUP, INT, TERM, KILL, …: HUP, and KILL when it still runs after 2 s.", false } }, "nothing", "{\"session\": \"main\"}" },
    { "list", "All sessions, by name.", { { 0 } },
      "sessions: a list of { name, state (running, lost), pid, program, command, directory, title, columns, rows, clients, created, attached, scrollback, "
      "scrollback_bytes, recording, block (the one that runs, or null) }", "{}" },
    { "new", "Starts a session.",
      { { "name", "string", "Its name, 1 to 64 of letters, digits and -_.: ; the lowest free number when it is not given.", false },
        { "command", "list of strings", "The program and its arguments; the shell when it is not given.", false },
        { "directory", "string", "Where it starts: the user's home.", false },
        { "environment", "object", "Variables, in place of the daemon's own.", false },
        { "columns", "integer", "80.", false }, { "rows", "integer", "24.", false },
        { "record", "boolean", "Whether it is recorded from the beginning; what the settings say when it is not given.", false } },
      "session: as in list", "{\"name\": \"build\", \"command\": [\"make\", \"-j2\"]}" },
    { "plugin", "Turns a plugin on or off in all sessions, or loads it anew.",
      { { "name", "string", "The plugin.", REQUIRED }, { "order", "string", "enable, disable or reload.", REQUIRED } }, "nothing",
      "{\"name\": \"redact\", \"order\": \"reload\"}" },
    { "plugins", "What the plugins do and cost.", { { 0 } },
      "plugins: a list of { name, version, language, state, failures, reloads, held_bytes, chains, last_error, hooks }", "{}" },
    { "record", "Begins or ends a recording of a session.",
      { SESSION,
        { "path", "string", "The file, which must not be there; one in the settings' folder when it is not given.", false },
        { "version", "integer", "Of asciicast: 2 or 3.", false }, { "input", "boolean", "Records what is typed, too: false.", false },
        { "stop", "boolean", "Ends the recording that runs.", false } },
      "path", "{\"session\": \"main\", \"path\": \"demo.cast\"}" },
    { "rename", "Gives a session another name.", { SESSION, { "to", "string", "The new name.", REQUIRED } }, "nothing", "{\"session\": \"main\", \"to\": \"work\"}" },
    { "resize", "Sets the size of a session, until a client that leads sets it.",
      { SESSION, { "columns", "integer", "1 to 1000.", REQUIRED }, { "rows", "integer", "1 to 1000.", REQUIRED } }, "nothing",
      "{\"session\": \"main\", \"columns\": 132, \"rows\": 43}" },
    { "restore", "Starts a lost session again: its command in its folder, below the scrollback that was kept.", { SESSION }, "session: as in list", "{\"session\": \"main\"}" },
    { "run", "Picks a command of the palette: on_remote_command of its plugin.",
      { SESSION, { "plugin", "string", "Its plugin.", REQUIRED }, { "id", "string", "Its id.", REQUIRED } }, "nothing",
      "{\"session\": \"main\", \"plugin\": \"redact\", \"id\": \"redact.pause\"}" },
    { "send", "Types into a session. Goes through the plugins as a client's input does.",
      { SESSION,
        { "text", "string", "Typed as it is.", false }, { "keys", "list of strings", "Keys by name, typed after the text: ctrl-c, enter, up, f5.", false },
        { "base64", "string", "Bytes, in place of the text.", false }, { "paste", "boolean", "The text is a paste: on_paste gets it.", false } },
      "block: the number of the command block that this may begin, for wait; 0 when the shell marks none, or a command runs", "{\"session\": \"main\", \"text\": \"make\", \"keys\": [\"enter\"]}" },
    { "stop", "Ends the daemon: sessions get SIGHUP, and are lost.", { { 0 } }, "nothing", "{}" },
    { "wait", "Answers when something has happened.",
      { SESSION,
        { "for", "string", "text: the pattern stands on the screen, or in a line that was scrolled off since the request; block: a command block ends "
                           "(number: that one, which may have ended already); exit: the session ends, or has ended a short while ago; quiet: nothing was written for quiet_ms.", REQUIRED },
        { "pattern", "string", "A regular expression (PCRE2), for text.", false }, { "number", "integer", "A block's number: the next to end when it is not given.", false },
        { "quiet_ms", "integer", "500.", false }, { "timeout_ms", "integer", "At most so long: 30000. Then the error is timeout.", false } },
      "for text: line (as it was matched), match, row; for block: block; for exit: exit_code", "{\"session\": \"main\", \"for\": \"text\", \"pattern\": \"\\\\$ $\"}" },
    { .name = NULL },
};

const rf_protocol_event rf_protocol_events[] = {
    { "attach", "A client has attached.", "client (a number), clients" },
    { "bell", "The program rang.", "" },
    { "block-end", "A command has ended.", "block" },
    { "block-start", "A command has begun.", "block" },
    { "detach", "A client has gone.", "client, clients" },
    { "directory", "The working directory is another.", "directory" },
    { "exit", "The session has ended.", "exit_code" },
    { "lagging", "This connection was too slow: it is closed.", "" },
    { "new", "A session was started.", "" },
    { "notify", "A plugin or a program notifies.", "plugin (\"\": the program), title, body, level" },
    { "plugin", "A plugin was loaded anew, failed to load, or was turned off for its failures.", "plugin, what, error" },
    { "rename", "A session has another name.", "to" },
    { "resize", "The session has another size.", "columns, rows" },
    { "title", "The title is another.", "title" },
    { .name = NULL },
};

void rf_protocol_time(rf_buffer *out, const char *name, int64_t ms) {
    char text[RF_CLOCK_TEXT_MAX];
    int64_t second = ms / 1000 - (ms % 1000 < 0);
    size_t len = rf_clock_rfc3339(second, (uint32_t)(ms - second * 1000) * 1000000u, 3, text);
    if (ms)
        rf_buffer_printf(out, ",\"%s\":\"%.*s\"", name, (int)len, text);
    else
        rf_buffer_printf(out, ",\"%s\":null", name);
}

void rf_protocol_notice(rf_buffer *out, rf_slice plugin, rf_slice title, rf_slice body, rf_slice level) {
    rf_buffer_printf(out, "\"plugin\":\"%.*s\",\"title\":", RF_SLICE_ARG(plugin));
    rf_json_write_string(out, title, 0);
    rf_buffer_text(out, ",\"body\":");
    rf_json_write_string(out, body, 0);
    rf_buffer_printf(out, ",\"level\":\"%.*s\"", RF_SLICE_ARG(level));
}

static void write_params(const rf_protocol_method *method, rf_buffer *out) {
    for (const rf_protocol_param *param = method->params; param->name; param++)
        rf_buffer_printf(out, "- `%s` (%s%s): %s\n", param->name, param->type, param->required ? ", required" : "", param->doc);
    if (method->params[0].name)
        rf_buffer_char(out, '\n');
}

void rf_protocol_manual(rf_buffer *out) {
    rf_buffer_printf(out, "# The control protocol of `riffle term`, version %d\n\n", RF_PROTOCOL_VERSION);
    rf_buffer_text(out,
        "JSON lines on the daemon's socket, which `riffle term socket` names. This page is made from the tables of the code "
        "(`riffle term protocol`).\n\n"
        "A request is one line, `{\"id\": 1, \"method\": \"send\", \"params\": {…}}`; any value may be its id. Its answer is one line, "
        "`{\"id\": 1, \"result\": {…}}` or `{\"id\": 1, \"error\": {\"code\": \"not-found\", \"message\": \"…\", \"hint\": \"…\"}}`. Codes are `not-found`, `exists`, "
        "`invalid`, `refused`, `limit`, `timeout`, `busy`, `failed` and `unknown-method`. Requests about one session are done in order; a `wait` does not hold up "
        "those behind it. Within one version of the protocol methods, parameters and members are only added.\n\n## Methods\n");
    for (const rf_protocol_method *method = rf_protocol_methods; method->name; method++) {
        rf_buffer_printf(out, "\n### %s\n\n%s\n\n", method->name, method->doc);
        write_params(method, out);
        rf_buffer_printf(out, "Result: %s.\n\n```json\n{\"id\": 1, \"method\": \"%s\", \"params\": %s}\n```\n", method->result,
                         method->name, method->example);
    }
    rf_buffer_text(out, "\n## Events\n\nLines `{\"event\": \"exit\", \"session\": \"main\", …}` after `events`.\n\n");
    for (const rf_protocol_event *event = rf_protocol_events; event->name; event++)
        rf_buffer_printf(out, "- `%s`: %s%s%s%s\n", event->name, event->doc, *event->members ? " Members: " : "", event->members,
                         *event->members ? "." : "");
    rf_buffer_text(out,
        "\n## Attached clients\n\nAfter the answer to `attach` both sides send frames: one byte of kind, four bytes of length (little-endian), the bytes. "
        "The client sends `i` (input), `r` (columns and rows as two little-endian 16-bit numbers) and `c` (an order, as JSON: `detach`, `redraw`, "
        "`scroll` with `lines`, `pick` with `plugin` and `id`, `commands`). It gets `o` (bytes to draw), `p` (bytes that draw nothing: clipboard, "
        "notifications, bell) and `e` (an event, as JSON: `status`, `notify`, `modal`, `menu`, `commands`, `scroll`, and at the end `detached` or `exit`).\n");
}
