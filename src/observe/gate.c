/* gate.c: the thread of a gate: takes connections, and waits for all of them at once. */
#include "observe/gate.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "observe/gate_internal.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define END_NS (2 * RF_NS_PER_S)              /* for what is still to be sent */
#define FULL_PAUSE_NS (100 * RF_NS_PER_MS)    /* before asking a system that has no more descriptors again */

struct rf_gate {
    rf_gate_options options;
    rf_gate_api api;
    rf_thread thread;
    int wake_fd;               /* an eventfd */
    _Atomic bool stopping;
    rf_mutex lock;             /* of `shut`, held while somebody is welcomed */
    bool shut;
    rf_gate_receipts receipts;
    /* The thread's. */
    rf_gate_context context;
    rf_gate_guest **guests;    /* options.connections; the first `count` are there */
    unsigned count;
    struct pollfd *polls;      /* wake, listening, then two a guest */
    uint64_t pause_ns;         /* nobody is taken before that time */
    rf_log_limit refusals;
};

static const rf_symbol symbols[] = {
#define SYMBOL(name) RF_LIBRARY_SYMBOL(rf_gate_api, name)
    RF_GATE_FUNCTIONS(SYMBOL) { 0 }
};

static void tell(rf_gate *gate, const char *words) {
    if (gate->options.log)
        rf_log_write_limited(gate->options.log, RF_LOG_WARN, &gate->options.origin, &gate->refusals, "%s", words);
}

/* ---- Guests ---- */

/* Renewed files: once for each time they change. */
static void renew(rf_gate *gate) {
    rf_gate_context fresh = { 0 };
    rf_error error = { 0 };
    if (!rf_gate_context_is_old(&gate->context, &gate->options.identity))
        return;
    if (rf_gate_context_make(&gate->api, &gate->options.identity, &fresh, &error)) {
        tell(gate, error.message);
        return;
    }
    gate->api.SSL_CTX_free(gate->context.ssl); /* connections keep theirs */
    gate->context = fresh;
}

static void take_guests(rf_gate *gate, uint64_t now_ns) {
    while (gate->count < gate->options.connections) {
        struct sockaddr_storage peer = { 0 };
        socklen_t peer_len = sizeof peer;
        int net = accept4(gate->options.fd, (struct sockaddr *)&peer, &peer_len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (net < 0) {
            bool passing = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
            gate->pause_ns = passing ? 0 : now_ns + FULL_PAUSE_NS;
            return;
        }
        renew(gate);
        rf_gate_guest *guest = rf_gate_guest_new(&gate->api, gate->context.ssl, net, now_ns);
        if (!guest) {
            (void)close(net); /* no memory */
            continue;
        }
        guest->peer = peer;
        guest->peer_len = peer_len;
        gate->guests[gate->count++] = guest;
    }
}

/* A new descriptor may be the number of one whose server has closed: what was asked so far is about that one. */
static void disown(rf_gate *gate, int fd) {
    rf_gate_receipts_take(&gate->receipts, gate->guests, gate->count);
    for (unsigned i = 0; i < gate->count; i++)
        if (gate->guests[i]->server_fd == fd)
            gate->guests[i]->server_fd = -1;
}

/* The handshake is done: the server gets its end. */
static void introduce(rf_gate *gate, rf_gate_guest *guest) {
    int ends[2];
    guest->stage = RF_GATE_GONE;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return;
    disown(gate, ends[1]);
    guest->server_fd = ends[1];
    rf_mutex_lock(&gate->lock);
    bool taken = !gate->shut && gate->options.welcome(gate->options.arg, ends[1], (const struct sockaddr *)&guest->peer, guest->peer_len);
    rf_mutex_unlock(&gate->lock);
    guest->pump.plain = ends[0];
    if (!taken) {
        (void)close(ends[1]);
        return;
    }
    guest->stage = RF_GATE_PASSING;
    guest->due_ns = 0;
}

/* It has left, or will not: who asked before the server closed is told, and whoever asks later wrote to nobody. */
static void settle(rf_gate *gate, rf_gate_guest *guest) {
    rf_gate_receipts_take(&gate->receipts, gate->guests, gate->count);
    rf_gate_guest_settle(guest);
    guest->sent_all = false;
}

static void step(rf_gate *gate, rf_gate_guest *guest, uint64_t now_ns) {
    rf_error error = { 0 };
    if (guest->due_ns && now_ns >= guest->due_ns) {
        guest->stage = RF_GATE_GONE;
        return;
    }
    if (guest->stage == RF_GATE_SHAKING) {
        rf_code code = rf_gate_guest_shake(guest, &error);
        if (code && code != RF_EAGAIN)
            tell(gate, error.message);
        if (!code)
            introduce(gate, guest);
    }
    const bool passes = guest->stage == RF_GATE_PASSING;
    if (passes || guest->stage == RF_GATE_LEAVING)
        rf_gate_guest_pass(guest, now_ns);
    if (passes && guest->stage != RF_GATE_PASSING)
        settle(gate, guest);
}

/* ---- Waiting ---- */

static struct pollfd watch(int fd, bool in, bool out) {
    /* One that nothing is wanted of is passed over: poll would tell of its hanging up again and again. */
    return (struct pollfd){ .fd = in || out ? fd : -1, .events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0)) };
}

static void watch_guest(const rf_gate_guest *guest, struct pollfd *ret_net, struct pollfd *ret_plain) {
    bool passing = guest->stage == RF_GATE_PASSING;
    bool reading = !passing || rf_pump_reads(&guest->pump), writing = passing && rf_pump_writes(&guest->pump);
    short events = passing ? rf_pump_plain_events(&guest->pump) : 0;
    *ret_plain = watch(guest->pump.plain, events & POLLIN, events & POLLOUT);
    if (guest->stage == RF_GATE_LEAVING)
        *ret_net = watch(guest->net, true, false);
    else
        *ret_net = watch(guest->net, (reading && guest->reads.read) || (writing && guest->writes.read),
                         (reading && guest->reads.write) || (writing && guest->writes.write));
}

/* Until when to wait; UINT64_MAX: for ever. */
static uint64_t watch_all(rf_gate *gate, uint64_t now_ns, uint64_t end_ns) {
    bool open = !end_ns && gate->count < gate->options.connections && gate->pause_ns <= now_ns;
    uint64_t until_ns = end_ns ? end_ns : gate->pause_ns > now_ns ? gate->pause_ns : UINT64_MAX;
    gate->polls[0] = watch(gate->wake_fd, !end_ns, false);
    gate->polls[1] = watch(gate->options.fd, open, false);
    for (unsigned i = 0; i < gate->count; i++) {
        const rf_gate_guest *guest = gate->guests[i];
        uint64_t due_ns = guest->again ? now_ns : guest->due_ns ? guest->due_ns : UINT64_MAX;
        until_ns = due_ns < until_ns ? due_ns : until_ns;
        watch_guest(guest, &gate->polls[2 + 2 * i], &gate->polls[3 + 2 * i]);
    }
    return until_ns;
}

static void wait_until(rf_gate *gate, uint64_t now_ns, uint64_t until_ns) {
    uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec wait = { .tv_sec = (time_t)(wait_ns / RF_NS_PER_S), .tv_nsec = (long)(wait_ns % RF_NS_PER_S) };
    if (ppoll(gate->polls, 2 + 2 * (nfds_t)gate->count, until_ns == UINT64_MAX ? NULL : &wait, NULL) < 0)
        for (unsigned i = 0; i < 2 + 2 * gate->count; i++)
            gate->polls[i].revents = 0; /* a signal, or no memory: everything is looked at again */
}

static void see_out(rf_gate *gate) {
    unsigned kept = 0;
    for (unsigned i = 0; i < gate->count; i++) {
        if (gate->guests[i]->stage == RF_GATE_GONE)
            rf_gate_guest_free(gate->guests[i]);
        else
            gate->guests[kept++] = gate->guests[i];
    }
    gate->count = kept;
}

/* One turn. `end_ns`: the gate is closing, until then; 0: it is not. */
static void turn(rf_gate *gate, uint64_t end_ns) {
    uint64_t now_ns = rf_clock_mono_ns();
    unsigned count = gate->count;
    uint64_t wakes;
    wait_until(gate, now_ns, watch_all(gate, now_ns, end_ns));
    now_ns = rf_clock_mono_ns();
    if (gate->polls[0].revents && read(gate->wake_fd, &wakes, sizeof wakes) < 0) {
        /* It was called only so that something is looked at. */
    }
    rf_gate_receipts_take(&gate->receipts, gate->guests, gate->count);
    for (unsigned i = 0; i < count; i++) {
        rf_gate_guest *guest = gate->guests[i];
        if (guest->again || gate->polls[2 + 2 * i].revents || gate->polls[3 + 2 * i].revents || (guest->due_ns && now_ns >= guest->due_ns))
            step(gate, guest, now_ns);
        rf_gate_guest_settle(guest);
    }
    if (!end_ns && gate->polls[1].revents)
        take_guests(gate, now_ns);
    see_out(gate);
}

/* Those the server has not closed, or that were never introduced, have no more to come. */
static void dismiss(rf_gate *gate) {
    for (unsigned i = 0; i < gate->count; i++)
        if (gate->guests[i]->stage == RF_GATE_SHAKING)
            gate->guests[i]->stage = RF_GATE_GONE;
    see_out(gate);
}

static void gate_main(void *arg) {
    rf_gate *gate = arg;
    while (!atomic_load(&gate->stopping))
        turn(gate, 0);
    uint64_t end_ns = rf_clock_mono_ns() + END_NS;
    dismiss(gate);
    while (gate->count > 0 && rf_clock_mono_ns() < end_ns)
        turn(gate, end_ns);
    while (gate->count > 0)
        rf_gate_guest_free(gate->guests[--gate->count]);
}

/* ---- Beginning and end ---- */

static void gate_free(rf_gate *gate) {
    if (gate->context.ssl)
        gate->api.SSL_CTX_free(gate->context.ssl);
    if (gate->wake_fd >= 0)
        (void)close(gate->wake_fd);
    rf_gate_receipts_done(&gate->receipts);
    rf_mutex_done(&gate->lock);
    rf_free(gate->guests);
    rf_free(gate->polls);
    rf_free(gate);
}

rf_code rf_gate_start(const rf_gate_options *options, rf_gate **ret_gate, rf_error *reterr) {
    assert(options->welcome && options->fd >= 0 && options->connections > 0);
    rf_gate *gate = rf_alloc_zero(1, sizeof *gate);
    if (!gate)
        return rf_raise_nomem(reterr);
    gate->options = *options;
    gate->refusals = (rf_log_limit){ .burst = 10, .period_ns = RF_NS_PER_S };
    rf_mutex_init(&gate->lock);
    rf_gate_receipts_init(&gate->receipts);
    gate->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    gate->guests = rf_alloc_zero(options->connections, sizeof(rf_gate_guest *));
    gate->polls = rf_alloc_zero(2 + 2 * (size_t)options->connections, sizeof *gate->polls);
    rf_code code = gate->wake_fd < 0 ? rf_raise(reterr, RF_EIO, "cannot make an event: %s", strerror(errno)) : RF_OK;
    if (!code && (!gate->guests || !gate->polls))
        code = rf_raise_nomem(reterr);
    if (!code)
        code = rf_library_load("libssl.so.3", "libssl3", symbols, &gate->api, reterr);
    if (!code)
        code = rf_gate_context_make(&gate->api, &gate->options.identity, &gate->context, reterr);
    *ret_gate = gate; /* its thread may be asked about before this returns */
    if (!code)
        code = rf_thread_start(&gate->thread, "tls", gate_main, gate, reterr);
    if (code) {
        gate_free(gate);
        *ret_gate = NULL;
    }
    return code;
}

static void wake(const rf_gate *gate) {
    const uint64_t one = 1;
    if (write(gate->wake_fd, &one, sizeof one) < 0) {
        /* Full: woken more than often enough. */
    }
}

void rf_gate_when_sent(rf_gate *gate, int fd, rf_gate_told *told, void *arg) {
    if (rf_gate_receipts_add(&gate->receipts, fd, told, arg))
        wake(gate);
    else
        told(arg, false);
}

void rf_gate_shut(rf_gate *gate) {
    if (!gate)
        return;
    rf_mutex_lock(&gate->lock);
    gate->shut = true;
    rf_mutex_unlock(&gate->lock);
}

void rf_gate_stop(rf_gate *gate) {
    if (!gate)
        return;
    rf_gate_shut(gate);
    atomic_store(&gate->stopping, true);
    wake(gate);
    rf_thread_join(&gate->thread);
    (void)close(gate->options.fd); /* nothing was written */
    gate_free(gate);
}
