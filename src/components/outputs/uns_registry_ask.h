/* uns_registry_ask.h: between the parts of the registry: the questions that it is asked. */
#ifndef RF_OUTPUTS_UNS_REGISTRY_ASK_H
#define RF_OUTPUTS_UNS_REGISTRY_ASK_H

#include "components/outputs/uns_registry.h"

/* Fetches the subjects that begin with the contract's key and a hyphen, with the latest version of each, into the contract, which is
 * empty. `why` is set when one of them cannot be used. Errors: RF_EIO nobody answers, or not well; RF_ENOMEM. */
RF_NODISCARD rf_code rf_uns_registry_ask(rf_uns_registry *self, rf_uns_contract *contract, rf_error *reterr);
/* Its schemas go. */
void rf_uns_registry_drop(rf_uns_contract *contract);

#endif
