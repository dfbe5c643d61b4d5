/* infer_decl.c: declared types, and types as scripts write them. */
#include "script/fusabi/infer_internal.h"

#include <assert.h>

#define ALIASES_MAX 100 /* aliases of aliases */

static void *zeroed(rf_fus_inference *inference, size_t count, size_t size) {
    void *memory = rf_arena_zero(inference->arena, count ? count : 1, size);
    if (!memory)
        inference->types.no_memory = true;
    return memory;
}

static rf_fus_type_decl *new_decl(rf_fus_inference *inference, rf_slice name, uint32_t var_count, uint32_t case_count) {
    rf_fus_type_decl *decl = zeroed(inference, 1, sizeof *decl);
    rf_fus_type **vars = rf_fus_type_room(&inference->types, var_count);
    rf_fus_type_case *cases = zeroed(inference, case_count, sizeof *cases);
    if (!decl || !vars || !cases)
        return NULL;
    for (uint32_t i = 0; i < var_count; i++)
        vars[i] = rf_fus_type_generic(&inference->types, 0);
    *decl = (rf_fus_type_decl){ .name = name, .vars = vars, .var_count = var_count, .cases = cases, .case_count = case_count };
    return inference->types.no_memory ? NULL : decl;
}

static void put(rf_fus_inference *inference, rf_table *table, rf_slice name, void *value) {
    if (!rf_table_put(table, name, value))
        inference->types.no_memory = true;
}

static void put_case(rf_fus_inference *inference, rf_fus_type_decl *decl, uint32_t index) {
    rf_fus_case_ref *ref = zeroed(inference, 1, sizeof *ref);
    if (!ref)
        return;
    rf_slice name = decl->cases[index].name;
    *ref = (rf_fus_case_ref){ decl, index, rf_table_get(&inference->cases, name) };
    put(inference, &inference->cases, name, ref);
}

static void put_field(rf_fus_inference *inference, rf_fus_type_decl *decl, rf_slice name) {
    rf_fus_field_ref *ref = zeroed(inference, 1, sizeof *ref);
    if (!ref)
        return;
    *ref = (rf_fus_field_ref){ decl, rf_table_get(&inference->fields, name) };
    put(inference, &inference->fields, name, ref);
}

static void put_decl(rf_fus_inference *inference, rf_fus_type_decl *decl) {
    decl->older = rf_table_get(&inference->decls, decl->name);
    put(inference, &inference->decls, decl->name, decl);
}

/* Some and None, Ok and Error, each constructor with the type variable it holds (-1: nothing). */
static rf_fus_type_decl *built_in(rf_fus_inference *inference, const char *name, uint32_t var_count, const char *first, int first_var,
                                  const char *second, int second_var) {
    rf_fus_type_decl *decl = new_decl(inference, rf_slice_of(name), var_count, first ? 2 : 0);
    if (!decl)
        return NULL;
    decl->state = 2;
    for (uint32_t i = 0; i < decl->case_count; i++) {
        int var = i ? second_var : first_var;
        decl->cases[i].name = rf_slice_of(i ? second : first);
        decl->cases[i].at = RF_FUS_NOWHERE;
        decl->cases[i].count = var >= 0;
        decl->cases[i].types = var >= 0 ? &decl->vars[var] : NULL;
        put_case(inference, decl, i);
    }
    decl->kind = first ? RF_FUS_TYPE_UNION : RF_FUS_TYPE_OPAQUE;
    put_decl(inference, decl);
    return decl;
}

bool rf_fus_infer_builtins(rf_fus_inference *inference) {
    inference->option = built_in(inference, "option", 1, "None", -1, "Some", 0);
    inference->result = built_in(inference, "Result", 2, "Ok", 0, "Error", 1);
    inference->map = built_in(inference, "Map", 2, NULL, -1, NULL, -1);
    inference->async = built_in(inference, "Async", 1, NULL, -1, NULL, -1);
    if (inference->types.no_memory)
        return false;
    inference->option->is_suffix = true;
    return true;
}

/* Payload types of a union, or fields of a record, by name. */
static void read_cases(rf_fus_inference *inference, rf_fus_type_decl *decl) {
    rf_fus_type_field *fields = decl->kind == RF_FUS_TYPE_FIELDS ? zeroed(inference, decl->case_count, sizeof *fields) : NULL;
    for (uint32_t i = 0; i < decl->case_count; i++) {
        const rf_fus_case *written = &decl->item->cases[i];
        decl->cases[i].types = rf_fus_type_room(&inference->types, written->count);
        for (uint32_t j = 0; decl->cases[i].types && j < written->count; j++)
            decl->cases[i].types[j] = rf_fus_infer_written(inference, written->tys[j]);
        if (!decl->cases[i].types)
            return;
        if (fields)
            fields[i] = (rf_fus_type_field){ .name = written->name, .type = written->count ? decl->cases[i].types[0] : rf_fus_dynamic() };
    }
    if (!fields)
        return;
    const rf_fus_type *row = rf_fus_type_record(&inference->types, fields, decl->case_count, NULL);
    if (row->kind != RF_FUS_TYPE_RECORD)
        return; /* too many fields: no field is known */
    decl->case_count = row->count; /* a name declared twice counts once */
    decl->fields = fields;
}

void rf_fus_infer_ready(void *user, rf_fus_type_decl *decl) {
    rf_fus_inference *inference = user;
    if (decl->state || !decl->item)
        return;
    decl->state = 1;
    inference->aliases++;
    rf_fus_type_decl *around = inference->decl;
    inference->decl = decl;
    if (decl->kind == RF_FUS_TYPE_ALIAS)
        decl->alias = decl->item->alias && inference->aliases < ALIASES_MAX ? rf_fus_infer_written(inference, decl->item->alias)
                                                                            : rf_fus_dynamic();
    else if (decl->kind != RF_FUS_TYPE_OPAQUE)
        read_cases(inference, decl);
    inference->decl = around;
    inference->aliases--;
    decl->state = 2;
}

void rf_fus_infer_declare(rf_fus_inference *inference, const rf_fus_item *item, const rf_fus_item *module) {
    rf_fus_type_decl *decl = new_decl(inference, item->name, item->var_count, item->case_count);
    if (!decl)
        return;
    decl->item = item;
    decl->module = module;
    bool is_exception = item->kind == RF_FUS_ITEM_EXCEPTION;
    decl->kind = is_exception || item->decl == RF_FUS_DECL_UNION ? RF_FUS_TYPE_UNION
               : item->decl == RF_FUS_DECL_RECORD                ? RF_FUS_TYPE_FIELDS
               : item->decl == RF_FUS_DECL_ALIAS                 ? RF_FUS_TYPE_ALIAS
                                                                 : RF_FUS_TYPE_OPAQUE;
    decl->is_exception = is_exception;
    for (uint32_t i = 0; i < item->case_count; i++) {
        decl->cases[i] = (rf_fus_type_case){ .name = item->cases[i].name, .at = item->cases[i].at, .count = item->cases[i].count };
        if (decl->kind == RF_FUS_TYPE_UNION)
            put_case(inference, decl, i);
        else if (decl->kind == RF_FUS_TYPE_FIELDS)
            put_field(inference, decl, decl->cases[i].name);
    }
    if (!is_exception)
        put_decl(inference, decl);
    if (decl->kind == RF_FUS_TYPE_ALIAS && !item->is_recursive_next) /* at once, so that a chain of them is not read in one go */
        rf_fus_infer_ready(inference, decl);
}

/* Is a declaration of this module visible where inference stands? */
static bool is_visible(const rf_fus_inference *inference, const rf_fus_item *module) {
    for (size_t i = 0; module && i < inference->scopes.count; i++)
        if (inference->scopes.items[i] == module)
            return true;
    return !module;
}

static rf_slice last_part(rf_slice path) {
    for (size_t i = path.len; i-- > 0;)
        if (path.data[i] == '.')
            return (rf_slice){ path.data + i + 1, path.len - i - 1 };
    return path;
}

/* The declaration that a path means: by its module, else the newest visible one, else the newest. */
static rf_fus_type_decl *find_decl(const rf_fus_inference *inference, rf_slice path) {
    rf_slice name = last_part(path);
    rf_fus_type_decl *newest = rf_table_get(&inference->decls, name);
    rf_slice module = name.len < path.len ? last_part((rf_slice){ path.data, path.len - name.len - 1 }) : (rf_slice){ NULL, 0 };
    for (rf_fus_type_decl *decl = newest; decl && newest->older; decl = decl->older)
        if (module.len ? decl->module && rf_slice_eq(decl->module->name, module) : is_visible(inference, decl->module))
            return decl;
    return newest;
}

rf_fus_type_decl *rf_fus_infer_decl_of(void *user, rf_slice name, uint32_t var_count) {
    rf_fus_inference *inference = user;
    rf_fus_type_decl *decl = rf_table_get(&inference->decls, name);
    while (decl && decl->item) /* signatures of the library do not mean what scripts declare */
        decl = decl->older;
    if (!decl && name.len && name.data[0] >= 'A' && name.data[0] <= 'Z') { /* a kind of its own */
        decl = new_decl(inference, name, var_count, 0);
        if (decl) {
            decl->state = 2;
            put_decl(inference, decl);
        }
    }
    return decl;
}

/* Constructors that the library knows: of what failwith raises, and of Config's values. They are few and seldom, so they
 * are declared when a script first uses one that it does not declare itself. */
static const struct { const char *name; rf_fus_type_kind payload; bool is_exception; } library_cases[] = {
    { "Failure", RF_FUS_TYPE_STRING, true },
    { "String", RF_FUS_TYPE_STRING, false }, { "Int", RF_FUS_TYPE_INT, false }, { "Bool", RF_FUS_TYPE_BOOL, false },
    { "List", RF_FUS_TYPE_DYNAMIC, false },  { "Map", RF_FUS_TYPE_DYNAMIC, false },
};
enum { LIBRARY_CASES = sizeof library_cases / sizeof *library_cases };

static const rf_fus_case_ref *declare_library_case(rf_fus_inference *inference, rf_slice name) {
    uint32_t at = 0;
    while (at < LIBRARY_CASES && !rf_slice_is(name, library_cases[at].name))
        at++;
    if (at == LIBRARY_CASES)
        return NULL;
    bool is_exception = library_cases[at].is_exception;
    uint32_t from = is_exception ? 0 : 1, count = is_exception ? 1 : LIBRARY_CASES - 1;
    rf_fus_type_decl *decl = new_decl(inference, RF_SLICE("ConfigValue"), 0, count);
    rf_fus_type **payloads = rf_fus_type_room(&inference->types, count);
    if (!decl || !payloads)
        return NULL;
    decl->kind = RF_FUS_TYPE_UNION;
    decl->state = 2;
    decl->is_exception = is_exception;
    for (uint32_t i = 0; i < count; i++) {
        payloads[i] = rf_fus_type_plain(library_cases[from + i].payload);
        decl->cases[i] = (rf_fus_type_case){
            .name = rf_slice_of(library_cases[from + i].name), .at = RF_FUS_NOWHERE, .types = &payloads[i], .count = 1
        };
        if (!rf_table_get(&inference->cases, decl->cases[i].name))
            put_case(inference, decl, i);
    }
    return rf_table_get(&inference->cases, name);
}

static bool is_host_case(const rf_fus_host_case *cases, rf_slice name, uint32_t *ret_count) {
    bool found = false;
    *ret_count = 0;
    for (; cases && cases->name; cases++) {
        found |= rf_slice_is(name, cases->name);
        ++*ret_count;
    }
    return found;
}

/* The type in which scripts answer the host, if it has this constructor. */
static const rf_fus_case_ref *declare_host_case(rf_fus_inference *inference, rf_slice name) {
    const rf_fus_host_case *cases = inference->engine->host_cases;
    uint32_t count;
    if (!is_host_case(cases, name, &count))
        return NULL;
    rf_fus_type_decl *decl = new_decl(inference, RF_SLICE("Answer"), 0, count);
    rf_fus_type **payload = rf_fus_type_room(&inference->types, 1);
    if (!decl || !payload)
        return NULL;
    *payload = rf_fus_dynamic();
    decl->kind = RF_FUS_TYPE_UNION;
    decl->state = 2;
    for (uint32_t i = 0; i < count; i++) {
        decl->cases[i] = (rf_fus_type_case){
            .name = rf_slice_of(cases[i].name), .at = RF_FUS_NOWHERE, .types = payload, .count = cases[i].has_value
        };
        if (!rf_table_get(&inference->cases, decl->cases[i].name))
            put_case(inference, decl, i);
    }
    return rf_table_get(&inference->cases, name);
}

const rf_fus_case_ref *rf_fus_infer_case(rf_fus_inference *inference, rf_slice name, rf_fus_type *want) {
    const rf_fus_case_ref *newest = rf_table_get(&inference->cases, name);
    if (!newest)
        newest = declare_library_case(inference, name);
    if (!newest)
        return declare_host_case(inference, name);
    if (!newest->older)
        return newest;
    rf_fus_type *found = want ? rf_fus_type_find(want) : NULL;
    for (const rf_fus_case_ref *ref = newest; ref && found && found->kind == RF_FUS_TYPE_NAMED; ref = ref->older)
        if (ref->decl == found->decl)
            return ref;
    for (const rf_fus_case_ref *ref = newest; ref; ref = ref->older)
        if (is_visible(inference, ref->decl->module))
            return ref;
    return newest;
}

rf_fus_type *rf_fus_infer_instance(rf_fus_inference *inference, rf_fus_type_decl *decl) {
    rf_fus_infer_ready(inference, decl);
    rf_fus_type **args = rf_fus_type_room(&inference->types, decl->var_count);
    if (decl->is_exception || !args)
        return rf_fus_type_plain(RF_FUS_TYPE_EXN);
    for (uint32_t i = 0; i < decl->var_count; i++)
        args[i] = rf_fus_fresh(inference);
    return rf_fus_type_named(&inference->types, decl, args);
}

rf_fus_type *rf_fus_infer_payload(rf_fus_inference *inference, const rf_fus_case_ref *ref, rf_fus_type *instance, uint32_t index) {
    rf_fus_type_decl *decl = ref->decl;
    rf_fus_infer_ready(inference, decl);
    const rf_fus_type_case *kase = &decl->cases[ref->index];
    if (index >= kase->count || !kase->types || decl->state != 2)
        return rf_fus_dynamic();
    rf_fus_type *part = kase->types[index], *found = rf_fus_type_find(instance);
    if (!(rf_fus_type_find(part)->flags & RF_FUS_TYPE_HAS_GENERIC))
        return part;
    bool is_instance = found->kind == RF_FUS_TYPE_NAMED && found->decl == decl;
    return is_instance ? rf_fus_type_part(&inference->types, decl, found->items, part) : rf_fus_dynamic();
}

/* Types as written. */

static rf_fus_type *written_var(rf_fus_inference *inference, rf_slice name) {
    const rf_fus_type_decl *decl = inference->decl;
    for (uint32_t i = 0; decl && i < decl->var_count; i++)
        if (rf_slice_eq(decl->item->vars[i], name))
            return decl->vars[i];
    if (decl)
        return rf_fus_dynamic();
    rf_fus_type *type = rf_table_get(&inference->vars, name);
    if (type && rf_fus_type_find(type)->kind != RF_FUS_TYPE_GENERIC)
        return type;
    type = rf_fus_fresh(inference);
    put(inference, &inference->vars, name, type);
    return type;
}

static rf_fus_type *written_tuple(rf_fus_inference *inference, const rf_fus_ty *ty) {
    rf_fus_type **items = rf_fus_type_room(&inference->types, ty->count);
    for (uint32_t i = 0; items && i < ty->count; i++)
        items[i] = rf_fus_infer_written(inference, ty->args[i]);
    return rf_fus_type_tuple(&inference->types, items, ty->count);
}

static rf_fus_type *written_record(rf_fus_inference *inference, const rf_fus_ty *ty) {
    rf_fus_type_field *fields = zeroed(inference, ty->count, sizeof *fields);
    for (uint32_t i = 0; fields && i < ty->count; i++)
        fields[i] = (rf_fus_type_field){ .name = ty->names[i], .type = rf_fus_infer_written(inference, ty->args[i]) };
    return rf_fus_type_record(&inference->types, fields, ty->count, NULL);
}

static const struct { const char *name; rf_fus_type_kind kind; } plain_names[] = {
    { "int", RF_FUS_TYPE_INT },       { "string", RF_FUS_TYPE_STRING }, { "float", RF_FUS_TYPE_FLOAT }, { "bool", RF_FUS_TYPE_BOOL },
    { "unit", RF_FUS_TYPE_UNIT },     { "char", RF_FUS_TYPE_STRING },   { "obj", RF_FUS_TYPE_DYNAMIC }, { "exn", RF_FUS_TYPE_EXN },
    { "double", RF_FUS_TYPE_FLOAT },  { "int64", RF_FUS_TYPE_INT },     { "int32", RF_FUS_TYPE_INT },   { "byte", RF_FUS_TYPE_INT },
    { "int16", RF_FUS_TYPE_INT },     { "single", RF_FUS_TYPE_FLOAT },  { "String", RF_FUS_TYPE_STRING }, { "float32", RF_FUS_TYPE_FLOAT },
    { "decimal", RF_FUS_TYPE_FLOAT }, { "uint64", RF_FUS_TYPE_INT },    { "Exception", RF_FUS_TYPE_EXN }, { "dynamic", RF_FUS_TYPE_DYNAMIC },
};

/* NULL: no built-in type of that name. */
static rf_fus_type *written_built_in(rf_fus_inference *inference, rf_slice name, const rf_fus_ty *ty) {
    for (size_t i = 0; ty->count == 0 && i < sizeof plain_names / sizeof *plain_names; i++)
        if (rf_slice_is(name, plain_names[i].name))
            return rf_fus_type_plain(plain_names[i].kind);
    if (ty->count != 1)
        return NULL;
    bool is_list = rf_slice_is(name, "list") || rf_slice_is(name, "List");
    if (is_list || rf_slice_is(name, "array") || rf_slice_is(name, "Array")) {
        rf_fus_type *item = rf_fus_infer_written(inference, ty->args[0]);
        return rf_fus_type_of(&inference->types, is_list ? RF_FUS_TYPE_LIST : RF_FUS_TYPE_ARRAY, item);
    }
    return rf_slice_is(name, "seq") ? rf_fus_dynamic() : NULL;
}

/* Something is wrong with a written type: said once for each name. */
static rf_fus_type *wrong(rf_fus_inference *inference, const rf_fus_ty *ty, const char *message, const char *hint) {
    if (!rf_table_get(&inference->unknown, ty->name)) {
        put(inference, &inference->unknown, ty->name, (void *)(uintptr_t)ty);
        rf_fus_infer_clash(inference, &(rf_fus_clash){ .at = ty->at, .end = ty->end, .other = RF_FUS_NOWHERE, .name = ty->name,
                                                       .message = message, .hint = hint });
    }
    return rf_fus_dynamic();
}

static rf_fus_type *written_name(rf_fus_inference *inference, const rf_fus_ty *ty) {
    rf_fus_type_decl *decl = find_decl(inference, ty->name);
    if (!decl || !decl->item) {
        rf_fus_type *type = written_built_in(inference, last_part(ty->name), ty);
        if (type)
            return type;
    }
    if (!decl && rf_slice_is(last_part(ty->name), "Option"))
        decl = inference->option;
    if (!decl)
        return wrong(inference, ty, "unknown type `{name}`",
                     "what it describes stays unchecked: declare the type, or leave the annotation out");
    if (decl->var_count != ty->count)
        return wrong(inference, ty, "`{name}` is written with another number of type arguments than it is declared with", NULL);
    if (decl->kind == RF_FUS_TYPE_OPAQUE && decl->item)
        return rf_fus_dynamic();
    rf_fus_type **args = rf_fus_type_room(&inference->types, ty->count);
    for (uint32_t i = 0; args && i < ty->count; i++)
        args[i] = rf_fus_infer_written(inference, ty->args[i]);
    if (!args || decl->kind != RF_FUS_TYPE_ALIAS)
        return rf_fus_type_named(&inference->types, decl, args);
    rf_fus_infer_ready(inference, decl);
    if (decl->state != 2)
        return wrong(inference, ty, "the type `{name}` stands for itself", NULL);
    return rf_fus_type_part(&inference->types, decl, args, decl->alias);
}

rf_fus_type *rf_fus_infer_written(rf_fus_inference *inference, const rf_fus_ty *ty) {
    assert(ty);
    switch (ty->kind) {
    case RF_FUS_TY_NAME:
        return written_name(inference, ty);
    case RF_FUS_TY_VAR:
        return written_var(inference, ty->name);
    case RF_FUS_TY_FUN: {
        rf_fus_type *from = rf_fus_infer_written(inference, ty->args[0]);
        return rf_fus_type_fun(&inference->types, from, rf_fus_infer_written(inference, ty->args[1]));
    }
    case RF_FUS_TY_TUPLE:
        return written_tuple(inference, ty);
    case RF_FUS_TY_RECORD:
        return written_record(inference, ty);
    default: /* _: whatever it turns out to be */
        return inference->decl ? rf_fus_dynamic() : rf_fus_fresh(inference);
    }
}
