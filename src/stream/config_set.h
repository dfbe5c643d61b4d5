/* config_set.h: `--set path=value`: changes to a config that come from the command line. */
#ifndef RF_STREAM_CONFIG_SET_H
#define RF_STREAM_CONFIG_SET_H

#include "stream/document.h"

/* Applies one expression to the tree: `*root` (NULL: an empty map) is replaced by a changed copy. The path goes by dots;
 * a number is an existing place in a list, `-` appends to it. What is wrong is a finding. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_config_set(rf_conf **root, const char *expression, const rf_unit *like, rf_error *reterr);

#endif
