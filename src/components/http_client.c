/* http_client.c: what the fields of HTTP clients say: checked, and made into the request of a message. */
#include "components/http_client.h"

#include "base/number.h"
#include "base/slice.h"
#include "components/http_token.h"

#include <assert.h>

const rf_field rf_http_basic_auth_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = offsetof(rf_http_basic_auth, enabled), .standard = "false",
      .doc = "Whether to send them." },
    { .name = "username", .type = RF_FIELD_STRING, .offset = offsetof(rf_http_basic_auth, username), .doc = "The name." },
    { .name = "password", .type = RF_FIELD_STRING, .offset = offsetof(rf_http_basic_auth, password), .flags = RF_FIELD_SECRET,
      .doc = "The password." },
    { 0 },
};

/* ---- Checks ---- */

static rf_code report(const rf_conf *conf, const char *field, const rf_error *error) {
    const rf_conf *node = rf_conf_child(conf, field);
    return rf_conf_report(node ? node : conf, error);
}

static rf_code read_codes(const rf_strings *texts, const char *field, const rf_conf *conf, rf_http_codes *ret_codes) {
    rf_error error = { 0 };
    int64_t number;
    for (size_t i = 0; i < texts->count; i++) {
        bool good = rf_number_parse_i64(texts->items[i], &number) && number >= 100 && number <= 599;
        if (good && ret_codes->count < RF_HTTP_CODES_MAX) {
            ret_codes->items[ret_codes->count++] = (unsigned)number;
            continue;
        }
        (void)rf_raise(&error, RF_ECONFIG, good ? "%s has more than 32 statuses (%.*s is too many)" : "%s: `%.*s` is no status of HTTP",
                       field, RF_SLICE_ARG(texts->items[i]));
        return report(conf, field, &error);
    }
    return RF_OK;
}

static bool is_http(rf_slice url) {
    static const rf_slice plain = { "http://", 7 }, secure = { "https://", 8 };
    return (url.len > plain.len && rf_slice_eq_nocase((rf_slice){ url.data, plain.len }, plain)) ||
           (url.len > secure.len && rf_slice_eq_nocase((rf_slice){ url.data, secure.len }, secure));
}

static rf_code check_url(const rf_http_client_conf *options, const rf_conf *conf) {
    rf_error error = { 0 };
    rf_slice url = options->url && rf_dynamic_is_fixed(options->url) ? rf_dynamic_fixed(options->url) : RF_SLICE("http://x");
    if (is_http(url))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "url `%.*s` is no URL of HTTP", RF_SLICE_ARG(url));
    rf_error_hint(&error, "such as http://127.0.0.1:8080/path");
    return report(conf, "url", &error);
}

/* A method as RFC 9110 has it; letters are all that are in use. */
static rf_code check_verb(const rf_http_client_conf *options, const rf_conf *conf) {
    rf_error error = { 0 };
    bool good = options->verb.len > 0 && options->verb.len <= 32;
    for (size_t i = 0; i < options->verb.len && good; i++)
        good = (options->verb.data[i] >= 'A' && options->verb.data[i] <= 'Z') || options->verb.data[i] == '-' ||
               options->verb.data[i] == '_';
    if (good)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "verb `%.*s` is no method of HTTP", RF_SLICE_ARG(options->verb));
    rf_error_hint(&error, "GET, POST, PUT, PATCH, DELETE: in capitals");
    return report(conf, "verb", &error);
}

static rf_code check_timeout(const rf_http_client_conf *options, const rf_conf *conf) {
    rf_error error = { 0 };
    if (options->timeout_ns > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "timeout is zero: no request could be answered");
    return report(conf, "timeout", &error);
}

static rf_code check(rf_http_client *client, const rf_conf *conf) {
    const rf_http_client_conf *options = client->conf;
    rf_code url = check_url(options, conf), verb = check_verb(options, conf), timeout = check_timeout(options, conf);
    rf_code backoff = read_codes(&options->backoff_on, "backoff_on", conf, &client->backoff_on);
    rf_code drop = read_codes(&options->drop_on, "drop_on", conf, &client->drop_on);
    rf_code success = read_codes(&options->successful_on, "successful_on", conf, &client->successful_on);
    if (!rf_conf_child(conf, "backoff_on"))
        client->backoff_on = (rf_http_codes){ { 429 }, 1 };
    return url || verb || timeout || backoff || drop || success ? RF_ECONFIG : RF_OK;
}

rf_code rf_http_client_open(rf_http_client *client, const rf_http_client_conf *options, const rf_conf *conf, const rf_env *env,
                            rf_error *reterr) {
    assert(!client->made);
    client->conf = options;
    client->env = env;
    rf_mutex_init(&client->lock);
    client->made = true;
    rf_code code = check(client, conf);
    rf_code metadata = rf_meta_filter_open(&client->metadata, &options->metadata, conf, reterr);
    rf_code extract = rf_meta_filter_open(&client->extract, &options->extract_headers, conf, reterr);
    rf_code tls = options->tls.enabled ? rf_tls_check(&options->tls, conf, reterr) : RF_OK;
    rf_code auth = rf_http_auth_check(&options->auth, conf, reterr);
    if (auth == RF_ENOMEM || metadata == RF_ENOMEM || extract == RF_ENOMEM || tls == RF_ENOMEM)
        return RF_ENOMEM;
    return code || metadata || extract || tls || auth ? RF_ECONFIG : RF_OK;
}

rf_code rf_http_client_connect(rf_http_client *client, rf_error *reterr) {
    rf_code code = RF_OK;
    rf_mutex_lock(&client->lock);
    if (!client->loaded) {
        code = rf_http_curl_load(&client->curl, reterr);
        if (!code && client->conf->tls.enabled)
            code = rf_tls_pem_read(&client->conf->tls, &client->pem, reterr);
        if (!code)
            code = rf_http_token_open(client, reterr);
        client->loaded = !code;
    }
    rf_mutex_unlock(&client->lock);
    return code;
}

void rf_http_client_done(rf_http_client *client) {
    if (!client->made)
        return;
    rf_tls_pem_done(&client->pem);
    rf_http_token_done(client);
    rf_meta_filter_done(&client->metadata);
    rf_meta_filter_done(&client->extract);
    rf_mutex_done(&client->lock);
    client->made = false;
}

/* ---- The request of a message ---- */

static bool is_token(rf_slice name) {
    if (name.len == 0)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c <= ' ' || c >= 127 || strchr("()<>@,;:\\\"/[]?={}", c))
            return false;
    }
    return true;
}

static bool has_line_break(rf_slice value) {
    return memchr(value.data ? value.data : "", '\n', value.len) || memchr(value.data ? value.data : "", '\r', value.len) ||
           memchr(value.data ? value.data : "", '\0', value.len);
}

static rf_code add_header(const rf_http_client *client, rf_batch *batch, rf_http_task *task, rf_slice name, rf_slice value,
                          rf_error *reterr) {
    /* libcurl takes `Name;` for a header that is empty. */
    rf_slice line = value.len ? rf_printf_in(&batch->arena, "%.*s: %.*s", RF_SLICE_ARG(name), RF_SLICE_ARG(value))
                              : rf_printf_in(&batch->arena, "%.*s;", RF_SLICE_ARG(name));
    struct curl_slist *longer = line.data ? client->curl.curl_slist_append(task->headers, line.data) : NULL;
    if (!longer)
        return rf_raise_nomem(reterr);
    task->headers = longer;
    return RF_OK;
}

static rf_code add_own_headers(rf_http_client *client, rf_batch *batch, uint32_t index, rf_http_task *task, bool *ret_typed,
                               rf_error *reterr) {
    const rf_dynamics *headers = &client->conf->headers;
    for (size_t i = 0; i < headers->count; i++) {
        rf_slice name = headers->names[i], value;
        rf_code code = rf_dynamic_text(headers->items[i], batch, index, &value, reterr);
        if (code) {
            rf_error_prefix(reterr, "header `%.*s`: ", RF_SLICE_ARG(name));
            return code;
        }
        if (!is_token(name) || has_line_break(value))
            return rf_raise(reterr, RF_ESCRIPT, "header `%.*s` has a character that headers may not have", RF_SLICE_ARG(name));
        *ret_typed |= rf_slice_eq_nocase(name, RF_SLICE("content-type"));
        code = add_header(client, batch, task, name, value, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

/* What cannot stand in a header is left out: it was not named one by one. */
static rf_code add_metadata(const rf_http_client *client, rf_batch *batch, uint32_t index, rf_http_task *task, rf_error *reterr) {
    rf_meta *meta = &batch->messages[index].meta;
    if (!rf_meta_filter_is_on(&client->metadata))
        return RF_OK;
    for (uint32_t i = 0; i < meta->count; i++) {
        rf_slice name = rf_key_text(meta->entries[i].key);
        if (!rf_meta_filter_takes(&client->metadata, name) || !is_token(name))
            continue;
        rf_slice value = rf_meta_text(&batch->arena, &meta->entries[i].value);
        if (!value.data)
            return rf_raise_nomem(reterr);
        rf_code code = has_line_break(value) ? RF_OK : add_header(client, batch, task, name, value, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code make_url(const rf_http_client *client, rf_batch *batch, uint32_t index, rf_http_task *task, rf_error *reterr) {
    rf_slice url;
    rf_code code = rf_dynamic_text(client->conf->url, batch, index, &url, reterr);
    if (code) {
        rf_error_prefix(reterr, "url: ");
        return code;
    }
    if (!is_http(url) || has_line_break(url))
        return rf_raise(reterr, RF_ESCRIPT, "url `%.*s` is no URL of HTTP", (int)(url.len < 200 ? url.len : 200), url.data);
    task->url = rf_slice_dup_in(&batch->arena, url);
    return task->url.data ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code make_headers(rf_http_client *client, rf_batch *batch, uint32_t index, const char *content_type, rf_http_task *task,
                            rf_error *reterr) {
    bool typed = content_type != NULL;
    rf_code code = RF_OK;
    if (content_type)
        code = add_header(client, batch, task, RF_SLICE("Content-Type"), rf_slice_of(content_type), reterr);
    if (!code)
        code = add_own_headers(client, batch, index, task, &typed, reterr);
    if (!code && !typed)
        code = add_header(client, batch, task, RF_SLICE("Content-Type"), RF_SLICE("application/octet-stream"), reterr);
    if (!code)
        code = add_metadata(client, batch, index, task, reterr);
    struct curl_slist *longer = code ? NULL : client->curl.curl_slist_append(task->headers, "Expect:"); /* no asking before the body */
    if (!code && !longer)
        return rf_raise_nomem(reterr);
    task->headers = code ? task->headers : longer;
    return code;
}

rf_code rf_http_task_make(rf_http_client *client, rf_batch *batch, uint32_t index, const rf_slice *body, const char *content_type,
                          rf_http_task *task, rf_error *reterr) {
    assert(client->loaded && index < batch->count);
    rf_code code = RF_OK;
    task->verb = client->conf->verb;
    task->body = body ? *body : (rf_slice){ 0 };
    if (!body)
        code = rf_message_bytes(batch, &batch->messages[index], &task->body, reterr);
    if (code)
        return code;
    rf_mutex_lock(&client->lock);
    code = make_url(client, batch, index, task, reterr);
    if (!code)
        code = make_headers(client, batch, index, content_type, task, reterr);
    rf_mutex_unlock(&client->lock);
    return code;
}

void rf_http_task_done(const rf_http_client *client, rf_http_task *task) {
    rf_http_task_unsign(client, task);
    if (task->headers)
        client->curl.curl_slist_free_all(task->headers);
    assert(!task->easy);
    rf_buffer_done(&task->answer);
    rf_buffer_done(&task->head);
    task->headers = NULL;
}

/* ---- What the answer says ---- */

static rf_slice lower_in(rf_arena *arena, rf_slice text) {
    rf_slice copy = rf_slice_dup_in(arena, text);
    char *bytes = (char *)(uintptr_t)copy.data; /* ours since just now */
    for (size_t i = 0; copy.data && i < copy.len; i++)
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (char)(bytes[i] - 'A' + 'a');
    return copy;
}

static bool extract_line(const rf_http_client *client, rf_slice line, rf_batch *batch, rf_message *message) {
    size_t colon = rf_slice_find(line, ':');
    if (colon == line.len || colon == 0)
        return true;
    rf_slice name = lower_in(&batch->arena, (rf_slice){ line.data, colon });
    if (!name.data)
        return false;
    if (!rf_meta_filter_takes(&client->extract, name))
        return true;
    rf_slice value = rf_slice_dup_in(&batch->arena, rf_slice_trim((rf_slice){ line.data + colon + 1, line.len - colon - 1 }));
    return value.data && rf_batch_set_meta(batch, message, name, rf_string(value));
}

bool rf_http_task_extract(rf_http_client *client, const rf_http_task *task, rf_batch *batch, rf_message *message) {
    rf_slice rest = rf_buffer_view(&task->head);
    bool good = true;
    if (!rf_meta_filter_is_on(&client->extract))
        return true;
    rf_mutex_lock(&client->lock);
    while (rest.len > 0 && good) {
        size_t end = rf_slice_find(rest, '\n');
        good = extract_line(client, (rf_slice){ rest.data, end }, batch, message);
        end += end < rest.len;
        rest = (rf_slice){ rest.data + end, rest.len - end };
    }
    rf_mutex_unlock(&client->lock);
    return good;
}
