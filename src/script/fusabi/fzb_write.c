/* fzb_write.c: a program as a version-2 file: docs/fusabi/fzb.md. */
#include "base/slice.h"
#include "base/table.h"
#include "script/fusabi/fzb_internal.h"
#include "script/fusabi/library.h"

#include <assert.h>

typedef struct writer {
    const rf_fus_program *program;
    const rf_fus_write_options *options;
    rf_table index;      /* text to its number + 1 */
    rf_buffer lengths;   /* of the strings, as they will stand in the file */
    rf_buffer texts;
    rf_buffer body;      /* what refers to strings, and comes behind them */
    uint32_t string_count;
    bool no_memory;
    bool unfit;          /* a constant that files cannot hold */
} writer;

static void number(writer *w, uint64_t value) { rf_fus_put_varint(&w->body, value); }

static uint32_t string_number(writer *w, rf_slice text) {
    uintptr_t known = (uintptr_t)rf_table_get(&w->index, text);
    if (known)
        return (uint32_t)(known - 1);
    if (!rf_table_put(&w->index, text, (void *)(uintptr_t)(w->string_count + 1)))
        w->no_memory = true;
    rf_fus_put_varint(&w->lengths, text.len);
    rf_buffer_slice(&w->texts, text);
    return w->string_count++;
}

static rf_slice text_of(const rf_fus_string *string) { return (rf_slice){ string->bytes, string->head.length }; }
static void put_text(writer *w, const rf_fus_string *string) { number(w, string_number(w, text_of(string))); }

static void put_constant(writer *w, rf_fus_value value, unsigned depth);

static void put_tuple(writer *w, const rf_fus_items *tuple, unsigned depth) {
    number(w, RF_FUS_FZB_K_TUPLE);
    number(w, tuple->head.length);
    for (uint32_t i = 0; i < tuple->head.length; i++)
        put_constant(w, tuple->items[i], depth + 1);
}

static void put_list(writer *w, rf_fus_value list, unsigned depth) {
    uint32_t count = 0;
    rf_fus_value at = list;
    for (; rf_fus_is(at, RF_FUS_T_CONS); at = RF_FUS_AS(const rf_fus_cons, at)->tail)
        count++;
    number(w, RF_FUS_FZB_K_LIST);
    number(w, count);
    for (at = list; rf_fus_is(at, RF_FUS_T_CONS); at = RF_FUS_AS(const rf_fus_cons, at)->tail)
        put_constant(w, RF_FUS_AS(const rf_fus_cons, at)->item, depth + 1);
    put_constant(w, at, depth + 1);
}

static void put_simple(writer *w, rf_fus_value value) {
    if (value == RF_FUS_NIL)
        number(w, RF_FUS_FZB_K_NIL);
    else if (value == RF_FUS_UNIT)
        number(w, RF_FUS_FZB_K_UNIT);
    else if (rf_fus_is_bool(value))
        number(w, value == RF_FUS_TRUE ? RF_FUS_FZB_K_TRUE : RF_FUS_FZB_K_FALSE);
    else
        w->unfit = true;
}

static void put_object(writer *w, rf_fus_value value, unsigned depth) {
    const rf_fus_object *object = rf_fus_object_of(value);
    switch (object->type) {
    case RF_FUS_T_STRING:
        number(w, RF_FUS_FZB_K_STRING);
        put_text(w, RF_FUS_AS(const rf_fus_string, value));
        return;
    case RF_FUS_T_TUPLE: put_tuple(w, RF_FUS_AS(const rf_fus_items, value), depth); return;
    case RF_FUS_T_CONS: put_list(w, value, depth); return;
    case RF_FUS_T_VARIANT:
        number(w, RF_FUS_FZB_K_VARIANT);
        put_text(w, RF_FUS_AS(const rf_fus_variant, value)->ctor->text);
        w->unfit = w->unfit || object->length > 0;
        return;
    default: w->unfit = true;
    }
}

static void put_constant(writer *w, rf_fus_value value, unsigned depth) {
    if (depth > RF_FUS_FZB_TUPLE_NEST_MAX) {
        w->unfit = true;
        return;
    }
    if (rf_fus_is_any_int(value)) {
        number(w, RF_FUS_FZB_K_INT);
        number(w, rf_fus_zigzag(rf_fus_int(value)));
    } else if (rf_fus_is_double(value)) {
        double d = rf_fus_double(value);
        number(w, RF_FUS_FZB_K_FLOAT);
        rf_buffer_append(&w->body, &d, sizeof d);
    } else if (rf_fus_is_object(value)) {
        put_object(w, value, depth);
    } else {
        put_simple(w, value);
    }
}

/* Number of a symbol in the program's table. Shapes are few and small, so a walk will do. */
static uint32_t symbol_number(const rf_fus_program *program, const rf_fus_symbol *symbol, uint32_t guess) {
    for (uint32_t i = 0; i < program->symbol_count; i++) {
        uint32_t at = guess + i < program->symbol_count ? guess + i : guess + i - program->symbol_count;
        if (program->symbols[at] == symbol)
            return at;
    }
    return UINT32_MAX;
}

/* The fields of shapes are numbers of symbols, so those that only shapes have are added behind the program's own. */
static void put_symbols(writer *w, rf_buffer *shapes) {
    const rf_fus_program *program = w->program;
    rf_buffer extra = { 0 };
    uint32_t count = program->symbol_count, next = 0;
    for (uint32_t i = 0; i < program->shape_count; i++) {
        const rf_fus_shape *shape = program->shapes[i];
        rf_fus_put_varint(shapes, shape->count);
        for (uint32_t f = 0; f < shape->count; f++) {
            uint32_t at = symbol_number(program, shape->fields[f], next);
            if (at == UINT32_MAX) {
                rf_fus_put_varint(&extra, string_number(w, text_of(shape->fields[f]->text)));
                at = count++;
            } else {
                next = at + 1 < program->symbol_count ? at + 1 : 0;
            }
            rf_fus_put_varint(shapes, at);
        }
    }
    number(w, count);
    for (uint32_t i = 0; i < program->symbol_count; i++)
        put_text(w, program->symbols[i]->text);
    rf_buffer_slice(&w->body, rf_buffer_view(&extra));
    w->no_memory = w->no_memory || extra.failed;
    rf_buffer_done(&extra);
}

static void put_tables(writer *w) {
    const rf_fus_program *program = w->program;
    RF_CLEANUP(rf_buffer_done) rf_buffer shapes = { 0 };
    number(w, program->constant_count);
    for (uint32_t i = 0; i < program->constant_count; i++)
        put_constant(w, program->constants[i], 0);
    put_symbols(w, &shapes);
    number(w, program->shape_count);
    rf_buffer_slice(&w->body, rf_buffer_view(&shapes));
    w->no_memory = w->no_memory || shapes.failed;
    number(w, program->library_count);
    for (uint32_t i = 0; i < program->library_count; i++)
        number(w, string_number(w, rf_slice_of(program->library[i]->name)));
    uint32_t files = w->options->strip ? 0 : program->file_count;
    number(w, files);
    for (uint32_t i = 0; i < files; i++)
        number(w, string_number(w, program->files[i]));
    number(w, program->global_count);
    number(w, program->export_count);
    for (uint32_t i = 0; i < program->export_count; i++) {
        put_text(w, program->exports[i].name);
        number(w, program->exports[i].global);
    }
}

/*
 * A row of places: bit 0: another text follows; bits 1-2: lines down from the row before, 3: follows as zigzag; the rest:
 * instructions on from the row before. Then text and lines, where said, and the column.
 */
static void put_spots(writer *w, const rf_fus_proto *proto) {
    uint32_t count = w->options->strip || w->program->file_count == 0 ? 0 : proto->spot_count;
    rf_fus_spot last = { .pc = 0 };
    number(w, count);
    for (uint32_t i = 0; i < count; i++) {
        const rf_fus_spot *spot = &proto->spots[i];
        uint32_t lines = spot->line - last.line;
        number(w, (uint64_t)(spot->pc - last.pc) << 3 | (lines < 3 ? lines : 3) << 1 | (spot->file != last.file));
        if (spot->file != last.file)
            number(w, spot->file);
        if (lines >= 3)
            number(w, rf_fus_zigzag((int32_t)lines));
        number(w, spot->column);
        last = *spot;
    }
}

static bool keeps_name(const writer *w, const rf_fus_proto *proto) {
    return proto->name && (!w->options->strip || rf_fus_program_export(w->program, text_of(proto->name)));
}

static void put_protos(writer *w) {
    const rf_fus_program *program = w->program;
    number(w, program->proto_count);
    for (uint32_t i = 0; i < program->proto_count; i++) {
        const rf_fus_proto *proto = &program->protos[i];
        number(w, keeps_name(w, proto) ? string_number(w, text_of(proto->name)) + 1u : 0);
        number(w, proto->arity);
        number(w, proto->registers);
        number(w, proto->upvalue_count);
        for (uint32_t u = 0; u < proto->upvalue_count; u++)
            number(w, (uint64_t)proto->captures[u].index << 1 | proto->captures[u].from_register);
        number(w, proto->code_count);
        rf_fus_put_code(&w->body, proto->code, proto->code_count);
        put_spots(w, proto);
    }
}

/* Head with room for what seals it, and for the signature when there will be one; then the content. */
static void assemble(writer *w, rf_buffer *out) {
    static const uint8_t zeros[RF_FUS_FZB_HEAD_BYTES + RF_FUS_FZB_SIGNATURE_BYTES];
    bool is_signed = w->options->secret_key != NULL;
    rf_buffer_append(out, "FZB\x01\x02", 5);
    rf_buffer_char(out, is_signed ? RF_FUS_FZB_SIGNED : 0);
    rf_buffer_append(out, zeros, RF_FUS_FZB_HEAD_BYTES - RF_FUS_FZB_HASH_AT + (is_signed ? RF_FUS_FZB_SIGNATURE_BYTES : 0u));
    rf_fus_put_code_set(out);
    rf_fus_put_varint(out, w->program->manifest.len);
    rf_buffer_slice(out, w->program->manifest);
    rf_fus_put_varint(out, w->string_count);
    rf_buffer_slice(out, rf_buffer_view(&w->lengths));
    rf_buffer_slice(out, rf_buffer_view(&w->texts));
    rf_buffer_slice(out, rf_buffer_view(&w->body));
}

static void writer_done(writer *w) {
    rf_table_done(&w->index);
    rf_buffer_done(&w->lengths);
    rf_buffer_done(&w->texts);
    rf_buffer_done(&w->body);
}

rf_code rf_fus_fzb_write(const rf_fus_program *program, const rf_fus_write_options *options, rf_buffer *out, rf_error *reterr) {
    static const rf_fus_write_options plain = { 0 };
    assert(program && out);
    RF_CLEANUP(writer_done) writer w = { .program = program, .options = options ? options : &plain };
    size_t start = out->len;
    put_tables(&w);
    put_protos(&w);
    assemble(&w, out);
    if (w.no_memory || w.lengths.failed || w.texts.failed || w.body.failed || out->failed)
        return rf_raise_nomem(reterr);
    if (w.unfit)
        return rf_raise(reterr, RF_ECONFIG, "the program has a constant that a file cannot hold");
    return rf_fus_fzb_seal((uint8_t *)out->data + start, out->len - start, w.options->secret_key, reterr);
}
