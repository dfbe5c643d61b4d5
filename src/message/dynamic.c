/* dynamic.c: texts of a config that ask each message. */
#include "message/dynamic.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/mapping_build.h"

#include <assert.h>

#define PIECES_ON_STACK 16

/* One part of the text: as it stands, or what a query says. */
typedef struct piece {
    rf_slice text;
    rf_mapping_node *node; /* NULL: the text */
} piece;

struct rf_dynamic {
    rf_mapping *mapping; /* holds the text, and the queries' trees */
    rf_mapping_state *state;
    piece *pieces;       /* in the mapping's arena */
    size_t count;
    rf_slice fixed;      /* without queries: all of it, terminated; else data NULL */
};

typedef RF_VEC(piece) piece_list;

static void piece_list_done(piece_list *list) { rf_vec_done(list); }

static rf_code push(rf_builder *b, piece_list *list, piece part) {
    if (!part.node && part.text.len == 0)
        return RF_OK;
    return rf_vec_push(list, part) ? RF_OK : rf_raise_nomem(b->lexer.reterr);
}

/* `${! QUERY }` at `at`, which moves behind it. */
static rf_code read_query(rf_builder *b, size_t *at, piece_list *list) {
    piece part = { 0 };
    b->lexer.at = *at + 3;
    b->lexer.brackets = 1; /* the brace that is open: line breaks are blanks */
    rf_code code = rf_lexer_next(&b->lexer);
    if (!code && rf_lexer_is(&b->lexer, "}"))
        return rf_lexer_fail(&b->lexer, (uint32_t)*at, "an empty `${! }`: expected a query, such as `${! json(\"id\") }`");
    if (!code)
        code = rf_build_expression(b, &part.node);
    if (code)
        return code;
    if (b->lexer.token.kind == RF_TOKEN_END)
        return rf_lexer_fail(&b->lexer, (uint32_t)*at, "a `${!` without its closing `}`");
    if (!rf_lexer_is(&b->lexer, "}")) {
        code = rf_lexer_fail(&b->lexer, b->lexer.token.offset, "expected the end of the query, `}`");
        if (rf_lexer_is(&b->lexer, ":"))
            rf_error_hint(b->lexer.reterr, "the old form `${!name:argument}` is now `${! name(\"argument\") }`");
        return code;
    }
    *at = b->lexer.token.offset + 1;
    return push(b, list, part);
}

/* `${{! … }}` at `at`: the literal `${! … }`. Bytes taken, 0 when it is none. */
static size_t escaped(rf_slice rest) {
    if (!rf_slice_starts(rest, RF_SLICE("${{!")))
        return 0;
    for (size_t end = 4; end + 1 < rest.len; end++)
        if (rest.data[end] == '}' && rest.data[end + 1] == '}')
            return end + 2;
    return 0;
}

static rf_code read_pieces(rf_builder *b, piece_list *list) {
    rf_slice text = b->lexer.mapping->text;
    rf_code code = RF_OK;
    for (size_t at = 0, start = 0; !code && at <= text.len;) {
        rf_slice rest = { text.data + at, text.len - at };
        size_t literal = escaped(rest);
        bool query = rf_slice_starts(rest, RF_SLICE("${!"));
        if (!literal && !query && rest.len) {
            at++;
            continue;
        }
        code = push(b, list, (piece){ .text = { text.data + start, at - start } });
        if (!code && literal) { /* `${` and `! … }`: one brace of each pair is left out */
            code = push(b, list, (piece){ .text = { rest.data, 2 } });
            if (!code)
                code = push(b, list, (piece){ .text = { rest.data + 3, literal - 4 } });
            at += literal;
        } else if (!code && query) {
            code = read_query(b, &at, list);
        } else {
            at++;
        }
        start = at;
    }
    return code;
}

static bool has_query(const piece_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].node)
            return true;
    return false;
}

/* The pieces put together; `texts` has one for each, or NULL: their own. */
static rf_code join(rf_arena *arena, const piece *pieces, size_t count, const rf_slice *texts, rf_slice *ret_text, rf_error *reterr) {
    size_t total = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        total += texts ? texts[i].len : pieces[i].text.len;
    char *out = rf_arena_alloc(arena, total + 1);
    if (!out)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < count; i++) {
        rf_slice text = texts ? texts[i] : pieces[i].text;
        if (text.len)
            memcpy(out + at, text.data, text.len);
        at += text.len;
    }
    out[total] = '\0';
    *ret_text = (rf_slice){ out, total };
    return RF_OK;
}

static rf_code settle(rf_dynamic *self, const piece_list *list, rf_error *reterr) {
    rf_arena *arena = &self->mapping->arena;
    if (!has_query(list))
        return join(arena, list->items, list->count, NULL, &self->fixed, reterr);
    self->state = rf_mapping_state_new(self->mapping);
    self->pieces = rf_arena_alloc(arena, list->count * sizeof *self->pieces);
    if (!self->state || !self->pieces)
        return rf_raise_nomem(reterr);
    memcpy(self->pieces, list->items, list->count * sizeof *self->pieces);
    self->count = list->count;
    return RF_OK;
}

static rf_code compile(rf_dynamic *self, rf_slice text, rf_mapping_locate locate, const void *map, rf_error *reterr) {
    RF_CLEANUP(piece_list_done) piece_list list = { 0 };
    rf_code code = rf_mapping_new(text, locate, map, &self->mapping, reterr);
    if (code)
        return code;
    rf_builder builder = { .lexer = { .mapping = self->mapping, .reterr = reterr } };
    code = read_pieces(&builder, &list);
    if (!code)
        code = rf_build_check_names(&builder);
    rf_builder_done(&builder);
    return code ? code : settle(self, &list, reterr);
}

rf_code rf_dynamic_compile(rf_slice text, rf_mapping_locate locate, const void *map, rf_dynamic **ret_dynamic, rf_error *reterr) {
    assert(ret_dynamic);
    rf_dynamic *self = rf_alloc_zero(1, sizeof *self);
    if (!self)
        return rf_raise_nomem(reterr);
    rf_code code = compile(self, text, locate, map, reterr);
    if (code)
        rf_dynamic_free(self);
    else
        *ret_dynamic = self;
    return code;
}

void rf_dynamic_free(rf_dynamic *self) {
    if (!self)
        return;
    rf_mapping_state_free(self->state);
    rf_mapping_free(self->mapping);
    rf_free(self);
}

bool rf_dynamic_is_fixed(const rf_dynamic *self) { return !self || self->fixed.data; }
rf_slice rf_dynamic_fixed(const rf_dynamic *self) { return self && self->fixed.data ? self->fixed : RF_SLICE(""); }

static rf_code ask(rf_mapping_env *env, const piece *part, rf_slice *ret_text) {
    rf_value value;
    if (!part->node) {
        *ret_text = part->text;
        return RF_OK;
    }
    rf_code code = rf_mapping_eval(env, part->node, &value);
    if (code)
        return code;
    return rf_mapping_text(env, part->node, &value, ret_text);
}

rf_code rf_dynamic_text(rf_dynamic *self, rf_batch *batch, uint32_t index, rf_slice *ret_text, rf_error *reterr) {
    assert(self && batch && index < batch->count && ret_text);
    if (self->fixed.data) {
        *ret_text = self->fixed;
        return RF_OK;
    }
    rf_mapping_env env = rf_mapping_env_of(self->mapping, self->state, batch, index, reterr);
    env.bare = true;
    if (self->count == 1)
        return ask(&env, &self->pieces[0], ret_text);
    rf_slice small[PIECES_ON_STACK];
    rf_slice *texts = self->count <= PIECES_ON_STACK ? small : rf_arena_alloc(&batch->arena, self->count * sizeof *texts);
    if (!texts)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < self->count; i++) {
        rf_code code = ask(&env, &self->pieces[i], &texts[i]);
        if (code)
            return code;
    }
    return join(&batch->arena, self->pieces, self->count, texts, ret_text, reterr);
}
