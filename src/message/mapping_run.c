/* mapping_run.c: the statements of a mapping, run on a message. */
#include "message/mapping_ast.h"

#include "base/slice.h"
#include "base/source.h"

#include <assert.h>

#define ROOM_FIRST 8

static rf_value empty_map(void) { return (rf_value){ .kind = RF_MAP, .size = 0, .members = NULL }; }

static rf_code cannot_set(rf_mapping_env *env, const rf_mapping_statement *statement, rf_slice name, const rf_value *within) {
    return rf_mapping_place(
        env->mapping, statement->offset,
        rf_raise(env->reterr, RF_ESCRIPT, "cannot set `%.*s` within a %s", RF_SLICE_ARG(name), rf_mapping_type_name(within)), env->reterr);
}

/* Makes the members our own, with room for `more`; `room` (NULL: not kept) is how many fit the array already. */
static bool own_members(rf_arena *arena, rf_value *map, uint32_t more, uint32_t *room) {
    if (room && *room >= map->size + more)
        return true;
    uint32_t cap = map->size + more;
    if (room)
        cap = cap < ROOM_FIRST ? ROOM_FIRST : cap + cap / 2;
    rf_member *members = rf_arena_alloc(arena, (size_t)cap * sizeof *members);
    if (!members)
        return false;
    if (map->size)
        memcpy(members, map->members, map->size * sizeof *members);
    map->members = members;
    if (room)
        *room = cap;
    return true;
}

static void remove_member(rf_value *map, const rf_value *member) {
    uint32_t at = (uint32_t)((const rf_member *)(const void *)((const char *)member - offsetof(rf_member, value)) - map->members);
    memmove(&map->members[at], &map->members[at + 1], (map->size - at - 1) * sizeof *map->members);
    map->size--;
}

/* The item of a list that a name of digits stands for, in a copy of the list; NULL: there is none, or no memory (then *ret_nomem). */
static rf_value *own_item(rf_arena *arena, rf_value *list, rf_slice name, bool *ret_nomem) {
    uint64_t at = 0;
    *ret_nomem = false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < '0' || name.data[i] > '9' || at > UINT32_MAX)
            return NULL;
        at = at * 10 + (uint64_t)(name.data[i] - '0');
    }
    if (!name.len || at >= list->size)
        return NULL;
    rf_value *items = rf_arena_alloc(arena, list->size * sizeof *items);
    *ret_nomem = !items;
    if (!items)
        return NULL;
    memcpy(items, list->items, list->size * sizeof *items);
    list->items = items;
    return &items[at];
}

/* Sets within `map`, copying every object on the way: what is there may be shared. */
static rf_code set_in(rf_mapping_env *env, const rf_mapping_statement *statement, uint32_t from, rf_value *map, uint32_t *room,
                      const rf_value *value) {
    rf_arena *arena = &env->batch->arena;
    for (uint32_t i = from; i < statement->path_count; i++, room = NULL) {
        rf_slice name = statement->path[i];
        bool last = i + 1 == statement->path_count, remove = rf_mapping_is_deleted(value), nomem = false;
        rf_value *member = NULL;
        if (map->kind == RF_LIST) {
            member = own_item(arena, map, name, &nomem);
            if (nomem)
                return rf_raise_nomem(env->reterr);
            if (!member || (last && remove))
                return cannot_set(env, statement, name, map);
        } else if (map->kind != RF_MAP) {
            return cannot_set(env, statement, name, map);
        } else {
            bool there = rf_value_member(map, name) != NULL;
            if (remove && !there)
                return RF_OK;
            if (!own_members(arena, map, there ? 0 : 1, room))
                return rf_raise_nomem(env->reterr);
            if (!there)
                map->members[map->size++] = (rf_member){ name, rf_null() };
            member = there ? rf_value_member(map, name) : &map->members[map->size - 1].value;
            if (last && remove) {
                remove_member(map, member);
                return RF_OK;
            }
        }
        if (last)
            *member = *value;
        else if (member->kind == RF_NULL)
            *member = empty_map();
        map = member;
    }
    return RF_OK;
}

/* What root is before the first change: a mutation's document, what the target holds, or an empty object. */
static rf_code begin_root(rf_mapping_env *env, const rf_mapping_statement *statement) {
    rf_mapping_doc *doc = &env->doc;
    if (doc->set && !doc->deleted)
        return RF_OK;
    rf_value root = empty_map();
    if (!doc->set && (env->mutates || (env->target && !env->depth))) {
        rf_code code = env->target && !env->depth ? rf_mapping_target_document(env, statement->node, &root)
                                                  : rf_mapping_document(env, statement->node, &root);
        if (code)
            return code;
    }
    *doc = (rf_mapping_doc){ .root = root, .set = true };
    return RF_OK;
}

static rf_code set_payload(rf_mapping_env *env, const rf_mapping_statement *statement, const rf_value *value) {
    rf_mapping_doc *doc = &env->doc;
    if (statement->path_count == 0) {
        bool deleted = rf_mapping_is_deleted(value);
        *doc = (rf_mapping_doc){ .root = deleted ? rf_null() : *value, .set = true, .deleted = deleted };
        return RF_OK;
    }
    rf_code code = begin_root(env, statement);
    return code ? code : set_in(env, statement, 0, &doc->root, &doc->room, value);
}

/* All metadata at once: an object, or deleted(). */
static rf_code set_all_meta(rf_mapping_env *env, const rf_mapping_statement *statement, const rf_value *value) {
    if (value->kind != RF_MAP && !rf_mapping_is_deleted(value))
        return rf_mapping_mismatch(env, statement->node, statement->node, "object", value);
    rf_message *target = env->target ? env->target : env->message;
    target->meta = (rf_meta){ .frozen = false };
    for (uint32_t i = 0; value->kind == RF_MAP && i < value->size; i++)
        if (!rf_batch_set_meta(env->batch, target, value->members[i].key, value->members[i].value))
            return rf_raise_nomem(env->reterr);
    return RF_OK;
}

static rf_code set_meta(rf_mapping_env *env, const rf_mapping_statement *statement, const rf_value *value) {
    if (statement->path_count == 0)
        return set_all_meta(env, statement, value);
    rf_value stored = rf_mapping_is_deleted(value) ? rf_string(RF_SLICE("")) : *value; /* an empty text deletes */
    if (!rf_batch_set_meta(env->batch, env->target ? env->target : env->message, statement->path[0], stored))
        return rf_raise_nomem(env->reterr);
    return RF_OK;
}

static rf_code run_if(rf_mapping_env *env, const rf_mapping_statement *statement) {
    rf_value value;
    rf_code code = rf_mapping_eval(env, statement->node, &value);
    if (!code && value.kind != RF_BOOL)
        code = rf_mapping_mismatch(env, statement->node, statement->node, "bool", &value);
    return code ? code : rf_mapping_run_block(env, value.truth ? &statement->then : &statement->otherwise);
}

static rf_code assign(rf_mapping_env *env, const rf_mapping_statement *statement) {
    rf_value value;
    rf_code code = rf_mapping_eval(env, statement->node, &value);
    if (code || rf_mapping_is_nothing(&value))
        return code;
    if (statement->target == RF_TARGET_VAR)
        return rf_mapping_set_var(env, statement->node, statement->slot, &value);
    if (value.kind == RF_LIST || value.kind == RF_MAP)
        code = rf_mapping_weigh(env, statement->node, &value);
    if (code)
        return code;
    return statement->target == RF_TARGET_META ? set_meta(env, statement, &value) : set_payload(env, statement, &value);
}

/* Says which line of the mapping failed, as the original does: logs and error() show the message without its place. */
static void prefix_line(const rf_mapping *mapping, const rf_mapping_statement *statement, rf_error *reterr) {
    rf_source source = { "mapping", mapping->text };
    uint32_t line = 1, column = 1;
    rf_source_locate(&source, statement->offset, &line, &column);
    rf_error_prefix(reterr, "failed assignment (line %u): ", line);
}

rf_code rf_mapping_run_block(rf_mapping_env *env, const rf_mapping_block *block) {
    for (uint32_t i = 0; i < block->count; i++) {
        const rf_mapping_statement *statement = &block->statements[i];
        bool branches = statement->target == RF_TARGET_IF;
        rf_code code = branches ? run_if(env, statement) : assign(env, statement);
        if (code == RF_ESCRIPT && !branches && !env->depth)
            prefix_line(env->mapping, statement, env->reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

rf_mapping_env rf_mapping_env_of(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch, uint32_t index, rf_error *reterr) {
    assert(mapping && state && batch && index < batch->count);
    return (rf_mapping_env){
        .mapping = mapping, .state = state, .batch = batch, .message = &batch->messages[index], .reterr = reterr,
        .batch_index = index, .batch_size = RF_MAPPING_ASK_BATCH, .held_bytes = batch->arena.held_bytes,
    };
}

rf_code rf_mapping_result(rf_mapping_env *env, rf_value *ret_value) {
    assert(env && ret_value);
    rf_code code = rf_mapping_run_block(env, &env->mapping->block);
    if (!code)
        *ret_value = env->doc.deleted ? rf_mapping_deleted() : env->doc.root;
    return code;
}

/* The payload that root has become: texts and bytes are the payload's bytes. */
static void take_payload(const rf_mapping_env *env, rf_message *message) {
    const rf_value *root = &env->doc.root;
    if (!env->doc.set || env->doc.deleted)
        return;
    message->payload = rf_mapping_has_text(root) ? rf_text(RF_RAW, rf_value_text(root)) : *root;
}

rf_code rf_mapping_run(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch, rf_message *message,
                       bool *ret_deleted, rf_error *reterr) {
    assert(mapping && state && batch && message && ret_deleted);
    bool within = message >= batch->messages && message < batch->messages + batch->count;
    rf_mapping_env env = {
        .mapping = mapping, .state = state, .batch = batch, .message = message, .reterr = reterr, .known = RF_KNOWN_NONE,
        .batch_size = within ? message - batch->messages : (int64_t)batch->count, .held_bytes = batch->arena.held_bytes,
    };
    rf_code code = rf_mapping_run_block(&env, &mapping->block);
    if (code)
        return code;
    take_payload(&env, message);
    *ret_deleted = env.doc.deleted;
    return RF_OK;
}

rf_code rf_mapping_change(const rf_mapping *mapping, rf_mapping_state *state, bool mutates, rf_batch *batch, const rf_mapping_turn *turn,
                          bool *ret_deleted, rf_error *reterr) {
    assert(mapping && state && batch && turn && turn->message && ret_deleted);
    rf_mapping_env env = {
        .mapping = mapping, .state = state, .batch = batch, .message = turn->message, .reterr = reterr, .mutates = mutates,
        .batch_index = turn->index, .batch_size = RF_MAPPING_ASK_BATCH, .held_bytes = batch->arena.held_bytes,
    };
    rf_code code = rf_mapping_run_block(&env, &mapping->block);
    if (code)
        return code;
    take_payload(&env, turn->message);
    *ret_deleted = env.doc.deleted;
    return RF_OK;
}

rf_code rf_mapping_overlay(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch, const rf_mapping_turn *turn,
                           bool *ret_deleted, rf_error *reterr) {
    assert(mapping && state && batch && turn && turn->message && turn->index < batch->count && ret_deleted);
    rf_mapping_env env = rf_mapping_env_of(mapping, state, batch, turn->index, reterr);
    env.target = turn->message;
    rf_code code = rf_mapping_run_block(&env, &mapping->block);
    if (code)
        return code;
    take_payload(&env, turn->message);
    *ret_deleted = env.doc.deleted;
    return RF_OK;
}
