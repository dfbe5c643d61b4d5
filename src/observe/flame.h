/* flame.h: the tree of a flame graph, between flame.c, which makes it, and flame_svg.c, which draws it. */
#ifndef RF_OBSERVE_FLAME_H
#define RF_OBSERVE_FLAME_H

#include "base/arena.h"
#include "observe/profile_frames.h"

/* Stacks that begin alike share their frames. In the arena. */
typedef struct rf_flame_node {
    const char *name;
    rf_frame_kind kind;
    uint64_t value, self; /* with and without those within */
    uint32_t depth;       /* the root's is 0 */
    struct rf_flame_node *parent, *children, *next; /* children by name */
} rf_flame_node;

typedef struct rf_flame {
    rf_arena arena;
    rf_flame_node *root;
    uint32_t depth; /* of the deepest */
} rf_flame;

/* A profile without stacks gives the root alone. False: out of memory. In each case to be done with. */
bool rf_flame_make(const rf_profile *profile, const rf_symbols *symbols, rf_flame *ret_flame) RF_NODISCARD;
void rf_flame_done(rf_flame *flame);
/* The node behind this one, parents before children; NULL: it was the last. */
rf_flame_node *rf_flame_next(const rf_flame_node *node);

/* flame_svg.c */
void rf_flame_draw(const rf_flame *flame, const rf_profile *profile, const char *title, rf_buffer *out);

#endif
