/* output.c: what a session's program writes, on its way through the plugins to the screen. */
#include "terminal/output.h"

#include "base/alloc.h"
#include "base/slice.h"
#include "terminal/output_internal.h"

#include <assert.h>

rf_code rf_output_new(rf_chain *chain, const rf_output_sink *sink, int columns, rf_output **ret_output, rf_error *reterr) {
    assert(chain && sink && sink->write && sink->osc && sink->where && columns > 0 && ret_output);
    rf_output *output = rf_alloc_zero(1, sizeof *output);
    if (!output)
        return rf_raise_nomem(reterr);
    output->chain = chain;
    output->sink = *sink;
    output->columns = columns;
    *ret_output = output;
    return RF_OK;
}

void rf_output_free(rf_output *output) {
    if (!output)
        return;
    rf_escape_done(&output->escape);
    rf_line_done(&output->line);
    rf_buffer_done(&output->out);
    rf_buffer_done(&output->chunk);
    rf_buffer_done(&output->shown);
    rf_buffer_done(&output->made);
    rf_free(output);
}

void rf_output_resize(rf_output *output, int columns) {
    assert(output && columns > 0);
    output->placed = output->placed && columns == output->columns;
    output->columns = columns;
}

/* ---- The ends of lines ---- */

/* The line is complete, by a line end or by another boundary. */
static void end_line(rf_output *output, rf_slice end, bool by_line_end) {
    rf_slice text = rf_buffer_view(&output->line.text);
    bool is_line = text.len || (by_line_end && !output->after_cr);
    rf_outcome_text made = { RF_VERDICT_CONTINUE, text, false };
    if (is_line)
        made = rf_chain_text(output->chain, RF_HOOK_OUTPUT, text);
    rf_output_put_line(output, &made);
    bool dropped = made.verdict == RF_VERDICT_DROP;
    if (!dropped || !by_line_end)
        rf_output_put(output, end);
    output->after_cr = output->swallow = false;
    if (!by_line_end && rf_slice_is(end, "\r")) {
        output->after_cr = true;
        output->swallow = dropped;
    }
    rf_output_begin_line(output);
}

/* It goes on as it came: there is no memory for more of it. */
static void let_go(rf_output *output) {
    rf_output_put_line(output, &(rf_outcome_text){ RF_VERDICT_CONTINUE, rf_buffer_view(&output->line.text), false });
    rf_output_begin_line(output);
}

/* The beginning of a text, at most so many bytes, cut between characters; of what is no UTF-8, anywhere. */
static rf_slice clip(rf_slice text, size_t most) {
    if (text.len <= most)
        return text;
    size_t len = most;
    while (len && most - len < 4 && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len--;
    return (rf_slice){ text.data, most - len < 4 ? len : most };
}

static void add_text(rf_output *output, rf_slice text) {
    while (text.len) {
        rf_slice part = clip(text, RF_OUTPUT_LINE_MAX - output->line.raw.len);
        if (!part.len) {
            end_line(output, RF_SLICE(""), false);
            continue;
        }
        if (!rf_line_add_text(&output->line, part)) {
            let_go(output);
            rf_output_put(output, part);
        }
        text = (rf_slice){ text.data + part.len, text.len - part.len };
    }
}

static void add_sequence(rf_output *output, const rf_escape_token *token, bool is_style) {
    if (token->raw.len > RF_OUTPUT_LINE_MAX - output->line.raw.len)
        end_line(output, RF_SLICE(""), false);
    if (is_style && !output->styled)
        output->begin = output->style;
    bool added = rf_line_add_sequence(&output->line, token->raw);
    if (!added) {
        let_go(output);
        rf_output_put(output, token->raw);
    }
    output->styled = added && (output->styled || is_style);
    if (is_style)
        rf_style_note(&output->style, token);
}

/* ---- Boundaries ---- */

/* What they change of what is known of the screen. */
static void note_boundary(rf_output *output, const rf_escape_token *token) {
    bool bare = token->kind == RF_ESCAPE_SEQUENCE && !token->intermediate;
    bool soft = token->kind == RF_ESCAPE_CSI && token->intermediate == '!' && token->final == 'p';
    if (bare && token->final == '7')
        output->saved = output->style;
    else if (bare && token->final == '8')
        output->style = output->saved;
    if (soft || (bare && token->final == 'c')) {
        output->style.sgr_len = output->saved.sgr_len = 0;
        output->origin = false;
    }
    if (token->kind == RF_ESCAPE_CSI && token->marker == '?' && (token->final == 'h' || token->final == 'l'))
        for (uint32_t i = 0; i < token->param_count; i++)
            output->origin = token->params[i] == 6 ? token->final == 'h' : output->origin;
}

static void boundary(rf_output *output, const rf_escape_token *token) {
    bool line_feed = token->kind == RF_ESCAPE_CONTROL && token->final == '\n';
    if (line_feed && output->swallow) {
        output->after_cr = output->swallow = false;
        return;
    }
    if (token->kind == RF_ESCAPE_CONTROL && token->final == '\r') {
        output->cr = true; /* until it is known what follows */
        return;
    }
    end_line(output, token->raw, line_feed);
    note_boundary(output, token);
    if (token->kind != RF_ESCAPE_OSC)
        return;
    rf_output_flush(output);
    output->sink.osc(output->sink.user, token);
}

static void take(rf_output *output, const rf_escape_token *token) {
    if (output->cr) {
        output->cr = false;
        bool line_feed = token->kind == RF_ESCAPE_CONTROL && token->final == '\n';
        end_line(output, line_feed ? RF_SLICE("\r\n") : RF_SLICE("\r"), line_feed);
        if (line_feed)
            return;
    }
    rf_output_role role = rf_output_role_of(token);
    if (role == RF_ROLE_BOUNDARY) {
        boundary(output, token);
        return;
    }
    output->after_cr = output->swallow = false;
    if (role == RF_ROLE_TEXT)
        add_text(output, token->raw);
    else
        add_sequence(output, token, role == RF_ROLE_STYLE);
}

/* ---- Chunks ---- */

/* Between two lines, with nothing that a next byte would decide. */
static bool is_clean(const rf_output *output) {
    return !output->line.raw.len && !output->cr && !output->after_cr && !rf_escape_waiting(&output->escape) && !output->escape.state;
}

static void hooked(rf_output *output, rf_slice left) {
    rf_escape_token token;
    for (;;) {
        size_t plain = is_clean(output) && left.len ? rf_output_plain_lines(output, left) : 0;
        left = (rf_slice){ left.data + plain, left.len - plain };
        if (plain)
            continue;
        if (!rf_escape_next(&output->escape, &left, &token))
            return;
        take(output, &token);
    }
}

/* Nobody looks at lines: what waited goes as it came. */
static void release(rf_output *output) {
    if (output->line.raw.len)
        let_go(output);
    if (output->cr)
        rf_output_put(output, RF_SLICE("\r"));
    output->cr = output->after_cr = output->swallow = false;
}

static void unhooked_token(rf_output *output, const rf_escape_token *token) {
    rf_output_role role = rf_output_role_of(token);
    if (role == RF_ROLE_STYLE)
        rf_style_note(&output->style, token);
    else if (role == RF_ROLE_BOUNDARY)
        note_boundary(output, token);
}

static void unhooked(rf_output *output, rf_slice left) {
    release(output);
    if (left.len && !output->escape.state && !rf_escape_waiting(&output->escape) && !memchr(left.data, 0x1B, left.len)) {
        rf_slice whole = { left.data, left.len - rf_escape_unfinished(left) };
        rf_output_put(output, whole);
        left = (rf_slice){ left.data + whole.len, left.len - whole.len };
    }
    rf_escape_token token;
    rf_slice run = { left.data, 0 };
    while (rf_escape_next(&output->escape, &left, &token)) {
        bool joins = run.len && token.raw.data == run.data + run.len;
        if (!joins)
            rf_output_put(output, run);
        run = joins ? (rf_slice){ run.data, run.len + token.raw.len } : token.raw;
        unhooked_token(output, &token);
        bool waits = token.raw.data == output->escape.pending.data; /* the next call takes it away */
        if (token.kind != RF_ESCAPE_OSC && !waits)
            continue;
        rf_output_put(output, run);
        run.len = 0;
        if (token.kind != RF_ESCAPE_OSC || rf_output_role_of(&token) != RF_ROLE_BOUNDARY)
            continue;
        rf_output_flush(output);
        output->sink.osc(output->sink.user, &token);
    }
    rf_output_put(output, run);
}

/* False: on_raw_output dropped it. */
static bool pass_raw(rf_output *output, rf_slice *bytes) {
    rf_outcome_text made = rf_chain_text(output->chain, RF_HOOK_RAW_OUTPUT, *bytes);
    if (made.verdict == RF_VERDICT_DROP)
        return false;
    if (made.verdict == RF_VERDICT_CONTINUE)
        return true;
    rf_buffer_clear(&output->chunk); /* it would not outlive the next event */
    rf_buffer_slice(&output->chunk, made.bytes);
    if (!output->chunk.failed)
        *bytes = rf_buffer_view(&output->chunk);
    return true;
}

void rf_output_feed(rf_output *output, rf_slice bytes, bool more) {
    assert(output && (bytes.data || !bytes.len));
    bool goes_on = !rf_chain_wants(output->chain, RF_HOOK_RAW_OUTPUT) || !bytes.len || pass_raw(output, &bytes);
    if (goes_on && bytes.len && rf_chain_wants(output->chain, RF_HOOK_OUTPUT))
        hooked(output, bytes);
    else if (goes_on && bytes.len)
        unhooked(output, bytes);
    if (!more)
        rf_output_idle(output);
}

void rf_output_idle(rf_output *output) {
    assert(output);
    if (output->cr) {
        output->cr = false;
        end_line(output, RF_SLICE("\r"), false);
    }
    rf_output_show(output);
    rf_output_flush(output);
}

bool rf_output_waits(const rf_output *output) {
    assert(output);
    return output->cr || output->line.raw.len > output->shown_raw;
}
