/* percent.h: percent-encoding (RFC 3986, 2.1), taken off byte by byte. */
#ifndef RF_TERMINAL_PERCENT_H
#define RF_TERMINAL_PERCENT_H

#include "riffle/base.h"

static inline int rf_percent_digit(char c) {
    int small = c | 0x20;
    return c >= '0' && c <= '9' ? c - '0' : small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/* The next byte of a text that is not empty; `left` moves on. A percent sign that begins no byte is itself. */
static inline char rf_percent_next(rf_slice *left) {
    int high = left->data[0] == '%' && left->len > 2 ? rf_percent_digit(left->data[1]) : -1;
    int low = high < 0 ? -1 : rf_percent_digit(left->data[2]);
    char c = low < 0 ? left->data[0] : (char)(high << 4 | low);
    size_t taken = low < 0 ? 1 : 3;
    *left = (rf_slice){ left->data + taken, left->len - taken };
    return c;
}

#endif
