/* demo_config.c: the config that `riffle demo` runs, and the output that shows its messages. */
#include "cli/demo_config.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

/* %u: the server's port. What a user would write, and can copy. */
static const char demo_text[] =
    "input:\n"
    "  opcua:\n"
    "    endpoint: opc.tcp://127.0.0.1:%u\n"
    "    nodeIDs: [\"ns=2;s=Plant\"]\n"
    "    subscribeEnabled: true\n"
    "pipeline:\n"
    "  processors:\n"
    "    - tag_processor:\n"
    "        defaults: |\n"
    "          msg.meta.location_path = \"acme.plant7\";\n"
    "          msg.meta.data_contract = \"_historian\";\n"
    "          msg.meta.tag_name = msg.meta.opcua_tag_name;\n"
    "          msg.meta.virtual_path = msg.meta.opcua_tag_path;\n"
    "          return msg;\n"
    "        conditions:\n"
    "          - if: msg.meta.opcua_tag_path.includes(\"Counters\")\n"
    "            then: |\n"
    "              msg.meta.data_contract = \"_production\";\n"
    "              return msg;\n"
    "          - if: msg.meta.opcua_tag_type === \"bool\"\n"
    "            then: |\n"
    "              msg.payload = msg.payload ? 1 : 0;\n"
    "              return msg;\n"
    "          - if: msg.meta.opcua_attr_nodeid === \"ns=2;s=Plant.Server.state\"\n"
    "            then: |\n"
    "              msg.payload = [\"starting\", \"running\", \"idle\", \"stopping\"][msg.payload];\n"
    "              return msg;\n"
    "        advancedProcessing: |\n"
    "          if (typeof msg.payload === \"number\") {\n"
    "            msg.payload = Math.round(msg.payload * 10) / 10;\n"
    "          }\n"
    "          return msg;\n"
    "output:\n"
    "  drop: {}\n"
    "http:\n"
    "  enabled: false\n"
    "logger:\n"
    "  level: WARN\n"
    "shutdown_timeout: 5s\n";

rf_code rf_demo_config_load(uint16_t port, rf_buffer *text, rf_config **ret_config, rf_error *reterr) {
    assert(port && text && ret_config);
    rf_slice all = rf_slice_of(demo_text);
    size_t at = (size_t)(strstr(demo_text, "%u") - demo_text);
    rf_buffer_append(text, all.data, at);
    rf_buffer_printf(text, "%u", port);
    rf_buffer_append(text, all.data + at + 2, all.len - at - 2);
    if (text->failed)
        return rf_raise_nomem(reterr);
    rf_config_options options = { .path = "demo", .text = rf_buffer_view(text) };
    return rf_config_load(&options, ret_config, reterr);
}

/* ---- the screen ---- */

/* What tag_processor made: {"timestamp_ms": …, "value": …}; only the value is shown. */
static void write_value(rf_buffer *out, rf_batch *batch, rf_message *message) {
    rf_value *value = message->payload.kind == RF_MAP ? rf_value_member(&message->payload, RF_SLICE("value")) : NULL;
    rf_slice bytes;
    size_t before = out->len;
    if (value && !rf_json_write(out, value, 0, NULL))
        return;
    out->len = before;
    if (!rf_message_bytes(batch, message, &bytes, NULL))
        rf_buffer_slice(out, bytes);
}

static void write_line(rf_buffer *out, rf_batch *batch, rf_message *message) {
    rf_value *topic = rf_meta_find(&message->meta, RF_SLICE("umh_topic"));
    rf_slice text = topic ? rf_meta_text(&batch->arena, topic) : RF_SLICE("-");
    if (message->error.data)
        rf_buffer_printf(out, "%-64s  failed: %.*s\n", "-", RF_SLICE_ARG(message->error));
    else {
        rf_buffer_printf(out, "%-64.*s  ", RF_SLICE_ARG(text));
        write_value(out, batch, message);
        rf_buffer_char(out, '\n');
    }
}

static rf_code write_all(rf_slice text, rf_error *reterr) {
    while (text.len) {
        ssize_t written = write(STDOUT_FILENO, text.data, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return rf_raise(reterr, RF_EIO, "writing to standard output: %s", strerror(errno));
        text.data += written;
        text.len -= (size_t)written;
    }
    return RF_OK;
}

static rf_code screen_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_demo_screen *self = state;
    assert(self && batch && ret_unwritten);
    rf_buffer_clear(&self->lines);
    for (uint32_t i = 0; i < batch->count; i++)
        write_line(&self->lines, batch, &batch->messages[i]);
    if (self->lines.failed)
        return rf_raise_nomem(reterr);
    *ret_unwritten = 0;
    return write_all(rf_buffer_view(&self->lines), reterr);
}

static const rf_output_kind screen_kind = {
    .name = "demo_screen",
    .summary = "Shows topics and values.",
    .state_size = sizeof(rf_demo_screen),
    .write = screen_write,
};

void rf_demo_screen_attach(rf_demo_screen *screen, rf_config *config) {
    assert(screen && config);
    config->output.kind = &screen_kind; /* in the place of `drop`, which has nothing to close */
    config->output.state = screen;
}

void rf_demo_screen_done(rf_demo_screen *screen) {
    if (screen)
        rf_buffer_done(&screen->lines);
}
