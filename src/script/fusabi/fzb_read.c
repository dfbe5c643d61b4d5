/* fzb_read.c: a bytecode file of either version becomes a program that may run. */
#include "observe/zone.h"
#include "script/fusabi/compile.h"
#include "script/fusabi/fzb_internal.h"

#include <assert.h>

static const char magic[4] = { 'F', 'Z', 'B', 1 };

bool rf_fus_is_fzb(rf_slice bytes) { return bytes.len >= sizeof magic && memcmp(bytes.data, magic, sizeof magic) == 0; }

static rf_code read_version(rf_fus_program *program, rf_slice bytes, const rf_fus_fzb_options *options, rf_error *reterr) {
    uint8_t version = (uint8_t)bytes.data[RF_FUS_FZB_VERSION_AT];
    if (version == 2)
        return rf_fus_fzb2_read(program, bytes, options, reterr);
    if (version != 1)
        return rf_raise(reterr, RF_EPARSE, "unsupported version %u at offset %d", version, RF_FUS_FZB_VERSION_AT);
    if (options->public_key)
        return rf_raise(reterr, RF_EREFUSED, "not signed: files of version 1 cannot be");
    return rf_fus_fzb1_read(program, bytes, options->name, reterr);
}

rf_code rf_fus_fzb_read(rf_fus_engine *engine, rf_slice bytes, const rf_fus_fzb_options *options, rf_fus_program **ret_program,
                        rf_error *reterr) {
    static const rf_fus_fzb_options plain = { 0 };
    assert(engine && ret_program);
    RF_ZONE(RF_ZONE_DECODE, options ? options->name : NULL);
    if (!rf_fus_is_fzb(bytes))
        return rf_raise(reterr, RF_EPARSE, "no Fusabi bytecode: the magic number is missing at offset 0");
    if (bytes.len <= RF_FUS_FZB_VERSION_AT)
        return rf_raise(reterr, RF_EPARSE, "the file breaks off at offset %zu", bytes.len);
    rf_fus_program *program = rf_fus_program_new(engine);
    if (!program)
        return rf_raise_nomem(reterr);
    rf_code code = read_version(program, bytes, options ? options : &plain, reterr);
    if (!code)
        code = rf_fus_verify(program, reterr);
    if (!code)
        code = rf_fus_lower(program, reterr);
    if (code) {
        rf_fus_program_unref(program);
        return code;
    }
    *ret_program = program;
    return RF_OK;
}
