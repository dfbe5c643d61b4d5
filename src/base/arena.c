/* arena.c: memory that is given back all at once. */
#include "base/arena.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Blocks form a list from `first`; those behind `current` are empty, kept for reuse. */
struct rf_arena_block {
    struct rf_arena_block *next;
    size_t bytes; /* of `data` */
    _Alignas(16) char data[];
};

void rf_arena_init(rf_arena *arena, size_t block_bytes) {
    assert(arena && block_bytes > 0);
    size_t rounded = block_bytes < SIZE_MAX - 64 ? (block_bytes + 15) & ~(size_t)15 : block_bytes;
    *arena = (rf_arena){ .block_bytes = rounded, .keep_bytes = rounded };
}

static void free_blocks(rf_arena *arena, struct rf_arena_block *block) {
    while (block) {
        struct rf_arena_block *next = block->next;
        arena->held_bytes -= block->bytes;
        rf_free(block);
        block = next;
    }
}

void rf_arena_done(rf_arena *arena) {
    if (!arena)
        return;
    free_blocks(arena, arena->first);
    assert(arena->held_bytes == 0);
    arena->first = arena->current = NULL;
    arena->next = arena->end = NULL;
}

static void enter_block(rf_arena *arena, struct rf_arena_block *block) {
    arena->current = block;
    arena->next = block->data;
    arena->end = block->data + block->bytes;
}

void rf_arena_clear(rf_arena *arena) {
    assert(arena);
    if (!arena->first)
        return;
    size_t kept = arena->first->bytes;
    struct rf_arena_block *last = arena->first;
    while (last->next && kept + last->next->bytes <= arena->keep_bytes) {
        last = last->next;
        kept += last->bytes;
    }
    free_blocks(arena, last->next);
    last->next = NULL;
    /* One message of 10 MB must not make its block the first one for ever. */
    if (arena->first->bytes > arena->keep_bytes && arena->first->bytes > arena->block_bytes) {
        free_blocks(arena, arena->first);
        arena->first = arena->current = NULL;
        arena->next = arena->end = NULL;
        return;
    }
    enter_block(arena, arena->first);
}

/* A new block behind `current`, so that the empty ones behind it stay in the list. */
static struct rf_arena_block *add_block(rf_arena *arena, size_t bytes) {
    size_t total;
    if (rf_add_overflow(bytes, sizeof(struct rf_arena_block), &total))
        return NULL;
    struct rf_arena_block *block = rf_alloc(total);
    if (!block)
        return NULL;
    struct rf_arena_block **link = arena->current ? &arena->current->next : &arena->first;
    block->bytes = bytes;
    block->next = *link;
    *link = block;
    arena->held_bytes += bytes;
    if (arena->held_bytes > arena->high_bytes)
        arena->high_bytes = arena->held_bytes;
    return block;
}

void *rf_arena_grow(rf_arena *arena, size_t size) {
    assert(arena && arena->block_bytes > 0);
    size_t room;
    if (rf_add_overflow(size, 7, &room))
        return NULL;
    room &= ~(size_t)7;
    struct rf_arena_block *block = arena->current ? arena->current->next : NULL;
    if (!block || block->bytes < room)
        block = add_block(arena, room > arena->block_bytes ? room : arena->block_bytes);
    if (!block)
        return NULL;
    enter_block(arena, block);
    arena->next += room;
    return block->data;
}

void *rf_arena_zero(rf_arena *arena, size_t count, size_t size) {
    assert(arena);
    size_t bytes;
    if (rf_mul_overflow(count, size, &bytes))
        return NULL;
    void *memory = rf_arena_alloc(arena, bytes);
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

rf_slice rf_slice_dup_in(rf_arena *arena, rf_slice slice) {
    assert(arena);
    size_t bytes;
    char *copy = rf_add_overflow(slice.len, 1, &bytes) ? NULL : rf_arena_alloc(arena, bytes);
    if (!copy)
        return (rf_slice){ NULL, 0 };
    if (slice.len)
        memcpy(copy, slice.data, slice.len);
    copy[slice.len] = '\0';
    return (rf_slice){ copy, slice.len };
}

char *rf_strdup_in(rf_arena *arena, const char *text) {
    assert(arena && text);
    size_t bytes = strlen(text) + 1;
    char *copy = rf_arena_alloc(arena, bytes);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

rf_slice rf_printf_in(rf_arena *arena, const char *format, ...) {
    assert(arena && format);
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int len = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *text = len < 0 ? NULL : rf_arena_alloc(arena, (size_t)len + 1);
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return (rf_slice){ text, text ? (size_t)len : 0 };
}
