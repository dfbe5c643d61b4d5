/* trust.h: what the user granted to which plugin, and signatures. */
#ifndef RF_PLUGIN_TRUST_H
#define RF_PLUGIN_TRUST_H

#include "base/arena.h"
#include "base/buffer.h"
#include "riffle/error.h"

#include <stdbool.h>

typedef struct rf_trust_grant {
    rf_slice name;
    uint32_t capabilities;
    bool any_version;    /* else only for the content with this hash */
    uint8_t hash[32];    /* rf_trust_hash() */
} rf_trust_grant;
typedef struct rf_trust_key { rf_slice name; uint8_t key[32]; } rf_trust_key; /* public, Ed25519 */

/* The user's list: trust.toml in the configuration folder. */
typedef struct rf_trust {
    rf_arena arena;
    rf_trust_grant *grants;
    size_t grant_count;
    rf_trust_key *keys;
    size_t key_count;
    rf_slice *disabled;  /* names that `riffle plugin disable` turned off */
    size_t disabled_count;
} rf_trust;

/* A missing file is an empty list. Errors: RF_ECONFIG, RF_EPARSE with place; RF_EIO (also: others may write the file); RF_ENOMEM. */
RF_NODISCARD rf_code rf_trust_load(const char *path, rf_trust *ret_trust, rf_error *reterr);
void rf_trust_done(rf_trust *trust); /* zeroed is fine */
/* Replaces the file as a whole, 0600. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_trust_save(const char *path, const rf_trust *trust, rf_error *reterr);
/* Change the list in memory; texts are copied. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_trust_grant_add(rf_trust *trust, const rf_trust_grant *grant, rf_error *reterr); /* replaces that of the same name */
RF_NODISCARD rf_code rf_trust_disable(rf_trust *trust, rf_slice name, bool disabled, rf_error *reterr);
RF_NODISCARD rf_code rf_trust_key_add(rf_trust *trust, const rf_trust_key *key, rf_error *reterr);
bool rf_trust_is_disabled(const rf_trust *trust, rf_slice name);
/* BLAKE2b-256 over lengths and bytes of both, with our own personalisation. */
void rf_trust_hash(rf_slice plugin, rf_slice manifest, uint8_t ret_hash[32]);
/* What the user granted to that plugin with that content. */
uint32_t rf_trust_granted(const rf_trust *trust, rf_slice name, const uint8_t hash[32]);

/* A signature file (NAME.sig beside the plugin): one line "riffle-signature 1 <64 hex: public key> <128 hex: signature>". */
/* Errors: RF_EREFUSED none of the keys made it, or it does not fit; RF_EPARSE not a signature file. */
RF_NODISCARD rf_code rf_trust_verify(const rf_trust *trust, const uint8_t hash[32], rf_slice signature, const rf_trust_key **ret_key,
                                     rf_error *reterr);
/* `secret`: 32 bytes, an Ed25519 seed. Appends the line. */
RF_NODISCARD rf_code rf_trust_sign(const uint8_t secret[32], const uint8_t hash[32], rf_buffer *out, rf_error *reterr);

#endif
