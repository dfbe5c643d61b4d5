/* repl_session.h: inputs one after the other, each of which sees what those before it defined. */
#ifndef RF_CLI_REPL_SESSION_H
#define RF_CLI_REPL_SESSION_H

#include "base/table.h"
#include "base/vec.h"
#include "cli/line_edit.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/infer.h"
#include "script/fusabi/vm.h"

/* An input that ran. Name and text live in the session's arena. */
typedef struct rf_repl_input { rf_source source; } rf_repl_input;

/*
 * Every input is compiled behind the texts of all before it, so that names, modules and types mean what they would in one
 * file; but code is made of the new one only, which takes over the globals of those before. An input that does not compile
 * or ends in an error leaves no names.
 */
typedef struct rf_repl_session {
    rf_fus_engine *engine;       /* owned */
    rf_fus_vm *vm;               /* owned */
    rf_arena arena;              /* texts */
    RF_VEC(rf_repl_input) inputs;
    rf_table files;              /* name -> rf_slice: what #load has found, so that it stays the same */
    rf_fus_instance *instance;   /* of the last input that ran; NULL: none yet */
    uint32_t global_count;
    RF_VEC(rf_slice) names;      /* defined so far, in the arena: for completion */
    unsigned number;             /* of inputs so far */
} rf_repl_session;

RF_NODISCARD rf_code rf_repl_session_open(rf_repl_session *session, const rf_fus_host *host, rf_error *reterr);
void rf_repl_session_done(rf_repl_session *session);

/* One input on its way: the tree and what was found. */
typedef struct rf_repl_work {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
    rf_fus_ast ast;              /* all of it */
    rf_fus_item *items;          /* of the new input */
    rf_fus_at base;              /* of its text */
    rf_fus_resolved resolved;
    rf_fus_program *program;
} rf_repl_work;
void rf_repl_work_done(rf_repl_work *work);

/* Parses, resolves and infers a text behind the session; adds nothing to it. `name`: NULL: "input N".
 * Errors: RF_ESCRIPT the findings have errors (of the new input); RF_ENOMEM. */
RF_NODISCARD rf_code rf_repl_analyse(rf_repl_session *session, const char *name, rf_slice text, rf_repl_work *work, rf_error *reterr);
/* Makes code of it and runs it; what it defines stays when that goes well. Errors: as rf_fus_vm_run. */
RF_NODISCARD rf_code rf_repl_run(rf_repl_session *session, rf_repl_work *work, rf_error *reterr);

/* Writes findings of the new input. */
void rf_repl_show_findings(const rf_repl_work *work, rf_buffer *out);
/* Writes what it defined: "val x : int = 1". */
void rf_repl_show_values(const rf_repl_session *session, const rf_repl_work *work, rf_buffer *out);
/* The type of the input's last expression, as F# writes it; false: it has none. */
bool rf_repl_show_type(const rf_repl_work *work, rf_buffer *out);

/* ---- repl_words.c ---- */

/* Names of the library and of the session (`user`) that begin with the word, keywords, and the session's commands. */
void rf_repl_complete(void *user, rf_slice word, rf_line_words *words);
/* The file of the history, its folders made; empty when there is no place for it. */
void rf_repl_history_path(rf_buffer *path);

#endif
