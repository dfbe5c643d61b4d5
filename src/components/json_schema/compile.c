/* compile.c: a schema's text to nodes; references are resolved to nodes that may hold themselves. */
#include "components/json_schema/compile.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "message/json.h"

#define NODES_MAX 20000u
#define DEPTH_MAX 200u

static rf_code resolve(rf_schema_compiler *c, const rf_value *ref, rf_schema_node **ret_node, rf_error *reterr) {
    const rf_value *document = &c->schema->document, *found;
    if (ref->kind != RF_STRING)
        return rf_raise(reterr, RF_ECONFIG, "$ref must be a string");
    const rf_slice text = rf_schema_strip_own_name(document, rf_value_text(ref));
    if (text.len == 0 || text.data[0] != '#') {
        (void)rf_raise(reterr, RF_ECONFIG, "$ref %.*s is not within this document", RF_SLICE_ARG(text));
        rf_error_hint(reterr, "put what it refers to under `definitions`, and write `#/definitions/NAME`");
        return RF_ECONFIG;
    }
    found = rf_schema_follow(document, text);
    if (!found)
        return rf_raise(reterr, RF_ECONFIG, "$ref %.*s refers to nothing", RF_SLICE_ARG(text));
    for (size_t i = 0; i < c->targets.count; i++)
        if (c->targets.items[i].value == found) {
            *ret_node = c->targets.items[i].node;
            return RF_OK;
        }
    return rf_schema_compile_node(c, found, ret_node, reterr);
}

static void sharpen(const rf_value *value, const char *keyword, rf_schema_number *bound, rf_schema_number *sharp) {
    const rf_value *given = rf_value_member(value, rf_slice_of(keyword));
    if (!given || given->kind != RF_BOOL || !given->truth || !bound->given)
        return;
    *sharp = *bound;
    bound->given = false;
}

static rf_code read_all(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    const rf_value *ref = rf_value_member(value, RF_SLICE("$ref"));
    rf_code code = RF_OK;
    if (ref)
        return resolve(c, ref, &node->ref, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++)
        code = rf_schema_read_keyword(c, node, &value->members[i], reterr);
    sharpen(value, "exclusiveMinimum", &node->minimum, &node->above);
    sharpen(value, "exclusiveMaximum", &node->maximum, &node->below);
    return code;
}

/* Known as a target before it is read: parts of it may refer to it. */
rf_code rf_schema_compile_node(rf_schema_compiler *c, const rf_value *value, rf_schema_node **ret_node, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP && value->kind != RF_BOOL)
        return rf_raise(reterr, RF_ECONFIG, "a schema must be an object, true or false");
    if (++c->nodes > NODES_MAX || c->depth >= DEPTH_MAX)
        return rf_raise(reterr, RF_ECONFIG, "the schema is too large, or nested too deep");
    rf_schema_node *node = rf_arena_zero(&c->schema->arena, 1, sizeof *node);
    if (!node)
        return rf_raise_nomem(reterr);
    if (!rf_vec_push(&c->targets, (rf_schema_target){ value, node }))
        return rf_raise_nomem(reterr);
    *ret_node = node;
    if (value->kind == RF_BOOL) {
        *(value->truth ? &node->always : &node->never) = true;
        return RF_OK;
    }
    c->depth++;
    code = read_all(c, node, value, reterr);
    c->depth--;
    return code;
}

/* A reference that leads to itself, without anything between, says nothing. */
static rf_code check_refs(const rf_schema_compiler *c, rf_error *reterr) {
    for (size_t i = 0; i < c->targets.count; i++) {
        const rf_schema_node *node = c->targets.items[i].node;
        for (size_t steps = 0; node->ref; node = node->ref)
            if (steps++ > c->targets.count)
                return rf_raise(reterr, RF_ECONFIG, "a $ref refers to itself");
    }
    return RF_OK;
}

rf_code rf_json_schema_compile(rf_slice text, rf_json_schema **ret_schema, rf_error *reterr) {
    rf_json_schema *schema = rf_alloc_zero(1, sizeof *schema);
    if (!schema)
        return rf_raise_nomem(reterr);
    rf_schema_compiler c = { .schema = schema };
    rf_arena_init(&schema->arena, 16384);
    const rf_slice copy = rf_slice_dup_in(&schema->arena, text);
    rf_code code = copy.data ? rf_json_parse(&schema->arena, copy, RF_JSON_LEXEMES, &schema->document, reterr) : rf_raise_nomem(reterr);
    if (code && code != RF_ENOMEM)
        rf_error_prefix(reterr, "the schema is no JSON: ");
    if (!code)
        code = rf_schema_compile_node(&c, &schema->document, &schema->root, reterr);
    if (!code)
        code = check_refs(&c, reterr);
    rf_vec_done(&c.targets);
    if (code)
        rf_json_schema_free(schema);
    else
        *ret_schema = schema;
    return code;
}

const rf_value *rf_json_schema_choices(const rf_json_schema *schema, rf_slice member) {
    for (uint32_t i = 0; i < schema->root->member_count; i++)
        if (rf_slice_eq(schema->root->members[i].name, member))
            return schema->root->members[i].node->choices;
    return NULL;
}

void rf_json_schema_free(rf_json_schema *schema) {
    if (!schema)
        return;
    for (size_t i = 0; i < schema->regexes.count; i++)
        rf_regex_free(schema->regexes.items[i]);
    rf_vec_done(&schema->regexes);
    rf_arena_done(&schema->arena);
    rf_free(schema);
}
