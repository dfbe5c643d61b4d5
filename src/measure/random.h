/* random.h: seeded random numbers for resampling: xoshiro256** (Blackman, Vigna 2018), seeded by splitmix64. */
#ifndef RF_MEASURE_RANDOM_H
#define RF_MEASURE_RANDOM_H

#include <stdint.h>

/* The same seed gives the same numbers on every machine. One thread at a time. */
typedef struct rf_random { uint64_t state[4]; } rf_random;

rf_random rf_random_seeded(uint64_t seed);

static inline uint64_t rf_random_next(rf_random *random) {
    uint64_t *s = random->state, result = s[1] * 5;
    result = ((result << 7) | (result >> 57)) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* 0 … below - 1, `below` > 0, by multiplication (Lemire 2019, without its rejection: the bias is under 2^-32 for what we ask). */
static inline uint32_t rf_random_below(rf_random *random, uint32_t below) {
    return (uint32_t)(((rf_random_next(random) >> 32) * below) >> 32);
}

/* 0 <= x < 1, 53 bits. */
static inline double rf_random_unit(rf_random *random) { return (double)(rf_random_next(random) >> 11) * 0x1p-53; }
/* Normal, mean 0, deviation 1: for simulations (Marsaglia's polar method). */
double rf_random_normal(rf_random *random);

#endif
