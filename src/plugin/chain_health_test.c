/* chain_health_test.c: a language made for tests fails on order: what chains do about it, and about calls from within hooks. */
#include "plugin/chain_fixture.h"
#include "plugin/chain_internal.h"

/* What the language does, and what was done to it. */
struct rf_plugin_code {
    uint32_t hooks;
    rf_code fails;         /* each call of a hook but on_load and on_reload */
    unsigned flags;        /* of that error */
    rf_code load_fails, open_fails;
    bool state_lost;       /* there is no state to be had, as of a VM that was lost */
    rf_verdict verdict;
    rf_slice text;
    rf_value data;
    void (*inside)(void *user); /* called in each hook */
    void *user;
    uint32_t opened, closed, loaded, reloaded, unloaded, called;
};
struct rf_plugin_vm { rf_plugin_code *code; };

static void fake_code_free(rf_plugin_code *code) { (void)code; /* the test's */ }
static uint32_t fake_hooks(const rf_plugin_vm *vm) { return vm->code->hooks; }
static void fake_interrupt(rf_plugin_vm *vm) { (void)vm; }
static void fake_counts(const rf_plugin_vm *vm, rf_vm_counts *ret_counts) { *ret_counts = (rf_vm_counts){ .held_bytes = sizeof *vm }; }

static rf_code fake_open(const rf_plugin_shared *shared, rf_plugin_code *code, const rf_vm_options *options, rf_plugin_vm **ret_vm, rf_error *reterr) {
    (void)shared;
    (void)options;
    if (code->open_fails)
        return rf_raise(reterr, code->open_fails, "it does not open");
    rf_plugin_vm *vm = rf_alloc(sizeof *vm);
    if (!vm)
        return rf_raise_nomem(reterr);
    vm->code = code;
    code->opened++;
    *ret_vm = vm;
    return RF_OK;
}

static void fake_close(rf_plugin_vm *vm) {
    if (vm)
        vm->code->closed++;
    rf_free(vm);
}

static rf_code fake_call(rf_plugin_vm *vm, rf_hook hook, const rf_pv *args, uint32_t count, uint64_t time_ns, rf_arena *arena, rf_answer *ret_answer,
                         rf_error *reterr) {
    (void)args;
    (void)count;
    (void)time_ns;
    (void)arena;
    rf_plugin_code *code = vm->code;
    bool begins = hook == RF_HOOK_LOAD || hook == RF_HOOK_RELOAD;
    code->loaded += hook == RF_HOOK_LOAD;
    code->reloaded += hook == RF_HOOK_RELOAD;
    code->unloaded += hook == RF_HOOK_UNLOAD;
    code->called += !begins && hook != RF_HOOK_UNLOAD;
    if (code->inside)
        code->inside(code->user);
    *ret_answer = (rf_answer){ .verdict = code->verdict, .text = code->text, .data = code->data };
    if (begins ? !code->load_fails : !code->fails)
        return RF_OK;
    rf_code failed = rf_raise(reterr, begins ? code->load_fails : code->fails, "%s fails", rf_hooks[hook].name);
    rf_error_flag(reterr, code->flags);
    return failed;
}

static rf_code fake_state(rf_plugin_vm *vm, rf_arena *arena, rf_value *ret_state, rf_error *reterr) {
    (void)arena;
    *ret_state = (rf_value){ .kind = RF_MAP };
    if (!vm->code->state_lost)
        return RF_OK;
    (void)rf_raise(reterr, RF_ELIMIT, "the state was lost");
    rf_error_flag(reterr, RF_ERROR_FATAL);
    return RF_ELIMIT;
}

static const rf_vm_kind fake_kind = {
    .name = "fake", .code_free = fake_code_free, .open = fake_open, .close = fake_close, .hooks = fake_hooks, .call = fake_call,
    .state = fake_state, .interrupt = fake_interrupt, .counts = fake_counts,
};

#define ALL_HOOKS ((1u << RF_HOOK_COUNT) - 1)

/* A plugin of that code; the bench keeps a reference. NULL: out of memory. */
static rf_plugin *fake_plugin(chain_bench *b, const char *name, rf_plugin_code *code) {
    rf_plugin *plugin = rf_plugin_new(NULL);
    if (!plugin)
        return NULL;
    plugin->kind = &fake_kind;
    plugin->path = name;
    plugin->code = code;
    plugin->manifest = (rf_manifest){ .name = rf_slice_of(name), .version = RF_SLICE("1.0.0"), .max_failures = 3, .heap_bytes = 1 };
    b->plugins[b->count++] = plugin;
    return plugin;
}

static bool fake_start(chain_bench *b, const char *name, rf_plugin_code *code) {
    rf_plugin *plugin = chain_bench_start(b) ? fake_plugin(b, name, code) : NULL;
    return plugin && !rf_chain_add(b->chain, plugin, &b->error);
}

static rf_plugin_status first(chain_bench *b) {
    rf_plugin_status status = { .state = RF_PLUGIN_DISABLED };
    (void)rf_chain_status(b->chain, 0, &status); /* not there: the checks say so */
    return status;
}

static size_t count_lines(chain_bench *b) {
    size_t lines = 0;
    for (size_t i = 0; i < b->log.len; i++)
        lines += b->log.data[i] == '\n';
    return lines;
}

RF_TEST(failures_in_a_row_are_counted_over_all_hooks) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .fails = RF_ESCRIPT };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "bad", &code));
    (void)chain_bench_say(&b, "x");
    (void)rf_chain_text(b.chain, RF_HOOK_INPUT, RF_SLICE("x"));
    rf_check(first(&b).state == RF_PLUGIN_RUNNING && first(&b).failures == 2);
    rf_chain_command(b.chain, RF_SLICE("bad"), RF_SLICE("id"));
    rf_check(first(&b).state == RF_PLUGIN_FAILED && first(&b).failures == 3);
    rf_check(first(&b).hooks[RF_HOOK_OUTPUT].errors == 1 && first(&b).hooks[RF_HOOK_REMOTE_COMMAND].errors == 1);
    rf_check(!rf_chain_wants(b.chain, RF_HOOK_OUTPUT) && !rf_chain_wants(b.chain, RF_HOOK_REMOTE_COMMAND));
}

RF_TEST(a_run_of_lines_ends_for_a_plugin_that_fails_too_often) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .fails = RF_ESCRIPT };
    CHAIN_BENCH(b);
    rf_slice lines[] = { RF_SLICE("1"), RF_SLICE("2"), RF_SLICE("3"), RF_SLICE("4"), RF_SLICE("5") };
    rf_outcome_text out[5];
    rf_check(fake_start(&b, "bad", &code));
    rf_chain_lines(b.chain, lines, 5, out);
    rf_check(rf_test_torture() || code.called == 3);
    for (size_t i = 0; i < 5; i++)
        rf_check(out[i].verdict == RF_VERDICT_CONTINUE && out[i].bytes.data == lines[i].data);
}

RF_TEST(a_plugin_without_a_bound_fails_for_ever_and_the_log_is_spared) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .fails = RF_ESCRIPT };
    CHAIN_BENCH(b);
    rf_check(chain_bench_start(&b));
    rf_plugin *plugin = fake_plugin(&b, "bad", &code);
    rf_check(plugin);
    plugin->manifest.max_failures = 0;
    rf_check(rf_chain_add(b.chain, plugin, &b.error) == RF_OK);
    for (int i = 0; i < 20; i++)
        (void)chain_bench_say(&b, "x");
    rf_check(first(&b).state == RF_PLUGIN_RUNNING && first(&b).failures == 20 && code.called == 20);
    rf_check(rf_test_torture() || count_lines(&b) == 3);
}

RF_TEST(a_lost_vm_is_opened_anew_at_once) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .fails = RF_ELIMIT, .flags = RF_ERROR_FATAL };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "lost", &code));
    rf_check(code.opened == 1 && code.loaded == 1);
    (void)chain_bench_say(&b, "x");
    rf_check(rf_test_torture() || (code.opened == 2 && code.closed == 1 && code.loaded == 2 && first(&b).state == RF_PLUGIN_RUNNING));
    code.fails = RF_OK;
    (void)chain_bench_say(&b, "x");
    rf_check(rf_test_torture() || first(&b).failures == 0);
}

RF_TEST(one_that_cannot_be_opened_anew_is_taken_out_until_it_can) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .fails = RF_ELIMIT, .flags = RF_ERROR_FATAL };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "lost", &code));
    code.open_fails = RF_ELIMIT;
    (void)chain_bench_say(&b, "x");
    rf_check(first(&b).state == RF_PLUGIN_FAILED && first(&b).last_error.code == RF_ELIMIT && code.called == 1);
    rf_check(rf_test_torture() || (chain_bench_logged(&b, "could not be opened anew") && chain_bench_logged(&b, "riffle plugin enable lost")));
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("lost"), true, &b.error) == RF_OK);
    (void)chain_bench_say(&b, "x");
    rf_check(first(&b).state == RF_PLUGIN_FAILED && code.called == 1);
    code.open_fails = code.fails = RF_OK;
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("lost"), true, &b.error) == RF_OK);
    (void)chain_bench_say(&b, "x");
    rf_check(rf_test_torture() || (first(&b).state == RF_PLUGIN_RUNNING && code.called == 2 && code.opened == 2));
}

RF_TEST(one_that_lacks_a_hook_when_opened_anew_is_taken_out) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .fails = RF_ELIMIT, .flags = RF_ERROR_FATAL };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "lost", &code));
    code.hooks = 1u << RF_HOOK_OUTPUT;
    (void)chain_bench_say(&b, "x");
    rf_check(first(&b).state == RF_PLUGIN_FAILED);
    rf_check(rf_test_torture() || chain_bench_logged(&b, "does not define on_load this time"));
}

RF_TEST(messages_of_no_use_count_as_failures_in_a_row) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .verdict = RF_VERDICT_MODIFY, .data = rf_int(7) };
    CHAIN_BENCH(b);
    rf_arena arena RF_CLEANUP(rf_arena_done);
    rf_arena_init(&arena, 4096);
    rf_check(fake_start(&b, "seven", &code));
    rf_value message = { .kind = RF_MAP };
    rf_outcome_message made;
    for (uint32_t i = 1; i <= 4; i++) {
        rf_check(rf_chain_message(b.chain, &message, &arena, &made, &b.error) == RF_OK);
        rf_check(made.list.size == 1 && made.list.items[0].kind == RF_MAP && made.failed == (i < 4));
        rf_check(first(&b).failures == (i < 4 ? i : 3) && first(&b).hooks[RF_HOOK_MESSAGE].errors == (i < 4 ? i : 3));
    }
    rf_check(first(&b).state == RF_PLUGIN_FAILED && code.called == 3);
    rf_check(strstr(b.error.message, "plugin seven: on_message must give messages"));
}

/* ---- From within a hook ---- */

typedef struct nested { chain_bench *bench; rf_plugin *other; int wrong, times; } nested;

static void call_back(void *user) {
    nested *n = user;
    rf_chain *chain = n->bench->chain;
    rf_slice line = RF_SLICE("inner"), lines[] = { line };
    rf_outcome_text out = rf_chain_text(chain, RF_HOOK_OUTPUT, line), outs[1];
    rf_pv arg = { .kind = RF_PV_TEXT, .text = line };
    rf_chain_lines(chain, lines, 1, outs);
    rf_chain_notify(chain, RF_HOOK_ATTACH, &arg, 1);
    rf_chain_command(chain, RF_SLICE(""), RF_SLICE("\xff\xff\xff"));
    n->times++;
    n->wrong += out.verdict != RF_VERDICT_CONTINUE || out.bytes.data != line.data || outs[0].bytes.data != line.data;
    n->wrong += rf_chain_add(chain, n->other, NULL) != RF_EREFUSED;
    n->wrong += rf_chain_swap(chain, n->other, NULL) != RF_EREFUSED;
    n->wrong += rf_chain_remove(chain, RF_SLICE("outer"), NULL) != RF_EREFUSED;
    n->wrong += rf_chain_tick(chain, 0) != UINT64_MAX;
}

RF_TEST(a_host_that_calls_back_from_within_a_hook_gets_its_data_back) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .verdict = RF_VERDICT_MODIFY, .text = RF_SLICE("made") }, other = { .hooks = ALL_HOOKS };
    CHAIN_BENCH(b);
    nested n = { .bench = &b };
    rf_check(fake_start(&b, "outer", &code));
    rf_check(n.other = fake_plugin(&b, "other", &other));
    code.inside = call_back;
    code.user = &n;
    rf_outcome_text made = rf_chain_text(b.chain, RF_HOOK_OUTPUT, RF_SLICE("a\xfe"));
    rf_check(rf_test_torture() || n.times == 1);
    rf_check(n.wrong == 0 && other.opened == 0 && rf_chain_count(b.chain) == 1);
    rf_check(rf_test_torture() || rf_slice_is(made.bytes, "made"));
    rf_check(rf_chain_remove(b.chain, RF_SLICE("outer"), &b.error) == RF_OK);
    rf_check(n.wrong == 0 && code.unloaded == 1 && (rf_test_torture() || n.times == 2));
}

/* ---- Swaps and posts ---- */

RF_TEST(a_result_outlives_the_version_that_made_it) {
    char text[] = "made by the old one";
    rf_plugin_code code = { .hooks = ALL_HOOKS, .verdict = RF_VERDICT_MODIFY, .text = { text, sizeof text - 1 } }, next = { .hooks = ALL_HOOKS };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "same", &code));
    rf_plugin *plugin = fake_plugin(&b, "same", &next);
    rf_check(plugin);
    rf_outcome_text made = chain_bench_say(&b, "x");
    rf_check(rf_chain_swap(b.chain, plugin, &b.error) == RF_OK);
    memset(text, '#', sizeof text - 1); /* as memory of a VM that is gone */
    rf_check(rf_test_torture() || rf_slice_is(made.bytes, "made by the old one"));
    rf_check(next.reloaded == 1 && next.loaded == 0 && code.unloaded == 1 && code.closed == 1);
}

RF_TEST(a_version_may_follow_one_whose_state_was_lost) {
    rf_plugin_code code = { .hooks = ALL_HOOKS, .state_lost = true }, next = { .hooks = ALL_HOOKS };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "same", &code));
    rf_plugin *plugin = fake_plugin(&b, "same", &next);
    rf_check(plugin && rf_chain_swap(b.chain, plugin, &b.error) == RF_OK);
    rf_check(next.reloaded == 0 && next.loaded == 1 && code.closed == 1);
}

RF_TEST(of_posts_about_one_plugin_the_last_one_counts) {
    rf_plugin_code code = { .hooks = ALL_HOOKS }, next[4] = { { .hooks = ALL_HOOKS }, { .hooks = ALL_HOOKS }, { .hooks = ALL_HOOKS }, { .hooks = ALL_HOOKS } };
    CHAIN_BENCH(b);
    rf_plugin *versions[4];
    rf_check(fake_start(&b, "same", &code));
    for (size_t i = 0; i < 4; i++) {
        rf_check(versions[i] = fake_plugin(&b, "same", &next[i]));
        rf_check(rf_chain_post_swap(b.chain, versions[i], &b.error) == RF_OK);
        rf_check(rf_chain_post_enable(b.chain, RF_SLICE("same"), i % 2 != 0, &b.error) == RF_OK);
    }
    rf_check(atomic_load(&versions[2]->references) == 1 && atomic_load(&versions[3]->references) == 2);
    (void)chain_bench_say(&b, "x");
    rf_check(next[0].opened == 0 && next[2].opened == 0);
    rf_check(rf_test_torture() || (next[3].opened == 1 && next[3].called == 1 && first(&b).reloads == 1));
}

RF_TEST(posts_that_nobody_took_go_with_the_chain) {
    rf_plugin_code code = { .hooks = ALL_HOOKS }, next = { .hooks = ALL_HOOKS };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "same", &code));
    rf_plugin *plugin = fake_plugin(&b, "same", &next);
    rf_check(plugin && rf_chain_post_swap(b.chain, plugin, &b.error) == RF_OK);
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("same"), false, &b.error) == RF_OK);
    rf_chain_free(b.chain);
    b.chain = NULL;
    rf_check(atomic_load(&plugin->references) == 1 && code.closed == 1 && code.unloaded == 1);
}

RF_TEST(a_name_that_is_nearly_right_gets_a_hint) {
    rf_plugin_code code = { .hooks = ALL_HOOKS };
    CHAIN_BENCH(b);
    rf_check(fake_start(&b, "git-status", &code));
    rf_check(rf_chain_post_enable(b.chain, RF_SLICE("git-statsu"), true, &b.error) == RF_ENOTFOUND || b.error.code == RF_ENOMEM);
    rf_check(rf_test_torture() || strstr(b.error.hint, "git-status"));
    rf_check(rf_chain_remove(b.chain, RF_SLICE("nothing like it"), &b.error) == RF_ENOTFOUND && !b.error.hint[0]);
}

/* What the host shows for the one status item that there is. */
typedef struct shown { char text[40]; } shown;
static void show_status(void *user, rf_slice plugin, rf_slice id, rf_slice text, int64_t priority) {
    shown *s = user;
    (void)plugin;
    (void)id;
    (void)priority;
    (void)snprintf(s->text, sizeof s->text, "%.*s", RF_SLICE_ARG(text));
}

RF_TEST(what_a_new_version_shows_stays_when_the_old_one_goes) {
    CHAIN_BENCH(b);
    shown s = { "" };
    rf_check(chain_bench_start(&b));
    b.host = (rf_plugin_host){ .user = &s, .kind = "test", .status = show_status };
    rf_check(chain_bench_add(&b, "s.js", "// @capabilities: ui\nfunction on_load() { Ui.status('a', 'old', 0); }\n"));
    rf_check(strcmp(s.text, "old") == 0);
    rf_plugin *next = chain_bench_load(&b, "s.js", "// @capabilities: ui\nfunction on_load() { Ui.status('a', 'new', 0); }\n");
    rf_check(next && rf_chain_swap(b.chain, next, &b.error) == RF_OK);
    rf_check(strcmp(s.text, "new") == 0);
    rf_check(rf_chain_remove(b.chain, RF_SLICE("s"), &b.error) == RF_OK && s.text[0] == '\0');
}

RF_TEST(a_huge_line_leaves_no_huge_buffers) {
    rf_plugin_code code = { .hooks = ALL_HOOKS };
    CHAIN_BENCH(b);
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_check(fake_start(&b, "any", &code));
    rf_check(rf_buffer_reserve(&line, (size_t)3 << 20));
    memset(line.data, 0xff, (size_t)3 << 20); /* each byte takes three as text */
    (void)rf_chain_text(b.chain, RF_HOOK_OUTPUT, (rf_slice){ line.data, (size_t)3 << 20 });
    rf_check(rf_test_torture() || b.chain->in.cap > (size_t)8 << 20);
    (void)chain_bench_say(&b, "x");
    rf_check(b.chain->in.cap < (size_t)1 << 20);
}
