/* conf_fill.h: filling a struct from a node, as the config reader itself needs it. */
#ifndef RF_STREAM_CONF_FILL_H
#define RF_STREAM_CONF_FILL_H

#include "stream/document.h"

#define RF_FIELDS_MAX 120 /* names that are compared for "did you mean" */

/* As rf_conf_fill(), for a node that may be absent (NULL: defaults, of which `unit` keeps the memory), and with
 * members that somebody else reads (`also`, NULL at the end, or NULL). `doing_without`: nothing is required. */
typedef struct rf_fill {
    const rf_unit *unit;
    const rf_field *fields;
    const char *const *also;
    bool doing_without;
    /* For tables with components in them: */
    struct rf_config *config;
    const rf_conf *node; /* what is filled from; NULL: defaults. rf_fill_struct() sets it */
    const char *path;    /* of what is filled: "root.output.broker" */
} rf_fill;

RF_NODISCARD rf_code rf_fill_struct(const rf_fill *fill, const rf_conf *node, void *target, rf_error *reterr);

/* "did you mean `x`?" for a name among candidates (NULL at the end), or an empty text. */
void rf_fill_suggest(rf_slice name, const char *const *candidates, char *out, size_t out_size);

#endif
