/* scan_csv.c: rows of comma-separated values (RFC 4180), with the original's words for what is wrong. */
#include "base/alloc.h"
#include "base/slice.h"
#include "components/inputs/csv_row.h"
#include "components/inputs/scanner.h"

#include <assert.h>
#include <stdio.h>

static rf_code csv_open(rf_scanner *scanner, const rf_conf *conf, rf_error *reterr RF_UNUSED) {
    rf_slice delimiter = scanner->options.csv.custom_delimiter;
    rf_error error = { 0 };
    if (delimiter.len == 0 || (delimiter.len == 1 && !memchr("\"\r\n", delimiter.data[0], 3) && (unsigned char)delimiter.data[0] < 0x80))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "custom_delimiter must be one ASCII character and no quote or line end, got `%.*s`",
                   RF_SLICE_ARG(delimiter));
    return rf_conf_report(conf, &error);
}

static rf_csv_style style_of(const rf_scanner *scanner) {
    rf_slice delimiter = scanner->options.csv.custom_delimiter;
    return (rf_csv_style){ delimiter.len ? delimiter.data[0] : ',', scanner->options.csv.lazy_quotes };
}

/* Keeps the names beyond the batch. */
static bool keep_header(rf_scanner *scanner, const rf_csv_row *row) {
    size_t bytes = row->count * sizeof(rf_slice);
    for (size_t i = 0; i < row->count; i++)
        bytes += row->fields[i].len;
    scanner->header = rf_alloc(bytes ? bytes : 1);
    if (!scanner->header)
        return false;
    char *text = (char *)(scanner->header + row->count);
    for (size_t i = 0; i < row->count; i++) {
        if (row->fields[i].len)
            memcpy(text, row->fields[i].data, row->fields[i].len);
        scanner->header[i] = (rf_slice){ text, row->fields[i].len };
        text += row->fields[i].len;
    }
    return true;
}

static bool set_member(rf_value *map, rf_slice key, rf_value value) {
    rf_value *there = rf_value_member(map, key);
    if (there)
        *there = value;
    else
        map->members[map->size++] = (rf_member){ key, value };
    return true;
}

/* The row as a map by the header, or as a list. Fields past the header's are left out. */
static bool make_payload(const rf_scanner *scanner, const rf_csv_row *row, rf_batch *batch, rf_value *ret_payload) {
    const size_t count = scanner->header && row->count > scanner->width ? scanner->width : row->count;
    rf_value payload = { .kind = scanner->header ? RF_MAP : RF_LIST };
    void *room = rf_arena_alloc(&batch->arena, (count + 1) * (scanner->header ? sizeof(rf_member) : sizeof(rf_value)));
    if (!room)
        return false;
    if (scanner->header)
        payload.members = room;
    else
        payload.items = room;
    for (size_t i = 0; i < count; i++) {
        if (!scanner->header) {
            payload.items[payload.size++] = rf_string(row->fields[i]);
            continue;
        }
        rf_slice key = rf_slice_dup_in(&batch->arena, scanner->header[i]);
        if (!key.data || !set_member(&payload, key, rf_string(row->fields[i])))
            return false;
    }
    *ret_payload = payload;
    return true;
}

/* The names of the header, as a list. */
static bool set_header(const rf_scanner *scanner, rf_batch *batch, rf_message *message) {
    rf_value list = { .kind = RF_LIST, .items = rf_arena_alloc(&batch->arena, (scanner->width + 1) * sizeof(rf_value)) };
    if (!scanner->header)
        return true;
    for (size_t i = 0; list.items && i < scanner->width; i++) {
        rf_slice name = rf_slice_dup_in(&batch->arena, scanner->header[i]);
        if (!name.data)
            return false;
        list.items[list.size++] = rf_string(name);
    }
    return list.items && rf_batch_set_meta(batch, message, RF_SLICE("header"), list);
}

static bool set_meta(const rf_scanner *scanner, rf_batch *batch, rf_message *message) {
    if (scanner->options.csv.header_in_meta)
        return set_header(scanner, batch, message);
    return rf_batch_set_meta(batch, message, RF_SLICE("csv_row"), rf_int((int64_t)scanner->rows));
}

static rf_scanned make_message(rf_scanner *scanner, const rf_csv_row *row, rf_batch *batch, rf_message *ret_message) {
    rf_message message = { 0 };
    if (!make_payload(scanner, row, batch, &message.payload) || !set_meta(scanner, batch, &message))
        return RF_SCANNED_FAILED;
    if (scanner->complaint[0])
        rf_message_fail(batch, &message, "%s", scanner->complaint);
    scanner->rows++;
    *ret_message = message;
    return RF_SCANNED;
}

/* What a row becomes: the header, a message, or a complaint. */
static rf_scanned use_row(rf_scanner *scanner, const rf_csv_row *row, uint64_t line, rf_batch *batch, rf_message *ret_message) {
    (void)snprintf(scanner->complaint, sizeof scanner->complaint, "%s", row->fault);
    if (!scanner->width)
        scanner->width = row->count;
    else if (!scanner->complaint[0] && row->count != scanner->width)
        (void)snprintf(scanner->complaint, sizeof scanner->complaint, "record on line %llu: wrong number of fields",
                       (unsigned long long)line);
    if (scanner->options.csv.parse_header_row && !scanner->header) {
        if (scanner->complaint[0])
            return rf_scan_give_up(scanner, "%s", row->fault);
        return keep_header(scanner, row) ? RF_SCANNED_NONE : RF_SCANNED_FAILED;
    }
    if (scanner->complaint[0] && !scanner->options.csv.continue_on_error)
        return RF_SCANNED_BAD;
    return make_message(scanner, row, batch, ret_message);
}

static rf_scanned csv_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    const rf_csv_style style = style_of(scanner);
    while (!scanner->finished) {
        rf_slice left = rf_reader_left(reader);
        rf_csv_row row = { 0 };
        size_t len = 0;
        uint64_t line = reader->line + 1;
        if (!rf_csv_find_end(style, left, &reader->scanned, &scanner->place, &len)) {
            if (left.len > RF_SCAN_BYTES_MAX)
                return rf_scan_give_up(scanner, "a row of more than %zu bytes, which is the most for one message", RF_SCAN_BYTES_MAX);
            if (!reader->ended)
                return RF_SCANNED_NONE;
            if (left.len == 0)
                return RF_SCANNED_END;
            len = left.len;
        }
        scanner->place = 0;
        reader->line += rf_csv_line_count((rf_slice){ left.data, len });
        bool blank = rf_csv_is_blank((rf_slice){ left.data, len });
        bool read = blank || rf_csv_read(style, (rf_slice){ left.data, len }, line, &batch->arena, &row);
        rf_line_reader_pass(reader, len);
        if (!read)
            return RF_SCANNED_FAILED;
        if (blank)
            continue;
        rf_scanned got = use_row(scanner, &row, line, batch, ret_message);
        if (got != RF_SCANNED_NONE) /* that was the header */
            return got;
    }
    return RF_SCANNED_END;
}

const rf_scan_kind rf_scan_csv = { "csv", csv_open, csv_next, false };
