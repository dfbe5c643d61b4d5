/* toml.h: TOML 1.0 with places: what manifests, trust lists and test cases are written in. */
#ifndef RF_PLUGIN_TOML_H
#define RF_PLUGIN_TOML_H

#include "base/arena.h"
#include "base/source.h"
#include "riffle/error.h"

#include <stdbool.h>

typedef enum rf_toml_kind {
    RF_TOML_STRING,
    RF_TOML_INT,
    RF_TOML_FLOAT,
    RF_TOML_BOOL,
    RF_TOML_TIME,
    RF_TOML_ARRAY,
    RF_TOML_TABLE
} rf_toml_kind;

/* A value and where it stands. Lives in the arena. */
typedef struct rf_toml {
    rf_toml_kind kind;
    size_t offset;      /* byte offset of the value in the text */
    size_t key_offset;  /* of its key; the value's own for array items */
    rf_slice key;       /* "" for array items and the root */
    struct rf_toml *next;  /* sibling, in the order of the text */
    union {
        rf_slice text;     /* STRING: decoded; TIME: as written */
        int64_t integer;
        double number;
        bool boolean;
        struct rf_toml *first; /* ARRAY, TABLE */
    };
} rf_toml;

/* Reads a whole document: the root table. Depth is bounded. Errors: RF_EPARSE with the place; RF_ENOMEM. */
RF_NODISCARD rf_code rf_toml_read(rf_arena *arena, const rf_source *source, rf_toml **ret_root, rf_error *reterr);
/* One value ("[\"a\", 1]", `"x"`, 5), or a bare text when it is none of those: for `// @key: value`. `offset`: where it begins in the source. */
RF_NODISCARD rf_code rf_toml_read_value(rf_arena *arena, const rf_source *source, size_t offset, size_t len, rf_toml **ret_value,
                                        rf_error *reterr);
/* The member of a table, or NULL. */
const rf_toml *rf_toml_member(const rf_toml *table, const char *key);
/* "string", "integer", …: for messages. */
const char *rf_toml_kind_name(rf_toml_kind kind);
/* Appends a string in quotes, escaped. */
void rf_toml_write_text(rf_buffer *out, rf_slice text);

#endif
