/* init_values.h: the field `init_values` of caches: keys that are there from the start. */
#ifndef RF_COMPONENTS_CACHES_INIT_VALUES_H
#define RF_COMPONENTS_CACHES_INIT_VALUES_H

#include "stream/component.h"

#define RF_INIT_VALUES_FIELD(type)                                                                                          \
    { "init_values", RF_FIELD_ANY, offsetof(type, init_values), "{}", 0, "Keys and values that are there from the start.", NULL, \
      NULL, 0, 0, 0 }

/* Puts each into the cache by `set`; `values` NULL: there are none. Reports what is not a map. */
RF_NODISCARD rf_code rf_init_values(const rf_conf *values, rf_code (*set)(void *state, rf_slice key, rf_slice value, rf_error *reterr),
                                    void *state, rf_error *reterr);

#endif
