/* fzb2_read.c: version 2, our own: docs/fusabi/fzb.md. One pass, everything into the program's arena. */
#include "base/alloc.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "script/fusabi/fzb_internal.h"
#include "script/fusabi/library.h"

#include <assert.h>

/* Sticky like the cursor: after a failure everything reads as zero, and the reader looks once per section. */
typedef struct reader {
    rf_fus_program *program;
    rf_fus_cursor cursor;
    rf_slice *strings;     /* views into the file; valid UTF-8 */
    rf_fus_string **made;  /* static copies of those that are needed as values or names */
    uint32_t string_count;
    bool is_ascii;         /* all strings are */
    bool no_memory;
    _Alignas(8) char small[512]; /* for strings and made of most files */
} reader;

static void fail_memory(reader *r) {
    r->no_memory = true;
    rf_fus_cursor_fail(&r->cursor, "out of memory");
}

/* Room in the program; NULL ends the reading. No overflow: each of `count` takes a byte of the file or more. */
static inline void *take_room(reader *r, size_t count, size_t size) {
    void *room = rf_arena_alloc(&r->program->arena, count * size);
    if (RF_UNLIKELY(!room))
        fail_memory(r);
    return room;
}

static rf_slice take_string(reader *r) {
    uint32_t index = rf_fus_take_below(&r->cursor, r->string_count, "no such string");
    return r->cursor.wrong ? (rf_slice){ "", 0 } : r->strings[index];
}

/* The static copy of string `index`, which is in range unless the reading has failed. */
static rf_fus_string *string_at(reader *r, uint32_t index) {
    if (r->cursor.wrong)
        return NULL;
    if (!r->made[index]) {
        rf_slice text = r->strings[index];
        r->made[index] = rf_fus_static_counted(&r->program->arena, text, (uint32_t)(r->is_ascii ? text.len : rf_utf8_length(text)));
        if (!r->made[index])
            fail_memory(r);
    }
    return r->made[index];
}

static rf_fus_string *take_text(reader *r) { return string_at(r, rf_fus_take_below(&r->cursor, r->string_count, "no such string")); }

/* Valid as a whole, and no string begins inside a character: then each is valid. */
static void check_strings(reader *r, rf_slice all) {
    r->is_ascii = rf_utf8_is_ascii(all);
    if (r->is_ascii)
        return;
    if (!rf_utf8_valid(all)) {
        rf_fus_cursor_fail(&r->cursor, "the strings are not UTF-8");
        return;
    }
    for (uint32_t i = 0; i < r->string_count; i++)
        if (r->strings[i].len && ((uint8_t)r->strings[i].data[0] & 0xC0) == 0x80)
            rf_fus_cursor_fail(&r->cursor, "a string is not UTF-8");
}

static void take_strings(reader *r) {
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more strings than the file has bytes");
    if (count == 0)
        return;
    size_t bytes = count * (sizeof *r->strings + sizeof *r->made); /* no overflow: a byte of the file each */
    char *room = bytes <= sizeof r->small ? r->small : rf_alloc(bytes);
    if (!room) {
        fail_memory(r);
        return;
    }
    r->strings = (rf_slice *)(void *)room;
    r->made = (rf_fus_string **)(void *)(room + count * sizeof *r->strings);
    r->string_count = count;
    for (uint32_t i = 0; i < count; i++) {
        r->strings[i].len = rf_fus_take_count(&r->cursor, 1, "a string is longer than the file");
        r->made[i] = NULL;
    }
    const char *start = (const char *)r->cursor.next;
    for (uint32_t i = 0; i < count; i++) {
        r->strings[i].data = (const char *)r->cursor.next;
        if (r->strings[i].len > rf_fus_cursor_left(&r->cursor)) {
            rf_fus_cursor_fail(&r->cursor, "the strings are longer than the file");
            return;
        }
        r->cursor.next += r->strings[i].len;
    }
    check_strings(r, (rf_slice){ start, (size_t)((const char *)r->cursor.next - start) });
}

static rf_fus_value take_constant(reader *r, unsigned depth);

static rf_fus_value take_float(reader *r) {
    double value = 0;
    if (rf_fus_cursor_left(&r->cursor) < sizeof value) {
        rf_fus_cursor_fail(&r->cursor, "the file breaks off");
        return RF_FUS_UNIT;
    }
    memcpy(&value, r->cursor.next, sizeof value);
    r->cursor.next += sizeof value;
    return rf_fus_of_double(value);
}

static rf_fus_value take_tuple(reader *r, unsigned depth) {
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more items than the file has bytes");
    rf_fus_items *tuple = take_room(r, 1, sizeof *tuple + (count ? count : 1) * sizeof(rf_fus_value));
    if (!tuple)
        return RF_FUS_UNIT;
    tuple->head = (rf_fus_object){ .type = RF_FUS_T_TUPLE, .flags = RF_FUS_OLD | RF_FUS_STATIC, .length = count };
    tuple->items[0] = RF_FUS_UNIT;
    for (uint32_t i = 0; i < count; i++)
        tuple->items[i] = take_constant(r, depth + 1);
    return rf_fus_of_object(tuple);
}

/* Items, then what the tail is: nil as a rule. */
static rf_fus_value take_list(reader *r, unsigned depth) {
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more items than the file has bytes");
    rf_fus_value list = RF_FUS_NIL, *tail = &list;
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++) {
        rf_fus_cons *cons = take_room(r, 1, sizeof *cons);
        if (!cons)
            return RF_FUS_NIL;
        *cons = (rf_fus_cons){ .head = { .type = RF_FUS_T_CONS, .flags = RF_FUS_OLD | RF_FUS_STATIC }, .tail = RF_FUS_NIL };
        *tail = rf_fus_of_object(cons);
        tail = &cons->tail;
        cons->item = take_constant(r, depth + 1);
    }
    *tail = take_constant(r, depth + 1);
    return list;
}

static const rf_fus_symbol *take_name(reader *r) {
    rf_slice name = take_string(r);
    const rf_fus_symbol *symbol = r->cursor.wrong ? NULL : rf_fus_symbol_of(r->program->engine, name);
    if (!symbol && !r->cursor.wrong)
        fail_memory(r);
    return symbol;
}

static rf_fus_value take_int(reader *r) {
    rf_fus_value value = rf_fus_static_int(&r->program->arena, rf_fus_unzigzag(rf_fus_take_varint(&r->cursor)));
    if (value == RF_FUS_RAISED)
        fail_memory(r);
    return value;
}

static rf_fus_value take_constant(reader *r, unsigned depth) {
    if (depth > RF_FUS_FZB_TUPLE_NEST_MAX)
        rf_fus_cursor_fail(&r->cursor, "constants are nested too deeply");
    uint32_t tag = rf_fus_take_below(&r->cursor, RF_FUS_FZB_K_COUNT, "no such kind of constant");
    if (r->cursor.wrong)
        return RF_FUS_UNIT;
    switch (tag) {
    case RF_FUS_FZB_K_INT: return take_int(r);
    case RF_FUS_FZB_K_FLOAT: return take_float(r);
    case RF_FUS_FZB_K_STRING: {
        rf_fus_string *text = take_text(r);
        return text ? rf_fus_of_object(text) : RF_FUS_UNIT;
    }
    case RF_FUS_FZB_K_FALSE: return RF_FUS_FALSE;
    case RF_FUS_FZB_K_TRUE: return RF_FUS_TRUE;
    case RF_FUS_FZB_K_NIL: return RF_FUS_NIL;
    case RF_FUS_FZB_K_TUPLE: return take_tuple(r, depth);
    case RF_FUS_FZB_K_LIST: return take_list(r, depth);
    case RF_FUS_FZB_K_VARIANT: {
        const rf_fus_symbol *symbol = take_name(r);
        return symbol ? rf_fus_of_object(&symbol->nullary) : RF_FUS_UNIT;
    }
    default: return RF_FUS_UNIT;
    }
}

static void take_constants(reader *r) {
    rf_fus_program *program = r->program;
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more constants than the file has bytes");
    program->constants = take_room(r, count, sizeof *program->constants);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++)
        program->constants[program->constant_count++] = take_constant(r, 0);
}

static void take_symbols(reader *r) {
    rf_fus_program *program = r->program;
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more names than the file has bytes");
    if (count == 0)
        return;
    program->symbols = take_room(r, count, sizeof *program->symbols);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++)
        program->symbols[program->symbol_count++] = take_name(r);
}

/* Fields ascend by name, so that none is there twice. */
static const rf_fus_shape *take_shape(reader *r) {
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more fields than the file has bytes");
    const rf_fus_symbol **fields = take_room(r, count, sizeof *fields);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++) {
        uint32_t index = rf_fus_take_below(&r->cursor, r->program->symbol_count, "no such name");
        if (r->cursor.wrong)
            return NULL;
        fields[i] = r->program->symbols[index];
        if (i > 0) {
            const rf_fus_string *a = fields[i - 1]->text, *b = fields[i]->text;
            if (rf_slice_compare((rf_slice){ a->bytes, a->head.length }, (rf_slice){ b->bytes, b->head.length }) >= 0)
                rf_fus_cursor_fail(&r->cursor, "fields of a record out of order");
        }
    }
    const rf_fus_shape *shape = r->cursor.wrong ? NULL : rf_fus_shape_of(r->program->engine, fields, count);
    if (!shape && !r->cursor.wrong)
        fail_memory(r);
    return shape;
}

static void take_shapes(reader *r) {
    rf_fus_program *program = r->program;
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more records than the file has bytes");
    if (count == 0)
        return;
    program->shapes = take_room(r, count, sizeof *program->shapes);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++)
        program->shapes[program->shape_count++] = take_shape(r);
}

static rf_code take_library(reader *r, rf_error *reterr) {
    rf_fus_program *program = r->program;
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more library functions than the file has bytes");
    if (count == 0)
        return RF_OK;
    program->library = take_room(r, count, sizeof *program->library);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++) {
        size_t at = (size_t)(r->cursor.next - r->cursor.start);
        rf_slice name = take_string(r);
        if (r->cursor.wrong)
            break;
        const rf_fus_lib_row *row = rf_fus_engine_find(program->engine, name);
        if (!row)
            return rf_raise(reterr, RF_EPARSE, "no library function %.*s here, wanted at offset %zu", RF_SLICE_ARG(name), at);
        program->library[program->library_count++] = row;
    }
    return RF_OK;
}

static void take_files(reader *r) {
    rf_fus_program *program = r->program;
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more texts than the file has bytes");
    program->files = take_room(r, count, sizeof *program->files);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++) {
        program->files[i] = rf_slice_dup_in(&program->arena, take_string(r));
        if (!program->files[i].data)
            fail_memory(r);
        program->file_count++;
    }
}

static void take_exports(reader *r) {
    rf_fus_program *program = r->program;
    program->global_count = rf_fus_take_below(&r->cursor, (uint64_t)1 << 24, "too many globals");
    uint32_t count = rf_fus_take_count(&r->cursor, 2, "more exports than the file has bytes");
    program->exports = take_room(r, count, sizeof *program->exports);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++) {
        rf_fus_export *export = &program->exports[i];
        export->name = take_text(r);
        export->global = rf_fus_take_below(&r->cursor, program->global_count, "no such global");
        if (r->cursor.wrong)
            return;
        const rf_fus_string *last = i ? export[-1].name : NULL;
        if (last && rf_slice_compare((rf_slice){ last->bytes, last->head.length },
                                     (rf_slice){ export->name->bytes, export->name->head.length }) >= 0)
            rf_fus_cursor_fail(&r->cursor, "exports out of order");
        program->export_count++;
    }
}

static void take_captures(reader *r, rf_fus_proto *proto) {
    if (proto->upvalue_count == 0)
        return;
    proto->captures = take_room(r, proto->upvalue_count, sizeof *proto->captures);
    for (uint32_t i = 0; i < proto->upvalue_count && !r->cursor.wrong; i++) {
        uint32_t raw = rf_fus_take_below(&r->cursor, 2 * 65536, "a captured value is out of range");
        proto->captures[i] = (rf_fus_capture){ .index = (uint16_t)(raw >> 1), .from_register = raw & 1 };
    }
}

/* See put_spots in fzb_write.c: steps from the row before. */
static void take_spots(reader *r, rf_fus_proto *proto) {
    uint32_t count = rf_fus_take_count(&r->cursor, 2, "more places than the file has bytes");
    rf_fus_spot spot = { .pc = 0 };
    proto->spots = take_room(r, count, sizeof *proto->spots);
    if (count > 0 && r->program->file_count == 0)
        rf_fus_cursor_fail(&r->cursor, "places in no text");
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++) {
        uint32_t step = rf_fus_take_below(&r->cursor, UINT32_MAX, "a place is out of range");
        uint32_t pc = step >> 3, lines = step >> 1 & 3;
        if (step & 1)
            spot.file = (uint16_t)rf_fus_take_below(&r->cursor, r->program->file_count < 65536 ? r->program->file_count : 65536,
                                                    "no such text");
        spot.line += lines < 3 ? lines : (uint32_t)rf_fus_unzigzag(rf_fus_take_varint(&r->cursor));
        spot.column = (uint16_t)rf_fus_take_below(&r->cursor, 65536, "a column is out of range");
        if (pc >= proto->code_count - spot.pc || (i > 0 && pc == 0))
            rf_fus_cursor_fail(&r->cursor, "places out of order");
        spot.pc += pc;
        proto->spots[proto->spot_count++] = spot;
    }
}

static void take_proto(reader *r, rf_fus_proto *proto) {
    *proto = (rf_fus_proto){ .program = r->program };
    uint32_t name = rf_fus_take_below(&r->cursor, (uint64_t)r->string_count + 1, "no such string");
    if (name)
        proto->name = string_at(r, name - 1);
    proto->arity = (uint16_t)rf_fus_take_below(&r->cursor, RF_FUS_ARGS_MAX + 1, "too many parameters");
    proto->registers = (uint16_t)rf_fus_take_below(&r->cursor, RF_FUS_REGISTERS_MAX + 1, "too many registers");
    proto->upvalue_count = (uint16_t)rf_fus_take_below(&r->cursor, 65536, "too many captured values");
    take_captures(r, proto);
    uint32_t count = rf_fus_take_count(&r->cursor, 1, "more instructions than the file has bytes");
    proto->code = take_room(r, count, sizeof *proto->code);
    if (r->cursor.wrong)
        return;
    rf_fus_take_code(&r->cursor, proto->code, count);
    if (r->cursor.wrong)
        return;
    proto->code_count = count;
    take_spots(r, proto);
}

static void take_protos(reader *r) {
    rf_fus_program *program = r->program;
    uint32_t count = rf_fus_take_count(&r->cursor, 7, "more functions than the file has bytes");
    program->protos = take_room(r, count, sizeof *program->protos);
    for (uint32_t i = 0; i < count && !r->cursor.wrong; i++)
        take_proto(r, &program->protos[program->proto_count++]);
    if (rf_fus_cursor_left(&r->cursor))
        rf_fus_cursor_fail(&r->cursor, "bytes behind the last function");
}

static void take_head(reader *r) {
    rf_fus_take_code_set(&r->cursor);
    size_t len = rf_fus_take_count(&r->cursor, 1, "the manifest is longer than the file");
    if (r->cursor.wrong || len == 0)
        return;
    rf_slice manifest = rf_slice_dup_in(&r->program->arena, (rf_slice){ (const char *)r->cursor.next, len });
    r->no_memory = !manifest.data;
    if (r->no_memory || !rf_utf8_valid(manifest))
        rf_fus_cursor_fail(&r->cursor, "the manifest is not UTF-8");
    else
        r->cursor.next += len;
    r->program->manifest = manifest;
}

static rf_code take_content(reader *r, const char *name, rf_error *reterr) {
    take_head(r);
    take_strings(r);
    take_constants(r);
    take_symbols(r);
    take_shapes(r);
    rf_code code = take_library(r, reterr);
    if (code)
        return code;
    take_files(r);
    take_exports(r);
    take_protos(r);
    if (r->no_memory)
        return rf_raise_nomem(reterr);
    return r->cursor.wrong ? rf_fus_cursor_raise(&r->cursor, name, reterr) : RF_OK;
}

rf_code rf_fus_fzb2_read(rf_fus_program *program, rf_slice bytes, const rf_fus_fzb_options *options, rf_error *reterr) {
    rf_code code = rf_fus_fzb_check_seal(bytes, options->public_key, program->hash, reterr);
    if (code) {
        if (options->name)
            rf_error_prefix(reterr, "%s: ", options->name);
        return code;
    }
    const uint8_t *start = (const uint8_t *)bytes.data;
    size_t content = rf_fus_fzb_content_at(bytes);
    reader r; /* not `small` */
    r.program = program;
    r.cursor = (rf_fus_cursor){ .start = start, .next = start + content, .end = start + bytes.len };
    r.strings = NULL;
    r.made = NULL;
    r.string_count = 0;
    r.is_ascii = r.no_memory = false;
    /* Code takes up to twice what the file does; one block is quicker than many. */
    size_t estimate = 2 * (bytes.len - content) + 512;
    if (estimate > program->arena.block_bytes)
        program->arena.block_bytes = estimate < (1u << 20) ? (estimate + 15) & ~(size_t)15 : 1u << 20;
    code = take_content(&r, options->name, reterr);
    if ((char *)r.strings != r.small)
        rf_free(r.strings);
    return code;
}
