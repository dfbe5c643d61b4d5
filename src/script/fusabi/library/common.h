/* common.h: what the C half of the library shares: gathering, sorting, hashing, text results. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_COMMON_H
#define RF_SCRIPT_FUSABI_LIBRARY_COMMON_H

#include "base/vec.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/vm.h"

/* Values outside the heap: good for one native, as nothing is collected while it runs. */
typedef RF_VEC(rf_fus_value) rf_fus_values;

/* Appends all items of a list. False after raising. */
bool rf_fus_lib_gather(rf_fus_vm *vm, rf_fus_value list, rf_fus_values *items);
/* The list of these items in front of `tail`. */
rf_fus_value rf_fus_make_list(rf_fus_vm *vm, const rf_fus_value *items, size_t count, rf_fus_value tail);
/* A pair. */
rf_fus_value rf_fus_make_pair(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b);
/* The string of the buffer's content; the buffer is given back. */
rf_fus_value rf_fus_make_string(rf_fus_vm *vm, rf_buffer *buffer);
/* The flat string behind a string or rope, checked; NULL: raised. */
rf_fus_string *rf_fus_lib_flat(rf_fus_vm *vm, rf_fus_value v);
/* Characters of a string; counted once. */
size_t rf_fus_lib_chars(rf_fus_string *text);
static inline rf_slice rf_fus_lib_slice(const rf_fus_string *text) { return (rf_slice){ text->bytes, text->head.length }; }
/* Makes room for one more in a vec; false after raising. */
#define rf_fus_lib_push(vm, vec, ...) (rf_vec_push((vec), __VA_ARGS__) ? true : (rf_fus_raise_nomem(vm), false))

/* Sorts `count` keys, stably, by rf_fus_compare; `items` (or NULL) are moved along. False after raising. */
bool rf_fus_lib_sort(rf_fus_vm *vm, rf_fus_value *keys, rf_fus_value *items, size_t count);
/* Turns the items round: the last comes first. */
void rf_fus_lib_turn(rf_fus_value *items, size_t count);
/* a + b as the operator does it: ints wrap. RF_FUS_RAISED for other kinds and mixed ones. */
rf_fus_value rf_fus_lib_add(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b);

/* A set of values by structure, numbered in order of arrival. Zeroed is empty. */
typedef struct rf_fus_index {
    rf_fus_values keys;
    uint32_t *slots;  /* number + 1, or 0 */
    uint32_t *hashes; /* of keys */
    size_t room;      /* slots: a power of two */
} rf_fus_index;
/* The number of an equal key, or of this one, now added. False after raising. */
bool rf_fus_index_put(rf_fus_vm *vm, rf_fus_index *index, rf_fus_value key, uint32_t *ret_number, bool *ret_new);
void rf_fus_index_done(rf_fus_index *index);

#endif
