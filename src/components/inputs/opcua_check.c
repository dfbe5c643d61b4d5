/* opcua_check.c: what is wrong with an OPC UA input's config, before any connection. */
#include "components/inputs/opcua.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "stream/document.h" /* the items of a list, to point at the one that is wrong */

#include <assert.h>

/* The node to point at: the field as written, or the whole component. */
static const rf_conf *field_of(const rf_conf *conf, const char *name) {
    const rf_conf *field = rf_conf_child(conf, name);
    return field ? field : conf;
}

/* Adds a finding whose message is set; remembers the worst code. */
static void report(const rf_conf *at, const rf_error *error, rf_code *worst) {
    rf_code code = rf_conf_report(at, error);
    if (*worst != RF_ENOMEM)
        *worst = code;
}

static void check_endpoint(const rf_opcua *self, const rf_conf *conf, rf_code *worst) {
    UA_String url = rf_opcua_string(self->endpoint), host = UA_STRING_NULL;
    UA_UInt16 port = 0;
    rf_error error = { 0 };
    bool parsed = UA_parseEndpointUrl(&url, &host, &port, NULL) == UA_STATUSCODE_GOOD;
    if (parsed && host.length && rf_slice_starts(self->endpoint, RF_SLICE("opc.tcp://")))
        return;
    rf_raise(&error, RF_ECONFIG, "endpoint `%.*s` is not the address of an OPC UA server", RF_SLICE_ARG(self->endpoint));
    rf_error_hint(&error, "write opc.tcp://host:port, such as opc.tcp://127.0.0.1:4840");
    report(field_of(conf, "endpoint"), &error, worst);
}

static void check_choice(const rf_conf *conf, const char *field, rf_slice value, const char *const *choices, rf_code *worst) {
    char list[160] = "";
    size_t used = 0;
    if (value.len == 0)
        return;
    for (const char *const *c = choices; *c; c++) {
        if (rf_slice_is(value, *c))
            return;
        int more = snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", *c);
        used += more > 0 && used + (size_t)more < sizeof list ? (size_t)more : 0;
    }
    rf_error error = { 0 };
    const char *near = rf_nearest(value, choices);
    rf_raise(&error, RF_ECONFIG, "%s `%.*s` is not known: expected one of %s", field, RF_SLICE_ARG(value), list);
    if (near)
        rf_error_hint(&error, "did you mean `%s`?", near);
    report(field_of(conf, field), &error, worst);
}

static void check_choices(const rf_opcua *self, const rf_conf *conf, rf_code *worst) {
    static const char *const modes[] = { "None", "Sign", "SignAndEncrypt", NULL };
    static const char *const policies[] = { "None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss",
                                            "Basic256", "Basic128Rsa15", NULL };
    static const char *const profiles[] = { "auto", "high-performance", "ignition", "kepware", "siemens-s7-1200",
                                            "siemens-s7-1500", "prosys", NULL };
    check_choice(conf, "securityMode", self->security_mode, modes, worst);
    check_choice(conf, "securityPolicy", self->security_policy, policies, worst);
    check_choice(conf, "profile", self->profile, profiles, worst);
    bool open_mode = rf_slice_is(self->security_mode, "None"), open_policy = rf_slice_is(self->security_policy, "None");
    if (self->security_mode.len && self->security_policy.len && open_mode != open_policy) {
        rf_error error = { 0 };
        rf_raise(&error, RF_ECONFIG, "securityMode `%.*s` and securityPolicy `%.*s` do not go together", RF_SLICE_ARG(self->security_mode),
                 RF_SLICE_ARG(self->security_policy));
        rf_error_hint(&error, "either both are None, or neither");
        report(field_of(conf, "securityPolicy"), &error, worst);
    }
}

/* True: the node id parses. One that does not is a warning at its place: it is left out, and the others flow. */
static bool check_node(rf_opcua *self, const rf_conf *at, size_t index) {
    rf_slice text = self->node_ids.items[index];
    rf_error error = { 0 };
    if (rf_opcua_node_id_parse_in(&self->lasting, text, &self->listed[index]))
        return true;
    self->listed[index] = UA_NODEID_NULL;
    rf_raise(&error, RF_ECONFIG, "node id `%.*s` does not parse; it is left out", RF_SLICE_ARG(text));
    rf_error_hint(&error, "write ns=2;s=Name, ns=2;i=1234, ns=2;g=GUID, ns=2;b=base64, or i=84 for namespace 0");
    (void)rf_unit_report(at->unit, at->at, &error, true);
    return false;
}

static void check_nodes(rf_opcua *self, const rf_conf *conf, rf_code *worst) {
    const rf_conf *list = field_of(conf, "nodeIDs");
    rf_error error = { 0 };
    size_t good = 0;
    self->listed = rf_arena_zero(&self->lasting, self->node_ids.count + 1, sizeof *self->listed);
    if (!self->listed) {
        *worst = RF_ENOMEM;
        return;
    }
    bool itemised = list->kind == RF_NODE_LIST && list->count == self->node_ids.count;
    for (size_t i = 0; i < self->node_ids.count; i++)
        good += check_node(self, itemised ? list->items[i] : list, i);
    if (good)
        return;
    rf_raise(&error, RF_ECONFIG, self->node_ids.count ? "none of the nodeIDs parses" : "no nodeIDs provided");
    rf_error_hint(&error, "list at least one, such as [\"i=85\"] for everything below Objects");
    report(list, &error, worst);
}

static void check_certificates(rf_opcua *self, const rf_conf *conf, rf_code *worst) {
    UA_ByteString certificate = UA_BYTESTRING_NULL, key = UA_BYTESTRING_NULL;
    rf_error error = { 0 };
    if (self->client_certificate.len && rf_opcua_read_bundle(self->client_certificate, &certificate, &key, &error)) {
        rf_error_prefix(&error, "clientCertificate: ");
        report(field_of(conf, "clientCertificate"), &error, worst);
    }
    UA_ByteString_clear(&certificate);
    UA_ByteString_clear(&key);
    if (!self->user_certificate.len && !self->user_private_key.len)
        return;
    if (rf_opcua_user_certificate(self, &certificate, &key, &error))
        report(field_of(conf, self->user_certificate.len ? "userCertificate" : "userPrivateKey"), &error, worst);
    UA_ByteString_clear(&certificate);
    UA_ByteString_clear(&key);
}

rf_code rf_opcua_check(rf_opcua *self, const rf_conf *conf, rf_error *reterr) {
    assert(self && conf);
    rf_code worst = RF_OK;
    check_endpoint(self, conf, &worst);
    check_choices(self, conf, &worst);
    check_nodes(self, conf, &worst);
    check_certificates(self, conf, &worst);
    if (worst == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return worst ? rf_raise(reterr, worst, "the opcua input cannot be used as it is configured") : RF_OK;
}
