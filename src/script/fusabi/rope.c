/* rope.c: strings that are joined now and copied later: appending to a long text costs the same as to a short one. */
#include "base/slice.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>

enum { ROPE_MIN = 64 }; /* bytes below which a copy is cheaper than a rope */

static bool is_flattened(const rf_fus_rope *rope) { return rope->right == RF_FUS_UNIT; }

/* The flat string that stands for `v`, or NULL when it is a rope still to be made flat. */
static const rf_fus_string *flat_of(rf_fus_value v) {
    if (rf_fus_object_of(v)->type == RF_FUS_T_STRING)
        return RF_FUS_AS(const rf_fus_string, v);
    const rf_fus_rope *rope = RF_FUS_AS(const rf_fus_rope, v);
    return is_flattened(rope) ? RF_FUS_AS(const rf_fus_string, rope->left) : NULL;
}

static rf_fus_value join_flat(rf_fus_vm *vm, const rf_fus_string *a, const rf_fus_string *b) {
    char *bytes;
    rf_fus_value joined = rf_fus_string_room(vm, (size_t)a->head.length + b->head.length, &bytes);
    if (joined == RF_FUS_RAISED)
        return joined;
    memcpy(bytes, a->bytes, a->head.length);
    memcpy(bytes + a->head.length, b->bytes, b->head.length);
    return joined;
}

rf_fus_value rf_fus_concat(rf_fus_vm *vm, rf_fus_value a, rf_fus_value b) {
    assert(rf_fus_is_string(a) && rf_fus_is_string(b));
    size_t left = rf_fus_object_of(a)->length, right = rf_fus_object_of(b)->length;
    if (left == 0 || right == 0)
        return left == 0 ? b : a;
    if (left + right < ROPE_MIN) {
        const rf_fus_string *x = flat_of(a), *y = flat_of(b); /* nothing so short is a rope, but flattened ones may be */
        assert(x && y);
        return join_flat(vm, x, y);
    }
    if (left + right > UINT32_MAX - 64)
        return rf_fus_raise_fatal(vm, RF_ELIMIT, "a string of %zu bytes is too long", left + right);
    rf_fus_rope *rope = rf_fus_object_raw(vm, RF_FUS_T_ROPE, (uint32_t)(left + right), sizeof *rope);
    if (!rope)
        return RF_FUS_RAISED;
    rope->left = a;
    rope->right = b;
    return rf_fus_of_object(rope);
}

/* A part of a rope, and where its bytes go. */
typedef struct part { rf_fus_value value; char *to; } part;

/*
 * Copies a rope's bytes. When one side is flat the other is gone on with; when both are ropes the smaller is, which is at
 * most half as long, and the larger waits: never more than 32 wait.
 */
static void copy_out(rf_fus_value v, char *to) {
    part waiting[33];
    uint32_t count = 0;
    for (;;) {
        const rf_fus_string *flat = flat_of(v);
        if (flat) {
            memcpy(to, flat->bytes, flat->head.length);
            if (count == 0)
                return;
            count--;
            v = waiting[count].value;
            to = waiting[count].to;
            continue;
        }
        const rf_fus_rope *rope = RF_FUS_AS(const rf_fus_rope, v);
        const rf_fus_string *left = flat_of(rope->left), *right = flat_of(rope->right);
        uint32_t left_len = rf_fus_object_of(rope->left)->length, right_len = rf_fus_object_of(rope->right)->length;
        if (right) {
            memcpy(to + left_len, right->bytes, right_len);
            v = rope->left;
        } else if (left) {
            memcpy(to, left->bytes, left_len);
            v = rope->right;
            to += left_len;
        } else if (left_len <= right_len) {
            waiting[count++] = (part){ rope->right, to + left_len };
            v = rope->left;
        } else {
            waiting[count++] = (part){ rope->left, to };
            v = rope->right;
            to += left_len;
        }
    }
}

rf_slice rf_fus_text_of_rope(rf_fus_vm *vm, rf_fus_value string) {
    assert(rf_fus_is_string(string));
    const rf_fus_string *flat = flat_of(string);
    if (!flat) {
        char *bytes;
        rf_fus_rope *rope = RF_FUS_AS(rf_fus_rope, string);
        rf_fus_value made = rf_fus_string_room(vm, rope->head.length, &bytes);
        if (made == RF_FUS_RAISED)
            return (rf_slice){ 0 };
        copy_out(string, bytes);
        rope->left = made;
        rope->right = RF_FUS_UNIT;
        rf_fus_barrier(&vm->heap, &rope->head, made);
        flat = RF_FUS_AS(const rf_fus_string, made);
    }
    return (rf_slice){ flat->bytes, flat->head.length };
}
