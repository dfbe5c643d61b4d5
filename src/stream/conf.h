/* conf.h: a node of the user's YAML, and how a table of fields turns it into a struct. */
#ifndef RF_STREAM_CONF_H
#define RF_STREAM_CONF_H

#include "base/arena.h"
#include "base/source.h"
#include "message/dynamic.h"
#include "message/value.h"
#include "riffle/error.h"
#include "script/script.h"

/* A place in the config: a node with its document. Valid as long as the config. */
typedef struct rf_conf rf_conf;

/* Everything found wrong with a config, in the order of the text; errors and warnings. */
typedef struct rf_findings rf_findings;

typedef enum rf_field_type {
    RF_FIELD_STRING,   /* rf_slice (NUL-terminated behind len) */
    RF_FIELD_INT,      /* int64_t; `min`..`max` */
    RF_FIELD_DOUBLE,   /* double */
    RF_FIELD_BOOL,     /* bool */
    RF_FIELD_DURATION, /* uint64_t, nanoseconds, from "1s", "250ms" */
    RF_FIELD_SIZE,     /* uint64_t, bytes, from 65536, "64KiB", "64MB" */
    RF_FIELD_ENUM,     /* int: index into `options` */
    RF_FIELD_STRINGS,  /* rf_strings */
    RF_FIELD_SCRIPT,   /* rf_conf_script */
    RF_FIELD_DYNAMIC,  /* rf_dynamic *: a text that may hold `${! … }`; the config's; NULL: not given */
    RF_FIELD_DYNAMICS, /* rf_dynamics: a map from names to such texts */
    RF_FIELD_QUERY,    /* rf_query *: a condition over a message; the config's; NULL: not given, or empty */
    RF_FIELD_OBJECT,   /* a struct in place, by `fields` */
    RF_FIELD_OBJECTS,  /* rf_list of structs of `item_size` bytes, by `fields` */
    RF_FIELD_ANY,      /* const rf_conf *: the node itself, for the component to read */
    /* Components within a component (child.h runs them); NULL or none when not given. */
    RF_FIELD_INPUT,      /* rf_component * */
    RF_FIELD_OUTPUT,     /* rf_component * */
    RF_FIELD_INPUTS,     /* rf_components; each as often as the field `copies` beside it says */
    RF_FIELD_OUTPUTS,    /* rf_components */
    RF_FIELD_PROCESSORS, /* rf_components */
    /* rf_component *: the one of that label in `cache_resources`, …; never NULL when it is required. */
    RF_FIELD_CACHE_LABEL,
    RF_FIELD_CACHE_LABELS, /* rf_components: several of them */
    RF_FIELD_RATE_LIMIT_LABEL,
    RF_FIELD_INPUT_LABEL,
    RF_FIELD_PROCESSOR_LABEL,
    RF_FIELD_OUTPUT_LABEL,
} rf_field_type;

typedef struct rf_strings { rf_slice *items; size_t count; } rf_strings;
typedef struct rf_dynamics { rf_slice *names; rf_dynamic **items; size_t count; } rf_dynamics;
typedef struct rf_list { void *items; size_t count; } rf_list;
typedef struct rf_component rf_component;
typedef struct rf_components { rf_component **items; size_t count; } rf_components;

/* A script in the config: its text, and how to get from its lines and columns to the file's.
 * text.data NULL: not given. */
typedef struct rf_conf_script { rf_slice text; const rf_conf *node; } rf_conf_script;

enum {
    RF_FIELD_REQUIRED = 1u << 0,
    RF_FIELD_ADVANCED = 1u << 1,   /* left out of short examples */
    RF_FIELD_DEPRECATED = 1u << 2,
    RF_FIELD_SECRET = 1u << 3,     /* never printed */
    RF_FIELD_BODY = 1u << 4,       /* what stands behind the component's own name (`try: […]`, `reject: TEXT`): its only row, name "" */
};

/* One option. The one place that names it: parser, linter, `riffle list`, docs and completion read it. */
typedef struct rf_field {
    const char *name;
    rf_field_type type;
    size_t offset;              /* in the struct that is filled */
    const char *standard;       /* default, as YAML text; NULL: zero */
    unsigned flags;
    const char *doc;            /* sentences for the manual */
    const char *const *options; /* RF_FIELD_ENUM: names, NULL at the end */
    const struct rf_field *fields; /* objects: ends with a zeroed row */
    size_t item_size;           /* RF_FIELD_OBJECTS */
    int64_t min, max;           /* RF_FIELD_INT, when they differ */
} rf_field;

/* Fills `target` (zeroed by the caller) from the node: defaults first, then what is written. Everything wrong
 * goes to the findings of the node's document (unknown field with "did you mean", missing, wrong type, out of range).
 * Returns RF_ECONFIG when something was wrong, RF_ENOMEM; texts and lists live as long as the config. */
RF_NODISCARD rf_code rf_conf_fill(const rf_conf *conf, const rf_field *fields, void *target, rf_error *reterr);

/* The place of a node. */
void rf_conf_place(const rf_conf *conf, rf_place *ret_place);
/* The child of that name, or NULL. */
const rf_conf *rf_conf_child(const rf_conf *conf, const char *name);
/* Adds a finding: `error` at its place, or at `conf` when it has none. Returns error's code. */
rf_code rf_conf_report(const rf_conf *conf, const rf_error *error);
/* The same about another text that the config names, a script in a file of its own. `source` lives until the findings were
 * shown; the error's place is in it. */
rf_code rf_conf_report_in(const rf_conf *conf, const rf_source *source, const rf_error *error);
/* The node as a plain value: null, bool, whole number or double, text (what is quoted is text), list, map. Texts are views of
 * the config. Errors: RF_ELIMIT aliases make it enormous, or too deep; RF_ENOMEM. (conf_plain.c) */
RF_NODISCARD rf_code rf_conf_plain(const rf_conf *conf, rf_arena *arena, rf_value *ret_value, rf_error *reterr);
/* rf_script_locate for an rf_conf_script's node (block, folded, quoted and plain scalars). */
void rf_conf_locate(const void *conf, uint32_t line, uint32_t column, rf_place *ret_place);

#endif
