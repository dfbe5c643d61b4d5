/* listen_test.c: addresses as users write them, and what goes wrong with them. */
#include "observe/listen.h"

#include "base/slice.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void close_fd(const int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
}

static rf_code open_and_close(const char *address, char name[RF_LISTEN_NAME_MAX], rf_error *error) {
    RF_CLEANUP(close_fd) int fd = -1;
    return rf_listen_open(rf_slice_of(address), false, &fd, name, error);
}

RF_TEST(port_zero_takes_a_free_one) {
    char name[RF_LISTEN_NAME_MAX];
    rf_check(open_and_close("127.0.0.1:0", name, NULL) == RF_OK);
    rf_check(strncmp(name, "127.0.0.1:", 10) == 0 && strcmp(name, "127.0.0.1:0") != 0);
    rf_check(open_and_close("localhost:0", name, NULL) == RF_OK);
}

RF_TEST(an_empty_host_is_every_interface) {
    char name[RF_LISTEN_NAME_MAX];
    rf_check(open_and_close(":0", name, NULL) == RF_OK);
    rf_check(strncmp(name, "[::]:", 5) == 0 || strncmp(name, "0.0.0.0:", 8) == 0);
}

RF_TEST(what_is_no_address_is_a_config_error) {
    static const char *const wrong[] = { "", "4195", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                                         "::1:4195", "[::1:4195", "[::1]4195", "[::1]", "127.0.0.1:0x10", "127.0.0.1: 80" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char name[RF_LISTEN_NAME_MAX];
        rf_error error;
        rf_check(open_and_close(wrong[i], name, &error) == RF_ECONFIG);
        rf_check(strstr(error.message, "no address to listen on") && strstr(error.hint, "127.0.0.1:4195"));
    }
}

RF_TEST(a_port_in_use_is_named_with_what_to_do) {
    char name[RF_LISTEN_NAME_MAX], expected[160];
    RF_CLEANUP(close_fd) int fd = -1;
    rf_error error;
    rf_check(rf_listen_open(RF_SLICE("127.0.0.1:0"), false, &fd, name, NULL) == RF_OK);
    rf_check(open_and_close(name, (char[RF_LISTEN_NAME_MAX]){ 0 }, &error) == RF_EIO);
    (void)snprintf(expected, sizeof expected, "cannot listen on %s: Address already in use", name);
    rf_check_text(rf_slice_of(error.message), rf_slice_of(expected));
    rf_check(strstr(error.hint, "http.address"));
}

RF_TEST(an_address_of_another_machine_is_refused) {
    char name[RF_LISTEN_NAME_MAX];
    rf_error error;
    rf_check(open_and_close("192.0.2.1:0", name, &error) == RF_EIO); /* RFC 5737: nobody's */
    rf_check(strstr(error.message, "192.0.2.1:0") && error.hint[0]);
}
