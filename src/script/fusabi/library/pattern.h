/* pattern.h: regular expressions: compiled once per VM, matched under limits. */
#ifndef RF_SCRIPT_FUSABI_LIBRARY_PATTERN_H
#define RF_SCRIPT_FUSABI_LIBRARY_PATTERN_H

#include "script/fusabi/vm.h"

/* Going through a text match by match. Views into the VM's cache: good until the next rf_fus_search_start on the VM. */
typedef struct rf_fus_search {
    struct rf_fus_pattern *pattern;
    rf_slice text;
    size_t start, end;      /* of the match */
    uint32_t group_count;   /* of the pattern, the whole match included */
    size_t next;            /* where to go on */
    bool is_empty_before;   /* the last match was empty: the next one at the same place must not be */
    bool is_failed;         /* it has raised */
} rf_fus_search;

/* False after raising: the pattern is wrong, or memory is gone. */
bool rf_fus_search_start(rf_fus_vm *vm, rf_slice pattern, rf_slice text, rf_fus_search *ret_search);
/* The next match; false at the end, or (after raising) with `is_failed`. */
bool rf_fus_search_next(rf_fus_vm *vm, rf_fus_search *search);
/* What a group matched; empty when it took no part. */
rf_slice rf_fus_search_group(const rf_fus_search *search, uint32_t group);
/* Appends a replacement: $1, ${1}, ${name}, $0, $$; other $ stand for themselves. */
void rf_fus_search_expand(const rf_fus_search *search, rf_slice by, rf_buffer *out);

#endif
