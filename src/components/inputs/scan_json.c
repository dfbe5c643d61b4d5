/* scan_json.c: JSON values out of a source: one after another, or the elements of one array. */
#include "components/inputs/scanner.h"

#include "base/slice.h"
#include "message/json.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static void skip_blanks(rf_line_reader *reader) {
    while (reader->start < reader->end && is_blank(reader->data[reader->start]))
        rf_line_reader_pass(reader, 1);
}

/* The `bytes` at the front are one value. */
static rf_scanned take_value(rf_scanner *scanner, rf_line_reader *reader, size_t bytes, rf_batch *batch, rf_message *ret_message) {
    rf_error error = { 0 };
    rf_message message = { 0 };
    rf_scanned got = rf_scan_take(reader, bytes, batch, &message);
    if (got != RF_SCANNED)
        return got;
    rf_code code = rf_json_parse(&batch->arena, rf_value_text(&message.payload), RF_JSON_DOUBLES, &message.payload, &error);
    if (code == RF_ENOMEM)
        return RF_SCANNED_FAILED;
    if (code) {
        (void)snprintf(scanner->complaint, sizeof scanner->complaint, "%.200s", error.message);
        return RF_SCANNED_BAD;
    }
    *ret_message = message;
    return RF_SCANNED;
}

/* Goes on looking for the end of the value at the front; what was looked at before is not looked at again. */
static rf_json_scanned find_end(rf_scanner *scanner, rf_line_reader *reader, size_t *ret_len) {
    rf_slice left = rf_reader_left(reader);
    size_t seen = reader->scanned, used = 0;
    rf_json_scanned got = rf_json_scan_feed(&scanner->json, (rf_slice){ left.data + seen, left.len - seen }, &used);
    reader->scanned = seen + used;
    if (got == RF_JSON_MORE && reader->ended)
        got = rf_json_scan_end(&scanner->json);
    *ret_len = reader->scanned;
    return got;
}

static rf_scanned next_value(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    size_t len = 0;
    switch (find_end(scanner, reader, &len)) {
    case RF_JSON_DONE: return take_value(scanner, reader, len, batch, ret_message);
    case RF_JSON_WRONG: return rf_scan_give_up(scanner, "%s", scanner->json.fault);
    default: break;
    }
    if (reader->ended)
        return RF_SCANNED_END;
    if (len > RF_SCAN_BYTES_MAX)
        return rf_scan_give_up(scanner, "a document of more than %zu bytes, which is the most for one message", RF_SCAN_BYTES_MAX);
    return RF_SCANNED_NONE;
}

static rf_scanned documents_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    return scanner->finished ? RF_SCANNED_END : next_value(scanner, reader, batch, ret_message);
}

const rf_scan_kind rf_scan_json_documents = { "json_documents", NULL, documents_next, true };

/* ---- json_array ---- */

enum place { BEFORE, OPENED, AT_ELEMENT, BEHIND_ELEMENT };

static rf_scanned end_of_bytes(rf_scanner *scanner, const rf_line_reader *reader) {
    if (!reader->ended)
        return RF_SCANNED_NONE;
    return scanner->place == BEFORE ? RF_SCANNED_END : rf_scan_give_up(scanner, "unexpected EOF");
}

/* Takes the character that stands around elements. RF_SCANNED: go on. */
static rf_scanned punctuation(rf_scanner *scanner, rf_line_reader *reader) {
    skip_blanks(reader);
    if (reader->start == reader->end)
        return end_of_bytes(scanner, reader);
    const char c = reader->data[reader->start];
    if (scanner->place == BEFORE && c != '[')
        return rf_scan_give_up(scanner, "expected an array, got '%c'", c);
    if (scanner->place == BEHIND_ELEMENT && c != ',' && c != ']')
        return rf_scan_give_up(scanner, "invalid character '%c' after array element", c);
    if (scanner->place != BEFORE && c == ']') {
        scanner->finished = true;
        return RF_SCANNED_END;
    }
    if (scanner->place != OPENED)
        rf_line_reader_pass(reader, 1);
    scanner->place = scanner->place == BEFORE ? OPENED : AT_ELEMENT;
    return RF_SCANNED;
}

static rf_scanned array_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    rf_scanned got = scanner->finished ? RF_SCANNED_END : RF_SCANNED;
    while (got == RF_SCANNED && scanner->place != AT_ELEMENT)
        got = punctuation(scanner, reader);
    if (got != RF_SCANNED)
        return got;
    got = next_value(scanner, reader, batch, ret_message);
    if (got == RF_SCANNED_END)
        return rf_scan_give_up(scanner, "unexpected EOF");
    if (got != RF_SCANNED_NONE)
        scanner->place = BEHIND_ELEMENT;
    return got;
}

const rf_scan_kind rf_scan_json_array = { "json_array", NULL, array_next, false };
