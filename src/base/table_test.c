/* table_test.c: tables. */
#include "harness.h"

#include "base/slice.h"
#include "base/table.h"

#include <stdio.h>

enum { MANY = 500 };
typedef struct names { char text[MANY][16]; } names;

static void fill_names(names *all) {
    for (int i = 0; i < MANY; i++)
        (void)snprintf(all->text[i], sizeof all->text[i], "k%d", i);
}

RF_TEST(an_empty_table_has_nothing) {
    RF_CLEANUP(rf_table_done) rf_table table = { 0 };
    size_t at = 0;
    rf_check(!rf_table_get(&table, RF_SLICE("a")));
    rf_check(!rf_table_remove(&table, RF_SLICE("a")));
    rf_check(!rf_table_next(&table, &at, NULL, NULL));
    rf_table_clear(&table);
}

RF_TEST(a_key_has_its_last_value) {
    RF_CLEANUP(rf_table_done) rf_table table = { 0 };
    int one = 1, two = 2;
    rf_check(rf_table_put(&table, RF_SLICE("a"), &one));
    rf_check(rf_table_put(&table, RF_SLICE("a"), &two));
    rf_check(rf_table_put(&table, RF_SLICE(""), &one));
    rf_check(table.count == 2);
    rf_check(rf_table_get(&table, RF_SLICE("a")) == &two);
    rf_check(rf_table_get(&table, (rf_slice){ NULL, 0 }) == &one);
    rf_check(!rf_table_get(&table, RF_SLICE("b")));
}

RF_TEST(many_keys_are_found_and_removed) {
    RF_CLEANUP(rf_table_done) rf_table table = { 0 };
    names all;
    fill_names(&all);
    for (int i = 0; i < MANY; i++)
        rf_check(rf_table_put(&table, rf_slice_of(all.text[i]), all.text[i]));
    rf_check(table.count == MANY);
    /* Every third goes; the others must still be found behind the gaps. */
    for (int i = 0; i < MANY; i += 3)
        rf_check(rf_table_remove(&table, rf_slice_of(all.text[i])) == all.text[i]);
    for (int i = 0; i < MANY; i++)
        rf_check(rf_table_get(&table, rf_slice_of(all.text[i])) == (i % 3 ? all.text[i] : NULL));
    rf_check(!rf_table_remove(&table, rf_slice_of(all.text[0])));
    rf_table_clear(&table);
    rf_check(table.count == 0 && !rf_table_get(&table, rf_slice_of(all.text[1])));
}

RF_TEST(an_iteration_meets_each_entry_once) {
    RF_CLEANUP(rf_table_done) rf_table table = { 0 };
    names all;
    fill_names(&all);
    bool met[MANY] = { 0 };
    for (int i = 0; i < MANY; i++)
        rf_check(rf_table_put(&table, rf_slice_of(all.text[i]), all.text[i]));
    rf_slice key;
    void *value;
    size_t count = 0;
    for (size_t at = 0; rf_table_next(&table, &at, &key, &value); count++) {
        size_t i = (size_t)((char *)value - all.text[0]) / sizeof all.text[0];
        rf_check(!met[i] && rf_slice_is(key, all.text[i]));
        met[i] = true;
    }
    rf_check(count == MANY);
}

RF_TEST(coming_and_going_does_not_grow_the_table) {
    RF_CLEANUP(rf_table_done) rf_table table = { 0 };
    names all;
    fill_names(&all);
    for (int i = 0; i < MANY; i++) {
        rf_check(rf_table_put(&table, rf_slice_of(all.text[i]), all.text[i]));
        if (i >= 8)
            rf_check(rf_table_remove(&table, rf_slice_of(all.text[i - 8])));
    }
    rf_check(table.count == 8 && table.cap <= 16);
}
