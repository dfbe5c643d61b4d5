/* display.c: values as text, with a stack of its own instead of recursion. */
#include "base/alloc.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/vec.h"
#include "script/fusabi/vm_internal.h"

#include <assert.h>
#include <math.h>

size_t rf_fus_float_text(double d, char out[400]) {
    if (isinf(d)) {
        memcpy(out, d > 0 ? "inf" : "-inf", 4);
        return d > 0 ? 3 : 4;
    }
    return rf_number_fixed(d, out);
}

/* A value that has begun and not ended. */
typedef struct frame {
    rf_fus_value value;        /* LIST: the cell whose tail comes next */
    rf_fus_value *flat;        /* MAP: keys and values; owned */
    const rf_fus_value *items;
    uint32_t at, count;        /* IMPROPER: `count` cells have begun */
    enum { ITEMS, FIELDS, ENTRIES, LIST, IMPROPER } kind;
    const char *between, *close;
} frame;

typedef struct show {
    rf_fus_vm *vm;             /* may be NULL */
    rf_buffer *out;
    bool as_source;
    uint32_t steps, arrays, mark;
    rf_fus_value mark_array;   /* see compare.c: an array on the stack that circles come by */
    RF_VEC(frame) frames;
} show;

static bool push_frame(show *s, frame f, const char *open) {
    rf_buffer_text(s->out, open);
    if (rf_vec_push(&s->frames, f))
        return true;
    rf_free(f.flat);
    if (s->vm)
        (void)rf_fus_raise_nomem(s->vm);
    return false;
}

static void show_int(show *s, int64_t value) {
    char text[RF_NUMBER_TEXT_MAX];
    rf_buffer_append(s->out, text, rf_number_i64(value, text));
}

static void show_double(show *s, double value) {
    char text[400];
    size_t len = rf_fus_float_text(value, text);
    rf_buffer_append(s->out, text, len);
    if (s->as_source && isfinite(value) && !memchr(text, '.', len))
        rf_buffer_text(s->out, ".0");
}

static void show_quoted(rf_buffer *out, rf_slice text) {
    rf_buffer_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        const char *found = memchr("\"\\\n\t\r", text.data[i], 5);
        if (found) {
            rf_buffer_char(out, '\\');
            rf_buffer_char(out, text.data[i] == '\n' ? 'n' : text.data[i] == '\t' ? 't' : text.data[i] == '\r' ? 'r' : text.data[i]);
        } else {
            rf_buffer_char(out, text.data[i]);
        }
    }
    rf_buffer_char(out, '"');
}

static bool show_string(show *s, rf_fus_value v) {
    const rf_fus_string *flat = RF_FUS_AS(const rf_fus_string, v);
    rf_slice text = flat->head.type == RF_FUS_T_STRING ? (rf_slice){ flat->bytes, flat->head.length } : rf_fus_text(s->vm, v);
    if (!text.data)
        return false;
    if (s->as_source)
        show_quoted(s->out, text);
    else
        rf_buffer_slice(s->out, text);
    return true;
}

/* Prim.sprintf2, which holds the first arguments of a sprintf, goes by that name. */
static rf_slice name_of(const rf_fus_lib_row *row) {
    rf_slice name = rf_slice_of(row->name);
    if (!rf_fus_lib_is_internal(row))
        return name;
    size_t dot = rf_slice_find(name, '.');
    name = (rf_slice){ name.data + dot + 1, name.len - dot - 1 };
    while (name.len && name.data[name.len - 1] >= '0' && name.data[name.len - 1] <= '9')
        name.len--;
    return name;
}

static void show_function(show *s, rf_fus_value v) {
    while (rf_fus_is(v, RF_FUS_T_PARTIAL))
        v = RF_FUS_AS(const rf_fus_partial, v)->function;
    rf_slice name = { 0 };
    if (rf_fus_is(v, RF_FUS_T_NATIVE)) {
        name = name_of(RF_FUS_AS(const rf_fus_native_value, v)->row);
    } else {
        const struct rf_fus_proto *proto = RF_FUS_AS(const rf_fus_closure, v)->proto;
        if (proto->is_library && proto->name)
            name = (rf_slice){ proto->name->bytes, proto->name->head.length };
    }
    if (!name.len) {
        rf_buffer_text(s->out, "<closure>");
        return;
    }
    rf_buffer_text(s->out, "<native fn ");
    rf_buffer_slice(s->out, name);
    rf_buffer_char(s->out, '>');
}

static bool show_list(show *s, rf_fus_value v) {
    uint32_t steps = 0;
    rf_fus_value end = v;
    for (; rf_fus_is(end, RF_FUS_T_CONS); end = RF_FUS_AS(const rf_fus_cons, end)->tail)
        if (RF_UNLIKELY((++steps & 0xFFFFF) == 0) && s->vm && !rf_fus_vm_poll(s->vm))
            return false;
    if (end == RF_FUS_NIL)
        return push_frame(s, (frame){ .value = v, .kind = LIST, .between = "; ", .close = "]" }, "[");
    return push_frame(s, (frame){ .value = v, .kind = IMPROPER, .count = 1, .between = ", ", .close = ")" }, "Cons(");
}

static bool show_array(show *s, rf_fus_value v) {
    const rf_fus_items *array = RF_FUS_AS(const rf_fus_items, v);
    if (s->mark && v == s->mark_array) {
        rf_buffer_text(s->out, "[|...|]");
        return true;
    }
    if (!push_frame(s, (frame){ .value = v, .items = array->items, .count = array->head.length, .between = "; ", .close = "|]" }, "[|"))
        return false;
    s->arrays++;
    if ((s->arrays & (s->arrays - 1)) == 0) {
        s->mark = s->arrays;
        s->mark_array = v;
    }
    return true;
}

static bool show_record(show *s, rf_fus_value v) {
    return push_frame(s, (frame){ .value = v, .kind = FIELDS, .count = rf_fus_field_count(v), .between = "; ", .close = " }" }, "{ ");
}

static bool show_map(show *s, rf_fus_value v) {
    uint32_t count = (uint32_t)RF_FUS_AS(const rf_fus_map, v)->count;
    rf_fus_value *flat = count ? rf_fus_map_pairs(s->vm, v) : NULL;
    if (count && !flat)
        return false;
    return push_frame(s, (frame){ .value = v, .flat = flat, .items = flat, .kind = ENTRIES, .count = count, .between = "; ", .close = "]" },
                      "Map [");
}

static bool show_variant(show *s, rf_fus_value v) {
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, v);
    rf_buffer_slice(s->out, rf_fus_ctor_name(v));
    if (variant->head.length == 0)
        return true;
    return push_frame(s, (frame){ .value = v, .items = variant->items, .count = variant->head.length, .between = ", ", .close = ")" }, "(");
}

/* Shows an object whole, or begins it. */
static bool show_object(show *s, rf_fus_value v) {
    const rf_fus_items *items = RF_FUS_AS(const rf_fus_items, v);
    switch ((rf_fus_type_tag)items->head.type) {
    case RF_FUS_T_BIGINT: show_int(s, rf_fus_int(v)); return true;
    case RF_FUS_T_STRING:
    case RF_FUS_T_ROPE: return show_string(s, v);
    case RF_FUS_T_CONS: return show_list(s, v);
    case RF_FUS_T_TUPLE:
        return push_frame(s, (frame){ .value = v, .items = items->items, .count = items->head.length, .between = ", ", .close = ")" }, "(");
    case RF_FUS_T_ARRAY: return show_array(s, v);
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT: return show_record(s, v);
    case RF_FUS_T_MAP: return show_map(s, v);
    case RF_FUS_T_VARIANT: return show_variant(s, v);
    case RF_FUS_T_CLOSURE:
    case RF_FUS_T_NATIVE:
    case RF_FUS_T_PARTIAL: show_function(s, v); return true;
    case RF_FUS_T_HOST:
        rf_buffer_text(s->out, "<host object: ");
        rf_buffer_text(s->out, RF_FUS_AS(const rf_fus_host_value, v)->type_name);
        rf_buffer_char(s->out, '>');
        return true;
    case RF_FUS_T_CELL: rf_buffer_text(s->out, "<cell>"); return true; /* only code that no compiler made can show one */
    case RF_FUS_T_MAP_NODE: break;
    }
    assert(false && "a value that scripts cannot hold");
    return true;
}

static bool show_value(show *s, rf_fus_value v) {
    if (rf_fus_is_object(v))
        return show_object(s, v);
    if (rf_fus_is_int(v))
        show_int(s, rf_fus_small_int(v));
    else if (rf_fus_is_double(v))
        show_double(s, rf_fus_double(v));
    else
        rf_buffer_text(s->out, v == RF_FUS_TRUE ? "true" : v == RF_FUS_FALSE ? "false" : v == RF_FUS_NIL ? "[]" : "()");
    return true;
}

static void pop_frame(show *s) {
    frame *top = &s->frames.items[--s->frames.count];
    uint32_t times = top->kind == IMPROPER ? top->count : 1;
    while (times--)
        rf_buffer_text(s->out, top->close);
    rf_free(top->flat);
    if (top->kind == ITEMS && rf_fus_is(top->value, RF_FUS_T_ARRAY)) {
        if (s->arrays == s->mark)
            s->mark = 0;
        s->arrays--;
    }
}

/* The next part of a list; false at its end. */
static bool next_of_list(frame *top, rf_buffer *out, rf_fus_value *ret_part) {
    if (top->at == 0) {
        top->at = 1;
        *ret_part = RF_FUS_AS(const rf_fus_cons, top->value)->item;
        return true;
    }
    rf_fus_value tail = RF_FUS_AS(const rf_fus_cons, top->value)->tail;
    if (!rf_fus_is(tail, RF_FUS_T_CONS))
        return false;
    top->value = tail;
    rf_buffer_text(out, top->between);
    *ret_part = RF_FUS_AS(const rf_fus_cons, tail)->item;
    return true;
}

/* Cons(h, Cons(g, 3)): `at` 0 and 1 as in a list, 2: the end that is no list has been given. */
static bool next_of_improper(frame *top, rf_buffer *out, rf_fus_value *ret_part) {
    if (top->at == 2)
        return false;
    if (top->at == 0) {
        top->at = 1;
        *ret_part = RF_FUS_AS(const rf_fus_cons, top->value)->item;
        return true;
    }
    rf_fus_value tail = RF_FUS_AS(const rf_fus_cons, top->value)->tail;
    rf_buffer_text(out, top->between);
    if (!rf_fus_is(tail, RF_FUS_T_CONS)) {
        top->at = 2;
        *ret_part = tail;
        return true;
    }
    rf_buffer_text(out, "Cons(");
    top->count++;
    top->value = tail;
    *ret_part = RF_FUS_AS(const rf_fus_cons, tail)->item;
    return true;
}

/* The next part to show, after what stands before it; false at the end of the topmost frame. */
static bool next_part(show *s, rf_fus_value *ret_part) {
    frame *top = &s->frames.items[s->frames.count - 1];
    if (top->kind == LIST)
        return next_of_list(top, s->out, ret_part);
    if (top->kind == IMPROPER)
        return next_of_improper(top, s->out, ret_part);
    if (top->at == top->count)
        return false;
    if (top->at > 0)
        rf_buffer_text(s->out, top->between);
    if (top->kind == ITEMS) {
        *ret_part = top->items[top->at++];
        return true;
    }
    rf_fus_value name;
    if (top->kind == FIELDS) {
        rf_fus_field_at(top->value, top->at, &name, ret_part);
    } else {
        name = top->items[2 * top->at];
        *ret_part = top->items[2 * top->at + 1];
    }
    const rf_fus_string *text = RF_FUS_AS(const rf_fus_string, name);
    rf_buffer_append(s->out, text->bytes, text->head.length);
    rf_buffer_text(s->out, top->kind == FIELDS ? " = " : " -> ");
    top->at++;
    return true;
}

bool rf_fus_vm_allows(rf_fus_vm *vm, size_t bytes) {
    size_t limit = vm->limits.heap_bytes;
    if (limit && bytes > limit)
        (void)rf_fus_raise_fatal(vm, RF_ELIMIT, "the script used more than its %zu bytes of memory", limit);
    else if (bytes > UINT32_MAX - 64)
        (void)rf_fus_raise_fatal(vm, RF_ELIMIT, "a string of %zu bytes is too long", bytes);
    else
        return true;
    return false;
}

/* Shared parts are shown as often as they are met, so a small value may have an endless text. */
static bool may_go_on(show *s) {
    if (!s->vm)
        return !s->out->failed;
    if (s->out->failed)
        (void)rf_fus_raise_nomem(s->vm);
    return !s->out->failed && rf_fus_vm_allows(s->vm, s->out->len) && rf_fus_vm_poll(s->vm);
}

static bool run(show *s, rf_fus_value v) {
    for (;;) {
        if (RF_UNLIKELY((++s->steps & 0xFFFF) == 0) && !may_go_on(s))
            return false;
        if (!show_value(s, v))
            return false;
        for (;;) {
            if (s->frames.count == 0)
                return true;
            if (next_part(s, &v))
                break;
            pop_frame(s);
        }
    }
}

static bool display(rf_fus_vm *vm, rf_fus_value v, bool as_source, rf_buffer *out) {
    show s = { .vm = vm, .out = out, .as_source = as_source };
    bool done = run(&s, v);
    for (size_t i = 0; i < s.frames.count; i++)
        rf_free(s.frames.items[i].flat);
    rf_vec_done(&s.frames);
    return done;
}

bool rf_fus_display(rf_fus_vm *vm, rf_fus_value v, rf_buffer *out) { return display(vm, v, false, out); }
bool rf_fus_display_source(rf_fus_vm *vm, rf_fus_value v, rf_buffer *out) { return display(vm, v, true, out); }
