/* file_positions.c: a log of positions: read at the start, added to by each acknowledgement, written anew when it has grown. */
#include "components/inputs/file_positions.h"

#include "base/buffer.h"
#include "base/slice.h"
#include "components/disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "riffle file positions 1\n"
#define LOG_BYTES_MAX ((size_t)64 << 20) /* more is not ours: each run writes it anew */
#define GROWTH_BYTES ((size_t)1 << 20)   /* then it is written anew */
#define CHECK_BYTES 256u

static uint64_t mix(uint64_t sum, const void *data, size_t len) { /* FNV-1a */
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static const uint64_t EMPTY_SUM = UINT64_C(0xcbf29ce484222325);

uint64_t rf_file_check(int fd, uint64_t bytes) {
    char block[CHECK_BYTES];
    const size_t size = bytes < CHECK_BYTES ? (size_t)bytes : CHECK_BYTES;
    uint64_t sum = EMPTY_SUM;
    ssize_t got = pread(fd, block, size, 0);
    sum = mix(sum, block, got > 0 ? (size_t)got : 0);
    got = pread(fd, block, size, (off_t)(bytes - size));
    return mix(sum, block, got > 0 ? (size_t)got : 0);
}

/* ---- Entries ---- */

/* The inode's number changes with the file, the device's may with a reboot, the name with a rotation. */
static rf_file_entry *find(const rf_positions *positions, const char *path, rf_file_id id) {
    for (size_t i = 0; i < positions->entries.count; i++) {
        rf_file_entry *entry = &positions->entries.items[i];
        if (entry->id.inode == id.inode && (entry->id.device == id.device || strcmp(entry->path, path) == 0))
            return entry;
    }
    return NULL;
}

static bool rename_entry(rf_file_entry *entry, const char *path) {
    char *copy = entry->path && strcmp(entry->path, path) == 0 ? entry->path : rf_strdup(path);
    if (copy && copy != entry->path)
        rf_free(entry->path);
    entry->path = copy ? copy : entry->path;
    return copy;
}

const rf_file_place *rf_positions_find(rf_positions *positions, const char *path, rf_file_id id) {
    rf_file_entry *entry = find(positions, path, id);
    if (entry)
        (void)rename_entry(entry, path); /* it may be called otherwise now; its old name does as well */
    return entry ? &entry->place : NULL;
}

static bool keep(rf_positions *positions, const char *path, rf_file_id id, const rf_file_place *place) {
    rf_file_entry *entry = find(positions, path, id);
    if (!entry && rf_vec_push(&positions->entries, (rf_file_entry){ 0 }))
        entry = &positions->entries.items[positions->entries.count - 1];
    if (!entry)
        return false;
    if (rename_entry(entry, path)) {
        entry->id = id;
        entry->place = *place;
        return true;
    }
    positions->entries.count -= !entry->path; /* the new one */
    return false;
}

static bool is_there(const rf_file_entry *entry) {
    struct stat info;
    return stat(entry->path, &info) == 0 && (uint64_t)info.st_ino == entry->id.inode;
}

/* ---- The log's text ---- */

static void print(rf_buffer *out, const char *path, rf_file_id id, const rf_file_place *place) {
    rf_buffer line = { 0 };
    rf_buffer_printf(&line, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %016" PRIx64 " %s", place->bytes, place->line, id.device,
                     id.inode, place->check, path);
    rf_buffer_printf(out, "%016" PRIx64 " ", mix(EMPTY_SUM, line.data, line.len));
    rf_buffer_slice(out, rf_buffer_view(&line));
    rf_buffer_char(out, '\n');
    out->failed |= line.failed;
    rf_buffer_done(&line);
}

/* One line of the log, NUL-terminated. False: out of memory. What is no record, or half of one, counts for nothing. */
static bool take(rf_positions *positions, const char *line, size_t len) {
    rf_file_place place = { 0 };
    rf_file_id id = { 0 };
    uint64_t sum = 0;
    int at = 0, path = 0;
    if (sscanf(line, "%16" SCNx64 " %n", &sum, &at) != 1 || at != 17 || sum != mix(EMPTY_SUM, line + at, len - (size_t)at))
        return true;
    if (sscanf(line + at, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %16" SCNx64 "%n", &place.bytes, &place.line, &id.device,
               &id.inode, &place.check, &path) != 5 || line[at + path] != ' ')
        return true;
    return keep(positions, line + at + path + 1, id, &place);
}

static rf_code raise_errno(const char *what, const char *path, rf_error *reterr) {
    const int number = errno;
    rf_code code = rf_raise(reterr, RF_EIO, "cannot %s %s: %s", what, path, strerror(number));
    if (rf_disk_may_pass(number))
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

/* The whole log, behind which is a NUL. */
static rf_code read_log(const rf_positions *positions, rf_buffer *text, rf_error *reterr) {
    for (;;) {
        if (!rf_buffer_reserve(text, 65536))
            return rf_raise_nomem(reterr);
        ssize_t got = read(positions->fd, text->data + text->len, 65535);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return raise_errno("read", positions->path, reterr);
        text->len += (size_t)got;
        text->data[text->len] = '\0';
        if (got == 0)
            return RF_OK;
        if (text->len > LOG_BYTES_MAX)
            return rf_raise(reterr, RF_ECONFIG, "%s is no file of positions: it is too large", positions->path);
    }
}

static rf_code take_log(rf_positions *positions, rf_buffer *text, rf_error *reterr) {
    const size_t begin = sizeof HEADER - 1;
    if (text->len < begin && memcmp(text->data, HEADER, text->len) == 0)
        return RF_OK; /* killed as it was made */
    if (text->len < begin || memcmp(text->data, HEADER, begin) != 0) {
        rf_code code = rf_raise(reterr, RF_ECONFIG, "%s is there already and is no file of positions", positions->path);
        rf_error_hint(reterr, "name a file that nothing else uses; it is made when it is missing");
        return code;
    }
    for (size_t at = begin; at < text->len;) {
        char *end = memchr(text->data + at, '\n', text->len - at);
        if (!end)
            break; /* half a record */
        *end = '\0';
        if (!take(positions, text->data + at, (size_t)(end - text->data) - at))
            return rf_raise_nomem(reterr);
        at = (size_t)(end - text->data) + 1;
    }
    return RF_OK;
}

/* ---- On disk ---- */

static bool write_all(int fd, rf_slice text) {
    for (size_t at = 0; at < text.len;) {
        ssize_t count = write(fd, text.data + at, text.len - at);
        if (count < 0 && errno != EINTR)
            return false;
        at += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Writes `text` beside the log and puts it in its place; from then on that is the log, and ours from the first moment on. */
static rf_code replace(rf_positions *positions, rf_slice text, rf_error *reterr) {
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof beside, "%s.new", positions->path);
    assert(len > 0 && (size_t)len < sizeof beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0)
        return raise_errno("make", beside, reterr);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !write_all(fd, text) || fsync(fd) != 0 || rename(beside, positions->path) != 0) {
        rf_code code = raise_errno("write", beside, reterr);
        (void)unlink(beside); /* half of it only takes room */
        (void)close(fd);
        return code;
    }
    (void)close(positions->fd);
    positions->fd = fd;
    positions->log_bytes = positions->fresh_bytes = text.len;
    positions->torn = false;
    return RF_OK;
}

static rf_code write_anew(rf_positions *positions, rf_error *reterr) {
    rf_buffer text = { 0 };
    rf_buffer_text(&text, HEADER);
    for (size_t i = 0; i < positions->entries.count; i++)
        print(&text, positions->entries.items[i].path, positions->entries.items[i].id, &positions->entries.items[i].place);
    rf_code code = text.failed ? rf_raise_nomem(reterr) : replace(positions, rf_buffer_view(&text), reterr);
    rf_buffer_done(&text);
    return code;
}

/* The file that has the name once we hold its lock: another process may have put a new one in its place meanwhile. */
static rf_code open_locked(rf_positions *positions, rf_error *reterr) {
    struct stat ours, named;
    for (int tries = 0; tries < 100; tries++) {
        positions->fd = open(positions->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
        if (positions->fd < 0)
            return raise_errno("open", positions->path, reterr);
        if (flock(positions->fd, LOCK_EX | LOCK_NB) != 0)
            break;
        if (fstat(positions->fd, &ours) == 0 && stat(positions->path, &named) == 0 && ours.st_ino == named.st_ino &&
            ours.st_dev == named.st_dev)
            return RF_OK;
        (void)close(positions->fd);
        positions->fd = -1;
    }
    rf_code code = rf_raise(reterr, RF_EBUSY, "%s is in use by another process", positions->path);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

rf_code rf_positions_open(rf_positions *positions, const char *path, rf_error *reterr) {
    rf_buffer text = { 0 };
    assert(!positions->path);
    *positions = (rf_positions){ .path = path, .fd = -1 };
    rf_code code = open_locked(positions, reterr);
    if (!code)
        code = read_log(positions, &text, reterr);
    if (!code)
        code = take_log(positions, &text, reterr);
    rf_buffer_done(&text);
    if (!code)
        code = write_anew(positions, reterr);
    if (code)
        rf_positions_close(positions);
    return code;
}

/* When its disk had failed. No file is made, which would lie below the place where the disk is going to be. */
static rf_code come_back(rf_positions *positions, rf_error *reterr) {
    if (positions->fd >= 0)
        return RF_OK;
    positions->fd = open(positions->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    if (positions->fd >= 0 && flock(positions->fd, LOCK_EX | LOCK_NB) == 0)
        return RF_OK;
    rf_code code = raise_errno("open", positions->path, reterr);
    if (positions->fd >= 0)
        (void)close(positions->fd);
    positions->fd = -1;
    return code;
}

void rf_positions_close(rf_positions *positions) {
    if (!positions->path)
        return;
    if (positions->torn && !come_back(positions, NULL))
        (void)write_anew(positions, NULL); /* the disk may have room again; if not, some messages come twice */
    for (size_t i = 0; i < positions->entries.count; i++)
        rf_free(positions->entries.items[i].path);
    rf_vec_done(&positions->entries);
    if (positions->fd >= 0)
        (void)close(positions->fd);
    *positions = (rf_positions){ 0 };
}

rf_code rf_positions_forget_gone(rf_positions *positions, rf_error *reterr) {
    const size_t before = positions->entries.count;
    positions->entries.count = 0;
    for (size_t i = 0; i < before; i++) {
        rf_file_entry *entry = &positions->entries.items[i];
        if (is_there(entry))
            positions->entries.items[positions->entries.count++] = *entry;
        else
            rf_free(entry->path);
    }
    rf_code code = positions->entries.count < before ? come_back(positions, reterr) : RF_OK;
    return code || positions->entries.count == before ? code : write_anew(positions, reterr);
}

static rf_code append(rf_positions *positions, rf_slice record, rf_error *reterr) {
    const bool was_torn = positions->torn;
    positions->torn = true;
    if ((was_torn && !write_all(positions->fd, RF_SLICE("\n"))) || !write_all(positions->fd, record)) {
        const int number = errno;
        rf_code code = raise_errno("write", positions->path, reterr);
        if (rf_disk_has_failed(number)) { /* it can only be taken off and mounted anew when no file of it is open */
            (void)close(positions->fd);
            positions->fd = -1;
        }
        return code;
    }
    positions->torn = false;
    positions->log_bytes += record.len;
    return was_torn ? write_anew(positions, reterr) : RF_OK; /* with those that could not be written */
}

rf_code rf_positions_put(rf_positions *positions, const char *path, rf_file_id id, const rf_file_place *place, rf_error *reterr) {
    rf_buffer record = { 0 };
    assert(positions->path);
    if (!keep(positions, path, id, place))
        return rf_raise_nomem(reterr);
    rf_code back = come_back(positions, reterr);
    if (back)
        return back;
    if (positions->log_bytes >= 2 * positions->fresh_bytes + GROWTH_BYTES)
        return write_anew(positions, reterr);
    print(&record, path, id, place);
    rf_code code = record.failed ? rf_raise_nomem(reterr) : append(positions, rf_buffer_view(&record), reterr);
    rf_buffer_done(&record);
    return code;
}
