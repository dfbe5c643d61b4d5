/* gather.c: for how long packets that come may gather: a batch wakes every thread behind it once, however many messages it has. */
#include "components/mqtt/gather.h"

#include "base/clock.h"

#include <assert.h>

/* Where more than MANY_PER_MS come in a millisecond nobody tells one such message from the next, and they gather for longer. */
#define PATIENCE_NS (2 * RF_NS_PER_MS)
#define MANY_PATIENCE_NS (8 * RF_NS_PER_MS)
#define MANY_PER_MS 16u
#define COUNT_NS (50 * RF_NS_PER_MS) /* less time says nothing: packets come in clusters, above all when their reader had to wait */

uint64_t rf_mqtt_gather_ns(rf_mqtt_gather *gather, uint32_t heard, uint64_t now_ns) {
    assert(gather && now_ns >= gather->begin_ns);
    uint64_t counted_ns = now_ns - gather->begin_ns;
    gather->counted += heard;
    if (counted_ns >= COUNT_NS) {
        gather->many = gather->counted > counted_ns / RF_NS_PER_MS * MANY_PER_MS;
        gather->counted = 0;
        gather->begin_ns = now_ns;
    }
    return gather->many ? MANY_PATIENCE_NS : PATIENCE_NS;
}
