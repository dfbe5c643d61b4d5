/* profile_unwind.c: see profile_unwind.h. x86-64 and AArch64 keep the caller's frame pointer and the return address behind each other. */
#include "observe/profile_unwind.h"

#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

/* It reads other functions' frames, where sanitizers see no object. */
#define RAW __attribute__((no_sanitize("address", "thread", "undefined")))

typedef struct place { uintptr_t pc, fp, sp, leaf; } place; /* leaf: where a library's function returns to in our code; 0: not known */

/* Our own code, from the linker; NULL when it gives none. */
extern const char start_of_code[] __asm__("__executable_start") __attribute__((weak));
extern const char end_of_code[] __asm__("etext") __attribute__((weak));

static bool is_ours(uintptr_t address) { return address >= (uintptr_t)start_of_code && address < (uintptr_t)end_of_code; }

static RAW uintptr_t word_at(uintptr_t address) { return *(const volatile uintptr_t *)address; }

static bool is_in_stack(uintptr_t address, uintptr_t low, uintptr_t high, uintptr_t bytes) {
    return address >= low && address < high && high - address >= bytes && address % sizeof(uintptr_t) == 0;
}

#if defined(__x86_64__)
enum { LOOK_WORDS = 128 }; /* libraries' functions that wait or allocate push less */

/* In our code behind a call: direct (e8), or through a register or memory (ff /2, of 2, 3 or 6 bytes). */
static RAW bool is_return(uintptr_t address) {
    if (!is_ours(address) || !is_ours(address - 6))
        return false;
    const volatile uint8_t *end = (const volatile uint8_t *)address;
    return end[-5] == 0xe8 || (end[-2] == 0xff && (end[-1] & 0x38) == 0x10) || (end[-3] == 0xff && (end[-2] & 0x38) == 0x10) ||
           (end[-6] == 0xff && (end[-5] & 0x38) == 0x10);
}

static RAW bool is_frame(uintptr_t fp, uintptr_t low, uintptr_t high) {
    return is_in_stack(fp, low, high, 2 * sizeof fp) && is_return(word_at(fp + sizeof fp));
}

/*
 * At work is a library, which may keep anything in the frame pointer. The lowest return address into our code is its caller of ours; what it has
 * pushed of that one's frame pointer, if it uses the register, lies close below.
 */
static RAW void find_caller(place *at, uintptr_t high) {
    uintptr_t found = at->sp, end = high - at->sp > LOOK_WORDS * sizeof found ? at->sp + LOOK_WORDS * sizeof found : high;
    while (found < end && !is_return(word_at(found)))
        found += sizeof found;
    if (found >= end)
        return;
    at->leaf = word_at(found);
    if (is_frame(at->fp, found, high))
        return;
    at->fp = 0;
    for (uintptr_t pushed = found; pushed > at->sp && !at->fp;) {
        pushed -= sizeof pushed;
        if (is_frame(word_at(pushed), found, high))
            at->fp = word_at(pushed);
    }
}

static RAW place place_of(const ucontext_t *state, uintptr_t high) {
    const greg_t *regs = state->uc_mcontext.gregs;
    place at = { (uintptr_t)regs[REG_RIP], (uintptr_t)regs[REG_RBP], (uintptr_t)regs[REG_RSP], 0 };
    if (!is_ours(at.pc) && at.sp % sizeof at.sp == 0 && high - at.sp <= RF_UNWIND_BYTES_MAX)
        find_caller(&at, high);
    return at;
}
#elif defined(__aarch64__)
static place place_of(const ucontext_t *state, uintptr_t high) {
    (void)high;
    place at = { state->uc_mcontext.pc, state->uc_mcontext.regs[29], state->uc_mcontext.sp, 0 };
    if (!is_ours(at.pc) && is_ours(state->uc_mcontext.regs[30]))
        at.leaf = state->uc_mcontext.regs[30];
    return at;
}
#else
static place place_of(const ucontext_t *state, uintptr_t high) {
    (void)state;
    (void)high;
    return (place){ 0 };
}
#endif

RAW uint32_t rf_unwind(const void *context, uintptr_t stack_high, uintptr_t *ret_native, uint32_t max) {
    place at = place_of(context, stack_high);
    uint32_t count = 0;
    if (at.pc && count < max)
        ret_native[count++] = at.pc;
    if (stack_high - at.sp > RF_UNWIND_BYTES_MAX) /* below it, too: another stack */
        return count;
    if (at.leaf && count < max)
        ret_native[count++] = at.leaf;
    uintptr_t low = at.sp, fp = at.fp;
    while (count < max && is_in_stack(fp, low, stack_high, 2 * sizeof fp)) {
        uintptr_t back = word_at(fp + sizeof fp);
        if (back < 4096)
            break;
        if (back != at.leaf)
            ret_native[count++] = back;
        at.leaf = 0;
        low = fp + 2 * sizeof fp;
        fp = word_at(fp);
    }
    return count;
}
