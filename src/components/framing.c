/* framing.c: lines, lengths in four bytes, netstrings. */
#include "components/framing.h"

#include "base/slice.h"

#include <assert.h>

const char *const rf_framing_names[] = { "lines", "length_prefixed_uint32_be", "netstring", NULL };

rf_code rf_framing_put(rf_framing framing, rf_buffer *out, rf_slice content, rf_error *reterr) {
    switch (framing) {
    case RF_FRAMING_LENGTH:
        if (content.len > UINT32_MAX)
            return rf_raise(reterr, RF_ESCRIPT, "the payload is longer than 4 GiB");
        for (int shift = 24; shift >= 0; shift -= 8)
            rf_buffer_char(out, (char)(content.len >> shift));
        rf_buffer_slice(out, content);
        return RF_OK;
    case RF_FRAMING_NETSTRING:
        rf_buffer_printf(out, "%zu:", content.len);
        rf_buffer_slice(out, content);
        rf_buffer_char(out, ',');
        return RF_OK;
    default:
        if (rf_slice_find(content, '\n') < content.len)
            return rf_raise(reterr, RF_ESCRIPT, "the payload has a line feed in it, which `lines` cannot carry: take `netstring`");
        rf_buffer_slice(out, content);
        rf_buffer_char(out, '\n');
        return RF_OK;
    }
}

static rf_code get_line(rf_slice bytes, size_t max, rf_slice *ret_content, size_t *ret_taken, rf_error *reterr) {
    size_t end = rf_slice_find(bytes, '\n');
    if (end > max)
        return rf_raise(reterr, RF_EPARSE, "a line is longer than max_buffer, %zu bytes", max);
    if (end == bytes.len)
        return RF_EAGAIN;
    *ret_taken = end + 1;
    *ret_content = (rf_slice){ bytes.data, end > 0 && bytes.data[end - 1] == '\r' ? end - 1 : end };
    return RF_OK;
}

static rf_code get_sized(rf_slice bytes, size_t head, size_t len, size_t tail, size_t max, rf_slice *ret_content, size_t *ret_taken,
                         rf_error *reterr) {
    if (len > max)
        return rf_raise(reterr, RF_EPARSE, "%zu bytes are more than max_buffer, %zu", len, max);
    if (bytes.len < head + len + tail)
        return RF_EAGAIN;
    *ret_content = (rf_slice){ bytes.data + head, len };
    *ret_taken = head + len + tail;
    return RF_OK;
}

static rf_code get_length(rf_slice bytes, size_t max, rf_slice *ret_content, size_t *ret_taken, rf_error *reterr) {
    size_t len = 0;
    if (bytes.len < 4)
        return RF_EAGAIN;
    for (size_t i = 0; i < 4; i++)
        len = len << 8 | (unsigned char)bytes.data[i];
    return get_sized(bytes, 4, len, 0, max, ret_content, ret_taken, reterr);
}

static rf_code get_netstring(rf_slice bytes, size_t max, rf_slice *ret_content, size_t *ret_taken, rf_error *reterr) {
    size_t len = 0, i = 0;
    while (i < bytes.len && bytes.data[i] >= '0' && bytes.data[i] <= '9' && i < 10)
        len = len * 10 + (size_t)(bytes.data[i++] - '0');
    if (i == bytes.len && i < 10)
        return RF_EAGAIN;
    if (i == 0 || i == bytes.len || bytes.data[i] != ':')
        return rf_raise(reterr, RF_EPARSE, "what it says is no netstring");
    rf_code code = get_sized(bytes, i + 1, len, 1, max, ret_content, ret_taken, reterr);
    if (!code && bytes.data[*ret_taken - 1] != ',')
        return rf_raise(reterr, RF_EPARSE, "what it says is no netstring");
    return code;
}

rf_code rf_framing_get(rf_framing framing, rf_slice bytes, size_t max, rf_slice *ret_content, size_t *ret_taken, rf_error *reterr) {
    assert(max > 0);
    switch (framing) {
    case RF_FRAMING_LENGTH: return get_length(bytes, max, ret_content, ret_taken, reterr);
    case RF_FRAMING_NETSTRING: return get_netstring(bytes, max, ret_content, ret_taken, reterr);
    default: return get_line(bytes, max, ret_content, ret_taken, reterr);
    }
}
