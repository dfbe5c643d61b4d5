/* fusabi_scripts.h: the Fusabi scripts that are run and compiled, the same as in bench/fusabi. */
#ifndef RF_BENCH_FUSABI_SCRIPTS_H
#define RF_BENCH_FUSABI_SCRIPTS_H

#include "base/buffer.h"

/* A script whose value is a whole number. */
typedef struct rf_fusabi_task {
    const char *name, *text;
    const char *doc;
    int64_t value;
    double target_ns;     /* at most */
    double original_ns;   /* of its virtual machine, measured */
    const char *original; /* what it ran in place of this; NULL: the same */
} rf_fusabi_task;

/* `name` NULL at the end. */
extern const rf_fusabi_task rf_fusabi_tasks[];

/* A script of about as many lines (20 and more; 20, 200 and 2,000 exactly): functions of comparisons, and one call whose value is 7. */
void rf_fusabi_generate(rf_buffer *out, uint32_t lines);
#define RF_FUSABI_GENERATED_VALUE 7

/* A hook that gives back what it is given, and is the script's value. */
extern const char rf_fusabi_hook[];

#endif
