/* lines.c: lines of text, or recorded messages, out of a descriptor and into a batch. */
#include "components/inputs/lines.h"

#include "base/clock.h"
#include "base/slice.h"
#include "observe/zone.h"

#include <assert.h>
#include <inttypes.h>

const char *const rf_lines_codec_names[] = { "lines", "message", NULL };

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

static rf_code check_codec(const rf_lines *lines, const rf_lines_config *config, const rf_conf *conf) {
    rf_error error = { 0 };
    if (config->codec == RF_LINES_TEXT || !lines->scanner.kind->next)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "`codec: message` reads lines, which the scanner %s does not give", lines->scanner.kind->name);
    return rf_conf_report(conf, &error);
}

rf_code rf_lines_open(rf_lines *lines, const rf_lines_config *config, const rf_conf *conf, const rf_env *env,
                      rf_error *reterr) {
    rf_code code = rf_scanner_open(&lines->scanner, &config->scanner, conf, reterr);
    if (!code)
        code = check_codec(lines, config, conf);
    if (code)
        return code;
    const rf_lines_options *options = &lines->scanner.options.lines;
    rf_slice delimiter = options->custom_delimiter.len > 0 ? options->custom_delimiter : RF_SLICE("\n");
    uint64_t max = options->max_buffer_size;
    if (!lines->scanner.kind->next && (max == 0 || max > UINT32_MAX)) {
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
    rf_scanner_restart(&lines->scanner);
    return register_metrics(lines, reterr);
}

rf_code rf_lines_connect(rf_lines *lines, rf_error *reterr) {
    return lines->meter ? RF_OK : rf_metrics_meter(lines->env->metrics, &lines->meter, reterr);
}

void rf_lines_done(rf_lines *lines) {
    rf_line_reader_done(&lines->reader);
    rf_scanner_done(&lines->scanner);
}

void rf_lines_restart(rf_lines *lines) {
    rf_line_reader_restart(&lines->reader);
    rf_scanner_restart(&lines->scanner);
    lines->now = NULL;
}

void rf_lines_go_on(rf_lines *lines, uint64_t bytes, uint64_t line) {
    rf_lines_restart(lines);
    lines->reader.passed = bytes;
    lines->reader.line = line;
    lines->scanner.begun = bytes > 0; /* a byte order mark stands at the beginning */
}

bool rf_lines_can_go_on(const rf_lines *lines) {
    return lines->scanner.kind->goes_on && !lines->scanner.unpack;
}

/* What becomes no message is counted always, and told of at a limited rate. */
static void complain(rf_lines *lines, rf_metric reason, const char *name, const char *text) {
    const rf_log_origin origin = { lines->env->label, lines->env->path };
    char count[16];
    uint32_t suppressed = 0;
    assert(lines->meter);
    rf_meter_add(lines->meter, reason, 1);
    if (!rf_log_limit_pass(&lines->complaints, &suppressed))
        return;
    (void)snprintf(count, sizeof count, "%" PRIu32, suppressed);
    const rf_log_field fields[] = { { "source", rf_slice_of(name) }, { "suppressed", rf_slice_of(count) } };
    rf_log_write_fields(lines->env->log, RF_LOG_ERROR, &origin, rf_slice_of(text), fields, suppressed > 0 ? 2 : 1);
}

static void drop_line(rf_lines *lines, rf_metric reason, const char *name, const char *why) {
    char text[900];
    (void)snprintf(text, sizeof text, "%s, line %" PRIu64 ": %s", name, lines->reader.line, why);
    complain(lines, reason, name, text);
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
        else if (line.len == 0 && lines->now->options.lines.omit_empty)
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

/* The source's metadata beside the scanner's own. False: out of memory. */
static bool join_meta(rf_batch *batch, rf_message *message, const rf_meta *meta) {
    if (!meta)
        return true;
    rf_meta own = message->meta;
    message->meta = *meta;
    for (uint32_t i = 0; i < own.count; i++)
        if (!rf_meta_set(&batch->arena, &message->meta, own.entries[i].key, own.entries[i].value))
            return false;
    return true;
}

/* The same by a scanner that makes whole messages. */
static rf_code add_scanned(rf_lines *lines, const char *name, rf_batch *batch, uint32_t max, const rf_meta *meta, rf_error *reterr) {
    RF_ZONE(RF_ZONE_DECODE, name);
    rf_scanner *scanner = lines->now;
    const uint32_t before = batch->count;
    while (batch->count - before < max) {
        rf_message message = { 0 }, *place;
        char text[400];
        scanner->complaint[0] = '\0';
        switch (scanner->kind->next(scanner, &lines->reader, batch, &message)) {
        case RF_SCANNED_NONE: return RF_EAGAIN;
        case RF_SCANNED_END: return RF_ECLOSED;
        case RF_SCANNED_FAILED: return rf_raise_nomem(reterr);
        case RF_SCANNED_BAD:
            (void)snprintf(text, sizeof text, "Failed to read message: %s", scanner->complaint);
            complain(lines, lines->not_a_message, name, text);
            continue;
        case RF_SCANNED: break;
        }
        place = join_meta(batch, &message, meta) ? rf_batch_add(batch) : NULL;
        if (!place)
            return rf_raise_nomem(reterr);
        *place = message;
    }
    return RF_OK;
}

static rf_code add_messages(rf_lines *lines, const char *name, rf_batch *batch, uint32_t max, const rf_meta *meta, rf_error *reterr) {
    if (rf_scanner_begin(lines->now, &lines->reader) == RF_SCANNED_NONE)
        return RF_EAGAIN;
    return lines->now->kind->next ? add_scanned(lines, name, batch, max, meta, reterr) : add_lines(lines, name, batch, max, meta, reterr);
}

/* The same, with the texts brought into the batch before the reader moves on. */
static rf_code take_lines(rf_lines *lines, const char *name, rf_batch *batch, uint32_t max, const rf_meta *meta,
                          rf_error *reterr) {
    uint32_t before = batch->count;
    rf_code code = add_messages(lines, name, batch, max, meta, reterr);
    if (!lines->now->kind->next && lines->config->codec == RF_LINES_TEXT && keep_texts(batch, before, reterr)) {
        batch->count = before;
        return RF_ENOMEM;
    }
    if (code == RF_EAGAIN && batch->count > before)
        return RF_OK;
    return code;
}

/* What cannot be expanded ends its source; part of a message is none. */
static rf_code fill_unpacked(rf_lines *lines, int fd, const char *name, rf_error *reterr) {
    rf_line_reader *reader = &lines->reader;
    rf_error error = { 0 };
    rf_code code = rf_unpack_fill(lines->now->unpack, reader, fd, &error);
    if (code == RF_EPARSE) {
        drop_line(lines, lines->not_a_message, name, error.message);
        rf_line_reader_pass(reader, reader->end - reader->start);
        reader->ended = lines->now->finished = true;
        return RF_OK;
    }
    if (code && reterr)
        *reterr = error;
    return code;
}

/* By the name of the source. False: it is none that is read. */
static bool choose(rf_lines *lines, const char *name) {
    rf_scanner *scanner = rf_scanner_for(&lines->scanner, rf_slice_of(name));
    if (!scanner) {
        drop_line(lines, lines->not_a_message, name, "no case of the scanner switch is for this name");
        return false;
    }
    lines->now = scanner;
    if (scanner != &lines->scanner && !scanner->kind->next) {
        const rf_lines_options *options = &scanner->options.lines;
        lines->reader.delimiter = options->custom_delimiter.len > 0 ? options->custom_delimiter : RF_SLICE("\n");
        lines->reader.max_bytes = (size_t)options->max_buffer_size;
    }
    return true;
}

rf_code rf_lines_read(rf_lines *lines, int fd, const char *name, const rf_wake *wake, rf_batch *batch, uint32_t max,
                      uint64_t wait_ns, const rf_meta *meta, rf_error *reterr) {
    rf_code code;
    assert(lines->meter && max > 0);
    if (!lines->now && !choose(lines, name))
        return RF_ECLOSED;
    rf_unpack *unpack = lines->now->unpack;
    code = take_lines(lines, name, batch, max, meta, reterr);
    if (code != RF_EAGAIN)
        return code;
    if (!(unpack && rf_unpack_has_more(unpack)) && !rf_wake_wait(wake, fd, wait_ns))
        return RF_EAGAIN;
    do {
        code = unpack ? fill_unpacked(lines, fd, name, reterr) : rf_line_reader_fill(&lines->reader, fd, reterr);
        if (!code)
            code = take_lines(lines, name, batch, max, meta, reterr);
    } while (code == RF_EAGAIN && unpack && !lines->reader.ended && rf_unpack_has_more(unpack)); /* nobody hears of that from the descriptor */
    return code;
}
