/* fake_stream.c: a stream whose input, processor and output do what a test tells them to. */
#include "fixture.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/number.h"

#include <assert.h>

static rf_code refuse(uint32_t *left, rf_error *reterr) {
    if (*left == 0)
        return RF_OK;
    --*left;
    (void)rf_raise(reterr, RF_EIO, "refused, as told");
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EIO;
}

/* ---- input ---- */

static rf_code input_connect(void *state, rf_error *reterr) {
    rf_fake_input *self = state;
    self->connects++;
    return refuse(&self->refuse, reterr);
}

static rf_code add_number(rf_batch *batch, uint64_t number, rf_error *reterr) {
    rf_message *message = rf_batch_add(batch);
    if (!message)
        return rf_raise_nomem(reterr);
    message->payload = rf_int((int64_t)number);
    return RF_OK;
}

static rf_code input_read(void *state, rf_batch *batch, uint32_t max, uint64_t wait_ns, rf_error *reterr) {
    rf_fake_input *self = state;
    uint64_t sent = atomic_load(&self->sent);
    uint32_t most = self->a_read && self->a_read < max ? self->a_read : max;
    (void)wait_ns;
    if (self->lose_after && sent >= self->lose_after) {
        self->lose_after = 0;
        return rf_raise(reterr, RF_ELOST, "lost, as told");
    }
    if (self->count && sent == self->count)
        return self->fail_with ? rf_raise(reterr, self->fail_with, "broken, as told") : RF_ECLOSED;
    if (self->pause_ns && !atomic_load(&self->woken))
        rf_clock_sleep_ns(self->pause_ns);
    for (uint32_t i = 0; i < most && (!self->count || sent < self->count); i++) {
        if (add_number(batch, sent + 1, reterr))
            return RF_ENOMEM;
        atomic_store(&self->sent, ++sent);
        batch->mark = sent;
    }
    return RF_OK;
}

static void input_ack(void *state, uint64_t mark, bool delivered) {
    rf_fake_input *self = state;
    assert(mark > 0);
    atomic_fetch_add(delivered ? &self->acked : &self->nacked, 1);
}

static void input_wake(void *state) {
    rf_fake_input *self = state;
    atomic_store(&self->woken, true);
}

static const rf_input_kind fake_input_kind = {
    .name = "fake", .connect = input_connect, .read = input_read, .ack = input_ack, .wake = input_wake,
};

/* ---- processor ---- */

static rf_code processor_attach(void *state, const rf_shard_env *shard, void **ret_local, rf_error *reterr) {
    rf_fake_processor *self = state;
    assert(shard->meter);
    if (self->attach_fails)
        return rf_raise(reterr, self->attach_fails, "no VM, as told");
    atomic_fetch_add(&self->attached, 1);
    *ret_local = self;
    return RF_OK;
}

static rf_code processor_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    const rf_fake_processor *self = state;
    uint32_t kept = 0;
    assert(local == state);
    if (self->process_fails)
        return rf_raise(reterr, RF_ENOMEM, "no memory, as told");
    for (uint32_t i = 0; i < batch->count; i++) {
        rf_message message = batch->messages[i];
        uint64_t number = (uint64_t)message.payload.integer;
        if (self->drop_every && number % self->drop_every == 0)
            continue;
        if (self->fail_every && number % self->fail_every == 0)
            rf_message_fail(batch, &message, "failed, as told");
        message.payload.integer += 1000;
        batch->messages[kept++] = message;
    }
    batch->count = kept;
    return RF_OK;
}

static void processor_detach(void *state, void *local) {
    rf_fake_processor *self = state;
    assert(local == state);
    atomic_fetch_add(&self->detached, local != NULL);
}

static const rf_processor_kind fake_processor_kind = {
    .name = "fake", .attach = processor_attach, .process = processor_process, .detach = processor_detach,
};

/* ---- output ---- */

static rf_code output_connect(void *state, rf_error *reterr) {
    rf_fake_output *self = state;
    self->connects++;
    return refuse(&self->refuse, reterr);
}

/* One that is refused is not kept. */
static rf_code keep_one(rf_fake_output *self, rf_batch *batch, uint32_t i, rf_error *reterr) {
    uint64_t number = (uint64_t)batch->messages[i].payload.integer;
    if (self->refuse_every && number % self->refuse_every == 0 && self->refusals > 0) {
        self->refusals--;
        return rf_batch_refuse(batch, i, "refused alone, as told") ? RF_OK : rf_raise_nomem(reterr);
    }
    self->numbers[self->count++] = number;
    return RF_OK;
}

static rf_code keep(rf_fake_output *self, rf_batch *batch, rf_error *reterr) {
    size_t need = self->count + batch->count;
    rf_code code = RF_OK;
    if (need > self->cap) {
        uint64_t *numbers = rf_realloc(self->numbers, need * 2 * sizeof *numbers);
        if (!numbers)
            return rf_raise_nomem(reterr);
        self->numbers = numbers;
        self->cap = need * 2;
    }
    for (uint32_t i = 0; i < batch->count && !code; i++)
        code = keep_one(self, batch, i, reterr);
    atomic_store(&self->written, self->count);
    return code;
}

static rf_code output_write(void *state, rf_batch *batch, uint32_t *ret_unwritten, rf_error *reterr) {
    rf_fake_output *self = state;
    self->writes++;
    if (self->pause_ns)
        rf_clock_sleep_ns(self->pause_ns);
    if (self->slow_writes > 0) {
        self->slow_writes--;
        return rf_raise(reterr, RF_EAGAIN, "slow, as told");
    }
    if (self->never)
        self->fail_writes = 1;
    if (refuse(&self->fail_writes, reterr))
        return RF_EIO;
    if (self->fatal)
        return rf_raise(reterr, self->fatal, "broken, as told");
    if (batch->count > self->largest)
        self->largest = batch->count;
    *ret_unwritten = 0;
    return keep(self, batch, reterr);
}

static void output_forget(void *state) {
    rf_fake_output *self = state;
    self->forgotten++;
}

const rf_output_kind rf_fake_output_kind = { .name = "fake", .connect = output_connect, .write = output_write, .forget = output_forget };

/* ---- the stream ---- */

rf_code rf_fake_stream_open(rf_fake_stream *fake, int64_t threads, rf_error *reterr) {
    rf_config *config = &fake->config;
    rf_code code = rf_metrics_new(&fake->metrics, reterr);
    if (code)
        return code;
    fake->keys = rf_keys_new();
    if (!fake->keys)
        return rf_raise_nomem(reterr);
    config->input = (rf_component){ .kind = &fake_input_kind, .label = "", .path = "root.input", .state = &fake->input };
    config->input.no_replay = fake->no_replay;
    config->output = (rf_component){ .kind = &rf_fake_output_kind, .label = "", .path = "root.output",
                                     .state = &fake->output };
    fake->processors[0] = (rf_component){ .kind = &fake_processor_kind, .label = "", .state = &fake->processor,
                                          .path = "root.pipeline.processors.0" };
    config->processors = fake->processors;
    config->processor_count = fake->with_processor;
    config->threads = threads;
    if (!config->shutdown_timeout_ns)
        config->shutdown_timeout_ns = 20 * RF_NS_PER_S;
    return rf_stream_new(config, NULL, fake->metrics, fake->keys, &fake->stream, reterr);
}

void rf_fake_stream_done(rf_fake_stream *fake) {
    rf_stream_free(fake->stream);
    rf_keys_free(fake->keys);
    rf_metrics_free(fake->metrics);
    rf_free(fake->output.numbers);
    *fake = (rf_fake_stream){ 0 };
}

typedef struct counting {
    const rf_metrics *metrics;
    const char *name;
    uint64_t sum;
} counting;

static void add_counter(void *arg, const rf_metric_info *info) {
    counting *self = arg;
    if (info->kind == RF_METRIC_COUNTER && strcmp(info->name, self->name) == 0)
        self->sum += rf_metrics_read(self->metrics, info->metric);
}

uint64_t rf_fake_counter(const rf_metrics *metrics, const char *name) {
    counting self = { .metrics = metrics, .name = name };
    rf_metrics_each(metrics, add_counter, &self);
    return self.sum;
}
