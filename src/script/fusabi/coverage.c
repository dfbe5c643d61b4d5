/* coverage.c: arms that are never reached, and matches that are incomplete. */
#include "script/fusabi/coverage_internal.h"

#include <assert.h>

#define MATCH_FUEL 300000u /* cells of one match that may be looked at; beyond, nothing is said */

static void coverage_done(rf_fus_coverage *c) { rf_vec_done(&c->cells); }

/* The quick answer for most matches. */

static bool always_matches(const rf_fus_coverage *c, const rf_fus_pat *pat) {
    for (;;) {
        pat = rf_fus_cover_strip((rf_fus_pat_cell){ pat, 0 }).pat;
        if (!pat || pat->kind == RF_FUS_PAT_UNIT)
            return true;
        if (pat->kind == RF_FUS_PAT_CTOR) {
            rf_fus_head head = rf_fus_cover_ctor(c, (rf_fus_pat_cell){ pat, 0 });
            if (!head.ref || head.ref->decl->case_count != 1 || head.ref->decl->is_exception)
                return false;
        } else if (pat->kind != RF_FUS_PAT_TUPLE && pat->kind != RF_FUS_PAT_RECORD) {
            return false;
        }
        if (pat->count == 0)
            return true;
        for (uint32_t i = 0; i + 1 < pat->count; i++)
            if (!always_matches(c, pat->items[i]))
                return false;
        pat = pat->items[pat->count - 1];
    }
}

static bool parts_always_match(const rf_fus_coverage *c, const rf_fus_pat *pat) {
    for (uint32_t i = 0; i < pat->count; i++)
        if (!always_matches(c, pat->items[i]))
            return false;
    return true;
}

/* Is this literal among those of the arms before? Only a few are looked at. */
static bool is_new_literal(const rf_fus_coverage *c, const rf_fus_expr *expr, uint32_t index) {
    rf_fus_head own = rf_fus_cover_head(c, (rf_fus_pat_cell){ expr->arms[index].pat, 0 });
    for (uint32_t i = 0; i < index; i++) {
        rf_fus_head other = rf_fus_cover_head(c, rf_fus_cover_strip((rf_fus_pat_cell){ expr->arms[i].pat, 0 }));
        if (!expr->arms[i].guard && rf_fus_cover_same(&own, &other))
            return false;
    }
    return index < 24;
}

/* The bit of a head of one family; 0: a literal or what the slow way must look at. `ret_all`: bits of the whole family. */
static uint64_t bit_of(const rf_fus_coverage *c, const rf_fus_pat *pat, uint64_t *ret_all) {
    rf_fus_head head = rf_fus_cover_head(c, (rf_fus_pat_cell){ pat, 0 });
    uint32_t size = head.kind == RF_FUS_HEAD_CTOR && head.ref && !head.ref->decl->is_exception ? head.ref->decl->case_count : 0;
    *ret_all = 3;
    if (head.kind == RF_FUS_HEAD_BOOL)
        return head.flag ? 2 : 1;
    if (head.kind == RF_FUS_HEAD_NIL || head.kind == RF_FUS_HEAD_CONS)
        return head.kind == RF_FUS_HEAD_NIL ? 1 : pat->kind == RF_FUS_PAT_CONS && parts_always_match(c, pat) ? 2 : 0;
    if (size == 0 || size > 63 || !parts_always_match(c, pat))
        return 0;
    *ret_all = (UINT64_C(1) << size) - 1;
    return UINT64_C(1) << head.ref->index;
}

/* True: certainly complete, and each arm is reached. False: look closer. */
static bool is_plainly_fine(const rf_fus_coverage *c, const rf_fus_expr *expr) {
    uint64_t seen = 0, all = 0;
    rf_fus_head_kind kind = RF_FUS_HEAD_ANY;
    for (uint32_t i = 0; i < expr->arm_count; i++) {
        const rf_fus_arm *arm = &expr->arms[i];
        const rf_fus_pat *pat = rf_fus_cover_strip((rf_fus_pat_cell){ arm->pat, 0 }).pat;
        if (!pat || always_matches(c, pat)) {
            if (arm->guard)
                continue;
            return i + 1 == expr->arm_count && (seen == 0 || seen != all);
        }
        bool is_literal = pat->kind == RF_FUS_PAT_INT || pat->kind == RF_FUS_PAT_STRING || pat->kind == RF_FUS_PAT_FLOAT;
        uint64_t bit = is_literal ? 0 : bit_of(c, pat, &all);
        rf_fus_head_kind own = rf_fus_cover_head(c, (rf_fus_pat_cell){ pat, 0 }).kind;
        if (kind != RF_FUS_HEAD_ANY && rf_fus_cover_family(own) != rf_fus_cover_family(kind))
            return false;
        kind = own;
        if (is_literal ? pat != arm->pat || !is_new_literal(c, expr, i) : !bit || (seen & bit))
            return false;
        seen |= arm->guard ? 0 : bit;
    }
    return seen && seen == all;
}

static void add_row(rf_fus_coverage *c, rf_fus_matrix *rows, const rf_fus_pat *pat) {
    rf_fus_cover_push(c, (rf_fus_pat_cell){ pat, 0 });
    rows->rows += !c->gave_up;
}

void rf_fus_cover_match(rf_fus_inference *inference, const rf_fus_expr *expr) {
    RF_CLEANUP(coverage_done) rf_fus_coverage c = { .inference = inference, .fuel = MATCH_FUEL };
    if (is_plainly_fine(&c, expr))
        return;
    rf_fus_matrix rows = { 0, 0, 1 };
    for (uint32_t i = 0; i < expr->arm_count && !c.gave_up; i++) {
        const rf_fus_arm *arm = &expr->arms[i];
        rf_fus_matrix own = { c.cells.count, 1, 1 };
        rf_fus_cover_push(&c, (rf_fus_pat_cell){ arm->pat, 0 });
        bool is_reached = c.gave_up || rf_fus_cover_useful(&c, rows, own, 0);
        c.cells.count = own.base;
        if (!is_reached)
            rf_fus_report(inference->diags, RF_FUS_WARNING, RF_FUS_PHASE_TYPE, arm->pat->at, arm->pat->end,
                          "this arm is never reached: those before it take all its values");
        if (!arm->guard && !c.gave_up)
            add_row(&c, &rows, arm->pat);
    }
    if (c.gave_up || expr->kind != RF_FUS_E_MATCH)
        return;
    rf_fus_example **found = rf_fus_cover_missing(&c, rows, 0);
    if (found && !c.gave_up)
        rf_fus_cover_report(&c, expr->at, expr->items[0]->end, found[0]);
}

void rf_fus_cover_pattern(rf_fus_inference *inference, const rf_fus_pat *pat) {
    RF_CLEANUP(coverage_done) rf_fus_coverage c = { .inference = inference, .fuel = MATCH_FUEL };
    if (always_matches(&c, pat))
        return;
    rf_fus_matrix rows = { 0, 0, 1 };
    add_row(&c, &rows, pat);
    rf_fus_example **found = c.gave_up ? NULL : rf_fus_cover_missing(&c, rows, 0);
    if (found && !c.gave_up)
        rf_fus_cover_report(&c, pat->at, pat->end, found[0]);
}
