/* api_manual.c: docs/plugins/api.md, made from the tables: what plugins may call, when they are called, what they may ask for. */
#include "plugin/api.h"

#include "base/slice.h"

#include <assert.h>

static const char heading[] =
    "# What plugins may call, and when they are called\n\n"
    "This file is written by the program itself, from the tables that it works with. How to write a plugin is in [guide.md](guide.md).\n\n"
    "Every function exists in both languages under the same name: in Fusabi as a function of a module, in JavaScript as a method of a\n"
    "global object. What went wrong is an exception whose message begins with the function's name. A function that needs a\n"
    "capability which was not granted cannot be called: in JavaScript its name is undefined, in Fusabi the call fails and names the\n"
    "capability. Where Fusabi gives an option, JavaScript gives the value or null.\n\n"
    "Texts that the host draws are cleaned first: control characters, escape sequences among them, become U+FFFD; only notifications'\n"
    "bodies, overlays and log lines may have line ends and tabs. Ids and names are 1 to 63 letters, digits, and `_`, `.`, `-`.\n";

static const char *const about_modules[][2] = {
    { "Log", "Lines for the host's log." },
    { "Plugin", "The plugin itself: its configuration, its name." },
    { "Session", "Facts about the session that the plugin runs in." },
    { "Store", "Texts that are kept over restarts. Each plugin has a store of its own." },
    { "Term", "The terminal: its text, its size, its input." },
    { "Timer", "Names that `on_tick` is called with later." },
    { "Ui", "What the user sees: notifications, status items, overlays, lists, menus, commands. What a plugin put up goes when the plugin goes." },
};

/* ---- JavaScript from Fusabi ---- */

/* A text in quotes, from its opening one to behind its closing one. */
static size_t quoted_len(rf_slice text) {
    size_t at = 1;
    while (at < text.len && text.data[at] != '"')
        at += text.data[at] == '\\' ? 2 : 1;
    return at < text.len ? at + 1 : text.len;
}

static bool takes(rf_slice *text, const char *word) {
    if (!rf_slice_starts(*text, rf_slice_of(word)))
        return false;
    text->data += strlen(word);
    text->len -= strlen(word);
    return true;
}

/* A value: texts stand as they are; `;` and `=` of lists and records become `,` and `:`; options their values. */
static void write_value(rf_buffer *out, rf_slice text) {
    while (text.len) {
        size_t quoted = text.data[0] == '"' ? quoted_len(text) : 0;
        if (quoted) {
            rf_buffer_append(out, text.data, quoted);
            text = (rf_slice){ text.data + quoted, text.len - quoted };
        } else if (takes(&text, " = ")) {
            rf_buffer_text(out, ": ");
        } else if (takes(&text, ";")) {
            rf_buffer_char(out, ',');
        } else if (takes(&text, "None")) {
            rf_buffer_text(out, "null");
        } else if (!takes(&text, "Some ")) {
            rf_buffer_char(out, text.data[0]);
            text = (rf_slice){ text.data + 1, text.len - 1 };
        }
    }
}

/* Bytes of the first argument: up to a blank that stands in no quotes and no brackets. */
static size_t argument_len(rf_slice text) {
    size_t at = 0, depth = 0;
    while (at < text.len && (text.data[at] != ' ' || depth > 0)) {
        char c = text.data[at];
        depth += c == '[' || c == '{' || c == '(';
        depth -= c == ']' || c == '}' || c == ')';
        at += c == '"' ? quoted_len((rf_slice){ text.data + at, text.len - at }) : 1;
    }
    return at;
}

/* Ui.status "a" "b" 1 // x  becomes  Ui.status("a", "b", 1) // x */
static void write_javascript(rf_buffer *out, rf_slice example) {
    size_t name = rf_slice_find(example, ' ');
    const char *comma = "";
    rf_buffer_append(out, example.data, name);
    rf_buffer_char(out, '(');
    rf_slice rest = { example.data + name, example.len - name };
    while (takes(&rest, " ") && !rf_slice_starts(rest, RF_SLICE("//"))) {
        size_t len = argument_len(rest);
        rf_slice argument = { rest.data, len };
        if (!rf_slice_is(argument, "()")) {
            rf_buffer_text(out, comma);
            write_value(out, argument);
            comma = ", ";
        }
        rest = (rf_slice){ rest.data + len, rest.len - len };
    }
    rf_buffer_char(out, ')');
    if (rest.len) {
        rf_buffer_char(out, ' ');
        write_value(out, rest);
    }
}

/* ---- Functions ---- */

static const char *javascript_kind(const rf_api_row *row) {
    switch (row->result) {
    case RF_PV_BOOL: return "boolean";
    case RF_PV_INT:
    case RF_PV_NUMBER: return "number";
    case RF_PV_TEXT: return "string";
    case RF_PV_DATA: break;
    case RF_PV_UNIT: return "undefined";
    }
    if (rf_slice_ends(rf_slice_of(row->type), RF_SLICE("string option")))
        return "string or null";
    return rf_slice_ends(rf_slice_of(row->type), RF_SLICE("string list")) ? "array of strings" : "value";
}

static void write_calls(rf_buffer *out, const rf_api_row *row) {
    rf_buffer_printf(out, "- Fusabi: `%s", row->name);
    for (const rf_api_param *param = row->params; param->name; param++)
        rf_buffer_printf(out, " %s", param->name);
    rf_buffer_printf(out, "%s`, of type `%s`\n- JavaScript: `%s(", row->params[0].name ? "" : " ()", row->type, row->name);
    for (const rf_api_param *param = row->params; param->name; param++)
        rf_buffer_printf(out, "%s%s", param == row->params ? "" : ", ", param->name);
    rf_buffer_printf(out, ")`, gives %s\n", javascript_kind(row));
    if (!row->needs)
        return;
    char names[200];
    rf_plugin_capability_text(row->needs, names, sizeof names);
    rf_buffer_printf(out, "- Needs: `%s`\n", names);
}

static void write_function(rf_buffer *out, const rf_api_row *row) {
    rf_buffer_printf(out, "\n### %s\n\n%s\n\n", row->name, row->doc);
    write_calls(out, row);
    rf_buffer_printf(out, "\n```fsharp\n%s\n```\n```javascript\n", row->example);
    write_javascript(out, rf_slice_of(row->example));
    rf_buffer_text(out, "\n```\n");
}

static void write_module(rf_buffer *out, rf_slice module) {
    rf_buffer_printf(out, "\n## %.*s\n", RF_SLICE_ARG(module));
    for (size_t i = 0; i < sizeof about_modules / sizeof *about_modules; i++) {
        if (rf_slice_is(module, about_modules[i][0]))
            rf_buffer_printf(out, "\n%s\n", about_modules[i][1]);
    }
}

static void write_functions(rf_buffer *out) {
    rf_slice module = { NULL, 0 };
    for (const rf_api_row *row = rf_api_rows; row->name; row++) {
        rf_slice name = rf_slice_of(row->name), its = { name.data, rf_slice_find(name, '.') };
        if (!rf_slice_eq(its, module))
            write_module(out, its);
        module = its;
        write_function(out, row);
    }
}

/* ---- Tables ---- */

static const char *answer_text(rf_hook_answer answer) {
    switch (answer) {
    case RF_ANSWER_NONE: return "not looked at";
    case RF_ANSWER_VERDICT: return "Continue, Stop, Drop";
    case RF_ANSWER_TEXT: return "Continue, Stop, Drop, Modify with a text";
    case RF_ANSWER_MESSAGE: break;
    }
    return "Continue, Stop, Drop, Modify with messages";
}

static void write_hooks(rf_buffer *out) {
    rf_buffer_text(
        out, "\n## Hooks\n\nA plugin defines functions of these names; in JavaScript they take the same arguments in the same order.\n\n"
             "| hook | arguments | answer | |\n|---|---|---|---|\n");
    for (size_t i = 0; i < RF_HOOK_COUNT; i++) {
        const rf_hook_info *hook = &rf_hooks[i];
        rf_buffer_printf(out, "| `%s` | %s | %s | %s |\n", hook->name, hook->arity ? hook->params : "none", answer_text(hook->answer),
                         hook->doc);
    }
}

static void write_capabilities(rf_buffer *out) {
    rf_buffer_text(
        out, "\n## Capabilities\n\nA manifest lists what the plugin needs. What comes freely is there for asking; for everything else the\n"
             "user says `riffle plugin trust`, or the host's configuration grants it.\n\n| capability | | granted |\n|---|---|---|\n");
    const rf_plugin_capability *capability;
    for (size_t i = 0; (capability = rf_plugin_capability_at(i)); i++)
        rf_buffer_printf(out, "| `%s` | %s | %s |\n", capability->name, capability->doc,
                         capability->bit & RF_PLUGIN_CAN_FREELY ? "freely" : "by the user");
}

static void write_quotas(rf_buffer *out) {
    const rf_plugin_quota quota = RF_PLUGIN_QUOTA_DEFAULT;
    rf_buffer_text(out, "\n## Quotas\n\nOf one plugin in one chain. What goes beyond is refused with an exception that says which quota it "
                        "was; log lines are\n"
                        "left out, and how many is said in the log.\n\n| what | at most |\n|---|---|\n");
    rf_buffer_printf(out, "| notifications, lists, menus and sent texts together | %u a second |\n", (unsigned)quota.actions_per_second);
    rf_buffer_printf(out, "| status items | %u |\n| overlays | %u |\n| palette commands | %u |\n| timers | %u |\n",
                     (unsigned)quota.status_items, (unsigned)quota.overlays, (unsigned)quota.commands, (unsigned)quota.timers);
    rf_buffer_printf(out, "| log lines | %u a second |\n| one text | %zu bytes |\n| all keys and values of the store | %zu bytes |\n",
                     (unsigned)quota.log_lines_per_second, quota.text_bytes, quota.store_bytes);
}

void rf_api_manual(rf_buffer *out) {
    assert(out);
    rf_buffer_text(out, heading);
    write_functions(out);
    write_hooks(out);
    write_capabilities(out);
    write_quotas(out);
}
