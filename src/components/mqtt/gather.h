/* gather.h: for how long packets that come may gather before they are read. */
#ifndef RF_COMPONENTS_MQTT_GATHER_H
#define RF_COMPONENTS_MQTT_GATHER_H

#include <stdbool.h>
#include <stdint.h>

/* Of one connection; zeroed is fine. One thread. */
typedef struct rf_mqtt_gather {
    uint64_t counted;  /* packets since begin_ns */
    uint64_t begin_ns; /* when counting began anew */
    bool many;         /* at the last count */
} rf_mqtt_gather;

/* Nanoseconds for which what comes now may gather; `heard` packets have come since it was asked the last time. */
uint64_t rf_mqtt_gather_ns(rf_mqtt_gather *gather, uint32_t heard, uint64_t now_ns);

#endif
