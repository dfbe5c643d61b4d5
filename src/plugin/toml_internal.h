/* toml_internal.h: what the files of the TOML reader share. */
#ifndef RF_PLUGIN_TOML_INTERNAL_H
#define RF_PLUGIN_TOML_INTERNAL_H

#include "plugin/toml.h"

#define RF_TOML_DEPTH_MAX 64u

/* How a table or an array came to be: what may be added to it later. */
typedef enum rf_toml_origin {
    RF_TOML_BY_VALUE,    /* a scalar, an array or an inline table: complete */
    RF_TOML_BY_PATH,     /* a table on the way of a header: may yet get its own, or dotted keys */
    RF_TOML_BY_HEADER,   /* [a] */
    RF_TOML_BY_DOTS,     /* a.b = 1 made a */
    RF_TOML_BY_ITEMS,    /* [[a]]: an array that gets another item with each such header */
} rf_toml_origin;

/* A value while it is read. The members of a table also hang in a tree ordered by hash, so that large tables are quick. */
typedef struct rf_toml_node {
    rf_toml toml; /* first: a node is its value */
    rf_toml_origin origin;
    uint32_t hash;                        /* of its key */
    struct rf_toml_node *lower, *higher;  /* in the tree of the table it is in */
    struct rf_toml_node *top, *last;      /* of its own members */
} rf_toml_node;

typedef struct rf_toml_reader {
    rf_arena *arena;
    const rf_source *source;
    rf_slice text; /* up to where is read */
    size_t at;
    uint32_t depth;
    rf_error *reterr;
} rf_toml_reader;

/* Raises at a place; RF_EPARSE. */
#define rf_toml_fail(reader, offset, ...) (rf_raise((reader)->reterr, RF_EPARSE, __VA_ARGS__), rf_toml_fail_at((reader), (offset)))
rf_code rf_toml_fail_at(rf_toml_reader *reader, size_t offset);
/* What is given a second time; what cannot be added to, and why. */
rf_code rf_toml_fail_twice(rf_toml_reader *reader, const rf_toml_node *first, const char *what, rf_slice key, size_t offset);
rf_code rf_toml_fail_closed(rf_toml_reader *reader, const rf_toml_node *found, rf_slice key, size_t offset);
/* The character at an offset as messages show it: `x`, "the end of the line", …; `out` holds it. */
const char *rf_toml_show(const rf_toml_reader *reader, size_t offset, char out[32]);
/* At most 40 bytes of a word, for messages. */
rf_slice rf_toml_clip(rf_slice word);

/* The byte `ahead` of the next one, or 0 at the end. */
static inline char rf_toml_peek(const rf_toml_reader *reader, size_t ahead) {
    return ahead < reader->text.len - reader->at ? reader->text.data[reader->at + ahead] : '\0';
}
static inline bool rf_toml_at_end(const rf_toml_reader *reader) { return reader->at >= reader->text.len; }
void rf_toml_skip_blanks(rf_toml_reader *reader);
/* Blanks, comments and line ends. */
rf_code rf_toml_skip_lines(rf_toml_reader *reader);

/* NULL: out of memory. */
rf_toml_node *rf_toml_new(rf_toml_reader *reader, rf_toml_kind kind, size_t offset);
rf_toml_node *rf_toml_find(const rf_toml_node *table, rf_slice key);
/* Hangs a new member into a table that has none of that key. */
void rf_toml_put(rf_toml_node *table, rf_toml_node *member, rf_slice key, size_t key_offset);
void rf_toml_append(rf_toml_node *array, rf_toml_node *item);

/* One part of a key. */
rf_code rf_toml_key(rf_toml_reader *reader, rf_slice *ret_key, size_t *ret_offset);
/* key = value into a table; the key may be dotted. */
rf_code rf_toml_assign(rf_toml_reader *reader, rf_toml_node *table);
rf_code rf_toml_value(rf_toml_reader *reader, rf_toml_node **ret_value);
/* A text in any of the four kinds of quotes; `multi` false: those of one line only. */
rf_code rf_toml_text(rf_toml_reader *reader, bool multi, rf_slice *ret_text);
/* Number, bool, date; `node` has its offset. */
rf_code rf_toml_scalar(rf_toml_reader *reader, rf_toml_node *node);
/* Checks a date, a time or both. */
bool rf_toml_is_time(rf_slice word);

#endif
