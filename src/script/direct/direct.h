/* direct.h: simple scripts, run without an interpreter.
 *
 * Most scripts of a stream read a few metadata, compare them, and set others. Such a script is also kept as a tree, which is
 * walked on the message itself: nothing enters the engine and nothing comes out of it. The tree knows a part of the language,
 * and of that part only what is certain: whatever else turns up, in the text or in a value, is left to the engine, which runs
 * the script from its beginning. That can be done at any point, since a run changes nothing before its end.
 */
#ifndef RF_SCRIPT_DIRECT_DIRECT_H
#define RF_SCRIPT_DIRECT_DIRECT_H

#include "script/script.h"

/* A script as a tree: immutable, any thread. */
typedef struct rf_direct rf_direct;

/* `source` has compiled in the engine: its syntax is right. *ret_direct NULL: it is not simple. Its text need not outlive the
 * call. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_direct_compile(const rf_script_source *source, rf_direct **ret_direct, rf_error *reterr);
void rf_direct_free(rf_direct *direct); /* NULL is fine */

/* What one thread remembers of its runs: which key is which, and where it stood last. */
typedef struct rf_direct_memory rf_direct_memory;
/* NULL: out of memory. */
RF_NODISCARD rf_direct_memory *rf_direct_memory_new(const rf_direct *direct);
void rf_direct_memory_free(rf_direct_memory *memory);

/*
 * As rf_vm_run() and rf_vm_test(), of the tree that `memory` was made for. False: the engine must run the script; the message is as
 * it was. Results live in the batch's arena; texts of the message are not copied.
 */
bool rf_direct_run(rf_direct_memory *memory, rf_batch *batch, rf_message *message, rf_run *ret_run) RF_NODISCARD;
bool rf_direct_test(rf_direct_memory *memory, rf_batch *batch, rf_message *message, bool *ret_truth) RF_NODISCARD;

#endif
