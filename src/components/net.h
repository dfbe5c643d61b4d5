/* net.h: sockets by what users write: a kind of network and an address. */
#ifndef RF_COMPONENTS_NET_H
#define RF_COMPONENTS_NET_H

#include "components/wake.h"
#include "riffle/error.h"
#include "stream/conf.h"

typedef enum rf_net_kind { RF_NET_UNIX, RF_NET_TCP, RF_NET_UDP, RF_NET_UNIXGRAM } rf_net_kind;
extern const char *const rf_net_kind_names[]; /* "unix", "tcp", "udp", "unixgram", NULL */

/* The block `tcp` of those who listen. */
typedef struct rf_net_tcp { bool reuse_addr, reuse_port; } rf_net_tcp;
extern const rf_field rf_net_tcp_fields[];

#define RF_NET_NAME_MAX 128 /* "127.0.0.1:4195", or a path */

/* What is wrong with an address, as far as it can be seen. Errors: RF_ECONFIG. */
RF_NODISCARD rf_code rf_net_check(rf_net_kind kind, rf_slice address, bool listens, rf_error *reterr);
/* The parts of HOST:PORT, for those who connect by themselves. Errors: RF_ECONFIG, also for a port that is a name. */
#define RF_NET_HOST_MAX 256
RF_NODISCARD rf_code rf_net_host(rf_slice address, char ret_host[RF_NET_HOST_MAX], uint16_t *ret_port, rf_error *reterr);
/*
 * Connects. The socket does not block.
 * Blocks: at most `timeout_ns`, the system's resolver apart; `wake` ends it (NULL: nothing does).
 * Errors: RF_EIO, retriable; RF_EAGAIN woken.
 */
RF_NODISCARD rf_code rf_net_dial(rf_net_kind kind, rf_slice address, const rf_wake *wake, uint64_t timeout_ns, int *ret_fd,
                                 rf_error *reterr);
/*
 * Listens, or is bound to receive datagrams. A socket file that nobody listens on any more is replaced. `shared`: other programs may take the
 * port too, if they say so as well (SO_REUSEPORT); of no effect on files. Does not block.
 * Errors: RF_EIO.
 */
RF_NODISCARD rf_code rf_net_listen(rf_net_kind kind, rf_slice address, bool shared, int *ret_fd, char ret_name[RF_NET_NAME_MAX],
                                   rf_error *reterr);

#endif
