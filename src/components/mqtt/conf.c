/* conf.c: the fields that the mqtt input and output share, checked before anything connects. */
#include "components/mqtt/conf.h"

#include "base/clock.h"
#include "base/slice.h"
#include "components/mqtt/url.h"
#include "stream/document.h" /* the items of a list, to point at the one that is wrong */

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

const char *const rf_mqtt_suffixes[] = { "", "nanoid", NULL };
const char *const rf_mqtt_protocols[] = { "3.1.1", "5", NULL };

#define WILL(member) offsetof(rf_mqtt_will_conf, member)
const rf_field rf_mqtt_will_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = WILL(enabled), .standard = "false", .doc = "Whether there is one." },
    { .name = "qos", .type = RF_FIELD_INT, .offset = WILL(qos), .standard = "0", .min = 0, .max = 2, .doc = "Its QoS." },
    { .name = "retained", .type = RF_FIELD_BOOL, .offset = WILL(retained), .standard = "false",
      .doc = "Whether the broker keeps it for later subscribers." },
    { .name = "topic", .type = RF_FIELD_STRING, .offset = WILL(topic), .doc = "Its topic." },
    { .name = "payload", .type = RF_FIELD_STRING, .offset = WILL(payload), .doc = "Its payload." },
    { 0 },
};

const rf_conf *rf_mqtt_conf_place(const rf_conf *conf, const char *field) {
    const rf_conf *child = rf_conf_child(conf, field);
    return child ? child : conf;
}

/* Reports and remembers the worst. */
static void report(const rf_conf *at, const rf_error *error, rf_code *worst) {
    rf_code code = error->code == RF_ENOMEM ? RF_ENOMEM : rf_conf_report(at, error);
    if (*worst != RF_ENOMEM)
        *worst = code;
}

static void complain(const rf_conf *at, rf_code *worst, const char *message, const char *hint) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "%s", message);
    if (hint)
        rf_error_hint(&error, "%s", hint);
    report(at, &error, worst);
}

/* ---- Brokers ---- */

/* "a,b" as two, into the arena; what is left out are blanks. */
static bool split_urls(rf_mqtt_conf *self) {
    size_t count = self->urls.count, at = 0;
    for (size_t i = 0; i < self->urls.count; i++)
        for (size_t k = 0; k < self->urls.items[i].len; k++)
            count += self->urls.items[i].data[k] == ',';
    rf_slice *all = rf_arena_alloc(&self->lasting, (count + 1) * sizeof *all);
    if (!all)
        return false;
    for (size_t i = 0; i < self->urls.count; i++) {
        rf_slice rest = self->urls.items[i];
        for (;;) {
            size_t comma = rf_slice_find(rest, ',');
            all[at++] = rf_slice_trim((rf_slice){ rest.data, comma });
            if (comma == rest.len)
                break;
            rest = (rf_slice){ rest.data + comma + 1, rest.len - comma - 1 };
        }
    }
    self->urls = (rf_strings){ all, count };
    return true;
}

static void check_url(rf_mqtt_conf *self, size_t i, const rf_conf *at, rf_code *worst) {
    rf_slice user = { 0 }, password = { 0 };
    rf_error error = { 0 };
    if (rf_mqtt_url_parse(&self->lasting, self->urls.items[i], &self->brokers[i], &user, &password, &error)) {
        report(at, &error, worst);
        return;
    }
    self->tls.enabled |= self->brokers[i].tls;
    if (user.data && self->user.len == 0)
        self->user = user;
    if (password.data && self->password.len == 0)
        self->password = password;
}

static void check_urls(rf_mqtt_conf *self, const rf_conf *conf, rf_code *worst) {
    const rf_conf *list = rf_mqtt_conf_place(conf, "urls");
    bool itemised = list->kind == RF_NODE_LIST && list->count == self->urls.count, all_tls = self->tls.enabled;
    if (self->urls.count == 0)
        complain(list, worst, "urls names no broker", "list at least one, such as [tcp://127.0.0.1:1883]");
    if (split_urls(self))
        self->brokers = rf_arena_zero(&self->lasting, self->urls.count + 1, sizeof *self->brokers);
    if (!self->brokers) {
        *worst = RF_ENOMEM;
        return;
    }
    for (size_t i = 0; i < self->urls.count; i++) {
        check_url(self, i, itemised && i < list->count ? list->items[i] : list, worst);
        self->brokers[i].tls |= all_tls;
    }
}

/* ---- Who we are ---- */

/* 21 characters that nobody else has, as nanoid makes them. */
static bool make_suffix(char out[22]) {
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-";
    static_assert(sizeof letters == 65, "a letter for each 6 bits");
    unsigned char bytes[21];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        out[i] = letters[bytes[i] & 63];
    out[21] = '\0';
    return true;
}

static void make_id(rf_mqtt_conf *self, rf_code *worst) {
    char suffix[22] = "";
    rf_error error = { 0 };
    bool dynamic = self->suffix || self->client_id.len == 0;
    if (dynamic && !make_suffix(suffix)) {
        (void)rf_raise(&error, RF_EIO, "the system has no random bytes: %s", strerror(errno));
        *worst = RF_ENOMEM;
        return;
    }
    if (self->client_id.len == 0)
        self->full_id = rf_printf_in(&self->lasting, "riffle-%s", suffix);
    else
        self->full_id = rf_printf_in(&self->lasting, "%.*s%s", RF_SLICE_ARG(self->client_id), suffix);
    if (!self->full_id.data)
        *worst = RF_ENOMEM;
}

static void check_identity(const rf_mqtt_conf *self, const rf_conf *conf, rf_code *worst) {
    if (self->client_id.len > 60000)
        complain(rf_mqtt_conf_place(conf, "client_id"), worst, "client_id is longer than 60000 bytes", NULL);
    if (self->password.len && self->user.len == 0 && self->version == RF_MQTT_311)
        complain(rf_mqtt_conf_place(conf, "password"), worst, "a password without a user",
                 "protocol 3.1.1 takes a password only with a user: set user");
    if (self->user.len > RF_MQTT_TEXT_MAX || self->password.len > RF_MQTT_TEXT_MAX)
        complain(conf, worst, "user and password have at most 65535 bytes", NULL);
    if (self->session_expiry_ns && self->version == RF_MQTT_311)
        complain(rf_mqtt_conf_place(conf, "session_expiry"), worst, "session_expiry needs protocol 5", "set protocol: 5, or leave it out");
    if (self->session_expiry_ns && self->session_expiry_ns < RF_NS_PER_S)
        complain(rf_mqtt_conf_place(conf, "session_expiry"), worst, "session_expiry is less than a second", NULL);
    if (self->connect_timeout_ns == 0)
        complain(rf_mqtt_conf_place(conf, "connect_timeout"), worst, "connect_timeout is zero", "write a time such as 30s");
}

static void check_will(rf_mqtt_conf *self, const rf_conf *conf, rf_code *worst) {
    const rf_conf *at = rf_mqtt_conf_place(conf, "will");
    char text[120];
    if (!self->will_conf.enabled)
        return;
    const char *fault = rf_mqtt_topic_fault(self->will_conf.topic);
    (void)snprintf(text, sizeof text, "the topic of the will cannot be used: %s", fault ? fault : "");
    if (fault)
        complain(rf_mqtt_conf_place(at, "topic"), worst, text, NULL);
    if (self->will_conf.payload.len > RF_MQTT_TEXT_MAX)
        complain(rf_mqtt_conf_place(at, "payload"), worst, "the payload of a will has at most 65535 bytes", NULL);
    self->will = (rf_mqtt_will){ (uint8_t)self->will_conf.qos, self->will_conf.retained, self->will_conf.topic, self->will_conf.payload };
}

rf_code rf_mqtt_conf_check(rf_mqtt_conf *self, const rf_conf *conf, rf_error *reterr) {
    assert(self && conf);
    rf_code worst = RF_OK;
    rf_arena_init(&self->lasting, 1024);
    self->version = self->protocol ? RF_MQTT_5 : RF_MQTT_311;
    check_urls(self, conf, &worst);
    check_identity(self, conf, &worst);
    check_will(self, conf, &worst);
    make_id(self, &worst);
    if (worst == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    rf_code tls = rf_tls_check(&self->tls, conf, reterr);
    return tls ? tls : worst ? rf_raise(reterr, worst, "the mqtt component cannot be used as it is configured") : RF_OK;
}

void rf_mqtt_conf_done(rf_mqtt_conf *self) {
    rf_arena_done(&self->lasting);
}
