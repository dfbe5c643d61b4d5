/* client.c: librdkafka's instance: settings, its log in ours, whether brokers can be reached. */
#include "components/kafka/client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "components/kafka/advice.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <syslog.h>

#define REACH_NS (5 * RF_NS_PER_S) /* for all tries together */
#define REACH_TRY_MS 250           /* of one: how late `stop` is seen */
#define REFUSED_NS RF_NS_PER_S      /* when brokers answer, and do not let us in: another one may */

void rf_kafka_client_init(rf_kafka_client *client, const rf_env *env) {
    client->env = env;
    client->limit = (rf_log_limit){ .burst = 5, .period_ns = 30 * RF_NS_PER_S };
    rf_mutex_init(&client->lock);
    client->made = true;
}

void rf_kafka_client_done(rf_kafka_client *client) {
    assert(!client->rk);
    if (client->made)
        rf_mutex_done(&client->lock);
    client->made = false;
}

void rf_kafka_client_log(const rf_kafka_client *client, rf_log_level level, const char *format, ...) {
    const rf_log_origin origin = { client->env->label, client->env->path };
    char text[900];
    va_list args;
    if (!rf_log_enabled(client->env->log, level))
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rf_log_write_fields(client->env->log, level, &origin, rf_slice_of(text), NULL, 0);
}

/* ---- What librdkafka says ---- */

/* Without librdkafka's thread in front, and how often and when it was behind: what is between tells which broker and what. */
static void note_trouble(rf_kafka_client *client, const char *text) {
    const char *begin = strncmp(text, "[thrd:", 6) == 0 ? strstr(text, "]: ") : NULL;
    const char *end = strstr(text, " (after ");
    begin = begin ? begin + 3 : text;
    rf_mutex_lock(&client->lock);
    (void)snprintf(client->trouble, sizeof client->trouble, "%.*s", end > begin ? (int)(end - begin) : (int)strlen(begin), begin);
    rf_mutex_unlock(&client->lock);
}

void rf_kafka_client_trouble(rf_kafka_client *client, const char *fallback, char out[256]) {
    rf_mutex_lock(&client->lock);
    (void)snprintf(out, 256, "%s", client->trouble[0] ? client->trouble : fallback);
    rf_mutex_unlock(&client->lock);
}

static rf_log_level level_of(int level) {
    if (level <= LOG_CRIT)
        return RF_LOG_ERROR;
    return level <= LOG_WARNING ? RF_LOG_WARN : RF_LOG_DEBUG;
}

/* librdkafka gives this callback nothing of ours but `rk`, and what reads `rk` is in the library: found again, which is cheap and
 * as rare as these records. */
static rf_kafka_client *client_of(const rd_kafka_t *rk) {
    typedef struct opaque_api {
        RF_LIBRARY_POINTER(rd_kafka_opaque)
    } opaque_api;
    static const rf_symbol symbols[] = { RF_LIBRARY_SYMBOL(opaque_api, rd_kafka_opaque){ 0 } };
    opaque_api api;
    if (!rk || rf_library_load("librdkafka.so.1", "librdkafka1", symbols, &api, NULL))
        return NULL;
    return api.rd_kafka_opaque(rk);
}

/* Any of librdkafka's threads. It repeats itself while a broker is away: a few records a while are enough, the host tells
 * of it too. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text) {
    rf_kafka_client *client = client_of(rk);
    uint32_t suppressed;
    rf_log_level ours = level_of(level);
    if (!client)
        return;
    if (level <= LOG_ERR)
        note_trouble(client, text);
    if (strcmp(facility, "THREAD") == 0 && level <= LOG_CRIT)
        atomic_store(&client->maimed, true);
    if (rf_log_enabled(client->env->log, ours) && rf_log_limit_pass(&client->limit, &suppressed))
        rf_kafka_client_log(client, ours, "%s: %s", facility, text);
}

/* Whoever polls. What it says of single messages comes with them; this is about brokers. */
static void on_error(rd_kafka_t *rk, int error, const char *reason, void *opaque) {
    rf_kafka_client *client = opaque;
    (void)rk;
    if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        note_trouble(client, reason);
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        atomic_store(&client->down, true);
}

/* ---- Settings ---- */

static void fail(rf_kafka_setup *setup, rf_code code) {
    setup->code = code;
    if (setup->conf)
        setup->client->api.rd_kafka_conf_destroy(setup->conf);
    setup->conf = NULL;
}

static void set(rf_kafka_setup *setup, const char *name, const char *value) {
    char text[256] = "";
    if (!setup->conf || setup->client->api.rd_kafka_conf_set(setup->conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK)
        return;
    fail(setup, rf_raise(setup->reterr, RF_ECONFIG, "librdkafka refuses the setting %s: %s", name, text));
}

void rf_kafka_setup_text(rf_kafka_setup *setup, const char *name, rf_slice value) {
    char *text = value.len && setup->conf ? rf_strndup(value.data, value.len) : NULL;
    if (value.len == 0 || !setup->conf)
        return;
    if (text)
        set(setup, name, text);
    else
        fail(setup, rf_raise_nomem(setup->reterr));
    rf_free(text);
}

void rf_kafka_setup_built(rf_kafka_setup *setup, const char *name, const rf_buffer *value) {
    if (value->failed && setup->conf)
        fail(setup, rf_raise_nomem(setup->reterr));
    rf_kafka_setup_text(setup, name, rf_buffer_view(value));
}

void rf_kafka_setup_number(rf_kafka_setup *setup, const char *name, int64_t value) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    set(setup, name, text);
}

void rf_kafka_setup_ms(rf_kafka_setup *setup, const char *name, uint64_t ns, int64_t least, int64_t most) {
    uint64_t ms = ns / RF_NS_PER_MS;
    int64_t value = ms > (uint64_t)most ? most : (int64_t)ms;
    rf_kafka_setup_number(setup, name, value < least ? least : value);
}

bool rf_kafka_setup_try(rf_kafka_setup *setup, const char *name, const char *value) {
    char text[256];
    return setup->conf && setup->client->api.rd_kafka_conf_set(setup->conf, name, value, text, sizeof text) == RD_KAFKA_CONF_OK;
}

static void set_brokers(rf_kafka_setup *setup, const rf_strings *addresses) {
    rf_buffer text = { 0 };
    for (size_t i = 0; i < addresses->count; i++) {
        if (i > 0)
            rf_buffer_char(&text, ',');
        rf_buffer_slice(&text, addresses->items[i]);
    }
    rf_kafka_setup_built(setup, "bootstrap.servers", &text);
    rf_buffer_done(&text);
}

static void set_tls(rf_kafka_setup *setup, const rf_tls_conf *tls) {
    rf_tls_pem pem = { 0 };
    rf_code code = setup->conf ? rf_tls_pem_read(tls, &pem, setup->reterr) : RF_OK;
    if (code) {
        fail(setup, code);
        return;
    }
    rf_kafka_setup_text(setup, "ssl.ca.pem", rf_buffer_view(&pem.roots));
    rf_kafka_setup_text(setup, "ssl.certificate.pem", rf_buffer_view(&pem.cert));
    rf_kafka_setup_text(setup, "ssl.key.pem", rf_buffer_view(&pem.key));
    rf_kafka_setup_text(setup, "ssl.key.password", pem.password);
    rf_tls_pem_done(&pem);
    if (tls->skip_cert_verify)
        set(setup, "enable.ssl.certificate.verification", "false");
}

static bool signs_in(const rf_kafka_sasl *sasl) {
    return sasl->mechanism.len > 0 && !rf_slice_is(sasl->mechanism, "none");
}

static void set_security(rf_kafka_setup *setup, const rf_kafka_link *link) {
    bool sasl = signs_in(&link->sasl), tls = link->tls.enabled;
    set(setup, "security.protocol", sasl ? tls ? "sasl_ssl" : "sasl_plaintext" : tls ? "ssl" : "plaintext");
    if (tls)
        set_tls(setup, &link->tls);
    if (!sasl)
        return;
    rf_kafka_setup_text(setup, "sasl.mechanisms", link->sasl.mechanism);
    rf_kafka_setup_text(setup, "sasl.username", link->sasl.user);
    rf_kafka_setup_text(setup, "sasl.password", link->sasl.password);
}

void rf_kafka_setup_begin(rf_kafka_setup *setup, rf_kafka_client *client, const rf_kafka_link *link, rf_error *reterr) {
    *setup = (rf_kafka_setup){ .client = client, .reterr = reterr };
    client->link = link;
    setup->code = rf_kafka_load(&client->api, reterr);
    if (setup->code)
        return;
    setup->conf = client->api.rd_kafka_conf_new();
    client->api.rd_kafka_conf_set_opaque(setup->conf, client);
    client->api.rd_kafka_conf_set_log_cb(setup->conf, on_log);
    client->api.rd_kafka_conf_set_error_cb(setup->conf, on_error);
    client->api.rd_kafka_conf_set_socket_cb(setup->conf, rf_kafka_socket);
    set_brokers(setup, &link->addresses);
    rf_kafka_setup_text(setup, "client.id", link->client_id);
    rf_kafka_setup_text(setup, "client.rack", link->rack_id);
    set_security(setup, link);
    set(setup, "log.connection.close", "false");
    set(setup, "socket.nagle.disable", "true");
    set(setup, "reconnect.backoff.max.ms", "2000");
    if (link->metadata_age_ns)
        rf_kafka_setup_ms(setup, "topic.metadata.refresh.interval.ms", link->metadata_age_ns, 100, 3600000);
    if (link->idle_ns)
        rf_kafka_setup_ms(setup, "connections.max.idle.ms", link->idle_ns, 1000, INT32_MAX);
    if (link->answer_ns)
        rf_kafka_setup_ms(setup, "socket.timeout.ms", link->answer_ns, 10, 300000);
    if (link->tcp.connect_ns)
        rf_kafka_setup_ms(setup, "socket.connection.setup.timeout.ms", link->tcp.connect_ns, 1000, INT32_MAX);
}

rf_code rf_kafka_setup_end(rf_kafka_setup *setup, rd_kafka_type_t type) {
    rf_kafka_client *client = setup->client;
    char text[256] = "";
    assert(!client->rk);
    if (!setup->conf)
        return setup->code;
    atomic_store(&client->down, false);
    atomic_store(&client->maimed, false);
    client->trouble[0] = '\0';
    client->rk = client->api.rd_kafka_new(type, setup->conf, text, sizeof text);
    if (client->rk) {
        setup->conf = NULL; /* the instance's now */
        return RF_OK;
    }
    fail(setup, rf_raise(setup->reterr, RF_EIO, "cannot start librdkafka: %s", text));
    rf_error_flag(setup->reterr, RF_ERROR_RETRIABLE);
    return setup->code;
}

/* ---- Whether somebody is there ---- */

static const char *advice_on(const rf_kafka_client *client, const char *text, bool *ret_refused) {
    const rf_kafka_link *link = client->link;
    const rf_kafka_manner manner = {
        .tls = link->tls.enabled,
        .certificate = link->tls.client_certs.count > 0,
        .scram = rf_slice_starts(link->sasl.mechanism, RF_SLICE("SCRAM")),
        .version = client->api.rd_kafka_version(),
    };
    return rf_kafka_advice(text, &manner, ret_refused);
}

static bool is_refused(rf_kafka_client *client) {
    char text[256];
    bool refused;
    rf_kafka_client_trouble(client, "", text);
    (void)advice_on(client, text, &refused);
    return refused;
}

/* An instance that is not let in would show the same certificate for ever: the next try has another one. */
static rf_code unreachable(rf_kafka_client *client, int error, rf_error *reterr) {
    char text[256];
    bool refused;
    rf_kafka_client_trouble(client, client->api.rd_kafka_err2str((rd_kafka_resp_err_t)error), text);
    const char *advice = advice_on(client, text, &refused);
    rf_code code = refused ? RF_EREFUSED : RF_EIO;
    if (refused)
        atomic_store(&client->maimed, true);
    if (advice)
        (void)rf_raise(reterr, code, "%s (%s)", advice, text);
    else
        (void)rf_raise(reterr, code, "no Kafka broker answers: %s", text);
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return code;
}

rf_code rf_kafka_client_reach(rf_kafka_client *client, const _Atomic bool *stop, rf_error *reterr) {
    const rf_kafka_api *api = &client->api;
    uint64_t begin = rf_clock_mono_ns(), waited;
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t error;
    do {
        error = api->rd_kafka_metadata(client->rk, 0, NULL, &metadata, REACH_TRY_MS);
        if (!error) {
            api->rd_kafka_metadata_destroy(metadata);
            note_trouble(client, ""); /* what was, before */
            atomic_store(&client->down, false);
            return RF_OK;
        }
        if (stop && atomic_load(stop)) {
            (void)rf_raise(reterr, RF_EAGAIN, "no Kafka broker has answered yet");
            rf_error_flag(reterr, RF_ERROR_RETRIABLE);
            return RF_EAGAIN;
        }
        waited = rf_clock_mono_ns() - begin;
    } while (waited < REACH_NS && !atomic_load(&client->maimed) && (waited < REFUSED_NS || !is_refused(client)));
    return unreachable(client, error, reterr);
}
