/* program.c: compiled scripts. JavaScript is the one engine so far; another would be chosen here. */
#include "script/script.h"

#include "base/alloc.h"
#include "observe/zone.h"
#include "script/javascript/engine.h"

#include <assert.h>

rf_code rf_program_compile(const rf_script_source *source, rf_program **ret_program, rf_error *reterr) {
    assert(source && ret_program);
    RF_ZONE(RF_ZONE_COMPILE, source->where ? source->where : source->stage);
    rf_program *program = rf_alloc_zero(1, sizeof *program);
    if (!program)
        return rf_raise_nomem(reterr);
    program->source = *source;
    rf_code code = rf_js_compile(source, &program->code, reterr);
    if (!code)
        code = rf_direct_compile(source, &program->direct, reterr);
    if (code) {
        rf_program_free(program);
        return code;
    }
    rf_js_lines_init(&program->lines, source, program->code.lines_before);
    *ret_program = program;
    return RF_OK;
}

void rf_program_free(rf_program *program) {
    if (!program)
        return;
    rf_js_code_done(&program->code);
    rf_direct_free(program->direct);
    rf_free(program);
}
