/* codec.h: how bytes are made fewer, and brought back: one table for whoever compresses. */
#ifndef RF_PACK_CODEC_H
#define RF_PACK_CODEC_H

#include "base/buffer.h"
#include "base/library.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <snappy-c.h>

#define RF_CODEC_EXPANDED_BYTES_MAX ((size_t)1 << 30) /* of one message: what expands further is meant to harm */

#define RF_SNAPPY_FUNCTIONS(X) X(snappy_compress) X(snappy_uncompress) X(snappy_max_compressed_length) X(snappy_uncompressed_length)
#define RF_LZ4_FUNCTIONS(X)                                                                                          \
    X(LZ4F_compressFrame) X(LZ4F_compressFrameBound) X(LZ4F_createDecompressionContext) X(LZ4F_freeDecompressionContext) \
    X(LZ4F_decompress) X(LZ4F_isError) X(LZ4F_getErrorName)
#define RF_BZIP2_FUNCTIONS(X) X(BZ2_bzDecompressInit) X(BZ2_bzDecompress) X(BZ2_bzDecompressEnd)

/* The functions of libraries that are loaded when a config names them. */
typedef struct rf_codec_api {
    RF_SNAPPY_FUNCTIONS(RF_LIBRARY_POINTER)
    RF_LZ4_FUNCTIONS(RF_LIBRARY_POINTER)
    RF_BZIP2_FUNCTIONS(RF_LIBRARY_POINTER)
} rf_codec_api;

/* A codec in use: `api` is filled by its load. Any thread. */
typedef struct rf_codec_use {
    const struct rf_codec *codec;
    int level; /* -1: the usual */
    rf_codec_api api;
} rf_codec_use;

typedef struct rf_codec {
    const char *name;
    rf_code (*load)(rf_codec_api *api, rf_error *reterr); /* NULL: it needs none */
    /* Appends to `out`, which is empty. Errors: RF_ELIMIT too large; RF_ENOMEM. NULL: it only expands. */
    rf_code (*shrink)(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr);
    /* The same the other way. Errors: RF_EPARSE it is not what it should be; RF_ELIMIT it expands to more than the above. */
    rf_code (*expand)(const rf_codec_use *use, rf_slice content, rf_buffer *out, rf_error *reterr);
} rf_codec;

/* Sorted by name, NULL at the end. */
extern const rf_codec *const rf_codecs[];
/* The names in the order of the table; of those that shrink, too, or of all. */
extern const char *const rf_codec_names_both[], *const rf_codec_names_all[];

/* Looks `name` up, which is in the table, and loads what it needs. Errors: RF_ENOTFOUND a library is not installed. */
RF_NODISCARD rf_code rf_codec_open(rf_codec_use *ret_use, rf_slice name, int level, rf_error *reterr);

/* Too much came out. */
rf_code rf_codec_raise_large(rf_error *reterr);

extern const rf_codec rf_codec_bzip2, rf_codec_flate, rf_codec_gzip, rf_codec_lz4, rf_codec_pgzip, rf_codec_snappy, rf_codec_zlib;

/* Raw deflate for the parts of archives: exactly `expanded` bytes come out of `content`, or RF_EPARSE. */
RF_NODISCARD rf_code rf_deflate_part(rf_slice content, rf_buffer *out, rf_error *reterr);
RF_NODISCARD rf_code rf_inflate_part(rf_slice content, size_t expanded, rf_buffer *out, rf_error *reterr);

#endif
