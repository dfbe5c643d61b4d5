/* file: lines of files, one file after another. */
#include "base/clock.h"
#include "components/inputs/file_list.h"
#include "components/inputs/lines.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file_input {
    rf_lines_config config;
    rf_strings paths;
    bool delete_on_finish;
    struct { rf_slice path; } position;
    int64_t batch_count; /* csv: rows of a batch; 0: as for file */

    const rf_env *env;
    rf_lines lines;
    rf_wake wake;
    rf_file_list files;
    bool open, found;
    uint32_t current; /* the file being read, or to be read next */
    int fd;           /* -1: not open */
    struct timespec changed; /* when the open file was, last */
    rf_log_limit complaints; /* of positions */
} file_input;

static const rf_field position_fields[] = {
    { "path", RF_FIELD_STRING, 0, NULL, 0, "The file that positions are kept in; it is made when it is missing. No other input or process may use it.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field file_fields[] = {
    { "paths", RF_FIELD_STRINGS, offsetof(file_input, paths), NULL, RF_FIELD_REQUIRED,
      "Files to read, in this order. `*`, `?` and `[…]` match many, sorted by name.", NULL, NULL, 0, 0, 0 },
    RF_LINES_FIELDS(file_input, config),
    { "delete_on_finish", RF_FIELD_BOOL, offsetof(file_input, delete_on_finish), "false", RF_FIELD_ADVANCED,
      "Deletes each file once all its messages were delivered.", NULL, NULL, 0, 0, 0 },
    { "position", RF_FIELD_OBJECT, offsetof(file_input, position), NULL, 0,
      "Remembers how far each file was delivered, so that the next run goes on there.", NULL, position_fields, 0, 0, 0 },
    { 0 },
};

/* Room for what is put behind the name of a file that is written beside it. */
#define POSITION_PATH_MAX (PATH_MAX - 8)

static rf_code check_position(const file_input *self, const rf_conf *conf) {
    const rf_conf *node = rf_conf_child(conf, "position"), *path = node ? rf_conf_child(node, "path") : NULL;
    rf_error error = { 0 };
    if (!node)
        return RF_OK;
    if (self->position.path.len == 0 || self->position.path.len > POSITION_PATH_MAX)
        (void)rf_raise(&error, RF_ECONFIG,
                       self->position.path.len ? "path is longer than the system takes"
                                               : "path is empty: it names the file that positions are kept in");
    else if (!rf_lines_can_go_on(&self->lines))
        (void)rf_raise(&error, RF_ECONFIG, "the scanner %s cannot begin in the middle of a file: no position can be kept",
                       self->lines.scanner.kind->name);
    else
        return RF_OK;
    return rf_conf_report(path ? path : node, &error);
}

static rf_code file_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    file_input *self = state;
    rf_code code;
    self->env = env;
    self->fd = -1;
    self->open = true;
    rf_file_list_init(&self->files, self->delete_on_finish);
    self->complaints = (rf_log_limit){ .burst = 3, .period_ns = 30 * RF_NS_PER_S };
    code = rf_lines_open(&self->lines, &self->config, conf, env, reterr);
    if (!code)
        code = check_position(self, conf);
    return code ? code : rf_wake_init(&self->wake, reterr);
}

/* Missing files are told of before anything is read. */
static rf_code file_connect(void *state, rf_error *reterr) {
    file_input *self = state;
    rf_code code = rf_lines_connect(&self->lines, reterr);
    if (code || self->found)
        return code;
    if (self->position.path.len > 0)
        code = rf_file_list_remember(&self->files, self->position.path.data, reterr);
    if (code)
        return code;
    self->found = true;
    return rf_file_list_find(&self->files, &self->paths, reterr);
}

static const char *current_path(const file_input *self) {
    return self->files.items[self->current].path;
}

/* A position that cannot be noted costs no message: after a kill some come twice. */
static void complain(file_input *self, const rf_error *error) {
    const rf_log_origin origin = { self->env->label, self->env->path };
    if (error->code)
        rf_log_write_limited(self->env->log, RF_LOG_ERROR, &origin, &self->complaints, "cannot remember how far files were delivered: %s",
                             error->message);
}

static void go_on(file_input *self) {
    const rf_log_origin origin = { self->env->label, self->env->path };
    rf_file_place place;
    if (!rf_file_list_begin(&self->files, self->current, self->fd, &place))
        rf_log_write(self->env->log, RF_LOG_INFO, &origin, "%s does not hold what was read of it before: reading it from its beginning",
                     current_path(self));
    if (place.bytes > 0)
        rf_log_write(self->env->log, RF_LOG_DEBUG, &origin, "going on in %s behind line %" PRIu64, current_path(self), place.line);
    rf_lines_go_on(&self->lines, place.bytes, place.line);
}

/* Where the messages that were read end. */
static rf_file_place place_of(const file_input *self) {
    rf_file_place place = { 0 };
    rf_line_reader_place(&self->lines.reader, &place.bytes, &place.line);
    if (self->position.path.len > 0)
        place.check = rf_file_check(self->fd, place.bytes);
    return place;
}

static rf_code open_current(file_input *self, rf_error *reterr) {
    struct stat info;
    assert(self->fd < 0);
    self->fd = open(current_path(self), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* reading waits for what a pipe has, and can be stopped */
    if (self->fd < 0 || fstat(self->fd, &info) != 0)
        return rf_raise(reterr, RF_EIO, "cannot read %s: %s", current_path(self), strerror(errno));
    self->changed = info.st_mtim;
    go_on(self);
    return RF_OK;
}

static void close_current(file_input *self) {
    if (self->fd >= 0)
        (void)close(self->fd);
    self->fd = -1;
}

/* The three entries that every message of this read shares. */
static rf_code make_meta(const file_input *self, rf_batch *batch, rf_meta *ret_meta, rf_error *reterr) {
    char text[RF_CLOCK_TEXT_MAX];
    size_t len = rf_clock_rfc3339(self->changed.tv_sec, 0, 0, text);
    rf_slice time = rf_slice_dup_in(&batch->arena, (rf_slice){ text, len });
    rf_message scratch = { 0 };
    const char *path = current_path(self); /* lives as long as the input */
    if (!time.data || !rf_meta_reserve(&batch->arena, &scratch.meta, 3) ||
        !rf_batch_set_meta(batch, &scratch, RF_SLICE("path"), rf_string((rf_slice){ path, strlen(path) })) ||
        !rf_batch_set_meta(batch, &scratch, RF_SLICE("mod_time_unix"), rf_int(self->changed.tv_sec)) ||
        !rf_batch_set_meta(batch, &scratch, RF_SLICE("mod_time"), rf_string(time)))
        return rf_raise_nomem(reterr);
    scratch.meta.frozen = true;
    *ret_meta = scratch.meta;
    return RF_OK;
}

static rf_code read_current(file_input *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    rf_meta meta = { 0 };
    uint32_t before = batch->count;
    rf_code code = RF_OK;
    if (self->config.codec == RF_LINES_TEXT)
        code = make_meta(self, batch, &meta, reterr);
    if (!code)
        code = rf_lines_read(&self->lines, self->fd, current_path(self), &self->wake, batch, max, wait_ns, &meta,
                             reterr);
    if (code == RF_EIO)
        rf_error_prefix(reterr, "cannot read %s: ", current_path(self));
    if (batch->count > before) {
        const rf_file_place end = place_of(self);
        rf_code held = rf_file_list_hold(&self->files, before == 0, self->current, &end, &batch->mark, reterr);
        code = held ? held : code;
    }
    return code;
}

/* One file has ended: on to the next, which is the end when there is none. */
static rf_code next_file(file_input *self, bool got_messages) {
    rf_file_place end = place_of(self);
    rf_error error = { 0 };
    rf_code code = rf_file_list_finish(&self->files, self->current, &end, &error);
    close_current(self);
    self->current++;
    if (self->current == self->files.count && !code)
        code = rf_file_list_end(&self->files, &error);
    if (code)
        complain(self, &error);
    if (self->current == self->files.count)
        return RF_ECLOSED;
    return got_messages ? RF_OK : RF_EAGAIN;
}

static rf_code read_some(file_input *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    uint32_t before = batch->count;
    rf_code code = RF_OK;
    if (self->current == self->files.count)
        return RF_ECLOSED;
    if (self->fd < 0)
        code = open_current(self, reterr);
    if (!code)
        code = read_current(self, batch, max, wait_ns, reterr);
    return code == RF_ECLOSED ? next_file(self, batch->count > before) : code;
}

/* Rows of a file are batches of so many, whatever one read gives. */
static rf_code read_batches(file_input *self, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    const uint32_t before = batch->count, size = (uint32_t)self->batch_count, file = self->current;
    const uint32_t most = max > size ? max - max % size : size;
    rf_code code = RF_OK;
    do {
        code = read_some(self, batch, most - (batch->count - before), wait_ns, reterr);
    } while (code == RF_OK && self->current == file && batch->count > before && (batch->count - before) % size != 0);
    for (uint32_t i = before; size > 1 && i < batch->count; i++)
        batch->messages[i].parcel = before + 1 + (i - before) / size;
    return code == RF_EAGAIN && batch->count > before ? RF_OK : code;
}

static rf_code file_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    file_input *self = state;
    return self->batch_count > 0 ? read_batches(self, batch, max, wait_ns, reterr) : read_some(self, batch, max, wait_ns, reterr);
}

static void file_ack(void *state, uint64_t mark, bool delivered) {
    file_input *self = state;
    rf_error error = { 0 };
    if (rf_file_list_ack(&self->files, mark, delivered, delivered, &error))
        complain(self, &error);
}

/* The user does not want it tried again: it is over, but was not delivered. */
static void file_nack(void *state, uint64_t mark, const char *why RF_UNUSED) {
    file_input *self = state;
    rf_error error = { 0 };
    if (rf_file_list_ack(&self->files, mark, false, true, &error))
        complain(self, &error);
}

static void file_wake(void *state) {
    const file_input *self = state;
    rf_wake_up(&self->wake);
}

static void file_close(void *state) {
    file_input *self = state;
    if (!self->open)
        return;
    close_current(self);
    rf_wake_done(&self->wake);
    rf_lines_done(&self->lines);
    rf_file_list_done(&self->files);
}

const rf_input_kind rf_file_input_kind = {
    .name = "file",
    .summary = "Reads lines from files.",
    .detail = "Files are read one after another, and the stream ends with the last. Each message has the metadata "
              "`path`, `mod_time` (RFC 3339, UTC) and `mod_time_unix` (seconds); with `codec: message` it has exactly "
              "what was recorded. A path that does not exist ends the run before anything is read; a pattern that "
              "matches nothing does not.\n"
              "With `position` a run goes on where the last one was, also after a kill: a position is noted when everything before it was "
              "delivered, so at most the batches that were in work come twice. What an output refuses, and is tried again, holds the position: the "
              "lines behind it go on, and come again in the next run when it has not been taken by then; a `fallback` takes it, and "
              "`auto_replay_nacks: false` lets it go. A file is known again by its inode and by what stands "
              "before the position, whatever it is called now: one that was renamed goes on, one that grew goes on with what was added, one "
              "that was replaced, or cut short and written anew, begins at its beginning, and so does a copy. A last line without a line "
              "feed is a message as it is; what is added to it later is another. What no longer exists is forgotten when all files were read.",
    .example = "input:\n"
               "  file:\n"
               "    paths: [\"./examples/*.jsonl\"]\n"
               "    codec: message\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = file_fields,
    .state_size = sizeof(file_input),
    .open = file_open,
    .connect = file_connect,
    .read = file_read,
    .ack = file_ack,
    .nack = file_nack,
    .wake = file_wake,
    .close = file_close,
};

/* ---- csv: the same with one scanner, and options of its own ---- */

typedef struct csv_input {
    file_input file;
    rf_csv_options csv;
} csv_input;

static const rf_field csv_fields[] = {
    { "paths", RF_FIELD_STRINGS, offsetof(csv_input, file.paths), NULL, RF_FIELD_REQUIRED,
      "Files to read, in this order. `*`, `?` and `[…]` match many, sorted by name.", NULL, NULL, 0, 0, 0 },
    { "parse_header_row", RF_FIELD_BOOL, offsetof(csv_input, csv.parse_header_row), "true", 0,
      "The first row of each file names the fields, and each message is a map; else each is a list.", NULL, NULL, 0, 0, 0 },
    { "delimiter", RF_FIELD_STRING, offsetof(csv_input, csv.custom_delimiter), "\",\"", 0, "The character between fields.", NULL, NULL, 0, 0, 0 },
    { "lazy_quotes", RF_FIELD_BOOL, offsetof(csv_input, csv.lazy_quotes), "false", 0, "A quote may stand within a field.", NULL, NULL, 0, 0, 0 },
    { "delete_on_finish", RF_FIELD_BOOL, offsetof(csv_input, file.delete_on_finish), "false", RF_FIELD_ADVANCED,
      "Deletes each file once all its messages were delivered.", NULL, NULL, 0, 0, 0 },
    { "batch_count", RF_FIELD_INT, offsetof(csv_input, file.batch_count), "1", RF_FIELD_ADVANCED, "Rows of a batch.", NULL, NULL, 0, 1, 100000 },
    { "auto_replay_nacks", RF_FIELD_BOOL, offsetof(csv_input, file.config.auto_replay_nacks), "true", RF_FIELD_ADVANCED,
      "Whether what an output refuses is given to it again.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code csv_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    csv_input *self = state;
    rf_scanner *scanner = &self->file.lines.scanner;
    self->file.config.scanner.lines.max_buffer_size = RF_LINE_BLOCK_BYTES;
    rf_code code = file_open(&self->file, conf, env, reterr);
    if (code)
        return code;
    self->csv.header_in_meta = true;
    scanner->kind = &rf_scan_csv;
    scanner->options.csv = self->csv;
    return rf_scan_csv.open(scanner, conf, reterr);
}

const rf_input_kind rf_csv_kind = {
    .name = "csv",
    .summary = "Reads rows of files of comma-separated values.",
    .detail = "Files are read one after another, and the stream ends with the last. Each message has the metadata `header` (a list, when there "
              "is a header row), `path`, `mod_time` (RFC 3339, UTC) and `mod_time_unix` (seconds). A row with another number of fields than the "
              "first is logged and passed over.",
    .example = "input:\n"
               "  csv:\n"
               "    paths: [\"./data/*.csv\"]\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = csv_fields,
    .state_size = sizeof(csv_input),
    .open = csv_open,
    .connect = file_connect,
    .read = file_read,
    .ack = file_ack,
    .nack = file_nack,
    .wake = file_wake,
    .close = file_close,
};
