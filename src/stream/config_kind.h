/* config_kind.h: the tables of component kinds seen as one. */
#ifndef RF_STREAM_CONFIG_KIND_H
#define RF_STREAM_CONFIG_KIND_H

#include "stream/buffered.h"
#include "stream/cache.h"

/* What all kinds have. */
typedef struct rf_kind {
    const void *kind;
    const char *name, *summary, *detail, *example;
    const rf_field *fields;
    size_t state_size;
    rf_code (*open)(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr);
    void (*close)(void *state);
} rf_kind;

/* "input", "processor", "output", "cache", "rate_limit", "buffer". */
const char *rf_class_name(rf_class class);
/* The i-th kind of a class, in order of name; false past the end. */
bool rf_kind_get(rf_class class, size_t i, rf_kind *ret_kind);
bool rf_kind_find(rf_class class, rf_slice name, rf_kind *ret_kind);
/* Why a component that users of Benthos know is not there ("", when it is not one of those). */
const char *rf_kind_absent(rf_class class, rf_slice name);

#endif
