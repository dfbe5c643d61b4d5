/* type_show.c: types as F# writes them. */
#include "script/fusabi/infer.h"
#include "script/fusabi/type.h"

#include <assert.h>

#define DEPTH_MAX 40
#define BUDGET 300 /* nodes shown of one type */

/* How tightly the place binds that a type is shown at. */
typedef enum tightness { LOOSE, IN_FUN, IN_TUPLE, IN_POSTFIX } tightness;

static const rf_fus_type *follow(const rf_fus_type *type) {
    while (type->kind == RF_FUS_TYPE_LINK)
        type = type->link;
    return type;
}

static void show(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names, tightness at, unsigned depth);

/* 'a, 'b, … in order of appearance; 'num, 'num2, … for what must be a number. */
static void show_variable(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names) {
    uint32_t index = 0, same = 0;
    bool is_number = type->flags & RF_FUS_TYPE_NUM;
    for (; index < names->count && names->seen[index] != type; index++)
        same += (names->seen[index]->flags & RF_FUS_TYPE_NUM ? 1 : 0) == (is_number ? 1 : 0);
    if (index == names->count && index < sizeof names->seen / sizeof *names->seen)
        names->seen[names->count++] = type;
    if (is_number && same)
        rf_buffer_printf(out, "'num%u", (unsigned)same + 1);
    else if (is_number)
        rf_buffer_text(out, "'num");
    else if (same < 26)
        rf_buffer_printf(out, "'%c", (int)('a' + same));
    else
        rf_buffer_printf(out, "'a%u", (unsigned)same - 25);
}

static void show_record(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names, unsigned depth) {
    rf_buffer_text(out, "{ ");
    const char *between = "";
    const rf_fus_type *row = type;
    for (; row && row->kind == RF_FUS_TYPE_RECORD; row = row->rest ? follow(row->rest) : NULL)
        for (uint32_t i = 0; i < row->count; i++) {
            rf_buffer_printf(out, "%s%.*s%s: ", between, RF_SLICE_ARG(row->fields[i].name), row->fields[i].is_maybe ? "?" : "");
            show(out, row->fields[i].type, names, LOOSE, depth);
            between = "; ";
            if (names->budget == 0)
                break;
        }
    if (row && (row->kind == RF_FUS_TYPE_VAR || row->kind == RF_FUS_TYPE_GENERIC))
        rf_buffer_printf(out, "%s..", between);
    rf_buffer_text(out, " }");
}

static void show_tuple(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names, unsigned depth) {
    if (type->count < 2)
        rf_buffer_text(out, "tuple<");
    for (uint32_t i = 0; i < type->count && names->budget; i++) {
        rf_buffer_text(out, i ? " * " : "");
        show(out, type->items[i], names, type->count < 2 ? LOOSE : IN_TUPLE, depth);
    }
    if (type->count < 2)
        rf_buffer_char(out, '>');
}

static void show_named(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names, unsigned depth) {
    const rf_fus_type_decl *decl = type->decl;
    if (decl->is_suffix && type->count == 1) {
        show(out, type->items[0], names, IN_POSTFIX, depth);
        rf_buffer_printf(out, " %.*s", RF_SLICE_ARG(decl->name));
        return;
    }
    rf_buffer_slice(out, decl->name);
    for (uint32_t i = 0; i < type->count; i++) {
        rf_buffer_text(out, i ? ", " : "<");
        show(out, type->items[i], names, LOOSE, depth);
    }
    if (type->count)
        rf_buffer_char(out, '>');
}

static void show_fun(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names, unsigned depth) {
    while (type->kind == RF_FUS_TYPE_FUN && names->budget) {
        show(out, type->from, names, IN_FUN, depth);
        rf_buffer_text(out, " -> ");
        type = follow(type->to);
    }
    show(out, type, names, IN_FUN, depth);
}

static const char *plain_name(const rf_fus_type *type) {
    switch (type->kind) {
    case RF_FUS_TYPE_UNIT: return "unit";
    case RF_FUS_TYPE_BOOL: return "bool";
    case RF_FUS_TYPE_INT: return "int";
    case RF_FUS_TYPE_FLOAT: return "float";
    case RF_FUS_TYPE_STRING: return "string";
    case RF_FUS_TYPE_EXN: return "exn";
    default: return "dynamic";
    }
}

static void show(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names, tightness at, unsigned depth) {
    type = follow(type);
    if (names->budget == 0 || depth > DEPTH_MAX) {
        rf_buffer_text(out, "…");
        return;
    }
    names->budget--;
    bool is_open = (type->kind == RF_FUS_TYPE_FUN && at >= IN_FUN) ||
                   (type->kind == RF_FUS_TYPE_TUPLE && at >= IN_TUPLE && type->count > 1);
    rf_buffer_text(out, is_open ? "(" : "");
    switch (type->kind) {
    case RF_FUS_TYPE_VAR: case RF_FUS_TYPE_GENERIC:
        show_variable(out, type, names);
        break;
    case RF_FUS_TYPE_FUN:
        show_fun(out, type, names, depth + 1);
        break;
    case RF_FUS_TYPE_LIST: case RF_FUS_TYPE_ARRAY:
        show(out, type->from, names, IN_POSTFIX, depth + 1);
        rf_buffer_text(out, type->kind == RF_FUS_TYPE_LIST ? " list" : " array");
        break;
    case RF_FUS_TYPE_TUPLE:
        show_tuple(out, type, names, depth + 1);
        break;
    case RF_FUS_TYPE_NAMED:
        show_named(out, type, names, depth + 1);
        break;
    case RF_FUS_TYPE_RECORD:
        show_record(out, type, names, depth + 1);
        break;
    default:
        rf_buffer_text(out, plain_name(type));
    }
    rf_buffer_text(out, is_open ? ")" : "");
}

void rf_fus_type_show_named(rf_buffer *out, const rf_fus_type *type, rf_fus_type_names *names) {
    assert(out && type && names);
    names->budget = BUDGET;
    show(out, type, names, LOOSE, 0);
}

void rf_fus_type_show(rf_buffer *out, const struct rf_fus_type *type) {
    rf_fus_type_names names = { .count = 0 };
    if (type)
        rf_fus_type_show_named(out, type, &names);
    else
        rf_buffer_text(out, "dynamic");
}
