/* run.c: one walk through a simple script, and what it leaves of the message. */
#include "script/direct/tree.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "script/number.h"

#include <assert.h>
#include <string.h>

#define TRIAL_RUNS 64u
#define COUNT_MAX (1u << 20)

typedef enum outcome { RUNS_ON, GIVES_MESSAGE, GIVES_NOTHING, IS_ENGINES } outcome;

rf_direct_memory *rf_direct_memory_new(const rf_direct *direct) {
    assert(direct);
    rf_direct_memory *memory = rf_alloc_zero(1, sizeof *memory);
    if (memory)
        memory->direct = direct;
    return memory;
}

void rf_direct_memory_free(rf_direct_memory *memory) { rf_free(memory); }

/* ---- Statements ---- */

/* What only the engine has cannot be kept in a message, and what is not there is not kept as JSON would keep it. */
static bool is_keepable(const rf_direct_value *value) {
    return value->kind == RF_DIRECT_BOOL || value->kind == RF_DIRECT_NUMBER || value->kind == RF_DIRECT_STRING;
}

static void set_key(rf_direct_changes *changes, uint32_t key, const rf_direct_value *value) {
    changes->keys[key] = *value;
    if (changes->set >> key & 1)
        return;
    changes->set |= UINT32_C(1) << key;
    changes->order[changes->count++] = (uint8_t)key;
}

static bool assign(rf_direct_walk *walk, const rf_direct_node *node) {
    rf_direct_value value;
    if (!rf_direct_eval(walk, node->a, &value))
        return false;
    if (node->op == RF_DIRECT_SET_LOCAL) {
        walk->locals[node->index] = value;
        return true;
    }
    if (!is_keepable(&value))
        return false;
    if (node->op == RF_DIRECT_SET_KEY) {
        set_key(&walk->changes, node->index, &value);
    } else {
        walk->changes.payload = value;
        walk->changes.payload_set = true;
    }
    return true;
}

static outcome walk_statements(rf_direct_walk *walk, const rf_direct_node *node) {
    for (; node; node = node->next) {
        rf_direct_value condition;
        outcome inner;
        switch ((rf_direct_op)node->op) {
        case RF_DIRECT_RETURN: return GIVES_MESSAGE;
        case RF_DIRECT_RETURN_NOTHING: return GIVES_NOTHING;
        case RF_DIRECT_IF:
            if (!rf_direct_eval(walk, node->a, &condition))
                return IS_ENGINES;
            inner = walk_statements(walk, rf_direct_truth(&condition) ? node->b : node->c);
            if (inner != RUNS_ON)
                return inner;
            break;
        default:
            if (!assign(walk, node))
                return IS_ENGINES;
        }
    }
    return RUNS_ON;
}

/* ---- What is left ---- */

static bool export_value(rf_direct_walk *walk, const rf_direct_value *value, rf_value *ret) {
    rf_slice text;
    switch ((rf_direct_kind)value->kind) {
    case RF_DIRECT_BOOL: *ret = rf_bool(value->truth); return true;
    case RF_DIRECT_NUMBER: *ret = rf_script_number(value->number); return true;
    default: break;
    }
    assert(value->kind == RF_DIRECT_STRING);
    text = value->is_script ? rf_slice_dup_in(&walk->batch->arena, value->text) : value->text;
    *ret = rf_string(text);
    return text.data || text.len == 0;
}

/* A copy of the entries, with room for the few that a processor adds itself, so that it need not copy once more. */
static bool copy_entries(rf_direct_walk *walk, rf_meta *meta) {
    const rf_meta_entry *old = meta->entries;
    meta->cap = meta->count + walk->changes.count + 4;
    meta->entries = rf_arena_alloc(&walk->batch->arena, meta->cap * sizeof *meta->entries);
    if (!meta->entries)
        return false;
    if (meta->count)
        memcpy(meta->entries, old, meta->count * sizeof *old);
    meta->frozen = false;
    return true;
}

static bool export_changes(rf_direct_walk *walk, rf_value *values, rf_meta *meta) {
    for (uint32_t i = 0; i < walk->changes.count; i++) {
        if (!export_value(walk, &walk->changes.keys[walk->changes.order[i]], &values[i]))
            return false;
        meta->typed |= values[i].kind != RF_STRING;
        meta->settled &= rf_value_is_settled(&values[i]);
    }
    return true;
}

static void apply(rf_direct_walk *walk, uint32_t key, const rf_value *value, rf_meta *meta) {
    const rf_meta_entry *old = rf_direct_entry(walk, key);
    rf_meta_entry *entry = old ? &meta->entries[old - walk->message->meta.entries] : rf_meta_add(meta, walk->memory->places[key].key);
    entry->value = *value;
}

/* The message's metadata with the changes: in place where the entries are the message's alone and stay as settled as they were, once nothing
 * can fail any more. */
static bool merge_meta(rf_direct_walk *walk, rf_meta *ret) {
    rf_value values[RF_DIRECT_KEYS];
    rf_meta meta = walk->message->meta;
    if (!export_changes(walk, values, &meta))
        return false;
    bool in_place = !meta.frozen && meta.settled && meta.cap - meta.count >= walk->changes.count;
    if (!in_place && !copy_entries(walk, &meta))
        return false;
    for (uint32_t i = 0; i < walk->changes.count; i++)
        apply(walk, walk->changes.order[i], &values[i], &meta);
    *ret = meta;
    return true;
}

static bool take_message(rf_direct_walk *walk, rf_result *ret) {
    *ret = (rf_result){ .has_payload = true, .has_meta = true, .payload_same = !walk->changes.payload_set, .payload = walk->message->payload };
    if (walk->changes.payload_set && !export_value(walk, &walk->changes.payload, &ret->payload))
        return false;
    if (walk->changes.count)
        return merge_meta(walk, &ret->meta);
    walk->message->meta.frozen = true;
    ret->meta = walk->message->meta;
    return true;
}

/* Whose messages are not simple saves the attempt: it had its chance. */
static bool is_worth_it(const rf_direct_memory *memory) { return memory->tried < TRIAL_RUNS || memory->left < memory->tried / 4; }

static bool leave(rf_direct_memory *memory) {
    memory->left++;
    return false;
}

static bool begin(rf_direct_walk *walk, rf_direct_memory *memory, rf_batch *batch, rf_message *message) {
    if (++memory->tried == COUNT_MAX) {
        memory->tried /= 2;
        memory->left /= 2;
    }
    walk->memory = memory;
    walk->batch = batch;
    walk->message = message;
    walk->payload_read = walk->changes.payload_set = false;
    walk->changes.count = walk->changes.set = 0;
    for (uint32_t i = 0; i < memory->direct->local_count; i++)
        walk->locals[i] = rf_direct_undefined();
    return rf_direct_keys_ready(walk);
}

bool rf_direct_run(rf_direct_memory *memory, rf_batch *batch, rf_message *message, rf_run *ret_run) {
    assert(memory && batch && message && ret_run);
    if (!is_worth_it(memory))
        return false;
    rf_direct_walk walk; /* large, and only in part begun */
    outcome end = begin(&walk, memory, batch, message) ? walk_statements(&walk, memory->direct->root) : IS_ENGINES;
    if (end == IS_ENGINES)
        return leave(memory);
    if (end != GIVES_MESSAGE) {
        *ret_run = (rf_run){ .outcome = RF_OUTCOME_NOTHING };
        return true;
    }
    rf_result *result = rf_arena_alloc(&batch->arena, sizeof *result);
    if (!result || !take_message(&walk, result))
        return leave(memory);
    *ret_run = (rf_run){ .outcome = RF_OUTCOME_MESSAGE, .results = result, .count = 1 };
    return true;
}

bool rf_direct_test(rf_direct_memory *memory, rf_batch *batch, rf_message *message, bool *ret_truth) {
    assert(memory && batch && message && ret_truth);
    if (!is_worth_it(memory))
        return false;
    rf_direct_walk walk;
    rf_direct_value value;
    if (!begin(&walk, memory, batch, message) || !rf_direct_eval(&walk, memory->direct->root, &value))
        return leave(memory);
    *ret_truth = rf_direct_truth(&value);
    return true;
}
