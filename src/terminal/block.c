/* block.c: command blocks: what the shell says with OSC 133, kept for the last thousand commands. */
#include "terminal/block.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "message/json.h"
#include "terminal/percent.h"
#include "terminal/protocol.h"

#include <assert.h>
#include <inttypes.h>

typedef enum shell_state { ELSEWHERE, IN_PROMPT, IN_INPUT } shell_state;

struct rf_blocks {
    rf_block items[RF_BLOCKS_KEPT]; /* a ring */
    size_t first, count;
    uint64_t given;        /* the last number */
    bool running;          /* the newest */
    shell_state state;
    uint64_t input_line;
    int input_column;
    char nothing[1];       /* the text for which there is no memory, or which is empty */
};

rf_code rf_blocks_new(rf_blocks **ret_blocks, rf_error *reterr) {
    assert(ret_blocks);
    *ret_blocks = rf_alloc_zero(1, sizeof **ret_blocks);
    return *ret_blocks ? RF_OK : rf_raise_nomem(reterr);
}

static void free_text(const rf_blocks *blocks, char *text) {
    if (text != blocks->nothing)
        rf_free(text);
}

static void forget(rf_blocks *blocks, rf_block *block) {
    free_text(blocks, block->command);
    free_text(blocks, block->directory);
    *block = (rf_block){ 0 };
}

static rf_block *at(const rf_blocks *blocks, size_t i) { return (rf_block *)&blocks->items[(blocks->first + i) % RF_BLOCKS_KEPT]; }

void rf_blocks_free(rf_blocks *blocks) {
    if (!blocks)
        return;
    for (size_t i = 0; i < blocks->count; i++)
        forget(blocks, at(blocks, i));
    rf_free(blocks);
}

/* ---- Texts ---- */

static char *keep(rf_blocks *blocks, rf_slice text) {
    text = rf_utf8_clip(text, RF_BLOCK_TEXT_MAX);
    char *kept = text.len ? rf_strndup(text.data, text.len) : NULL;
    return kept ? kept : blocks->nothing;
}

/* A NUL, which no command has, goes. */
static void decode_percent(rf_slice text, rf_buffer *out) {
    while (text.len && out->len < RF_BLOCK_TEXT_MAX) {
        char c = rf_percent_next(&text);
        if (c)
            rf_buffer_char(out, c);
    }
}

/* What a backslash and a letter stand for between $' and '. */
static char escaped(char c) {
    static const char letters[] = "abefnrtv", meant[] = "\a\b\x1b\f\n\r\t\v";
    const char *found = c ? strchr(letters, c) : NULL;
    return found ? meant[found - letters] : c;
}

/* As printf's %q writes it: backslashes, '…' and $'…'. */
static void decode_quoted(rf_slice text, rf_buffer *out) {
    enum { BARE, QUOTED, DOLLAR } within = BARE;
    for (size_t i = 0; i < text.len && out->len < RF_BLOCK_TEXT_MAX; i++) {
        char c = text.data[i];
        bool last = i + 1 == text.len;
        if (c == '\'')
            within = within == BARE ? QUOTED : BARE;
        else if (c == '$' && within == BARE && !last && text.data[i + 1] == '\'') {
            within = DOLLAR;
            i++;
        } else if (c == '\\' && within != QUOTED && !last) {
            i++;
            rf_buffer_char(out, within == DOLLAR ? escaped(text.data[i]) : text.data[i]);
        } else if (c)
            rf_buffer_char(out, c);
    }
}

/* The value of a parameter ("aid=7;k=s"); data NULL: it is not there. */
static rf_slice parameter(rf_slice text, rf_slice name) {
    while (text.len) {
        size_t end = rf_slice_find(text, ';');
        rf_slice one = { text.data, end };
        if (rf_slice_starts(one, name))
            return (rf_slice){ one.data + name.len, one.len - name.len };
        end += end < text.len;
        text = (rf_slice){ text.data + end, text.len - end };
    }
    return (rf_slice){ NULL, 0 };
}

static void find_command(const rf_blocks *blocks, rf_slice parameters, const rf_block_place *place, rf_buffer *out) {
    rf_slice url = parameter(parameters, RF_SLICE("cmdline_url=")), quoted = parameter(parameters, RF_SLICE("cmdline="));
    if (url.data)
        decode_percent(url, out);
    else if (quoted.data) /* it may hold semicolons */
        decode_quoted((rf_slice){ quoted.data, (size_t)(parameters.data + parameters.len - quoted.data) }, out);
    else if (blocks->state == IN_INPUT && place->text)
        place->text(place->user, blocks->input_line, blocks->input_column, out);
}

/* ---- Marks ---- */

static void end_running(rf_blocks *blocks, int exit_code, const rf_block_place *place) {
    rf_block *block = at(blocks, blocks->count - 1);
    block->ended_ms = place->wall_ms;
    block->ended_ns = place->mono_ns;
    block->end_line = place->line + (place->column > 0);
    if (block->end_line < block->first_line)
        block->end_line = block->first_line;
    block->exit_code = exit_code;
    blocks->running = false;
}

static void start(rf_blocks *blocks, rf_slice parameters, const rf_block_place *place) {
    RF_CLEANUP(rf_buffer_done) rf_buffer command = { 0 };
    find_command(blocks, parameters, place, &command);
    if (blocks->count == RF_BLOCKS_KEPT) {
        forget(blocks, at(blocks, 0));
        blocks->first = (blocks->first + 1) % RF_BLOCKS_KEPT;
        blocks->count--;
    }
    rf_slice text = command.failed ? RF_SLICE("") : rf_slice_trim(rf_buffer_view(&command));
    *at(blocks, blocks->count++) = (rf_block){
        .number = ++blocks->given, .command = keep(blocks, text), .directory = keep(blocks, place->directory), .started_ms = place->wall_ms,
        .started_ns = place->mono_ns, .first_line = place->line, .end_line = place->line, .exit_code = -1 };
    blocks->running = true;
    blocks->state = ELSEWHERE;
}

/* "0", "130;aid=7"; -1: none. */
static int read_exit_code(rf_slice parameters) {
    size_t end = rf_slice_find(parameters, ';');
    int code = 0;
    for (size_t i = 0; i < end; i++) {
        if (parameters.data[i] < '0' || parameters.data[i] > '9' || i == 9)
            return -1;
        code = code * 10 + (parameters.data[i] - '0');
    }
    return end ? code : -1;
}

static bool is_second_prompt(rf_slice parameters) {
    rf_slice kind = parameter(parameters, RF_SLICE("k="));
    return rf_slice_is(kind, "s") || rf_slice_is(kind, "r");
}

/* A prompt begins or ends. */
static rf_block_event prompt(rf_blocks *blocks, shell_state state, const rf_block_place *place) {
    bool ends = blocks->running;
    if (ends)
        end_running(blocks, -1, place);
    blocks->state = state;
    if (state == IN_INPUT) {
        blocks->input_line = place->line;
        blocks->input_column = place->column;
    }
    return ends ? RF_BLOCK_ENDED : state == IN_INPUT ? RF_BLOCK_INPUT : RF_BLOCK_PROMPT;
}

static rf_block_event happen(rf_blocks *blocks, char mark, rf_slice parameters, const rf_block_place *place) {
    switch (mark) {
    case 'A': return is_second_prompt(parameters) ? RF_BLOCK_NOTHING : prompt(blocks, IN_PROMPT, place);
    case 'B': return prompt(blocks, IN_INPUT, place);
    case 'C':
        if (blocks->running) /* said twice, by two integrations */
            return RF_BLOCK_NOTHING;
        start(blocks, parameters, place);
        return RF_BLOCK_STARTED;
    case 'D':
        if (!blocks->running)
            return RF_BLOCK_NOTHING;
        end_running(blocks, read_exit_code(parameters), place);
        return RF_BLOCK_ENDED;
    default: return RF_BLOCK_NOTHING;
    }
}

rf_block_event rf_blocks_mark(rf_blocks *blocks, rf_slice text, const rf_block_place *place, const rf_block **ret_block) {
    assert(blocks && place);
    rf_block_event event = RF_BLOCK_NOTHING;
    bool parted = text.len > 1 && text.data[1] == ';';
    if (text.len == 1 || parted)
        event = happen(blocks, text.data[0], (rf_slice){ text.data + 1 + parted, text.len - 1 - parted }, place);
    if (ret_block)
        *ret_block = event == RF_BLOCK_STARTED || event == RF_BLOCK_ENDED ? at(blocks, blocks->count - 1) : NULL;
    return event;
}

void rf_blocks_end(rf_blocks *blocks, int exit_code, const rf_block_place *place) {
    assert(blocks && place);
    if (blocks->running)
        end_running(blocks, exit_code, place);
    blocks->state = ELSEWHERE;
}

/* ---- Looking at them ---- */

const rf_block *rf_blocks_get(const rf_blocks *blocks, uint64_t number) {
    assert(blocks);
    if (!blocks->count)
        return NULL;
    if (!number)
        return at(blocks, blocks->count - (blocks->running && blocks->count > 1 ? 2 : 1));
    uint64_t oldest = blocks->given - blocks->count + 1;
    return number >= oldest && number <= blocks->given ? at(blocks, (size_t)(number - oldest)) : NULL;
}

const rf_block *rf_blocks_at(const rf_blocks *blocks, size_t i) {
    assert(blocks);
    return i < blocks->count ? at(blocks, i) : NULL;
}

const rf_block *rf_blocks_running(const rf_blocks *blocks) {
    assert(blocks);
    return blocks->running ? at(blocks, blocks->count - 1) : NULL;
}

bool rf_blocks_at_prompt(const rf_blocks *blocks) {
    assert(blocks);
    return blocks->state == IN_INPUT;
}

uint64_t rf_blocks_next(const rf_blocks *blocks) {
    assert(blocks);
    return !blocks->running && (blocks->given || rf_blocks_at_prompt(blocks)) ? blocks->given + 1 : 0;
}

void rf_block_json(const rf_block *block, rf_buffer *out) {
    assert(block && out);
    rf_buffer_printf(out, "{\"number\":%" PRIu64 ",\"command\":", block->number);
    rf_json_write_string(out, rf_slice_of(block->command), 0);
    rf_buffer_text(out, ",\"directory\":");
    rf_json_write_string(out, rf_slice_of(block->directory), 0);
    rf_protocol_time(out, "started", block->started_ms);
    rf_protocol_time(out, "ended", block->ended_ms);
    if (block->exit_code < 0)
        rf_buffer_text(out, ",\"exit_code\":null");
    else
        rf_buffer_printf(out, ",\"exit_code\":%d", block->exit_code);
    if (block->ended_ms)
        rf_buffer_printf(out, ",\"duration_ms\":%" PRIu64, (block->ended_ns - block->started_ns) / RF_NS_PER_MS);
    else
        rf_buffer_text(out, ",\"duration_ms\":null");
    rf_buffer_printf(out, ",\"first_line\":%" PRIu64 ",\"end_line\":%" PRIu64 "}", block->first_line, block->end_line);
}
