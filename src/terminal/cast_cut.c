/* cast_cut.c: one command block of a recording as a recording of its own. */
#include "terminal/cast.h"

#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

typedef struct cutting {
    rf_cast_reader *reader;
    rf_cast_writer *writer;
    rf_cast_header header;
    char begin[48], end[48]; /* labels of its markers */
    double from_s;
} cutting;

static void cutting_done(cutting *c) {
    rf_cast_reader_free(c->reader);
    (void)rf_cast_close(c->writer, NULL); /* only on a way out that has an error to tell already */
}

static uint64_t ns_of(double seconds) { return seconds > 0 ? (uint64_t)(seconds * 1e9 + 0.5) : 0; }

/* "132x43"; what is no size is left out. */
static bool read_size(rf_slice text, int *columns, int *rows) {
    int values[2] = { 0, 0 }, which = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == 'x' && which == 0)
            which = 1;
        else if (c >= '0' && c <= '9' && values[which] < 10000)
            values[which] = values[which] * 10 + (c - '0');
        else
            return false;
    }
    if (!values[0] || !values[1])
        return false;
    *columns = values[0];
    *rows = values[1];
    return true;
}

/* Reads up to the block's beginning; what was resized before is its size. */
static rf_code find_begin(cutting *c, const char *path, uint64_t number, rf_error *reterr) {
    rf_cast_event event;
    rf_code code;
    while (!(code = rf_cast_next(c->reader, &event, reterr))) {
        if (event.kind == 'r')
            (void)read_size(event.text, &c->header.columns, &c->header.rows);
        if (event.kind != 'm' || !rf_slice_is(event.text, c->begin))
            continue;
        c->from_s = event.at_s;
        return RF_OK;
    }
    if (code != RF_ECLOSED)
        return code;
    code = rf_raise(reterr, RF_ENOTFOUND, "the recording `%s` has no block %" PRIu64, path, number);
    rf_error_hint(reterr, "blocks are recorded when the shell marks its prompts: riffle term shell-integration");
    return code;
}

static void copy(cutting *c, const rf_cast_event *event) {
    uint64_t at_ns = ns_of(event->at_s - c->from_s);
    int columns, rows;
    switch (event->kind) {
    case 'o': rf_cast_output(c->writer, at_ns, event->text); break;
    case 'i': rf_cast_input(c->writer, at_ns, event->text); break;
    case 'm': rf_cast_marker(c->writer, at_ns, event->text); break;
    case 'r':
        if (read_size(event->text, &columns, &rows))
            rf_cast_resize(c->writer, at_ns, columns, rows);
        break;
    default: break; /* the end of the session, or what we do not know */
    }
}

/* A block that runs at the end of the recording ends there. */
static rf_code copy_block(cutting *c, rf_error *reterr) {
    rf_cast_event event;
    rf_code code;
    while (!(code = rf_cast_next(c->reader, &event, reterr))) {
        if (event.kind == 'm' && rf_slice_is(event.text, c->end))
            return RF_OK;
        copy(c, &event);
    }
    return code == RF_ECLOSED ? RF_OK : code;
}

rf_code rf_cast_cut_block(const char *path, uint64_t number, const char *to_path, rf_error *reterr) {
    assert(path && to_path);
    RF_CLEANUP(cutting_done) cutting c = { 0 };
    (void)snprintf(c.begin, sizeof c.begin, "block %" PRIu64, number);
    (void)snprintf(c.end, sizeof c.end, "block %" PRIu64 " end", number);
    rf_code code = rf_cast_open(path, &c.reader, &c.header, reterr);
    if (!code)
        code = find_begin(&c, path, number, reterr);
    if (code)
        return code;
    const rf_cast_options options = {
        .version = c.header.version, .columns = c.header.columns, .rows = c.header.rows, .started_s = c.header.started_s + (int64_t)c.from_s,
        .title = c.header.title.len ? c.header.title.data : NULL, .command = c.header.command.len ? c.header.command.data : NULL,
    };
    code = rf_cast_create(to_path, &options, &c.writer, reterr);
    if (code)
        return code;
    code = copy_block(&c, reterr);
    rf_error error;
    rf_code closed = rf_cast_close(c.writer, &error);
    c.writer = NULL;
    if (!code && closed && reterr)
        *reterr = error;
    code = code ? code : closed;
    if (code)
        (void)unlink(to_path); /* half a block is none */
    return code;
}
