/* password.h: a password that is known by its hash alone. */
#ifndef RF_OBSERVE_PASSWORD_H
#define RF_OBSERVE_PASSWORD_H

#include "riffle/base.h"
#include "riffle/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum rf_password_algorithm { RF_PASSWORD_MD5, RF_PASSWORD_SHA256, RF_PASSWORD_BCRYPT, RF_PASSWORD_SCRYPT } rf_password_algorithm;

#define RF_PASSWORD_BYTES_MAX 512u /* a longer one is never right */
#define RF_PASSWORD_BCRYPT_LEN 60u /* "$2b$10$" and what follows */

/* Bytes, not base64; bcrypt: its text, with a NUL behind. */
typedef struct rf_password { rf_password_algorithm algorithm; rf_slice hash, salt; } rf_password;

/* What spares the slow algorithms the same work for every request: a digest of the last password that was right. Zeroed: of none. */
typedef struct rf_password_memory { uint8_t key[32], digest[32]; bool made; } rf_password_memory;

/* Bytes that a hash of it has. */
size_t rf_password_hash_bytes(rf_password_algorithm algorithm);
/* Takes as long whatever the first byte is that differs. False also when there is no memory for it.
 * Cost: md5, sha256: a microsecond; scrypt: 32 MiB and a tenth of a second; bcrypt: what its hash says. */
bool rf_password_is(const rf_password *password, rf_slice given, rf_password_memory *memory);
/* bcrypt needs a library that is loaded. Errors: RF_ENOTFOUND. */
RF_NODISCARD rf_code rf_password_prepare(const rf_password *password, rf_error *reterr);

#endif
