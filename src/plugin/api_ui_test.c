/* api_ui_test.c: what plugins draw: cleaned texts, ids, quotas, items. */
#include "harness.h"

#include "api_fixture.h"

#define RF_CLEAN_FIXTURE(name) RF_CLEANUP(rf_api_fixture_done) rf_api_fixture name; rf_api_fixture_init(&name)
#define BAD "\xEF\xBF\xBD"

RF_TEST(a_notification_says_who_what_and_how_bad) {
    RF_CLEAN_FIXTURE(f);
    rf_check(!api(&f, "Ui.notify", T("Build"), T("done"), T("success")) && !api(&f, "Ui.notify", T(""), T(""), T("error")));
    rf_check_text(told(&f), RF_SLICE("notify calm [Build] [done] success\nnotify calm [] [] error\n"));
    rf_check_text(given(&f), RF_SLICE("unit"));
    rf_check(api(&f, "Ui.notify", T("a"), T("b"), T("warn")) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Ui.notify: there is no level `warn`"));
    rf_check_text(hint_of(&f), RF_SLICE("did you mean `warning`?"));
    rf_check(api(&f, "Ui.notify", T("a"), T("b"), T("")) == RF_ECONFIG);
    rf_check_text(hint_of(&f), RF_SLICE("levels are info, success, warning and error"));
}

RF_TEST(nothing_that_a_plugin_draws_controls_the_terminal) {
    RF_CLEAN_FIXTURE(f);
    rf_check(!api(&f, "Ui.notify", T("\x1B[31m\n\tx"), T("\x1B]0;t\x07\n\ty\r"), T("info")));
    rf_check_text(told(&f), RF_SLICE("notify calm [" BAD "[31m" BAD BAD "x] [" BAD "]0;t" BAD "\n\ty" BAD "] info\n"));
    rf_check(!api(&f, "Ui.status", T("s"), T("a\0b\x7F\xC2\x9B" "2J\xC2\x80\xC2\xA0\n"), I(0))); /* C1 codes too; U+00A0 is none */
    rf_check_text(told(&f), RF_SLICE("status calm s [a" BAD "b" BAD BAD "2J" BAD "\xC2\xA0" BAD "] 0\n"));
    rf_check(!api(&f, "Ui.overlay", T("o"), I(0), I(0), T("\xEE\xBE\x9B" "2J\xEE\xBF\xBF\xEE\xBD\xBF\xEE\x80\x80\n\xF0\x9F\x98\x80"))); /* hidden bytes */
    rf_check_text(told(&f), RF_SLICE("overlay calm o 0,0 [" BAD "2J" BAD "\xEE\xBD\xBF\xEE\x80\x80\n\xF0\x9F\x98\x80]\n"));
    rf_check(!api(&f, "Ui.command", T("c"), T("\x1B" "c"), T("\n")));
    rf_check_text(told(&f), RF_SLICE("command calm c [" BAD "c] [" BAD "]\n"));
}

RF_TEST(texts_longer_than_the_quota_are_refused) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota.text_bytes = 4;
    rf_check(!api(&f, "Ui.notify", T("1234"), T("1234"), T("info")));
    rf_check(told(&f).len > 0);
    rf_check(api(&f, "Ui.notify", T("12345"), T(""), T("info")) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.notify: the title is 5 bytes long, at most 4 are allowed"));
    rf_check(api(&f, "Ui.notify", T(""), T("12345"), T("info")) == RF_ELIMIT);
    rf_check(api(&f, "Ui.status", T("a"), T("12345"), I(0)) == RF_ELIMIT);
    rf_check(api(&f, "Ui.overlay", T("a"), I(0), I(0), T("12345")) == RF_ELIMIT);
    rf_check(api(&f, "Ui.command", T("a"), T("12345"), T("")) == RF_ELIMIT);
    rf_check(api(&f, "Ui.command", T("a"), T("1"), T("12345")) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.command: the description is 5 bytes long, at most 4 are allowed"));
    rf_check(api(&f, "Ui.modal", T("12345"), D(((rf_value){ .kind = RF_LIST }))) == RF_ELIMIT);
    rf_check(api(&f, "Log.info", T("12345")) == RF_ELIMIT);
    rf_check_text(told(&f), RF_SLICE(""));
    rf_check(f.api.status_count == 0 && f.api.overlay_count == 0 && f.api.command_count == 0);
}

RF_TEST(ids_are_short_and_plain) {
    static const char *const functions[] = { "Ui.status", "Ui.clear_status", "Ui.overlay", "Ui.clear_overlay", "Ui.command", "Ui.remove_command" };
    char id[65];
    memset(id, 'i', sizeof id);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        RF_CLEAN_FIXTURE(f);
        bool is_overlay = strstr(functions[i], ".overlay") != NULL;
        const rf_pv second = is_overlay ? I(1) : T("x"), third = strstr(functions[i], "command") ? T("x") : I(1);
        rf_check(api(&f, functions[i], T(""), second, third, T("x")) == RF_ECONFIG);
        rf_check(strstr(f.error.message, ": the id is empty"));
        rf_check(api(&f, functions[i], T("a\x1B" "b"), second, third, T("x")) == RF_ECONFIG);
        rf_check(strstr(f.error.message, ": the id `a" BAD "b` holds more than letters, digits and _ . -"));
        rf_check(api(&f, functions[i], ((rf_pv){ .kind = RF_PV_TEXT, .text = { id, 64 } }), second, third, T("x")) == RF_ECONFIG);
        rf_check(strstr(f.error.message, "…` is 64 bytes long, at most 63 are allowed"));
        rf_check(!api(&f, functions[i], ((rf_pv){ .kind = RF_PV_TEXT, .text = { id, 63 } }), second, third, T("x")));
        rf_check(!api(&f, functions[i], T("aZ09_.-"), second, third, T("x")));
    }
}

RF_TEST(status_items_are_counted_by_id_and_go_with_the_plugin) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota.status_items = 2;
    rf_check(!api(&f, "Ui.status", T("a"), T("1"), I(-5)) && !api(&f, "Ui.status", T("b"), T("2"), I(INT64_MAX)) && !api(&f, "Ui.status", T("a"), T("3"), I(0)));
    rf_check_text(told(&f), RF_SLICE("status calm a [1] -5\nstatus calm b [2] 9223372036854775807\nstatus calm a [3] 0\n"));
    rf_check(api(&f, "Ui.status", T("c"), T("1"), I(0)) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.status: 2 of 2 status items are in use"));
    rf_check(!api(&f, "Ui.clear_status", T("a")) && !api(&f, "Ui.clear_status", T("a")) && !api(&f, "Ui.clear_status", T("none")));
    rf_check_text(told(&f), RF_SLICE("status calm a [] 0\n"));
    rf_check(!api(&f, "Ui.status", T("c"), T("1"), I(0)) && !api(&f, "Ui.status", T("c"), T(""), I(7)) && !api(&f, "Ui.status", T("d"), T("1"), I(0)));
    rf_check_text(told(&f), RF_SLICE("status calm c [1] 0\nstatus calm c [] 0\nstatus calm d [1] 0\n"));
    rf_plugin_api_done(&f.api);
    rf_check_text(told(&f), RF_SLICE("status calm b [] 0\nstatus calm d [] 0\n"));
    rf_plugin_api_done(&f.api);
    rf_check_text(told(&f), RF_SLICE(""));
}

RF_TEST(overlays_stay_within_a_thousand_cells) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota.overlays = 2;
    rf_check(!api(&f, "Ui.overlay", T("a"), I(0), I(999), T("x\ny")) && !api(&f, "Ui.overlay", T("b"), I(999), I(0), T("z")));
    rf_check_text(told(&f), RF_SLICE("overlay calm a 0,999 [x\ny]\noverlay calm b 999,0 [z]\n"));
    rf_check(api(&f, "Ui.overlay", T("a"), I(1000), I(0), T("x")) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Ui.overlay: x is 1000, it must be between 0 and 999"));
    rf_check(api(&f, "Ui.overlay", T("a"), I(0), I(-1), T("x")) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Ui.overlay: y is -1, it must be between 0 and 999"));
    rf_check(api(&f, "Ui.overlay", T("c"), I(0), I(0), T("x")) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.overlay: 2 of 2 overlays are in use"));
    rf_check(!api(&f, "Ui.overlay", T("a"), I(5), I(5), T("")) && !api(&f, "Ui.clear_overlay", T("a")) && !api(&f, "Ui.overlay", T("c"), I(0), I(0), T("x")));
    rf_check_text(told(&f), RF_SLICE("overlay calm a 0,0 []\noverlay calm c 0,0 [x]\n"));
    rf_plugin_api_done(&f.api);
    rf_check_text(told(&f), RF_SLICE("overlay calm b 0,0 []\noverlay calm c 0,0 []\n"));
}

RF_TEST(palette_commands_come_and_go) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota.commands = 1;
    rf_check(!api(&f, "Ui.command", T("a"), T("Do"), T("does")) && !api(&f, "Ui.command", T("a"), T("Redo"), T("")));
    rf_check(api(&f, "Ui.command", T("b"), T("Do"), T("")) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.command: 1 of 1 commands are in use"));
    rf_check(api(&f, "Ui.command", T("a"), T(""), T("")) == RF_ECONFIG);
    rf_check_text(message_of(&f), RF_SLICE("Ui.command: the label is empty"));
    rf_check(!api(&f, "Ui.remove_command", T("b")) && !api(&f, "Ui.remove_command", T("a")) && !api(&f, "Ui.command", T("b"), T("Do"), T("")));
    rf_plugin_api_done(&f.api);
    rf_check_text(told(&f), RF_SLICE("command calm a [Do] [does]\ncommand calm a [Redo] []\ncommand calm a [] []\ncommand calm b [Do] []\ncommand calm b [] []\n"));
}

RF_TEST(a_quota_of_none_refuses_the_first) {
    RF_CLEAN_FIXTURE(f);
    f.api.quota = (rf_plugin_quota){ .text_bytes = 10 };
    rf_check(api(&f, "Ui.status", T("a"), T("x"), I(0)) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.status: 0 of 0 status items are in use"));
    rf_check(api(&f, "Ui.notify", T("a"), T("x"), T("info")) == RF_ELIMIT);
    rf_check(!api(&f, "Ui.clear_status", T("a")) && !api(&f, "Log.info", T("x")));
    rf_check_text(told(&f), RF_SLICE(""));
}

/* ---- Items ---- */

#define TEXT(literal) rf_string(RF_SLICE(literal))
#define MEMBER(name, ...) { RF_SLICE(name), __VA_ARGS__ }
#define MAP(...) ((rf_value){ .kind = RF_MAP, .size = sizeof((rf_member[]){ __VA_ARGS__ }) / sizeof(rf_member), .members = (rf_member[]){ __VA_ARGS__ } })
#define LIST(...) ((rf_value){ .kind = RF_LIST, .size = sizeof((rf_value[]){ __VA_ARGS__ }) / sizeof(rf_value), .items = (rf_value[]){ __VA_ARGS__ } })
#define ITEM(id, label) MAP(MEMBER("id", TEXT(id)), MEMBER("label", TEXT(label)))

RF_TEST(items_reach_the_host_checked_and_clean) {
    RF_CLEAN_FIXTURE(f);
    rf_value items = LIST(ITEM("a", "A\x1B\n"), MAP(MEMBER("label", TEXT("B")), MEMBER("description", TEXT("d\x07")), MEMBER("id", TEXT("b"))),
                          MAP(MEMBER("id", TEXT("c")), MEMBER("label", TEXT("C")), MEMBER("description", rf_null())));
    rf_check(!api(&f, "Ui.modal", T("Pick\x1B"), D(items)));
    rf_check_text(told(&f), RF_SLICE("modal calm [Pick" BAD "] [map[id:a label:A" BAD BAD "] map[description:d" BAD " id:b label:B] map[id:c label:C]]\n"));
    rf_value menu = LIST(MAP(MEMBER("id", TEXT("m")), MEMBER("label", TEXT("More")), MEMBER("items", LIST(ITEM("x", "X"), ITEM("y", "Y\x1B")))));
    rf_check(!api(&f, "Ui.menu", D(menu)));
    rf_check_text(told(&f), RF_SLICE("menu calm [map[id:m items:[map[id:x label:X] map[id:y label:Y" BAD "]] label:More]]\n"));
}

typedef struct bad_items { const char *message, *hint; rf_value items; } bad_items;

RF_TEST(what_is_wrong_with_items_is_said) {
    const bad_items rows[] = {
        { "Ui.modal: the items are no list", "", MAP(MEMBER("id", TEXT("a"))) },
        { "Ui.modal: the items are no list", "", rf_null() },
        { "Ui.modal: item 1 is not an object with id and label", "", LIST(TEXT("a")) },
        { "Ui.modal: item 2 has no id", "", LIST(ITEM("a", "A"), MAP(MEMBER("label", TEXT("A")))) },
        { "Ui.modal: item 1 has no label", "", LIST(MAP(MEMBER("id", TEXT("a")))) },
        { "Ui.modal: the label of item 1 is empty", "", LIST(ITEM("a", "")) },
        { "Ui.modal: the label of item 1 is no text", "", LIST(MAP(MEMBER("id", TEXT("a")), MEMBER("label", rf_int(1)))) },
        { "Ui.modal: the id of an item `a b` holds more than letters, digits and _ . -", "", LIST(ITEM("a b", "A")) },
        { "Ui.modal: item 1 has an unknown member `lable`", "did you mean `label`?", LIST(MAP(MEMBER("lable", TEXT("A")))) },
        { "Ui.modal: item 1 has an unknown member `quite " BAD "`", "items have id, label and description", LIST(MAP(MEMBER("quite \x1B", TEXT("A")))) },
        { "Ui.modal: item 1 has an unknown member `items`", NULL, LIST(MAP(MEMBER("items", LIST(ITEM("a", "A"))))) },
    };
    RF_CLEAN_FIXTURE(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rf_check(api(&f, "Ui.modal", T("t"), D(rows[i].items)) == RF_ECONFIG);
        rf_check_text(message_of(&f), rf_slice_of(rows[i].message));
        if (rows[i].hint)
            rf_check_text(hint_of(&f), rf_slice_of(rows[i].hint));
    }
    rf_check_text(told(&f), RF_SLICE(""));
    rf_check(f.api.actions == 0);
}

RF_TEST(items_are_bounded_in_number_length_and_depth) {
    RF_CLEAN_FIXTURE(f);
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    rf_arena_init(&arena, 4096);
    rf_value *many = rf_arena_zero(&arena, 501, sizeof *many);
    const rf_value item = ITEM("a", "A");
    rf_check(many != NULL);
    for (size_t i = 0; i < 501; i++)
        many[i] = item;
    rf_value list = { .kind = RF_LIST, .size = 500, .items = many };
    rf_check(!api(&f, "Ui.modal", T("t"), D(list)));
    list.size = 501;
    rf_check(api(&f, "Ui.modal", T("t"), D(list)) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.modal: 501 items, at most 500 are allowed"));
    list.size = 499;
    rf_value menu = LIST(ITEM("b", "B"), MAP(MEMBER("id", TEXT("c")), MEMBER("label", TEXT("C")), MEMBER("items", list)));
    rf_check(api(&f, "Ui.menu", D(menu)) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.menu: more than 500 items"));
    f.api.quota.text_bytes = 3;
    rf_check(api(&f, "Ui.menu", D(LIST(ITEM("a", "Long")))) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.menu: the label is 4 bytes long, at most 3 are allowed"));
    rf_member deep[4][3];
    rf_value levels[4], leaves = LIST(ITEM("l", "L"));
    for (int i = 3; i >= 0; i--) {
        deep[i][0] = (rf_member)MEMBER("id", TEXT("d"));
        deep[i][1] = (rf_member)MEMBER("label", TEXT("D"));
        deep[i][2] = (rf_member)MEMBER("items", i == 3 ? leaves : (rf_value){ .kind = RF_LIST, .size = 1, .items = &levels[i + 1] });
        levels[i] = (rf_value){ .kind = RF_MAP, .size = 3, .members = deep[i] };
    }
    rf_check(!api(&f, "Ui.menu", D(((rf_value){ .kind = RF_LIST, .size = 1, .items = &levels[1] }))));
    rf_check(api(&f, "Ui.menu", D(((rf_value){ .kind = RF_LIST, .size = 1, .items = &levels[0] }))) == RF_ELIMIT);
    rf_check_text(message_of(&f), RF_SLICE("Ui.menu: menus within menus are more than 4 levels deep"));
}
