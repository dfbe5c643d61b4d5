/* json_schema: messages that are not as a JSON Schema says fail, and are told why. */
#include "components/json_schema/schema.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "components/processors/archive.h"
#include "components/processors/note.h"
#include "components/processors/payload.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)16 << 20)

typedef struct json_schema {
    rf_slice schema, path;
    rf_slice text; /* of the schema: the above, or the file's */
    rf_buffer file;
    rf_note note;
} json_schema;

static const rf_field json_schema_fields[] = {
    { "schema", RF_FIELD_STRING, offsetof(json_schema, schema), NULL, 0, "The schema, as JSON.", NULL, NULL, 0, 0, 0 },
    { "schema_path", RF_FIELD_STRING, offsetof(json_schema, path), NULL, 0, "A file that holds it, such as `file://./schemas/line.json`; read at the start.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

/* ---- At the start ---- */

static void close_fd(const int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
}

static rf_code read_file(const char *path, rf_buffer *out, rf_error *reterr) {
    RF_CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe is not waited for */
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && out->len <= FILE_BYTES_MAX) {
        if (!rf_buffer_reserve(out, 16384))
            return rf_raise_nomem(reterr);
        do
            got = read(fd, out->data + out->len, 16384);
        while (got < 0 && errno == EINTR);
        out->len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        return rf_raise(reterr, RF_ECONFIG, "cannot read the schema %s: %s", path, strerror(errno));
    return got > 0 ? rf_raise(reterr, RF_ECONFIG, "the schema %s is larger than 16 MiB", path) : RF_OK;
}

static rf_code find_text(json_schema *self, rf_error *reterr) {
    const rf_slice scheme = RF_SLICE("file://");
    rf_slice path = self->path;
    self->text = self->schema;
    if (self->schema.len)
        return RF_OK;
    if (!path.len)
        return rf_raise(reterr, RF_ECONFIG, "either schema or schema_path must be given");
    if (rf_slice_starts(path, RF_SLICE("http://")) || rf_slice_starts(path, RF_SLICE("https://"))) {
        (void)rf_raise(reterr, RF_ECONFIG, "a schema is not fetched over the network");
        rf_error_hint(reterr, "put it into a file, and write `file://./NAME.json`");
        return RF_ECONFIG;
    }
    if (rf_slice_starts(path, scheme))
        path = (rf_slice){ path.data + scheme.len, path.len - scheme.len };
    rf_code code = read_file(path.data, &self->file, reterr);
    self->text = rf_buffer_view(&self->file);
    return code;
}

static rf_code json_schema_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    json_schema *self = state;
    rf_json_schema *schema = NULL;
    rf_error error = { 0 };
    rf_note_init(&self->note, env);
    rf_code code = find_text(self, &error);
    if (!code)
        code = rf_json_schema_compile(self->text, &schema, &error);
    rf_json_schema_free(schema); /* each thread has its own, with patterns that are in use by one at a time */
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code)
        return RF_OK;
    const rf_conf *node = rf_conf_child(conf, self->schema.len ? "schema" : "schema_path");
    return rf_conf_report(node ? node : conf, &error);
}

static void json_schema_close(void *state) {
    json_schema *self = state;
    rf_buffer_done(&self->file);
}

static rf_code json_schema_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    const json_schema *self = state;
    rf_json_schema *schema = NULL;
    (void)shard;
    rf_code code = rf_json_schema_compile(self->text, &schema, reterr);
    if (!code)
        *ret_local = schema;
    return code;
}

static void json_schema_detach(void *state, void *local) {
    (void)state;
    rf_json_schema_free(local);
}

/* ---- A message ---- */

/* What JSON would give back of the payload, which stays as it is. */
static rf_code read_value(rf_batch *batch, rf_message *message, rf_value *ret_value, rf_error *reterr) {
    rf_code code = rf_archive_value(batch, message, ret_value, reterr);
    return code || message->payload.kind == RF_RAW ? code : rf_payload_settle(&batch->arena, ret_value, reterr);
}

static rf_code check_one(rf_json_schema *schema, rf_batch *batch, rf_message *message, rf_error *reterr) {
    rf_buffer *complaints = &batch->scratch;
    rf_value value;
    bool valid = false;
    rf_buffer_clear(complaints);
    rf_code code = read_value(batch, message, &value, reterr);
    if (!code)
        code = rf_json_schema_check(schema, &batch->arena, &value, complaints, &valid, reterr);
    if (code || valid)
        return code;
    assert(complaints->len > 0);
    return rf_raise(reterr, RF_ESCRIPT, "%.*s", (int)(complaints->len - 1 < 2048 ? complaints->len - 1 : 2048), complaints->data);
}

static rf_code json_schema_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    json_schema *self = state;
    assert(local);
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_message *message = &batch->messages[i];
        rf_code code = check_one(local, batch, message, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (!code)
            continue;
        rf_message_fail(batch, message, "%s", error.message);
        rf_note_log(&self->note, RF_LOG_DEBUG, "The document is not valid: ", error.message);
    }
    return RF_OK;
}

const rf_processor_kind rf_json_schema_kind = {
    .name = "json_schema",
    .summary = "Marks messages as failed that are not as a JSON Schema says.",
    .detail = "Drafts 4, 6 and 7. A message that is not valid goes on as it was, marked as failed; its error has a line for each thing that is wrong: where, and "
              "what. `catch`, `switch` and `reject_errored` do something about it.\n\n"
              "`$ref` refers to something within the schema. Formats that are checked: date, date-time, email, hostname, ipv4, ipv6, json-pointer, regex, time, uri, "
              "uri-reference, uuid. Patterns are PCRE's; one that takes too long does not match.",
    .example = "input:\n"
               "  generate: {mapping: 'root = if counter() % 2 == 0 { {\"line\": 7} } else { {\"line\": \"a\"} }', interval: 100ms, count: 4}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - json_schema:\n"
               "        schema: '{\"type\": \"object\", \"required\": [\"line\"], \"properties\": {\"line\": {\"type\": \"string\"}}}'\n"
               "    - catch:\n"
               "        - mapping: 'root = {\"wrong\": error()}'\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = json_schema_fields,
    .state_size = sizeof(json_schema),
    .open = json_schema_open,
    .attach = json_schema_attach,
    .process = json_schema_process,
    .detach = json_schema_detach,
    .close = json_schema_close,
};
