/* document.h: a YAML text as a tree of nodes that know where they stand. Internal to the config reader. */
#ifndef RF_STREAM_DOCUMENT_H
#define RF_STREAM_DOCUMENT_H

#include "stream/conf.h"
#include "stream/findings.h"
#include "stream/interpolate.h"

typedef enum rf_node_kind { RF_NODE_SCALAR, RF_NODE_LIST, RF_NODE_MAP } rf_node_kind;
typedef enum rf_node_style { RF_STYLE_PLAIN, RF_STYLE_SINGLE, RF_STYLE_DOUBLE, RF_STYLE_LITERAL, RF_STYLE_FOLDED } rf_node_style;

/* Something outside the arena that a config owns. */
typedef struct rf_owned {
    struct rf_owned *next;
    void (*free)(void *object);
    void *object;
} rf_owned;

/* A text that nodes come from: the file, or one `--set`. */
typedef struct rf_unit {
    rf_source source;   /* as written */
    rf_env_text env;    /* what the parser reads */
    size_t written_at;  /* where the parsed text begins in the source (behind a BOM, or behind `path=`) */
    rf_findings *findings;
    rf_arena *arena;
    rf_owned **owned;   /* the config's list */
    bool chilled;       /* unknown fields are warnings */
    bool report_deprecated;
} rf_unit;

/* A member of a map. The key's place is its own: the value may stand elsewhere (an alias). */
typedef struct rf_pair {
    rf_slice name;
    const rf_unit *unit;
    size_t at;          /* the key's offset in the unit's parsed text */
    struct rf_conf *value;
} rf_pair;

/* A node; aliases are the same node again, so the tree is a graph without cycles. */
struct rf_conf {
    const rf_unit *unit;
    uint8_t kind;       /* rf_node_kind */
    uint8_t style;      /* rf_node_style of a scalar */
    bool placed;        /* false: an empty value, which stands nowhere; its key does */
    uint32_t count;
    uint64_t weight;    /* nodes when every alias is written out */
    size_t at, end;     /* in the unit's parsed text; block scalars: their lines, quoted ones: within the quotes */
    rf_slice text;      /* of a scalar; NUL-terminated */
    union {
        rf_pair *pairs;
        struct rf_conf **items;
    };
};

/*
 * Parses `unit->env.text`. What is wrong with it (syntax, duplicate keys, a second document) goes to the unit's
 * findings; *ret_root is NULL when there is nothing to go on with (and for a text without a document).
 * Errors: RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_document_parse(rf_unit *unit, rf_conf **ret_root, rf_error *reterr);

/* The first byte that YAML does not allow: what is wrong with it, and where; NULL when there is none. */
const char *rf_text_fault(rf_slice text, size_t *ret_at);
/* What to do about a complaint of the parser; NULL when there is nothing to say. */
const char *rf_text_hint(const char *message);
/* The byte offset of a line and column (both from 1, the column in characters). */
size_t rf_text_offset(rf_slice text, int line, int column);

/* A scalar that stands nowhere: a default. NULL: out of memory. */
rf_conf *rf_document_scalar(const rf_unit *unit, rf_slice text, size_t at) RF_NODISCARD;

/* Replaces `<<` members by what they name (one map, or a list of them; members written beside win). */
RF_NODISCARD rf_code rf_document_merge(rf_conf *map, rf_error *reterr);

/* The member of that name, or NULL (also for what is no map). */
const rf_pair *rf_node_pair(const rf_conf *node, rf_slice name);
/* An unquoted null, ~ or nothing. */
bool rf_node_is_null(const rf_conf *node);
/* "!!str", "!!null", "!!map", …: what kind a message says it is. */
const char *rf_node_tag(const rf_conf *node);

/* Findings. `at` is an offset in the unit's parsed text; for a member: its value when that begins on the key's line,
 * else its key. Each returns RF_ECONFIG. */
rf_code rf_unit_report(const rf_unit *unit, size_t at, const rf_error *error, bool warning);
rf_code rf_node_report(const rf_conf *node, const char *hint, const char *format, ...) RF_PRINTF(3, 4);
rf_code rf_pair_report(const rf_pair *pair, const char *hint, const char *format, ...) RF_PRINTF(3, 4);
rf_code rf_pair_report_key(const rf_pair *pair, const char *hint, const char *format, ...) RF_PRINTF(3, 4);
/* A warning, at the key. */
void rf_pair_warn_key(const rf_pair *pair, const char *hint, const char *format, ...) RF_PRINTF(3, 4);
void rf_pair_warn(const rf_pair *pair, const char *hint, const char *format, ...) RF_PRINTF(3, 4);
/* An offset in the parsed text to the user's line and column. */
void rf_unit_place(const rf_unit *unit, size_t at, rf_place *ret_place);

#endif
