/* table_test.c: the library's rows: order, lookup, and each example run. */
#include "fusabi/test_run.h"
#include "script/fusabi/library/modules.h"

RF_TEST(modules_and_rows_are_in_order_and_complete) {
    for (size_t m = 0; rf_fus_lib_modules[m]; m++) {
        const rf_fus_lib_module *module = rf_fus_lib_modules[m];
        rf_check(m == 0 || strcmp(rf_fus_lib_modules[m - 1]->name, module->name) < 0);
        rf_check(module->doc && module->rows[module->count].name == NULL);
        for (size_t i = 0; i < module->count; i++) {
            const rf_fus_lib_row *row = &module->rows[i];
            if (i && strcmp(module->rows[i - 1].name, row->name) >= 0)
                rf_check_text(rf_slice_of(row->name), RF_SLICE("a name after the one before it"));
            rf_check(row->params && row->type && row->doc && row->arity);
        }
    }
}

RF_TEST(every_row_is_found_by_its_name_and_nothing_else_is) {
    for (size_t m = 0; rf_fus_lib_modules[m]; m++)
        for (const rf_fus_lib_row *row = rf_fus_lib_modules[m]->rows; row->name; row++) {
            rf_check(rf_fus_lib_find(rf_slice_of(row->name)) == row);
            rf_check(rf_fus_lib_is_internal(row) == (strncmp(row->name, "Prim", 4) == 0));
        }
    static const char *const others[] = { "", ".", "List", "List.", "List.mapp", "List.ma", "list.map", "List.map.x", ".map", "Lisa.map", "printf ", "Zzz.a", "zzz", "A" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        rf_check(rf_fus_lib_find(rf_slice_of(others[i])) == NULL);
    rf_check(rf_fus_lib_find((rf_slice){ "List.mapped", 8 }) == rf_fus_lib_find(RF_SLICE("List.map")));
    rf_check(rf_fus_lib_is_module(RF_SLICE("List")) && rf_fus_lib_is_module(RF_SLICE("System.Collections.Generic")));
    rf_check(!rf_fus_lib_is_module(RF_SLICE("")) && !rf_fus_lib_is_module(RF_SLICE("Lis")));
}

/* "code // what it gives" */
static bool example_holds(test_run *run, const rf_fus_lib_row *row) {
    rf_slice example = rf_slice_of(row->example);
    const char *mark = NULL;
    for (const char *at = row->example; (at = strstr(at, " // ")) != NULL; at++)
        mark = at; /* the last one: addresses have slashes too */
    if (!mark)
        return true;
    RF_CLEANUP(rf_buffer_done) rf_buffer code = { 0 };
    rf_buffer_append(&code, example.data, (size_t)(mark - row->example));
    const char *text = rf_buffer_cstr(&code);
    return text && test_run_script(run, text) && rf_test_same_text(row->name, 0, "example", rf_buffer_view(&run->out), rf_slice_of(mark + 4));
}

/* Those of Map and List and the like, which depend on nothing outside. */
RF_TEST(examples_give_what_they_say) {
    static const char *const modules[] = { "", "Array", "Crypto", "Json", "List", "Map", "Math", "Option", "Result", "String" };
    if (rf_test_torture())
        return; /* hundreds of programs, each of them many allocations: other tests have those */
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    for (size_t m = 0; rf_fus_lib_modules[m]; m++)
        for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
            if (strcmp(modules[i], rf_fus_lib_modules[m]->name) == 0)
                for (const rf_fus_lib_row *row = rf_fus_lib_modules[m]->rows; row->name; row++)
                    rf_check(!row->example || example_holds(&run, row));
}

/* A row without a native has its function in the prelude. */
RF_TEST(the_prelude_defines_what_natives_do_not) {
    test_run run RF_CLEANUP(test_run_done) = { 0 };
    rf_check(test_run_begin(&run) == RF_OK);
    for (size_t m = 0; rf_fus_lib_modules[m]; m++)
        for (const rf_fus_lib_row *row = rf_fus_lib_modules[m]->rows; row->name; row++) {
            const rf_fus_proto *proto = NULL;
            if (row->native)
                continue;
            rf_check(rf_fus_engine_prelude(run.engine, row->name, &proto, &run.error) == RF_OK);
            rf_check(proto->arity == row->arity && proto->upvalue_count == 0 && proto->is_library);
        }
}
