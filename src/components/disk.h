/* disk.h: which errors of files pass by themselves, or by somebody's making room or mounting a disk anew. */
#ifndef RF_COMPONENTS_DISK_H
#define RF_COMPONENTS_DISK_H

#include <errno.h>
#include <stdbool.h>

/* They are waited for; the rest is for good. A disk becomes read-only by itself when it has failed. */
static inline bool rf_disk_may_pass(int number) {
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EROFS:
    case EIO:
    case EMFILE:
    case ENFILE:
    case EINTR: return true;
    default: return false;
    }
}

/* The disk itself failed. It may be of no use until it was taken off and mounted anew, which nobody can do while a file of it is open. */
static inline bool rf_disk_has_failed(int number) {
    return number == EROFS || number == EIO;
}

#endif
