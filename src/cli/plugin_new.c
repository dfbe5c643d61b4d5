/* plugin new: writes a plugin that works, with its tests. */
#include "cli/plugin.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64 /* of a plugin's name, as manifests have it */

typedef struct new_args {
    const char *name, *dir, *language;
    bool stream;
} new_args;

static const rf_cli_option new_options[] = {
    { "language", 'l', "LANGUAGE", "fusabi, when nothing is said, or javascript." },
    { "stream", 's', NULL, "A plugin for the messages of streams, in place of the lines of a session." },
    { "dir", 'd', "DIR", "The folder; this one, when nothing is said." },
    { 0 },
};

static const char *const languages[] = { "fusabi", "javascript", NULL };

static bool take(new_args *new, const rf_cli_option *option, const char *value) {
    new->stream |= strcmp(option->name, "stream") == 0;
    if (strcmp(option->name, "dir") == 0)
        new->dir = value;
    if (strcmp(option->name, "language") != 0)
        return true;
    for (size_t i = 0; languages[i]; i++)
        if (strcmp(languages[i], value) == 0) {
            new->language = languages[i];
            return true;
        }
    const char *near = rf_nearest(rf_slice_of(value), languages);
    (void)rf_cli_misuse(&rf_plugin_part_new, "unknown language %s: %s%s%s", value, near ? "did you mean " : "one of fusabi, javascript",
                        near ? near : "", near ? "?" : "");
    return false;
}

/* [a-z0-9][a-z0-9_-]*, as manifests demand. */
static bool is_name(const char *name) {
    size_t len = strlen(name);
    bool fine = len > 0 && len <= NAME_MAX_BYTES && name[0] != '-' && name[0] != '_';
    for (size_t i = 0; fine && i < len; i++)
        fine = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '-' || name[i] == '_';
    return fine;
}

static bool parse(new_args *new, int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    rf_cli_args args = { .command = &rf_plugin_part_new, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WRONG || (kind == RF_CLI_OPTION && !take(new, option, value)))
            return false;
        if (kind == RF_CLI_WORD && new->name) {
            (void)rf_cli_misuse(&rf_plugin_part_new, "one plugin at a time: both %s and %s are given", new->name, value);
            return false;
        }
        if (kind == RF_CLI_WORD)
            new->name = value;
    }
    if (!new->name)
        (void)rf_cli_misuse(&rf_plugin_part_new, "no name is given");
    else if (!is_name(new->name))
        (void)rf_cli_misuse(&rf_plugin_part_new,
                            "%s cannot be a plugin's name: it has a-z, 0-9, - and _, and begins with a letter or digit", new->name);
    return new->name && is_name(new->name);
}

/* The template with the name in each place of it. */
static void fill(rf_buffer *out, const char *template, const char *name) {
    const char *mark = RF_CLI_TEMPLATE_NAME, *at;
    for (; (at = strstr(template, mark)) != NULL; template = at + strlen(mark)) {
        rf_buffer_append(out, template, (size_t)(at - template));
        rf_buffer_text(out, name);
    }
    rf_buffer_text(out, template);
}

static bool is_there(const char *path) { return access(path, F_OK) == 0; }

/* A file that is there already stays as it is. Errors: RF_ECONFIG, RF_EIO, RF_ENOMEM. */
static rf_code write_new(const char *path, const char *template, const char *name, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    fill(&text, template, name);
    if (text.failed)
        return rf_raise_nomem(reterr);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return rf_raise(reterr, RF_EIO, "cannot write %s: %s", path, strerror(errno));
    bool fine = write(fd, text.data, text.len) == (ssize_t)text.len;
    int error = errno;
    fine = close(fd) == 0 && fine;
    if (fine)
        return RF_OK;
    (void)unlink(path);
    return rf_raise(reterr, RF_EIO, "cannot write %s: %s", path, strerror(error));
}

/* Both files, or none. */
static rf_code write_both(const new_args *new, const rf_cli_template *template, rf_arena *arena, rf_error *reterr) {
    const char *dir = new->dir ? new->dir : "", *slash = new->dir && *new->dir ? "/" : "";
    const char *script = rf_printf_in(arena, "%s%s%s%s", dir, slash, new->name, template->ending).data;
    const char *tests = rf_printf_in(arena, "%s%s%s.test.toml", dir, slash, new->name).data;
    if (!script || !tests)
        return rf_raise_nomem(reterr);
    if (is_there(script) || is_there(tests))
        return rf_raise(reterr, RF_ECONFIG, "%s is there already", is_there(script) ? script : tests);
    rf_code code = write_new(script, template->script, new->name, reterr);
    if (!code && (code = write_new(tests, template->tests, new->name, reterr)) != RF_OK)
        (void)unlink(script);
    if (!code)
        (void)printf("%s\n%s\ntry it: riffle plugin test %s\n", script, tests, script);
    return code;
}

static int new_run(int argc, char **argv) {
    new_args new = { .language = languages[0] };
    rf_error error = { 0 };
    if (!parse(&new, argc, argv))
        return RF_EXIT_USAGE;
    const rf_cli_template *template = rf_cli_templates;
    while (strcmp(template->language, new.language) != 0 || template->stream != new.stream)
        template++; /* there is one for each */
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    if (write_both(&new, template, &arena, &error))
        return rf_cli_plugin_fail(&error);
    return fflush(stdout) == 0 ? RF_EXIT_DONE : RF_EXIT_FAILED;
}

static const rf_cli_example new_examples[] = {
    { "riffle plugin new redact", "Writes redact.fsx and redact.test.toml." },
    { "riffle plugin new enrich --stream --language javascript --dir plugins", "Writes plugins/enrich.js and plugins/enrich.test.toml." },
    { 0 },
};

const rf_command rf_plugin_part_new = {
    .name = "plugin new",
    .usage = "[OPTION...] NAME",
    .summary = "Writes a plugin that works, with its tests.",
    .detail = "Nothing is overwritten: when one of the two files is there already, neither is written.",
    .options = new_options,
    .examples = new_examples,
    .run = new_run,
};
