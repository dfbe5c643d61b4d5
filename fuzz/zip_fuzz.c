/* zip_fuzz.c: any bytes as a zip; what can be read of it is written, and reads back as the same. */
#include "fuzz.h"

#include "base/slice.h"
#include "components/pack/container.h"

static void done_zip(rf_zip *zip) { rf_zip_done(zip); }

/* Reads the file that was just written. */
static void read_back(rf_slice zip, rf_slice name, rf_slice content) {
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    rf_zip_reader reader;
    rf_slice again;
    if (rf_zip_open(zip, &reader, NULL)) {
        fuzz_claim(false);
        return;
    }
    const rf_code code = rf_zip_next(&reader, &again, &file, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    if (!code)
        fuzz_claim(rf_slice_eq(name, again) && rf_slice_eq(content, rf_buffer_view(&file)));
}

static void write_again(rf_slice name, rf_slice content) {
    RF_CLEANUP(rf_buffer_done) rf_buffer out = { 0 };
    RF_CLEANUP(done_zip) rf_zip zip = { 0 };
    if (rf_zip_add(&zip, &out, name, content, NULL))
        return;
    rf_zip_end(&zip, &out);
    if (!out.failed)
        read_back(rf_buffer_view(&out), name, content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    rf_zip_reader reader;
    rf_slice name;
    if (rf_zip_open((rf_slice){ (const char *)data, size }, &reader, NULL))
        return 0;
    while (!rf_zip_next(&reader, &name, &file, NULL))
        write_again(name, rf_buffer_view(&file));
    return 0;
}
