/* process.c: the module Process: running programs, the environment, the working directory. */
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/library/spawn.h"
#include "script/fusabi/library/world.h"

#include <errno.h>
#include <unistd.h>

extern char **environ;

/* What scripts of this VM set lies in a map of its own: setenv() while other threads read would be a race, and one
 * script's settings are no business of the next one's. */
static rf_fus_value overlay_of(rf_fus_vm *vm) {
    rf_fus_value map = rf_fus_state_get(vm, RF_FUS_STATE_ENVIRONMENT);
    return map == RF_FUS_UNIT ? rf_fus_map_empty(vm) : map;
}

rf_fus_value rf_fus_environment_get(rf_fus_vm *vm, rf_fus_value name) {
    rf_fus_value value, overlay = overlay_of(vm);
    if (overlay == RF_FUS_RAISED)
        return overlay;
    if (rf_fus_map_get(vm, overlay, name, &value))
        return value;
    rf_slice text = rf_fus_text(vm, name);
    if (!text.data)
        return RF_FUS_RAISED;
    if (!text.len || rf_slice_find(text, '=') < text.len || rf_slice_find(text, '\0') < text.len)
        return RF_FUS_UNDEF;
    const char *found = getenv(text.data);
    return found ? rf_fus_outside_string(vm, rf_slice_of(found)) : RF_FUS_UNDEF;
}

static rf_fus_value process_env(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice name;
    if (!rf_fus_expect_text(vm, args[0], &name))
        return RF_FUS_RAISED;
    return rf_fus_option_of(vm, rf_fus_environment_get(vm, args[0]));
}

static rf_fus_value process_set_env(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice name, value;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to set environment variable", &name) ||
        !rf_fus_expect_cstr(vm, args[1], "Failed to set environment variable", &value))
        return RF_FUS_RAISED;
    if (!name.len || rf_slice_find(name, '=') < name.len)
        return rf_fus_raise(vm, "Failed to set environment variable '%.*s': a name is not empty and has no '='", RF_SLICE_ARG(name));
    rf_fus_value overlay = overlay_of(vm);
    if (overlay != RF_FUS_RAISED)
        overlay = rf_fus_map_add(vm, overlay, args[0], args[1]);
    if (overlay == RF_FUS_RAISED)
        return overlay;
    rf_fus_state_set(vm, RF_FUS_STATE_ENVIRONMENT, overlay);
    return RF_FUS_UNIT;
}

static rf_fus_value process_cwd(rf_fus_vm *vm, const rf_fus_value *args RF_UNUSED) {
    rf_buffer path RF_CLEANUP(rf_buffer_done) = { 0 };
    for (size_t room = 256; room <= (1u << 20); room *= 2) {
        if (!rf_buffer_reserve(&path, room))
            return rf_fus_raise_nomem(vm);
        if (getcwd(path.data, room))
            return rf_fus_outside_string(vm, rf_slice_of(path.data));
        if (errno != ERANGE)
            break;
    }
    int number = errno;
    char text[160];
    return rf_fus_raise(vm, "Failed to get current directory: %s (os error %d)", strerror_r(number, text, sizeof text), number);
}

/* ---- Running ---- */

/* Adds "NAME=value" texts one behind the other, each with its NUL. */
static bool overlay_texts(rf_fus_vm *vm, rf_fus_value overlay, rf_buffer *out, size_t *ret_count) {
    rf_fus_map_walk walk = { .map = overlay };
    rf_fus_value key, value;
    *ret_count = 0;
    while (rf_fus_map_next(&walk, &key, &value)) {
        rf_slice name = rf_fus_text(vm, key), text = rf_fus_text(vm, value);
        if (!name.data || !text.data)
            return false;
        rf_buffer_slice(out, name);
        rf_buffer_char(out, '=');
        rf_buffer_slice(out, text);
        rf_buffer_char(out, '\0');
        ++*ret_count;
    }
    return true;
}

/* Whether one of the first `count` texts sets the variable of `entry`. */
static bool is_overlaid(const char *entry, const rf_fus_spawn_texts *texts, size_t count) {
    size_t len = rf_slice_find(rf_slice_of(entry), '=') + 1;
    for (size_t i = 0; i < count; i++)
        if (strncmp(texts->items[i], entry, len) == 0)
            return true;
    return false;
}

/* The environment of a child: what the process has, but for what this VM's scripts set. `texts` holds the latter. */
static bool environment_of(rf_fus_vm *vm, rf_buffer *texts, rf_fus_spawn_texts *out) {
    size_t count;
    rf_fus_value overlay = overlay_of(vm);
    if (overlay == RF_FUS_RAISED || !overlay_texts(vm, overlay, texts, &count))
        return false;
    bool is_good = !texts->failed;
    const char *at = texts->data;
    for (size_t i = 0; i < count && is_good; i++, at += strlen(at) + 1)
        is_good = rf_vec_push(out, (char *)(uintptr_t)at);
    for (char **entry = environ; *entry && is_good; entry++)
        is_good = is_overlaid(*entry, out, count) || rf_vec_push(out, *entry);
    is_good = is_good && rf_vec_push(out, NULL);
    if (!is_good)
        rf_fus_raise_nomem(vm);
    return is_good;
}

static rf_fus_value result_of(rf_fus_vm *vm, const rf_fus_spawn *run) {
    static const char *const names[] = { "exitCode", "stdout", "stderr" };
    const rf_fus_value values[] = {
        rf_fus_of_small_int(run->exit_code),
        rf_fus_outside_string(vm, rf_buffer_view(&run->out[0])),
        rf_fus_outside_string(vm, rf_buffer_view(&run->out[1])),
    };
    if (values[1] == RF_FUS_RAISED || values[2] == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    return rf_fus_record_new(vm, names, values, 3);
}

/* Where programs are looked for. */
static rf_slice path_of(rf_fus_vm *vm) {
    rf_fus_value name = rf_fus_string_new(vm, RF_SLICE("PATH"));
    rf_fus_value value = name == RF_FUS_RAISED ? name : rf_fus_environment_get(vm, name);
    if (value == RF_FUS_RAISED)
        return (rf_slice){ 0 };
    return value == RF_FUS_UNDEF ? RF_SLICE("/bin:/usr/bin") : rf_fus_text(vm, value);
}

static rf_fus_value run(rf_fus_vm *vm, rf_slice command, rf_fus_spawn_texts *words, const char *complaint) {
    rf_fus_spawn_texts environment = { 0 };
    rf_buffer texts RF_CLEANUP(rf_buffer_done) = { 0 };
    rf_fus_spawn run RF_CLEANUP(rf_fus_spawn_done) = { .pid = -1, .fds = { -1, -1 } };
    rf_fus_value result = RF_FUS_RAISED;
    rf_slice path = path_of(vm);
    if (path.data && environment_of(vm, &texts, &environment) && rf_fus_flush(vm)) {
        int number = rf_fus_spawn_start(&run, command, path, words->items, environment.items);
        if (number == ENOMEM)
            rf_fus_raise_nomem(vm);
        else if (number)
            rf_fus_raise_os(vm, complaint, command, "", number);
        else if (rf_fus_spawn_finish(vm, &run, command))
            result = result_of(vm, &run);
    }
    rf_vec_done(&environment);
    return result;
}

/* Command and arguments as C has them, with a NULL behind; false after raising. */
static bool collect_words(rf_fus_vm *vm, rf_slice command, rf_fus_value list, rf_fus_spawn_texts *out) {
    bool is_failed = false;
    bool is_room = rf_vec_push(out, (char *)(uintptr_t)command.data);
    for (rf_slice word; is_room && rf_fus_next_text(vm, &list, &word, &is_failed);) {
        if (rf_slice_find(word, '\0') < word.len) {
            rf_fus_raise(vm, "Failed to execute command '%.*s': nul byte found in provided data", RF_SLICE_ARG(command));
            return false;
        }
        is_room = rf_vec_push(out, (char *)(uintptr_t)word.data);
    }
    if (is_failed)
        return false;
    if (is_room && rf_vec_push(out, NULL))
        return true;
    rf_fus_raise_nomem(vm);
    return false;
}

static rf_fus_value process_run(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice command;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to execute command", &command) || !rf_fus_expect_list(vm, args[1]))
        return RF_FUS_RAISED;
    rf_fus_spawn_texts words = { 0 };
    bool is_good = collect_words(vm, command, args[1], &words);
    rf_fus_value result = is_good ? run(vm, command, &words, "Failed to execute command") : RF_FUS_RAISED;
    rf_vec_done(&words);
    return result;
}

static rf_fus_value process_run_shell(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice command;
    if (!rf_fus_expect_cstr(vm, args[0], "Failed to execute shell command", &command))
        return RF_FUS_RAISED;
    char *items[] = { (char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)command.data, NULL };
    rf_fus_spawn_texts words = { .items = items, .count = 4 };
    return run(vm, RF_SLICE("sh"), &words, "Failed to execute shell command");
}

static const rf_fus_lib_row rows[] = {
    { .name = "Process.cwd", .params = "()", .type = "unit -> string", .doc = "The working directory.", .example = "Process.cwd ()",
      .native = process_cwd, .arity = 1, .needs = RF_FUS_CAN_ENVIRONMENT },
    { .name = "Process.env", .params = "name", .type = "string -> string option", .doc = "The value of an environment variable.",
      .example = "Process.env \"HOME\"", .native = process_env, .arity = 1, .needs = RF_FUS_CAN_ENVIRONMENT },
    { .name = "Process.run", .params = "command args", .type = "string -> string list -> { exitCode: int; stdout: string; stderr: string }",
      .doc = "Runs a program, without a shell between, with nothing to read, and waits for it. The exit code is -1 when a signal ended it.",
      .example = "(Process.run \"echo\" [\"hi\"]).stdout // hi and a newline", .native = process_run, .arity = 2, .needs = RF_FUS_CAN_RUN },
    { .name = "Process.runShell", .params = "command", .type = "string -> { exitCode: int; stdout: string; stderr: string }",
      .doc = "Runs a command line of the shell sh, and waits for it.", .example = "(Process.runShell \"ls | wc -l\").stdout",
      .native = process_run_shell, .arity = 1, .needs = RF_FUS_CAN_RUN },
    { .name = "Process.setEnv", .params = "name value", .type = "string -> string -> unit",
      .doc = "Sets an environment variable, for Process.env and for programs that this script runs.",
      .example = "Process.setEnv \"LANG\" \"C\"", .native = process_set_env, .arity = 2, .needs = RF_FUS_CAN_ENVIRONMENT },
    { 0 },
};
RF_FUS_LIB_MODULE(process, "Process", "Running programs, the environment, the working directory.", rows);
