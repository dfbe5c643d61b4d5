/* mapping_build.c: making the trees of a mapping. */
#include "message/mapping_build.h"

#include "base/nearest.h"
#include "base/slice.h"

#include <assert.h>

#define HINT_NAMES_MAX 120

void rf_nodes_done(rf_nodes *nodes) { rf_vec_done(nodes); }

static rf_code too_deep(rf_builder *builder, uint32_t offset) {
    return rf_lexer_fail(&builder->lexer, offset, "expressions nested deeper than %d levels", RF_MAPPING_DEPTH_MAX);
}

rf_code rf_build_enter(rf_builder *builder) {
    assert(builder);
    builder->nesting++;
    return builder->nesting > RF_MAPPING_DEPTH_MAX ? too_deep(builder, builder->lexer.token.offset) : RF_OK;
}

void rf_build_leave(rf_builder *builder) {
    assert(builder);
    builder->nesting--;
}

static rf_code set_args(rf_builder *builder, rf_mapping_node *node, rf_mapping_node *const *args, size_t count) {
    node->args = rf_arena_zero(&builder->lexer.mapping->arena, count ? count : 1, sizeof(rf_mapping_node *));
    if (!node->args)
        return rf_raise_nomem(builder->lexer.reterr);
    node->arg_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        node->args[i] = args[i];
        if (args[i] && args[i]->depth >= node->depth)
            node->depth = args[i]->depth + 1;
    }
    return node->depth > RF_MAPPING_DEPTH_MAX ? too_deep(builder, node->offset) : RF_OK;
}

rf_code rf_build_node(rf_builder *builder, rf_mapping_kind kind, uint32_t offset, const rf_nodes *args, rf_mapping_node **ret_node) {
    assert(builder && ret_node);
    rf_mapping_node *node = rf_arena_zero(&builder->lexer.mapping->arena, 1, sizeof *node);
    if (!node)
        return rf_raise_nomem(builder->lexer.reterr);
    node->kind = kind;
    node->offset = offset;
    node->depth = 1;
    rf_code code = set_args(builder, node, args ? args->items : NULL, args ? args->count : 0);
    if (!code)
        *ret_node = node;
    return code;
}

rf_code rf_build_names(rf_builder *builder, rf_mapping_node *node, const rf_slice *names, size_t count) {
    assert(node->kind == RF_NODE_MAP && node->arg_count == count);
    node->names = rf_arena_zero(&builder->lexer.mapping->arena, count ? count : 1, sizeof *node->names);
    if (!node->names)
        return rf_raise_nomem(builder->lexer.reterr);
    if (count)
        memcpy(node->names, names, count * sizeof *names);
    return RF_OK;
}

/* A slot of its own, or the one that all calls with this name share. */
static rf_code claim_slot(rf_builder *builder, rf_mapping_node *node) {
    rf_mapping *mapping = builder->lexer.mapping;
    node->slot = mapping->slot_count;
    if (node->function->memory == RF_MEMORY_NAME) {
        const rf_mapping_node *name = node->args[0];
        if (name->kind != RF_NODE_LITERAL || name->value.kind != RF_STRING)
            return rf_lexer_fail(&builder->lexer, name->offset, "%s() needs a name in double quotes", node->function->name);
        uintptr_t known = (uintptr_t)rf_table_get(&builder->names, rf_value_text(&name->value));
        if (known) {
            node->slot = (uint32_t)known - 1;
            return RF_OK;
        }
        if (!rf_table_put(&builder->names, rf_value_text(&name->value), (void *)((uintptr_t)node->slot + 1)))
            return rf_raise_nomem(builder->lexer.reterr);
    }
    mapping->slot_count++;
    return RF_OK;
}

rf_code rf_build_name(rf_builder *builder, rf_mapping_node *node, rf_slice name) {
    assert(builder && node);
    node->names = rf_arena_alloc(&builder->lexer.mapping->arena, sizeof *node->names);
    if (!node->names)
        return rf_raise_nomem(builder->lexer.reterr);
    node->names[0] = name;
    return RF_OK;
}

rf_code rf_build_meta(rf_builder *builder, uint32_t offset, rf_slice key, rf_mapping_node **ret_node) {
    rf_mapping_node *node = NULL;
    rf_code code = rf_build_node(builder, RF_NODE_META, offset, NULL, &node);
    if (!code)
        code = rf_build_name(builder, node, key);
    if (code)
        return code;
    node->slot = builder->lexer.mapping->slot_count++;
    *ret_node = node;
    return RF_OK;
}

static bool is_text(const rf_mapping_node *node) { return node && node->kind == RF_NODE_LITERAL && node->value.kind == RF_STRING; }

rf_code rf_build_call(rf_builder *builder, uint32_t offset, const rf_mapping_function *function, rf_mapping_node *receiver,
                      rf_mapping_node *const *given, rf_mapping_node **ret_node) {
    assert(builder && function && given && ret_node);
    rf_mapping_node *args[RF_MAPPING_PARAMS_MAX + 1];
    size_t count = 0;
    if (receiver)
        args[count++] = receiver;
    for (size_t i = 0; function->params[i]; i++)
        args[count++] = given[i];
    rf_nodes all = { .items = args, .count = count, .cap = count };
    rf_mapping_node *node = NULL;
    rf_code code = rf_build_node(builder, RF_NODE_CALL, offset, &all, &node);
    if (code)
        return code;
    node->function = function;
    if (function->call == rf_mapping_call_metadata && is_text(args[0])) {
        code = rf_build_meta(builder, offset, rf_value_text(&args[0]->value), &node);
        if (!code)
            *ret_node = node;
        return code;
    }
    if (function->memory != RF_MEMORY_NONE)
        code = claim_slot(builder, node);
    if (!code && rf_mapping_takes_pattern(function))
        code = rf_build_pattern(builder, node);
    if (!code && function->call == rf_mapping_call_apply && is_text(args[1]))
        code = rf_vec_push(&builder->applied, (rf_build_use){ rf_value_text(&args[1]->value), offset })
                   ? RF_OK
                   : rf_raise_nomem(builder->lexer.reterr);
    if (!code)
        *ret_node = node;
    return code;
}

const rf_mapping_function *rf_build_find(const rf_mapping_function *rows, rf_slice name) {
    assert(rows);
    for (; rows->name; rows++)
        if (rf_slice_is(name, rows->name))
            return rows;
    return NULL;
}

void rf_build_hint(rf_builder *builder, rf_slice word, const char *const *candidates) {
    const char *nearest = rf_nearest(word, candidates);
    if (nearest)
        rf_error_hint(builder->lexer.reterr, "did you mean `%s`?", nearest);
}

void rf_build_hint_rows(rf_builder *builder, rf_slice word, const rf_mapping_function *rows) {
    const char *names[HINT_NAMES_MAX + 1];
    size_t count = 0;
    for (; rows->name && count < HINT_NAMES_MAX; rows++)
        names[count++] = rows->name;
    names[count] = NULL;
    rf_build_hint(builder, word, names);
}
