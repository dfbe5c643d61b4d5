/* where.c: see where.h. */
#include "observe/where.h"

#include "observe/profile_internal.h"

_Thread_local rf_where *volatile rf_where_now;
_Thread_local volatile bool rf_where_due;
_Atomic unsigned rf_where_active;

void rf_where_caught(const rf_script_frame *frames, uint32_t count) {
    rf_where_due = false; /* first: a sample that comes meanwhile is the next one */
    rf_profiler_caught(frames, count);
}
