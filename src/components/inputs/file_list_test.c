/* file_list_test.c: what is held of batches that are under way. */
#include "components/inputs/file_list.h"

#include "base/slice.h"
#include "fixture.h"
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A directory with files a and b, and a list of them with positions. */
typedef struct world {
    rf_fixture_dir dir;
    char a[120], b[120], positions[120];
    rf_file_list list;
} world;

static void world_done(world *w) {
    rf_file_list_done(&w->list);
    rf_fixture_dir_done(&w->dir);
}

static bool begin(world *w, uint32_t index, const char *path) {
    rf_file_place place;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    (void)rf_file_list_begin(&w->list, index, fd, &place);
    (void)close(fd); /* only read from */
    return true;
}

static bool world_init(world *w) {
    rf_slice paths[2];
    rf_strings patterns = { .items = paths, .count = 2 };
    rf_file_list_init(&w->list, false);
    if (!rf_fixture_dir_init(&w->dir) || !rf_fixture_dir_write(&w->dir, "a", RF_SLICE("1\n")) || !rf_fixture_dir_write(&w->dir, "b", RF_SLICE("2\n")))
        return false;
    (void)snprintf(w->a, sizeof w->a, "%s/a", w->dir.path);
    (void)snprintf(w->b, sizeof w->b, "%s/b", w->dir.path);
    (void)snprintf(w->positions, sizeof w->positions, "%s/positions", w->dir.path);
    paths[0] = rf_slice_of(w->a), paths[1] = rf_slice_of(w->b);
    return !rf_file_list_remember(&w->list, w->positions, NULL) && !rf_file_list_find(&w->list, &patterns, NULL) && begin(w, 0, w->a) && begin(w, 1, w->b);
}

/* A batch with lines of that file, up to `bytes`; 0: out of memory. */
static uint64_t batch_of(world *w, uint32_t file, uint64_t bytes) {
    const rf_file_place end = { .bytes = bytes, .line = bytes };
    uint64_t mark = 0;
    return rf_file_list_hold(&w->list, true, file, &end, &mark, NULL) ? 0 : mark;
}

static bool is_noted(world *w, uint32_t file, uint64_t bytes) {
    const rf_file_item *item = &w->list.items[file];
    const rf_file_place *place = rf_positions_find(&w->list.positions, item->path, item->id);
    return place ? place->bytes == bytes : bytes == 0;
}

RF_TEST(what_is_refused_for_long_holds_the_position_and_no_memory) {
    RF_CLEANUP(world_done) world w = { 0 };
    rf_check(world_init(&w));
    uint64_t refused = batch_of(&w, 0, 10), also = 0;
    rf_check(refused && !rf_file_list_ack(&w.list, batch_of(&w, 0, 20), true, true, NULL));
    const size_t log_bytes = w.list.positions.log_bytes;
    for (uint64_t i = 1; i <= 20000; i++) {
        uint64_t mark = batch_of(&w, i > 10000, 20 + i);
        rf_check(mark);
        if (i == 15000)
            also = mark;
        else
            rf_check(!rf_file_list_ack(&w.list, mark, true, true, NULL));
        rf_check(w.list.spans.count <= 5);
    }
    rf_check(w.list.positions.log_bytes == log_bytes && is_noted(&w, 0, 0) && is_noted(&w, 1, 0));
    rf_check(!rf_file_list_ack(&w.list, refused, true, true, NULL)); /* taken at last */
    rf_check(is_noted(&w, 0, 20 + 10000) && is_noted(&w, 1, 20 + 14999));
    rf_check(!rf_file_list_ack(&w.list, also, false, true, NULL)); /* let go */
    rf_check(is_noted(&w, 1, 20 + 20000) && w.list.spans.count == 0);
}
