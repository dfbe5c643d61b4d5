/* lexer_test.c: text to tokens: kinds, columns, lines, comments. */
#include "harness.h"

#include "base/slice.h"
#include "script/fusabi/token.h"

typedef struct fixture {
    rf_arena arena;
    rf_fus_diags diags;
    rf_fus_loaded text;
    rf_fus_tokens tokens;
    bool good;
} fixture;

static void fixture_init(fixture *f, const char *text) {
    *f = (fixture){ .text = { .source = { "x", rf_slice_of(text) } } };
    rf_arena_init(&f->arena, 1024);
    rf_fus_diags_init(&f->diags, &f->arena);
    f->good = rf_fus_lex(&f->arena, &f->text, &f->diags, true, &f->tokens);
}
static void fixture_done(fixture *f) {
    rf_fus_tokens_done(&f->tokens);
    rf_fus_diags_done(&f->diags);
    rf_arena_done(&f->arena);
}

/* The kinds of the tokens, without EOF. */
static void check_kinds(const char *text, const uint8_t *kinds, uint32_t count) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f, text);
    rf_check(f.good && f.tokens.count == count + 1 && f.tokens.items[count].kind == RF_FUS_T_EOF);
    for (uint32_t i = 0; i < count; i++)
        rf_check(f.tokens.items[i].kind == kinds[i]);
}
#define KINDS(text, ...) check_kinds(text, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

RF_TEST(the_longest_mark_wins) {
    KINDS("[|x|]", RF_FUS_T_LARRAY, RF_FUS_T_IDENT, RF_FUS_T_RARRAY);
    KINDS("+ ++ - -> * ** / % ^", RF_FUS_T_PLUS, RF_FUS_T_PLUSPLUS, RF_FUS_T_MINUS, RF_FUS_T_ARROW, RF_FUS_T_STAR, RF_FUS_T_STARSTAR, RF_FUS_T_SLASH,
          RF_FUS_T_PERCENT, RF_FUS_T_CARET);
    KINDS("= == <> < <= <- <| << > >= >>", RF_FUS_T_EQ, RF_FUS_T_EQEQ, RF_FUS_T_NE, RF_FUS_T_LT, RF_FUS_T_LE, RF_FUS_T_LARROW, RF_FUS_T_PIPE_BACK,
          RF_FUS_T_COMPOSE_BACK, RF_FUS_T_GT, RF_FUS_T_GE, RF_FUS_T_COMPOSE);
    KINDS("| |> || |} {| && :: : . ..", RF_FUS_T_BAR, RF_FUS_T_PIPE, RF_FUS_T_OR, RF_FUS_T_RANON, RF_FUS_T_LANON, RF_FUS_T_AND, RF_FUS_T_CONS, RF_FUS_T_COLON,
          RF_FUS_T_DOT, RF_FUS_T_DOTDOT);
}

RF_TEST(a_number_ends_where_a_range_or_field_begins) {
    KINDS("1..2", RF_FUS_T_INT, RF_FUS_T_DOTDOT, RF_FUS_T_INT);
    KINDS("1.5..2.", RF_FUS_T_FLOAT, RF_FUS_T_DOTDOT, RF_FUS_T_FLOAT);
    KINDS("1.x", RF_FUS_T_INT, RF_FUS_T_DOT, RF_FUS_T_IDENT);
    KINDS("x.[1].[2]", RF_FUS_T_IDENT, RF_FUS_T_DOT, RF_FUS_T_LBRACK, RF_FUS_T_INT, RF_FUS_T_RBRACK, RF_FUS_T_DOT, RF_FUS_T_LBRACK, RF_FUS_T_INT, RF_FUS_T_RBRACK);
    KINDS("1e5 1.e5 0xFF 1_0 1L 1.5f", RF_FUS_T_FLOAT, RF_FUS_T_FLOAT, RF_FUS_T_INT, RF_FUS_T_INT, RF_FUS_T_INT, RF_FUS_T_FLOAT);
}

RF_TEST(words_are_names_or_keywords) {
    KINDS("let lets le let' _ _x", RF_FUS_T_LET, RF_FUS_T_IDENT, RF_FUS_T_IDENT, RF_FUS_T_IDENT, RF_FUS_T_UNDERSCORE, RF_FUS_T_IDENT);
    KINDS("let! do! return! yield! x! if!", RF_FUS_T_LET_BANG, RF_FUS_T_DO_BANG, RF_FUS_T_RETURN_BANG, RF_FUS_T_YIELD_BANG, RF_FUS_T_IDENT, RF_FUS_T_IDENT);
    KINDS("x\xC3\xA9y ``a b``", RF_FUS_T_IDENT, RF_FUS_T_IDENT);
    KINDS("'a 'a' ' ' '\\n' Map<'a,'b>", RF_FUS_T_TYVAR, RF_FUS_T_CHAR, RF_FUS_T_CHAR, RF_FUS_T_CHAR, RF_FUS_T_IDENT, RF_FUS_T_LT, RF_FUS_T_TYVAR,
          RF_FUS_T_COMMA, RF_FUS_T_TYVAR, RF_FUS_T_GT);
}

RF_TEST(every_keyword_is_known) {
    static const char *const words[] = { "let", "rec", "and", "in", "if", "then", "elif", "else", "fun", "function", "match", "with", "when", "as", "of",
                                         "type", "exception", "module", "open", "do", "while", "for", "break", "continue", "try", "finally", "async",
                                         "return", "yield", "true", "false", "begin", "to", "downto", "end", "mutable" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        uint8_t kind = (uint8_t)(RF_FUS_T_LET + i);
        check_kinds(words[i], &kind, 1);
    }
}

RF_TEST(an_interpolated_string_is_many_tokens) {
    KINDS("$\"a{x:f}b\"", RF_FUS_T_INTERP, RF_FUS_T_INTERP_TEXT, RF_FUS_T_HOLE, RF_FUS_T_IDENT, RF_FUS_T_FORMAT, RF_FUS_T_HOLE_END, RF_FUS_T_INTERP_TEXT,
          RF_FUS_T_INTERP_END);
    KINDS("$\"{ {a} }\"", RF_FUS_T_INTERP, RF_FUS_T_INTERP_TEXT, RF_FUS_T_HOLE, RF_FUS_T_LBRACE, RF_FUS_T_IDENT, RF_FUS_T_RBRACE, RF_FUS_T_HOLE_END,
          RF_FUS_T_INTERP_TEXT, RF_FUS_T_INTERP_END);
    KINDS("$\"{(x: int)}\"", RF_FUS_T_INTERP, RF_FUS_T_INTERP_TEXT, RF_FUS_T_HOLE, RF_FUS_T_LPAREN, RF_FUS_T_IDENT, RF_FUS_T_COLON, RF_FUS_T_IDENT,
          RF_FUS_T_RPAREN, RF_FUS_T_HOLE_END, RF_FUS_T_INTERP_TEXT, RF_FUS_T_INTERP_END);
    KINDS("$\"{{}}\"", RF_FUS_T_INTERP, RF_FUS_T_INTERP_TEXT, RF_FUS_T_INTERP_END);
}

RF_TEST(columns_count_characters) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f, "\"\xC3\xA9\xC3\xA9\" x (* \xE2\x82\xAC *) y\n  z \"a\n\xC3\xA9\" w");
    rf_check(f.good && f.tokens.count == 7);
    static const uint32_t columns[] = { 1, 6, 16, 3, 5, 4 };
    for (size_t i = 0; i < 6; i++)
        rf_check(f.tokens.items[i].column == columns[i]);
    rf_check(f.text.line_count == 3 && f.text.lines[0] == 0 && f.text.lines[2] > f.text.lines[1]);
}

RF_TEST(flags_tell_lines_and_blanks) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f, "f(x) y\n  z(* a\n*)w");
    rf_check(f.good && f.tokens.count == 8);
    static const uint8_t flags[] = { 3, 0, 0, 0, 2, 3, 3 };
    for (size_t i = 0; i < 7; i++)
        rf_check(f.tokens.items[i].flags == flags[i]);
}

RF_TEST(comments_are_kept_when_asked_for) {
    RF_CLEANUP(fixture_done) fixture f;
    fixture_init(&f, "// a\nx (* b *) y // c\n/// d\n/// e\nz");
    rf_check(f.good && f.tokens.comments.count == 5 && f.tokens.docs.count == 1);
    rf_check(f.tokens.comments.items[0].before == 0 && f.tokens.comments.items[1].before == 1 && f.tokens.comments.items[2].before == 2);
    rf_check(f.tokens.docs.items[0].before == 2 && (f.tokens.items[2].flags & RF_FUS_TOKEN_DOC));
}

RF_TEST(any_bytes_have_an_end) {
    char bytes[3] = { 0 };
    for (int i = 1; i < 65536; i += rf_test_torture() ? 9999 : 7) {
        bytes[0] = (char)(i & 0xFF);
        bytes[1] = (char)(i >> 8);
        RF_CLEANUP(fixture_done) fixture f;
        fixture_init(&f, bytes);
        rf_check(f.good && f.tokens.count > 0);
    }
}
