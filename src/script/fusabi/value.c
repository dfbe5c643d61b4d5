/* value.c: what kind of thing a value is. */
#include "script/fusabi/value.h"

const char *rf_fus_type_name(rf_fus_value v) {
    static const char *const names[] = {
        [RF_FUS_T_BIGINT] = "int",       [RF_FUS_T_STRING] = "string",   [RF_FUS_T_ROPE] = "string",      [RF_FUS_T_CONS] = "list",
        [RF_FUS_T_TUPLE] = "tuple",      [RF_FUS_T_ARRAY] = "array",     [RF_FUS_T_RECORD] = "record",    [RF_FUS_T_DICT] = "record",
        [RF_FUS_T_MAP] = "map",          [RF_FUS_T_MAP_NODE] = "map",    [RF_FUS_T_VARIANT] = "variant",  [RF_FUS_T_CLOSURE] = "function",
        [RF_FUS_T_NATIVE] = "function",  [RF_FUS_T_PARTIAL] = "function", [RF_FUS_T_CELL] = "cell",       [RF_FUS_T_HOST] = "host_data",
    };
    if (rf_fus_is_int(v))
        return "int";
    if (rf_fus_is_double(v))
        return "float";
    if (rf_fus_is_object(v))
        return names[rf_fus_object_of(v)->type];
    if (rf_fus_is_bool(v))
        return "bool";
    return v == RF_FUS_NIL ? "list" : "unit";
}

bool rf_fus_truthy(rf_fus_value v) {
    if (rf_fus_is_int(v))
        return rf_fus_small_int(v) != 0;
    if (rf_fus_is_double(v))
        return rf_fus_double(v) != 0.0; /* NaN is true */
    if (!rf_fus_is_object(v))
        return v == RF_FUS_TRUE;
    const rf_fus_object *object = rf_fus_object_of(v);
    switch ((rf_fus_type_tag)object->type) {
    case RF_FUS_T_STRING:
    case RF_FUS_T_ROPE:
    case RF_FUS_T_TUPLE:
    case RF_FUS_T_ARRAY:
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT: return object->length != 0;
    case RF_FUS_T_MAP: return RF_FUS_AS(const rf_fus_map, v)->count != 0;
    default: return true;
    }
}
