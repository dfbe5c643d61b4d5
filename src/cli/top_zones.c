/* top_zones.c: the tree of zones: how long each was at work, and how much of that was its own. */
#include "cli/top.h"

#include "base/slice.h"

#include <stdlib.h>

enum { NUMBER_COLUMNS = 9, SHARE_COLUMNS = 7, WIDE = 80, PLAIN_NAME = 44, DEPTH_MAX = 64 };

static size_t name_columns(const rf_top_page *page, size_t *ret_bar) {
    bool wide = page->plain || page->columns >= WIDE;
    size_t fixed = (wide ? 3 : 1) * NUMBER_COLUMNS + SHARE_COLUMNS;
    size_t room = page->plain ? PLAIN_NAME + 31 : page->columns > fixed + 20 ? page->columns - fixed : 20;
    *ret_bar = room * 2 / 5;
    return room - *ret_bar - 1;
}

static bool is_wide(const rf_top_page *page) { return page->plain || page->columns >= WIDE; }

void rf_top_zones_head(const rf_top *top, rf_top_page *page) {
    size_t bar, name = name_columns(page, &bar);
    (void)top;
    rf_top_field(page, RF_SLICE("ZONE"), name);
    rf_top_field(page, RF_SLICE(" TIME, ITS OWN FULL"), bar + 1);
    rf_top_right(page, "SHARE", SHARE_COLUMNS);
    rf_top_right(page, "SELF", NUMBER_COLUMNS);
    if (is_wide(page)) {
        rf_top_right(page, "MEAN", NUMBER_COLUMNS);
        rf_top_right(page, "COUNT", NUMBER_COLUMNS);
    }
    rf_top_end_line(page);
}

/* A zone and what is within it: the children that are still to come are sorted copies of the pointers, longest first. */
typedef struct level { const rf_value **items; uint32_t count, at; } level;

static int longest_first(const void *a, const void *b) {
    double left = rf_top_number(*(const rf_value *const *)a, "total_ns"), right = rf_top_number(*(const rf_value *const *)b, "total_ns");
    return left > right ? -1 : left < right;
}

static bool open_level(level *ret, const rf_value *list) {
    *ret = (level){ 0 };
    if (!list || list->kind != RF_LIST || !list->size)
        return true;
    ret->items = rf_alloc(list->size * sizeof *ret->items);
    if (!ret->items)
        return false;
    for (uint32_t i = 0; i < list->size; i++)
        if (list->items[i].kind == RF_MAP)
            ret->items[ret->count++] = &list->items[i];
    qsort(ret->items, ret->count, sizeof *ret->items, longest_first);
    return true;
}

static double total_of(const level *zones) {
    double sum = 0;
    for (uint32_t i = 0; i < zones->count; i++)
        sum += rf_top_number(zones->items[i], "total_ns");
    return sum;
}

static void put_zone(rf_top_page *page, const rf_value *zone, size_t depth, double all) {
    char text[RF_TOP_TEXT_MAX];
    size_t bar, name = name_columns(page, &bar);
    double total = rf_top_number(zone, "total_ns"), self = rf_top_number(zone, "self_ns"), count = rf_top_number(zone, "count");
    rf_slice detail = rf_top_string(zone, "detail");
    char line[300];
    size_t indent = depth * 2 < name / 2 ? depth * 2 : name / 2;
    (void)snprintf(line, sizeof line, "%*s%.*s%s%.*s", (int)indent, "", RF_SLICE_ARG(rf_top_string(zone, "name")), detail.len ? " " : "",
                   RF_SLICE_ARG(detail));
    rf_top_field(page, rf_slice_of(line), name);
    rf_top_printf(page, " ");
    rf_top_style_on(page, depth % 2 ? RF_TOP_YELLOW : RF_TOP_RED);
    rf_top_bar(page, all > 0 ? total / all : 0, all > 0 ? self / all : 0, bar);
    rf_top_style_on(page, RF_TOP_NORMAL);
    (void)snprintf(text, sizeof text, "%.1f%%", all > 0 ? total / all * 100 : 0);
    rf_top_right(page, text, SHARE_COLUMNS);
    rf_top_right(page, rf_top_time(self, text), NUMBER_COLUMNS);
    if (is_wide(page)) {
        rf_top_right(page, count > 0 ? rf_top_time(total / count, text) : "-", NUMBER_COLUMNS);
        rf_top_right(page, rf_top_count(count, text), NUMBER_COLUMNS);
    }
    rf_top_end_line(page);
}

static void put_tree(const rf_value *zones, rf_top_page *page) {
    level levels[DEPTH_MAX];
    size_t depth = 1;
    bool fine = open_level(&levels[0], zones);
    double all = fine ? total_of(&levels[0]) : 0;
    while (depth) {
        level *here = &levels[depth - 1];
        if (!fine || here->at == here->count) {
            rf_free(here->items);
            depth--;
            continue;
        }
        const rf_value *zone = here->items[here->at++];
        put_zone(page, zone, depth - 1, all);
        if (depth < DEPTH_MAX)
            fine = open_level(&levels[depth++], rf_value_member(zone, RF_SLICE("children")));
    }
    page->out->failed |= !fine;
}

static void say(rf_top_page *page, const char *text) {
    rf_top_printf(page, "%s", text);
    rf_top_end_line(page);
}

void rf_top_zones(const rf_top *top, rf_top_page *page) {
    const rf_top_sample *now = top->now;
    if (now->zones.kind == RF_LIST && now->zones.size) {
        put_tree(&now->zones, page);
    } else if (now->zones.kind == RF_LIST) {
        say(page, "no zone was entered yet");
    } else if (now->zones_error.code == RF_ENOTFOUND || now->zones_error.code == RF_EREFUSED) {
        say(page, "the host does not show its zones");
        say(page, "hint: set `http.debug_endpoints: true` in its config");
    } else if (now->zones_error.code) {
        say(page, now->zones_error.message);
    } else if (top->paused) {
        say(page, "zones were not asked for before the pause: p goes on");
    } else {
        say(page, "asking for zones");
    }
}
