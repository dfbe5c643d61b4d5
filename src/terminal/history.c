/* history.c: a screen's scrollback: lines as text and runs of looks, in blocks, bounded by lines and by bytes. */
#include "terminal/history.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "terminal/char_width.h"

#include <assert.h>

enum {
    BLOCK_FIRST_BYTES = 4096,
    BLOCK_BYTES = 65536,
    RUN_BYTES = 2 + sizeof(rf_pen),
    WRAPPED = 0x8000, /* in the count of runs */
};

/*
 * Lines grow from the front, their offsets (16 bits each) from the back. A line: bytes of text (16 bits), count of runs (16 bits), the runs
 * (cells (16 bits) and a look), the text. What no run covers looks plain.
 */
typedef struct rf_history_block {
    uint32_t size, used, count;
    char data[];
} block;

_Static_assert((size_t)RF_HISTORY_COLUMNS_MAX * (RF_CELL_CHARS * 4 + RUN_BYTES) + 64 < BLOCK_BYTES, "a line must fit into a block");

static uint16_t get16(const char *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void put16(char *at, size_t value) {
    uint16_t narrow = (uint16_t)value;
    memcpy(at, &narrow, sizeof narrow);
}

static block **block_at(const rf_history *history, size_t n) {
    return &history->blocks[(history->block_first + n) & (history->block_cap - 1)];
}
static const char *line_in(const block *b, size_t n) { return b->data + get16(b->data + b->size - 2 * (n + 1)); }

void rf_history_clear(rf_history *history) {
    assert(history);
    for (size_t i = 0; i < history->block_count; i++)
        rf_free(*block_at(history, i));
    rf_free(history->blocks);
    *history = (rf_history){ .lines_max = history->lines_max, .bytes_max = history->bytes_max };
}

void rf_history_done(rf_history *history) {
    rf_history_clear(history);
    *history = (rf_history){ 0 };
}

/* ---- Room ---- */

static bool grow_ring(rf_history *history) {
    size_t cap = history->block_cap ? history->block_cap * 2 : 4;
    block **blocks = rf_alloc_zero(cap, sizeof *blocks);
    if (!blocks)
        return false;
    for (size_t i = 0; i < history->block_count; i++)
        blocks[i] = *block_at(history, i);
    rf_free(history->blocks);
    history->blocks = blocks;
    history->block_cap = cap;
    history->block_first = 0;
    return true;
}

static block *new_block(rf_history *history) {
    if (history->block_count == history->block_cap && !grow_ring(history))
        return NULL;
    uint32_t size = history->block_count ? BLOCK_BYTES : BLOCK_FIRST_BYTES;
    block *made = rf_alloc(sizeof *made + size);
    if (!made)
        return NULL;
    *made = (block){ .size = size };
    history->block_count++;
    *block_at(history, history->block_count - 1) = made;
    history->bytes += size;
    return made;
}

static block *grow_block(rf_history *history, block *old) {
    uint32_t size = old->size * 2;
    block *grown = rf_realloc(old, sizeof *grown + size);
    if (!grown)
        return NULL;
    size_t index = (size_t)grown->count * 2;
    memmove(grown->data + size - index, grown->data + grown->size - index, index);
    history->bytes += size - grown->size;
    grown->size = size;
    *block_at(history, history->block_count - 1) = grown;
    return grown;
}

static void drop_block(rf_history *history) {
    block *oldest = *block_at(history, 0);
    history->lines -= oldest->count - history->skipped;
    history->skipped = 0;
    history->bytes -= oldest->size;
    rf_free(oldest);
    history->block_first = (history->block_first + 1) & (history->block_cap - 1);
    history->block_count--;
}

static void keep_bounds(rf_history *history) {
    while (history->lines > history->lines_max) {
        size_t in_block = (*block_at(history, 0))->count - history->skipped;
        size_t excess = history->lines - history->lines_max;
        if (excess >= in_block && history->block_count > 1) {
            drop_block(history);
            continue;
        }
        history->skipped += excess;
        history->lines -= excess;
    }
    while (history->bytes > history->bytes_max && history->block_count > 1)
        drop_block(history);
}

/* Room for a line of so many bytes, counted in; NULL: no memory. */
static char *room_for(rf_history *history, size_t bytes) {
    block *last = history->block_count ? *block_at(history, history->block_count - 1) : new_block(history);
    while (last && last->used + bytes + 2 * ((size_t)last->count + 1) > last->size)
        last = last->size < BLOCK_BYTES ? grow_block(history, last) : new_block(history);
    if (!last)
        return NULL;
    char *line = last->data + last->used;
    last->count++;
    put16(last->data + last->size - 2 * (size_t)last->count, last->used);
    last->used += (uint32_t)bytes;
    history->lines++;
    return line;
}

/* ---- Lines in ---- */

static bool is_plain(const rf_pen *pen) {
    static const rf_pen plain = { 0 };
    return rf_pen_same(pen, &plain);
}

/* Blanks that look plain are cut from the end. Returns how many runs are left, and how many cells of the last one go. */
static size_t trim_text(rf_slice *text, const rf_history_run *runs, size_t count, size_t *ret_cut) {
    size_t cut = 0;
    while (count && is_plain(&runs[count - 1].pen) && text->data[text->len - 1] == ' ') {
        text->len--;
        cut++;
        if (cut == runs[count - 1].cells) {
            count--;
            cut = 0;
        }
    }
    *ret_cut = cut;
    return count;
}

void rf_history_push_text(rf_history *history, rf_slice text, const rf_history_run *runs, size_t count, bool wrapped) {
    assert(history && text.len <= RF_HISTORY_COLUMNS_MAX);
    size_t cut = 0;
    if (!history->lines_max)
        return;
    if (!wrapped)
        count = trim_text(&text, runs, count, &cut);
    if (count == 1 && is_plain(&runs[0].pen)) /* of several, not all are */
        count = 0;
    char *line = room_for(history, 4 + count * RUN_BYTES + text.len);
    if (!line)
        return;
    char *at = line + 4;
    put16(line, text.len);
    put16(line + 2, count | (wrapped ? WRAPPED : 0));
    for (size_t i = 0; i < count; i++, at += RUN_BYTES) {
        put16(at, runs[i].cells - (i + 1 == count ? cut : 0));
        memcpy(at + 2, &runs[i].pen, sizeof runs[i].pen);
    }
    if (text.len)
        memcpy(at, text.data, text.len);
    if (history->lines > history->lines_max || history->bytes > history->bytes_max)
        keep_bounds(history);
}

static size_t text_bytes(const rf_cell *cell) {
    size_t bytes = 0;
    for (int i = 0; i < RF_CELL_CHARS && cell->chars[i]; i++)
        bytes += cell->chars[i] < 0x80 ? 1 : cell->chars[i] < 0x800 ? 2 : cell->chars[i] < 0x10000 ? 3 : 4;
    return bytes;
}

static bool new_run(const rf_cell *cells, int at) { return at == 0 || !rf_pen_same(&cells[at].pen, &cells[at - 1].pen); }

static void measure(const rf_cell *cells, int count, size_t *ret_text, size_t *ret_runs) {
    static const rf_pen plain = { 0 };
    bool coloured = false;
    *ret_text = *ret_runs = 0;
    for (int i = 0; i < count; i++) {
        *ret_text += text_bytes(&cells[i]);
        *ret_runs += new_run(cells, i);
        coloured |= !rf_pen_same(&cells[i].pen, &plain);
    }
    *ret_runs = coloured ? *ret_runs : 0;
}

static void write_runs(char *at, const rf_cell *cells, int count) {
    for (int first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && !new_run(cells, next); next++)
            ;
        put16(at, (size_t)(next - first));
        memcpy(at + 2, &cells[first].pen, sizeof cells[first].pen);
        at += RUN_BYTES;
    }
}

void rf_history_push(rf_history *history, const rf_cell *cells, int count, bool wrapped) {
    assert(history && count >= 0);
    if (!history->lines_max)
        return;
    count = count > RF_HISTORY_COLUMNS_MAX ? RF_HISTORY_COLUMNS_MAX : count;
    if (!wrapped)
        count = rf_cells_trimmed(cells, count);
    size_t text, runs;
    measure(cells, count, &text, &runs);
    char *line = room_for(history, 4 + runs * RUN_BYTES + text);
    if (!line)
        return;
    put16(line, text);
    put16(line + 2, runs | (wrapped ? WRAPPED : 0));
    if (runs)
        write_runs(line + 4, cells, count);
    char *at = line + 4 + runs * RUN_BYTES;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < RF_CELL_CHARS && cells[i].chars[k]; k++)
            at += rf_utf8_encode(cells[i].chars[k], at);
    keep_bounds(history);
}

/* ---- Lines out ---- */

static const char *find_line(const rf_history *history, size_t line) {
    line += history->skipped;
    /* Blocks hold some thousand lines of usual length each: few enough to walk. */
    for (size_t i = 0; i < history->block_count; i++) {
        const block *b = *block_at(history, i);
        if (line < b->count)
            return line_in(b, line);
        line -= b->count;
    }
    return NULL;
}

static int add_char(rf_cell *cells, int count, int room, uint32_t c) {
    int width = c < 0x80 ? 1 : rf_char_width(c);
    if (width == 0) {
        int base = count - 1;
        while (base >= 0 && cells[base].width == 0)
            base--;
        for (int i = 1; base >= 0 && i < RF_CELL_CHARS; i++)
            if (!cells[base].chars[i]) {
                cells[base].chars[i] = c;
                break;
            }
        return count;
    }
    if (count + width > room) {
        cells[count] = rf_cell_blank(); /* a wide one, of which one half has room */
        return room;
    }
    cells[count] = (rf_cell){ .chars = { c }, .width = (uint32_t)width };
    if (width == 2)
        cells[count + 1] = (rf_cell){ 0 };
    return count + width;
}

static void read_runs(const char *at, size_t runs, rf_cell *cells, int count) {
    int cell = 0;
    for (; runs; runs--, at += RUN_BYTES) {
        rf_pen pen;
        memcpy(&pen, at + 2, sizeof pen);
        for (int left = get16(at); left && cell < count; left--)
            cells[cell++].pen = pen;
    }
}

int rf_history_cells(const rf_history *history, size_t line, rf_cell *cells, int room, bool *ret_wrapped) {
    assert(history && room >= 0);
    const char *at = line < history->lines ? find_line(history, line) : NULL;
    if (ret_wrapped)
        *ret_wrapped = at && get16(at + 2) & WRAPPED;
    if (!at)
        return 0;
    size_t runs = get16(at + 2) & ~(unsigned)WRAPPED;
    rf_slice text = { at + 4 + runs * RUN_BYTES, get16(at) };
    int count = 0;
    while (text.len && count < room) {
        uint32_t c;
        size_t len = rf_utf8_decode(text, &c);
        count = add_char(cells, count, room, len ? c : 0xFFFD);
        len = len ? len : 1;
        text = (rf_slice){ text.data + len, text.len - len };
    }
    read_runs(at + 4, runs, cells, count);
    return count;
}

void rf_history_pop(rf_history *history) {
    assert(history);
    if (!history->lines)
        return;
    block *last = *block_at(history, history->block_count - 1);
    last->count--;
    last->used = get16(last->data + last->size - 2 * ((size_t)last->count + 1));
    history->lines--;
    if (!last->count && history->block_count > 1) {
        history->bytes -= last->size;
        history->block_count--;
        rf_free(last);
    }
    if (!history->lines)
        rf_history_clear(history);
}
