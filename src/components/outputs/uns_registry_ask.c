/* uns_registry_ask.c: two questions of the registry's protocol: which subjects there are, and the latest schema of each. */
#include "components/outputs/uns_registry_ask.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <stdlib.h>

#define ANSWER_BYTES ((uint64_t)4 << 20)
#define TIMEOUT_NS (5 * RF_NS_PER_S)
#define PARALLEL 8u
#define PORT "8081"

/* ---- Where it is ---- */

static rf_code complain(const rf_conf *conf, rf_slice url) {
    rf_error error = { 0 };
    const rf_conf *node = rf_conf_child(conf, "schema_registry_url");
    (void)rf_raise(&error, RF_ECONFIG, "`%.*s` is no address of a schema registry", RF_SLICE_ARG(url));
    rf_error_hint(&error, "write its URL, such as http://localhost:8081");
    return rf_conf_report(node ? node : conf, &error);
}

/* The host of the first broker, without protocol and port. */
static rf_slice host_of(rf_slice brokers) {
    rf_slice one = rf_slice_trim((rf_slice){ brokers.data, rf_slice_find(brokers, ',') });
    const char *scheme = one.len ? memmem(one.data, one.len, "://", 3) : NULL;
    size_t end;
    if (scheme)
        one = (rf_slice){ scheme + 3, one.len - (size_t)(scheme + 3 - one.data) };
    end = one.len;
    while (end > 0 && one.data[end - 1] != ':' && one.data[end - 1] != ']')
        end--;
    return end > 0 && one.data[end - 1] == ':' ? (rf_slice){ one.data, end - 1 } : one;
}

static int hex_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What is percent-encoded in a URL. */
static rf_slice decode_in(rf_arena *arena, rf_slice text) {
    rf_slice copy = rf_slice_dup_in(arena, text);
    char *bytes = (char *)(uintptr_t)copy.data; /* ours since just now */
    size_t len = 0;
    for (size_t i = 0; bytes && i < text.len; i++) {
        int high = text.data[i] == '%' && i + 2 < text.len ? hex_of(text.data[i + 1]) : -1;
        int low = high >= 0 ? hex_of(text.data[i + 2]) : -1;
        bytes[len++] = low >= 0 ? (char)(high * 16 + low) : text.data[i];
        i += low >= 0 ? 2 : 0;
    }
    if (bytes)
        bytes[len] = '\0';
    return (rf_slice){ copy.data, copy.data ? len : 0 };
}

/* Takes `user:password@` out of the URL: it is in no log. False: out of memory. */
static bool take_user(rf_uns_registry *self, size_t at) {
    rf_slice rest = { self->url.data + at, self->url.len - at };
    size_t end = rf_slice_find(rest, '@'), colon;
    if (end == rest.len || end > rf_slice_find(rest, '/'))
        return true;
    colon = rf_slice_find((rf_slice){ rest.data, end }, ':');
    self->options.basic_auth = (rf_http_basic_auth){
        .enabled = true,
        .username = decode_in(&self->arena, (rf_slice){ rest.data, colon }),
        .password = decode_in(&self->arena, colon < end ? (rf_slice){ rest.data + colon + 1, end - colon - 1 } : RF_SLICE("")),
    };
    self->url = rf_printf_in(&self->arena, "%.*s%.*s", (int)at, self->url.data, (int)(rest.len - end - 1), rest.data + end + 1);
    return self->url.data && self->options.basic_auth.username.data && self->options.basic_auth.password.data;
}

static rf_code set_url(rf_uns_registry *self, rf_slice url, rf_slice brokers, const rf_conf *conf, rf_error *reterr) {
    size_t at = rf_slice_starts(url, RF_SLICE("https://")) ? 8 : 7;
    if (url.len > 0 && !rf_slice_starts(url, RF_SLICE("http://")) && at == 7)
        return complain(conf, url);
    while (url.len > at && url.data[url.len - 1] == '/')
        url.len--;
    if (url.len > 0 && (url.len == at || rf_slice_find(url, ' ') < url.len || rf_slice_find(url, '?') < url.len))
        return complain(conf, url);
    self->url = url.len ? rf_slice_dup_in(&self->arena, url)
                        : rf_printf_in(&self->arena, "http://%.*s:" PORT, RF_SLICE_ARG(host_of(brokers)));
    return self->url.data && take_user(self, at) ? RF_OK : rf_raise_nomem(reterr);
}

rf_code rf_uns_registry_open(rf_uns_registry *self, rf_slice url, rf_slice brokers, const rf_conf *conf, const rf_env *env,
                             rf_error *reterr) {
    rf_code code, http;
    self->env = env;
    rf_arena_init(&self->arena, 512);
    self->options = (rf_http_client_conf){
        .verb = RF_SLICE("GET"), .timeout_ns = TIMEOUT_NS, .max_answer = ANSWER_BYTES, .follow_redirects = true
    };
    code = set_url(self, url, brokers, conf, reterr);
    http = rf_http_client_open(&self->http, &self->options, conf, env, reterr);
    return code ? code : http;
}

/* ---- A question ---- */

/* Only when a contract with a version is met is libcurl needed. */
static rf_code begin(rf_uns_registry *self, rf_error *reterr) {
    rf_code code = self->session ? RF_OK : rf_http_client_connect(&self->http, reterr);
    if (!code && !self->session)
        code = rf_http_session_new(&self->http, PARALLEL, &self->session, reterr);
    return code == RF_ENOTFOUND ? RF_EIO : code;
}

/* The parts of subjects that a URL's path cannot have as they are. */
static rf_slice encode_in(rf_arena *arena, rf_slice text) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~')
            rf_buffer_char(&out, (char)c);
        else
            rf_buffer_printf(&out, "%%%02X", c);
    }
    return out.failed ? (rf_slice){ 0 } : rf_slice_dup_in(arena, rf_buffer_view(&out));
}

static rf_code parse(const rf_http_task *task, rf_arena *arena, rf_value_kind kind, rf_value *ret, rf_error *reterr) {
    rf_error error = { 0 };
    rf_code code = task->code;
    if (code)
        return rf_raise(reterr, RF_EIO, "%s", task->error);
    code = rf_json_parse(arena, rf_buffer_view(&task->answer), RF_JSON_DOUBLES, ret, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code || ret->kind != (uint8_t)kind)
        return rf_raise(reterr, RF_EIO, "%.*s: the answer is not that of a schema registry", RF_SLICE_ARG(task->url));
    return RF_OK;
}

/* ---- Which subjects ---- */

static int by_name(const void *a, const void *b) {
    const rf_uns_subject *one = a, *other = b;
    return rf_slice_compare(one->name, other->name);
}

/* Those of the contract, copied into its arena. */
static rf_code choose(rf_uns_contract *contract, const rf_value *list, rf_error *reterr) {
    rf_slice prefix = rf_printf_in(&contract->arena, "%.*s-", RF_SLICE_ARG(contract->key));
    contract->subjects = rf_arena_zero(&contract->arena, RF_UNS_SUBJECTS_MAX, sizeof *contract->subjects);
    if (!contract->subjects || !prefix.data)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < list->size; i++) {
        rf_slice name = list->items[i].kind == RF_STRING ? rf_value_text(&list->items[i]) : RF_SLICE("");
        if (!rf_slice_starts(name, prefix))
            continue;
        if (contract->subject_count == RF_UNS_SUBJECTS_MAX)
            return rf_raise(reterr, RF_EIO, "contract %.*s has more than %u schemas", RF_SLICE_ARG(contract->key), RF_UNS_SUBJECTS_MAX);
        name = rf_slice_dup_in(&contract->arena, name);
        if (!name.data)
            return rf_raise_nomem(reterr);
        contract->subjects[contract->subject_count++] = (rf_uns_subject){ name, { name.data + prefix.len, name.len - prefix.len }, NULL };
    }
    qsort(contract->subjects, contract->subject_count, sizeof *contract->subjects, by_name);
    return RF_OK;
}

static rf_code ask_subjects(rf_uns_registry *self, rf_arena *arena, rf_uns_contract *contract, rf_error *reterr) {
    rf_http_task task = { .url = rf_printf_in(arena, "%.*s/subjects", RF_SLICE_ARG(self->url)), .verb = RF_SLICE("GET") };
    rf_value list = { 0 };
    rf_code code;
    if (!task.url.data)
        return rf_raise_nomem(reterr);
    rf_http_session_run(self->session, &task, 1, false);
    code = parse(&task, arena, RF_LIST, &list, reterr);
    if (!code)
        code = choose(contract, &list, reterr);
    rf_http_task_done(&self->http, &task);
    return code;
}

/* ---- Their schemas ---- */

/* One that cannot be used is told of, and the others still can. */
static rf_code read_schema(const rf_http_task *task, rf_arena *arena, rf_uns_contract *contract, rf_uns_subject *subject,
                           rf_error *reterr) {
    rf_error error = { 0 };
    rf_value answer = { 0 };
    rf_code code = parse(task, arena, RF_MAP, &answer, reterr);
    const rf_value *text = code ? NULL : rf_value_member(&answer, RF_SLICE("schema"));
    if (code)
        return code;
    if (!text || text->kind != RF_STRING)
        return rf_raise(reterr, RF_EIO, "%.*s: the answer has no schema", RF_SLICE_ARG(task->url));
    code = rf_json_schema_compile(rf_value_text(text), &subject->schema, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        contract->why = rf_printf_in(&contract->arena, "schema '%.*s' cannot be used: %s", RF_SLICE_ARG(subject->name), error.message);
    return code && !contract->why.data ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code ask_schemas(rf_uns_registry *self, rf_arena *arena, rf_uns_contract *contract, rf_error *reterr) {
    uint32_t count = contract->subject_count;
    rf_http_task *tasks = rf_arena_zero(arena, count, sizeof *tasks);
    rf_code code = tasks ? RF_OK : rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < count && !code; i++) {
        rf_slice name = encode_in(arena, contract->subjects[i].name);
        tasks[i].verb = RF_SLICE("GET");
        tasks[i].url = name.data ? rf_printf_in(arena, "%.*s/subjects/%.*s/versions/latest", RF_SLICE_ARG(self->url), RF_SLICE_ARG(name))
                                 : name;
        code = tasks[i].url.data ? RF_OK : rf_raise_nomem(reterr);
    }
    if (!code)
        rf_http_session_run(self->session, tasks, count, true);
    for (uint32_t i = 0; i < count && !code; i++)
        code = read_schema(&tasks[i], arena, contract, &contract->subjects[i], reterr);
    for (uint32_t i = 0; tasks && i < count; i++)
        rf_http_task_done(&self->http, &tasks[i]);
    return code;
}

void rf_uns_registry_drop(rf_uns_contract *contract) {
    while (contract->subject_count > 0)
        rf_json_schema_free(contract->subjects[--contract->subject_count].schema);
}

rf_code rf_uns_registry_ask(rf_uns_registry *self, rf_uns_contract *contract, rf_error *reterr) {
    rf_arena arena;
    rf_code code;
    rf_arena_init(&arena, 16384);
    code = begin(self, reterr);
    if (!code)
        code = ask_subjects(self, &arena, contract, reterr);
    if (!code && contract->subject_count > 0)
        code = ask_schemas(self, &arena, contract, reterr);
    rf_arena_done(&arena);
    if (code)
        rf_uns_registry_drop(contract);
    return code;
}
