/* opcua_endpoint.c: which of the endpoints that a server offers to use, and how to sign in there. */
#include "components/inputs/opcua.h"

#include "base/slice.h"

#include <assert.h>

#define POLICY_PREFIX "http://opcfoundation.org/UA/SecurityPolicy#"

static rf_slice policy_of(UA_String uri) {
    rf_slice text = rf_opcua_slice(uri), prefix = RF_SLICE(POLICY_PREFIX);
    if (rf_slice_starts(text, prefix))
        return (rf_slice){ text.data + prefix.len, text.len - prefix.len };
    return text.len ? text : RF_SLICE("None");
}

static const char *mode_name(UA_MessageSecurityMode mode) {
    switch (mode) {
    case UA_MESSAGESECURITYMODE_NONE: return "None";
    case UA_MESSAGESECURITYMODE_SIGN: return "Sign";
    case UA_MESSAGESECURITYMODE_SIGNANDENCRYPT: return "SignAndEncrypt";
    default: return "?";
    }
}

/* Best first; what is not here open62541 cannot do. */
static int policy_rank(rf_slice policy) {
    static const char *const known[] = { "Basic256Sha256", "Aes256_Sha256_RsaPss", "Aes128_Sha256_RsaOaep", "Basic256", "Basic128Rsa15" };
    int count = (int)(sizeof known / sizeof *known);
    for (int i = 0; i < count; i++)
        if (rf_slice_is(policy, known[i]))
            return count - i;
    return 0;
}

bool rf_opcua_policy_secures(UA_String policy_uri) {
    assert(policy_uri.data || !policy_uri.length);
    return policy_rank(policy_of(policy_uri)) > 0;
}

static bool asks_for_none(const rf_opcua *self) {
    bool mode = self->security_mode.len == 0 || rf_slice_is(self->security_mode, "None");
    bool policy = self->security_policy.len == 0 || rf_slice_is(self->security_policy, "None");
    return mode && policy;
}

/* How well an endpoint fits what the config asks for; 0: not at all. With nothing asked, no security is the first choice,
 * as in the original; a server without it gets the best there is. */
static int fitness(const rf_opcua *self, const UA_EndpointDescription *endpoint) {
    rf_slice policy = policy_of(endpoint->securityPolicyUri);
    bool open = endpoint->securityMode == UA_MESSAGESECURITYMODE_NONE;
    if (self->security_mode.len && !rf_slice_is(self->security_mode, mode_name(endpoint->securityMode)))
        return 0;
    if (self->security_policy.len && !rf_slice_eq(self->security_policy, policy))
        return 0;
    if (open)
        return asks_for_none(self) ? 100 : 0;
    if (!policy_rank(policy))
        return 0;
    return (endpoint->securityMode == UA_MESSAGESECURITYMODE_SIGNANDENCRYPT ? 20 : 10) + policy_rank(policy);
}

static UA_UserTokenType token_type(const rf_opcua *self) {
    if (self->user_certificate.len)
        return UA_USERTOKENTYPE_CERTIFICATE;
    return self->username.len ? UA_USERTOKENTYPE_USERNAME : UA_USERTOKENTYPE_ANONYMOUS;
}

/* The way to sign in; one that hides the password before one that does not. */
static const UA_UserTokenPolicy *choose_token(const UA_EndpointDescription *endpoint, UA_UserTokenType type) {
    const UA_UserTokenPolicy *chosen = NULL;
    int best = -1;
    for (size_t i = 0; i < endpoint->userIdentityTokensSize; i++) {
        const UA_UserTokenPolicy *token = &endpoint->userIdentityTokens[i];
        rf_slice policy = policy_of(token->securityPolicyUri.length ? token->securityPolicyUri : endpoint->securityPolicyUri);
        int rank = policy_rank(policy);
        bool usable = rank > 0 || rf_slice_is(policy, "None");
        if (token->tokenType == type && usable && rank > best) {
            chosen = token;
            best = rank;
        }
    }
    return chosen;
}

static void list_offers(rf_buffer *out, const UA_EndpointDescription *offered, size_t count) {
    for (size_t i = 0; i < count; i++)
        rf_buffer_printf(out, "%s%.*s/%s", i ? ", " : "", RF_SLICE_ARG(policy_of(offered[i].securityPolicyUri)),
                         mode_name(offered[i].securityMode));
}

static rf_code refuse_endpoint(rf_opcua *self, const UA_EndpointDescription *offered, size_t count, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer offers = { 0 };
    list_offers(&offers, offered, count);
    rf_raise(reterr, RF_EREFUSED, "%.*s has no endpoint with securityMode `%.*s` and securityPolicy `%.*s`", RF_SLICE_ARG(self->endpoint),
             RF_SLICE_ARG(self->security_mode), RF_SLICE_ARG(self->security_policy));
    rf_error_hint(reterr, "it offers %.*s", RF_SLICE_ARG(rf_buffer_view(&offers)));
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EREFUSED;
}

static rf_code refuse_token(rf_opcua *self, rf_error *reterr) {
    static const char *const what[] = { "anonymous users", "users with a name and a password", "users with a certificate" };
    UA_UserTokenType type = token_type(self);
    rf_raise(reterr, RF_EREFUSED, "%.*s takes no %s", RF_SLICE_ARG(self->endpoint), what[type]);
    rf_error_hint(reterr, type == UA_USERTOKENTYPE_ANONYMOUS ? "set username and password" : "try another way to sign in");
    rf_error_flag(reterr, RF_ERROR_RETRIABLE);
    return RF_EREFUSED;
}

rf_code rf_opcua_choose(rf_opcua *self, const UA_EndpointDescription *offered, size_t count,
                        const UA_EndpointDescription **ret_endpoint, const UA_UserTokenPolicy **ret_token, rf_error *reterr) {
    assert(self && ret_endpoint && ret_token);
    const UA_EndpointDescription *chosen = NULL;
    const UA_UserTokenPolicy *token = NULL;
    int best = 0;
    bool fits = false;
    for (size_t i = 0; i < count; i++) {
        int fit = fitness(self, &offered[i]);
        fits = fits || fit > 0;
        const UA_UserTokenPolicy *way = choose_token(&offered[i], token_type(self));
        if (fit > best && way) {
            chosen = &offered[i];
            token = way;
            best = fit;
        }
    }
    if (!chosen)
        return fits ? refuse_token(self, reterr) : refuse_endpoint(self, offered, count, reterr);
    bool bare = !rf_opcua_policy_secures(token->securityPolicyUri) && !rf_opcua_policy_secures(chosen->securityPolicyUri);
    if (bare && token->tokenType == UA_USERTOKENTYPE_USERNAME)
        rf_opcua_log(self, RF_LOG_WARN,
                     "the password crosses the network in plain text: set securityMode: SignAndEncrypt if the server can");
    rf_opcua_log(self, RF_LOG_DEBUG, "using %.*s/%s", RF_SLICE_ARG(policy_of(chosen->securityPolicyUri)), mode_name(chosen->securityMode));
    *ret_endpoint = chosen;
    *ret_token = token;
    return RF_OK;
}
