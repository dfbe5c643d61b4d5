/* json_scan.h: where a JSON value ends, byte by byte; what is wrong with one, json_complaint.h says in one go. */
#ifndef RF_MESSAGE_JSON_SCAN_H
#define RF_MESSAGE_JSON_SCAN_H

#include "message/value.h"

#include <stdbool.h>

/* One value after another, fed in parts of any size. Zeroed is ready; so it is after a value was done. */
typedef struct rf_json_scan {
    uint8_t state;
    uint8_t matched;    /* of a literal or an escape, how many characters */
    const char *word;   /* the literal that is being read; static */
    uint16_t depth;
    uint8_t within[RF_VALUE_DEPTH_MAX]; /* what each open level is in */
    char fault[96];     /* what is wrong, in the words that users of the original know */
} rf_json_scan;

typedef enum rf_json_scanned {
    RF_JSON_MORE, /* all bytes are used, and the value is not complete */
    RF_JSON_DONE, /* the value ends behind `*ret_used` bytes */
    RF_JSON_WRONG, /* the byte at `*ret_used` cannot stand there: `fault` */
} rf_json_scanned;

/* Blanks before the value are skipped and counted. */
rf_json_scanned rf_json_scan_feed(rf_json_scan *scan, rf_slice text, size_t *ret_used);
/* No further byte comes. RF_JSON_DONE: that completed a number. RF_JSON_MORE: no value was begun. */
rf_json_scanned rf_json_scan_end(rf_json_scan *scan);

#endif
