/* codec_loaded.c: codecs of libraries that are loaded when they are used: snappy's blocks, LZ4's frames, bzip2. */
#include "components/pack/codec.h"

#include "base/alloc.h"

#include <assert.h>

#define ROOM_BYTES ((size_t)64 << 10)
#define SYMBOL(name) RF_LIBRARY_SYMBOL(rf_codec_api, name)

/* ---- snappy ---- */

#define SNAPPY_RATIO_MAX 32u /* a copy of 3 bytes gives 64 at the most: what says more lies about its size */

static rf_code load_snappy(rf_codec_api *api, rf_error *reterr) {
    static const rf_symbol symbols[] = { RF_SNAPPY_FUNCTIONS(SYMBOL) { 0 } };
    return rf_library_load("libsnappy.so.1", "libsnappy1v5", symbols, api, reterr);
}

static rf_code shrink_snappy(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    size_t len = use->api.snappy_max_compressed_length(content.len);
    if (content.len > UINT32_MAX)
        return rf_raise(reterr, RF_ELIMIT, "more than 4 GiB");
    if (!rf_buffer_reserve(out, len) || use->api.snappy_compress(content.data, content.len, out->data, &len) != SNAPPY_OK)
        return rf_raise_nomem(reterr);
    out->len = len;
    return RF_OK;
}

static rf_code expand_snappy(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    size_t len = 0;
    if (use->api.snappy_uncompressed_length(content.data, content.len, &len) != SNAPPY_OK || len / SNAPPY_RATIO_MAX > content.len)
        return rf_raise(reterr, RF_EPARSE, "snappy: corrupt input");
    if (len > RF_CODEC_EXPANDED_BYTES_MAX)
        return rf_codec_raise_large(reterr);
    if (!rf_buffer_reserve(out, len + 1))
        return rf_raise_nomem(reterr);
    if (use->api.snappy_uncompress(content.data, content.len, out->data, &len) != SNAPPY_OK)
        return rf_raise(reterr, RF_EPARSE, "snappy: corrupt input");
    out->len = len;
    return RF_OK;
}

/* ---- LZ4 ---- */

static rf_code load_lz4(rf_codec_api *api, rf_error *reterr) {
    static const rf_symbol symbols[] = { RF_LZ4_FUNCTIONS(SYMBOL) { 0 } };
    return rf_library_load("liblz4.so.1", "liblz4-1", symbols, api, reterr);
}

static rf_code shrink_lz4(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    const LZ4F_preferences_t prefs = {
        .frameInfo = { .blockSizeID = LZ4F_max4MB, .contentChecksumFlag = LZ4F_contentChecksumEnabled }, .compressionLevel = use->level > 0 ? use->level : 0,
    };
    const size_t bound = use->api.LZ4F_compressFrameBound(content.len, &prefs);
    if (!rf_buffer_reserve(out, bound))
        return rf_raise_nomem(reterr);
    const size_t len = use->api.LZ4F_compressFrame(out->data, bound, content.data, content.len, &prefs);
    if (use->api.LZ4F_isError(len))
        return rf_raise(reterr, RF_EIO, "lz4: %s", use->api.LZ4F_getErrorName(len));
    out->len = len;
    return RF_OK;
}

/* One frame behind another. *ret_status: what the library said last; 0 at the end of a frame. */
static rf_code expand_frames(const rf_codec_use *use, LZ4F_dctx *context, rf_slice rest, rf_buffer *out, size_t *ret_status,
                             rf_error *reterr) {
    size_t status = 1;
    for (bool more = true; more;) {
        if (!rf_buffer_reserve(out, ROOM_BYTES))
            return rf_raise_nomem(reterr);
        size_t room = out->cap - out->len, taken = rest.len;
        status = use->api.LZ4F_decompress(context, out->data + out->len, &room, rest.data, &taken, NULL);
        if (use->api.LZ4F_isError(status))
            break;
        out->len += room;
        rest.data += taken;
        rest.len -= taken;
        if (out->len > RF_CODEC_EXPANDED_BYTES_MAX)
            return rf_codec_raise_large(reterr);
        more = rest.len > 0 || (status != 0 && room > 0); /* it may have kept some for want of room */
    }
    *ret_status = status;
    return RF_OK;
}

/* In the original's words where it has some. */
static rf_code raise_lz4(const rf_codec_use *use, size_t status, rf_error *reterr) {
    const char *name = use->api.LZ4F_getErrorName(status);
    if (strcmp(name, "ERROR_frameType_unknown") == 0)
        return rf_raise(reterr, RF_EPARSE, "lz4: bad magic number");
    return rf_raise(reterr, RF_EPARSE, "lz4: %s", name);
}

static rf_code expand_lz4(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    LZ4F_dctx *context = NULL;
    size_t status = 1;
    if (content.len == 0)
        return RF_OK;
    if (use->api.LZ4F_isError(use->api.LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        return rf_raise_nomem(reterr);
    rf_code code = expand_frames(use, context, content, out, &status, reterr);
    if (!code && use->api.LZ4F_isError(status))
        code = raise_lz4(use, status, reterr);
    else if (!code && status != 0)
        code = rf_raise(reterr, RF_EPARSE, "unexpected EOF");
    (void)use->api.LZ4F_freeDecompressionContext(context);
    return code;
}

/* ---- bzip2 ---- */

static rf_code load_bzip2(rf_codec_api *api, rf_error *reterr) {
    static const rf_symbol symbols[] = { RF_BZIP2_FUNCTIONS(SYMBOL) { 0 } };
    return rf_library_load("libbz2.so.1.0", "libbz2-1.0", symbols, api, reterr);
}

static void *take_memory(void *user RF_UNUSED, int count, int size) { return rf_alloc_zero((size_t)count, (size_t)size); }
static void give_memory(void *user RF_UNUSED, void *memory) { rf_free(memory); }

/* One stream; *ret_used: how much of `content` it was. */
static int expand_stream(const rf_codec_use *use, rf_slice content, rf_buffer *out, size_t *ret_used) {
    bz_stream z = { .next_in = (char *)(uintptr_t)content.data, .avail_in = (unsigned)content.len, .bzalloc = take_memory, .bzfree = give_memory };
    int status = use->api.BZ2_bzDecompressInit(&z, 0, 0);
    if (status != BZ_OK)
        return status;
    for (unsigned room = 0; status == BZ_OK && out->len <= RF_CODEC_EXPANDED_BYTES_MAX;) {
        const bool at_end = z.avail_in == 0;
        if (!rf_buffer_reserve(out, ROOM_BYTES)) {
            status = BZ_MEM_ERROR;
            break;
        }
        room = (unsigned)ROOM_BYTES;
        z.next_out = out->data + out->len;
        z.avail_out = room;
        status = use->api.BZ2_bzDecompress(&z);
        out->len += room - z.avail_out;
        if (status == BZ_OK && at_end && z.avail_out == room)
            status = BZ_UNEXPECTED_EOF;
    }
    *ret_used = content.len - z.avail_in;
    (void)use->api.BZ2_bzDecompressEnd(&z);
    return status;
}

static rf_code raise_bzip2(int status, rf_error *reterr) {
    switch (status) {
    case BZ_MEM_ERROR: return rf_raise_nomem(reterr);
    case BZ_UNEXPECTED_EOF: return rf_raise(reterr, RF_EPARSE, "unexpected EOF");
    case BZ_DATA_ERROR_MAGIC: return rf_raise(reterr, RF_EPARSE, "bzip2 data invalid: bad magic value");
    default: return rf_raise(reterr, RF_EPARSE, "bzip2 data invalid: corrupt input");
    }
}

static rf_code expand_bzip2(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    if (content.len > UINT32_MAX)
        return rf_raise(reterr, RF_ELIMIT, "more than 4 GiB");
    do {
        size_t used = 0;
        const int status = expand_stream(use, content, out, &used);
        if (out->len > RF_CODEC_EXPANDED_BYTES_MAX)
            return rf_codec_raise_large(reterr);
        if (status != BZ_STREAM_END)
            return raise_bzip2(status, reterr);
        content.data += used;
        content.len -= used;
    } while (content.len > 0);
    return RF_OK;
}

const rf_codec rf_codec_bzip2 = { "bzip2", load_bzip2, NULL, expand_bzip2 };
const rf_codec rf_codec_lz4 = { "lz4", load_lz4, shrink_lz4, expand_lz4 };
const rf_codec rf_codec_snappy = { "snappy", load_snappy, shrink_snappy, expand_snappy };
