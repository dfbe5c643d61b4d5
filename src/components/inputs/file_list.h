/* file_list.h: the files of a `file` input: found by their patterns, deleted when all of them was delivered. */
#ifndef RF_COMPONENTS_INPUTS_FILE_LIST_H
#define RF_COMPONENTS_INPUTS_FILE_LIST_H

#include "base/thread.h"
#include "stream/conf.h"

typedef struct rf_file_item {
    char *path;      /* owned */
    uint32_t open_batches; /* that hold some of its messages and are not acknowledged */
    bool read, undelivered;
} rf_file_item;

/* The list is made by the input thread; acknowledgements come from any. */
typedef struct rf_file_list {
    rf_mutex lock;
    rf_file_item *items;
    size_t count, cap;
    bool delete_on_finish;
} rf_file_list;

void rf_file_list_init(rf_file_list *list, bool delete_on_finish);
void rf_file_list_done(rf_file_list *list);

/* Expands the patterns, in their order, the files of each sorted. A pattern that matches nothing is fine; a plain path
 * that does not exist, or is a directory, is an error. */
RF_NODISCARD rf_code rf_file_list_find(rf_file_list *list, const rf_strings *patterns, rf_error *reterr);

/* A batch that had `mark` has got messages of file `index`; returns its new mark. `fresh`: it had none. */
uint64_t rf_file_list_hold(rf_file_list *list, uint64_t mark, bool fresh, uint32_t index);
/* Its lines have all been read. */
void rf_file_list_finish(rf_file_list *list, uint32_t index);
void rf_file_list_ack(rf_file_list *list, uint64_t mark, bool delivered);

#endif
