/* mapping_random.c: chance in mappings, and the identifiers made of it. */
#include "message/mapping_ast.h"

#include "base/clock.h"

#include <assert.h>

/* xoshiro256++: long period, cheap, of good quality; not for secrets. */
uint64_t rf_mapping_random(rf_mapping_state *state) {
    rf_mutex_lock(&state->lock);
    uint64_t *s = state->random;
    uint64_t sum = s[0] + s[3], mixed = (sum << 23 | sum >> 41) + s[0], shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = s[3] << 45 | s[3] >> 19;
    rf_mutex_unlock(&state->lock);
    return mixed;
}

rf_code rf_mapping_call_uuid(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    uint64_t high = (rf_mapping_random(env->state) & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    uint64_t low = (rf_mapping_random(env->state) & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    rf_slice text = rf_printf_in(&env->batch->arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
                                 (unsigned)(high & 0xffff), (unsigned)(low >> 48), (unsigned long long)(low & UINT64_C(0xffffffffffff)));
    if (!text.data)
        return rf_raise_nomem(env->reterr);
    *ret_value = rf_string(text);
    return RF_OK;
}

static rf_code kept(rf_mapping_env *env, const char *text, size_t len, rf_value *ret_value) {
    rf_slice copy = rf_slice_dup_in(&env->batch->arena, (rf_slice){ text, len });
    if (!copy.data)
        return rf_raise_nomem(env->reterr);
    *ret_value = rf_string(copy);
    return RF_OK;
}

#define NANOID_LENGTH 21

rf_code rf_mapping_call_nanoid(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    static const char letters[] = "_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"; /* 64 */
    char text[NANOID_LENGTH];
    (void)node;
    (void)args;
    for (size_t i = 0; i < NANOID_LENGTH;) {
        uint64_t bits = rf_mapping_random(env->state);
        for (size_t n = 0; n < 10 && i < NANOID_LENGTH; n++, bits >>= 6)
            text[i++] = letters[bits & 63];
    }
    return kept(env, text, sizeof text, ret_value);
}

#define KSUID_EPOCH 1400000000 /* seconds since 1970 that a KSUID counts from */
#define KSUID_BYTES 20
#define KSUID_LENGTH 27

/* 20 bytes, the most significant first, in base 62. */
static void base62(uint8_t *bytes, char *out) {
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t at = KSUID_LENGTH; at-- > 0;) {
        unsigned rest = 0;
        for (size_t i = 0; i < KSUID_BYTES; i++) {
            rest = rest << 8 | bytes[i];
            bytes[i] = (uint8_t)(rest / 62);
            rest %= 62;
        }
        out[at] = letters[rest];
    }
}

/* Four bytes of time, sixteen of chance. */
rf_code rf_mapping_call_ksuid(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    uint8_t bytes[KSUID_BYTES];
    char text[KSUID_LENGTH];
    (void)node;
    (void)args;
    uint32_t seconds = (uint32_t)(rf_clock_wall_ms() / 1000 - KSUID_EPOCH);
    for (size_t i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(seconds >> (24 - 8 * i));
    for (size_t i = 4; i < KSUID_BYTES; i += 8) {
        uint64_t bits = rf_mapping_random(env->state);
        memcpy(bytes + i, &bits, sizeof bits);
    }
    base62(bytes, text);
    return kept(env, text, sizeof text, ret_value);
}
