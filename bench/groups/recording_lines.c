/* recording_lines.c: recorded output cut into lines. */
#include "recording.h"

#include "base/slice.h"

#include <assert.h>

typedef struct splitter {
    rf_recording *recording;
    rf_recorded_events *to;
    rf_buffer begun; /* a line whose end has not come yet */
} splitter;

/* `part` ends the line that was begun. */
static bool put_line(splitter *s, rf_slice part, uint64_t at_ns) {
    rf_slice line = part;
    if (s->begun.len) {
        rf_buffer_slice(&s->begun, part);
        line = s->begun.failed ? (rf_slice){ 0 } : rf_slice_dup_in(&s->recording->arena, rf_buffer_view(&s->begun));
        if (!line.data)
            return false;
        rf_buffer_clear(&s->begun);
    }
    if (line.len && line.data[line.len - 1] == '\r')
        line.len--;
    return rf_vec_push(s->to, (rf_recorded_event){ .kind = RF_RECORDED_OUTPUT, .at_ns = at_ns, .text = line });
}

static bool split(splitter *s, const rf_recorded_event *event) {
    rf_slice rest = event->text;
    for (size_t end; (end = rf_slice_find(rest, '\n')) < rest.len; rest = (rf_slice){ rest.data + end + 1, rest.len - end - 1 })
        if (!put_line(s, (rf_slice){ rest.data, end }, event->at_ns))
            return false;
    rf_buffer_slice(&s->begun, rest);
    return !s->begun.failed;
}

rf_code rf_recording_lines(rf_recording *recording, rf_recorded_events *ret_events, rf_error *reterr) {
    assert(recording && ret_events);
    splitter s = { recording, ret_events, { 0 } };
    bool good = true;
    uint64_t last_ns = 0;
    *ret_events = (rf_recorded_events){ 0 };
    for (size_t i = 0; i < recording->events.count && good; i++) {
        const rf_recorded_event *event = &recording->events.items[i];
        last_ns = event->at_ns;
        good = event->kind == RF_RECORDED_OUTPUT ? split(&s, event) : rf_vec_push(ret_events, *event);
    }
    if (good && s.begun.len)
        good = put_line(&s, RF_SLICE(""), last_ns);
    rf_buffer_done(&s.begun);
    return good ? RF_OK : rf_raise_nomem(reterr);
}
