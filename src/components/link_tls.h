/* link_tls.h: the TLS of a link. Internal to link.c. */
#ifndef RF_COMPONENTS_LINK_TLS_H
#define RF_COMPONENTS_LINK_TLS_H

#include "components/tls.h"

typedef struct rf_link_tls rf_link_tls;

/* What OpenSSL waits for when it says RF_EAGAIN. */
typedef struct rf_link_want { bool read, write; } rf_link_want;

/* Loads libssl, reads the certificates. `host` is what the server's certificate has to name. */
RF_NODISCARD rf_code rf_link_tls_new(const rf_tls_conf *conf, const char *host, int fd, rf_link_tls **ret_tls, rf_error *reterr);
void rf_link_tls_free(rf_link_tls *tls);
/* RF_EAGAIN: wait for *ret_want, call again. RF_EREFUSED: a certificate; RF_EIO. */
RF_NODISCARD rf_code rf_link_tls_handshake(rf_link_tls *tls, rf_link_want *ret_want, rf_error *reterr);
RF_NODISCARD rf_code rf_link_tls_read(rf_link_tls *tls, void *bytes, size_t cap, size_t *ret_got, rf_link_want *ret_want, rf_error *reterr);
RF_NODISCARD rf_code rf_link_tls_write(rf_link_tls *tls, const void *bytes, size_t len, size_t *ret_put, rf_link_want *ret_want,
                                       rf_error *reterr);
/* Tells the peer that no more comes; does not wait. */
void rf_link_tls_end(rf_link_tls *tls);

#endif
