/* gate_guest.c: one client of a gate: its handshake, its bytes, its leaving. */
#include "base/alloc.h"
#include "base/clock.h"
#include "observe/gate_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <unistd.h>

#define HANDSHAKE_NS (10 * RF_NS_PER_S)
#define FAREWELL_NS RF_NS_PER_S
#define ROUNDS_MAX 16 /* of what one still sends when it is to go, before others have their turn */

rf_gate_guest *rf_gate_guest_new(const rf_gate_api *api, SSL_CTX *context, int net, uint64_t now_ns) {
    const int yes = 1;
    rf_gate_guest *guest = rf_alloc_zero(1, sizeof *guest);
    SSL *ssl = guest ? api->SSL_new(context) : NULL;
    if (!ssl || api->SSL_set_fd(ssl, net) != 1) {
        if (ssl)
            api->SSL_free(ssl);
        rf_free(guest);
        return NULL;
    }
    (void)setsockopt(net, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* what is written is whole already */
    guest->net = net;
    guest->api = api;
    guest->pump.plain = guest->server_fd = -1;
    guest->ssl = ssl;
    guest->reads = (rf_gate_want){ .read = true };
    guest->due_ns = now_ns + HANDSHAKE_NS;
    return guest;
}

void rf_gate_guest_free(rf_gate_guest *guest) {
    if (!guest)
        return;
    guest->stage = RF_GATE_GONE;
    rf_gate_guest_settle(guest);
    guest->api->SSL_free(guest->ssl);
    if (guest->pump.plain >= 0)
        (void)close(guest->pump.plain);
    (void)close(guest->net); /* what was written is the system's to send */
    rf_free(guest);
}

/* What a call that did not succeed means. */
static rf_code outcome(const rf_gate_guest *guest, int result, rf_gate_want *ret_want) {
    int kind = guest->api->SSL_get_error(guest->ssl, result);
    *ret_want = (rf_gate_want){ kind == SSL_ERROR_WANT_READ, kind == SSL_ERROR_WANT_WRITE };
    if (ret_want->read || ret_want->write)
        return RF_EAGAIN;
    if (kind == SSL_ERROR_ZERO_RETURN)
        return RF_ECLOSED;
    return RF_EIO;
}

rf_code rf_gate_guest_shake(rf_gate_guest *guest, rf_error *reterr) {
    char host[64] = "?", port[8] = "?";
    errno = 0;
    ERR_clear_error();
    int result = guest->api->SSL_accept(guest->ssl);
    if (result == 1)
        return RF_OK;
    rf_code code = outcome(guest, result, &guest->reads);
    if (code == RF_EAGAIN)
        return code;
    long verified = guest->api->SSL_get_verify_result(guest->ssl);
    const char *why = rf_gate_complaint();
    (void)getnameinfo((const struct sockaddr *)&guest->peer, guest->peer_len, host, sizeof host, port, sizeof port,
                      NI_NUMERICHOST | NI_NUMERICSERV);
    guest->stage = RF_GATE_GONE;
    if (verified != X509_V_OK)
        return rf_raise(reterr, RF_EREFUSED, "TLS: the certificate of %s is not accepted: %s", host,
                        X509_verify_cert_error_string(verified));
    return rf_raise(reterr, RF_EIO, "TLS: the handshake with %s failed: %s", host, why);
}

/* ---- Bytes ---- */

static rf_code read_some(void *arg, void *bytes, size_t cap, size_t *ret_got, rf_error *reterr) {
    rf_gate_guest *guest = arg;
    errno = 0;
    ERR_clear_error(); /* an old complaint would be taken for ours */
    guest->reads = (rf_gate_want){ .read = true };
    int result = guest->api->SSL_read_ex(guest->ssl, bytes, cap, ret_got);
    rf_code code = result == 1 ? RF_OK : outcome(guest, result, &guest->reads);
    return code == RF_EIO ? rf_raise(reterr, RF_EIO, "TLS: %s", rf_gate_complaint()) : code; /* or it hung up without a word */
}

static rf_code write_some(void *arg, const void *bytes, size_t len, size_t *ret_put, rf_error *reterr) {
    rf_gate_guest *guest = arg;
    errno = 0;
    ERR_clear_error();
    guest->writes = (rf_gate_want){ .write = true };
    int result = guest->api->SSL_write_ex(guest->ssl, bytes, len, ret_put);
    rf_code code = result == 1 ? RF_OK : outcome(guest, result, &guest->writes);
    return code && code != RF_EAGAIN ? rf_raise(reterr, RF_EIO, "TLS: %s", rf_gate_complaint()) : code;
}

/* Says goodbye, and waits a little for the client's: what it still sends would otherwise make the system throw away what was sent to it. */
static void take_leave(rf_gate_guest *guest, uint64_t now_ns) {
    guest->sent_all = rf_gate_guest_has_sent_all(guest); /* unless reading it failed */
    (void)guest->api->SSL_shutdown(guest->ssl);
    ERR_clear_error();
    (void)shutdown(guest->net, SHUT_WR);
    (void)close(guest->pump.plain);
    guest->pump.plain = -1;
    guest->stage = RF_GATE_LEAVING;
    guest->due_ns = now_ns + FAREWELL_NS;
}

static void leave(rf_gate_guest *guest) {
    ssize_t got = 1;
    for (int i = 0; i < ROUNDS_MAX && got > 0; i++)
        got = recv(guest->net, guest->pump.in, sizeof guest->pump.in, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        guest->stage = RF_GATE_GONE;
}

void rf_gate_guest_pass(rf_gate_guest *guest, uint64_t now_ns) {
    const rf_pump_peer peer = { read_some, write_some, guest };
    if (guest->stage == RF_GATE_PASSING) {
        guest->again = rf_pump_pass(&guest->pump, &peer, now_ns, NULL);
        guest->due_ns = guest->pump.due_ns;
        if (guest->pump.broken)
            guest->stage = RF_GATE_GONE;
        else if (rf_pump_is_empty(&guest->pump))
            take_leave(guest, now_ns);
    }
    if (guest->stage == RF_GATE_LEAVING) {
        guest->again = false;
        leave(guest);
    }
}
