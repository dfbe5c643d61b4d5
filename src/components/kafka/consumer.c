/* consumer.c: a consumer's life: made, subscribed, kept in its group, closed. */
#include "components/kafka/consumer.h"

#include "base/clock.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define KEEP_POLL_MS 100                 /* how late the end is seen */
#define CLOSE_NS (5 * RF_NS_PER_S)       /* for the last commit and for leaving the group */
#define FETCH_BYTES (512 << 10)          /* of one partition at once */
#define QUEUED_KBYTES 1024               /* fetched ahead: memory stays flat whatever the topic holds */
#define QUEUED_MESSAGES 5000
#define OLD_TIMES 8                      /* the like for libraries that look only once a second whether there is room again */
#define FETCH_WAIT_MS 100                /* a partition without news holds the others of its broker up so long */
#define LOOK_UP_MS 5000
#define REFRESH_MS 5000                  /* how late a topic that was not there yet is found, and partitions that were added */

rf_code rf_kafka_consumer_init(rf_kafka_consumer *self, const rf_env *env, const rf_kafka_link *link,
                               const rf_kafka_reading *reading, rf_kafka_take *take, void *take_arg, rf_error *reterr) {
    self->link = link;
    self->reading = reading;
    self->take = take;
    self->take_arg = take_arg;
    rf_kafka_client_init(&self->client, env);
    rf_mutex_init(&self->lock);
    rf_cond_init(&self->settled);
    self->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return self->news_fd < 0 ? rf_raise(reterr, RF_EIO, "cannot make an event: %s", strerror(errno)) : RF_OK;
}

/* ---- Made ---- */

static void set_fetching(rf_kafka_setup *setup, const rf_kafka_consumer *self) {
    const rf_kafka_reading *reading = self->reading;
    int64_t fetch = reading->fetch_bytes ? (int64_t)reading->fetch_bytes : FETCH_BYTES;
    int64_t times = rf_kafka_setup_try(setup, "fetch.queue.backoff.ms", "5") ? 1 : OLD_TIMES; /* librdkafka 2.1 and newer */
    rf_kafka_setup_number(setup, "fetch.message.max.bytes", fetch);
    int64_t all = reading->fetch_max_bytes ? (int64_t)reading->fetch_max_bytes : 4 * FETCH_BYTES;
    rf_kafka_setup_number(setup, "fetch.max.bytes", fetch > all ? fetch : all);
    rf_kafka_setup_number(setup, "queued.max.messages.kbytes", times * QUEUED_KBYTES);
    rf_kafka_setup_number(setup, "queued.min.messages", times * QUEUED_MESSAGES);
    if (!self->link->metadata_age_ns)
        rf_kafka_setup_number(setup, "topic.metadata.refresh.interval.ms", REFRESH_MS);
    rf_kafka_setup_ms(setup, "fetch.wait.max.ms", reading->fetch_wait_ns ? reading->fetch_wait_ns : FETCH_WAIT_MS * RF_NS_PER_MS, 0,
                      300000);
    if (reading->fetch_min_bytes)
        rf_kafka_setup_number(setup, "fetch.min.bytes", (int64_t)reading->fetch_min_bytes);
    RF_CLEANUP(rf_buffer_done) rf_buffer excluded = { 0 };
    rf_kafka_topics_excluded(reading, &excluded);
    rf_kafka_setup_built(setup, "topic.blacklist", &excluded);
    rf_kafka_setup_text(setup, "isolation.level", reading->read_uncommitted ? RF_SLICE("read_uncommitted") : RF_SLICE("read_committed"));
}

/* Topics by patterns are found for members alone: without a group's name there is one of our own, in which nothing is committed. Otherwise
 * a name is wanted, and no group made. */
static void set_group_name(rf_kafka_setup *setup, const rf_kafka_reading *reading) {
    char own[48];
    (void)snprintf(own, sizeof own, "riffle-%" PRIx64 "-%x", (uint64_t)rf_clock_wall_ns(), (unsigned)getpid());
    rf_slice otherwise = rf_kafka_topics_sought(reading) ? rf_slice_of(own) : RF_SLICE("none");
    rf_kafka_setup_text(setup, "group.id", reading->group.len ? reading->group : otherwise);
}

static void set_group(rf_kafka_setup *setup, const rf_kafka_reading *reading) {
    static const char *const resets[] = { [RF_KAFKA_EARLIEST] = "earliest", [RF_KAFKA_LATEST] = "latest", [RF_KAFKA_COMMITTED] = "error" };
    bool member = reading->group.len > 0;
    int64_t session_ms = (int64_t)(reading->session_timeout_ns / RF_NS_PER_MS);
    int64_t rebalance_ms = (int64_t)(reading->rebalance_timeout_ns / RF_NS_PER_MS);
    set_group_name(setup, reading);
    if (reading->instance_id.len)
        rf_kafka_setup_text(setup, "group.instance.id", reading->instance_id);
    rf_kafka_setup_text(setup, "enable.auto.commit", member ? RF_SLICE("true") : RF_SLICE("false"));
    rf_kafka_setup_text(setup, "enable.auto.offset.store", RF_SLICE("false"));
    rf_kafka_setup_text(setup, "auto.offset.reset", rf_slice_of(resets[reading->start]));
    rf_kafka_setup_ms(setup, "auto.commit.interval.ms", reading->commit_period_ns, 10, 3600000);
    rf_kafka_setup_number(setup, "session.timeout.ms", session_ms);
    rf_kafka_setup_ms(setup, "heartbeat.interval.ms", reading->heartbeat_ns, 1, session_ms);
    rf_kafka_setup_number(setup, "max.poll.interval.ms", rebalance_ms > session_ms ? rebalance_ms : session_ms);
}

static rf_code make(rf_kafka_consumer *self, rf_error *reterr) {
    rf_kafka_setup setup;
    rf_code code;
    rf_kafka_setup_begin(&setup, &self->client, self->link, reterr);
    set_fetching(&setup, self);
    set_group(&setup, self->reading);
    if (setup.conf)
        self->client.api.rd_kafka_conf_set_rebalance_cb(setup.conf, rf_kafka_on_rebalance);
    code = rf_kafka_setup_end(&setup, RD_KAFKA_CONSUMER);
    if (!code)
        (void)self->client.api.rd_kafka_poll_set_consumer(self->client.rk);
    return code;
}

/* ---- Kept ---- */

/* Serves the group, so that a host that waits for its output stays a member. Records do not come this way. */
static void keep(void *arg) {
    rf_kafka_consumer *self = arg;
    const rf_kafka_api *api = &self->client.api;
    while (!atomic_load(&self->ending)) {
        rd_kafka_message_t *event = api->rd_kafka_consumer_poll(self->client.rk, KEEP_POLL_MS);
        uint32_t suppressed;
        if (!event)
            continue;
        if (event->err && rf_log_limit_pass(&self->client.limit, &suppressed))
            rf_kafka_client_log(&self->client, RF_LOG_WARN, "%s: %s", api->rd_kafka_err2name(event->err),
                                api->rd_kafka_message_errstr(event));
        if (event->err && api->rd_kafka_fatal_error(self->client.rk, NULL, 0))
            atomic_store(&self->broken, true);
        api->rd_kafka_message_destroy(event);
    }
}

/* ---- Closed ---- */

static void leave(rf_kafka_consumer *self) {
    const rf_kafka_api *api = &self->client.api;
    rd_kafka_queue_t *queue = api->rd_kafka_queue_get_consumer(self->client.rk);
    uint64_t end = rf_clock_mono_ns() + CLOSE_NS;
    rd_kafka_error_t *error = queue ? api->rd_kafka_consumer_close_queue(self->client.rk, queue) : NULL;
    if (queue && !error)
        while (!api->rd_kafka_consumer_closed(self->client.rk) && rf_clock_mono_ns() < end) {
            rd_kafka_message_t *event = api->rd_kafka_consumer_poll(self->client.rk, 50);
            if (event)
                api->rd_kafka_message_destroy(event);
        }
    if (error)
        api->rd_kafka_error_destroy(error);
    if (queue)
        api->rd_kafka_queue_destroy(queue);
}

static void unmake(rf_kafka_consumer *self) {
    rd_kafka_t *rk = self->client.rk;
    if (!rk)
        return;
    atomic_store(&self->ending, true);
    rf_thread_join(&self->keeper);
    leave(self);
    rf_mutex_lock(&self->lock);
    rf_kafka_keep_places(self);
    rf_kafka_disown(self);
    self->client.rk = NULL; /* later acknowledgements find nothing */
    rf_mutex_unlock(&self->lock);
    self->client.api.rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    self->assigned = false;
    atomic_store(&self->ending, false);
    atomic_store(&self->broken, false);
}

void rf_kafka_consumer_done(rf_kafka_consumer *self) {
    if (!self->client.made)
        return;
    unmake(self);
    rf_kafka_marks_done(&self->marks);
    if (self->places)
        self->client.api.rd_kafka_topic_partition_list_destroy(self->places);
    if (self->news_fd > 0)
        (void)close(self->news_fd);
    rf_cond_done(&self->settled);
    rf_mutex_done(&self->lock);
    rf_kafka_client_done(&self->client);
}

/* ---- What is read ---- */

/* All partitions of each topic, as a broker has them now. */
static rf_code all_partitions(rf_kafka_consumer *self, const char *topic, int64_t offset, rd_kafka_topic_partition_list_t *list,
                              rf_error *reterr) {
    const rf_kafka_api *api = &self->client.api;
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = api->rd_kafka_topic_new(self->client.rk, topic, NULL);
    rd_kafka_resp_err_t error = handle ? api->rd_kafka_metadata(self->client.rk, 0, handle, &metadata, LOOK_UP_MS)
                                       : RD_KAFKA_RESP_ERR__INVALID_ARG;
    if (!error)
        error = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    for (int i = 0; !error && i < metadata->topics[0].partition_cnt; i++)
        api->rd_kafka_topic_partition_list_add(list, topic, metadata->topics[0].partitions[i].id)->offset = offset;
    if (metadata)
        api->rd_kafka_metadata_destroy(metadata);
    if (handle)
        api->rd_kafka_topic_destroy(handle);
    if (!error)
        return RF_OK;
    (void)rf_raise(reterr, RF_ENOTFOUND, "topic %s: %s", topic, api->rd_kafka_err2str(error));
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_ENOTFOUND;
}

static rf_code assign(rf_kafka_consumer *self, rd_kafka_topic_partition_list_t *list, rf_error *reterr) {
    rf_code code = RF_OK;
    rf_mutex_lock(&self->lock);
    rf_kafka_find_places(self, list);
    if (!rf_kafka_own(self, list))
        code = rf_raise_nomem(reterr);
    else if (self->client.api.rd_kafka_assign(self->client.rk, list))
        code = rf_raise(reterr, RF_EIO, "the partitions cannot be read");
    self->assigned = !code;
    rf_mutex_unlock(&self->lock);
    if (code)
        rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

/* Without a group that shares them out: named partitions, or all of each topic. */
static rf_code assign_ourselves(rf_kafka_consumer *self, const rd_kafka_topic_partition_list_t *topics, int64_t offset,
                                rf_error *reterr) {
    const rf_kafka_api *api = &self->client.api;
    rd_kafka_topic_partition_list_t *list = api->rd_kafka_topic_partition_list_new(topics->cnt);
    rf_code code = RF_OK;
    for (int i = 0; i < topics->cnt && !code; i++) {
        const rd_kafka_topic_partition_t *one = &topics->elems[i];
        if (one->partition < 0)
            code = all_partitions(self, one->topic, offset, list, reterr);
        else
            api->rd_kafka_topic_partition_list_add(list, one->topic, one->partition)->offset = one->offset;
    }
    if (!code)
        code = assign(self, list, reterr);
    api->rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static rf_code subscribe(rf_kafka_consumer *self, rf_error *reterr) {
    const rf_kafka_api *api = &self->client.api;
    const rf_kafka_reading *reading = self->reading;
    rd_kafka_topic_partition_list_t *list = api->rd_kafka_topic_partition_list_new((int)reading->topics.count);
    bool member = reading->group.len > 0;
    int64_t offset = member ? RD_KAFKA_OFFSET_STORED : reading->start == RF_KAFKA_LATEST ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
    rf_code code = rf_kafka_topics_list(api, reading, offset, list, reterr);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!code && (member || rf_kafka_topics_sought(reading)) && !rf_kafka_topics_fixed(reading))
        error = api->rd_kafka_subscribe(self->client.rk, list);
    else if (!code)
        code = assign_ourselves(self, list, offset, reterr);
    self->assigned = !code && !error;
    api->rd_kafka_topic_partition_list_destroy(list);
    return error ? rf_raise(reterr, RF_ECONFIG, "cannot subscribe: %s", api->rd_kafka_err2str(error)) : code;
}

rf_code rf_kafka_consumer_connect(rf_kafka_consumer *self, rf_error *reterr) {
    rf_code code = RF_OK;
    if (atomic_load(&self->broken) || atomic_load(&self->client.maimed))
        unmake(self);
    if (!self->client.rk)
        code = make(self, reterr);
    if (!code && !self->keeper.running)
        code = rf_thread_start(&self->keeper, "rf-kafka", keep, self, reterr);
    if (!code)
        code = rf_kafka_client_reach(&self->client, &self->woken, reterr);
    if (code == RF_EAGAIN)
        atomic_store(&self->woken, false);
    if (!code && !self->assigned)
        code = subscribe(self, reterr);
    return code;
}
