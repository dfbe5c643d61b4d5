/* both_fixture.h: a script on a message, walked and in the engine: what came of it must be the same. */
#ifndef RF_SCRIPT_DIRECT_BOTH_FIXTURE_H
#define RF_SCRIPT_DIRECT_BOTH_FIXTURE_H

#include "script/fixture.h"

#include "script/direct/direct.h"
#include "script/javascript/engine.h"

typedef struct both {
    fixture f;
    rf_direct_memory *memory;
    rf_buffer walked;
    bool is_done; /* the walk got through, the last time */
} both;

static inline void both_done(both *b) {
    rf_direct_memory_free(b->memory);
    rf_buffer_done(&b->walked);
    fixture_done(&b->f);
}

/* False: the script does not compile, or there is no memory. `memory` stays NULL when it is not simple. */
static inline bool both_init(both *b, rf_script_form form, const char *script) {
    *b = (both){ 0 };
    if (!fixture_init(&b->f) || !fixture_add(&b->f, form, script) || !fixture_start(&b->f))
        return false;
    const rf_direct *direct = b->f.programs[0]->direct;
    b->memory = direct ? rf_direct_memory_new(direct) : NULL;
    return !direct || b->memory;
}

static inline void both_say(both *b, rf_code code, rf_run *run) {
    if (code)
        rf_buffer_printf(&b->f.out, "! %s", b->f.error.message);
    else
        fixture_say(&b->f, run);
}

static inline void both_engine(both *b, rf_script_form form, rf_message *message) {
    rf_js *js = rf_vm_engine(b->f.vm);
    rf_run run = { 0 };
    bool truth = false;
    if (form != RF_SCRIPT_CONDITION) {
        both_say(b, rf_js_run(js, 0, b->f.batch, message, &run, &b->f.error), &run);
        return;
    }
    rf_code code = rf_js_test(js, 0, b->f.batch, message, &truth, &b->f.error);
    if (code)
        both_say(b, code, &run);
    else
        rf_buffer_text(&b->f.out, truth ? "true" : "false");
}

static inline bool both_walk(both *b, rf_script_form form, rf_message *message) {
    rf_run run = { 0 };
    bool truth = false;
    rf_buffer_clear(&b->walked);
    b->is_done = b->memory && (form == RF_SCRIPT_CONDITION ? rf_direct_test(b->memory, b->f.batch, message, &truth)
                                                           : rf_direct_run(b->memory, b->f.batch, message, &run));
    if (!b->is_done)
        return false;
    rf_buffer_clear(&b->f.out);
    if (form == RF_SCRIPT_CONDITION)
        rf_buffer_text(&b->f.out, truth ? "true" : "false");
    else
        both_say(b, RF_OK, &run);
    rf_buffer_slice(&b->walked, rf_buffer_view(&b->f.out));
    return !b->walked.failed;
}

/* Runs both on the message of `line`. True: they say the same, or the walk left it to the engine (`is_done` tells). The texts stay in
 * `walked` and `f.out`. */
static inline bool both_agree(both *b, rf_script_form form, const char *line) {
    rf_message message, again;
    b->is_done = false;
    if (rf_message_read(b->f.batch, rf_slice_of(line), &message, &b->f.error) || rf_message_read(b->f.batch, rf_slice_of(line), &again, &b->f.error))
        return false;
    if (!both_walk(b, form, &message))
        return true;
    rf_buffer_clear(&b->f.out);
    both_engine(b, form, &again);
    return b->f.out.failed || rf_slice_eq(rf_buffer_view(&b->walked), rf_buffer_view(&b->f.out));
}

#endif
