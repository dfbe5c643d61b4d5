/* uns_schema.c: JSON schemas compiled to a tree, and values held against it. */
#include "components/outputs/uns_schema.h"

#include "base/number.h"
#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>

#define DEPTH_MAX 32 /* of schemas within schemas */

enum { A_NULL = 1u << 0, A_BOOL = 1u << 1, A_NUMBER = 1u << 2, AN_INTEGER = 1u << 3, A_STRING = 1u << 4, A_LIST = 1u << 5, A_MAP = 1u << 6, ANYTHING = 0x7f };

static const struct type_name { const char *name; unsigned types; } type_names[] = {
    { "null", A_NULL },     { "boolean", A_BOOL }, { "number", A_NUMBER | AN_INTEGER }, { "integer", AN_INTEGER },
    { "string", A_STRING }, { "array", A_LIST },   { "object", A_MAP },
};

typedef struct property { rf_slice name; rf_uns_schema *schema; } property;

struct rf_uns_schema {
    unsigned types;          /* 0: nothing is accepted */
    const rf_value *choices; /* a list; NULL: any */
    property *properties;
    const rf_value *required; /* a list of strings; NULL: none */
    rf_uns_schema *others;    /* for members without a property; NULL: any */
    uint32_t property_count;
};

/* ---- Compiled ---- */

static rf_code compile(rf_arena *arena, const rf_value *value, int depth, rf_uns_schema **ret, rf_error *reterr);

static unsigned types_of(rf_slice name) {
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
        if (rf_slice_is(name, type_names[i].name))
            return type_names[i].types;
    return 0;
}

static rf_code compile_type(rf_uns_schema *self, const rf_value *value, rf_error *reterr) {
    const rf_value *items = value->kind == RF_LIST ? value->items : value;
    uint32_t count = value->kind == RF_LIST ? value->size : 1;
    self->types = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned types = items[i].kind == RF_STRING ? types_of(rf_value_text(&items[i])) : 0;
        if (!types)
            return rf_raise(reterr, RF_ECONFIG, "`type` names something else than null, boolean, number, integer, string, array, object");
        self->types |= types;
    }
    return RF_OK;
}

static rf_code compile_properties(rf_arena *arena, rf_uns_schema *self, const rf_value *value, int depth, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP)
        return rf_raise(reterr, RF_ECONFIG, "`properties` is no object");
    self->properties = rf_arena_alloc(arena, value->size * sizeof *self->properties);
    if (!self->properties)
        return rf_raise_nomem(reterr);
    for (uint32_t i = 0; i < value->size && !code; i++) {
        self->properties[i].name = value->members[i].key;
        code = compile(arena, &value->members[i].value, depth + 1, &self->properties[i].schema, reterr);
    }
    self->property_count = value->size;
    return code;
}

static rf_code compile_list(const char *keyword, const rf_value *value, bool strings, const rf_value **ret, rf_error *reterr) {
    bool fine = value->kind == RF_LIST;
    for (uint32_t i = 0; fine && strings && i < value->size; i++)
        fine = value->items[i].kind == RF_STRING;
    if (!fine)
        return rf_raise(reterr, RF_ECONFIG, "`%s` is no list%s", keyword, strings ? " of strings" : "");
    *ret = value;
    return RF_OK;
}

/* What says something about a schema, and nothing about values. */
static bool only_describes(rf_slice keyword) {
    static const char *const known[] = { "$schema", "$id", "id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (rf_slice_is(keyword, known[i]))
            return true;
    return false;
}

static rf_code compile_keyword(rf_arena *arena, rf_uns_schema *self, const rf_member *member, int depth, rf_error *reterr) {
    if (rf_slice_is(member->key, "type"))
        return compile_type(self, &member->value, reterr);
    if (rf_slice_is(member->key, "enum"))
        return compile_list("enum", &member->value, false, &self->choices, reterr);
    if (rf_slice_is(member->key, "required"))
        return compile_list("required", &member->value, true, &self->required, reterr);
    if (rf_slice_is(member->key, "properties"))
        return compile_properties(arena, self, &member->value, depth, reterr);
    if (rf_slice_is(member->key, "additionalProperties"))
        return compile(arena, &member->value, depth + 1, &self->others, reterr);
    if (only_describes(member->key))
        return RF_OK;
    return rf_raise(reterr, RF_ECONFIG, "the keyword `%.*s` is not supported", RF_SLICE_ARG(member->key));
}

static rf_code compile(rf_arena *arena, const rf_value *value, int depth, rf_uns_schema **ret, rf_error *reterr) {
    rf_uns_schema *self = rf_arena_zero(arena, 1, sizeof *self);
    rf_code code = RF_OK;
    if (!self)
        return rf_raise_nomem(reterr);
    if (depth > DEPTH_MAX)
        return rf_raise(reterr, RF_ECONFIG, "schemas are nested deeper than %d levels", DEPTH_MAX);
    self->types = value->kind == RF_BOOL && !value->truth ? 0 : ANYTHING;
    if (value->kind != RF_BOOL && value->kind != RF_MAP)
        return rf_raise(reterr, RF_ECONFIG, "a schema is an object, true or false");
    for (uint32_t i = 0; value->kind == RF_MAP && i < value->size && !code; i++)
        code = compile_keyword(arena, self, &value->members[i], depth, reterr);
    *ret = self;
    return code;
}

rf_code rf_uns_schema_compile(rf_arena *arena, rf_slice text, rf_uns_schema **ret_schema, rf_error *reterr) {
    rf_uns_schema *schema;
    rf_value value;
    rf_slice copy = rf_slice_dup_in(arena, text); /* texts of the tree are views */
    rf_code code = copy.data ? rf_json_parse(arena, copy, RF_JSON_DOUBLES, &value, reterr) : rf_raise_nomem(reterr);
    if (code)
        return code == RF_ENOMEM ? code : rf_raise(reterr, RF_ECONFIG, "it is no JSON");
    code = compile(arena, &value, 0, &schema, reterr);
    if (!code)
        *ret_schema = schema;
    return code;
}

/* ---- Held against ---- */

static unsigned type_of_number(const rf_value *value) {
    double number = value->kind == RF_DOUBLE ? value->number : 0.5;
    if (value->kind == RF_NUMBER && !rf_number_parse_json(rf_value_text(value), &number))
        return A_NUMBER;
    return isfinite(number) && number == trunc(number) ? AN_INTEGER : A_NUMBER;
}

static unsigned type_of(const rf_value *value) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: return A_NULL;
    case RF_BOOL: return A_BOOL;
    case RF_INT:
    case RF_BIGINT: return AN_INTEGER;
    case RF_DOUBLE:
    case RF_NUMBER: return type_of_number(value);
    case RF_LIST: return A_LIST;
    case RF_MAP: return A_MAP;
    default: return A_STRING; /* bytes and times are strings in JSON */
    }
}

static bool is_one_of(const rf_value *choices, const rf_value *value) {
    for (uint32_t i = 0; i < choices->size; i++)
        if (rf_value_eq(&choices->items[i], value))
            return true;
    return false;
}

/* Whether a value as such, without its members, is accepted. */
static bool fits(const rf_uns_schema *schema, const rf_value *value) {
    return (type_of(value) & schema->types) && (!schema->choices || is_one_of(schema->choices, value));
}

/* What a member is held against. NULL: nothing. */
static const rf_uns_schema *schema_of(const rf_uns_schema *schema, rf_slice name) {
    for (uint32_t i = 0; i < schema->property_count; i++)
        if (rf_slice_eq(schema->properties[i].name, name))
            return schema->properties[i].schema;
    return schema->others;
}

static bool has_required(const rf_uns_schema *schema, const rf_value *map) {
    for (uint32_t i = 0; schema->required && i < schema->required->size; i++)
        if (!rf_value_member(map, rf_value_text(&schema->required->items[i])))
            return false;
    return true;
}

bool rf_uns_schema_accepts(const rf_uns_schema *schema, const rf_value *value) {
    if (!fits(schema, value))
        return false;
    if (value->kind != RF_MAP)
        return true;
    for (uint32_t i = 0; i < value->size; i++) {
        const rf_uns_schema *one = schema_of(schema, value->members[i].key);
        if (one && !rf_uns_schema_accepts(one, &value->members[i].value))
            return false;
    }
    return has_required(schema, value);
}

const rf_value *rf_uns_schema_choices(const rf_uns_schema *schema, rf_slice name) {
    for (uint32_t i = 0; i < schema->property_count; i++)
        if (rf_slice_eq(schema->properties[i].name, name))
            return schema->properties[i].schema->choices;
    return NULL;
}

/* ---- Why not ---- */

static void name_types(unsigned types, rf_buffer *out) {
    const char *between = "";
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        bool all = (types & type_names[i].types) == type_names[i].types, of_number = type_names[i].types == AN_INTEGER && (types & A_NUMBER);
        if (!all || of_number)
            continue;
        rf_buffer_printf(out, "%s%s", between, type_names[i].name);
        between = " or ";
    }
}

static void say_unfit(const rf_uns_schema *schema, const rf_value *value, rf_buffer *out) {
    if (schema->types == 0) {
        rf_buffer_text(out, " is not allowed");
        return;
    }
    if (type_of(value) & schema->types) {
        rf_buffer_text(out, " is none of the values that are allowed");
        return;
    }
    rf_buffer_text(out, " is of the type ");
    name_types(type_of(value) == A_NUMBER ? A_NUMBER | AN_INTEGER : type_of(value), out);
    rf_buffer_text(out, ", wanted is ");
    name_types(schema->types, out);
}

/* Appends the first thing that is wrong with `value`, which is called `name`. */
static void say_first(const rf_uns_schema *schema, const rf_value *value, rf_slice name, rf_buffer *out) {
    rf_buffer_slice(out, name);
    if (!fits(schema, value)) {
        say_unfit(schema, value, out);
        return;
    }
    for (uint32_t i = 0; value->kind == RF_MAP && i < value->size; i++) {
        const rf_member *member = &value->members[i];
        const rf_uns_schema *one = schema_of(schema, member->key);
        if (!one || rf_uns_schema_accepts(one, &member->value))
            continue;
        rf_buffer_char(out, '.');
        say_first(one, &member->value, member->key, out);
        return;
    }
    for (uint32_t i = 0; schema->required && i < schema->required->size; i++)
        if (!rf_value_member(value, rf_value_text(&schema->required->items[i]))) {
            rf_buffer_printf(out, ".%.*s is missing", RF_SLICE_ARG(rf_value_text(&schema->required->items[i])));
            return;
        }
}

/* Appends 'a', 'b' for the members of the value that the schema has by name and does not accept; returns how many. */
static uint32_t name_wrong(const rf_uns_schema *schema, const rf_value *value, rf_buffer *out) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < value->size; i++) {
        const rf_uns_schema *one = schema_of(schema, value->members[i].key);
        if (one && one != schema->others && !rf_uns_schema_accepts(one, &value->members[i].value))
            rf_buffer_printf(out, "%s'%.*s'", count++ ? ", " : "", RF_SLICE_ARG(value->members[i].key));
    }
    return count;
}

void rf_uns_schema_explain(const rf_uns_schema *schema, const rf_value *value, rf_buffer *out, rf_buffer *detail) {
    RF_CLEANUP(rf_buffer_done) rf_buffer names = { 0 };
    assert(value->kind == RF_MAP && !rf_uns_schema_accepts(schema, value));
    uint32_t count = name_wrong(schema, value, &names);
    if (count == 1)
        rf_buffer_printf(out, "Property %.*s does not match the schema", RF_SLICE_ARG(rf_buffer_view(&names)));
    else if (count > 1)
        rf_buffer_printf(out, "Properties %.*s do not match their schemas", RF_SLICE_ARG(rf_buffer_view(&names)));
    else
        rf_buffer_text(out, "the message as a whole does not match the schema");
    say_first(schema, value, RF_SLICE("message"), detail);
}
