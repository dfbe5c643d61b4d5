/* socket.c: the sockets of librdkafka: those to brokers that are gone without a word are noticed. */
#include "components/kafka/client.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define ALIVE_NS (15 * RF_NS_PER_S) /* as long as nothing is heard, and between questions */
#define ALIVE_COUNT 9

static bool set(int fd, int level, int name, uint64_t value) {
    int number = value > INT32_MAX ? INT32_MAX : (int)value;
    return setsockopt(fd, level, name, &number, sizeof number) == 0;
}

/* At least one, which is what the system takes. */
static uint64_t seconds(uint64_t ns, uint64_t standard_ns) {
    uint64_t s = (ns ? ns : standard_ns) / RF_NS_PER_S;
    return s ? s : 1;
}

static bool watch(int fd, const rf_kafka_tcp *tcp) {
    return set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) && set(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds(tcp->alive.idle_ns, ALIVE_NS)) &&
           set(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds(tcp->alive.interval_ns, ALIVE_NS)) &&
           set(fd, IPPROTO_TCP, TCP_KEEPCNT, tcp->alive.count ? (uint64_t)tcp->alive.count : ALIVE_COUNT) &&
           (!tcp->user_ns || set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, tcp->user_ns < RF_NS_PER_MS ? 1 : tcp->user_ns / RF_NS_PER_MS));
}

int rf_kafka_socket(int domain, int type, int protocol, void *opaque) {
    const rf_kafka_client *client = opaque;
    int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
    if (fd >= 0 && !watch(fd, &client->link->tcp))
        rf_kafka_client_log(client, RF_LOG_WARN, "a connection will be found dead late: %s", strerror(errno));
    return fd;
}
