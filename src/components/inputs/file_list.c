/* file_list.c: which files to read, and when they are done with. */
#include "components/inputs/file_list.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

/* A mark is the first and the last file of a batch: all between belong to it too. */
static uint64_t make_mark(uint32_t first, uint32_t last) {
    return (uint64_t)first << 32 | last;
}

void rf_file_list_init(rf_file_list *list, bool delete_on_finish) {
    *list = (rf_file_list){ .delete_on_finish = delete_on_finish };
    rf_mutex_init(&list->lock);
}

void rf_file_list_done(rf_file_list *list) {
    for (size_t i = 0; i < list->count; i++)
        rf_free(list->items[i].path);
    rf_free(list->items);
    rf_mutex_done(&list->lock);
    *list = (rf_file_list){ 0 };
}

static rf_code add(rf_file_list *list, const char *path, rf_error *reterr) {
    struct stat info;
    if (stat(path, &info) != 0)
        return rf_raise(reterr, RF_ENOTFOUND, "cannot read %s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return rf_raise(reterr, RF_EIO, "cannot read %s: it is a directory", path);
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        rf_file_item *items = rf_realloc(list->items, cap * sizeof *items);
        if (!items)
            return rf_raise_nomem(reterr);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count] = (rf_file_item){ .path = rf_strdup(path) };
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

uint64_t rf_file_list_hold(rf_file_list *list, uint64_t mark, bool fresh, uint32_t index) {
    uint32_t first = fresh ? index : (uint32_t)(mark >> 32), next = fresh ? index : (uint32_t)mark + 1;
    assert(index < list->count);
    rf_mutex_lock(&list->lock);
    for (uint32_t i = next; i <= index; i++)
        list->items[i].open_batches++;
    rf_mutex_unlock(&list->lock);
    return make_mark(first, index);
}

void rf_file_list_finish(rf_file_list *list, uint32_t index) {
    assert(index < list->count);
    rf_mutex_lock(&list->lock);
    list->items[index].read = true;
    delete_if_done(list, &list->items[index]);
    rf_mutex_unlock(&list->lock);
}

void rf_file_list_ack(rf_file_list *list, uint64_t mark, bool delivered) {
    uint32_t first = (uint32_t)(mark >> 32), last = (uint32_t)mark;
    assert(first <= last && last < list->count);
    rf_mutex_lock(&list->lock);
    for (uint32_t i = first; i <= last; i++) {
        assert(list->items[i].open_batches > 0);
        list->items[i].open_batches--;
        list->items[i].undelivered |= !delivered;
        delete_if_done(list, &list->items[i]);
    }
    rf_mutex_unlock(&list->lock);
}
