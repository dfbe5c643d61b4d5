/* compress, decompress: payloads by deflate, in its three wrappings. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/processors/note.h"

#include <assert.h>
#include <zlib.h>

#define EXPANDED_BYTES_MAX ((size_t)1 << 30) /* of one message: what expands further is meant to harm */
#define ROOM_BYTES ((size_t)16 << 10)

static const char *const algorithms[] = { "flate", "gzip", "pgzip", "zlib", NULL };
/* zlib's window sizes that say which wrapping. */
static const int windows[] = { -15, 15 + 16, 15 + 16, 15 };

typedef struct compress_state {
    int algorithm;
    int64_t level;
    rf_note note;
} compress_state;

static const rf_field compress_fields[] = {
    { "algorithm", RF_FIELD_ENUM, offsetof(compress_state, algorithm), NULL, RF_FIELD_REQUIRED, "How; `pgzip` is `gzip`.", algorithms, NULL, 0, 0, 0 },
    { "level", RF_FIELD_INT, offsetof(compress_state, level), "-1", 0, "From 0, not at all, to 9, the smallest; -1: the usual.", NULL, NULL, 0, -1, 9 },
    { 0 },
};

static const rf_field decompress_fields[] = {
    { "algorithm", RF_FIELD_ENUM, offsetof(compress_state, algorithm), NULL, RF_FIELD_REQUIRED, "How it was compressed; `pgzip` is `gzip`.", algorithms,
      NULL, 0, 0, 0 },
    { 0 },
};

static rf_code compress_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    compress_state *self = state;
    (void)conf, (void)reterr;
    rf_note_init(&self->note, env);
    return RF_OK;
}

static void *take_memory(void *user RF_UNUSED, unsigned count, unsigned size) { return rf_alloc_zero(count, size); }
static void give_memory(void *user RF_UNUSED, void *memory) { rf_free(memory); }

static z_stream stream_over(rf_slice content) {
    return (z_stream){ .next_in = (Bytef *)(uintptr_t)content.data, .avail_in = (uInt)content.len, .zalloc = take_memory, .zfree = give_memory };
}

static rf_code shrink(const compress_state *self, rf_slice content, rf_buffer *out, rf_error *reterr) {
    z_stream z = stream_over(content);
    if (deflateInit2(&z, (int)self->level, Z_DEFLATED, windows[self->algorithm], 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return rf_raise_nomem(reterr);
    size_t bound = deflateBound(&z, content.len);
    if (!rf_buffer_reserve(out, bound) || bound > UINT32_MAX) {
        (void)deflateEnd(&z);
        return rf_raise_nomem(reterr);
    }
    z.next_out = (Bytef *)out->data;
    z.avail_out = (uInt)bound;
    int status = deflate(&z, Z_FINISH);
    out->len = bound - z.avail_out;
    (void)deflateEnd(&z);
    assert(status == Z_STREAM_END);
    return status == Z_STREAM_END ? RF_OK : rf_raise(reterr, RF_EIO, "deflate gave up");
}

/* What is said of bytes that are not what they should be: the original's words where it has some. */
static const char *fault_of(int status, const z_stream *z, int algorithm) {
    if (status == Z_OK || status == Z_BUF_ERROR)
        return "unexpected EOF";
    if (z->total_out == 0 && z->total_in < 10 && algorithm != 0)
        return algorithm == 3 ? "zlib: invalid header" : "gzip: invalid header";
    return z->msg ? z->msg : "corrupt input";
}

static int inflate_all(z_stream *z, rf_buffer *out) {
    int status = Z_OK;
    while (status == Z_OK && out->len <= EXPANDED_BYTES_MAX) {
        if (!rf_buffer_reserve(out, ROOM_BYTES))
            return Z_MEM_ERROR;
        size_t room = out->cap - out->len < UINT32_MAX ? out->cap - out->len : UINT32_MAX;
        z->next_out = (Bytef *)out->data + out->len;
        z->avail_out = (uInt)room;
        status = inflate(z, Z_NO_FLUSH);
        out->len += room - z->avail_out;
        if (status == Z_STREAM_END && z->avail_in > 0 && inflateReset(z) == Z_OK) /* a gzip of several members */
            status = Z_OK;
    }
    return status;
}

static rf_code expand(const compress_state *self, rf_slice content, rf_buffer *out, rf_error *reterr) {
    z_stream z = stream_over(content);
    if (content.len < 10 && self->algorithm != 0 && self->algorithm != 3) /* shorter than any gzip header */
        return rf_raise(reterr, RF_EPARSE, content.len ? "unexpected EOF" : "EOF");
    if (inflateInit2(&z, windows[self->algorithm]) != Z_OK)
        return rf_raise_nomem(reterr);
    int status = inflate_all(&z, out);
    rf_code code = RF_OK;
    if (status == Z_MEM_ERROR)
        code = rf_raise_nomem(reterr);
    else if (out->len > EXPANDED_BYTES_MAX)
        code = rf_raise(reterr, RF_ELIMIT, "expands to more than 1 GiB");
    else if (status != Z_STREAM_END)
        code = rf_raise(reterr, RF_EPARSE, "%s", fault_of(status, &z, self->algorithm));
    (void)inflateEnd(&z);
    return code;
}

typedef rf_code (*change)(const compress_state *self, rf_slice content, rf_buffer *out, rf_error *reterr);

static rf_code change_one(const compress_state *self, change how, rf_batch *batch, rf_message *message, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice content, copy;
    rf_code code = rf_message_bytes(batch, message, &content, reterr);
    if (!code)
        code = how(self, content, &out, reterr);
    if (code)
        return code;
    copy = out.len ? rf_slice_dup_in(&batch->arena, rf_buffer_view(&out)) : RF_SLICE("");
    if (!copy.data)
        return rf_raise_nomem(reterr);
    message->payload = rf_text(RF_RAW, copy);
    return RF_OK;
}

static rf_code change_all(compress_state *self, change how, const char *what, rf_batch *batch, rf_error *reterr) {
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_code code = change_one(self, how, batch, &batch->messages[i], &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (code)
            rf_note_fail(&self->note, batch, &batch->messages[i], what, error.message);
    }
    return RF_OK;
}

static rf_code compress_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return change_all(state, shrink, "Failed to compress message: ", batch, reterr);
}

static rf_code decompress_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return change_all(state, expand, "Failed to decompress message part: ", batch, reterr);
}

const rf_processor_kind rf_compress_kind = {
    .name = "compress",
    .summary = "Compresses payloads.",
    .detail = NULL,
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - compress: {algorithm: gzip}\n"
               "    - decompress: {algorithm: gzip}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = compress_fields,
    .state_size = sizeof(compress_state),
    .open = compress_open,
    .process = compress_process,
};

const rf_processor_kind rf_decompress_kind = {
    .name = "decompress",
    .summary = "Expands payloads that were compressed.",
    .detail = "A message that is not what it should be goes on as it was, marked as failed; so does one that expands to more than 1 GiB.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - compress: {algorithm: zlib, level: 9}\n"
               "    - decompress: {algorithm: zlib}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = decompress_fields,
    .state_size = sizeof(compress_state),
    .open = compress_open,
    .process = decompress_process,
};
