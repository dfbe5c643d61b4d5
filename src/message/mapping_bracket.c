/* mapping_bracket.c: what stands in brackets in a mapping: lists, objects, the arguments of calls. */
#include "message/mapping_build.h"

#include "base/slice.h"

#include <assert.h>

rf_code rf_build_expect(rf_builder *b, const char *mark) {
    assert(b && mark);
    if (rf_lexer_is(&b->lexer, mark))
        return rf_lexer_next(&b->lexer);
    if (b->lexer.token.kind == RF_TOKEN_END || b->lexer.token.kind == RF_TOKEN_BREAK)
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected `%s` before the end of the statement", mark);
    return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected `%s`", mark);
}

/* Items up to `close`, each read by `item`, parted by commas; one may stand behind the last. */
static rf_code items(rf_builder *b, const char *close, rf_code (*item)(rf_builder *, rf_nodes *, void *), rf_nodes *nodes, void *arg) {
    rf_code code = RF_OK;
    while (!code && !rf_lexer_is(&b->lexer, close)) {
        code = item(b, nodes, arg);
        if (code || rf_lexer_is(&b->lexer, close))
            break;
        code = rf_build_expect(b, ",");
    }
    return code ? code : rf_lexer_next(&b->lexer);
}

rf_code rf_build_push(rf_builder *b, rf_nodes *nodes, rf_mapping_node *node) {
    assert(b && nodes);
    return rf_vec_push(nodes, node) ? RF_OK : rf_raise_nomem(b->lexer.reterr);
}

static rf_code list_item(rf_builder *b, rf_nodes *nodes, void *unused) {
    (void)unused;
    rf_mapping_node *node = NULL;
    rf_code code = rf_build_expression(b, &node);
    return code ? code : rf_build_push(b, nodes, node);
}

rf_code rf_build_list(rf_builder *b, uint32_t offset, rf_mapping_node **ret_node) {
    RF_CLEANUP(rf_nodes_done) rf_nodes nodes = { 0 };
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = items(b, "]", list_item, &nodes, NULL);
    return code ? code : rf_build_node(b, RF_NODE_LIST, offset, &nodes, ret_node);
}

typedef RF_VEC(rf_slice) name_list;

static void name_list_done(name_list *names) { rf_vec_done(names); }

static rf_code map_item(rf_builder *b, rf_nodes *nodes, void *arg) {
    name_list *names = arg;
    if (b->lexer.token.kind != RF_TOKEN_STRING)
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected a key in double quotes");
    rf_slice key = rf_value_text(&b->lexer.token.value);
    for (size_t i = 0; i < names->count; i++)
        if (rf_slice_eq(names->items[i], key))
            return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "the key \"%.*s\" stands twice", RF_SLICE_ARG(key));
    if (!rf_vec_push(names, key))
        return rf_raise_nomem(b->lexer.reterr);
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = rf_build_expect(b, ":");
    return code ? code : list_item(b, nodes, NULL);
}

rf_code rf_build_map(rf_builder *b, uint32_t offset, rf_mapping_node **ret_node) {
    RF_CLEANUP(rf_nodes_done) rf_nodes nodes = { 0 };
    RF_CLEANUP(name_list_done) name_list names = { 0 };
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = items(b, "}", map_item, &nodes, &names);
    if (!code)
        code = rf_build_node(b, RF_NODE_MAP, offset, &nodes, ret_node);
    return code ? code : rf_build_names(b, *ret_node, names.items, names.count);
}

/* A call's arguments as they come in: in order, or by name. */
typedef struct call_args {
    const rf_mapping_function *function;
    rf_mapping_node *given[RF_MAPPING_PARAMS_MAX];
    bool by_name;
    size_t count;
} call_args;

/* The parameter that the argument at hand is for. */
static rf_code find_param(rf_builder *b, call_args *args, size_t *ret_at) {
    const char *const *params = args->function->params;
    rf_token name = b->lexer.token;
    rf_lexer before = b->lexer;
    rf_code code = name.kind == RF_TOKEN_NAME ? rf_lexer_next(&b->lexer) : RF_OK;
    bool named = !code && name.kind == RF_TOKEN_NAME && rf_lexer_is(&b->lexer, ":");
    size_t at = args->count;
    if (named) {
        for (at = 0; params[at] && !rf_slice_is(name.text, params[at]);)
            at++;
        code = rf_lexer_next(&b->lexer);
    } else {
        b->lexer = before;
    }
    if (code)
        return code;
    if (named && !params[at]) {
        code = rf_lexer_fail(&b->lexer, name.offset, "%s() has no parameter `%.*s`", args->function->name, RF_SLICE_ARG(name.text));
        rf_build_hint(b, name.text, params);
        return code;
    }
    if (at >= RF_MAPPING_PARAMS_MAX || !params[at])
        return rf_lexer_fail(&b->lexer, name.offset, "too many arguments for %s()", args->function->name);
    if (args->given[at] || (args->count && args->by_name != named))
        return rf_lexer_fail(&b->lexer, name.offset, "arguments of %s() come all in order or all by name, each once", args->function->name);
    args->by_name = named;
    *ret_at = at;
    return RF_OK;
}

static rf_code call_item(rf_builder *b, rf_nodes *unused, void *arg) {
    (void)unused;
    call_args *args = arg;
    size_t at = 0;
    rf_code code = find_param(b, args, &at);
    if (!code)
        code = rf_build_expression(b, &args->given[at]);
    args->count++;
    return code;
}

/* The part from `(` on; `receiver` is what a method is called on. */
static rf_code call(rf_builder *b, rf_token name, const rf_mapping_function *function, rf_mapping_node *receiver,
                    rf_mapping_node **ret_node) {
    call_args args = { .function = function };
    rf_code code = rf_build_expect(b, "(");
    if (!code)
        code = items(b, ")", call_item, NULL, &args);
    for (size_t i = 0; !code && i < function->required; i++)
        if (!args.given[i])
            code = rf_lexer_fail(&b->lexer, name.offset, "%s() needs the argument `%s`", function->name, function->params[i]);
    return code ? code : rf_build_call(b, name.offset, function, receiver, args.given, ret_node);
}

rf_code rf_build_named_call(rf_builder *b, const rf_mapping_function *rows, rf_mapping_node *receiver, rf_mapping_node **ret_node) {
    rf_token name = b->lexer.token;
    const rf_mapping_function *function = rf_build_find(rows, name.text);
    if (!function) {
        rf_code unknown = rf_lexer_fail(&b->lexer, name.offset, "unrecognised %s '%.*s'", receiver ? "method" : "function",
                                        RF_SLICE_ARG(name.text));
        rf_build_hint_rows(b, name.text, rows);
        return unknown;
    }
    rf_code code = rf_lexer_next(&b->lexer);
    return code ? code : call(b, name, function, receiver, ret_node);
}
