/* repl: a session in which each input is run at once. */
#include "cli/command.h"
#include "cli/line_edit.h"
#include "cli/list.h"
#include "cli/repl_session.h"
#include "cli/script.h"
#include "cli/script_out.h"

#include "base/slice.h"
#include "script/fusabi/files.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

typedef struct repl {
    rf_repl_session session;
    rf_line_edit edit;
    rf_fus_host host;
    rf_buffer input;   /* lines so far */
    bool failed;       /* not to be told by an error of the script's */
    int status;
} repl;

/* For the signal handler: the one VM of the process, while it runs. */
static rf_fus_vm *volatile running;
static rf_script_out output;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    if (running)
        rf_fus_vm_interrupt(running);
}

/* ---- Showing ---- */

static void tell(rf_buffer *text, int fd) {
    (void)rf_script_out_flush(&output); /* what cannot be written is found by the script's own next line */
    (void)rf_cli_flush(text, fd);
}

static void complain(repl *self, const rf_repl_work *work, rf_code code, const rf_error *error) {
    rf_buffer out = { 0 };
    if (code == RF_ESCRIPT && work->diags.errors)
        rf_repl_show_findings(work, &out);
    else
        rf_cli_show_error(&out, &work->texts, "session", error,
                          code == RF_ENOMEM ? (rf_slice){ NULL, 0 } : rf_fus_vm_trace(self->session.vm));
    tell(&out, STDERR_FILENO);
    self->status = RF_EXIT_FAILED;
}

/* ---- Inputs ---- */

static rf_code run(repl *self, rf_repl_work *work, rf_error *reterr) {
    const struct sigaction ours = { .sa_handler = on_interrupt };
    struct sigaction before;
    running = self->session.vm;
    (void)sigaction(SIGINT, &ours, &before);
    rf_code code = rf_repl_run(&self->session, work, reterr);
    (void)sigaction(SIGINT, &before, NULL);
    running = NULL;
    return code;
}

/* One whole input: compiled, run, shown. */
static void take_input(repl *self, const char *name, rf_slice text) {
    rf_repl_work work;
    rf_error error = { 0 };
    rf_code code = rf_fus_text_check(name ? name : "input", text, &error);
    if (code) {
        rf_buffer out = { 0 };
        rf_source_show(&out, NULL, &error, rf_cli_colours());
        tell(&out, STDERR_FILENO);
        return;
    }
    code = rf_repl_analyse(&self->session, name, text, &work, &error);
    if (!code && work.diags.list.count) {
        rf_buffer out = { 0 };
        rf_repl_show_findings(&work, &out);
        tell(&out, STDERR_FILENO);
    }
    if (!code)
        code = run(self, &work, &error);
    if (code)
        complain(self, &work, code, &error);
    else {
        rf_buffer out = { 0 };
        rf_repl_show_values(&self->session, &work, &out);
        tell(&out, STDOUT_FILENO);
    }
    rf_repl_work_done(&work);
}

/* ---- Commands ---- */

static void show_type(repl *self, rf_slice text) {
    rf_repl_work work;
    rf_buffer out = { 0 };
    rf_error error = { 0 };
    rf_code code = rf_repl_analyse(&self->session, NULL, text, &work, &error);
    self->session.number--;
    if (code)
        complain(self, &work, code, &error);
    else {
        rf_repl_show_findings(&work, &out);
        tell(&out, STDERR_FILENO);
        if (!rf_repl_show_type(&work, &out))
            rf_buffer_text(&out, "no expression");
        rf_buffer_char(&out, '\n');
        tell(&out, STDOUT_FILENO);
    }
    rf_repl_work_done(&work);
}

static void show_doc(repl *self, rf_slice name) {
    char *word = rf_strndup(name.data, name.len);
    rf_buffer out = { 0 };
    const char *words = word;
    if (word && rf_list_fusabi_has(word))
        rf_list_fusabi(&out, &(rf_list_names){ &words, name.len > 0 }, RF_LIST_TEXT);
    else if (name.len == 0)
        rf_list_fusabi(&out, &(rf_list_names){ NULL, 0 }, RF_LIST_TEXT);
    else if (word)
        rf_buffer_printf(&out, "the library has no %s\n", word);
    rf_free(word);
    tell(&out, STDOUT_FILENO);
    (void)self;
}

static void load_file(repl *self, rf_slice path) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_error error = { 0 };
    rf_slice text, name = rf_slice_dup_in(&arena, path);
    rf_code code = name.data ? rf_fus_file_read(&arena, name.data, &text, &error) : rf_raise_nomem(&error);
    if (!code) {
        take_input(self, name.data, text);
        return;
    }
    (void)fprintf(stderr, "riffle: %s\n", error.message);
    self->status = RF_EXIT_FAILED;
}

static void reset(repl *self) {
    rf_error error = { 0 };
    rf_repl_session_done(&self->session);
    if (rf_repl_session_open(&self->session, &self->host, &error)) {
        (void)fprintf(stderr, "riffle: %s\n", error.message);
        self->failed = true;
    }
}

static const char help[] =
    ":type EXPRESSION  its type, without running it\n"
    ":doc NAME         what the library says of a function or module\n"
    ":load FILE        takes in a file; again, when it has changed\n"
    ":reset            forgets everything\n"
    ":quit             ends the session, as Ctrl-D does\n"
    "An input that goes on over several lines ends with an empty one. `it` is the last value.\n";

/* False: the session is to end. */
static bool take_command(repl *self, rf_slice line) {
    size_t len = rf_slice_find(line, ' ');
    rf_slice name = { line.data, len }, rest = rf_slice_trim((rf_slice){ line.data + len, line.len - len });
    if (rf_slice_is(name, ":quit") || rf_slice_is(name, ":q"))
        return false;
    if (rf_slice_is(name, ":type") || rf_slice_is(name, ":t"))
        show_type(self, rest);
    else if (rf_slice_is(name, ":doc") || rf_slice_is(name, ":d"))
        show_doc(self, rest);
    else if (rf_slice_is(name, ":load") || rf_slice_is(name, ":l"))
        load_file(self, rest);
    else if (rf_slice_is(name, ":reset"))
        reset(self);
    else {
        rf_buffer out = { 0 };
        bool asked = rf_slice_is(name, ":help") || rf_slice_is(name, ":h") || rf_slice_is(name, ":?");
        if (!asked)
            rf_buffer_printf(&out, "there is no command %.*s\n", RF_SLICE_ARG(name));
        rf_buffer_text(&out, help);
        tell(&out, asked ? STDOUT_FILENO : STDERR_FILENO);
    }
    return !self->failed;
}

/* ---- Lines ---- */

/* Adds a line; true when the input is whole: one line that is complete, or several and then an empty one or `;;`. */
static bool add_line(repl *self, rf_slice line) {
    rf_slice end = rf_slice_trim(line);
    bool first = self->input.len == 0, blank = end.len == 0, ended = rf_slice_ends(end, RF_SLICE(";;"));
    if (ended)
        line.len = (size_t)(end.data - line.data) + end.len - 2;
    rf_buffer_slice(&self->input, line);
    rf_buffer_char(&self->input, '\n');
    if (ended)
        return true;
    if ((!first && !(blank && !self->edit.pasting)) || rf_slice_ends(end, RF_SLICE("=")))
        return false;
    return !rf_fus_text_unfinished(rf_buffer_view(&self->input));
}

static void finish_input(repl *self) {
    if (rf_slice_trim(rf_buffer_view(&self->input)).len && !self->input.failed)
        take_input(self, NULL, rf_buffer_view(&self->input));
    rf_buffer_clear(&self->input);
}

static void read_all(repl *self) {
    for (rf_slice line; !self->failed;) {
        rf_line_result result = rf_line_edit_read(&self->edit, self->input.len ? "- " : "> ", &line);
        if (result == RF_LINE_CANCELLED) {
            rf_buffer_clear(&self->input);
            continue;
        }
        if (result != RF_LINE_READ)
            break;
        rf_line_edit_remember(&self->edit, line);
        rf_slice words = rf_slice_trim(line);
        if (self->input.len == 0 && (words.len == 0 || words.data[0] == ':')) {
            if (words.len && !take_command(self, words))
                break;
        } else if (add_line(self, line))
            finish_input(self);
    }
    finish_input(self);
}

/* ---- The command ---- */

static const rf_cli_option repl_options[] = {
    { "deny", 0, "WHAT", "Takes rights from the session, as for `riffle exec`." },
    { 0 },
};

static int session(repl *self) {
    RF_CLEANUP(rf_buffer_done) rf_buffer history = { 0 };
    rf_error error = { 0 };
    rf_script_out_init(&output);
    if (rf_repl_session_open(&self->session, &self->host, &error)) {
        (void)fprintf(stderr, "riffle: %s\n", error.message);
        rf_repl_session_done(&self->session);
        return RF_EXIT_FAILED;
    }
    rf_repl_history_path(&history);
    rf_line_edit_init(&self->edit, history.len ? rf_buffer_cstr(&history) : NULL, rf_repl_complete, &self->session);
    if (self->edit.terminal)
        (void)rf_line_put(RF_SLICE("riffle " RF_VERSION ", Fusabi. :help shows what there is; Ctrl-D ends.\n"));
    read_all(self);
    bool terminal = self->edit.terminal;
    rf_line_edit_done(&self->edit);
    rf_buffer_done(&self->input);
    rf_repl_session_done(&self->session);
    bool written = rf_script_out_flush(&output);
    return self->failed || !written ? RF_EXIT_FAILED : terminal ? RF_EXIT_DONE : self->status;
}

static int repl_run(int argc, char **argv) {
    const rf_cli_option *option;
    const char *value;
    uint32_t denied = 0;
    rf_cli_args args = { .command = &rf_command_repl, .argc = argc, .argv = argv, .at = 1 };
    for (rf_cli_kind kind; (kind = rf_cli_next(&args, &option, &value)) != RF_CLI_END;) {
        if (kind == RF_CLI_WORD)
            return rf_cli_misuse(&rf_command_repl, "unexpected argument %s: `riffle exec` runs files", value);
        if (kind == RF_CLI_WRONG || !rf_cli_parse_rights(&rf_command_repl, value, &denied))
            return RF_EXIT_USAGE;
    }
    static repl self; /* one a process */
    self.host = (rf_fus_host){
        .capabilities = RF_FUS_CAN_ALL & ~denied, .write = rf_script_out_write, .flush = rf_script_out_flush, .user = &output,
        .script_name = "session",
    };
    return session(&self);
}

static const rf_cli_example repl_examples[] = {
    { "riffle repl", "Begins a session; Tab completes, Ctrl-R searches, :help shows the commands." },
    { 0 },
};

const rf_command rf_command_repl = {
    .name = "repl",
    .usage = "[--deny WHAT]",
    .summary = "Begins a session in which Fusabi is run input by input.",
    .detail = "What an input defines stays for those after it. Without a terminal, inputs are read from standard input as they come, and\n"
              "the exit status is 1 when one of them failed.",
    .options = repl_options,
    .examples = repl_examples,
    .run = repl_run,
};
