/* compress, decompress: payloads by one of the codecs. */
#include "base/slice.h"
#include "components/pack/codec.h"
#include "components/processors/note.h"

typedef struct compress_state {
    int algorithm;
    int64_t level;
    rf_codec_use use;
    rf_note note;
} compress_state;

#define LOADED "`lz4` (frames) and `snappy` (blocks, without a frame) need the packages `liblz4-1` and `libsnappy1v5`"

static const rf_field compress_fields[] = {
    { "algorithm", RF_FIELD_ENUM, offsetof(compress_state, algorithm), NULL, RF_FIELD_REQUIRED, "How; `pgzip` is `gzip`. " LOADED ".", rf_codec_names_both, NULL, 0, 0, 0 },
    { "level", RF_FIELD_INT, offsetof(compress_state, level), "-1", 0, "From 0, not at all, to 9, the smallest; -1: the usual. `snappy` has none.", NULL, NULL, 0, -1, 9 },
    { 0 },
};

static const rf_field decompress_fields[] = {
    { "algorithm", RF_FIELD_ENUM, offsetof(compress_state, algorithm), NULL, RF_FIELD_REQUIRED,
      "How it was compressed; `pgzip` is `gzip`. " LOADED ", `bzip2` needs `libbz2-1.0`.", rf_codec_names_all, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code open_with(compress_state *self, const char *const *names, const rf_conf *conf, const rf_env *env) {
    const rf_conf *node = rf_conf_child(conf, "algorithm");
    rf_error error = { 0 };
    rf_note_init(&self->note, env);
    if (!rf_codec_open(&self->use, rf_slice_of(names[self->algorithm]), (int)self->level, &error))
        return RF_OK;
    return rf_conf_report(node ? node : conf, &error);
}

static rf_code compress_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    (void)reterr;
    return open_with(state, rf_codec_names_both, conf, env);
}

static rf_code decompress_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    (void)reterr;
    return open_with(state, rf_codec_names_all, conf, env);
}

typedef rf_code (*change)(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr);

static rf_code change_one(const compress_state *self, change how, rf_batch *batch, rf_message *message, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice content, copy;
    rf_code code = rf_message_bytes(batch, message, &content, reterr);
    if (!code)
        code = how(&self->use, content, &out, reterr);
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
    const compress_state *self = state;
    return change_all(state, self->use.codec->shrink, "Failed to compress message: ", batch, reterr);
}

static rf_code decompress_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    const compress_state *self = state;
    return change_all(state, self->use.codec->expand, "Failed to decompress message part: ", batch, reterr);
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
    .open = decompress_open,
    .process = decompress_process,
};
