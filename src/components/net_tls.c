/* net_tls.c: connecting in plain or by TLS. */
#include "components/net_tls.h"

#include "base/slice.h"

rf_code rf_net_tls_check(rf_net_kind kind, rf_slice address, const rf_tls_conf *tls, const rf_conf *conf, rf_error *reterr) {
    rf_error error = { 0 };
    char host[RF_NET_HOST_MAX];
    uint16_t port;
    if (!tls->enabled)
        return RF_OK;
    if (kind == RF_NET_TCP && !rf_net_host(address, host, &port, &error))
        return rf_tls_check(tls, conf, reterr);
    if (kind != RF_NET_TCP) {
        (void)rf_raise(&error, RF_ECONFIG, "TLS goes over tcp, not %s", rf_net_kind_names[kind]);
        rf_error_hint(&error, "set network: tcp, or leave the tls block out");
    }
    const rf_conf *node = rf_conf_child(conf, "tls");
    return rf_conf_report(node ? node : conf, &error);
}

rf_code rf_net_tls_dial(rf_net_kind kind, rf_slice address, const rf_tls_conf *tls, const rf_wake *wake, uint64_t timeout_ns,
                        rf_link_pipe **ret_pipe, int *ret_fd, rf_error *reterr) {
    char host[RF_NET_HOST_MAX];
    rf_link_target target = { .host = host, .tls = tls, .timeout_ns = timeout_ns, .wake = wake && wake->made ? wake->fd : -1 };
    if (!tls->enabled)
        return rf_net_dial(kind, address, wake, timeout_ns, ret_fd, reterr);
    rf_code code = rf_net_host(address, host, &target.port, reterr);
    if (!code)
        code = rf_link_pipe_open(&target, ret_pipe, ret_fd, reterr);
    if (code == RF_EIO || code == RF_EREFUSED)
        rf_error_prefix(reterr, "dial tls %.*s: ", RF_SLICE_ARG(address));
    return code;
}
