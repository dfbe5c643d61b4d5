/* generate.h: random Fusabi programs: well typed, terminating, the same for the same seed. */
#ifndef RF_TESTS_FUSABI_GENERATE_H
#define RF_TESTS_FUSABI_GENERATE_H

#include "base/buffer.h"

/* Appends the program of that seed. Check out->failed. */
void rf_generate(uint64_t seed, rf_buffer *out);

#endif
