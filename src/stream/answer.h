/* answer.h: messages that are the answer to whoever sent those that they come from, and waits for it. */
#ifndef RF_STREAM_ANSWER_H
#define RF_STREAM_ANSWER_H

#include "message/message.h"

/* Somebody may wait for an answer to messages of this batch, which is being processed or written. */
bool rf_answer_is_awaited(const rf_batch *batch);
/*
 * `answers`: messages of a batch of the caller's, whose `origin` is 1 + the place in `batch` of what each answers; or `batch` itself.
 * Of a batch that an output collected from several senders each gets what is its own, and all get what cannot be told apart.
 * Errors: RF_ESCRIPT an answer cannot be made, the first of them; the others are. RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_answer_give(rf_batch *batch, rf_batch *answers, rf_error *reterr);

#endif
