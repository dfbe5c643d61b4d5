/* record: a host that measures its scripts: what on_line costs for each line of standard input, as a table at the end. */
#include <riffle/fusabi.h>
#include <riffle/observe.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char text[] = "let on_line text = String.toUpper text\n";

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
static int fail(const rf_error *error) {
    fprintf(stderr, "%s:%u: %s\n", error->place.file, error->place.line, error->message);
    return 1;
}

int main(void) {
    char line[4096], report[4096];
    rf_fusabi_engine *engine; rf_fusabi_program *program; rf_fusabi_vm *vm; rf_fusabi_script *script;
    rf_fusabi_handle on_line; rf_fusabi_value answer; rf_error error = { .code = RF_OK };
    rf_recorder *recorder; rf_recorded_plugin upper;
    const rf_slice bytes = { text, sizeof text - 1 };
    const uint64_t began = now_ns();
    if (rf_fusabi_engine_new(&engine, &error) || rf_fusabi_load(engine, "upper.fsx", bytes, NULL, &program, &error) ||
        rf_fusabi_vm_new(engine, NULL, &vm, &error) || rf_fusabi_run(vm, program, &script, NULL, &error) ||
        rf_fusabi_find(vm, script, "on_line", &on_line, &error) || rf_recorder_new(&recorder, &error) ||
        rf_recorder_plugin(recorder, "upper", &upper, &error))
        return fail(&error);
    rf_record_plugin_load(recorder, upper, now_ns() - began);
    while (fgets(line, sizeof line, stdin)) {
        const rf_fusabi_value arg = rf_fusabi_string(line, strcspn(line, "\n"));
        const uint64_t before = now_ns();
        const rf_code code = rf_fusabi_call(vm, on_line, &arg, 1, &answer, &error);
        rf_record_plugin_output(recorder, upper, now_ns() - before);
        if (code)
            fail(&error);
        else if (answer.kind == RF_FUSABI_STRING)
            printf("%.*s\n", RF_SLICE_ARG(answer.text));
    }
    rf_recorder_report(recorder, report, sizeof report);
    fputs(report, stderr);
    return rf_recorder_free(recorder), rf_fusabi_vm_free(vm), rf_fusabi_program_unref(program), rf_fusabi_engine_unref(engine), 0;
}
