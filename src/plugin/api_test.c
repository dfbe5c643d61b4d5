/* api_test.c: the Host API apart from what it draws: quotas, log, timers, facts, screen, store, the manual. */
#include "harness.h"

#include "api_fixture.h"
#include "base/clock.h"
#include "riffle/fusabi.h"
#include "script/fusabi/library.h"

#include <quickjs/quickjs.h>

#define RF_CLEAN_FIXTURE(name) RF_CLEANUP(rf_api_fixture_done) rf_api_fixture name; rf_api_fixture_init(&name)
#define GONE_BY(seconds, fixture) ((fixture)->api.second_started_ns -= (seconds) * RF_NS_PER_S)

/* ---- The table ---- */

static uint32_t arrows(const char *type) {
    uint32_t count = 0;
    for (const char *at = strstr(type, "->"); at; at = strstr(at + 2, "->"))
        count++;
    return count;
}

RF_TEST(rows_are_sorted_whole_and_clash_with_nothing) {
    for (size_t i = 0; i < rf_api_row_count; i++) {
        const rf_api_row *row = &rf_api_rows[i];
        uint32_t count = 0;
        while (row->params[count].name)
            count++;
        rf_check(i == 0 || strcmp(rf_api_rows[i - 1].name, row->name) < 0);
        rf_check(count < RF_API_PARAMS_MAX && arrows(row->type) == (count ? count : 1));
        rf_check(row->call && row->doc && strncmp(row->example, row->name, strlen(row->name)) == 0);
        rf_slice name = rf_slice_of(row->name), module = { row->name, rf_slice_find(name, '.') };
        rf_check(!rf_fus_lib_find(name) && !rf_fus_lib_is_module(module));
    }
    rf_check(rf_api_row_count == 36 && !rf_api_rows[rf_api_row_count].name);
}

RF_TEST(a_host_that_has_nothing_says_so_for_each_function) {
    static const char *const always[] = { "Plugin.", "Timer." };
    RF_CLEAN_FIXTURE(f);
    const rf_pv args[RF_API_PARAMS_MAX] = { T("x"), T("x"), T("x") };
    f.host = (rf_plugin_host){ .kind = "bare" };
    for (size_t i = 0; i < rf_api_row_count; i++) {
        const char *name = rf_api_rows[i].name;
        if (strncmp(name, always[0], strlen(always[0])) == 0 || strncmp(name, always[1], strlen(always[1])) == 0)
            continue;
        for (int with = 1; with >= 0; with--) {
            f.api.host = with ? &f.host : NULL;
            rf_check(rf_api_fixture_call(&f, name, args) == RF_ENOTFOUND);
            rf_check(rf_slice_starts(message_of(&f), rf_slice_of(name)) && strstr(f.error.message, ": this host has no "));
        }
    }
}

/* ---- Log ---- */

RF_TEST(log_lines_reach_the_host_with_their_level) {
    RF_CLEAN_FIXTURE(f);
    rf_check(!api(&f, "Log.debug", T("a")) && !api(&f, "Log.info", T("b\n\tc")) && !api(&f, "Log.warn", T("")) && !api(&f, "Log.error", T("\x1B[2J")));
    rf_check_text(told(&f), RF_SLICE("log calm 5 [a]\nlog calm 4 [b\n\tc]\nlog calm 3 []\nlog calm 2 [\xEF\xBF\xBD[2J]\n"));
    rf_check_text(given(&f), RF_SLICE("unit"));
}

RF_TEST(log_lines_over_the_quota_are_left_out_and_counted) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota.log_lines_per_second = 2;
    for (int i = 0; i < 5; i++)
        rf_check(!api(&f, "Log.info", T("x")));
    rf_check_text(told(&f), RF_SLICE("log calm 4 [x]\nlog calm 4 [x]\n"));
    GONE_BY(2, &f);
    rf_check(!api(&f, "Log.info", T("y")));
    rf_check_text(told(&f), RF_SLICE("log calm 3 [3 log lines were left out: more than 2 in a second]\nlog calm 4 [y]\n"));
    for (int i = 0; i < 2; i++)
        rf_check(!api(&f, "Log.info", T("z")));
    rf_plugin_api_done(&f.api);
    rf_check_text(told(&f), RF_SLICE("log calm 4 [z]\nlog calm 3 [1 log lines were left out: more than 2 in a second]\n"));
}

/* ---- Plugin and Session ---- */

static void set_config(rf_api_fixture *f, rf_member members[2]) {
    members[0] = (rf_member){ RF_SLICE("colour"), rf_string(RF_SLICE("red")) };
    members[1] = (rf_member){ RF_SLICE("depth"), rf_int(3) };
    f->api.config = (rf_value){ .kind = RF_MAP, .size = 2, .members = members };
}

RF_TEST(a_plugin_knows_itself_and_its_configuration) {
    RF_CLEAN_FIXTURE(f);
    rf_member members[2];
    set_config(&f, members);
    rf_check(!api_unit(&f, "Plugin.name"));
    rf_check_text(given(&f), RF_SLICE("\"calm\""));
    rf_check(!api_unit(&f, "Plugin.version"));
    rf_check_text(given(&f), RF_SLICE("\"1.2.3\""));
    rf_check(!api_unit(&f, "Plugin.host"));
    rf_check_text(given(&f), RF_SLICE("\"test\""));
    rf_check(!api(&f, "Plugin.config", T("colour")));
    rf_check_text(given(&f), RF_SLICE("red"));
    rf_check(!api(&f, "Plugin.config", T("depth")) && f.result.data.kind == RF_INT && f.result.data.integer == 3);
    rf_check(api(&f, "Plugin.config", T("color\x1B")) == RF_ENOTFOUND);
    rf_check_text(message_of(&f), RF_SLICE("Plugin.config: the manifest declares no key `color\xEF\xBF\xBD`"));
    rf_check_text(hint_of(&f), RF_SLICE("did you mean `colour`?"));
    f.api.config = rf_null();
    rf_check(api(&f, "Plugin.config", T("colour")) == RF_ENOTFOUND);
    rf_check_text(hint_of(&f), RF_SLICE(""));
}

static rf_slice tell_nonsense(void *user, rf_slice name) {
    (void)user;
    return rf_slice_is(name, "session.clients") ? RF_SLICE("many") : (rf_slice){ NULL, 0 };
}

RF_TEST(facts_come_from_the_host) {
    RF_CLEAN_FIXTURE(f);
    rf_check(!api_unit(&f, "Session.name"));
    rf_check_text(given(&f), RF_SLICE("\"session.name\""));
    rf_check(!api_unit(&f, "Session.directory"));
    rf_check_text(given(&f), RF_SLICE("\"session.directory\""));
    rf_check(!api_unit(&f, "Session.title"));
    rf_check_text(given(&f), RF_SLICE("\"vi \xEF\xBF\xBD\""));
    rf_check(!api_unit(&f, "Session.clients"));
    rf_check_text(given(&f), RF_SLICE("2"));
    rf_check(!api(&f, "Session.env", T("EDITOR")) && f.result.data.kind == RF_STRING);
    rf_check_text(given(&f), RF_SLICE("vi"));
    rf_check(!api(&f, "Session.env", T("EMPTY")) && f.result.data.kind == RF_STRING && f.result.data.size == 0);
    rf_check(!api(&f, "Session.env", T("NONE")) && f.result.data.kind == RF_NULL);
    f.host.fact = tell_nonsense;
    rf_check(api_unit(&f, "Session.title") == RF_ENOTFOUND);
    rf_check_text(message_of(&f), RF_SLICE("Session.title: this host has no session title"));
    rf_check(api_unit(&f, "Session.clients") == RF_EIO);
    rf_check_text(message_of(&f), RF_SLICE("Session.clients: the host says `many`, which is no number"));
}

/* ---- Term ---- */

RF_TEST(the_screen_is_text) {
    RF_CLEAN_FIXTURE(f);
    rf_check(!api_unit(&f, "Term.columns"));
    rf_check_text(given(&f), RF_SLICE("80"));
    rf_check(!api_unit(&f, "Term.rows"));
    rf_check_text(given(&f), RF_SLICE("3"));
    rf_check(!api_unit(&f, "Term.cursor"));
    rf_check_text(given(&f), RF_SLICE("map[column:4 row:1]"));
    rf_check(!api(&f, "Term.line", I(0)));
    rf_check_text(given(&f), RF_SLICE("$ make"));
    rf_check(!api(&f, "Term.line", I(-1)));
    rf_check_text(given(&f), RF_SLICE("newer"));
    rf_check(!api(&f, "Term.line", I(1)) && f.result.data.kind == RF_STRING && f.result.data.size == 0);
    rf_check(!api(&f, "Term.line", I(3)) && f.result.data.kind == RF_NULL);
    rf_check(!api(&f, "Term.line", I(INT64_MIN)) && f.result.data.kind == RF_NULL);
    rf_check(!api_unit(&f, "Term.screen"));
    rf_check_text(given(&f), RF_SLICE("[$ make  bad \xEF\xBF\xBD]"));
    rf_check(f.result.data.kind == RF_LIST && f.result.data.size == 3);
}

RF_TEST(the_scrollback_ends_with_its_newest_line) {
    RF_CLEAN_FIXTURE(f);
    rf_check(!api(&f, "Term.scrollback", I(1)));
    rf_check_text(given(&f), RF_SLICE("[newer]"));
    rf_check(!api(&f, "Term.scrollback", I(10000)));
    rf_check_text(given(&f), RF_SLICE("[older newer]"));
    rf_check(!api(&f, "Term.scrollback", I(0)) && f.result.data.size == 0);
    rf_check(api(&f, "Term.scrollback", I(-1)) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Term.scrollback: the count -1 is negative"));
    rf_check(api(&f, "Term.scrollback", I(10001)) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Term.scrollback: 10001 lines are asked for, at most 10000 are allowed"));
}

RF_TEST(what_is_sent_is_sent_as_it_is_bytes_and_all) {
    RF_CLEAN_FIXTURE(f);
    rf_check(!api(&f, "Term.send", T("\x1B[A\0ls\r")));
    rf_check_text(told(&f), RF_SLICE("send calm [\x1B[A\0ls\r]\n"));
    rf_check(!api(&f, "Term.send", T("\xEE\xBF\xBF\xC3\xA9")) && !api(&f, "Term.send", T(""))); /* U+EFFF stands for the byte FF */
    rf_check_text(told(&f), RF_SLICE("send calm [\xFF\xC3\xA9]\nsend calm []\n"));
    f.api.quota.text_bytes = 3;
    rf_check(api(&f, "Term.send", T("four")) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Term.send: the text is 4 bytes long, at most 3 are allowed"));
}

/* ---- Actions ---- */

RF_TEST(actions_of_all_kinds_share_one_quota_a_second) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota.actions_per_second = 3;
    for (int second = 0; second < 3; second++) {
        rf_check(!api(&f, "Ui.notify", T("t"), T("b"), T("info")) && !api(&f, "Term.send", T("x")));
        rf_check(api(&f, "Ui.notify", T("t"), T("b"), T("bad")) == RF_ECONFIG); /* does not count */
        rf_check(!api(&f, "Ui.menu", D(((rf_value){ .kind = RF_LIST }))));
        rf_check(told(&f).len > 0);
        rf_check(api(&f, "Ui.modal", T("t"), D(((rf_value){ .kind = RF_LIST }))) == RF_ELIMIT);
        rf_check_text(message_of(&f), RF_SLICE("Ui.modal: more than 3 actions in this second"));
        rf_check(api(&f, "Term.send", T("x")) == RF_ELIMIT);
        rf_check_text(told(&f), RF_SLICE(""));
        GONE_BY(1, &f);
    }
}

/* ---- Timers ---- */

static rf_slice due(rf_api_fixture *f, uint64_t now) {
    rf_buffer_clear(&f->text);
    char name[64];
    while (rf_plugin_api_take_due(&f->api, now, name))
        rf_buffer_printf(&f->text, "%s ", name);
    return rf_buffer_view(&f->text);
}

RF_TEST(timers_come_in_order_once_or_again) {
    RF_CLEAN_FIXTURE(f);
    rf_check(rf_plugin_api_due(&f.api) == UINT64_MAX);
    uint64_t start = rf_clock_mono_ns();
    rf_check(!api(&f, "Timer.after", T("late"), I(100000)) && !api(&f, "Timer.after", T("early"), I(50000)) && !api(&f, "Timer.every", T("clock"), I(60000)));
    uint64_t end = rf_clock_mono_ns(), s = RF_NS_PER_S;
    rf_check(rf_plugin_api_due(&f.api) >= start + 50 * s && rf_plugin_api_due(&f.api) <= end + 50 * s);
    rf_check_text(due(&f, start + 49 * s), RF_SLICE(""));
    rf_check_text(due(&f, end + 50 * s), RF_SLICE("early "));
    rf_check_text(due(&f, end + 100 * s), RF_SLICE("clock late "));
    rf_check_text(due(&f, end + 119 * s), RF_SLICE(""));
    rf_check_text(due(&f, end + 120 * s), RF_SLICE("clock "));
    rf_check_text(due(&f, end + 100000 * s), RF_SLICE("clock ")); /* what was missed is not made up for */
    rf_check(rf_plugin_api_due(&f.api) > end + 100000 * s && f.api.timer_count == 1);
    rf_check(!api(&f, "Timer.cancel", T("clock")) && !api(&f, "Timer.cancel", T("clock")));
    rf_check(rf_plugin_api_due(&f.api) == UINT64_MAX);
}

RF_TEST(a_timer_set_again_is_one_timer_and_their_number_is_bounded) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota.timers = 2;
    rf_check(!api(&f, "Timer.after", T("a"), I(5)) && !api(&f, "Timer.every", T("a"), I(10)) && !api(&f, "Timer.after", T("b"), I(0)));
    rf_check(f.api.timer_count == 2);
    rf_check(api(&f, "Timer.after", T("c"), I(5)) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Timer.after: 2 of 2 timers are in use"));
    rf_check(!api(&f, "Timer.cancel", T("a")) && !api(&f, "Timer.after", T("c"), I(5)));
    rf_check(rf_plugin_api_set_timer(&f.api, RF_SLICE("tick"), 1, 1, &f.error) == RF_ELIMIT);
    f.api.quota.timers = 0;
    rf_check(rf_plugin_api_set_timer(&f.api, RF_SLICE("tick"), 1, 1, &f.error) == RF_ELIMIT);
}

RF_TEST(times_and_names_of_timers_are_checked) {
    RF_CLEAN_FIXTURE(f);
    rf_check(api(&f, "Timer.every", T("a"), I(9)) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Timer.every: 9 milliseconds are not between 10 and 31622400000"));
    rf_check(api(&f, "Timer.after", T("a"), I(-1)) == RF_ECONFIG);
    rf_check(api(&f, "Timer.after", T("a"), I(INT64_MAX)) == RF_ECONFIG);
    rf_check(api(&f, "Timer.after", T(""), I(1)) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Timer.after: the name is empty"));
    rf_check(api(&f, "Timer.cancel", T("a b")) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Timer.cancel: the name `a b` holds more than letters, digits and _ . -"));
    rf_check(!api(&f, "Timer.after", T("a"), I(31622400000)) && f.api.timer_count == 1);
}

/* ---- Store ---- */

static bool give_store(rf_api_fixture *f) {
    bool made = !rf_store_open(":memory:", &f->store, NULL, NULL);
    f->api.store = f->store;
    return made;
}

RF_TEST(the_store_keeps_texts) {
    RF_CLEAN_FIXTURE(f);
    rf_check(give_store(&f));
    rf_check(!api(&f, "Store.get", T("k")) && f.result.data.kind == RF_NULL);
    rf_check(!api(&f, "Store.set", T("k"), T("v\0w")) && !api(&f, "Store.set", T("key"), T("")) && !api(&f, "Store.set", T("x y"), T("z")));
    rf_check(!api(&f, "Store.get", T("k")) && f.result.data.kind == RF_STRING);
    rf_check_text(given(&f), RF_SLICE("v\0w"));
    rf_check(!api(&f, "Store.get", T("key")) && f.result.data.kind == RF_STRING && f.result.data.size == 0);
    rf_check(!api(&f, "Store.keys", T("")));
    rf_check_text(given(&f), RF_SLICE("[k key x y]"));
    rf_check(!api(&f, "Store.keys", T("ke")));
    rf_check_text(given(&f), RF_SLICE("[key]"));
    rf_check(!api(&f, "Store.delete", T("k")) && !api(&f, "Store.delete", T("k")));
    rf_check(!api(&f, "Store.get", T("k")) && f.result.data.kind == RF_NULL);
    f.manifest.name = RF_SLICE("other");
    rf_check(!api(&f, "Store.keys", T("")) && f.result.data.size == 0);
}

RF_TEST(the_store_has_bounds) {
    RF_CLEAN_FIXTURE(f);
    char key[1025];
    memset(key, 'k', sizeof key);
    rf_check(give_store(&f));
    f.api.quota.store_bytes = 10;
    f.api.quota.text_bytes = 12;
    rf_check(api(&f, "Store.set", T(""), T("v")) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Store.set: the key is empty"));
    rf_check(api(&f, "Store.get", ((rf_pv){ .kind = RF_PV_TEXT, .text = { key, sizeof key } })) == RF_ECONFIG);
    rf_check(strstr(f.error.message, "Store.get: the key `kkk") && strstr(f.error.message, "…` is 1025 bytes long, at most 1024 are allowed"));
    rf_check(api(&f, "Store.set", T("k"), T("0123456789012")) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Store.set: the value is 13 bytes long, at most 12 are allowed"));
    rf_check(!api(&f, "Store.set", T("k"), T("12345")));
    rf_check(api(&f, "Store.set", T("l"), T("12345")) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Store.set: the plugin's store would hold 12 bytes, at most 10 are allowed"));
}

/* ---- The manual ---- */

static bool has(const rf_buffer *text, const char *part) { return memmem(text->data, text->len, part, strlen(part)) != NULL; }

RF_TEST(the_manual_has_every_function_hook_and_capability) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer line = { 0 };
    rf_api_manual(&text);
    rf_check(!text.failed && text.len > 0);
    for (const rf_api_row *row = rf_api_rows; row->name; row++) {
        rf_buffer_clear(&line);
        rf_buffer_printf(&line, "\n### %s\n\n%s\n", row->name, row->doc);
        const char *section = rf_buffer_cstr(&line);
        rf_check(section && has(&text, section) && has(&text, row->example));
    }
    for (size_t i = 0; i < RF_HOOK_COUNT; i++)
        rf_check(has(&text, rf_hooks[i].name) && has(&text, rf_hooks[i].doc));
    for (size_t i = 0; rf_plugin_capability_at(i); i++)
        rf_check(has(&text, rf_plugin_capability_at(i)->doc));
    rf_check(has(&text, "\n## Log\n") && has(&text, "\n## Ui\n"));
}

RF_TEST(the_manual_writes_javascript_from_fusabi) {
    static const char *const lines[] = {
        "\nUi.status(\"build\", \"3 errors\", 10)\n", "\nSession.name() // \"main\"\n", "\nStore.get(\"count\") // \"3\"\n",
        "\nStore.keys(\"co\") // [\"colour\", \"count\"]\n", "\nTerm.cursor() // { column: 4, row: 23 }\n", "\nTerm.send(\"ls\\n\")\n",
        "\nUi.menu([{ id: \"open\", label: \"Open\" }, { id: \"close\", label: \"Close\" }])\n",
        "\n- Fusabi: `Ui.overlay id x y text`, of type `string -> int -> int -> string -> unit`\n- JavaScript: `Ui.overlay(id, x, y, text)`, gives undefined\n- Needs: `ui`\n",
        "\n- Fusabi: `Session.name ()`, of type `unit -> string`\n- JavaScript: `Session.name()`, gives string\n\n",
        "`Session.env(name)`, gives string or null\n- Needs: `environment`\n", "| palette commands | 50 |\n", "| `send` | Send input into the session. | by the user |\n",
    };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_api_manual(&text);
    rf_check(!text.failed);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        rf_check(has(&text, lines[i]));
}

/* ---- The examples ---- */

static rf_code nothing(rf_fusabi_vm *vm, void *user, const rf_fusabi_value *args, uint32_t count, rf_fusabi_value *ret_value, rf_error *reterr) {
    (void)vm, (void)user, (void)args, (void)count, (void)ret_value, (void)reterr;
    return RF_OK;
}
static void drop_engine(rf_fusabi_engine **engine) { rf_fusabi_engine_unref(*engine); }
static void drop_program(rf_fusabi_program **program) { rf_fusabi_program_unref(*program); }

static rf_code register_row(rf_fusabi_engine *engine, const rf_api_row *row) {
    uint8_t count = 0;
    while (row->params[count].name)
        count++;
    const rf_fusabi_host_function function = { .name = row->name, .type = row->type, .arity = count ? count : 1, .call = nothing };
    return rf_fusabi_register(engine, &function, NULL);
}

RF_TEST(examples_in_fusabi_have_the_types_that_are_told) {
    RF_CLEANUP(drop_engine) rf_fusabi_engine *engine = NULL;
    rf_check(!rf_fusabi_engine_new(&engine, NULL));
    for (size_t i = 0; i < rf_api_row_count; i++)
        rf_check(!register_row(engine, &rf_api_rows[i]));
    for (size_t i = 0; i < rf_api_row_count; i++) {
        RF_CLEANUP(drop_program) rf_fusabi_program *program = NULL;
        rf_error error = { 0 };
        const rf_fusabi_options strict = { .types = true, .strict = true };
        rf_code code = rf_fusabi_compile(engine, rf_api_rows[i].name, rf_slice_of(rf_api_rows[i].example), &strict, &program, &error);
        rf_check_text(rf_slice_of(error.message), RF_SLICE(""));
        rf_check(!code);
    }
    RF_CLEANUP(drop_program) rf_fusabi_program *wrong = NULL;
    rf_error error;
    const rf_fusabi_options strict = { .types = true, .strict = true };
    rf_check(rf_fusabi_compile(engine, "wrong", RF_SLICE("Ui.status \"a\" 5 5"), &strict, &wrong, &error) == RF_ESCRIPT);
}

typedef struct javascript { JSRuntime *runtime; JSContext *context; } javascript;
static void javascript_done(javascript *js) {
    if (js->context)
        JS_FreeContext(js->context);
    if (js->runtime)
        JS_FreeRuntime(js->runtime);
}
static bool is_javascript(javascript *js, const char *text) {
    JSValue compiled = JS_Eval(js->context, text, strlen(text), "example", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    bool good = !JS_IsException(compiled);
    JS_FreeValue(js->context, good ? compiled : JS_GetException(js->context));
    return good;
}

RF_TEST(examples_in_javascript_are_javascript) {
    static const char begin[] = "```javascript\n";
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer example = { 0 };
    RF_CLEANUP(javascript_done) javascript js = { .runtime = JS_NewRuntime() };
    js.context = js.runtime ? JS_NewContext(js.runtime) : NULL;
    size_t count = 0;
    rf_api_manual(&text);
    const char *at = rf_buffer_cstr(&text);
    rf_check(js.context && at);
    while ((at = strstr(at, begin))) {
        at += strlen(begin);
        const char *end = strstr(at, "```");
        rf_buffer_clear(&example);
        rf_buffer_append(&example, at, end ? (size_t)(end - at) : 0);
        const char *code = rf_buffer_cstr(&example);
        rf_check(code && is_javascript(&js, code));
        count++;
    }
    rf_check(count == rf_api_row_count && !is_javascript(&js, "Ui.status \"a\""));
}
