/* choice.c: lists of processors, and for which of them each message of a batch is. */
#include "components/processors/choice.h"

#include "base/alloc.h"

#include <assert.h>

rf_code rf_choice_attach(rf_choice *choice, const rf_list *items, size_t item_size, size_t at, const rf_shard_env *shard,
                         rf_error *reterr) {
    assert(!choice->steps && at + sizeof(rf_components) <= item_size);
    choice->steps = rf_alloc_zero(items->count + 1, sizeof *choice->steps);
    choice->count = items->count;
    rf_code code = choice->steps ? RF_OK : rf_raise_nomem(reterr);
    for (size_t i = 0; i < items->count && !code; i++) {
        const void *list = (const char *)items->items + i * item_size + at;
        code = rf_steps_new(list, shard, &choice->steps[i], reterr);
    }
    return code;
}

void rf_choice_detach(rf_choice *choice) {
    for (size_t i = 0; choice->steps && i < choice->count; i++)
        rf_steps_free(choice->steps[i]);
    rf_free(choice->steps);
    rf_free(choice->targets);
    rf_part_done(&choice->part);
}

rf_code rf_choice_room(rf_choice *choice, uint32_t count, rf_error *reterr) {
    if (count <= choice->cap)
        return RF_OK;
    uint32_t *targets = rf_realloc(choice->targets, count * sizeof *targets);
    if (!targets)
        return rf_raise_nomem(reterr);
    choice->targets = targets;
    choice->cap = count;
    return RF_OK;
}

bool rf_choice_begin(rf_choice *choice, rf_batch *batch, uint32_t target, uint32_t begin, uint32_t end) {
    bool fits = rf_part_begin(&choice->part, batch) != NULL;
    for (uint32_t i = begin; fits && i < end; i++)
        if (choice->targets[i] == target)
            fits = rf_part_add(&choice->part, i);
    return fits;
}
