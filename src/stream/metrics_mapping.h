/* metrics_mapping.h: `metrics.mapping`: a mapping says how each metric is called, what labels it has, and whether it is shown. */
#ifndef RF_STREAM_METRICS_MAPPING_H
#define RF_STREAM_METRICS_MAPPING_H

#include "base/log.h"
#include "message/mapping.h"
#include "observe/metrics.h"

typedef struct rf_metrics_mapping rf_metrics_mapping;

/* `mapping` and `log` are borrowed. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_metrics_mapping_new(const rf_mapping *mapping, rf_log *log, rf_metrics_mapping **ret_mapping, rf_error *reterr);
/* Nothing is registered any more; NULL is fine. */
void rf_metrics_mapping_free(rf_metrics_mapping *mapping);
/* An rf_metric_renaming: `this` is the name, metadata are the labels. What goes wrong is logged, and the metric stays as it is. */
bool rf_metrics_mapping_apply(void *mapping, const char *name, const rf_metric_labels *labels, rf_metric_naming *naming);

#endif
