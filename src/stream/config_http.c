/* config_http.c: the section `http`: where the service listens, and who may ask it. */
#include "base/slice.h"
#include "message/json.h"
#include "observe/gate.h"
#include "stream/conf_fill.h"
#include "stream/config_internal.h"

#include <assert.h>

static const char *const algorithms[] = { "md5", "sha256", "bcrypt", "scrypt", NULL }; /* in the order of rf_password_algorithm */

#define AT(member) .offset = offsetof(rf_http_auth_config, member)
static const rf_field auth_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, AT(enabled), .standard = "false",
      .doc = "Whether every request has to carry a name and a password." },
    { .name = "realm", .type = RF_FIELD_STRING, AT(realm), .standard = "restricted", .doc = "What a browser says the password is for." },
    { .name = "username", .type = RF_FIELD_STRING, AT(username), .doc = "The name." },
    { .name = "password_hash", .type = RF_FIELD_STRING, AT(password_hash), .flags = RF_FIELD_SECRET,
      .doc = "The password's hash in base64 (bcrypt: its text is fine, too)." },
    { .name = "algorithm", .type = RF_FIELD_ENUM, AT(algorithm), .standard = "sha256", .options = algorithms,
      .doc = "How the hash was made." },
    { .name = "salt", .type = RF_FIELD_STRING, AT(salt), .flags = RF_FIELD_SECRET,
      .doc = "In base64: what went into the hash beside the password, with scrypt." },
    { 0 },
};
#undef AT
const rf_field rf_http_cors_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = offsetof(rf_http_cors_config, enabled), .standard = "false",
      .doc = "Whether browsers show answers to pages of other sites." },
    { .name = "allowed_origins", .type = RF_FIELD_STRINGS, .offset = offsetof(rf_http_cors_config, allowed_origins),
      .doc = "Those sites, such as `https://plant.example`; `*`: all." },
    { 0 },
};
static const rf_field http_fields[] = {
    { .name = "enabled", .type = RF_FIELD_BOOL, .offset = offsetof(rf_http_config, enabled), .standard = "true",
      .doc = "Whether to serve." },
    { .name = "address", .type = RF_FIELD_STRING, .offset = offsetof(rf_http_config, address), .standard = "127.0.0.1:4195",
      .doc = "Where to listen." },
    { .name = "root_path", .type = RF_FIELD_STRING, .offset = offsetof(rf_http_config, root_path), .standard = "/benthos",
      .doc = "A path below which everything is served as well." },
    { .name = "cert_file", .type = RF_FIELD_STRING, .offset = offsetof(rf_http_config, cert_file),
      .doc = "A PEM file with the certificate that clients see: https (docs/tls.md)." },
    { .name = "key_file", .type = RF_FIELD_STRING, .offset = offsetof(rf_http_config, key_file),
      .doc = "A PEM file with its private key." },
    { .name = "debug_endpoints", .type = RF_FIELD_BOOL, .offset = offsetof(rf_http_config, debug_endpoints), .standard = "false",
      .doc = "Whether to serve what helps in finding faults." },
    { .name = "basic_auth", .type = RF_FIELD_OBJECT, .offset = offsetof(rf_http_config, auth), .fields = auth_fields,
      .doc = "Who may ask." },
    { .name = "cors", .type = RF_FIELD_OBJECT, .offset = offsetof(rf_http_config, cors), .fields = rf_http_cors_fields,
      .doc = "Which web pages may ask." },
    { 0 },
};

/* Where the member is written, or else the map. */
static void report(const rf_conf *map, const char *field, const char *hint, const char *message) {
    const rf_pair *pair = rf_node_pair(map, rf_slice_of(field));
    (void)(pair ? rf_pair_report(pair, hint, "%s", message) : rf_node_report(map, hint, "%s", message));
}

static void check_files(const rf_http_config *http, const rf_conf *map) {
    rf_error error = { 0 };
    const char *field;
    if ((http->cert_file.len || http->key_file.len) && rf_gate_check(http->cert_file, http->key_file, &field, &error))
        report(map, field, error.hint, error.message);
}

/* Errors: RF_ECONFIG it is not base64, RF_ENOMEM. */
static rf_code read_base64(rf_config *config, rf_slice text, rf_slice *out) {
    return rf_base64_parse_in(&config->arena, text, out) ? RF_OK : out->data ? RF_ECONFIG : RF_ENOMEM;
}

/* A hash in base64; that of bcrypt is a text by itself, and known by its beginning. */
static rf_code read_hash(rf_config *config, rf_http_auth_config *auth) {
    rf_slice text = auth->password_hash;
    if (auth->algorithm != RF_PASSWORD_BCRYPT || !rf_slice_starts(text, RF_SLICE("$2")))
        return read_base64(config, text, &auth->password.hash);
    auth->password.hash = text;
    return RF_OK;
}

static bool is_hash(const rf_http_auth_config *auth) {
    rf_slice hash = auth->password.hash;
    bool is_right = hash.len == rf_password_hash_bytes(auth->password.algorithm);
    return is_right &&
           (auth->algorithm != RF_PASSWORD_BCRYPT || (rf_slice_starts(hash, RF_SLICE("$2")) && !memchr(hash.data, 0, hash.len)));
}

/* What can be said of the hash without the password. */
static rf_code check_hash(rf_config *config, rf_http_auth_config *auth, const rf_conf *map) {
    static const char *const hints[] = {
        [RF_PASSWORD_MD5] = "printf %s PASSWORD | openssl md5 -binary | base64",
        [RF_PASSWORD_SHA256] = "printf %s PASSWORD | openssl sha256 -binary | base64",
        [RF_PASSWORD_BCRYPT] = "htpasswd -nbB NAME PASSWORD shows it, behind the colon",
        [RF_PASSWORD_SCRYPT] = "32 bytes of scrypt with N 32768, r 8, p 1, in base64",
    };
    char message[120];
    rf_code code = read_hash(config, auth);
    (void)snprintf(message, sizeof message, "password_hash is not base64 of what %s makes", algorithms[auth->algorithm]);
    if (code == RF_ECONFIG || (!code && !is_hash(auth)))
        report(map, "password_hash", hints[auth->algorithm], message);
    return code;
}

static rf_code check_salt(rf_config *config, rf_http_auth_config *auth, const rf_conf *map) {
    rf_code code = read_base64(config, auth->salt, &auth->password.salt);
    if (auth->salt.len == 0)
        report(map, "salt", "", "salt is required for scrypt");
    else if (code == RF_ECONFIG)
        report(map, "salt", "", "salt is not base64");
    return code;
}

/* What goes into a header, or is told apart by what it may not have. */
static void check_names(const rf_http_auth_config *auth, const rf_conf *map) {
    if (rf_slice_find(auth->username, ':') < auth->username.len)
        report(map, "username", "a colon ends the name in what clients send", "username has a colon in it");
    if (auth->realm.len > 200 || (auth->realm.len > 0 && strpbrk(auth->realm.data, "\"\\\r\n")))
        report(map, "realm", "", "realm is longer than 200 bytes, or has quotes, backslashes or line ends in it");
}

/* Errors: RF_ENOMEM; another code: it was reported. */
static rf_code check_auth(rf_config *config, rf_http_auth_config *auth, const rf_conf *map) {
    rf_error error = { 0 };
    rf_code hash = RF_OK, salt = RF_OK;
    auth->password = (rf_password){ .algorithm = (rf_password_algorithm)auth->algorithm };
    if (auth->username.len == 0 || auth->password_hash.len == 0)
        report(map, auth->username.len ? "password_hash" : "username", "", "both username and password_hash are required");
    else
        hash = check_hash(config, auth, map);
    if (auth->algorithm == RF_PASSWORD_SCRYPT)
        salt = check_salt(config, auth, map);
    check_names(auth, map);
    if (rf_password_prepare(&auth->password, &error))
        report(map, "algorithm", error.hint, error.message);
    return hash == RF_ENOMEM ? hash : salt;
}

static void check_cors(const rf_http_cors_config *cors, const rf_conf *map) {
    if (cors->enabled && cors->allowed_origins.count == 0)
        report(map, "allowed_origins", RF_HTTP_CORS_HINT, RF_HTTP_CORS_NOBODY);
}

rf_code rf_config_read_http(rf_config *config, const rf_conf *map, rf_http_config *http, rf_error *reterr) {
    assert(config && http);
    rf_fill how = { .unit = &config->document->file, .fields = http_fields };
    rf_code code = rf_fill_struct(&how, map, http, reterr);
    if (code)
        return code == RF_ENOMEM ? code : RF_OK;
    if (!map || !http->enabled)
        return RF_OK; /* of a service that is off nothing is looked at */
    const rf_conf *auth = rf_conf_child(map, "basic_auth"), *cors = rf_conf_child(map, "cors");
    check_files(http, map);
    if (cors)
        check_cors(&http->cors, cors);
    if (!auth || !http->auth.enabled || check_auth(config, &http->auth, auth) != RF_ENOMEM)
        return RF_OK;
    return rf_raise_nomem(reterr);
}
