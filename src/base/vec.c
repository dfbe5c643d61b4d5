/* vec.c: how a typed array grows. */
#include "base/vec.h"

#include <assert.h>

bool rf_vec_room_for(void **items, size_t *cap, size_t count, size_t item_bytes) {
    assert(items && cap && item_bytes > 0 && count <= *cap);
    if (count < *cap)
        return true;
    size_t grown = *cap ? *cap : 4, bytes;
    if (*cap && rf_mul_overflow(*cap, 2, &grown))
        return false;
    if (rf_mul_overflow(grown, item_bytes, &bytes))
        return false;
    void *memory = rf_realloc(*items, bytes);
    if (!memory)
        return false;
    *items = memory;
    *cap = grown;
    return true;
}
