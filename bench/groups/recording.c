/* recording.c: asciicasts of all versions, and plain text, as events. */
#include "recording.h"

#include "base/slice.h"
#include "message/json.h"

#include <assert.h>
#include <math.h>

#define HEAD_BYTES 1024u         /* in which a header says what it is */
#define SIZE_MAX_CELLS 65535.0   /* columns or rows */
#define SECONDS_MAX 1e9          /* thirty years */

typedef struct reader {
    const rf_source *source;
    rf_recording *to;
    double now; /* seconds, of the event read last */
    rf_error *reterr;
} reader;

/* ---- What is wrong, and where ---- */

static rf_code place_at(const reader *r, size_t offset, rf_code code) {
    uint32_t line, column;
    rf_source_locate(r->source, offset, &line, &column);
    rf_error_place(r->reterr, r->source->name, line, column);
    return code;
}

/* rf_json_parse() says at which byte it stopped: "not JSON at byte 17: …". */
static size_t byte_of(const rf_error *error) {
    const char *found = strstr(error->message, "at byte ");
    size_t at = 0;
    for (const char *digit = found ? found + 8 : ""; *digit >= '0' && *digit <= '9' && at < SIZE_MAX / 16; digit++)
        at = at * 10 + (size_t)(*digit - '0');
    return at;
}

/* `text` is a part of the source. */
static rf_code parse(const reader *r, rf_slice text, rf_value *ret_value) {
    rf_error error = { 0 };
    rf_code code = rf_json_parse(&r->to->arena, text, RF_JSON_DOUBLES, ret_value, &error);
    if (!code)
        return RF_OK;
    if (r->reterr)
        *r->reterr = error;
    if (code == RF_ENOMEM)
        return code;
    rf_error_prefix(r->reterr, "the recording is damaged: ");
    return place_at(r, (size_t)(text.data - r->source->text.data) + byte_of(&error), code);
}

static rf_slice after(rf_slice text, size_t count) { return (rf_slice){ text.data + count, text.len - count }; }

/* Past a string, whose first quote is at `at`; the text is JSON. */
static size_t skip_string(rf_slice text, size_t at) {
    for (at++; at < text.len && text.data[at] != '"'; at++)
        at += text.data[at] == '\\';
    return at + 1;
}

static size_t skip_blanks(rf_slice text, size_t at) {
    while (at < text.len && memchr(" \t\r\n", text.data[at], 4))
        at++;
    return at;
}

/* Whether a string that ends before `at` is the key of a member. */
static bool is_key(rf_slice text, size_t at) {
    at = skip_blanks(text, at);
    return at < text.len && text.data[at] == ':';
}

/* Where item `index` of the list `stdout` begins in a text that is a JSON object; the text's start when it is not found. */
static size_t item_offset(rf_slice text, size_t index) {
    size_t depth = 0, seen = 0;
    bool within = false, begins = false;
    for (size_t at = skip_blanks(text, 0), end; at < text.len; at = skip_blanks(text, end)) {
        if (begins && seen == index)
            return at;
        char c = text.data[at];
        end = c == '"' ? skip_string(text, at) : at + 1;
        if (c == '"' && depth == 1 && is_key(text, end))
            within = rf_slice_starts(after(text, at), RF_SLICE("\"stdout\""));
        depth += c == '[' || c == '{';
        depth -= (c == ']' || c == '}') && depth > 0;
        begins = within && depth == 2 && (c == ',' || c == '[');
        seen += begins && c == ',';
    }
    return 0;
}

/* ---- Values ---- */

static bool number_in(const rf_value *value, double least, double most, double *ret) {
    if (!value || value->kind != RF_DOUBLE || !(value->number >= least && value->number <= most))
        return false;
    *ret = value->number;
    return true;
}

static bool cells(const rf_value *value, uint32_t *ret) {
    double number;
    if (!number_in(value, 1, SIZE_MAX_CELLS, &number) || number != floor(number))
        return false;
    *ret = (uint32_t)number;
    return true;
}

static const rf_value *member(const rf_value *map, const char *name) {
    return map && map->kind == RF_MAP ? rf_value_member(map, rf_slice_of(name)) : NULL;
}

/* Digits up to the text's end or an x; 0: it is no size. */
static uint32_t take_cells(rf_slice *text) {
    uint32_t value = 0;
    size_t at = 0;
    for (; at < text->len && at < 5 && text->data[at] >= '0' && text->data[at] <= '9'; at++)
        value = value * 10 + (uint32_t)(text->data[at] - '0');
    *text = after(*text, at);
    return value <= (uint32_t)SIZE_MAX_CELLS ? value : 0;
}

/* "100x50" */
static bool size_of_text(rf_slice text, rf_recorded_event *event) {
    event->columns = take_cells(&text);
    if (!event->columns || text.len == 0 || text.data[0] != 'x')
        return false;
    text = after(text, 1);
    event->rows = take_cells(&text);
    return event->rows && text.len == 0;
}

static rf_code add(reader *r, rf_recorded_event event) {
    event.at_ns = (uint64_t)(r->now * 1e9);
    return rf_vec_push(&r->to->events, event) ? RF_OK : rf_raise_nomem(r->reterr);
}

/* ---- Version 1: one object, with a list of [seconds since the one before, text] ---- */

static rf_code read_items(reader *r, const rf_value *root) {
    const rf_value *list = member(root, "stdout");
    if (!list || list->kind != RF_LIST)
        return place_at(r, 0, rf_raise(r->reterr, RF_EPARSE, "an asciicast of version 1 without its list \"stdout\""));
    rf_code code = RF_OK;
    for (uint32_t i = 0; i < list->size && !code; i++) {
        const rf_value *item = &list->items[i];
        double delay = 0;
        if (item->kind != RF_LIST || item->size != 2 || !number_in(&item->items[0], 0, SECONDS_MAX, &delay) ||
            item->items[1].kind != RF_STRING)
            return place_at(r, item_offset(r->source->text, i),
                            rf_raise(r->reterr, RF_EPARSE, "item %u of \"stdout\" is not [seconds, \"text\"]", i + 1));
        r->now += delay;
        code = add(r, (rf_recorded_event){ .kind = RF_RECORDED_OUTPUT, .text = rf_value_text(&item->items[1]) });
    }
    return code;
}

/* ---- Versions 2 and 3: a header, then [seconds, "kind", "text"] in lines ---- */

static rf_code no_event(const reader *r, rf_slice line) {
    rf_code code = rf_raise(r->reterr, RF_EPARSE, "an event is a list such as [0.5, \"o\", \"text\"]");
    return place_at(r, (size_t)(line.data - r->source->text.data), code);
}

static rf_code read_event(reader *r, rf_slice line) {
    rf_value value;
    double seconds = 0;
    rf_code code = parse(r, line, &value);
    if (code)
        return code;
    bool good = value.kind == RF_LIST && value.size >= 3 && number_in(&value.items[0], 0, SECONDS_MAX, &seconds);
    if (!good || value.items[1].kind != RF_STRING || value.items[2].kind != RF_STRING)
        return no_event(r, line);
    r->now = r->to->version == 3 ? r->now + seconds : seconds;
    const rf_slice kind = rf_value_text(&value.items[1]), text = rf_value_text(&value.items[2]);
    rf_recorded_event event = { .kind = RF_RECORDED_RESIZE };
    if (rf_slice_is(kind, "o") || rf_slice_is(kind, "i"))
        return add(r, (rf_recorded_event){ .kind = kind.data[0] == 'o' ? RF_RECORDED_OUTPUT : RF_RECORDED_INPUT, .text = text });
    if (!rf_slice_is(kind, "r"))
        return RF_OK;
    if (size_of_text(text, &event))
        return add(r, event);
    code = rf_raise(r->reterr, RF_EPARSE, "a size is written as columns and rows, \"100x50\", not as \"%.*s\"",
                    (int)(text.len > 40 ? 40 : text.len), text.data);
    return place_at(r, (size_t)(line.data - r->source->text.data), code);
}

static rf_code read_events(reader *r, size_t from) {
    rf_code code = RF_OK;
    for (rf_slice rest = after(r->source->text, from); rest.len && !code;) {
        size_t end = rf_slice_find(rest, '\n');
        rf_slice line = rf_slice_trim((rf_slice){ rest.data, end });
        if (line.len && line.data[0] != '#')
            code = read_event(r, line);
        rest = after(rest, end < rest.len ? end + 1 : end);
    }
    return code;
}

/* ---- Which it is ---- */

static bool holds(rf_slice text, const char *word) { return text.len && memmem(text.data, text.len, word, strlen(word)); }

/* Cheap, and wrong only for texts that mention all of it in their first lines. */
static bool may_be_cast(rf_slice text) {
    rf_slice head = { text.data, text.len < HEAD_BYTES ? text.len : HEAD_BYTES };
    size_t start = skip_blanks(head, 0);
    return start < head.len && head.data[start] == '{' && holds(head, "\"version\"") &&
           (holds(head, "\"width\"") || holds(head, "\"term\""));
}

static bool is_header(const rf_value *root) {
    return member(root, "version") && (member(root, "width") || member(root, "term") || member(root, "stdout"));
}

static rf_code read_size(reader *r, const rf_value *root) {
    const bool is_third = r->to->version == 3;
    const rf_value *term = is_third ? member(root, "term") : root;
    if (cells(member(term, is_third ? "cols" : "width"), &r->to->columns) &&
        cells(member(term, is_third ? "rows" : "height"), &r->to->rows))
        return RF_OK;
    rf_code code = rf_raise(r->reterr, RF_EPARSE, "the recording's header does not say how large the terminal was");
    rf_error_hint(r->reterr, is_third ? "it needs \"term\": {\"cols\": 80, \"rows\": 24}" : "it needs \"width\" and \"height\"");
    return place_at(r, 0, code);
}

static rf_code read_cast(reader *r, const rf_value *root, size_t events_from) {
    double version = 0;
    if (!number_in(member(root, "version"), 1, 3, &version) || version != floor(version)) {
        rf_code code = rf_raise(r->reterr, RF_EPARSE, "an asciicast of a version that is not known");
        rf_error_hint(r->reterr, "versions 1, 2 and 3 are");
        return place_at(r, 0, code);
    }
    r->to->version = (unsigned)version;
    rf_code code = read_size(r, root);
    if (code)
        return code;
    return r->to->version == 1 ? read_items(r, root) : read_events(r, events_from);
}

static rf_code read_text(reader *r) {
    rf_slice copy = rf_slice_dup_in(&r->to->arena, r->source->text);
    if (!copy.data)
        return rf_raise_nomem(r->reterr);
    return copy.len ? add(r, (rf_recorded_event){ .kind = RF_RECORDED_OUTPUT, .text = copy }) : RF_OK;
}

/* The header is the first line; of version 1 it is the whole text, in one line or in many. */
static rf_code read_any(reader *r) {
    const rf_slice text = r->source->text;
    rf_value root = { .kind = RF_NULL };
    if (!may_be_cast(text))
        return read_text(r);
    size_t start = skip_blanks(text, 0);
    size_t end = start + rf_slice_find(after(text, start), '\n');
    rf_code code = rf_json_parse(&r->to->arena, (rf_slice){ text.data + start, end - start }, RF_JSON_DOUBLES, &root, r->reterr);
    if (code == RF_ENOMEM)
        return code;
    if (code && (code = parse(r, text, &root)))
        return code;
    return is_header(&root) ? read_cast(r, &root, end) : read_text(r);
}

rf_code rf_recording_read(const rf_source *source, rf_recording *ret_recording, rf_error *reterr) {
    assert(source && ret_recording);
    *ret_recording = (rf_recording){ 0 };
    rf_arena_init(&ret_recording->arena, 16384);
    reader r = { .source = source, .to = ret_recording, .reterr = reterr };
    return read_any(&r);
}

void rf_recording_done(rf_recording *recording) {
    rf_vec_done(&recording->events);
    rf_arena_done(&recording->arena);
}
