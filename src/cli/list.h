/* list.h: what components there are, written from the tables that parse them. */
#ifndef RF_CLI_LIST_H
#define RF_CLI_LIST_H

#include "base/buffer.h"
#include "stream/config_kind.h"

/* One component as a page, for people, for docs/, and for programs (an object). */
void rf_list_text(rf_buffer *out, rf_class class, const rf_kind *kind);
void rf_list_markdown(rf_buffer *out, rf_class class, const rf_kind *kind);
void rf_list_json(rf_buffer *out, rf_class class, const rf_kind *kind);

/* One row of a table of fields, with the path of names that leads to it ("conditions[].if"). */
typedef struct rf_list_row { const rf_field *field; char path[160]; } rf_list_row;
/* Calls `visit` for every field, those within objects too, in order. */
void rf_list_walk(const rf_field *fields, const char *prefix, void (*visit)(void *arg, const rf_list_row *row), void *arg);
/* "string", "list of strings", "one of: a, b", … */
void rf_list_type(rf_buffer *out, const rf_field *field);

/* ---- The library of Fusabi (list_fusabi.c) ---- */

typedef enum rf_list_format { RF_LIST_TEXT, RF_LIST_JSON, RF_LIST_MARKDOWN } rf_list_format;
/* Modules ("List", "globals") and functions ("List.map"); none: all. */
typedef struct rf_list_names { const char *const *items; size_t count; } rf_list_names;
void rf_list_fusabi(rf_buffer *out, const rf_list_names *names, rf_list_format format);
/* True when there is a module or function of that name. */
bool rf_list_fusabi_has(const char *name);

#endif
