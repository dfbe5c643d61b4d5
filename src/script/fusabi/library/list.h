/* list.h: natives of lists that arrays and the prelude share, and the halves of the module List. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_LIST_H
#define RF_SCRIPT_FUSABI_LIBRARY_LIST_H

#include "script/fusabi/library/common.h"

/* Natives over all items of a list (list_items.c), for rows of the module. */
rf_fus_value rf_fus_list_all_pairs(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_average(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_chunk(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_contains(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_distinct(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_except(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_indexed(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_max(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_min(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_pairwise(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_sort(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_sort_descending(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_split_into(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_sum(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_transpose(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_unzip(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_unzip3(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_windowed(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_zip(rf_fus_vm *vm, const rf_fus_value *args);
rf_fus_value rf_fus_list_zip3(rf_fus_vm *vm, const rf_fus_value *args);

/* Sorted from high to low, equal items in their order: sort, turned round with runs of equal ones kept. */
bool rf_fus_lib_sort_descending(rf_fus_vm *vm, rf_fus_value *keys, rf_fus_value *items, size_t count);
/* Sum, greatest, smallest of items in an array; `name` of the function for messages. */
rf_fus_value rf_fus_lib_sum(rf_fus_vm *vm, const rf_fus_value *items, size_t count);
rf_fus_value rf_fus_lib_average(rf_fus_vm *vm, const char *name, const rf_fus_value *items, size_t count);
rf_fus_value rf_fus_lib_extreme(rf_fus_vm *vm, const char *name, const rf_fus_value *items, size_t count, bool greatest);
/* The distinct ones of `items`, in place; the new count, or SIZE_MAX after raising. */
size_t rf_fus_lib_distinct(rf_fus_vm *vm, rf_fus_value *items, size_t count);

#endif
