/* reference.h: the end of things that are counted. */
#ifndef RF_BASE_REFERENCE_H
#define RF_BASE_REFERENCE_H

#include "riffle/base.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Gives back one reference; true: it was the last, and what the others wrote is seen. Nobody can take another one from whoever holds the
 * only one, so that one goes without an atomic step. */
static inline bool rf_reference_drop(_Atomic uint32_t *references) {
    return atomic_load_explicit(references, memory_order_acquire) == 1 ||
           atomic_fetch_sub_explicit(references, 1, memory_order_acq_rel) == 1;
}

#endif
