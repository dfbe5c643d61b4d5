/* api.h: what the files behind riffle/fusabi.h share: values between host and VM. */
#ifndef RF_SCRIPT_FUSABI_API_H
#define RF_SCRIPT_FUSABI_API_H

#include "riffle/fusabi.h"
#include "script/fusabi/vm.h"

/* Most arguments of one call between host and script. */
#define RF_FUS_API_ARGS_MAX 100u

/* Objects and lists. */
void rf_fus_api_object_out(rf_fus_value value, rf_fusabi_value *ret_value);
/* A copy of the text in the heap. Errors: RF_EPARSE not UTF-8; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_api_text_in(rf_fus_vm *vm, rf_slice text, rf_fus_value *ret_value, rf_error *reterr);
RF_NODISCARD rf_code rf_fus_api_int_in(rf_fus_vm *vm, int64_t integer, rf_fus_value *ret_value, rf_error *reterr);

/* A value of the VM as the host sees it. Errors: RF_ENOMEM. In the header, as what follows: it is most of what a call costs on
 * this side. */
RF_NODISCARD static inline rf_code rf_fus_api_out(rf_fus_vm *vm, rf_fus_value value, rf_fusabi_value *ret_value, rf_error *reterr) {
    if (RF_LIKELY(rf_fus_is_string(value))) {
        const rf_fus_string *flat = RF_FUS_AS(const rf_fus_string, value);
        ret_value->kind = RF_FUSABI_STRING;
        ret_value->text = flat->head.type == RF_FUS_T_STRING ? (rf_slice){ flat->bytes, flat->head.length } : rf_fus_text(vm, value);
        return RF_LIKELY(ret_value->text.data != NULL) ? RF_OK : rf_raise_nomem(reterr);
    }
    if (rf_fus_is_any_int(value))
        *ret_value = rf_fusabi_int(rf_fus_int(value));
    else if (rf_fus_is_double(value))
        *ret_value = rf_fusabi_float(rf_fus_double(value));
    else if (rf_fus_is_bool(value))
        *ret_value = rf_fusabi_bool(value == RF_FUS_TRUE);
    else if (value == RF_FUS_UNIT)
        *ret_value = rf_fusabi_unit();
    else
        rf_fus_api_object_out(value, ret_value);
    return RF_OK;
}

/* And back; texts are copied into the heap. Errors: RF_EPARSE not UTF-8; RF_ENOMEM. */
RF_NODISCARD static inline rf_code rf_fus_api_in(rf_fus_vm *vm, const rf_fusabi_value *value, rf_fus_value *ret_value, rf_error *reterr) {
    switch (value->kind) {
    case RF_FUSABI_STRING: return rf_fus_api_text_in(vm, value->text, ret_value, reterr);
    case RF_FUSABI_INT: return rf_fus_api_int_in(vm, value->integer, ret_value, reterr);
    case RF_FUSABI_UNIT: *ret_value = RF_FUS_UNIT; return RF_OK;
    case RF_FUSABI_BOOL: *ret_value = rf_fus_of_bool(value->boolean); return RF_OK;
    case RF_FUSABI_FLOAT: *ret_value = rf_fus_of_double(value->number); return RF_OK;
    default: *ret_value = value->object; return RF_OK;
    }
}

/* The same for several. */
RF_NODISCARD static inline rf_code rf_fus_api_in_all(rf_fus_vm *vm, const rf_fusabi_value *values, uint32_t count, rf_fus_value *ret_values,
                                                     rf_error *reterr) {
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < count && !code; i++)
        code = rf_fus_api_in(vm, &values[i], &ret_values[i], reterr);
    return code;
}

#endif
