/* box.h: the box over an attached session: the palette, a plugin's list of choices, its menu with submenus. */
#ifndef RF_TERMINAL_BOX_H
#define RF_TERMINAL_BOX_H

#include "base/buffer.h"
#include "message/value.h"
#include "riffle/error.h"

#include <stdbool.h>

#define RF_BOX_WIDTH_MAX 60u
#define RF_BOX_HEIGHT_MAX 14u
#define RF_BOX_DEPTH_MAX 8u     /* submenus within each other */
#define RF_BOX_ITEMS_MAX 5000u  /* of one list */

typedef enum rf_box_kind {
    RF_BOX_PALETTE, /* searched from the start; items name their plugins */
    RF_BOX_MODAL,   /* a list of one plugin, with a title */
    RF_BOX_MENU,    /* the same; items may have "items" of their own */
} rf_box_kind;

typedef struct rf_box rf_box; /* one thread */

/*
 * `event` is a frame's event (frame.h): "title", "plugin", and "items" or "commands", of which a copy is kept. Errors: RF_ENOMEM; RF_EPARSE nested
 * too deep.
 */
RF_NODISCARD rf_code rf_box_new(rf_box_kind kind, const rf_value *event, rf_box **ret_box, rf_error *reterr);
void rf_box_free(rf_box *box); /* NULL is fine */
rf_box_kind rf_box_kind_of(const rf_box *box);
/* Other items for a palette, what was typed stays. Errors: as above; the box is then as it was. */
RF_NODISCARD rf_code rf_box_set_items(rf_box *box, const rf_value *event, rf_error *reterr);

typedef enum rf_box_answer { RF_BOX_STAYS, RF_BOX_CLOSED, RF_BOX_CHOSEN } rf_box_answer;
/* A key by its name (rf_input_key()), "" for what has none; `bytes` are what it sent: what can be drawn is searched for. */
rf_box_answer rf_box_key(rf_box *box, const char *name, rf_slice bytes);

/* What is chosen, valid as long as the box and its items. */
typedef struct rf_box_choice { rf_slice plugin, id; } rf_box_choice;
/* False: the list is empty. */
bool rf_box_chosen(const rf_box *box, rf_box_choice *ret_choice);

/* Appends what draws the box in the middle of a terminal of that size; leaves the cursor in its search line, or hidden. Cleaned of controls. */
void rf_box_draw(rf_box *box, size_t columns, size_t rows, rf_buffer *out);

#endif
