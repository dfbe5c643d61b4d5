/* net_tls.h: what the socket input and output share: connecting in plain or by TLS. */
#ifndef RF_COMPONENTS_NET_TLS_H
#define RF_COMPONENTS_NET_TLS_H

#include "components/link_pipe.h"
#include "components/net.h"

/* In open: the block, and that the network is one that TLS goes over. Reported at `conf`. Errors: RF_ECONFIG, RF_ENOMEM. */
RF_NODISCARD rf_code rf_net_tls_check(rf_net_kind kind, rf_slice address, const rf_tls_conf *tls, const rf_conf *conf, rf_error *reterr);
/* As rf_net_dial(), by TLS when it is enabled: *ret_pipe, else NULL, is to be closed behind the descriptor. Errors: RF_EREFUSED too. */
RF_NODISCARD rf_code rf_net_tls_dial(rf_net_kind kind, rf_slice address, const rf_tls_conf *tls, const rf_wake *wake, uint64_t timeout_ns,
                                     rf_link_pipe **ret_pipe, int *ret_fd, rf_error *reterr);

#endif
