/* compile.c: a schema's text to nodes: keywords read by one table, references resolved to nodes that may hold themselves. */
#include "components/json_schema/node.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/vec.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>

#define NODES_MAX 20000u
#define DEPTH_MAX 200u

/* A part that something refers to; the root is the first. */
typedef struct target { const rf_value *value; rf_schema_node *node; } target;

typedef struct compiler {
    rf_json_schema *schema;
    RF_VEC(target) targets;
    uint32_t nodes;
    unsigned depth;
} compiler;

typedef rf_code read_keyword(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr);

static rf_code compile(compiler *c, const rf_value *value, rf_schema_node **ret_node, rf_error *reterr);

static rf_code wrong(const char *keyword, const char *what, rf_error *reterr) {
    return rf_raise(reterr, RF_ECONFIG, "%s must be %s", keyword, what);
}

static void *take(compiler *c, size_t count, size_t size, rf_code *ret_code, rf_error *reterr) {
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

static rf_code read_regex(compiler *c, const char *keyword, rf_slice pattern, rf_regex **ret_regex, rf_error *reterr) {
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

static rf_code json_text(compiler *c, const rf_value *items, uint32_t count, rf_slice *ret_text, rf_error *reterr) {
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

static rf_code read_list(compiler *c, const char *keyword, const rf_value *value, rf_schema_nodes *ret, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_LIST)
        return wrong(keyword, "an array of schemas", reterr);
    ret->items = take(c, value->size, sizeof *ret->items, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++)
        if (!(code = compile(c, &value->items[i], &ret->items[i], reterr)))
            ret->count++;
    return code;
}

static rf_code read_members(compiler *c, const char *keyword, const rf_value *value, rf_schema_named **ret, uint32_t *ret_count, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP)
        return wrong(keyword, "an object of schemas", reterr);
    *ret = take(c, value->size, sizeof **ret, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++) {
        (*ret)[i].name = value->members[i].key;
        code = compile(c, &value->members[i].value, &(*ret)[i].node, reterr);
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

static rf_code read_type(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
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

static rf_code read_const(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    node->constant = value;
    return json_text(c, value, 1, &node->constant_text, reterr);
}

static rf_code read_enum(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    if (value->kind != RF_LIST || value->size == 0)
        return wrong("enum", "an array with at least one value", reterr);
    node->choices = value;
    return json_text(c, value->items, value->size, &node->choices_text, reterr);
}

#define NUMBER(function, keyword, member)                                                                                \
    static rf_code function(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {      \
        return read_number(keyword, value, &node->member, reterr);                                                       \
    }
#define COUNT(function, keyword, member)                                                                                 \
    static rf_code function(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {      \
        return read_count(keyword, value, &node->member, reterr);                                                        \
    }
#define SCHEMA(function, member)                                                                                         \
    static rf_code function(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {                \
        return compile(c, value, &node->member, reterr);                                                                 \
    }
#define SCHEMAS(function, keyword, member)                                                                               \
    static rf_code function(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {                \
        return value->kind == RF_LIST && value->size == 0 ? wrong(keyword, "an array with at least one schema", reterr)  \
                                                          : read_list(c, keyword, value, &node->member, reterr);         \
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
static rf_code read_above(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return value->kind == RF_BOOL ? RF_OK : read_number("exclusiveMinimum", value, &node->above, reterr);
}

static rf_code read_below(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return value->kind == RF_BOOL ? RF_OK : read_number("exclusiveMaximum", value, &node->below, reterr);
}

static rf_code read_multiple(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    rf_code code = read_number("multipleOf", value, &node->multiple, reterr);
    return code || node->multiple.value > 0 ? code : wrong("multipleOf", "more than 0", reterr);
}

static rf_code read_pattern(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    if (value->kind != RF_STRING)
        return wrong("pattern", "a string", reterr);
    node->pattern_text = rf_value_text(value);
    return read_regex(c, "pattern", node->pattern_text, &node->pattern, reterr);
}

static rf_code read_format(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    if (value->kind != RF_STRING)
        return wrong("format", "a string", reterr);
    node->format_name = rf_value_text(value);
    node->format = rf_schema_format_find(node->format_name);
    return RF_OK;
}

static rf_code read_items(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return value->kind == RF_LIST ? read_list(c, "items", value, &node->tuple, reterr) : compile(c, value, &node->items, reterr);
}

static rf_code read_unique(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    node->unique = value->kind == RF_BOOL && value->truth;
    return value->kind == RF_BOOL ? RF_OK : wrong("uniqueItems", "true or false", reterr);
}

static rf_code read_required(compiler *c RF_UNUSED, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return read_texts("required", value, &node->required, reterr);
}

static rf_code read_properties(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    return read_members(c, "properties", value, &node->members, &node->member_count, reterr);
}

static rf_code read_patterns(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP)
        return wrong("patternProperties", "an object of schemas", reterr);
    node->patterns = take(c, value->size, sizeof *node->patterns, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++) {
        code = read_regex(c, "patternProperties", value->members[i].key, &node->patterns[i].regex, reterr);
        if (!code)
            code = compile(c, &value->members[i].value, &node->patterns[i].node, reterr);
    }
    node->pattern_count = code ? 0 : value->size;
    return code;
}

static rf_code read_dependencies(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP)
        return wrong("dependencies", "an object of schemas and arrays of strings", reterr);
    node->dependencies = take(c, value->size, sizeof *node->dependencies, &code, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++) {
        const rf_member *member = &value->members[i];
        node->dependencies[i].name = member->key;
        code = member->value.kind == RF_LIST ? read_texts("dependencies", &member->value, &node->dependencies[i].others, reterr)
                                             : compile(c, &member->value, &node->dependencies[i].node, reterr);
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

static rf_code read_member(compiler *c, rf_schema_node *node, const rf_member *member, rf_error *reterr) {
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (rf_slice_is(member->key, keywords[i].name))
            return keywords[i].read(c, node, &member->value, reterr);
    return RF_OK;
}

static void sharpen(const rf_value *value, const char *keyword, rf_schema_number *bound, rf_schema_number *sharp) {
    const rf_value *given = rf_value_member(value, rf_slice_of(keyword));
    if (!given || given->kind != RF_BOOL || !given->truth || !bound->given)
        return;
    *sharp = *bound;
    bound->given = false;
}

/* ---- References ---- */

/* One step of a pointer, with `~1`, `~0` and `%xx` read. False: too long. */
static bool read_step(rf_slice step, char out[static 256], size_t *ret_len) {
    size_t len = 0;
    for (size_t i = 0; i < step.len; i++, len++) {
        unsigned byte = (unsigned char)step.data[i];
        char hex[3] = { 0 };
        if (len == 256)
            return false;
        if (byte == '%' && step.len - i > 2) {
            memcpy(hex, step.data + i + 1, 2);
            byte = (unsigned)strtoul(hex, NULL, 16);
            i += 2;
        } else if (byte == '~' && i + 1 < step.len)
            byte = step.data[++i] == '1' ? '/' : '~';
        out[len] = (char)byte;
    }
    *ret_len = len;
    return true;
}

static const rf_value *step_into(const rf_value *value, rf_slice name) {
    int64_t index;
    if (value->kind == RF_MAP)
        return rf_value_member(value, name);
    if (value->kind == RF_LIST && rf_number_parse_i64(name, &index) && index >= 0 && index < (int64_t)value->size)
        return &value->items[index];
    return NULL;
}

/* `path` begins with `/`, or is empty. */
static const rf_value *follow(const rf_value *value, rf_slice path) {
    char name[256];
    size_t len;
    while (value && path.len > 0) {
        path = (rf_slice){ path.data + 1, path.len - 1 };
        const size_t end = rf_slice_find(path, '/');
        value = read_step((rf_slice){ path.data, end }, name, &len) ? step_into(value, (rf_slice){ name, len }) : NULL;
        path = (rf_slice){ path.data + end, path.len - end };
    }
    return value;
}

/* The part whose `$id` it is. */
static const rf_value *find_id(const rf_value *value, rf_slice id) {
    const rf_value *own = value->kind == RF_MAP ? rf_value_member(value, RF_SLICE("$id")) : NULL, *found = NULL;
    if (own && own->kind == RF_STRING && rf_slice_eq(rf_value_text(own), id))
        return value;
    for (uint32_t i = 0; !found && (value->kind == RF_MAP || value->kind == RF_LIST) && i < value->size; i++)
        found = find_id(value->kind == RF_MAP ? &value->members[i].value : &value->items[i], id);
    return found;
}

/* What is before the `#` may be the name that the document gives itself. */
static rf_slice strip_own_name(const rf_value *document, rf_slice ref) {
    const rf_value *id = document->kind == RF_MAP ? rf_value_member(document, RF_SLICE("$id")) : NULL;
    if (document->kind == RF_MAP && !id)
        id = rf_value_member(document, RF_SLICE("id"));
    rf_slice name = id && id->kind == RF_STRING ? rf_value_text(id) : RF_SLICE("");
    if (name.len && name.data[name.len - 1] == '#')
        name.len--;
    if (name.len && rf_slice_eq(ref, name))
        return RF_SLICE("#");
    return name.len && ref.len > name.len && ref.data[name.len] == '#' && rf_slice_starts(ref, name) ? (rf_slice){ ref.data + name.len, ref.len - name.len } : ref;
}

static rf_code resolve(compiler *c, const rf_value *ref, rf_schema_node **ret_node, rf_error *reterr) {
    const rf_value *document = &c->schema->document, *found = NULL;
    if (ref->kind != RF_STRING)
        return wrong("$ref", "a string", reterr);
    const rf_slice text = strip_own_name(document, rf_value_text(ref));
    if (text.len == 0 || text.data[0] != '#') {
        (void)rf_raise(reterr, RF_ECONFIG, "$ref %.*s is not within this document", RF_SLICE_ARG(text));
        rf_error_hint(reterr, "put what it refers to under `definitions`, and write `#/definitions/NAME`");
        return RF_ECONFIG;
    }
    const rf_slice path = { text.data + 1, text.len - 1 };
    found = path.len == 0 || path.data[0] == '/' ? follow(document, path) : find_id(document, text);
    if (!found)
        return rf_raise(reterr, RF_ECONFIG, "$ref %.*s refers to nothing", RF_SLICE_ARG(text));
    for (size_t i = 0; i < c->targets.count; i++)
        if (c->targets.items[i].value == found) {
            *ret_node = c->targets.items[i].node;
            return RF_OK;
        }
    return compile(c, found, ret_node, reterr);
}

/* ---- A schema ---- */

static rf_code read_all(compiler *c, rf_schema_node *node, const rf_value *value, rf_error *reterr) {
    const rf_value *ref = rf_value_member(value, RF_SLICE("$ref"));
    rf_code code = RF_OK;
    if (ref)
        return resolve(c, ref, &node->ref, reterr);
    for (uint32_t i = 0; i < value->size && !code; i++)
        code = read_member(c, node, &value->members[i], reterr);
    sharpen(value, "exclusiveMinimum", &node->minimum, &node->above);
    sharpen(value, "exclusiveMaximum", &node->maximum, &node->below);
    return code;
}

/* Known as a target before it is read: parts of it may refer to it. */
static rf_code compile(compiler *c, const rf_value *value, rf_schema_node **ret_node, rf_error *reterr) {
    rf_code code = RF_OK;
    if (value->kind != RF_MAP && value->kind != RF_BOOL)
        return rf_raise(reterr, RF_ECONFIG, "a schema must be an object, true or false");
    if (++c->nodes > NODES_MAX || c->depth >= DEPTH_MAX)
        return rf_raise(reterr, RF_ECONFIG, "the schema is too large, or nested too deep");
    rf_schema_node *node = take(c, 1, sizeof *node, &code, reterr);
    if (code)
        return code;
    if (!rf_vec_push(&c->targets, (target){ value, node }))
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
static rf_code check_refs(const compiler *c, rf_error *reterr) {
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
    compiler c = { .schema = schema };
    rf_arena_init(&schema->arena, 16384);
    const rf_slice copy = rf_slice_dup_in(&schema->arena, text);
    rf_code code = copy.data ? rf_json_parse(&schema->arena, copy, RF_JSON_LEXEMES, &schema->document, reterr) : rf_raise_nomem(reterr);
    if (code && code != RF_ENOMEM)
        rf_error_prefix(reterr, "the schema is no JSON: ");
    if (!code)
        code = compile(&c, &schema->document, &schema->root, reterr);
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
