/* lines.c: lines of text, or recorded messages, out of a descriptor and into a batch. */
#include "components/inputs/lines.h"

#include "base/clock.h"
#include "observe/zone.h"

#include <assert.h>
#include <inttypes.h>

const char *const rf_lines_codec_names[] = { "lines", "message", NULL };

static const rf_field lines_fields[] = {
    { "custom_delimiter", RF_FIELD_STRING, offsetof(rf_lines_options, custom_delimiter), NULL, RF_FIELD_ADVANCED,
      "What ends a line, in place of a line feed.", NULL, NULL, 0, 0, 0 },
    { "max_buffer_size", RF_FIELD_SIZE, offsetof(rf_lines_options, max_buffer_size), "65536", 0,
      "The longest line, in bytes. A longer one is counted, logged and passed over; those after it go on. "
      "With `codec: message` at least 64 MiB are allowed.", NULL, NULL,
      0, 0, 0 },
    { "omit_empty", RF_FIELD_BOOL, offsetof(rf_lines_options, omit_empty), "false", 0, "Passes over empty lines.",
      NULL, NULL, 0, 0, 0 },
    { 0 },
};

const rf_field rf_scanner_fields[] = {
    { "lines", RF_FIELD_OBJECT, offsetof(rf_scanner_options, lines), NULL, 0,
      "One message a line. A line feed ends it, with or without a carriage return before.", NULL, lines_fields, 0, 0,
      0 },
    { 0 },
};

#define MESSAGE_LINE_MAX ((uint64_t)64 << 20) /* recorded messages are ours: only nonsense is longer */

static rf_code register_metrics(rf_lines *lines, rf_error *reterr) {
    const rf_env *env = lines->env;
    rf_metric_labels labels = { .label = env->label, .path = env->path, .reason = "line_too_long" };
    rf_code code = rf_metrics_counter(env->metrics, "messages_dropped", "Messages dropped, by reason.", &labels,
                                      &lines->too_long, reterr);
    if (code)
        return code;
    labels.reason = "not_a_message";
    return rf_metrics_counter(env->metrics, "messages_dropped", "Messages dropped, by reason.", &labels,
                              &lines->not_a_message, reterr);
}

rf_code rf_lines_open(rf_lines *lines, const rf_lines_config *config, const rf_conf *conf, const rf_env *env,
                      rf_error *reterr) {
    const rf_lines_options *options = &config->scanner.lines;
    rf_slice delimiter = options->custom_delimiter.len > 0 ? options->custom_delimiter : RF_SLICE("\n");
    uint64_t max = options->max_buffer_size;
    if (max == 0 || max > UINT32_MAX) {
        rf_error error = { 0 };
        (void)rf_raise(&error, RF_ECONFIG, "max_buffer_size must be from 1 byte to 4 GiB, got %" PRIu64, max);
        return rf_conf_report(conf, &error);
    }
    if (config->codec == RF_LINES_MESSAGE && max < MESSAGE_LINE_MAX)
        max = MESSAGE_LINE_MAX;
    lines->config = config;
    lines->env = env;
    lines->complaints = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    rf_line_reader_init(&lines->reader, delimiter, (size_t)max);
    return register_metrics(lines, reterr);
}

rf_code rf_lines_connect(rf_lines *lines, rf_error *reterr) {
    return lines->meter ? RF_OK : rf_metrics_meter(lines->env->metrics, &lines->meter, reterr);
}

void rf_lines_done(rf_lines *lines) {
    rf_line_reader_done(&lines->reader);
}

/* A line that becomes no message: counted always, told of at a limited rate. */
static void drop_line(rf_lines *lines, rf_metric reason, const char *name, const char *why) {
    const rf_log_origin origin = { lines->env->label, lines->env->path };
    char count[16], text[900];
    uint32_t suppressed = 0;
    assert(lines->meter);
    rf_meter_add(lines->meter, reason, 1);
    if (!rf_log_limit_pass(&lines->complaints, &suppressed))
        return;
    (void)snprintf(text, sizeof text, "%s, line %" PRIu64 ": %s", name, lines->reader.line, why);
    (void)snprintf(count, sizeof count, "%" PRIu32, suppressed);
    const rf_log_field field = { "suppressed", { count, strlen(count) } };
    rf_log_write_fields(lines->env->log, RF_LOG_ERROR, &origin, (rf_slice){ text, strlen(text) }, &field,
                        suppressed > 0);
}

static void drop_too_long(rf_lines *lines, const char *name) {
    char why[80];
    (void)snprintf(why, sizeof why, "longer than max_buffer_size, %zu bytes", lines->reader.max_bytes);
    drop_line(lines, lines->too_long, name, why);
}

static rf_code add_text(rf_batch *batch, rf_slice line, const rf_meta *meta, rf_error *reterr) {
    rf_message *message = rf_batch_add(batch);
    if (!message)
        return rf_raise_nomem(reterr);
    message->payload = rf_text(RF_RAW, line); /* still in the reader: keep_texts moves it */
    if (meta)
        message->meta = *meta;
    return RF_OK;
}

static rf_code add_message(rf_lines *lines, rf_batch *batch, rf_slice line, const char *name, rf_error *reterr) {
    rf_message message = { 0 }, *place;
    rf_error error; /* a kilobyte: written only when there is something to say */
    rf_code code = rf_message_read(batch, line, &message, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code) {
        drop_line(lines, lines->not_a_message, name, error.message);
        return RF_OK;
    }
    place = rf_batch_add(batch);
    if (!place)
        return rf_raise_nomem(reterr);
    *place = message;
    return RF_OK;
}

/* The texts added since `first` stand in the reader one after another: one copy takes them all into the batch. */
static rf_code keep_texts(rf_batch *batch, uint32_t first, rf_error *reterr) {
    const char *begin, *end;
    char *copy;
    if (batch->count == first)
        return RF_OK;
    begin = batch->messages[first].payload.text;
    end = batch->messages[batch->count - 1].payload.text + batch->messages[batch->count - 1].payload.size;
    copy = rf_arena_alloc(&batch->arena, (size_t)(end - begin) + 1);
    if (!copy)
        return rf_raise_nomem(reterr);
    memcpy(copy, begin, (size_t)(end - begin));
    for (uint32_t i = first; i < batch->count; i++)
        batch->messages[i].payload.text = copy + (batch->messages[i].payload.text - begin);
    return RF_OK;
}

/* Adds what the reader holds. RF_EAGAIN, RF_ECLOSED: no (further) line in it. */
static rf_code add_lines(rf_lines *lines, const char *name, rf_batch *batch, uint32_t max, const rf_meta *meta,
                         rf_error *reterr) {
    RF_ZONE(RF_ZONE_DECODE, name);
    const uint32_t before = batch->count;
    while (batch->count - before < max) {
        rf_slice line = { 0 };
        rf_line_next next = rf_line_reader_next(&lines->reader, &line);
        rf_code code = RF_OK;
        if (next == RF_LINE_NONE || next == RF_LINE_END)
            return next == RF_LINE_END ? RF_ECLOSED : RF_EAGAIN;
        if (next == RF_LINE_TOO_LONG)
            drop_too_long(lines, name);
        else if (line.len == 0 && lines->config->scanner.lines.omit_empty)
            continue;
        else if (lines->config->codec == RF_LINES_MESSAGE)
            code = add_message(lines, batch, line, name, reterr);
        else
            code = add_text(batch, line, meta, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

/* The same, with the texts brought into the batch before the reader moves on. */
static rf_code take_lines(rf_lines *lines, const char *name, rf_batch *batch, uint32_t max, const rf_meta *meta,
                          rf_error *reterr) {
    uint32_t before = batch->count;
    rf_code code = add_lines(lines, name, batch, max, meta, reterr);
    if (lines->config->codec == RF_LINES_TEXT && keep_texts(batch, before, reterr)) {
        batch->count = before;
        return RF_ENOMEM;
    }
    if (code == RF_EAGAIN && batch->count > before)
        return RF_OK;
    return code;
}

rf_code rf_lines_read(rf_lines *lines, int fd, const char *name, const rf_wake *wake, rf_batch *batch, uint32_t max,
                      uint64_t wait_ns, const rf_meta *meta, rf_error *reterr) {
    rf_code code;
    assert(lines->meter && max > 0);
    code = take_lines(lines, name, batch, max, meta, reterr);
    if (code != RF_EAGAIN)
        return code;
    if (!rf_wake_wait(wake, fd, wait_ns))
        return RF_EAGAIN;
    code = rf_line_reader_fill(&lines->reader, fd, reterr);
    return code ? code : take_lines(lines, name, batch, max, meta, reterr);
}
