/* list: shows what components there are, with all their fields. */
#include "cli/list.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "cli/command.h"
#include "message/mapping.h"
#include "plugin/api.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 64

typedef struct list_args {
    bool classes[RF_CLASS_COUNT]; /* asked for; none: all */
    bool some_class;
    const char *names[NAMES_MAX];
    size_t name_count;
    rf_list_format format;
    bool fusabi;  /* the names are of Fusabi's library */
    void (*manual)(rf_buffer *out); /* a whole manual was asked for, and nothing else */
} list_args;

static const rf_cli_option list_options[] = {
    { "format", 0, "FORMAT", "text, json, or markdown." },
    { 0 },
};

/* "input" or "inputs" to its class. */
static bool parse_class(const char *word, rf_class *ret_class) {
    for (rf_class class = 0; class < RF_CLASS_COUNT; class++) {
        size_t len = strlen(rf_class_name(class));
        if (strncmp(word, rf_class_name(class), len) == 0 && (word[len] == '\0' || strcmp(word + len, "s") == 0)) {
            *ret_class = class;
            return true;
        }
    }
    return false;
}

static bool exists(const char *name) {
    rf_kind kind;
    for (rf_class class = 0; class < RF_CLASS_COUNT; class++)
        if (rf_kind_find(class, rf_slice_of(name), &kind))
            return true;
    return false;
}

/* Whether a class that was asked for has it: `list processors cache` names the processor, and not all caches. */
static bool is_of_classes(const list_args *list, const char *name) {
    rf_kind kind;
    for (rf_class class = 0; class < RF_CLASS_COUNT; class++)
        if (list->classes[class] && rf_kind_find(class, rf_slice_of(name), &kind))
            return true;
    return false;
}

static int unknown(const char *name) {
    const char *names[RF_CLASS_COUNT * NAMES_MAX + 7] = { "inputs", "processors", "outputs", "caches", "rate_limits", "buffers" };
    size_t count = 6;
    rf_kind kind;
    for (rf_class class = 0; class < RF_CLASS_COUNT; class++)
        for (size_t i = 0; i < NAMES_MAX && rf_kind_get(class, i, &kind); i++)
            names[count++] = kind.name;
    names[count] = NULL;
    const char *near = rf_nearest(rf_slice_of(name), names);
    if (near)
        return rf_cli_misuse(&rf_command_list, "unknown component %s: did you mean %s?", name, near);
    return rf_cli_misuse(&rf_command_list, "unknown component %s", name);
}

/* "fusabi", or what follows it. */
static int take_fusabi(list_args *list, const char *word) {
    if (!list->fusabi) {
        list->fusabi = true;
        return RF_EXIT_DONE;
    }
    if (!rf_list_fusabi_has(word) || list->name_count == NAMES_MAX)
        return rf_cli_misuse(&rf_command_list, "there is no %s in the library of Fusabi", word);
    list->names[list->name_count++] = word;
    return RF_EXIT_DONE;
}

static bool take_manual(list_args *list, const char *word) {
    static const struct { const char *name; void (*write)(rf_buffer *out); } manuals[] = { { "mappings", rf_mapping_manual }, { "plugins", rf_api_manual } };
    for (size_t i = 0; i < sizeof manuals / sizeof manuals[0]; i++)
        if (strcmp(word, manuals[i].name) == 0)
            list->manual = manuals[i].write;
    return list->manual;
}

static int take_word(list_args *list, const char *word) {
    rf_class class;
    bool first = !list->fusabi && !list->some_class && list->name_count == 0;
    if (first && take_manual(list, word))
        return RF_EXIT_DONE;
    if (list->fusabi || (first && strcmp(word, "fusabi") == 0))
        return take_fusabi(list, word);
    if (parse_class(word, &class) && !is_of_classes(list, word)) {
        list->classes[class] = list->some_class = true;
        return RF_EXIT_DONE;
    }
    if (!exists(word) || list->name_count == NAMES_MAX)
        return unknown(word);
    list->names[list->name_count++] = word;
    return RF_EXIT_DONE;
}

static int take_format(list_args *list, const char *word) {
    static const char *const formats[] = { "text", "json", "markdown", NULL };
    for (int i = 0; formats[i]; i++)
        if (strcmp(formats[i], word) == 0) {
            list->format = (rf_list_format)i;
            return RF_EXIT_DONE;
        }
    return rf_cli_misuse(&rf_command_list, "unknown format %s: one of text, json, markdown", word);
}

static bool wanted(const list_args *list, rf_class class, const char *name) {
    if (list->some_class && !list->classes[class])
        return false;
    for (size_t i = 0; i < list->name_count; i++)
        if (strcmp(list->names[i], name) == 0)
            return true;
    return list->name_count == 0;
}

/* All components of a class, one line each. */
static void write_overview(rf_buffer *out, rf_class class) {
    rf_kind kind;
    if (!rf_kind_get(class, 0, &kind))
        return;
    rf_buffer_printf(out, "%s%c%ss:\n", out->len ? "\n" : "", rf_class_name(class)[0] - 'a' + 'A', rf_class_name(class) + 1);
    for (size_t i = 0; rf_kind_get(class, i, &kind); i++)
        rf_buffer_printf(out, "  - %-16s %s\n", kind.name, kind.summary);
}

static void write_pages(const list_args *list, rf_buffer *out, rf_class class) {
    static void (*const writers[])(rf_buffer *, rf_class, const rf_kind *) = { rf_list_text, rf_list_json, rf_list_markdown };
    rf_kind kind;
    for (size_t i = 0; rf_kind_get(class, i, &kind); i++) {
        if (!wanted(list, class, kind.name))
            continue;
        if (out->len > 1)
            rf_buffer_text(out, list->format == RF_LIST_JSON ? "," : "\n");
        writers[list->format](out, class, &kind);
    }
}

static int write_list(const list_args *list) {
    rf_buffer out = { 0 };
    if (list->manual) {
        list->manual(&out);
        return rf_cli_flush(&out, STDOUT_FILENO) ? RF_EXIT_DONE : RF_EXIT_FAILED;
    }
    if (list->fusabi) {
        rf_list_fusabi(&out, &(rf_list_names){ list->names, list->name_count }, list->format);
        return rf_cli_flush(&out, STDOUT_FILENO) ? RF_EXIT_DONE : RF_EXIT_FAILED;
    }
    bool overview = list->format == RF_LIST_TEXT && list->name_count == 0;
    if (list->format == RF_LIST_JSON)
        rf_buffer_char(&out, '[');
    for (rf_class class = 0; class < RF_CLASS_COUNT; class++) {
        if (list->some_class && !list->classes[class])
            continue;
        if (overview)
            write_overview(&out, class);
        else
            write_pages(list, &out, class);
    }
    if (list->format == RF_LIST_JSON)
        rf_buffer_text(&out, "]\n");
    return rf_cli_flush(&out, STDOUT_FILENO) ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static int list_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    list_args list = { 0 };
    rf_cli_args args = { .command = &rf_command_list, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        int status = kind == RF_CLI_WRONG ? RF_EXIT_USAGE : kind == RF_CLI_WORD ? take_word(&list, value) : take_format(&list, value);
        if (status)
            return status;
    }
    return write_list(&list);
}

static const rf_cli_example list_examples[] = {
    { "riffle list", "The names of all components." },
    { "riffle list tag_processor", "What it does, its fields with types and defaults, and a config that runs." },
    { "riffle list --format json outputs", "The same of all outputs, for a program." },
    { "riffle list fusabi List", "What the module List of Fusabi has; `riffle list fusabi` names the modules." },
    { "riffle list mappings", "The functions and methods of mappings: docs/mapping.md." },
    { "riffle list plugins", "What plugins may call, the hooks, the capabilities: docs/plugins/api.md." },
    { 0 },
};

const rf_command rf_command_list = {
    .name = "list",
    .usage = "[--format FORMAT] [inputs|processors|outputs|caches|rate_limits|buffers|NAME]... | fusabi [MODULE|NAME]... | mappings | plugins",
    .summary = "Shows the components there are, with their fields, types, defaults and an example; Fusabi's library, the functions of mappings, or what plugins may call.",
    .options = list_options,
    .examples = list_examples,
    .run = list_run,
};
