/* tag_convert.h: the `value` of a tag's message, out of a payload and its `datatype`. */
#ifndef RF_COMPONENTS_TAG_CONVERT_H
#define RF_COMPONENTS_TAG_CONVERT_H

#include "message/value.h"
#include "riffle/error.h"

/*
 * stream.md 2.4: `datatype` string, number or bool forces a kind; anything else, or nothing, lets the value decide.
 * `scratch` is reused from call to call. *ret_value is always something JSON can hold.
 * Errors: RF_EPARSE the payload is not what `datatype` asks for; RF_ESCRIPT JSON cannot hold the result (NaN, 012);
 * RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_tag_convert(rf_arena *arena, rf_buffer *scratch, rf_value *payload, rf_slice datatype,
                                    rf_value *ret_value, rf_error *reterr);

#endif
