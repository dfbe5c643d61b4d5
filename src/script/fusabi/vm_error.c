/* vm_error.c: exceptions: raising them, finding who handles them, and what the host is told when nobody does. */
#include "script/fusabi/vm_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- Raising ---- */

static rf_fus_value raised(rf_fus_vm *vm, rf_fus_value exception) {
    if (vm->pending & RF_FUS_PENDING_FATAL)
        return RF_FUS_RAISED;
    vm->exception = exception;
    vm->trace_count = 0;
    vm->pending |= RF_FUS_PENDING_RAISED;
    return RF_FUS_RAISED;
}

rf_fus_value rf_fus_raise_value(rf_fus_vm *vm, rf_fus_value exception) { return raised(vm, exception); }

static rf_fus_value raise_text(rf_fus_vm *vm, rf_slice text) {
    rf_fus_value string = rf_fus_string_new(vm, text);
    rf_fus_value exception = string == RF_FUS_RAISED ? string : rf_fus_variant_new(vm, vm->failure, &string, 1);
    return exception == RF_FUS_RAISED ? exception : raised(vm, exception);
}

static rf_fus_value raise_long(rf_fus_vm *vm, int len, const char *format, va_list list) {
    char *bytes;
    rf_fus_value string = rf_fus_string_room(vm, (size_t)len, &bytes);
    if (string == RF_FUS_RAISED)
        return string;
    (void)vsnprintf(bytes, (size_t)len + 1, format, list);
    rf_fus_value exception = rf_fus_variant_new(vm, vm->failure, &string, 1);
    return exception == RF_FUS_RAISED ? exception : raised(vm, exception);
}

rf_fus_value rf_fus_raise(rf_fus_vm *vm, const char *format, ...) {
    char text[400];
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int len = vsnprintf(text, sizeof text, format, list);
    rf_fus_value result;
    if (len < 0)
        result = raise_text(vm, RF_SLICE("an error without a text"));
    else if ((size_t)len < sizeof text)
        result = raise_text(vm, (rf_slice){ text, (size_t)len });
    else
        result = raise_long(vm, len, format, again);
    va_end(again);
    va_end(list);
    return result;
}

rf_fus_value rf_fus_raise_type(rf_fus_vm *vm, const char *expected, rf_fus_value got) {
    return rf_fus_raise(vm, "Type mismatch: expected %s, got %s", expected, rf_fus_type_name(got));
}

rf_fus_value rf_fus_raise_fatal(rf_fus_vm *vm, rf_code code, const char *format, ...) {
    if (vm->pending & RF_FUS_PENDING_FATAL)
        return RF_FUS_RAISED;
    va_list list;
    va_start(list, format);
    (void)vsnprintf(vm->fatal_text, sizeof vm->fatal_text, format, list);
    va_end(list);
    vm->fatal = code;
    vm->exception = RF_FUS_UNIT;
    vm->trace_count = 0;
    vm->pending |= RF_FUS_PENDING_FATAL | RF_FUS_PENDING_RAISED;
    return RF_FUS_RAISED;
}

rf_fus_value rf_fus_raise_nomem(rf_fus_vm *vm) {
    if (vm->heap.over_limit)
        return rf_fus_raise_fatal(vm, RF_ELIMIT, "the script used more than its %zu bytes of memory", vm->limits.heap_bytes);
    return rf_fus_raise_fatal(vm, RF_ENOMEM, "out of memory");
}

rf_code rf_fus_vm_no_room(const rf_fus_vm *vm, rf_error *reterr) {
    if (vm->pending & RF_FUS_PENDING_FATAL)
        return rf_raise(reterr, vm->fatal, "%s", vm->fatal_text);
    return rf_raise_nomem(reterr);
}

bool rf_fus_vm_is_raised(const rf_fus_vm *vm) { return vm->pending & RF_FUS_PENDING_RAISED; }

/* ---- Unwinding ---- */

static void add_row(rf_fus_vm *vm, rf_fus_trace_row row) {
    if (!vm->trace)
        vm->trace = rf_alloc((RF_FUS_TRACE_HEAD + RF_FUS_TRACE_TAIL) * sizeof *vm->trace);
    if (!vm->trace)
        return; /* the error goes without it */
    uint32_t at = vm->trace_count++;
    vm->trace[at < RF_FUS_TRACE_HEAD ? at : RF_FUS_TRACE_HEAD + (at - RF_FUS_TRACE_HEAD) % RF_FUS_TRACE_TAIL] = row;
}

/* Verified code ends each TRY before its function does; a handler that is left over all the same belongs to other code. */
static bool is_of(const rf_fus_handler *handler, const rf_fus_frame *frame) {
    if (!frame->closure)
        return false;
    const rf_fus_proto *proto = frame->closure->proto;
    return handler->pc >= proto->code && handler->pc < proto->code + proto->code_count && handler->reg < proto->registers;
}

static bool find_handler(rf_fus_vm *vm) {
    while (vm->handlers.count > vm->level_handlers) {
        rf_fus_handler handler = vm->handlers.items[--vm->handlers.count];
        rf_fus_frame *frame = vm->frames + handler.frame;
        if (handler.frame <= vm->level_frame || frame > vm->fp || !is_of(&handler, frame))
            continue;
        vm->fp = frame;
        frame->pc = handler.pc;
        frame->base[handler.reg] = vm->exception;
        vm->exception = RF_FUS_UNIT;
        vm->pending &= (uint8_t)~RF_FUS_PENDING_RAISED;
        return true;
    }
    return false;
}

bool rf_fus_unwind(rf_fus_vm *vm) {
    assert(vm->pending & RF_FUS_PENDING_RAISED);
    rf_fus_stack_unmark(vm);
    if (!(vm->pending & RF_FUS_PENDING_FATAL) && find_handler(vm))
        return true;
    rf_fus_frame *entry = vm->frames + vm->level_frame;
    for (; vm->fp > entry; vm->fp--)
        if (vm->fp->closure)
            add_row(vm, (rf_fus_trace_row){ vm->fp->closure->proto, vm->fp->pc });
    vm->handlers.count = vm->level_handlers;
    return false;
}

/* ---- What the host is told ---- */

static rf_fus_spot spot_of(rf_fus_trace_row row) {
    ptrdiff_t at = row.pc - row.proto->code - 1; /* it is behind the instruction */
    return rf_fus_proto_spot(row.proto, at < 0 ? 0 : (uint32_t)at);
}

static const char *file_of(rf_fus_trace_row row, rf_fus_spot spot) {
    const rf_fus_program *program = row.proto->program;
    return spot.file < program->file_count ? program->files[spot.file].data : "?";
}

static void show_row(rf_buffer *out, rf_fus_trace_row row) {
    const rf_fus_proto *proto = row.proto;
    bool is_main = proto->program && proto == proto->program->protos;
    rf_buffer_printf(out, "  at %s", proto->name ? proto->name->bytes : is_main ? "<main>" : "<lambda>");
    if (proto->is_library || !proto->program) {
        rf_buffer_char(out, '\n');
        return;
    }
    rf_fus_spot spot = spot_of(row);
    if (spot.line)
        rf_buffer_printf(out, " (%s:%u:%u)\n", file_of(row, spot), spot.line, spot.column);
    else
        rf_buffer_printf(out, " (%s)\n", file_of(row, spot));
}

static void show_trace(rf_fus_vm *vm) {
    rf_buffer *out = &vm->trace_text;
    uint32_t count = vm->trace_count, head = count < RF_FUS_TRACE_HEAD ? count : RF_FUS_TRACE_HEAD;
    uint32_t tail = count - head < RF_FUS_TRACE_TAIL ? count - head : RF_FUS_TRACE_TAIL;
    for (uint32_t i = 0; i < head; i++)
        show_row(out, vm->trace[i]);
    if (count > head + tail)
        rf_buffer_printf(out, "  … %u more\n", count - head - tail);
    for (uint32_t i = count - tail; i < count; i++)
        show_row(out, vm->trace[RF_FUS_TRACE_HEAD + (i - RF_FUS_TRACE_HEAD) % RF_FUS_TRACE_TAIL]);
    if (out->failed)
        rf_buffer_clear(out);
}

/* The innermost line of the script itself. */
static void set_place(const rf_fus_vm *vm, rf_error *reterr) {
    uint32_t head = vm->trace_count < RF_FUS_TRACE_HEAD ? vm->trace_count : RF_FUS_TRACE_HEAD;
    for (uint32_t i = 0; i < head; i++) {
        rf_fus_trace_row row = vm->trace[i];
        if (row.proto->is_library || !row.proto->program)
            continue;
        rf_fus_spot spot = spot_of(row);
        if (spot.line)
            rf_error_place(reterr, file_of(row, spot), spot.line, spot.column);
        return;
    }
}

static rf_code report_exception(rf_fus_vm *vm, rf_error *reterr) {
    rf_fus_value exception = vm->exception;
    const rf_fus_variant *variant = rf_fus_is(exception, RF_FUS_T_VARIANT) ? RF_FUS_AS(const rf_fus_variant, exception) : NULL;
    if (variant && variant->ctor == vm->failure && variant->head.length == 1 && rf_fus_is_string(variant->items[0])) {
        rf_slice text = rf_fus_text(vm, variant->items[0]);
        if (!text.data)
            return rf_raise_nomem(reterr);
        return rf_raise(reterr, RF_ESCRIPT, "%.*s", RF_SLICE_ARG(text));
    }
    RF_CLEANUP(rf_buffer_done) rf_buffer text = { 0 };
    bool shown = rf_fus_display(vm, exception, &text) && !text.failed;
    if (!shown)
        return rf_raise_nomem(reterr);
    return rf_raise(reterr, RF_ESCRIPT, "unhandled exception: %.*s", RF_SLICE_ARG(rf_buffer_view(&text)));
}

rf_code rf_fus_error_report(rf_fus_vm *vm, rf_error *reterr) {
    rf_buffer_clear(&vm->trace_text);
    show_trace(vm);
    rf_code code = vm->pending & RF_FUS_PENDING_FATAL ? rf_raise(reterr, vm->fatal, "%s", vm->fatal_text) : report_exception(vm, reterr);
    set_place(vm, reterr);
    return code;
}

rf_slice rf_fus_vm_trace(const rf_fus_vm *vm) { return rf_buffer_view(&vm->trace_text); }

rf_fus_value rf_fus_vm_exception(const rf_fus_vm *vm) { return vm->exception; }
