/* config_internal.h: what the parts of the config reader share. */
#ifndef RF_STREAM_CONFIG_INTERNAL_H
#define RF_STREAM_CONFIG_INTERNAL_H

#include "base/vec.h"
#include "stream/config.h"
#include "stream/config_kind.h"
#include "stream/document.h"

/* A label that was given, for the check that none is given twice. */
typedef struct rf_label { rf_slice name; const rf_pair *pair; } rf_label;

/* A field that names a resource: where the component goes once all are read. */
typedef struct rf_reference { rf_component **slot; rf_class class; const rf_pair *pair; rf_component *within; /* a resource, or NULL */ } rf_reference;

/* What lives as long as a config, behind its `document`. */
struct rf_document {
    rf_unit file;
    rf_conf *root;   /* NULL: nothing could be read */
    RF_VEC(rf_label) labels;
    RF_VEC(rf_component *) components; /* all of them, children before what they are in: the order of opening */
    RF_VEC(rf_component *) resources;  /* those that are named by their label */
    RF_VEC(rf_reference) references;
    bool require_labels;
    rf_owned *owned; /* by the arena's nodes */
};

/* Where a component is written: a member of a map, or an entry of a list (pair NULL). */
typedef struct rf_site { const rf_pair *pair; const rf_conf *node; } rf_site;

/*
 * Tells which component it is, checks what stands beside it, and fills its state. What is wrong is a finding, and
 * `out->state` then stays NULL. `batching` (inputs; else NULL) is what stands beside the component or in its body.
 * Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_component_read(rf_config *config, rf_class class, rf_site site, const char *path, rf_component *out,
                                       rf_error *reterr);
/* The components within a component, and the fields that name a resource (config_child.c): as rf_value_read(). `path` is the
 * field's: `root.output.broker.outputs`. */
struct rf_fill;
RF_NODISCARD rf_code rf_child_read(const struct rf_fill *fill, const rf_field *field, const rf_pair *pair, const char *path, void *slot,
                                   rf_error *reterr);
/* A list of processors (`processors` beside a component, `pipeline.processors`). Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_child_read_processors(rf_config *config, const rf_conf *list, const char *path, rf_components *out,
                                              rf_error *reterr);

/* `input_resources` and the like at the root, and in the files of `-r` (config_resources.c). Errors: RF_ENOMEM, RF_EIO. */
RF_NODISCARD rf_code rf_resources_read(rf_config *config, const rf_conf *root, rf_error *reterr);
RF_NODISCARD rf_code rf_resources_read_files(rf_config *config, const rf_config_options *options, rf_error *reterr);
/* Puts a component in each field that names one; what is not there is a finding. */
void rf_resources_resolve(rf_config *config);
/* Parses another file with what the options say of the environment (config.c). *ret_root NULL: there are findings, or nothing is in it. */
RF_NODISCARD rf_code rf_config_parse_file(rf_config *config, const rf_config_options *options, const char *path, rf_conf **ret_root,
                                          rf_error *reterr);

/* The component that stands for one that is not written: `name` with an empty body. */
RF_NODISCARD rf_code rf_component_standard(rf_config *config, rf_class class, const char *name, const char *path, rf_component *out,
                                           rf_error *reterr);
/* Findings for labels that are given twice. */
void rf_component_check_labels(rf_config *config);

/* Reads everything but the components. Errors: RF_ENOMEM; findings are no error. */
RF_NODISCARD rf_code rf_config_read_root(rf_config *config, rf_error *reterr);
/* The section `http` (NULL: not there). Findings are no error. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_config_read_http(rf_config *config, const rf_conf *map, rf_http_config *http, rf_error *reterr);
/* The section `metrics` (NULL: not there), of which somebody else has looked at the names. Findings are no error. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_config_read_metrics(rf_config *config, const rf_conf *map, rf_error *reterr);
RF_NODISCARD rf_code rf_config_read_logger(rf_config *config, const rf_pair *pair, rf_error *reterr);
RF_NODISCARD rf_code rf_config_read_batching(rf_config *config, const rf_pair *pair, const char *path, rf_batching *out, rf_error *reterr);

/* A finding when the member asks for something that this version does not do; switched off or empty is fine. */
void rf_config_refuse(const rf_pair *pair, const char *hint);
/* The same for every member of `map` (NULL is fine) in `names` (NULL at the end). */
void rf_config_refuse_all(const rf_conf *map, const char *const *names);

#endif
