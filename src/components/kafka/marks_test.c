/* marks_test.c: offsets that may be committed, with acknowledgements in any order. */
#include "harness.h"

#include "components/kafka/marks.h"

static rf_kafka_part *part_of(rf_kafka_marks *marks) {
    return rf_kafka_marks_add(marks, "t", 3) ? rf_kafka_marks_find(marks, "t", 3) : NULL;
}

RF_TEST(only_what_lies_below_all_open_work_is_acknowledged) {
    RF_CLEANUP(rf_kafka_marks_done) rf_kafka_marks marks = { 0 };
    rf_kafka_part *part = part_of(&marks);
    rf_check(part);
    for (int64_t offset = 10; offset < 16; offset++)
        rf_check(rf_kafka_part_read(part, (uint64_t)offset / 2, offset)); /* marks 5, 6, 7 of two each */
    rf_check(part->in_work == 6 && rf_kafka_marks_most(&marks) == 6);
    rf_check(!rf_kafka_part_ack(part, 6) && part->acked == -1 && part->in_work == 4);
    rf_check(rf_kafka_part_ack(part, 5) && part->acked == 14);
    rf_check(!rf_kafka_part_ack(part, 5) && part->acked == 14); /* once more changes nothing */
    rf_check(rf_kafka_part_ack(part, 7) && part->acked == 16 && part->in_work == 0);
}

RF_TEST(gaps_between_offsets_are_no_work) {
    RF_CLEANUP(rf_kafka_marks_done) rf_kafka_marks marks = { 0 };
    rf_kafka_part *part = part_of(&marks);
    rf_check(part && rf_kafka_part_read(part, 1, 5) && rf_kafka_part_read(part, 1, 9));
    rf_check(rf_kafka_part_ack(part, 1) && part->acked == 10);
}

RF_TEST(skipped_records_hold_nothing_up_and_overtake_nothing) {
    RF_CLEANUP(rf_kafka_marks_done) rf_kafka_marks marks = { 0 };
    rf_kafka_part *part = part_of(&marks);
    rf_check(part && rf_kafka_part_skip(part, 0) && part->acked == 1);
    rf_check(rf_kafka_part_read(part, 1, 1) && rf_kafka_part_skip(part, 2) && rf_kafka_part_skip(part, 3));
    rf_check(part->acked == 1);
    rf_check(rf_kafka_part_ack(part, 1) && part->acked == 4);
    rf_check(rf_kafka_part_skip(part, 4) && part->acked == 5 && part->in_work == 0);
}

RF_TEST(a_partition_that_went_is_forgotten) {
    RF_CLEANUP(rf_kafka_marks_done) rf_kafka_marks marks = { 0 };
    rf_kafka_part *part = part_of(&marks);
    rf_check(part && rf_kafka_marks_add(&marks, "u", 3));
    part = rf_kafka_marks_find(&marks, "t", 3);
    rf_check(part && rf_kafka_part_read(part, 1, 7));
    rf_kafka_marks_remove(&marks, "t", 3);
    rf_check(!rf_kafka_marks_find(&marks, "t", 3) && rf_kafka_marks_find(&marks, "u", 3));
    rf_check(rf_kafka_marks_in_work(&marks) == 0);
    part = part_of(&marks); /* ours again: what was read before is not its own */
    rf_check(part && !rf_kafka_part_ack(part, 1) && part->acked == -1);
}

RF_TEST(memory_does_not_grow_with_what_is_over) {
    RF_CLEANUP(rf_kafka_marks_done) rf_kafka_marks marks = { 0 };
    rf_kafka_part *part = part_of(&marks);
    rf_check(part);
    for (int64_t offset = 0; offset < 10000; offset++) {
        rf_check(rf_kafka_part_read(part, (uint64_t)offset, offset));
        if (offset >= 5)
            rf_check(rf_kafka_part_ack(part, (uint64_t)offset - 5) && part->acked == offset - 4);
    }
    rf_check(part->spans.cap < 300 && part->in_work == 5);
}
