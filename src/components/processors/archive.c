/* archive: the messages of a batch become one. */
#include "components/processors/archive.h"

#include "base/slice.h"
#include "components/pack/container.h"
#include "components/processors/note.h"
#include "components/processors/parcels.h"

#include <assert.h>

static const char *const formats[] = { "binary", "concatenate", "json_array", "lines", "tar", "zip", NULL };

typedef struct archive {
    int format;
    rf_dynamic *path;
    rf_note note;
} archive;

static const rf_field archive_fields[] = {
    { "format", RF_FIELD_ENUM, offsetof(archive, format), NULL, RF_FIELD_REQUIRED,
      "`lines`: a line feed between them; `concatenate`: nothing between them; `json_array`: a list of their values; `binary`: lengths and "
      "bytes; `tar`, `zip`: an archive with a file for each.", formats, NULL, 0, 0, 0 },
    { "path", RF_FIELD_DYNAMIC, offsetof(archive, path), "\"\"", 0, "The name of each file of a `tar` or `zip`.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code archive_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    archive *self = state;
    (void)conf, (void)reterr;
    rf_note_init(&self->note, env);
    return RF_OK;
}

static rf_code make_list(rf_batch *batch, uint32_t begin, uint32_t end, rf_message *out, rf_error *reterr) {
    rf_value list = { .kind = RF_LIST, .items = rf_arena_alloc(&batch->arena, (end - begin) * sizeof(rf_value)) };
    if (!list.items)
        return rf_raise_nomem(reterr);
    for (uint32_t i = begin; i < end; i++) {
        rf_code code = rf_archive_value(batch, &batch->messages[i], &list.items[list.size++], reterr);
        if (code) {
            if (code != RF_ENOMEM)
                rf_error_prefix(reterr, "failed to parse message as JSON: ");
            return code;
        }
    }
    out->payload = list;
    return RF_OK;
}

static void put_length(rf_buffer *out, size_t length) {
    const unsigned char bytes[4] = { (unsigned char)(length >> 24), (unsigned char)(length >> 16), (unsigned char)(length >> 8), (unsigned char)length };
    rf_buffer_append(out, bytes, sizeof bytes);
}

/* What is being made. */
typedef struct making { rf_buffer text; rf_zip zip; } making;

static void making_done(making *made) {
    rf_buffer_done(&made->text);
    rf_zip_done(&made->zip);
}

static rf_code put_file(const archive *self, rf_batch *batch, uint32_t i, rf_slice content, making *made, rf_error *reterr) {
    rf_slice path = { 0 };
    rf_code code = rf_dynamic_text(self->path, batch, i, &path, reterr);
    if (code) {
        rf_error_prefix(reterr, "path interpolation error: ");
        return code;
    }
    return self->format == RF_ARCHIVE_TAR ? rf_tar_write(&made->text, path, content, reterr)
                                          : rf_zip_add(&made->zip, &made->text, path, content, reterr);
}

/* One message's part of the text. */
static rf_code put_one(const archive *self, rf_batch *batch, uint32_t i, rf_slice content, making *made, rf_error *reterr) {
    if (self->format == RF_ARCHIVE_TAR || self->format == RF_ARCHIVE_ZIP)
        return put_file(self, batch, i, content, made, reterr);
    if (self->format == RF_ARCHIVE_BINARY)
        put_length(&made->text, content.len);
    rf_buffer_slice(&made->text, content);
    return RF_OK;
}

static rf_code make_text(const archive *self, rf_batch *batch, uint32_t begin, uint32_t end, rf_message *out, rf_error *reterr) {
    RF_CLEANUP(making_done) making made = { 0 };
    rf_buffer *text = &made.text;
    rf_code code = RF_OK;
    if (self->format == RF_ARCHIVE_BINARY)
        put_length(text, end - begin);
    for (uint32_t i = begin; i < end && !code; i++) {
        rf_slice content = { 0 };
        code = rf_message_bytes(batch, &batch->messages[i], &content, reterr);
        if (!code && self->format == RF_ARCHIVE_LINES && i > begin)
            rf_buffer_char(text, '\n');
        if (!code)
            code = put_one(self, batch, i, content, &made, reterr);
    }
    if (!code && self->format == RF_ARCHIVE_TAR)
        rf_tar_end(text);
    if (!code && self->format == RF_ARCHIVE_ZIP)
        rf_zip_end(&made.zip, text);
    if (code)
        return code;
    if (text->failed || text->len > UINT32_MAX)
        return text->failed ? rf_raise_nomem(reterr) : rf_raise(reterr, RF_ELIMIT, "more than 4 GiB");
    rf_slice copy = text->len ? rf_slice_dup_in(&batch->arena, rf_buffer_view(text)) : RF_SLICE("");
    out->payload = rf_text(RF_RAW, copy);
    return copy.data ? RF_OK : rf_raise_nomem(reterr);
}

/* A batch of which no archive can be made goes on as it was, all of it marked. */
static rf_code archive_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    archive *self = state;
    rf_batch *batch = parcels->batch;
    rf_error error = { 0 };
    rf_message whole;
    rf_message_share(&batch->messages[begin], &whole);
    rf_code code = self->format == RF_ARCHIVE_JSON_ARRAY ? make_list(batch, begin, end, &whole, &error)
                                                         : make_text(self, batch, begin, end, &whole, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (!code) {
        rf_parcels_add(parcels, &whole);
        return RF_OK;
    }
    rf_note_log(&self->note, RF_LOG_ERROR, "Failed to create archive: ", error.message);
    for (uint32_t i = begin; i < end; i++) {
        rf_message_fail(batch, &batch->messages[i], "%s", error.message);
        rf_parcels_add(parcels, &batch->messages[i]);
    }
    return RF_OK;
}

static rf_code archive_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return rf_parcels_each(batch, archive_each, state, reterr);
}

const rf_processor_kind rf_archive_kind = {
    .name = "archive",
    .summary = "Makes one message of each batch.",
    .detail = "It has the metadata of the first. A batch is what an input or a `batching` policy made one; a message that was not batched is one "
              "by itself. When a message cannot be put in, all of the batch go on as they were, marked as failed.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 6, batch_size: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - archive: {format: json_array}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = archive_fields,
    .state_size = sizeof(archive),
    .open = archive_open,
    .process = archive_process,
};
