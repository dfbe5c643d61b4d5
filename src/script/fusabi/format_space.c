/* format_space.c: where blanks stand within a line. */
#include "script/fusabi/format_write.h"

#include <assert.h>

static rf_fus_token_kind kind_at(const rf_fus_written *written, uint32_t i) {
    return (rf_fus_token_kind)written->tokens->items[i].kind;
}
static bool is_type_mark(const rf_fus_written *written, uint32_t i) { return written->placed[i].role == RF_FUS_ROLE_TYPE; }
static bool touches(const rf_fus_written *written, uint32_t i) { return !(written->tokens->items[i].flags & RF_FUS_TOKEN_SPACE); }

/* What a value ends with: a minus behind it is a subtraction. */
static bool ends_value(rf_fus_token_kind kind) {
    switch (kind) {
    case RF_FUS_T_INT:
    case RF_FUS_T_FLOAT:
    case RF_FUS_T_STRING:
    case RF_FUS_T_VERBATIM:
    case RF_FUS_T_TRIPLE:
    case RF_FUS_T_CHAR:
    case RF_FUS_T_INTERP_END:
    case RF_FUS_T_IDENT:
    case RF_FUS_T_TYVAR:
    case RF_FUS_T_UNDERSCORE:
    case RF_FUS_T_TRUE:
    case RF_FUS_T_FALSE:
    case RF_FUS_T_END:
    case RF_FUS_T_MUTABLE:
    case RF_FUS_T_RPAREN:
    case RF_FUS_T_RBRACK:
    case RF_FUS_T_RARRAY:
    case RF_FUS_T_RBRACE:
    case RF_FUS_T_RANON: return true;
    default: return false;
    }
}

static bool is_negation(const rf_fus_written *written, uint32_t i) {
    const rf_fus_token *token = &written->placed[i];
    if (kind_at(written, i) != RF_FUS_T_MINUS)
        return false;
    bool opens = (token->flags & RF_FUS_TOKEN_NEWLINE)
                 && (token->place == RF_FUS_PLACE_ROOT || token->place == RF_FUS_PLACE_FIRST || token->place == RF_FUS_PLACE_ITEM);
    return i == 0 || opens || !ends_value(kind_at(written, i - 1));
}

static bool ends_in_dot(const rf_fus_written *written, uint32_t i) {
    const rf_fus_token *token = &written->tokens->items[i];
    return token->kind == RF_FUS_T_FLOAT && written->text.data[token->end - 1] == '.';
}

/* Within an interpolated string: nothing is added, but that {{ and }} do not come about. */
static bool is_in_string(rf_fus_token_kind before, rf_fus_token_kind next, bool *ret_space) {
    *ret_space = (before == RF_FUS_T_HOLE && (next == RF_FUS_T_LBRACE || next == RF_FUS_T_LANON))
                 || (next == RF_FUS_T_HOLE_END && (before == RF_FUS_T_RBRACE || before == RF_FUS_T_RANON));
    return before == RF_FUS_T_INTERP || before == RF_FUS_T_INTERP_TEXT || before == RF_FUS_T_HOLE || next == RF_FUS_T_INTERP_TEXT
           || next == RF_FUS_T_INTERP_END || next == RF_FUS_T_FORMAT || next == RF_FUS_T_HOLE_END;
}

static bool opens_tight(rf_fus_token_kind kind) { return kind == RF_FUS_T_LPAREN || kind == RF_FUS_T_LBRACK || kind == RF_FUS_T_LARRAY; }
static bool closes_tight(rf_fus_token_kind kind) { return kind == RF_FUS_T_RPAREN || kind == RF_FUS_T_RBRACK || kind == RF_FUS_T_RARRAY; }
static bool is_star(rf_fus_token_kind kind) { return kind == RF_FUS_T_STAR || kind == RF_FUS_T_STARSTAR; }

/* Brackets: (x), [x], [|x|], { x }, {}. */
static bool is_at_bracket(rf_fus_token_kind before, rf_fus_token_kind next, bool *ret_space) {
    *ret_space = false;
    if (opens_tight(before)) {
        *ret_space = is_star(next); /* ( * ): no comment */
        return true;
    }
    if (closes_tight(next)) {
        *ret_space = is_star(before);
        return true;
    }
    return (before == RF_FUS_T_LBRACE && next == RF_FUS_T_RBRACE) || (before == RF_FUS_T_LANON && next == RF_FUS_T_RANON);
}

bool rf_fus_wants_space(const rf_fus_written *written, uint32_t i) {
    assert(i > 0 && i < written->tokens->count);
    rf_fus_token_kind before = kind_at(written, i - 1), next = kind_at(written, i);
    bool space;
    if (is_in_string(before, next, &space) || is_at_bracket(before, next, &space))
        return space;
    if (is_type_mark(written, i) || (is_type_mark(written, i - 1) && before == RF_FUS_T_LT))
        return false;
    switch (next) {
    case RF_FUS_T_COMMA:
    case RF_FUS_T_SEMI: return false;
    case RF_FUS_T_DOT: return ends_in_dot(written, i - 1) || (before == RF_FUS_T_RPAREN && !touches(written, i)); /* f (x).y and f(x).y differ */
    case RF_FUS_T_DOTDOT: return ends_in_dot(written, i - 1) || !touches(written, i);
    case RF_FUS_T_COLON: return before == RF_FUS_T_RPAREN && !touches(written, i);
    case RF_FUS_T_LPAREN:
        if (ends_value(before))
            return !touches(written, i); /* Foo (x) and Foo(x) differ */
        break;
    default: break;
    }
    if (before == RF_FUS_T_DOT || is_negation(written, i - 1))
        return false;
    return before != RF_FUS_T_DOTDOT || !touches(written, i);
}
