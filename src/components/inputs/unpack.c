/* unpack.c: streams of gzip and its kin, LZ4 and bzip2, expanded block by block. */
#include "components/inputs/unpack.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "components/pack/codec.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* One step: takes from `in`, gives to `out`; both become what was used. *ret_end: it is the end of a stream, member or frame. */
typedef rf_code step(rf_unpack *unpack, const char *in, size_t *in_len, char *out, size_t *out_len, bool *ret_end, rf_error *reterr);

typedef struct format {
    rf_code (*begin)(rf_unpack *unpack, rf_error *reterr);
    step *step;
    void (*end)(rf_unpack *unpack);
    bool one; /* what follows its end is passed over; else it may begin anew there */
} format;

struct rf_unpack {
    rf_codec_use use;
    const format *format;
    z_stream z;
    bz_stream bz;
    LZ4F_dctx *lz4;
    bool begun;      /* within a stream */
    bool ended;      /* nothing more is expanded */
    size_t from, to; /* what was read and not yet expanded */
    char packed[RF_LINE_BLOCK_BYTES];
};

/* ---- deflate ---- */

static void *take_z(void *user RF_UNUSED, unsigned count, unsigned size) { return rf_alloc_zero(count, size); }
static void give_memory(void *user RF_UNUSED, void *memory) { rf_free(memory); }

static int window_of(const rf_unpack *unpack) {
    const char *name = unpack->use.codec->name;
    return strcmp(name, "flate") == 0 ? -15 : strcmp(name, "zlib") == 0 ? 15 : 15 + 16;
}

static rf_code begin_z(rf_unpack *unpack, rf_error *reterr) {
    unpack->z = (z_stream){ .zalloc = take_z, .zfree = give_memory };
    return inflateInit2(&unpack->z, window_of(unpack)) == Z_OK ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code raise_z(const rf_unpack *unpack, int status, rf_error *reterr) {
    const z_stream *z = &unpack->z;
    const char *name = window_of(unpack) == 15 ? "zlib" : "gzip";
    if (status == Z_MEM_ERROR)
        return rf_raise_nomem(reterr);
    if (z->total_out == 0 && z->total_in < 10 && window_of(unpack) != -15)
        return rf_raise(reterr, RF_EPARSE, "%s: invalid header", name);
    if (z->msg && strstr(z->msg, "check"))
        return rf_raise(reterr, RF_EPARSE, "%s: invalid checksum", name);
    return rf_raise(reterr, RF_EPARSE, "flate: corrupt input before offset %lu", z->total_in);
}

static rf_code step_z(rf_unpack *unpack, const char *in, size_t *in_len, char *out, size_t *out_len, bool *ret_end, rf_error *reterr) {
    z_stream *z = &unpack->z;
    z->next_in = (Bytef *)(uintptr_t)in;
    z->avail_in = (uInt)*in_len;
    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)*out_len;
    const int status = inflate(z, Z_NO_FLUSH);
    *in_len -= z->avail_in;
    *out_len -= z->avail_out;
    *ret_end = status == Z_STREAM_END;
    return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR ? RF_OK : raise_z(unpack, status, reterr);
}

static void end_z(rf_unpack *unpack) { (void)inflateEnd(&unpack->z); }

/* ---- bzip2 ---- */

static void *take_bz(void *user RF_UNUSED, int count, int size) { return rf_alloc_zero((size_t)count, (size_t)size); }

static rf_code begin_bz(rf_unpack *unpack, rf_error *reterr) {
    unpack->bz = (bz_stream){ .bzalloc = take_bz, .bzfree = give_memory };
    return unpack->use.api.BZ2_bzDecompressInit(&unpack->bz, 0, 0) == BZ_OK ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code step_bz(rf_unpack *unpack, const char *in, size_t *in_len, char *out, size_t *out_len, bool *ret_end, rf_error *reterr) {
    bz_stream *z = &unpack->bz;
    z->next_in = (char *)(uintptr_t)in;
    z->avail_in = (unsigned)*in_len;
    z->next_out = out;
    z->avail_out = (unsigned)*out_len;
    const int status = unpack->use.api.BZ2_bzDecompress(z);
    *in_len -= z->avail_in;
    *out_len -= z->avail_out;
    *ret_end = status == BZ_STREAM_END;
    if (status == BZ_OK || status == BZ_STREAM_END)
        return RF_OK;
    if (status == BZ_MEM_ERROR)
        return rf_raise_nomem(reterr);
    return rf_raise(reterr, RF_EPARSE, "bzip2 data invalid: %s", status == BZ_DATA_ERROR_MAGIC ? "bad magic value" : "corrupt input");
}

static void end_bz(rf_unpack *unpack) { (void)unpack->use.api.BZ2_bzDecompressEnd(&unpack->bz); }

/* ---- LZ4 ---- */

static rf_code begin_lz4(rf_unpack *unpack, rf_error *reterr) {
    const rf_codec_api *api = &unpack->use.api;
    return api->LZ4F_isError(api->LZ4F_createDecompressionContext(&unpack->lz4, LZ4F_VERSION)) ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code step_lz4(rf_unpack *unpack, const char *in, size_t *in_len, char *out, size_t *out_len, bool *ret_end, rf_error *reterr) {
    const rf_codec_api *api = &unpack->use.api;
    const size_t status = api->LZ4F_decompress(unpack->lz4, out, out_len, in, in_len, NULL);
    *ret_end = status == 0;
    return api->LZ4F_isError(status) ? rf_raise(reterr, RF_EPARSE, "lz4: %s", api->LZ4F_getErrorName(status)) : RF_OK;
}

static void end_lz4(rf_unpack *unpack) {
    (void)unpack->use.api.LZ4F_freeDecompressionContext(unpack->lz4);
    unpack->lz4 = NULL;
}

static const format gzip = { begin_z, step_z, end_z, false }, bare = { begin_z, step_z, end_z, true };
static const format bzip2 = { begin_bz, step_bz, end_bz, false }, lz4 = { begin_lz4, step_lz4, end_lz4, false };

const char *const rf_unpack_names[] = { "bzip2", "flate", "gzip", "lz4", "pgzip", "zlib", NULL };
static const format *const formats[] = { &bzip2, &bare, &gzip, &lz4, &gzip, &bare };

/* ---- All of them ---- */

rf_code rf_unpack_new(int algorithm, rf_unpack **ret_unpack, rf_error *reterr) {
    rf_unpack *unpack = rf_alloc_zero(1, sizeof *unpack);
    if (!unpack)
        return rf_raise_nomem(reterr);
    unpack->format = formats[algorithm];
    rf_code code = rf_codec_open(&unpack->use, rf_slice_of(rf_unpack_names[algorithm]), -1, reterr);
    if (code)
        rf_free(unpack);
    else
        *ret_unpack = unpack;
    return code;
}

static void end(rf_unpack *unpack) {
    if (unpack->begun)
        unpack->format->end(unpack);
    unpack->begun = false;
}

void rf_unpack_free(rf_unpack *unpack) {
    if (!unpack)
        return;
    end(unpack);
    rf_free(unpack);
}

void rf_unpack_restart(rf_unpack *unpack) {
    end(unpack);
    unpack->from = unpack->to = 0;
    unpack->ended = false;
}

bool rf_unpack_has_more(const rf_unpack *unpack) {
    return unpack->ended || unpack->from < unpack->to;
}

/* RF_ECLOSED: the source has ended. */
static rf_code read_packed(rf_unpack *unpack, int fd, rf_error *reterr) {
    const ssize_t got = read(fd, unpack->packed, sizeof unpack->packed);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return RF_EAGAIN;
    if (got < 0)
        return rf_raise(reterr, RF_EIO, "%s", strerror(errno));
    unpack->from = 0;
    unpack->to = (size_t)got;
    return got > 0 ? RF_OK : RF_ECLOSED;
}

static rf_code expand(rf_unpack *unpack, char *out, size_t *out_len, rf_error *reterr) {
    size_t used = unpack->to - unpack->from;
    bool at_end = false;
    rf_code code = unpack->begun ? RF_OK : unpack->format->begin(unpack, reterr);
    if (code)
        return code;
    unpack->begun = true;
    code = unpack->format->step(unpack, unpack->packed + unpack->from, &used, out, out_len, &at_end, reterr);
    unpack->from += used;
    if (at_end)
        end(unpack);
    unpack->ended |= at_end && unpack->format->one;
    return code;
}

rf_code rf_unpack_fill(rf_unpack *unpack, rf_line_reader *reader, int fd, rf_error *reterr) {
    rf_code code = unpack->ended || unpack->from < unpack->to ? RF_OK : read_packed(unpack, fd, reterr);
    size_t len = RF_LINE_BLOCK_BYTES;
    if (code == RF_EAGAIN || code == RF_EIO)
        return code;
    if (unpack->ended || code == RF_ECLOSED) {
        reader->ended = true;
        return unpack->begun ? rf_raise(reterr, RF_EPARSE, "unexpected EOF") : RF_OK;
    }
    char *room = rf_line_reader_room(reader);
    if (!room)
        return rf_raise_nomem(reterr);
    code = expand(unpack, room, &len, reterr);
    if (!code)
        reader->end += len;
    return code;
}
