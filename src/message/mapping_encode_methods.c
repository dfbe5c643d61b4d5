/* mapping_encode_methods.c: bytes as text and back, digests, CSV. */
#include "message/mapping_methods.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <openssl/evp.h>

static void write_hex(rf_buffer *out, rf_slice bytes) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        rf_buffer_char(out, digits[(unsigned char)bytes.data[i] >> 4]);
        rf_buffer_char(out, digits[bytes.data[i] & 15]);
    }
}

/* `+/` and padding, as URLs do without. */
static void for_urls(rf_buffer *text, bool padded) {
    while (!padded && text->len && text->data[text->len - 1] == '=')
        text->len--;
    for (size_t i = 0; i < text->len; i++)
        text->data[i] = text->data[i] == '+' ? '-' : text->data[i] == '/' ? '_' : text->data[i];
}

RF_MAPPING_METHOD(rf_method_encode) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice bytes, scheme;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &bytes);
    if (!code)
        code = rf_mapping_want_text(env, node, args, 1, &scheme);
    if (code)
        return code;
    bool url = rf_slice_is(scheme, "base64url"), raw = rf_slice_is(scheme, "base64rawurl");
    if (rf_slice_is(scheme, "hex"))
        write_hex(&out, bytes);
    else if (url || raw || rf_slice_is(scheme, "base64"))
        rf_base64_write(&out, bytes);
    else
        return rf_mapping_fail(env, node, "unrecognized encoding type: %.*s", RF_SLICE_ARG(scheme));
    if (url || raw)
        for_urls(&out, url);
    return rf_mapping_keep(env, &out, RF_STRING, ret_value);
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* False: no hex. */
static bool read_hex(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        rf_buffer_char(out, (char)(high << 4 | low));
    }
    return text.len % 2 == 0;
}

/* Standard base64 of either kind, padded. */
static void standard_base64(rf_buffer *out, rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        rf_buffer_char(out, text.data[i] == '-' ? '+' : text.data[i] == '_' ? '/' : text.data[i]);
    while (!out->failed && out->len % 4)
        rf_buffer_char(out, '=');
}

RF_MAPPING_METHOD(rf_method_decode) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_slice text, scheme, bytes = { NULL, 0 };
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (!code)
        code = rf_mapping_want_text(env, node, args, 1, &scheme);
    if (code)
        return code;
    bool url = rf_slice_is(scheme, "base64url") || rf_slice_is(scheme, "base64rawurl");
    if (rf_slice_is(scheme, "hex"))
        return read_hex(&out, text) ? rf_mapping_keep(env, &out, RF_BYTES, ret_value)
                                    : rf_mapping_fail(env, node, "the text is not hexadecimal");
    if (!url && !rf_slice_is(scheme, "base64"))
        return rf_mapping_fail(env, node, "unrecognized encoding type: %.*s", RF_SLICE_ARG(scheme));
    if (url)
        standard_base64(&out, text);
    if (out.failed)
        return rf_raise_nomem(env->reterr);
    text = url ? rf_buffer_view(&out) : text;
    if (text.len && !rf_base64_parse_in(&env->batch->arena, text, &bytes))
        return rf_mapping_fail(env, node, "the text is not base64");
    return rf_mapping_give(ret_value, rf_text(RF_BYTES, bytes.len ? bytes : RF_SLICE("")));
}

/* The checksum of Ethernet, ZIP and others: reflected polynomial 0xedb88320. */
static uint32_t crc32_of(rf_slice bytes) {
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static const EVP_MD *digest_of(rf_slice name) {
    if (rf_slice_is(name, "sha256"))
        return EVP_sha256();
    if (rf_slice_is(name, "sha512"))
        return EVP_sha512();
    if (rf_slice_is(name, "sha1"))
        return EVP_sha1();
    return rf_slice_is(name, "md5") ? EVP_md5() : NULL;
}

RF_MAPPING_METHOD(rf_method_hash) {
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 4;
    rf_slice bytes, name;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &bytes);
    if (!code)
        code = rf_mapping_want_text(env, node, args, 1, &name);
    if (code)
        return code;
    const EVP_MD *digest = digest_of(name);
    uint32_t crc = digest ? 0 : crc32_of(bytes);
    if (!digest && !rf_slice_is(name, "crc32"))
        return rf_mapping_fail(env, node, "unrecognized hash type: %.*s", RF_SLICE_ARG(name));
    for (unsigned i = 0; i < 4; i++)
        sum[i] = (unsigned char)(crc >> (24 - 8 * i));
    if (digest && EVP_Digest(bytes.data, bytes.len, sum, &len, digest, NULL) != 1)
        return rf_mapping_fail(env, node, "the %.*s digest is not to be had on this machine", RF_SLICE_ARG(name));
    rf_slice copy = rf_slice_dup_in(&env->batch->arena, (rf_slice){ (const char *)sum, len });
    return copy.data ? rf_mapping_give(ret_value, rf_text(RF_BYTES, copy)) : rf_raise_nomem(env->reterr);
}

/* ---- CSV (RFC 4180): quotes around fields, doubled within; rows end at a line feed ---- */

/* `out` has room for all fields together. */
typedef struct csv { rf_mapping_env *env; rf_slice text; size_t at; char delimiter; char *out; } csv;

/* The field at hand and what ended it: the delimiter, '\n', or 0 at the end. */
static void csv_field(csv *c, rf_value *ret_field, char *ret_end) {
    char *out = c->out;
    size_t len = 0;
    bool quoted = c->at < c->text.len && c->text.data[c->at] == '"';
    c->at += quoted;
    *ret_end = 0;
    for (; c->at < c->text.len; c->at++) {
        char ch = c->text.data[c->at];
        bool doubled = quoted && ch == '"' && c->at + 1 < c->text.len && c->text.data[c->at + 1] == '"';
        if (doubled)
            c->at++;
        else if (quoted && ch == '"') {
            quoted = false;
            continue;
        }
        if (!quoted && (ch == c->delimiter || ch == '\n')) {
            *ret_end = ch;
            c->at++;
            break;
        }
        out[len++] = ch;
    }
    len -= *ret_end != c->delimiter && len && out[len - 1] == '\r';
    c->out += len;
    *ret_field = rf_string((rf_slice){ out, len });
}

/* One row's fields in an array that grows. */
static rf_code csv_row(csv *c, rf_value *ret_row) {
    rf_value *items = NULL;
    uint32_t count = 0, cap = 0;
    for (char end = c->delimiter; end == c->delimiter;) {
        if (count == cap) {
            cap = cap ? cap * 2 : 8;
            rf_value *more = rf_mapping_items(c->env, cap);
            if (!more)
                return RF_ENOMEM;
            if (count)
                memcpy(more, items, count * sizeof *items);
            items = more;
        }
        csv_field(c, &items[count++], &end);
    }
    return rf_mapping_give(ret_row, (rf_value){ .kind = RF_LIST, .size = count, .items = items });
}

static rf_code with_header(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *header, const rf_value *row,
                           rf_value *ret_value) {
    rf_member *members = rf_mapping_members(env, header->size);
    if (!members)
        return RF_ENOMEM;
    if (row->size != header->size)
        return rf_mapping_fail(env, node, "a row has %u fields where the first has %u", row->size, header->size);
    rf_value map = { .kind = RF_MAP, .members = members };
    for (uint32_t i = 0; i < header->size; i++) {
        rf_value *there = rf_value_member(&map, rf_value_text(&header->items[i]));
        if (there)
            *there = row->items[i];
        else
            members[map.size++] = (rf_member){ rf_value_text(&header->items[i]), row->items[i] };
    }
    return rf_mapping_give(ret_value, map);
}

static size_t count_lines(rf_slice text) {
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    return lines;
}

RF_MAPPING_METHOD(rf_method_parse_csv) {
    rf_slice text, delimiter = RF_SLICE(",");
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (!code && args[1] && args[1]->kind != RF_BOOL)
        code = rf_mapping_mismatch(env, node, node->args[1], "bool", args[1]);
    if (!code && args[2])
        code = rf_mapping_want_text(env, node, args, 2, &delimiter);
    if (!code && delimiter.len != 1)
        code = rf_mapping_fail(env, node, "the delimiter must be one character");
    rf_value header = rf_null(), *rows = code ? NULL : rf_mapping_items(env, count_lines(text));
    bool headed = !args[1] || args[1]->truth;
    if (!rows)
        return code ? code : RF_ENOMEM;
    csv c = { env, text, 0, delimiter.data[0], rf_arena_alloc(&env->batch->arena, text.len + 1) };
    if (!c.out)
        return rf_raise_nomem(env->reterr);
    uint32_t count = 0;
    while (!code && c.at < text.len) {
        rf_value row;
        code = csv_row(&c, &row);
        if (code || (row.size == 1 && row.items[0].size == 0)) /* an empty line */
            continue;
        if (headed && header.kind == RF_NULL)
            header = row;
        else
            code = headed ? with_header(env, node, &header, &row, &rows[count++]) : rf_mapping_give(&rows[count++], row);
    }
    return code ? code : rf_mapping_give(ret_value, (rf_value){ .kind = RF_LIST, .size = count, .items = rows });
}
