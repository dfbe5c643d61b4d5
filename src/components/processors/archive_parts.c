/* archive_parts.c: JSON values of messages. */
#include "components/processors/archive.h"

#include "base/slice.h"
#include "message/json.h"
#include "message/json_complaint.h"

rf_code rf_archive_value(rf_batch *batch, rf_message *message, rf_value *ret_value, rf_error *reterr) {
    if (message->payload.kind != RF_RAW) {
        *ret_value = message->payload;
        return RF_OK;
    }
    rf_slice text = rf_value_text(&message->payload);
    rf_code code = rf_json_parse(&batch->arena, text, RF_JSON_LEXEMES, ret_value, reterr);
    if (!code || code == RF_ENOMEM)
        return code;
    char why[128];
    rf_json_complaint(text, why, sizeof why);
    return rf_raise(reterr, RF_EPARSE, "%s", why);
}
