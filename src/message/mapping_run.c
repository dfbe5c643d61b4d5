/* mapping_run.c: the statements of a mapping, run on a message. */
#include "message/mapping_ast.h"

#include "base/slice.h"
#include "base/source.h"

#include <assert.h>

/* The payload while statements change it. */
typedef struct document {
    rf_value root;
    bool set; /* some statement has set it */
    bool deleted;
} document;

static rf_value empty_map(void) { return (rf_value){ .kind = RF_MAP, .size = 0, .members = NULL }; }

/* A new member at the end, null for now; NULL: out of memory. */
static rf_value *add_member(rf_arena *arena, rf_value *map, rf_slice key) {
    assert(map->kind == RF_MAP);
    rf_member *members = rf_arena_alloc(arena, ((size_t)map->size + 1) * sizeof *members);
    if (!members)
        return NULL;
    if (map->size)
        memcpy(members, map->members, map->size * sizeof *members);
    members[map->size] = (rf_member){ key, rf_null() };
    map->members = members;
    return &members[map->size++].value;
}

static void remove_member(rf_value *map, rf_slice key) {
    for (uint32_t i = 0; i < map->size; i++) {
        if (!rf_slice_eq(map->members[i].key, key))
            continue;
        memmove(&map->members[i], &map->members[i + 1], (map->size - i - 1) * sizeof *map->members);
        map->size--;
        return;
    }
}

static rf_code set_in(rf_mapping_env *env, const rf_mapping_statement *statement, rf_value *map, const rf_value *value) {
    for (uint32_t i = 0;; i++) {
        rf_slice name = statement->path[i];
        if (map->kind != RF_MAP)
            return rf_mapping_place(env->mapping, statement->offset,
                                    rf_raise(env->reterr, RF_ESCRIPT, "cannot set `%.*s` within a %s", RF_SLICE_ARG(name), rf_mapping_type_name(map)),
                                    env->reterr);
        bool last = i + 1 == statement->path_count;
        rf_value *member = rf_value_member(map, name);
        if (rf_mapping_is_deleted(value) && (last || !member)) {
            remove_member(map, name);
            return RF_OK;
        }
        if (!member && !(member = add_member(&env->batch->arena, map, name)))
            return rf_raise_nomem(env->reterr);
        if (last) {
            *member = *value;
            return RF_OK;
        }
        if (member->kind == RF_NULL)
            *member = empty_map();
        map = member;
    }
}

static rf_code set_payload(rf_mapping_env *env, const rf_mapping_statement *statement, document *doc, const rf_value *value) {
    if (rf_mapping_is_nothing(value))
        return RF_OK;
    if (statement->path_count == 0) {
        doc->deleted = rf_mapping_is_deleted(value);
        doc->set = true;
        doc->root = doc->deleted ? rf_null() : *value;
        return RF_OK;
    }
    if (!doc->set || doc->deleted)
        doc->root = empty_map();
    doc->set = true;
    doc->deleted = false;
    return set_in(env, statement, &doc->root, value);
}

static rf_code set_meta(rf_mapping_env *env, const rf_mapping_statement *statement, const rf_value *value) {
    if (rf_mapping_is_nothing(value))
        return RF_OK;
    rf_value stored = rf_mapping_is_deleted(value) ? rf_string(RF_SLICE("")) : *value; /* an empty text deletes */
    if (!rf_batch_set_meta(env->batch, env->message, statement->path[0], stored))
        return rf_raise_nomem(env->reterr);
    return RF_OK;
}

/* Says which line of the mapping failed, as the original does: logs and error() show the message without its place. */
static void prefix_line(const rf_mapping *mapping, const rf_mapping_statement *statement, rf_error *reterr) {
    rf_source source = { "mapping", mapping->text };
    uint32_t line = 1, column = 1;
    rf_source_locate(&source, statement->offset, &line, &column);
    rf_error_prefix(reterr, "failed assignment (line %u): ", line);
}

static rf_code run_statements(rf_mapping_env *env, document *doc) {
    const rf_mapping *mapping = env->mapping;
    for (uint32_t i = 0; i < mapping->statement_count; i++) {
        const rf_mapping_statement *statement = &mapping->statements[i];
        rf_value value;
        rf_code code = rf_mapping_eval(env, statement->node, &value);
        if (!code)
            code = statement->to_meta ? set_meta(env, statement, &value) : set_payload(env, statement, doc, &value);
        if (code == RF_ESCRIPT)
            prefix_line(mapping, statement, env->reterr);
        if (code)
            return code;
    }
    return RF_OK;
}

rf_mapping_env rf_mapping_env_of(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch, uint32_t index, rf_error *reterr) {
    assert(mapping && state && batch && index < batch->count);
    return (rf_mapping_env){
        .mapping = mapping, .state = state, .batch = batch, .message = &batch->messages[index], .reterr = reterr,
        .batch_index = index, .batch_size = RF_MAPPING_ASK_BATCH,
    };
}

rf_code rf_mapping_result(rf_mapping_env *env, rf_value *ret_value) {
    assert(env && ret_value);
    document doc = { 0 };
    rf_code code = run_statements(env, &doc);
    if (!code)
        *ret_value = doc.deleted ? rf_mapping_deleted() : doc.root;
    return code;
}

rf_code rf_mapping_run(const rf_mapping *mapping, rf_mapping_state *state, rf_batch *batch, rf_message *message,
                       bool *ret_deleted, rf_error *reterr) {
    assert(mapping && state && batch && message && ret_deleted);
    bool within = message >= batch->messages && message < batch->messages + batch->count;
    rf_mapping_env env = {
        .mapping = mapping, .state = state, .batch = batch, .message = message, .reterr = reterr, .known = RF_KNOWN_NONE,
        .batch_size = within ? message - batch->messages : (int64_t)batch->count,
    };
    document doc = { 0 };
    rf_code code = run_statements(&env, &doc);
    if (code)
        return code;
    if (doc.set && !doc.deleted)
        message->payload = doc.root.kind == RF_STRING ? rf_text(RF_RAW, rf_value_text(&doc.root)) : doc.root;
    *ret_deleted = doc.deleted;
    return RF_OK;
}
