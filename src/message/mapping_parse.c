/* mapping_parse.c: the expressions of a mapping to trees. */
#include "message/mapping_build.h"

#include "base/slice.h"

#include <assert.h>

static rf_code expression(rf_builder *b, int lowest, rf_mapping_node **ret_node);

static bool is_word(const rf_builder *b, const char *word) {
    return b->lexer.token.kind == RF_TOKEN_NAME && rf_slice_is(b->lexer.token.text, word);
}

/* `{ EXPR }` */
static rf_code block(rf_builder *b, rf_nodes *nodes) {
    rf_mapping_node *node = NULL;
    rf_code code = rf_build_expect(b, "{");
    if (!code)
        code = expression(b, 0, &node);
    if (!code)
        code = rf_build_push(b, nodes, node);
    return code ? code : rf_build_expect(b, "}");
}

/* Goes past line breaks when `word` (or the mark `.`) stands behind them; else stays. */
static rf_code reach(rf_builder *b, const char *word, bool *ret_found) {
    rf_lexer before = b->lexer;
    rf_code code = RF_OK;
    while (!code && b->lexer.token.kind == RF_TOKEN_BREAK)
        code = rf_lexer_next(&b->lexer);
    *ret_found = !code && (is_word(b, word) || rf_lexer_is(&b->lexer, word));
    if (!*ret_found)
        b->lexer = before; /* what stands there, wrong or not, is for the next statement */
    return code == RF_ENOMEM ? code : RF_OK;
}

static rf_code branch(rf_builder *b, rf_mapping_node **ret_node);

static rf_code else_part(rf_builder *b, rf_nodes *nodes) {
    bool found = false;
    rf_code code = reach(b, "else", &found);
    if (code || !found)
        return code;
    code = rf_lexer_next(&b->lexer);
    if (code || !is_word(b, "if"))
        return code ? code : block(b, nodes);
    rf_mapping_node *node = NULL;
    code = rf_build_enter(b);
    if (!code)
        code = branch(b, &node);
    rf_build_leave(b);
    return code ? code : rf_build_push(b, nodes, node);
}

static rf_code branch(rf_builder *b, rf_mapping_node **ret_node) {
    assert(is_word(b, "if"));
    RF_CLEANUP(rf_nodes_done) rf_nodes nodes = { 0 };
    uint32_t offset = b->lexer.token.offset;
    rf_mapping_node *condition = NULL;
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = expression(b, 0, &condition);
    if (!code)
        code = rf_build_push(b, &nodes, condition);
    if (!code)
        code = block(b, &nodes);
    if (!code)
        code = else_part(b, &nodes);
    return code ? code : rf_build_node(b, RF_NODE_IF, offset, &nodes, ret_node);
}

static rf_code literal(rf_builder *b, rf_value value, rf_mapping_node **ret_node) {
    rf_code code = rf_build_node(b, RF_NODE_LITERAL, b->lexer.token.offset, NULL, ret_node);
    if (code)
        return code;
    (*ret_node)->value = value;
    return rf_lexer_next(&b->lexer);
}

/* True when this mark stands behind the name at hand. */
static bool is_before(const rf_builder *b, const char *mark) {
    rf_slice text = b->lexer.mapping->text;
    size_t at = b->lexer.at;
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t'))
        at++;
    return rf_slice_starts((rf_slice){ text.data + at, text.len - at }, rf_slice_of(mark));
}

/* `this`, `root`, a lambda's parameter, or a bare name, which is a member of `this`. */
static rf_code from_this(rf_builder *b, rf_mapping_node **ret_node) {
    rf_token name = b->lexer.token;
    const rf_build_var *param = rf_build_param(b, name.text);
    rf_code code;
    if (param) {
        code = rf_build_named(b, RF_NODE_VAR, name.offset, name.text, NULL, ret_node);
        if (!code)
            (*ret_node)->slot = param->slot;
    } else {
        code = rf_build_node(b, is_word(b, "root") ? RF_NODE_ROOT : RF_NODE_THIS, name.offset, NULL, ret_node);
        if (!code && !is_word(b, "this") && !is_word(b, "root"))
            code = rf_build_named(b, RF_NODE_FIELD, name.offset, name.text, *ret_node, ret_node);
    }
    return code ? code : rf_lexer_next(&b->lexer);
}

/* `.(EXPR)`: the expression with what stands before as `this`, or as a lambda's parameter. */
static rf_code bound(rf_builder *b, rf_mapping_node **ret_node) {
    RF_CLEANUP(rf_nodes_done) rf_nodes nodes = { 0 };
    uint32_t offset = b->lexer.token.offset;
    rf_mapping_node *body = NULL;
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = expression(b, 0, &body);
    if (!code)
        code = rf_build_push(b, &nodes, *ret_node);
    if (!code)
        code = rf_build_push(b, &nodes, body);
    if (!code)
        code = rf_build_node(b, RF_NODE_BIND, offset, &nodes, ret_node);
    return code ? code : rf_build_expect(b, ")");
}

/* Members by number: `.1.2` is read as one number. */
static rf_code numbered(rf_builder *b, rf_mapping_node **ret_node) {
    rf_token token = b->lexer.token;
    rf_code code = RF_OK;
    for (rf_slice rest = token.text; !code && rest.len;) {
        rf_slice name = { rest.data, rf_slice_find(rest, '.') };
        size_t used = name.len < rest.len ? name.len + 1 : name.len;
        code = rf_build_named(b, RF_NODE_FIELD, token.offset, name, *ret_node, ret_node);
        rest = (rf_slice){ rest.data + used, rest.len - used };
    }
    return code ? code : rf_lexer_next(&b->lexer);
}

/* What stands behind a `.`: a method, or a member. */
static rf_code dotted(rf_builder *b, rf_mapping_node **ret_node) {
    const rf_token *token = &b->lexer.token;
    if (token->kind == RF_TOKEN_NUMBER)
        return numbered(b, ret_node);
    if (rf_lexer_is(&b->lexer, "("))
        return bound(b, ret_node);
    if (token->kind != RF_TOKEN_NAME && token->kind != RF_TOKEN_STRING)
        return rf_lexer_fail(&b->lexer, token->offset, "expected the name of a method or a field behind `.`");
    if (token->kind == RF_TOKEN_NAME && is_before(b, "("))
        return rf_build_named_call(b, rf_mapping_methods, *ret_node, ret_node);
    rf_slice name = token->kind == RF_TOKEN_NAME ? token->text : rf_value_text(&token->value);
    rf_code code = rf_build_named(b, RF_NODE_FIELD, token->offset, name, *ret_node, ret_node);
    return code ? code : rf_lexer_next(&b->lexer);
}

static rf_code named(rf_builder *b, rf_mapping_node **ret_node) {
    if (is_word(b, "true") || is_word(b, "false"))
        return literal(b, rf_bool(is_word(b, "true")), ret_node);
    if (is_word(b, "null"))
        return literal(b, rf_null(), ret_node);
    if (is_word(b, "if"))
        return branch(b, ret_node);
    if (is_word(b, "match"))
        return rf_build_match(b, ret_node);
    if (is_before(b, "->"))
        return rf_build_lambda(b, ret_node);
    return is_before(b, "(") ? rf_build_named_call(b, rf_mapping_functions, NULL, ret_node) : from_this(b, ret_node);
}

/* `@key`, `@"any key"`, or `@` alone for all of them. */
static rf_code metadata(rf_builder *b, rf_mapping_node **ret_node) {
    uint32_t offset = b->lexer.token.offset;
    rf_code code = rf_lexer_next(&b->lexer);
    const rf_token *token = &b->lexer.token;
    bool named = token->kind == RF_TOKEN_NAME || token->kind == RF_TOKEN_STRING;
    if (!code)
        code = named ? rf_build_meta(b, offset, token->kind == RF_TOKEN_NAME ? token->text : rf_value_text(&token->value), ret_node)
                     : rf_build_node(b, RF_NODE_META, offset, NULL, ret_node);
    if (code)
        return code;
    (*ret_node)->by_sign = true;
    return named ? rf_lexer_next(&b->lexer) : RF_OK;
}

static rf_code parenthesised(rf_builder *b, rf_mapping_node **ret_node) {
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = expression(b, 0, ret_node);
    return code ? code : rf_build_expect(b, ")");
}

static rf_code primary(rf_builder *b, rf_mapping_node **ret_node) {
    const rf_token *token = &b->lexer.token;
    if (token->kind == RF_TOKEN_NUMBER || token->kind == RF_TOKEN_STRING)
        return literal(b, token->value, ret_node);
    if (token->kind == RF_TOKEN_NAME)
        return named(b, ret_node);
    if (rf_lexer_is(&b->lexer, "["))
        return rf_build_list(b, token->offset, ret_node);
    if (rf_lexer_is(&b->lexer, "{"))
        return rf_build_map(b, token->offset, ret_node);
    if (rf_lexer_is(&b->lexer, "@"))
        return metadata(b, ret_node);
    if (rf_lexer_is(&b->lexer, "$"))
        return rf_build_variable(b, ret_node);
    if (rf_lexer_is(&b->lexer, "("))
        return parenthesised(b, ret_node);
    if (token->kind == RF_TOKEN_MARK)
        return rf_lexer_fail(&b->lexer, token->offset, "expected a value, found `%.*s`", RF_SLICE_ARG(token->text));
    return rf_lexer_fail(&b->lexer, token->offset, "expected a value before the end of the statement");
}

/* A value and the methods called on it. */
static rf_code postfix(rf_builder *b, rf_mapping_node **ret_node) {
    rf_code code = primary(b, ret_node);
    for (bool more = true; !code && more;) {
        code = reach(b, ".", &more);
        if (code || !more)
            break;
        code = rf_lexer_next(&b->lexer);
        if (!code)
            code = dotted(b, ret_node);
    }
    return code;
}

static rf_code unary(rf_builder *b, rf_mapping_node **ret_node) {
    bool not = rf_lexer_is(&b->lexer, "!");
    if (!not && !rf_lexer_is(&b->lexer, "-"))
        return postfix(b, ret_node);
    RF_CLEANUP(rf_nodes_done) rf_nodes nodes = { 0 };
    uint32_t offset = b->lexer.token.offset;
    rf_mapping_node *operand = NULL;
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = rf_build_enter(b);
    if (!code)
        code = unary(b, &operand);
    rf_build_leave(b);
    if (!code)
        code = rf_build_push(b, &nodes, operand);
    return code ? code : rf_build_node(b, not ? RF_NODE_NOT : RF_NODE_NEGATE, offset, &nodes, ret_node);
}

typedef struct binary_row { const char *mark; int rank; rf_mapping_op op; } binary_row;

static const binary_row *binary_at(const rf_builder *b) {
    static const binary_row rows[] = {
        { "||", 1, RF_OP_OR }, { "&&", 2, RF_OP_AND }, { "==", 3, RF_OP_EQ }, { "!=", 3, RF_OP_NE }, { "<", 4, RF_OP_LT },
        { "<=", 4, RF_OP_LE }, { ">", 4, RF_OP_GT }, { ">=", 4, RF_OP_GE }, { "+", 5, RF_OP_ADD }, { "-", 5, RF_OP_SUB },
        { "|", 6, RF_OP_COALESCE }, { "*", 6, RF_OP_MUL }, { "/", 6, RF_OP_DIV }, { "%", 6, RF_OP_MOD }, { NULL, 0, RF_OP_OR },
    };
    for (const binary_row *row = rows; row->mark; row++)
        if (rf_lexer_is(&b->lexer, row->mark))
            return row;
    return NULL;
}

/* The right side of an operator; line breaks before it are blanks. */
static rf_code operand(rf_builder *b, int rank, rf_mapping_node **ret_node) {
    rf_token mark = b->lexer.token;
    rf_code code = rf_lexer_next(&b->lexer);
    while (!code && b->lexer.token.kind == RF_TOKEN_BREAK)
        code = rf_lexer_next(&b->lexer);
    if (!code && b->lexer.token.kind == RF_TOKEN_END)
        return rf_lexer_fail(&b->lexer, mark.offset, "expected a value behind `%.*s`", RF_SLICE_ARG(mark.text));
    return code ? code : expression(b, rank, ret_node);
}

/* Operators that bind tighter than `lowest`, those of one rank from the left. */
static rf_code binaries(rf_builder *b, int lowest, rf_mapping_node **ret_node) {
    rf_code code = unary(b, ret_node);
    const binary_row *row;
    while (!code && (row = binary_at(b)) && row->rank > lowest) {
        RF_CLEANUP(rf_nodes_done) rf_nodes nodes = { 0 };
        uint32_t offset = b->lexer.token.offset;
        rf_mapping_node *right = NULL;
        code = operand(b, row->rank, &right);
        if (!code)
            code = rf_build_push(b, &nodes, *ret_node);
        if (!code)
            code = rf_build_push(b, &nodes, right);
        if (!code)
            code = rf_build_node(b, RF_NODE_BINARY, offset, &nodes, ret_node);
        if (!code)
            (*ret_node)->op = row->op;
    }
    return code;
}

static rf_code expression(rf_builder *b, int lowest, rf_mapping_node **ret_node) {
    rf_code code = rf_build_enter(b);
    if (!code)
        code = binaries(b, lowest, ret_node);
    rf_build_leave(b);
    return code;
}

rf_code rf_build_expression(rf_builder *builder, rf_mapping_node **ret_node) {
    assert(builder && ret_node);
    return expression(builder, 0, ret_node);
}
