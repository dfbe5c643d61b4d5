/* account.c: which program of an interpreter holds how much of its memory: what changed while it was loaded and while it ran. */
#include "script/javascript/internal.h"

#include <assert.h>

void rf_js_account_begin(rf_js *js) {
    js->live_before = js->heap.live_bytes;
    js->allocated_before = js->heap.allocated_bytes;
}

void rf_js_account_loaded(rf_js *js, rf_js_program *program) {
    size_t live = js->heap.live_bytes;
    program->code_bytes = live > js->live_before ? live - js->live_before : 0;
    program->allocated_bytes = js->heap.allocated_bytes - js->allocated_before;
}

void rf_js_account_end(rf_js *js, size_t index) {
    rf_js_program *program = &js->programs[index];
    program->left_bytes += (int64_t)js->heap.live_bytes - (int64_t)js->live_before;
    program->allocated_bytes += js->heap.allocated_bytes - js->allocated_before;
}

/* Whose garbage it was is not known: each loses in proportion to what it had left. */
void rf_js_account_collected(rf_js *js, size_t freed_bytes) {
    int64_t left = 0;
    for (size_t i = 0; i < js->program_count; i++)
        left += js->programs[i].left_bytes > 0 ? js->programs[i].left_bytes : 0;
    double kept = left > 0 && freed_bytes < (uint64_t)left ? 1 - (double)freed_bytes / (double)left : 0;
    for (size_t i = 0; i < js->program_count; i++)
        js->programs[i].left_bytes = js->programs[i].left_bytes > 0 ? (int64_t)((double)js->programs[i].left_bytes * kept) : 0;
}

void rf_js_account_of(const rf_js *js, size_t index, rf_js_account *ret_account) {
    assert(js && index < js->program_count && ret_account);
    const rf_js_program *program = &js->programs[index];
    int64_t held = (int64_t)program->code_bytes + program->left_bytes;
    *ret_account = (rf_js_account){ held > 0 ? (size_t)held : 0, program->allocated_bytes };
}
