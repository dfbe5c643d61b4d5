/* golden.h: the recorded cases of the script processors: reading one, running it, comparing. */
#ifndef RF_TESTS_GOLDEN_H
#define RF_TESTS_GOLDEN_H

#include "base/buffer.h"
#include "message/message.h"

/* One line of a .jsonl file; everything is a view into it. Texts of JSON as they stand; data NULL: not there. */
typedef struct golden_case {
    rf_slice line;
    rf_slice name, processor;
    rf_slice config, input, output, standard, counters;
    int64_t dropped, errored, flagged;
    bool separate;         /* each input is a batch of its own */
    bool config_error;     /* the start fails */
    bool nondeterministic; /* the record is not to be compared */
    bool goja_quirk;
} golden_case;

/* golden_case.c */
RF_NODISCARD rf_code golden_case_read(rf_arena *arena, rf_slice line, golden_case *ret_case, rf_error *reterr);
/* The text of an object's member as it stands; data NULL: there is none. */
rf_slice golden_member(rf_slice object, const char *name);
/* Walks an array's items: start with *at = 0; false at the end. */
bool golden_item(rf_slice array, size_t *at, rf_slice *ret_item);
/* Adds the message of one input: payload bytes as they stand, metadata typed. */
RF_NODISCARD rf_code golden_input(rf_batch *batch, rf_slice item, rf_error *reterr);
/* The whole config of a stream with the case's processor in it. */
void golden_config(const golden_case *one, rf_buffer *out);

/* What came out. All in one arena; messages' payloads are bytes (RF_RAW), their metadata is resolved. */
typedef struct golden_result {
    bool opened;
    rf_error why; /* not opened */
    rf_message *messages;
    uint32_t count, cap;
    uint64_t inputs, processed, errored, filtered;
} golden_result;

/* golden_run.c */
RF_NODISCARD rf_code golden_run(const golden_case *one, rf_arena *arena, golden_result *ret_result, rf_error *reterr);

/* golden_compare.c: true when it is what the record (or, for a quirk, the standard) says; else `why` tells.
 * Errors in the record itself count as a difference. */
bool golden_compare(const golden_case *one, const golden_result *result, rf_arena *arena, rf_buffer *why);

#endif
