/* claims.h: whose messages a component keeps: they are acknowledged to their inputs when whoever took them over is done with them. */
#ifndef RF_STREAM_CLAIMS_H
#define RF_STREAM_CLAIMS_H

#include "message/message.h"

/* Those who wait for some messages: inputs' batches. Heap; one owner; no lock: whoever has it may read it on any thread. */
typedef struct rf_claims rf_claims;

/* NULL: out of memory. */
rf_claims *rf_claims_new(void) RF_NODISCARD;
/* Within an output's `write` or a buffer's `store`, whose kind says that it keeps: those who wait for the messages of `batch` do so until
 * the claims are answered, too. False: out of memory, and nothing changed. */
bool rf_claims_take(rf_claims *claims, const rf_batch *batch) RF_NODISCARD;
/* Those of `from`, too. False: out of memory; some may be there. */
bool rf_claims_join(rf_claims *claims, const rf_claims *from) RF_NODISCARD;
/* What an output would not take is tried again: somebody among them wants that. */
bool rf_claims_replay(const rf_claims *claims);
/*
 * The end of it, and of `claims`; NULL is fine. `why` NULL: they were given up with the run, if they were not delivered. Inputs are told
 * later, by a thread of the runtime. Thread: any; takes the stream's lock for a moment.
 */
void rf_claims_answer(rf_claims *claims, bool delivered, const char *why);

#endif
