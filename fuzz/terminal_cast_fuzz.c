/* terminal_cast_fuzz.c: any bytes as a recording: read to its end, and a block cut out of it, which is a recording again. */
#include "fuzz.h"

#include "base/slice.h"
#include "terminal/cast.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Returns how it ended. */
static rf_code read_all(const char *path) {
    rf_cast_reader *reader = NULL;
    rf_cast_header header;
    rf_cast_event event;
    rf_error error = { 0 };
    rf_code code = rf_cast_open(path, &reader, &header, &error);
    fuzz_claim(code == RF_OK || error.message[0]);
    if (!code)
        fuzz_claim((header.version == 2 || header.version == 3) && header.columns > 0 && header.rows > 0 && header.title.data && header.title.data[header.title.len] == '\0');
    double last = 0;
    while (!code && (code = rf_cast_next(reader, &event, &error)) == RF_OK) {
        fuzz_claim(event.at_s >= last);
        last = event.at_s;
    }
    fuzz_claim(code == RF_ECLOSED || code == RF_EPARSE || code == RF_EIO || code == RF_ENOMEM || code == RF_ELIMIT || code == RF_ECONFIG);
    rf_cast_reader_free(reader);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64], cut[64];
    int fd = memfd_create("cast", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    (void)snprintf(cut, sizeof cut, "/tmp/riffle-fuzz-%d.cast", (int)getpid());
    if (size == 0 || write(fd, data, size) == (ssize_t)size) {
        rf_code code = read_all(path);
        if (rf_cast_cut_block(path, 1, cut, NULL) == RF_OK) {
            rf_code again = read_all(cut);
            fuzz_claim(code == RF_ENOMEM || again == RF_ECLOSED || again == RF_ENOMEM);
        }
        (void)unlink(cut); /* mostly there is none */
    }
    (void)close(fd);
    return 0;
}
