/* json_complaint.h: why a text is no JSON, in the words that users of the original know. */
#ifndef RF_MESSAGE_JSON_COMPLAINT_H
#define RF_MESSAGE_JSON_COMPLAINT_H

#include "riffle/base.h"

/* Writes why `text` cannot be read as one JSON document, such as "invalid character 'b' looking for beginning of value".
 * Cost: a pass over the text; for what has failed to parse already. */
void rf_json_complaint(rf_slice text, char *out, size_t size);

#endif
