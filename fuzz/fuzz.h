/* fuzz.h: what fuzz targets share. */
#ifndef RF_FUZZ_FUZZ_H
#define RF_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The target: any bytes; 0 always. A broken claim traps. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_claim(claim)     \
    do {                      \
        if (!(claim))         \
            __builtin_trap(); \
    } while (0)

#endif
