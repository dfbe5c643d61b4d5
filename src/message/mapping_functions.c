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
    rf_mutex_lock(&env->state->lock);
    int64_t count = (int64_t)++slot_of(env, node)->value;
    rf_mutex_unlock(&env->state->lock);
    return give(ret_value, rf_int(count));
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
    rf_mutex_lock(&env->state->lock);
    int64_t last = (int64_t)slot->value;
    int64_t next = !slot->started || last >= max || last < min ? min : last + 1;
    slot->value = (uint64_t)next;
    slot->started = true;
    rf_mutex_unlock(&env->state->lock);
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
    rf_mutex_lock(&env->state->lock);
    if (!slot->started)
        slot->value = (uint64_t)seed;
    slot->started = true;
    uint64_t bits = seeded_random(&slot->value);
    rf_mutex_unlock(&env->state->lock);
    return bits;
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
        return rf_mapping_mismatch(env, node, node->args[0], "string", args[0]);
    rf_slice name = rf_slice_dup_in(&env->batch->arena, rf_value_text(args[0])); /* getenv wants it terminated */
    if (!name.data)
        return rf_raise_nomem(env->reterr);
    const char *value = getenv(name.data);
    return value ? give_text(env, (rf_slice){ value, strlen(value) }, ret_value) : give(ret_value, rf_null());
}

/* A message being made up is alone: batch_index() is 0, batch_size() counts those made before it. */
static rf_code call_batch_size(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    if (env->batch_size != RF_MAPPING_ASK_BATCH)
        return give(ret_value, rf_int(env->batch_size));
    uint32_t begin, end;
    rf_batch_parcel(env->batch, (uint32_t)env->batch_index, &begin, &end);
    return give(ret_value, rf_int(end - begin));
}

static rf_code call_batch_index(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    if (env->batch_size != RF_MAPPING_ASK_BATCH)
        return give(ret_value, rf_int(env->batch_index));
    uint32_t begin, end;
    rf_batch_parcel(env->batch, (uint32_t)env->batch_index, &begin, &end);
    return give(ret_value, rf_int(env->batch_index - begin));
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
        return rf_mapping_mismatch(env, node, node->args[0], "string", args[0]);
    return rf_mapping_fail(env, node, "%.*s", RF_SLICE_ARG(rf_value_text(args[0])));
}

#define ROW RF_MAPPING_ROW
#define KEEPS RF_MAPPING_ROW_KEEPS

const rf_mapping_function rf_mapping_functions[] = {
    /* sorted by name; a test checks */
    ROW("batch_index", call_batch_index, 0, "the message's place in its batch, from 0"),
    ROW("batch_size", call_batch_size, 0, "messages in the batch; in `generate` those made before this one"),
    ROW("content", rf_mapping_call_content, 0, "the payload as bytes"),
    KEEPS("count", call_count, 1, RF_MEMORY_NAME, "1, 2, 3 …; all calls with one name count together", "name"),
    KEEPS("counter", call_counter, 0, RF_MEMORY_CALL, "`min` (1), then one more each time, after `max` from `min` again", "min", "max"),
    ROW("deleted", call_deleted, 0, "removes what it is assigned to"),
    ROW("env", call_env, 1, "an environment variable; null when it is not set", "name"),
    ROW("error", rf_mapping_call_error, 0, "why a processor gave up on the message; null when none did"),
    ROW("error_source_label", rf_mapping_call_source_label, 0,
        "the label of the processor that gave up on the message; null when none did"),
    ROW("error_source_name", rf_mapping_call_source_name, 0, "that processor's name, such as `mapping`"),
    ROW("error_source_path", rf_mapping_call_source_path, 0, "where that processor stands, such as `pipeline.processors.0`"),
    ROW("errored", rf_mapping_call_errored, 0, "whether a processor gave up on the message"),
    ROW("hostname", call_hostname, 0, "this machine's name"),
    ROW("json", rf_mapping_call_json, 0, "the payload as a value, or what stands at `path` in it", "path"),
    ROW("ksuid", rf_mapping_call_ksuid, 0, "a random identifier of 27 characters that sorts by time"),
    ROW("meta", rf_mapping_call_metadata, 0, "as metadata()", "key"),
    ROW("metadata", rf_mapping_call_metadata, 0, "a metadata value, null when there is none; all of them as an object", "key"),
    ROW("nanoid", rf_mapping_call_nanoid, 0, "a random identifier of 21 characters"),
    ROW("nothing", call_nothing, 0, "leaves what it is assigned to as it was"),
    ROW("now", call_now, 0, "the time as RFC 3339 text, UTC"),
    KEEPS("random_int", call_random_int, 0, RF_MEMORY_CALL,
          "a whole number from `min` (0) to `max`, both included; with `seed` always the same sequence", "seed", "min", "max"),
    ROW("throw", call_throw, 1, "fails, with that reason", "why"),
    ROW("timestamp_unix", call_unix, 0, "seconds since 1970"),
    ROW("timestamp_unix_micro", call_unix_micro, 0, "microseconds since 1970"),
    ROW("timestamp_unix_milli", call_unix_milli, 0, "milliseconds since 1970"),
    ROW("timestamp_unix_nano", call_unix_nano, 0, "nanoseconds since 1970"),
    ROW("uuid_v4", rf_mapping_call_uuid, 0, "a random UUID"),
    RF_MAPPING_ROW_END,
};
