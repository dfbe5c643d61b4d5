/* script_direct_fuzz.c: any bytes as a simple script and a message: walked to its end, it says what the engine says. */
#include "fuzz.h"

#include "script/direct/both_fixture.h"
#include "script/direct/generate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    RF_CLEANUP(rf_buffer_done) rf_buffer script = { 0 }, line = { 0 };
    generator g = { data, size, &line, 0 };
    generate_line(&g);
    g.out = &script;
    generate_script(&g);
    const char *text = rf_buffer_cstr(&script), *message = rf_buffer_cstr(&line);
    RF_CLEANUP(both_done) both b = { 0 };
    if (text && message && both_init(&b, RF_SCRIPT_BODY, text))
        fuzz_claim(both_agree(&b, RF_SCRIPT_BODY, message) || b.f.error.code == RF_ENOMEM);
    return 0;
}
