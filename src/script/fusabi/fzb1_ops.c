/* fzb1_ops.c: version-1 instructions one by one: arithmetic, tests, slots, jumps. */
#include "script/fusabi/fzb1_translate.h"

#include <assert.h>

/* A test and the jump that takes its result become one instruction, but such a jump has only 16 bits for the distance. */
enum { NEAR = 4000 };

bool rf_fus_v1_next_is(const rf_fus_v1_translator *t, uint32_t pc, rf_fus_v1_tag tag) {
    return pc + 1 < t->chunk->op_count && !t->flow.joins[pc + 1] && t->chunk->ops[pc + 1].tag == tag;
}

static bool is_near(uint32_t pc, uint32_t target) { return target - pc + NEAR < 2 * NEAR; }

/* The stack is as behind the test, but for its result. `unless` jumps when the test fails. */
static uint32_t finish_test(rf_fus_v1_translator *t, uint32_t pc, rf_fus_code unless, uint32_t home) {
    if (rf_fus_v1_next_is(t, pc, RF_FUS_V1_JUMP_IF_FALSE) && is_near(pc, t->chunk->ops[pc + 1].target)) {
        rf_fus_v1_branch(t, unless, t->chunk->ops[pc + 1].target);
        return rf_fus_v1_arrive(t, pc + 2, false);
    }
    rf_fus_v1_emit(t, unless | (rf_fus_code)2 << 48);
    rf_fus_v1_load(t, home, RF_FUS_TRUE);
    rf_fus_v1_emit(t, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 1));
    rf_fus_v1_load(t, home, RF_FUS_FALSE);
    t->fresh = 0;
    t->label = (uint32_t)t->code.count;
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
    return rf_fus_v1_arrive(t, pc + 1, false);
}

/* The value under test stays on the stack; nobody may want the result. */
static bool drops_result(const rf_fus_v1_translator *t, uint32_t pc) { return rf_fus_v1_next_is(t, pc, RF_FUS_V1_POP); }

static bool fits_short(const rf_fus_v1_entry *entry, int64_t *ret) {
    if (entry->kind != RF_FUS_V1_E_CONST || !entry->literal || entry->literal->tag != RF_FUS_V1_K_INT)
        return false;
    *ret = entry->literal->number;
    return *ret == (int16_t)*ret;
}

/* Jumps unless the top of the stack equals a constant. */
static rf_fus_code unless_equal(rf_fus_v1_translator *t, uint32_t reg, rf_fus_value value) {
    if (rf_fus_is_int(value) && rf_fus_small_int(value) == (int16_t)rf_fus_small_int(value))
        return RF_FUS_MAKE(RF_FUS_I_JNEI, 0, reg, rf_fus_small_int(value), 0);
    uint32_t number = rf_fus_v1_constant(t, value);
    if (number <= UINT16_MAX)
        return RF_FUS_MAKE(RF_FUS_I_JNEK, 0, reg, number, 0);
    uint32_t room = rf_fus_v1_free_register(t);
    rf_fus_v1_load(t, room, value);
    return RF_FUS_MAKE(RF_FUS_I_JNE, 0, reg, room, 0);
}

static rf_fus_value tested_value(rf_fus_v1_translator *t, const rf_fus_v1_op *op) {
    if (op->tag == RF_FUS_V1_CHECK_BOOL)
        return rf_fus_of_bool(op->n);
    if (op->tag == RF_FUS_V1_CHECK_STRING) {
        uint32_t number = rf_fus_v1_text_constant(t, *op->text);
        return rf_fus_v1_failed(t) ? RF_FUS_UNIT : t->constants.items[number];
    }
    rf_fus_value value = rf_fus_static_int(&t->program->arena, op->number);
    if (value != RF_FUS_RAISED)
        return value;
    rf_fus_v1_fail_memory(t);
    return RF_FUS_UNIT;
}

static uint32_t step_check(rf_fus_v1_translator *t, uint32_t pc) {
    const rf_fus_v1_op *op = &t->chunk->ops[pc];
    if (drops_result(t, pc))
        return rf_fus_v1_arrive(t, pc + 2, false);
    uint32_t reg = rf_fus_v1_use(t, rf_fus_v1_top(t, 0));
    rf_fus_code unless = op->tag == RF_FUS_V1_CHECK_TUPLE_LEN ? RF_FUS_MAKE(RF_FUS_I_JNTUPLE, 0, reg, op->n, 0)
                                                              : unless_equal(t, reg, tested_value(t, op));
    return finish_test(t, pc, unless, rf_fus_v1_free_register(t));
}

static uint32_t step_check_tag(rf_fus_v1_translator *t, uint32_t pc) {
    uint32_t reg = rf_fus_v1_use(t, rf_fus_v1_top(t, 0)), home = rf_fus_v1_top(t, 0)->home;
    rf_fus_code unless = RF_FUS_MAKE(RF_FUS_I_JNCTOR, 0, reg, rf_fus_v1_symbol(t, *t->chunk->ops[pc].text), 0);
    bool dropped = drops_result(t, pc);
    rf_fus_v1_pop(t, 1);
    return dropped ? rf_fus_v1_arrive(t, pc + 2, false) : finish_test(t, pc, unless, home);
}

typedef struct comparison { uint8_t value, unless, unless_short; } comparison;

static comparison comparison_of(uint8_t tag) {
    switch (tag) {
    case RF_FUS_V1_EQ: return (comparison){ RF_FUS_I_EQ, RF_FUS_I_JNE, RF_FUS_I_JNEI };
    case RF_FUS_V1_NEQ: return (comparison){ RF_FUS_I_NE, RF_FUS_I_JEQ, RF_FUS_I_JEQI };
    case RF_FUS_V1_LT: return (comparison){ RF_FUS_I_LT, RF_FUS_I_JNLT, RF_FUS_I_JNLTI };
    case RF_FUS_V1_LTE: return (comparison){ RF_FUS_I_LE, RF_FUS_I_JNLE, RF_FUS_I_JNLEI };
    case RF_FUS_V1_GT: return (comparison){ RF_FUS_I_GT, RF_FUS_I_JNGT, RF_FUS_I_JNGTI };
    default: return (comparison){ RF_FUS_I_GE, RF_FUS_I_JNGE, RF_FUS_I_JNGEI };
    }
}

static uint32_t step_compare(rf_fus_v1_translator *t, uint32_t pc) {
    comparison how = comparison_of(t->chunk->ops[pc].tag);
    rf_fus_v1_entry *left = rf_fus_v1_top(t, 1), *right = rf_fus_v1_top(t, 0);
    uint32_t a = rf_fus_v1_use(t, left), home = left->home;
    int64_t number = 0;
    bool is_short = fits_short(right, &number);
    bool fused = rf_fus_v1_next_is(t, pc, RF_FUS_V1_JUMP_IF_FALSE) && is_near(pc, t->chunk->ops[pc + 1].target);
    rf_fus_code unless;
    if (fused && t->chunk->ops[pc].tag == RF_FUS_V1_EQ && right->kind == RF_FUS_V1_E_CONST)
        unless = unless_equal(t, a, rf_fus_v1_value_of(t, right));
    else if (fused && is_short)
        unless = RF_FUS_MAKE(how.unless_short, 0, a, number, 0);
    else
        unless = RF_FUS_MAKE(how.unless, 0, a, rf_fus_v1_use(t, right), 0);
    rf_fus_v1_pop(t, 2);
    if (fused)
        return finish_test(t, pc, unless, home);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(how.value, 0, home, a, RF_FUS_B(unless)));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
    return rf_fus_v1_arrive(t, pc + 1, false);
}

/* With a small constant on the right where there is an instruction for it. */
static rf_fus_opcode short_form(rf_fus_opcode op, int64_t number) {
    switch (op) {
    case RF_FUS_I_ADD: return RF_FUS_I_ADDI;
    case RF_FUS_I_SUB: return RF_FUS_I_SUBI;
    case RF_FUS_I_MUL: return RF_FUS_I_MULI;
    case RF_FUS_I_DIV: return number != 0 && number != -1 ? RF_FUS_I_DIVI : op;
    default: return op;
    }
}

static void binary(rf_fus_v1_translator *t, rf_fus_opcode op) {
    rf_fus_v1_entry *left = rf_fus_v1_top(t, 1), *right = rf_fus_v1_top(t, 0);
    uint32_t a = rf_fus_v1_use(t, left), home = left->home;
    int64_t number = 0;
    rf_fus_opcode with_short = fits_short(right, &number) ? short_form(op, number) : op;
    uint16_t c = (uint16_t)(with_short != op ? (uint64_t)number : rf_fus_v1_use(t, right));
    rf_fus_v1_pop(t, 2);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(with_short, 0, home, a, c));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

/* Both sides have been evaluated and both must be bools: a jump of no distance is the test of the right one. */
static void both_bools(rf_fus_v1_translator *t, rf_fus_opcode keeps_left) {
    rf_fus_v1_entry *left = rf_fus_v1_top(t, 1), *right = rf_fus_v1_top(t, 0);
    uint32_t a = rf_fus_v1_use(t, left), b = rf_fus_v1_use(t, right), home = left->home;
    rf_fus_v1_emit(t, RF_FUS_MAKEX(RF_FUS_I_JTB, 0, b, 0));
    rf_fus_v1_move(t, home, a);
    rf_fus_v1_emit(t, RF_FUS_MAKEX(keeps_left, 0, home, 1));
    rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_MOVE, 0, home, b, 0));
    t->label = (uint32_t)t->code.count;
    rf_fus_v1_pop(t, 2);
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

/* Takes one value, gives one. */
static void unary(rf_fus_v1_translator *t, rf_fus_opcode op, uint16_t c) {
    rf_fus_v1_entry *entry = rf_fus_v1_top(t, 0);
    uint32_t b = rf_fus_v1_use(t, entry), home = entry->home;
    rf_fus_v1_pop(t, 1);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(op, 0, home, b, c));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

static void load_const(rf_fus_v1_translator *t, rf_fus_v1_value *value) {
    uint32_t home = rf_fus_v1_free_register(t);
    bool is_shared = value->tag <= RF_FUS_V1_K_UNIT || value->tag == RF_FUS_V1_K_NIL || rf_fus_v1_static(t, value);
    if (!is_shared)
        rf_fus_v1_build(t, value, home);
    rf_fus_v1_entry *entry = rf_fus_v1_push(t, is_shared ? RF_FUS_V1_E_CONST : RF_FUS_V1_E_REGISTER, home);
    entry->literal = value;
}

static void load_local(rf_fus_v1_translator *t, uint32_t slot) {
    rf_fus_v1_entry *entry = rf_fus_v1_push(t, RF_FUS_V1_E_LOCAL, rf_fus_v1_free_register(t));
    entry->where = slot;
    t->aliases[slot]++;
}

static void set_place(rf_fus_v1_translator *t, uint32_t slot, uint32_t place) {
    t->moved_count -= t->places[slot] != slot;
    t->moved_count += place != slot;
    t->places[slot] = place;
}

/* What a call left in its register stays there, as the slot's place from now on, when nothing is below it. */
static bool keep_in_place(rf_fus_v1_translator *t, const rf_fus_v1_entry *entry, uint32_t slot) {
    enum { MOST = 500 };
    if (entry->kind != RF_FUS_V1_E_REGISTER || t->stack.count != 1 || entry->home != t->floor || t->floor - t->slot_count > MOST)
        return false;
    t->floor = entry->home + 1;
    set_place(t, slot, entry->home);
    return true;
}

static void store_local(rf_fus_v1_translator *t, uint32_t slot) {
    rf_fus_v1_entry *entry = rf_fus_v1_top(t, 0);
    bool is_fresh = entry->kind == RF_FUS_V1_E_REGISTER && t->fresh > 0 && t->fresh == t->code.count &&
                    RF_FUS_A(t->code.items[t->fresh - 1]) == entry->home;
    if (entry->kind == RF_FUS_V1_E_LOCAL && entry->where == slot) {
        rf_fus_v1_pop(t, 1);
        return;
    }
    bool is_read = t->aliases[slot] > 0;
    rf_fus_v1_detach(t, slot);
    entry = rf_fus_v1_top(t, 0);
    if (is_fresh && !is_read && !rf_fus_v1_failed(t)) {
        rf_fus_code *word = &t->code.items[t->fresh - 1];
        *word = (*word & ~((rf_fus_code)0xFFFF << 16)) | (rf_fus_code)slot << 16;
        t->fresh = 0;
        set_place(t, slot, slot);
    } else if (!keep_in_place(t, entry, slot)) {
        rf_fus_v1_put(t, entry, slot);
        t->fresh = 0;
        set_place(t, slot, slot);
    }
    rf_fus_v1_pop(t, 1);
}

static void dup(rf_fus_v1_translator *t) {
    rf_fus_v1_entry *entry = rf_fus_v1_top(t, 0);
    bool has_parts = (entry->kind == RF_FUS_V1_E_LIBRARY && entry->held > 0) || entry->kind == RF_FUS_V1_E_MODULE;
    if (has_parts)
        (void)rf_fus_v1_use(t, entry);
    rf_fus_v1_entry copy = *entry;
    rf_fus_v1_entry *made = rf_fus_v1_push(t, copy.kind, rf_fus_v1_free_register(t));
    copy.home = made->home;
    copy.birth = made->birth;
    copy.size = 1;
    if (copy.kind == RF_FUS_V1_E_REGISTER) {
        copy.kind = RF_FUS_V1_E_SAME;
        copy.where = rf_fus_v1_top(t, t->stack.count > 1 ? 1 : 0)->home;
    }
    if (copy.kind == RF_FUS_V1_E_LOCAL)
        t->aliases[copy.where]++;
    *made = copy;
}

/* The tuple stays, the item comes on top. */
static void get_tuple_item(rf_fus_v1_translator *t, uint8_t item) {
    uint32_t b = rf_fus_v1_use(t, rf_fus_v1_top(t, 0)), home = rf_fus_v1_free_register(t);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_ITEM, 0, home, b, item));
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

/* ---- Captured values ---- */

static uint32_t step_upvalue(rf_fus_v1_translator *t, uint32_t pc) {
    const rf_fus_v1_op *op = &t->chunk->ops[pc];
    bool stores = op->tag == RF_FUS_V1_STORE_UPVALUE;
    if (op->n >= t->job->upvalue_count) {
        rf_fus_v1_raise_text(t, "Invalid upvalue index: %u", op->n);
        return RF_FUS_V1_STOP;
    }
    uint32_t value = stores ? rf_fus_v1_use(t, rf_fus_v1_top(t, 0)) : 0, home = rf_fus_v1_free_register(t);
    rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_UPVAL, 0, home, op->n, 0));
    if (stores) {
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CELLSET, 0, home, value, 0));
        rf_fus_v1_pop(t, 1);
    } else {
        if (t->job->has_cells)
            rf_fus_v1_emit_value(t, RF_FUS_MAKE(RF_FUS_I_CELLGET, 0, home, home, 0));
        (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
    }
    return rf_fus_v1_arrive(t, pc + 1, false);
}

/* ---- Jumps and the end ---- */

static uint32_t step_return(rf_fus_v1_translator *t) {
    if (t->stack.count == 0) {
        uint32_t reg = t->floor;
        rf_fus_v1_load(t, reg, RF_FUS_UNIT);
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_RET, 0, reg, 0, 0));
    } else {
        uint32_t reg = rf_fus_v1_use(t, rf_fus_v1_top(t, 0));
        rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_RET, 0, reg, 0, 0));
    }
    return RF_FUS_V1_STOP;
}

/* The instruction that is run after `pc` where that is a return by way of jumps only. */
static bool returns_at(const rf_fus_v1_translator *t, uint32_t pc) {
    for (unsigned hops = 0; hops < 8 && pc < t->chunk->op_count; hops++) {
        const rf_fus_v1_op *op = &t->chunk->ops[pc];
        if (op->tag == RF_FUS_V1_RETURN)
            return true;
        if (op->tag != RF_FUS_V1_JUMP)
            return false;
        pc = op->target;
    }
    return false;
}

static uint32_t step_jump(rf_fus_v1_translator *t, uint32_t target) {
    return returns_at(t, target) ? step_return(t) : rf_fus_v1_arrive(t, target, true);
}

static uint32_t step_jump_if_false(rf_fus_v1_translator *t, uint32_t pc) {
    uint32_t target = t->chunk->ops[pc].target;
    rf_fus_v1_entry *entry = rf_fus_v1_top(t, 0);
    if (entry->kind == RF_FUS_V1_E_CONST) {
        bool holds = rf_fus_truthy(rf_fus_v1_value_of(t, entry));
        rf_fus_v1_pop(t, 1);
        return rf_fus_v1_arrive(t, holds ? pc + 1 : target, !holds);
    }
    uint32_t reg = rf_fus_v1_use(t, entry);
    rf_fus_v1_pop(t, 1);
    rf_fus_v1_branch(t, RF_FUS_MAKEX(RF_FUS_I_JF, 0, reg, 0), target);
    return rf_fus_v1_arrive(t, pc + 1, false);
}

static uint32_t step_call(rf_fus_v1_translator *t, uint32_t pc) {
    const rf_fus_v1_op *op = &t->chunk->ops[pc];
    bool is_tail = op->tag == RF_FUS_V1_TAIL_CALL;
    bool ends = is_tail || returns_at(t, pc + 1);
    if (!rf_fus_v1_call(t, op->n, ends && t->job->proto != 0))
        return RF_FUS_V1_STOP;
    return is_tail ? step_return(t) : rf_fus_v1_arrive(t, pc + 1, false);
}

static void call_method(rf_fus_v1_translator *t, const rf_fus_v1_op *op) {
    uint32_t first = (uint32_t)t->stack.count - op->n - 1, home = t->stack.items[first].home;
    uint32_t self = rf_fus_v1_use(t, &t->stack.items[first]);
    rf_fus_v1_settle(t, first + 1, op->n, home + 1, NULL);
    rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_METHOD, 0, home, self, rf_fus_v1_symbol(t, t->chunk->constants[op->k].text)));
    if (op->n == 0) {
        rf_fus_v1_load(t, home + 1, RF_FUS_UNIT);
        rf_fus_v1_touch(t, home + 1);
    }
    rf_fus_v1_emit(t, RF_FUS_MAKE(RF_FUS_I_CALL, op->n ? op->n : 1, home, 0, 0));
    rf_fus_v1_pop(t, op->n + 1u);
    (void)rf_fus_v1_push(t, RF_FUS_V1_E_REGISTER, home);
}

static rf_fus_opcode arithmetic_of(uint8_t tag) {
    switch (tag) {
    case RF_FUS_V1_ADD: return RF_FUS_I_ADD;
    case RF_FUS_V1_SUB: return RF_FUS_I_SUB;
    case RF_FUS_V1_MUL: return RF_FUS_I_MUL;
    case RF_FUS_V1_DIV: return RF_FUS_I_DIV;
    case RF_FUS_V1_CONCAT: return RF_FUS_I_CONCAT;
    case RF_FUS_V1_CONS: return RF_FUS_I_CONS;
    default: return RF_FUS_I_INDEX;
    }
}

/* Instructions behind which the next one follows as a matter of course. False: the path ends. */
static bool step_plain(rf_fus_v1_translator *t, const rf_fus_v1_op *op) {
    static const uint8_t straight[] = { 0 }, set_order[] = { 1, 2, 0 };
    switch (op->tag) {
    case RF_FUS_V1_LOAD_CONST: load_const(t, &t->chunk->constants[op->k]); return true;
    case RF_FUS_V1_LOAD_LOCAL: load_local(t, op->n); return true;
    case RF_FUS_V1_STORE_LOCAL: store_local(t, op->n); return true;
    case RF_FUS_V1_LOAD_GLOBAL: return rf_fus_v1_load_global(t, t->chunk->constants[op->k].text);
    case RF_FUS_V1_POP: rf_fus_v1_pop(t, t->stack.count > 0); return true; /* of nothing: nothing */
    case RF_FUS_V1_DUP: dup(t); return true;
    case RF_FUS_V1_GET_TUPLE_ELEM: get_tuple_item(t, op->n); return true;
    case RF_FUS_V1_AND: both_bools(t, RF_FUS_I_JFB); return true;
    case RF_FUS_V1_OR: both_bools(t, RF_FUS_I_JTB); return true;
    case RF_FUS_V1_NOT: unary(t, RF_FUS_I_NOT, 0); return true;
    case RF_FUS_V1_CALL_METHOD: call_method(t, op); return true;
    case RF_FUS_V1_MAKE_TUPLE: rf_fus_v1_make_items(t, RF_FUS_I_TUPLE, op->k); return true;
    case RF_FUS_V1_GET_TUPLE_FIELD: unary(t, RF_FUS_I_ITEM, op->n); return true;
    case RF_FUS_V1_MAKE_LIST: rf_fus_v1_make_items(t, RF_FUS_I_LIST, op->k); return true;
    case RF_FUS_V1_LIST_HEAD: return rf_fus_v1_call_library(t, "List.head", straight, 1);
    case RF_FUS_V1_LIST_TAIL: return rf_fus_v1_call_library(t, "List.tail", straight, 1);
    case RF_FUS_V1_IS_NIL: return rf_fus_v1_call_library(t, "List.isEmpty", straight, 1);
    case RF_FUS_V1_MAKE_ARRAY: rf_fus_v1_make_items(t, RF_FUS_I_ARRAY, op->k); return true;
    case RF_FUS_V1_ARRAY_SET: return rf_fus_v1_call_library(t, "Array.set", set_order, 3);
    case RF_FUS_V1_ARRAY_LENGTH: return rf_fus_v1_call_library(t, "Array.length", straight, 1);
    case RF_FUS_V1_ARRAY_UPDATE: rf_fus_v1_make_items(t, RF_FUS_I_UPDATE, 3); return true;
    case RF_FUS_V1_MAKE_RECORD: rf_fus_v1_make_record(t, op->k, false); return true;
    case RF_FUS_V1_GET_RECORD_FIELD: return rf_fus_v1_get_field(t);
    case RF_FUS_V1_UPDATE_RECORD: rf_fus_v1_make_record(t, op->k, true); return true;
    case RF_FUS_V1_MAKE_VARIANT: rf_fus_v1_make_variant(t, op->k); return true;
    case RF_FUS_V1_GET_VARIANT_FIELD: unary(t, RF_FUS_I_CTORFIELD, op->n); return true;
    case RF_FUS_V1_MAKE_CLOSURE: rf_fus_v1_make_closure(t, op); return true;
    case RF_FUS_V1_CLOSE_UPVALUE: return true;
    default: binary(t, arithmetic_of(op->tag)); return true;
    }
}

static void note_place(rf_fus_v1_translator *t, uint32_t pc) {
    rf_fus_spot spot = { .pc = (uint32_t)t->code.count };
    uint32_t column;
    memcpy(&spot.line, t->chunk->spans + 16 * (size_t)pc, sizeof spot.line);
    memcpy(&column, t->chunk->spans + 16 * (size_t)pc + 4, sizeof column);
    spot.column = (uint16_t)(column < UINT16_MAX ? column : UINT16_MAX);
    while (t->spots.count > 0 && t->spots.items[t->spots.count - 1].pc >= spot.pc)
        t->spots.count--; /* no code came out since; or a jump was taken back */
    const rf_fus_spot *last = t->spots.count ? &t->spots.items[t->spots.count - 1] : NULL;
    bool is_new = !last || last->line != spot.line || last->column != spot.column;
    if (is_new && !rf_vec_push(&t->spots, spot))
        rf_fus_v1_fail_memory(t);
}

uint32_t rf_fus_v1_step(rf_fus_v1_translator *t, uint32_t pc) {
    const rf_fus_v1_op *op = &t->chunk->ops[pc];
    t->pc = pc;
    if (t->chunk->spans)
        note_place(t, pc);
    if (t->stack.count < rf_fus_v1_pops(op) && op->tag != RF_FUS_V1_POP && op->tag != RF_FUS_V1_RETURN) {
        rf_fus_v1_raise_text(t, "Stack underflow");
        return RF_FUS_V1_STOP;
    }
    switch (op->tag) {
    case RF_FUS_V1_CHECK_INT:
    case RF_FUS_V1_CHECK_BOOL:
    case RF_FUS_V1_CHECK_STRING:
    case RF_FUS_V1_CHECK_TUPLE_LEN: return step_check(t, pc);
    case RF_FUS_V1_CHECK_VARIANT_TAG: return step_check_tag(t, pc);
    case RF_FUS_V1_EQ:
    case RF_FUS_V1_NEQ:
    case RF_FUS_V1_LT:
    case RF_FUS_V1_LTE:
    case RF_FUS_V1_GT:
    case RF_FUS_V1_GTE: return step_compare(t, pc);
    case RF_FUS_V1_JUMP: return step_jump(t, op->target);
    case RF_FUS_V1_JUMP_IF_FALSE: return step_jump_if_false(t, pc);
    case RF_FUS_V1_RETURN: return step_return(t);
    case RF_FUS_V1_CALL:
    case RF_FUS_V1_TAIL_CALL: return step_call(t, pc);
    case RF_FUS_V1_LOAD_UPVALUE:
    case RF_FUS_V1_STORE_UPVALUE: return step_upvalue(t, pc);
    default: break;
    }
    return step_plain(t, op) ? rf_fus_v1_arrive(t, pc + 1, false) : RF_FUS_V1_STOP;
}
