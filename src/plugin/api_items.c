/* api_items.c: items of lists and menus: checked, and copied without what must not be drawn. */
#include "plugin/api_internal.h"

#include "base/nearest.h"

enum { ITEMS_MAX = 500, MENU_DEPTH_MAX = 4, MEMBERS_MAX = 4 };

typedef struct checker {
    rf_plugin_api *api;
    const char *function;
    bool is_menu;
    uint32_t count; /* of all levels */
    rf_error *reterr;
} checker;

static rf_code read_items(checker *check, const rf_value *items, unsigned depth, rf_value *ret_items);

/* Checks a member that is a text; `what` names it in errors. */
static rf_code read_text(checker *check, const rf_member *member, rf_value *ret_text) {
    char what[32] = "";
    rf_slice text;
    memcpy(what, member->key.data, member->key.len); /* one of our own three names */
    if (member->value.kind != RF_STRING)
        return rf_raise(check->reterr, RF_ECONFIG, "%s: the %s of item %u is no text", check->function, what, (unsigned)check->count);
    rf_code code = rf_api_text(check->api, check->function, what, rf_value_text(&member->value), RF_API_ONE_LINE, &text, check->reterr);
    *ret_text = rf_string(text);
    return code;
}

static rf_code unknown(checker *check, rf_slice key) {
    static const char *const of_lists[] = { "id", "label", "description", NULL };
    static const char *const of_menus[] = { "id", "label", "description", "items", NULL };
    (void)rf_raise(check->reterr, RF_ECONFIG, "%s: item %u has an unknown member `%.*s`", check->function, (unsigned)check->count,
                   RF_SLICE_ARG(rf_api_shown(check->api, key)));
    const char *nearest = rf_nearest(key, check->is_menu ? of_menus : of_lists);
    if (nearest)
        rf_error_hint(check->reterr, "did you mean `%s`?", nearest);
    else
        rf_error_hint(check->reterr, "items have id, label and description%s", check->is_menu ? ", and may have items" : "");
    return RF_ECONFIG;
}

/* One member of an item. */
static rf_code read_member(checker *check, const rf_member *member, unsigned depth, rf_value *ret_value) {
    bool is_text = rf_slice_is(member->key, "id") || rf_slice_is(member->key, "label") || rf_slice_is(member->key, "description");
    if (is_text)
        return read_text(check, member, ret_value);
    if (check->is_menu && rf_slice_is(member->key, "items"))
        return read_items(check, &member->value, depth + 1, ret_value);
    return unknown(check, member->key);
}

static rf_code check_item(checker *check, const rf_value *item, uint32_t number) {
    const rf_value *id = rf_value_member(item, RF_SLICE("id")), *label = rf_value_member(item, RF_SLICE("label"));
    if (!id || !label)
        return rf_raise(check->reterr, RF_ECONFIG, "%s: item %u has no %s", check->function, (unsigned)number, id ? "label" : "id");
    if (label->size == 0)
        return rf_raise(check->reterr, RF_ECONFIG, "%s: the label of item %u is empty", check->function, (unsigned)number);
    return rf_api_check_id(check->api, check->function, "id of an item", rf_value_text(id), check->reterr);
}

static rf_code read_item(checker *check, const rf_value *item, unsigned depth, rf_value *ret_item) {
    uint32_t number = ++check->count;
    if (number > ITEMS_MAX)
        return rf_raise(check->reterr, RF_ELIMIT, "%s: more than %d items", check->function, ITEMS_MAX);
    if (item->kind != RF_MAP)
        return rf_raise(check->reterr, RF_ECONFIG, "%s: item %u is not an object with id and label", check->function, (unsigned)number);
    rf_member *members = rf_arena_zero(&check->api->arena, MEMBERS_MAX, sizeof *members);
    if (!members)
        return rf_raise_nomem(check->reterr);
    *ret_item = (rf_value){ .kind = RF_MAP, .members = members };
    for (uint32_t i = 0; i < item->size; i++) {
        const rf_member *given = &item->members[i];
        if (given->value.kind == RF_NULL)
            continue; /* as if it were not there */
        rf_value value;
        rf_code code = read_member(check, given, depth, &value);
        if (code)
            return code;
        members[ret_item->size++] = (rf_member){ given->key, value }; /* keys are unique and known: no more than four */
    }
    return check_item(check, ret_item, number);
}

/* Recursion ends at MENU_DEPTH_MAX. */
static rf_code read_items(checker *check, const rf_value *items, unsigned depth, rf_value *ret_items) {
    if (items->kind != RF_LIST)
        return rf_raise(check->reterr, RF_ECONFIG, "%s: the items are no list", check->function);
    if (depth > MENU_DEPTH_MAX)
        return rf_raise(check->reterr, RF_ELIMIT, "%s: menus within menus are more than %d levels deep", check->function, MENU_DEPTH_MAX);
    if (items->size > ITEMS_MAX)
        return rf_raise(check->reterr, RF_ELIMIT, "%s: %u items, at most %d are allowed", check->function, (unsigned)items->size,
                        ITEMS_MAX);
    rf_value *copies = rf_arena_zero(&check->api->arena, items->size + 1u, sizeof *copies);
    if (!copies)
        return rf_raise_nomem(check->reterr);
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < items->size && !code; i++)
        code = read_item(check, &items->items[i], depth, &copies[i]);
    *ret_items = (rf_value){ .kind = RF_LIST, .size = items->size, .items = copies };
    return code;
}

rf_code rf_api_items(rf_plugin_api *api, const char *function, const rf_value *items, bool is_menu, rf_value *ret_items, rf_error *reterr) {
    checker check = { api, function, is_menu, 0, reterr };
    return read_items(&check, items, 1, ret_items);
}
