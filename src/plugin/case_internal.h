/* case_internal.h: what the parts of the runner of test cases share: the host that remembers, and the words of a failure. */
#ifndef RF_PLUGIN_CASE_INTERNAL_H
#define RF_PLUGIN_CASE_INTERNAL_H

#include "base/vec.h"
#include "plugin/case.h"

typedef struct rf_case_status { rf_slice id, text; } rf_case_status;

/* The host of one case: what plugins did, for the step that runs. One thread. */
typedef struct rf_case_host {
    rf_plugin_host table;    /* what the chain gets; its user is this struct: it must not move */
    const rf_case *test;
    rf_arena arena;
    RF_VEC(rf_case_status) status;   /* all that stand now, over steps */
    rf_buffer log, notified, sent;   /* of this step: log lines and notifications end in newlines */
    bool failed;             /* memory ran out while remembering */
} rf_case_host;

void rf_case_host_init(rf_case_host *host, const rf_case *test);
void rf_case_host_done(rf_case_host *host);
/* Before each step. */
void rf_case_host_clear(rf_case_host *host);
/* The text of a status item; empty when there is none. */
rf_slice rf_case_host_status(const rf_case_host *host, rf_slice id);
/* False: memory ran out, and what was remembered is not all. */
bool rf_case_host_good(const rf_case_host *host);

#endif
