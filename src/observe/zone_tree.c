/* zone_tree.c: times added up by path. */
#include "observe/zone_internal.h"

#include "base/alloc.h"

#include <assert.h>

rf_zone_nodes *rf_zone_nodes_new(uint16_t session) {
    rf_zone_nodes *nodes = rf_alloc_zero(1, sizeof *nodes);
    if (!nodes)
        return NULL;
    nodes->session = session;
    atomic_init(&nodes->count, 1);
    return nodes;
}

static inline bool is(const rf_zone_node *node, uint16_t zone, uint16_t text) { return node->zone == zone && node->text == text; }

/* What is repeated comes in the same order mostly: the same child as before, or the one behind it. 0: there is none. */
static uint16_t find_child(const rf_zone_nodes *nodes, uint16_t parent, uint16_t zone, uint16_t text) {
    const rf_zone_node *items = nodes->items;
    uint16_t hint = items[parent].hint;
    if (hint && is(&items[hint], zone, text))
        return hint;
    if (hint && items[hint].next && is(&items[items[hint].next], zone, text))
        return items[hint].next;
    for (uint16_t at = items[parent].child; at; at = items[at].next)
        if (is(&items[at], zone, text))
            return at;
    return 0;
}

/* 0: no room, or too deep. */
static uint16_t add_child(rf_zone_nodes *nodes, uint16_t parent, uint16_t zone, uint16_t text) {
    uint32_t count = atomic_load_explicit(&nodes->count, memory_order_relaxed);
    rf_zone_node *above = &nodes->items[parent];
    if (count == RF_ZONE_NODES_MAX || above->depth == RF_ZONE_DEPTH_MAX)
        return 0;
    uint16_t at = (uint16_t)count;
    nodes->items[at] = (rf_zone_node){ .zone = zone, .text = text, .parent = parent, .depth = (uint16_t)(above->depth + 1) };
    if (above->last)
        nodes->items[above->last].next = at;
    else
        above->child = at;
    above->last = at;
    atomic_store_explicit(&nodes->count, count + 1, memory_order_release);
    return at;
}

static uint16_t child_of(rf_zone_nodes *nodes, uint16_t parent, uint16_t zone, uint16_t text) {
    uint16_t at = find_child(nodes, parent, zone, text);
    if (!at)
        at = add_child(nodes, parent, zone, text);
    if (at)
        nodes->items[parent].hint = at;
    return at;
}

void rf_zone_nodes_enter(rf_zone_nodes *nodes, rf_zone_mark *mark) {
    uint16_t at = child_of(nodes, nodes->current, mark->zone, rf_zone_text(&nodes->texts, mark->detail));
    mark->session = nodes->session;
    mark->node = at;
    if (at)
        nodes->current = at; /* else its time stays with the zone around it */
}

static inline void add(_Atomic uint64_t *sum, uint64_t n) {
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + n, memory_order_relaxed);
}

/* A zone within that never ended, because a script was left in the middle, ends here too. */
void rf_zone_nodes_leave(rf_zone_nodes *nodes, const rf_zone_mark *mark, uint64_t now) {
    rf_zone_node *node = &nodes->items[mark->node];
    assert(mark->node < atomic_load(&nodes->count));
    add(&node->count, 1);
    add(&node->ticks, rf_ticks_between(mark->began, now));
    nodes->current = node->parent;
}

void rf_zone_nodes_add(rf_zone_nodes *nodes, const rf_zone_nodes *from) {
    uint16_t here[RF_ZONE_NODES_MAX]; /* of each node of `from`; 0: it found no room */
    uint32_t count = atomic_load_explicit(&from->count, memory_order_acquire);
    here[0] = 0;
    for (uint32_t i = 1; i < count; i++) {
        const rf_zone_node *node = &from->items[i];
        here[i] = 0;
        if (node->parent && !here[node->parent])
            continue;
        uint16_t text = rf_zone_text(&nodes->texts, node->text ? from->texts.items[node->text] : NULL);
        uint16_t at = child_of(nodes, here[node->parent], node->zone, text);
        if (!at)
            continue;
        here[i] = at;
        add(&nodes->items[at].count, atomic_load_explicit(&node->count, memory_order_relaxed));
        add(&nodes->items[at].ticks, atomic_load_explicit(&node->ticks, memory_order_relaxed));
    }
}

/* ---- Users ---- */

rf_code rf_zone_tree_open(rf_error *reterr) {
    rf_mutex_lock(&rf_zone_all.lock);
    rf_code code = rf_zones_prepare(reterr);
    if (!code && rf_zone_all.tree_users == 0) {
        uint16_t session = (uint16_t)++rf_zone_all.sessions;
        rf_zone_all.tree = rf_zone_nodes_new(session ? session : 1);
        if (rf_zone_all.tree)
            rf_zones_switch_on(RF_ZONES_TREE);
        else
            code = rf_raise_nomem(reterr);
    }
    if (!code)
        rf_zone_all.tree_users++;
    rf_mutex_unlock(&rf_zone_all.lock);
    return code;
}

void rf_zone_tree_close(void) {
    rf_mutex_lock(&rf_zone_all.lock);
    assert(rf_zone_all.tree_users > 0);
    if (--rf_zone_all.tree_users == 0) {
        rf_zones_switch_off(RF_ZONES_TREE);
        for (rf_zone_thread *thread = rf_zone_all.threads; thread; thread = thread->next) {
            rf_free(thread->nodes);
            thread->nodes = NULL;
            thread->tree = 0;
        }
        rf_free(rf_zone_all.tree);
        rf_zone_all.tree = NULL;
    }
    rf_mutex_unlock(&rf_zone_all.lock);
}

/* ---- JSON ---- */

/* NULL: no memory. `*ret_none`: nobody uses the tree. */
static rf_zone_nodes *add_all(bool *ret_none) {
    rf_zone_nodes *all = rf_zone_nodes_new(0);
    if (!all)
        return NULL;
    rf_mutex_lock(&rf_zone_all.lock);
    *ret_none = !rf_zone_all.tree;
    if (rf_zone_all.tree)
        rf_zone_nodes_add(all, rf_zone_all.tree);
    for (const rf_zone_thread *thread = rf_zone_all.threads; thread; thread = thread->next)
        if (thread->nodes)
            rf_zone_nodes_add(all, thread->nodes);
    rf_mutex_unlock(&rf_zone_all.lock);
    return all;
}

static uint64_t children_ns(const rf_zone_nodes *all, uint16_t at) {
    uint64_t sum = 0;
    for (uint16_t child = all->items[at].child; child; child = all->items[child].next)
        sum += atomic_load_explicit(&all->items[child].ticks, memory_order_relaxed);
    return sum;
}

/* From ticks to ns. A zone that goes on has not been counted, but those in it that ended have: it lasts as long as they at least. */
static void settle(rf_zone_nodes *all) {
    double unit_ns = rf_ticks_unit_ns(&rf_zone_all.epoch);
    for (uint32_t i = atomic_load_explicit(&all->count, memory_order_relaxed); i-- > 1;) {
        _Atomic uint64_t *ticks = &all->items[i].ticks;
        uint64_t ns = (uint64_t)((double)atomic_load_explicit(ticks, memory_order_relaxed) * unit_ns);
        uint64_t within = children_ns(all, (uint16_t)i);
        atomic_store_explicit(ticks, ns > within ? ns : within, memory_order_relaxed);
    }
}

static void write_head(const rf_zone_nodes *all, uint16_t at, rf_buffer *out) {
    const rf_zone_node *node = &all->items[at];
    uint64_t ns = atomic_load_explicit(&node->ticks, memory_order_relaxed);
    rf_buffer_printf(out, "{\"name\": \"%s\", \"detail\": ", rf_zones[node->zone].name);
    rf_zone_json(out, all->texts.items[node->text]);
    rf_buffer_printf(out, ", \"count\": %llu, \"total_ns\": %llu, \"self_ns\": %llu, \"children\": [",
                     (unsigned long long)atomic_load_explicit(&node->count, memory_order_relaxed), (unsigned long long)ns,
                     (unsigned long long)(ns - children_ns(all, at)));
}

static void write_all(const rf_zone_nodes *all, rf_buffer *out) {
    const rf_zone_node *items = all->items;
    uint16_t at = items[0].child;
    rf_buffer_char(out, '[');
    while (at) {
        write_head(all, at, out);
        if (items[at].child) {
            at = items[at].child;
            continue;
        }
        for (rf_buffer_text(out, "]}"); at && !items[at].next; at = items[at].parent)
            if (items[at].parent)
                rf_buffer_text(out, "]}");
        at = items[at].next;
        if (at)
            rf_buffer_text(out, ", ");
    }
    rf_buffer_char(out, ']');
}

void rf_zone_tree_json(rf_buffer *out) {
    bool none;
    rf_zone_nodes *all = add_all(&none);
    if (!all) {
        out->failed = true;
        return;
    }
    if (!none)
        settle(all);
    write_all(all, out);
    rf_free(all);
}
