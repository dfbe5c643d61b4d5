/* disasm.c: a program as a listing for people. */
#include "base/number.h"
#include "script/fusabi/fzb_internal.h"
#include "script/fusabi/library.h"
#include "script/fusabi/vm.h"

#include <assert.h>

enum { TEXT_MAX = 40, LIST_MAX = 4, NEST_MAX = 3, NOTE_COLUMN = 44 };

/* A string quoted, long ones cut at a character. */
static void show_text(rf_buffer *out, rf_slice text) {
    rf_buffer_char(out, '"');
    size_t len = text.len;
    if (len > TEXT_MAX)
        for (len = TEXT_MAX; len > 0 && ((uint8_t)text.data[len] & 0xC0) == 0x80;)
            len--;
    for (size_t i = 0; i < len; i++) {
        char c = text.data[i];
        if (c == '\n')
            rf_buffer_text(out, "\\n");
        else if (c == '"' || c == '\\')
            rf_buffer_printf(out, "\\%c", c);
        else if ((uint8_t)c < 0x20 || c == 0x7F)
            rf_buffer_printf(out, "\\x%02x", (unsigned)c);
        else
            rf_buffer_char(out, c);
    }
    rf_buffer_text(out, len < text.len ? "…\"" : "\"");
}

static rf_slice text_of(const rf_fus_string *string) { return (rf_slice){ string->bytes, string->head.length }; }

static void show_constant(rf_buffer *out, rf_fus_value value, unsigned depth);

static void show_items(rf_buffer *out, const rf_fus_items *tuple, unsigned depth) {
    rf_buffer_char(out, '(');
    for (uint32_t i = 0; i < tuple->head.length && i < LIST_MAX; i++) {
        rf_buffer_text(out, i ? ", " : "");
        show_constant(out, tuple->items[i], depth + 1);
    }
    rf_buffer_text(out, tuple->head.length > LIST_MAX ? ", …)" : ")");
}

static void show_list(rf_buffer *out, rf_fus_value list, unsigned depth) {
    rf_buffer_char(out, '[');
    for (unsigned i = 0; i < LIST_MAX && rf_fus_is(list, RF_FUS_T_CONS); i++) {
        rf_buffer_text(out, i ? "; " : "");
        show_constant(out, RF_FUS_AS(const rf_fus_cons, list)->item, depth + 1);
        list = RF_FUS_AS(const rf_fus_cons, list)->tail;
    }
    rf_buffer_text(out, list == RF_FUS_NIL ? "]" : "; …]");
}

static void show_constant(rf_buffer *out, rf_fus_value value, unsigned depth) {
    if (depth > NEST_MAX)
        rf_buffer_text(out, "…");
    else if (rf_fus_is(value, RF_FUS_T_STRING))
        show_text(out, text_of(RF_FUS_AS(const rf_fus_string, value)));
    else if (rf_fus_is(value, RF_FUS_T_TUPLE))
        show_items(out, RF_FUS_AS(const rf_fus_items, value), depth);
    else if (rf_fus_is(value, RF_FUS_T_CONS))
        show_list(out, value, depth);
    else if (rf_fus_is(value, RF_FUS_T_VARIANT))
        rf_buffer_slice(out, rf_fus_ctor_name(value));
    else if (rf_fus_is_any_int(value))
        rf_buffer_printf(out, "%lld", (long long)rf_fus_int(value));
    else if (rf_fus_is_double(value)) {
        char text[RF_NUMBER_TEXT_MAX];
        rf_buffer_append(out, text, rf_number_text(rf_fus_double(value), text));
    } else if (rf_fus_is_bool(value))
        rf_buffer_text(out, value == RF_FUS_TRUE ? "true" : "false");
    else
        rf_buffer_text(out, value == RF_FUS_NIL ? "[]" : value == RF_FUS_UNIT ? "()" : rf_fus_type_name(value));
}

static void show_shape(rf_buffer *out, const rf_fus_shape *shape) {
    rf_buffer_text(out, "{");
    for (uint32_t i = 0; i < shape->count; i++)
        rf_buffer_printf(out, "%s%.*s", i ? "; " : " ", RF_SLICE_ARG(text_of(shape->fields[i]->text)));
    rf_buffer_text(out, " }");
}

static void show_proto_name(rf_buffer *out, const rf_fus_program *program, uint32_t index) {
    rf_buffer_printf(out, "function %u", index);
    if (program->protos[index].name)
        rf_buffer_printf(out, " %.*s", RF_SLICE_ARG(text_of(program->protos[index].name)));
}

/* What a number in the code stands for, behind the semicolon. Numbers out of range say nothing: the verifier's business. */
static void show_note(rf_buffer *out, const rf_fus_program *program, uint8_t kind, uint32_t value, uint32_t pc) {
    rf_buffer_char(out, ' ');
    if ((kind == RF_FUS_O_K || kind == RF_FUS_O_KX) && value < program->constant_count)
        show_constant(out, program->constants[value], 0);
    else if (kind == RF_FUS_O_SYM && value < program->symbol_count)
        rf_buffer_slice(out, text_of(program->symbols[value]->text));
    else if (kind == RF_FUS_O_SHAPE && value < program->shape_count)
        show_shape(out, program->shapes[value]);
    else if (kind == RF_FUS_O_LIB && value < program->library_count)
        rf_buffer_text(out, program->library[value]->name);
    else if (kind == RF_FUS_O_PROTO && value < program->proto_count)
        show_proto_name(out, program, value);
    else if (kind == RF_FUS_O_OFF || kind == RF_FUS_O_OFFX)
        rf_buffer_printf(out, "to %u", pc + 1 + value);
    else if (kind == RF_FUS_O_G)
        for (uint32_t i = 0; i < program->export_count; i++)
            if (program->exports[i].global == value)
                rf_buffer_slice(out, text_of(program->exports[i].name));
}

static bool is_register(uint8_t kind) { return kind >= RF_FUS_O_W && kind <= RF_FUS_O_CALL; }
static bool is_wide(uint8_t kind) { return kind == RF_FUS_O_KX || kind == RF_FUS_O_G || kind == RF_FUS_O_IMMX || kind == RF_FUS_O_OFFX; }
static bool is_signed(uint8_t kind) {
    return kind == RF_FUS_O_IMM || kind == RF_FUS_O_IMMX || kind == RF_FUS_O_OFF || kind == RF_FUS_O_OFFX;
}

static bool has_note(uint8_t kind) {
    return !is_register(kind) && kind != RF_FUS_O_NONE && kind != RF_FUS_O_UP && kind != RF_FUS_O_UPX && kind != RF_FUS_O_COUNT &&
           kind != RF_FUS_O_IMM && kind != RF_FUS_O_IMMX;
}

typedef struct operand { uint8_t kind; uint32_t value; } operand;

/* In the order in which people read them: A, B, C, then D. */
static void operands_of(rf_fus_code word, operand ret[4]) {
    const rf_fus_opcode_row *row = &rf_fus_opcode_rows[RF_FUS_OP(word)];
    ret[0] = (operand){ row->a, RF_FUS_A(word) };
    ret[1] = (operand){ row->b, is_wide(row->b)     ? (uint32_t)(word >> 32)
                                : is_signed(row->b) ? (uint32_t)(int32_t)RF_FUS_SB(word)
                                                    : RF_FUS_B(word) };
    ret[2] = (operand){ row->c, is_signed(row->c) ? (uint32_t)(int32_t)RF_FUS_SC(word) : RF_FUS_C(word) };
    ret[3] = (operand){ row->d, RF_FUS_D(word) };
}

static void pad(rf_buffer *out, size_t start, size_t column) {
    do
        rf_buffer_char(out, ' ');
    while (!out->failed && out->len - start < column);
}

static void show_instruction(rf_buffer *out, const rf_fus_program *program, rf_fus_code word, uint32_t pc) {
    size_t start = out->len;
    if (RF_FUS_OP(word) >= RF_FUS_I_COUNT) {
        rf_buffer_printf(out, "%6u  ? 0x%016llx", pc, (unsigned long long)word);
        return;
    }
    operand operands[4];
    operands_of(word, operands);
    rf_buffer_printf(out, "%6u  %-14s", pc, rf_fus_opcode_rows[RF_FUS_OP(word)].name);
    for (unsigned i = 0; i < 4; i++) {
        if (operands[i].kind == RF_FUS_O_NONE)
            continue;
        if (is_signed(operands[i].kind))
            rf_buffer_printf(out, " %+d", (int)(int32_t)operands[i].value);
        else
            rf_buffer_printf(out, is_register(operands[i].kind) ? " r%u" : " %u", operands[i].value);
    }
    pad(out, start, NOTE_COLUMN);
    rf_buffer_char(out, ';');
    for (unsigned i = 0; i < 4; i++)
        if (has_note(operands[i].kind))
            show_note(out, program, operands[i].kind, operands[i].value, pc);
}

/* Notes that turned out empty, and blanks at the end of a line, go. */
static void end_line(rf_buffer *out) {
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->len--;
    if (out->len > 0 && out->data[out->len - 1] == ';')
        out->len--;
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->len--;
    rf_buffer_char(out, '\n');
}

static void show_head(rf_buffer *out, const rf_fus_program *program, const rf_fus_proto *proto) {
    uint32_t index = (uint32_t)(proto - program->protos);
    rf_buffer_text(out, index ? "\n" : "");
    if (index == 0)
        rf_buffer_text(out, "main");
    else
        show_proto_name(out, program, index);
    if (index && !proto->name)
        rf_buffer_text(out, " (lambda)");
    rf_buffer_printf(out, ": %u parameter%s, %u registers, %u instructions\n", proto->arity, proto->arity == 1 ? "" : "s", proto->registers,
                     proto->code_count);
    if (proto->upvalue_count == 0)
        return;
    rf_buffer_text(out, "  captures");
    for (uint32_t i = 0; i < proto->upvalue_count; i++)
        rf_buffer_printf(out, " %s%u", proto->captures[i].from_register ? "r" : "captured ", proto->captures[i].index);
    rf_buffer_char(out, '\n');
}

static void show_place(rf_buffer *out, const rf_fus_program *program, const rf_fus_spot *spot, uint16_t last_file) {
    if (spot->file != last_file && spot->file < program->file_count)
        rf_buffer_printf(out, "  %.*s\n", RF_SLICE_ARG(program->files[spot->file]));
    rf_buffer_printf(out, "  line %u\n", spot->line);
}

static void show_proto(rf_buffer *out, const rf_fus_program *program, const rf_fus_proto *proto) {
    show_head(out, program, proto);
    uint32_t spot = 0, line = 0;
    uint16_t file = 0;
    for (uint32_t pc = 0; pc < proto->code_count; pc++) {
        for (; spot < proto->spot_count && proto->spots[spot].pc <= pc; spot++) {
            if (proto->spots[spot].line != line || proto->spots[spot].file != file)
                show_place(out, program, &proto->spots[spot], file);
            line = proto->spots[spot].line;
            file = proto->spots[spot].file;
        }
        show_instruction(out, program, proto->code[pc], pc);
        end_line(out);
    }
}

static void show_exports(rf_buffer *out, const rf_fus_program *program) {
    if (program->export_count == 0)
        return;
    rf_buffer_text(out, "\nexports\n");
    for (uint32_t i = 0; i < program->export_count; i++)
        rf_buffer_printf(out, "%6u  %.*s\n", program->exports[i].global, RF_SLICE_ARG(text_of(program->exports[i].name)));
}

void rf_fus_disassemble(const rf_fus_program *program, rf_buffer *out) {
    assert(program && out);
    for (uint32_t i = 0; i < program->proto_count; i++)
        show_proto(out, program, &program->protos[i]);
    show_exports(out, program);
}
