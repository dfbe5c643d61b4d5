/* vm_fusabi.h: what the files of the Fusabi language share: the code, the VM, the host behind it. */
#ifndef RF_PLUGIN_VM_FUSABI_H
#define RF_PLUGIN_VM_FUSABI_H

#include "plugin/api.h"
#include "plugin/vm_where.h"
#include "script/fusabi/vm.h"
#include "script/fusabi/vm_where.h"

enum {
    RF_VM_FUSABI_LINE_MAX = 1000,   /* bytes of a printed line; longer ones are logged in pieces */
    RF_VM_FUSABI_DEPTH = 100000,    /* calls inside calls */
    RF_VM_FUSABI_DATA_MAX = 64 << 20, /* bytes of an answer's data, or of a state, when the VM has no limit */
};

struct rf_plugin_code {
    rf_fus_program *program; /* reference owned; the code itself lies in its arena */
    uint32_t uses;           /* capabilities that its functions need */
};

struct rf_plugin_vm {
    rf_fus_vm *vm;
    rf_fus_instance *instance;
    rf_plugin_api *api;      /* borrowed */
    rf_fus_limits limits;    /* as the VM has them now */
    uint32_t hooks;          /* bits; the functions are in `holds` */
    rf_fus_hold holds[RF_HOOK_COUNT];
    const rf_fus_symbol *keep_on, *modify, *stop, *drop, *some, *none; /* constructors of answers */
    rf_plugin_stages stages;
    rf_where where;          /* while it runs */
    rf_arena args;           /* data that the running API function was given */
    rf_fus_terminal terminal;
    uint32_t line_len;       /* of what was printed without a line end so far */
    char line[RF_VM_FUSABI_LINE_MAX];
};

/* ---- vm_fusabi_compile.c: as rf_vm_kind has them ---- */

rf_code rf_vm_fusabi_compile(const rf_plugin_shared *shared, const rf_plugin_text *text, rf_buffer *findings, rf_plugin_code **ret_code,
                             rf_error *reterr);
void rf_vm_fusabi_code_free(rf_plugin_code *code);

/* ---- vm_fusabi_host.c ---- */

/* Registers the functions of the Host API, the constructors of answers, and sets shared->salt. Errors: RF_ENOMEM. */
RF_NODISCARD rf_code rf_vm_fusabi_register(rf_plugin_shared *shared, rf_error *reterr);
/* What the VM's library gets to know of the host; its `user` is `self`. */
rf_fus_host rf_vm_fusabi_host(rf_plugin_vm *self, const rf_fus_program *program, uint32_t capabilities);
/* Logs what was printed without a line end. */
void rf_vm_fusabi_flush(rf_plugin_vm *self);

/* ---- vm_fusabi_answer.c ---- */

/* The constructors; false: no memory. */
RF_NODISCARD bool rf_vm_fusabi_symbols(rf_plugin_vm *self, rf_fus_engine *engine);
/* What the hook's result means. Errors: RF_ESCRIPT it is no answer that the hook has; RF_ELIMIT, RF_ENOMEM. */
RF_NODISCARD rf_code rf_vm_fusabi_answer(rf_plugin_vm *self, rf_hook hook, rf_fus_value value, rf_arena *arena, rf_answer *ret_answer,
                                         rf_error *reterr);
/* The trace of a failed call as the error's hint, the first few calls of it. */
void rf_vm_fusabi_hint(const rf_fus_vm *vm, rf_error *error);
/* The place where the global was defined becomes the error's. */
void rf_vm_fusabi_place(const rf_fus_program *program, uint32_t global, rf_error *error);
/* Most bytes of data that leave the VM at once. */
static inline size_t rf_vm_fusabi_budget(const rf_plugin_vm *self) {
    return self->limits.heap_bytes ? self->limits.heap_bytes : (size_t)RF_VM_FUSABI_DATA_MAX;
}

#endif
