/* conn_test.c: connections that read in pieces, send more than the peer takes, and end. */
#include "harness.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "terminal/conn_fixture.h"

#include <string.h>

static bool was_woken(const conn_pair *p) {
    eventfd_t count;
    return eventfd_read(p->wake, &count) == 0;
}

static void free_memory(char **memory) { rf_free(*memory); }

RF_TEST(what_the_peer_does_not_take_waits_and_arrives_whole) {
    CONN_PAIR(p);
    enum { BYTES = 3000000 };
    RF_CLEANUP(free_memory) char *sent = rf_alloc(BYTES);
    RF_CLEANUP(free_memory) char *got = rf_alloc(BYTES + 10);
    rf_check(conn_pair_open(&p) && sent && got);
    for (size_t i = 0; i < BYTES; i++)
        sent[i] = (char)(i * 2654435761u >> 24);
    rf_conn_send(p.conn, (rf_slice){ sent, BYTES / 2 });
    rf_conn_send(p.conn, (rf_slice){ sent + BYTES / 2, BYTES - BYTES / 2 });
    if (rf_conn_is_broken(p.conn))
        return; /* there was no memory for what waits: given up, as the header says */
    rf_check(rf_conn_waiting(p.conn) > 0 && was_woken(&p));
    size_t len = 0;
    for (unsigned turns = 0; len < BYTES && turns < 1000000; turns++) {
        ssize_t more = recv(p.peer, got + len, BYTES + 10 - len, MSG_DONTWAIT);
        len += more > 0 ? (size_t)more : 0;
        (void)rf_conn_flush(p.conn);
    }
    rf_check(len == BYTES && memcmp(sent, got, BYTES) == 0 && rf_conn_waiting(p.conn) == 0);
}

RF_TEST(what_was_not_taken_stays_to_be_read) {
    CONN_PAIR(p);
    rf_check(conn_pair_open(&p));
    rf_check(send(p.peer, "one\ntw", 6, 0) == 6);
    rf_check(rf_conn_read(p.conn, 1000));
    rf_check_text(rf_buffer_view(&p.conn->in), RF_SLICE("one\ntw"));
    rf_conn_take(p.conn, 4);
    rf_check(send(p.peer, "o\n", 2, 0) == 2 && rf_conn_read(p.conn, 1000));
    rf_check_text(rf_buffer_view(&p.conn->in), RF_SLICE("two\n"));
    (void)close(p.peer);
    p.peer = -1;
    rf_check(!rf_conn_read(p.conn, 1000));
}

RF_TEST(a_peer_that_is_gone_breaks_the_connection_and_nothing_else) {
    CONN_PAIR(p);
    rf_check(conn_pair_open(&p));
    (void)close(p.peer);
    p.peer = -1;
    rf_conn_send(p.conn, RF_SLICE("x"));
    rf_conn_send(p.conn, RF_SLICE("y"));
    rf_check(rf_conn_is_broken(p.conn) && rf_conn_waiting(p.conn) == 0 && rf_conn_flush(p.conn) == 0);
}

RF_TEST(breaking_wakes_whoever_polls) {
    CONN_PAIR(p);
    rf_check(conn_pair_open(&p));
    rf_conn_break(p.conn);
    rf_check(rf_conn_is_broken(p.conn) && was_woken(&p) && !rf_conn_read(p.conn, 10));
}
