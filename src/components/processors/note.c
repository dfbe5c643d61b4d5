/* note.c: marks and records about single messages. */
#include "components/processors/note.h"

#include "base/clock.h"
#include "base/slice.h"


void rf_note_init(rf_note *note, const rf_env *env) {
    note->env = env;
    note->limit = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
}

void rf_note_log(rf_note *note, rf_log_level level, const char *what, const char *why) {
    const rf_log_origin origin = { note->env->label, note->env->path };
    rf_log_write_limited(note->env->log, level, &origin, &note->limit, "%s%s", what, why);
}

void rf_note_fail(rf_note *note, rf_batch *batch, rf_message *message, const char *what, const char *why) {
    rf_message_fail(batch, message, "%s", why);
    rf_note_log(note, RF_LOG_ERROR, what, why);
}
