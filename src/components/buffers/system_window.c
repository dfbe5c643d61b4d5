/* system_window: batches of the messages of a window of time, by the system's clock. */
#include "components/buffers/windows.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/thread.h"
#include "message/mapping.h"
#include "stream/buffered.h"

#include <assert.h>
#include <math.h>

#define TIME_MAX_MS 8.64e15 /* what a date can be */

typedef struct system_window {
    rf_conf_script timestamp_mapping;
    uint64_t size_ns, slide_ns, offset_ns, lateness_ns, limit;
    /* private */
    const rf_env *env;
    rf_mapping *mapping; /* NULL: the clock */
    rf_mapping_state *memory;
    int64_t lateness_ms;
    rf_log_limit complaints, losses;
    bool ready;
    rf_mutex lock;       /* for what follows */
    rf_cond news, room;
    rf_windows windows;
    int64_t awaited_ms;  /* the window that the reader waits for */
    bool ended, woken;
} system_window;

#define AT(member) .offset = offsetof(system_window, member)
static const rf_field system_window_fields[] = {
    { .name = "timestamp_mapping", .type = RF_FIELD_SCRIPT, AT(timestamp_mapping), .standard = "root = now()",
      .doc = "When a message happened: RFC 3339, or seconds since 1970, such as `root = this.created_at`." },
    { .name = "size", .type = RF_FIELD_DURATION, AT(size_ns), .flags = RF_FIELD_REQUIRED,
      .doc = "How long a window is, such as `30s`; whole milliseconds." },
    { .name = "slide", .type = RF_FIELD_DURATION, AT(slide_ns), .standard = "\"\"",
      .doc = "From the beginning of a window to that of the next; less than `size`, so that they overlap. Empty: the next one begins when one ends." },
    { .name = "offset", .type = RF_FIELD_DURATION, AT(offset_ns), .standard = "\"\"",
      .doc = "Windows begin so much later than at whole multiples of the above since 1970, UTC." },
    { .name = "allowed_lateness", .type = RF_FIELD_DURATION, AT(lateness_ns), .standard = "\"\"",
      .doc = "How long after its end a window waits for messages that come late." },
    { .name = "limit", .type = RF_FIELD_SIZE, AT(limit), .standard = "524288000", .flags = RF_FIELD_ADVANCED,
      .doc = "Bytes of messages at which inputs wait for a window to end." },
    { 0 },
};
#undef AT

static int64_t now_ms(void) { return rf_clock_wall_ms(); }

/* ---- When a message happened ---- */

static rf_code read_time(const rf_value *value, int64_t *ret_ms, rf_error *reterr) {
    double seconds = NAN;
    switch ((rf_value_kind)value->kind) {
    case RF_INT: seconds = (double)value->integer; break;
    case RF_DOUBLE: seconds = value->number; break;
    case RF_TIME: seconds = value->number / 1000; break;
    case RF_NUMBER:
        if (!rf_number_parse_json(rf_value_text(value), &seconds))
            seconds = NAN;
        break;
    case RF_RAW:
    case RF_STRING:
        if (rf_clock_parse_rfc3339(rf_value_text(value), ret_ms))
            return RF_OK;
        if (!rf_number_parse_json(rf_value_text(value), &seconds))
            seconds = NAN;
        break;
    default: break;
    }
    if (!(fabs(seconds * 1000) <= TIME_MAX_MS))
        return rf_raise(reterr, RF_ESCRIPT, "the result is neither a time as RFC 3339 nor a number of seconds");
    *ret_ms = (int64_t)floor(seconds * 1000);
    return RF_OK;
}

/* One whose time cannot be told is of now, and marked. */
static rf_code time_of(system_window *self, rf_batch *batch, uint32_t index, int64_t *ret_ms, rf_error *reterr) {
    rf_message *message = &batch->messages[index], copy;
    rf_error error = { 0 };
    bool gone = false;
    *ret_ms = now_ms();
    if (!self->mapping)
        return RF_OK;
    rf_message_share(message, &copy);
    rf_code code = rf_mapping_change(self->mapping, self->memory, false, batch, &(rf_mapping_turn){ &copy, index }, &gone, &error);
    if (!code)
        code = gone ? rf_raise(&error, RF_ESCRIPT, "it deletes the message") : read_time(&copy.payload, ret_ms, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code) {
        rf_message_fail(batch, message, "timestamp mapping failed: %s", error.message);
        rf_log_write_limited(self->env->log, RF_LOG_ERROR, &self->env->origin, &self->complaints,
                             "Timestamp mapping failed for message: %s", error.message);
    }
    return RF_OK;
}

/* ---- Storing ---- */

/* Under the lock. Nothing is kept: windows that are over by the clock are. */
static void follow_clock(system_window *self) {
    if (!self->windows.first)
        rf_windows_pass(&self->windows, rf_windows_end_before(&self->windows, now_ms() - self->lateness_ms));
}

/* Under the lock. The reader looks again when it waits for a later one. */
static void tell_reader(system_window *self, int64_t ms) {
    if (rf_windows_end_before(&self->windows, ms) + self->windows.slide_ms < self->awaited_ms)
        rf_cond_signal(&self->news);
}

static bool await_room(system_window *self, uint64_t wait_ns) {
    if (self->windows.bytes >= self->limit)
        (void)rf_cond_wait_for(&self->room, &self->lock, wait_ns);
    return self->windows.bytes < self->limit;
}

static rf_code put(system_window *self, rf_batch *batch, uint32_t index, int64_t ms, uint64_t wait_ns, rf_error *reterr) {
    bool late = false;
    rf_mutex_lock(&self->lock);
    rf_code code = await_room(self, wait_ns) ? RF_OK : RF_EAGAIN;
    if (!code) {
        follow_clock(self);
        code = rf_windows_put(&self->windows, batch, index, ms, &late, reterr);
    }
    if (!code && !late)
        tell_reader(self, ms);
    rf_mutex_unlock(&self->lock);
    if (late)
        rf_log_write_limited(self->env->log, RF_LOG_WARN, &self->env->origin, &self->losses,
                             "a message is older than the current window, and dropped");
    return code;
}

static rf_code window_store(void *state, rf_batch *batch, uint32_t *next, uint64_t wait_ns, rf_error *reterr) {
    system_window *self = state;
    for (; *next < batch->count; ++*next) {
        int64_t ms = 0;
        rf_code code = time_of(self, batch, *next, &ms, reterr);
        if (!code)
            code = put(self, batch, *next, ms, wait_ns, reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

static void window_ended(void *state) {
    system_window *self = state;
    rf_mutex_lock(&self->lock);
    self->ended = true;
    rf_cond_signal(&self->news);
    rf_mutex_unlock(&self->lock);
}

/* ---- Reading ---- */

/* Under the lock. */
static rf_code take(system_window *self, int64_t end_ms, rf_batch *batch, rf_error *reterr) {
    rf_claims *claims = rf_claims_new();
    rf_code code = claims ? rf_windows_copy(&self->windows, end_ms, batch, claims, reterr) : rf_raise_nomem(reterr);
    if (code || batch->count == 0) {
        rf_claims_answer(claims, true, NULL); /* the windows have them still */
        rf_batch_clear(batch);
    } else
        batch->mark = (uint64_t)(uintptr_t)claims;
    if (!code)
        rf_windows_pass(&self->windows, end_ms);
    rf_cond_broadcast(&self->room);
    return code ? code : batch->count ? RF_OK : RF_EAGAIN;
}

/* Under the lock. How long until that window is over; 0: it is. */
static uint64_t left_ns(const system_window *self, int64_t end_ms) {
    const int64_t left_ms = end_ms == RF_WINDOW_NONE ? INT32_MAX : end_ms - now_ms() + self->lateness_ms;
    if (self->ended || left_ms <= 0)
        return 0;
    return (uint64_t)(left_ms < INT32_MAX ? left_ms : INT32_MAX) * RF_NS_PER_MS;
}

static rf_code window_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    system_window *self = state;
    const uint64_t start = rf_clock_mono_ns();
    uint64_t gone = 0, left;
    rf_code code = RF_EAGAIN;
    (void)max;
    rf_mutex_lock(&self->lock);
    while ((left = left_ns(self, self->awaited_ms = rf_windows_next(&self->windows))) && !self->woken && gone < wait_ns) {
        (void)rf_cond_wait_for(&self->news, &self->lock, left < wait_ns - gone ? left : wait_ns - gone);
        gone = rf_clock_mono_ns() - start;
    }
    self->woken = false;
    if (self->awaited_ms == RF_WINDOW_NONE)
        code = self->ended ? RF_ECLOSED : RF_EAGAIN;
    else if (left == 0)
        code = take(self, self->awaited_ms, batch, reterr);
    rf_mutex_unlock(&self->lock);
    return code;
}

static void window_wake(void *state) {
    system_window *self = state;
    rf_mutex_lock(&self->lock);
    self->woken = true;
    rf_cond_signal(&self->news);
    rf_mutex_unlock(&self->lock);
}

static void window_ack(void *state, uint64_t mark, bool delivered) {
    (void)state;
    rf_claims_answer((rf_claims *)(uintptr_t)mark, delivered, NULL);
}

static void window_nack(void *state, uint64_t mark, const char *why) {
    (void)state;
    rf_claims_answer((rf_claims *)(uintptr_t)mark, false, why);
}

static bool window_replays(const void *state, uint64_t mark) {
    (void)state;
    return rf_claims_replay((const rf_claims *)(uintptr_t)mark);
}

static void window_give_up(void *state) {
    system_window *self = state;
    rf_windows_give_up(&self->windows);
}

/* ---- Life ---- */

static rf_code whole_ms(const char *name, uint64_t ns, int64_t *ret_ms, rf_error *reterr) {
    if (ns % RF_NS_PER_MS)
        return rf_raise(reterr, RF_ECONFIG, "%s must be whole milliseconds", name);
    *ret_ms = (int64_t)(ns / RF_NS_PER_MS);
    return RF_OK;
}

static rf_code read_times(system_window *self, rf_error *reterr) {
    rf_windows *windows = &self->windows;
    rf_code code = whole_ms("size", self->size_ns, &windows->size_ms, reterr);
    if (!code)
        code = whole_ms("slide", self->slide_ns, &windows->slide_ms, reterr);
    if (!code)
        code = whole_ms("offset", self->offset_ns, &windows->offset_ms, reterr);
    if (!code)
        code = whole_ms("allowed_lateness", self->lateness_ns, &self->lateness_ms, reterr);
    if (code)
        return code;
    if (windows->size_ms == 0)
        return rf_raise(reterr, RF_ECONFIG, "size must be more than 0");
    if (windows->slide_ms >= windows->size_ms)
        return rf_raise(reterr, RF_ECONFIG, "slide must be less than size");
    if (windows->slide_ms == 0)
        windows->slide_ms = windows->size_ms;
    if (windows->offset_ms >= windows->slide_ms)
        return rf_raise(reterr, RF_ECONFIG, "offset must be less than %s", self->slide_ns ? "slide" : "size");
    return RF_OK;
}

static rf_code compile(system_window *self, const rf_conf *conf, rf_error *reterr) {
    rf_error error = { 0 };
    if (rf_slice_is(rf_slice_trim(self->timestamp_mapping.text), "root = now()"))
        return RF_OK;
    rf_code code = rf_mapping_compile(self->timestamp_mapping.text, rf_conf_locate, self->timestamp_mapping.node, &self->mapping, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(conf, &error);
    if (!code)
        self->memory = rf_mapping_state_new(self->mapping);
    return code || !self->memory ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code window_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    system_window *self = state;
    self->env = env;
    self->complaints = self->losses = (rf_log_limit){ .burst = 3, .period_ns = 30 * RF_NS_PER_S };
    rf_mutex_init(&self->lock);
    rf_cond_init(&self->news);
    rf_cond_init(&self->room);
    self->ready = true;
    self->windows.done_ms = INT64_MIN;
    self->awaited_ms = RF_WINDOW_NONE;
    rf_code code = read_times(self, reterr);
    return code ? code : compile(self, conf, reterr);
}

static void window_close(void *state) {
    system_window *self = state;
    rf_mapping_state_free(self->memory);
    rf_mapping_free(self->mapping);
    if (!self->ready)
        return;
    assert(!self->windows.first); /* read, or given up */
    rf_cond_done(&self->room);
    rf_cond_done(&self->news);
    rf_mutex_done(&self->lock);
}

const rf_buffer_kind rf_system_window_kind = {
    .name = "system_window",
    .summary = "Makes a batch of the messages of each window of time, by the system's clock.",
    .detail = "A window that had messages comes as one batch when it is over, for `archive`, `group_by` or a script to put together; each message has its end "
              "as the metadata `window_end_timestamp`. A message is in the window of its own time (`timestamp_mapping`), in several where they overlap "
              "(`slide`). One that is older than the current window is dropped, with a warning; one whose time cannot be told is of now, and marked as "
              "failed.\n\n"
              "A message is acknowledged to its input when the output has taken every window that it is in: nothing is lost with the process that the "
              "input can read again. At the end of the inputs, and at a stop, windows come as far as they are full.\n\n"
              "All of a window is in memory, and once more while it is delivered; at `limit` inputs wait.",
    .example = "input:\n"
               "  generate: {mapping: root.value = counter(), interval: 100ms, count: 10}\n"
               "buffer:\n"
               "  system_window: {size: 500ms}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - archive: {format: json_array}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = system_window_fields,
    .state_size = sizeof(system_window),
    .open = window_open,
    .store = window_store,
    .ended = window_ended,
    .reader = { .name = "system_window", .read = window_read, .ack = window_ack, .nack = window_nack, .replays = window_replays, .wake = window_wake },
    .claims = true,
    .give_up = window_give_up,
    .close = window_close,
};
