/* config_internal.h: what the parts of the config reader share. */
#ifndef RF_STREAM_CONFIG_INTERNAL_H
#define RF_STREAM_CONFIG_INTERNAL_H

#include "base/vec.h"
#include "stream/config.h"
#include "stream/config_kind.h"
#include "stream/document.h"

/* A label that was given, for the check that none is given twice. */
typedef struct rf_label { rf_slice name; const rf_pair *pair; } rf_label;

/* What lives as long as a config, behind its `document`. */
struct rf_document {
    rf_unit file;
    rf_conf *root;   /* NULL: nothing could be read */
    RF_VEC(rf_label) labels;
    bool require_labels;
};

/* Where a component is written: a member of a map, or an entry of a list (pair NULL). */
typedef struct rf_site { const rf_pair *pair; const rf_conf *node; } rf_site;

/*
 * Tells which component it is, checks what stands beside it, and fills its state. What is wrong is a finding, and
 * `out->state` then stays NULL. `batching` (inputs; else NULL) is what stands beside the component or in its body.
 * Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_component_read(rf_config *config, rf_class class, rf_site site, const char *path, rf_component *out, rf_error *reterr);
/* The component that stands for one that is not written: `name` with an empty body. */
RF_NODISCARD rf_code rf_component_standard(rf_config *config, rf_class class, const char *name, const char *path, rf_component *out, rf_error *reterr);
/* Findings for labels that are given twice. */
void rf_component_check_labels(rf_config *config);

/* Reads everything but the components. Errors: RF_ENOMEM; findings are no error. */
RF_NODISCARD rf_code rf_config_read_root(rf_config *config, rf_error *reterr);
RF_NODISCARD rf_code rf_config_read_logger(rf_config *config, const rf_pair *pair, rf_error *reterr);
RF_NODISCARD rf_code rf_config_read_batching(rf_config *config, const rf_pair *pair, rf_error *reterr);

/* A finding when the member asks for something that this version does not do; switched off or empty is fine. */
void rf_config_refuse(const rf_pair *pair, const char *hint);
/* The same for every member of `map` (NULL is fine) in `names` (NULL at the end). */
void rf_config_refuse_all(const rf_conf *map, const char *const *names);

#endif
