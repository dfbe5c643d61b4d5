/* link.h: a screen's hyperlinks (OSC 8) by number. */
#ifndef RF_TERMINAL_LINK_H
#define RF_TERMINAL_LINK_H

#include "base/buffer.h"
#include "base/table.h"

#define RF_LINKS_MAX 4096u                   /* numbers go from 1 to this */
#define RF_LINK_URL_MAX 2083u                /* bytes; a longer one is none */
#define RF_LINK_ID_MAX 250u
#define RF_LINKS_BYTES_MAX ((size_t)256 << 10) /* of all together */

typedef struct rf_link { rf_slice id, url; rf_slice key; } rf_link;

/* Zeroed is empty. When it is full, the oldest ones are forgotten, and their numbers used again. */
typedef struct rf_links {
    struct rf_link **items; /* RF_LINKS_MAX + 1 of them, by number; NULL before the first one */
    rf_table numbers;       /* from `id;url` to the item */
    uint32_t next, oldest;
    size_t bytes;
} rf_links;

void rf_links_done(rf_links *links);
/* The number for it; 0: there is no memory, or it is no link: too long, or bytes other than printable ASCII. */
uint16_t rf_links_number(rf_links *links, rf_slice id, rf_slice url);
/* NULL: it was forgotten. */
const rf_link *rf_links_get(const rf_links *links, uint16_t number);
/* What an OSC 8 says (all after `8;`): the number, 0 where a link ends. */
uint16_t rf_links_open(rf_links *links, rf_slice text);
/* Appends the OSC 8 that begins it; 0 ends one. */
void rf_links_write(const rf_links *links, uint16_t number, rf_buffer *out);

#endif
