/* crypto.c: the module Crypto: fingerprints of texts. */
#include "base/slice.h"
#include "script/fusabi/library/modules.h"
#include "script/fusabi/vm.h"

#include <sodium.h>

/* Of the text's UTF-8 bytes. */
static rf_fus_value crypto_sha256(rf_fus_vm *vm, const rf_fus_value *args) {
    rf_slice text;
    if (!rf_fus_expect_text(vm, args[0], &text))
        return RF_FUS_RAISED;
    unsigned char sum[crypto_hash_sha256_BYTES];
    char digits[2 * sizeof sum + 1];
    crypto_hash_sha256(sum, (const unsigned char *)text.data, text.len);
    sodium_bin2hex(digits, sizeof digits, sum, sizeof sum);
    return rf_fus_string_new(vm, (rf_slice){ digits, 2 * sizeof sum });
}

static const rf_fus_lib_row rows[] = {
    { .name = "Crypto.sha256", .params = "s", .type = "string -> string",
      .doc = "The SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits.",
      .example = "Crypto.sha256 \"abc\" // ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      .native = crypto_sha256, .arity = 1, .is_ours = true },
    { 0 },
};
RF_FUS_LIB_MODULE(crypto, "Crypto", "Fingerprints of texts.", rows);
