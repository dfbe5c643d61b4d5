/* meta_test.c: metadata, their sharing and their snapshots. */
#include "message/message.h"

#include "harness.h"

#include "base/slice.h"

/* A pipeline's keys and one batch. */
typedef struct fixture {
    rf_keys *keys;
    rf_batch *batch;
} fixture;

static void fixture_done(fixture *f) {
    rf_batch_free(f->batch);
    rf_keys_free(f->keys);
}

static fixture fixture_open(void) {
    fixture f = { .keys = rf_keys_new() };
    f.batch = f.keys ? rf_batch_new(f.keys) : NULL;
    return f;
}

#define WITH_BATCH                                            \
    RF_CLEANUP(fixture_done) fixture f = fixture_open();      \
    rf_check(f.batch);                                        \
    rf_arena *arena = &f.batch->arena;                        \
    rf_message *m = rf_batch_add(f.batch);                    \
    rf_check(m && arena)

#define set(message, key, value) rf_batch_set_meta(f.batch, (message), RF_SLICE(key), (value))
#define text(string) rf_string(RF_SLICE(string))

static rf_slice get(fixture *f, rf_message *message, const char *key) {
    rf_value *value = rf_meta_find(&message->meta, rf_slice_of(key));
    return value ? rf_meta_text(&f->batch->arena, value) : RF_SLICE("(none)");
}

static const rf_key *key_of(fixture *f, const char *name) { return rf_keys_intern(f->keys, &f->batch->arena, rf_slice_of(name)); }

RF_TEST(meta_keeps_order_and_replaces_in_place) {
    WITH_BATCH;
    rf_check(set(m, "a", text("1")) && set(m, "b", text("2")) && set(m, "c", text("3")) && set(m, "b", text("two")));
    rf_check(m->meta.count == 3 && !m->meta.typed);
    rf_check_text(rf_key_text(m->meta.entries[1].key), RF_SLICE("b"));
    rf_check_text(get(&f, m, "b"), RF_SLICE("two"));
    rf_check(set(m, "a", rf_int(5)) && m->meta.typed);
    rf_check_text(get(&f, m, "a"), RF_SLICE("5"));
}

RF_TEST(meta_empty_text_deletes) {
    WITH_BATCH;
    rf_check(set(m, "a", text("1")) && set(m, "b", text("2")) && set(m, "a", text("")) && set(m, "never", text("")));
    rf_check(m->meta.count == 1);
    rf_check_text(get(&f, m, "a"), RF_SLICE("(none)"));
    const rf_key *b = key_of(&f, "b");
    rf_check(b && rf_meta_get(&m->meta, b) && rf_meta_delete(arena, &m->meta, b) && m->meta.count == 0 && rf_meta_delete(arena, &m->meta, b));
}

RF_TEST(meta_shared_by_messages_can_be_changed_apart) {
    WITH_BATCH;
    rf_check(set(m, "a", text("1")) && set(m, "b", text("2")));
    rf_message copy, third;
    rf_message_share(m, &copy);
    rf_message_share(m, &third);
    rf_check(set(&copy, "a", text("changed")) && set(m, "c", text("3")) && set(&third, "b", text("")));
    rf_check_text(get(&f, m, "a"), RF_SLICE("1"));
    rf_check_text(get(&f, &copy, "a"), RF_SLICE("changed"));
    rf_check_text(get(&f, &copy, "c"), RF_SLICE("(none)"));
    rf_check(m->meta.count == 3 && copy.meta.count == 2 && third.meta.count == 1);
    rf_check_text(get(&f, &third, "a"), RF_SLICE("1"));
}

/* A key as it is made when the table is full. */
static const rf_key *loose_key(rf_arena *arena, const rf_key *like) {
    rf_key *key = rf_arena_alloc(arena, sizeof *key + like->len + 1);
    if (!key)
        return NULL;
    memcpy(key, like, sizeof *key + like->len + 1);
    key->interned = false;
    key->bit = UINT64_MAX;
    return key;
}

RF_TEST(meta_keys_that_are_not_interned_are_the_same_by_text) {
    WITH_BATCH;
    const rf_key *a = key_of(&f, "a"), *b = key_of(&f, "b");
    const rf_key *loose_a = a ? loose_key(arena, a) : NULL, *loose_b = b ? loose_key(arena, b) : NULL;
    rf_check(loose_a && loose_b);
    rf_check(rf_meta_set(arena, &m->meta, loose_a, text("1")) && rf_meta_set(arena, &m->meta, b, text("2")));
    rf_check(rf_meta_set(arena, &m->meta, a, text("one")) && rf_meta_set(arena, &m->meta, loose_b, text("two")));
    rf_check(m->meta.count == 2);
    rf_check_text(get(&f, m, "a"), RF_SLICE("one"));
    rf_check_text(get(&f, m, "b"), RF_SLICE("two"));
    rf_check(rf_meta_delete(arena, &m->meta, loose_b) && rf_meta_delete(arena, &m->meta, a) && m->meta.count == 0);
}

RF_TEST(meta_many_entries) {
    WITH_BATCH;
    for (int i = 0; i < 200; i++) {
        rf_slice key = rf_printf_in(arena, "key%d", i);
        rf_check(key.data && rf_batch_set_meta(f.batch, m, key, rf_int(i)));
    }
    rf_check(m->meta.count == 200);
    rf_check_text(get(&f, m, "key199"), RF_SLICE("199"));
}

/* What a search finds that knows nothing of the keys. */
static const rf_value *look_for(const rf_meta *meta, const rf_key *key) {
    for (uint32_t i = 0; i < meta->count; i++)
        if (rf_key_eq(meta->entries[i].key, key))
            return &meta->entries[i].value;
    return NULL;
}

#define MANY 100u /* keys, more than there are bits */

/* One of the ways in which entries come and go. */
static bool change(fixture *f, rf_message *m, const rf_key *key, unsigned how) {
    rf_arena *arena = &f->batch->arena;
    bool there = look_for(&m->meta, key);
    switch (how) {
    case 0: return rf_meta_delete(arena, &m->meta, key);
    case 1: rf_meta_note_keys(&m->meta); return true;
    case 2: /* past all the functions, as inputs do it */
        if (there || !rf_meta_reserve(arena, &m->meta, m->meta.count + 1))
            return there;
        m->meta.entries[m->meta.count++] = (rf_meta_entry){ key, rf_int(2) };
        return true;
    case 3:
        if (there || !rf_meta_reserve(arena, &m->meta, m->meta.count + 1))
            return there;
        rf_meta_add(&m->meta, key)->value = rf_int(3);
        return true;
    default: return rf_meta_set(arena, &m->meta, key, rf_int(4));
    }
}

RF_TEST(meta_noted_keys_change_nothing_in_what_is_found) {
    WITH_BATCH;
    const rf_key *keys[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        rf_slice name = rf_printf_in(arena, "key%u", i);
        keys[i] = name.data ? rf_keys_intern(f.keys, arena, name) : NULL;
        rf_check(keys[i]);
        keys[i] = i % 10 ? keys[i] : loose_key(arena, keys[i]);
        rf_check(keys[i]);
    }
    uint32_t random = 1;
    for (unsigned turn = 0; turn < 2000; turn++) {
        random = random * 1664525u + 1013904223u;
        rf_check(change(&f, m, keys[random / 65536 % MANY], random / 16777216 % 6));
        for (unsigned i = 0; i < MANY; i++)
            rf_check(rf_meta_get(&m->meta, keys[i]) == look_for(&m->meta, keys[i]));
    }
}

RF_TEST(meta_snapshot_tells_whether_all_values_are_settled) {
    WITH_BATCH;
    const rf_key *initial = key_of(&f, "_initialMetadata"), *keys = key_of(&f, "_incomingKeys");
    rf_check(initial && keys && set(m, "a", text("1")) && rf_meta_snapshot(arena, &m->meta, initial, keys) && m->meta.settled);
    rf_check(set(m, "a", text("")) && set(m, "b", text("2")) && m->meta.settled);
    rf_check(set(m, "b", rf_int(2)) && !m->meta.settled && m->meta.typed);
    rf_message *other = rf_batch_add(f.batch);
    rf_check(other && set(other, "n", rf_int(7)) && rf_meta_snapshot(arena, &other->meta, initial, keys) && !other->meta.settled);
}

RF_TEST(meta_snapshot_is_of_the_texts_as_they_were) {
    WITH_BATCH;
    const rf_key *initial = key_of(&f, "_initialMetadata"), *keys = key_of(&f, "_incomingKeys");
    rf_check(initial && keys);
    rf_check(set(m, "b", text("<2>")) && set(m, "a", text("1\"")) && set(m, "n", rf_int(7)));
    rf_check(rf_meta_snapshot(arena, &m->meta, initial, keys) && m->meta.frozen);
    rf_check(m->meta.count == 5 && m->meta.entries[3].value.kind == RF_LAZY_INITIAL && m->meta.entries[4].value.kind == RF_LAZY_KEYS);
    rf_check(set(m, "a", text("later")) && set(m, "b", text("")) && set(m, "z", text("new")));
    rf_check_text(get(&f, m, "_initialMetadata"), RF_SLICE("{\"a\":\"1\\\"\",\"b\":\"\\u003c2\\u003e\"}"));
    rf_check_text(get(&f, m, "_incomingKeys"), RF_SLICE("a,b"));
    rf_check(rf_meta_get(&m->meta, keys)->kind == RF_STRING);
}

RF_TEST(meta_snapshot_without_texts_has_no_keys) {
    WITH_BATCH;
    const rf_key *initial = key_of(&f, "_initialMetadata"), *keys = key_of(&f, "_incomingKeys");
    rf_check(initial && keys && rf_meta_snapshot(arena, &m->meta, initial, keys));
    rf_check(m->meta.count == 1 && !m->meta.typed);
    rf_check_text(get(&f, m, "_initialMetadata"), RF_SLICE("{}"));
}

RF_TEST(meta_snapshot_of_a_snapshot_holds_its_text) {
    WITH_BATCH;
    const rf_key *initial = key_of(&f, "_initialMetadata"), *keys = key_of(&f, "_incomingKeys");
    rf_check(initial && keys && set(m, "a", text("1")));
    rf_check(rf_meta_snapshot(arena, &m->meta, initial, keys) && set(m, "_initialMetadata", text("")));
    rf_check(rf_meta_snapshot(arena, &m->meta, initial, keys));
    rf_check_text(get(&f, m, "_initialMetadata"), RF_SLICE("{\"_incomingKeys\":\"a\",\"a\":\"1\"}"));
    rf_check_text(get(&f, m, "_incomingKeys"), RF_SLICE("_incomingKeys,a"));
    rf_check(m->meta.count == 3);
}

RF_TEST(meta_text_of_every_kind) {
    WITH_BATCH;
    rf_value item = rf_double(1000000), list = { .kind = RF_LIST, .size = 1, .items = &item };
    rf_check(set(m, "null", rf_null()) && set(m, "yes", rf_bool(true)) && set(m, "int", rf_int(1000000)) && set(m, "list", list));
    rf_check(set(m, "double", rf_double(0.5)) && set(m, "big", rf_text(RF_BIGINT, RF_SLICE("12"))) && set(m, "number", rf_text(RF_NUMBER, RF_SLICE("1e6"))));
    rf_check_text(get(&f, m, "null"), RF_SLICE("<nil>"));
    rf_check_text(get(&f, m, "yes"), RF_SLICE("true"));
    rf_check_text(get(&f, m, "int"), RF_SLICE("1000000"));
    rf_check_text(get(&f, m, "list"), RF_SLICE("[1e+06]"));
    rf_check_text(get(&f, m, "double"), RF_SLICE("0.5"));
    rf_check_text(get(&f, m, "big"), RF_SLICE("12"));
    rf_check_text(get(&f, m, "number"), RF_SLICE("1e+06"));
}
