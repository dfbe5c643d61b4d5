/* vm_attach.c: C data that library modules keep per VM (vm.h). */
#include "script/fusabi/vm_internal.h"

#include "base/alloc.h"

bool rf_fus_vm_attach(rf_fus_vm *vm, const void *key, void *data, void (*free_fn)(void *data)) {
    rf_fus_attachment *attachment = rf_alloc(sizeof *attachment);
    if (!attachment) {
        rf_fus_raise_nomem(vm);
        return false;
    }
    *attachment = (rf_fus_attachment){ .next = vm->attachments, .key = key, .data = data, .free_fn = free_fn };
    vm->attachments = attachment;
    return true;
}

void *rf_fus_vm_attached(const rf_fus_vm *vm, const void *key) {
    for (const rf_fus_attachment *at = vm->attachments; at; at = at->next)
        if (at->key == key)
            return at->data;
    return NULL;
}

void rf_fus_vm_detach_all(rf_fus_vm *vm) {
    for (rf_fus_attachment *at = vm->attachments, *next; at; at = next) {
        next = at->next;
        at->free_fn(at->data);
        rf_free(at);
    }
    vm->attachments = NULL;
}
