/* box_internal.h: what box.c and box_draw.c share. */
#ifndef RF_TERMINAL_BOX_INTERNAL_H
#define RF_TERMINAL_BOX_INTERNAL_H

#include "base/arena.h"
#include "terminal/box.h"

#define RF_BOX_QUERY_MAX 64u

typedef struct rf_box_item {
    rf_slice plugin, id, label, description;
    const rf_value *items; /* of its submenu; NULL: none */
    uint32_t item_count;
} rf_box_item;

typedef struct rf_box_found { uint32_t index; int score; } rf_box_found; /* of the list */

/* One list that is open, and where it stands. */
typedef struct rf_box_level {
    const rf_value *items;
    uint32_t count;
    rf_slice title;
    size_t selected, top;           /* of what was found */
    char query[RF_BOX_QUERY_MAX];
    size_t query_len;
} rf_box_level;

struct rf_box {
    rf_arena arena;                 /* the event's copy */
    rf_box_kind kind;
    rf_slice plugin;                /* of items that name none */
    rf_box_level levels[RF_BOX_DEPTH_MAX];
    size_t depth;                   /* from 1 */
    uint32_t longest;               /* list of all */
    rf_box_found *found;            /* owned; of the open list, best first */
    size_t found_count;
    size_t shown_rows;              /* of the list, when it was last drawn: what a page is */
};

static inline rf_box_level *rf_box_open_level(rf_box *box) { return &box->levels[box->depth - 1]; }
void rf_box_item_read(const rf_box *box, const rf_value *value, rf_box_item *ret_item);

#endif
