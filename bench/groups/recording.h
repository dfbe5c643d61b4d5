/* recording.h: recorded terminal sessions: what was shown and typed, and the sizes, in order. */
#ifndef RF_BENCH_RECORDING_H
#define RF_BENCH_RECORDING_H

#include "base/arena.h"
#include "base/source.h"
#include "base/vec.h"

typedef enum rf_recorded_kind { RF_RECORDED_OUTPUT, RF_RECORDED_INPUT, RF_RECORDED_RESIZE } rf_recorded_kind;

typedef struct rf_recorded_event {
    rf_recorded_kind kind;
    uint64_t at_ns;         /* since the start */
    rf_slice text;          /* of output and input: in the recording's arena */
    uint32_t columns, rows; /* of a resize */
} rf_recorded_event;

typedef RF_VEC(rf_recorded_event) rf_recorded_events;

typedef struct rf_recording {
    rf_arena arena;
    unsigned version;       /* of asciicast: 1, 2, 3; 0: plain text */
    uint32_t columns, rows; /* at the start; 0: not known */
    rf_recorded_events events;
} rf_recording;

/*
 * An asciicast (https://docs.asciinema.org/manual/asciicast/) of version 1, 2 or 3, known by its header; any other text is one event of
 * output. Markers, exits and kinds of events that are not known are left out, as the format demands. Texts are copied.
 * Errors: RF_EPARSE what begins as an asciicast and is none, with line and column; RF_ELIMIT; RF_ENOMEM. To be done in any case.
 */
RF_NODISCARD rf_code rf_recording_read(const rf_source *source, rf_recording *ret_recording, rf_error *reterr);
void rf_recording_done(rf_recording *recording); /* zeroed is fine */

/*
 * The same events, but each output a whole line without its end ("\n", or "\r\n"), at the place where it was complete; escape sequences
 * stay in it, and so do returns that no new line follows. What has no end is a line when all is over. Texts are in the recording's arena.
 * Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_recording_lines(rf_recording *recording, rf_recorded_events *ret_events, rf_error *reterr);

#endif
