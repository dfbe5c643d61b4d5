/* where.c: see where.h. */
#include "observe/where.h"

#include "observe/profile_internal.h"

#include <string.h>

_Thread_local rf_where *volatile rf_where_now;
_Thread_local volatile bool rf_where_due;
_Atomic unsigned rf_where_active;

static size_t front_of(rf_slice text, size_t room) {
    size_t len = text.len < room ? text.len : room;
    while (len > 0 && len < text.len && (text.data[len] & 0xc0) == 0x80)
        len--;
    return len;
}

void rf_where_put_function(rf_script_frame *frame, rf_slice name) {
    size_t len = front_of(name, sizeof frame->function - 1);
    if (len > 0)
        memcpy(frame->function, name.data, len);
    frame->function[len] = '\0';
}

void rf_where_put_file(rf_script_frame *frame, rf_slice path) {
    const char mark[] = "…";
    size_t at = 0, room = sizeof frame->file - 1, from = 0;
    if (path.len > room) {
        at = sizeof mark - 1;
        memcpy(frame->file, mark, at);
        for (from = path.len - (room - at); from < path.len && (path.data[from] & 0xc0) == 0x80;)
            from++;
    }
    if (path.len > from)
        memcpy(frame->file + at, path.data + from, path.len - from);
    frame->file[at + path.len - from] = '\0';
}

void rf_where_caught(const rf_script_frame *frames, uint32_t count) {
    rf_where_due = false; /* first: a sample that comes meanwhile is the next one */
    rf_profiler_caught(frames, count);
}
