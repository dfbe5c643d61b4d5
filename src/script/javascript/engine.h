/* engine.h: the JavaScript engine behind script.h: compiled code, and one live interpreter. */
#ifndef RF_SCRIPT_JAVASCRIPT_ENGINE_H
#define RF_SCRIPT_JAVASCRIPT_ENGINE_H

#include "script/direct/direct.h"
#include "script/javascript/where.h"
#include "script/script.h"

/* One compiled script: bytecode that every interpreter reads for itself. Immutable once made. */
typedef struct rf_js_code {
    uint8_t *bytes; /* owned */
    size_t size;
    bool is_script;      /* run anew as a whole each time; else evaluated once to a function, and that is called */
    bool takes_message;  /* the function has `msg` as its parameter */
    char **names;        /* owned: global names that a script form declares with `var` or `function` */
    size_t name_count;
    uint32_t lines_before; /* lines that the wrapper put in front of the user's text */
} rf_js_code;

/* Errors: RF_ESCRIPT with "SyntaxError: …" and the place; RF_ENOMEM. */
RF_NODISCARD rf_code rf_js_compile(const rf_script_source *source, rf_js_code *ret_code, rf_error *reterr);
void rf_js_code_done(rf_js_code *code);

/* A compiled script as the rest of the module sees it. */
struct rf_program {
    rf_script_source source;
    rf_js_code code;
    rf_js_lines lines;
    rf_direct *direct; /* the same, for messages that need no engine; NULL: there is no such form of it */
};

typedef struct rf_js rf_js; /* one interpreter; one thread at a time */

RF_NODISCARD rf_code rf_js_new(const rf_program *const *programs, size_t count, const rf_limits *limits,
                               const rf_script_host *host, rf_js **ret_js, rf_error *reterr);
void rf_js_free(rf_js *js);
/* False: a limit was hit, or something was left behind; the interpreter must not be used again. */
bool rf_js_clean(const rf_js *js);
size_t rf_js_heap_bytes(const rf_js *js);
/* Between two runs: collects cycles when there may be enough of them. Nanoseconds it took; 0: it did not. */
uint64_t rf_js_collect_if_due(rf_js *js);
uint64_t rf_js_allocated_bytes(const rf_js *js); /* since it was made, what is freed again too */
/* One program's part of both. What no program took, the builtins above all, is in no part. (account.c) */
typedef struct rf_js_account { size_t held_bytes; uint64_t allocated_bytes; } rf_js_account;
void rf_js_account_of(const rf_js *js, size_t index, rf_js_account *ret_account);
/* Tests: makes each n-th allocation of the interpreter fail; 0 ends it. */
void rf_js_fail_every(rf_js *js, uint64_t n);

RF_NODISCARD rf_code rf_js_run(rf_js *js, size_t index, rf_batch *batch, rf_message *message, rf_run *ret_run, rf_error *reterr);
RF_NODISCARD rf_code rf_js_test(rf_js *js, size_t index, rf_batch *batch, rf_message *message, bool *ret_truth, rf_error *reterr);

#endif
