/* mapping_source.c: what a mapping reads of the message at hand: its document, metadata and error. */
#include "message/mapping_ast.h"

#include "base/slice.h"
#include "message/json.h"
#include "message/json_complaint.h"

#include <assert.h>
#include <stdio.h>

#define COMPLAINT_BYTES 160

static rf_code give(rf_value *ret_value, rf_value value) {
    *ret_value = value;
    return RF_OK;
}

/* Parses the payload once a run; what was parsed by somebody else is taken as it is. */
static rf_code know_document(rf_mapping_env *env) {
    const rf_value *payload = &env->message->payload;
    if (env->known != RF_KNOWN_NOT_YET)
        return RF_OK;
    env->document = *payload;
    env->known = RF_KNOWN_VALUE;
    if (payload->kind != RF_RAW)
        return RF_OK;
    rf_code code = rf_json_parse(&env->batch->arena, rf_value_text(payload), RF_JSON_LEXEMES, &env->document, NULL);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(env->reterr);
    if (code)
        env->known = RF_KNOWN_NO_JSON;
    return RF_OK;
}

/* Why there is no document, as the parser of the original says it. */
static void complain(const rf_mapping_env *env, char *out, size_t size) {
    if (env->known == RF_KNOWN_NO_JSON)
        rf_json_complaint(rf_value_text(&env->message->payload), out, size);
    else
        (void)snprintf(out, size, "there is no message yet");
}

static rf_code no_context(rf_mapping_env *env, const rf_mapping_node *node, const rf_mapping_node *member) {
    char why[COMPLAINT_BYTES], name[160];
    complain(env, why, sizeof why);
    if (env->bare || env->known == RF_KNOWN_NONE) {
        if (!member)
            return rf_mapping_fail(env, node, "context was undefined");
        return rf_mapping_fail(env, node, "context was undefined, unable to reference `%.*s`", RF_SLICE_ARG(member->names[0]));
    }
    (void)snprintf(name, sizeof name, "this");
    if (member)
        (void)snprintf(name, sizeof name, "this.%.*s", RF_SLICE_ARG(member->names[0]));
    return rf_mapping_fail(env, node, "unable to reference message as structured (with '%s'): parse as json: %s", name, why);
}

/* `member` is the first name behind `this`, for the message; or NULL. */
static rf_code read_this(rf_mapping_env *env, const rf_mapping_node *node, const rf_mapping_node *member, rf_value *ret_value) {
    if (env->context)
        return give(ret_value, *env->context);
    if (env->mutates && env->doc.set) {
        env->doc.room = 0; /* shared from here on */
        return give(ret_value, env->doc.root);
    }
    rf_code code = know_document(env);
    if (code)
        return code;
    if (env->known != RF_KNOWN_VALUE)
        return no_context(env, node, member);
    return give(ret_value, env->document);
}

rf_code rf_mapping_document(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    return read_this(env, node, NULL, ret_value);
}

/* What a statement about a part of root changes first: an empty payload is an empty object. */
rf_code rf_mapping_target_document(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    const rf_value *payload = &env->target->payload;
    char why[COMPLAINT_BYTES];
    if (payload->kind != RF_RAW)
        return give(ret_value, *payload);
    if (payload->size == 0)
        return give(ret_value, (rf_value){ .kind = RF_MAP });
    rf_code code = rf_json_parse(&env->batch->arena, rf_value_text(payload), RF_JSON_LEXEMES, ret_value, NULL);
    if (!code)
        return RF_OK;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(env->reterr);
    rf_json_complaint(rf_value_text(payload), why, sizeof why);
    return rf_mapping_fail(env, node, "unable to reference message as structured (with 'root'): parse as json: %s", why);
}

/* A mutation's root is the document until something sets it. */
rf_code rf_mapping_eval_root(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    if (env->target && !env->depth && !env->doc.set)
        return rf_mapping_target_document(env, node, ret_value);
    if (env->mutates && !env->doc.set) {
        const rf_value *context = env->context;
        env->context = NULL;
        rf_code code = read_this(env, node, NULL, ret_value);
        env->context = context;
        return code;
    }
    env->doc.room = 0; /* shared from here on */
    return give(ret_value, env->doc.set && !env->doc.deleted ? env->doc.root : rf_null());
}

rf_code rf_mapping_eval_this(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    return read_this(env, node, NULL, ret_value);
}

/* The index that a name of digits is, or -1. */
static int64_t index_of(rf_slice name) {
    int64_t at = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < '0' || name.data[i] > '9' || at > UINT32_MAX)
            return -1;
        at = at * 10 + (name.data[i] - '0');
    }
    return name.len ? at : -1;
}

/* The member of an object, the item of a list; null when there is none. */
static rf_value pick(const rf_value *value, rf_slice name) {
    if (value->kind == RF_MAP) {
        const rf_value *member = rf_value_member(value, name);
        return member ? *member : rf_null();
    }
    int64_t at = value->kind == RF_LIST ? index_of(name) : -1;
    return at >= 0 && at < (int64_t)value->size ? value->items[at] : rf_null();
}

rf_code rf_mapping_eval_field(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    assert(node->kind == RF_NODE_FIELD && node->arg_count == 1);
    rf_value of;
    const rf_mapping_node *from = node->args[0];
    rf_code code = from->kind == RF_NODE_THIS ? read_this(env, node, node, &of) : rf_mapping_eval(env, from, &of);
    return code ? code : give(ret_value, pick(&of, node->names[0]));
}

static rf_code resolved(rf_mapping_env *env, rf_value *value, rf_value *ret_value) {
    if (value && !rf_meta_resolve(&env->batch->arena, value))
        return rf_raise_nomem(env->reterr);
    return give(ret_value, value ? *value : rf_null());
}

static rf_code all_metadata(rf_mapping_env *env, rf_message *of, rf_value *ret_value) {
    rf_meta *meta = &of->meta;
    rf_member *members = rf_arena_alloc(&env->batch->arena, meta->count * sizeof *members);
    if (!members)
        return rf_raise_nomem(env->reterr);
    for (uint32_t i = 0; i < meta->count; i++) {
        members[i].key = rf_key_text(meta->entries[i].key);
        rf_code code = resolved(env, &meta->entries[i].value, &members[i].value);
        if (code)
            return code;
    }
    return give(ret_value, (rf_value){ .kind = RF_MAP, .size = meta->count, .members = members });
}

/* The key, interned once a state: a look-up then compares addresses. A state keeps those of the first table it sees. */
static const rf_key *known_key(rf_mapping_env *env, const rf_mapping_node *node) {
    assert(node->slot < env->state->slot_count);
    rf_mapping_state *state = env->state;
    rf_mapping_slot *slot = &state->slots[node->slot];
    const rf_keys *keys = atomic_load_explicit(&state->keys, memory_order_relaxed);
    if (!keys)
        (void)atomic_compare_exchange_strong(&state->keys, &keys, env->batch->keys);
    bool own = atomic_load_explicit(&state->keys, memory_order_relaxed) == env->batch->keys;
    const rf_key *key = own ? atomic_load_explicit(&slot->key, memory_order_acquire) : NULL;
    if (key)
        return key;
    key = rf_keys_intern(env->batch->keys, &env->batch->arena, node->names[0]);
    if (key && key->interned && own)
        atomic_store_explicit(&slot->key, key, memory_order_release);
    return key;
}

rf_code rf_mapping_eval_meta(rf_mapping_env *env, const rf_mapping_node *node, rf_value *ret_value) {
    rf_message *of = node->by_sign && env->target ? env->target : env->message;
    if (!node->names)
        return all_metadata(env, of, ret_value);
    const rf_key *key = known_key(env, node);
    if (!key)
        return rf_raise_nomem(env->reterr);
    return resolved(env, rf_meta_get(&of->meta, key), ret_value);
}

rf_code rf_mapping_call_metadata(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    if (!args[0])
        return all_metadata(env, env->message, ret_value);
    if (!rf_mapping_has_text(args[0]))
        return rf_mapping_mismatch(env, node, node->args[0], "string", args[0]);
    return resolved(env, rf_meta_find(&env->message->meta, rf_value_text(args[0])), ret_value);
}

/* One name of a path: up to the next point; `~1` stands for a point within it, `~0` for the tilde. */
static rf_code next_name(rf_mapping_env *env, rf_slice *rest, rf_slice *ret_name) {
    size_t len = rf_slice_find(*rest, '.'), used = len < rest->len ? len + 1 : len;
    rf_slice name = { rest->data, len };
    *rest = (rf_slice){ rest->data + used, rest->len - used };
    *ret_name = name;
    if (rf_slice_find(name, '~') == name.len)
        return RF_OK;
    char *out = rf_arena_alloc(&env->batch->arena, name.len);
    size_t made = 0;
    if (!out)
        return rf_raise_nomem(env->reterr);
    for (size_t i = 0; i < name.len; i++) {
        bool escape = name.data[i] == '~' && i + 1 < name.len && (name.data[i + 1] == '0' || name.data[i + 1] == '1');
        out[made++] = escape ? (name.data[++i] == '0' ? '~' : '.') : name.data[i];
    }
    *ret_name = (rf_slice){ out, made };
    return RF_OK;
}

rf_code rf_mapping_pick(rf_mapping_env *env, const rf_value *from, rf_slice path, rf_value *ret_value) {
    rf_value value = *from;
    while (path.len) {
        rf_slice name;
        rf_code code = next_name(env, &path, &name);
        if (code)
            return code;
        value = pick(&value, name);
    }
    return give(ret_value, value);
}

rf_code rf_mapping_call_json(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    char why[COMPLAINT_BYTES];
    rf_code code = know_document(env);
    if (code)
        return code;
    if (env->known != RF_KNOWN_VALUE) {
        complain(env, why, sizeof why);
        return rf_mapping_fail(env, node, "%s", why);
    }
    if (args[0] && !rf_mapping_has_text(args[0]))
        return rf_mapping_mismatch(env, node, node->args[0], "string", args[0]);
    return rf_mapping_pick(env, &env->document, args[0] ? rf_value_text(args[0]) : RF_SLICE(""), ret_value);
}

rf_code rf_mapping_call_content(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    rf_slice bytes;
    rf_code code = rf_message_bytes(env->batch, env->message, &bytes, env->reterr);
    return code ? code : give(ret_value, rf_text(RF_BYTES, bytes));
}

rf_code rf_mapping_call_error(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    return give(ret_value, env->message->error.data ? rf_string(env->message->error) : rf_null());
}

rf_code rf_mapping_call_errored(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    return give(ret_value, rf_bool(env->message->error.data != NULL));
}

/* Null when no processor gave up on the message, or it is not known which one. */
static rf_code give_source(const rf_mapping_env *env, const char *const *text, rf_value *ret_value) {
    return give(ret_value, env->message->error.data && text ? rf_string(rf_slice_of(*text)) : rf_null());
}

rf_code rf_mapping_call_source_label(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    return give_source(env, env->message->blame ? &env->message->blame->label : NULL, ret_value);
}

rf_code rf_mapping_call_source_name(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    (void)node;
    (void)args;
    return give_source(env, env->message->blame ? &env->message->blame->name : NULL, ret_value);
}

/* As users write it, without the `root.` that logs have before it. */
rf_code rf_mapping_call_source_path(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_value *ret_value) {
    static const char root[] = "root.";
    const rf_blame *blame = env->message->blame;
    const char *path = blame ? blame->path : NULL;
    (void)node;
    (void)args;
    if (path && strncmp(path, root, sizeof root - 1) == 0)
        path += sizeof root - 1;
    return give_source(env, path ? &path : NULL, ret_value);
}
