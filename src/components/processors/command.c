/* command: runs a program for each message: the payload in, what it prints is the payload. */
#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "components/child.h"
#include "message/mapping.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define READ_BYTES ((size_t)16 << 10)
#define OUTPUT_BYTES_MAX ((size_t)256 << 20)
#define ERROR_BYTES 1024u
#define POLL_MS 200 /* giving up is not announced to who waits */

typedef struct command {
    rf_dynamic *name;
    rf_conf_script args_mapping;
    const rf_env *env;
    rf_mapping *mapping;
    rf_mapping_state *mapping_state;
    rf_mutex lock; /* of the name, which is one for all threads */
    bool made;
    rf_log_limit complaints;
} command;

static const rf_field command_fields[] = {
    { .name = "name", .type = RF_FIELD_DYNAMIC, .offset = offsetof(command, name), .flags = RF_FIELD_REQUIRED,
      .doc = "The program, looked for in PATH. No shell is in between." },
    { .name = "args_mapping", .type = RF_FIELD_SCRIPT, .offset = offsetof(command, args_mapping),
      .doc = "A mapping whose result is the list of its arguments, such as `root = [\"-c\", this.script]`." },
    { 0 },
};

static rf_code compile(command *self, const rf_conf *conf, rf_error *reterr) {
    rf_error error = { 0 };
    if (!self->args_mapping.text.data)
        return RF_OK;
    rf_code code = rf_mapping_compile(self->args_mapping.text, rf_conf_locate, self->args_mapping.node, &self->mapping, &error);
    if (code == RF_ECONFIG)
        return rf_conf_report(conf, &error);
    if (code)
        return rf_raise_nomem(reterr);
    self->mapping_state = rf_mapping_state_new(self->mapping);
    return self->mapping_state ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code command_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    command *self = state;
    self->env = env;
    self->complaints = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    rf_mutex_init(&self->lock);
    self->made = true;
    return compile(self, conf, reterr);
}

/* ---- What is run ---- */

static rf_code read_args(rf_batch *batch, rf_value *list, rf_strings *ret_args, rf_error *reterr) {
    if (list->kind != RF_LIST)
        return rf_raise(reterr, RF_ESCRIPT, "args_mapping: the result is no list");
    rf_slice *items = rf_arena_zero(&batch->arena, list->size + 1, sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < list->size; i++) {
        rf_value *item = &list->items[i];
        bool plain = item->kind == RF_RAW || item->kind == RF_BYTES; /* content() as it is, not as a list of numbers */
        items[i] = plain ? rf_slice_dup_in(&batch->arena, rf_value_text(item)) : rf_meta_text(&batch->arena, item);
        if (!items[i].data)
            return rf_raise_nomem(reterr);
        if (memchr(items[i].data, '\0', items[i].len))
            return rf_raise(reterr, RF_ESCRIPT, "args_mapping: an argument has a zero byte in it");
    }
    *ret_args = (rf_strings){ items, list->size };
    return RF_OK;
}

static rf_code make_args(const command *self, rf_batch *batch, uint32_t index, rf_strings *ret_args, rf_error *reterr) {
    rf_message copy;
    bool deleted = false;
    if (!self->mapping)
        return RF_OK;
    rf_message_share(&batch->messages[index], &copy);
    rf_code code = rf_mapping_run(self->mapping, self->mapping_state, batch, &copy, &deleted, reterr);
    if (code) {
        rf_error_prefix(reterr, "args_mapping: ");
        return code;
    }
    return read_args(batch, &copy.payload, ret_args, reterr);
}

static rf_code make_name(command *self, rf_batch *batch, uint32_t index, rf_slice *ret_name, rf_error *reterr) {
    rf_mutex_lock(&self->lock);
    rf_code code = rf_dynamic_text(self->name, batch, index, ret_name, reterr);
    rf_mutex_unlock(&self->lock);
    if (!code && ret_name->len == 0)
        return rf_raise(reterr, RF_ESCRIPT, "the name of the program is empty");
    return code;
}

/* ---- Running it ---- */

/* failed: the errno of what went wrong on the way to or from the program; 0: nothing. */
typedef struct run { rf_child child; rf_slice input; size_t written; rf_buffer out, words; int failed; } run;

static void write_some(run *r) {
    ssize_t count = 1;
    while (r->child.in >= 0 && r->written < r->input.len && count > 0) {
        count = write(r->child.in, r->input.data + r->written, r->input.len - r->written);
        if (count > 0)
            r->written += (size_t)count;
        else if (count < 0 && errno != EAGAIN && errno != EINTR) {
            r->failed = errno == EPIPE ? r->failed : errno; /* that it does not want more is its own affair */
            r->written = r->input.len;
        }
    }
    if (r->child.in >= 0 && r->written == r->input.len) {
        (void)close(r->child.in); /* it sees the end */
        r->child.in = -1;
    }
}

/* False: it has said more than we take, or there is no memory. Closes what has ended. */
static bool read_some(run *r, int *fd, rf_buffer *into, size_t max) {
    while (*fd >= 0) {
        if (into->len >= max || !rf_buffer_reserve(into, READ_BYTES))
            return false;
        ssize_t got = read(*fd, into->data + into->len, READ_BYTES);
        if (got < 0 && errno == EAGAIN)
            return true;
        if (got > 0)
            into->len += (size_t)got;
        if (got == 0 || (got < 0 && errno != EINTR)) {
            r->failed = got < 0 ? errno : r->failed;
            (void)close(*fd); /* only read from */
            *fd = -1;
        }
    }
    return true;
}

static bool given_up(const command *self) { return self->env->giving_up && atomic_load(self->env->giving_up); }

/* Until both its outputs have ended. */
static rf_code follow(const command *self, run *r, rf_error *reterr) {
    while (r->child.out >= 0 || r->child.err >= 0) {
        write_some(r);
        if (!read_some(r, &r->child.out, &r->out, OUTPUT_BYTES_MAX) || !read_some(r, &r->child.err, &r->words, OUTPUT_BYTES_MAX))
            return rf_raise(reterr, RF_ESCRIPT, "execution error: it says more than can be held");
        if (given_up(self))
            return rf_raise(reterr, RF_ESCRIPT, "execution error: given up, since the stream ends");
        struct pollfd fds[] = { { .fd = r->child.in, .events = POLLOUT }, { .fd = r->child.out, .events = POLLIN }, { .fd = r->child.err, .events = POLLIN } };
        if (r->child.out >= 0 || r->child.err >= 0)
            (void)poll(fds, 3, POLL_MS); /* whatever it was, all is looked at */
    }
    return r->failed ? rf_raise(reterr, RF_EIO, "execution error: cannot pass bytes to or from the program: %s", strerror(r->failed))
                     : RF_OK;
}

static rf_code wait_for_end(const command *self, run *r, int *ret_status, rf_error *reterr) {
    while (!rf_child_ended(&r->child, ret_status)) {
        if (given_up(self))
            return rf_raise(reterr, RF_ESCRIPT, "execution error: given up, since the stream ends");
        rf_clock_sleep_ns(RF_NS_PER_MS / 2);
    }
    return RF_OK;
}

static rf_code apply(rf_batch *batch, uint32_t index, const run *r, int status, rf_error *reterr) {
    rf_message *message = &batch->messages[index];
    char how[80];
    int64_t number = status & 0x7f ? -1 : status >> 8 & 0xff;
    if (!rf_batch_set_meta(batch, message, RF_SLICE("exit_code"), rf_int(number)))
        return rf_raise_nomem(reterr);
    if (!rf_child_is_well(status)) {
        rf_child_say(status, how, sizeof how);
        size_t len = r->words.len < ERROR_BYTES ? r->words.len : ERROR_BYTES;
        return rf_raise(reterr, RF_ESCRIPT, "execution error: %s: %.*s", how, (int)len, len ? r->words.data : "");
    }
    rf_slice copy = r->out.len ? rf_slice_dup_in(&batch->arena, rf_buffer_view(&r->out)) : RF_SLICE("");
    if (!copy.data)
        return rf_raise_nomem(reterr);
    message->payload = rf_text(RF_RAW, copy);
    return RF_OK;
}

static void run_done(run *r) {
    rf_child_done(&r->child);
    rf_buffer_done(&r->out);
    rf_buffer_done(&r->words);
}

static rf_code run_one(command *self, rf_batch *batch, uint32_t index, rf_error *reterr) {
    RF_CLEANUP(run_done) run r = { 0 };
    rf_slice name = { 0 };
    rf_strings args = { 0 };
    int status = 0;
    rf_child_init(&r.child, self->env);
    rf_code code = make_name(self, batch, index, &name, reterr);
    if (!code)
        code = make_args(self, batch, index, &args, reterr);
    if (!code)
        code = rf_message_bytes(batch, &batch->messages[index], &r.input, reterr);
    if (!code)
        code = rf_child_start(&r.child, name, &args, RF_CHILD_IN | RF_CHILD_OUT | RF_CHILD_ERR, reterr);
    if (!code)
        code = follow(self, &r, reterr);
    if (!code)
        code = wait_for_end(self, &r, &status, reterr);
    return code ? code : apply(batch, index, &r, status, reterr);
}

static rf_code command_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    command *self = state;
    uint32_t suppressed;
    (void)local;
    assert(self->made);
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_error error = { 0 };
        rf_code code = run_one(self, batch, i, &error);
        if (code == RF_ENOMEM)
            return rf_raise_nomem(reterr);
        if (!code)
            continue;
        rf_message_fail(batch, &batch->messages[i], "%s", error.message);
        if (rf_log_limit_pass(&self->complaints, &suppressed))
            rf_log_write(self->env->log, RF_LOG_ERROR, &self->env->origin, "Command failed: %s", error.message);
    }
    return RF_OK;
}

static void command_close(void *state) {
    command *self = state;
    if (!self->made)
        return;
    rf_mapping_state_free(self->mapping_state);
    rf_mapping_free(self->mapping);
    rf_mutex_done(&self->lock);
}

const rf_processor_kind rf_command_kind = {
    .name = "command",
    .summary = "Runs a program for each message.",
    .detail = "The payload is its standard input, and what it prints becomes the payload, with the metadata `exit_code`. One that ends with another "
              "status than 0 leaves the message as it was, and marks it as failed with the status and what it said on its standard error. A program a "
              "message costs a millisecond or more: `subprocess` keeps one running.",
    .example = "input:\n"
               "  generate:\n"
               "    mapping: root = \"a message\"\n"
               "    count: 3\n"
               "pipeline:\n"
               "  processors:\n"
               "    - command:\n"
               "        name: tr\n"
               "        args_mapping: 'root = [\"a-z\", \"A-Z\"]'\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = command_fields,
    .state_size = sizeof(command),
    .open = command_open,
    .process = command_process,
    .close = command_close,
};
