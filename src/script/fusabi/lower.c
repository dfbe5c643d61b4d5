/* lower.c: the last step of every load: library calls are resolved to what they call. */
#include "script/fusabi/compile.h"
#include "script/fusabi/library.h"
#include "script/fusabi/opcode.h"

#include <assert.h>

/* The prelude's own calls of itself are CALLPs; only other programs look functions up in it. */
static rf_code find_protos(rf_fus_program *program, rf_error *reterr) {
    program->library_protos = rf_arena_zero(&program->arena, program->library_count, sizeof *program->library_protos);
    if (!program->library_protos)
        return rf_raise_nomem(reterr);
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < program->library_count && !code; i++)
        if (!program->library[i]->native)
            code = rf_fus_engine_prelude(program->engine, program->library[i]->name, &program->library_protos[i], reterr);
    return code;
}

static void call_natives(rf_fus_program *program) {
    for (uint32_t p = 0; p < program->proto_count; p++) {
        rf_fus_proto *proto = &program->protos[p];
        for (uint32_t i = 0; i < proto->code_count; i++) {
            rf_fus_code word = proto->code[i];
            if (RF_FUS_OP(word) == RF_FUS_I_CALLLIB && !program->library_protos[RF_FUS_B(word)])
                proto->code[i] = (word & ~(rf_fus_code)0xFF) | RF_FUS_I_CALLN;
        }
    }
}

rf_code rf_fus_lower(rf_fus_program *program, rf_error *reterr) {
    rf_code code = program->library_count ? find_protos(program, reterr) : RF_OK;
    if (!code && program->library_count)
        call_natives(program);
    if (!code && !program->is_plain)
        rf_fus_combine(program);
    return code;
}
