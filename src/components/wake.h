/* wake.h: ends the waiting of an input thread from another thread. */
#ifndef RF_COMPONENTS_WAKE_H
#define RF_COMPONENTS_WAKE_H

#include "riffle/error.h"

#include <stdbool.h>

/* Zeroed is valid and done. Once woken it stays so: no wake-up is lost between two waits. */
typedef struct rf_wake {
    int fd;
    bool made;
} rf_wake;

RF_NODISCARD rf_code rf_wake_init(rf_wake *wake, rf_error *reterr);
void rf_wake_done(rf_wake *wake);
/* Any thread. */
void rf_wake_up(const rf_wake *wake);
/* Waits until `fd` (-1: none) can be read, at most `wait_ns` or until woken. True: it can be read (or has failed,
 * which reading will tell). */
bool rf_wake_wait(const rf_wake *wake, int fd, uint64_t wait_ns);

#endif
