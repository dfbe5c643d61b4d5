/* cast_read.c: recordings read back, event by event: asciicast v2 and v3 (cast.h). */
#include "terminal/cast.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 << 10, LINE_MAX_BYTES = 64 << 20, ARENA_BYTES = 4096, SIZE_MOST = 65535 };
#define TIME_MOST_S 1e9 /* some 30 years: more is a slip, and numbers stay exact to the microsecond */

struct rf_cast_reader {
    int fd;
    int version;
    char *path;       /* for messages */
    rf_buffer bytes;  /* read and not taken */
    size_t taken;     /* of them, by former lines */
    bool at_end;      /* of the file */
    uint32_t line;    /* the one given last, from 1 */
    double at_s;      /* of the last event */
    rf_arena header;  /* texts of the header */
    rf_arena event;   /* texts of one event */
};

static rf_code wrong(const rf_cast_reader *reader, rf_error *reterr, const char *expected) {
    rf_code code = rf_raise(reterr, RF_EPARSE, "this is no line of a recording: expected %s", expected);
    rf_error_place(reterr, reader->path, reader->line, 1);
    return code;
}

/* ---- Lines ---- */

static rf_code read_more(rf_cast_reader *reader, rf_error *reterr) {
    if (reader->taken) {
        reader->bytes.len -= reader->taken;
        memmove(reader->bytes.data, reader->bytes.data + reader->taken, reader->bytes.len);
        reader->taken = 0;
    }
    if (reader->bytes.len > LINE_MAX_BYTES) {
        reader->line++;
        return wrong(reader, reterr, "a line of at most 64 MiB");
    }
    if (!rf_buffer_reserve(&reader->bytes, PIECE_BYTES))
        return rf_raise_nomem(reterr);
    ssize_t got;
    while ((got = read(reader->fd, reader->bytes.data + reader->bytes.len, PIECE_BYTES)) < 0 && errno == EINTR)
        continue;
    if (got < 0)
        return rf_raise(reterr, RF_EIO, "cannot read the recording `%s`: %s", reader->path, strerror(errno));
    reader->bytes.len += (size_t)got;
    reader->at_end = got == 0;
    return RF_OK;
}

/* The next line without its end, until the next call; RF_ECLOSED: none. *ret_whole: it had an end. */
static rf_code next_line(rf_cast_reader *reader, rf_slice *ret_line, bool *ret_whole, rf_error *reterr) {
    size_t looked = 0;
    for (;;) {
        rf_slice left = { reader->bytes.data ? reader->bytes.data + reader->taken : "", reader->bytes.len - reader->taken };
        size_t len = looked + rf_slice_find((rf_slice){ left.data + looked, left.len - looked }, '\n');
        *ret_whole = len < left.len;
        if (*ret_whole || (reader->at_end && left.len)) {
            *ret_line = (rf_slice){ left.data, len };
            reader->taken += *ret_whole ? len + 1 : len;
            reader->line++;
            return RF_OK;
        }
        if (reader->at_end)
            return RF_ECLOSED;
        looked = left.len;
        rf_code code = read_more(reader, reterr);
        if (code)
            return code;
    }
}

/* ---- Values ---- */

static bool is_text(const rf_value *value) { return value && value->kind == RF_STRING; }

static bool number_of(const rf_value *value, double *ret) {
    if (!value || (value->kind != RF_DOUBLE && value->kind != RF_INT))
        return false;
    *ret = value->kind == RF_INT ? (double)value->integer : value->number;
    return isfinite(*ret);
}

static bool size_of(const rf_value *map, rf_slice name, int *ret) {
    double number;
    if (!number_of(rf_value_member(map, name), &number) || number < 1 || number > SIZE_MOST)
        return false;
    *ret = (int)number;
    return true;
}

/* A copy; "" when there is none. False: no memory. */
static bool text_of(rf_cast_reader *reader, const rf_value *map, rf_slice name, rf_slice *ret) {
    const rf_value *value = rf_value_member(map, name);
    *ret = rf_slice_dup_in(&reader->header, is_text(value) ? rf_value_text(value) : RF_SLICE(""));
    return ret->data != NULL;
}

/* ---- The header ---- */

static rf_code check_version(rf_cast_reader *reader, const rf_value *map, rf_error *reterr) {
    double version;
    if (map->kind != RF_MAP || !number_of(rf_value_member(map, RF_SLICE("version")), &version))
        return wrong(reader, reterr, "a header with a version");
    if (version == 2 || version == 3) {
        reader->version = version == 2 ? 2 : 3;
        return RF_OK;
    }
    rf_code code = rf_raise(reterr, RF_EPARSE, "recordings of version %g cannot be read", version);
    rf_error_place(reterr, reader->path, reader->line, 1);
    rf_error_hint(reterr, version == 1 ? "asciinema 3 makes one of version 2 of it: asciinema convert -f asciicast-v2 OLD NEW"
                                       : "versions 2 and 3 can");
    return code;
}

static rf_code take_header(rf_cast_reader *reader, const rf_value *map, rf_cast_header *header, rf_error *reterr) {
    rf_code code = check_version(reader, map, reterr);
    if (code)
        return code;
    *header = (rf_cast_header){ .version = reader->version };
    double number;
    const rf_value *term = reader->version == 3 ? rf_value_member(map, RF_SLICE("term")) : NULL;
    bool sized = reader->version == 2 ? size_of(map, RF_SLICE("width"), &header->columns) && size_of(map, RF_SLICE("height"), &header->rows)
                                      : term && term->kind == RF_MAP && size_of(term, RF_SLICE("cols"), &header->columns)
                                            && size_of(term, RF_SLICE("rows"), &header->rows);
    if (!sized)
        return wrong(reader, reterr, "a header with the terminal's size");
    if (number_of(rf_value_member(map, RF_SLICE("timestamp")), &number) && fabs(number) < 1e15)
        header->started_s = (int64_t)number;
    if (number_of(rf_value_member(map, RF_SLICE("idle_time_limit")), &number) && number > 0)
        header->idle_limit_s = number;
    bool fine = text_of(reader, map, RF_SLICE("title"), &header->title) && text_of(reader, map, RF_SLICE("command"), &header->command);
    return fine ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code read_header(rf_cast_reader *reader, rf_cast_header *header, rf_error *reterr) {
    rf_slice line;
    bool whole;
    rf_value map;
    rf_code code = next_line(reader, &line, &whole, reterr);
    if (code == RF_ECLOSED) {
        reader->line = 1;
        return wrong(reader, reterr, "a header, but the file is empty");
    }
    if (code)
        return code;
    code = rf_json_parse(&reader->event, line, RF_JSON_DOUBLES, &map, NULL);
    if (code)
        return code == RF_ENOMEM ? rf_raise_nomem(reterr) : wrong(reader, reterr, "a header: a JSON object in the first line");
    return take_header(reader, &map, header, reterr);
}

static rf_code open_reader(rf_cast_reader *reader, rf_cast_header *header, rf_error *reterr) {
    if (!reader->path)
        return rf_raise_nomem(reterr);
    reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */
    struct stat info;
    if (reader->fd < 0 || fstat(reader->fd, &info))
        return rf_raise(reterr, RF_EIO, "cannot open the recording `%s`: %s", reader->path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return rf_raise(reterr, RF_EIO, "the recording `%s` is no file", reader->path);
    return read_header(reader, header, reterr);
}

rf_code rf_cast_open(const char *path, rf_cast_reader **ret_reader, rf_cast_header *ret_header, rf_error *reterr) {
    assert(path && ret_reader && ret_header);
    rf_cast_reader *reader = rf_alloc_zero(1, sizeof *reader);
    if (!reader)
        return rf_raise_nomem(reterr);
    reader->fd = -1;
    reader->path = rf_strdup(path);
    rf_arena_init(&reader->header, ARENA_BYTES);
    rf_arena_init(&reader->event, ARENA_BYTES);
    rf_code code = open_reader(reader, ret_header, reterr);
    if (code)
        rf_cast_reader_free(reader);
    else
        *ret_reader = reader;
    return code;
}

void rf_cast_reader_free(rf_cast_reader *reader) {
    if (!reader)
        return;
    if (reader->fd >= 0)
        (void)close(reader->fd); /* it was only read */
    rf_buffer_done(&reader->bytes);
    rf_arena_done(&reader->header);
    rf_arena_done(&reader->event);
    rf_free(reader->path);
    rf_free(reader);
}

/* ---- Events ---- */

static rf_code take_event(rf_cast_reader *reader, rf_slice line, rf_cast_event *ret_event, rf_error *reterr) {
    rf_value list;
    double at;
    rf_code code = rf_json_parse(&reader->event, line, RF_JSON_DOUBLES, &list, NULL);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code || list.kind != RF_LIST || list.size < 3 || !number_of(&list.items[0], &at) || at < 0 || at > TIME_MOST_S ||
        !is_text(&list.items[1]) || list.items[1].size != 1 || !is_text(&list.items[2]))
        return wrong(reader, reterr, "[time, \"kind\", \"text\"]");
    double then = reader->version == 3 ? reader->at_s + at : at;
    reader->at_s = then > reader->at_s ? then : reader->at_s;
    *ret_event = (rf_cast_event){ reader->at_s, list.items[1].text[0], rf_value_text(&list.items[2]) };
    return RF_OK;
}

rf_code rf_cast_next(rf_cast_reader *reader, rf_cast_event *ret_event, rf_error *reterr) {
    assert(reader && ret_event);
    rf_slice line;
    bool whole;
    rf_code code;
    rf_arena_clear(&reader->event);
    do {
        code = next_line(reader, &line, &whole, reterr);
        if (code == RF_ECLOSED)
            return rf_raise(reterr, RF_ECLOSED, "the recording has ended");
        if (code)
            return code;
    } while (rf_slice_trim(line).len == 0 || (reader->version == 3 && line.data[0] == '#'));
    code = take_event(reader, line, ret_event, reterr);
    return code == RF_EPARSE && !whole ? rf_raise(reterr, RF_ECLOSED, "the recording has ended, in the middle of a line") : code;
}
