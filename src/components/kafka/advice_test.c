/* advice_test.c: known complaints of librdkafka and what we make of them. tests/e2e/kafka.py has them from a real broker. */
#include "base/slice.h"
#include "components/kafka/advice.h"
#include "harness.h"

#include <string.h>

#define OLD 0x020002ff
#define NEW 0x020601ff

/* Whether the advice for a complaint has this word in it, and counts as a refusal. */
static bool advises(const char *complaint, rf_kafka_manner manner, const char *word, bool refusal) {
    bool refused = !refusal;
    const char *advice = rf_kafka_advice(complaint, &manner, &refused);
    return refused == refusal && (word ? advice && strstr(advice, word) : !advice);
}

RF_TEST(a_refused_certificate_is_told_from_a_missing_one) {
    const rf_kafka_manner none = { .tls = true, .version = OLD }, shown = { .tls = true, .certificate = true, .version = OLD };
    const char *alerts[] = { "Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42",
                             "SSL routines::tlsv13 alert certificate required", "SSL routines::tlsv1 alert unknown ca" };
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        rf_check(advises(alerts[i], none, "was shown none", true));
        rf_check(advises(alerts[i], shown, "does not take our certificate", true));
    }
    rf_check(advises("SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified",
                     shown, "tls.root_cas_file", true));
}

RF_TEST(scram_of_an_old_library_is_told_of) {
    const char *refusal = "SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism";
    rf_check(advises(refusal, (rf_kafka_manner){ .scram = true, .version = OLD }, "librdkafka 2.6.1 or newer", true));
    rf_check(advises(refusal, (rf_kafka_manner){ .scram = true, .version = NEW }, "password in sasl", true));
    rf_check(advises(refusal, (rf_kafka_manner){ .version = OLD }, "password in sasl", true));
    rf_check(!rf_kafka_scram_is_right(0x020600ff) && rf_kafka_scram_is_right(NEW) && rf_kafka_scram_is_right(0x03000000));
}

RF_TEST(a_broker_that_speaks_otherwise_is_told_of_and_no_refusal) {
    const rf_kafka_manner plain = { .version = OLD }, tls = { .tls = true, .version = OLD };
    rf_check(advises("Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration", plain, "tls.enabled", false));
    rf_check(advises("SSL handshake failed: error:0A00010B:SSL routines::wrong version number", tls, "may not speak TLS", false));
    rf_check(advises("Connect to ipv4#127.0.0.1:1 failed: Connection refused", tls, NULL, false));
}
