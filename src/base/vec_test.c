/* vec_test.c: typed arrays that grow. */
#include "harness.h"

#include "base/vec.h"

typedef RF_VEC(int) numbers;

static void numbers_done(numbers *vec) { rf_vec_done(vec); }

RF_TEST(pushed_items_stay_in_order) {
    RF_CLEANUP(numbers_done) numbers vec = { 0 };
    for (int i = 0; i < 100; i++)
        rf_check(rf_vec_push(&vec, i * i));
    rf_check(vec.count == 100 && vec.cap >= 100);
    for (int i = 0; i < 100; i++)
        rf_check(vec.items[i] == i * i);
}

RF_TEST(a_failed_push_leaves_the_items) {
    RF_CLEANUP(numbers_done) numbers vec = { 0 };
    for (int i = 0; i < 4; i++)
        rf_check(rf_vec_push(&vec, i));
    rf_alloc_fail_at(1, true);
    bool pushed = rf_vec_push(&vec, 4);
    rf_alloc_fail_at(0, false);
    rf_check(!pushed && vec.count == 4 && vec.items[3] == 3);
    rf_check(rf_vec_push(&vec, 4));
}

RF_TEST(a_size_that_overflows_is_refused) {
    void *items = NULL;
    size_t cap = SIZE_MAX / 2 + 1;
    rf_check(!rf_vec_room_for(&items, &cap, cap, 8));
    cap = SIZE_MAX / 8;
    rf_check(!rf_vec_room_for(&items, &cap, cap, 64));
    rf_check(!items);
}
