/* fzb1_jump.c: pieces of code between jumps, while a version-1 function is translated. */
#include "script/fusabi/fzb1_translate.h"

#include <assert.h>

/* How many entries of the stack still matter at `pc`. What lies below is dead: the original's matching leaves much behind. */
static uint32_t kept_at(const rf_fus_v1_translator *t, uint32_t pc) {
    uint32_t count = (uint32_t)t->stack.count, needs = t->flow.needs[pc];
    return count < needs ? count : needs;
}

static bool is_live(const rf_fus_v1_translator *t, uint32_t pc, uint32_t slot) {
    uint32_t label = t->flow.labels[pc];
    return t->aliases[slot] > 0 || !label || rf_fus_v1_has(&t->flow.live[label - 1], slot);
}

/* Slots whose value a call left elsewhere go home, if anybody will look. */
static void bring_slots_home(rf_fus_v1_translator *t, uint32_t pc) {
    for (uint32_t slot = 0; slot < t->slot_count && t->moved_count > 0; slot++) {
        if (t->places[slot] == slot)
            continue;
        if (is_live(t, pc, slot))
            rf_fus_v1_move(t, slot, t->places[slot]);
        t->places[slot] = slot;
        t->moved_count--;
    }
}

static void drop_below(rf_fus_v1_translator *t, uint32_t kept) {
    uint32_t dropped = (uint32_t)t->stack.count - kept;
    for (uint32_t i = 0; i < dropped; i++)
        if (t->stack.items[i].kind == RF_FUS_V1_E_LOCAL)
            t->aliases[t->stack.items[i].where]--;
    if (dropped > 0 && kept > 0)
        memmove(t->stack.items, &t->stack.items[dropped], kept * sizeof *t->stack.items);
    t->stack.count = kept;
}

/* ---- Pending blocks: a heap ---- */

/* Of two blocks at one place the join comes last: what leads to it runs into it. */
static bool is_before(const rf_fus_v1_block *a, const rf_fus_v1_block *b) {
    return a->pc != b->pc ? a->pc < b->pc : a->is_join < b->is_join;
}

static void add_pending(rf_fus_v1_translator *t, rf_fus_v1_block *block) {
    if (!rf_vec_push(&t->pending, block)) {
        rf_fus_v1_fail_memory(t);
        return;
    }
    rf_fus_v1_block **heap = t->pending.items;
    size_t at = t->pending.count - 1;
    for (; at > 0 && is_before(block, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = block;
}

static rf_fus_v1_block *take_pending(rf_fus_v1_translator *t) {
    rf_fus_v1_block **heap = t->pending.items, *first = heap[0], *moved = heap[--t->pending.count];
    size_t count = t->pending.count, at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && is_before(heap[child + 1], heap[child]))
            child++;
        if (child >= count || !is_before(heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
    return first;
}

static rf_fus_v1_block *new_block(rf_fus_v1_translator *t, uint32_t pc, bool is_join) {
    rf_fus_v1_block *block = rf_arena_zero(t->scratch, 1, sizeof *block);
    if (!block) {
        rf_fus_v1_fail_memory(t);
        return NULL;
    }
    block->pc = pc;
    block->is_join = is_join;
    block->start = UINT32_MAX;
    return block;
}

/* ---- Joins ---- */

static bool is_constant(const rf_fus_v1_entry *entry) {
    return entry->kind == RF_FUS_V1_E_CONST || (entry->kind == RF_FUS_V1_E_LIBRARY && entry->held == 0);
}

static bool is_same_constant(const rf_fus_v1_entry *a, const rf_fus_v1_entry *b) {
    if (a->kind != b->kind)
        return false;
    return a->kind == RF_FUS_V1_E_CONST ? a->literal == b->literal && (a->literal || a->value == b->value) : a->row == b->row;
}

static bool fits_join(const rf_fus_v1_block *join, const rf_fus_v1_entry *entries, uint32_t count) {
    if (join->saved.count != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (join->saved.entries[i].kind != RF_FUS_V1_E_REGISTER && !is_same_constant(&join->saved.entries[i], &entries[i]))
            return false;
    return true;
}

/* Entries pushed later than this may be others on the way that is still to come: the results of an `if` and its `else`. */
static uint32_t common_births(const rf_fus_v1_translator *t, uint32_t pc) {
    const rf_fus_v1_block *next = t->pending.count ? t->pending.items[0] : NULL;
    return next && !next->is_join && next->pc <= pc ? next->saved.births : UINT32_MAX;
}

/* A new join for the top `count` entries. Where another one of this depth did not fit, what differs is no constant any more. */
static rf_fus_v1_block *make_join(rf_fus_v1_translator *t, uint32_t pc, uint32_t count) {
    const rf_fus_v1_entry *entries = &t->stack.items[t->stack.count - count];
    const rf_fus_v1_block *other = t->joins_at[pc];
    while (other && other->saved.count != count)
        other = other->next;
    rf_fus_v1_block *join = new_block(t, pc, true);
    rf_fus_v1_entry *expected = join ? rf_arena_zero(t->scratch, count, sizeof *expected) : NULL;
    uint32_t births = common_births(t, pc);
    if (!expected) {
        rf_fus_v1_fail_memory(t);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool stays = is_constant(&entries[i]) &&
                     (other ? is_same_constant(&other->saved.entries[i], &entries[i]) : entries[i].birth < births);
        if (stays)
            expected[i] = entries[i];
        expected[i].home = t->slot_count + i;
        expected[i].size = 1;
        static_assert(RF_FUS_V1_E_REGISTER == 0, "zeroed memory says so");
    }
    join->saved = (rf_fus_v1_saved){ .entries = expected, .count = count };
    join->next = t->joins_at[pc];
    t->joins_at[pc] = join;
    add_pending(t, join);
    t->work += 4 * count;
    return join;
}

/* The join at `pc` for the stack as it is; made if need be. */
static rf_fus_v1_block *find_join(rf_fus_v1_translator *t, uint32_t pc) {
    uint32_t count = kept_at(t, pc);
    const rf_fus_v1_entry *entries = count ? &t->stack.items[t->stack.count - count] : NULL;
    for (rf_fus_v1_block *join = t->joins_at[pc]; join; join = join->next) {
        if (fits_join(join, entries, count))
            return join;
        t->work++;
    }
    return make_join(t, pc, count);
}

/* Everything goes where the join expects it. */
static void prepare_join(rf_fus_v1_translator *t, const rf_fus_v1_block *join) {
    drop_below(t, join->saved.count);
    bring_slots_home(t, join->pc);
    rf_fus_v1_settle(t, 0, join->saved.count, t->slot_count, join->saved.entries);
    t->floor = t->slot_count;
}

static bool is_prepared(const rf_fus_v1_translator *t, const rf_fus_v1_block *join) {
    uint32_t kept = join->saved.count, first = (uint32_t)t->stack.count - kept;
    for (uint32_t slot = 0; slot < t->slot_count && t->moved_count > 0; slot++)
        if (t->places[slot] != slot && is_live(t, join->pc, slot))
            return false;
    for (uint32_t i = 0; i < kept; i++) {
        const rf_fus_v1_entry *entry = &t->stack.items[first + i];
        if (join->saved.entries[i].kind == RF_FUS_V1_E_REGISTER &&
            (entry->kind != RF_FUS_V1_E_REGISTER || entry->home != t->slot_count + i))
            return false;
    }
    return true;
}

/* ---- Jumps ---- */

static void patch_later(rf_fus_v1_translator *t, uint32_t pc, rf_fus_v1_block *block) {
    if (!rf_fus_v1_failed(t) && !rf_vec_push(&t->patches, (rf_fus_v1_patch){ pc, block }))
        rf_fus_v1_fail_memory(t);
}

static bool is_wide_jump(rf_fus_code word) { return rf_fus_opcode_rows[RF_FUS_OP(word)].b == RF_FUS_O_OFFX; }

/* The distance goes into its field; JMP becomes LOOP when it goes back. */
static void set_target(rf_fus_v1_translator *t, uint32_t pc, uint32_t target) {
    int64_t distance = (int64_t)target - pc - 1;
    rf_fus_code word = t->code.items[pc];
    uint8_t op = RF_FUS_OP(word);
    assert(distance >= 0 || op == RF_FUS_I_JMP);
    if (is_wide_jump(word)) {
        t->code.items[pc] = RF_FUS_MAKEX(distance < 0 ? RF_FUS_I_LOOP : op, RF_FUS_D(word), RF_FUS_A(word), distance);
        return;
    }
    if (distance > INT16_MAX)
        rf_fus_v1_fail(t, "a jump is too long");
    t->code.items[pc] = RF_FUS_MAKE(op, RF_FUS_D(word), RF_FUS_A(word), RF_FUS_B(word), distance);
}

/* ---- What is known at a jump, kept for its target ---- */

static void save(rf_fus_v1_translator *t, rf_fus_v1_block *block) {
    uint32_t kept = kept_at(t, block->pc), first = (uint32_t)t->stack.count - kept;
    rf_fus_v1_saved *saved = &block->saved;
    saved->entries = rf_arena_alloc(t->scratch, kept * sizeof *saved->entries);
    saved->places = rf_arena_alloc(t->scratch, t->slot_count * sizeof *saved->places);
    if (!saved->entries || !saved->places) {
        rf_fus_v1_fail_memory(t);
        return;
    }
    if (kept > 0)
        memcpy(saved->entries, &t->stack.items[first], kept * sizeof *saved->entries);
    memcpy(saved->places, t->places, t->slot_count * sizeof *saved->places);
    saved->count = kept;
    saved->floor = t->floor;
    saved->births = t->births;
}

static void restore(rf_fus_v1_translator *t, const rf_fus_v1_block *block) {
    const rf_fus_v1_saved *saved = &block->saved;
    assert(saved->count <= t->stack.cap); /* it was that large before */
    memset(t->aliases, 0, sizeof t->aliases);
    if (saved->count > 0)
        memcpy(t->stack.items, saved->entries, saved->count * sizeof *saved->entries);
    t->stack.count = saved->count;
    for (uint32_t i = 0; i < saved->count; i++)
        if (saved->entries[i].kind == RF_FUS_V1_E_LOCAL)
            t->aliases[saved->entries[i].where]++;
    memcpy(t->places, saved->places, t->slot_count * sizeof *saved->places);
    t->moved_count = 0;
    for (uint32_t slot = 0; slot < t->slot_count; slot++)
        t->moved_count += t->places[slot] != slot;
    t->floor = saved->floor;
}

static void restore_join(rf_fus_v1_translator *t, const rf_fus_v1_block *join) {
    memset(t->aliases, 0, sizeof t->aliases);
    for (uint32_t slot = 0; slot < t->slot_count; slot++)
        t->places[slot] = slot;
    t->moved_count = 0;
    t->floor = t->slot_count;
    assert(join->saved.count <= t->stack.cap);
    if (join->saved.count > 0)
        memcpy(t->stack.items, join->saved.entries, join->saved.count * sizeof *join->saved.entries);
    t->stack.count = join->saved.count;
}

/* ---- Arriving ---- */

void rf_fus_v1_branch(rf_fus_v1_translator *t, rf_fus_code word, uint32_t target) {
    uint32_t pc = rf_fus_v1_emit(t, word);
    if (rf_fus_v1_failed(t))
        return;
    t->work += 4 * kept_at(t, target); /* a kept entry takes more memory than an instruction */
    rf_fus_v1_block *join = t->flow.joins[target] ? find_join(t, target) : NULL;
    if (join && join->start == UINT32_MAX && is_prepared(t, join)) { /* a jump back would have to be a LOOP */
        patch_later(t, pc, join);
        return;
    }
    rf_fus_v1_block *block = new_block(t, target, false);
    if (!block)
        return;
    save(t, block);
    add_pending(t, block);
    patch_later(t, pc, block);
}

static void begin(rf_fus_v1_translator *t, rf_fus_v1_block *block) {
    /* A jump right in front of its target is none, unless something else begins between the two. */
    if (t->patches.count > 0 && t->code.count > 0 && t->label != t->code.count) {
        const rf_fus_v1_patch *last = &t->patches.items[t->patches.count - 1];
        if (last->block == block && last->pc == t->code.count - 1 && RF_FUS_OP(t->code.items[last->pc]) == RF_FUS_I_JMP) {
            t->patches.count--;
            t->code.count--;
        }
    }
    block->start = t->label = (uint32_t)t->code.count;
    t->fresh = 0;
}

uint32_t rf_fus_v1_arrive(rf_fus_v1_translator *t, uint32_t pc, bool jumps) {
    if (rf_fus_v1_failed(t))
        return RF_FUS_V1_STOP;
    if (pc >= t->chunk->op_count) {
        rf_fus_v1_raise_text(t, "Invalid instruction pointer: %u", pc);
        return RF_FUS_V1_STOP;
    }
    if (!t->flow.joins[pc])
        return pc;
    rf_fus_v1_block *join = find_join(t, pc);
    if (!join)
        return RF_FUS_V1_STOP;
    prepare_join(t, join);
    bool is_next = t->pending.count == 0 || t->pending.items[0]->pc >= pc;
    if (join->start == UINT32_MAX && !jumps && is_next) {
        begin(t, join);
        return pc;
    }
    uint32_t at = rf_fus_v1_emit(t, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0));
    patch_later(t, at, join);
    return RF_FUS_V1_STOP;
}

static void run_from(rf_fus_v1_translator *t, uint32_t pc) {
    while (pc != RF_FUS_V1_STOP && !rf_fus_v1_failed(t))
        pc = rf_fus_v1_step(t, pc);
}

static void finish_patches(rf_fus_v1_translator *t) {
    for (size_t i = 0; i < t->patches.count && !rf_fus_v1_failed(t); i++)
        set_target(t, t->patches.items[i].pc, t->patches.items[i].block->start);
}

void rf_fus_v1_translate_blocks(rf_fus_v1_translator *t) {
    run_from(t, rf_fus_v1_arrive(t, 0, false));
    while (t->pending.count > 0 && !rf_fus_v1_failed(t)) {
        rf_fus_v1_block *block = take_pending(t);
        if (block->start != UINT32_MAX)
            continue; /* a join that was run into */
        begin(t, block);
        if (block->is_join) {
            restore_join(t, block);
            run_from(t, block->pc);
        } else {
            restore(t, block);
            run_from(t, rf_fus_v1_arrive(t, block->pc, false));
        }
    }
    finish_patches(t);
}
