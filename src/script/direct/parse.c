/* parse.c: statements of simple scripts, and the tree as a whole. */
#include "script/direct/parser.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

#define TEXT_MAX (64u << 10) /* longer scripts are not simple */

rf_direct_node *rf_direct_node_new(rf_direct_parser *parser, rf_direct_op op) {
    if (parser->node_count == RF_DIRECT_NODES)
        return NULL;
    rf_direct_node *node = rf_arena_zero(&parser->made->arena, 1, sizeof *node);
    if (!node) {
        parser->lexer.no_memory = true;
        return NULL;
    }
    node->op = (uint8_t)op;
    parser->node_count++;
    return node;
}

bool rf_direct_is(const rf_direct_parser *parser, const char *sign_or_name) {
    const rf_direct_token *token = &parser->lexer.token;
    return (token->kind == RF_DIRECT_T_SIGN || token->kind == RF_DIRECT_T_NAME) && rf_slice_is(token->text, sign_or_name);
}

bool rf_direct_take(rf_direct_parser *parser, const char *sign_or_name) {
    if (!rf_direct_is(parser, sign_or_name))
        return false;
    rf_direct_lex(&parser->lexer);
    return true;
}

uint32_t rf_direct_local_of(const rf_direct_parser *parser, rf_slice name) {
    for (uint32_t i = 0; i < parser->made->local_count; i++)
        if (!parser->locals[i].is_gone && rf_slice_eq(parser->locals[i].name, name))
            return i;
    return RF_DIRECT_LOCALS;
}

/* A script that declares a name twice, or one of those that mean something here, is not simple. */
static bool declare(rf_direct_parser *parser, rf_slice name, bool is_var, bool is_constant) {
    static const char *const taken[] = { "msg", "undefined", "parseInt", "String", "NaN", "Infinity", "arguments", "eval", "let", "async", NULL };
    uint32_t count = parser->made->local_count;
    for (size_t i = 0; taken[i]; i++)
        if (rf_slice_is(name, taken[i]))
            return false;
    for (uint32_t i = 0; i < count; i++)
        if (rf_slice_eq(parser->locals[i].name, name))
            return false;
    if (count == RF_DIRECT_LOCALS)
        return false;
    parser->locals[count] = (rf_direct_local){ .name = name, .is_constant = is_constant, .depth = is_var ? 0 : parser->depth };
    parser->made->local_count++;
    return true;
}

/* Where a statement ends. A line break ends it only before what can begin another one and cannot go on with this one. */
static bool end_statement(rf_direct_parser *parser) {
    const rf_direct_token *token = &parser->lexer.token;
    if (rf_direct_take(parser, ";"))
        return true;
    if (token->kind == RF_DIRECT_T_END || rf_direct_is(parser, "}"))
        return true;
    return token->after_line && token->kind == RF_DIRECT_T_NAME && !rf_slice_is(token->text, "in") &&
           !rf_slice_is(token->text, "instanceof");
}

/* Statements in a row: the last one's `next` is where the next one goes. */
typedef struct row { const rf_direct_node *first; rf_direct_node *last; } row;

static bool append(row *r, rf_direct_node *node) {
    if (!node)
        return false;
    if (r->last)
        r->last->next = node;
    else
        r->first = node;
    r->last = node;
    return true;
}

static bool parse_statement(rf_direct_parser *parser, row *r);

static rf_direct_node *make_set(rf_direct_parser *parser, rf_direct_op op, uint16_t index, const rf_direct_node *to) {
    rf_direct_node *node = to ? rf_direct_node_new(parser, op) : NULL;
    if (node) {
        node->a = to;
        node->index = index;
    }
    return node;
}

/* The name counts only behind its value: `let a = a` is an error that the engine tells of. */
static bool parse_declaration(rf_direct_parser *parser, row *r, bool is_var, bool is_constant) {
    static const rf_direct_node nothing = { .op = RF_DIRECT_CONST };
    do {
        rf_slice name = parser->lexer.token.text;
        if (parser->lexer.token.kind != RF_DIRECT_T_NAME)
            return false;
        rf_direct_lex(&parser->lexer);
        bool is_given = rf_direct_take(parser, "=");
        const rf_direct_node *value = is_given ? rf_direct_parse_expression(parser) : &nothing;
        if (!value || !declare(parser, name, is_var, is_constant))
            return false;
        uint16_t index = (uint16_t)(parser->made->local_count - 1);
        if (!append(r, make_set(parser, RF_DIRECT_SET_LOCAL, index, value)))
            return false;
    } while (rf_direct_take(parser, ","));
    return end_statement(parser);
}

static bool parse_assignment(rf_direct_parser *parser, row *r) {
    const rf_direct_node *target = rf_direct_parse_member(parser);
    if (!target || !rf_direct_take(parser, "="))
        return false;
    rf_direct_op op;
    switch ((rf_direct_op)target->op) {
    case RF_DIRECT_KEY: op = RF_DIRECT_SET_KEY; break;
    case RF_DIRECT_PAYLOAD: op = RF_DIRECT_SET_PAYLOAD; break;
    case RF_DIRECT_LOCAL: op = RF_DIRECT_SET_LOCAL; break;
    default: return false;
    }
    if (op == RF_DIRECT_SET_LOCAL && parser->locals[target->index].is_constant)
        return false;
    return append(r, make_set(parser, op, target->index, rf_direct_parse_expression(parser))) && end_statement(parser);
}

static bool parse_return(rf_direct_parser *parser, row *r) {
    if (parser->lexer.token.after_line)
        return false;
    bool gives_message = rf_direct_take(parser, "msg");
    if (!gives_message && !rf_direct_take(parser, "null"))
        (void)rf_direct_take(parser, "undefined");
    return append(r, rf_direct_node_new(parser, gives_message ? RF_DIRECT_RETURN : RF_DIRECT_RETURN_NOTHING)) && end_statement(parser);
}

/* The names of the block that ends. */
static void leave_block(rf_direct_parser *parser) {
    for (uint32_t i = 0; i < parser->made->local_count; i++)
        if (parser->locals[i].depth == parser->depth)
            parser->locals[i].is_gone = true;
    parser->depth--;
}

static bool parse_block(rf_direct_parser *parser, row *r) {
    parser->depth++;
    while (!rf_direct_take(parser, "}"))
        if (parser->lexer.token.kind == RF_DIRECT_T_END || !parse_statement(parser, r))
            return false;
    leave_block(parser);
    return true;
}

static bool parse_if(rf_direct_parser *parser, row *r) {
    row yes = { NULL, NULL }, no = { NULL, NULL };
    const rf_direct_node *condition = rf_direct_take(parser, "(") ? rf_direct_parse_expression(parser) : NULL;
    if (!condition || !rf_direct_take(parser, ")") || !parse_statement(parser, &yes))
        return false;
    if (rf_direct_take(parser, "else") && !parse_statement(parser, &no))
        return false;
    rf_direct_node *node = rf_direct_node_new(parser, RF_DIRECT_IF);
    if (!append(r, node))
        return false;
    node->a = condition;
    node->b = yes.first;
    node->c = no.first;
    return true;
}

static bool parse_some_statement(rf_direct_parser *parser, row *r) {
    if (rf_direct_take(parser, ";"))
        return true;
    if (rf_direct_take(parser, "{"))
        return parse_block(parser, r);
    if (rf_direct_take(parser, "if"))
        return parse_if(parser, r);
    if (rf_direct_take(parser, "return"))
        return parse_return(parser, r);
    if (rf_direct_take(parser, "var"))
        return parse_declaration(parser, r, true, false);
    if (rf_direct_take(parser, "let"))
        return parse_declaration(parser, r, false, false);
    if (rf_direct_take(parser, "const"))
        return parse_declaration(parser, r, false, true);
    return parse_assignment(parser, r);
}

static bool parse_statement(rf_direct_parser *parser, row *r) {
    if (parser->nest == RF_DIRECT_NEST)
        return false;
    parser->nest++;
    bool ok = parse_some_statement(parser, r);
    parser->nest--;
    return ok;
}

static bool parse_body(rf_direct_parser *parser) {
    row all = { NULL, NULL };
    parser->depth = 1;
    while (parser->lexer.token.kind != RF_DIRECT_T_END)
        if (!parse_statement(parser, &all))
            return false;
    parser->made->root = all.first;
    return true;
}

static bool parse_condition(rf_direct_parser *parser) {
    parser->made->root = rf_direct_parse_expression(parser);
    (void)rf_direct_take(parser, ";");
    return parser->made->root && parser->lexer.token.kind == RF_DIRECT_T_END;
}

/* Line breaks that only the engine knows: a comment ends there. */
static bool has_strange_breaks(rf_slice text) {
    for (const char *at = text.data, *end = at + text.len; at < end && (at = memchr(at, '\r', (size_t)(end - at))); at++)
        if (at + 1 == end || at[1] != '\n')
            return true;
    return text.len && (memmem(text.data, text.len, "\u2028", 3) || memmem(text.data, text.len, "\u2029", 3));
}

rf_code rf_direct_compile(const rf_script_source *source, rf_direct **ret_direct, rf_error *reterr) {
    assert(source && ret_direct);
    *ret_direct = NULL;
    if (source->text.len > TEXT_MAX || !rf_utf8_valid(source->text) || has_strange_breaks(source->text))
        return RF_OK;
    rf_direct_parser parser = { .made = rf_alloc_zero(1, sizeof *parser.made) };
    if (!parser.made)
        return rf_raise_nomem(reterr);
    rf_arena_init(&parser.made->arena, 1024);
    rf_direct_lex_begin(&parser.lexer, &parser.made->arena, source->text);
    bool is_simple = source->form == RF_SCRIPT_CONDITION ? parse_condition(&parser) : parse_body(&parser);
    if (is_simple && !parser.lexer.no_memory) {
        *ret_direct = parser.made;
        return RF_OK;
    }
    rf_direct_free(parser.made);
    return parser.lexer.no_memory ? rf_raise_nomem(reterr) : RF_OK;
}

void rf_direct_free(rf_direct *direct) {
    if (!direct)
        return;
    rf_arena_done(&direct->arena);
    rf_free(direct);
}
