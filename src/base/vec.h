/* vec.h: a typed array that grows. RF_VEC(T) name; zeroed is empty. */
#ifndef RF_BASE_VEC_H
#define RF_BASE_VEC_H

#include "base/alloc.h"

#define RF_VEC(type) struct { type *items; size_t count, cap; }

/* True when one more fits (growing if need be); false: out of memory. */
#define rf_vec_room(vec) \
    (RF_LIKELY((vec)->count < (vec)->cap) || rf_vec_room_for((void **)&(vec)->items, &(vec)->cap, (vec)->count, sizeof *(vec)->items))
/* Appends; evaluates to false when out of memory. */
#define rf_vec_push(vec, ...) (rf_vec_room(vec) ? ((vec)->items[(vec)->count++] = (__VA_ARGS__), true) : false)
#define rf_vec_done(vec) (rf_free((vec)->items), (vec)->items = NULL, (vec)->count = (vec)->cap = 0)

bool rf_vec_room_for(void **items, size_t *cap, size_t count, size_t item_bytes);

#endif
