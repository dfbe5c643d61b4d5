/* multipart.c: the parts of a body by the lines that divide them. */
#include "components/multipart.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static rf_slice after(rf_slice slice, size_t bytes) {
    assert(bytes <= slice.len);
    return (rf_slice){ slice.data + bytes, slice.len - bytes };
}

static rf_slice unquote(rf_slice value) {
    if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
        return (rf_slice){ value.data + 1, value.len - 2 };
    return value;
}

rf_slice rf_multipart_boundary(rf_slice content_type) {
    static const rf_slice kind = { "multipart/", 10 }, name = { "boundary=", 9 };
    if (content_type.len < kind.len || !rf_slice_eq_nocase((rf_slice){ content_type.data, kind.len }, kind))
        return (rf_slice){ 0 };
    for (rf_slice rest = content_type; rest.len > 0;) {
        size_t end = rf_slice_find(rest, ';');
        rf_slice param = rf_slice_trim((rf_slice){ rest.data, end });
        if (param.len > name.len && rf_slice_eq_nocase((rf_slice){ param.data, name.len }, name))
            return unquote(after(param, name.len));
        rest = after(rest, end < rest.len ? end + 1 : end);
    }
    return (rf_slice){ "", 0 };
}

/* A line "--boundary" that begins at `from` or later, at the start of the body or behind a line feed. SIZE_MAX: there is none. */
static size_t find_divider(const rf_multipart *reader, size_t from) {
    for (size_t at = from; at + 2 + reader->boundary.len <= reader->body.len; at++) {
        const char *found = memmem(reader->body.data + at, reader->body.len - at, reader->boundary.data, reader->boundary.len);
        if (!found)
            break;
        size_t begin = (size_t)(found - reader->body.data);
        if (begin >= 2 && begin - 2 >= from && memcmp(found - 2, "--", 2) == 0 && (begin == 2 || found[-3] == '\n'))
            return begin - 2;
        at = begin;
    }
    return SIZE_MAX;
}

/* Past the divider's line. *ret_last: it is the closing one. SIZE_MAX: it is no whole line. */
static size_t skip_divider(const rf_multipart *reader, size_t at, bool *ret_last) {
    rf_slice rest = after(reader->body, at + 2 + reader->boundary.len);
    *ret_last = rf_slice_starts(rest, RF_SLICE("--"));
    if (*ret_last)
        return reader->body.len;
    size_t line = rf_slice_find(rest, '\n');
    if (line == rest.len || rf_slice_trim((rf_slice){ rest.data, line }).len > 0)
        return SIZE_MAX;
    return reader->body.len - rest.len + line + 1;
}

/* Where the head ends: behind its empty line. SIZE_MAX: it has none. */
static size_t head_end(rf_slice part) {
    for (size_t at = 0; at < part.len;) {
        rf_slice rest = after(part, at);
        size_t line = rf_slice_find(rest, '\n');
        if (line == rest.len)
            return SIZE_MAX;
        if (line == 0 || (line == 1 && rest.data[0] == '\r'))
            return at + line + 1;
        at += line + 1;
    }
    return SIZE_MAX;
}

static size_t without_line_end(const char *data, size_t begin, size_t end) {
    if (end > begin && data[end - 1] == '\n')
        end--;
    if (end > begin && data[end - 1] == '\r')
        end--;
    return end;
}

rf_multipart_next rf_multipart_read(rf_multipart *reader, rf_slice *ret_head, rf_slice *ret_content) {
    bool last;
    if (reader->boundary.len == 0)
        return RF_MULTIPART_BROKEN;
    size_t divider = reader->begun ? reader->at : find_divider(reader, 0);
    if (divider == SIZE_MAX)
        return RF_MULTIPART_BROKEN;
    size_t begin = skip_divider(reader, divider, &last);
    if (begin == SIZE_MAX)
        return RF_MULTIPART_BROKEN;
    if (last)
        return RF_MULTIPART_END;
    size_t next = find_divider(reader, begin);
    if (next == SIZE_MAX)
        return RF_MULTIPART_BROKEN;
    size_t end = without_line_end(reader->body.data, begin, next);
    size_t head = head_end((rf_slice){ reader->body.data + begin, next - begin });
    if (head == SIZE_MAX)
        return RF_MULTIPART_BROKEN;
    *ret_head = (rf_slice){ reader->body.data + begin, head };
    *ret_content = (rf_slice){ reader->body.data + begin + head, end > begin + head ? end - begin - head : 0 };
    reader->at = next;
    reader->begun = true;
    return RF_MULTIPART_PART;
}

/* ---- Written ---- */

static const rf_slice own_type = { "multipart/form-data; boundary=", 30 };

rf_code rf_multipart_begin(rf_multipart_writer *writer, rf_buffer *out, rf_error *reterr) {
    uint64_t drawn[2];
    static_assert(sizeof writer->type > 30 + 2 * sizeof drawn, "the boundary is in it");
    if (getrandom(drawn, sizeof drawn, 0) != (ssize_t)sizeof drawn)
        return rf_raise(reterr, RF_EIO, "no random numbers: %s", strerror(errno));
    writer->out = out;
    (void)snprintf(writer->type, sizeof writer->type, "%s%016" PRIx64 "%016" PRIx64, own_type.data, drawn[0], drawn[1]);
    return RF_OK;
}

static void put_divider(const rf_multipart_writer *writer, const char *behind) {
    rf_buffer_text(writer->out, "--");
    rf_buffer_text(writer->out, writer->type + own_type.len);
    rf_buffer_text(writer->out, behind);
}

void rf_multipart_put(const rf_multipart_writer *writer, rf_slice head, rf_slice content) {
    put_divider(writer, "\r\n");
    rf_buffer_slice(writer->out, head);
    rf_buffer_text(writer->out, "\r\n");
    rf_buffer_slice(writer->out, content);
    rf_buffer_text(writer->out, "\r\n");
}

void rf_multipart_end(const rf_multipart_writer *writer) { put_divider(writer, "--\r\n"); }
