/* zone_test.c: zones added up by path, in one thread and several, on and off at any moment. */
#include "observe/zone.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/thread.h"
#include "harness.h"
#include "message/json.h"

#include <stdio.h>
#include <string.h>

/* ---- Helpers ---- */

typedef struct seen { rf_arena arena; rf_buffer json; rf_value tree; bool is_open; } seen;

static void seen_done(seen *self) {
    if (self->is_open)
        rf_zone_tree_close();
    rf_buffer_done(&self->json);
    rf_arena_done(&self->arena);
}
#define SEEN(name) RF_CLEANUP(seen_done) seen name = { 0 }; rf_arena_init(&name.arena, (size_t)1 << 20)

static bool open_tree(seen *self) { return self->is_open = !rf_zone_tree_open(NULL); }

static bool look(seen *self) {
    rf_buffer_clear(&self->json);
    rf_zone_tree_json(&self->json);
    return !self->json.failed && !rf_json_parse(&self->arena, rf_buffer_view(&self->json), RF_JSON_DOUBLES, &self->tree, NULL);
}

static double number(const rf_value *node, const char *key) {
    const rf_value *value = rf_value_member(node, rf_slice_of(key));
    return value ? value->number : -1;
}

static const rf_value *find(const rf_value *list, const char *name, const char *detail) {
    for (uint32_t i = 0; i < list->size; i++) {
        const rf_value *node = &list->items[i];
        if (rf_slice_eq(rf_value_text(rf_value_member(node, RF_SLICE("name"))), rf_slice_of(name)) &&
            rf_slice_eq(rf_value_text(rf_value_member(node, RF_SLICE("detail"))), rf_slice_of(detail)))
            return node;
    }
    return NULL;
}

static const rf_value *children(const rf_value *node) { return rf_value_member(node, RF_SLICE("children")); }

/* Self time and the times of what is within make up the whole, everywhere. The depth is bounded by the tree's. */
static bool adds_up(const rf_value *list) {
    for (uint32_t i = 0; i < list->size; i++) {
        const rf_value *node = &list->items[i], *within = children(node);
        double sum = number(node, "self_ns");
        for (uint32_t k = 0; k < within->size; k++)
            sum += number(&within->items[k], "total_ns");
        if (sum != number(node, "total_ns") || !adds_up(within))
            return false;
    }
    return true;
}

static void spin(uint64_t ns) {
    uint64_t until = rf_clock_mono_ns() + ns;
    while (rf_clock_mono_ns() < until)
        ;
}

static void chain_of_two(const char *first, const char *second) {
    RF_ZONE(RF_ZONE_CHAIN, NULL);
    {
        RF_ZONE(RF_ZONE_HOOK, first);
        spin(2000);
    }
    {
        RF_ZONE(RF_ZONE_HOOK, second);
        spin(2000);
    }
    spin(2000);
}

/* ---- The table ---- */

RF_TEST(every_zone_has_a_name_of_its_own) {
    for (size_t i = 0; i < RF_ZONE_COUNT; i++) {
        rf_check(rf_zones[i].name && rf_zones[i].category && rf_zones[i].doc);
        rf_check(rf_zones[i].doc[strlen(rf_zones[i].doc) - 1] == '.');
        for (size_t k = 0; k < i; k++)
            rf_check(strcmp(rf_zones[i].name, rf_zones[k].name) != 0);
    }
}

/* ---- One thread ---- */

RF_TEST(off_nothing_is_kept) {
    SEEN(s);
    rf_check((rf_zones_on & ~(unsigned)RF_ZONES_OUTSIDE) == 0); /* Tracy's builds have that on */
    chain_of_two("a", "b");
    rf_check(look(&s));
    rf_check(s.tree.kind == RF_LIST && s.tree.size == 0);
}

RF_TEST(nested_zones_add_up_by_path) {
    SEEN(s);
    rf_check(open_tree(&s));
    for (int i = 0; i < 5; i++)
        chain_of_two("first", "second");
    rf_zone_mark alone;
    rf_zone_begin(&alone, RF_ZONE_HOOK, "first");
    rf_zone_end(&alone);
    rf_check(look(&s));
    rf_check(s.tree.size == 2 && adds_up(&s.tree));
    const rf_value *chain = find(&s.tree, "chain", "");
    rf_check(chain && number(chain, "count") == 5 && children(chain)->size == 2);
    const rf_value *first = find(children(chain), "hook", "first"), *second = find(children(chain), "hook", "second");
    rf_check(first && second && number(first, "count") == 5 && number(second, "count") == 5);
    rf_check(number(first, "total_ns") >= 9000 && number(chain, "self_ns") >= 9000);
    rf_check(number(chain, "total_ns") >= 27000);
    rf_check(number(find(&s.tree, "hook", "first"), "count") == 1);
}

RF_TEST(details_are_copies_and_quoted) {
    SEEN(s);
    rf_check(open_tree(&s));
    char name[80];
    memset(name, 'x', sizeof name - 1);
    name[79] = '\0';
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "say \"%d\"\n\\", i);
        rf_zone_mark mark;
        rf_zone_begin(&mark, RF_ZONE_STAGE, name);
        rf_zone_end(&mark);
    }
    memset(name, 'x', sizeof name - 1);
    rf_zone_mark mark;
    rf_zone_begin(&mark, RF_ZONE_STAGE, name);
    rf_zone_end(&mark);
    rf_check(look(&s));
    rf_check(s.tree.size == 4 && find(&s.tree, "stage", "say \"0\"\n\\") && find(&s.tree, "stage", "say \"2\"\n\\"));
    name[47] = '\0';
    rf_check(find(&s.tree, "stage", name));
}

RF_TEST(a_zone_that_goes_on_lasts_as_long_as_what_ended_in_it) {
    SEEN(s);
    rf_check(open_tree(&s));
    rf_zone_mark outer;
    rf_zone_begin(&outer, RF_ZONE_PROCESSOR, "p");
    chain_of_two("a", "b");
    bool good = look(&s);
    rf_zone_end(&outer);
    rf_check(good && s.tree.size == 1 && adds_up(&s.tree));
    const rf_value *processor = find(&s.tree, "processor", "p");
    rf_check(processor && number(processor, "count") == 0 && number(processor, "total_ns") >= 6000 && number(processor, "self_ns") == 0);
}

/* A script that is left by a long jump does not end its zones. */
RF_TEST(a_zone_that_never_ends_does_not_shift_the_next) {
    SEEN(s);
    rf_check(open_tree(&s));
    for (int i = 0; i < 3; i++) {
        rf_zone_mark outer, inner;
        rf_zone_begin(&outer, RF_ZONE_STAGE, "s");
        rf_zone_begin(&inner, RF_ZONE_COLLECT, NULL);
        (void)inner;
        rf_zone_end(&outer);
    }
    rf_check(look(&s));
    rf_check(s.tree.size == 1 && number(find(&s.tree, "stage", "s"), "count") == 3);
}

static void dive(int depth) {
    rf_zone_mark mark;
    rf_zone_begin(&mark, RF_ZONE_STAGE, "deep");
    if (depth > 1)
        dive(depth - 1);
    rf_zone_end(&mark);
}

RF_TEST(depth_is_bounded) {
    SEEN(s);
    rf_check(open_tree(&s));
    dive(200);
    chain_of_two("a", "b");
    rf_check(look(&s));
    rf_check(s.tree.size == 2 && adds_up(&s.tree));
    int depth = 0;
    for (const rf_value *at = &s.tree; at->size; at = children(&at->items[0]))
        depth++;
    rf_check(depth > 40 && depth < 50);
}

RF_TEST(paths_are_bounded) {
    SEEN(s);
    rf_check(open_tree(&s));
    char name[16];
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "%d", i % 1500);
        rf_zone_mark outer, inner;
        rf_zone_begin(&outer, (rf_zone)(i % RF_ZONE_COUNT), name);
        rf_zone_begin(&inner, RF_ZONE_HOOK, name);
        rf_zone_end(&inner);
        rf_zone_end(&outer);
    }
    rf_check(look(&s));
    rf_check(adds_up(&s.tree) && find(&s.tree, "decode", "(others)"));
}

/* ---- Switching ---- */

RF_TEST(zones_around_a_switch_are_left_out) {
    rf_zone_mark before;
    rf_zone_begin(&before, RF_ZONE_CHAIN, "before");
    SEEN(s);
    rf_check(open_tree(&s));
    rf_zone_mark across;
    rf_zone_begin(&across, RF_ZONE_HOOK, "across");
    rf_zone_end(&before); /* not nested: it never was on */
    rf_zone_tree_close();
    s.is_open = false;
    rf_check(open_tree(&s));
    rf_zone_mark inner;
    rf_zone_begin(&inner, RF_ZONE_STAGE, "new");
    rf_zone_end(&inner);
    rf_zone_end(&across);
    rf_check(look(&s));
    rf_check(s.tree.size == 1 && find(&s.tree, "stage", "new"));
}

RF_TEST(the_tree_goes_with_its_last_user) {
    SEEN(s);
    rf_check(open_tree(&s));
    rf_check(!rf_zone_tree_open(NULL));
    chain_of_two("a", "b");
    rf_zone_tree_close();
    rf_check((rf_zones_on & RF_ZONES_TREE) && look(&s) && s.tree.size == 1);
    rf_zone_tree_close();
    s.is_open = false;
    rf_check(!(rf_zones_on & RF_ZONES_TREE) && look(&s) && s.tree.size == 0);
}

RF_TEST(probes_alone_keep_nothing) {
    SEEN(s);
    rf_zones_outside(true);
    chain_of_two("a", "b");
    unsigned on = rf_zones_on;
    rf_zones_outside(false);
    rf_check(on == RF_ZONES_OUTSIDE && rf_zones_on == 0);
    rf_check(look(&s) && s.tree.size == 0);
}

/* ---- Threads ---- */

typedef struct workers { _Atomic bool stop; _Atomic uint64_t rounds; rf_thread threads[4]; size_t count; } workers;

static void few_rounds(void *arg) {
    (void)arg;
    for (int i = 0; i < 10; i++)
        chain_of_two("mine", "yours");
}

static void until_stopped(void *arg) {
    workers *self = arg;
    do {
        RF_ZONE(RF_ZONE_PROCESSOR, "busy");
        dive(3);
        atomic_fetch_add(&self->rounds, 1);
    } while (!self->stop);
}

static void crew_done(workers *self) {
    self->stop = true;
    while (self->count)
        rf_thread_join(&self->threads[--self->count]);
}

static bool hire(workers *self, size_t count, void (*work)(void *)) {
    while (self->count < count) {
        if (rf_thread_start(&self->threads[self->count], "zoned", work, self, NULL))
            return false;
        self->count++;
    }
    return true;
}

RF_TEST(threads_are_added_up_and_stay_when_they_end) {
    SEEN(s);
    rf_check(open_tree(&s));
    RF_CLEANUP(crew_done) workers crew = { 0 };
    bool hired = hire(&crew, 3, few_rounds);
    crew_done(&crew);
    rf_check(hired);
    few_rounds(NULL);
    rf_check(look(&s));
    const rf_value *chain = find(&s.tree, "chain", "");
    if (rf_test_torture() && (!chain || number(chain, "count") < 40))
        return; /* a thread without memory is left out */
    rf_check(s.tree.size == 1 && chain && number(chain, "count") == 40 && adds_up(&s.tree));
    rf_check(number(find(children(chain), "hook", "mine"), "count") == 40);
}

RF_TEST(it_is_switched_and_read_under_load) {
    SEEN(s);
    RF_CLEANUP(crew_done) workers crew = { 0 };
    rf_check(hire(&crew, rf_test_torture() ? 1 : 3, until_stopped));
    for (int i = 0, rounds = rf_test_torture() ? 1 : 40; i < rounds; i++) {
        rf_check(open_tree(&s));
        for (uint64_t from = crew.rounds; crew.rounds < from + 20;)
            rf_clock_sleep_ns(1000);
        rf_check(look(&s));
        rf_check(adds_up(&s.tree));
        rf_check(find(&s.tree, "processor", "busy") || rf_test_torture());
        rf_zone_tree_close();
        s.is_open = false;
    }
}
