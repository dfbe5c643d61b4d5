/* mapping.c: the statements of a mapping, and its life. */
#include "message/mapping.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/source.h"
#include "message/mapping_build.h"

#include <assert.h>
#include <sys/random.h>

#define ARENA_BLOCK_BYTES 4096

typedef RF_VEC(rf_slice) path_list;
typedef RF_VEC(rf_mapping_statement) statement_list;

static void path_list_done(path_list *path) { rf_vec_done(path); }
static void statement_list_done(statement_list *list) { rf_vec_done(list); }

rf_code rf_mapping_place(const rf_mapping *mapping, uint32_t offset, rf_code code, rf_error *reterr) {
    assert(mapping && offset <= mapping->text.len);
    if (!reterr)
        return code;
    rf_source source = { "mapping", mapping->text };
    uint32_t line = 1, column = 1;
    rf_source_locate(&source, offset, &line, &column);
    if (mapping->locate)
        mapping->locate(mapping->map, line, column, &reterr->place);
    else
        rf_error_place(reterr, "mapping", line, column);
    return code;
}

static bool is_name(const rf_builder *b) {
    return b->lexer.token.kind == RF_TOKEN_NAME || b->lexer.token.kind == RF_TOKEN_STRING;
}

/* A name, bare or in quotes, onto the path. */
static rf_code path_name(rf_builder *b, path_list *path) {
    const rf_token *token = &b->lexer.token;
    if (!is_name(b))
        return rf_lexer_fail(&b->lexer, token->offset, "expected a name");
    rf_slice name = token->kind == RF_TOKEN_NAME ? token->text : rf_value_text(&token->value);
    if (!rf_vec_push(path, name))
        return rf_raise_nomem(b->lexer.reterr);
    return rf_lexer_next(&b->lexer);
}

static rf_code path_rest(rf_builder *b, path_list *path) {
    rf_code code = RF_OK;
    while (!code && rf_lexer_is(&b->lexer, ".")) {
        code = rf_lexer_next(&b->lexer);
        if (!code)
            code = path_name(b, path);
    }
    return code;
}

/* `meta KEY`, `root.a.b` or `a.b`: what stands before the equals sign. */
static rf_code target(rf_builder *b, rf_mapping_statement *statement, path_list *path) {
    static const char *const others[] = { "let", "map", "import", NULL };
    rf_token first = b->lexer.token;
    if (first.kind != RF_TOKEN_NAME && first.kind != RF_TOKEN_STRING)
        return rf_lexer_fail(&b->lexer, first.offset, "expected a statement such as `root = 1`");
    rf_code code = path_name(b, path);
    if (code || first.kind == RF_TOKEN_STRING)
        return code ? code : path_rest(b, path);
    statement->to_meta = rf_slice_is(first.text, "meta") && is_name(b);
    for (size_t i = 0; others[i]; i++)
        if (rf_slice_is(first.text, others[i]) && is_name(b))
            return rf_lexer_fail(&b->lexer, first.offset, "`%s` is not supported in this mapping", others[i]);
    if (rf_slice_is(first.text, "root") || statement->to_meta)
        path->count = 0;
    return statement->to_meta ? path_name(b, path) : path_rest(b, path);
}

static rf_code copy_path(rf_mapping *mapping, const path_list *path, rf_mapping_statement *statement, rf_error *reterr) {
    statement->path_count = (uint32_t)path->count;
    statement->path = rf_arena_zero(&mapping->arena, path->count ? path->count : 1, sizeof *statement->path);
    if (!statement->path)
        return rf_raise_nomem(reterr);
    if (path->count)
        memcpy(statement->path, path->items, path->count * sizeof *path->items);
    return RF_OK;
}

static rf_code read_statement(rf_builder *b, statement_list *list) {
    RF_CLEANUP(path_list_done) path_list path = { 0 };
    rf_mapping_statement statement = { .offset = b->lexer.token.offset };
    rf_code code = target(b, &statement, &path);
    if (!code && path.count > RF_MAPPING_DEPTH_MAX)
        return rf_lexer_fail(&b->lexer, statement.offset, "a path of more than %d names", RF_MAPPING_DEPTH_MAX);
    if (!code && !rf_lexer_is(&b->lexer, "="))
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected `=` as in `root = 1`");
    if (!code)
        code = rf_lexer_next(&b->lexer);
    if (!code)
        code = rf_build_expression(b, &statement.node);
    if (!code)
        code = copy_path(b->lexer.mapping, &path, &statement, b->lexer.reterr);
    if (!code && !rf_vec_push(list, statement))
        code = rf_raise_nomem(b->lexer.reterr);
    return code;
}

/* A statement ends at a break or the end; anything else is left over. */
static rf_code end_statement(rf_builder *b) {
    const rf_token *token = &b->lexer.token;
    if (token->kind == RF_TOKEN_END)
        return RF_OK;
    if (token->kind == RF_TOKEN_BREAK)
        return rf_lexer_next(&b->lexer);
    return rf_lexer_fail(&b->lexer, token->offset, "expected the end of the statement");
}

static rf_code read_statements(rf_builder *b, statement_list *list) {
    rf_code code = rf_lexer_next(&b->lexer);
    while (!code && b->lexer.token.kind != RF_TOKEN_END) {
        if (b->lexer.token.kind != RF_TOKEN_BREAK)
            code = read_statement(b, list);
        if (!code)
            code = end_statement(b);
    }
    if (!code && !list->count)
        code = rf_lexer_fail(&b->lexer, 0, "a mapping without a statement");
    return code;
}

/* A mapping may be one expression alone: `5` stands for `root = 5`. */
static rf_code read_expression(rf_builder *b, statement_list *list) {
    rf_mapping_statement statement = { 0 };
    rf_code code = rf_lexer_next(&b->lexer);
    while (!code && b->lexer.token.kind == RF_TOKEN_BREAK)
        code = rf_lexer_next(&b->lexer);
    statement.offset = b->lexer.token.offset;
    if (!code && b->lexer.token.kind == RF_TOKEN_END)
        return rf_lexer_fail(&b->lexer, 0, "a mapping without a statement");
    if (!code)
        code = rf_build_expression(b, &statement.node);
    while (!code && b->lexer.token.kind == RF_TOKEN_BREAK)
        code = rf_lexer_next(&b->lexer);
    if (!code && b->lexer.token.kind != RF_TOKEN_END)
        code = rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected the end of the mapping");
    if (!code && !rf_vec_push(list, statement))
        code = rf_raise_nomem(b->lexer.reterr);
    return code;
}

/* True when the text can only be meant as an expression: nothing in it is assigned, or begins to be. */
static bool assigns_nothing(rf_slice text) {
    if (text.len == 0 || rf_slice_starts(text, RF_SLICE("root")) || rf_slice_starts(text, RF_SLICE("meta ")))
        return false;
    for (size_t i = rf_slice_find(text, '='); i < text.len; i++)
        if (text.data[i] == '=' && !(i > 0 && strchr("=!<>", text.data[i - 1])) && !(i + 1 < text.len && text.data[i + 1] == '='))
            return false;
    return true;
}

rf_code rf_mapping_parse(rf_mapping *mapping, rf_error *reterr) {
    assert(mapping);
    RF_CLEANUP(statement_list_done) statement_list list = { 0 };
    rf_builder builder = { .lexer = { .mapping = mapping, .reterr = reterr } };
    bool alone = assigns_nothing(rf_slice_trim(mapping->text));
    rf_code code = alone ? read_expression(&builder, &list) : read_statements(&builder, &list);
    rf_table_done(&builder.names);
    if (code)
        return code;
    mapping->statements = rf_arena_zero(&mapping->arena, list.count, sizeof *mapping->statements);
    if (!mapping->statements)
        return rf_raise_nomem(reterr);
    memcpy(mapping->statements, list.items, list.count * sizeof *list.items);
    mapping->statement_count = (uint32_t)list.count;
    return RF_OK;
}

rf_code rf_mapping_new(rf_slice text, rf_mapping_locate locate, const void *map, rf_mapping **ret_mapping, rf_error *reterr) {
    assert(ret_mapping);
    if (text.len > INT32_MAX)
        return rf_raise(reterr, RF_ECONFIG, "a mapping of %zu bytes is too large", text.len);
    rf_mapping *mapping = rf_alloc_zero(1, sizeof *mapping);
    if (!mapping)
        return rf_raise_nomem(reterr);
    rf_arena_init(&mapping->arena, ARENA_BLOCK_BYTES);
    mapping->locate = locate;
    mapping->map = map;
    mapping->text = rf_slice_dup_in(&mapping->arena, text);
    if (!mapping->text.data) {
        rf_mapping_free(mapping);
        return rf_raise_nomem(reterr);
    }
    *ret_mapping = mapping;
    return RF_OK;
}

rf_code rf_mapping_compile(rf_slice text, rf_mapping_locate locate, const void *map, rf_mapping **ret_mapping, rf_error *reterr) {
    assert(ret_mapping);
    rf_mapping *mapping = NULL;
    rf_code code = rf_mapping_new(text, locate, map, &mapping, reterr);
    if (!code)
        code = rf_mapping_parse(mapping, reterr);
    if (code)
        rf_mapping_free(mapping);
    else
        *ret_mapping = mapping;
    return code;
}

void rf_mapping_free(rf_mapping *mapping) {
    if (!mapping)
        return;
    rf_arena_done(&mapping->arena);
    rf_free(mapping);
}

rf_mapping_state *rf_mapping_state_new(const rf_mapping *mapping) {
    assert(mapping);
    rf_mapping_state *state = rf_alloc_zero(1, sizeof *state + mapping->slot_count * sizeof state->slots[0]);
    if (!state)
        return NULL;
    rf_mutex_init(&state->lock);
    state->slot_count = mapping->slot_count;
    if (getrandom(state->random, sizeof state->random, GRND_NONBLOCK) != (ssize_t)sizeof state->random)
        state->random[0] = rf_clock_mono_ns() ^ (uint64_t)rf_clock_wall_ns(); /* a young kernel: still different each time */
    state->random[3] |= 1; /* all zero would stay zero */
    return state;
}

void rf_mapping_state_free(rf_mapping_state *state) {
    if (!state)
        return;
    rf_mutex_done(&state->lock);
    rf_free(state);
}
