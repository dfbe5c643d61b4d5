/* hook_test.c: the tables of hooks and capabilities. */
#include "harness.h"

#include "base/slice.h"
#include "plugin/manifest.h"
#include "script/fusabi/library.h"

static unsigned words_of(const char *text) {
    unsigned count = *text != '\0';
    for (; *text; text++)
        count += *text == ' ';
    return count;
}

RF_TEST(each_hook_is_named_typed_and_documented) {
    for (unsigned i = 0; i < RF_HOOK_COUNT; i++) {
        const rf_hook_info *info = &rf_hooks[i];
        rf_check(info->name && rf_slice_starts(rf_slice_of(info->name), RF_SLICE("on_")));
        rf_check(rf_hook_find(rf_slice_of(info->name)) == i);
        rf_check(info->arity <= RF_HOOK_ARGS_MAX && words_of(info->params) == info->arity);
        rf_check(rf_slice_ends(rf_slice_of(info->doc), RF_SLICE(".")));
    }
}

RF_TEST(other_names_are_no_hooks) {
    rf_check(rf_hook_find(RF_SLICE("output")) == RF_HOOK_COUNT);
    rf_check(rf_hook_find(RF_SLICE("on_outputs")) == RF_HOOK_COUNT);
    rf_check(rf_hook_find(RF_SLICE("")) == RF_HOOK_COUNT);
}

RF_TEST(capabilities_are_fusabis_then_ours) {
    size_t i = 0;
    for (; rf_fus_capabilities[i].name; i++) {
        const rf_plugin_capability *row = rf_plugin_capability_at(i);
        rf_check(row && row->bit == rf_fus_capabilities[i].bit);
        rf_check_text(rf_slice_of(row->name), rf_slice_of(rf_fus_capabilities[i].name));
        rf_check_text(rf_slice_of(row->doc), rf_slice_of(rf_fus_capabilities[i].doc));
    }
    uint32_t all = RF_FUS_CAN_ALL;
    for (const rf_plugin_capability *row; (row = rf_plugin_capability_at(i)); i++) {
        rf_check(!(all & row->bit) && row->bit > UINT16_MAX);
        rf_check(rf_plugin_capability_find(rf_slice_of(row->name)) == row->bit);
        all |= row->bit;
    }
    rf_check(i == 12 && (all & RF_PLUGIN_CAN_FREELY) == RF_PLUGIN_CAN_FREELY);
    rf_check(!rf_plugin_capability_at(SIZE_MAX) && !rf_plugin_capability_find(RF_SLICE("fly")));
}

RF_TEST(capabilities_are_written_as_a_list) {
    char text[64];
    rf_plugin_capability_text(0, text, sizeof text);
    rf_check_text(rf_slice_of(text), RF_SLICE("none"));
    rf_plugin_capability_text(RF_FUS_CAN_RUN | RF_FUS_CAN_READ_FILES | RF_PLUGIN_CAN_STORE, text, sizeof text);
    rf_check_text(rf_slice_of(text), RF_SLICE("read-files, run, store"));
    rf_plugin_capability_text(UINT32_MAX, text, 12);
    rf_check_text(rf_slice_of(text), RF_SLICE("read-files,"));
    rf_plugin_capability_text(UINT32_MAX, text, 1);
    rf_check_text(rf_slice_of(text), RF_SLICE(""));
}
