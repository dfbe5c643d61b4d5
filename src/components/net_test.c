/* net_test.c: addresses that are none, and sockets that meet. */
#include "base/slice.h"
#include "components/net.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool good(rf_net_kind kind, const char *address, bool listens) { return rf_net_check(kind, rf_slice_of(address), listens, NULL) == RF_OK; }

RF_TEST(addresses_are_looked_at_before_they_are_used) {
    rf_check(good(RF_NET_TCP, "127.0.0.1:1", false) && good(RF_NET_TCP, "[::1]:1", false) && good(RF_NET_UDP, "host.example:http", false));
    rf_check(good(RF_NET_TCP, ":1", true) && !good(RF_NET_TCP, ":1", false));
    rf_check(!good(RF_NET_TCP, "127.0.0.1", false) && !good(RF_NET_TCP, "::1:1", false) && !good(RF_NET_UDP, "host:", false) && !good(RF_NET_TCP, "", true));
    char longest[200];
    memset(longest, 'a', sizeof longest);
    longest[108] = '\0';
    rf_check(!good(RF_NET_UNIX, longest, true) && !good(RF_NET_UNIX, "", false));
    longest[107] = '\0';
    rf_check(good(RF_NET_UNIX, longest, true));
}

static void shut(const int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
}

RF_TEST(who_listens_is_reached_and_who_does_not_is_named) {
    RF_CLEANUP(shut) int listening = -1;
    RF_CLEANUP(shut) int fd = -1;
    char name[RF_NET_NAME_MAX];
    rf_error error = { 0 };
    rf_check(!rf_net_listen(RF_NET_TCP, RF_SLICE("127.0.0.1:0"), false, &listening, name, NULL));
    rf_check(!rf_net_dial(RF_NET_TCP, rf_slice_of(name), NULL, UINT64_C(5000000000), &fd, NULL));
    int second = -1;
    rf_check(rf_net_listen(RF_NET_TCP, rf_slice_of(name), false, &second, name, &error) == RF_EIO && strstr(error.message, "in use"));
    rf_check(rf_net_dial(RF_NET_UNIX, RF_SLICE("/none/such.sock"), NULL, UINT64_C(1000000000), &second, &error) == RF_EIO);
    rf_check(strstr(error.message, "/none/such.sock") && (error.flags & RF_ERROR_RETRIABLE));
}
