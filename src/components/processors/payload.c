/* payload.c: what a payload becomes between two stages, where the original wrote and read JSON. */
#include "components/processors/payload.h"

#include "base/clock.h"
#include "base/number.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>

static rf_code refuse(rf_error *reterr, const char *what) {
    return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold %s", what);
}

static rf_code refuse_deep(rf_error *reterr) {
    return rf_raise(reterr, RF_ELIMIT, "nested deeper than %d", RF_VALUE_DEPTH_MAX);
}

static rf_code check_scalar(const rf_value *value, rf_error *reterr) {
    double ignored;
    switch ((rf_value_kind)value->kind) {
    case RF_DOUBLE:
        if (isnan(value->number))
            return refuse(reterr, "NaN");
        return isfinite(value->number) ? RF_OK : refuse(reterr, value->number > 0 ? "Infinity" : "-Infinity");
    case RF_TIME:
        return isfinite(value->number) ? RF_OK : refuse(reterr, "an invalid date");
    case RF_NUMBER:
        if (rf_number_parse_json(rf_value_text(value), &ignored))
            return RF_OK;
        return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold the number %.*s", RF_SLICE_ARG(rf_value_text(value)));
    case RF_OPAQUE:
        return rf_raise(reterr, RF_ESCRIPT, "JSON cannot hold a value of kind %.*s", RF_SLICE_ARG(rf_value_text(value)));
    default:
        return RF_OK;
    }
}

static rf_code check_at(const rf_value *value, int depth, rf_error *reterr) {
    if (value->kind != RF_LIST && value->kind != RF_MAP)
        return check_scalar(value, reterr);
    if (depth >= RF_VALUE_DEPTH_MAX)
        return refuse_deep(reterr);
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < value->size && !code; i++)
        code = check_at(value->kind == RF_LIST ? &value->items[i] : &value->members[i].value, depth + 1, reterr);
    return code;
}

rf_code rf_payload_check(const rf_value *payload, rf_error *reterr) {
    assert(payload);
    return check_at(payload, 0, reterr);
}

/* True when a round trip through JSON would change nothing. What is nested too deep is not settled: settling it then
 * says so. */
static bool settled(const rf_value *value, int depth) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL:
    case RF_BOOL:
    case RF_STRING:
        return true;
    case RF_DOUBLE:
        return isfinite(value->number);
    case RF_LIST:
    case RF_MAP:
        break;
    default:
        return false;
    }
    bool all = depth < RF_VALUE_DEPTH_MAX && !value->truth; /* a list that stands for a Map becomes an ordinary one */
    for (uint32_t i = 0; i < value->size && all; i++)
        all = settled(value->kind == RF_LIST ? &value->items[i] : &value->members[i].value, depth + 1);
    return all;
}

/* Digits to a double, as reading them from JSON gives it. */
static rf_code settle_digits(rf_value *value, rf_error *reterr) {
    double number;
    if (!rf_number_parse_json(rf_value_text(value), &number))
        return rf_raise(reterr, RF_ESCRIPT, "the number %.*s is not one that a script can have", RF_SLICE_ARG(rf_value_text(value)));
    *value = rf_double(number);
    return RF_OK;
}

static rf_code settle_time(rf_arena *arena, rf_value *value, rf_error *reterr) {
    double seconds = floor(value->number / 1000.0);
    if (!isfinite(seconds))
        return refuse(reterr, "an invalid date");
    char text[RF_CLOCK_TEXT_MAX];
    double millis = value->number - seconds * 1000.0;
    size_t len = rf_clock_rfc3339((int64_t)seconds, (uint32_t)(millis * 1e6), -1, text);
    rf_slice copy = rf_slice_dup_in(arena, (rf_slice){ text, len });
    *value = rf_string(copy);
    return copy.data ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code settle_bytes(rf_arena *arena, rf_value *value, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer base64 = { 0 };
    rf_base64_write(&base64, rf_value_text(value));
    if (base64.failed)
        return rf_raise_nomem(reterr);
    rf_slice copy = rf_slice_dup_in(arena, rf_buffer_view(&base64));
    *value = rf_string(copy);
    return copy.data ? RF_OK : rf_raise_nomem(reterr);
}

static rf_code settle_scalar(rf_arena *arena, rf_value *value, rf_error *reterr) {
    switch ((rf_value_kind)value->kind) {
    case RF_INT:
        *value = rf_double((double)value->integer);
        return RF_OK;
    case RF_NUMBER:
    case RF_BIGINT:
        return settle_digits(value, reterr);
    case RF_TIME:
        return settle_time(arena, value, reterr);
    case RF_BYTES:
        return settle_bytes(arena, value, reterr);
    default:
        return check_scalar(value, reterr);
    }
}

static rf_code settle_at(rf_arena *arena, rf_value *value, int depth, rf_error *reterr);

static rf_code settle_list(rf_arena *arena, rf_value *value, int depth, rf_error *reterr) {
    rf_value *items = rf_arena_alloc(arena, value->size * sizeof *items);
    if (!items)
        return rf_raise_nomem(reterr);
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < value->size && !code; i++) {
        items[i] = value->items[i];
        code = settle_at(arena, &items[i], depth + 1, reterr);
    }
    value->items = items;
    value->truth = false;
    return code;
}

static rf_code settle_map(rf_arena *arena, rf_value *value, int depth, rf_error *reterr) {
    rf_member *members = rf_arena_alloc(arena, value->size * sizeof *members);
    if (!members)
        return rf_raise_nomem(reterr);
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < value->size && !code; i++) {
        members[i] = value->members[i];
        code = settle_at(arena, &members[i].value, depth + 1, reterr);
    }
    value->members = members;
    return code;
}

static rf_code settle_at(rf_arena *arena, rf_value *value, int depth, rf_error *reterr) {
    if (value->kind != RF_LIST && value->kind != RF_MAP)
        return settle_scalar(arena, value, reterr);
    if (depth >= RF_VALUE_DEPTH_MAX)
        return refuse_deep(reterr);
    return value->kind == RF_LIST ? settle_list(arena, value, depth, reterr) : settle_map(arena, value, depth, reterr);
}

rf_code rf_payload_settle(rf_arena *arena, rf_value *payload, rf_error *reterr) {
    assert(arena && payload && payload->kind != RF_RAW);
    if (settled(payload, 0))
        return RF_OK;
    rf_value copy = *payload;
    rf_code code = settle_at(arena, &copy, 0, reterr);
    if (!code)
        *payload = copy;
    return code;
}
