/* ages.h: how old messages were when they came, by the microsecond that each of them carries. One thread. */
#ifndef RF_BENCH_CONNECT_AGES_H
#define RF_BENCH_CONNECT_AGES_H

#include "base/alloc.h"
#include "connect/tool.h"

typedef struct ages {
    uint32_t *items; /* microseconds, as they came */
    size_t count, room;
} ages;

static inline ages ages_of(size_t room) {
    ages made = { .items = rf_alloc_zero(room, sizeof(uint32_t)), .room = room };
    if (!made.items)
        die("no memory");
    return made;
}

static inline void ages_done(ages *self) { rf_free(self->items); }

/* What is no time near now is left out: scripts may have changed it. */
static inline void ages_add(ages *self, uint64_t stamp_us, uint64_t us) {
    if (self->count < self->room && stamp_us > us / 2 && stamp_us <= us)
        self->items[self->count++] = (uint32_t)(us - stamp_us);
}

static inline int ages_by_size(const void *a, const void *b) {
    const uint32_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

/* Prints them as members of an object of JSON, without the first quarter, when nothing is warm yet. */
static inline void ages_print(ages *self) {
    size_t begin = self->count / 4, steady = self->count - begin;
    if (steady < 100)
        die("only %zu messages say how old they are", self->count);
    qsort(self->items + begin, steady, sizeof *self->items, ages_by_size);
    (void)printf("\"aged\": %zu, \"p50_us\": %u, \"p90_us\": %u, \"p99_us\": %u, \"p999_us\": %u, \"max_us\": %u", steady,
                 self->items[begin + steady / 2], self->items[begin + steady * 9 / 10], self->items[begin + steady * 99 / 100],
                 self->items[begin + steady * 999 / 1000], self->items[self->count - 1]);
}

#endif
