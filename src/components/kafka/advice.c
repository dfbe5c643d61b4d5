/* advice.c: complaints of librdkafka, known by words in them, and what to do. */
#include "components/kafka/advice.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define NONE_SHOWN "the broker wants a certificate of ours and was shown none: name one in tls.client_certs"
#define NOT_TAKEN "the broker does not take our certificate (tls.client_certs): it has to be valid, and of an authority that the broker trusts"
#define NOT_TRUSTED "the broker's certificate is not trusted: name its authority in tls.root_cas_file; it has to be made out for the name in the address"
#define OLD_SCRAM                                                                                                                    \
    "the broker refuses user or password, or SCRAM of this librdkafka: before 2.6.1 it repeats its nonce, which brokers from Kafka " \
    "4.0 on refuse; install librdkafka 2.6.1 or newer (Debian 13 has it), or use PLAIN with TLS"
#define SIGN_IN "the broker refuses to sign us in: look at mechanism, user and password in sasl"
#define OTHER_SPEECH "the broker may want TLS (tls.enabled) or signing in (sasl) at this address"
#define NO_TLS "the broker may not speak TLS at this address"

bool rf_kafka_scram_is_right(int version) { return version >= 0x02060100; }

/* What TLS calls it when the other side refuses a certificate. */
static bool is_alert_about_certificate(const char *text) {
    return strstr(text, "alert") && (strstr(text, "certificate") || strstr(text, "unknown ca"));
}

static bool is_distrust(const char *text) {
    return strstr(text, "certificate verify failed") || strstr(text, "certificate could not be verified");
}

const char *rf_kafka_advice(const char *complaint, const rf_kafka_manner *manner, bool *ret_refused) {
    assert(complaint && manner);
    *ret_refused = true;
    if (manner->tls && is_alert_about_certificate(complaint))
        return manner->certificate ? NOT_TAKEN : NONE_SHOWN;
    if (manner->tls && is_distrust(complaint))
        return NOT_TRUSTED;
    if (strstr(complaint, "SASL") || strstr(complaint, "uthentication"))
        return manner->scram && !rf_kafka_scram_is_right(manner->version) ? OLD_SCRAM : SIGN_IN;
    *ret_refused = false;
    if (!manner->tls && strstr(complaint, "security.protocol"))
        return OTHER_SPEECH;
    return manner->tls && (strstr(complaint, "wrong version number") || strstr(complaint, "PLAINTEXT broker listener")) ? NO_TLS : NULL;
}
