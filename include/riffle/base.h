/* riffle/base.h: what every public header stands on: codes, slices, attributes. */
#ifndef RIFFLE_BASE_H
#define RIFFLE_BASE_H

#include <stddef.h>
#include <stdint.h>

#define RF_NODISCARD __attribute__((warn_unused_result))
#define RF_PRINTF(at, first) __attribute__((format(printf, at, first)))
#define RF_CLEANUP(done) __attribute__((cleanup(done)))
#define RF_UNUSED __attribute__((unused))
#define RF_NOINLINE __attribute__((noinline))
#define RF_FALLTHROUGH __attribute__((fallthrough)) /* clang 14 knows no [[fallthrough]] in C17 */
#define RF_LIKELY(x) __builtin_expect(!!(x), 1)
#define RF_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* What went wrong, as far as a caller can act on it. RF_OK is zero: `if (code) return code;`. */
typedef enum rf_code {
    RF_OK = 0,
    RF_ENOMEM,    /* memory ran out, or an injected allocation failure */
    RF_ECONFIG,   /* the user's configuration or command line is wrong */
    RF_EPARSE,    /* bytes that are not what their format demands */
    RF_EIO,       /* the system or a peer failed */
    RF_ELIMIT,    /* a bound was hit: time, memory, stack, size */
    RF_ESCRIPT,   /* a script threw, or returned something unusable */
    RF_ENOTFOUND, /* the named thing does not exist */
    RF_EBUSY,     /* nothing free now */
    RF_EAGAIN,    /* nothing to read yet; not an error of the source */
    RF_ECLOSED,   /* the end: a finite input is exhausted, or the peer is gone for good */
    RF_ELOST,     /* a connection was lost; connecting again may help */
    RF_EREFUSED,  /* the peer refused us: credentials, certificate, rights */
} rf_code;

/* Bytes that live elsewhere. Not terminated; `data` may be NULL when `len` is 0. */
typedef struct rf_slice {
    const char *data;
    size_t len;
} rf_slice;

/* A slice of a string literal. */
#define RF_SLICE(literal) ((rf_slice){ "" literal, sizeof(literal) - 1 })
/* For printf's "%.*s". */
#define RF_SLICE_ARG(s) (int)(s).len, (s).data ? (s).data : ""

#endif
