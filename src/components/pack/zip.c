/* zip.c: zip archives (PKWARE's APPNOTE 4.3) written and read: files stored or deflated, up to 4 GiB; no encryption, no zip64. */
#include "components/pack/container.h"

#include "base/slice.h"
#include "components/pack/codec.h"

#include <assert.h>
#include <zlib.h>

enum { LOCAL_BYTES = 30, CENTRAL_BYTES = 46, END_BYTES = 22, COMMENT_MAX = 65535, COUNT_MAX = 65534, NAME_MAX_BYTES = 65535 };
enum { STORED = 0, DEFLATED = 8, VERSION = 20, DATE_1980 = 0x21 };
enum { IS_ENCRYPTED = 1u << 0, IS_UTF8 = 1u << 11 };
#define LOCAL_MARK 0x04034b50u
#define CENTRAL_MARK 0x02014b50u
#define END_MARK 0x06054b50u

/* ---- Writing ---- */

static void put16(rf_buffer *out, uint32_t n) {
    const unsigned char bytes[2] = { (unsigned char)n, (unsigned char)(n >> 8) };
    rf_buffer_append(out, bytes, sizeof bytes);
}

static void put32(rf_buffer *out, uint32_t n) {
    put16(out, n & 0xffffu);
    put16(out, n >> 16);
}

/* What both headers of a file say in the same order. */
typedef struct about { uint32_t crc, packed, expanded, name_len; } about;

static void put_about(rf_buffer *out, const about *a) {
    put16(out, VERSION);
    put16(out, IS_UTF8);
    put16(out, DEFLATED);
    put16(out, 0);
    put16(out, DATE_1980); /* the same messages give the same bytes */
    put32(out, a->crc);
    put32(out, a->packed);
    put32(out, a->expanded);
    put16(out, a->name_len);
    put16(out, 0); /* extra fields */
}

void rf_zip_done(rf_zip *zip) {
    rf_buffer_done(&zip->central);
}

rf_code rf_zip_add(rf_zip *zip, rf_buffer *out, rf_slice name, rf_slice content, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer packed = { 0 };
    if (name.len > NAME_MAX_BYTES || zip->count >= COUNT_MAX || content.len > UINT32_MAX / 2 || out->len > UINT32_MAX / 2)
        return rf_raise(reterr, RF_ELIMIT, "too much for a zip: the name has %zu bytes, the file %zu, the archive %zu", name.len,
                        content.len, out->len);
    rf_code code = rf_deflate_part(content, &packed, reterr);
    if (code)
        return code;
    const about a = { (uint32_t)crc32(0, (const Bytef *)content.data, (uInt)content.len), (uint32_t)packed.len, (uint32_t)content.len, (uint32_t)name.len };
    const uint32_t at = (uint32_t)out->len;
    put32(out, LOCAL_MARK);
    put_about(out, &a);
    rf_buffer_slice(out, name);
    rf_buffer_slice(out, rf_buffer_view(&packed));
    put32(&zip->central, CENTRAL_MARK);
    put16(&zip->central, VERSION);
    put_about(&zip->central, &a);
    put16(&zip->central, 0); /* comment */
    put16(&zip->central, 0); /* disk */
    put16(&zip->central, 0);
    put32(&zip->central, 0);
    put32(&zip->central, at);
    rf_buffer_slice(&zip->central, name);
    zip->count++;
    return out->failed || zip->central.failed ? rf_raise_nomem(reterr) : RF_OK;
}

void rf_zip_end(const rf_zip *zip, rf_buffer *out) {
    const uint32_t at = (uint32_t)out->len;
    rf_buffer_slice(out, rf_buffer_view(&zip->central));
    put32(out, END_MARK);
    put32(out, 0); /* disks */
    put16(out, zip->count);
    put16(out, zip->count);
    put32(out, (uint32_t)zip->central.len);
    put32(out, at);
    put16(out, 0); /* comment */
}

/* ---- Reading ---- */

static uint32_t get16(const char *bytes) {
    return (uint32_t)(unsigned char)bytes[0] | (uint32_t)(unsigned char)bytes[1] << 8;
}

static uint32_t get32(const char *bytes) {
    return get16(bytes) | get16(bytes + 2) << 16;
}

static rf_code no_zip(rf_error *reterr) {
    return rf_raise(reterr, RF_EPARSE, "zip: not a valid zip file");
}

/* The record at the end, before a comment that may hold anything. NULL: there is none. */
static const char *find_end(rf_slice zip) {
    for (size_t back = END_BYTES; back <= zip.len && back <= (size_t)END_BYTES + COMMENT_MAX; back++) {
        const char *end = zip.data + zip.len - back;
        if (get32(end) == END_MARK && get16(end + 20) <= back - END_BYTES)
            return end;
    }
    return NULL;
}

rf_code rf_zip_open(rf_slice zip, rf_zip_reader *ret_reader, rf_error *reterr) {
    const char *end = find_end(zip);
    if (!end)
        return no_zip(reterr);
    const uint32_t count = get16(end + 10), len = get32(end + 12), at = get32(end + 16);
    if (at > zip.len || len > zip.len - at || (size_t)count * CENTRAL_BYTES > len)
        return no_zip(reterr);
    *ret_reader = (rf_zip_reader){ .zip = zip, .central = { zip.data + at, len }, .left = count };
    return RF_OK;
}

/* The file's bytes as they stand in the archive. */
static rf_code find_content(const rf_zip_reader *reader, const char *central, rf_slice *ret_packed, rf_error *reterr) {
    const rf_slice zip = reader->zip;
    const size_t packed = get32(central + 20), at = get32(central + 42);
    if (at > zip.len || zip.len - at < LOCAL_BYTES || get32(zip.data + at) != LOCAL_MARK)
        return no_zip(reterr);
    const size_t head = (size_t)LOCAL_BYTES + get16(zip.data + at + 26) + get16(zip.data + at + 28);
    if (head > zip.len - at || packed > zip.len - at - head)
        return no_zip(reterr);
    *ret_packed = (rf_slice){ zip.data + at + head, packed };
    return RF_OK;
}

static rf_code expand(rf_zip_reader *reader, const char *central, rf_buffer *out, rf_error *reterr) {
    const uint32_t method = get16(central + 10), expanded = get32(central + 24);
    rf_slice packed = { 0 };
    rf_code code = find_content(reader, central, &packed, reterr);
    if (code)
        return code;
    if ((get16(central + 8) & IS_ENCRYPTED) || (method != STORED && method != DEFLATED))
        return rf_raise(reterr, RF_EPARSE, "zip: unsupported compression algorithm");
    if (expanded > RF_CODEC_EXPANDED_BYTES_MAX - reader->expanded) /* of all its files: they may share their bytes */
        return rf_codec_raise_large(reterr);
    rf_buffer_clear(out);
    if (method == DEFLATED)
        code = rf_inflate_part(packed, expanded, out, reterr);
    else if (packed.len != expanded)
        code = no_zip(reterr);
    else
        rf_buffer_slice(out, packed);
    if (code || out->failed)
        return code ? code : rf_raise_nomem(reterr);
    reader->expanded += expanded;
    if (crc32(0, (const Bytef *)out->data, (uInt)out->len) != get32(central + 16))
        return rf_raise(reterr, RF_EPARSE, "zip: checksum error");
    return RF_OK;
}

rf_code rf_zip_next(rf_zip_reader *reader, rf_slice *ret_name, rf_buffer *out, rf_error *reterr) {
    while (reader->left > 0) {
        const char *central = reader->central.data;
        if (reader->central.len < CENTRAL_BYTES || get32(central) != CENTRAL_MARK)
            return no_zip(reterr);
        const size_t name_len = get16(central + 28), all = CENTRAL_BYTES + name_len + get16(central + 30) + get16(central + 32);
        if (all > reader->central.len)
            return no_zip(reterr);
        reader->central = (rf_slice){ central + all, reader->central.len - all };
        reader->left--;
        *ret_name = (rf_slice){ central + CENTRAL_BYTES, name_len };
        if (name_len == 0 || ret_name->data[name_len - 1] != '/') /* a folder */
            return expand(reader, central, out, reterr);
    }
    return RF_ECLOSED;
}
