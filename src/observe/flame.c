/* flame.c: stacks put together to the tree of a flame graph (Brendan Gregg's: width is time, height is depth, order is by name). */
#include "observe/flame.h"

#include <string.h>

static rf_flame_node *node_new(rf_flame *flame, const char *name, rf_frame_kind kind, rf_flame_node *parent) {
    rf_flame_node *node = rf_arena_zero(&flame->arena, 1, sizeof *node);
    if (!node || !(node->name = rf_strdup_in(&flame->arena, name)))
        return NULL;
    node->kind = kind;
    node->parent = parent;
    node->depth = parent ? parent->depth + 1 : 0;
    flame->depth = node->depth > flame->depth ? node->depth : flame->depth;
    return node;
}

/* The child of that name, made when it is not there; NULL: out of memory. */
static rf_flame_node *child(rf_flame *flame, rf_flame_node *parent, const char *name, rf_frame_kind kind) {
    rf_flame_node **link = &parent->children;
    int order = -1;
    for (; *link; link = &(*link)->next) {
        order = strcmp(name, (*link)->name);
        if (order == 0)
            order = (int)kind - (int)(*link)->kind;
        if (order <= 0)
            break;
    }
    if (*link && order == 0)
        return *link;
    rf_flame_node *node = node_new(flame, name, kind, parent);
    if (!node)
        return NULL;
    node->next = *link;
    *link = node;
    return node;
}

static bool add_stack(rf_flame *flame, const rf_profile_stack *stack, const rf_symbols *symbols, rf_frames *frames) {
    char name[RF_FRAME_NAME_MAX];
    rf_flame_node *node = flame->root;
    rf_frames_read(stack, symbols, frames);
    node->value += stack->value;
    for (uint32_t i = frames->count; node && i > 0; i--) {
        const rf_frame *frame = &frames->items[i - 1];
        node = child(flame, node, rf_frame_name(frame, true, name), frame->kind);
        if (node)
            node->value += stack->value;
    }
    if (node && frames->at_work) {
        node = child(flame, node, frames->at_work, RF_FRAME_NATIVE);
        if (node)
            node->value += stack->value;
    }
    if (node)
        node->self += stack->value;
    return node != NULL;
}

bool rf_flame_make(const rf_profile *profile, const rf_symbols *symbols, rf_flame *ret_flame) {
    rf_flame *flame = ret_flame;
    rf_frames frames;
    *flame = (rf_flame){ 0 };
    rf_arena_init(&flame->arena, 16384);
    flame->root = node_new(flame, "all", RF_FRAME_NATIVE, NULL);
    bool good = flame->root != NULL;
    for (size_t i = 0; good && i < profile->count; i++)
        good = add_stack(flame, &profile->stacks[i], symbols, &frames);
    return good;
}

void rf_flame_done(rf_flame *flame) { rf_arena_done(&flame->arena); }

rf_flame_node *rf_flame_next(const rf_flame_node *node) {
    if (node->children)
        return node->children;
    while (node && !node->next)
        node = node->parent;
    return node ? node->next : NULL;
}

void rf_flame_write(const rf_profile *profile, const rf_symbols *symbols, const char *title, rf_buffer *out) {
    RF_CLEANUP(rf_flame_done) rf_flame flame;
    if (rf_flame_make(profile, symbols, &flame))
        rf_flame_draw(&flame, profile, title, out);
    else
        out->failed = true;
}
