/* log.c: one record, one line, one write. */
#include "base/log.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

struct rf_log {
    _Atomic int level;
    rf_log_format format;
    bool add_timestamp, colour;
    int fd;
    char *level_name, *timestamp_name, *message_name;
    rf_log_field *statics; /* names and values owned */
    size_t static_count;
};

static const struct level { const char *word, *printed, *colour; } levels[] = {
    [RF_LOG_OFF] = { "off", "off", "" },
    [RF_LOG_FATAL] = { "fatal", "fatal", "\033[31m" },
    [RF_LOG_ERROR] = { "error", "error", "\033[31m" },
    [RF_LOG_WARN] = { "warn", "warning", "\033[33m" },
    [RF_LOG_INFO] = { "info", "info", "\033[36m" },
    [RF_LOG_DEBUG] = { "debug", "debug", "\033[37m" },
    [RF_LOG_TRACE] = { "trace", "trace", "\033[37m" },
    [RF_LOG_ALL] = { "all", "all", "" },
};

bool rf_log_level_parse(rf_slice text, rf_log_level *ret_level) {
    assert(ret_level);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (rf_slice_eq_nocase(text, rf_slice_of(levels[i].word))) {
            *ret_level = (rf_log_level)i;
            return true;
        }
    return false;
}

static bool copy_name(char **ret, const char *name, const char *otherwise) {
    *ret = rf_strdup(name ? name : otherwise);
    return *ret != NULL;
}

static bool copy_statics(rf_log *log, const char *const *texts) {
    size_t count = 0;
    while (texts && texts[count])
        count++;
    assert(count % 2 == 0);
    if (count == 0)
        return true;
    log->statics = rf_alloc_zero(count / 2, sizeof *log->statics);
    if (!log->statics)
        return false;
    for (size_t i = 0; i < count / 2; i++) {
        log->static_count = i + 1;
        rf_log_field *field = &log->statics[i];
        field->name = rf_strdup(texts[2 * i]);
        field->value = rf_slice_of(rf_strdup(texts[2 * i + 1]));
        if (!field->name || !field->value.data)
            return false;
    }
    return true;
}

rf_code rf_log_new(const rf_log_options *options, rf_log **ret_log, rf_error *reterr) {
    assert(options && ret_log && options->fd >= 0);
    rf_log *log = rf_alloc_zero(1, sizeof *log);
    if (!log)
        return rf_raise_nomem(reterr);
    atomic_init(&log->level, (int)options->level);
    log->format = options->format;
    log->add_timestamp = options->add_timestamp;
    log->colour = options->colour && options->format == RF_LOG_LOGFMT;
    log->fd = options->fd;
    if (!copy_name(&log->level_name, options->level_name, "level")
        || !copy_name(&log->timestamp_name, options->timestamp_name, "time")
        || !copy_name(&log->message_name, options->message_name, "msg") || !copy_statics(log, options->static_fields)) {
        rf_log_free(log);
        return rf_raise_nomem(reterr);
    }
    *ret_log = log;
    return RF_OK;
}

void rf_log_free(rf_log *log) {
    if (!log)
        return;
    for (size_t i = 0; i < log->static_count; i++) {
        rf_free((char *)(uintptr_t)log->statics[i].name);
        rf_free((char *)(uintptr_t)log->statics[i].value.data);
    }
    rf_free(log->statics);
    rf_free(log->level_name);
    rf_free(log->timestamp_name);
    rf_free(log->message_name);
    rf_free(log);
}

void rf_log_set_level(rf_log *log, rf_log_level level) {
    if (log)
        atomic_store_explicit(&log->level, (int)level, memory_order_relaxed);
}

bool rf_log_enabled(const rf_log *log, rf_log_level level) {
    if (!log || level == RF_LOG_OFF)
        return false;
    return (int)level <= atomic_load_explicit(&log->level, memory_order_relaxed);
}

/* The parts of a record, in the order in which logfmt prints them. */
typedef struct record {
    const rf_log *log;
    const rf_log_origin *origin; /* may be NULL */
    const rf_log_field *fields;
    size_t field_count;
    rf_log_level level;
    rf_slice message;
    char time[RF_CLOCK_TEXT_MAX];
    size_t time_len;
} record;

enum { PART_TIME, PART_LEVEL, PART_MESSAGE, PART_STATICS };

static size_t part_count(const record *rec) { return PART_STATICS + rec->log->static_count + 2 + rec->field_count; }

static rf_log_field origin_part(const rf_log_origin *origin, bool path) {
    if (!origin)
        return (rf_log_field){ NULL, { NULL, 0 } };
    if (path)
        return (rf_log_field){ origin->path ? "path" : NULL, rf_slice_of(origin->path) };
    return (rf_log_field){ "label", rf_slice_of(origin->label) };
}

/* Part `i`; its name is NULL when this record does not have it. */
static rf_log_field part_at(const record *rec, size_t i) {
    const rf_log *log = rec->log;
    assert(i < part_count(rec));
    if (i == PART_TIME)
        return (rf_log_field){ log->add_timestamp ? log->timestamp_name : NULL, { rec->time, rec->time_len } };
    if (i == PART_LEVEL)
        return (rf_log_field){ log->level_name, rf_slice_of(levels[rec->level].printed) };
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

static void put_logfmt(rf_buffer *out, const record *rec) {
    for (size_t i = 0; i < part_count(rec); i++) {
        rf_log_field part = part_at(rec, i);
        if (!part.name)
            continue;
        if (out->len)
            rf_buffer_char(out, ' ');
        bool colour = i == PART_LEVEL && rec->log->colour;
        rf_buffer_text(out, part.name);
        rf_buffer_char(out, '=');
        rf_buffer_text(out, colour ? levels[rec->level].colour : "");
        if (i == PART_TIME || i == PART_MESSAGE || needs_quotes(part.value))
            put_quoted(out, part.value);
        else
            rf_buffer_slice(out, part.value);
        rf_buffer_text(out, colour ? "\033[0m" : "");
    }
}

/* The part whose name comes next behind `last` (NULL: the first); of equal names the first part. */
static bool next_by_name(const record *rec, const char *last, rf_log_field *ret) {
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

static void put_json(rf_buffer *out, const record *rec) {
    rf_log_field part = { NULL, { NULL, 0 } };
    for (const char *last = NULL; next_by_name(rec, last, &part); last = part.name) {
        rf_buffer_char(out, last ? ',' : '{');
        put_quoted(out, rf_slice_of(part.name));
        rf_buffer_char(out, ':');
        put_quoted(out, part.value);
    }
    rf_buffer_char(out, '}');
}

/* A reader that went away or does not keep up loses records: nothing waits for a log. */
static void write_out(int fd, rf_slice text) {
    while (text.len) {
        ssize_t done = write(fd, text.data, text.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        text = (rf_slice){ text.data + done, text.len - (size_t)done };
    }
}

void rf_log_write_fields(rf_log *log, rf_log_level level, const rf_log_origin *origin, rf_slice message,
                         const rf_log_field *fields, size_t field_count) {
    assert(fields || field_count == 0);
    if (!rf_log_enabled(log, level))
        return;
    record rec = { .log = log, .origin = origin, .fields = fields, .field_count = field_count,
                      .level = level, .message = message };
    if (log->add_timestamp) {
        int64_t now = rf_clock_wall_ns();
        rec.time_len = rf_clock_rfc3339(now / (int64_t)RF_NS_PER_S, (uint32_t)(now % (int64_t)RF_NS_PER_S), 3, rec.time);
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    if (log->format == RF_LOG_JSON)
        put_json(&out, &rec);
    else
        put_logfmt(&out, &rec);
    rf_buffer_char(&out, '\n');
    if (!out.failed)
        write_out(log->fd, rf_buffer_view(&out));
}

void rf_log_write(rf_log *log, rf_log_level level, const rf_log_origin *origin, const char *format, ...) {
    assert(format);
    if (!rf_log_enabled(log, level))
        return;
    char small[1024];
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int len = vsnprintf(small, sizeof small, format, list);
    va_end(list);
    char *large = len >= (int)sizeof small ? rf_alloc((size_t)len + 1) : NULL;
    if (large)
        (void)vsnprintf(large, (size_t)len + 1, format, again);
    va_end(again);
    /* Without memory for all of it, the beginning must do. */
    rf_slice message = large ? (rf_slice){ large, (size_t)len } : rf_slice_of(len < 0 ? format : small);
    rf_log_write_fields(log, level, origin, message, NULL, 0);
    rf_free(large);
}

bool rf_log_limit_pass(rf_log_limit *limit, uint32_t *ret_suppressed) {
    assert(limit && ret_suppressed && limit->burst > 0);
    uint64_t now = rf_clock_mono_ns();
    uint64_t start = atomic_load_explicit(&limit->window_start_ns, memory_order_relaxed);
    /* Whoever moves the window on opens it for all; losers of the race are in the new window. */
    if ((start == 0 || now - start >= limit->period_ns)
        && atomic_compare_exchange_strong_explicit(&limit->window_start_ns, &start, now, memory_order_relaxed,
                                                   memory_order_relaxed))
        atomic_store_explicit(&limit->in_window, 0, memory_order_relaxed);
    /* A plain load first: a storm of refused records shares the line instead of fighting for it. */
    if (atomic_load_explicit(&limit->in_window, memory_order_relaxed) >= limit->burst
        || atomic_fetch_add_explicit(&limit->in_window, 1, memory_order_relaxed) >= limit->burst) {
        atomic_fetch_add_explicit(&limit->suppressed, 1, memory_order_relaxed);
        return false;
    }
    *ret_suppressed = atomic_exchange_explicit(&limit->suppressed, 0, memory_order_relaxed);
    return true;
}
