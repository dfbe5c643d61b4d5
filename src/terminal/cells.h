/* cells.h: text that somebody else wrote, put on a terminal: without controls, and cut to columns. */
#ifndef RF_TERMINAL_CELLS_H
#define RF_TERMINAL_CELLS_H

#include "base/buffer.h"

/* One character off the front: what is shown of it (0: nothing; a blank for a line break or tab; U+FFFD for a control or for bytes that
 * are no UTF-8), and the columns that it takes: 0, 1 or 2. `text` is not empty. */
uint32_t rf_cells_next(rf_slice *text, size_t *ret_width);
/* The columns that all of it takes. */
size_t rf_cells_width(rf_slice text);
/* Appends it, at most `room` columns; what is cut ends in an ellipsis. Returns the columns that it took. */
size_t rf_cells_put(rf_buffer *out, rf_slice text, size_t room);
void rf_cells_blanks(rf_buffer *out, size_t count);

#endif
