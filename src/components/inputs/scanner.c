/* scanner.c: the field `scanner`, and the ways of cutting that look at no more than bytes. */
#include "components/inputs/scanner.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const rf_field lines_fields[] = {
    { "custom_delimiter", RF_FIELD_STRING, offsetof(rf_lines_options, custom_delimiter), NULL, RF_FIELD_ADVANCED,
      "What ends a line, in place of a line feed.", NULL, NULL, 0, 0, 0 },
    { "max_buffer_size", RF_FIELD_SIZE, offsetof(rf_lines_options, max_buffer_size), "65536", 0,
      "The longest line, in bytes. A longer one is counted, logged and passed over; those after it go on. "
      "With `codec: message` at least 64 MiB are allowed.", NULL, NULL,
      0, 0, 0 },
    { "omit_empty", RF_FIELD_BOOL, offsetof(rf_lines_options, omit_empty), "false", 0, "Passes over empty lines.",
      NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field csv_fields[] = {
    { "custom_delimiter", RF_FIELD_STRING, offsetof(rf_csv_options, custom_delimiter), NULL, 0,
      "The character between fields, in place of a comma.", NULL, NULL, 0, 0, 0 },
    { "parse_header_row", RF_FIELD_BOOL, offsetof(rf_csv_options, parse_header_row), "true", 0,
      "The first row names the fields, and each message is a map; else each is a list.", NULL, NULL, 0, 0, 0 },
    { "lazy_quotes", RF_FIELD_BOOL, offsetof(rf_csv_options, lazy_quotes), "false", RF_FIELD_ADVANCED,
      "A quote may stand within a field.", NULL, NULL, 0, 0, 0 },
    { "continue_on_error", RF_FIELD_BOOL, offsetof(rf_csv_options, continue_on_error), "false", RF_FIELD_ADVANCED,
      "A row that is wrong becomes a message all the same, marked as failed.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field chunker_fields[] = {
    { "size", RF_FIELD_SIZE, 0, NULL, RF_FIELD_REQUIRED, "Bytes of a message; the last may be shorter.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field re_match_fields[] = {
    { "pattern", RF_FIELD_STRING, 0, NULL, RF_FIELD_REQUIRED, "A regular expression: each match begins a message.", NULL, NULL, 0, 0, 0 },
    { "max_buffer_size", RF_FIELD_SIZE, sizeof(rf_slice), "65536", 0,
      "The longest message, in bytes. What is longer is logged and passed over, to the next match.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field into_fields[] = {
    { "into", RF_FIELD_ANY, 0, NULL, 0, "The scanner for what follows; `to_the_end: {}` when not given.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field decompress_fields[] = {
    { "algorithm", RF_FIELD_ENUM, 0, NULL, RF_FIELD_REQUIRED, "How it was compressed. `lz4` and `bzip2` need the packages `liblz4-1` and `libbz2-1.0`.", rf_unpack_names,
      NULL, 0, 0, 0 },
    { "into", RF_FIELD_ANY, sizeof(const rf_conf *), NULL, 0, "The scanner for what it expands to; `to_the_end: {}` when not given.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field case_fields[] = {
    { "re_match_name", RF_FIELD_STRING, offsetof(rf_scan_case_options, re_match_name), NULL, 0,
      "A regular expression for the name of a source, such as `[.]csv$`; not given: any.", NULL, NULL, 0, 0, 0 },
    { "scanner", RF_FIELD_ANY, offsetof(rf_scan_case_options, scanner), NULL, RF_FIELD_REQUIRED, "The scanner for it.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static const rf_field no_fields[] = { { 0 } };

const rf_field rf_scanner_fields[] = {
    { "lines", RF_FIELD_OBJECT, offsetof(rf_scanner_options, lines), NULL, 0,
      "One message a line. A line feed ends it, with or without a carriage return before. This is what happens when no scanner is "
      "named.", NULL, lines_fields, 0, 0, 0 },
    { "csv", RF_FIELD_OBJECT, offsetof(rf_scanner_options, csv), NULL, 0,
      "One message a row of comma-separated values, with the metadata `csv_row` (counted from 0). A row with another number of fields "
      "than the first is logged and passed over.", NULL, csv_fields, 0, 0, 0 },
    { "chunker", RF_FIELD_OBJECT, offsetof(rf_scanner_options, chunker), NULL, 0, "Messages of a fixed size.", NULL, chunker_fields, 0, 0, 0 },
    { "decompress", RF_FIELD_OBJECT, offsetof(rf_scanner_options, decompress), NULL, 0, "Expands a source that is compressed.", NULL, decompress_fields, 0, 0, 0 },
    { "json_array", RF_FIELD_OBJECT, 0, NULL, 0, "One message an element of the one array that the source is.", NULL, no_fields, 0, 0, 0 },
    { "json_documents", RF_FIELD_OBJECT, 0, NULL, 0,
      "One message a JSON value, with or without blanks and line feeds between them. What is no JSON is logged and ends the source.", NULL,
      no_fields, 0, 0, 0 },
    { "re_match", RF_FIELD_OBJECT, offsetof(rf_scanner_options, re_match), NULL, 0, "Cuts before each match of a regular expression.", NULL,
      re_match_fields, 0, 0, 0 },
    { "skip_bom", RF_FIELD_OBJECT, offsetof(rf_scanner_options, skip_bom), NULL, 0, "Leaves out a byte order mark at the beginning.", NULL,
      into_fields, 0, 0, 0 },
    { "switch", RF_FIELD_OBJECTS, offsetof(rf_scanner_options, cases), NULL, 0,
      "One of several scanners, by the name of the source (a file's path): the first case that is for it. Without one the source is passed over, with an error.",
      NULL, case_fields, sizeof(rf_scan_case_options), 0, 0 },
    { "tar", RF_FIELD_OBJECT, 0, NULL, 0, "One message a file of a tape archive, with the metadata `tar_name`.", NULL, no_fields, 0, 0, 0 },
    { "to_the_end", RF_FIELD_OBJECT, 0, NULL, 0, "The whole source is one message.", NULL, no_fields, 0, 0, 0 },
    { 0 },
};

static const rf_scan_kind scan_lines = { "lines", NULL, NULL, true };
static rf_scanned switch_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    (void)scanner, (void)reader, (void)batch, (void)ret_message;
    return RF_SCANNED_END; /* its cases are asked */
}

static const rf_scan_kind scan_switch = { "switch", NULL, switch_next, false };
static const rf_scan_kind scan_decompress = { "decompress", NULL, NULL, false };
static const rf_scan_kind scan_skip_bom = { "skip_bom", NULL, NULL, false };

static const rf_scan_kind *const kinds[] = {
    &scan_lines,       &rf_scan_csv,   &rf_scan_chunker, &scan_decompress, &rf_scan_json_array, &rf_scan_json_documents,
    &rf_scan_re_match, &scan_skip_bom, &scan_switch,     &rf_scan_tar,     &rf_scan_to_the_end, NULL,
};

/* Which one the node names. */
static rf_code choose(rf_scanner *scanner, const rf_conf *node, const rf_scan_kind *standard) {
    rf_error error = { 0 };
    const rf_scan_kind *found = NULL;
    scanner->kind = standard;
    for (const rf_scan_kind *const *kind = kinds; node && *kind; kind++) {
        if (!rf_conf_child(node, (*kind)->name))
            continue;
        if (found) {
            (void)rf_raise(&error, RF_ECONFIG, "unable to infer scanner type, multiple candidates '%s' and '%s'", found->name,
                           (*kind)->name);
            return rf_conf_report(node, &error);
        }
        found = *kind;
    }
    if (found)
        scanner->kind = found;
    return RF_OK;
}

static rf_code report_nested(const rf_conf *node, const char *what) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "%s", what);
    return rf_conf_report(node, &error);
}

static rf_code open_unpack(rf_scanner *scanner, const rf_conf *node, rf_error *reterr) {
    rf_error error = { 0 };
    rf_code code = rf_unpack_new(scanner->options.decompress.algorithm, &scanner->unpack, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return code ? rf_conf_report(node, &error) : RF_OK;
}

/* What stands around another scanner is a property of it. */
static rf_code unwrap(rf_scanner *scanner, const rf_conf *node, rf_error *reterr) {
    rf_code code = RF_OK;
    for (int depth = 0; !code && (scanner->kind == &scan_skip_bom || scanner->kind == &scan_decompress); depth++) {
        const bool skips = scanner->kind == &scan_skip_bom;
        const rf_conf *into = skips ? scanner->options.skip_bom.into : scanner->options.decompress.into;
        if (depth == 8)
            return report_nested(node, "scanners nested too deep");
        if (!skips && (scanner->unpack || scanner->skip_bom))
            return report_nested(node, "decompress must be the outermost scanner, and there can be one");
        scanner->skip_bom |= skips;
        code = skips ? RF_OK : open_unpack(scanner, node, reterr);
        if (code)
            return code;
        scanner->options = (rf_scanner_options){ 0 };
        if (into)
            code = rf_conf_fill(into, rf_scanner_fields, &scanner->options, reterr);
        if (!code)
            code = choose(scanner, into, &rf_scan_to_the_end);
    }
    return code;
}

static rf_code open_at(rf_scanner *scanner, const rf_scanner_options *options, const rf_conf *node, rf_error *reterr) {
    scanner->options = *options;
    rf_code code = choose(scanner, node, &scan_lines);
    if (!code)
        code = unwrap(scanner, node, reterr);
    if (!code && scanner->kind->open)
        code = scanner->kind->open(scanner, node, reterr);
    return code;
}

static rf_code open_case(rf_scan_case *one, const rf_scan_case_options *options, const rf_conf *node, rf_error *reterr) {
    rf_scanner_options inner = { 0 };
    rf_error error = { 0 };
    rf_code code = options->re_match_name.len ? rf_regex_compile(options->re_match_name, &one->name, &error) : RF_OK;
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    if (code)
        return rf_conf_report(node, &error);
    code = rf_conf_fill(options->scanner, rf_scanner_fields, &inner, reterr);
    if (!code)
        code = open_at(&one->scanner, &inner, options->scanner, reterr);
    return !code && one->scanner.kind == &scan_switch ? report_nested(options->scanner, "a switch within a switch") : code;
}

static rf_code open_cases(rf_scanner *scanner, const rf_conf *node, rf_error *reterr) {
    const rf_list *list = &scanner->options.cases;
    rf_code code = RF_OK;
    if (scanner->unpack || scanner->skip_bom)
        return report_nested(node, "switch must be the outermost scanner");
    if (list->count == 0)
        return report_nested(node, "switch needs at least one case");
    scanner->cases = rf_alloc_zero(list->count, sizeof *scanner->cases);
    if (!scanner->cases)
        return rf_raise_nomem(reterr);
    scanner->case_count = list->count;
    for (size_t i = 0; i < list->count && !code; i++)
        code = open_case(&scanner->cases[i], &((const rf_scan_case_options *)list->items)[i], node, reterr);
    return code;
}

rf_code rf_scanner_open(rf_scanner *scanner, const rf_scanner_options *options, const rf_conf *conf, rf_error *reterr) {
    const rf_conf *node = rf_conf_child(conf, "scanner");
    assert(options);
    rf_code code = open_at(scanner, options, node, reterr);
    return !code && scanner->kind == &scan_switch ? open_cases(scanner, node, reterr) : code;
}

rf_scanner *rf_scanner_for(rf_scanner *scanner, rf_slice name) {
    for (size_t i = 0; i < scanner->case_count; i++)
        if (!scanner->cases[i].name || rf_regex_matches(scanner->cases[i].name, name))
            return &scanner->cases[i].scanner;
    return scanner->case_count ? NULL : scanner;
}

void rf_scanner_done(rf_scanner *scanner) {
    rf_regex_free(scanner->regex);
    rf_free(scanner->header);
    rf_unpack_free(scanner->unpack);
    for (size_t i = 0; i < scanner->case_count; i++) {
        rf_regex_free(scanner->cases[i].name);
        rf_scanner_done(&scanner->cases[i].scanner);
    }
    rf_free(scanner->cases);
    *scanner = (rf_scanner){ 0 };
}

void rf_scanner_restart(rf_scanner *scanner) {
    scanner->begun = scanner->finished = false;
    scanner->place = 0;
    for (size_t i = 0; i < scanner->case_count; i++)
        rf_scanner_restart(&scanner->cases[i].scanner);
    if (scanner->unpack)
        rf_unpack_restart(scanner->unpack);
    scanner->json = (rf_json_scan){ 0 };
    scanner->rows = 0;
    scanner->width = 0;
    rf_free(scanner->header);
    scanner->header = NULL;
}

rf_scanned rf_scanner_begin(rf_scanner *scanner, rf_line_reader *reader) {
    const rf_slice mark = RF_SLICE("\xEF\xBB\xBF"), left = rf_reader_left(reader);
    if (scanner->begun || !scanner->skip_bom)
        return RF_SCANNED;
    if (left.len < mark.len && !reader->ended && rf_slice_starts(mark, left))
        return RF_SCANNED_NONE;
    if (rf_slice_starts(left, mark))
        rf_line_reader_pass(reader, mark.len);
    scanner->begun = true;
    return RF_SCANNED;
}

rf_scanned rf_scan_take(rf_line_reader *reader, size_t bytes, rf_batch *batch, rf_message *ret_message) {
    rf_slice copy = rf_slice_dup_in(&batch->arena, (rf_slice){ reader->data + reader->start, bytes });
    assert(bytes <= reader->end - reader->start);
    if (!copy.data)
        return RF_SCANNED_FAILED;
    rf_line_reader_pass(reader, bytes);
    reader->line++;
    *ret_message = (rf_message){ .payload = rf_text(RF_RAW, copy) };
    return RF_SCANNED;
}

rf_scanned rf_scan_give_up(rf_scanner *scanner, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(scanner->complaint, sizeof scanner->complaint, format, args);
    va_end(args);
    scanner->finished = true;
    return RF_SCANNED_BAD;
}

/* ---- chunker ---- */

static rf_code report(const rf_conf *conf, const char *what, uint64_t most) {
    rf_error error = { 0 };
    (void)rf_raise(&error, RF_ECONFIG, "%s must be from 1 byte to %" PRIu64 " bytes", what, most);
    return rf_conf_report(conf, &error);
}

static rf_code chunker_open(rf_scanner *scanner, const rf_conf *conf, rf_error *reterr RF_UNUSED) {
    uint64_t size = scanner->options.chunker.size;
    return size == 0 || size > RF_SCAN_BYTES_MAX ? report(conf, "size", RF_SCAN_BYTES_MAX) : RF_OK;
}

static rf_scanned chunker_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    size_t size = (size_t)scanner->options.chunker.size, left = rf_reader_left(reader).len;
    if (left < size && !reader->ended)
        return RF_SCANNED_NONE;
    if (left == 0)
        return RF_SCANNED_END;
    return rf_scan_take(reader, left < size ? left : size, batch, ret_message);
}

const rf_scan_kind rf_scan_chunker = { "chunker", chunker_open, chunker_next, true };

/* ---- to_the_end ---- */

static rf_scanned to_the_end_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    rf_slice left = rf_reader_left(reader);
    if (scanner->finished)
        return RF_SCANNED_END;
    if (left.len > RF_SCAN_BYTES_MAX)
        return rf_scan_give_up(scanner, "longer than %zu bytes, which is the most for one message", RF_SCAN_BYTES_MAX);
    if (!reader->ended)
        return RF_SCANNED_NONE;
    scanner->finished = true;
    return rf_scan_take(reader, left.len, batch, ret_message);
}

const rf_scan_kind rf_scan_to_the_end = { "to_the_end", NULL, to_the_end_next, false };

/* ---- re_match ---- */

static rf_code re_match_open(rf_scanner *scanner, const rf_conf *conf, rf_error *reterr) {
    uint64_t most = scanner->options.re_match.max_buffer_size;
    rf_error error = { 0 };
    rf_code code;
    if (most == 0 || most > RF_SCAN_BYTES_MAX)
        return report(conf, "max_buffer_size", RF_SCAN_BYTES_MAX);
    code = rf_regex_compile(scanner->options.re_match.pattern, &scanner->regex, &error);
    if (code == RF_ENOMEM)
        return rf_raise_nomem(reterr);
    return code ? rf_conf_report(conf, &error) : RF_OK;
}

/* Where the next match behind the first byte begins, or the length: there is none. */
static size_t next_match(const rf_scanner *scanner, rf_slice left) {
    size_t from = 0, begin, end;
    while (from < left.len && rf_regex_find(scanner->regex, left, from, &begin, &end)) {
        if (begin > 0 && begin < left.len)
            return begin;
        from = end > from ? end : from + 1;
    }
    return left.len;
}

enum { KEEP_BYTES = 256 }; /* of what is passed over: a match may begin there */

/* Within a message that is too long. RF_SCANNED: the next one begins. */
static rf_scanned pass_over(rf_scanner *scanner, rf_line_reader *reader) {
    rf_slice left = rf_reader_left(reader);
    size_t len = next_match(scanner, left);
    if (len == left.len && !reader->ended) {
        rf_line_reader_pass(reader, left.len > KEEP_BYTES ? left.len - KEEP_BYTES : 0);
        return RF_SCANNED_NONE;
    }
    rf_line_reader_pass(reader, len);
    scanner->place = 0;
    return RF_SCANNED;
}

static rf_scanned re_match_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    const size_t most = (size_t)scanner->options.re_match.max_buffer_size;
    if (scanner->place && pass_over(scanner, reader) == RF_SCANNED_NONE)
        return RF_SCANNED_NONE;
    rf_slice left = rf_reader_left(reader);
    size_t len = next_match(scanner, left);
    if (len == left.len && !reader->ended && left.len <= most)
        return RF_SCANNED_NONE;
    if (left.len == 0)
        return RF_SCANNED_END;
    if (len <= most)
        return rf_scan_take(reader, len, batch, ret_message);
    scanner->place = 1;
    (void)snprintf(scanner->complaint, sizeof scanner->complaint, "longer than max_buffer_size, %zu bytes", most);
    return RF_SCANNED_BAD;
}

const rf_scan_kind rf_scan_re_match = { "re_match", re_match_open, re_match_next, false };
