/* vm_where.h: what a profiler is told about a VM that runs. */
#ifndef RF_SCRIPT_FUSABI_VM_WHERE_H
#define RF_SCRIPT_FUSABI_VM_WHERE_H

#include "observe/where.h"
#include "script/fusabi/program.h"

typedef struct rf_fus_vm rf_fus_vm;

/*
 * For rf_where.frames, with the VM as its `engine`. The interpreter keeps its place in registers: the answer is RF_WHERE_LATER, and the
 * VM tells it behind the native that runs, else at its next poll (some dozens of calls and rounds of loops while a profiler runs),
 * else when the call from the host ends. So a loop that calls nothing is known by its first line, and so is a function.
 */
uint32_t rf_fus_where_frames(void *vm, rf_script_frame *ret_frames, uint32_t max);

/* ---- For the VM ---- */

/* Where the innermost call is: its pc is behind the instruction that runs, or, between two of them (at the head of a loop, at the beginning
 * of a function), leads to the next one. */
typedef enum rf_fus_where_at { RF_FUS_WHERE_BEHIND, RF_FUS_WHERE_NEXT } rf_fus_where_at;
/* The running calls, innermost first, where all frames are up to date: in a native, or at a poll. */
uint32_t rf_fus_where_collect(const rf_fus_vm *vm, rf_fus_where_at where, rf_script_frame *ret_frames, uint32_t max);
/* The same to the profiler, if it waits for this VM. */
void rf_fus_where_tell(rf_fus_vm *vm, rf_fus_where_at where);
/* What nothing was told about until the call from the host ended, is `entry`'s; NULL: of a function in C. */
void rf_fus_where_tell_entry(rf_fus_vm *vm, const rf_fus_proto *entry);

#endif
