/* embed: a host of Fusabi in 40 lines: a script's on_line decides what is printed for each line of standard input. */
#include <riffle/fusabi.h>
#include <stdio.h>
#include <string.h>

static rf_code shout(rf_fusabi_vm *vm, void *user, const rf_fusabi_value *args, uint32_t count, rf_fusabi_value *ret, rf_error *reterr) {
    (void)vm, (void)count; /* as many as the arity below */
    if (args[0].kind != RF_FUSABI_STRING)
        return rf_raise(reterr, RF_ESCRIPT, "shout wants a text");
    printf("%.*s!\n", RF_SLICE_ARG(args[0].text));
    *ret = rf_fusabi_int(++*(unsigned *)user);
    return RF_OK;
}
static int fail(const rf_error *error) {
    fprintf(stderr, "%s:%u: %s\n", error->place.file, error->place.line, error->message);
    return 1;
}

int main(int argc, char **argv) {
    char text[65536], line[4096];
    unsigned shouts = 0;
    rf_fusabi_engine *engine; rf_fusabi_program *program; rf_fusabi_vm *vm; rf_fusabi_script *script;
    rf_fusabi_handle on_line; rf_fusabi_value answer; rf_error error = { .code = RF_OK };
    const rf_fusabi_host_function host = { "shout", "string -> int", "text", "Prints it, and how often so far.", 1, 0, shout, &shouts };
    const rf_fusabi_vm_options options = { .limits = { 100000000, 16 << 20, 10000 }, .script_name = argv[argc > 1] };
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    const rf_slice bytes = { text, file ? fread(text, 1, sizeof text, file) : 0 };
    if (rf_fusabi_engine_new(&engine, &error) || rf_fusabi_register(engine, &host, &error) ||
        rf_fusabi_load(engine, argv[argc > 1], bytes, NULL, &program, &error) || rf_fusabi_vm_new(engine, &options, &vm, &error) ||
        rf_fusabi_run(vm, program, &script, NULL, &error) || rf_fusabi_find(vm, script, "on_line", &on_line, &error))
        return fail(&error);
    while (fgets(line, sizeof line, stdin)) {
        const rf_fusabi_value arg = rf_fusabi_string(line, strcspn(line, "\n"));
        if (rf_fusabi_call(vm, on_line, &arg, 1, &answer, &error))
            fail(&error);
        else if (answer.kind == RF_FUSABI_STRING)
            printf("%.*s\n", RF_SLICE_ARG(answer.text));
    }
    return rf_fusabi_vm_free(vm), rf_fusabi_program_unref(program), rf_fusabi_engine_unref(engine), file ? fclose(file) : 1;
}
