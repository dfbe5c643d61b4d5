/* read_until: an input that ends at a certain message, or when none comes any more. */
#include "base/slice.h"
#include "stream/config.h"

typedef struct read_until {
    rf_component *input;
    bool restart_input;
    rf_until until;
} read_until;

static const rf_field read_until_fields[] = {
    { "input", RF_FIELD_INPUT, offsetof(read_until, input), NULL, RF_FIELD_REQUIRED, "The input.", NULL, NULL, 0, 0, 0 },
    { "check", RF_FIELD_QUERY, offsetof(read_until, until.check), NULL, 0, "Whether a message is the last one, such as `this.end == true`; of a batch, its first message is asked.", NULL, NULL, 0, 0, 0 },
    { "idle_timeout", RF_FIELD_DURATION, offsetof(read_until, until.idle_ns), "\"\"", 0, "It ends when no message came for so long, from any of the inputs, connected or not; empty: never.", NULL, NULL, 0, 0, 0 },
    { "restart_input", RF_FIELD_BOOL, offsetof(read_until, restart_input), "false", RF_FIELD_ADVANCED, "Only false: what has ended is not begun again.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static rf_code read_until_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    const read_until *self = state;
    const rf_conf *node = rf_conf_child(conf, "restart_input");
    rf_error error = { 0 };
    (void)env, (void)reterr;
    if (self->restart_input) {
        (void)rf_raise(&error, RF_ECONFIG, "restart_input is not in this version of riffle");
        rf_error_hint(&error, "leave it out: it then ends when the input ends");
        return rf_conf_report(node ? node : conf, &error);
    }
    if (self->until.check || self->until.idle_ns)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "it is required to set either check or idle_timeout");
    rf_error_hint(&error, "such as `check: this.end == true`");
    return rf_conf_report(conf, &error);
}

static void read_until_parts(void *state, rf_input_parts *ret_parts) {
    read_until *self = state;
    *ret_parts = (rf_input_parts){ .inputs = { &self->input, 1 }, .until = &self->until };
}

const rf_input_kind rf_read_until_kind = {
    .name = "read_until",
    .summary = "Reads an input until a certain message came, or none came for some time.",
    .detail = "The message that meets the check is delivered, with the metadata `benthos_read_until: final`, and nothing is read after it; inputs within a `broker` here all end then. "
              "A check that fails is not met.",
    .example = "input:\n"
               "  read_until:\n"
               "    check: this.value >= 3\n"
               "    input:\n"
               "      generate: {mapping: root.value = counter(), interval: 100ms}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = read_until_fields,
    .state_size = sizeof(read_until),
    .open = read_until_open,
    .parts = read_until_parts,
};
