/* compare.c: two values compared part by part: generic order, and what equality does with objects. */
#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/pairs.h"
#include "script/fusabi/program.h"

#include <assert.h>

/* Two objects of one kind, partly compared. */
typedef struct frame {
    rf_fus_value a, b;      /* CONS: the cells whose tails come next */
    rf_fus_value *flat;     /* MAP: keys and values of a, then of b; owned */
    const rf_fus_value *left, *right; /* the items still to compare come from here */
    uint32_t at, count;
    int at_end;             /* the order when all items are equal */
    bool is_cons;
} frame;
enum { FEW = 6 };           /* frames before the heap is needed */

typedef struct walk {
    rf_fus_vm *vm;
    rf_fus_pairs_mode mode;
    int order;              /* settled when not 0 */
    uint32_t steps;
    uint32_t arrays, mark;  /* arrays on the stack; how many there were when the pair below was pushed (0: none) */
    rf_fus_value mark_a, mark_b; /* a pair of arrays on the stack: met again, the walk is in a circle (Brent's way) */
    frame *frames;          /* `few`, or owned */
    size_t depth, room;
    frame few[FEW];
} walk;

static inline int sign_of(bool greater, bool less) { return (int)greater - (int)less; }
static int order_of_ints(int64_t a, int64_t b) { return sign_of(a > b, a < b); }

static int order_of_doubles(const walk *w, double a, double b) {
    if (a == b)
        return 0;
    if (w->mode == RF_FUS_PAIRS_EQUAL)
        return 1;
    bool a_is_nan = a != a, b_is_nan = b != b; /* NaN comes before all numbers, so that sorting has an order to go by */
    return a_is_nan || b_is_nan ? sign_of(b_is_nan, a_is_nan) : sign_of(a > b, a < b);
}

static bool mixed(walk *w, rf_fus_value a, rf_fus_value b) {
    if (w->mode == RF_FUS_PAIRS_EQUAL) {
        w->order = 1;
        return true;
    }
    (void)rf_fus_raise(w->vm, "Type mismatch in comparison: %s < %s", rf_fus_type_name(a), rf_fus_type_name(b));
    return false;
}

static bool compare_strings(walk *w, rf_fus_value a, rf_fus_value b) {
    if (a == b)
        return true;
    if (w->mode == RF_FUS_PAIRS_EQUAL && rf_fus_object_of(a)->length != rf_fus_object_of(b)->length) {
        w->order = 1;
        return true;
    }
    rf_slice left = rf_fus_text(w->vm, a), right = rf_fus_text(w->vm, b);
    if (!left.data || !right.data)
        return false;
    w->order = rf_slice_compare(left, right);
    return true;
}

/* The function that a partial application holds arguments for. */
static rf_fus_value function_within(rf_fus_value v) {
    while (rf_fus_is(v, RF_FUS_T_PARTIAL))
        v = RF_FUS_AS(const rf_fus_partial, v)->function;
    return v;
}

static bool is_of_script(rf_fus_value function) {
    return rf_fus_is(function, RF_FUS_T_CLOSURE) && !RF_FUS_AS(const rf_fus_closure, function)->proto->is_library;
}

static bool same_function(rf_fus_value a, rf_fus_value b) {
    if (rf_fus_object_of(a)->type != rf_fus_object_of(b)->type)
        return false;
    if (rf_fus_is(a, RF_FUS_T_NATIVE))
        return RF_FUS_AS(const rf_fus_native_value, a)->row == RF_FUS_AS(const rf_fus_native_value, b)->row;
    return RF_FUS_AS(const rf_fus_closure, a)->proto == RF_FUS_AS(const rf_fus_closure, b)->proto;
}

static bool grow(walk *w) {
    bool first = w->frames == w->few;
    frame *more = rf_realloc(first ? NULL : w->frames, 2 * w->room * sizeof *more);
    if (!more)
        return false;
    if (first)
        memcpy(more, w->few, sizeof w->few);
    w->frames = more;
    w->room *= 2;
    return true;
}

static bool push_frame(walk *w, frame f) {
    if (w->depth == w->room && !grow(w)) {
        rf_free(f.flat);
        (void)rf_fus_raise_nomem(w->vm);
        return false;
    }
    w->frames[w->depth++] = f;
    return true;
}

/* `at_end` orders objects of different lengths once the common part is equal. */
static bool push_items(walk *w, rf_fus_value a, rf_fus_value b, const rf_fus_value *left, const rf_fus_value *right, uint32_t count,
                       int at_end) {
    return push_frame(w, (frame){ .a = a, .b = b, .left = left, .right = right, .count = count, .at_end = at_end });
}

static bool compare_functions(walk *w, rf_fus_value a, rf_fus_value b) {
    if (w->mode == RF_FUS_PAIRS_ORDER)
        return mixed(w, a, b);
    rf_fus_value left = function_within(a), right = function_within(b);
    if (is_of_script(left) && is_of_script(right))
        return true; /* all take one argument at a time, and that is all that the original looks at */
    const rf_fus_partial *p = RF_FUS_AS(const rf_fus_partial, a), *q = RF_FUS_AS(const rf_fus_partial, b);
    bool is_partial = left != a, is_same = is_partial == (right != b) && same_function(left, right);
    if (!is_same || (is_partial && p->head.length != q->head.length)) {
        w->order = 1;
        return true;
    }
    return !is_partial || push_items(w, a, b, p->items, q->items, p->head.length, 0);
}

/* F# lists a union's cases by declaration, which values do not know: names decide, with the library's own in its order. */
static int order_of_ctors(rf_fus_value a, rf_fus_value b) {
    rf_slice left = rf_fus_ctor_name(a), right = rf_fus_ctor_name(b);
    int order = rf_slice_compare(left, right);
    bool of_result = (rf_slice_is(left, "Ok") && rf_slice_is(right, "Error")) || (rf_slice_is(left, "Error") && rf_slice_is(right, "Ok"));
    return of_result ? -order : order;
}

static bool compare_variants(walk *w, rf_fus_value a, rf_fus_value b) {
    const rf_fus_variant *v = RF_FUS_AS(const rf_fus_variant, a), *u = RF_FUS_AS(const rf_fus_variant, b);
    if (v->ctor != u->ctor)
        w->order = order_of_ctors(a, b);
    if (w->order == 0)
        w->order = order_of_ints(v->head.length, u->head.length);
    return w->order || v->head.length == 0 || push_items(w, a, b, v->items, u->items, v->head.length, 0);
}

/* By their first differing field name, else by values. */
static bool compare_records(walk *w, rf_fus_value a, rf_fus_value b) {
    bool same_shape = rf_fus_is(a, RF_FUS_T_RECORD) && rf_fus_is(b, RF_FUS_T_RECORD) &&
                      RF_FUS_AS(const rf_fus_record, a)->shape == RF_FUS_AS(const rf_fus_record, b)->shape;
    if (same_shape)
        return push_items(w, a, b, RF_FUS_AS(const rf_fus_record, a)->items, RF_FUS_AS(const rf_fus_record, b)->items,
                          rf_fus_field_count(a), 0);
    uint32_t count = rf_fus_field_count(a);
    w->order = order_of_ints(count, rf_fus_field_count(b));
    if (w->order || count == 0)
        return true;
    rf_fus_value *flat = rf_alloc(2 * (size_t)count * sizeof *flat);
    if (!flat) {
        (void)rf_fus_raise_nomem(w->vm);
        return false;
    }
    for (uint32_t i = 0; i < count && !w->order; i++) {
        rf_fus_value left, right;
        rf_fus_field_at(a, i, &left, &flat[i]);
        rf_fus_field_at(b, i, &right, &flat[count + i]);
        const rf_fus_string *p = RF_FUS_AS(const rf_fus_string, left), *q = RF_FUS_AS(const rf_fus_string, right);
        w->order = rf_slice_compare((rf_slice){ p->bytes, p->head.length }, (rf_slice){ q->bytes, q->head.length });
    }
    return push_frame(w, (frame){ .a = a, .b = b, .flat = flat, .left = flat, .right = flat + count, .count = count });
}

static bool compare_maps(walk *w, rf_fus_value a, rf_fus_value b) {
    uint64_t left = RF_FUS_AS(const rf_fus_map, a)->count, right = RF_FUS_AS(const rf_fus_map, b)->count;
    int at_end = sign_of(left > right, left < right);
    if (w->mode == RF_FUS_PAIRS_EQUAL && at_end)
        w->order = 1;
    if (w->order || (left == 0 && right == 0))
        return true;
    rf_fus_value *p = rf_fus_map_pairs(w->vm, a), *q = p ? rf_fus_map_pairs(w->vm, b) : NULL;
    rf_fus_value *both = q ? rf_realloc(p, (size_t)(2 * (left + right)) * sizeof *both) : NULL;
    if (!both) {
        if (q)
            (void)rf_fus_raise_nomem(w->vm);
        rf_free(p);
        rf_free(q);
        return false;
    }
    memcpy(both + 2 * left, q, (size_t)(2 * right) * sizeof *both);
    rf_free(q);
    uint32_t common = (uint32_t)(2 * (left < right ? left : right));
    return push_frame(w,
                      (frame){ .a = a, .b = b, .flat = both, .left = both, .right = both + 2 * left, .count = common, .at_end = at_end });
}

/* Only arrays can contain themselves. One pair on the stack is remembered, the one at the last power of two: a circle of any
 * length comes by it. */
static bool compare_arrays(walk *w, rf_fus_value a, rf_fus_value b) {
    const rf_fus_items *p = RF_FUS_AS(const rf_fus_items, a), *q = RF_FUS_AS(const rf_fus_items, b);
    w->order = order_of_ints(p->head.length, q->head.length);
    if (w->order || p->head.length == 0 || (w->mark && a == w->mark_a && b == w->mark_b))
        return true;
    if (!push_items(w, a, b, p->items, q->items, p->head.length, 0))
        return false;
    w->arrays++;
    if ((w->arrays & (w->arrays - 1)) == 0) {
        w->mark = w->arrays;
        w->mark_a = a;
        w->mark_b = b;
    }
    return true;
}

/* Two objects of one type (or two strings, two records). */
static bool compare_objects(walk *w, rf_fus_value a, rf_fus_value b) {
    const rf_fus_items *p = RF_FUS_AS(const rf_fus_items, a), *q = RF_FUS_AS(const rf_fus_items, b);
    switch ((rf_fus_type_tag)p->head.type) {
    case RF_FUS_T_BIGINT: w->order = order_of_ints(rf_fus_int(a), rf_fus_int(b)); return true;
    case RF_FUS_T_STRING:
    case RF_FUS_T_ROPE: return compare_strings(w, a, b);
    case RF_FUS_T_CONS: return push_frame(w, (frame){ .a = a, .b = b, .is_cons = true });
    case RF_FUS_T_TUPLE:
        w->order = order_of_ints(p->head.length, q->head.length);
        return w->order || push_items(w, a, b, p->items, q->items, p->head.length, 0);
    case RF_FUS_T_ARRAY: return compare_arrays(w, a, b);
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT: return compare_records(w, a, b);
    case RF_FUS_T_MAP: return compare_maps(w, a, b);
    case RF_FUS_T_VARIANT: return compare_variants(w, a, b);
    case RF_FUS_T_CLOSURE:
    case RF_FUS_T_NATIVE:
    case RF_FUS_T_PARTIAL: return compare_functions(w, a, b);
    case RF_FUS_T_HOST:
        if (w->mode == RF_FUS_PAIRS_ORDER)
            return mixed(w, a, b);
        w->order = RF_FUS_AS(const rf_fus_host_value, a)->pointer != RF_FUS_AS(const rf_fus_host_value, b)->pointer;
        return true;
    case RF_FUS_T_CELL:
    case RF_FUS_T_MAP_NODE: break;
    }
    w->order = a != b;
    return true;
}

static bool is_list(rf_fus_value v) { return v == RF_FUS_NIL || rf_fus_is(v, RF_FUS_T_CONS); }

static bool one_kind(rf_fus_value a, rf_fus_value b) {
    if (!rf_fus_is_object(a) || !rf_fus_is_object(b))
        return false;
    unsigned left = rf_fus_object_of(a)->type, right = rf_fus_object_of(b)->type;
    return left == right || (rf_fus_is_string(a) && rf_fus_is_string(b)) || (rf_fus_is_function(a) && rf_fus_is_function(b)) ||
           (left - RF_FUS_T_RECORD <= 1u && right - RF_FUS_T_RECORD <= 1u); /* RECORD, DICT */
}

/* Settles the order of the two, or pushes a frame for their parts. */
static bool visit(walk *w, rf_fus_value a, rf_fus_value b) {
    if (rf_fus_is_int(a) && rf_fus_is_int(b)) {
        w->order = order_of_ints(rf_fus_small_int(a), rf_fus_small_int(b));
        return true;
    }
    if (one_kind(a, b))
        return compare_objects(w, a, b);
    if (rf_fus_is_double(a) && rf_fus_is_double(b))
        w->order = order_of_doubles(w, rf_fus_double(a), rf_fus_double(b));
    else if (rf_fus_is_any_int(a) && rf_fus_is_any_int(b))
        w->order = order_of_ints(rf_fus_int(a), rf_fus_int(b));
    else if (rf_fus_is_bool(a) && rf_fus_is_bool(b))
        w->order = sign_of(a > b, a < b);
    else if (is_list(a) && is_list(b))
        w->order = sign_of(b == RF_FUS_NIL, a == RF_FUS_NIL);
    else if (a != RF_FUS_UNIT || b != RF_FUS_UNIT)
        return mixed(w, a, b);
    return true;
}

static void pop_frame(walk *w) {
    frame *top = &w->frames[--w->depth];
    rf_free(top->flat);
    if (rf_fus_is(top->a, RF_FUS_T_ARRAY) && !top->is_cons) {
        if (w->arrays == w->mark)
            w->mark = 0;
        w->arrays--;
    }
}

/* The next pair to compare; false: the topmost frame is done (and gone). */
static bool next_pair(walk *w, rf_fus_value *ret_a, rf_fus_value *ret_b) {
    frame *top = &w->frames[w->depth - 1];
    if (top->is_cons) {
        if (top->at == 0) {
            top->at = 1;
            *ret_a = RF_FUS_AS(const rf_fus_cons, top->a)->item;
            *ret_b = RF_FUS_AS(const rf_fus_cons, top->b)->item;
            return true;
        }
        *ret_a = RF_FUS_AS(const rf_fus_cons, top->a)->tail;
        *ret_b = RF_FUS_AS(const rf_fus_cons, top->b)->tail;
        if (!rf_fus_is(*ret_a, RF_FUS_T_CONS) || !rf_fus_is(*ret_b, RF_FUS_T_CONS)) {
            pop_frame(w);
            return true;
        }
        top->a = *ret_a;
        top->b = *ret_b;
        *ret_a = RF_FUS_AS(const rf_fus_cons, top->a)->item;
        *ret_b = RF_FUS_AS(const rf_fus_cons, top->b)->item;
        return true;
    }
    if (top->at < top->count) {
        *ret_a = top->left[top->at];
        *ret_b = top->right[top->at++];
        return true;
    }
    w->order = top->at_end;
    pop_frame(w);
    return false;
}

/* Leaves w->order settled. */
static bool run(walk *w, rf_fus_value a, rf_fus_value b) {
    for (;;) {
        if (RF_UNLIKELY((++w->steps & 0xFFFF) == 0) && !rf_fus_vm_poll(w->vm))
            return false;
        if (!visit(w, a, b))
            return false;
        do {
            if (w->order || w->depth == 0)
                return true;
        } while (!next_pair(w, &a, &b));
    }
}

bool rf_fus_pairs_compare(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, rf_fus_pairs_mode mode, int *ret_order) {
    walk w; /* field by field: clearing the frames would cost more than most comparisons */
    w.vm = vm;
    w.mode = mode;
    w.order = 0;
    w.steps = w.arrays = w.mark = 0;
    w.mark_a = w.mark_b = RF_FUS_UNIT;
    w.frames = w.few;
    w.depth = 0;
    w.room = FEW;
    bool done = run(&w, a, b);
    *ret_order = w.order;
    while (w.depth)
        pop_frame(&w);
    if (w.frames != w.few)
        rf_free(w.frames);
    return done;
}

bool rf_fus_compare(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b, int *ret_order) {
    return rf_fus_pairs_compare(vm, a, b, RF_FUS_PAIRS_ORDER, ret_order);
}
