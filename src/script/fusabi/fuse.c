/* fuse.c: one function's code made shorter: jumps that lead to jumps, copies of registers; the gaps are closed. */
#include "script/fusabi/compile.h"
#include "script/fusabi/fuse_internal.h"

#include <assert.h>
#include <string.h>

/* What there is to do at all. */
typedef struct contents { bool has_jump, has_move, has_try, has_loop; } contents;

static contents look(const rf_fus_proto *proto) {
    contents found = { false, false, false, false };
    for (uint32_t pc = 0; pc < proto->code_count; pc++) {
        uint8_t op = RF_FUS_OP(proto->code[pc]);
        found.has_jump |= op == RF_FUS_I_JMP;
        found.has_move |= op == RF_FUS_I_MOVE;
        found.has_try |= op == RF_FUS_I_TRY;
        found.has_loop |= op == RF_FUS_I_LOOP;
    }
    return found;
}

/* Places: those of dropped instructions move to the next that stays; of several there the last counts. */
static void move_spots(rf_fus_proto *proto, const uint32_t *places) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < proto->spot_count; i++) {
        rf_fus_spot spot = proto->spots[i];
        spot.pc = places[spot.pc < proto->code_count ? spot.pc : proto->code_count];
        if (kept && proto->spots[kept - 1].pc == spot.pc)
            kept--;
        proto->spots[kept++] = spot;
    }
    proto->spot_count = kept;
}

/* Takes out what has been dropped. Jumps may only become shorter. */
static bool compact(rf_fus_fusion *f) {
    if (!f->changed)
        return true;
    uint32_t *places = rf_arena_alloc(f->arena, (f->count + 1) * sizeof *places), kept = 0;
    if (!places)
        return false;
    for (uint32_t pc = 0; pc < f->count; pc++) {
        places[pc] = kept;
        kept += !f->drops[pc];
    }
    places[f->count] = kept;
    for (uint32_t pc = 0; pc < f->count; pc++) {
        rf_fus_code word = f->code[pc];
        if (f->drops[pc])
            continue;
        if (rf_fus_code_jumps(word)) {
            bool fits = rf_fus_code_retarget(&word, places[pc], places[rf_fus_code_target(word, pc)]);
            assert(fits);
            (void)fits;
        }
        f->code[places[pc]] = word;
    }
    move_spots(f->proto, places);
    f->count = f->proto->code_count = kept;
    memset(f->drops, 0, kept * sizeof *f->drops);
    f->changed = false;
    rf_fus_fuse_unreached(f);
    return true;
}

static bool fuse(rf_fus_fusion *f, contents found) {
    rf_fus_fuse_unreached(f);
    if (found.has_jump) {
        rf_fus_fuse_jumps(f);
        if (f->changed)
            rf_fus_fuse_unreached(f);
    }
    if (!compact(f))
        return false;
    /* An error in a try could lead to its handler from anywhere: there, registers stay as they are. */
    if (found.has_move && !found.has_try && f->proto->registers <= RF_FUS_FUSE_REGISTERS) {
        rf_fus_fuse_moves(f);
        if (!compact(f))
            return false;
    }
    rf_fus_fuse_pairs(f);
    return compact(f);
}

rf_code rf_fus_fuse(rf_fus_proto *proto, rf_arena *arena, rf_error *reterr) {
    contents found = look(proto);
    if (!found.has_jump && !found.has_move && !found.has_loop)
        return RF_OK;
    rf_fus_fusion f = { .arena = arena, .proto = proto, .code = proto->code, .count = proto->code_count };
    f.leads = rf_arena_zero(arena, f.count + 1, sizeof *f.leads);
    f.drops = rf_arena_zero(arena, f.count + 1, sizeof *f.drops);
    return f.leads && f.drops && fuse(&f, found) ? RF_OK : rf_raise_nomem(reterr);
}
