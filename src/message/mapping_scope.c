/* mapping_scope.c: names within a mapping, and the expressions that bring some in: variables, lambdas, match. */
#include "message/mapping_build.h"

#include "base/slice.h"

#include <assert.h>

#define HINT_NAMES_MAX 64

void rf_builder_done(rf_builder *b) {
    rf_table_done(&b->names);
    rf_vec_done(&b->vars);
    rf_vec_done(&b->params);
    rf_vec_done(&b->maps);
    rf_vec_done(&b->applied);
}

rf_code rf_build_var_of(rf_builder *b, rf_slice name, uint32_t offset, bool sets, uint32_t *ret_slot) {
    assert(b && ret_slot);
    for (size_t i = 0; i < b->vars.count; i++) {
        if (!rf_slice_eq(b->vars.items[i].name, name))
            continue;
        b->vars.items[i].set |= sets;
        *ret_slot = b->vars.items[i].slot;
        return RF_OK;
    }
    rf_build_var var = { name, b->lexer.mapping->var_count, offset, sets };
    if (!rf_vec_push(&b->vars, var))
        return rf_raise_nomem(b->lexer.reterr);
    b->lexer.mapping->var_count++;
    *ret_slot = var.slot;
    return RF_OK;
}

const rf_build_var *rf_build_param(const rf_builder *b, rf_slice name) {
    for (size_t i = b->params.count; i > 0; i--)
        if (rf_slice_eq(b->params.items[i - 1].name, name))
            return &b->params.items[i - 1];
    return NULL;
}

rf_code rf_build_named(rf_builder *b, rf_mapping_kind kind, uint32_t offset, rf_slice name, rf_mapping_node *arg,
                       rf_mapping_node **ret_node) {
    rf_mapping_node *node = NULL;
    rf_nodes nodes = { .items = &arg, .count = arg ? 1 : 0, .cap = 1 };
    rf_code code = rf_build_node(b, kind, offset, &nodes, &node);
    if (!code)
        code = rf_build_name(b, node, name);
    if (!code)
        *ret_node = node;
    return code;
}

rf_code rf_build_variable(rf_builder *b, rf_mapping_node **ret_node) {
    uint32_t offset = b->lexer.token.offset, slot = 0;
    rf_mapping_node *node = NULL;
    rf_code code = rf_lexer_next(&b->lexer);
    rf_slice name = b->lexer.token.text;
    if (!code && b->lexer.token.kind != RF_TOKEN_NAME)
        return rf_lexer_fail(&b->lexer, offset, "expected a variable's name behind `$`");
    if (!code)
        code = rf_build_var_of(b, name, offset, false, &slot);
    if (!code)
        code = rf_build_named(b, RF_NODE_VAR, offset, name, NULL, &node);
    if (code)
        return code;
    node->slot = slot;
    *ret_node = node;
    return rf_lexer_next(&b->lexer);
}

rf_code rf_build_lambda(rf_builder *b, rf_mapping_node **ret_node) {
    rf_token name = b->lexer.token;
    rf_build_var param = { name.text, b->lexer.mapping->var_count, name.offset, true };
    rf_mapping_node *body = NULL, *node = NULL;
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = rf_build_expect(b, "->");
    if (code)
        return code;
    if (!rf_vec_push(&b->params, param))
        return rf_raise_nomem(b->lexer.reterr);
    b->lexer.mapping->var_count++;
    code = rf_build_expression(b, &body);
    b->params.count--;
    if (!code)
        code = rf_build_named(b, RF_NODE_LAMBDA, name.offset, name.text, body, &node);
    if (code)
        return code;
    node->slot = param.slot;
    *ret_node = node;
    return RF_OK;
}

rf_code rf_build_open_lines(rf_builder *b, uint32_t *ret_brackets) {
    assert(rf_lexer_is(&b->lexer, "{") && b->lexer.brackets > 0);
    *ret_brackets = b->lexer.brackets - 1;
    b->lexer.brackets = 0;
    return rf_lexer_next(&b->lexer);
}

rf_code rf_build_close_lines(rf_builder *b, uint32_t brackets) {
    if (!rf_lexer_is(&b->lexer, "}"))
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected `}`");
    b->lexer.brackets = brackets;
    return rf_lexer_next(&b->lexer);
}

static rf_code skip_breaks(rf_builder *b) {
    rf_code code = RF_OK;
    while (!code && (b->lexer.token.kind == RF_TOKEN_BREAK || rf_lexer_is(&b->lexer, ",")))
        code = rf_lexer_next(&b->lexer);
    return code;
}

/* `PATTERN => VALUE`; the pattern `_` is always met. */
static rf_code match_case(rf_builder *b, rf_nodes *nodes) {
    rf_mapping_node *pattern = NULL, *value = NULL;
    bool any = b->lexer.token.kind == RF_TOKEN_NAME && rf_slice_is(b->lexer.token.text, "_");
    rf_code code = any ? rf_lexer_next(&b->lexer) : rf_build_expression(b, &pattern);
    if (!code)
        code = rf_build_expect(b, "=>");
    if (!code)
        code = rf_build_expression(b, &value);
    if (!code)
        code = rf_build_push(b, nodes, pattern);
    return code ? code : rf_build_push(b, nodes, value);
}

static rf_code match_cases(rf_builder *b, rf_nodes *nodes) {
    rf_code code = skip_breaks(b);
    while (!code && !rf_lexer_is(&b->lexer, "}")) {
        code = match_case(b, nodes);
        bool more = b->lexer.token.kind == RF_TOKEN_BREAK || rf_lexer_is(&b->lexer, ",") || rf_lexer_is(&b->lexer, "}");
        if (!code && !more)
            return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected the end of the case: a line break, `,` or `}`");
        if (!code)
            code = skip_breaks(b);
    }
    return code;
}

rf_code rf_build_match(rf_builder *b, rf_mapping_node **ret_node) {
    RF_CLEANUP(rf_nodes_done) rf_nodes nodes = { 0 };
    uint32_t offset = b->lexer.token.offset, brackets = 0;
    rf_mapping_node *subject = NULL;
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code && !rf_lexer_is(&b->lexer, "{"))
        code = rf_build_expression(b, &subject);
    if (!code)
        code = rf_build_push(b, &nodes, subject);
    if (!code && !rf_lexer_is(&b->lexer, "{"))
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected `{` and the cases of `match`");
    if (!code)
        code = rf_build_open_lines(b, &brackets);
    if (!code)
        code = match_cases(b, &nodes);
    if (!code)
        code = rf_build_close_lines(b, brackets);
    return code ? code : rf_build_node(b, RF_NODE_MATCH, offset, &nodes, ret_node);
}

static rf_code not_set(rf_builder *b, const rf_build_var *var) {
    const char *names[HINT_NAMES_MAX + 1];
    size_t count = 0;
    rf_code code = rf_lexer_fail(&b->lexer, var->offset, "the variable `%.*s` is set nowhere", RF_SLICE_ARG(var->name));
    for (size_t i = 0; i < b->vars.count && count < HINT_NAMES_MAX; i++) {
        rf_slice name = b->vars.items[i].set ? rf_slice_dup_in(&b->lexer.mapping->arena, b->vars.items[i].name) : (rf_slice){ 0 };
        if (name.data)
            names[count++] = name.data;
    }
    names[count] = NULL;
    rf_build_hint(b, var->name, names);
    return code;
}

static bool has_map(const rf_builder *b, rf_slice name) {
    for (size_t i = 0; i < b->maps.count; i++)
        if (rf_slice_eq(b->maps.items[i].name, name))
            return true;
    return false;
}

rf_code rf_build_check_names(rf_builder *b) {
    for (size_t i = 0; i < b->vars.count; i++)
        if (!b->vars.items[i].set)
            return not_set(b, &b->vars.items[i]);
    for (size_t i = 0; i < b->applied.count; i++) {
        const rf_build_use *use = &b->applied.items[i];
        if (!has_map(b, use->name))
            return rf_lexer_fail(&b->lexer, use->offset, "there is no map `%.*s` in this mapping", RF_SLICE_ARG(use->name));
    }
    return RF_OK;
}
