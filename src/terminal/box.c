/* box.c: the box over an attached session: its lists, what is found in them, and what keys do. */
#include "terminal/box.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "terminal/box_internal.h"
#include "terminal/fuzzy.h"
#include "terminal/params.h"

#include <assert.h>
#include <string.h>

/* What is found in a label counts more than what is found in its id or in its plugin's name. */
enum { ID_COSTS = 8, PLUGIN_COSTS = 12, ROWS_USUAL = 8 };

void rf_box_item_read(const rf_box *box, const rf_value *value, rf_box_item *ret_item) {
    *ret_item = (rf_box_item){
        .plugin = rf_answer_text(value, "plugin"), .id = rf_answer_text(value, "id"), .label = rf_answer_text(value, "label"),
        .description = rf_answer_text(value, "description"),
    };
    if (!ret_item->plugin.len)
        ret_item->plugin = box->plugin;
    if (!ret_item->label.len)
        ret_item->label = ret_item->id;
    if (box->kind == RF_BOX_MENU)
        ret_item->items = rf_answer_list(value, "items", &ret_item->item_count);
}

/* ---- Finding ---- */

static int score_of(const rf_box_item *item, rf_slice query) {
    const struct { rf_slice text; int costs; } places[] = { { item->label, 0 }, { item->id, ID_COSTS }, { item->plugin, PLUGIN_COSTS } };
    int best = RF_FUZZY_NONE;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int score = rf_fuzzy_score(query, places[i].text, NULL, 0);
        if (score == RF_FUZZY_NONE)
            continue;
        score = score > places[i].costs ? score - places[i].costs : 0;
        best = score > best ? score : best;
    }
    return best;
}

static int compare_found(const void *a, const void *b) {
    const rf_box_found *left = a, *right = b;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

/* Anew for the open list; the selection goes to the best. */
static void find(rf_box *box) {
    rf_box_level *level = rf_box_open_level(box);
    rf_slice query = { level->query, level->query_len };
    box->found_count = 0;
    for (uint32_t i = 0; i < level->count; i++) {
        rf_box_item item;
        rf_box_item_read(box, &level->items[i], &item);
        int score = score_of(&item, query);
        if (score != RF_FUZZY_NONE)
            box->found[box->found_count++] = (rf_box_found){ i, score };
    }
    if (query.len)
        qsort(box->found, box->found_count, sizeof *box->found, compare_found);
    if (level->selected >= box->found_count)
        level->selected = level->top = 0;
}

/* ---- Making ---- */

static uint32_t clamp(uint32_t count) { return count < RF_BOX_ITEMS_MAX ? count : RF_BOX_ITEMS_MAX; }

static uint32_t longest_of(const rf_value *items, uint32_t count, unsigned depth) {
    uint32_t longest = clamp(count);
    for (uint32_t i = 0; depth < RF_BOX_DEPTH_MAX && i < count; i++) {
        uint32_t inner_count;
        const rf_value *inner = rf_answer_list(&items[i], "items", &inner_count);
        uint32_t inner_longest = inner ? longest_of(inner, inner_count, depth + 1) : 0;
        longest = inner_longest > longest ? inner_longest : longest;
    }
    return longest;
}

static rf_code take_event(rf_box *box, const rf_value *event, rf_error *reterr) {
    rf_value copy;
    uint32_t count;
    if (!rf_value_dup_in(&box->arena, event, &copy))
        return rf_raise_nomem(reterr);
    const rf_value *items = rf_answer_list(&copy, box->kind == RF_BOX_PALETTE ? "commands" : "items", &count);
    uint32_t longest = box->kind == RF_BOX_MENU ? longest_of(items, count, 1) : clamp(count);
    rf_box_found *found = rf_alloc_zero((size_t)longest + 1, sizeof *found);
    if (!found)
        return rf_raise_nomem(reterr);
    rf_free(box->found);
    box->found = found;
    box->longest = longest;
    box->plugin = rf_answer_text(&copy, "plugin");
    rf_slice title = rf_answer_text(&copy, "title");
    box->levels[0].items = items;
    box->levels[0].count = clamp(count);
    box->levels[0].title = title.len ? title : box->plugin;
    box->depth = 1;
    find(box);
    return RF_OK;
}

rf_code rf_box_new(rf_box_kind kind, const rf_value *event, rf_box **ret_box, rf_error *reterr) {
    assert(event && ret_box);
    rf_box *box = rf_alloc_zero(1, sizeof *box);
    if (!box)
        return rf_raise_nomem(reterr);
    rf_arena_init(&box->arena, 4096);
    box->kind = kind;
    box->shown_rows = ROWS_USUAL;
    rf_code code = take_event(box, event, reterr);
    if (code) {
        rf_box_free(box);
        return code;
    }
    *ret_box = box;
    return RF_OK;
}

void rf_box_free(rf_box *box) {
    if (!box)
        return;
    rf_arena_done(&box->arena);
    rf_free(box->found);
    rf_free(box);
}

rf_box_kind rf_box_kind_of(const rf_box *box) { return box->kind; }

rf_code rf_box_set_items(rf_box *box, const rf_value *event, rf_error *reterr) {
    assert(box && event);
    return take_event(box, event, reterr); /* the items before stay in the arena: there is one such event for each opening */
}

/* ---- Keys ---- */

static void move(rf_box *box, long by, bool around) {
    rf_box_level *level = rf_box_open_level(box);
    long count = (long)box->found_count, at = (long)level->selected + by;
    if (count == 0)
        return;
    if (at < 0)
        at = around ? count - 1 : 0;
    if (at >= count)
        at = around ? 0 : count - 1;
    level->selected = (size_t)at;
}

static bool selected_item(const rf_box *box, rf_box_item *ret_item) {
    const rf_box_level *level = &box->levels[box->depth - 1];
    if (level->selected >= box->found_count)
        return false;
    rf_box_item_read(box, &level->items[box->found[level->selected].index], ret_item);
    return true;
}

static bool open_submenu(rf_box *box) {
    rf_box_item item;
    if (!selected_item(box, &item) || !item.items || box->depth == RF_BOX_DEPTH_MAX)
        return false;
    box->levels[box->depth++] = (rf_box_level){ .items = item.items, .count = clamp(item.item_count), .title = item.label };
    find(box);
    return true;
}

static bool close_submenu(rf_box *box) {
    if (box->depth == 1)
        return false;
    box->depth--;
    find(box);
    return true;
}

static void search(rf_box *box, rf_slice bytes) {
    rf_box_level *level = rf_box_open_level(box);
    if (level->query_len + bytes.len > sizeof level->query)
        return;
    memcpy(level->query + level->query_len, bytes.data, bytes.len);
    level->query_len += bytes.len;
    level->selected = level->top = 0;
    find(box);
}

static void unsearch(rf_box *box, bool all) {
    rf_box_level *level = rf_box_open_level(box);
    do {
        while (level->query_len && ((unsigned char)level->query[level->query_len - 1] & 0xC0) == 0x80)
            level->query_len--;
        level->query_len -= level->query_len > 0;
    } while (all && level->query_len);
    level->selected = level->top = 0;
    find(box);
}

typedef enum action { NOTHING, UP, DOWN, PAGE_UP, PAGE_DOWN, FIRST, LAST, CHOOSE, OPEN, BACK, CLOSE, ERASE, ERASE_ALL } action;

static action action_of(const char *name) {
    static const struct { const char *name; action action; } rows[] = {
        { "up", UP }, { "ctrl-p", UP }, { "shift-tab", UP }, { "down", DOWN }, { "ctrl-n", DOWN }, { "tab", DOWN }, { "page-up", PAGE_UP },
        { "page-down", PAGE_DOWN }, { "home", FIRST }, { "end", LAST }, { "enter", CHOOSE }, { "ctrl-j", CHOOSE }, { "right", OPEN }, { "left", BACK },
        { "escape", CLOSE }, { "ctrl-c", CLOSE }, { "ctrl-g", CLOSE }, { "backspace", ERASE }, { "ctrl-h", ERASE }, { "ctrl-u", ERASE_ALL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].action;
    return NOTHING;
}

static rf_box_answer choose(rf_box *box) {
    rf_box_item item;
    if (!selected_item(box, &item))
        return RF_BOX_STAYS;
    if (item.items)
        return (void)open_submenu(box), RF_BOX_STAYS;
    return RF_BOX_CHOSEN;
}

static bool can_be_searched(rf_slice bytes) {
    uint32_t c;
    return bytes.len && rf_utf8_decode(bytes, &c) == bytes.len && c >= 0x20 && c != 0x7F && (c < 0x80 || c >= 0xA0);
}

rf_box_answer rf_box_key(rf_box *box, const char *name, rf_slice bytes) {
    assert(box && name);
    long page = (long)box->shown_rows;
    switch (action_of(name)) {
    case UP: move(box, -1, true); break;
    case DOWN: move(box, 1, true); break;
    case PAGE_UP: move(box, -page, false); break;
    case PAGE_DOWN: move(box, page, false); break;
    case FIRST: move(box, -(long)RF_BOX_ITEMS_MAX, false); break;
    case LAST: move(box, RF_BOX_ITEMS_MAX, false); break;
    case CHOOSE: return choose(box);
    case OPEN: (void)open_submenu(box); break;
    case BACK: (void)close_submenu(box); break;
    case CLOSE: return close_submenu(box) ? RF_BOX_STAYS : RF_BOX_CLOSED;
    case ERASE: unsearch(box, false); break;
    case ERASE_ALL: unsearch(box, true); break;
    case NOTHING:
        if (can_be_searched(bytes))
            search(box, bytes);
        break;
    }
    return RF_BOX_STAYS;
}

bool rf_box_chosen(const rf_box *box, rf_box_choice *ret_choice) {
    assert(box && ret_choice);
    rf_box_item item;
    if (!selected_item(box, &item))
        return false;
    *ret_choice = (rf_box_choice){ item.plugin, item.id };
    return true;
}
