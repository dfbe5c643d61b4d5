/* generate.h: random Fusabi programs: well typed, terminating, the same for the same seed. */
#ifndef RF_TESTS_FUSABI_GENERATE_H
#define RF_TESTS_FUSABI_GENERATE_H

#include "base/buffer.h"

/* Appends the program of that seed; lines that work on much data work on `scale` percent of it. Check out->failed. */
void rf_generate(uint64_t seed, uint32_t scale, rf_buffer *out);

#endif
