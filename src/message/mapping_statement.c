/* mapping_statement.c: the statements of a mapping. */
#include "message/mapping_build.h"

#include "base/slice.h"

#include <assert.h>

typedef RF_VEC(rf_slice) path_list;
typedef RF_VEC(rf_mapping_statement) statement_list;

static void path_list_done(path_list *path) { rf_vec_done(path); }
static void statement_list_done(statement_list *list) { rf_vec_done(list); }

static bool is_name(const rf_builder *b) { return b->lexer.token.kind == RF_TOKEN_NAME || b->lexer.token.kind == RF_TOKEN_STRING; }
static bool is_word(const rf_builder *b, const char *word) {
    return b->lexer.token.kind == RF_TOKEN_NAME && rf_slice_is(b->lexer.token.text, word);
}

static rf_code push_name(rf_builder *b, path_list *path, rf_slice name) {
    return rf_vec_push(path, name) ? RF_OK : rf_raise_nomem(b->lexer.reterr);
}

/* A name, bare, in quotes or of digits, onto the path. */
static rf_code path_name(rf_builder *b, path_list *path) {
    const rf_token *token = &b->lexer.token;
    rf_code code = RF_OK;
    if (token->kind == RF_TOKEN_NUMBER) { /* `.1.2` is read as one number */
        for (rf_slice rest = token->text; !code && rest.len;) {
            rf_slice name = { rest.data, rf_slice_find(rest, '.') };
            size_t used = name.len < rest.len ? name.len + 1 : name.len;
            code = push_name(b, path, name);
            rest = (rf_slice){ rest.data + used, rest.len - used };
        }
        return code ? code : rf_lexer_next(&b->lexer);
    }
    if (!is_name(b))
        return rf_lexer_fail(&b->lexer, token->offset, "expected a name");
    code = push_name(b, path, token->kind == RF_TOKEN_NAME ? token->text : rf_value_text(&token->value));
    return code ? code : rf_lexer_next(&b->lexer);
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

/* Behind `meta`: a key, or nothing for all of them. */
static rf_code meta_target(rf_builder *b, rf_mapping_statement *statement, path_list *path) {
    if (b->within_map)
        return rf_lexer_fail(&b->lexer, statement->offset, "metadata cannot be set within a map");
    statement->target = RF_TARGET_META;
    path->count = 0;
    return rf_lexer_is(&b->lexer, "=") ? RF_OK : path_name(b, path);
}

static rf_code let_target(rf_builder *b, rf_mapping_statement *statement, path_list *path) {
    rf_token name = b->lexer.token;
    statement->target = RF_TARGET_VAR;
    path->count = 0;
    rf_slice text = name.kind == RF_TOKEN_NAME ? name.text : rf_value_text(&name.value);
    rf_code code = rf_build_var_of(b, text, name.offset, true, &statement->slot);
    return code ? code : rf_lexer_next(&b->lexer);
}

static rf_code no_target(rf_builder *b) {
    const rf_token *token = &b->lexer.token;
    rf_code code = rf_lexer_fail(&b->lexer, token->offset, "expected a statement such as `root = 1`");
    if (rf_lexer_is(&b->lexer, "@"))
        rf_error_hint(b->lexer.reterr, "metadata is set by `meta name = …`");
    else if (rf_lexer_is(&b->lexer, "$"))
        rf_error_hint(b->lexer.reterr, "variables are set by `let name = …`");
    return code;
}

/* `meta KEY`, `let NAME`, `root.a.b` or `a.b`: what stands before the equals sign. */
static rf_code target(rf_builder *b, rf_mapping_statement *statement, path_list *path) {
    rf_token first = b->lexer.token;
    if (!is_name(b))
        return no_target(b);
    rf_code code = path_name(b, path);
    if (code || first.kind == RF_TOKEN_STRING)
        return code ? code : path_rest(b, path);
    if (rf_slice_is(first.text, "meta") && (is_name(b) || rf_lexer_is(&b->lexer, "=")))
        return meta_target(b, statement, path);
    if (rf_slice_is(first.text, "let") && is_name(b))
        return let_target(b, statement, path);
    if (rf_slice_is(first.text, "import") && is_name(b))
        return rf_lexer_fail(&b->lexer, first.offset, "`import` is not supported: write the map into this mapping");
    if (rf_slice_is(first.text, "this"))
        return rf_lexer_fail(&b->lexer, first.offset, "`this` is what comes in: assign to `root`");
    if (rf_slice_is(first.text, "root"))
        path->count = 0;
    return path_rest(b, path);
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

static rf_code assignment(rf_builder *b, rf_mapping_statement *statement) {
    RF_CLEANUP(path_list_done) path_list path = { 0 };
    rf_code code = target(b, statement, &path);
    if (!code && path.count > RF_MAPPING_DEPTH_MAX)
        return rf_lexer_fail(&b->lexer, statement->offset, "a path of more than %d names", RF_MAPPING_DEPTH_MAX);
    if (!code && !rf_lexer_is(&b->lexer, "="))
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected `=` as in `root = 1`");
    if (!code)
        code = rf_lexer_next(&b->lexer);
    if (!code)
        code = rf_build_expression(b, &statement->node);
    return code ? code : copy_path(b->lexer.mapping, &path, statement, b->lexer.reterr);
}

static rf_code braced(rf_builder *b, rf_mapping_block *ret_block) {
    uint32_t brackets = 0;
    if (!rf_lexer_is(&b->lexer, "{"))
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected `{`");
    rf_code code = rf_build_enter(b);
    if (!code)
        code = rf_build_open_lines(b, &brackets);
    if (!code)
        code = rf_build_block(b, true, ret_block);
    rf_build_leave(b);
    return code ? code : rf_build_close_lines(b, brackets);
}

static rf_code conditional(rf_builder *b, rf_mapping_statement *statement);

/* `else` may stand on a line of its own. */
static rf_code otherwise(rf_builder *b, rf_mapping_statement *statement) {
    rf_lexer before = b->lexer;
    rf_code code = RF_OK;
    while (!code && b->lexer.token.kind == RF_TOKEN_BREAK)
        code = rf_lexer_next(&b->lexer);
    if (code || !is_word(b, "else")) {
        b->lexer = before;
        return code == RF_ENOMEM ? code : RF_OK;
    }
    code = rf_lexer_next(&b->lexer);
    if (code || !is_word(b, "if"))
        return code ? code : braced(b, &statement->otherwise);
    rf_mapping_statement *next = rf_arena_zero(&b->lexer.mapping->arena, 1, sizeof *next);
    if (!next)
        return rf_raise_nomem(b->lexer.reterr);
    statement->otherwise = (rf_mapping_block){ next, 1 };
    code = rf_build_enter(b);
    if (!code)
        code = conditional(b, next);
    rf_build_leave(b);
    return code;
}

/* `if COND { statements } else …` */
static rf_code conditional(rf_builder *b, rf_mapping_statement *statement) {
    statement->target = RF_TARGET_IF;
    statement->offset = b->lexer.token.offset;
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code)
        code = rf_build_expression(b, &statement->node);
    if (!code)
        code = braced(b, &statement->then);
    return code ? code : otherwise(b, statement);
}

/* `map NAME { statements }` */
static rf_code map_definition(rf_builder *b) {
    rf_mapping_map map = { 0 };
    uint32_t offset = b->lexer.token.offset;
    rf_code code = rf_lexer_next(&b->lexer);
    if (code)
        return code;
    if (b->within_map)
        return rf_lexer_fail(&b->lexer, offset, "a map cannot be defined within another");
    map.name = b->lexer.token.kind == RF_TOKEN_STRING ? rf_value_text(&b->lexer.token.value) : b->lexer.token.text;
    for (size_t i = 0; i < b->maps.count; i++)
        if (rf_slice_eq(b->maps.items[i].name, map.name))
            return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "the map `%.*s` is defined twice", RF_SLICE_ARG(map.name));
    code = rf_lexer_next(&b->lexer);
    b->within_map = true;
    if (!code)
        code = braced(b, &map.block);
    b->within_map = false;
    if (!code && !rf_vec_push(&b->maps, map))
        code = rf_raise_nomem(b->lexer.reterr);
    return code;
}

/* True when a name, and then one that may follow `map`, is at hand. */
static bool is_map(const rf_builder *b) {
    rf_lexer ahead = b->lexer;
    ahead.reterr = NULL;
    return is_word(b, "map") && !rf_lexer_next(&ahead) && (ahead.token.kind == RF_TOKEN_NAME || ahead.token.kind == RF_TOKEN_STRING);
}

static rf_code read_statement(rf_builder *b, statement_list *list) {
    rf_mapping_statement statement = { .offset = b->lexer.token.offset };
    if (is_map(b))
        return map_definition(b);
    rf_code code = is_word(b, "if") ? conditional(b, &statement) : assignment(b, &statement);
    if (!code && !rf_vec_push(list, statement))
        code = rf_raise_nomem(b->lexer.reterr);
    return code;
}

/* A statement ends at a break, at the closing brace or at the end; anything else is left over. */
static rf_code end_statement(rf_builder *b, bool in_braces) {
    const rf_token *token = &b->lexer.token;
    if (token->kind == RF_TOKEN_END || (in_braces && rf_lexer_is(&b->lexer, "}")))
        return RF_OK;
    if (token->kind == RF_TOKEN_BREAK)
        return rf_lexer_next(&b->lexer);
    rf_slice rest = { b->lexer.mapping->text.data + token->offset, b->lexer.mapping->text.len - token->offset };
    rest.len = rf_slice_find(rest, '\n');
    return rf_lexer_fail(&b->lexer, token->offset, "expected line break, got: %.*s", RF_SLICE_ARG(rest));
}

static rf_code settle(rf_builder *b, const statement_list *list, rf_mapping_block *ret_block) {
    rf_mapping_statement *statements = rf_arena_zero(&b->lexer.mapping->arena, list->count ? list->count : 1, sizeof *statements);
    if (!statements)
        return rf_raise_nomem(b->lexer.reterr);
    if (list->count)
        memcpy(statements, list->items, list->count * sizeof *list->items);
    *ret_block = (rf_mapping_block){ statements, (uint32_t)list->count };
    return RF_OK;
}

rf_code rf_build_block(rf_builder *b, bool in_braces, rf_mapping_block *ret_block) {
    RF_CLEANUP(statement_list_done) statement_list list = { 0 };
    rf_code code = RF_OK;
    while (!code && b->lexer.token.kind != RF_TOKEN_END && !(in_braces && rf_lexer_is(&b->lexer, "}"))) {
        if (b->lexer.token.kind != RF_TOKEN_BREAK)
            code = read_statement(b, &list);
        if (!code)
            code = end_statement(b, in_braces);
    }
    return code ? code : settle(b, &list, ret_block);
}

/* A mapping may be one expression alone: `5` stands for `root = 5`. */
static rf_code read_expression(rf_builder *b, rf_mapping_block *ret_block) {
    rf_mapping_statement statement = { 0 };
    rf_code code = RF_OK;
    while (!code && b->lexer.token.kind == RF_TOKEN_BREAK)
        code = rf_lexer_next(&b->lexer);
    statement.offset = b->lexer.token.offset;
    if (!code)
        code = rf_build_expression(b, &statement.node);
    while (!code && b->lexer.token.kind == RF_TOKEN_BREAK)
        code = rf_lexer_next(&b->lexer);
    if (!code && b->lexer.token.kind != RF_TOKEN_END)
        return rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected the end of the mapping");
    statement_list one = { .items = &statement, .count = 1, .cap = 1 };
    return code ? code : settle(b, &one, ret_block);
}

/* True when the text can only be meant as an expression: nothing in it is assigned, or begins to be. */
static bool assigns_nothing(const rf_builder *b) {
    rf_lexer ahead = b->lexer;
    ahead.reterr = NULL;
    while (ahead.token.kind == RF_TOKEN_BREAK)
        if (rf_lexer_next(&ahead))
            return false;
    if (ahead.token.kind == RF_TOKEN_END)
        return false;
    bool root = ahead.token.kind == RF_TOKEN_NAME &&
                (rf_slice_is(ahead.token.text, "root") || rf_slice_is(ahead.token.text, "let") || rf_slice_is(ahead.token.text, "import"));
    while (!root && ahead.token.kind != RF_TOKEN_END) {
        if (rf_lexer_is(&ahead, "=") || rf_lexer_next(&ahead))
            return false;
    }
    return !root;
}

rf_code rf_build_mapping(rf_builder *b) {
    rf_mapping *mapping = b->lexer.mapping;
    rf_code code = rf_lexer_next(&b->lexer);
    if (code)
        return code;
    code = assigns_nothing(b) ? read_expression(b, &mapping->block) : rf_build_block(b, false, &mapping->block);
    if (code)
        return code;
    if (!mapping->block.count)
        return rf_lexer_fail(&b->lexer, 0, "a mapping without a statement");
    mapping->map_count = (uint32_t)b->maps.count;
    mapping->maps = rf_arena_zero(&mapping->arena, b->maps.count ? b->maps.count : 1, sizeof *mapping->maps);
    if (!mapping->maps)
        return rf_raise_nomem(b->lexer.reterr);
    if (b->maps.count)
        memcpy(mapping->maps, b->maps.items, b->maps.count * sizeof *mapping->maps);
    return RF_OK;
}
