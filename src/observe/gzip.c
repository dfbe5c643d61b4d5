/* gzip.c: bytes packed as gzip by zlib, with our own memory. */
#include "observe/gzip.h"

#include "base/alloc.h"

#include <assert.h>
#include <zlib.h>

enum { WINDOW_BITS = 15, AS_GZIP = 16 /* zlib: added to the window's bits */, MEMORY_LEVEL = 8, SYSTEM_UNKNOWN = 255 };

static voidpf take(voidpf opaque, uInt items, uInt size) {
    (void)opaque;
    return rf_alloc_zero(items, size);
}

static void give_back(voidpf opaque, voidpf memory) {
    (void)opaque;
    rf_free(memory);
}

static rf_code pack(z_stream *stream, rf_slice bytes, rf_buffer *out, rf_error *reterr) {
    static const gz_header plain = { .os = SYSTEM_UNKNOWN };
    gz_header header = plain; /* zlib writes into it */
    (void)deflateSetHeader(stream, &header); /* cannot fail right behind the init */
    uLong room = deflateBound(stream, (uLong)bytes.len);
    if (!rf_buffer_reserve(out, room))
        return rf_raise_nomem(reterr);
    stream->next_in = (z_const Bytef *)(uintptr_t)bytes.data;
    stream->avail_in = (uInt)bytes.len;
    stream->next_out = (Bytef *)out->data + out->len;
    stream->avail_out = (uInt)room;
    int ended = deflate(stream, Z_FINISH);
    assert(ended == Z_STREAM_END); /* there was room for all of it */
    (void)ended;
    out->len += room - stream->avail_out;
    return RF_OK;
}

rf_code rf_gzip_write(rf_slice bytes, rf_buffer *out, rf_error *reterr) {
    if (bytes.len > (UINT32_MAX >> 1))
        return rf_raise(reterr, RF_ELIMIT, "%zu bytes are more than are packed at once", bytes.len);
    z_stream stream = { .zalloc = take, .zfree = give_back };
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS + AS_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return rf_raise_nomem(reterr);
    rf_code code = pack(&stream, bytes, out, reterr);
    (void)deflateEnd(&stream);
    return code;
}
