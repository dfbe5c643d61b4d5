/* order.c: the members of a map in bytewise order of their keys. */
#include "message/order.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>

static int compare_members(const void *a, const void *b) {
    const rf_member *const *left = a, *const *right = b;
    return rf_slice_compare((*left)->key, (*right)->key);
}

/* Maps are small and often in order already: then this is one comparison a member. */
static void insertion_sort(const rf_member **members, size_t count) {
    for (size_t i = 1; i < count; i++) {
        const rf_member *moving = members[i];
        size_t at = i;
        for (; at > 0 && rf_slice_compare(members[at - 1]->key, moving->key) > 0; at--)
            members[at] = members[at - 1];
        members[at] = moving;
    }
}

bool rf_order_init(rf_order *order, const rf_value *map) {
    assert(map->kind == RF_MAP);
    order->members = order->small;
    if (map->size > RF_ORDER_SMALL) {
        size_t bytes;
        order->members = rf_mul_overflow(map->size, sizeof *order->members, &bytes) ? NULL : rf_alloc(bytes);
        if (!order->members)
            return false;
    }
    for (uint32_t i = 0; i < map->size; i++)
        order->members[i] = &map->members[i];
    if (map->size > RF_ORDER_SMALL)
        qsort(order->members, map->size, sizeof *order->members, compare_members);
    else
        insertion_sort(order->members, map->size);
    return true;
}

void rf_order_done(rf_order *order) {
    if (order->members != order->small)
        rf_free(order->members);
    order->members = NULL;
}
