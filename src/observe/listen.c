/* listen.c: from "127.0.0.1:4195" to a listening socket. */
#include "observe/listen.h"

#include "base/number.h"
#include "base/slice.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 32

/* Both texts terminated; `host` is empty for every interface. */
typedef struct host_port {
    char host[256];
    char port[6];
} host_port;

/* Where the host ends, or NULL; *ret_host is it without brackets. */
static const char *split_host(rf_slice address, rf_slice *ret_host) {
    const char *end = address.data + address.len;
    if (address.len && address.data[0] == '[') {
        const char *bracket = memchr(address.data, ']', address.len);
        if (!bracket || bracket + 1 == end || bracket[1] != ':')
            return NULL;
        *ret_host = (rf_slice){ address.data + 1, (size_t)(bracket - address.data) - 1 };
        return bracket + 1;
    }
    const char *colon = address.len ? memchr(address.data, ':', address.len) : NULL;
    if (!colon || memchr(colon + 1, ':', (size_t)(end - colon) - 1))
        return NULL; /* several: IPv6 without its brackets */
    *ret_host = (rf_slice){ address.data, (size_t)(colon - address.data) };
    return colon;
}

static bool split(rf_slice address, host_port *ret) {
    rf_slice host;
    const char *colon = split_host(address, &host);
    if (!colon || host.len >= sizeof ret->host || (host.len && memchr(host.data, '\0', host.len)))
        return false;
    rf_slice port = { colon + 1, (size_t)(address.data + address.len - colon) - 1 };
    int64_t number;
    if (port.len == 0 || port.len >= sizeof ret->port || !rf_number_parse_i64(port, &number) || number < 0 || number > 65535)
        return false;
    memcpy(ret->host, host.len ? host.data : "", host.len);
    ret->host[host.len] = '\0';
    (void)snprintf(ret->port, sizeof ret->port, "%u", (unsigned)number & 0xffff);
    return true;
}

/* A listening socket, or -1 with errno. */
static int listen_on(const struct addrinfo *info, bool both_families, bool shared) {
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info->ai_protocol);
    if (fd < 0)
        return -1;
    int on = 1, v6_only = !both_families;
    /* A port whose last user's connections linger may be taken again at once; one in use may not. */
    bool ready = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (ready && shared)
        ready = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
    if (ready && info->ai_family == AF_INET6)
        ready = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0;
    if (ready && bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int cause = errno;
    (void)close(fd); /* nothing was written */
    errno = cause;
    return -1;
}

/* The first that can be had. An empty host has two: the one for both families first. */
static int listen_on_any(const struct addrinfo *infos, bool every_interface, bool shared) {
    int fd = -1;
    for (int wanted = every_interface ? AF_INET6 : AF_UNSPEC; fd < 0; wanted = AF_UNSPEC) {
        for (const struct addrinfo *info = infos; info && fd < 0; info = info->ai_next)
            if (wanted == AF_UNSPEC || info->ai_family == wanted)
                fd = listen_on(info, every_interface, shared);
        if (wanted == AF_UNSPEC)
            break;
    }
    return fd;
}

static bool write_name(int fd, char ret_name[RF_LISTEN_NAME_MAX]) {
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char host[64], port[6];
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return false;
    (void)snprintf(ret_name, RF_LISTEN_NAME_MAX, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}

static rf_code raise_listen(rf_error *reterr, rf_slice address, int cause) {
    rf_code code = rf_raise(reterr, RF_EIO, "cannot listen on %.*s: %s", RF_SLICE_ARG(address), strerror(cause));
    if (cause == EADDRINUSE)
        rf_error_hint(reterr, "another program (or another riffle) has this port: set `http.address` to a free one, such as "
                              "127.0.0.1:4196, or `http.enabled: false`");
    else if (cause == EACCES)
        rf_error_hint(reterr, "ports below 1024 are for root: take a higher one");
    else if (cause == EADDRNOTAVAIL)
        rf_error_hint(reterr, "the address is none of this machine's: take 127.0.0.1, or leave the host out for every interface");
    return code;
}

rf_code rf_listen_open(rf_slice address, bool shared, int *ret_fd, char ret_name[RF_LISTEN_NAME_MAX], rf_error *reterr) {
    assert(ret_fd && ret_name);
    host_port target;
    if (!split(address, &target)) {
        rf_code code = rf_raise(reterr, RF_ECONFIG, "`%.*s` is no address to listen on", RF_SLICE_ARG(address));
        rf_error_hint(reterr, "HOST:PORT, such as 127.0.0.1:4195 or [::1]:4195");
        return code;
    }
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM }, *infos = NULL;
    const char *host = target.host[0] ? target.host : NULL;
    if (host && strcmp(host, "localhost") == 0)
        host = "127.0.0.1"; /* a minimal machine may have no /etc/hosts to say so */
    int failure = getaddrinfo(host, target.port, &hints, &infos);
    if (failure == EAI_MEMORY)
        return rf_raise_nomem(reterr);
    if (failure)
        return rf_raise(reterr, RF_EIO, "cannot listen on %.*s: %s", RF_SLICE_ARG(address),
                        failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
    int fd = listen_on_any(infos, !target.host[0], shared);
    int cause = errno;
    freeaddrinfo(infos);
    if (fd < 0)
        return raise_listen(reterr, address, cause);
    if (!write_name(fd, ret_name)) {
        cause = errno;
        (void)close(fd); /* nothing was written */
        return raise_listen(reterr, address, cause);
    }
    *ret_fd = fd;
    return RF_OK;
}
