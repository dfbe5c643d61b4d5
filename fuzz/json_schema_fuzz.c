/* json_schema_fuzz.c: any line as a schema, and what is behind it as a value: it is valid, or there is something to be said. */
#include "fuzz.h"

#include "base/slice.h"
#include "components/json_schema/schema.h"
#include "message/json.h"

static void check(rf_json_schema *schema, rf_slice text) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    rf_value value;
    bool valid = false;
    rf_arena_init(&arena, 4096);
    if (rf_json_parse(&arena, text, RF_JSON_LEXEMES, &value, NULL) || rf_json_schema_check(schema, &arena, &value, &out, &valid, NULL))
        return;
    fuzz_claim(valid == (out.len == 0) && !out.failed);
    if (!valid)
        fuzz_claim(out.data[out.len - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const rf_slice all = { (const char *)data, size };
    const size_t line = rf_slice_find(all, '\n'), behind = line < size ? line + 1 : size;
    rf_json_schema *schema = NULL;
    if (rf_json_schema_compile((rf_slice){ all.data, line }, &schema, NULL))
        return 0;
    check(schema, (rf_slice){ all.data + behind, size - behind });
    rf_json_schema_free(schema);
    return 0;
}
