/* fzb1_flow.c: what the code of a version-1 chunk needs of the stack and of its local slots at each instruction. */
#include "script/fusabi/fzb1.h"

#include <assert.h>
#include <string.h>

/* Passes over the code, backwards, until nothing changes. Straight code takes one, loops few; a file made to take many
 * gets the safe answer. */
enum { PASSES_MAX = 40, PASSES_BEFORE_WIDENING = 8 };

typedef struct flow {
    const rf_fus_v1_chunk *chunk;
    rf_fus_v1_flow *found;
    rf_fus_v1_slots *live; /* per label */
    bool changed;
} flow;

static bool ends(const rf_fus_v1_op *op) { return op->tag == RF_FUS_V1_RETURN || op->tag == RF_FUS_V1_TAIL_CALL; }
static bool jumps(const rf_fus_v1_op *op) { return op->tag == RF_FUS_V1_JUMP || op->tag == RF_FUS_V1_JUMP_IF_FALSE; }

/* Joins: two ways lead there, counting the start of the function and code that may never run. */
static uint32_t find_joins(const rf_fus_v1_chunk *chunk, rf_fus_v1_flow *found, uint8_t *ways) {
    uint32_t label_count = 0;
    for (uint32_t pc = 0; pc < chunk->op_count; pc++) {
        const rf_fus_v1_op *op = &chunk->ops[pc];
        if (pc == 0)
            ways[0]++;
        if (!ends(op) && op->tag != RF_FUS_V1_JUMP && pc + 1 < chunk->op_count && ways[pc + 1] < 2)
            ways[pc + 1]++;
        if (!jumps(op))
            continue;
        if (ways[op->target] < 2)
            ways[op->target]++;
        if (!found->labels[op->target])
            found->labels[op->target] = ++label_count;
    }
    for (uint32_t pc = 0; pc < chunk->op_count; pc++)
        found->joins[pc] = ways[pc] > 1;
    return label_count;
}

/* Needs before an instruction, from those behind it. */
static uint32_t needs_before(const flow *f, uint32_t pc) {
    const rf_fus_v1_op *op = &f->chunk->ops[pc];
    uint32_t pops = rf_fus_v1_pops(op), pushes = rf_fus_v1_pushes(op), after = 0;
    if (!ends(op) && op->tag != RF_FUS_V1_JUMP && pc + 1 < f->chunk->op_count)
        after = f->found->needs[pc + 1];
    if (jumps(op) && f->found->needs[op->target] > after)
        after = f->found->needs[op->target];
    if (after >= RF_FUS_V1_NEEDS_ALL)
        return RF_FUS_V1_NEEDS_ALL;
    return after > pushes ? after - pushes + pops : pops;
}

static void find_needs(flow *f) {
    f->changed = true;
    for (unsigned pass = 0; f->changed && pass < PASSES_MAX; pass++) {
        f->changed = false;
        for (uint32_t pc = f->chunk->op_count; pc-- > 0;) {
            uint32_t needs = needs_before(f, pc);
            if (needs <= f->found->needs[pc])
                continue;
            f->found->needs[pc] = pass < PASSES_BEFORE_WIDENING ? needs : RF_FUS_V1_NEEDS_ALL;
            f->changed = true;
        }
    }
    for (uint32_t pc = 0; pc < f->chunk->op_count && f->changed; pc++)
        f->found->needs[pc] = RF_FUS_V1_NEEDS_ALL;
}

static void add_slots(rf_fus_v1_slots *slots, const rf_fus_v1_slots *more) {
    for (unsigned i = 0; i < 4; i++)
        slots->words[i] |= more->words[i];
}

/* Takes `now`, what is live behind `pc`, to what is live before it. */
static void step_live(flow *f, uint32_t pc, rf_fus_v1_slots *now) {
    const rf_fus_v1_op *op = &f->chunk->ops[pc];
    uint64_t bit = UINT64_C(1) << (op->n & 63);
    if (ends(op) || op->tag == RF_FUS_V1_JUMP)
        *now = (rf_fus_v1_slots){ 0 };
    if (jumps(op))
        add_slots(now, &f->live[f->found->labels[op->target] - 1]);
    if (op->tag == RF_FUS_V1_STORE_LOCAL)
        now->words[op->n >> 6] &= ~bit;
    else if (op->tag == RF_FUS_V1_LOAD_LOCAL)
        now->words[op->n >> 6] |= bit;
    uint32_t label = f->found->labels[pc];
    if (label && memcmp(&f->live[label - 1], now, sizeof *now) != 0) {
        f->live[label - 1] = *now;
        f->changed = true;
    }
}

static void find_live(flow *f, uint32_t label_count) {
    f->changed = true;
    for (unsigned pass = 0; f->changed && pass < PASSES_MAX; pass++) {
        rf_fus_v1_slots now = { { 0 } };
        f->changed = false;
        for (uint32_t pc = f->chunk->op_count; pc-- > 0;)
            step_live(f, pc, &now);
        f->found->live_at_start = now;
    }
    if (f->changed) {
        memset(f->live, 0xFF, label_count * sizeof *f->live);
        memset(&f->found->live_at_start, 0xFF, sizeof f->found->live_at_start);
    }
}

rf_code rf_fus_v1_find_flow(rf_arena *arena, const rf_fus_v1_chunk *chunk, rf_fus_v1_flow *ret_flow, rf_error *reterr) {
    assert(arena && chunk && ret_flow);
    size_t count = chunk->op_count;
    rf_fus_v1_flow found = {
        .needs = rf_arena_zero(arena, count, sizeof *found.needs),
        .joins = rf_arena_zero(arena, count, sizeof *found.joins),
        .labels = rf_arena_zero(arena, count, sizeof *found.labels),
    };
    uint8_t *ways = rf_arena_zero(arena, count, sizeof *ways);
    if (!found.needs || !found.joins || !found.labels || !ways)
        return rf_raise_nomem(reterr);
    uint32_t label_count = find_joins(chunk, &found, ways);
    flow f = { .chunk = chunk, .found = &found, .live = rf_arena_zero(arena, label_count, sizeof *f.live) };
    if (!f.live)
        return rf_raise_nomem(reterr);
    find_needs(&f);
    find_live(&f, label_count);
    found.live = f.live;
    *ret_flow = found;
    return RF_OK;
}
