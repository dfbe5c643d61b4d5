/* expression.c: the values of expressions. False: something is not certain here, and the engine shall do it. */
#include "script/direct/tree.h"

#include "base/number.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <math.h>

/* ---- Reading the message ---- */

/* The keys of another table say nothing here. False: out of memory, or the table is full. */
static bool find_keys(rf_direct_walk *walk) {
    rf_direct_memory *memory = walk->memory;
    memory->table = NULL;
    for (uint32_t i = 0; i < memory->direct->key_count; i++) {
        const rf_key *key = rf_keys_intern(walk->batch->keys, &walk->batch->arena, memory->direct->keys[i]);
        if (!key || !key->interned)
            return false;
        memory->places[i] = (rf_direct_place){ .key = key };
    }
    memory->table = walk->batch->keys;
    return true;
}

bool rf_direct_keys_ready(rf_direct_walk *walk) { return RF_LIKELY(walk->memory->table == walk->batch->keys) || find_keys(walk); }

rf_meta_entry *rf_direct_entry(rf_direct_walk *walk, uint32_t key) {
    const rf_meta *meta = &walk->message->meta;
    rf_direct_place *place = &walk->memory->places[key];
    if (RF_LIKELY(place->hint < meta->count && meta->entries[place->hint].key == place->key))
        return &meta->entries[place->hint];
    for (uint32_t i = rf_meta_search_from(meta, place->key); i < meta->count; i++)
        if (rf_key_eq(meta->entries[i].key, place->key)) {
            place->hint = i;
            return &meta->entries[i];
        }
    return NULL;
}

/* The engine mends texts that are no UTF-8. */
static bool take_text(rf_slice text, rf_direct_value *ret) {
    *ret = rf_direct_of_text(text);
    return text.len == 0 || rf_utf8_is_ascii(text) || rf_utf8_valid(text);
}

static RF_NOINLINE bool read_key(rf_direct_walk *walk, uint32_t key, rf_direct_value *ret) {
    if (walk->changes.set >> key & 1) {
        *ret = walk->changes.keys[key];
        return true;
    }
    const rf_meta_entry *entry = rf_direct_entry(walk, key);
    if (!entry) {
        *ret = rf_direct_undefined();
        return true;
    }
    return entry->value.kind == RF_STRING && take_text(rf_value_text(&entry->value), ret);
}

static bool number_of(const rf_value *value, double *ret) {
    switch ((rf_value_kind)value->kind) {
    case RF_INT: *ret = (double)value->integer; return true;
    case RF_DOUBLE: *ret = value->number; return true;
    case RF_NUMBER: return rf_number_parse_json(rf_value_text(value), ret);
    default: return false;
    }
}

static bool import_payload(rf_direct_walk *walk, rf_direct_value *ret) {
    rf_value value = walk->message->payload;
    double number;
    if (value.kind == RF_RAW && rf_message_parse(&walk->batch->arena, &value, NULL))
        return false;
    if (value.kind == RF_NULL)
        *ret = (rf_direct_value){ .kind = RF_DIRECT_NULL };
    else if (value.kind == RF_BOOL)
        *ret = rf_direct_of_bool(value.truth);
    else if (value.kind == RF_STRING)
        return take_text(rf_value_text(&value), ret);
    else if (number_of(&value, &number))
        *ret = rf_direct_of_number(number);
    else
        return false; /* whoever reads an object may change it: that is the engine's */
    return true;
}

static RF_NOINLINE bool read_payload(rf_direct_walk *walk, rf_direct_value *ret) {
    if (walk->changes.payload_set) {
        *ret = walk->changes.payload;
        return true;
    }
    if (!walk->payload_read && !import_payload(walk, &walk->payload))
        return false;
    walk->payload_read = true;
    *ret = walk->payload;
    return true;
}

/* ---- Operators ---- */

bool rf_direct_truth(const rf_direct_value *value) {
    switch ((rf_direct_kind)value->kind) {
    case RF_DIRECT_UNDEFINED:
    case RF_DIRECT_NULL: return false;
    case RF_DIRECT_BOOL: return value->truth;
    case RF_DIRECT_NUMBER: return value->number != 0 && !isnan(value->number);
    case RF_DIRECT_STRING: return value->text.len > 0;
    case RF_DIRECT_OBJECT:
    case RF_DIRECT_FOUND: return true;
    }
    return false;
}

static rf_slice type_name(const rf_direct_value *value) {
    switch ((rf_direct_kind)value->kind) {
    case RF_DIRECT_UNDEFINED: return RF_SLICE("undefined");
    case RF_DIRECT_BOOL: return RF_SLICE("boolean");
    case RF_DIRECT_NUMBER: return RF_SLICE("number");
    case RF_DIRECT_STRING: return RF_SLICE("string");
    case RF_DIRECT_NULL:
    case RF_DIRECT_OBJECT:
    case RF_DIRECT_FOUND: break;
    }
    return RF_SLICE("object");
}

static bool is_nothing(const rf_direct_value *value) { return value->kind == RF_DIRECT_UNDEFINED || value->kind == RF_DIRECT_NULL; }

/* Values of one kind. False: objects, of which there may be several. */
static bool same(const rf_direct_value *a, const rf_direct_value *b, bool *ret) {
    switch ((rf_direct_kind)a->kind) {
    case RF_DIRECT_UNDEFINED:
    case RF_DIRECT_NULL: *ret = true; return true;
    case RF_DIRECT_BOOL: *ret = a->truth == b->truth; return true;
    case RF_DIRECT_NUMBER: *ret = a->number == b->number; return true;
    case RF_DIRECT_STRING: *ret = rf_slice_eq(a->text, b->text); return true;
    case RF_DIRECT_OBJECT:
    case RF_DIRECT_FOUND: break;
    }
    return false;
}

static bool compare_equal(rf_direct_op op, const rf_direct_value *a, const rf_direct_value *b, rf_direct_value *ret) {
    bool strict = op == RF_DIRECT_SAME || op == RF_DIRECT_NOT_SAME, equal = false;
    if (a->kind == b->kind) {
        if (!same(a, b, &equal))
            return false;
    } else if (!strict && (is_nothing(a) || is_nothing(b))) {
        equal = is_nothing(a) && is_nothing(b);
    } else if (!strict) {
        return false; /* the engine converts */
    }
    *ret = rf_direct_of_bool(equal == (op == RF_DIRECT_SAME || op == RF_DIRECT_EQUAL));
    return true;
}

static bool calculate(rf_direct_op op, double a, double b, rf_direct_value *ret) {
    switch (op) {
    case RF_DIRECT_LESS: *ret = rf_direct_of_bool(a < b); return true;
    case RF_DIRECT_GREATER: *ret = rf_direct_of_bool(a > b); return true;
    case RF_DIRECT_LESS_EQUAL: *ret = rf_direct_of_bool(a <= b); return true;
    case RF_DIRECT_GREATER_EQUAL: *ret = rf_direct_of_bool(a >= b); return true;
    case RF_DIRECT_ADD: *ret = rf_direct_of_number(a + b); return true;
    case RF_DIRECT_SUBTRACT: *ret = rf_direct_of_number(a - b); return true;
    case RF_DIRECT_MULTIPLY: *ret = rf_direct_of_number(a * b); return true;
    case RF_DIRECT_DIVIDE: *ret = rf_direct_of_number(a / b); return true;
    default: return false;
    }
}

static RF_NOINLINE bool eval_binary(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a, b;
    rf_direct_op op = (rf_direct_op)node->op;
    if (!rf_direct_eval(walk, node->a, &a) || !rf_direct_eval(walk, node->b, &b))
        return false;
    if (op >= RF_DIRECT_SAME && op <= RF_DIRECT_NOT_EQUAL)
        return compare_equal(op, &a, &b, ret);
    if (a.kind == RF_DIRECT_NUMBER && b.kind == RF_DIRECT_NUMBER)
        return calculate(op, a.number, b.number, ret);
    return op == RF_DIRECT_ADD && (a.kind == RF_DIRECT_STRING || b.kind == RF_DIRECT_STRING) && rf_direct_join(walk, &a, &b, ret);
}

/* Those that look at the right side only when the left one asks for it. */
static RF_NOINLINE bool eval_logical(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    if (!rf_direct_eval(walk, node->a, ret))
        return false;
    bool is_decided = node->op == RF_DIRECT_DEFAULT ? !is_nothing(ret) : rf_direct_truth(ret) == (node->op == RF_DIRECT_OR);
    return is_decided || rf_direct_eval(walk, node->b, ret);
}

static RF_NOINLINE bool eval_unary(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value a;
    if (!rf_direct_eval(walk, node->a, &a))
        return false;
    if (node->op == RF_DIRECT_NOT)
        *ret = rf_direct_of_bool(!rf_direct_truth(&a));
    else if (node->op == RF_DIRECT_TYPEOF)
        *ret = (rf_direct_value){ .kind = RF_DIRECT_STRING, .is_script = true, .text = type_name(&a) };
    else if (a.kind == RF_DIRECT_NUMBER)
        *ret = rf_direct_of_number(-a.number);
    else
        return false;
    return true;
}

static RF_NOINLINE bool eval_item(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value of;
    if (!rf_direct_eval(walk, node->a, &of) || of.kind != RF_DIRECT_FOUND)
        return false;
    const rf_direct_found *found = of.found;
    if (node->index < found->count)
        *ret = rf_direct_of_text((rf_slice){ found->text + found->begin[node->index], found->end[node->index] - found->begin[node->index] });
    else
        *ret = rf_direct_undefined();
    return true;
}

static RF_NOINLINE bool eval_choice(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    rf_direct_value condition;
    return rf_direct_eval(walk, node->a, &condition) && rf_direct_eval(walk, rf_direct_truth(&condition) ? node->b : node->c, ret);
}

/* Only leads on: what each kind needs of the stack is its own. */
bool rf_direct_eval(rf_direct_walk *walk, const rf_direct_node *node, rf_direct_value *ret) {
    switch ((rf_direct_op)node->op) {
    case RF_DIRECT_CONST: *ret = node->value; return true;
    case RF_DIRECT_MSG:
    case RF_DIRECT_META: *ret = (rf_direct_value){ .kind = RF_DIRECT_OBJECT }; return true;
    case RF_DIRECT_PAYLOAD: return read_payload(walk, ret);
    case RF_DIRECT_KEY: return read_key(walk, node->index, ret);
    case RF_DIRECT_LOCAL: *ret = walk->locals[node->index]; return true;
    case RF_DIRECT_NOT:
    case RF_DIRECT_NEGATE:
    case RF_DIRECT_TYPEOF: return eval_unary(walk, node, ret);
    case RF_DIRECT_AND:
    case RF_DIRECT_OR:
    case RF_DIRECT_DEFAULT: return eval_logical(walk, node, ret);
    case RF_DIRECT_SAME: case RF_DIRECT_NOT_SAME: case RF_DIRECT_EQUAL: case RF_DIRECT_NOT_EQUAL:
    case RF_DIRECT_LESS: case RF_DIRECT_GREATER: case RF_DIRECT_LESS_EQUAL: case RF_DIRECT_GREATER_EQUAL:
    case RF_DIRECT_ADD: case RF_DIRECT_SUBTRACT: case RF_DIRECT_MULTIPLY: case RF_DIRECT_DIVIDE: return eval_binary(walk, node, ret);
    case RF_DIRECT_CHOOSE: return eval_choice(walk, node, ret);
    case RF_DIRECT_ITEM: return eval_item(walk, node, ret);
    default: return rf_direct_text_op(walk, node, ret);
    }
}
