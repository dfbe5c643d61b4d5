/* format_write.c: tokens and comments, laid out anew. */
#include "script/fusabi/format_write.h"

#include "base/slice.h"
#include "base/utf8.h"

#include <assert.h>

enum { LOOK_BACK = 200 }; /* lines that are searched for the column of a comment */

typedef struct writer {
    const rf_fus_written *written;
    rf_buffer *out;
    uint32_t *columns;  /* by token: where it stands now */
    uint32_t *lines;    /* by token: the token that opens its line */
    uint32_t column;    /* of the next character */
    uint32_t line;      /* the token that opens the current line */
    uint32_t placed;    /* the last such token whose place the parser knows */
    uint32_t source_at; /* what is before it has been written */
    bool any, at_break; /* something has been written; what is next must open a line */
} writer;

static const rf_fus_token *token_at(const writer *w, uint32_t i) { return &w->written->tokens->items[i]; }

static void put(writer *w, rf_slice text) {
    rf_buffer_slice(w->out, text);
    size_t from = text.len;
    while (from > 0 && text.data[from - 1] != '\n')
        from--;
    uint32_t characters = (uint32_t)rf_utf8_length((rf_slice){ text.data + from, text.len - from });
    w->column = from ? characters + 1 : w->column + characters;
    w->any = true;
}

/* Line breaks in the source between what was written and `at`. */
static uint32_t breaks_before(const writer *w, uint32_t at) {
    uint32_t count = 0;
    for (uint32_t i = w->source_at; i < at; i++)
        count += w->written->text.data[i] == '\n';
    return count;
}

/* Opens a line at `column`; one blank line stays of any. */
static void open_line(writer *w, uint32_t at, uint32_t column) {
    if (w->any) {
        rf_buffer_char(w->out, '\n');
        if (breaks_before(w, at) > 1)
            rf_buffer_char(w->out, '\n');
    }
    for (uint32_t i = 1; i < column; i++)
        rf_buffer_char(w->out, ' ');
    w->column = column;
    w->at_break = false;
}

/* Where token `i`, which opens a line, stands. */
static uint32_t column_of(const writer *w, uint32_t i) {
    const rf_fus_token *token = &w->written->placed[i];
    uint32_t anchor = w->written->anchors[i];
    if (token->kind == RF_FUS_T_EOF || token->place == RF_FUS_PLACE_ROOT || i == 0)
        return 1;
    bool has_anchor = anchor < i;
    switch ((rf_fus_place_kind)token->place) {
    case RF_FUS_PLACE_FIRST: return (has_anchor ? w->columns[anchor] : w->columns[w->lines[i - 1]]) + RF_FUS_INDENT;
    case RF_FUS_PLACE_ITEM:
    case RF_FUS_PLACE_ALIGN:
        if (has_anchor)
            return w->columns[anchor];
        break;
    case RF_FUS_PLACE_INDENT:
        if (has_anchor)
            return w->columns[anchor] + RF_FUS_INDENT;
        break;
    case RF_FUS_PLACE_CLOSE:
        if (has_anchor)
            return w->columns[w->lines[anchor]];
        break;
    default: break;
    }
    return w->columns[w->placed] + RF_FUS_INDENT;
}

static uint32_t source_column(const writer *w, uint32_t at) {
    rf_slice text = w->written->text;
    uint32_t start = at;
    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    return 1 + (uint32_t)rf_utf8_length((rf_slice){ text.data + start, at - start });
}

/* A comment on lines of its own stands where the next line does; or, when it was further right, with the block that ends
 * above it. */
static uint32_t comment_column(const writer *w, uint32_t at, uint32_t next) {
    uint32_t old = source_column(w, at);
    uint32_t next_old = token_at(w, next)->kind == RF_FUS_T_EOF ? 1 : token_at(w, next)->column, next_new = column_of(w, next);
    if (old <= next_old || next == 0)
        return next_new;
    uint32_t line = w->lines[next - 1];
    for (int i = 0; i < LOOK_BACK; i++) {
        uint32_t column = token_at(w, line)->column;
        if (column == old)
            return w->columns[line];
        if (column < old || line == 0)
            return w->columns[line] + (column < old ? RF_FUS_INDENT : 0);
        line = w->lines[line - 1];
    }
    return next_new;
}

static void write_comment(writer *w, const rf_fus_comment *comment, uint32_t next) {
    rf_slice text = { w->written->text.data + comment->at, comment->end - comment->at };
    bool own_line = !w->any || w->at_break || breaks_before(w, comment->at) > 0;
    if (own_line) {
        open_line(w, comment->at, comment_column(w, comment->at, next));
    } else {
        put(w, RF_SLICE(" "));
    }
    bool line_comment = text.len > 1 && text.data[1] == '/';
    while (line_comment && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    put(w, text);
    w->source_at = comment->end;
    w->at_break = own_line || line_comment || memchr(text.data, '\n', text.len);
}

static void write_token(writer *w, uint32_t i) {
    const rf_fus_token *token = token_at(w, i);
    rf_slice text = { w->written->text.data + token->at, token->end - token->at };
    w->columns[i] = w->column;
    w->lines[i] = w->line;
    if (token->kind == RF_FUS_T_FORMAT)
        put(w, RF_SLICE(":"));
    if (token->kind == RF_FUS_T_GE && w->written->placed[i].role == RF_FUS_ROLE_TYPE)
        text = RF_SLICE("> ="); /* List<int>= x */
    put(w, text);
    w->source_at = token->end;
}

/* The comments before token `i`; returns the index of the first behind it. True in *ret_inline: one stands in the line. */
static size_t write_comments(writer *w, uint32_t i, size_t at, bool *ret_inline) {
    const rf_fus_tokens *tokens = w->written->tokens;
    *ret_inline = false;
    for (; at < tokens->comments.count && tokens->comments.items[at].before == i; at++) {
        write_comment(w, &tokens->comments.items[at], i);
        *ret_inline = !w->at_break;
    }
    return at;
}

static bool hugs(rf_fus_token_kind kind) {
    return kind == RF_FUS_T_COMMA || kind == RF_FUS_T_SEMI || kind == RF_FUS_T_RPAREN || kind == RF_FUS_T_RBRACK || kind == RF_FUS_T_RARRAY;
}

static void write_all(writer *w) {
    uint32_t count = w->written->tokens->count;
    size_t comment = 0;
    for (uint32_t i = 0; i < count; i++) {
        const rf_fus_token *token = token_at(w, i);
        bool after_comment;
        comment = write_comments(w, i, comment, &after_comment);
        if (token->kind == RF_FUS_T_EOF)
            break;
        if (i == 0 || w->at_break || (token->flags & RF_FUS_TOKEN_NEWLINE)) {
            uint32_t column = column_of(w, i);
            w->line = i;
            if (w->written->placed[i].place != RF_FUS_PLACE_NONE)
                w->placed = i;
            open_line(w, token->at, column);
        } else if (after_comment ? !hugs((rf_fus_token_kind)token->kind) : rf_fus_wants_space(w->written, i)) {
            put(w, RF_SLICE(" "));
        }
        write_token(w, i);
    }
    if (w->any)
        rf_buffer_char(w->out, '\n');
}

/* The first line when it begins with #!, as it is. */
static void write_shebang(writer *w) {
    rf_slice text = w->written->text;
    if (!text.len) /* then there may be no data either */
        return;
    uint32_t start = rf_slice_starts(text, RF_SLICE("\xEF\xBB\xBF")) ? 3 : 0;
    w->source_at = start;
    rf_slice rest = { text.data + start, text.len - start };
    if (!rf_slice_starts(rest, RF_SLICE("#!")))
        return;
    rf_slice line = { rest.data, rf_slice_find(rest, '\n') };
    w->source_at += (uint32_t)line.len;
    while (line.len && (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == ' '))
        line.len--;
    put(w, line);
    w->at_break = true;
}

void rf_fus_write(const rf_fus_written *written, rf_buffer *out) {
    assert(written && out && written->tokens->count > 0);
    size_t count = written->tokens->count;
    writer w = { .written = written, .out = out, .columns = rf_alloc_zero(count, sizeof *w.columns), .lines = rf_alloc_zero(count, sizeof *w.lines), .column = 1 };
    if (w.columns && w.lines) {
        write_shebang(&w);
        write_all(&w);
    } else {
        out->failed = true;
    }
    rf_free(w.columns);
    rf_free(w.lines);
}
