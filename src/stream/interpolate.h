/* interpolate.h: environment variables put into a config's raw text, and the way back to what was written. */
#ifndef RF_STREAM_INTERPOLATE_H
#define RF_STREAM_INTERPOLATE_H

#include "base/arena.h"
#include "base/table.h"
#include "riffle/error.h"

#include <stdbool.h>

/* One part of the result that is not as it was written. */
typedef struct rf_env_part {
    size_t written, written_len; /* `${NAME:default}` in the text as written */
    size_t made, made_len;       /* what stands for it in the result */
} rf_env_part;

/* A variable that is asked for, not set, and has no default. */
typedef struct rf_env_missing {
    rf_slice name;
    size_t written;
    bool in_comment; /* its line is a comment */
} rf_env_missing;

typedef struct rf_env_text {
    rf_slice text; /* the result */
    rf_env_part *parts;
    size_t part_count;
    rf_env_missing *missing;
    size_t missing_count;
} rf_env_text;

/* What a variable's name is made of. */
static inline bool rf_env_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/*
 * Variables from outside the process: a file's lines `NAME=value`, `#` comments, blank lines; a value ends at the
 * first blank; no quotes, no `export`. Later lines and files win. Entries are slices in `arena`.
 * Errors: RF_ECONFIG with place for a line that is no assignment; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_env_file_parse(rf_arena *arena, const char *name, rf_slice text, rf_table *table, rf_error *reterr);

/*
 * Puts in `${NAME}` and `${NAME:default}` (names of letters, digits, `_`, `.`; set but empty counts as unset when
 * there is a default; line breaks in values become `\n`) and makes `${{…}}` the literal `${…}`. Everything else stays,
 * `${!…}` too. `extra` goes before the process's environment. Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_env_interpolate(rf_arena *arena, rf_slice text, const rf_table *extra, rf_env_text *ret_text, rf_error *reterr);

/* An offset in the result to the offset in the text as written: within a value, its `${`. */
size_t rf_env_written(const rf_env_text *text, size_t made);

#endif
