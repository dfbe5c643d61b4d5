/* json_fuzz.c: any bytes as JSON; what can be read is written, and reads back as the same. */
#include "fuzz.h"

#include "base/slice.h"
#include "message/json.h"

/* False: it could not be read, or memory ran out. */
static bool read_again(rf_arena *arena, const rf_value *value, rf_json_numbers numbers, unsigned flags, rf_buffer *out, rf_value *ret_again) {
    rf_code code = rf_json_write(out, value, flags, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    if (code)
        return false;
    code = rf_json_parse(arena, rf_buffer_view(out), numbers, ret_again, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    return code == RF_OK;
}

static void try_numbers(rf_slice text, rf_json_numbers numbers) {
    RF_CLEANUP(rf_arena_done) rf_arena arena;
    RF_CLEANUP(rf_buffer_done) rf_buffer first = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer second = { 0 };
    rf_arena_init(&arena, 4096);
    rf_value value, sorted, again;
    if (rf_json_parse(&arena, text, numbers, &value, NULL))
        return;
    if (!read_again(&arena, &value, numbers, 0, &first, &again) || !read_again(&arena, &again, numbers, 0, &second, &sorted))
        return;
    fuzz_claim(rf_slice_eq(rf_buffer_view(&first), rf_buffer_view(&second)));
    rf_buffer_clear(&first);
    if (read_again(&arena, &value, numbers, RF_JSON_SORT_KEYS | RF_JSON_ESCAPE_HTML, &first, &sorted) && text.len < 4096)
        fuzz_claim(numbers == RF_JSON_LEXEMES || rf_value_eq(&sorted, &again));
    rf_buffer_clear(&first);
    rf_value_print(&first, &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice text = { (const char *)data, size };
    try_numbers(text, RF_JSON_DOUBLES);
    try_numbers(text, RF_JSON_LEXEMES);
    return 0;
}
