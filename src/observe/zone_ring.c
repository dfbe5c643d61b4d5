/* zone_ring.c: the newest zones of one thread. */
#include "observe/zone_internal.h"

#include "base/alloc.h"

#include <assert.h>
#include <unistd.h>

static_assert(sizeof(rf_zone_event) == 24, "what zone.h says of a trace's memory");

rf_zone_ring *rf_zone_ring_new(uint32_t cap) {
    assert(cap > 0);
    size_t bytes = sizeof(rf_zone_ring) + (size_t)cap * sizeof(rf_zone_event);
    rf_zone_ring *ring = rf_alloc_zero(1, bytes);
    if (!ring)
        return NULL;
    ring->cap = cap;
    ring->tid = (int)gettid();
    (void)pthread_getname_np(pthread_self(), ring->name, sizeof ring->name); /* "" is a name too */
    return ring;
}

void rf_zone_ring_put(rf_zone_ring *ring, const rf_zone_mark *mark, uint64_t ended) {
    rf_zone_event *event = &ring->events[ring->written++ % ring->cap];
    *event = (rf_zone_event){ mark->began, ended, mark->zone, rf_zone_text(&ring->texts, mark->detail) };
}
