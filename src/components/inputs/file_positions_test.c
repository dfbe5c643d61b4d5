/* file_positions_test.c: what is remembered of files, through kills, damage and renaming. */
#include "components/inputs/file_positions.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory, and the positions in a file of it. */
typedef struct world {
    rf_fixture_dir dir;
    char path[100];
    rf_positions positions;
} world;

static void world_done(world *w) {
    rf_positions_close(&w->positions);
    rf_fixture_dir_done(&w->dir);
}

static bool world_init(world *w) {
    if (!rf_fixture_dir_init(&w->dir))
        return false;
    (void)snprintf(w->path, sizeof w->path, "%s/positions", w->dir.path);
    return true;
}

static bool open_again(world *w) {
    rf_positions_close(&w->positions);
    return rf_positions_open(&w->positions, w->path, NULL) == RF_OK;
}

static bool put(world *w, const char *path, uint64_t inode, uint64_t bytes) {
    const rf_file_place place = { .bytes = bytes, .line = bytes / 10, .check = bytes * 7 };
    return rf_positions_put(&w->positions, path, (rf_file_id){ 1, inode }, &place, NULL) == RF_OK;
}

/* The bytes known of it; UINT64_MAX: nothing. */
static uint64_t known(world *w, const char *path, uint64_t device, uint64_t inode) {
    const rf_file_place *place = rf_positions_find(&w->positions, path, (rf_file_id){ device, inode });
    if (place && (place->line != place->bytes / 10 || place->check != place->bytes * 7))
        return 0;
    return place ? place->bytes : UINT64_MAX;
}

RF_TEST(the_last_position_of_each_file_is_there_again) {
    RF_CLEANUP(world_done) world w = { 0 };
    rf_check(world_init(&w) && open_again(&w));
    rf_check(put(&w, "a", 1, 10) && put(&w, " b with blanks ", 2, 20) && put(&w, "a", 1, 30) && put(&w, "c", 3, UINT64_MAX / 16));
    rf_check(open_again(&w));
    rf_check(known(&w, "a", 1, 1) == 30);
    rf_check(known(&w, " b with blanks ", 1, 2) == 20);
    rf_check(known(&w, "c", 1, 3) == UINT64_MAX / 16);
    rf_check(known(&w, "a", 1, 4) == UINT64_MAX);
}

RF_TEST(a_file_keeps_its_position_by_another_name_or_on_a_disk_of_another_number) {
    RF_CLEANUP(world_done) world w = { 0 };
    rf_check(world_init(&w) && open_again(&w));
    rf_check(put(&w, "log", 1, 10));
    rf_check(known(&w, "log.1", 1, 1) == 10);
    rf_check(known(&w, "other", 2, 1) == UINT64_MAX);
    rf_check(put(&w, "new", 5, 50));
    rf_check(known(&w, "new", 2, 5) == 50);
    rf_check(put(&w, "log.1", 1, 20) && open_again(&w));
    rf_check(known(&w, "log.1", 1, 1) == 20);
}

/* Whatever of the log is there after a kill or a power cut, each record counts whole or not at all. */
RF_TEST(a_log_that_is_cut_anywhere_gives_the_positions_before) {
    RF_CLEANUP(world_done) world w = { 0 };
    rf_check(world_init(&w) && open_again(&w));
    rf_check(put(&w, "a", 1, 10) && put(&w, "a", 1, 20));
    rf_positions_close(&w.positions);
    rf_slice log = rf_fixture_dir_read(&w.dir, "positions");
    char copy[400];
    rf_check(log.len > 50 && log.len < sizeof copy);
    memcpy(copy, log.data, log.len);
    const char *header = memchr(copy, '\n', log.len), *first = memchr(header + 1, '\n', log.len - (size_t)(header + 1 - copy));
    for (size_t len = 0; len <= log.len; len++) {
        const uint64_t expected = len == log.len ? 20 : len > (size_t)(first - copy) ? 10 : UINT64_MAX;
        rf_check(rf_fixture_dir_write(&w.dir, "positions", (rf_slice){ copy, len }) && open_again(&w));
        rf_check(known(&w, "a", 1, 1) == expected);
        rf_check(put(&w, "b", 2, 70) && open_again(&w) && known(&w, "b", 1, 2) == 70);
    }
}

RF_TEST(damaged_records_count_for_nothing_and_those_behind_do) {
    RF_CLEANUP(world_done) world w = { 0 };
    rf_check(world_init(&w) && open_again(&w));
    rf_check(put(&w, "a", 1, 10) && put(&w, "b", 2, 20));
    rf_positions_close(&w.positions);
    rf_slice log = rf_fixture_dir_read(&w.dir, "positions");
    char copy[400];
    rf_check(log.data && log.len < sizeof copy);
    memcpy(copy, log.data, log.len);
    char *record = memchr(copy, '\n', log.len) + 1;
    record[17] ^= 1; /* the first digit behind the sum */
    rf_check(rf_fixture_dir_write(&w.dir, "positions", (rf_slice){ copy, log.len }) && open_again(&w));
    rf_check(known(&w, "a", 1, 1) == UINT64_MAX);
    rf_check(known(&w, "b", 1, 2) == 20);
}

RF_TEST(a_file_that_is_something_else_is_left_alone) {
    RF_CLEANUP(world_done) world w = { 0 };
    rf_error error = { 0 };
    rf_check(world_init(&w));
    rf_check(rf_fixture_dir_write(&w.dir, "positions", RF_SLICE("somebody's notes\n")));
    rf_check(rf_positions_open(&w.positions, w.path, &error) == RF_ECONFIG);
    rf_check(strstr(error.message, "is there already and is no file of positions"));
    rf_check_text(rf_fixture_dir_read(&w.dir, "positions"), RF_SLICE("somebody's notes\n"));
}

RF_TEST(one_at_a_time_has_the_positions) {
    RF_CLEANUP(world_done) world w = { 0 };
    RF_CLEANUP(rf_positions_close) rf_positions second = { 0 };
    rf_error error = { 0 };
    rf_check(world_init(&w) && open_again(&w));
    rf_check(rf_positions_open(&second, w.path, &error) == RF_EBUSY);
    rf_check((error.flags & RF_ERROR_RETRIABLE) && strstr(error.message, "in use by another process"));
    rf_positions_close(&w.positions);
    rf_check(!rf_positions_open(&second, w.path, &error));
}

RF_TEST(the_log_does_not_grow_without_end) {
    RF_CLEANUP(world_done) world w = { 0 };
    rf_check(world_init(&w) && open_again(&w));
    for (uint64_t i = 0; i < 30000; i++)
        if (!put(&w, "a file with a name of some length", 1, i) && rf_test_torture())
            return;
    rf_check(rf_fixture_dir_read(&w.dir, "positions").len < (3u << 20));
    rf_check(open_again(&w) && known(&w, "a file with a name of some length", 1, 1) == 29999);
    rf_check(rf_fixture_dir_read(&w.dir, "positions").len < 300);
}

RF_TEST(files_that_are_gone_are_forgotten) {
    RF_CLEANUP(world_done) world w = { 0 };
    struct stat info;
    char path[100];
    rf_check(world_init(&w) && open_again(&w));
    rf_check(rf_fixture_dir_write(&w.dir, "there", RF_SLICE("x")));
    (void)snprintf(path, sizeof path, "%s/there", w.dir.path);
    rf_check(stat(path, &info) == 0);
    rf_check(put(&w, path, (uint64_t)info.st_ino, 40) && put(&w, "gone", 2, 50));
    rf_check(!rf_positions_forget_gone(&w.positions, NULL));
    rf_check(open_again(&w));
    rf_check(known(&w, "gone", 1, 2) == UINT64_MAX);
    rf_check(known(&w, path, 1, (uint64_t)info.st_ino) == 40);
}

RF_TEST(the_check_sees_another_beginning_and_other_bytes_before_the_position) {
    RF_CLEANUP(world_done) world w = { 0 };
    char text[2000], path[100];
    rf_check(world_init(&w));
    (void)snprintf(path, sizeof path, "%s/data", w.dir.path);
    memset(text, 'x', sizeof text);
    uint64_t sums[4];
    for (int i = 0; i < 4; i++) {
        const size_t changed[] = { 1700, 3, 1499, 1501 }; /* of the first 1500 bytes only the second and the third */
        text[changed[i]]++;
        rf_check(rf_fixture_dir_write(&w.dir, "data", (rf_slice){ text, sizeof text }));
        text[changed[i]]--;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        sums[i] = rf_file_check(fd, 1500);
        rf_check(fd >= 0 && close(fd) == 0);
    }
    rf_check(sums[0] == sums[3] && sums[0] != sums[1] && sums[0] != sums[2] && sums[1] != sums[2]);
}
