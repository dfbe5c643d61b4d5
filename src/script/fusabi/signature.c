/* signature.c: types of library functions as their table writes them. */
#include "script/fusabi/type.h"

#include "base/slice.h"

#include <assert.h>

#define DEPTH_MAX 50
#define PARTS_MAX 16 /* of a tuple, record or argument list */

/* A variable of the signature. */
typedef struct variable { rf_slice name; rf_fus_type *type; } variable;

typedef struct parser {
    const rf_fus_signature_user *user;
    const char *at;
    variable variables[PARTS_MAX];
    uint32_t variable_count;
    bool failed;
} parser;

static rf_fus_type *parse_fun(parser *p, unsigned depth);

static rf_fus_type *dynamic(void) { return rf_fus_type_plain(RF_FUS_TYPE_DYNAMIC); }

static rf_fus_type *fail(parser *p) {
    p->failed = true;
    return dynamic();
}

static bool take(parser *p, const char *token) {
    while (*p->at == ' ')
        p->at++;
    size_t len = strlen(token);
    if (strncmp(p->at, token, len) != 0)
        return false;
    p->at += len;
    return true;
}

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static rf_slice take_name(parser *p) {
    while (*p->at == ' ')
        p->at++;
    const char *start = p->at;
    while (is_name_char(*p->at) && !(p->at[0] == '.' && p->at[1] == '.'))
        p->at++;
    return (rf_slice){ start, (size_t)(p->at - start) };
}

static rf_fus_type *variable_of(parser *p) {
    rf_slice name = take_name(p);
    for (uint32_t i = 0; i < p->variable_count; i++)
        if (rf_slice_eq(p->variables[i].name, name))
            return p->variables[i].type;
    if (p->variable_count == PARTS_MAX || !name.len)
        return fail(p);
    bool is_number = rf_slice_is(name, "n") || rf_slice_starts(name, RF_SLICE("num"));
    rf_fus_type *type = rf_fus_type_generic(p->user->types, is_number ? RF_FUS_TYPE_NUM : 0);
    p->variables[p->variable_count++] = (variable){ name, type };
    return type;
}

/* { name: type; …; .. } behind its brace. */
static rf_fus_type *parse_record(parser *p, unsigned depth) {
    rf_fus_types *types = p->user->types;
    rf_fus_type_field *fields = rf_arena_alloc(types->arena, PARTS_MAX * sizeof *fields);
    rf_fus_type *rest = NULL;
    uint32_t count = 0;
    if (!fields) {
        types->no_memory = true;
        return fail(p);
    }
    while (!p->failed && !take(p, "|}") && !take(p, "}")) {
        if (take(p, "..")) {
            rest = rf_fus_type_generic(types, 0);
            continue;
        }
        rf_slice name = take_name(p);
        if (count == PARTS_MAX || !name.len || !(take(p, ":") || take(p, "=")))
            return fail(p);
        fields[count].is_maybe = false;
        fields[count].name = name;
        fields[count++].type = parse_fun(p, depth);
        (void)(take(p, ";") || take(p, ","));
    }
    return rf_fus_type_record(types, fields, count, rest);
}

static rf_fus_type *named(parser *p, rf_slice name, rf_fus_type **args, uint32_t count) {
    static const struct { const char *name; rf_fus_type_kind kind; } plain[] = {
        { "int", RF_FUS_TYPE_INT }, { "float", RF_FUS_TYPE_FLOAT }, { "string", RF_FUS_TYPE_STRING }, { "bool", RF_FUS_TYPE_BOOL },
        { "unit", RF_FUS_TYPE_UNIT }, { "exn", RF_FUS_TYPE_EXN },   { "obj", RF_FUS_TYPE_DYNAMIC },   { "dynamic", RF_FUS_TYPE_DYNAMIC },
        { "_", RF_FUS_TYPE_DYNAMIC }, { "char", RF_FUS_TYPE_STRING },
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain && count == 0; i++)
        if (rf_slice_is(name, plain[i].name))
            return rf_fus_type_plain(plain[i].kind);
    if (count == 1 && (rf_slice_is(name, "list") || rf_slice_is(name, "List")))
        return rf_fus_type_of(p->user->types, RF_FUS_TYPE_LIST, args[0]);
    if (count == 1 && (rf_slice_is(name, "array") || rf_slice_is(name, "Array")))
        return rf_fus_type_of(p->user->types, RF_FUS_TYPE_ARRAY, args[0]);
    rf_fus_type_decl *decl = p->user->decl_of(p->user->user, name, count);
    if (!decl || decl->var_count != count)
        return dynamic();
    rf_fus_type **kept = rf_fus_type_room(p->user->types, count);
    if (!kept)
        return dynamic();
    memcpy(kept, args, count * sizeof *kept);
    return rf_fus_type_named(p->user->types, decl, kept);
}

static rf_fus_type *parse_name(parser *p, unsigned depth) {
    rf_slice name = take_name(p);
    rf_fus_type *args[PARTS_MAX];
    uint32_t count = 0;
    if (!name.len)
        return fail(p);
    if (take(p, "<")) {
        do {
            if (count == PARTS_MAX)
                return fail(p);
            args[count++] = parse_fun(p, depth);
        } while (!p->failed && take(p, ","));
        if (!take(p, ">"))
            return fail(p);
    }
    return named(p, name, args, count);
}

static bool at_name(const parser *p) {
    const char *at = p->at;
    while (*at == ' ')
        at++;
    return is_name_char(*at) && *at != '.';
}

/* A type and the words behind it: 'a list option, int[]. */
static rf_fus_type *parse_postfix(parser *p, unsigned depth) {
    rf_fus_type *type;
    if (depth > DEPTH_MAX || p->failed)
        return fail(p);
    if (take(p, "(")) {
        type = parse_fun(p, depth + 1);
        if (!take(p, ")"))
            return fail(p);
    } else if (take(p, "{|") || take(p, "{")) {
        type = parse_record(p, depth + 1);
    } else if (take(p, "'")) {
        type = variable_of(p);
    } else {
        type = parse_name(p, depth + 1);
    }
    while (!p->failed) {
        if (take(p, "[]"))
            type = rf_fus_type_of(p->user->types, RF_FUS_TYPE_ARRAY, type);
        else if (at_name(p))
            type = named(p, take_name(p), &type, 1);
        else
            break;
    }
    return type;
}

static rf_fus_type *parse_tuple(parser *p, unsigned depth) {
    rf_fus_type *items[PARTS_MAX];
    uint32_t count = 0;
    do {
        if (count == PARTS_MAX)
            return fail(p);
        items[count++] = parse_postfix(p, depth);
    } while (!p->failed && take(p, "*"));
    if (count == 1)
        return items[0];
    rf_fus_type **kept = rf_fus_type_room(p->user->types, count);
    if (!kept)
        return dynamic();
    memcpy(kept, items, count * sizeof *kept);
    return rf_fus_type_tuple(p->user->types, kept, count);
}

static rf_fus_type *parse_fun(parser *p, unsigned depth) {
    if (depth > DEPTH_MAX)
        return fail(p);
    rf_fus_type *from = parse_tuple(p, depth + 1);
    if (!take(p, "->"))
        return from;
    if (from->kind == RF_FUS_TYPE_DYNAMIC) /* takes anything: what is passed stays what it is */
        from = rf_fus_type_generic(p->user->types, 0);
    return rf_fus_type_fun(p->user->types, from, parse_fun(p, depth + 1));
}

rf_fus_type *rf_fus_signature_parse(const rf_fus_signature_user *user, const char *text) {
    assert(user && user->types && user->decl_of);
    if (!text)
        return dynamic();
    parser p = { .user = user, .at = text };
    rf_fus_type *type = parse_fun(&p, 0);
    while (*p.at == ' ')
        p.at++;
    return p.failed || *p.at ? dynamic() : type;
}
