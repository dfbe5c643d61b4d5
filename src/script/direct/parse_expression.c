/* parse_expression.c: expressions of simple scripts. Their syntax is right: the engine has taken it. What is not known here ends it. */
#include "script/direct/parser.h"

#include "base/slice.h"

#include <assert.h>

static const rf_direct_node *make(rf_direct_parser *parser, rf_direct_op op, const rf_direct_node *a, const rf_direct_node *b) {
    rf_direct_node *node = rf_direct_node_new(parser, op);
    if (node) {
        node->a = a;
        node->b = b;
    }
    return node;
}

static const rf_direct_node *make_constant(rf_direct_parser *parser, rf_direct_value value) {
    rf_direct_node *node = rf_direct_node_new(parser, RF_DIRECT_CONST);
    if (node) {
        node->value = value;
        node->value.is_script = true;
    }
    return node;
}

/* ---- Names, texts, numbers ---- */

static const rf_direct_node *parse_template(rf_direct_parser *parser) {
    const rf_direct_node *whole = NULL;
    for (bool last = false; !last;) {
        rf_slice text;
        if (!rf_direct_lex_template(&parser->lexer, &text, &last))
            return NULL;
        const rf_direct_node *part = make_constant(parser, rf_direct_of_text(text));
        whole = part && whole ? make(parser, RF_DIRECT_ADD, whole, part) : part;
        if (!whole || last)
            return whole;
        const rf_direct_node *value = rf_direct_parse_expression(parser);
        const rf_direct_node *as_text = value ? make(parser, RF_DIRECT_TEXT_OF, value, NULL) : NULL;
        if (!as_text || !rf_direct_is(parser, "}")) /* not taken: the text goes on right behind it */
            return NULL;
        whole = make(parser, RF_DIRECT_ADD, whole, as_text);
        if (!whole)
            return NULL;
    }
    return whole;
}

/* The functions that are called by their name alone. */
static const rf_direct_node *parse_call(rf_direct_parser *parser, bool is_parse_int) {
    rf_direct_lex(&parser->lexer);
    const rf_direct_node *argument = rf_direct_take(parser, "(") ? rf_direct_parse_expression(parser) : NULL;
    if (!argument)
        return NULL;
    if (is_parse_int && rf_direct_take(parser, ",")) {
        bool is_ten = parser->lexer.token.kind == RF_DIRECT_T_NUMBER && rf_slice_is(parser->lexer.token.text, "10");
        if (!is_ten)
            return NULL;
        rf_direct_lex(&parser->lexer);
    }
    return rf_direct_take(parser, ")") ? make(parser, is_parse_int ? RF_DIRECT_PARSE_INT : RF_DIRECT_TEXT_OF, argument, NULL) : NULL;
}

static const rf_direct_node *parse_name(rf_direct_parser *parser) {
    const struct { const char *name; rf_direct_value value; } constants[] = {
        { "true", rf_direct_of_bool(true) }, { "false", rf_direct_of_bool(false) },
        { "null", { .kind = RF_DIRECT_NULL } }, { "undefined", rf_direct_undefined() },
    };
    rf_slice name = parser->lexer.token.text;
    if (rf_slice_is(name, "parseInt") || rf_slice_is(name, "String"))
        return parse_call(parser, rf_slice_is(name, "parseInt"));
    rf_direct_lex(&parser->lexer);
    if (rf_slice_is(name, "msg"))
        return rf_direct_node_new(parser, RF_DIRECT_MSG);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (rf_slice_is(name, constants[i].name))
            return make_constant(parser, constants[i].value);
    uint32_t local = rf_direct_local_of(parser, name);
    rf_direct_node *node = local < RF_DIRECT_LOCALS ? rf_direct_node_new(parser, RF_DIRECT_LOCAL) : NULL;
    if (node)
        node->index = (uint16_t)local;
    return node;
}

/* A regular expression is only known where test() follows; elsewhere it is an argument. */
static const rf_direct_pattern *parse_pattern(rf_direct_parser *parser) {
    rf_slice text, flags;
    bool no_memory = false;
    if (!rf_direct_lex_pattern(&parser->lexer, &text, &flags))
        return NULL;
    const rf_direct_pattern *pattern = rf_direct_pattern_compile(&parser->made->arena, text, flags, &no_memory);
    parser->lexer.no_memory = parser->lexer.no_memory || no_memory;
    return pattern;
}

static const rf_direct_node *parse_test(rf_direct_parser *parser) {
    const rf_direct_pattern *pattern = parse_pattern(parser);
    if (!pattern || rf_direct_pattern_is_global(pattern) || !rf_direct_take(parser, ".") || !rf_direct_take(parser, "test") ||
        !rf_direct_take(parser, "("))
        return NULL;
    const rf_direct_node *text = rf_direct_parse_expression(parser);
    rf_direct_node *node = text && rf_direct_take(parser, ")") ? rf_direct_node_new(parser, RF_DIRECT_TEST) : NULL;
    if (node) {
        node->a = text;
        node->pattern = pattern;
    }
    return node;
}

static const rf_direct_node *parse_primary(rf_direct_parser *parser) {
    const rf_direct_token token = parser->lexer.token;
    switch (token.kind) {
    case RF_DIRECT_T_NAME: return parse_name(parser);
    case RF_DIRECT_T_TEXT: rf_direct_lex(&parser->lexer); return make_constant(parser, rf_direct_of_text(token.text));
    case RF_DIRECT_T_NUMBER: rf_direct_lex(&parser->lexer); return make_constant(parser, rf_direct_of_number(token.number));
    case RF_DIRECT_T_TEMPLATE: return parse_template(parser);
    case RF_DIRECT_T_SIGN: break;
    default: return NULL;
    }
    if (rf_slice_is(token.text, "/"))
        return parse_test(parser);
    if (!rf_direct_take(parser, "("))
        return NULL;
    const rf_direct_node *inner = rf_direct_parse_expression(parser);
    return inner && rf_direct_take(parser, ")") ? inner : NULL;
}

/* ---- Members ---- */

/* Names that every object has, and those that come first in any order of names. */
static bool is_plain_key(rf_slice key) {
    static const char *const inherited[] = { "constructor", "toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", NULL };
    for (size_t i = 0; inherited[i]; i++)
        if (rf_slice_is(key, inherited[i]))
            return false;
    return key.len > 0 && !rf_slice_starts(key, RF_SLICE("__")) && !(key.data[0] >= '0' && key.data[0] <= '9') && key.len <= UINT16_MAX;
}

static const rf_direct_node *make_key(rf_direct_parser *parser, rf_slice key) {
    rf_direct *made = parser->made;
    uint32_t index = 0;
    while (index < made->key_count && !rf_slice_eq(made->keys[index], key))
        index++;
    if (index == RF_DIRECT_KEYS || !is_plain_key(key))
        return NULL;
    if (index == made->key_count) {
        made->keys[index] = rf_slice_dup_in(&made->arena, key);
        if (!made->keys[index].data) {
            parser->lexer.no_memory = true;
            return NULL;
        }
        made->key_count++;
    }
    rf_direct_node *node = rf_direct_node_new(parser, RF_DIRECT_KEY);
    if (node)
        node->index = (uint16_t)index;
    return node;
}

/* Its arguments, at most so many; the current token is behind the bracket. */
static bool parse_arguments(rf_direct_parser *parser, rf_direct_node *node, uint32_t least, uint32_t most) {
    const rf_direct_node **places[RF_DIRECT_ARGS] = { &node->b, &node->c };
    uint32_t count = 0;
    assert(most <= RF_DIRECT_ARGS);
    while (!rf_direct_is(parser, ")")) {
        bool is_pattern = rf_direct_is(parser, "/") && count == 0 && (node->op == RF_DIRECT_REPLACE || node->op == RF_DIRECT_MATCH);
        if (count == most || (count > 0 && !rf_direct_take(parser, ",")))
            return false;
        if (is_pattern)
            node->pattern = parse_pattern(parser);
        else
            *places[count] = rf_direct_parse_expression(parser);
        if (is_pattern ? !node->pattern : !*places[count])
            return false;
        count++;
    }
    rf_direct_lex(&parser->lexer);
    return count >= least;
}

static const rf_direct_node *parse_method(rf_direct_parser *parser, const rf_direct_node *of, rf_slice name) {
    static const struct { const char *name; rf_direct_op op; uint32_t least, most; } methods[] = {
        { "includes", RF_DIRECT_INCLUDES, 1, 1 },    { "startsWith", RF_DIRECT_STARTS, 1, 1 }, { "endsWith", RF_DIRECT_ENDS, 1, 1 },
        { "indexOf", RF_DIRECT_INDEX_OF, 1, 1 },     { "toUpperCase", RF_DIRECT_UPPER, 0, 0 }, { "toLowerCase", RF_DIRECT_LOWER, 0, 0 },
        { "trim", RF_DIRECT_TRIM, 0, 0 },            { "substring", RF_DIRECT_SUBSTRING, 1, 2 }, { "replace", RF_DIRECT_REPLACE, 2, 2 },
        { "match", RF_DIRECT_MATCH, 1, 1 },          { "toString", RF_DIRECT_TO_STRING, 0, 0 },
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (!rf_slice_is(name, methods[i].name))
            continue;
        rf_direct_node *node = rf_direct_node_new(parser, methods[i].op);
        if (!node)
            return NULL;
        node->a = of;
        if (!parse_arguments(parser, node, methods[i].least, methods[i].most))
            return NULL;
        bool fits = node->op != RF_DIRECT_MATCH || (node->pattern && !rf_direct_pattern_is_global(node->pattern));
        return fits ? node : NULL;
    }
    return NULL;
}

static const rf_direct_node *parse_dot(rf_direct_parser *parser, const rf_direct_node *of) {
    rf_slice name = parser->lexer.token.text;
    if (parser->lexer.token.kind != RF_DIRECT_T_NAME)
        return NULL;
    rf_direct_lex(&parser->lexer);
    if (of->op == RF_DIRECT_MSG)
        return rf_slice_is(name, "meta")      ? rf_direct_node_new(parser, RF_DIRECT_META)
               : rf_slice_is(name, "payload") ? rf_direct_node_new(parser, RF_DIRECT_PAYLOAD)
                                              : NULL;
    if (of->op == RF_DIRECT_META)
        return rf_direct_is(parser, "(") ? NULL : make_key(parser, name);
    if (rf_direct_take(parser, "("))
        return parse_method(parser, of, name);
    return rf_slice_is(name, "length") ? make(parser, RF_DIRECT_LENGTH, of, NULL) : NULL;
}

static const rf_direct_node *parse_bracket(rf_direct_parser *parser, const rf_direct_node *of) {
    const rf_direct_token token = parser->lexer.token;
    rf_direct_lex(&parser->lexer);
    if (!rf_direct_take(parser, "]"))
        return NULL;
    if (of->op == RF_DIRECT_META)
        return token.kind == RF_DIRECT_T_TEXT && !rf_direct_is(parser, "(") ? make_key(parser, token.text) : NULL;
    if (of->op == RF_DIRECT_MSG || token.kind != RF_DIRECT_T_NUMBER || token.text.len != 1)
        return NULL;
    rf_direct_node *node = rf_direct_node_new(parser, RF_DIRECT_ITEM);
    if (node) {
        node->a = of;
        node->index = (uint16_t)(token.text.data[0] - '0');
    }
    return node;
}

const rf_direct_node *rf_direct_parse_member(rf_direct_parser *parser) {
    const rf_direct_node *node = parse_primary(parser);
    while (node) {
        if (rf_direct_take(parser, "."))
            node = parse_dot(parser, node);
        else if (rf_direct_take(parser, "["))
            node = parse_bracket(parser, node);
        else
            return node;
    }
    return NULL;
}

/* ---- Operators ---- */

static const rf_direct_node *parse_unary(rf_direct_parser *parser) {
    static const struct { const char *sign; rf_direct_op op; } signs[] = { { "!", RF_DIRECT_NOT }, { "-", RF_DIRECT_NEGATE }, { "typeof", RF_DIRECT_TYPEOF } };
    if (parser->nest == RF_DIRECT_NEST)
        return NULL;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (rf_direct_take(parser, signs[i].sign)) {
            parser->nest++;
            const rf_direct_node *a = parse_unary(parser);
            parser->nest--;
            return a ? make(parser, signs[i].op, a, NULL) : NULL;
        }
    return rf_direct_parse_member(parser);
}

typedef struct binary { const char *sign; rf_direct_op op; unsigned level; } binary;

static const binary *binary_of(const rf_direct_parser *parser) {
    static const binary signs[] = {
        { "??", RF_DIRECT_DEFAULT, 1 },     { "||", RF_DIRECT_OR, 2 },        { "&&", RF_DIRECT_AND, 3 },
        { "===", RF_DIRECT_SAME, 4 },       { "!==", RF_DIRECT_NOT_SAME, 4 }, { "==", RF_DIRECT_EQUAL, 4 },         { "!=", RF_DIRECT_NOT_EQUAL, 4 },
        { "<", RF_DIRECT_LESS, 5 },         { ">", RF_DIRECT_GREATER, 5 },    { "<=", RF_DIRECT_LESS_EQUAL, 5 },    { ">=", RF_DIRECT_GREATER_EQUAL, 5 },
        { "+", RF_DIRECT_ADD, 6 },          { "-", RF_DIRECT_SUBTRACT, 6 },   { "*", RF_DIRECT_MULTIPLY, 7 },       { "/", RF_DIRECT_DIVIDE, 7 },
    };
    if (parser->lexer.token.kind != RF_DIRECT_T_SIGN)
        return NULL;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (rf_slice_is(parser->lexer.token.text, signs[i].sign))
            return &signs[i];
    return NULL;
}

static const rf_direct_node *parse_binary(rf_direct_parser *parser, unsigned level) {
    const rf_direct_node *left = parse_unary(parser);
    const binary *found;
    while (left && (found = binary_of(parser)) && found->level >= level) {
        rf_direct_lex(&parser->lexer);
        const rf_direct_node *right = parse_binary(parser, found->level + 1);
        left = right ? make(parser, found->op, left, right) : NULL;
    }
    return left;
}

static const rf_direct_node *parse_choice(rf_direct_parser *parser, const rf_direct_node *condition) {
    const rf_direct_node *yes = rf_direct_parse_expression(parser);
    const rf_direct_node *no = yes && rf_direct_take(parser, ":") ? rf_direct_parse_expression(parser) : NULL;
    rf_direct_node *node = no ? rf_direct_node_new(parser, RF_DIRECT_CHOOSE) : NULL;
    if (node) {
        node->a = condition;
        node->b = yes;
        node->c = no;
    }
    return node;
}

const rf_direct_node *rf_direct_parse_expression(rf_direct_parser *parser) {
    if (parser->nest == RF_DIRECT_NEST)
        return NULL;
    parser->nest++;
    const rf_direct_node *node = parse_binary(parser, 1);
    if (node && rf_direct_take(parser, "?"))
        node = parse_choice(parser, node);
    parser->nest--;
    return node;
}
