/* where.h: what a profiler is told about an interpreter that runs. */
#ifndef RF_SCRIPT_JAVASCRIPT_WHERE_H
#define RF_SCRIPT_JAVASCRIPT_WHERE_H

#include "observe/where.h"
#include "script/script.h"

struct JSRuntime;

/* Where a script's lines are for the user; made once a program, so that a signal's handler need not look. */
typedef struct rf_js_lines {
    const char *own;       /* the file as the engine knows it */
    char file[200];        /* the user's file */
    uint32_t file_len;     /* 0: the script's own name is told */
    uint32_t first;        /* the line of the script's first line in it */
    uint32_t lines_before; /* lines that the wrapper put in front of the script */
} rf_js_lines;

/* In an interpreter. */
typedef struct rf_js_where {
    rf_where where;
    struct JSRuntime *rt;
    const rf_js_lines *lines; /* of the program that runs; NULL: as the engine says */
} rf_js_where;

/* The user's file is told when each of its lines is a line of the script, as in a YAML text after `|`. */
void rf_js_lines_init(rf_js_lines *lines, const rf_script_source *source, uint32_t lines_before);

/* Once, for an interpreter that stays where it is. */
void rf_js_where_init(rf_js_where *self, struct JSRuntime *rt);
/* Until rf_js_where_leave(), after an escape too. `stage` as rf_where has it. */
static inline void rf_js_where_enter(rf_js_where *self, const char *stage, const rf_js_lines *lines) {
    self->where.stage = stage;
    self->lines = lines;
    rf_where_enter(&self->where);
}
static inline void rf_js_where_leave(rf_js_where *self) { rf_where_leave(&self->where); }

#endif
