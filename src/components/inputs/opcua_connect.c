/* opcua_connect.c: from an address to an activated session: discover the endpoints, choose one, sign in. */
#include "components/inputs/opcua.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <open62541/client_config_default.h>
#include <open62541/plugin/pki_default.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_NS (10 * RF_NS_PER_S)
#define MESSAGE_BYTES_MAX (64u << 20) /* what one message of the server may hold */
#define SERVICE_MS 5000

/* Runs within UA_Client_run_iterate; only notes what it sees. */
static void state_changed(UA_Client *client, UA_SecureChannelState channel, UA_SessionState session, UA_StatusCode status) {
    rf_opcua *self = UA_Client_getConfig(client)->clientContext;
    if (session == UA_SESSIONSTATE_ACTIVATED)
        self->activated = true;
    else if (self->activated)
        self->lost = true;
    (void)channel;
    (void)status;
}

static void publishing_stopped(UA_Client *client, UA_UInt32 subscription, void *context) {
    rf_opcua *self = UA_Client_getConfig(client)->clientContext;
    (void)subscription;
    (void)context;
    rf_opcua_log(self, RF_LOG_ERROR, "the server sends no notifications any more: connecting again");
    self->lost = true;
}

static rf_code set_text(UA_String *target, rf_slice text, rf_error *reterr) {
    UA_String_clear(target);
    UA_String view = rf_opcua_string(text);
    return UA_String_copy(&view, target) == UA_STATUSCODE_GOOD ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code set_user(rf_opcua *self, UA_ClientConfig *config, rf_error *reterr) {
    UA_ByteString certificate = UA_BYTESTRING_NULL, key = UA_BYTESTRING_NULL;
    UA_StatusCode status = UA_STATUSCODE_GOOD;
    if (self->user_certificate.len) {
        rf_code code = rf_opcua_user_certificate(self, &certificate, &key, reterr);
        if (code)
            return code;
        status = UA_ClientConfig_setAuthenticationCert(config, certificate, key);
        UA_ByteString_clear(&certificate);
        UA_ByteString_clear(&key);
    } else if (self->username.len) { /* slices of the config end in NUL */
        status = UA_ClientConfig_setAuthenticationUsername(config, self->username.data, self->password.len ? self->password.data : "");
    }
    return status == UA_STATUSCODE_GOOD ? RF_OK : rf_opcua_raise(self, status, "signing in", reterr);
}

/* Policies, and our own certificate when the endpoint wants one. */
static rf_code set_security(rf_opcua *self, UA_ClientConfig *config, bool encrypted, rf_error *reterr) {
    UA_StatusCode status;
    if (!encrypted) {
        status = UA_ClientConfig_setDefault(config);
        return status == UA_STATUSCODE_GOOD ? RF_OK : rf_opcua_raise(self, status, "preparing", reterr);
    }
    rf_code code = rf_opcua_identity(self, reterr);
    if (code)
        return code;
    status = UA_ClientConfig_setDefaultEncryption(config, self->certificate, self->private_key, NULL, 0, NULL, 0);
    if (status != UA_STATUSCODE_GOOD)
        return rf_opcua_raise(self, status, "setting up encryption", reterr);
    if (config->certificateVerification.clear) /* the fingerprint is our check, made before this */
        config->certificateVerification.clear(&config->certificateVerification);
    UA_CertificateVerification_AcceptAll(&config->certificateVerification);
    return set_text(&config->clientDescription.applicationUri, self->application_uri, reterr);
}

static void set_bounds(rf_opcua *self, UA_ClientConfig *config) {
    config->clientContext = self;
    config->stateCallback = state_changed;
    config->subscriptionInactivityCallback = publishing_stopped;
    config->timeout = SERVICE_MS;
    config->requestedSessionTimeout = (UA_UInt32)self->session_timeout_ms;
    config->localConnectionConfig.localMaxMessageSize = MESSAGE_BYTES_MAX;
    config->localConnectionConfig.localMaxChunkCount = 0;
    config->noNewSession = true; /* state_changed() sees a lost session: the host connects again, with back-off */
    config->connectivityCheckInterval = 2000;
}

/* Fills the config for one endpoint; without `token` it is for discovery, and has no session. */
static rf_code fill_config(rf_opcua *self, UA_ClientConfig *config, const UA_EndpointDescription *endpoint,
                           const UA_UserTokenPolicy *token, rf_error *reterr) {
    /* On an open channel too a password may be encrypted, with the server's certificate. */
    bool encrypted = endpoint->securityMode != UA_MESSAGESECURITYMODE_NONE || (token && rf_opcua_policy_secures(token->securityPolicyUri));
    config->logging = &self->logger;
    rf_code code = set_security(self, config, encrypted, reterr);
    if (!code && token)
        code = set_user(self, config, reterr);
    if (!code)
        code = set_text(&config->endpointUrl, self->endpoint, reterr);
    if (code)
        return code;
    set_bounds(self, config);
    config->noSession = !token;
    config->securityMode = endpoint->securityMode;
    UA_StatusCode status = UA_String_copy(&endpoint->securityPolicyUri, &config->securityPolicyUri);
    /* open62541 asks FindServers for a better address first, and connects again to what it finds, unless no server
     * there bears this name. */
    config->applicationUri = UA_STRING_ALLOC("urn:riffle:keep-the-address");
    status |= UA_EndpointDescription_copy(endpoint, &config->endpoint);
    if (token)
        status |= UA_UserTokenPolicy_copy(token, &config->userTokenPolicy);
    if (status != UA_STATUSCODE_GOOD)
        return rf_raise_nomem(reterr);
    /* Servers name addresses that only they can reach: the user's is the one that counts. */
    return set_text(&config->endpoint.endpointUrl, self->endpoint, reterr);
}

static rf_code new_client(rf_opcua *self, const UA_EndpointDescription *endpoint, const UA_UserTokenPolicy *token, rf_error *reterr) {
    UA_ClientConfig config;
    memset(&config, 0, sizeof config);
    rf_code code = fill_config(self, &config, endpoint, token, reterr);
    if (!code) {
        self->client = UA_Client_newWithConfig(&config);
        if (self->client)
            return RF_OK;
        code = rf_raise_nomem(reterr);
    }
    UA_ClientConfig_clear(&config);
    return code;
}

static bool reached(rf_opcua *self, bool session) {
    UA_SecureChannelState channel;
    UA_SessionState state;
    UA_Client_getState(self->client, &channel, &state, NULL);
    return session ? state == UA_SESSIONSTATE_ACTIVATED : channel == UA_SECURECHANNELSTATE_OPEN;
}

/* Lets the client connect until its channel, or its session, is there. */
static rf_code go(rf_opcua *self, bool session, const char *doing, rf_error *reterr) {
    uint64_t end = rf_clock_mono_ns() + CONNECT_NS;
    UA_StatusCode status = __UA_Client_connect(self->client, true);
    if (status != UA_STATUSCODE_GOOD)
        return rf_opcua_raise(self, status, doing, reterr);
    while (!reached(self, session)) {
        rf_code code = rf_opcua_turn(self, CONNECT_NS, reterr);
        if (code)
            return code;
        if (rf_clock_mono_ns() > end)
            return rf_opcua_raise(self, UA_STATUSCODE_BADTIMEOUT, doing, reterr);
    }
    return RF_OK;
}

static rf_code get_endpoints(rf_opcua *self, UA_GetEndpointsResponse *response, rf_error *reterr) {
    UA_EndpointDescription plain;
    UA_EndpointDescription_init(&plain);
    plain.securityMode = UA_MESSAGESECURITYMODE_NONE;
    plain.securityPolicyUri = UA_STRING((char *)(uintptr_t)"http://opcfoundation.org/UA/SecurityPolicy#None");
    plain.endpointUrl = rf_opcua_string(self->endpoint);
    rf_code code = new_client(self, &plain, NULL, reterr);
    if (code)
        return code;
    code = go(self, false, "connecting", reterr);
    if (code && code != RF_EAGAIN && code != RF_ENOMEM)
        rf_opcua_diagnose(self, UA_STATUSCODE_GOOD, reterr);
    if (code)
        return code;
    UA_GetEndpointsRequest request;
    UA_GetEndpointsRequest_init(&request);
    request.endpointUrl = rf_opcua_string(self->endpoint);
    return rf_opcua_call(self, "asking for endpoints", &request, &UA_TYPES[UA_TYPES_GETENDPOINTSREQUEST], response,
                         &UA_TYPES[UA_TYPES_GETENDPOINTSRESPONSE], reterr);
}

static rf_code sign_in(rf_opcua *self, const UA_GetEndpointsResponse *offers, rf_error *reterr) {
    const UA_EndpointDescription *endpoint;
    const UA_UserTokenPolicy *token;
    rf_code code = rf_opcua_choose(self, offers->endpoints, offers->endpointsSize, &endpoint, &token, reterr);
    if (!code)
        code = rf_opcua_fingerprint(self, endpoint->serverCertificate, reterr);
    if (!code)
        code = new_client(self, endpoint, token, reterr);
    return code ? code : go(self, true, "signing in", reterr);
}

rf_code rf_opcua_connect(rf_opcua *self, rf_error *reterr) {
    assert(self && !self->client);
    UA_GetEndpointsResponse offers;
    UA_GetEndpointsResponse_init(&offers);
    rf_code code = get_endpoints(self, &offers, reterr);
    rf_opcua_disconnect(self);
    if (!code)
        code = sign_in(self, &offers, reterr);
    UA_GetEndpointsResponse_clear(&offers);
    if (code)
        rf_opcua_disconnect(self);
    return code;
}

void rf_opcua_disconnect(rf_opcua *self) {
    assert(self);
    if (self->client)
        UA_Client_delete(self->client);
    self->client = NULL;
    self->activated = self->lost = false;
    self->subscription_id = 0;
}

/* Waits for a connection in the making; false: it failed (errno), or took too long. */
static bool try_address(const struct addrinfo *address) {
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), problem = 0;
    socklen_t size = sizeof problem;
    if (fd < 0)
        return false;
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0) {
        problem = errno;
        if (problem == EINPROGRESS) {
            problem = ETIMEDOUT;
            if (poll(&wait, 1, 150) == 1)
                (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
        }
    }
    (void)close(fd);
    errno = problem;
    return problem == 0;
}

/* open62541 says only that it failed. Asked again by hand, the system says why. */
void rf_opcua_diagnose(rf_opcua *self, UA_StatusCode status, rf_error *reterr) {
    assert(self);
    UA_String host = UA_STRING_NULL, url = rf_opcua_string(self->endpoint);
    UA_UInt16 port = 0;
    (void)status;
    if (UA_parseEndpointUrl(&url, &host, &port, NULL) != UA_STATUSCODE_GOOD || host.length > 255)
        return;
    char name[256], service[8];
    (void)snprintf(name, sizeof name, "%.*s", (int)host.length, (const char *)host.data);
    (void)snprintf(service, sizeof service, "%u", port ? port : 4840u);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    int unknown = getaddrinfo(name, service, &hints, &found);
    if (unknown) {
        rf_raise(reterr, RF_EIO, "connecting: host `%s` is not known: %s", name,
                 unknown == EAI_SYSTEM ? strerror(errno) : gai_strerror(unknown));
        rf_error_hint(reterr, "check the host name in endpoint");
    } else if (!try_address(found)) {
        rf_raise(reterr, RF_EIO, "connecting: nothing answers at %s port %s: %s", name, service, strerror(errno));
        rf_error_hint(reterr, "is the server running, and is this its address?");
    }
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    if (found)
        freeaddrinfo(found);
}
