/* unarchive: one message becomes those that it holds. */
#include "base/slice.h"
#include "components/inputs/csv_row.h"
#include "components/pack/container.h"
#include "components/processors/archive.h"
#include "components/processors/note.h"
#include "components/processors/parcels.h"
#include "message/json.h"
#include "message/json_scan.h"

#include <assert.h>

typedef struct unarchive unarchive;

/* Adds what `content`, a message's bytes, holds; `message` is the one that they share their metadata with. */
typedef rf_code (*take_apart)(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr);

struct unarchive {
    rf_slice format;
    take_apart take;
    char delimiter; /* csv */
    rf_note note;
};

static const rf_field unarchive_fields[] = {
    { "format", RF_FIELD_STRING, offsetof(unarchive, format), NULL, RF_FIELD_REQUIRED,
      "`lines`; `json_array`: its elements; `json_map`: its values, each with the metadata `archive_key`; `json_documents`: one JSON value behind "
      "another; `csv`: rows as maps by the first, `csv:x` with x between fields; `binary`: what `archive` made; `tar`, `zip`: its files, each with the "
      "metadata `archive_filename`.", NULL, NULL, 0, 0, 0 },
    { 0 },
};

static void add(rf_parcels *parcels, rf_message *message, rf_value payload) {
    rf_message part;
    rf_message_share(message, &part);
    part.payload = payload;
    rf_parcels_add(parcels, &part);
}

/* With one more entry in its metadata. */
static rf_code add_named(rf_parcels *parcels, rf_message *message, rf_value payload, rf_slice key, rf_slice name, rf_error *reterr) {
    rf_message part;
    rf_message_share(message, &part);
    part.payload = payload;
    if (!rf_batch_set_meta(parcels->batch, &part, key, rf_string(name)))
        return rf_raise_nomem(reterr);
    rf_parcels_add(parcels, &part);
    return RF_OK;
}

static rf_code take_lines(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    (void)self, (void)reterr;
    for (bool more = true; more;) {
        size_t len = rf_slice_find(content, '\n');
        add(parcels, message, rf_text(RF_RAW, (rf_slice){ content.data, len }));
        more = len < content.len;
        content.data += more ? len + 1 : 0;
        content.len -= more ? len + 1 : 0;
    }
    return RF_OK;
}

static const char *go_type(const rf_value *value) {
    switch ((rf_value_kind)value->kind) {
    case RF_NULL: return "<nil>";
    case RF_BOOL: return "bool";
    case RF_LIST: return "[]interface {}";
    case RF_MAP: return "map[string]interface {}";
    case RF_INT:
    case RF_DOUBLE:
    case RF_NUMBER: return "json.Number";
    default: return "string";
    }
}

static rf_code read_value(rf_parcels *parcels, rf_message *message, rf_value_kind kind, const char *what, rf_value *ret_value,
                          rf_error *reterr) {
    rf_code code = rf_archive_value(parcels->batch, message, ret_value, reterr);
    if (!code && ret_value->kind != kind)
        code = rf_raise(reterr, RF_EPARSE, "invalid type '%s'", go_type(ret_value));
    if (code && code != RF_ENOMEM)
        rf_error_prefix(reterr, "failed to parse message into JSON %s: ", what);
    return code;
}

static rf_code take_json_array(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    rf_value list;
    (void)self, (void)content;
    rf_code code = read_value(parcels, message, RF_LIST, "array", &list, reterr);
    for (uint32_t i = 0; !code && i < list.size; i++)
        add(parcels, message, list.items[i]);
    return code;
}

static rf_code take_json_map(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    rf_value map;
    (void)self, (void)content;
    rf_code code = read_value(parcels, message, RF_MAP, "map", &map, reterr);
    for (uint32_t i = 0; !code && i < map.size; i++)
        code = add_named(parcels, message, map.members[i].value, RF_SLICE("archive_key"), map.members[i].key, reterr);
    return code;
}

static rf_code take_json_documents(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    rf_json_scan scan = { 0 };
    (void)self;
    for (;;) {
        size_t used = 0;
        rf_value value;
        rf_json_scanned got = rf_json_scan_feed(&scan, content, &used);
        if (got == RF_JSON_MORE)
            got = rf_json_scan_end(&scan);
        if (got == RF_JSON_MORE)
            return RF_OK;
        if (got == RF_JSON_WRONG)
            return rf_raise(reterr, RF_EPARSE, "failed to parse message as JSON documents: %s", scan.fault);
        rf_code code = rf_json_parse(&parcels->batch->arena, (rf_slice){ content.data, used }, RF_JSON_LEXEMES, &value, reterr);
        if (code)
            return code;
        add(parcels, message, value);
        content.data += used;
        content.len -= used;
    }
}

/* The row as a map by the header's names. */
static rf_code add_row(rf_parcels *parcels, rf_message *message, const rf_csv_row *header, const rf_csv_row *row, rf_error *reterr) {
    rf_value map = { .kind = RF_MAP, .members = rf_arena_alloc(&parcels->batch->arena, (row->count + 1) * sizeof(rf_member)) };
    if (!map.members)
        return rf_raise_nomem(reterr);
    for (size_t i = 0; i < row->count; i++) {
        rf_value *there = rf_value_member(&map, header->fields[i]);
        if (there)
            *there = rf_string(row->fields[i]);
        else
            map.members[map.size++] = (rf_member){ header->fields[i], rf_string(row->fields[i]) };
    }
    add(parcels, message, map);
    return RF_OK;
}

static rf_code take_csv(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    const rf_csv_style style = { self->delimiter, false };
    rf_csv_row header = { 0 };
    uint64_t line = 1;
    while (content.len > 0) {
        size_t scanned = 0, len = content.len;
        uint8_t place = 0;
        rf_csv_row row = { 0 };
        (void)rf_csv_find_end(style, content, &scanned, &place, &len);
        rf_slice text = { content.data, len };
        if (!rf_csv_is_blank(text)) {
            if (!rf_csv_read(style, text, line, &parcels->batch->arena, &row))
                return rf_raise_nomem(reterr);
            if (row.fault[0])
                return rf_raise(reterr, RF_EPARSE, "failed to parse message as csv: %s", row.fault);
            if (!header.fields)
                header = row;
            else if (row.count != header.count)
                return rf_raise(reterr, RF_EPARSE, "failed to parse message as csv: record on line %llu: wrong number of fields",
                                (unsigned long long)line);
            else if (add_row(parcels, message, &header, &row, reterr))
                return RF_ENOMEM;
        }
        line += rf_csv_line_count(text);
        content.data += len;
        content.len -= len;
    }
    return RF_OK;
}

/* A length of four bytes, the highest first; takes it from the front. */
static bool read_length(rf_slice *content, size_t *ret_length) {
    const unsigned char *bytes = (const unsigned char *)content->data;
    if (content->len < 4)
        return false;
    *ret_length = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    content->data += 4;
    content->len -= 4;
    return true;
}

static rf_code take_binary(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    size_t count, len;
    (void)self;
    bool sound = read_length(&content, &count);
    for (size_t i = 0; sound && i < count; i++) {
        sound = read_length(&content, &len) && len <= content.len;
        if (!sound)
            break;
        add(parcels, message, rf_text(RF_RAW, (rf_slice){ content.data, len }));
        content.data += len;
        content.len -= len;
    }
    return sound && content.len == 0 ? RF_OK : rf_raise(reterr, RF_EPARSE, "serialised message bytes were in unexpected format");
}

static rf_code take_tar(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    size_t at = 0;
    (void)self;
    for (;;) {
        rf_slice name, file;
        rf_code code = rf_tar_next(content, &at, &name, &file, reterr);
        if (code)
            return code == RF_ECLOSED ? RF_OK : code;
        code = add_named(parcels, message, rf_text(RF_RAW, file), RF_SLICE("archive_filename"), name, reterr);
        if (code)
            return code;
    }
}

static rf_code take_zip(const unarchive *self, rf_parcels *parcels, rf_message *message, rf_slice content, rf_error *reterr) {
    RF_CLEANUP(rf_buffer_done) rf_buffer file = { 0 };
    rf_zip_reader reader;
    rf_slice name;
    (void)self;
    rf_code code = rf_zip_open(content, &reader, reterr);
    while (!code && !(code = rf_zip_next(&reader, &name, &file, reterr))) {
        rf_slice copy = file.len ? rf_slice_dup_in(&parcels->batch->arena, rf_buffer_view(&file)) : RF_SLICE("");
        code = copy.data ? add_named(parcels, message, rf_text(RF_RAW, copy), RF_SLICE("archive_filename"), name, reterr)
                         : rf_raise_nomem(reterr);
    }
    return code == RF_ECLOSED ? RF_OK : code;
}

/* ---- the processor ---- */

static bool choose(unarchive *self) {
    static const struct { const char *name; take_apart take; } formats[] = {
        { "binary", take_binary }, { "csv", take_csv }, { "json_array", take_json_array }, { "json_documents", take_json_documents },
        { "json_map", take_json_map }, { "lines", take_lines }, { "tar", take_tar }, { "zip", take_zip },
    };
    const rf_slice csv = RF_SLICE("csv:");
    self->delimiter = ',';
    if (rf_slice_starts(self->format, csv) && self->format.len == csv.len + 1 && !memchr("\"\r\n", self->format.data[csv.len], 3)) {
        self->delimiter = self->format.data[csv.len];
        self->take = take_csv;
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (rf_slice_is(self->format, formats[i].name))
            self->take = formats[i].take;
    return self->take;
}

static rf_code unarchive_open(void *state, const rf_conf *conf, const rf_env *env, rf_error *reterr) {
    unarchive *self = state;
    const rf_conf *node = rf_conf_child(conf, "format");
    rf_error error = { 0 };
    (void)reterr;
    rf_note_init(&self->note, env);
    if (choose(self))
        return RF_OK;
    (void)rf_raise(&error, RF_ECONFIG, "value %.*s is not a valid option for this field", RF_SLICE_ARG(self->format));
    rf_error_hint(&error, "binary, csv, csv:x, json_array, json_documents, json_map, lines, tar or zip");
    return rf_conf_report(node ? node : conf, &error);
}

/* One that cannot be taken apart goes on as it was, marked. */
static rf_code unarchive_each(void *state, rf_parcels *parcels, uint32_t begin, uint32_t end, rf_error *reterr) {
    unarchive *self = state;
    rf_batch *batch = parcels->batch;
    for (uint32_t i = begin; i < end; i++) {
        rf_error error = { 0 };
        rf_slice content = { 0 };
        const uint32_t before = parcels->count;
        rf_code code = rf_message_bytes(batch, &batch->messages[i], &content, &error);
        if (!code)
            code = self->take(self, parcels, &batch->messages[i], content, &error);
        if (code == RF_ENOMEM || parcels->failed)
            return rf_raise_nomem(reterr);
        if (!code)
            continue;
        parcels->count = before;
        rf_note_fail(&self->note, batch, &batch->messages[i], "Failed to unarchive message part: ", error.message);
        rf_parcels_add(parcels, &batch->messages[i]);
    }
    return RF_OK;
}

static rf_code unarchive_process(void *state, void *local, rf_batch *batch, rf_error *reterr) {
    (void)local;
    return rf_parcels_each(batch, unarchive_each, state, reterr);
}

const rf_processor_kind rf_unarchive_kind = {
    .name = "unarchive",
    .summary = "Makes the messages that a message holds, in its place.",
    .detail = "They have its metadata, and are a batch. One that cannot be taken apart goes on as it was, marked as failed.",
    .example = "input:\n"
               "  generate: {mapping: \"root = [counter(), 5]\", interval: 100ms, count: 3}\n"
               "pipeline:\n"
               "  processors:\n"
               "    - unarchive: {format: json_array}\n"
               "output:\n"
               "  stdout: {}\n",
    .fields = unarchive_fields,
    .state_size = sizeof(unarchive),
    .open = unarchive_open,
    .process = unarchive_process,
};
