/* mapping_functions.c: the functions of mappings: counters, clocks, chance, the surroundings. */
#include "message/mapping_ast.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#define HOST_NAME_MAX_BYTES 256

static rf_code give(rf_value *ret_value, rf_value value) {
    *ret_value = value;
    return RF_OK;
}

static rf_code give_text(rf_mapping_env *env, rf_slice text, rf_value *ret_value) {
    rf_slice copy = rf_slice_dup_in(&env->batch->arena, text);
    if (!copy.data)
        return rf_raise_nomem(env->reterr);
    *ret_value = rf_string(copy);
    return RF_OK;
}

static rf_mapping_slot *slot_of(rf_mapping_env *env, const rf_mapping_node *node) {
    assert(node->slot < env->mapping->slot_count);
    return &env->state->slots[node->slot];
}

/* The whole number that parameter `at` was given, or `otherwise`. */
static rf_code whole(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *arg, size_t at, int64_t otherwise, int64_t *ret) {
    *ret = otherwise;
    if (!arg)
        return RF_OK;
    if (arg->kind == RF_DOUBLE && arg->number >= -9e18 && arg->number <= 9e18 && (double)(int64_t)arg->number == arg->number)
        *ret = (int64_t)arg->number;
    else if (arg->kind == RF_INT)
        *ret = arg->integer;
    else
        return rf_mapping_fail(env, node, "%s() needs a whole number as `%s`, found %s", node->function->name,
                               node->function->params[at], rf_mapping_type_name(arg));
    return RF_OK;
}

static rf_code call_count(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)args; /* the name chose the slot */
    return give(ret_value, rf_int((int64_t)++slot_of(env, node)->value));
}

static rf_code call_counter(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    int64_t min = 1, max = INT64_MAX;
    rf_code code = whole(env, node, args[0], 0, 1, &min);
    if (!code)
        code = whole(env, node, args[1], 1, INT64_MAX, &max);
    if (code)
        return code;
    if (min > max)
        return rf_mapping_fail(env, node, "counter() has no number between %lld and %lld", (long long)min, (long long)max);
    rf_mapping_slot *slot = slot_of(env, node);
    int64_t last = (int64_t)slot->value;
    int64_t next = !slot->started || last >= max || last < min ? min : last + 1;
    *slot = (rf_mapping_slot){ (uint64_t)next, true };
    return give(ret_value, rf_int(next));
}

static rf_code call_now(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    int64_t ns = rf_clock_wall_ns();
    char text[RF_CLOCK_TEXT_MAX];
    size_t len = rf_clock_rfc3339(ns / (int64_t)RF_NS_PER_S, (uint32_t)(ns % (int64_t)RF_NS_PER_S), -1, text);
    return give_text(env, (rf_slice){ text, len }, ret_value);
}

#define TIMESTAMP_FUNCTION(name, divisor)                                                                              \
    static rf_code name(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) { \
        (void)env;                                                                                                    \
        (void)node;                                                                                                   \
        (void)args;                                                                                                   \
        return give(ret_value, rf_int(rf_clock_wall_ns() / (divisor)));                                               \
    }

TIMESTAMP_FUNCTION(call_unix, 1000000000)
TIMESTAMP_FUNCTION(call_unix_milli, 1000000)
TIMESTAMP_FUNCTION(call_unix_micro, 1000)
TIMESTAMP_FUNCTION(call_unix_nano, 1)

/* xoshiro256++: long period, cheap, of good quality; not for secrets. */
uint64_t rf_mapping_random(rf_mapping_state *state) {
    uint64_t *s = state->random;
    uint64_t sum = s[0] + s[3], mixed = (sum << 23 | sum >> 41) + s[0], shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = s[3] << 45 | s[3] >> 19;
    return mixed;
}

static rf_code call_uuid(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    uint64_t high = (rf_mapping_random(env->state) & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    uint64_t low = (rf_mapping_random(env->state) & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    rf_slice text = rf_printf_in(&env->batch->arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
                                 (unsigned)(high & 0xffff), (unsigned)(low >> 48), (unsigned long long)(low & UINT64_C(0xffffffffffff)));
    if (!text.data)
        return rf_raise_nomem(env->reterr);
    return give(ret_value, rf_string(text));
}

/* splitmix64: the whole state is one number, so a seed gives the same numbers each time. */
static uint64_t seeded_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t chance(rf_mapping_env *env, const rf_mapping_node *node, bool seeded, int64_t seed) {
    if (!seeded)
        return rf_mapping_random(env->state);
    rf_mapping_slot *slot = slot_of(env, node);
    if (!slot->started)
        *slot = (rf_mapping_slot){ (uint64_t)seed, true };
    return seeded_random(&slot->value);
}

static rf_code call_random_int(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    int64_t seed = 0, min = 0, max = INT64_MAX - 1;
    rf_code code = whole(env, node, args[0], 0, 0, &seed);
    if (!code)
        code = whole(env, node, args[1], 1, 0, &min);
    if (!code)
        code = whole(env, node, args[2], 2, INT64_MAX - 1, &max);
    if (code)
        return code;
    if (min > max)
        return rf_mapping_fail(env, node, "random_int() has no number between %lld and %lld", (long long)min, (long long)max);
    uint64_t bits = chance(env, node, args[0], seed), span = (uint64_t)max - (uint64_t)min + 1; /* 0: all of them */
    uint64_t pick = span ? (uint64_t)((unsigned __int128)bits * span >> 64) : bits;
    return give(ret_value, rf_int((int64_t)((uint64_t)min + pick)));
}

static rf_code call_hostname(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)args;
    char name[HOST_NAME_MAX_BYTES] = "";
    if (gethostname(name, sizeof name - 1) != 0)
        return rf_mapping_fail(env, node, "this machine has no host name");
    return give_text(env, (rf_slice){ name, strlen(name) }, ret_value);
}

static rf_code call_env(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    if (args[0]->kind != RF_STRING)
        return rf_mapping_fail(env, node, "env() needs a string as `name`, found %s", rf_mapping_type_name(args[0]));
    rf_slice name = rf_slice_dup_in(&env->batch->arena, rf_value_text(args[0])); /* getenv wants it terminated */
    if (!name.data)
        return rf_raise_nomem(env->reterr);
    const char *value = getenv(name.data);
    return value ? give_text(env, (rf_slice){ value, strlen(value) }, ret_value) : give(ret_value, rf_null());
}

static rf_code call_batch_size(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    const rf_batch *batch = env->batch;
    bool within = env->message >= batch->messages && env->message < batch->messages + batch->count;
    return give(ret_value, rf_int(within ? env->message - batch->messages : (int64_t)batch->count));
}

/* A generated message is read alone: its place in the batch is always the first. */
static rf_code call_batch_index(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)env;
    (void)node;
    (void)args;
    return give(ret_value, rf_int(0));
}

static rf_code call_content(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    bool raw = env->message->payload.kind == RF_RAW;
    return give(ret_value, rf_string(raw ? rf_value_text(&env->message->payload) : RF_SLICE("")));
}

static rf_code call_deleted(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)env;
    (void)node;
    (void)args;
    return give(ret_value, rf_mapping_deleted());
}

static rf_code call_nothing(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)env;
    (void)node;
    (void)args;
    return give(ret_value, rf_mapping_nothing());
}

static rf_code call_throw(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)ret_value;
    if (args[0]->kind != RF_STRING)
        return rf_mapping_fail(env, node, "throw() needs a string as `why`, found %s", rf_mapping_type_name(args[0]));
    return rf_mapping_fail(env, node, "%.*s", RF_SLICE_ARG(rf_value_text(args[0])));
}

const rf_mapping_function rf_mapping_functions[] = { /* sorted by name; a test checks */
    { "batch_index", call_batch_index, 0, RF_MEMORY_NONE, { NULL } },
    { "batch_size", call_batch_size, 0, RF_MEMORY_NONE, { NULL } },
    { "content", call_content, 0, RF_MEMORY_NONE, { NULL } },
    { "count", call_count, 1, RF_MEMORY_NAME, { "name", NULL } },
    { "counter", call_counter, 0, RF_MEMORY_CALL, { "min", "max", NULL } },
    { "deleted", call_deleted, 0, RF_MEMORY_NONE, { NULL } },
    { "env", call_env, 1, RF_MEMORY_NONE, { "name", NULL } },
    { "hostname", call_hostname, 0, RF_MEMORY_NONE, { NULL } },
    { "nothing", call_nothing, 0, RF_MEMORY_NONE, { NULL } },
    { "now", call_now, 0, RF_MEMORY_NONE, { NULL } },
    { "random_int", call_random_int, 0, RF_MEMORY_CALL, { "seed", "min", "max", NULL } },
    { "throw", call_throw, 1, RF_MEMORY_NONE, { "why", NULL } },
    { "timestamp_unix", call_unix, 0, RF_MEMORY_NONE, { NULL } },
    { "timestamp_unix_micro", call_unix_micro, 0, RF_MEMORY_NONE, { NULL } },
    { "timestamp_unix_milli", call_unix_milli, 0, RF_MEMORY_NONE, { NULL } },
    { "timestamp_unix_nano", call_unix_nano, 0, RF_MEMORY_NONE, { NULL } },
    { "uuid_v4", call_uuid, 0, RF_MEMORY_NONE, { NULL } },
    { NULL, NULL, 0, RF_MEMORY_NONE, { NULL } },
};
