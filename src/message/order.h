/* order.h: the members of a map in bytewise order of their keys, as JSON bytes and text forms show them. */
#ifndef RF_MESSAGE_ORDER_H
#define RF_MESSAGE_ORDER_H

#include "message/value.h"

#define RF_ORDER_SMALL 32 /* maps up to this size are ordered without the heap */

typedef struct rf_order {
    const rf_member **members; /* `size` of them; points at `small` or the heap */
    const rf_member *small[RF_ORDER_SMALL];
} rf_order;

/* Done is fine after a failure too. False: out of memory. */
bool rf_order_init(rf_order *order, const rf_value *map) RF_NODISCARD;
void rf_order_done(rf_order *order);

#endif
