/* note.c: marks and records about single messages. */
#include "components/processors/note.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <inttypes.h>

void rf_note_init(rf_note *note, const rf_env *env) {
    note->env = env;
    note->limit = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
}

void rf_note_log(rf_note *note, rf_log_level level, const char *what, const char *why) {
    const rf_log_origin origin = { note->env->label, note->env->path };
    char count[16], text[1200];
    uint32_t suppressed = 0;
    assert(note->env);
    if (!rf_log_enabled(note->env->log, level) || !rf_log_limit_pass(&note->limit, &suppressed))
        return;
    (void)snprintf(text, sizeof text, "%s%s", what, why);
    (void)snprintf(count, sizeof count, "%" PRIu32, suppressed);
    const rf_log_field field = { "suppressed", rf_slice_of(count) };
    rf_log_write_fields(note->env->log, level, &origin, rf_slice_of(text), &field, suppressed > 0);
}

void rf_note_fail(rf_note *note, rf_batch *batch, rf_message *message, const char *what, const char *why) {
    rf_message_fail(batch, message, "%s", why);
    rf_note_log(note, RF_LOG_ERROR, what, why);
}
