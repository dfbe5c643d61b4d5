/* vm_where.c: see vm_where.h. */
#include "script/fusabi/vm_where.h"

#include "base/slice.h"
#include "script/fusabi/vm_internal.h"

/* In a signal's handler, on the VM's thread. What the interrupted code was about to store may undo the mark: then a poll comes first. */
uint32_t rf_fus_where_frames(void *engine, rf_script_frame *ret_frames, uint32_t max) {
    rf_fus_vm *vm = engine;
    (void)ret_frames;
    (void)max;
    if (!vm->running)
        return 0; /* the host makes arguments, or looks at the result */
    vm->pending |= RF_FUS_PENDING_WHERE;
    return RF_WHERE_LATER;
}

static rf_slice name_of(const rf_fus_proto *proto) {
    if (proto->name)
        return (rf_slice){ proto->name->bytes, proto->name->head.length };
    return proto->program && proto == proto->program->protos ? RF_SLICE("<main>") : RF_SLICE("<lambda>");
}

/* Not all instructions have a spot of their own: those at the head of a loop belong to the next that has one, not to what stands before
 * the loop. */
static rf_fus_spot spot_from(const rf_fus_proto *proto, uint32_t at) {
    uint32_t low = 0, high = proto->spot_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (proto->spots[middle].pc < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < proto->spot_count ? proto->spots[low] : rf_fus_proto_spot(proto, at);
}

/* Functions of the library are in no file of the user's. */
static void describe(const rf_fus_proto *proto, rf_fus_where_at where, const rf_fus_code *pc, rf_script_frame *ret) {
    rf_where_put_function(ret, name_of(proto));
    ret->file[0] = '\0';
    ret->line = 0;
    if (proto->is_library || !proto->program)
        return;
    ptrdiff_t at = pc - proto->code;
    rf_fus_spot spot = where == RF_FUS_WHERE_NEXT ? spot_from(proto, (uint32_t)at)
                                                  : rf_fus_proto_spot(proto, at > 0 ? (uint32_t)at - 1 : 0);
    const rf_fus_program *program = proto->program;
    if (spot.file < program->file_count)
        rf_where_put_file(ret, program->files[spot.file]);
    ret->line = spot.line;
}

uint32_t rf_fus_where_collect(const rf_fus_vm *vm, rf_fus_where_at where, rf_script_frame *ret_frames, uint32_t max) {
    uint32_t count = 0;
    for (const rf_fus_frame *frame = vm->fp; frame > vm->frames && count < max; frame--) {
        if (!frame->closure)
            continue; /* the machinery's */
        const rf_fus_proto *proto = frame->closure->proto;
        const rf_fus_code *pc = vm->marked && frame == vm->frames + vm->marked - 1 ? vm->marked_pc : frame->pc;
        describe(proto, frame == vm->fp ? where : RF_FUS_WHERE_BEHIND, pc, &ret_frames[count++]);
    }
    return count;
}

/* A script that runs within a native of another VM must not answer for it. */
static bool is_asked(const rf_fus_vm *vm) {
    const rf_where *now = rf_where_now;
    return rf_where_due && now && now->engine == vm;
}

void rf_fus_where_tell(rf_fus_vm *vm, rf_fus_where_at where) {
    rf_script_frame frames[RF_WHERE_FRAMES_MAX];
    vm->pending &= (uint8_t)~RF_FUS_PENDING_WHERE;
    if (is_asked(vm))
        rf_where_caught(frames, rf_fus_where_collect(vm, where, frames, RF_WHERE_FRAMES_MAX));
}

void rf_fus_where_tell_entry(rf_fus_vm *vm, const rf_fus_proto *entry) {
    rf_script_frame frame;
    vm->pending &= (uint8_t)~RF_FUS_PENDING_WHERE;
    if (!is_asked(vm))
        return;
    if (entry)
        describe(entry, RF_FUS_WHERE_NEXT, entry->code, &frame);
    rf_where_caught(&frame, entry != NULL);
}
