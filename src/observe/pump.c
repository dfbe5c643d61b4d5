/* pump.c: bytes both ways: each step says whether something moved. */
#include "observe/pump.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define STALL_NS (10 * RF_NS_PER_S) /* of a peer that does not take what is left for it when the local side has closed */
#define ROUNDS_MAX 16               /* before others have their turn */

static bool from_peer(rf_pump *pump, const rf_pump_peer *peer, rf_error *reterr) {
    size_t got;
    if (!rf_pump_reads(pump))
        return false;
    rf_code code = peer->read(peer->arg, pump->in, sizeof pump->in, &got, reterr);
    pump->in_at = 0;
    pump->in_len = code ? 0 : got;
    pump->net_ended = code == RF_ECLOSED;
    pump->broken = code && code != RF_EAGAIN && code != RF_ECLOSED;
    return !code || pump->net_ended;
}

static bool to_plain(rf_pump *pump) {
    ssize_t put = 0;
    if (pump->in_len > 0) {
        put = send(pump->plain, pump->in + pump->in_at, pump->in_len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            put = (ssize_t)pump->in_len; /* nobody listens any more: the other direction tells the rest */
        pump->in_at += put > 0 ? (size_t)put : 0;
        pump->in_len -= put > 0 ? (size_t)put : 0;
    }
    if (pump->in_len == 0 && pump->net_ended && !pump->told) {
        (void)shutdown(pump->plain, SHUT_WR);
        pump->told = true;
    }
    return put > 0;
}

static bool from_plain(rf_pump *pump, uint64_t now_ns) {
    if (pump->plain_ended || pump->out_len > 0)
        return false;
    ssize_t got = recv(pump->plain, pump->out, sizeof pump->out, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    pump->plain_ended = got <= 0;
    if (pump->plain_ended)
        pump->due_ns = now_ns + STALL_NS;
    pump->out_at = 0;
    pump->out_len = got > 0 ? (size_t)got : 0;
    return true;
}

static bool to_peer(rf_pump *pump, const rf_pump_peer *peer, uint64_t now_ns, rf_error *reterr) {
    size_t put;
    if (pump->out_len == 0)
        return false;
    rf_code code = peer->write(peer->arg, pump->out + pump->out_at, pump->out_len, &put, reterr);
    if (code) {
        pump->broken = code != RF_EAGAIN;
        return false;
    }
    pump->out_at += put;
    pump->out_len -= put;
    pump->out_count += put;
    if (pump->plain_ended)
        pump->due_ns = now_ns + STALL_NS;
    return true;
}

bool rf_pump_pass(rf_pump *pump, const rf_pump_peer *peer, uint64_t now_ns, rf_error *reterr) {
    bool moved = true;
    assert(pump->plain >= 0);
    for (int i = 0; i < ROUNDS_MAX && moved && !pump->broken; i++) {
        moved = from_peer(pump, peer, reterr);
        if (pump->broken)
            break;
        moved |= to_plain(pump);
        moved |= from_plain(pump, now_ns);
        moved |= to_peer(pump, peer, now_ns, reterr);
    }
    return moved && !pump->broken;
}

short rf_pump_plain_events(const rf_pump *pump) {
    bool in = pump->out_len == 0 && !pump->plain_ended, out = pump->in_len > 0;
    return (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));
}
