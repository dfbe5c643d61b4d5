/* api.h: what the files behind riffle/fusabi.h share: values between host and VM. */
#ifndef RF_SCRIPT_FUSABI_API_H
#define RF_SCRIPT_FUSABI_API_H

#include "riffle/fusabi.h"
#include "script/fusabi/vm.h"

/* Most arguments of one call between host and script. */
#define RF_FUS_API_ARGS_MAX 100u

/* A value of the VM as the host sees it. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_api_out(rf_fus_vm *vm, rf_fus_value value, rf_fusabi_value *ret_value, rf_error *reterr);
/* And back; texts are copied into the heap. Errors: RF_EPARSE not UTF-8; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_api_in(rf_fus_vm *vm, const rf_fusabi_value *value, rf_fus_value *ret_value, rf_error *reterr);
/* The same for several. */
RF_NODISCARD rf_code rf_fus_api_in_all(rf_fus_vm *vm, const rf_fusabi_value *values, uint32_t count, rf_fus_value *ret_values, rf_error *reterr);

#endif
