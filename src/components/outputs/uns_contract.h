/* uns_contract.h: whether a message is what its data contract says. */
#ifndef RF_OUTPUTS_UNS_CONTRACT_H
#define RF_OUTPUTS_UNS_CONTRACT_H

#include "components/outputs/uns_registry.h"

/* In the batch's arena. */
typedef struct rf_uns_verdict {
    rf_slice name, version; /* of the contract, when it was checked */
    rf_slice reason;        /* why it was not; empty: it was */
} rf_uns_verdict;

/*
 * `contract`: of `topic`, the message's. Looks contracts with a version up.
 * Errors: RF_ESCRIPT it is not what its contract says; RF_ENOMEM.
 */
RF_NODISCARD rf_code rf_uns_contract_check(rf_uns_registry *registry, rf_batch *batch, uint32_t index, rf_slice topic, rf_slice contract,
                                           rf_uns_verdict *ret_verdict, rf_error *reterr);

#endif
