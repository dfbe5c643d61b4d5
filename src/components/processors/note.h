/* note.h: what processors say of single messages: a mark on the message, a record in the log at a limited rate. */
#ifndef RF_COMPONENTS_PROCESSORS_NOTE_H
#define RF_COMPONENTS_PROCESSORS_NOTE_H

#include "stream/component.h"

typedef struct rf_note {
    const rf_env *env;
    rf_log_limit limit;
} rf_note;

/* In open. */
void rf_note_init(rf_note *note, const rf_env *env);
/* Logs at `level`; `what` and `why` one behind the other. Any thread. */
void rf_note_log(rf_note *note, rf_log_level level, const char *what, const char *why);
/* The message failed for `why`: marked, and logged as an error with `what` before it. */
void rf_note_fail(rf_note *note, rf_batch *batch, rf_message *message, const char *what, const char *why);

#endif
