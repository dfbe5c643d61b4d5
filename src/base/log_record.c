/* log_record.c: the line of a log record, as logfmt or as JSON. */
#include "base/log_record.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

const rf_log_level_word rf_log_levels[] = {
    [RF_LOG_OFF] = { "off", "off", "" },
    [RF_LOG_FATAL] = { "fatal", "fatal", "\033[31m" },
    [RF_LOG_ERROR] = { "error", "error", "\033[31m" },
    [RF_LOG_WARN] = { "warn", "warning", "\033[33m" },
    [RF_LOG_INFO] = { "info", "info", "\033[36m" },
    [RF_LOG_DEBUG] = { "debug", "debug", "\033[37m" },
    [RF_LOG_TRACE] = { "trace", "trace", "\033[37m" },
    [RF_LOG_ALL] = { "all", "all", "" },
};

/* The parts of a record, in the order in which logfmt prints them. */
enum { PART_TIME, PART_LEVEL, PART_MESSAGE, PART_STATICS };

static size_t part_count(const rf_log_record *rec) { return PART_STATICS + rec->log->static_count + 2 + rec->field_count; }

static rf_log_field origin_part(const rf_log_origin *origin, bool path) {
    if (!origin)
        return (rf_log_field){ NULL, { NULL, 0 } };
    if (path)
        return (rf_log_field){ origin->path ? "path" : NULL, rf_slice_of(origin->path) };
    return (rf_log_field){ "label", rf_slice_of(origin->label) };
}

/* Part `i`; its name is NULL when this record does not have it. */
static rf_log_field part_at(const rf_log_record *rec, size_t i) {
    const rf_log *log = rec->log;
    assert(i < part_count(rec));
    if (i == PART_TIME)
        return (rf_log_field){ log->add_timestamp ? log->timestamp_name : NULL, { rec->time, rec->time_len } };
    if (i == PART_LEVEL)
        return (rf_log_field){ log->level_name, rf_slice_of(rf_log_levels[rec->level].printed) };
    if (i == PART_MESSAGE)
        return (rf_log_field){ log->message_name, rec->message };
    i -= PART_STATICS;
    if (i < log->static_count)
        return log->statics[i];
    i -= log->static_count;
    return i < 2 ? origin_part(rec->origin, i == 1) : rec->fields[i - 2];
}

/* Between quotes, as JSON has it; what is not UTF-8 shows as U+FFFD. */
static void put_quoted(rf_buffer *out, rf_slice text) {
    rf_buffer_char(out, '"');
    while (text.len) {
        uint32_t c = 0xFFFD;
        size_t bytes = rf_utf8_decode(text, &c);
        char encoded[4];
        if (c == '"' || c == '\\')
            rf_buffer_printf(out, "\\%c", (char)c);
        else if (c == '\n' || c == '\r' || c == '\t')
            rf_buffer_text(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else if (c < 0x20 || (c >= 0x7F && c < 0xA0))
            rf_buffer_printf(out, "\\u%04x", (unsigned)c);
        else
            rf_buffer_append(out, encoded, rf_utf8_encode(c, encoded));
        size_t used = bytes ? bytes : 1;
        text = (rf_slice){ text.data + used, text.len - used };
    }
    rf_buffer_char(out, '"');
}

static bool needs_quotes(rf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c == '"' || c == '=' || c == 0x7F)
            return true;
    }
    return text.len == 0 || !rf_utf8_valid(text);
}

void rf_log_record_logfmt(rf_buffer *out, const rf_log_record *rec) {
    for (size_t i = 0; i < part_count(rec); i++) {
        rf_log_field part = part_at(rec, i);
        if (!part.name)
            continue;
        if (out->len)
            rf_buffer_char(out, ' ');
        bool colour = i == PART_LEVEL && rec->log->colour;
        rf_buffer_text(out, part.name);
        rf_buffer_char(out, '=');
        rf_buffer_text(out, colour ? rf_log_levels[rec->level].colour : "");
        if (i == PART_TIME || i == PART_MESSAGE || needs_quotes(part.value))
            put_quoted(out, part.value);
        else
            rf_buffer_slice(out, part.value);
        rf_buffer_text(out, colour ? "\033[0m" : "");
    }
}

/* The part whose name comes next behind `last` (NULL: the first); of equal names the first part. */
static bool next_by_name(const rf_log_record *rec, const char *last, rf_log_field *ret) {
    bool found = false;
    for (size_t i = 0; i < part_count(rec); i++) {
        rf_log_field part = part_at(rec, i);
        if (!part.name || (last && strcmp(part.name, last) <= 0))
            continue;
        if (!found || strcmp(part.name, ret->name) < 0)
            *ret = part;
        found = true;
    }
    return found;
}

static rf_slice json_of(const rf_log_record *rec, const rf_log_field *part) {
    for (size_t i = 0; rec->json && i < rec->field_count; i++)
        if (rec->fields[i].name == part->name)
            return rec->json[i];
    return (rf_slice){ NULL, 0 };
}

void rf_log_record_json(rf_buffer *out, const rf_log_record *rec) {
    rf_log_field part = { NULL, { NULL, 0 } };
    for (const char *last = NULL; next_by_name(rec, last, &part); last = part.name) {
        rf_buffer_char(out, last ? ',' : '{');
        put_quoted(out, rf_slice_of(part.name));
        rf_buffer_char(out, ':');
        rf_slice json = json_of(rec, &part);
        if (json.data)
            rf_buffer_slice(out, json);
        else
            put_quoted(out, part.value);
    }
    rf_buffer_char(out, '}');
}
