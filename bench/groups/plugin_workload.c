/* plugin_workload.c: a small session: a chain is made, lines, inputs and two sizes go through it. */
#include "plugin_common.h"

#include "base/alloc.h"

enum { LINES = 100, INPUTS = 20, RESIZES = 2, PLUGINS = 3, TARGET_NS = 60000, ORIGINAL_NS = 84800 };

typedef struct session {
    rf_plugin_set set; /* first: rf_plugin_chain_check looks at it */
    rf_plugin_texts lines, inputs;
} session;

static void close_session(void *state) {
    session *s = state;
    rf_plugin_set_done(&s->set);
    rf_plugin_texts_done(&s->lines);
    rf_plugin_texts_done(&s->inputs);
    rf_free(s);
}

static rf_code open_session(const rf_bench *bench, void **ret_state, rf_error *reterr) {
    session *s = rf_alloc_zero(1, sizeof *s);
    if (!s)
        return rf_raise_nomem(reterr);
    rf_code code = rf_plugin_set_init(&s->set, bench->arg, reterr);
    if (!code)
        code = rf_plugin_texts_make(&s->lines, RF_HOOK_OUTPUT, LINES, reterr);
    if (!code)
        code = rf_plugin_texts_make(&s->inputs, RF_HOOK_INPUT, INPUTS, reterr);
    if (code)
        close_session(s);
    else
        *ret_state = s;
    return code;
}

static void send(session *s) {
    static const rf_pv sizes[RESIZES][2] = {
        { { .kind = RF_PV_INT, .integer = 100 }, { .kind = RF_PV_INT, .integer = 50 } },
        { { .kind = RF_PV_INT, .integer = 120 }, { .kind = RF_PV_INT, .integer = 60 } },
    };
    rf_chain *chain = s->set.chain;
    for (uint32_t i = 0; i < LINES; i++) {
        rf_outcome_text outcome = rf_chain_text(chain, RF_HOOK_OUTPUT, s->lines.items[i]);
        rf_keep(outcome.bytes.data);
    }
    for (uint32_t i = 0; i < INPUTS; i++) {
        rf_outcome_text outcome = rf_chain_text(chain, RF_HOOK_INPUT, s->inputs.items[i]);
        rf_keep(outcome.bytes.data);
    }
    for (uint32_t i = 0; i < RESIZES; i++)
        rf_chain_notify(chain, RF_HOOK_RESIZE, sizes[i], 2);
}

/* Each iteration takes down the chain of the one before; so the last one's is there to be looked at. */
static void work(void *state, uint64_t iterations) {
    session *s = state;
    rf_error error;
    for (uint64_t i = 0; i < iterations; i++) {
        if (rf_plugin_set_chain(&s->set, &error)) {
            rf_plugin_note(&s->set.error, &error);
            return;
        }
        send(s);
    }
}

static rf_code check(void *state, rf_error *reterr) {
    session *s = state;
    s->set.calls[RF_HOOK_OUTPUT] = LINES;
    s->set.calls[RF_HOOK_INPUT] = INPUTS;
    s->set.calls[RF_HOOK_RESIZE] = RESIZES;
    s->set.counter = 120 * 60;
    return rf_plugin_chain_check(s, reterr);
}

static rf_code add(rf_groups *groups, const char *name, rf_form form, rf_error *reterr) {
    bool is_none = form == RF_FORM_NONE, is_native = form == RF_FORM_NATIVE;
    rf_bench row = { .group = "realistic_workload", .name = name, .doc = "a chain is made, 100 lines, 20 inputs and 2 sizes go through it",
                     .amount = LINES + INPUTS + RESIZES, .unit = RF_UNIT_EVENTS, .open = open_session, .work = work, .check = check,
                     .close = close_session };
    if (!is_none) {
        row.target_ns = is_native ? 0 : TARGET_NS;
        row.original_ns = ORIGINAL_NS;
        row.original = is_native ? NULL : "native plugins";
    }
    const rf_plugin_arg arg = { .form = form, .script = "processing", .plugins = is_none ? 0 : PLUGINS, .hook = RF_HOOK_RESIZE };
    return rf_plugin_row(groups, row, &arg, reterr);
}

rf_code rf_group_workload(rf_groups *groups, rf_error *reterr) {
    rf_code code = add(groups, "no_plugins", RF_FORM_NONE, reterr);
    for (const rf_form *form = rf_hook_forms; *form && !code; form++)
        code = add(groups, "three_plugins", *form, reterr);
    return code;
}
