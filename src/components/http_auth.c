/* http_auth.c: the fields of the ways to say who we are, and what is wrong with them. */
#include "components/http_auth.h"

#include "base/slice.h"
#include "stream/document.h"

#include <assert.h>

#define O1(member) offsetof(rf_http_oauth1, member)
const rf_field rf_http_oauth_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = O1(enabled), .standard = "false", .doc = "Whether to sign." },
    { .name = "consumer_key", .type = RF_FIELD_STRING, .offset = O1(consumer_key), .doc = "Who the client is." },
    { .name = "consumer_secret", .type = RF_FIELD_STRING, .offset = O1(consumer_secret), .flags = RF_FIELD_SECRET, .doc = "Its secret." },
    { .name = "access_token", .type = RF_FIELD_STRING, .offset = O1(access_token), .doc = "On whose behalf." },
    { .name = "access_token_secret", .type = RF_FIELD_STRING, .offset = O1(access_token_secret), .flags = RF_FIELD_SECRET,
      .doc = "The token's secret." },
    { 0 },
};

#define O2(member) offsetof(rf_http_oauth2, member)
const rf_field rf_http_oauth2_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = O2(enabled), .standard = "false", .doc = "Whether to fetch a token." },
    { .name = "client_key", .type = RF_FIELD_STRING, .offset = O2(client_key), .doc = "Who the client is." },
    { .name = "client_secret", .type = RF_FIELD_STRING, .offset = O2(client_secret), .flags = RF_FIELD_SECRET, .doc = "Its secret." },
    { .name = "token_url", .type = RF_FIELD_STRING, .offset = O2(token_url), .doc = "Where tokens are given out." },
    { .name = "scopes", .type = RF_FIELD_STRINGS, .offset = O2(scopes), .doc = "The rights to ask for." },
    { .name = "endpoint_params", .type = RF_FIELD_ANY, .offset = O2(endpoint_params),
      .doc = "Further parameters of the request for a token: a map of lists of strings, such as `{audience: [\"plant\"]}`." },
    { 0 },
};

static const char *const methods[] = { "RS256", "RS384", "RS512", "EdDSA", NULL };

#define JWT(member) offsetof(rf_http_jwt, member)
const rf_field rf_http_jwt_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = JWT(enabled), .standard = "false", .doc = "Whether to send a token." },
    { .name = "private_key_file", .type = RF_FIELD_STRING, .offset = JWT(private_key_file),
      .doc = "A PEM file with the key that signs, without a password." },
    { .name = "signing_method", .type = RF_FIELD_ENUM, .offset = JWT(signing_method), .standard = "RS256", .options = methods,
      .doc = "How it is signed." },
    { .name = "claims", .type = RF_FIELD_ANY, .offset = JWT(claims), .doc = "What the token says: a map of anything." },
    { .name = "headers", .type = RF_FIELD_ANY, .offset = JWT(headers), .doc = "Further members of the token's head, such as `kid`." },
    { 0 },
};

static rf_code report(const rf_conf *conf, const char *block, const char *field, rf_error *error) {
    const rf_conf *map = rf_conf_child(conf, block), *node = map ? rf_conf_child(map, field) : NULL;
    error->code = RF_ECONFIG;
    return rf_conf_report(node ? node : map ? map : conf, error);
}

static rf_code missing(const rf_conf *conf, const char *block, const char *field, rf_slice value) {
    rf_error error = { 0 };
    if (value.len > 0)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "%s is on, and has no %s", block, field);
    return report(conf, block, field, &error);
}

static bool is_map(const rf_conf *node) { return !node || node->kind == RF_NODE_MAP || rf_node_is_null(node); }

static rf_code check_map(const rf_conf *conf, const char *block, const char *field, const rf_conf *value, bool of_lists) {
    rf_error error = { 0 };
    bool good = is_map(value);
    for (uint32_t i = 0; good && of_lists && value && value->kind == RF_NODE_MAP && i < value->count; i++) {
        const rf_conf *list = value->pairs[i].value;
        good = list->kind == RF_NODE_LIST;
        for (uint32_t j = 0; good && j < list->count; j++)
            good = list->items[j]->kind == RF_NODE_SCALAR;
    }
    if (good)
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, of_lists ? "%s is not a map of lists of strings" : "%s is not a map", field);
    return report(conf, block, field, &error);
}

static bool is_http(rf_slice url) { return rf_slice_starts(url, RF_SLICE("http://")) || rf_slice_starts(url, RF_SLICE("https://")); }

static rf_code check_oauth2(const rf_http_oauth2 *oauth2, const rf_conf *conf) {
    rf_error error = { 0 };
    rf_code params = check_map(conf, "oauth2", "endpoint_params", oauth2->endpoint_params, true);
    if (is_http(oauth2->token_url))
        return params;
    (void)rf_raise(&error, RF_ECONFIG, "token_url `%.*s` is no URL of HTTP", RF_SLICE_ARG(oauth2->token_url));
    rf_error_hint(&error, "such as https://id.example.com/oauth2/token");
    return report(conf, "oauth2", "token_url", &error);
}

static rf_code check_jwt(const rf_http_jwt *jwt, const rf_conf *conf) {
    RF_CLEANUP(rf_buffer_done) rf_buffer token = { 0 };
    rf_error error = { 0 };
    rf_code claims = check_map(conf, "jwt", "claims", jwt->claims, false), headers = check_map(conf, "jwt", "headers", jwt->headers, false);
    rf_code key = missing(conf, "jwt", "private_key_file", jwt->private_key_file);
    if (claims || headers || key)
        return RF_ECONFIG;
    rf_code code = rf_http_jwt_make(jwt, &token, &error);
    return code && code != RF_ENOMEM ? report(conf, "jwt", "private_key_file", &error) : code;
}

rf_code rf_http_auth_check(const rf_http_auth_conf *conf, const rf_conf *node, rf_error *reterr) {
    rf_error error = { 0 };
    rf_code one = conf->oauth.enabled ? missing(node, "oauth", "consumer_key", conf->oauth.consumer_key) : RF_OK;
    rf_code two = conf->oauth2.enabled ? check_oauth2(&conf->oauth2, node) : RF_OK;
    rf_code jwt = conf->jwt.enabled ? check_jwt(&conf->jwt, node) : RF_OK;
    if (jwt == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (conf->oauth.enabled + conf->oauth2.enabled + conf->jwt.enabled > 1) {
        (void)rf_raise(&error, RF_ECONFIG, "oauth, oauth2 and jwt: only one can say who we are");
        return rf_conf_report(node, &error);
    }
    return one || two || jwt ? RF_ECONFIG : RF_OK;
}
