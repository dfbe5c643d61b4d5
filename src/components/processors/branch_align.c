/* branch_align.c: which result of a branch belongs to which message. */
#include "components/processors/branch.h"

#include <inttypes.h>

static const char no_messages[] = "child processors resulted in zero messages";

static void fail(const rf_branch_run *run, uint32_t i, const char *why) {
    run->tracks[i].fate = RF_BRANCH_FAILED;
    rf_message_fail(run->part, &run->messages[i], "%s", why);
}

static void tell(rf_note *note, const char *why) {
    rf_note_log(note, RF_LOG_ERROR, why == no_messages ? "Child processors failed: " : "Failed to align branch result: ", why);
}

static void describe(char *out, size_t size, uint32_t before, uint32_t after) {
    (void)snprintf(out, size,
                   "message count from branch processors does not match request, started with %" PRIu32 " messages, finished with %" PRIu32,
                   before, after);
}

/* Each message has its own result, known by where it came from. False: that is not known of all results. */
static bool by_origin(const rf_branch_run *run) {
    rf_branch_track *tracks = run->tracks;
    const rf_branch_range range = run->range;
    const rf_batch *part = run->part;
    for (uint32_t i = range.begin; i < range.end; i++)
        tracks[i].results = 0;
    for (uint32_t i = 0; i < part->count; i++) {
        uint32_t origin = part->messages[i].origin;
        if (origin <= range.begin || origin > range.end)
            return false;
        tracks[origin - 1].result = i;
        tracks[origin - 1].results++;
    }
    return true;
}

static void settle_singles(const rf_branch_run *run) {
    char why[160];
    for (uint32_t i = run->range.begin; i < run->range.end; i++) {
        const rf_branch_track *track = &run->tracks[i];
        if (track->fate != RF_BRANCH_SENT || track->results == 1)
            continue;
        describe(why, sizeof why, 1, track->results);
        fail(run, i, track->results ? why : no_messages);
        tell(run->note, track->results ? why : no_messages);
    }
}

/* A whole batch: a mapping's own complaint goes before that of the batch. */
static void fail_all(const rf_branch_run *run, const char *why) {
    for (uint32_t i = run->range.begin; i < run->range.end; i++)
        if (run->tracks[i].fate != RF_BRANCH_FAILED)
            fail(run, i, why);
    tell(run->note, why);
}

static void by_place(const rf_branch_run *run) {
    uint32_t place = 0;
    for (uint32_t i = run->range.begin; i < run->range.end; i++)
        if (run->tracks[i].fate == RF_BRANCH_SENT)
            run->tracks[i].result = place++;
}

void rf_branch_align(const rf_branch_run *run) {
    char why[160];
    if (run->sent == 0)
        return;
    if (run->range.singles && by_origin(run)) {
        settle_singles(run);
    } else if (run->part->count == run->sent) {
        by_place(run);
    } else {
        describe(why, sizeof why, run->sent, run->part->count);
        fail_all(run, run->part->count ? why : no_messages);
    }
}
