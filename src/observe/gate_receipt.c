/* gate_receipt.c: those who want to know whether what a server wrote has left the gate, too. */
#include "base/alloc.h"
#include "observe/gate_internal.h"

#include <assert.h>
#include <sys/ioctl.h>

void rf_gate_receipts_init(rf_gate_receipts *receipts) { rf_mutex_init(&receipts->lock); }

static void settle_all(rf_gate_receipt *first, bool sent) {
    for (rf_gate_receipt *one = first, *next; one; one = next) {
        next = one->next;
        one->told(one->arg, sent);
        rf_free(one);
    }
}

void rf_gate_receipts_done(rf_gate_receipts *receipts) {
    settle_all(receipts->first, false);
    rf_mutex_done(&receipts->lock);
}

bool rf_gate_receipts_add(rf_gate_receipts *receipts, int fd, rf_gate_told *told, void *arg) {
    rf_gate_receipt *receipt = rf_alloc(sizeof *receipt);
    if (!receipt)
        return false;
    *receipt = (rf_gate_receipt){ .fd = fd, .told = told, .arg = arg };
    rf_mutex_lock(&receipts->lock);
    receipt->next = receipts->first;
    receipts->first = receipt;
    rf_mutex_unlock(&receipts->lock);
    return true;
}

static rf_gate_guest *owner_of(rf_gate_guest *const *guests, unsigned count, int fd) {
    for (unsigned i = 0; i < count && fd >= 0; i++)
        if (guests[i]->server_fd == fd)
            return guests[i];
    return NULL;
}

void rf_gate_receipts_take(rf_gate_receipts *receipts, rf_gate_guest *const *guests, unsigned count) {
    rf_mutex_lock(&receipts->lock);
    rf_gate_receipt *first = receipts->first;
    receipts->first = NULL;
    rf_mutex_unlock(&receipts->lock);
    for (rf_gate_receipt *one = first, *next; one; one = next) {
        rf_gate_guest *guest = owner_of(guests, count, one->fd);
        next = one->next;
        one->next = guest ? guest->receipts : NULL;
        if (guest)
            guest->receipts = one;
        else
            settle_all(one, false); /* its client broke off, and what had gone before nobody knows any more */
    }
}

bool rf_gate_guest_has_sent_all(rf_gate_guest *guest) {
    int unread = 0;
    if (guest->pump.plain < 0 || guest->pump.out_len > 0)
        return guest->sent_all;
    if (ioctl(guest->pump.plain, FIONREAD, &unread) == 0)
        return unread == 0;
    guest->again = true; /* the system is asked again */
    return false;
}

void rf_gate_guest_settle(rf_gate_guest *guest) {
    if (!guest->receipts)
        return;
    const bool sent = rf_gate_guest_has_sent_all(guest);
    if (!sent && guest->stage == RF_GATE_PASSING)
        return;
    settle_all(guest->receipts, sent);
    guest->receipts = NULL;
}
