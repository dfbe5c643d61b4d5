/* riffle/error.h: one error, with the place in the user's file that it is about. */
#ifndef RIFFLE_ERROR_H
#define RIFFLE_ERROR_H

#include "riffle/base.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RF_ERROR_RETRIABLE = 1u << 0, /* the same call may succeed later */
    RF_ERROR_FATAL = 1u << 1,     /* the object that raised it is of no further use */
};

/* A place in a text that the user wrote. Lines and columns count from 1, columns in
 * characters; line 0: no place is known. */
typedef struct rf_place {
    char file[200];
    uint32_t line;
    uint32_t column;
} rf_place;

/*
 * An error by value: no allocation, so it works when memory is gone.
 * Message: lower case, no full stop, the value complained of, the reason.
 * Hint: what to do about it; empty when there is nothing to say.
 */
typedef struct rf_error {
    rf_code code;
    unsigned flags;
    char message[600];
    char hint[240];
    rf_place place;
    const char *raised_in; /* our own file and line, for debugging */
    int raised_at;
} rf_error;

/* Fills `reterr` (NULL is fine) and returns `code`, so that `return rf_raise(...)` reads well.
 * A text that does not fit is cut at a character. */
#define rf_raise(reterr, code, ...) rf_raise_from((reterr), (code), __FILE__, __LINE__, __VA_ARGS__)

/* What rf_raise() is made of: `raised_in` and `raised_at` are where our own code raised it, for developers; `raised_in` is not copied. */
rf_code rf_raise_from(rf_error *reterr, rf_code code, const char *raised_in, int raised_at,
                      const char *format, ...) RF_PRINTF(5, 6);

/* Out of memory, in the usual words. */
#define rf_raise_nomem(reterr) rf_raise((reterr), RF_ENOMEM, "out of memory")

/* Adds a hint to an error just raised; NULL is fine. */
void rf_error_hint(rf_error *error, const char *format, ...) RF_PRINTF(2, 3);

/* Puts words before the message ("opening the log: …"); NULL is fine. */
void rf_error_prefix(rf_error *error, const char *format, ...) RF_PRINTF(2, 3);

/* Sets the place; NULL is fine. `file` is copied and may be cut at its start. */
void rf_error_place(rf_error *error, const char *file, uint32_t line, uint32_t column);

/* Sets flags such as RF_ERROR_RETRIABLE and returns the error's code; NULL is fine. */
void rf_error_flag(rf_error *error, unsigned flags);

#ifdef __cplusplus
}
#endif
#endif
