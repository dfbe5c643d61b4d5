/* gather_test.c: for how long packets gather. */
#include "components/mqtt/gather.h"

#include "base/clock.h"
#include "harness.h"

/* So many packets in each of `ms` milliseconds; the last answer, in milliseconds. */
static uint64_t hear(rf_mqtt_gather *gather, uint64_t *now_ns, unsigned ms, uint32_t packets) {
    uint64_t ns = 0;
    for (; ms; ms--) {
        *now_ns += RF_NS_PER_MS;
        ns = rf_mqtt_gather_ns(gather, packets, *now_ns);
    }
    return ns / RF_NS_PER_MS;
}

RF_TEST(few_packets_gather_for_a_short_time_and_many_for_longer) {
    rf_mqtt_gather gather = { 0 };
    uint64_t now_ns = 77 * RF_NS_PER_S;
    rf_check(hear(&gather, &now_ns, 200, 10) == 2);
    rf_check(hear(&gather, &now_ns, 200, 30) == 8);
    rf_check(hear(&gather, &now_ns, 200, 10) == 2);
}

RF_TEST(a_cluster_is_not_many) {
    rf_mqtt_gather gather = { 0 };
    uint64_t now_ns = 77 * RF_NS_PER_S;
    for (unsigned i = 0; i < 20; i++) {
        rf_check(hear(&gather, &now_ns, 9, 0) == 2);
        now_ns += RF_NS_PER_MS / 4; /* 100 in less than a millisecond, and 10 in each on average */
        rf_check(rf_mqtt_gather_ns(&gather, 100, now_ns) == 2 * RF_NS_PER_MS);
        now_ns += RF_NS_PER_MS - RF_NS_PER_MS / 4;
    }
}

RF_TEST(a_pause_is_counted) {
    rf_mqtt_gather gather = { 0 };
    uint64_t now_ns = 77 * RF_NS_PER_S;
    rf_check(hear(&gather, &now_ns, 200, 30) == 8);
    now_ns += 10 * RF_NS_PER_S;
    rf_check(hear(&gather, &now_ns, 1, 30) == 2);
}
