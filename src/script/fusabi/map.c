/* map.c: persistent maps with string keys: AVL trees whose nodes never change. */
#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/vm.h"

#include <assert.h>

enum { DEPTH_MAX = 64 }; /* an AVL tree of 2^44 nodes is no deeper */

static inline const rf_fus_map_node *node_of(rf_fus_value v) { return RF_FUS_AS(const rf_fus_map_node, v); }
static inline uint32_t height_of(rf_fus_value v) { return v == RF_FUS_NIL ? 0 : node_of(v)->head.small; }
static inline rf_slice text_of(rf_fus_value string) {
    const rf_fus_string *text = RF_FUS_AS(const rf_fus_string, string);
    return (rf_slice){ text->bytes, text->head.length };
}

/* The STRING behind a string or rope, RF_FUS_RAISED after an error. */
static rf_fus_value flat_key(rf_fus_vm *vm, rf_fus_value key) {
    if (rf_fus_is(key, RF_FUS_T_STRING))
        return key;
    if (!rf_fus_is_string(key))
        return rf_fus_raise_type(vm, "string", key);
    return rf_fus_text(vm, key).data ? RF_FUS_AS(const rf_fus_rope, key)->left : RF_FUS_RAISED;
}

static rf_fus_value new_map(rf_fus_vm *vm, rf_fus_value root, uint64_t count) {
    if (root == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_map *map = rf_fus_object_new(vm, RF_FUS_T_MAP, 0, sizeof *map);
    if (!map)
        return RF_FUS_RAISED;
    map->root = root;
    map->count = count;
    return rf_fus_of_object(map);
}

rf_fus_value rf_fus_map_empty(rf_fus_vm *vm) { return new_map(vm, RF_FUS_NIL, 0); }

static rf_fus_value new_node(rf_fus_vm *vm, rf_fus_value key, rf_fus_value value, rf_fus_value left, rf_fus_value right) {
    if (left == RF_FUS_RAISED || right == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    rf_fus_map_node *node = rf_fus_object_new(vm, RF_FUS_T_MAP_NODE, 0, sizeof *node);
    if (!node)
        return RF_FUS_RAISED;
    uint32_t left_height = height_of(left), right_height = height_of(right);
    node->head.small = (uint16_t)(1 + (left_height > right_height ? left_height : right_height));
    node->key = key;
    node->value = value;
    node->left = left;
    node->right = right;
    return rf_fus_of_object(node);
}

/* left of `at`'s place, where left is too high by one or two. */
static rf_fus_value lean_right(rf_fus_vm *vm, const rf_fus_map_node *at, rf_fus_value left, rf_fus_value right) {
    const rf_fus_map_node *l = node_of(left);
    if (height_of(l->left) >= height_of(l->right))
        return new_node(vm, l->key, l->value, l->left, new_node(vm, at->key, at->value, l->right, right));
    const rf_fus_map_node *middle = node_of(l->right);
    rf_fus_value low = new_node(vm, l->key, l->value, l->left, middle->left);
    return new_node(vm, middle->key, middle->value, low, new_node(vm, at->key, at->value, middle->right, right));
}

static rf_fus_value lean_left(rf_fus_vm *vm, const rf_fus_map_node *at, rf_fus_value left, rf_fus_value right) {
    const rf_fus_map_node *r = node_of(right);
    if (height_of(r->right) >= height_of(r->left))
        return new_node(vm, r->key, r->value, new_node(vm, at->key, at->value, left, r->left), r->right);
    const rf_fus_map_node *middle = node_of(r->left);
    rf_fus_value high = new_node(vm, r->key, r->value, middle->right, r->right);
    return new_node(vm, middle->key, middle->value, new_node(vm, at->key, at->value, left, middle->left), high);
}

/* A node with the key and value of `at` and these subtrees, whose heights differ by two at most. */
static rf_fus_value balanced(rf_fus_vm *vm, const rf_fus_map_node *at, rf_fus_value left, rf_fus_value right) {
    if (left == RF_FUS_RAISED || right == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    uint32_t left_height = height_of(left), right_height = height_of(right);
    if (left_height > right_height + 1)
        return lean_right(vm, at, left, right);
    if (right_height > left_height + 1)
        return lean_left(vm, at, left, right);
    return new_node(vm, at->key, at->value, left, right);
}

/* The way from the root to a node, and to which side each step went. */
typedef struct path {
    const rf_fus_map_node *nodes[DEPTH_MAX];
    bool right[DEPTH_MAX];
    uint32_t depth;
} path;

static void step(path *way, const rf_fus_map_node *node, bool right) {
    assert(way->depth < DEPTH_MAX);
    way->nodes[way->depth] = node;
    way->right[way->depth++] = right;
}

/* The node with this key, or NULL; the nodes above it (or above where it would be) go to `way` when that is not NULL. */
static const rf_fus_map_node *descend(rf_fus_value root, rf_slice key, path *way) {
    rf_fus_value at = root;
    while (at != RF_FUS_NIL) {
        const rf_fus_map_node *node = node_of(at);
        int order = rf_slice_compare(key, text_of(node->key));
        if (order == 0)
            return node;
        if (way)
            step(way, node, order > 0);
        at = order > 0 ? node->right : node->left;
    }
    return NULL;
}

/* The tree with `child` in the place that `way` leads to. */
static rf_fus_value climb(rf_fus_vm *vm, const path *way, rf_fus_value child) {
    for (uint32_t i = way->depth; i-- && child != RF_FUS_RAISED;) {
        const rf_fus_map_node *node = way->nodes[i];
        child = way->right[i] ? balanced(vm, node, node->left, child) : balanced(vm, node, child, node->right);
    }
    return child;
}

rf_fus_value rf_fus_map_add(rf_fus_vm *vm, rf_fus_value map, rf_fus_value key, rf_fus_value value) {
    if (!rf_fus_is(map, RF_FUS_T_MAP))
        return rf_fus_raise_type(vm, "map", map);
    key = flat_key(vm, key);
    if (key == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    const rf_fus_map *old = RF_FUS_AS(const rf_fus_map, map);
    path way;
    way.depth = 0;
    const rf_fus_map_node *same = descend(old->root, text_of(key), &way);
    rf_fus_value node = same ? new_node(vm, same->key, value, same->left, same->right) : new_node(vm, key, value, RF_FUS_NIL, RF_FUS_NIL);
    return new_map(vm, climb(vm, &way, node), old->count + !same);
}

/* The tree without `gone`, which stands where `way` leads to. `stand_in` is room for a node that only the way needs; the caller's,
 * so that it outlives the last call here whatever a compiler makes of that one. */
static rf_fus_value cut(rf_fus_vm *vm, path *way, const rf_fus_map_node *gone, rf_fus_map_node *stand_in) {
    if (gone->left == RF_FUS_NIL || gone->right == RF_FUS_NIL)
        return climb(vm, way, gone->left == RF_FUS_NIL ? gone->right : gone->left);
    uint32_t place = way->depth;
    step(way, gone, true);
    const rf_fus_map_node *next = node_of(gone->right); /* the smallest key above takes the place */
    for (; next->left != RF_FUS_NIL; next = node_of(next->left))
        step(way, next, false);
    *stand_in = *gone;
    stand_in->key = next->key;
    stand_in->value = next->value;
    way->nodes[place] = stand_in;
    return climb(vm, way, next->right);
}

rf_fus_value rf_fus_map_remove(rf_fus_vm *vm, rf_fus_value map, rf_fus_value key) {
    if (!rf_fus_is(map, RF_FUS_T_MAP))
        return rf_fus_raise_type(vm, "map", map);
    key = flat_key(vm, key);
    if (key == RF_FUS_RAISED)
        return RF_FUS_RAISED;
    const rf_fus_map *old = RF_FUS_AS(const rf_fus_map, map);
    path way;
    way.depth = 0;
    const rf_fus_map_node *gone = descend(old->root, text_of(key), &way);
    rf_fus_map_node stand_in;
    return gone ? new_map(vm, cut(vm, &way, gone, &stand_in), old->count - 1) : map;
}

bool rf_fus_map_get(rf_fus_vm *vm, rf_fus_value map, rf_fus_value key, rf_fus_value *ret_value) {
    if (!rf_fus_is(map, RF_FUS_T_MAP) || !rf_fus_is_string(key))
        return false;
    rf_slice text = rf_fus_is(key, RF_FUS_T_STRING) ? text_of(key) : rf_fus_text(vm, key);
    const rf_fus_map_node *node = text.data ? descend(RF_FUS_AS(const rf_fus_map, map)->root, text, NULL) : NULL;
    if (node)
        *ret_value = node->value;
    return node != NULL;
}

static void push_left(rf_fus_map_walk *walk, rf_fus_value node) {
    for (; node != RF_FUS_NIL; node = node_of(node)->left)
        walk->stack[walk->depth++] = node;
}

bool rf_fus_map_next(rf_fus_map_walk *walk, rf_fus_value *ret_key, rf_fus_value *ret_value) {
    if (!walk->begun) {
        walk->begun = true;
        push_left(walk, RF_FUS_AS(const rf_fus_map, walk->map)->root);
    }
    if (walk->depth == 0)
        return false;
    const rf_fus_map_node *node = node_of(walk->stack[--walk->depth]);
    push_left(walk, node->right);
    *ret_key = node->key;
    *ret_value = node->value;
    return true;
}

rf_fus_value *rf_fus_map_pairs(rf_fus_vm *vm, rf_fus_value map) {
    size_t count = (size_t)RF_FUS_AS(const rf_fus_map, map)->count;
    rf_fus_value *pairs = rf_alloc(2 * count * sizeof *pairs);
    if (!pairs) {
        if (vm)
            (void)rf_fus_raise_nomem(vm);
        return NULL;
    }
    rf_fus_map_walk walk;
    walk.map = map;
    walk.depth = 0;
    walk.begun = false;
    for (size_t i = 0; rf_fus_map_next(&walk, &pairs[2 * i], &pairs[2 * i + 1]); i++)
        assert(i < count);
    return pairs;
}

/* A balanced tree of pairs[low … high - 1]. Recurses as deep as the tree is high: 32 at most. */
static rf_fus_value build(rf_fus_vm *vm, const rf_fus_value *pairs, uint32_t low, uint32_t high) {
    if (low == high)
        return RF_FUS_NIL;
    uint32_t middle = low + (high - low) / 2;
    rf_fus_value left = build(vm, pairs, low, middle);
    rf_fus_value right = left == RF_FUS_RAISED ? RF_FUS_RAISED : build(vm, pairs, middle + 1, high);
    return new_node(vm, pairs[2 * middle], pairs[2 * middle + 1], left, right);
}

/* Sorts stably by merging; `spare` has the same size. */
static void sort_pairs(rf_fus_value *pairs, rf_fus_value *spare, uint32_t count) {
    rf_fus_value *from = pairs, *to = spare;
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t at = 0; at < count; at += 2 * run) {
            size_t i = at, end_i = at + run < count ? at + run : count, j = end_i, end_j = at + 2 * run < count ? at + 2 * run : count;
            for (size_t out = at; out < end_j; out++) {
                bool take_i = j == end_j || (i < end_i && rf_slice_compare(text_of(from[2 * i]), text_of(from[2 * j])) <= 0);
                size_t taken = take_i ? i++ : j++;
                to[2 * out] = from[2 * taken];
                to[2 * out + 1] = from[2 * taken + 1];
            }
        }
        rf_fus_value *swap = from;
        from = to;
        to = swap;
    }
    if (from != pairs)
        memcpy(pairs, from, 2 * (size_t)count * sizeof *pairs);
}

static bool is_ascending(const rf_fus_value *pairs, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        if (rf_slice_compare(text_of(pairs[2 * i - 2]), text_of(pairs[2 * i])) >= 0)
            return false;
    return true;
}

/* Of neighbours with equal keys the last stays; the new count. */
static uint32_t drop_equal(rf_fus_value *pairs, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i + 1 < count && rf_slice_eq(text_of(pairs[2 * i]), text_of(pairs[2 * i + 2])))
            continue;
        pairs[2 * kept] = pairs[2 * i];
        pairs[2 * kept + 1] = pairs[2 * i + 1];
        kept++;
    }
    return kept;
}

rf_fus_value rf_fus_map_of_pairs(rf_fus_vm *vm, rf_fus_value *pairs, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        pairs[2 * i] = flat_key(vm, pairs[2 * i]);
        if (pairs[2 * i] == RF_FUS_RAISED)
            return RF_FUS_RAISED;
    }
    if (!is_ascending(pairs, count)) {
        rf_fus_value *spare = rf_alloc(2 * (size_t)count * sizeof *spare);
        if (!spare)
            return rf_fus_raise_nomem(vm);
        sort_pairs(pairs, spare, count);
        rf_free(spare);
        count = drop_equal(pairs, count);
    }
    return new_map(vm, build(vm, pairs, 0, count), count);
}
