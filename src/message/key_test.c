/* key_test.c: interning keys, from one thread and from several. */
#include "message/key.h"

#include "harness.h"

#include "base/slice.h"
#include "base/thread.h"

#include <stdio.h>

static void keys_done(rf_keys **keys) { rf_keys_free(*keys); }

RF_TEST(key_is_the_same_for_the_same_text) {
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 256);
    rf_check(keys);
    const rf_key *a = rf_keys_intern(keys, &arena, RF_SLICE("opcua_tag_name"));
    const rf_key *b = rf_keys_intern(keys, &arena, RF_SLICE("opcua_tag_path"));
    rf_check(a && b && a != b && !rf_key_eq(a, b) && a->interned);
    rf_check_text(rf_key_text(a), RF_SLICE("opcua_tag_name"));
    rf_check(a->text[a->len] == '\0');
    rf_check(rf_keys_intern(keys, &arena, RF_SLICE("opcua_tag_name")) == a);
    const rf_key *empty = rf_keys_intern(keys, &arena, (rf_slice){ NULL, 0 });
    rf_check(empty && empty->len == 0 && rf_keys_intern(keys, &arena, RF_SLICE("")) == empty);
}

static rf_slice numbered(char *room, size_t size, int number) {
    int len = snprintf(room, size, "key_%d", number);
    return (rf_slice){ room, (size_t)len };
}

RF_TEST(key_table_grows_and_keeps_addresses) {
    enum { COUNT = 2000 };
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_check(keys);
    const rf_key *made[COUNT];
    char room[32];
    for (int i = 0; i < COUNT; i++) {
        made[i] = rf_keys_intern(keys, &arena, numbered(room, sizeof room, i));
        rf_check(made[i]);
    }
    for (int i = 0; i < COUNT; i++)
        rf_check(rf_keys_intern(keys, &arena, numbered(room, sizeof room, i)) == made[i]);
}

RF_TEST(key_table_is_bounded) {
    if (rf_test_torture())
        return; /* thousands of keys, no error path that the tests above do not have */
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 1u << 16);
    rf_check(keys);
    char room[32];
    int interned = 0;
    for (int i = 0; i < RF_KEYS_MAX + 100; i++) {
        const rf_key *key = rf_keys_intern(keys, &arena, numbered(room, sizeof room, i));
        rf_check(key);
        interned += key->interned;
    }
    rf_check(interned <= RF_KEYS_MAX && interned > RF_KEYS_MAX / 2);
    const rf_key *a = rf_keys_intern(keys, &arena, RF_SLICE("too late")), *b = rf_keys_intern(keys, &arena, RF_SLICE("too late"));
    const rf_key *old = rf_keys_intern(keys, &arena, RF_SLICE("key_1"));
    rf_check(a && b && old && !a->interned && rf_key_eq(a, b) && !rf_key_eq(a, old) && old->interned);
}

enum { THREADS = 4, KEYS_EACH = 500 };

typedef struct worker {
    rf_thread thread;
    rf_keys *keys;
    const rf_key *made[KEYS_EACH];
} worker;

static void intern_all(void *arg) {
    worker *self = arg;
    rf_arena arena;
    rf_arena_init(&arena, 4096);
    char room[32];
    for (int i = 0; i < KEYS_EACH; i++)
        self->made[i] = rf_keys_intern(self->keys, &arena, numbered(room, sizeof room, i));
    rf_arena_done(&arena);
}

RF_TEST(key_is_the_same_on_all_threads) {
    if (rf_test_torture())
        return; /* which thread fails is chance */
    RF_CLEANUP(keys_done) rf_keys *keys = rf_keys_new();
    rf_check(keys);
    worker workers[THREADS] = { 0 };
    for (int i = 0; i < THREADS; i++) {
        workers[i].keys = keys;
        rf_code code = rf_thread_start(&workers[i].thread, "intern", intern_all, &workers[i], NULL);
        if (code)
            intern_all(&workers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        rf_thread_join(&workers[i].thread);
    for (int i = 1; i < THREADS; i++)
        for (int k = 0; k < KEYS_EACH; k++)
            rf_check(workers[i].made[k] && workers[i].made[k] == workers[0].made[k]);
}
