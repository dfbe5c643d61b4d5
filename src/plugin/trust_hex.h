/* trust_hex.h: bytes as lower-case hexadecimal digits, which is the one form that is taken: what is signed has one spelling. */
#ifndef RF_PLUGIN_TRUST_HEX_H
#define RF_PLUGIN_TRUST_HEX_H

#include "base/buffer.h"

/* False: not exactly `size` bytes in lower-case digits. (trust_sign.c) */
bool rf_trust_hex_read(rf_slice text, uint8_t *ret_bytes, size_t size);
void rf_trust_hex_write(rf_buffer *out, const uint8_t *bytes, size_t size);

#endif
