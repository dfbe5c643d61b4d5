/* windows.h: messages kept until the windows of time that they belong to are over. No clock and no lock of its own. */
#ifndef RF_COMPONENTS_BUFFERS_WINDOWS_H
#define RF_COMPONENTS_BUFFERS_WINDOWS_H

#include "stream/claims.h"

/* All times are milliseconds since 1970. Windows end at offset + n * slide, for every whole n, and are [end - size, end). */
typedef struct rf_windows {
    int64_t size_ms, slide_ms, offset_ms; /* slide <= size */
    int64_t done_ms;                      /* windows up to this end are over */
    struct rf_window_chunk *first, *last; /* in the order of arrival */
    uint64_t bytes, count;                /* of messages that are kept */
} rf_windows;

#define RF_WINDOW_NONE INT64_MAX

/* The last end that is not after `ms`. */
int64_t rf_windows_end_before(const rf_windows *windows, int64_t ms);
/*
 * Keeps message `index` of the batch, which is of that time, and who waits for it. *ret_late: all its windows are over, and it was not.
 * Errors: RF_ENOMEM, and nothing changed.
 */
RF_NODISCARD rf_code rf_windows_put(rf_windows *windows, const rf_batch *batch, uint32_t index, int64_t ms, bool *ret_late,
                                    rf_error *reterr);
/* The end of the next window that has messages; RF_WINDOW_NONE: there is none. */
int64_t rf_windows_next(const rf_windows *windows);
/* Copies the messages of the window with that end, the next one, into an empty batch as one batch, with the metadata
 * `window_end_timestamp`. Errors: RF_ENOMEM; the batch and the claims are then to be given up, the window is not over. */
RF_NODISCARD rf_code rf_windows_copy(const rf_windows *windows, int64_t end_ms, rf_batch *batch, rf_claims *claims, rf_error *reterr);
/* Windows up to that end are over: what belongs to no later one goes, and nobody waits for it here any more. */
void rf_windows_pass(rf_windows *windows, int64_t end_ms);
/* Nothing is delivered any more. */
void rf_windows_give_up(rf_windows *windows);

#endif
