/* branch.h: what the parts of the processor `branch` share. */
#ifndef RF_COMPONENTS_PROCESSORS_BRANCH_H
#define RF_COMPONENTS_PROCESSORS_BRANCH_H

#include "components/processors/note.h"
#include "message/mapping.h"
#include "stream/part.h"
#include "stream/steps.h"

/* One of its two mappings; compiled NULL: it is not given. */
typedef struct rf_branch_map {
    rf_conf_script text;
    rf_mapping *compiled;
    rf_mapping_state *memory;
} rf_branch_map;

typedef struct rf_branch {
    rf_branch_map request, result;
    rf_components list;
    rf_note note;
} rf_branch;

typedef enum rf_branch_fate { RF_BRANCH_LEFT_OUT, RF_BRANCH_SENT, RF_BRANCH_FAILED } rf_branch_fate;

/* A message on its way through the branch. */
typedef struct rf_branch_track {
    rf_message request;
    uint32_t result;    /* its place in the part, once the processors are done */
    uint32_t results;   /* how many there are */
    rf_branch_fate fate;
} rf_branch_track;

/* What one thread needs. */
typedef struct rf_branch_local {
    rf_steps *steps;
    rf_part part;
    rf_branch_track *tracks; /* one a message of the batch */
    uint32_t cap;
} rf_branch_local;

/* Messages that are run together. `singles`: each is a batch by itself. */
typedef struct rf_branch_range {
    uint32_t begin, end;
    bool singles;
} rf_branch_range;

/* A run of the processors on a part of a batch, between its begin and its end. */
typedef struct rf_branch_run {
    rf_note *note;
    rf_branch_track *tracks; /* of the whole batch */
    rf_message *messages;    /* the whole batch's */
    rf_batch *part;          /* has the memory of both */
    rf_branch_range range;
    uint32_t sent;           /* messages that went into the part */
} rf_branch_run;

/* Finds what became of each message that was sent; where that cannot be told, they fail. */
void rf_branch_align(const rf_branch_run *run);

#endif
