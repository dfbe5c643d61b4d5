/* sqlite_salvage.c: stored messages found in the bytes of a damaged SQLite file and its journal (sqlite.org/fileformat2.html). */
#include "components/buffers/sqlite_file.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/vec.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE ((size_t)RF_SQLITE_PAGE_BYTES)
#define FRAME_HEAD ((size_t)24)
#define JOURNAL_HEAD ((size_t)32)
#define RECORD_BYTES_MAX ((uint64_t)1 << 30) /* SQLite's own bound on a blob */

static const char MAGIC[8] = { 'r', 'i', 'f', 'f', 'l', 'e', 'B', '1' };

static uint64_t mix(uint64_t sum, const void *data, size_t len) { /* FNV-1a, eight bytes a step: for accidents, not for enemies */
    const char *bytes = data;
    for (; len >= 8; bytes += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        sum = (sum ^ word) * UINT64_C(0x100000001b3);
        sum ^= sum >> 29;
    }
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t sum_of(uint64_t id, rf_slice record) {
    const uint64_t head[] = { id, record.len };
    return mix(mix(UINT64_C(0xcbf29ce484222325), head, sizeof head), record.data, record.len);
}

void rf_stored_head_make(rf_stored_head *head, uint64_t id, rf_slice record) {
    *head = (rf_stored_head){ .id = id, .len = record.len, .sum = sum_of(id, record) };
    memcpy(head->magic, MAGIC, sizeof MAGIC);
}

rf_slice rf_stored_record(uint64_t id, rf_slice blob) {
    rf_stored_head head;
    if (blob.len < sizeof head)
        return (rf_slice){ 0 };
    memcpy(&head, blob.data, sizeof head);
    const rf_slice record = { blob.data + sizeof head, blob.len - sizeof head };
    const bool good = memcmp(head.magic, MAGIC, sizeof MAGIC) == 0 && head.id == id && head.len == record.len &&
                      head.sum == sum_of(id, record);
    return good ? record : (rf_slice){ 0 };
}

/* ---- Pages: the newest version of each, out of the journal or the file ---- */

typedef struct place { bool in_journal; off_t at; } place;

typedef struct pages {
    int file, journal; /* -1: there is none */
    RF_VEC(place) places; /* by page, from 0 on */
    RF_VEC(place) older;  /* all versions there are: the newest of a damaged journal may lack what moved to a damaged page */
    bool doubted;         /* the journal is damaged */
    char *page, *chain;
    rf_buffer blob;
} pages;

static uint32_t big_endian(const char *bytes) {
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool read_at(int fd, char *to, size_t len, off_t at) {
    size_t done = 0;
    while (done < len) {
        const ssize_t got = pread(fd, to + done, len - done, at + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    memset(to + done, 0, len - done);
    return done > 0;
}

static rf_code place_pages(pages *self, rf_error *reterr) {
    struct stat status;
    if (self->file >= 0 && fstat(self->file, &status) == 0)
        for (off_t at = 0; at < status.st_size; at += (off_t)PAGE)
            if (!rf_vec_push(&self->places, (place){ false, at }))
                return rf_raise_nomem(reterr);
    return RF_OK;
}

/* Frames of the journal's present use carry its salt; a later one of a page counts. Damaged frames count too, whatever they
 * carry: what is whole in them is proven record by record. */
static rf_code place_frames(pages *self, rf_error *reterr) {
    char head[JOURNAL_HEAD], frame[FRAME_HEAD];
    struct stat status;
    if (self->journal < 0 || fstat(self->journal, &status) || !read_at(self->journal, head, sizeof head, 0))
        return RF_OK;
    for (off_t at = (off_t)JOURNAL_HEAD; at < status.st_size; at += (off_t)(FRAME_HEAD + PAGE)) {
        if (!read_at(self->journal, frame, sizeof frame, at))
            break;
        const uint32_t page = big_endian(frame);
        if ((!self->doubted && memcmp(frame + 8, head + 16, 8) != 0) || page == 0 || page > self->places.count + (1u << 20))
            continue;
        while (self->places.count < page)
            if (!rf_vec_push(&self->places, (place){ true, at + (off_t)FRAME_HEAD }))
                return rf_raise_nomem(reterr);
        if (self->doubted && (!rf_vec_push(&self->older, self->places.items[page - 1]) ||
                              !rf_vec_push(&self->older, (place){ true, at + (off_t)FRAME_HEAD })))
            return rf_raise_nomem(reterr);
        self->places.items[page - 1] = (place){ true, at + (off_t)FRAME_HEAD };
    }
    return RF_OK;
}

static bool read_place(const pages *self, place from, char *to) {
    return read_at(from.in_journal ? self->journal : self->file, to, PAGE, from.at);
}

static bool read_page(const pages *self, size_t number, char *to) {
    return number > 0 && number <= self->places.count && read_place(self, self->places.items[number - 1], to);
}

/* ---- Records in them ---- */

/* Bytes of a blob of `len` that stand in the leaf itself: section 1.6, of a row with a NULL (its id) before the blob. */
static size_t local_bytes(uint64_t len) {
    const uint64_t type = 2 * len + 12;
    size_t head = 2;
    for (uint64_t rest = type; rest; rest >>= 7)
        head++;
    const uint64_t payload = head + len, most = PAGE - 35, least = (PAGE - 12) * 32 / 255 - 23;
    if (payload <= most)
        return (size_t)len;
    const uint64_t some = least + (payload - least) % (PAGE - 4);
    return (size_t)((some <= most ? some : least) - head);
}

/* The blob at `at` of the page, with what overflows. False: it is not whole. */
static bool gather(pages *self, size_t at, uint64_t len) {
    size_t local = local_bytes(len);
    if (local > PAGE - at)
        return false;
    rf_buffer_clear(&self->blob);
    rf_buffer_append(&self->blob, self->page + at, local);
    if (self->blob.len == len)
        return !self->blob.failed;
    uint32_t next = local + 4 <= PAGE - at ? big_endian(self->page + at + local) : 0;
    while (self->blob.len < len && !self->blob.failed && read_page(self, next, self->chain)) {
        const size_t left = (size_t)(len - self->blob.len);
        rf_buffer_append(&self->blob, self->chain + 4, left < PAGE - 4 ? left : PAGE - 4);
        next = big_endian(self->chain);
    }
    return self->blob.len == len && !self->blob.failed;
}

static rf_code look_in_page(pages *self, rf_salvage_found *found, void *arg, rf_error *reterr) {
    rf_stored_head head;
    const char *hit = self->page, *end = self->page + PAGE;
    while ((hit = memmem(hit, (size_t)(end - hit), MAGIC, sizeof MAGIC))) {
        const size_t at = (size_t)(hit - self->page);
        hit++;
        if (PAGE - at < sizeof head)
            break;
        memcpy(&head, self->page + at, sizeof head);
        if (head.len > RECORD_BYTES_MAX || head.len > (uint64_t)self->places.count * PAGE || !gather(self, at, head.len + sizeof head)) {
            if (self->blob.failed)
                return rf_raise_nomem(reterr);
            continue;
        }
        const rf_slice blob = rf_buffer_view(&self->blob);
        if (!rf_stored_record(head.id, blob).data)
            continue;
        const rf_code code = found(arg, head.id, blob, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static rf_code look_in_all(pages *self, rf_salvage_found *found, void *arg, rf_error *reterr) {
    rf_code code = place_pages(self, reterr);
    if (!code)
        code = place_frames(self, reterr);
    self->page = rf_alloc(PAGE);
    self->chain = rf_alloc(PAGE);
    if (!code && (!self->page || !self->chain))
        code = rf_raise_nomem(reterr);
    for (size_t i = 1; !code && i <= self->places.count; i++)
        if (read_page(self, i, self->page))
            code = look_in_page(self, found, arg, reterr);
    for (size_t i = 0; !code && i < self->older.count; i++)
        if (read_place(self, self->older.items[i], self->page))
            code = look_in_page(self, found, arg, reterr);
    return code;
}

static int open_beside(const char *path, const char *suffix) {
    char name[400];
    const int len = snprintf(name, sizeof name, "%s%s", path, suffix);
    return len > 0 && (size_t)len < sizeof name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
}

rf_code rf_sqlite_salvage(const char *path, rf_salvage_found *found, void *arg, rf_error *reterr) {
    assert(path && found);
    pages self = { .file = open_beside(path, ""), .journal = open_beside(path, "-wal"), .doubted = rf_sqlite_journal_is_damaged(path) };
    const rf_code code = look_in_all(&self, found, arg, reterr);
    rf_vec_done(&self.places);
    rf_vec_done(&self.older);
    rf_buffer_done(&self.blob);
    rf_free(self.page);
    rf_free(self.chain);
    if (self.file >= 0)
        (void)close(self.file);
    if (self.journal >= 0)
        (void)close(self.journal);
    return code;
}

/* ---- The journal's own sums (section 4.2), of one that a little-endian machine wrote ---- */

static void add_sum(uint32_t sum[2], const char *bytes, size_t len, bool big) {
    for (size_t i = 0; i + 8 <= len; i += 8) {
        uint32_t x, y;
        memcpy(&x, bytes + i, 4);
        memcpy(&y, bytes + i + 4, 4);
        sum[0] += (big ? __builtin_bswap32(x) : x) + sum[1];
        sum[1] += (big ? __builtin_bswap32(y) : y) + sum[0];
    }
}

static bool frames_follow_a_broken_one(int fd, off_t size, char *frame) {
    char head[JOURNAL_HEAD];
    uint32_t sum[2] = { 0 };
    bool broken = false;
    (void)read_at(fd, head, sizeof head, 0);
    const bool big = head[3] & 1;
    add_sum(sum, head, 24, big);
    if (sum[0] != big_endian(head + 24) || sum[1] != big_endian(head + 28))
        return size > (off_t)JOURNAL_HEAD; /* the head itself */
    for (off_t at = (off_t)JOURNAL_HEAD; at + (off_t)(FRAME_HEAD + PAGE) <= size; at += (off_t)(FRAME_HEAD + PAGE)) {
        (void)read_at(fd, frame, FRAME_HEAD + PAGE, at);
        const bool ours = memcmp(frame + 8, head + 16, 8) == 0;
        if (broken && ours)
            return true;
        add_sum(sum, frame, 8, big);
        add_sum(sum, frame + FRAME_HEAD, PAGE, big);
        const bool whole = sum[0] == big_endian(frame + 16) && sum[1] == big_endian(frame + 20);
        if (ours && !whole)
            return true;
        broken = broken || !ours; /* left over from an earlier use, unless one of ours follows */
    }
    return false;
}

bool rf_sqlite_journal_is_damaged(const char *path) {
    struct stat status;
    const int fd = open_beside(path, "-wal");
    if (fd < 0)
        return false;
    char *frame = rf_alloc(FRAME_HEAD + PAGE);
    const bool damaged = frame && fstat(fd, &status) == 0 && status.st_size > 0 && frames_follow_a_broken_one(fd, status.st_size, frame);
    rf_free(frame);
    (void)close(fd);
    return damaged;
}
