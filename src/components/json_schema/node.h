/* node.h: a compiled schema, as compiler and checker share it. All of it lives in the schema's arena. */
#ifndef RF_JSON_SCHEMA_NODE_H
#define RF_JSON_SCHEMA_NODE_H

#include "base/arena.h"
#include "base/regex.h"
#include "components/json_schema/schema.h"

enum {
    RF_SCHEMA_NULL = 1,
    RF_SCHEMA_BOOLEAN = 2,
    RF_SCHEMA_INTEGER = 4,
    RF_SCHEMA_NUMBER = 8,
    RF_SCHEMA_STRING = 16,
    RF_SCHEMA_ARRAY = 32,
    RF_SCHEMA_OBJECT = 64
};

typedef struct rf_schema_node rf_schema_node;
typedef struct rf_schema_nodes { rf_schema_node **items; uint32_t count; } rf_schema_nodes;
typedef struct rf_schema_named { rf_slice name; rf_schema_node *node; } rf_schema_named;
typedef struct rf_schema_pattern { rf_regex *regex; rf_schema_node *node; } rf_schema_pattern;
/* With `name` the value has all of `others`, too, or is as `node` says. */
typedef struct rf_schema_dependency { rf_slice name; const rf_value *others; rf_schema_node *node; } rf_schema_dependency;
/* Its text is as it stands in the schema. */
typedef struct rf_schema_number { bool given; double value; rf_slice text; } rf_schema_number;
typedef struct rf_schema_count { bool given; uint64_t value; } rf_schema_count;
typedef bool rf_schema_format(rf_slice text);

struct rf_schema_node {
    bool never, always;        /* the schemas `false` and `true` */
    rf_schema_node *ref;       /* and nothing else counts */
    unsigned types;            /* 0: any */
    const char *expected;      /* they, in words */
    const rf_value *constant, *choices; /* choices: a list */
    rf_slice constant_text, choices_text;
    rf_schema_number minimum, maximum, above, below, multiple;
    rf_schema_count length_min, length_max, items_min, items_max, members_min, members_max;
    rf_regex *pattern;
    rf_slice pattern_text;
    rf_schema_format *format;  /* NULL: none that is known */
    rf_slice format_name;
    rf_schema_node *items, *items_beyond, *contains;
    rf_schema_nodes tuple;
    bool unique;
    const rf_value *required;  /* a list of texts */
    rf_schema_named *members;
    rf_schema_pattern *patterns;
    rf_schema_dependency *dependencies;
    uint32_t member_count, pattern_count, dependency_count;
    rf_schema_node *members_beyond, *names;
    rf_schema_nodes any_of, one_of, all_of;
    rf_schema_node *not_this, *condition, *then, *otherwise;
};

struct rf_json_schema {
    rf_arena arena;
    rf_value document;
    rf_schema_node *root;
    struct rf_schema_regexes { rf_regex **items; size_t count, cap; } regexes; /* all that were compiled */
};

/* The check of that format; NULL: it is not known. (format.c) */
rf_schema_format *rf_schema_format_find(rf_slice name);
/* `value` is a whole multiple of `of`; both as JSON numbers. (number.c) */
bool rf_schema_is_multiple(rf_slice value, rf_slice of);

#endif
