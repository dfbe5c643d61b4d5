/* plugin_metrics.h: what plugins cost, as Prometheus's text: beside the registered metrics of a host. */
#ifndef RF_PLUGIN_PLUGIN_METRICS_H
#define RF_PLUGIN_PLUGIN_METRICS_H

#include "base/ticks.h"
#include "plugin/live.h"

/*
 * Histograms plugin_load_time_ns{plugin}, plugin_output_time_ns, plugin_input_time_ns, plugin_resize_time_ns and
 * plugin_vm_exec_time_ns{plugin,hook}; plugin_heap_bytes, plugin_vms, plugin_collections_total, plugin_collection_pause_ns (a histogram)
 * and plugin_collection_pause_longest_ns{plugin}. A plugin in several chains is one: all is added up.
 */
typedef struct rf_plugin_metrics {
    rf_plugins_live *live; /* borrowed */
    rf_ticks_epoch epoch;
    double unit_ns;        /* of a tick; 0: not settled yet */
} rf_plugin_metrics;

void rf_plugin_metrics_init(rf_plugin_metrics *self, rf_plugins_live *live);
/* Appends them; `self` is an rf_plugin_metrics: rf_http_options has this as `more`. One thread at a time. */
void rf_plugin_metrics_write(void *self, rf_buffer *out);

#endif
