/* codec_deflate.c: deflate (RFC 1951), bare and in the wrappings of gzip (RFC 1952) and zlib (RFC 1950). */
#include "components/pack/codec.h"

#include "base/alloc.h"

#include <assert.h>
#include <zlib.h>

#define ROOM_BYTES ((size_t)16 << 10)
/* zlib's window sizes that say which wrapping. */
enum { BARE = -15, GZIP = 15 + 16, ZLIB = 15 };

static void *take_memory(void *user RF_UNUSED, unsigned count, unsigned size) { return rf_alloc_zero(count, size); }
static void give_memory(void *user RF_UNUSED, void *memory) { rf_free(memory); }

static z_stream stream_over(rf_slice content) {
    return (z_stream){
        .next_in = (Bytef *)(uintptr_t)content.data, .avail_in = (uInt)content.len, .zalloc = take_memory, .zfree = give_memory
    };
}

static rf_code shrink(int window, int level, rf_slice content, rf_buffer *out, rf_error *reterr) {
    z_stream z = stream_over(content);
    if (deflateInit2(&z, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return rf_raise_nomem(reterr);
    const size_t bound = deflateBound(&z, content.len), before = out->len;
    if (!rf_buffer_reserve(out, bound) || bound > UINT32_MAX) {
        (void)deflateEnd(&z);
        return rf_raise_nomem(reterr);
    }
    z.next_out = (Bytef *)out->data + before;
    z.avail_out = (uInt)bound;
    const int status = deflate(&z, Z_FINISH);
    out->len = before + bound - z.avail_out;
    (void)deflateEnd(&z);
    assert(status == Z_STREAM_END);
    return status == Z_STREAM_END ? RF_OK : rf_raise(reterr, RF_EIO, "deflate gave up");
}

static const char *format_of(int window) {
    return window == GZIP ? "gzip" : "zlib";
}

/* What is said of bytes that are not what they should be: the original's words where it has some. */
static rf_code raise_fault(int status, const z_stream *z, int window, rf_error *reterr) {
    if (status == Z_OK || status == Z_BUF_ERROR)
        return rf_raise(reterr, RF_EPARSE, "unexpected EOF");
    if (z->total_out == 0 && z->total_in < 10 && window != BARE)
        return rf_raise(reterr, RF_EPARSE, "%s: invalid header", format_of(window));
    if (z->msg && (strcmp(z->msg, "incorrect data check") == 0 || strcmp(z->msg, "incorrect length check") == 0))
        return rf_raise(reterr, RF_EPARSE, "%s: invalid checksum", format_of(window));
    return rf_raise(reterr, RF_EPARSE, "flate: corrupt input before offset %lu", z->total_in);
}

/* Up to `max` bytes and one more. A gzip may have several members. */
static int inflate_all(z_stream *z, size_t max, rf_buffer *out) {
    int status = Z_OK;
    while (status == Z_OK && out->len <= max) {
        if (!rf_buffer_reserve(out, ROOM_BYTES))
            return Z_MEM_ERROR;
        size_t room = out->cap - out->len < UINT32_MAX ? out->cap - out->len : UINT32_MAX;
        z->next_out = (Bytef *)out->data + out->len;
        z->avail_out = (uInt)room;
        status = inflate(z, Z_NO_FLUSH);
        out->len += room - z->avail_out;
        if (status == Z_STREAM_END && z->avail_in > 0 && inflateReset(z) == Z_OK)
            status = Z_OK;
    }
    return status;
}

static rf_code expand(int window, rf_slice content, rf_buffer *out, rf_error *reterr) {
    z_stream z = stream_over(content);
    if (content.len < 10 && window == GZIP) /* shorter than any header */
        return rf_raise(reterr, RF_EPARSE, content.len ? "unexpected EOF" : "EOF");
    if (inflateInit2(&z, window) != Z_OK)
        return rf_raise_nomem(reterr);
    const int status = inflate_all(&z, RF_CODEC_EXPANDED_BYTES_MAX, out);
    rf_code code = RF_OK;
    if (status == Z_MEM_ERROR)
        code = rf_raise_nomem(reterr);
    else if (out->len > RF_CODEC_EXPANDED_BYTES_MAX)
        code = rf_codec_raise_large(reterr);
    else if (status != Z_STREAM_END)
        code = raise_fault(status, &z, window, reterr);
    (void)inflateEnd(&z);
    return code;
}

rf_code rf_deflate_part(rf_slice content, rf_buffer *out, rf_error *reterr) {
    return shrink(BARE, Z_DEFAULT_COMPRESSION, content, out, reterr);
}

rf_code rf_inflate_part(rf_slice content, size_t expanded, rf_buffer *out, rf_error *reterr) {
    z_stream z = stream_over(content);
    assert(out->len == 0);
    if (expanded > RF_CODEC_EXPANDED_BYTES_MAX)
        return rf_codec_raise_large(reterr);
    if (inflateInit2(&z, BARE) != Z_OK)
        return rf_raise_nomem(reterr);
    const int status = inflate_all(&z, expanded, out);
    rf_code code = RF_OK;
    if (status == Z_MEM_ERROR)
        code = rf_raise_nomem(reterr);
    else if (status != Z_STREAM_END && out->len <= expanded)
        code = raise_fault(status, &z, BARE, reterr);
    else if (out->len != expanded)
        code = rf_raise(reterr, RF_EPARSE, "it expands to another size than it says");
    (void)inflateEnd(&z);
    return code;
}

static rf_code flate_shrink(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    return shrink(BARE, use->level, content, out, reterr);
}
static rf_code flate_expand(const rf_codec_use *use RF_UNUSED, rf_slice content, rf_buffer *out, rf_error *reterr) {
    return expand(BARE, content, out, reterr);
}
static rf_code gzip_shrink(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    return shrink(GZIP, use->level, content, out, reterr);
}
static rf_code gzip_expand(const rf_codec_use *use RF_UNUSED, rf_slice content, rf_buffer *out, rf_error *reterr) {
    return expand(GZIP, content, out, reterr);
}
static rf_code zlib_shrink(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr) {
    return shrink(ZLIB, use->level, content, out, reterr);
}
static rf_code zlib_expand(const rf_codec_use *use RF_UNUSED, rf_slice content, rf_buffer *out, rf_error *reterr) {
    return expand(ZLIB, content, out, reterr);
}

const rf_codec rf_codec_flate = { "flate", NULL, flate_shrink, flate_expand };
const rf_codec rf_codec_gzip = { "gzip", NULL, gzip_shrink, gzip_expand };
const rf_codec rf_codec_pgzip = { "pgzip", NULL, gzip_shrink, gzip_expand };
const rf_codec rf_codec_zlib = { "zlib", NULL, zlib_shrink, zlib_expand };
