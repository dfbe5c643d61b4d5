/* link.h: a connection to a server, plain or TLS: bytes go in and out without waiting, and one call waits. */
#ifndef RF_COMPONENTS_LINK_H
#define RF_COMPONENTS_LINK_H

#include "components/tls.h"

#include <poll.h>

typedef struct rf_link rf_link; /* one thread at a time */

typedef struct rf_link_target {
    const char *host;       /* a name, or an address without brackets */
    uint16_t port;
    const rf_tls_conf *tls; /* NULL: plain */
    uint64_t timeout_ns;    /* for all of it: name, connection, handshake */
    int wake;               /* a descriptor that ends the waiting once it can be read; -1: none */
    const _Atomic bool *giving_up; /* ends it, too, within 100 ms; NULL: none */
} rf_link_target;

/*
 * Resolves the name and connects, trying each of its addresses; then the TLS handshake.
 * Blocks: at most about timeout_ns, apart from the system's resolver.
 * Errors: RF_EIO, RF_EREFUSED a certificate is not accepted (both retriable); RF_EAGAIN woken; RF_ENOTFOUND no libssl; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_link_open(const rf_link_target *target, rf_link **ret_link, rf_error *reterr);
/* NULL is fine. */
void rf_link_close(rf_link *link);

/* At most `cap` bytes. RF_EAGAIN: none yet; RF_ECLOSED: the peer has closed; RF_EIO. */
RF_NODISCARD rf_code rf_link_read(rf_link *link, void *bytes, size_t cap, size_t *ret_got, rf_error *reterr);
/* As many of `bytes` as go. RF_EAGAIN: none now; RF_EIO. */
RF_NODISCARD rf_code rf_link_write(rf_link *link, const void *bytes, size_t len, size_t *ret_put, rf_error *reterr);
/* Waits until what is wanted may go on, `wake` can be read, or the time is over. After RF_EAGAIN of both it never turns idle. */
void rf_link_wait(const rf_link *link, bool to_read, bool to_write, int wake, uint64_t wait_ns);
/* What to wait for, for those who wait for more than this. A descriptor of -1: for nothing. */
struct pollfd rf_link_watch(const rf_link *link, bool to_read, bool to_write);
/* Tells the peer that no more comes; what it sends can still be read. */
void rf_link_end(rf_link *link);
/* Whether that descriptor ends waits now; -1 does not. */
bool rf_link_is_woken(int wake);

#endif
