/* http_front.c: libmicrohttpd on a port, in plain or behind a gate. */
#include "observe/http_serve.h"

#include "base/alloc.h"

#include <assert.h>
#include <signal.h>
#include <unistd.h>

/* Its thread must not take the signals that end the program: the main thread waits for those. */
static struct MHD_Daemon *start_quietly(struct MHD_Daemon *(*start)(void *arg, int fd), void *arg, int fd) {
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGPROF); /* the profiler's, which is for each thread */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = start(arg, fd);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

/* The gate's thread. libmicrohttpd closes the descriptor itself when it cannot have it. */
static bool welcome(void *daemon, int fd, const struct sockaddr *peer, socklen_t peer_len) {
    (void)MHD_add_connection(daemon, fd, peer, peer_len);
    return true;
}

static rf_code open_gate(const rf_http_where *where, unsigned connections, int fd, rf_http_front *front, rf_error *reterr) {
    const rf_gate_options options = {
        .identity = where->tls, .fd = fd, .connections = connections, .welcome = welcome, .arg = front->daemon, .log = where->log, .origin = where->origin,
    };
    return rf_gate_start(&options, &front->gate, reterr);
}

rf_code rf_http_front_open(const rf_http_where *where, unsigned connections, struct MHD_Daemon *(*start)(void *arg, int fd), void *arg,
                           rf_http_front *front, char ret_name[RF_LISTEN_NAME_MAX], rf_error *reterr) {
    bool sealed = where->tls.cert_file.len > 0;
    int fd;
    rf_code code = rf_listen_open(where->address, where->shared_port, &fd, ret_name, reterr);
    if (code)
        return code;
    front->daemon = start_quietly(start, arg, sealed ? -1 : fd);
    if (!front->daemon)
        code = rf_raise(reterr, RF_EIO, "the HTTP server on %s did not start: the system gave it no thread, memory or descriptor",
                        ret_name);
    if (!code && sealed)
        code = open_gate(where, connections, fd, front, reterr);
    if (!code)
        return RF_OK;
    if (front->daemon)
        MHD_stop_daemon(front->daemon); /* it did not have the socket */
    front->daemon = NULL;
    (void)close(fd); /* nothing was written */
    return code;
}

void rf_http_front_over(const rf_http_front *front, struct MHD_Connection *connection, rf_http_guest *guest,
                        enum MHD_RequestTerminationCode why) {
    const bool sent = why == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    if (sent && front->gate)
        rf_gate_when_sent(front->gate, MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
                          guest->mount->done, guest);
    else
        guest->mount->done(guest, sent);
}

void rf_http_front_close(rf_http_front *front) {
    rf_gate_shut(front->gate);
    if (front->daemon)
        MHD_stop_daemon(front->daemon); /* closes the socket too, if it has it */
    rf_gate_stop(front->gate);          /* what was answered goes out */
    rf_free(front->entry);
    *front = (rf_http_front){ 0 };
}
