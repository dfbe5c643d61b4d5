/* char_width.h: how many columns a character takes. */
#ifndef RF_TERMINAL_CHAR_WIDTH_H
#define RF_TERMINAL_CHAR_WIDTH_H

#include <stdint.h>

/* 0 for one that joins the character before it, 1, or 2. Controls are not asked for. */
int rf_char_width(uint32_t c);

#endif
