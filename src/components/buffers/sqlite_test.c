/* sqlite_test.c: rows of a stored file: all of them, in order; whole ones out of a damaged file, however it was hit. */
#include "components/buffers/sqlite_file.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "fixture.h"
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROWS 300u

static void file_done(rf_sqlite_file *file) { rf_sqlite_file_close(file); }

/* Each seventieth is larger than a page. */
static size_t size_of(uint64_t id) { return id % 70 == 0 ? 50000 : 100 + (size_t)id; }

static bool add_row(rf_sqlite_file *file, uint64_t id) {
    RF_CLEANUP(rf_buffer_done) rf_buffer blob = { 0 };
    const size_t size = size_of(id);
    rf_stored_head head;
    if (!rf_buffer_reserve(&blob, sizeof head + size))
        return false;
    memset(blob.data + sizeof head, 'a' + (int)(id % 26), size);
    rf_stored_head_make(&head, id, (rf_slice){ blob.data + sizeof head, size });
    memcpy(blob.data, &head, sizeof head);
    return rf_sqlite_file_add(file, id, (rf_slice){ blob.data, sizeof head + size }, NULL) == RF_OK;
}

static bool fill(rf_sqlite_file *file, const char *path) {
    rf_sqlite_found found;
    bool good = rf_sqlite_file_open(file, path, &found, NULL) == RF_OK && rf_sqlite_file_begin(file, false, NULL) == RF_OK;
    for (uint64_t id = 1; good && id <= ROWS; id++)
        good = add_row(file, id);
    return good && rf_sqlite_file_commit(file, NULL) == RF_OK;
}

static unsigned count_rows(rf_sqlite_file *file, unsigned *ret_damaged) {
    uint64_t id = 0, next;
    rf_slice blob;
    unsigned whole = 0;
    while (rf_sqlite_file_read(file, id, &next, &blob, NULL) == RF_OK) {
        const bool good = rf_stored_record(next, blob).data && blob.len == sizeof(rf_stored_head) + size_of(next);
        whole += good;
        *ret_damaged += !good;
        id = next;
    }
    return whole;
}

static const char *path_in(rf_fixture_dir *dir, char out[120]) {
    (void)snprintf(out, 120, "%s/b", dir->path);
    return out;
}

static bool flip(const char *path, off_t at, size_t count) {
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    char bytes[64];
    bool good = fd >= 0 && pread(fd, bytes, count, at) == (ssize_t)count;
    for (size_t i = 0; good && i < count; i++)
        bytes[i] = (char)~bytes[i];
    good = good && pwrite(fd, bytes, count, at) == (ssize_t)count;
    if (fd >= 0)
        (void)close(fd);
    return good;
}

/* Hits the closed file there; `least` rows are to be found again. */
static void hit(off_t at, size_t count, unsigned least) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(file_done) rf_sqlite_file file = { 0 };
    char path[120];
    rf_sqlite_found found = { 0 };
    unsigned damaged = 0;
    rf_check(rf_fixture_dir_init(&dir) && fill(&file, path_in(&dir, path)));
    rf_sqlite_file_close(&file);
    rf_check(flip(path, at, count));
    rf_check(!rf_sqlite_file_open(&file, path, &found, NULL));
    const unsigned whole = count_rows(&file, &damaged);
    rf_check(whole >= least && whole <= ROWS);
    rf_check(damaged + whole == ROWS || found.salvaged);
}

RF_TEST(rows_come_back_in_order_and_go_when_removed) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(file_done) rf_sqlite_file file = { 0 };
    char path[120];
    rf_sqlite_found found = { 0 };
    unsigned damaged = 0;
    rf_check(rf_fixture_dir_init(&dir) && fill(&file, path_in(&dir, path)));
    rf_check(count_rows(&file, &damaged) == ROWS && damaged == 0);
    rf_check(rf_sqlite_file_remove(&file, 1, 100, NULL) == RF_OK);
    rf_check(count_rows(&file, &damaged) == ROWS - 100);
    rf_sqlite_file_close(&file);
    if (rf_sqlite_file_open(&file, path, &found, NULL) == RF_OK)
        rf_check(found.count == ROWS - 100 && found.last_id == ROWS && !found.salvaged);
}

RF_TEST(a_damaged_file_gives_back_all_rows_that_are_whole) {
    hit(0, 16, ROWS);           /* what says that it is a database */
    hit(100, 8, ROWS);          /* the schema's page */
    hit(16384, 12, ROWS);       /* the root of the rows */
    hit(5 * 16384, 12, ROWS);   /* any page's head */
    hit(2 * 16384 - 64, 64, ROWS - 2);
    hit(6 * 16384 - 64, 64, ROWS - 2);
    hit(20, 1, ROWS);
}

RF_TEST(a_damaged_journal_costs_what_was_hit_alone) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    RF_CLEANUP(file_done) rf_sqlite_file file = { 0 };
    char path[120], copy[140], journal[160];
    rf_sqlite_found found = { 0 };
    unsigned damaged = 0;
    rf_check(rf_fixture_dir_init(&dir) && fill(&file, path_in(&dir, path)));
    (void)snprintf(copy, sizeof copy, "%s-2", path); /* as a killed process leaves it */
    (void)snprintf(journal, sizeof journal, "%s-wal", copy);
    char command[700];
    (void)snprintf(command, sizeof command, "cp %s %s && cp %s-wal %s", path, copy, path, journal);
    FILE *shell = popen(command, "r");
    rf_check(shell && pclose(shell) == 0);
    rf_sqlite_file_close(&file);
    rf_check(!rf_sqlite_journal_is_damaged(copy) || rf_test_torture());
    rf_check(flip(journal, 32 + 24 + 16384 + 9, 1));
    rf_check(rf_sqlite_journal_is_damaged(copy) || rf_test_torture());
    rf_check(!rf_sqlite_file_open(&file, copy, &found, NULL));
    rf_check(count_rows(&file, &damaged) + 1 >= ROWS || rf_test_torture());
    rf_check(found.salvaged || rf_test_torture());
}

RF_TEST(a_stream_through_a_file_loses_nothing_and_keeps_order) {
    RF_CLEANUP(rf_fixture_dir_done) rf_fixture_dir dir;
    rf_error error = { 0 };
    rf_check(rf_fixture_dir_init(&dir) && rf_fixture_dir_write(&dir, "in", RF_SLICE("a\nb\nc\n")));
    const char *text = rf_fixture_dir_config(&dir, "input: {file: {paths: [@DIR@/in]}}\noutput: {file: {path: @DIR@/out}}\nbuffer: {sqlite: {path: @DIR@/b, sync: false, "
                                                   "pre_processors: [{log: {message: x}}], post_processors: [{archive: {format: lines}}]}}\n");
    rf_check(text);
    {
        RF_CLEANUP(rf_fixture_stream_done) rf_fixture_stream stream = { 0 };
        rf_check(!rf_fixture_stream_open(&stream, text, &error) && !rf_stream_run(stream.stream, &error));
    }
    const rf_slice out = rf_fixture_dir_read(&dir, "out");
    if (out.data)
        rf_check_text(out, RF_SLICE("a\nb\nc\n"));
}
