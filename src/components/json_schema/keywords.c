/* keywords.c: what each keyword of a schema says, by one table. */
#include "base/number.h"
#include "base/slice.h"
#include "components/json_schema/compile.h"
#include "message/json.h"

#include <math.h>

typedef rf_code read_keyword(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr);

static rf_code wrong(const char *keyword, const char *what, rf_error *reterr) {
    return rf_raise(reterr, RF_ECONFIG, "%s must be %s", keyword, what);
}

static void *take(rf_schema_compiler *c, size_t count, size_t size, rf_code *ret_code, rf_error *reterr) {
    void *memory = rf_arena_zero(&c->schema->arena, count ? count : 1, size);
    *ret_code = memory ? RF_OK : rf_raise_nomem(reterr);
    return memory;
}

/* ---- Plain values ---- */

static rf_code read_number(const char *keyword, const rf_value *value, rf_schema_number *ret, rf_error *reterr) {
    if (value->kind != RF_NUMBER)
        return wrong(keyword, "a number", reterr);
    ret->given = true;
    ret->text = rf_value_text(value);
    if (!rf_number_parse_json(ret->text, &ret->value))
        ret->value = ret->text.data[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    return RF_OK;
}

static rf_code read_count(const char *keyword, const rf_value *value, rf_schema_count *ret, rf_error *reterr) {
    rf_schema_number number = { 0 };
    rf_code code = read_number(keyword, value, &number, reterr);
    if (code)
        return code;
    if (number.value < 0 || number.value != floor(number.value) || number.value > 1e15)
        return wrong(keyword, "a whole number of at least 0", reterr);
    *ret = (rf_schema_count){ true, (uint64_t)number.value };
    return RF_OK;
}

static rf_code read_regex(rf_schema_compiler *c, const char *keyword, rf_slice pattern, rf_regex **ret_regex, rf_error *reterr) {
    rf_regex *regex = NULL;
    rf_code code = rf_regex_compile(pattern, &regex, reterr);
    if (code) {
        rf_error_prefix(reterr, "%s: ", keyword);
        return code;
    }
    if (!rf_vec_push(&c->schema->regexes, regex)) {
        rf_regex_free(regex);
        return rf_raise_nomem(reterr);
    }
    *ret_regex = regex;
    return RF_OK;
}

static rf_code json_text(rf_schema_compiler *c, const rf_value *items, uint32_t count, rf_slice *ret_text, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < count && !code; i++) {
        rf_buffer_text(&text, i ? ", " : "");
        code = rf_json_write(&text, &items[i], RF_JSON_SORT_KEYS | RF_JSON_ESCAPE_HTML, reterr);
    }
    if (code)
        return code;
    *ret_text = rf_slice_dup_in(&c->schema->arena, rf_buffer_cstr(&text) ? rf_buffer_view(&text) : RF_SLICE(""));
    return text.failed || !ret_text->data ? rf_raise_nomem(reterr) : RF_OK;
}

static rf_code read_texts(const char *keyword, const rf_value *value, const rf_value **ret_list, rf_error *reterr) {
    bool good = value->kind == RF_LIST;
    for (uint32_t i = 0; good && i < value->size; i++)
        good = value->items[i].kind == RF_STRING;
    if (!good)
        return wrong(keyword, "an array of strings", reterr);
    *ret_list = value;
    return RF_OK;
}

/* ---- Lists and maps of schemas ---- */

static rf_code read_list(rf_schema_compiler *c, const char *keyword, const rf_value *value, rf_schema_nodes *ret, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_LIST)
        return wrong(keyword, "an array of schemas", reterr);
    ret->items = take(c, value->size, sizeof *ret->items, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++)
        if (!(code = rf_schema_compile_node(c, &value->items[i], &ret->items[i], reterr)))
            ret->count++;
    return code;
}

static rf_code read_members(rf_schema_compiler *c, const char *keyword, const rf_value *value, rf_schema_named **ret, uint32_t *ret_count,
                            rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP)
        return wrong(keyword, "an object of schemas", reterr);
    *ret = take(c, value->size, sizeof **ret, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++) {
        (*ret)[i].name = value->members[i].key;
        code = rf_schema_compile_node(c, &value->members[i].value, &(*ret)[i].node, reterr);
    }
    *ret_count = code ? 0 : value->size;
    return code;
}

/* ---- The keywords ---- */

static const struct { const char *name; unsigned type; } type_names[] = {
    { "array", RF_SCHEMA_ARRAY }, { "boolean", RF_SCHEMA_BOOLEAN }, { "integer", RF_SCHEMA_INTEGER }, { "null", RF_SCHEMA_NULL },
    { "number", RF_SCHEMA_NUMBER }, { "object", RF_SCHEMA_OBJECT }, { "string", RF_SCHEMA_STRING },
};

static bool add_type(rf_schema_node *node, const rf_value *value, rf_buffer *text) {
    for (size_t i = 0; value->kind == RF_STRING && i < sizeof type_names / sizeof *type_names; i++)
        if (rf_slice_is(rf_value_text(value), type_names[i].name)) {
            rf_buffer_printf(text, "%s%s", node->types ? "," : "", type_names[i].name);
            node->types |= type_names[i].type;
            return true;
        }
    return false;
}

static rf_code read_type(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    const rf_value *items = value->kind == RF_LIST ? value->items : value;
    const uint32_t count = value->kind == RF_LIST ? value->size : 1;
    for (uint32_t i = 0; i < count; i++)
        if (!add_type(node, &items[i], &text))
            return wrong("type", "one of array, boolean, integer, null, number, object and string, or an array of them", reterr);
    const char *names = rf_buffer_cstr(&text);
    node->expected = names ? rf_printf_in(&c->schema->arena, count > 1 ? "[%s]" : "%s", names).data : NULL;
    return node->expected ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code read_const(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    node->constant = value;
    return json_text(c, value, 1, &node->constant_text, reterr);
}

static rf_code read_enum(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    if (value->kind != RF_LIST || value->size == 0)
        return wrong("enum", "an array with at least one value", reterr);
    node->choices = value;
    return json_text(c, value->items, value->size, &node->choices_text, reterr);
}

#define NUMBER(function, keyword, member)                                                                                       \
    static rf_code function(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {   \
        return read_number(keyword, value, &node->member, reterr);                                                              \
    }
#define COUNT(function, keyword, member)                                                                                        \
    static rf_code function(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {   \
        return read_count(keyword, value, &node->member, reterr);                                                               \
    }
#define SCHEMA(function, member)                                                                                                \
    static rf_code function(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {             \
        return rf_schema_compile_node(c, value, &node->member, reterr);                                                         \
    }
#define SCHEMAS(function, keyword, member)                                                                                      \
    static rf_code function(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {             \
        return value->kind == RF_LIST && value->size == 0 ? wrong(keyword, "an array with at least one schema", reterr)         \
                                                          : read_list(c, keyword, value, &node->member, reterr);                \
    }

NUMBER(read_minimum, "minimum", minimum)
NUMBER(read_maximum, "maximum", maximum)
COUNT(read_min_length, "minLength", length_min)
COUNT(read_max_length, "maxLength", length_max)
COUNT(read_min_items, "minItems", items_min)
COUNT(read_max_items, "maxItems", items_max)
COUNT(read_min_members, "minProperties", members_min)
COUNT(read_max_members, "maxProperties", members_max)
SCHEMA(read_items_beyond, items_beyond)
SCHEMA(read_contains, contains)
SCHEMA(read_members_beyond, members_beyond)
SCHEMA(read_names, names)
SCHEMA(read_not, not_this)
SCHEMA(read_if, condition)
SCHEMA(read_then, then)
SCHEMA(read_else, otherwise)
SCHEMAS(read_any_of, "anyOf", any_of)
SCHEMAS(read_one_of, "oneOf", one_of)
SCHEMAS(read_all_of, "allOf", all_of)

/* Draft 4 has `true`, which sharpens the bound beside it (sharpen()); later ones have the bound itself. */
static rf_code read_above(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return value->kind == RF_BOOL ? RF_OK : read_number("exclusiveMinimum", value, &node->above, reterr);
}

static rf_code read_below(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return value->kind == RF_BOOL ? RF_OK : read_number("exclusiveMaximum", value, &node->below, reterr);
}

static rf_code read_multiple(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    rf_code code = read_number("multipleOf", value, &node->multiple, reterr);
    return code || node->multiple.value > 0 ? code : wrong("multipleOf", "more than 0", reterr);
}

static rf_code read_pattern(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    if (value->kind != RF_STRING)
        return wrong("pattern", "a string", reterr);
    node->pattern_text = rf_value_text(value);
    return read_regex(c, "pattern", node->pattern_text, &node->pattern, reterr);
}

static rf_code read_format(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    if (value->kind != RF_STRING)
        return wrong("format", "a string", reterr);
    node->format_name = rf_value_text(value);
    node->format = rf_schema_format_find(node->format_name);
    return RF_OK;
}

static rf_code read_items(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return value->kind == RF_LIST ? read_list(c, "items", value, &node->tuple, reterr)
                                  : rf_schema_compile_node(c, value, &node->items, reterr);
}

static rf_code read_unique(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    node->unique = value->kind == RF_BOOL && value->truth;
    return value->kind == RF_BOOL ? RF_OK : wrong("uniqueItems", "true or false", reterr);
}

static rf_code read_required(rf_schema_compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return read_texts("required", value, &node->required, reterr);
}

static rf_code read_properties(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return read_members(c, "properties", value, &node->members, &node->member_count, reterr);
}

static rf_code read_patterns(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP)
        return wrong("patternProperties", "an object of schemas", reterr);
    node->patterns = take(c, value->size, sizeof *node->patterns, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++) {
        code = read_regex(c, "patternProperties", value->members[i].key, &node->patterns[i].regex, reterr);
        if (!code)
            code = rf_schema_compile_node(c, &value->members[i].value, &node->patterns[i].node, reterr);
    }
    node->pattern_count = code ? 0 : value->size;
    return code;
}

static rf_code read_dependencies(rf_schema_compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP)
        return wrong("dependencies", "an object of schemas and arrays of strings", reterr);
    node->dependencies = take(c, value->size, sizeof *node->dependencies, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++) {
        const rf_member *member = &value->members[i];
        node->dependencies[i].name = member->key;
        code = member->value.kind == RF_LIST ? read_texts("dependencies", &member->value, &node->dependencies[i].others, reterr)
                                             : rf_schema_compile_node(c, &member->value, &node->dependencies[i].node, reterr);
    }
    node->dependency_count = code ? 0 : value->size;
    return code;
}

static const struct { const char *name; read_keyword *read; } keywords[] = {
    { "additionalItems", read_items_beyond }, { "additionalProperties", read_members_beyond }, { "allOf", read_all_of }, { "anyOf", read_any_of },
    { "const", read_const }, { "contains", read_contains }, { "dependencies", read_dependencies }, { "else", read_else }, { "enum", read_enum },
    { "exclusiveMaximum", read_below }, { "exclusiveMinimum", read_above }, { "format", read_format }, { "if", read_if }, { "items", read_items },
    { "maxItems", read_max_items }, { "maxLength", read_max_length }, { "maxProperties", read_max_members }, { "maximum", read_maximum },
    { "minItems", read_min_items }, { "minLength", read_min_length }, { "minProperties", read_min_members }, { "minimum", read_minimum },
    { "multipleOf", read_multiple }, { "not", read_not }, { "oneOf", read_one_of }, { "pattern", read_pattern },
    { "patternProperties", read_patterns }, { "properties", read_properties }, { "propertyNames", read_names }, { "required", read_required },
    { "then", read_then }, { "type", read_type }, { "uniqueItems", read_unique },
};

rf_code rf_schema_read_keyword(rf_schema_compiler *c, rf_schema_node *node, const rf_member *member, rf_error *reterr) {
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (rf_slice_is(member->key, keywords[i].name))
            return keywords[i].read(c, node, &member->value, reterr);
    return RF_OK;
}
