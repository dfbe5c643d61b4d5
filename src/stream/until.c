/* until.c: what ends inputs before they end by themselves: a message, or none for some time. */
#include "stream/runtime.h"

#include "base/clock.h"
#include "base/slice.h"
#include "message/dynamic.h"

static void complain(rf_intake *source, const char *what, const char *why) {
    rf_stream_complain(source->stream, &source->link.complaints, RF_LOG_ERROR, source->component, what, rf_slice_of(why));
}

void rf_until_ask(rf_intake *source, rf_batch *batch) {
    rf_until *until = source->until;
    rf_error error = { 0 };
    bool met = false;
    if (!until || !until->check || batch->count == 0 || atomic_load(&until->met))
        return;
    if (rf_query_test(until->check, batch, 0, &met, &error))
        complain(source, "Failed to execute check query", error.message);
    if (!met)
        return;
    if (!rf_batch_set_meta(batch, &batch->messages[0], RF_SLICE("benthos_read_until"), rf_string(RF_SLICE("final"))))
        complain(source, "the last message is not marked", "out of memory");
    rf_intakes_end(source->stream, until);
}

void rf_until_begin(rf_intake *source) {
    uint64_t never = 0;
    if (source->until)
        (void)atomic_compare_exchange_strong(&source->until->heard_ns, &never, rf_clock_mono_ns());
}

void rf_until_note_heard(rf_intake *source) {
    if (source->until)
        atomic_store(&source->until->heard_ns, rf_clock_mono_ns());
}

uint64_t rf_until_left_ns(const rf_intake *source) {
    const rf_until *until = source->until;
    if (!until || !until->idle_ns)
        return UINT64_MAX;
    const uint64_t heard = atomic_load(&until->heard_ns), now = rf_clock_mono_ns();
    const uint64_t idle = now > heard ? now - heard : 0; /* another thread may have heard one since */
    return until->idle_ns > idle ? until->idle_ns - idle : 0;
}

bool rf_until_is_idle(const rf_intake *source) {
    const rf_log_origin origin = { source->component->label, source->component->path };
    if (rf_until_left_ns(source) > 0)
        return false;
    if (!atomic_load(&source->until->met))
        rf_log_write(source->stream->log, RF_LOG_INFO, &origin, "Idle timeout reached");
    rf_intakes_end(source->stream, source->until);
    return true;
}
