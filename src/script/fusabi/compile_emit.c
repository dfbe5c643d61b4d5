/* compile_emit.c: instructions, jumps, registers and places of the function being generated. */
#include "script/fusabi/compile_internal.h"

#include <assert.h>

/* Nothing follows these. */
static bool is_end(uint8_t op) {
    switch (op) {
    case RF_FUS_I_JMP:
    case RF_FUS_I_LOOP:
    case RF_FUS_I_RET:
    case RF_FUS_I_RAISE:
    case RF_FUS_I_FAIL:
    case RF_FUS_I_MATCHFAIL:
    case RF_FUS_I_TAIL_CALL:
    case RF_FUS_I_TAIL_CALLP:
    case RF_FUS_I_TAIL_CALLSELF: return true;
    default: return false;
    }
}

void rf_fus_emit(rf_fus_gen *g, rf_fus_code word) {
    if (g->dead)
        return;
    if (RF_UNLIKELY(g->code.count >= g->code.cap) && !rf_vec_room(&g->code)) {
        g->no_memory = g->dead = true;
        return;
    }
    g->code.items[g->code.count++] = word;
    g->dead = is_end(RF_FUS_OP(word));
}

/* The text that `at` is in becomes the current one. */
static void find_text(rf_fus_gen *g, rf_fus_at at) {
    const rf_fus_loaded *found = &g->texts->items[0];
    for (size_t i = 1; i < g->texts->count && g->texts->items[i].base <= at; i++)
        found = &g->texts->items[i];
    g->text = found;
}

static bool is_ascii(const char *data, size_t len) {
    for (; len >= 8; data += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        if (word & UINT64_C(0x8080808080808080))
            return false;
    }
    for (; len; data++, len--)
        if ((uint8_t)*data >= 0x80)
            return false;
    return true;
}

/* The line that holds place `at` of the current text becomes the current one. */
static void find_line(rf_fus_gen *g, rf_fus_at at) {
    const rf_fus_loaded *text = g->text;
    uint32_t low = 0, high = text->line_count, want = at - text->base;
    uint32_t next = g->line + 1;
    if (at >= g->line_end && next < high && text->lines[next] <= want && (next + 1 >= high || text->lines[next + 1] > want))
        low = next + 1; /* mostly it is the next one */
    else
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (text->lines[middle] <= want)
                low = middle + 1;
            else
                high = middle;
        }
    g->line = low ? low - 1 : 0;
    uint32_t start = text->lines && text->line_count ? text->lines[g->line] : 0;
    uint32_t end = g->line + 1 < text->line_count ? text->lines[g->line + 1] : (uint32_t)text->source.text.len + 1;
    g->line_start = text->base + start;
    g->line_end = text->base + end;
    size_t len = end > text->source.text.len ? text->source.text.len - start : end - start;
    g->line_is_ascii = is_ascii(text->source.text.data + start, len);
}

static uint32_t column_of(const rf_fus_gen *g, rf_fus_at at) {
    uint32_t bytes = at - g->line_start;
    if (g->line_is_ascii)
        return bytes + 1;
    const char *data = g->text->source.text.data + (g->line_start - g->text->base);
    uint32_t column = 1;
    for (uint32_t i = 0; i < bytes; i++)
        column += ((uint8_t)data[i] & 0xC0) != 0x80;
    return column;
}

static void add_spot(rf_fus_gen *g, rf_fus_at at) {
    g->last_at = at;
    if (at < g->line_start || at >= g->line_end) {
        if (!g->text || at < g->text->base || at - g->text->base > g->text->source.text.len) {
            find_text(g, at);
            g->line_start = g->line_end = 0;
        }
        find_line(g, at);
    }
    uint32_t column = column_of(g, at);
    rf_fus_spot spot = { .pc = (uint32_t)g->code.count, .line = g->line + 1, .column = (uint16_t)(column > UINT16_MAX ? UINT16_MAX : column),
                         .file = (uint16_t)(g->text - g->texts->items) };
    if (g->spots.count && g->spots.items[g->spots.count - 1].pc == spot.pc)
        g->spots.count--;
    if (RF_UNLIKELY(g->spots.count >= g->spots.cap) && !rf_vec_room(&g->spots)) {
        g->no_memory = true;
        return;
    }
    g->spots.items[g->spots.count++] = spot;
}

void rf_fus_mark(rf_fus_gen *g, rf_fus_at at) {
    if (!g->dead && at != g->last_at)
        add_spot(g, at);
}

void rf_fus_emit_at(rf_fus_gen *g, rf_fus_at at, rf_fus_code word) {
    if (g->dead)
        return;
    if (at != g->last_at)
        add_spot(g, at);
    rf_fus_emit(g, word);
}

/* A test with a short offset leads to a plain jump that reaches any distance. */
static rf_fus_code lengthened(rf_fus_gen *g, rf_fus_code word) {
    rf_fus_emit(g, word | (rf_fus_code)1 << 48);
    rf_fus_emit(g, RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 1));
    g->dead = g->no_memory;
    return RF_FUS_MAKEX(RF_FUS_I_JMP, 0, 0, 0);
}

void rf_fus_emit_jump(rf_fus_gen *g, rf_fus_jumps *list, rf_fus_code word) {
    if (g->dead)
        return;
    bool is_test = rf_fus_opcode_rows[RF_FUS_OP(word)].c == RF_FUS_O_OFF;
    if (RF_UNLIKELY(g->long_jumps && is_test))
        word = lengthened(g, word);
    else
        is_test = false;
    rf_fus_site site = { (uint32_t)g->code.count, list->head };
    rf_fus_emit(g, word);
    if (is_test) { /* what goes on has jumped over it */
        g->label = (uint32_t)g->code.count;
        g->dead = g->no_memory;
    }
    if (!RF_FUS_PUSH(&g->sites, site))
        g->no_memory = true;
    else
        list->head = (uint32_t)g->sites.count;
}

void rf_fus_jumps_join(rf_fus_gen *g, rf_fus_jumps *list, rf_fus_jumps from) {
    if (!from.head)
        return;
    uint32_t last = from.head;
    while (g->sites.items[last - 1].next)
        last = g->sites.items[last - 1].next;
    g->sites.items[last - 1].next = list->head;
    list->head = from.head;
}

static void patch(rf_fus_gen *g, uint32_t pc, uint32_t target) {
    if (pc >= g->code.count)
        return; /* memory has run out */
    rf_fus_code *word = &g->code.items[pc];
    int32_t offset = (int32_t)target - (int32_t)pc - 1;
    bool is_long = rf_fus_opcode_rows[RF_FUS_OP(*word)].c != RF_FUS_O_OFF;
    if (is_long) {
        *word = (*word & UINT32_MAX) | (rf_fus_code)(uint32_t)offset << 32;
        return;
    }
    g->needs_long_jumps |= offset < INT16_MIN || offset > INT16_MAX;
    *word = (*word & UINT64_C(0xFFFFFFFFFFFF)) | (rf_fus_code)(uint16_t)offset << 48;
}

/* A jump to the instruction behind it, which is not worth having: taken back. */
static void drop_last_jump(rf_fus_gen *g, rf_fus_jumps *list) {
    uint32_t last = (uint32_t)g->code.count - 1;
    const rf_fus_site *site = &g->sites.items[list->head - 1];
    if (site->pc != last || g->label > last || RF_FUS_OP(g->code.items[last]) != RF_FUS_I_JMP)
        return;
    list->head = site->next;
    g->code.count--;
    g->dead = false;
    if (g->spots.count && g->spots.items[g->spots.count - 1].pc > g->code.count)
        g->spots.count--;
}

void rf_fus_land(rf_fus_gen *g, rf_fus_jumps *list) {
    if (!list->head || !g->code.count)
        return;
    drop_last_jump(g, list);
    if (!list->head)
        return;
    uint32_t here = (uint32_t)g->code.count;
    for (uint32_t at = list->head; at; at = g->sites.items[at - 1].next)
        patch(g, g->sites.items[at - 1].pc, here);
    list->head = 0;
    g->label = here;
    g->dead = g->no_memory;
}

uint32_t rf_fus_here(rf_fus_gen *g) {
    g->label = (uint32_t)g->code.count;
    return g->label;
}

void rf_fus_emit_back(rf_fus_gen *g, rf_fus_opcode op, uint16_t a, uint32_t target) {
    int32_t offset = (int32_t)target - (int32_t)g->code.count - 1;
    rf_fus_emit(g, RF_FUS_MAKEX(op, 0, a, offset));
}

void rf_fus_too_large(rf_fus_gen *g, const char *what) {
    if (!g->too_large) {
        rf_fus_at at = g->fn && g->fn->lambda ? g->fn->lambda->at : 0;
        rf_fus_report(g->diags, RF_FUS_ERROR, RF_FUS_PHASE_COMPILE, at, at + 1, "%s", what);
    }
    g->too_large = true;
}

uint16_t rf_fus_temps(rf_fus_gen *g, uint32_t count) {
    uint32_t first = g->top;
    if (first + count > RF_FUS_REGISTERS_MAX) {
        rf_fus_too_large(g, "Function needs too many registers");
        first = 0;
    }
    g->top = first + count;
    if (g->top > g->high)
        g->high = g->top;
    return (uint16_t)first;
}

uint16_t rf_fus_temp(rf_fus_gen *g) { return rf_fus_temps(g, 1); }
