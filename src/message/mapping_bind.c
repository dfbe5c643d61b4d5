/* mapping_bind.c: what expressions bind names to: variables, lambdas, `match`, maps; and the bounds of a run. */
#include "message/mapping_ast.h"

#include "base/slice.h"

#include <assert.h>

#define TEXT_BYTES_A_PART 16

/* Takes the value's parts off `left`; false: there are more than that. Bounded by what is left, whatever is shared. */
static bool take_weight(const rf_value *value, uint32_t *left, unsigned depth) {
    uint32_t cost = 1;
    if (value->kind == RF_STRING || value->kind == RF_BYTES)
        cost += value->size / TEXT_BYTES_A_PART;
    if (cost > *left || depth > RF_VALUE_DEPTH_MAX)
        return false;
    *left -= cost;
    if (value->kind == RF_LIST)
        for (uint32_t i = 0; i < value->size; i++)
            if (!take_weight(&value->items[i], left, depth + 1))
                return false;
    if (value->kind == RF_MAP)
        for (uint32_t i = 0; i < value->size; i++)
            if (!take_weight(&value->members[i].value, left, depth + 1))
                return false;
    return true;
}

rf_code rf_mapping_weigh(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value) {
    uint32_t left = RF_MAPPING_WEIGHT_MAX;
    if (take_weight(value, &left, 0))
        return RF_OK;
    return rf_mapping_fail(env, node, "the value has grown too large: more than %u parts, or nested too deep", RF_MAPPING_WEIGHT_MAX);
}

/* A variable that is not set has this kind; no value has. */
#define UNSET ((uint8_t)0xff)

static rf_code need_vars(rf_mapping_env *env) {
    uint32_t count = env->mapping->var_count;
    if (env->vars)
        return RF_OK;
    env->vars = rf_arena_alloc(&env->batch->arena, count * sizeof *env->vars);
    if (!env->vars)
        return rf_raise_nomem(env->reterr);
    for (uint32_t i = 0; i < count; i++)
        env->vars[i] = (rf_value){ .kind = UNSET };
    return RF_OK;
}

rf_code rf_mapping_set_var(rf_mapping_env *env, const rf_mapping_node *node, uint32_t slot, const rf_value *value) {
    assert(slot < env->mapping->var_count);
    rf_code code = need_vars(env);
    if (!code)
        code = rf_mapping_weigh(env, node, value);
    if (!code)
        env->vars[slot] = *value;
    return code;
}

rf_code rf_mapping_eval_var(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    if (!env->vars || env->vars[node->slot].kind == UNSET)
        return rf_mapping_fail(env, node, "variable '%.*s' undefined", RF_SLICE_ARG(node->names[0]));
    *ret_value = env->vars[node->slot];
    return RF_OK;
}

static rf_code call_lambda(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, rf_value *ret_value) {
    rf_code code = need_vars(env);
    if (code)
        return code;
    rf_value before = env->vars[node->slot]; /* of the same lambda, when it is within itself by way of a map */
    env->vars[node->slot] = *value;
    code = rf_mapping_eval(env, node->args[0], ret_value);
    env->vars[node->slot] = before;
    return code;
}

rf_code rf_mapping_bind(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *value, rf_value *ret_value) {
    assert(env && node && value && ret_value);
    rf_code code = rf_mapping_weigh(env, node, value);
    if (code)
        return code;
    if (node->kind == RF_NODE_LAMBDA)
        return call_lambda(env, node, value, ret_value);
    const rf_value *before = env->context, own = *value;
    env->context = &own;
    code = rf_mapping_eval(env, node, ret_value);
    env->context = before;
    return code;
}

rf_code rf_mapping_eval_bind(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_value value;
    rf_code code = rf_mapping_eval(env, node->args[0], &value);
    return code ? code : rf_mapping_bind(env, node->args[1], &value, ret_value);
}

/* A pattern that is a plain value is compared with what is looked at; any other must be true. */
static bool is_plain(const rf_mapping_node *pattern) {
    if (pattern->kind == RF_NODE_NEGATE)
        return pattern->args[0]->kind == RF_NODE_LITERAL;
    return pattern->kind == RF_NODE_LITERAL || pattern->kind == RF_NODE_LIST || pattern->kind == RF_NODE_MAP;
}

static rf_code meets(rf_mapping_env *env, const rf_mapping_node *pattern, const rf_value *subject, bool *ret_met) {
    rf_value value;
    *ret_met = !pattern;
    rf_code code = pattern ? rf_mapping_eval(env, pattern, &value) : RF_OK;
    if (!code && pattern)
        *ret_met = subject && is_plain(pattern) ? rf_mapping_equal(&value, subject) : value.kind == RF_BOOL && value.truth;
    return code;
}

static rf_code first_met(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *subject, rf_value *ret_value) {
    for (uint32_t i = 1; i + 1 < node->arg_count; i += 2) {
        bool met = false;
        rf_code code = meets(env, node->args[i], subject, &met);
        if (code)
            return code;
        if (met)
            return rf_mapping_eval(env, node->args[i + 1], ret_value);
    }
    *ret_value = rf_mapping_nothing();
    return RF_OK;
}

rf_code rf_mapping_eval_match(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    assert(node->arg_count % 2 == 1);
    if (!node->args[0])
        return first_met(env, node, NULL, ret_value);
    rf_value subject;
    rf_code code = rf_mapping_eval(env, node->args[0], &subject);
    if (!code)
        code = rf_mapping_weigh(env, node->args[0], &subject);
    if (code)
        return code;
    const rf_value *before = env->context;
    env->context = &subject;
    code = first_met(env, node, &subject, ret_value);
    env->context = before;
    return code;
}

static const rf_mapping_map *find_map(const rf_mapping *mapping, rf_slice name) {
    for (uint32_t i = 0; i < mapping->map_count; i++)
        if (rf_slice_eq(mapping->maps[i].name, name))
            return &mapping->maps[i];
    return NULL;
}

/* Variables and `root` of a map are its own. */
rf_code rf_mapping_apply(rf_mapping_env *env, const rf_mapping_node *node, rf_slice name, const rf_value *value, rf_value *ret_value) {
    const rf_mapping_map *map = find_map(env->mapping, name);
    rf_mapping_env within = *env;
    if (!map)
        return rf_mapping_fail(env, node, "there is no map `%.*s`", RF_SLICE_ARG(name));
    if (env->depth >= RF_MAPPING_CALLS_MAX)
        return rf_mapping_fail(env, node, "maps apply one another deeper than %d levels", RF_MAPPING_CALLS_MAX);
    rf_code code = rf_mapping_weigh(env, node, value);
    within.depth++;
    within.context = value;
    within.vars = NULL;
    within.mutates = false;
    within.doc = (rf_mapping_doc){ 0 };
    if (!code)
        code = rf_mapping_run_block(&within, &map->block);
    env->steps = within.steps;
    if (!code)
        *ret_value = within.doc.deleted ? rf_mapping_deleted() : within.doc.set ? within.doc.root : *value;
    return code;
}

rf_code rf_mapping_call_apply(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    if (!rf_mapping_has_text(args[1]))
        return rf_mapping_mismatch(env, node, node->args[1], "string", args[1]);
    return rf_mapping_apply(env, node, rf_value_text(args[1]), args[0], ret_value);
}
