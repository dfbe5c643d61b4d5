/* mapping_eval.c: runs the statements of a mapping on a message. */
#include "message/mapping_ast.h"

#include "base/slice.h"

#include <assert.h>
#include <math.h>

static rf_code eval(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value);

/* Their addresses are what they are known by. */
static const char deleted_text[] = "deletion", nothing_text[] = "nothing";

rf_value rf_mapping_deleted(void) { return rf_text(RF_OPAQUE, (rf_slice){ deleted_text, sizeof deleted_text - 1 }); }
rf_value rf_mapping_nothing(void) { return rf_text(RF_OPAQUE, (rf_slice){ nothing_text, sizeof nothing_text - 1 }); }
bool rf_mapping_is_deleted(const rf_value *value) { return value->kind == RF_OPAQUE && value->text == deleted_text; }
bool rf_mapping_is_nothing(const rf_value *value) { return value->kind == RF_OPAQUE && value->text == nothing_text; }

static bool is_number(const rf_value *value) {
    return value->kind == RF_INT || value->kind == RF_DOUBLE || value->kind == RF_NUMBER || value->kind == RF_BIGINT;
}
static double as_double(const rf_value *value) { return value->kind == RF_INT ? (double)value->integer : value->number; }

/* Items that are deletions or nothing are left out. */
static rf_code eval_list(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_value *items = rf_arena_alloc(&env->batch->arena, node->arg_count * sizeof *items);
    if (!items)
        return rf_raise_nomem(env->reterr);
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->arg_count; i++) {
        rf_code code = eval(env, node->args[i], &items[count]);
        if (code)
            return code;
        count += items[count].kind != RF_OPAQUE;
    }
    *ret_value = (rf_value){ .kind = RF_LIST, .size = count, .items = items };
    return RF_OK;
}

static rf_code eval_map(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_member *members = rf_arena_alloc(&env->batch->arena, node->arg_count * sizeof *members);
    if (!members)
        return rf_raise_nomem(env->reterr);
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->arg_count; i++) {
        members[count].key = node->names[i];
        rf_code code = eval(env, node->args[i], &members[count].value);
        if (code)
            return code;
        count += members[count].value.kind != RF_OPAQUE;
    }
    *ret_value = (rf_value){ .kind = RF_MAP, .size = count, .members = members };
    return RF_OK;
}

static rf_code eval_bool(rf_mapping_env *env, const rf_mapping_node *node, bool *ret_truth) {
    rf_value value;
    rf_code code = eval(env, node, &value);
    if (code)
        return code;
    if (value.kind != RF_BOOL)
        return rf_mapping_mismatch(env, node, node, "bool", &value);
    *ret_truth = value.truth;
    return RF_OK;
}

static rf_code eval_not(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    bool truth = false;
    rf_code code = eval_bool(env, node->args[0], &truth);
    if (!code)
        *ret_value = rf_bool(!truth);
    return code;
}

static rf_code eval_negate(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_value value;
    rf_code code = eval(env, node->args[0], &value);
    if (code)
        return code;
    if (!rf_mapping_number(&value, &value))
        return rf_mapping_mismatch(env, node, node->args[0], "number", &value);
    if (value.kind == RF_INT && value.integer != INT64_MIN)
        *ret_value = rf_int(-value.integer);
    else
        *ret_value = rf_double(-as_double(&value));
    return RF_OK;
}

static rf_code eval_if(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    bool truth = false;
    rf_code code = eval_bool(env, node->args[0], &truth);
    if (code)
        return code;
    if (truth)
        return eval(env, node->args[1], ret_value);
    if (node->arg_count > 2)
        return eval(env, node->args[2], ret_value);
    *ret_value = rf_mapping_nothing();
    return RF_OK;
}

static rf_code eval_logic(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    bool truth = false;
    rf_code code = eval_bool(env, node->args[0], &truth);
    if (!code && truth == (node->op == RF_OP_AND))
        code = eval_bool(env, node->args[1], &truth);
    if (!code)
        *ret_value = rf_bool(truth);
    return code;
}

static bool decide(rf_mapping_op op, int order) {
    switch (op) {
    case RF_OP_LT: return order < 0;
    case RF_OP_LE: return order <= 0;
    case RF_OP_GT: return order > 0;
    default: return order >= 0;
    }
}

/* What an operator does, as messages say it. */
static const char *op_verb(rf_mapping_op op) {
    static const char *const verbs[] = { "add", "subtract", "multiply", "divide", "modulo" };
    return op >= RF_OP_ADD ? verbs[op - RF_OP_ADD] : "compare";
}

static rf_code mismatch(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *a, const rf_value *b) {
    char left[120], right[120];
    rf_mapping_describe(node->args[0], left, sizeof left);
    rf_mapping_describe(node->args[1], right, sizeof right);
    return rf_mapping_fail(env, node, "cannot %s types %s (from %s) and %s (from %s)", op_verb(node->op), rf_mapping_type_name(a), left,
                           rf_mapping_type_name(b), right);
}

static rf_code compare(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *a, const rf_value *b, rf_value *ret_value) {
    int order;
    if (a->kind == RF_INT && b->kind == RF_INT)
        order = (a->integer > b->integer) - (a->integer < b->integer);
    else if (is_number(a) && is_number(b))
        order = (as_double(a) > as_double(b)) - (as_double(a) < as_double(b));
    else if (rf_mapping_has_text(a) && rf_mapping_has_text(b))
        order = rf_slice_compare(rf_value_text(a), rf_value_text(b));
    else
        return mismatch(env, node, a, b);
    *ret_value = rf_bool(decide(node->op, order));
    return RF_OK;
}

static rf_code concat(rf_mapping_env *env, const rf_value *a, const rf_value *b, rf_value *ret_value) {
    size_t len = (size_t)a->size + b->size;
    char *text = len <= UINT32_MAX ? rf_arena_alloc(&env->batch->arena, len) : NULL;
    if (!text)
        return rf_raise_nomem(env->reterr);
    if (a->size)
        memcpy(text, a->text, a->size);
    if (b->size)
        memcpy(text + a->size, b->text, b->size);
    *ret_value = rf_string((rf_slice){ text, len });
    return RF_OK;
}

/* False when the result does not fit 64 bits. */
static bool whole_result(rf_mapping_op op, int64_t a, int64_t b, int64_t *ret) {
    switch (op) {
    case RF_OP_ADD: return !__builtin_add_overflow(a, b, ret);
    case RF_OP_SUB: return !__builtin_sub_overflow(a, b, ret);
    case RF_OP_MUL: return !__builtin_mul_overflow(a, b, ret);
    case RF_OP_MOD: *ret = b == -1 ? 0 : a % b; return true;
    default: return false; /* a quotient is a double */
    }
}

static double double_result(rf_mapping_op op, double a, double b) {
    switch (op) {
    case RF_OP_ADD: return a + b;
    case RF_OP_SUB: return a - b;
    case RF_OP_MUL: return a * b;
    case RF_OP_DIV: return a / b;
    default: return fmod(a, b);
    }
}

static rf_code arithmetic(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *a, const rf_value *b, rf_value *ret_value) {
    if (node->op == RF_OP_ADD && rf_mapping_has_text(a) && rf_mapping_has_text(b))
        return concat(env, a, b, ret_value);
    if (!is_number(a) || !is_number(b))
        return mismatch(env, node, a, b);
    if ((node->op == RF_OP_DIV || node->op == RF_OP_MOD) && as_double(b) == 0)
        return rf_mapping_fail(env, node, "attempted to divide by zero");
    int64_t whole;
    if (a->kind == RF_INT && b->kind == RF_INT && whole_result(node->op, a->integer, b->integer, &whole))
        *ret_value = rf_int(whole);
    else
        *ret_value = rf_double(double_result(node->op, as_double(a), as_double(b)));
    return RF_OK;
}

/* Bytes and texts are the same here, and whole numbers are compared as such. */
bool rf_mapping_equal(const rf_value *left, const rf_value *right) {
    rf_value a_number, b_number;
    const rf_value *a = rf_mapping_number(left, &a_number) ? &a_number : left, *b = rf_mapping_number(right, &b_number) ? &b_number : right;
    if (a->kind == RF_INT && b->kind == RF_INT)
        return a->integer == b->integer;
    if (rf_mapping_has_text(a) && rf_mapping_has_text(b))
        return rf_slice_eq(rf_value_text(a), rf_value_text(b));
    return rf_value_eq(a, b);
}

/* `a | b`: as a.or(b). */
static rf_code coalesce(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_value value;
    rf_error *reterr = env->reterr;
    env->reterr = NULL;
    rf_code code = eval(env, node->args[0], &value);
    env->reterr = reterr;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code || value.kind == RF_NULL || value.kind == RF_OPAQUE)
        return eval(env, node->args[1], ret_value);
    *ret_value = value;
    return RF_OK;
}

static rf_code eval_binary(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    assert(node->arg_count == 2);
    if (node->op == RF_OP_OR || node->op == RF_OP_AND)
        return eval_logic(env, node, ret_value);
    if (node->op == RF_OP_COALESCE)
        return coalesce(env, node, ret_value);
    rf_value a, b;
    rf_code code = eval(env, node->args[0], &a);
    if (!code)
        code = eval(env, node->args[1], &b);
    if (code)
        return code;
    (void)rf_mapping_number(&a, &a);
    (void)rf_mapping_number(&b, &b);
    if (node->op >= RF_OP_ADD)
        return arithmetic(env, node, &a, &b, ret_value);
    if (node->op >= RF_OP_LT)
        return compare(env, node, &a, &b, ret_value);
    *ret_value = rf_bool(rf_mapping_equal(&a, &b) == (node->op == RF_OP_EQ));
    return RF_OK;
}

static rf_code eval_call(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_value values[RF_MAPPING_PARAMS_MAX + 1];
    const rf_value *args[RF_MAPPING_PARAMS_MAX + 1] = { NULL };
    assert(node->arg_count <= RF_MAPPING_PARAMS_MAX + 1);
    for (uint32_t i = 0; i < node->arg_count; i++) {
        if (!node->args[i] || (node->function->lazy >> i & 1))
            continue;
        rf_code code = eval(env, node->args[i], &values[i]);
        if (code)
            return code;
        args[i] = &values[i];
    }
    return node->function->call(env, node, args, ret_value);
}

/* What a mapping costs is bounded whatever it says: steps, and memory. */
static rf_code check_bounds(rf_mapping_env *env, const rf_mapping_node *node) {
    if (++env->steps > RF_MAPPING_STEPS_MAX)
        return rf_mapping_fail(env, node, "the mapping takes more than %llu steps", (unsigned long long)RF_MAPPING_STEPS_MAX);
    if (env->batch->arena.held_bytes > env->held_bytes + RF_MAPPING_BYTES_MAX)
        return rf_mapping_fail(env, node, "the mapping needs more than %zu MiB of memory", RF_MAPPING_BYTES_MAX >> 20);
    return RF_OK;
}

static rf_code eval(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_code code = check_bounds(env, node);
    if (code)
        return code;
    switch (node->kind) {
    case RF_NODE_LITERAL: *ret_value = node->value; return RF_OK;
    case RF_NODE_LIST: return eval_list(env, node, ret_value);
    case RF_NODE_MAP: return eval_map(env, node, ret_value);
    case RF_NODE_NOT: return eval_not(env, node, ret_value);
    case RF_NODE_NEGATE: return eval_negate(env, node, ret_value);
    case RF_NODE_BINARY: return eval_binary(env, node, ret_value);
    case RF_NODE_IF: return eval_if(env, node, ret_value);
    case RF_NODE_CALL: return eval_call(env, node, ret_value);
    case RF_NODE_THIS: return rf_mapping_eval_this(env, node, ret_value);
    case RF_NODE_META: return rf_mapping_eval_meta(env, node, ret_value);
    case RF_NODE_FIELD: return rf_mapping_eval_field(env, node, ret_value);
    case RF_NODE_ROOT: return rf_mapping_eval_root(env, node, ret_value);
    case RF_NODE_VAR: return rf_mapping_eval_var(env, node, ret_value);
    case RF_NODE_MATCH: return rf_mapping_eval_match(env, node, ret_value);
    case RF_NODE_BIND: return rf_mapping_eval_bind(env, node, ret_value);
    case RF_NODE_LAMBDA: return rf_mapping_fail(env, node, "a lambda (`%.*s -> …`) is no value here", RF_SLICE_ARG(node->names[0]));
    }
    assert(false && "a kind without a case");
    return rf_raise(env->reterr, RF_ESCRIPT, "broken mapping");
}

rf_code rf_mapping_eval(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    assert(env && node && ret_value);
    return eval(env, node, ret_value);
}
