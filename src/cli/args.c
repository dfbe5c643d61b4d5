/* args.c: walking the arguments of a command by its table of options. */
#include "cli/command.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_MAX 30

static const rf_cli_option help_option = { "help", 'h', NULL, "Shows this help." };

static const rf_cli_option *find_long(const rf_command *command, rf_slice name) {
    for (const rf_cli_option *option = command->options; option && option->name; option++)
        if (rf_slice_is(name, option->name))
            return option;
    return rf_slice_is(name, help_option.name) ? &help_option : NULL;
}

static const rf_cli_option *find_letter(const rf_command *command, char letter) {
    for (const rf_cli_option *option = command->options; option && option->name; option++)
        if (option->letter == letter)
            return option;
    return letter == help_option.letter ? &help_option : NULL;
}

int rf_cli_misuse(const rf_command *command, const char *format, ...) {
    char message[500];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    (void)fprintf(stderr, "riffle: %s\n", message);
    if (command)
        (void)fprintf(stderr, "usage: riffle %s %s\nsee `riffle %s --help`\n", command->name, command->usage, command->name);
    else
        (void)fprintf(stderr, "see `riffle --help`\n");
    return RF_EXIT_USAGE;
}

static rf_cli_kind unknown(const rf_cli_args *args, const char *argument, rf_slice name) {
    const char *names[OPTIONS_MAX + 2];
    size_t count = 0;
    for (const rf_cli_option *option = args->command->options; option && option->name && count < OPTIONS_MAX; option++)
        names[count++] = option->name;
    names[count++] = help_option.name;
    names[count] = NULL;
    const char *near = rf_nearest(name, names);
    if (near)
        (void)rf_cli_misuse(args->command, "unknown option %s: did you mean --%s?", argument, near);
    else
        (void)rf_cli_misuse(args->command, "unknown option %s", argument);
    return RF_CLI_WRONG;
}

/* The value of an option that takes one: what is written behind it, or the next argument. */
static rf_cli_kind take_value(rf_cli_args *args, const rf_cli_option *option, const char *written, const char **ret_value) {
    if (!option->value && written) {
        (void)rf_cli_misuse(args->command, "option --%s takes no value", option->name);
        return RF_CLI_WRONG;
    }
    if (option->value && !written && args->at >= args->argc) {
        (void)rf_cli_misuse(args->command, "option --%s needs a value: %s", option->name, option->value);
        return RF_CLI_WRONG;
    }
    *ret_value = option->value && !written ? args->argv[args->at++] : written;
    return RF_CLI_OPTION;
}

rf_cli_kind rf_cli_next(rf_cli_args *args, const rf_cli_option **ret_option, const char **ret_value) {
    assert(args && args->at >= 1 && ret_option && ret_value);
    if (args->at >= args->argc)
        return RF_CLI_END;
    const char *argument = args->argv[args->at++];
    if (args->plain || argument[0] != '-' || argument[1] == '\0') {
        *ret_value = argument;
        return RF_CLI_WORD;
    }
    if (strcmp(argument, "--") == 0) {
        args->plain = true;
        return rf_cli_next(args, ret_option, ret_value);
    }
    rf_slice name = rf_slice_of(argument + (argument[1] == '-' ? 2 : 1));
    size_t equals = rf_slice_find(name, '=');
    const char *written = equals < name.len ? name.data + equals + 1 : NULL;
    name.len = equals;
    const rf_cli_option *option = find_long(args->command, name);
    if (!option && argument[1] != '-' && argument[1]) {
        option = find_letter(args->command, argument[1]);
        written = argument[2] == '=' ? argument + 3 : argument[2] ? argument + 2 : NULL;
    }
    if (!option)
        return unknown(args, argument, name);
    *ret_option = option;
    return take_value(args, option, written, ret_value);
}

bool rf_cli_flush(rf_buffer *buffer, int fd) {
    assert(buffer);
    bool fine = !buffer->failed;
    for (size_t at = 0; fine && at < buffer->len;) {
        ssize_t wrote = write(fd, buffer->data + at, buffer->len - at);
        if (wrote < 0 && errno == EINTR)
            continue;
        fine = wrote >= 0;
        at += fine ? (size_t)wrote : 0;
    }
    rf_buffer_done(buffer);
    return fine;
}
