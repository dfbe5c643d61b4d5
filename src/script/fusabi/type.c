/* type.c: type nodes, unification and generalisation. */
#include "script/fusabi/type.h"

#include <assert.h>

#define DEPTH_MAX 300 /* of recursion into a type: what lies deeper is not looked at */

static const rf_fus_type plain_types[] = {
    [RF_FUS_TYPE_DYNAMIC] = { .kind = RF_FUS_TYPE_DYNAMIC }, [RF_FUS_TYPE_EXN] = { .kind = RF_FUS_TYPE_EXN },
    [RF_FUS_TYPE_UNIT] = { .kind = RF_FUS_TYPE_UNIT },       [RF_FUS_TYPE_BOOL] = { .kind = RF_FUS_TYPE_BOOL },
    [RF_FUS_TYPE_INT] = { .kind = RF_FUS_TYPE_INT },         [RF_FUS_TYPE_FLOAT] = { .kind = RF_FUS_TYPE_FLOAT },
    [RF_FUS_TYPE_STRING] = { .kind = RF_FUS_TYPE_STRING },
};

rf_fus_type *rf_fus_type_plain(rf_fus_type_kind kind) {
    assert(kind >= RF_FUS_TYPE_DYNAMIC && kind <= RF_FUS_TYPE_STRING);
    return (rf_fus_type *)(uintptr_t)&plain_types[kind]; /* level 0 and no LINK: nobody writes it */
}

static rf_fus_type *dynamic(void) { return rf_fus_type_plain(RF_FUS_TYPE_DYNAMIC); }

/* A node, or NULL with `no_memory`. */
static rf_fus_type *node(rf_fus_types *types, rf_fus_type_kind kind, unsigned flags, uint32_t level) {
    rf_fus_type *type = rf_arena_alloc(types->arena, sizeof *type);
    if (RF_UNLIKELY(!type)) {
        types->no_memory = true;
        return NULL;
    }
    *type = (rf_fus_type){ .kind = (uint8_t)kind, .flags = (uint8_t)flags, .level = level };
    return type;
}

rf_fus_type **rf_fus_type_room(rf_fus_types *types, uint32_t count) {
    rf_fus_type **room = rf_arena_alloc(types->arena, (count ? count : 1) * sizeof *room);
    if (!room)
        types->no_memory = true;
    return room;
}

rf_fus_type *rf_fus_type_var(rf_fus_types *types, unsigned flags) {
    rf_fus_type *type = node(types, RF_FUS_TYPE_VAR, flags, types->level);
    return type ? type : dynamic();
}

rf_fus_type *rf_fus_type_generic(rf_fus_types *types, unsigned flags) {
    rf_fus_type *type = node(types, RF_FUS_TYPE_GENERIC, flags | RF_FUS_TYPE_HAS_GENERIC, 0);
    return type ? type : dynamic();
}

static uint32_t max_level(uint32_t a, uint32_t b) { return a > b ? a : b; }

rf_fus_type *rf_fus_type_fun(rf_fus_types *types, rf_fus_type *from, rf_fus_type *to) {
    const rf_fus_type *a = rf_fus_type_find(from), *b = rf_fus_type_find(to);
    rf_fus_type *type = node(types, RF_FUS_TYPE_FUN, (a->flags | b->flags) & RF_FUS_TYPE_HAS_GENERIC, max_level(a->level, b->level));
    if (!type)
        return dynamic();
    type->from = from;
    type->to = to;
    return type;
}

rf_fus_type *rf_fus_type_of(rf_fus_types *types, rf_fus_type_kind kind, rf_fus_type *item) {
    assert(kind == RF_FUS_TYPE_LIST || kind == RF_FUS_TYPE_ARRAY);
    const rf_fus_type *found = rf_fus_type_find(item);
    rf_fus_type *type = node(types, kind, found->flags & RF_FUS_TYPE_HAS_GENERIC, found->level);
    if (!type)
        return dynamic();
    type->from = item;
    return type;
}

static rf_fus_type *with_items(rf_fus_types *types, rf_fus_type_kind kind, rf_fus_type **items, uint32_t count) {
    unsigned flags = 0;
    uint32_t level = 0;
    if (count > UINT16_MAX || !items)
        return dynamic();
    for (uint32_t i = 0; i < count; i++) {
        const rf_fus_type *found = rf_fus_type_find(items[i]);
        flags |= found->flags & RF_FUS_TYPE_HAS_GENERIC;
        level = max_level(level, found->level);
    }
    rf_fus_type *type = node(types, kind, flags, level);
    if (!type)
        return dynamic();
    type->count = (uint16_t)count;
    type->items = items;
    return type;
}

rf_fus_type *rf_fus_type_tuple(rf_fus_types *types, rf_fus_type **items, uint32_t count) {
    return with_items(types, RF_FUS_TYPE_TUPLE, items, count);
}

rf_fus_type *rf_fus_type_named(rf_fus_types *types, rf_fus_type_decl *decl, rf_fus_type **args) {
    rf_fus_type *type = with_items(types, RF_FUS_TYPE_NAMED, args, decl->var_count);
    if (type->kind == RF_FUS_TYPE_NAMED)
        type->decl = decl;
    return type;
}

rf_fus_type *rf_fus_type_find_far(rf_fus_type *type) {
    rf_fus_type *last = type;
    while (last->link->kind == RF_FUS_TYPE_LINK)
        last = last->link;
    rf_fus_type *root = last->link;
    while (type != last) { /* all point at the root now, and say what bound it */
        rf_fus_type *next = type->link;
        type->link = root;
        type->at = last->at;
        type->end = last->end;
        type = next;
    }
    return root;
}

/* Takes fuel for a node; false: deep or out of fuel, the node is not to be entered. */
static bool enter(rf_fus_types *types, unsigned depth) {
    if (RF_UNLIKELY(depth > DEPTH_MAX || types->fuel == 0))
        return false;
    types->fuel--;
    return true;
}

static bool lower_record(rf_fus_types *types, const rf_fus_type *variable, uint32_t level, rf_fus_type *type, unsigned depth) {
    for (uint32_t i = 0; i < type->count; i++)
        if (!rf_fus_type_lower(types, variable, level, type->fields[i].type, depth + 1))
            return false;
    return !type->rest || rf_fus_type_lower(types, variable, level, type->rest, depth + 1);
}

/* Variables in `type` come up to `level`. False: `variable` is among them, or the type is too large to tell. */
bool rf_fus_type_lower(rf_fus_types *types, const rf_fus_type *variable, uint32_t level, rf_fus_type *type, unsigned depth) {
    for (;;) {
        type = rf_fus_type_find(type);
        if (type == variable)
            return false;
        if (type->level < level || type->level == 0)
            return true;
        if (type->kind == RF_FUS_TYPE_VAR) {
            type->level = level;
            return true;
        }
        if (!enter(types, depth))
            return false;
        type->level = level;
        switch (type->kind) {
        case RF_FUS_TYPE_FUN:
            if (!rf_fus_type_lower(types, variable, level, type->from, depth + 1))
                return false;
            type = type->to;
            break;
        case RF_FUS_TYPE_LIST: case RF_FUS_TYPE_ARRAY:
            type = type->from;
            break;
        case RF_FUS_TYPE_TUPLE: case RF_FUS_TYPE_NAMED:
            for (uint32_t i = 0; i < type->count; i++)
                if (!rf_fus_type_lower(types, variable, level, type->items[i], depth + 1))
                    return false;
            return true;
        case RF_FUS_TYPE_RECORD:
            return lower_record(types, variable, level, type, depth);
        default:
            return true;
        }
    }
}

static void link_to(const rf_fus_types *types, rf_fus_type *variable, rf_fus_type *type) {
    variable->kind = RF_FUS_TYPE_LINK;
    variable->link = type;
    variable->at = types->at;
    variable->end = types->end;
}

bool rf_fus_type_bind(rf_fus_types *types, rf_fus_type *variable, rf_fus_type *type) {
    assert(variable->kind == RF_FUS_TYPE_VAR && type->kind != RF_FUS_TYPE_LINK && variable != type);
    if (type->kind == RF_FUS_TYPE_VAR) { /* the one of the outer let stays */
        rf_fus_type *stays = variable->level < type->level ? variable : type;
        rf_fus_type *goes = stays == variable ? type : variable;
        stays->flags |= goes->flags;
        link_to(types, goes, stays);
        return true;
    }
    bool is_number = type->kind == RF_FUS_TYPE_INT || type->kind == RF_FUS_TYPE_FLOAT || rf_fus_type_is_dynamic(type);
    if ((variable->flags & RF_FUS_TYPE_NUM) && !is_number)
        return false;
    if (type->level && !rf_fus_type_lower(types, variable, variable->level, type, 0)) {
        types->is_infinite = true;
        link_to(types, variable, dynamic());
        return types->fuel == 0; /* a program too large for us is no mistake of its author */
    }
    link_to(types, variable, type);
    return true;
}

static bool unify_items(rf_fus_types *types, const rf_fus_type *a, const rf_fus_type *b, unsigned depth) {
    if (a->count != b->count || (a->kind == RF_FUS_TYPE_NAMED && a->decl != b->decl))
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!rf_fus_type_unify_at(types, a->items[i], b->items[i], depth + 1))
            return false;
    return true;
}

/* Two different types, none a variable, of which one is dynamic, or whose kinds differ. */
static bool unify_unlike(rf_fus_types *types, rf_fus_type *a, rf_fus_type *b, unsigned depth) {
    if (rf_fus_type_is_dynamic(a) || rf_fus_type_is_dynamic(b) || a->kind == RF_FUS_TYPE_GENERIC || b->kind == RF_FUS_TYPE_GENERIC) {
        types->met_dynamic = true;
        return true;
    }
    if (a->kind == RF_FUS_TYPE_NAMED && b->kind == RF_FUS_TYPE_RECORD)
        return rf_fus_type_unify_named(types, a, b, depth);
    if (a->kind == RF_FUS_TYPE_RECORD && b->kind == RF_FUS_TYPE_NAMED)
        return rf_fus_type_unify_named(types, b, a, depth);
    return false;
}

bool rf_fus_type_unify_at(rf_fus_types *types, rf_fus_type *a, rf_fus_type *b, unsigned depth) {
    for (;;) {
        a = rf_fus_type_find(a);
        b = rf_fus_type_find(b);
        if (a == b)
            return true;
        if (a->kind == RF_FUS_TYPE_VAR)
            return rf_fus_type_bind(types, a, b);
        if (b->kind == RF_FUS_TYPE_VAR)
            return rf_fus_type_bind(types, b, a);
        if (a->kind != b->kind || a->kind < RF_FUS_TYPE_FUN)
            return !enter(types, depth) || unify_unlike(types, a, b, depth);
        if (!enter(types, depth))
            return true;
        switch (a->kind) {
        case RF_FUS_TYPE_FUN:
            if (!rf_fus_type_unify_at(types, a->from, b->from, depth + 1))
                return false;
            a = a->to;
            b = b->to;
            break;
        case RF_FUS_TYPE_LIST: case RF_FUS_TYPE_ARRAY:
            a = a->from;
            b = b->from;
            break;
        case RF_FUS_TYPE_RECORD:
            return rf_fus_type_unify_records(types, a, b, depth);
        default:
            return unify_items(types, a, b, depth);
        }
    }
}

bool rf_fus_type_unify(rf_fus_types *types, rf_fus_type *a, rf_fus_type *b) {
    types->is_infinite = false;
    return a == b || rf_fus_type_unify_at(types, a, b, 0);
}

bool rf_fus_type_number(rf_fus_types *types, rf_fus_type *type) {
    rf_fus_type *found = rf_fus_type_find(type);
    types->is_infinite = false;
    if (found->kind == RF_FUS_TYPE_VAR) {
        found->flags |= RF_FUS_TYPE_NUM;
        return true;
    }
    return found->kind == RF_FUS_TYPE_INT || found->kind == RF_FUS_TYPE_FLOAT || rf_fus_type_is_dynamic(found);
}

/* What a part says about the whole: its level and whether it has generics. */
static void note_part(rf_fus_type *whole, rf_fus_type *part) {
    const rf_fus_type *found = rf_fus_type_find(part);
    whole->flags |= found->flags & RF_FUS_TYPE_HAS_GENERIC;
    whole->level = max_level(whole->level, found->level);
}

static void generalise(rf_fus_types *types, rf_fus_type *type, unsigned depth);

static void generalise_parts(rf_fus_types *types, rf_fus_type *type, unsigned depth) {
    if (type->kind == RF_FUS_TYPE_FUN || type->kind == RF_FUS_TYPE_LIST || type->kind == RF_FUS_TYPE_ARRAY) {
        generalise(types, type->from, depth);
        if (type->kind == RF_FUS_TYPE_FUN)
            generalise(types, type->to, depth);
        type->level = 0;
        note_part(type, type->from);
        if (type->kind == RF_FUS_TYPE_FUN)
            note_part(type, type->to);
        return;
    }
    bool is_record = type->kind == RF_FUS_TYPE_RECORD;
    for (uint32_t i = 0; i < type->count; i++)
        generalise(types, is_record ? type->fields[i].type : type->items[i], depth);
    if (is_record && type->rest)
        generalise(types, type->rest, depth);
    type->level = 0;
    for (uint32_t i = 0; i < type->count; i++)
        note_part(type, is_record ? type->fields[i].type : type->items[i]);
    if (is_record && type->rest)
        note_part(type, type->rest);
}

static void generalise(rf_fus_types *types, rf_fus_type *type, unsigned depth) {
    type = rf_fus_type_find(type);
    if (type->level <= types->level || !enter(types, depth))
        return;
    if (type->kind == RF_FUS_TYPE_RECORD && types->settle) {
        types->settle(types->user, type);
        type = rf_fus_type_find(type);
    }
    if (type->kind == RF_FUS_TYPE_VAR) {
        type->kind = RF_FUS_TYPE_GENERIC;
        type->flags |= RF_FUS_TYPE_HAS_GENERIC;
        type->level = 0;
        type->link = NULL;
        type->at = type->end = 0;
    } else if (type->kind >= RF_FUS_TYPE_FUN) {
        generalise_parts(types, type, depth + 1);
    }
}

void rf_fus_type_generalise(rf_fus_types *types, rf_fus_type *type) { generalise(types, type, 0); }

void rf_fus_type_keep(rf_fus_types *types, rf_fus_type *type) {
    if (rf_fus_type_find(type)->level > types->level)
        (void)rf_fus_type_lower(types, NULL, types->level, type, 0);
}

static rf_fus_type *copy(rf_fus_types *types, rf_fus_type *type, unsigned depth);

static rf_fus_type *copy_record(rf_fus_types *types, rf_fus_type *type, unsigned depth) {
    rf_fus_type_field *fields = rf_arena_alloc(types->arena, (type->count + 1u) * sizeof *fields);
    rf_fus_type *made = fields ? node(types, RF_FUS_TYPE_RECORD, 0, 0) : NULL;
    if (!made) {
        types->no_memory = true;
        return dynamic();
    }
    made->count = type->count;
    made->fields = fields;
    for (uint32_t i = 0; i < type->count; i++) {
        fields[i] = type->fields[i];
        fields[i].type = copy(types, type->fields[i].type, depth);
        note_part(made, fields[i].type);
    }
    if (type->rest) {
        made->rest = copy(types, type->rest, depth);
        note_part(made, made->rest);
    }
    return made;
}

static rf_fus_type *copy_items(rf_fus_types *types, const rf_fus_type *type, unsigned depth) {
    rf_fus_type **items = rf_fus_type_room(types, type->count);
    if (!items)
        return dynamic();
    for (uint32_t i = 0; i < type->count; i++)
        items[i] = copy(types, type->items[i], depth);
    return type->kind == RF_FUS_TYPE_NAMED ? rf_fus_type_named(types, type->decl, items) : rf_fus_type_tuple(types, items, type->count);
}

/* The same type with each GENERIC replaced by its variable of this copy. Parts without any are shared. */
static rf_fus_type *copy(rf_fus_types *types, rf_fus_type *type, unsigned depth) {
    rf_fus_type *found = rf_fus_type_find(type);
    if (!(found->flags & RF_FUS_TYPE_HAS_GENERIC))
        return type;
    if (found->kind == RF_FUS_TYPE_GENERIC) {
        if (found->at != types->copy) {
            found->link = rf_fus_type_var(types, found->flags & RF_FUS_TYPE_NUM);
            found->at = types->copy;
        }
        return found->link;
    }
    if (!enter(types, depth))
        return dynamic();
    switch (found->kind) {
    case RF_FUS_TYPE_FUN: {
        rf_fus_type *from = copy(types, found->from, depth + 1);
        return rf_fus_type_fun(types, from, copy(types, found->to, depth + 1));
    }
    case RF_FUS_TYPE_LIST: case RF_FUS_TYPE_ARRAY:
        return rf_fus_type_of(types, found->kind, copy(types, found->from, depth + 1));
    case RF_FUS_TYPE_RECORD:
        return copy_record(types, found, depth + 1);
    default:
        return copy_items(types, found, depth + 1);
    }
}

rf_fus_type *rf_fus_type_copy(rf_fus_types *types, rf_fus_type *type) {
    types->copy++;
    return copy(types, type, 0);
}

rf_fus_type *rf_fus_type_part(rf_fus_types *types, const rf_fus_type_decl *decl, rf_fus_type **args, rf_fus_type *part) {
    types->copy++;
    for (uint32_t i = 0; i < decl->var_count; i++) {
        decl->vars[i]->link = args[i];
        decl->vars[i]->at = types->copy;
    }
    return copy(types, part, 0);
}
