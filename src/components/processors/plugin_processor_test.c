/* plugin_processor_test.c: plugins on the messages of a stream. */
#include "base/clock.h"
#include "base/slice.h"
#include "fixture.h"
#include "harness.h"
#include "plugin/live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "input: {stdin: {}}\noutput: {drop: {}}\npipeline:\n  processors:\n    - plugin: "
#define TORTURED(code) (rf_test_torture() && (code) == RF_ENOMEM)

/* A folder that is also the home, and the processors of a config in it. */
typedef struct place {
    rf_fixture_dir dir;
    rf_fixture f;
    bool opened;
} place;

static void place_done(place *p) {
    rf_fixture_done(&p->f);
    if (p->dir.path[0])
        rf_fixture_dir_done(&p->dir);
}

static bool place_init(place *p) {
    static const char *const unset[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "RIFFLE_PLUGIN_PATH" };
    for (size_t i = 0; i < sizeof unset / sizeof *unset; i++)
        (void)unsetenv(unset[i]);
    return rf_fixture_dir_init(&p->dir) && setenv("HOME", p->dir.path, 1) == 0;
}

#define PLACE(name)                            \
    RF_CLEANUP(place_done) place name = { 0 }; \
    rf_check(place_init(&name))

static rf_code place_open(place *p, const char *config, rf_error *reterr) {
    const char *text = rf_fixture_dir_config(&p->dir, config);
    return text ? rf_fixture_open(&p->f, text, reterr) : RF_ENOMEM;
}

static bool write_file(const place *p, const char *name, const char *text) { return rf_fixture_dir_write(&p->dir, name, rf_slice_of(text)); }

/* Sends lines, runs, and gives what came out, a line each. NULL: out of memory. */
static const char *pass(place *p, const char *const *lines, rf_buffer *out) {
    rf_batch_clear(p->f.batch);
    rf_buffer_clear(out);
    for (size_t i = 0; lines[i]; i++)
        if (rf_fixture_send(&p->f, lines[i], NULL))
            return NULL;
    if (rf_fixture_run(&p->f, NULL))
        return NULL;
    for (uint32_t i = 0; i < p->f.batch->count; i++) {
        rf_slice line = rf_fixture_line(&p->f, i);
        if (!line.data)
            return NULL;
        while (line.len && line.data[line.len - 1] == '\n')
            line.len--;
        rf_buffer_slice(out, line);
        rf_buffer_char(out, '\n');
    }
    return rf_buffer_cstr(out);
}

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The config's findings as they are shown. */
static const char *findings(place *p, const char *config, rf_buffer *out) {
    rf_error error;
    rf_code code = place_open(p, config, &error);
    if (code != RF_ECONFIG)
        return code == RF_ENOMEM ? NULL : "no finding";
    rf_findings_show(out, p->f.config, false);
    return rf_buffer_cstr(out);
}

/* File, text, what its failure says. */
static const char *const both[][3] = {
    { "p.fsx", "let on_message m =\n"
               "    if m.payload.n = 1.0 then Continue\n"
               "    elif m.payload.n = 2.0 then Drop\n"
               "    elif m.payload.n = 3.0 then Modify [{ payload = \"a\"; meta = m.meta }; { payload = m.payload.n * 2.0; meta = { k = \"new\"; x = 5 } }]\n"
               "    else failwith \"no\"\n", "no" },
    { "p.js", "function on_message(m) {\n"
              "    switch (m.payload.n) {\n"
              "    case 1: return;\n"
              "    case 2: return Drop;\n"
              "    case 3: return [{ payload: 'a', meta: m.meta }, { payload: m.payload.n * 2, meta: { k: 'new', x: 5 } }];\n"
              "    default: throw new Error('no');\n"
              "    }\n"
              "}\n", "Error: no" },
};

RF_TEST(messages_go_on_are_dropped_multiplied_and_fail_in_both_languages) {
    for (size_t i = 0; i < 2; i++) {
        PLACE(p);
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        rf_check(write_file(&p, both[i][0], both[i][1]));
        rf_code code = place_open(&p, i ? HEAD "{path: '@DIR@/p.js'}\n" : HEAD "{path: '@DIR@/p.fsx'}\n", NULL);
        rf_check(code == RF_OK);
        const char *got = pass(&p, LINES("{\"payload\":{\"n\":1.0,\"z\":1,\"a\":2},\"meta\":{\"k\":\"v\",\"five\":5}}", "{\"payload\":{\"n\":2}}",
                                   "{\"payload\":{\"n\":3},\"meta\":{\"k\":\"v\",\"five\":5}}", "{\"payload\":{\"n\":4},\"meta\":{\"k\":\"v\"}}"), &out);
        rf_check(got);
        RF_CLEANUP(rf_buffer_done) rf_buffer expected = { 0 };
        rf_buffer_printf(&expected, "{\"payload\":{\"n\":1.0,\"z\":1,\"a\":2},\"meta\":{\"k\":\"v\",\"five\":5}}\n"
                         "{\"payload\":\"a\",\"meta\":{\"k\":\"v\"}}\n"
                         "{\"payload\":6,\"meta\":{\"k\":\"new\"}}\n"
                         "{\"payload\":{\"n\":4},\"meta\":{\"k\":\"v\"},\"error\":\"plugin p: %s\"}\n", both[i][2]);
        rf_check_text(rf_slice_of(got), rf_buffer_view(&expected));
    }
}

RF_TEST(what_is_counted) {
    PLACE(p);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer metrics = { 0 };
    rf_check(write_file(&p, "p.js", both[1][1]));
    rf_check(place_open(&p, HEAD "{path: '@DIR@/p.js'}\n", NULL) == RF_OK);
    rf_check(pass(&p, LINES("{\"payload\":{\"n\":1}}", "{\"payload\":{\"n\":2}}", "{\"payload\":{\"n\":4}}"), &out));
    rf_metrics_write_prometheus(p.f.metrics, &metrics);
    const char *text = rf_buffer_cstr(&metrics);
    rf_check(text);
    rf_check(strstr(text, "messages_processed{label=\"\",path=\"root.pipeline.processors.0\"} 3\n"));
    rf_check(strstr(text, "messages_errored{label=\"\",path=\"root.pipeline.processors.0\"} 1\n"));
    rf_check(strstr(text, "messages_dropped{label=\"\",path=\"root.pipeline.processors.0\",stage=\"on_message\",reason=\"filtered\"} 1\n"));
    rf_check(strstr(text, "messages_failed{label=\"\",path=\"root.pipeline.processors.0\",stage=\"on_message\",reason=\"threw\"} 1\n"));
    rf_check(strstr(text, "stage_latency_ns_count{label=\"\",path=\"root.pipeline.processors.0\",stage=\"on_message\"} 3\n"));
}

RF_TEST(a_plugin_that_fails_too_often_is_out_and_its_messages_say_so) {
    PLACE(p);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(write_file(&p, "p.js", "// @max-failures: 2\nfunction on_message(m) { throw new Error('never'); }\n"));
    rf_check(place_open(&p, HEAD "{path: '@DIR@/p.js'}\n", NULL) == RF_OK);
    const char *got = pass(&p, LINES("{\"payload\":1}", "{\"payload\":2}", "{\"payload\":3}"), &out);
    rf_check(got);
    rf_check_text(rf_slice_of(got), RF_SLICE("{\"payload\":1,\"meta\":{},\"error\":\"plugin p: Error: never\"}\n"
                                       "{\"payload\":2,\"meta\":{},\"error\":\"plugin p: Error: never\"}\n"
                                       "{\"payload\":3,\"meta\":{},\"error\":\"plugin p is out of use after 2 failures in a row: Error: never\"}\n"));
}

RF_TEST(the_configuration_is_the_yaml_and_is_checked) {
    PLACE(p);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(write_file(&p, "p.js", "// @config: word: text\n// @config: least: number = 0.5\n"
                                    "function on_message(m) { return { payload: [Plugin.config('word'), Plugin.config('least')], meta: m.meta }; }\n"));
    rf_check(place_open(&p, HEAD "{path: '@DIR@/p.js', config: {word: \"5\", least: 2}}\n", NULL) == RF_OK);
    const char *got = pass(&p, LINES("{\"payload\":1}"), &out);
    rf_check(got);
    rf_check_text(rf_slice_of(got), RF_SLICE("{\"payload\":[\"5\",2],\"meta\":{}}\n"));
}

/* @DIR@ in what is expected stands for the folder. */
RF_TEST(what_is_wrong_is_said_with_its_place) {
    static const struct { const char *file, *text, *config, *expected; } rows[] = {
        { "p.js", "// @config: word: text\nfunction on_message(m) {}\n", HEAD "{path: '@DIR@/p.js', config: {wrod: a}}\n",
          " plugin `p` has no configuration key `wrod`\n" },
        { "p.js", "function on_message(m) {\n  return m +;\n}\n", HEAD "{path: '@DIR@/p.js'}\n", "@DIR@/p.js(2," },
        { "p.js", "function on_message(m) {\n  return m +;\n}\n", HEAD "{path: '@DIR@/p.js'}\n", "   2 |   return m +;\n" },
        { "p.fsx", "let on_message m =\n    if m then 1 +\n", HEAD "{path: '@DIR@/p.fsx'}\n", "@DIR@/p.fsx(" },
        { "p.fsx", "// @prioritty: 5\nlet on_message m = Continue\n", HEAD "{path: '@DIR@/p.fsx'}\n", "   1 | // @prioritty: 5\n" },
        { "p.js", "function on_message(m) {}\n", HEAD "{path: '@DIR@/q.js'}\n", "there is no file @DIR@/q.js\n" },
        { "p.js", "function on_message(m) {}\n", HEAD "{path: '@DIR@/p.js', grant: [read-file]}\n", "hint: did you mean `read-files`?\n" },
        { "p.js", "function on_message(m) {}\n", HEAD "{path: '@DIR@/p.js', require_signature: true}\n", "has no signature, and this host requires one\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        PLACE(p);
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        rf_check(write_file(&p, rows[i].file, rows[i].text));
        const char *got = findings(&p, rows[i].config, &out);
        rf_check(got);
        const char *expected = rf_fixture_dir_config(&p.dir, rows[i].expected);
        rf_check(expected);
        if (!strstr(got, expected))
            rf_check_text(rf_slice_of(got), rf_slice_of(expected)); /* shows both */
    }
}

static bool trust_file(const place *p, const char *text) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/.config", p->dir.path);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/.config/riffle", p->dir.path);
    (void)mkdir(path, 0700);
    return write_file(p, ".config/riffle/trust.toml", text);
}

RF_TEST(what_the_user_turned_off_does_not_run) {
    PLACE(p);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(write_file(&p, "p.js", "throw new Error('it runs');\n") && trust_file(&p, "disabled = [\"p\"]\n"));
    rf_check(place_open(&p, HEAD "{path: '@DIR@/p.js'}\n", NULL) == RF_OK);
    const char *got = pass(&p, LINES("{\"payload\":1}"), &out);
    rf_check(got);
    rf_check_text(rf_slice_of(got), RF_SLICE("{\"payload\":1,\"meta\":{}}\n"));
}

RF_TEST(values_are_kept_over_a_restart) {
    PLACE(p);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(write_file(&p, "p.js", "// @capabilities: [\"store\"]\nfunction on_message(m) {\n"
                                    "    const n = Number(Store.get('n') ?? 0) + 1;\n    Store.set('n', String(n));\n    return { payload: n, meta: m.meta };\n}\n"));
    for (int i = 1; i <= 2; i++) {
        char expected[40];
        rf_check(place_open(&p, HEAD "{path: '@DIR@/p.js'}\n", NULL) == RF_OK);
        const char *got = pass(&p, LINES("{\"payload\":0}"), &out);
        rf_check(got);
        (void)snprintf(expected, sizeof expected, "{\"payload\":%d,\"meta\":{}}\n", i);
        rf_check_text(rf_slice_of(got), rf_slice_of(expected));
        rf_fixture_done(&p.f);
    }
}

/* Passes one message until the plugin answers `expected`, for a while. */
static bool comes(place *p, const char *expected, rf_buffer *out) {
    for (int i = 0; i < 400; i++) {
        const char *got = pass(p, LINES("{\"payload\":0}"), out);
        if (got && strcmp(got, expected) == 0)
            return true;
        if (!got && !rf_test_torture())
            return false;
        rf_clock_sleep_ns(10 * RF_NS_PER_MS);
        if (rf_test_torture())
            return true; /* memory for the new version may have been what failed */
    }
    return false;
}

RF_TEST(a_saved_file_is_taken_over_and_a_broken_one_is_not) {
    PLACE(p);
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(write_file(&p, "p.js", "let n = 0;\nfunction on_message(m) { n++; return { payload: 'one', meta: {} }; }\n"));
    rf_check(place_open(&p, HEAD "{path: '@DIR@/p.js'}\n", NULL) == RF_OK);
    rf_check(comes(&p, "{\"payload\":\"one\",\"meta\":{}}\n", &out));
    rf_check(write_file(&p, "p.js", "function on_message(m) { return { payload: 'two', meta: {} }; }\n"));
    rf_check(comes(&p, "{\"payload\":\"two\",\"meta\":{}}\n", &out));
    rf_check(write_file(&p, "p.js", "function on_message(m) { return { payload: 'three' meta: {} }; }\n"));
    rf_clock_sleep_ns(150 * RF_NS_PER_MS);
    rf_check(comes(&p, "{\"payload\":\"two\",\"meta\":{}}\n", &out));
    rf_check(write_file(&p, "p.js", "function on_message(m) { return { payload: 'four', meta: {} }; }\n"));
    rf_check(comes(&p, "{\"payload\":\"four\",\"meta\":{}}\n", &out));
}

/* ---- Listed, and given orders ---- */

typedef struct listed {
    place p;
    rf_plugins_live *live;
    rf_metrics *metrics;
    rf_keys *keys;
    rf_config *config;
    void *locals[2];
    unsigned attached;
    rf_shard_env shards[2];
} listed;

static void listed_done(listed *l) {
    const rf_component *component = l->config ? &l->config->processors[0] : NULL;
    while (l->attached > 0)
        ((const rf_processor_kind *)component->kind)->detach(component->state, l->locals[--l->attached]);
    rf_config_free(l->config);
    rf_plugins_live_free(l->live);
    rf_keys_free(l->keys);
    rf_metrics_free(l->metrics);
    place_done(&l->p);
}

/* One processor on two shards. */
static rf_code listed_open(listed *l, const char *text) {
    const char *config = rf_fixture_dir_config(&l->p.dir, text);
    const rf_config_options options = { .path = "test.yaml", .text = rf_slice_of(config) };
    rf_code code = config ? rf_metrics_new(&l->metrics, NULL) : RF_ENOMEM;
    if (!code)
        code = rf_plugins_live_new(&l->live, NULL);
    if (!code && !(l->keys = rf_keys_new()))
        code = RF_ENOMEM;
    if (!code)
        code = rf_config_load(&options, &l->config, NULL);
    if (code)
        return code;
    l->config->plugins = l->live;
    code = rf_config_open(l->config, NULL, l->metrics, l->keys, NULL);
    const rf_component *component = &l->config->processors[0];
    for (unsigned i = 0; i < 2 && !code; i++) {
        l->shards[i].index = i;
        code = rf_metrics_meter(l->metrics, &l->shards[i].meter, NULL);
        if (!code)
            code = ((const rf_processor_kind *)component->kind)->attach(component->state, &l->shards[i], &l->locals[i], NULL);
        l->attached += !code;
    }
    return code;
}

static void batch_done(rf_batch **batch) { rf_batch_free(*batch); }

/* `count` messages through one shard; what the last one's payload is then, as a number; -1: something went wrong. */
static double run(listed *l, unsigned shard, uint32_t count) {
    RF_CLEANUP(batch_done) rf_batch *batch = rf_batch_new(l->keys);
    const rf_component *component = &l->config->processors[0];
    for (uint32_t i = 0; batch && i < count; i++) {
        rf_message *message = rf_batch_add(batch);
        if (!message)
            return -1;
        message->payload = rf_double(0);
    }
    if (!batch || ((const rf_processor_kind *)component->kind)->process(component->state, l->locals[shard], batch, NULL) || batch->count != count)
        return -1;
    const rf_value *payload = &batch->messages[count - 1].payload;
    return batch->messages[count - 1].error.data ? -1 : payload->kind == RF_INT ? (double)payload->integer : payload->kind == RF_DOUBLE ? payload->number : -1;
}

#define LISTED(name, file, text, config)                  \
    RF_CLEANUP(listed_done) listed name = { 0 };          \
    rf_check(place_init(&name.p));                        \
    rf_check(write_file(&name.p, file, text));            \
    rf_check(listed_open(&name, config) == RF_OK)

#define COUNTING "let n = 0;\nfunction on_message(m) { return { payload: ++n, meta: {} }; }\n"

RF_TEST(a_plugin_with_state_sees_every_message_a_pure_one_those_of_its_shard) {
    {
        LISTED(l, "p.js", COUNTING, HEAD "{path: '@DIR@/p.js', reload: false}\n");
        rf_check(run(&l, 0, 5) == 5 && run(&l, 1, 5) == 10 && run(&l, 0, 1) == 11);
    }
    LISTED(l, "p.js", "// @pure: true\n" COUNTING, HEAD "{path: '@DIR@/p.js', reload: false}\n");
    rf_check(run(&l, 0, 5) == 5 && run(&l, 1, 5) == 5 && run(&l, 0, 1) == 6);
}

/* What the route answers. */
static unsigned ask(listed *l, const char *method, const char *rest, bool deliberate, rf_buffer *out) {
    rf_http_route route = rf_plugins_live_route(l->live);
    const rf_http_request request = { .method = rf_slice_of(method), .rest = rf_slice_of(rest), .deliberate = deliberate };
    rf_buffer_clear(out);
    unsigned status = route.answer(route.arg, &request, out).status;
    return rf_buffer_cstr(out) ? status : 0;
}

RF_TEST(plugins_are_listed_summed_over_shards) {
    LISTED(l, "p.fsx", "// @pure: true\n// @version: 1.2.3\nlet on_message m = Continue\n", HEAD "{path: '@DIR@/p.fsx', reload: false}\n");
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(run(&l, 0, 3) == 0 && run(&l, 1, 4) == 0);
    rf_check(ask(&l, "GET", "", false, &out) == 200);
    rf_check(strstr(out.data, "[{\"name\":\"p\",\"version\":\"1.2.3\",\"language\":\"fusabi\",\"state\":\"running\",\"failures\":0,\"reloads\":0,\"held_bytes\":"));
    rf_check(strstr(out.data, "\"chains\":2,\"last_error\":\"\",\"hooks\":{\"on_message\":{\"calls\":7,\"errors\":0,\"mean_ns\":"));
}

RF_TEST(orders_are_taken_between_batches) {
    LISTED(l, "p.js", COUNTING, HEAD "{path: '@DIR@/p.js', reload: false}\n");
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(run(&l, 0, 1) == 1);
    rf_check(ask(&l, "POST", "/p/disable", true, &out) == 200);
    rf_check_text(rf_buffer_view(&out), RF_SLICE("{\"plugin\":\"p\",\"order\":\"disable\"}\n"));
    rf_check(run(&l, 1, 1) == 0 && run(&l, 0, 1) == 0);
    rf_check(ask(&l, "GET", "/", false, &out) == 200 && strstr(out.data, "\"state\":\"disabled\""));
    rf_check(ask(&l, "POST", "/p/enable", true, &out) == 200);
    rf_check(run(&l, 0, 1) == 2);
    rf_check(write_file(&l.p, "p.js", "function on_message(m) { return { payload: 99, meta: {} }; }\n"));
    rf_check(ask(&l, "POST", "/p/reload", true, &out) == 200);
    rf_check(run(&l, 0, 1) == 99);
    rf_check(write_file(&l.p, "p.js", "function on_message(m) { return }}\n"));
    unsigned status = ask(&l, "POST", "/p/reload", true, &out);
    rf_check(status == 422 && strstr(out.data, "{\"error\":\"") && strstr(out.data, "p.js:1:"));
    rf_check(run(&l, 1, 1) == 99);
}

RF_TEST(orders_that_are_none_are_refused) {
    static const struct { const char *method, *rest; bool deliberate; unsigned status; const char *said; } rows[] = {
        { "POST", "", true, 405, "listed by GET" },          { "GET", "/p/enable", true, 405, "given by POST" },
        { "POST", "/p/enable", false, 403, "X-Riffle" },     { "POST", "/q/enable", true, 404, "no plugin q runs here" },
        { "POST", "/q/reload", true, 404, "no plugin q runs here" }, { "POST", "/p/start", true, 404, "there is only" },
        { "POST", "/p", true, 404, "there is only" },        { "POST", "//enable", true, 404, "there is only" },
    };
    LISTED(l, "p.js", COUNTING, HEAD "{path: '@DIR@/p.js', reload: false}\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        unsigned status = ask(&l, rows[i].method, rows[i].rest, rows[i].deliberate, &out);
        rf_check(status == rows[i].status && strstr(out.data, rows[i].said));
    }
}

/* ---- Two threads ---- */

typedef struct worker { listed *l; unsigned shard; rf_thread thread; _Atomic bool good; } worker;

static void worker_main(void *arg) {
    worker *self = arg;
    bool good = true;
    for (int i = 0; i < 100; i++)
        good &= run(self->l, self->shard, 7) > 0;
    self->good = good;
}

/* JavaScript's engine looks at the stack of the thread that is in it. */
RF_TEST(two_threads_use_one_plugin_in_turn) {
    LISTED(l, "p.js", COUNTING, HEAD "{path: '@DIR@/p.js', reload: false}\n");
    worker workers[2] = { { .l = &l }, { .l = &l, .shard = 1 } };
    bool started = true;
    for (unsigned i = 0; i < 2; i++)
        started &= rf_thread_start(&workers[i].thread, "worker", worker_main, &workers[i], NULL) == RF_OK;
    for (int i = 0; i < 20; i++) {
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        started &= ask(&l, "GET", "", false, &out) == 200 || rf_test_torture();
    }
    for (unsigned i = 0; i < 2; i++)
        rf_thread_join(&workers[i].thread);
    rf_check(started && ((workers[0].good && workers[1].good) || rf_test_torture()));
    rf_check(run(&l, 0, 1) == 1401 || rf_test_torture());
}
