/* failing.c: the twin of each target: the same inputs while memory runs out. Built with the target's entry renamed. */
#include "fuzz.h"

#include "base/alloc.h"

#include <stdbool.h>

#ifdef LLVMFuzzerTestOneInput /* the build renames it to fuzz_target for this program */
#undef LLVMFuzzerTestOneInput
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#else
#error "build this with -DLLVMFuzzerTestOneInput=fuzz_target"
#endif

/* Which allocation fails is up to the input, so that a finding can be repeated. */
static uint64_t hash_of(const uint8_t *data, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t hash = hash_of(data, size), before = rf_alloc_live();
    rf_alloc_fail_at(hash % 64 + 1, hash & 64);
    (void)fuzz_target(data, size);
    rf_alloc_fail_at(0, false);
    fuzz_claim(rf_alloc_live() == before);
    return 0;
}
