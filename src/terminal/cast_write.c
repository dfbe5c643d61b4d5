/* cast_write.c: recordings written as they happen: asciicast v2 and v3 (cast.h). */
#include "terminal/cast.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 << 10, FILE_MODE = 0600, END_BYTES = 160 };
#define NS_PER_US 1000u
#define US_PER_S UINT64_C(1000000)

struct rf_cast_writer {
    int fd;
    int version;
    char *path;         /* for messages */
    rf_buffer block;    /* what was not written yet */
    rf_buffer event;    /* while one is made */
    rf_buffer broken[2]; /* the beginning of a character, of output and of input */
    uint64_t last_us;   /* of the last event */
    size_t bytes;       /* of the file, with what waits */
    size_t max_bytes;
    bool ended;         /* nothing more is taken */
    rf_error error;     /* the first one; code RF_OK: none */
};

/* ---- Bytes ---- */

static void fail(rf_cast_writer *writer) {
    if (!writer->error.code)
        (void)rf_raise_nomem(&writer->error);
    writer->ended = true;
}

void rf_cast_flush(rf_cast_writer *writer) {
    assert(writer);
    rf_slice left = rf_buffer_view(&writer->block);
    while (left.len && !writer->error.code) {
        ssize_t done = write(writer->fd, left.data, left.len);
        if (done < 0 && errno != EINTR) {
            (void)rf_raise(&writer->error, RF_EIO, "cannot write the recording `%s`: %s", writer->path, strerror(errno));
            writer->ended = true;
        }
        size_t taken = done > 0 ? (size_t)done : 0;
        left = (rf_slice){ left.data + taken, left.len - taken };
    }
    writer->block.len = 0;
}

bool rf_cast_waits(const rf_cast_writer *writer) {
    assert(writer);
    return writer->block.len > 0;
}

static void take(rf_cast_writer *writer) {
    rf_buffer_slice(&writer->block, rf_buffer_view(&writer->event));
    if (writer->event.failed || writer->block.failed) {
        fail(writer);
        return;
    }
    writer->bytes += writer->event.len;
    if (writer->block.len >= BLOCK_BYTES)
        rf_cast_flush(writer);
}

/* ---- Events ---- */

static void make_event(rf_cast_writer *writer, uint64_t at_us, char kind, rf_slice text) {
    uint64_t shown = writer->version == 3 ? at_us - writer->last_us : at_us;
    rf_buffer_clear(&writer->event);
    rf_buffer_printf(&writer->event, "[%" PRIu64 ".%06" PRIu64 ", \"%c\", ", shown / US_PER_S, shown % US_PER_S, kind);
    rf_json_write_string(&writer->event, text, 0);
    rf_buffer_text(&writer->event, "]\n");
}

/* The last event that fits is a marker that says so. */
static void put(rf_cast_writer *writer, uint64_t at_ns, char kind, rf_slice text) {
    if (writer->ended)
        return;
    uint64_t at_us = at_ns / NS_PER_US;
    if (at_us < writer->last_us)
        at_us = writer->last_us;
    make_event(writer, at_us, kind, text);
    if (writer->max_bytes && !writer->event.failed && writer->bytes + writer->event.len + END_BYTES > writer->max_bytes) {
        make_event(writer, at_us, 'm', RF_SLICE("the recording ends here: it has reached its largest size"));
        writer->ended = true;
    }
    writer->last_us = at_us;
    take(writer);
}

/* Bytes at the end that begin a character which is not all there. */
static size_t broken_bytes(rf_slice text) {
    for (size_t back = 1; back <= 3 && back <= text.len; back++) {
        unsigned char byte = (unsigned char)text.data[text.len - back];
        if ((byte & 0xC0) == 0x80)
            continue;
        size_t whole = byte >= 0xF0 && byte <= 0xF4 ? 4 : byte >= 0xE0 && byte <= 0xEF ? 3 : byte >= 0xC2 && byte <= 0xDF ? 2 : 1;
        return whole > back ? back : 0;
    }
    return 0;
}

static void put_stream(rf_cast_writer *writer, uint64_t at_ns, char kind, rf_buffer *broken, rf_slice bytes) {
    if (writer->ended || bytes.len == 0)
        return;
    bool joined = broken->len > 0;
    if (joined)
        rf_buffer_slice(broken, bytes);
    rf_slice text = joined ? rf_buffer_view(broken) : bytes;
    size_t left = broken_bytes(text);
    char rest[4] = { 0 };
    if (left)
        memcpy(rest, text.data + text.len - left, left);
    if (broken->failed)
        fail(writer);
    else if (text.len > left)
        put(writer, at_ns, kind, (rf_slice){ text.data, text.len - left });
    rf_buffer_clear(broken);
    rf_buffer_append(broken, rest, left);
    if (broken->failed)
        fail(writer);
}

/* What begins a character and will not get its end. */
static void put_broken(rf_cast_writer *writer, uint64_t at_ns) {
    for (int i = 0; i < 2; i++) {
        if (writer->broken[i].len)
            put(writer, at_ns, i ? 'i' : 'o', rf_buffer_view(&writer->broken[i]));
        rf_buffer_clear(&writer->broken[i]);
    }
}

void rf_cast_output(rf_cast_writer *writer, uint64_t at_ns, rf_slice bytes) {
    assert(writer);
    put_stream(writer, at_ns, 'o', &writer->broken[0], bytes);
}

void rf_cast_input(rf_cast_writer *writer, uint64_t at_ns, rf_slice bytes) {
    assert(writer);
    put_stream(writer, at_ns, 'i', &writer->broken[1], bytes);
}

void rf_cast_resize(rf_cast_writer *writer, uint64_t at_ns, int columns, int rows) {
    assert(writer);
    char text[32];
    int len = snprintf(text, sizeof text, "%dx%d", columns, rows);
    put(writer, at_ns, 'r', (rf_slice){ text, (size_t)len });
}

void rf_cast_marker(rf_cast_writer *writer, uint64_t at_ns, rf_slice label) {
    assert(writer);
    put(writer, at_ns, 'm', label);
}

void rf_cast_exit(rf_cast_writer *writer, uint64_t at_ns, int exit_code) {
    assert(writer);
    char text[16];
    int len = snprintf(text, sizeof text, "%d", exit_code);
    put_broken(writer, at_ns);
    if (writer->version == 3)
        put(writer, at_ns, 'x', (rf_slice){ text, (size_t)len });
}

/* ---- The file ---- */

static void put_member(rf_buffer *out, const char *before, const char *name, const char *text) {
    if (!text)
        return;
    rf_buffer_printf(out, "%s\"%s\": ", before, name);
    rf_json_write_string(out, rf_slice_of(text), 0);
}

static void put_header(rf_cast_writer *writer, const rf_cast_options *options) {
    rf_buffer *out = &writer->event;
    if (options->version == 3) {
        rf_buffer_printf(out, "{\"version\": 3, \"term\": {\"cols\": %d, \"rows\": %d", options->columns, options->rows);
        put_member(out, ", ", "type", options->term);
        rf_buffer_text(out, "}");
    } else {
        rf_buffer_printf(out, "{\"version\": 2, \"width\": %d, \"height\": %d", options->columns, options->rows);
    }
    rf_buffer_printf(out, ", \"timestamp\": %" PRId64, options->started_s);
    put_member(out, ", ", "title", options->title);
    put_member(out, ", ", "command", options->command);
    const char *term = options->version == 3 ? NULL : options->term;
    put_member(out, ", \"env\": {", "SHELL", options->shell);
    put_member(out, options->shell ? ", " : ", \"env\": {", "TERM", term);
    rf_buffer_text(out, term || options->shell ? "}" : "");
    rf_buffer_text(out, "}\n");
    take(writer);
}

static void free_writer(rf_cast_writer *writer) {
    if (writer->fd >= 0)
        (void)close(writer->fd); /* written already, and told then */
    rf_buffer_done(&writer->block);
    rf_buffer_done(&writer->event);
    rf_buffer_done(&writer->broken[0]);
    rf_buffer_done(&writer->broken[1]);
    rf_free(writer->path);
    rf_free(writer);
}

rf_code rf_cast_create(const char *path, const rf_cast_options *options, rf_cast_writer **ret_writer, rf_error *reterr) {
    assert(path && options && ret_writer && (options->version == 2 || options->version == 3));
    rf_cast_writer *writer = rf_alloc_zero(1, sizeof *writer);
    if (!writer)
        return rf_raise_nomem(reterr);
    *writer = (rf_cast_writer){ .fd = -1, .version = options->version, .path = rf_strdup(path), .max_bytes = options->max_bytes };
    rf_code code = RF_OK;
    if (writer->path)
        put_header(writer, options);
    if (!writer->path || writer->error.code)
        code = rf_raise_nomem(reterr);
    if (!code && (writer->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE)) < 0)
        code = rf_raise(reterr, RF_EIO, "cannot make the recording `%s`: %s", path, strerror(errno));
    if (code)
        free_writer(writer);
    else
        *ret_writer = writer;
    return code;
}

rf_code rf_cast_close(rf_cast_writer *writer, rf_error *reterr) {
    if (!writer)
        return RF_OK;
    put_broken(writer, 0);
    rf_cast_flush(writer);
    int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) && errno != EINTR && !writer->error.code)
        (void)rf_raise(&writer->error, RF_EIO, "cannot write the recording `%s`: %s", writer->path, strerror(errno));
    rf_code code = writer->error.code;
    if (code && reterr)
        *reterr = writer->error;
    free_writer(writer);
    return code;
}
