/* tar.c: tape archives (POSIX.1-1988 ustar), a file at a time. */
#include "components/pack/container.h"

#include "base/slice.h"

#include <assert.h>
#include <stdio.h>

enum { BLOCK = RF_TAR_BLOCK, END_BYTES = 1024, NAME_MAX_BYTES = 100, SIZE_AT = 124, SIZE_BYTES = 12, SUM_AT = 148, TYPE_AT = 156 };

static unsigned sum_of(const unsigned char *block) {
    unsigned sum = 0;
    for (int i = 0; i < BLOCK; i++)
        sum += i >= SUM_AT && i < SUM_AT + 8 ? ' ' : block[i];
    return sum;
}

static void pad(rf_buffer *out, size_t content) {
    static const char zeros[BLOCK] = { 0 };
    if (content % BLOCK)
        rf_buffer_append(out, zeros, BLOCK - content % BLOCK);
}

rf_code rf_tar_write(rf_buffer *out, rf_slice name, rf_slice content, rf_error *reterr) {
    char block[BLOCK] = { 0 };
    if (name.len > NAME_MAX_BYTES || content.len > UINT32_MAX)
        return rf_raise(reterr, RF_ELIMIT, "a file name of %zu bytes is too long for a tar", name.len);
    if (name.len)
        memcpy(block, name.data, name.len);
    memcpy(block + 100, "0000600", 8);
    memcpy(block + 108, "0000000", 8);
    memcpy(block + 116, "0000000", 8);
    (void)snprintf(block + SIZE_AT, SIZE_BYTES, "%011llo", (unsigned long long)content.len);
    memcpy(block + 136, "00000000000", 12);
    block[TYPE_AT] = '0';
    memcpy(block + 257, "ustar\00000", 8);
    (void)snprintf(block + SUM_AT, 8, "%06o", sum_of((const unsigned char *)block));
    block[SUM_AT + 7] = ' ';
    rf_buffer_append(out, block, sizeof block);
    rf_buffer_slice(out, content);
    pad(out, content.len);
    return RF_OK;
}

void rf_tar_end(rf_buffer *out) {
    static const char zeros[END_BYTES] = { 0 };
    rf_buffer_append(out, zeros, sizeof zeros);
}

/* An octal number; false: something else. */
static bool read_octal(const char *text, size_t len, uint64_t *ret_number) {
    uint64_t number = 0;
    size_t i = 0;
    while (i < len && text[i] == ' ')
        i++;
    for (; i < len && text[i] >= '0' && text[i] <= '7'; i++)
        number = number * 8 + (uint64_t)(text[i] - '0');
    *ret_number = number;
    return i == len || text[i] == '\0' || text[i] == ' ';
}

static bool is_zero(const char *block) {
    for (int i = 0; i < BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

rf_code rf_tar_read_head(const char *block, rf_tar_head *ret_head, rf_error *reterr) {
    uint64_t size, sum;
    if (is_zero(block))
        return RF_ECLOSED;
    if (!read_octal(block + SUM_AT, 8, &sum) || sum != sum_of((const unsigned char *)block) ||
        !read_octal(block + SIZE_AT, SIZE_BYTES, &size))
        return rf_raise(reterr, RF_EPARSE, "archive/tar: invalid tar header");
    *ret_head = (rf_tar_head){
        .name = { block, strnlen(block, NAME_MAX_BYTES) }, .size = size, .padded = (size + BLOCK - 1) / BLOCK * BLOCK, .plain = block[TYPE_AT] == '0' || block[TYPE_AT] == '\0',
    };
    return RF_OK;
}

rf_code rf_tar_next(rf_slice tar, size_t *at, rf_slice *ret_name, rf_slice *ret_content, rf_error *reterr) {
    while (*at < tar.len) {
        rf_tar_head head;
        if (tar.len - *at < BLOCK)
            return rf_raise(reterr, RF_EPARSE, "unexpected EOF");
        const size_t left = tar.len - *at - BLOCK;
        rf_code code = rf_tar_read_head(tar.data + *at, &head, reterr);
        if (code)
            return code;
        if (head.size > left)
            return rf_raise(reterr, RF_EPARSE, "unexpected EOF");
        *ret_name = head.name;
        *ret_content = (rf_slice){ tar.data + *at + BLOCK, (size_t)head.size };
        *at += BLOCK + (size_t)(head.padded < left ? head.padded : left);
        if (head.plain)
            return RF_OK;
    }
    return RF_ECLOSED;
}
