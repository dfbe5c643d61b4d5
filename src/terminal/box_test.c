/* box_test.c: what is found in a box, what its keys do, and how it looks. */
#include "terminal/box.h"

#include "base/slice.h"
#include "harness.h"
#include "message/json.h"

#include <string.h>

typedef struct made { rf_arena arena; rf_box *box; } made;

static void unmake(made *m) {
    rf_box_free(m->box);
    rf_arena_done(&m->arena);
}

static bool make(made *m, rf_box_kind kind, const char *json) {
    rf_value event;
    rf_error error;
    rf_arena_init(&m->arena, 1024);
    return rf_json_parse(&m->arena, rf_slice_of(json), RF_JSON_DOUBLES, &event, &error) == RF_OK && rf_box_new(kind, &event, &m->box, &error) == RF_OK;
}

#define COMMANDS "{\"title\":\"commands\",\"commands\":[{\"plugin\":\"redact\",\"id\":\"redact.pause\",\"label\":\"Pause\"}," \
    "{\"plugin\":\"audit\",\"id\":\"audit.show\",\"label\":\"Show the audit\"},{\"plugin\":\"\",\"id\":\"detach\",\"label\":\"Detach\"}]}"
#define MENU "{\"plugin\":\"guard\",\"items\":[{\"id\":\"a\",\"label\":\"Plain\"},{\"id\":\"m\",\"label\":\"More\",\"items\":[{\"id\":\"x\",\"label\":\"Inner\"}]}]}"

static rf_box_answer type(rf_box *box, const char *text) {
    rf_box_answer answer = RF_BOX_STAYS;
    for (; *text; text++)
        answer = rf_box_key(box, (char[]){ *text, '\0' }, (rf_slice){ text, 1 });
    return answer;
}

static bool chosen_is(const rf_box *box, const char *plugin, const char *id) {
    rf_box_choice choice;
    return rf_box_chosen(box, &choice) && rf_slice_is(choice.plugin, plugin) && rf_slice_is(choice.id, id);
}

RF_TEST(what_is_typed_finds_labels_ids_and_plugins) {
    RF_CLEANUP(unmake) made m = { .box = NULL };
    rf_check(make(&m, RF_BOX_PALETTE, COMMANDS));
    rf_check(chosen_is(m.box, "redact", "redact.pause"));
    (void)type(m.box, "det");
    rf_check(chosen_is(m.box, "", "detach"));
    (void)rf_box_key(m.box, "ctrl-u", RF_SLICE("\x15"));
    (void)type(m.box, "audit");
    rf_check(chosen_is(m.box, "audit", "audit.show"));
    rf_check(type(m.box, "zz") == RF_BOX_STAYS);
    rf_check(!chosen_is(m.box, "audit", "audit.show"));
    rf_check(rf_box_key(m.box, "enter", RF_SLICE("\r")) == RF_BOX_STAYS);
    (void)rf_box_key(m.box, "backspace", RF_SLICE("\x7F"));
    (void)rf_box_key(m.box, "backspace", RF_SLICE("\x7F"));
    rf_check(rf_box_key(m.box, "enter", RF_SLICE("\r")) == RF_BOX_CHOSEN && chosen_is(m.box, "audit", "audit.show"));
}

RF_TEST(keys_move_and_escape_closes) {
    RF_CLEANUP(unmake) made m = { .box = NULL };
    rf_check(make(&m, RF_BOX_PALETTE, COMMANDS));
    (void)rf_box_key(m.box, "up", RF_SLICE("\033[A"));
    rf_check(chosen_is(m.box, "", "detach"));
    (void)rf_box_key(m.box, "down", RF_SLICE("\033[B"));
    (void)rf_box_key(m.box, "ctrl-n", RF_SLICE("\x0E"));
    rf_check(chosen_is(m.box, "audit", "audit.show"));
    (void)rf_box_key(m.box, "end", RF_SLICE("\033[F"));
    rf_check(chosen_is(m.box, "", "detach"));
    rf_check(rf_box_key(m.box, "", RF_SLICE("\033[M   ")) == RF_BOX_STAYS);
    rf_check(rf_box_key(m.box, "escape", RF_SLICE("\033")) == RF_BOX_CLOSED);
}

RF_TEST(submenus_open_and_close) {
    RF_CLEANUP(unmake) made m = { .box = NULL };
    rf_check(make(&m, RF_BOX_MENU, MENU));
    (void)rf_box_key(m.box, "right", RF_SLICE("\033[C"));
    rf_check(chosen_is(m.box, "guard", "a"));
    (void)rf_box_key(m.box, "down", RF_SLICE("\033[B"));
    rf_check(rf_box_key(m.box, "enter", RF_SLICE("\r")) == RF_BOX_STAYS);
    rf_check(chosen_is(m.box, "guard", "x"));
    rf_check(rf_box_key(m.box, "escape", RF_SLICE("\033")) == RF_BOX_STAYS);
    rf_check(chosen_is(m.box, "guard", "m"));
    (void)rf_box_key(m.box, "right", RF_SLICE("\033[C"));
    rf_check(rf_box_key(m.box, "enter", RF_SLICE("\r")) == RF_BOX_CHOSEN);
}

RF_TEST(items_of_a_palette_come_later_and_the_search_stays) {
    RF_CLEANUP(unmake) made m = { .box = NULL };
    rf_value event;
    rf_error error;
    rf_check(make(&m, RF_BOX_PALETTE, "{\"commands\":[]}"));
    (void)type(m.box, "pau");
    rf_check(rf_json_parse(&m.arena, RF_SLICE(COMMANDS), RF_JSON_DOUBLES, &event, &error) == RF_OK);
    rf_check(rf_box_set_items(m.box, &event, &error) == RF_OK);
    rf_check(chosen_is(m.box, "redact", "redact.pause"));
}

/* Every row of the box: an escape to its place, then as many columns as it is wide. */
static bool is_drawn_within(rf_slice drawn, size_t columns, size_t rows) {
    for (size_t i = 0; i + 2 < drawn.len; i++) {
        unsigned row, column;
        char text[32] = { 0 };
        memcpy(text, drawn.data + i, drawn.len - i < sizeof text - 1 ? drawn.len - i : sizeof text - 1);
        if (sscanf(text, "\033[%u;%uH", &row, &column) == 2 && (row < 1 || row > rows || column < 1 || column > columns))
            return false;
    }
    return true;
}

RF_TEST(a_box_is_drawn_within_any_terminal) {
    RF_CLEANUP(unmake) made m = { .box = NULL };
    rf_check(make(&m, RF_BOX_PALETTE, COMMANDS));
    for (size_t columns = 0; columns < 70; columns += 3)
        for (size_t rows = 0; rows < 30; rows += 2) {
            RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
            rf_box_draw(m.box, columns, rows, &out);
            rf_check(!out.failed && is_drawn_within(rf_buffer_view(&out), columns, rows));
        }
}

RF_TEST(controls_in_labels_are_not_drawn) {
    RF_CLEANUP(unmake) made m = { .box = NULL };
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_check(make(&m, RF_BOX_MODAL, "{\"plugin\":\"p\",\"title\":\"t\\u001b[2J\",\"items\":[{\"id\":\"a\",\"label\":\"x\\u001b[5ny\"}]}"));
    (void)type(m.box, "x");
    rf_box_draw(m.box, 80, 24, &out);
    rf_check(!out.failed);
    rf_check(!memmem(out.data, out.len, "\033[2J", 4) && !memmem(out.data, out.len, "\033[5n", 4));
    rf_check(memmem(out.data, out.len, "\033[1;4mx", 7) != NULL);
}

RF_TEST(odd_events_make_odd_boxes_but_no_harm) {
    const char *const events[] = { "{}", "[]", "{\"items\":[1,null,{}]}", "{\"items\":{\"a\":1}}", "{\"items\":[{\"items\":[]}]}" };
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        RF_CLEANUP(unmake) made m = { .box = NULL };
        RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
        rf_check(make(&m, RF_BOX_MENU, events[i]));
        (void)rf_box_key(m.box, "enter", RF_SLICE("\r"));
        (void)rf_box_key(m.box, "right", RF_SLICE("\r"));
        (void)rf_box_key(m.box, "page-down", RF_SLICE(""));
        rf_box_draw(m.box, 80, 24, &out);
        rf_check(!out.failed);
    }
}
