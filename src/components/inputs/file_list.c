/* file_list.c: which files to read, how far they were delivered, and when they are done with. */
#include "components/inputs/file_list.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#define GIVEN_UP UINT64_MAX /* the batch of a span that was acknowledged: if it is not done, it keeps those behind it */

void rf_file_list_init(rf_file_list *list, bool delete_on_finish) {
    *list = (rf_file_list){ .delete_on_finish = delete_on_finish };
    rf_mutex_init(&list->lock);
}

void rf_file_list_done(rf_file_list *list) {
    for (size_t i = 0; i < list->count; i++)
        rf_free(list->items[i].path);
    rf_free(list->items);
    rf_vec_done(&list->spans);
    rf_positions_close(&list->positions);
    rf_mutex_done(&list->lock);
    *list = (rf_file_list){ 0 };
}

static bool is_listed(const rf_file_list *list, rf_file_id id) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].id.inode == id.inode && list->items[i].id.device == id.device)
            return true;
    return false;
}

static rf_code add(rf_file_list *list, const char *path, rf_error *reterr) {
    struct stat info;
    if (stat(path, &info) != 0)
        return rf_raise(reterr, RF_ENOTFOUND, "cannot read %s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return rf_raise(reterr, RF_EIO, "cannot read %s: it is a directory", path);
    const rf_file_id id = { (uint64_t)info.st_dev, (uint64_t)info.st_ino };
    if (list->positions.path && is_listed(list, id))
        return RF_OK;
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        rf_file_item *items = rf_realloc(list->items, cap * sizeof *items);
        if (!items)
            return rf_raise_nomem(reterr);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count] = (rf_file_item){ .path = rf_strdup(path), .id = id };
    return list->items[list->count++].path ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code add_matches(rf_file_list *list, const char *pattern, rf_error *reterr) {
    glob_t found = { 0 };
    rf_code code = RF_OK;
    int result = glob(pattern, GLOB_ERR, NULL, &found);
    if (result == GLOB_NOMATCH && access(pattern, F_OK) == 0) /* a plain name after all */
        code = add(list, pattern, reterr);
    else if (result == GLOB_NOSPACE)
        code = rf_raise_nomem(reterr);
    else if (result == GLOB_ABORTED)
        code = rf_raise(reterr, RF_EIO, "cannot search for %s: %s", pattern, strerror(errno));
    for (size_t i = 0; !code && result == 0 && i < found.gl_pathc; i++)
        code = add(list, found.gl_pathv[i], reterr);
    globfree(&found);
    return code;
}

rf_code rf_file_list_find(rf_file_list *list, const rf_strings *patterns, rf_error *reterr) {
    rf_code code = RF_OK;
    assert(list->count == 0);
    for (size_t i = 0; !code && i < patterns->count; i++) {
        const char *pattern = patterns->items[i].data;
        if (strpbrk(pattern, "*?["))
            code = add_matches(list, pattern, reterr);
        else
            code = add(list, pattern, reterr);
    }
    return code;
}

/* Under the lock. Deleting is the last thing a file sees, so a failure changes nothing for the stream. */
static void delete_if_done(rf_file_list *list, rf_file_item *item) {
    if (list->delete_on_finish && item->read && item->open_batches == 0 && !item->undelivered && item->path[0]) {
        (void)unlink(item->path);
        item->read = false; /* once */
    }
}

rf_code rf_file_list_remember(rf_file_list *list, const char *path, rf_error *reterr) {
    return list->positions.path ? RF_OK : rf_positions_open(&list->positions, path, reterr);
}

bool rf_file_list_begin(rf_file_list *list, uint32_t index, int fd, rf_file_place *ret_place) {
    rf_file_item *item = &list->items[index];
    struct stat info = { 0 };
    bool same = true;
    *ret_place = (rf_file_place){ 0 };
    if (!list->positions.path || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return true;
    rf_mutex_lock(&list->lock);
    item->id = (rf_file_id){ (uint64_t)info.st_dev, (uint64_t)info.st_ino };
    const rf_file_place *known = rf_positions_find(&list->positions, item->path, item->id);
    if (known)
        same = known->bytes <= (uint64_t)info.st_size && known->check == rf_file_check(fd, known->bytes);
    if (known && same && lseek(fd, (off_t)known->bytes, SEEK_SET) == (off_t)known->bytes)
        *ret_place = *known;
    rf_mutex_unlock(&list->lock);
    return same;
}

/* ---- Spans, under the lock ---- */

static rf_code note(rf_file_list *list, const rf_file_span *span, rf_error *reterr) {
    const rf_file_item *item = &list->items[span->file];
    return list->positions.path ? rf_positions_put(&list->positions, item->path, item->id, &span->end, reterr) : RF_OK;
}

/* Notes what is done at the front, the last place of each file; joins what is done behind. */
static rf_code settle(rf_file_list *list, rf_error *reterr) {
    rf_file_span front = { 0 }, *spans = list->spans.items;
    size_t kept = 0;
    rf_code code = RF_OK;
    for (size_t i = 0; i < list->spans.count; i++) {
        const rf_file_span span = spans[i];
        if (kept == 0 && span.done) {
            if (front.done && front.file != span.file && !code)
                code = note(list, &front, reterr);
            front = span;
        } else if (kept > 0 && span.done && spans[kept - 1].done && spans[kept - 1].file == span.file)
            spans[kept - 1].end = span.end;
        else
            spans[kept++] = span;
    }
    list->spans.count = kept;
    if (front.done && !code)
        code = note(list, &front, reterr);
    return code;
}

static rf_file_span *last_span(rf_file_list *list) {
    return list->spans.count ? &list->spans.items[list->spans.count - 1] : NULL;
}

rf_code rf_file_list_hold(rf_file_list *list, bool fresh, uint32_t index, const rf_file_place *end, uint64_t *mark, rf_error *reterr) {
    rf_code code = RF_OK;
    assert(index < list->count);
    rf_mutex_lock(&list->lock);
    const uint64_t batch = fresh ? ++list->last_batch : *mark;
    rf_file_span *last = last_span(list);
    if (last && !last->done && last->batch == batch && last->file == index)
        last->end = *end;
    else if (rf_vec_push(&list->spans, (rf_file_span){ .batch = batch, .file = index, .end = *end }))
        list->items[index].open_batches++;
    else
        code = rf_raise_nomem(reterr);
    rf_mutex_unlock(&list->lock);
    if (!code)
        *mark = batch;
    return code;
}

rf_code rf_file_list_finish(rf_file_list *list, uint32_t index, const rf_file_place *end, rf_error *reterr) {
    rf_code code = RF_OK;
    assert(index < list->count);
    rf_mutex_lock(&list->lock);
    list->items[index].read = true;
    if (!list->positions.path)
        code = RF_OK;
    else if (rf_vec_push(&list->spans, (rf_file_span){ .file = index, .done = true, .end = *end })) /* behind the last message there may be lines that are none */
        code = settle(list, reterr);
    else
        code = rf_raise_nomem(reterr);
    delete_if_done(list, &list->items[index]);
    rf_mutex_unlock(&list->lock);
    return code;
}

rf_code rf_file_list_ack(rf_file_list *list, uint64_t mark, bool delivered, bool done, rf_error *reterr) {
    assert(done || !delivered);
    rf_mutex_lock(&list->lock);
    assert(mark <= list->last_batch);
    for (size_t i = 0; i < list->spans.count; i++) {
        rf_file_span *span = &list->spans.items[i];
        if (span->batch != mark || span->done)
            continue;
        rf_file_item *item = &list->items[span->file];
        assert(item->open_batches > 0);
        item->open_batches--;
        item->undelivered |= !delivered;
        span->done = done;
        span->batch = GIVEN_UP;
        delete_if_done(list, item);
    }
    rf_code code = settle(list, reterr);
    rf_mutex_unlock(&list->lock);
    return code;
}

rf_code rf_file_list_end(rf_file_list *list, rf_error *reterr) {
    rf_mutex_lock(&list->lock);
    rf_code code = list->positions.path ? rf_positions_forget_gone(&list->positions, reterr) : RF_OK;
    rf_mutex_unlock(&list->lock);
    return code;
}
