/* fusabi_fzb_fuzz.c: any bytes as Fusabi bytecode; what is accepted is written, reads back as the same, and runs within its limits. */
#include "fuzz.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "script/fusabi/fzb_internal.h"
#include "script/fusabi/vm.h"

/* What came out of `file` written, and read again, and written: the same bytes. */
static void write_twice(rf_fus_engine *engine, const rf_fus_program *program) {
    RF_CLEANUP(rf_buffer_done) rf_buffer first = { 0 };
    RF_CLEANUP(rf_buffer_done) rf_buffer second = { 0 };
    rf_fus_program *again = NULL;
    rf_code code = rf_fus_fzb_write(program, NULL, &first, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    if (code)
        return;
    code = rf_fus_fzb_read(engine, rf_buffer_view(&first), NULL, &again, NULL);
    fuzz_claim(code == RF_OK || code == RF_ENOMEM);
    if (code)
        return;
    code = rf_fus_fzb_write(again, NULL, &second, NULL);
    fuzz_claim(code == RF_ENOMEM || rf_slice_eq(rf_buffer_view(&first), rf_buffer_view(&second)));
    rf_fus_program_unref(again);
}

static void run(rf_fus_engine *engine, rf_fus_program *program) {
    static const rf_fus_limits limits = { .time_ns = 3000000, .heap_bytes = 4u << 20, .depth = 2000 };
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    rf_fus_vm *vm;
    rf_fus_instance *instance;
    rf_fus_value result;
    if (rf_fus_vm_new(engine, &limits, NULL, &vm, NULL))
        return;
    if (!rf_fus_vm_load(vm, program, &instance, NULL) && !rf_fus_vm_run(vm, instance, &result, NULL))
        (void)rf_fus_display(vm, result, &text);
    rf_fus_vm_free(vm);
}

static void try_file(rf_slice file) {
    rf_fus_engine *engine;
    rf_fus_program *program;
    RF_CLEANUP(rf_buffer_done) rf_buffer listing = { 0 };
    if (rf_fus_engine_new(&engine, NULL))
        return;
    rf_code code = rf_fus_fzb_read(engine, file, NULL, &program, NULL);
    if (!code) {
        code = rf_fus_verify(program, NULL);
        fuzz_claim(code == RF_OK || code == RF_ENOMEM);
        rf_fus_disassemble(program, &listing);
        write_twice(engine, program);
        run(engine, program);
        rf_fus_program_unref(program);
    }
    rf_fus_engine_unref(engine);
}

/* Says that the content is for the instructions that there are now. */
static void set_code_set(uint8_t *content, size_t len) {
    RF_CLEANUP(rf_buffer_done) rf_buffer set = { 0 };
    rf_fus_put_code_set(&set);
    if (!set.failed && set.len <= len)
        memcpy(content, set.data, set.len);
}

/* A copy whose checksum is right whatever the content, so that made-up content gets past it. */
static void try_sealed(rf_slice file) {
    size_t content = rf_fus_fzb_content_at(file);
    uint8_t *copy = content ? rf_alloc(file.len) : NULL;
    if (!copy)
        return;
    memcpy(copy, file.data, file.len);
    set_code_set(copy + content, file.len - content);
    if (rf_fus_fzb_seal(copy, file.len, NULL, NULL) == RF_OK)
        try_file((rf_slice){ (const char *)copy, file.len });
    rf_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rf_slice file = { (const char *)data, size };
    try_file(file);
    if (rf_fus_is_fzb(file) && size > RF_FUS_FZB_HEAD_BYTES && data[RF_FUS_FZB_VERSION_AT] == 2)
        try_sealed(file);
    return 0;
}
