/* codec.c: the table of codecs. */
#include "components/pack/codec.h"

#include "base/slice.h"

#include <assert.h>

const rf_codec *const rf_codecs[] = { &rf_codec_bzip2, &rf_codec_flate, &rf_codec_gzip, &rf_codec_lz4, &rf_codec_pgzip, &rf_codec_snappy, &rf_codec_zlib, NULL };
const char *const rf_codec_names_both[] = { "flate", "gzip", "lz4", "pgzip", "snappy", "zlib", NULL };
const char *const rf_codec_names_all[] = { "bzip2", "flate", "gzip", "lz4", "pgzip", "snappy", "zlib", NULL };

rf_code rf_codec_open(rf_codec_use *ret_use, rf_slice name, int level, rf_error *reterr) {
    const rf_codec *const *codec = rf_codecs;
    while (*codec && !rf_slice_is(name, (*codec)->name))
        codec++;
    assert(*codec);
    *ret_use = (rf_codec_use){ .codec = *codec, .level = level };
    return (*codec)->load ? (*codec)->load(&ret_use->api, reterr) : RF_OK;
}

rf_code rf_codec_raise_large(rf_error *reterr) {
    return rf_raise(reterr, RF_ELIMIT, "expands to more than 1 GiB");
}
