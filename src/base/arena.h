/* arena.h: memory that is given back all at once: a batch's, a compile's, a config's. */
#ifndef RF_BASE_ARENA_H
#define RF_BASE_ARENA_H

#include "riffle/base.h"

/* One thread at a time. Blocks come from rf_alloc; the first is kept over clears. */
typedef struct rf_arena {
    struct rf_arena_block *first;
    struct rf_arena_block *current;
    char *next;             /* first free byte of `current` */
    char *end;              /* one past its last byte */
    size_t block_bytes;     /* size of an ordinary block */
    size_t held_bytes;      /* all blocks together */
    size_t high_bytes;      /* most ever held */
    size_t keep_bytes;      /* what a clear may keep; more goes back to the heap */
} rf_arena;

void rf_arena_init(rf_arena *arena, size_t block_bytes);
void rf_arena_done(rf_arena *arena);
/* Everything allocated is gone; blocks up to `keep_bytes` stay for reuse. */
void rf_arena_clear(rf_arena *arena);

/* The slow path of rf_arena_alloc. */
void *rf_arena_grow(rf_arena *arena, size_t size) RF_NODISCARD;

/* `size` bytes aligned to 8, uninitialised, or NULL. Cost: a few instructions. */
static inline void *rf_arena_alloc(rf_arena *arena, size_t size) {
    size_t room = (size + 7u) & ~(size_t)7u;
    if (RF_LIKELY(room >= size && room <= (size_t)(arena->end - arena->next) && arena->next)) {
        void *memory = arena->next;
        arena->next += room;
        return memory;
    }
    return rf_arena_grow(arena, size);
}

void *rf_arena_zero(rf_arena *arena, size_t count, size_t size) RF_NODISCARD;
/* Copies with a NUL behind; `data` NULL means out of memory. */
rf_slice rf_slice_dup_in(rf_arena *arena, rf_slice slice);
char *rf_strdup_in(rf_arena *arena, const char *text) RF_NODISCARD;
/* printf into the arena; `data` NULL on failure. */
rf_slice rf_printf_in(rf_arena *arena, const char *format, ...) RF_PRINTF(2, 3);

#endif
