/* log.c: loggers, levels and limits; one record is one line and one write. */
#include "base/log.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log_record.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

bool rf_log_level_parse(rf_slice text, rf_log_level *ret_level) {
    assert(ret_level);
    for (size_t i = 0; i < sizeof rf_log_levels / sizeof *rf_log_levels; i++)
        if (rf_slice_eq_nocase(text, rf_slice_of(rf_log_levels[i].word))) {
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
    rf_log_write_values(log, level, origin, message, fields, NULL, field_count);
}

void rf_log_write_values(rf_log *log, rf_log_level level, const rf_log_origin *origin, rf_slice message,
                         const rf_log_field *fields, const rf_slice *json, size_t field_count) {
    assert(fields || field_count == 0);
    if (!rf_log_enabled(log, level))
        return;
    rf_log_record rec = { .log = log, .origin = origin, .fields = fields, .json = json, .field_count = field_count,
                      .level = level, .message = message };
    if (log->add_timestamp) {
        int64_t now = rf_clock_wall_ns();
        rec.time_len = rf_clock_rfc3339(now / (int64_t)RF_NS_PER_S, (uint32_t)(now % (int64_t)RF_NS_PER_S), 3, rec.time);
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    if (log->format == RF_LOG_JSON)
        rf_log_record_json(&out, &rec);
    else
        rf_log_record_logfmt(&out, &rec);
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
    /* Whoever moves the window on empties it; a record that passes in between is not counted, which
     * is one too many at worst. The first window is empty as it is. */
    bool over = start == 0 || now - start >= limit->period_ns;
    bool moved = over && atomic_compare_exchange_strong_explicit(&limit->window_start_ns, &start, now, memory_order_relaxed,
                                                                 memory_order_relaxed);
    if (moved && start != 0)
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

void rf_log_write_limited(rf_log *log, rf_log_level level, const rf_log_origin *origin, rf_log_limit *limit, const char *format, ...) {
    assert(format);
    char text[1200], count[16];
    uint32_t suppressed = 0;
    if (!rf_log_enabled(log, level) || !rf_log_limit_pass(limit, &suppressed))
        return;
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    (void)snprintf(count, sizeof count, "%u", suppressed);
    const rf_log_field field = { "suppressed", rf_slice_of(count) };
    rf_log_write_fields(log, level, origin, rf_slice_of(text), &field, suppressed > 0);
}
