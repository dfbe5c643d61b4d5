/* file_list.h: the files of a `file` input: found by their patterns, and how far each was delivered: then it can be deleted, and is remembered. */
#ifndef RF_COMPONENTS_INPUTS_FILE_LIST_H
#define RF_COMPONENTS_INPUTS_FILE_LIST_H

#include "base/thread.h"
#include "components/inputs/file_positions.h"
#include "stream/conf.h"

typedef struct rf_file_item {
    char *path;      /* owned */
    rf_file_id id;
    uint32_t open_batches; /* that hold some of its messages and are not acknowledged */
    bool read, undelivered;
} rf_file_item;

/* What one batch has of one file, up to a place. */
typedef struct rf_file_span {
    uint64_t batch;
    uint32_t file;
    bool done;
    rf_file_place end;
} rf_file_span;

/* The list is made by the input thread; acknowledgements come from any. Zeroed and then rf_file_list_init. */
typedef struct rf_file_list {
    rf_mutex lock;
    rf_file_item *items;
    size_t count, cap;
    bool delete_on_finish;
    uint64_t last_batch;
    RF_VEC(rf_file_span) spans; /* in the order of reading; the first one is not done, and of those that are no two of a file are neighbours */
    rf_positions positions;     /* closed when nothing is to be remembered */
} rf_file_list;

void rf_file_list_init(rf_file_list *list, bool delete_on_finish);
void rf_file_list_done(rf_file_list *list);

/* Expands the patterns, in their order, the files of each sorted. A pattern that matches nothing is fine; a plain path
 * that does not exist, or is a directory, is an error. With positions a file that is there twice is read once. */
RF_NODISCARD rf_code rf_file_list_find(rf_file_list *list, const rf_strings *patterns, rf_error *reterr);
/* Before rf_file_list_find: remembers positions in the file `path`. */
RF_NODISCARD rf_code rf_file_list_remember(rf_file_list *list, const char *path, rf_error *reterr);

/* How far file `index`, open as `fd`, was delivered by earlier runs, when it still is that file; else its beginning. False: it is
 * another one, or shorter now, than when its position was noted. */
bool rf_file_list_begin(rf_file_list *list, uint32_t index, int fd, rf_file_place *ret_place);
/* A batch that had `mark` has got messages of file `index`, up to `end`; gives its new mark. `fresh`: it had none. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_file_list_hold(rf_file_list *list, bool fresh, uint32_t index, const rf_file_place *end, uint64_t *mark,
                                       rf_error *reterr);
/* Its lines have all been read, up to `end`. The three below: an error is one of noting a position; all else is done. */
RF_NODISCARD rf_code rf_file_list_finish(rf_file_list *list, uint32_t index, const rf_file_place *end, rf_error *reterr);
/* `done`: it does not come again. */
RF_NODISCARD rf_code rf_file_list_ack(rf_file_list *list, uint64_t mark, bool delivered, bool done, rf_error *reterr);
/* All files were begun. */
RF_NODISCARD rf_code rf_file_list_end(rf_file_list *list, rf_error *reterr);

#endif
