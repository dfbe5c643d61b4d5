/* table.c: every component there is: one row each, sorted by name. */
#include "stream/component.h"

/* Each kind is the one symbol its file exports. */
extern const rf_input_kind rf_opcua_kind;
extern const rf_input_kind rf_file_input_kind, rf_generate_kind, rf_stdin_kind;
extern const rf_processor_kind rf_nodered_js_kind, rf_plugin_kind, rf_tag_processor_kind;
extern const rf_output_kind rf_drop_kind, rf_file_output_kind, rf_stdout_kind;

const rf_input_kind *const rf_input_kinds[] = {
    &rf_file_input_kind,
    &rf_generate_kind,
    &rf_opcua_kind,
    &rf_stdin_kind,
    NULL,
};

const rf_processor_kind *const rf_processor_kinds[] = {
    &rf_nodered_js_kind,
    &rf_plugin_kind,
    &rf_tag_processor_kind,
    NULL,
};

const rf_output_kind *const rf_output_kinds[] = {
    &rf_drop_kind,
    &rf_file_output_kind,
    &rf_stdout_kind,
    NULL,
};
