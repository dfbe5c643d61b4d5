/* subprocess: each message to a program that runs all the time, and its answer back. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/child.h"
#include "components/framing.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#define READ_BYTES ((size_t)64 << 10)
#define KEEP_BYTES ((size_t)1 << 20)
#define POLL_MS 200 /* giving up is not announced to who waits */
#define STOP_NS RF_NS_PER_S

typedef struct subprocess_processor {
    rf_slice name;
    rf_strings args;
    uint64_t max_buffer;
    int send, receive; /* rf_framing */
    const rf_env *env;
    rf_log_limit complaints;
} subprocess_processor;

/* One thread's: each has a program of its own. */
typedef struct local {
    rf_child child;
    rf_buffer out, in;
    size_t written;     /* of `out` */
    uint32_t answered;  /* messages of the batch before this place are done with */
    char why[200];      /* it answers no more; "": it does */
} local;

static const rf_field subprocess_fields[] = {
    { .name = "name", .type = RF_FIELD_STRING, .offset = offsetof(subprocess_processor, name), .flags = RF_FIELD_REQUIRED,
      .doc = "The program, looked for in PATH. No shell is in between. It answers each message with one, in order, and does not keep them back "
             "in a buffer of its own (`sed -u`, `awk` with `fflush()`, `python3 -u`)." },
    { .name = "args", .type = RF_FIELD_STRINGS, .offset = offsetof(subprocess_processor, args), .doc = "Its arguments." },
    { .name = "max_buffer", .type = RF_FIELD_SIZE, .offset = offsetof(subprocess_processor, max_buffer), .standard = "65536", .flags = RF_FIELD_ADVANCED,
      .doc = "The longest answer, in bytes." },
    { .name = "codec_send", .type = RF_FIELD_ENUM, .offset = offsetof(subprocess_processor, send), .standard = "lines", .options = rf_framing_names,
      .doc = "How messages are written to it: `lines`; a length of four bytes, the highest first, before each; or netstrings (`5:hello,`)." },
    { .name = "codec_recv", .type = RF_FIELD_ENUM, .offset = offsetof(subprocess_processor, receive), .standard = "lines", .options = rf_framing_names,
      .doc = "How it writes its answers." },
    { 0 },
};

static rf_code subprocess_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    subprocess_processor *self = state;
    (void)reterr;
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    if (self->max_buffer > 0 && self->max_buffer <= (uint64_t)1 << 30)
        return RF_OK;
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "max_buffer must be from 1 byte to 1 GiB, got %" PRIu64, self->max_buffer);
    return rf_conf_report(conf, &error);
}

static rf_code start(subprocess_processor *self, local *l, rf_error *reterr) {
    rf_buffer_clear(&l->in);
    return rf_child_start(&l->child, self->name, &self->args, RF_CHILD_IN | RF_CHILD_OUT | RF_CHILD_ERR, reterr);
}

static void subprocess_detach(void *state, void *arg) {
    local *l = arg;
    (void)state;
    if (!l)
        return;
    rf_child_stop(&l->child, STOP_NS, NULL);
    rf_child_done(&l->child);
    rf_buffer_done(&l->out);
    rf_buffer_done(&l->in);
    rf_free(l);
}

static rf_code subprocess_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    subprocess_processor *self = state;
    local *l = rf_alloc_zero(1, sizeof *l);
    (void)shard;
    if (!l)
        return rf_raise_nomem(reterr);
    rf_child_init(&l->child, self->env);
    rf_code code = start(self, l, reterr);
    if (code) {
        subprocess_detach(self, l);
        return code;
    }
    *ret_local = l;
    return RF_OK;
}

static void fail(subprocess_processor *self, rf_batch *batch, uint32_t index, const char *why) {
    uint32_t suppressed;
    rf_message_fail(batch, &batch->messages[index], "%s", why);
    if (rf_log_limit_pass(&self->complaints, &suppressed))
        rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin, "Failed to send message to subprocess: %s", why);
}

/* ---- One batch ---- */

static void note_end(local *l) {
    int status;
    char how[80] = "it has closed its streams";
    for (int i = 0; i < 20 && !rf_child_ended(&l->child, &status); i++)
        rf_clock_sleep_ns(5 * RF_NS_PER_MS); /* it is on its way out */
    if (!l->child.pid)
        rf_child_say(status, how, sizeof how);
    (void)snprintf(l->why, sizeof l->why, "the program has ended: %s", how);
}

/* It gets no more: it sees the end, what it answered still comes, then its own end. */
static void end_writing(const subprocess_processor *self, local *l, int number) {
    if (number != EPIPE) /* that is told by how it ends */
        rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin, "cannot write to the program: %s", strerror(number));
    l->written = l->out.len;
    (void)close(l->child.in); /* only written to */
    l->child.in = -1;
}

static void write_some(const subprocess_processor *self, local *l) {
    while (l->written < l->out.len && !l->why[0]) {
        ssize_t count = write(l->child.in, l->out.data + l->written, l->out.len - l->written);
        if (count >= 0)
            l->written += (size_t)count;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            end_writing(self, l, errno);
    }
}

static void read_some(local *l) {
    if (!rf_buffer_reserve(&l->in, READ_BYTES)) {
        (void)snprintf(l->why, sizeof l->why, "out of memory");
        return;
    }
    ssize_t got = read(l->child.out, l->in.data + l->in.len, READ_BYTES);
    if (got > 0)
        l->in.len += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        note_end(l);
}

/* The next message that waits for an answer; those that failed were not asked about. */
static uint32_t next_waiting(const local *l, const rf_batch *batch, const bool *asked) {
    uint32_t i = l->answered;
    while (i < batch->count && !asked[i])
        i++;
    return i;
}

/* Answers that are complete become payloads. */
static void take_answers(subprocess_processor *self, local *l, rf_batch *batch, const bool *asked) {
    size_t at = 0;
    rf_error error = { 0 };
    while ((l->answered = next_waiting(l, batch, asked)) < batch->count) {
        rf_slice content;
        size_t taken;
        rf_code code = rf_framing_get((rf_framing)self->receive, (rf_slice){ l->in.data + at, l->in.len - at }, self->max_buffer, &content,
                                      &taken, &error);
        if (code == RF_EAGAIN)
            break;
        rf_slice copy = code ? (rf_slice){ 0 } : rf_slice_dup_in(&batch->arena, content);
        if (!copy.data) {
            (void)snprintf(l->why, sizeof l->why, "%.190s", code ? error.message : "out of memory");
            break;
        }
        batch->messages[l->answered++].payload = rf_text(RF_RAW, copy);
        at += taken;
    }
    if (at > 0)
        memmove(l->in.data, l->in.data + at, l->in.len - at);
    l->in.len -= at;
}

static void wait_for_it(const local *l) {
    struct pollfd fds[] = {
        { .fd = l->written < l->out.len ? l->child.in : -1, .events = POLLOUT }, { .fd = l->child.out, .events = POLLIN }, { .fd = l->child.err, .events = POLLIN },
    };
    (void)poll(fds, 3, POLL_MS); /* whatever it was, all is looked at */
}

static bool given_up(const subprocess_processor *self) { return self->env->giving_up && atomic_load(self->env->giving_up); }

/* Writes and reads until all are answered, or none will be. */
static void converse(subprocess_processor *self, local *l, rf_batch *batch, const bool *asked) {
    l->answered = 0;
    l->written = 0;
    while (next_waiting(l, batch, asked) < batch->count && !l->why[0]) {
        write_some(self, l);
        read_some(l);
        take_answers(self, l, batch, asked);
        rf_child_listen(&l->child);
        if (given_up(self))
            (void)snprintf(l->why, sizeof l->why, "given up, since the stream ends");
        else if (next_waiting(l, batch, asked) < batch->count && !l->why[0])
            wait_for_it(l);
    }
    for (; l->answered < batch->count && l->why[0]; l->answered++)
        if (asked[l->answered])
            fail(self, batch, l->answered, l->why);
}

static rf_code ask_all(subprocess_processor *self, local *l, rf_batch *batch, bool *asked, rf_error *reterr) {
    rf_buffer_clear(&l->out);
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_slice bytes;
        rf_code code = rf_message_bytes(batch, &batch->messages[i], &bytes, &error);
        if (!code)
            code = rf_framing_put((rf_framing)self->send, &l->out, bytes, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        asked[i] = !code;
        if (code)
            fail(self, batch, i, error.message);
    }
    return l->out.failed ? rf_raise_nomem(reterr) : RF_OK;
}

/* What it said unasked is no answer to what comes now. */
static void drop_stray(subprocess_processor *self, local *l) {
    uint32_t suppressed;
    read_some(l);
    if (l->in.len > 0 && rf_log_limit_pass(&self->complaints, &suppressed))
        rf_log_write(self->env->log, RF_LOG_WARN, &self->env->origin, "%zu bytes that the program said unasked are passed over", l->in.len);
    rf_buffer_clear(&l->in);
}

static rf_code subprocess_process(void *state, void *arg, rf_batch *batch, rf_error *reterr) {
    subprocess_processor *self = state;
    local *l = arg;
    bool *asked = rf_arena_zero(&batch->arena, batch->count, sizeof *asked);
    rf_code code = RF_OK;
    if (!asked)
        return rf_raise_nomem(reterr);
    if (l->child.pid && !l->why[0])
        drop_stray(self, l);
    if (!l->child.pid || l->child.in < 0 || l->why[0]) { /* the last one ended, or answered nonsense */
        rf_child_stop(&l->child, 0, NULL);
        l->why[0] = '\0';
        code = start(self, l, reterr);
    }
    if (!code)
        code = ask_all(self, l, batch, asked, reterr);
    if (!code)
        converse(self, l, batch, asked);
    if (l->out.cap > KEEP_BYTES)
        rf_buffer_done(&l->out);
    return code;
}

const rf_processor_kind rf_subprocess_processor_kind = {
    .name = "subprocess",
    .summary = "Passes each message through a program that runs all the time.",
    .detail = "One program a worker thread is started, and a batch is written and answered as it flows. When the program ends, the messages that it "
              "had not answered are marked as failed, as they were, and the next batch starts it anew. What it says on its standard error is logged. "
              "A program that answers with fewer messages than it was given holds the stream up.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root = \"a message\"\n"
               "    count: 3\n"
               "pipeline:\n"
               "  processors:\n"
               "    - subprocess:\n"
               "        name: sed\n"
               "        args: [-u, s/a/the/]\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = subprocess_fields,
    .state_size = sizeof(subprocess_processor),
    .open = subprocess_open,
    .attach = subprocess_attach,
    .process = subprocess_process,
    .detach = subprocess_detach,
};
