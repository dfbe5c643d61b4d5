/* mapping_time_methods.c: the methods of times: RFC 3339 texts, or seconds since 1970. */
#include "message/mapping_methods.h"

#include "base/slice.h"
#include "message/layout.h"

#include <assert.h>
#include <math.h>

static rf_code moment_of(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, rf_moment *ret) {
    rf_value number;
    if (args[0]->kind == RF_TIME) {
        double sec = floor(args[0]->number / 1000);
        *ret = (rf_moment){ (int64_t)sec, (uint32_t)((args[0]->number - sec * 1000) * 1e6) };
        return RF_OK;
    }
    if (rf_mapping_has_text(args[0])) {
        if (rf_layout_parse(RF_SLICE(RF_LAYOUT_RFC3339), rf_value_text(args[0]), ret))
            return RF_OK;
        return rf_mapping_fail(env, node, "\"%.*s\" is not a time such as 2006-01-02T15:04:05Z", RF_SLICE_ARG(rf_value_text(args[0])));
    }
    if (!rf_mapping_number(args[0], &number))
        return rf_mapping_mismatch(env, node, node->args[0], "timestamp", args[0]);
    if (number.kind == RF_INT && number.integer > -4000000000000 && number.integer < 4000000000000) {
        *ret = (rf_moment){ number.integer, 0 };
        return RF_OK;
    }
    if (number.kind != RF_DOUBLE || !(fabs(number.number) < 4e12))
        return rf_mapping_fail(env, node, "the number is too large for seconds since 1970");
    double whole = floor(number.number), rest = (number.number - whole) * 1e9;
    *ret = (rf_moment){ (int64_t)whole, rest < 999999999 ? (uint32_t)rest : 999999999u };
    return RF_OK;
}

static rf_code formatted(rf_mapping_env *env, rf_slice layout, rf_moment moment, rf_value *ret_value) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_layout_format(&out, layout, moment);
    return rf_mapping_keep(env, &out, RF_STRING, ret_value);
}

RF_MAPPING_METHOD(rf_method_ts_format) {
    rf_moment moment;
    rf_slice layout = RF_SLICE(RF_LAYOUT_RFC3339), zone = RF_SLICE("UTC");
    rf_code code = moment_of(env, node, args, &moment);
    if (!code && args[1])
        code = rf_mapping_want_text(env, node, args, 1, &layout);
    if (!code && args[2])
        code = rf_mapping_want_text(env, node, args, 2, &zone);
    if (!code && !rf_slice_is(zone, "UTC") && zone.len)
        return rf_mapping_fail(env, node, "the time zone `%.*s` is not supported: times are in UTC", RF_SLICE_ARG(zone));
    return code ? code : formatted(env, layout, moment, ret_value);
}

RF_MAPPING_METHOD(rf_method_ts_parse) {
    rf_moment moment;
    rf_slice text, layout;
    rf_code code = rf_mapping_want_text(env, node, args, 0, &text);
    if (!code)
        code = rf_mapping_want_text(env, node, args, 1, &layout);
    if (code)
        return code;
    if (!rf_layout_parse(layout, text, &moment))
        return rf_mapping_fail(env, node, "parsing time \"%.*s\" as \"%.*s\": it does not follow that layout", RF_SLICE_ARG(text),
                               RF_SLICE_ARG(layout));
    return formatted(env, RF_SLICE(RF_LAYOUT_RFC3339), moment, ret_value);
}

/* `scale` units a second. */
static rf_code since_1970(rf_mapping_env *env, const rf_mapping_node *node, const rf_value *const *args, int64_t scale,
                          rf_value *ret_value) {
    rf_moment moment;
    int64_t units;
    rf_code code = moment_of(env, node, args, &moment);
    if (code)
        return code;
    if (__builtin_mul_overflow(moment.sec, scale, &units) ||
        __builtin_add_overflow(units, (int64_t)moment.nanos / (1000000000 / scale), &units))
        return rf_mapping_fail(env, node, "the time is too far away for %s()", node->function->name);
    return rf_mapping_give(ret_value, rf_int(units));
}

RF_MAPPING_METHOD(rf_method_ts_unix) { return since_1970(env, node, args, 1, ret_value); }
RF_MAPPING_METHOD(rf_method_ts_unix_milli) { return since_1970(env, node, args, 1000, ret_value); }
RF_MAPPING_METHOD(rf_method_ts_unix_micro) { return since_1970(env, node, args, 1000000, ret_value); }
RF_MAPPING_METHOD(rf_method_ts_unix_nano) { return since_1970(env, node, args, 1000000000, ret_value); }
