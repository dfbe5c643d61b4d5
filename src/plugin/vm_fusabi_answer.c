/* vm_fusabi_answer.c: plugins in Fusabi: what the results of hooks mean, and the words when they mean nothing. */
#include "base/slice.h"
#include "plugin/data_fusabi.h"
#include "plugin/vm_fusabi.h"
#include "script/fusabi/opcode.h"

#include <stdio.h>

bool rf_vm_fusabi_symbols(rf_plugin_vm *self, rf_fus_engine *engine) {
    self->keep_on = rf_fus_symbol_of(engine, RF_SLICE("Continue"));
    self->modify = rf_fus_symbol_of(engine, RF_SLICE("Modify"));
    self->stop = rf_fus_symbol_of(engine, RF_SLICE("Stop"));
    self->drop = rf_fus_symbol_of(engine, RF_SLICE("Drop"));
    self->some = rf_fus_symbol_of(engine, RF_SLICE("Some"));
    self->none = rf_fus_symbol_of(engine, RF_SLICE("None"));
    return self->keep_on && self->modify && self->stop && self->drop && self->some && self->none;
}

/* ---- Places and traces ---- */

static void place_at(const rf_fus_program *program, rf_fus_spot spot, rf_error *error) {
    if (spot.line && spot.file < program->file_count)
        rf_error_place(error, program->files[spot.file].data, spot.line, spot.column);
}

void rf_vm_fusabi_place(const rf_fus_program *program, uint32_t global, rf_error *error) {
    const rf_fus_proto *main = &program->protos[0];
    for (uint32_t pc = main->code_count; pc-- > 0;)
        if (RF_FUS_OP(main->code[pc]) == RF_FUS_I_SETGLOBAL && RF_FUS_BX(main->code[pc]) == (int32_t)global) {
            place_at(program, rf_fus_proto_spot(main, pc), error);
            return;
        }
}

void rf_vm_fusabi_hint(const rf_fus_vm *vm, rf_error *error) {
    char text[sizeof error->hint - 8];
    rf_slice rest = rf_fus_vm_trace(vm);
    size_t used = 0;
    while (rest.len) {
        size_t end = rf_slice_find(rest, '\n');
        rf_slice line = rf_slice_trim((rf_slice){ rest.data, end });
        if (used + line.len + 2 > sizeof text) {
            rf_error_hint(error, "%.*s, …", (int)used, text);
            return;
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s", used ? ", " : "", RF_SLICE_ARG(line));
        size_t taken = end < rest.len ? end + 1 : end;
        rest = (rf_slice){ rest.data + taken, rest.len - taken };
    }
    if (used)
        rf_error_hint(error, "%.*s", (int)used, text);
}

/* ---- Answers that are none ---- */

static const char *expected_of(rf_hook_answer kind) {
    switch (kind) {
    case RF_ANSWER_TEXT: return "Continue, Modify, Stop, Drop, a bool, a string or ()";
    case RF_ANSWER_MESSAGE: return "Continue, Modify, Stop, Drop, a bool, a record, a list, a string or ()";
    case RF_ANSWER_VERDICT:
    case RF_ANSWER_NONE: break;
    }
    return "Continue, Stop, Drop, a bool or ()";
}

/* Where the hook is defined: in its body there is nothing wrong. */
static void place_of_hook(const rf_plugin_vm *self, rf_hook hook, rf_error *error) {
    const rf_fus_program *program = rf_fus_instance_program(self->instance);
    const rf_fus_export *found = rf_fus_program_export(program, rf_slice_of(rf_hooks[hook].name));
    if (found)
        rf_vm_fusabi_place(program, found->global, error);
}

static rf_code refuse(const rf_plugin_vm *self, rf_hook hook, rf_fus_value value, rf_error *reterr) {
    char named[24];
    rf_error error = { 0 };
    const rf_hook_info *info = &rf_hooks[hook];
    const char *expected = expected_of(info->answer);
    rf_code code;
    if (rf_fus_is(value, RF_FUS_T_VARIANT))
        code = rf_raise(&error, RF_ESCRIPT, "%s returned %.*s%s: expected %s", info->name, RF_SLICE_ARG(rf_fus_ctor_name(value)),
                        rf_fus_object_of(value)->length ? " of a value" : "", expected);
    else
        code = rf_raise(&error, RF_ESCRIPT, "%s returned %s: expected %s", info->name, rf_fus_data_named(value, named), expected);
    if (rf_fus_is_function(value))
        rf_error_hint(&error, "a call in it may lack an argument");
    place_of_hook(self, hook, &error);
    if (reterr)
        *reterr = error;
    return code;
}

/* ---- Answers ---- */

static rf_code verdict(rf_answer *answer, rf_verdict given) {
    answer->verdict = given;
    return RF_OK;
}

static rf_code modify_text(rf_plugin_vm *self, rf_hook hook, rf_fus_value value, rf_answer *answer, rf_error *reterr) {
    char named[24];
    if (!rf_fus_is_string(value)) {
        rf_code code = rf_raise(reterr, RF_ESCRIPT, "%s returned Modify of %s: expected Modify of a string", rf_hooks[hook].name,
                                rf_fus_data_named(value, named));
        place_of_hook(self, hook, reterr);
        return code;
    }
    answer->verdict = RF_VERDICT_MODIFY;
    answer->text = rf_fus_text(self->vm, value); /* held as the call's result */
    return answer->text.data ? RF_OK : rf_fus_vm_no_room(self->vm, reterr);
}

static rf_code modify_message(rf_plugin_vm *self, rf_hook hook, rf_fus_value value, rf_arena *arena, rf_answer *answer, rf_error *reterr) {
    rf_code code = rf_fus_data_out(self->vm, value, arena, rf_vm_fusabi_budget(self), &answer->data, reterr);
    if (!code)
        return verdict(answer, RF_VERDICT_MODIFY);
    rf_error_prefix(reterr, "%s returned what no message can hold: ", rf_hooks[hook].name);
    place_of_hook(self, hook, reterr);
    return code;
}

static rf_code modify(rf_plugin_vm *self, rf_hook hook, rf_fus_value value, rf_arena *arena, rf_answer *answer, rf_error *reterr) {
    if (rf_hooks[hook].answer == RF_ANSWER_TEXT)
        return modify_text(self, hook, value, answer, reterr);
    return modify_message(self, hook, value, arena, answer, reterr);
}

static rf_code answer_variant(rf_plugin_vm *self, rf_hook hook, rf_fus_value value, rf_arena *arena, rf_answer *answer, rf_error *reterr) {
    const rf_fus_variant *variant = RF_FUS_AS(const rf_fus_variant, value);
    const rf_fus_symbol *ctor = variant->ctor;
    uint32_t count = variant->head.length;
    bool may_modify = rf_hooks[hook].answer >= RF_ANSWER_TEXT;
    if (count == 1 && may_modify && (ctor == self->modify || ctor == self->some))
        return modify(self, hook, variant->items[0], arena, answer, reterr);
    if (count)
        return refuse(self, hook, value, reterr);
    if (ctor == self->keep_on || ctor == self->none)
        return verdict(answer, RF_VERDICT_CONTINUE);
    if (ctor == self->stop)
        return verdict(answer, RF_VERDICT_STOP);
    return ctor == self->drop ? verdict(answer, RF_VERDICT_DROP) : refuse(self, hook, value, reterr);
}

/* A message, or a list of them. */
static bool is_message(rf_fus_value value) {
    if (value == RF_FUS_NIL)
        return true;
    if (!rf_fus_is_object(value))
        return false;
    switch ((rf_fus_type_tag)rf_fus_object_of(value)->type) {
    case RF_FUS_T_STRING:
    case RF_FUS_T_ROPE:
    case RF_FUS_T_CONS:
    case RF_FUS_T_ARRAY:
    case RF_FUS_T_RECORD:
    case RF_FUS_T_DICT:
    case RF_FUS_T_MAP: return true;
    default: return false;
    }
}

rf_code rf_vm_fusabi_answer(rf_plugin_vm *self, rf_hook hook, rf_fus_value value, rf_arena *arena, rf_answer *ret_answer,
                            rf_error *reterr) {
    rf_hook_answer kind = rf_hooks[hook].answer;
    if (value == RF_FUS_TRUE || value == RF_FUS_UNIT || kind == RF_ANSWER_NONE)
        return verdict(ret_answer, RF_VERDICT_CONTINUE);
    if (value == RF_FUS_FALSE)
        return verdict(ret_answer, RF_VERDICT_STOP);
    if (kind == RF_ANSWER_TEXT && rf_fus_is_string(value))
        return modify_text(self, hook, value, ret_answer, reterr);
    if (rf_fus_is(value, RF_FUS_T_VARIANT))
        return answer_variant(self, hook, value, arena, ret_answer, reterr);
    if (kind == RF_ANSWER_MESSAGE && is_message(value))
        return modify_message(self, hook, value, arena, ret_answer, reterr);
    return refuse(self, hook, value, reterr);
}
