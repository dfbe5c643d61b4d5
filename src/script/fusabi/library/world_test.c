/* world_test.c: File, Process, Console, the terminal: what touches the world. */
#include "fixture.h"
#include "fusabi/test_run.h"

#include <fcntl.h>
#include <unistd.h>

/* The script with each @DIR@ a directory of this run's own: the same tests run beside it in another process. */
#define check_in(dir, run, text, expected)                                 \
    do {                                                                    \
        const char *script_ = rf_fixture_dir_config((dir), (text));         \
        rf_check(script_);                                                  \
        test_run_check((run), script_, (expected));                         \
    } while (0)

RF_TEST(file_lines) {
    rf_fixture_dir dir RF_CLEANUP(rf_fixture_dir_done) = { 0 };
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    check_in(&dir, &run, "let f = \"@DIR@/lines\"\n"
                         "File.writeLines f [\"one\"; \"\"; \"three\"]\nFile.appendLine f \"four\"\n"
                         "let a = File.readLines f\nFile.writeAll f \"x\\r\\ny\"\nlet b = (File.readLines f, File.readAll f = \"x\\r\\ny\", File.exists f)\n"
                         "File.delete f\n(a, b, File.exists f)",
             "([one; ; three; four], ([x; y], true, true), false)");
    check_in(&dir, &run, "File.writeLines \"@DIR@/lines\" [1]", "error: Type mismatch: expected string list, got list with non-string elements");
    check_in(&dir, &run, "File.exists \"@DIR@/lines\"", "false");
    test_run_check(&run, "File.readLines \"no-such-file-here.txt\"",
                   "error: Failed to open file 'no-such-file-here.txt': No such file or directory (os error 2)");
    test_run_check(&run, "File.readLines \"/\"", "error: Failed to read file '/': Is a directory (os error 21)");
    test_run_check(&run, "File.writeLines \"/no-such-folder/x\" []",
                   "error: Failed to create file '/no-such-folder/x': No such file or directory (os error 2)");
    test_run_check(&run, "List.exists (fun n -> n = \"tmp\") (File.listDir \"/\")", "true");
}

RF_TEST(file_replaces_what_is_no_text) {
    rf_fixture_dir dir RF_CLEANUP(rf_fixture_dir_done) = { 0 };
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(rf_fixture_dir_init(&dir));
    check_in(&dir, &run, "let _ = Process.runShell \"printf 'a\\\\377b\\\\303\\\\n\\\\342\\\\202x\\\\360\\\\237' > @DIR@/bytes\"\n"
                         "File.readLines \"@DIR@/bytes\"",
             "[a\xEF\xBF\xBD" "b\xEF\xBF\xBD; \xEF\xBF\xBDx\xEF\xBF\xBD]");
}

RF_TEST(process_results) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let r = Process.run \"printf\" [\"%s-%s\"; \"a\"; \"b\"]\n(r.exitCode, r.stdout, r.stderr)", "(0, a-b, )");
    test_run_check(&run, "let r = Process.runShell \"echo out; echo err 1>&2; exit 3\"\n(r.exitCode, r.stdout, r.stderr)", "(3, out\n, err\n)");
    test_run_check(&run, "(Process.runShell \"kill -9 $$\").exitCode", "-1");
    test_run_check(&run, "Process.run \"no-such-program-here\" []",
                   "error: Failed to execute command 'no-such-program-here': No such file or directory (os error 2)");
    test_run_check(&run, "Process.run \"/tmp\" []", "error: Failed to execute command '/tmp': Permission denied (os error 13)");
    test_run_check(&run, "Process.run \"\" []", "error: Failed to execute command '': No such file or directory (os error 2)");
    test_run_check(&run, "(Process.runShell \"cat; head -c 3000000 /dev/zero | tr '\\\\0' x; head -c 200000 /dev/zero 1>&2\").stdout |> String.length", "3000000");
    test_run_check(&run, "Process.run \"echo\" \"x\"", "error: Type mismatch: expected list, got string");
}

RF_TEST(process_environment) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "Process.setEnv \"RF_TEST_A\" \"one\"\n(Process.env \"RF_TEST_A\", Process.env \"RF_TEST_B\", (Process.runShell \"echo $RF_TEST_A\").stdout)",
                   "(Some(one), None, one\n)");
    rf_check(!getenv("RF_TEST_A"));
    test_run_check(&run, "Process.setEnv \"PATH\" \"/nowhere\"\nProcess.run \"ls\" []",
                   "error: Failed to execute command 'ls': No such file or directory (os error 2)");
    test_run_check(&run, "Process.setEnv \"a=b\" \"x\"", "error: Failed to set environment variable 'a=b': a name is not empty and has no '='");
    test_run_check(&run, "String.startsWith \"/\" (Process.cwd ())", "true");
}

RF_TEST(process_ends_with_its_time) {
    test_run run RF_CLEANUP(test_run_done) = { .limits = { .time_ns = 50000000 } };
    if (!rf_test_torture()) {
        rf_check(test_run_script(&run, "Process.runShell \"sleep 30 | sleep 30\""));
        rf_check(rf_slice_starts(rf_buffer_view(&run.out), RF_SLICE("error: ")));
        rf_check(test_run_script(&run, "Async.RunSynchronously (Async.sleep 30000)"));
        rf_check(rf_slice_starts(rf_buffer_view(&run.out), RF_SLICE("error: ")));
    }
}

typedef struct input { int before, ends[2]; } input;

static void input_done(input *in) {
    dup2(in->before, STDIN_FILENO);
    close(in->before);
    close(in->ends[0]);
    if (in->ends[1] >= 0)
        close(in->ends[1]);
}

RF_TEST(console_reads) {
    input in RF_CLEANUP(input_done) = { .before = dup(STDIN_FILENO) };
    rf_check(in.before >= 0 && pipe(in.ends) == 0 && dup2(in.ends[0], STDIN_FILENO) >= 0);
    static const char text[] = "first\r\n\n\tq\x1b\x7f\nlast \xFF";
    rf_check(write(in.ends[1], text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(in.ends[1]);
    in.ends[1] = -1;
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "let a = Console.readLine ()\nlet b = Console.readLine ()\nlet keys = [for i in 1 .. 5 -> Console.readKey ()]\n(a, b, keys, Console.readLine (), Console.readLine ())",
                   "(first, , [Tab; q; Escape; Backspace; Enter], last \xEF\xBF\xBD, )");
    test_run_check(&run, "Console.readKey ()", "error: failed to fill whole buffer");
    test_run_check(&run, "Console.readLine 1", "error: Type mismatch: expected unit, got int");
    test_run_check(&run, "Console.write \"a\"\nConsole.writeLine \"b\"\nConsole.clear ()", "ab\n\033[2J\033[H()");
}

/* ---- A terminal that notes what it is told ---- */

static rf_slice give_name(void *user RF_UNUSED) { return RF_SLICE("bash"); }
static rf_slice give_nothing(void *user RF_UNUSED) { return (rf_slice){ 0 }; }
static rf_slice give_line(void *user RF_UNUSED, int64_t index) { return index >= 0 && index < 3 ? (rf_slice){ &"abc"[index], 1 } : (rf_slice){ 0 }; }
static void give_size(void *user RF_UNUSED, int64_t *ret_cols, int64_t *ret_rows) { *ret_cols = 80, *ret_rows = 24; }
static int64_t give_pid(void *user RF_UNUSED) { return 1234; }
static void note(void *user, rf_slice text) { test_run_write(user, text); }
static bool split(void *user RF_UNUSED, bool horizontal, int64_t *ret_pane) { return *ret_pane = horizontal ? 42 : 43, true; }
static bool act(void *user RF_UNUSED, int64_t id) { return id == 1; }
static bool title(void *user, int64_t id, rf_slice text) { return test_run_write(user, text) && id == 1; }

RF_TEST(terminal_answers) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_fus_terminal terminal = { .user = &run, .foreground_process = give_name, .working_dir = give_nothing, .line = give_line,
                                 .window_title = give_name, .size = give_size, .foreground_pid = give_pid, .foreground_command = give_name,
                                 .send_text = note, .send_key = note, .show_toast = note, .split = split, .close_pane = act,
                                 .focus_pane = act, .close_tab = act, .set_tab_title = title };
    run.host.terminal = &terminal;
    test_run_check(&run, "TerminalInfo.getForegroundProcess ()", "Some({ commandLine = Some(bash); name = bash; pid = 1234 })");
    test_run_check(&run, "(TerminalInfo.getCurrentWorkingDir (), TerminalInfo.getLine 1, TerminalInfo.getLine 9, TerminalInfo.getLines 1 100)", "(None, Some(b), None, [b; c])");
    test_run_check(&run, "(TerminalInfo.getWindowTitle (), TerminalInfo.getTabTitle (), TerminalInfo.getTerminalSize ())", "(bash, , (80, 24))");
    test_run_check(&run, "TerminalControl.sendText \"ls\"\nTerminalControl.sendKeys [\"a\"; \"b\"]\nTerminalControl.showToast \"!\"", "lsab!()");
    test_run_check(&run, "(TerminalControl.splitHorizontal (), TerminalControl.splitVertical (), TerminalControl.createTab ())", "(Some(42), Some(43), None)");
    test_run_check(&run, "(TerminalControl.closePane 1, TerminalControl.focusPane 2, TerminalControl.closeTab 1, TerminalControl.setTabTitle 1 \"t\")", "t(true, false, true, true)");
    test_run_check(&run, "TerminalControl.sendKeys [1]", "error: Type mismatch: expected string list, got list with non-string elements");
}

RF_TEST(terminal_is_absent) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    test_run_check(&run, "(TerminalInfo.getForegroundProcess (), TerminalInfo.getLine 0, TerminalInfo.getLines 0 5, TerminalInfo.getTabTitle (), TerminalInfo.getTerminalSize ())",
                   "(None, None, [], , (0, 0))");
    test_run_check(&run, "(TerminalControl.closePane 1, TerminalControl.createTab (), TerminalControl.sendText \"x\", TerminalControl.sendKeys [\"x\"])", "(false, None, (), ())");
    test_run_check(&run, "TerminalInfo.getTabTitle 1", "error: Type mismatch: expected unit, got int");
}

RF_TEST(world_is_withheld) {
    test_run run RF_CLEANUP(test_run_done) = { .host = { .capabilities = RF_FUS_CAN_READ_FILES } };
    test_run_check(&run, "File.exists \"/\"", "true");
    rf_check(test_run_script(&run, "Process.run \"true\" []"));
    rf_check(rf_slice_starts(rf_buffer_view(&run.out), RF_SLICE("error: ")));
    rf_check(test_run_script(&run, "File.delete \"x\""));
    rf_check(rf_slice_starts(rf_buffer_view(&run.out), RF_SLICE("error: ")));
}
