/* gate.c: conditions such as `ratio.low > 1.05`: parsed once, applied to each benchmark. */
#include "measure/compare.h"

#include "base/alloc.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/vec.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32u /* parentheses and ! in each other */

/* In the order of evaluation: operands, then what works on them. */
typedef enum step_kind {
    STEP_NUMBER,
    STEP_NAME,
    STEP_LESS,
    STEP_LESS_SAME,
    STEP_MORE,
    STEP_MORE_SAME,
    STEP_SAME,
    STEP_OTHER,
    STEP_AND,
    STEP_OR,
    STEP_NOT
} step_kind;
typedef struct step { step_kind kind; uint32_t name; double number; } step;

struct rf_gate { RF_VEC(step) steps; bool needs_base; };

/* What is not there is NaN. */
typedef struct name_row { const char *name; bool needs_base; double (*get)(const rf_gate_input *input); } name_row;

#define OF_COMPARISON(title, member) \
    static double title(const rf_gate_input *input) { return input->comparison ? input->comparison->member : NAN; }
#define OF_ESTIMATES(title) \
    static double now_##title(const rf_gate_input *input) { return input->now ? input->now->title.point : NAN; } \
    static double now_##title##_low(const rf_gate_input *input) { return input->now ? input->now->title.low : NAN; } \
    static double now_##title##_high(const rf_gate_input *input) { return input->now ? input->now->title.high : NAN; } \
    static double base_##title(const rf_gate_input *input) { return input->base ? input->base->title.point : NAN; } \
    static double base_##title##_low(const rf_gate_input *input) { return input->base ? input->base->title.low : NAN; } \
    static double base_##title##_high(const rf_gate_input *input) { return input->base ? input->base->title.high : NAN; }
#define ROWS(title, side, needs) \
    { #side "." #title, needs, side##_##title }, { #side "." #title ".low", needs, side##_##title##_low }, { #side "." #title ".high", needs, side##_##title##_high }

OF_COMPARISON(ratio, ratio.point)
OF_COMPARISON(ratio_low, ratio.low)
OF_COMPARISON(ratio_high, ratio.high)
OF_COMPARISON(machine, machine)
OF_COMPARISON(t_p, t_p)
OF_COMPARISON(u_p, u_p)
OF_COMPARISON(w_p, w_p)
OF_COMPARISON(pairs_p, pairs_p)
OF_ESTIMATES(mean)
OF_ESTIMATES(median)
OF_ESTIMATES(slope)
OF_ESTIMATES(deviation)
OF_ESTIMATES(mad)

/* The larger of the two; NaN when one is. */
static double larger_p(const rf_gate_input *input) {
    const rf_comparison *c = input->comparison;
    return !c ? (double)NAN : c->t_p > c->u_p || isnan(c->t_p) ? c->t_p : c->u_p;
}
static double now_r2(const rf_gate_input *input) { return input->now ? input->now->r2 : NAN; }

static const name_row names[] = {
    { "ratio", true, ratio }, { "ratio.low", true, ratio_low }, { "ratio.high", true, ratio_high },
    { "p", true, larger_p }, { "t.p", true, t_p }, { "u.p", true, u_p }, { "w.p", true, w_p }, { "pairs.p", true, pairs_p },
    { "machine", true, machine }, { "r2", false, now_r2 },
    ROWS(mean, now, false), ROWS(median, now, false), ROWS(slope, now, false), ROWS(deviation, now, false), ROWS(mad, now, false),
    ROWS(mean, base, true), ROWS(median, base, true), ROWS(slope, base, true), ROWS(deviation, base, true), ROWS(mad, base, true),
};
enum { NAME_COUNT = sizeof names / sizeof *names };

typedef struct parser {
    const char *text, *at;
    rf_gate *gate;
    unsigned depth;
    rf_error *reterr;
    rf_code code;
} parser;

static void skip_blanks(parser *p) { p->at += strspn(p->at, " \t"); }

static bool fail(parser *p, const char *at, const char *message, const char *hint) {
    if (p->code)
        return false;
    p->code = rf_raise(p->reterr, RF_EPARSE, "the condition `%.200s`: %s", p->text, message);
    rf_error_place(p->reterr, "condition", 1, (uint32_t)(at - p->text) + 1);
    rf_error_hint(p->reterr, "%s", hint);
    return false;
}

static bool emit(parser *p, step_kind kind, uint32_t name, double number) {
    if (rf_vec_push(&p->gate->steps, ((step){ kind, name, number })))
        return true;
    p->code = rf_raise_nomem(p->reterr);
    return false;
}

static bool take(parser *p, const char *sign) {
    skip_blanks(p);
    size_t len = strlen(sign);
    if (strncmp(p->at, sign, len) != 0)
        return false;
    p->at += len;
    return true;
}

/* 1.05, 120ns, 3us. */
static bool parse_number(parser *p) {
    static const struct { const char *unit; double ns; } units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
    const char *start = p->at;
    size_t len = strspn(start, "0123456789.eE+-");
    size_t plain = strspn(start, "0123456789.");
    double number;
    if (!rf_number_parse_json((rf_slice){ start, len }, &number)) {
        len = plain; /* "2e" of no exponent, "1-" */
        if (!rf_number_parse_json((rf_slice){ start, len }, &number))
            return fail(p, start, "no number", "numbers are written 1.05, 120ns, 3us, 1.5ms, 2s");
    }
    p->at += len;
    size_t letters = strspn(p->at, "abcdefghijklmnopqrstuvwxyz");
    double factor = letters ? 0 : 1;
    for (size_t i = 0; i < sizeof units / sizeof *units && letters; i++)
        if (rf_slice_is((rf_slice){ p->at, letters }, units[i].unit))
            factor = units[i].ns;
    if (factor == 0)
        return fail(p, p->at, "no such unit", "times are in ns, us, ms or s");
    p->at += letters;
    return emit(p, STEP_NUMBER, 0, number * factor);
}

static bool unknown_name(parser *p, rf_slice word) {
    const char *known[NAME_COUNT + 1] = { NULL };
    char hint[200];
    for (size_t i = 0; i < NAME_COUNT; i++)
        known[i] = names[i].name;
    const char *near = rf_nearest(word, known);
    if (near)
        (void)snprintf(hint, sizeof hint, "did you mean `%s`?", near);
    else
        (void)snprintf(
            hint, sizeof hint,
            "there are ratio, ratio.low, ratio.high, p, t.p, u.p, machine, r2, now.mean, base.mean, now.median.low and their like");
    return fail(p, word.data, "no such name", hint);
}

static bool parse_operand(parser *p) {
    skip_blanks(p);
    if (strchr("0123456789", *p->at) && *p->at)
        return parse_number(p);
    rf_slice word = { p->at, strspn(p->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._") };
    if (word.len == 0)
        return fail(p, p->at, *p->at ? "a name or a number is expected here" : "it ends where a name or a number is expected",
                    "for example: ratio.low > 1.05");
    for (uint32_t i = 0; i < NAME_COUNT; i++)
        if (rf_slice_is(word, names[i].name)) {
            p->at += word.len;
            p->gate->needs_base |= names[i].needs_base;
            return emit(p, STEP_NAME, i, 0);
        }
    return unknown_name(p, word);
}

static bool parse_either(parser *p);

static bool parse_comparison(parser *p) {
    static const struct { const char *sign; step_kind kind; } signs[] = {
        { "<=", STEP_LESS_SAME }, { ">=", STEP_MORE_SAME }, { "==", STEP_SAME }, { "!=", STEP_OTHER }, { "<", STEP_LESS }, { ">", STEP_MORE },
    };
    if (!parse_operand(p))
        return false;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(p, signs[i].sign))
            return parse_operand(p) && emit(p, signs[i].kind, 0, 0);
    skip_blanks(p);
    return fail(p, p->at, "a comparison is expected here", "one of < <= > >= == !=, as in ratio.low > 1.05");
}

static bool parse_one(parser *p) {
    if (p->depth >= DEPTH_MAX)
        return fail(p, p->at, "too many parentheses in each other", "write it shorter");
    p->depth++;
    bool good;
    if (take(p, "!")) {
        good = parse_one(p) && emit(p, STEP_NOT, 0, 0);
    } else if (take(p, "(")) {
        good = parse_either(p);
        if (good && !take(p, ")"))
            good = fail(p, p->at, "`)` is missing", "each ( needs its )");
    } else {
        good = parse_comparison(p);
    }
    p->depth--;
    return good;
}

static bool parse_both(parser *p) {
    bool good = parse_one(p);
    while (good && take(p, "&&"))
        good = parse_one(p) && emit(p, STEP_AND, 0, 0);
    return good;
}

static bool parse_either(parser *p) {
    bool good = parse_both(p);
    while (good && take(p, "||"))
        good = parse_both(p) && emit(p, STEP_OR, 0, 0);
    return good;
}

rf_code rf_gate_parse(const char *text, rf_gate **ret_gate, rf_error *reterr) {
    assert(text && ret_gate);
    rf_gate *gate = rf_alloc_zero(1, sizeof *gate);
    if (!gate)
        return rf_raise_nomem(reterr);
    parser p = { .text = text, .at = text, .gate = gate, .reterr = reterr };
    if (parse_either(&p)) {
        skip_blanks(&p);
        if (*p.at)
            (void)fail(&p, p.at, "nothing more is expected here", "conditions are joined by && and ||");
    }
    if (p.code)
        rf_gate_free(gate);
    else
        *ret_gate = gate;
    return p.code;
}

void rf_gate_free(rf_gate *gate) {
    if (gate)
        rf_vec_done(&gate->steps);
    rf_free(gate);
}

bool rf_gate_needs_base(const rf_gate *gate) { return gate->needs_base; }

/* Kleene's logic of three values: what compares something that is not there is neither true nor false, and its opposite likewise. */
static double both(double a, double b) { return a == 0 || b == 0 ? 0 : isnan(a) || isnan(b) ? (double)NAN : 1; }
static double opposite(double a) { return isnan(a) ? a : a == 0; }

static double apply(step_kind kind, double a, double b) {
    if (kind == STEP_AND)
        return both(a, b);
    if (kind == STEP_OR)
        return opposite(both(opposite(a), opposite(b)));
    if (isnan(a) || isnan(b))
        return (double)NAN;
    switch (kind) {
    case STEP_LESS: return a < b;
    case STEP_LESS_SAME: return a <= b;
    case STEP_MORE: return a > b;
    case STEP_MORE_SAME: return a >= b;
    case STEP_SAME: return a == b;
    default: return a != b; /* STEP_OTHER */
    }
}

bool rf_gate_fails(const rf_gate *gate, const rf_gate_input *input) {
    assert(gate && input);
    double stack[2 * DEPTH_MAX + 4]; /* a level leaves at most two */
    size_t top = 0;
    for (size_t i = 0; i < gate->steps.count; i++) {
        const step *at = &gate->steps.items[i];
        if (at->kind == STEP_NUMBER || at->kind == STEP_NAME) {
            assert(top < sizeof stack / sizeof *stack);
            stack[top++] = at->kind == STEP_NUMBER ? at->number : names[at->name].get(input);
        } else if (at->kind == STEP_NOT) {
            stack[top - 1] = opposite(stack[top - 1]);
        } else {
            top--;
            stack[top - 1] = apply(at->kind, stack[top - 1], stack[top]);
        }
    }
    assert(top == 1);
    return stack[0] == 1;
}
