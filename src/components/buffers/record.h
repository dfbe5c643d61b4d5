/* record.h: a message as bytes that buffers keep: payload, metadata with their types, and whether it failed. */
#ifndef RF_BUFFERS_RECORD_H
#define RF_BUFFERS_RECORD_H

#include "message/message.h"

/* Appends the record of message `index`. `joined`: it is of one batch with the message of the record before. A payload that
 * JSON cannot hold becomes null, in a message marked as failed. Errors: RF_ENOMEM, RF_ELIMIT larger than 2 GiB; `out` is then as it was. */
RF_NODISCARD rf_code rf_record_write(rf_buffer *out, rf_batch *batch, uint32_t index, bool joined, rf_error *reterr);
/* Appends the message to `batch`, all of it copied. Errors: RF_EPARSE it is no record; RF_ENOMEM. The batch is then as it was. */
RF_NODISCARD rf_code rf_record_read(rf_slice record, rf_batch *batch, rf_error *reterr);
bool rf_record_is_joined(rf_slice record);

#endif
