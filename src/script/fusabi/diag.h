/* diag.h: the texts of one compile, places in them, and what was found wrong. */
#ifndef RF_SCRIPT_FUSABI_DIAG_H
#define RF_SCRIPT_FUSABI_DIAG_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/source.h"
#include "base/vec.h"

#include <stdbool.h>

/*
 * A place in any text of a compile: texts stand behind each other in one number space, as if they were one file with
 * a byte between each two. The main text begins at 0.
 */
typedef uint32_t rf_fus_at;
#define RF_FUS_NOWHERE UINT32_MAX

/* One text: the script itself, or what it #loads. Name and text live in the arena of the compile. */
typedef struct rf_fus_loaded {
    rf_source source;
    rf_fus_at base;         /* place of its first byte */
    const uint32_t *lines;  /* byte offset of each line's start; NULL until the lexer has been there */
    uint32_t line_count;
} rf_fus_loaded;

typedef RF_VEC(rf_fus_loaded) rf_fus_texts;

typedef enum rf_fus_severity { RF_FUS_ERROR, RF_FUS_WARNING } rf_fus_severity;

/* Which phase speaks: `riffle exec` shows it as the original does ("Lexer Error: …"). */
typedef enum rf_fus_phase { RF_FUS_PHASE_LEX, RF_FUS_PHASE_PARSE, RF_FUS_PHASE_COMPILE, RF_FUS_PHASE_TYPE } rf_fus_phase;

/* One finding. Texts live in the arena. */
typedef struct rf_fus_diag {
    rf_fus_severity severity;
    rf_fus_phase phase;
    bool strict_error;     /* a warning that --strict makes an error (clashes, undecided code, unknown names) */
    bool undecided;        /* it only says that a record's type is not declared: no news where data come from outside */
    rf_fus_at at, end;     /* what it is about: [at, end) */
    rf_fus_at other;       /* a second place that belongs to it, or RF_FUS_NOWHERE */
    const char *message;
    const char *other_note; /* what is at the second place: "it is a string here" */
    const char *hint;      /* what to do; may be NULL */
} rf_fus_diag;

#define RF_FUS_DIAGS_MAX 100 /* more are counted, not kept */

typedef struct rf_fus_diags {
    rf_arena *arena;       /* borrowed */
    RF_VEC(rf_fus_diag) list;
    uint32_t errors, warnings; /* all of them, kept or not */
    bool no_memory;        /* something could not be recorded: the compile fails with RF_ENOMEM */
} rf_fus_diags;

void rf_fus_diags_init(rf_fus_diags *diags, rf_arena *arena);
void rf_fus_diags_done(rf_fus_diags *diags);
/* Records a finding and returns it, to add `hint`, `other`, …; NULL when the list is full or memory is gone. */
rf_fus_diag *rf_fus_report(rf_fus_diags *diags, rf_fus_severity severity, rf_fus_phase phase, rf_fus_at at, rf_fus_at end,
                           const char *format, ...) RF_PRINTF(6, 7);
/* The same, then `->hint` and `->other` if there is room. */
void rf_fus_diag_hint(rf_fus_diags *diags, rf_fus_diag *diag, const char *format, ...) RF_PRINTF(3, 4);

/* The text that a place is in (NULL for RF_FUS_NOWHERE), and its line and column there (from 1, in characters). */
const rf_fus_loaded *rf_fus_locate(const rf_fus_texts *texts, rf_fus_at at, uint32_t *ret_line, uint32_t *ret_column);
/* Adds a text; `base` is set. Copies nothing. False: out of memory, or more than 4 GiB of text. */
bool rf_fus_texts_add(rf_fus_texts *texts, rf_source source) RF_NODISCARD;
/* Fills `error` from a finding: message, hint, place. */
void rf_fus_diag_error(const rf_fus_texts *texts, const rf_fus_diag *diag, rf_error *error);
/* Writes one finding as a user sees it (rf_source_show, "warning" instead of "error" for warnings, the second place
 * after it). */
void rf_fus_diag_show(rf_buffer *out, const rf_fus_texts *texts, const rf_fus_diag *diag, bool colour);

#endif
