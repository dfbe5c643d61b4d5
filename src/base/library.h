/* library.h: a shared library that is loaded when something needs it: a start that does not need it pays nothing for it. */
#ifndef RF_BASE_LIBRARY_H
#define RF_BASE_LIBRARY_H

#include "riffle/error.h"

#include <stddef.h>

/*
 * A library's functions are called through a struct of pointers with their own types, made from one list:
 *
 *     #define FUNCTIONS(X) X(rd_kafka_new) X(rd_kafka_destroy)
 *     typedef struct kafka_api { FUNCTIONS(RF_LIBRARY_POINTER) } kafka_api;
 *     #define SYMBOL(name) RF_LIBRARY_SYMBOL(kafka_api, name)
 *     static const rf_symbol symbols[] = { FUNCTIONS(SYMBOL) { 0 } };
 */
typedef struct rf_symbol {
    const char *name; /* NULL ends the list */
    size_t offset;    /* of its pointer in the struct */
} rf_symbol;

#define RF_LIBRARY_POINTER(name) __typeof__(name) *name;
#define RF_LIBRARY_SYMBOL(type, name) { #name, offsetof(type, name) },

/*
 * Loads `file` ("librdkafka.so.1") and fills the pointers of `api`. It stays loaded until the process ends, since
 * libraries leave threads and exit handlers behind; loading it again is cheap.
 *
 * Thread: any. Blocks: for reading files.
 * Errors: RF_ENOTFOUND it is not installed, or lacks a function; the hint names `package`, Debian's.
 */
RF_NODISCARD rf_code rf_library_load(const char *file, const char *package, const rf_symbol *symbols, void *api, rf_error *reterr);

#endif
