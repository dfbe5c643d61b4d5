/* random.c: seeding xoshiro256**, and normal numbers. */
#include "measure/random.h"

#include <math.h>

/* splitmix64 (Steele, Lea, Flood 2014), as the authors of xoshiro advise for its seeding: no state is all zeros. */
static uint64_t split_mix(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

rf_random rf_random_seeded(uint64_t seed) {
    rf_random random;
    for (int i = 0; i < 4; i++)
        random.state[i] = split_mix(&seed);
    return random;
}

/* A point in the unit circle gives two normal numbers; the second is left unused, so that nothing is kept between calls. */
double rf_random_normal(rf_random *random) {
    double x, square;
    do {
        x = 2 * rf_random_unit(random) - 1;
        double y = 2 * rf_random_unit(random) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    return x * sqrt(-2 * log(square) / square);
}
