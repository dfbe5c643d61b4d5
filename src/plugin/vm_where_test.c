/* vm_where_test.c: the stage and the line that a profiler sees while a plugin runs, in both languages. */
#include "harness.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/where.h"
#include "plugin/api.h"
#include "plugin/vm.h"
#include "plugin/vm_where.h"

#include <stdio.h>
#include <string.h>

typedef struct bench {
    const rf_vm_kind *kind;
    rf_plugin_shared shared;
    rf_plugin_host host;
    rf_manifest manifest;
    rf_plugin_api api;
    rf_plugin_code *code;
    rf_plugin_vm *vm;
    rf_arena arena;
    rf_buffer seen; /* a line for each thing that was logged */
    rf_error error;
} bench;

static void bench_done(bench *b) {
    if (b->kind) {
        b->kind->close(b->vm);
        b->kind->code_free(b->code);
    }
    rf_plugin_api_done(&b->api);
    rf_plugin_shared_done(&b->shared);
    rf_arena_done(&b->arena);
    rf_buffer_done(&b->seen);
}

/* As a signal would that comes while the host's function runs. */
static void on_log(void *user, rf_slice plugin, rf_log_level level, rf_slice text) {
    bench *b = user;
    rf_script_frame frames[RF_WHERE_FRAMES_MAX];
    rf_where *now = rf_where_now;
    (void)plugin;
    (void)level;
    (void)text;
    if (!now) {
        rf_buffer_text(&b->seen, "nothing\n");
        return;
    }
    uint32_t count = now->frames(now->engine, frames, RF_WHERE_FRAMES_MAX);
    rf_buffer_text(&b->seen, now->stage);
    if (count == RF_WHERE_LATER)
        rf_buffer_text(&b->seen, " later");
    for (uint32_t i = 0; i < count && count != RF_WHERE_LATER; i++)
        rf_buffer_printf(&b->seen, " %s %s:%u", frames[i].function, frames[i].file, frames[i].line);
    rf_buffer_char(&b->seen, '\n');
}

static bool start(bench *b, const char *path, const char *text) {
    const rf_plugin_text source = { path, rf_slice_of(text) };
    const rf_vm_options options = { 0, 16u << 20, 20 * RF_NS_PER_S, &b->api };
    b->kind = rf_vm_kind_of(path);
    rf_arena_init(&b->arena, 4096);
    b->host = (rf_plugin_host){ .user = b, .kind = "test", .log = on_log };
    b->manifest = (rf_manifest){ .name = RF_SLICE("redact"), .version = RF_SLICE("1.0.0") };
    b->api = (rf_plugin_api){ .host = &b->host, .manifest = &b->manifest, .quota = RF_PLUGIN_QUOTA_DEFAULT };
    rf_arena_init(&b->api.arena, 1024);
    return !rf_plugin_shared_init(&b->shared, NULL, &b->error) && !b->kind->compile(&b->shared, &source, NULL, &b->code, &b->error) &&
           !b->kind->open(&b->shared, b->code, &options, &b->vm, &b->error);
}

static rf_code say(bench *b, const char *text) {
    const rf_pv arg = { .kind = RF_PV_TEXT, .text = rf_slice_of(text) };
    rf_answer answer;
    return b->kind->call(b->vm, RF_HOOK_OUTPUT, &arg, 1, 20 * RF_NS_PER_S, &b->arena, &answer, &b->error);
}

RF_TEST(hooks_of_javascript_are_seen_with_their_line) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(start(&b, "redact.js", "console.log('top');\nfunction deep(text) {\n  console.log(text);\n}\n"
                                    "function on_output(text) {\n  if (text === 'x') throw new Error(text);\n  deep(text);\n}\n"));
    rf_check(!rf_where_now);
    rf_check(say(&b, "line") == RF_OK && !rf_where_now);
    rf_check(say(&b, "x") != RF_OK && !rf_where_now);
    rf_check_text(rf_buffer_view(&b.seen), RF_SLICE("redact load <script> redact.js:1\n"
                                                    "redact on_output deep redact.js:3 on_output redact.js:7\n"));
}

RF_TEST(hooks_of_fusabi_are_seen) {
    RF_CLEANUP(bench_done) bench b = { 0 };
    rf_check(start(&b, "redact.fsx", "printfn \"top\"\nlet on_output text =\n    printfn \"line\"\n    if text = \"x\" then failwith text else Continue\n"));
    rf_check(!rf_where_now);
    rf_check(say(&b, "line") == RF_OK && !rf_where_now);
    rf_check(say(&b, "x") != RF_OK && !rf_where_now);
    rf_check_text(rf_buffer_view(&b.seen), RF_SLICE("redact load later\nredact on_output later\nredact on_output later\n"));
}

RF_TEST(a_plugin_that_does_not_load_leaves) {
    static const struct { const char *path, *text; } rows[] = {
        { "p.js", "throw new Error('no')" },
        { "p.js", "const a = []; for (;;) a.push('x' + a.length)" },
        { "p.fsx", "failwith \"no\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(bench_done) bench b = { 0 };
        rf_check(!start(&b, rows[i].path, rows[i].text));
        rf_check(!rf_where_now);
    }
}

RF_TEST(each_hook_has_its_name) {
    rf_plugin_api api = { 0 };
    rf_plugin_stages stages = { 0 };
    rf_error error;
    rf_check(rf_plugin_stages_init(&stages, &api, &error) == RF_OK);
    bool right = strcmp(stages.load, "plugin load") == 0;
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        right = right && strncmp(stages.hooks[i], "plugin ", 7) == 0 && strcmp(stages.hooks[i] + 7, rf_hooks[i].name) == 0;
    rf_plugin_stages_done(&stages);
    rf_check(right && !stages.texts);
}
