/* reference.c: a fixed piece of work, by which the speed of a machine is told at two moments. */
#include "measure/machine.h"

#include "base/clock.h"
#include "measure/bench.h"

#include <stdint.h>

/* Changing any of this makes the references of older baselines worthless. */
enum { TURNS = 8, INTEGER_STEPS = 66000, FLOAT_STEPS = 22000, WALK_BYTES = 256 << 10, LINE_BYTES = 64, WALKS = 4 };
enum { CELLS = WALK_BYTES / sizeof(uint32_t), LINES = WALK_BYTES / LINE_BYTES, CELLS_A_LINE = LINE_BYTES / sizeof(uint32_t) };

/* Each step needs the one before, so that the time is the processor's latency and not what a compiler makes of it. */
static uint64_t mix_integers(uint64_t x) {
    for (int i = 0; i < INTEGER_STEPS; i++) {
        x ^= x >> 29;
        x *= UINT64_C(0xbf58476d1ce4e5b9);
    }
    return x;
}

static double mix_floats(double x) {
    for (int i = 0; i < FLOAT_STEPS; i++)
        x = x * 0.999 + 1.0 / (1.0 + x * x);
    return x;
}

/*
 * One cell of each cache line holds the cell to go to next. The step is a congruential generator of full period (Hull and Dobell 1962:
 * an odd addend, a factor of 1 mod 4), so all lines are met before one comes again, at no stride that a prefetcher follows.
 */
static void lay_walk(uint32_t cells[CELLS]) {
    for (uint32_t line = 0; line < LINES; line++)
        cells[line * CELLS_A_LINE] = (line * 1021 + 7) % LINES * CELLS_A_LINE;
}

static uint32_t walk(const uint32_t cells[CELLS]) {
    uint32_t at = 0;
    for (int i = 0; i < WALKS * LINES; i++)
        at = cells[at];
    return at;
}

double rf_reference_ns(void) {
    uint32_t cells[CELLS]; /* on the stack: needs no memory that can fail */
    lay_walk(cells);
    rf_keep(&cells[0]);
    uint64_t best = UINT64_MAX;
    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t began = rf_clock_mono_ns();
        uint64_t whole = mix_integers((uint64_t)turn + 1);
        rf_keep(whole);
        double broken = mix_floats((double)turn);
        rf_keep(broken);
        uint32_t at = walk(cells);
        rf_keep(at);
        uint64_t took = rf_clock_mono_ns() - began;
        if (took < best)
            best = took;
    }
    return (double)best;
}
