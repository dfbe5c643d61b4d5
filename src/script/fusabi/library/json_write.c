/* json_write.c: values to JSON text, without recursion. */
#include "base/alloc.h"
#include "base/decimal.h"
#include "base/number.h"
#include "script/fusabi/library/common.h"
#include "script/fusabi/library/json.h"

#include <math.h>

/* An array or object that has begun. */
typedef struct level {
    rf_fus_value value;        /* LIST: the cell to come, or NIL; others: what is gone through */
    const rf_fus_value *items; /* ITEMS, PAIRS */
    rf_fus_value *flat;        /* owned: what a map's items are */
    uint32_t at, count;
    enum { ITEMS, LIST, FIELDS, PAIRS } kind;
    bool any;                  /* something was written in it */
} level;

typedef struct writer {
    rf_fus_vm *vm;
    rf_buffer *out;
    uint32_t indent, steps;
    uint32_t arrays, mark;     /* see compare.c: an array on the stack that circles come by */
    rf_fus_value mark_array;
    RF_VEC(level) levels;
} writer;

static bool cannot(writer *w, const char *what) {
    (void)rf_fus_raise(w->vm, "Cannot convert %s to JSON", what);
    return false;
}

static void put_string(rf_buffer *out, rf_slice text) {
    size_t begun = 0;
    rf_buffer_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        rf_buffer_append(out, text.data + begun, i - begun);
        begun = i + 1;
        const char *found = c ? memchr("\"\\\b\f\n\r\t", c, 7) : NULL;
        if (found) {
            rf_buffer_char(out, '\\');
            rf_buffer_char(out, c == '\b' ? 'b' : c == '\f' ? 'f' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : (char)c);
        } else {
            rf_buffer_printf(out, "\\u%04x", c);
        }
    }
    rf_buffer_append(out, text.data + begun, text.len - begun);
    rf_buffer_char(out, '"');
}

static void put_zeros(rf_buffer *out, int count) {
    while (count-- > 0)
        rf_buffer_char(out, '0');
}

/* Shortest digits; a point always (2.0), an exponent below 1e-5 and from 1e16 on (1e16, 1.5e-7): as the original's library. */
static void put_double(rf_buffer *out, double value) {
    rf_decimal d;
    if (signbit(value))
        rf_buffer_char(out, '-');
    rf_decimal_shortest(fabs(value), &d);
    if (d.point > 0 && d.point <= 16) {
        int whole = d.count < d.point ? d.count : d.point;
        rf_buffer_append(out, d.digits, (size_t)whole);
        put_zeros(out, d.point - whole);
        rf_buffer_char(out, '.');
        if (d.count > whole)
            rf_buffer_append(out, d.digits + whole, (size_t)(d.count - whole));
        else
            rf_buffer_char(out, '0');
    } else if (d.point > -5 && d.point <= 0) {
        rf_buffer_text(out, "0.");
        put_zeros(out, -d.point);
        rf_buffer_append(out, d.digits, (size_t)d.count);
    } else {
        rf_buffer_char(out, d.digits[0]);
        if (d.count > 1) {
            rf_buffer_char(out, '.');
            rf_buffer_append(out, d.digits + 1, (size_t)d.count - 1);
        }
        rf_buffer_printf(out, "e%d", d.point - 1);
    }
}

static bool begin(writer *w, level new_level, char open) {
    rf_buffer_char(w->out, open);
    if (rf_vec_push(&w->levels, new_level))
        return true;
    rf_free(new_level.flat);
    (void)rf_fus_raise_nomem(w->vm);
    return false;
}

static bool begin_array(writer *w, rf_fus_value v) {
    const rf_fus_items *array = RF_FUS_AS(const rf_fus_items, v);
    if (w->mark && v == w->mark_array)
        return cannot(w, "an array within itself");
    if (!begin(w, (level){ .value = v, .kind = ITEMS, .items = array->items, .count = array->head.length }, '['))
        return false;
    w->arrays++;
    if ((w->arrays & (w->arrays - 1)) == 0) {
        w->mark = w->arrays;
        w->mark_array = v;
    }
    return true;
}

static bool begin_map(writer *w, rf_fus_value v) {
    uint32_t count = (uint32_t)RF_FUS_AS(const rf_fus_map, v)->count;
    rf_fus_value *flat = rf_fus_map_pairs(w->vm, v);
    return flat && begin(w, (level){ .value = v, .kind = PAIRS, .items = flat, .flat = flat, .count = count }, '{');
}

static bool put_object(writer *w, rf_fus_value v) {
    const rf_fus_items *items = RF_FUS_AS(const rf_fus_items, v);
    rf_slice text;
    char number[RF_NUMBER_TEXT_MAX];
    switch ((rf_fus_type_tag)items->head.type) {
    case RF_FUS_T_BIGINT: rf_buffer_append(w->out, number, rf_number_i64(rf_fus_int(v), number)); return true;
    case RF_FUS_T_STRING:
    case RF_FUS_T_ROPE:
        text = rf_fus_text(w->vm, v);
        if (text.data)
            put_string(w->out, text);
        return text.data != NULL;
    case RF_FUS_T_CONS: return begin(w, (level){ .value = v, .kind = LIST }, '[');
    case RF_FUS_T_TUPLE: return begin(w, (level){ .value = v, .kind = ITEMS, .items = items->items, .count = items->head.length }, '[');
    case RF_FUS_T_ARRAY: return begin_array(w, v);
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT: return begin(w, (level){ .value = v, .kind = FIELDS, .count = rf_fus_field_count(v) }, '{');
    case RF_FUS_T_MAP: return begin_map(w, v);
    default: return cannot(w, rf_fus_type_name(v));
    }
}

/* Writes a value whole, or begins it. */
static bool put_value(writer *w, rf_fus_value v) {
    char number[RF_NUMBER_TEXT_MAX];
    if (rf_fus_is_object(v))
        return put_object(w, v);
    if (rf_fus_is_int(v)) {
        rf_buffer_append(w->out, number, rf_number_i64(rf_fus_small_int(v), number));
    } else if (rf_fus_is_double(v)) {
        if (!isfinite(rf_fus_double(v)))
            return cannot(w, isnan(rf_fus_double(v)) ? "NaN" : "inf");
        put_double(w->out, rf_fus_double(v));
    } else {
        rf_buffer_text(w->out, v == RF_FUS_TRUE ? "true" : v == RF_FUS_FALSE ? "false" : v == RF_FUS_NIL ? "[]" : "null");
    }
    return true;
}

static void new_line(writer *w, size_t depth) {
    if (w->indent == 0)
        return;
    rf_buffer_char(w->out, '\n');
    for (size_t i = 0; i < depth * w->indent; i++)
        rf_buffer_char(w->out, ' ');
}

static void finish(writer *w) {
    level *top = &w->levels.items[--w->levels.count];
    if (top->any)
        new_line(w, w->levels.count);
    rf_buffer_char(w->out, top->kind == FIELDS || top->kind == PAIRS ? '}' : ']');
    rf_free(top->flat);
    if (top->kind == ITEMS && rf_fus_is(top->value, RF_FUS_T_ARRAY)) {
        if (w->arrays == w->mark)
            w->mark = 0;
        w->arrays--;
    }
}

/* The next value of the innermost level, its key written; false at its end, or (*ret_failed) after raising. */
static bool next_value(writer *w, rf_fus_value *ret_value, bool *ret_failed) {
    level *top = &w->levels.items[w->levels.count - 1];
    rf_fus_value key = RF_FUS_UNIT;
    if (top->kind == LIST) {
        if (!rf_fus_list_next(w->vm, &top->value, ret_value, ret_failed))
            return false;
    } else if (top->at == top->count) {
        return false;
    } else if (top->kind == FIELDS) {
        rf_fus_field_at(top->value, top->at++, &key, ret_value);
    } else if (top->kind == PAIRS) {
        key = top->items[2 * top->at];
        *ret_value = top->items[2 * top->at++ + 1];
    } else {
        *ret_value = top->items[top->at++];
    }
    if (top->any)
        rf_buffer_char(w->out, ',');
    top->any = true;
    new_line(w, w->levels.count);
    if (key != RF_FUS_UNIT) {
        put_string(w->out, rf_fus_lib_slice(RF_FUS_AS(const rf_fus_string, key)));
        rf_buffer_text(w->out, w->indent ? ": " : ":");
    }
    return true;
}

static bool may_go_on(writer *w) {
    if (w->out->failed)
        (void)rf_fus_raise_nomem(w->vm);
    return !w->out->failed && rf_fus_vm_allows(w->vm, w->out->len) && rf_fus_vm_poll(w->vm);
}

static bool run(writer *w, rf_fus_value v) {
    bool failed = false;
    for (;;) {
        if ((++w->steps & 0xFFFF) == 0 && !may_go_on(w))
            return false;
        if (!put_value(w, v))
            return false;
        for (;;) {
            if (w->levels.count == 0)
                return true;
            if (next_value(w, &v, &failed))
                break;
            if (failed)
                return false;
            finish(w);
        }
    }
}

bool rf_fus_json_put(rf_fus_vm *vm, rf_fus_value value, uint32_t indent, rf_buffer *out) {
    writer w = { .vm = vm, .out = out, .indent = indent };
    bool done = run(&w, value);
    for (size_t i = 0; i < w.levels.count; i++)
        rf_free(w.levels.items[i].flat);
    rf_vec_done(&w.levels);
    return done;
}
