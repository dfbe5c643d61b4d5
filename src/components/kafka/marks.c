/* marks.c: spans of offsets, opened by reads, closed by acknowledgements, given up from the front. */
#include "components/kafka/marks.h"

#include <assert.h>
#include <string.h>

#define SKIPPED UINT64_MAX /* the mark of offsets that no batch has */
#define KEPT_SPANS 64u     /* those that are over are only moved away in numbers */

static void part_done(rf_kafka_part *part) {
    rf_free(part->topic);
    rf_vec_done(&part->spans);
}

void rf_kafka_marks_done(rf_kafka_marks *marks) {
    for (size_t i = 0; i < marks->parts.count; i++)
        part_done(&marks->parts.items[i]);
    rf_vec_done(&marks->parts);
    *marks = (rf_kafka_marks){ 0 };
}

static bool is(const rf_kafka_part *part, const char *topic, int32_t partition) {
    return part->partition == partition && strcmp(part->topic, topic) == 0;
}

rf_kafka_part *rf_kafka_marks_find(rf_kafka_marks *marks, const char *topic, int32_t partition) {
    size_t count = marks->parts.count;
    assert(topic);
    for (size_t i = 0; i < count; i++) {
        size_t at = (marks->latest + i) % count;
        if (is(&marks->parts.items[at], topic, partition)) {
            marks->latest = at;
            return &marks->parts.items[at];
        }
    }
    return NULL;
}

bool rf_kafka_marks_add(rf_kafka_marks *marks, const char *topic, int32_t partition) {
    rf_kafka_part part = { .partition = partition, .acked = -1, .stored = -1 };
    size_t bytes = strlen(topic) + 1;
    rf_kafka_marks_remove(marks, topic, partition);
    part.topic = rf_alloc(bytes);
    if (!part.topic)
        return false;
    memcpy(part.topic, topic, bytes);
    if (rf_vec_push(&marks->parts, part))
        return true;
    rf_free(part.topic);
    return false;
}

void rf_kafka_marks_remove(rf_kafka_marks *marks, const char *topic, int32_t partition) {
    rf_kafka_part *part = rf_kafka_marks_find(marks, topic, partition);
    if (!part)
        return;
    part_done(part);
    *part = marks->parts.items[--marks->parts.count];
    marks->latest = 0;
}

/* Takes the spans that are over away, once they are many. */
static void compact(rf_kafka_part *part) {
    if (part->first < KEPT_SPANS || part->first < part->spans.count / 2)
        return;
    part->spans.count -= part->first;
    memmove(part->spans.items, part->spans.items + part->first, part->spans.count * sizeof *part->spans.items);
    part->first = 0;
}

/* Takes what is done from the front. True: there is more to commit. */
static bool settle(rf_kafka_part *part) {
    int64_t before = part->acked;
    while (part->first < part->spans.count && part->spans.items[part->first].done)
        part->acked = part->spans.items[part->first++].end;
    compact(part);
    return part->acked != before;
}

static bool extend(rf_kafka_part *part, rf_kafka_span more) {
    rf_kafka_span *last = part->spans.count > part->first ? &part->spans.items[part->spans.count - 1] : NULL;
    assert(!last || more.end > last->end);
    if (!last || last->mark != more.mark)
        return rf_vec_push(&part->spans, more);
    last->end = more.end;
    last->count += more.count;
    return true;
}

bool rf_kafka_part_read(rf_kafka_part *part, uint64_t mark, int64_t offset) {
    assert(mark != SKIPPED);
    if (!extend(part, (rf_kafka_span){ .mark = mark, .end = offset + 1, .count = 1 }))
        return false;
    part->in_work++;
    return true;
}

bool rf_kafka_part_skip(rf_kafka_part *part, int64_t offset) {
    if (!extend(part, (rf_kafka_span){ .mark = SKIPPED, .end = offset + 1, .done = true }))
        return false;
    (void)settle(part);
    return true;
}

bool rf_kafka_part_ack(rf_kafka_part *part, uint64_t mark) {
    for (size_t i = part->first; i < part->spans.count; i++) {
        rf_kafka_span *span = &part->spans.items[i];
        if (span->mark != mark || span->done)
            continue;
        span->done = true;
        assert(part->in_work >= span->count);
        part->in_work -= span->count;
    }
    return settle(part);
}

uint64_t rf_kafka_marks_most(const rf_kafka_marks *marks) {
    uint64_t most = 0;
    for (size_t i = 0; i < marks->parts.count; i++)
        if (marks->parts.items[i].in_work > most)
            most = marks->parts.items[i].in_work;
    return most;
}

uint64_t rf_kafka_marks_in_work(const rf_kafka_marks *marks) {
    uint64_t sum = 0;
    for (size_t i = 0; i < marks->parts.count; i++)
        sum += marks->parts.items[i].in_work;
    return sum;
}
