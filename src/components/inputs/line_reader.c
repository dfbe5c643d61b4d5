/* line_reader.c: cutting what read(2) gives into lines. */
#include "components/inputs/line_reader.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

void rf_line_reader_init(rf_line_reader *reader, rf_slice delimiter, size_t max_bytes) {
    assert(delimiter.len > 0);
    *reader = (rf_line_reader){ .delimiter = delimiter, .max_bytes = max_bytes };
}

void rf_line_reader_done(rf_line_reader *reader) {
    rf_free(reader->data);
    *reader = (rf_line_reader){ 0 };
}

void rf_line_reader_restart(rf_line_reader *reader) {
    reader->start = reader->end = reader->scanned = 0;
    reader->line = reader->passed = 0;
    reader->ended = reader->skipping = false;
}

void rf_line_reader_place(const rf_line_reader *reader, uint64_t *ret_bytes, uint64_t *ret_line) {
    *ret_bytes = reader->skipping ? reader->skip_from : reader->passed;
    *ret_line = reader->line - reader->skipping;
}

/* A long line doubles the memory, so that reading it costs its length; once it is gone, so is the memory. */
static bool resize(rf_line_reader *reader, size_t left) {
    size_t cap = left < RF_LINE_BLOCK_BYTES ? 2 * RF_LINE_BLOCK_BYTES : 2 * left;
    bool too_small = reader->cap < left + RF_LINE_BLOCK_BYTES;
    bool too_large = reader->cap > 8 * RF_LINE_BLOCK_BYTES && left < RF_LINE_BLOCK_BYTES;
    char *data;
    if (!too_small && !too_large)
        return true;
    data = rf_realloc(reader->data, cap);
    if (!data)
        return false;
    reader->data = data;
    reader->cap = cap;
    return true;
}

/* Moves what is left to the front, and makes room for a block behind it. */
static bool make_room(rf_line_reader *reader) {
    size_t left = reader->end - reader->start;
    if (left > 0 && reader->start > 0)
        memmove(reader->data, reader->data + reader->start, left);
    reader->start = 0;
    reader->end = left;
    return resize(reader, left);
}

char *rf_line_reader_room(rf_line_reader *reader) {
    return make_room(reader) ? reader->data + reader->end : NULL;
}

rf_code rf_line_reader_fill(rf_line_reader *reader, int fd, rf_error *reterr) {
    ssize_t got;
    assert(!reader->ended);
    if (!make_room(reader))
        return rf_raise_nomem(reterr);
    got = read(fd, reader->data + reader->end, RF_LINE_BLOCK_BYTES);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return RF_EAGAIN;
    if (got < 0)
        return rf_raise(reterr, RF_EIO, "%s", strerror(errno));
    reader->ended = got == 0;
    reader->end += (size_t)got;
    return RF_OK;
}

rf_code rf_line_reader_put(rf_line_reader *reader, rf_slice bytes, rf_error *reterr) {
    while (bytes.len > 0) {
        size_t len = bytes.len < RF_LINE_BLOCK_BYTES ? bytes.len : RF_LINE_BLOCK_BYTES;
        if (!make_room(reader))
            return rf_raise_nomem(reterr);
        memcpy(reader->data + reader->end, bytes.data, len);
        reader->end += len;
        bytes = (rf_slice){ bytes.data + len, bytes.len - len };
    }
    return RF_OK;
}

/* Offset of the next delimiter from `start`, or SIZE_MAX. Looks at each byte once. */
static size_t find_end(rf_line_reader *reader) {
    size_t left = reader->end - reader->start, from = reader->scanned;
    const char *begin = reader->data + reader->start, *found = NULL;
    if (from < left)
        found = reader->delimiter.len == 1
                    ? memchr(begin + from, reader->delimiter.data[0], left - from)
                    : memmem(begin + from, left - from, reader->delimiter.data, reader->delimiter.len);
    if (found)
        return (size_t)(found - begin);
    /* Its first bytes may be there already. */
    reader->scanned = left >= reader->delimiter.len ? left - (reader->delimiter.len - 1) : 0;
    return SIZE_MAX;
}

void rf_line_reader_pass(rf_line_reader *reader, size_t bytes) {
    reader->start += bytes;
    reader->passed += bytes;
    reader->scanned = 0;
    assert(reader->start <= reader->end);
}

static rf_line_next give(rf_line_reader *reader, size_t len, size_t with_end, rf_slice *ret_line) {
    const char *data = reader->data + reader->start;
    bool skipped = reader->skipping;
    rf_line_reader_pass(reader, with_end);
    reader->skipping = false;
    if (skipped)
        return rf_line_reader_next(reader, ret_line);
    reader->line++;
    if (len > 0 && with_end > len && data[len] == '\n' && data[len - 1] == '\r' && reader->delimiter.len == 1)
        len--;
    if (len > reader->max_bytes)
        return RF_LINE_TOO_LONG;
    *ret_line = (rf_slice){ data, len };
    return RF_LINE;
}

/* No end of line in what is there. */
static rf_line_next give_none(rf_line_reader *reader, rf_slice *ret_line) {
    size_t left = reader->end - reader->start;
    if (reader->ended)
        return left > 0 ? give(reader, left, left, ret_line) : RF_LINE_END;
    if (reader->skipping) {
        rf_line_reader_pass(reader, reader->scanned); /* all but what may be the beginning of the delimiter */
        return RF_LINE_NONE;
    }
    if (left <= reader->max_bytes + reader->delimiter.len)
        return RF_LINE_NONE;
    reader->skipping = true;
    reader->skip_from = reader->passed;
    reader->line++;
    rf_line_reader_pass(reader, reader->scanned);
    return RF_LINE_TOO_LONG;
}

rf_line_next rf_line_reader_next(rf_line_reader *reader, rf_slice *ret_line) {
    size_t len = reader->start < reader->end ? find_end(reader) : SIZE_MAX;
    if (len == SIZE_MAX)
        return give_none(reader, ret_line);
    return give(reader, len, len + reader->delimiter.len, ret_line);
}
