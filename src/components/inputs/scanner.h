/* scanner.h: how the bytes of a source are cut into messages: the field `scanner`, and each way there is. */
#ifndef RF_COMPONENTS_INPUTS_SCANNER_H
#define RF_COMPONENTS_INPUTS_SCANNER_H

#include "base/regex.h"
#include "components/inputs/line_reader.h"
#include "components/inputs/unpack.h"
#include "message/json_scan.h"
#include "message/message.h"
#include "stream/conf.h"

typedef struct rf_lines_options {
    rf_slice custom_delimiter;
    uint64_t max_buffer_size;
    bool omit_empty;
} rf_lines_options;

typedef struct rf_csv_options {
    rf_slice custom_delimiter;
    bool parse_header_row, lazy_quotes, continue_on_error;
    bool header_in_meta; /* the metadata `header` in place of `csv_row`; no option */
} rf_csv_options;

typedef struct rf_scan_case_options { rf_slice re_match_name; const rf_conf *scanner; } rf_scan_case_options;

typedef struct rf_scanner_options {
    rf_lines_options lines;
    rf_csv_options csv;
    struct { uint64_t size; } chunker;
    struct { rf_slice pattern; uint64_t max_buffer_size; } re_match;
    struct { const rf_conf *into; } skip_bom;
    struct { int algorithm; const rf_conf *into; } decompress;
    rf_list cases; /* of `switch`: rf_scan_case_options */
} rf_scanner_options;

extern const rf_field rf_scanner_fields[];

typedef struct rf_scanner rf_scanner;

typedef enum rf_scanned {
    RF_SCANNED,        /* a message */
    RF_SCANNED_NONE,   /* fill the reader first */
    RF_SCANNED_END,    /* nothing more comes of this source */
    RF_SCANNED_BAD,    /* bytes that are no message were passed over: `complaint` */
    RF_SCANNED_FAILED, /* out of memory */
} rf_scanned;

typedef struct rf_scan_kind {
    const char *name;
    /* Checks the options. May be NULL. */
    rf_code (*open)(rf_scanner *scanner, const rf_conf *conf, rf_error *reterr);
    /* The next message out of what the reader holds; its parts are in the batch's arena. NULL: lines, which lines.c cuts. */
    rf_scanned (*next)(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message);
    bool goes_on; /* it can begin behind any message: what stands before does not matter */
} rf_scan_kind;

typedef struct rf_scan_case rf_scan_case;

/* Zeroed is valid and done. One thread. */
struct rf_scanner {
    const rf_scan_kind *kind;
    rf_scanner_options options;
    bool skip_bom;
    rf_unpack *unpack; /* NULL: bytes are what they are */
    rf_regex *regex; /* re_match */
    rf_scan_case *cases; /* switch */
    size_t case_count;
    char complaint[256];

    /* Of the source that is being read. */
    bool begun;    /* looked for a byte order mark */
    bool finished; /* nothing more is made of it */
    uint8_t place;   /* json_array: around elements; csv: within a field, at `reader->scanned`; re_match: passing over */
    rf_json_scan json;
    uint64_t rows;
    size_t width;  /* csv: fields of a row; 0: not known yet */
    rf_slice *header; /* owned, one block with its texts */
};

struct rf_scan_case { rf_regex *name; /* NULL: any */ rf_scanner scanner; };

/* The scanner of a source of that name: itself, or a case's; NULL: no case is for it. */
rf_scanner *rf_scanner_for(rf_scanner *scanner, rf_slice name);
/* In an input's open: which scanner its `scanner` field says. Reports what is wrong. */
RF_NODISCARD rf_code rf_scanner_open(rf_scanner *scanner, const rf_scanner_options *options, const rf_conf *conf, rf_error *reterr);
void rf_scanner_done(rf_scanner *scanner);
/* A new source begins. */
void rf_scanner_restart(rf_scanner *scanner);
/* What comes before the first message: RF_SCANNED_NONE while it cannot be told yet, else RF_SCANNED. */
rf_scanned rf_scanner_begin(rf_scanner *scanner, rf_line_reader *reader);

extern const rf_scan_kind rf_scan_tar;
extern const rf_scan_kind rf_scan_csv, rf_scan_chunker, rf_scan_json_array, rf_scan_json_documents, rf_scan_re_match, rf_scan_to_the_end;

#define RF_SCAN_BYTES_MAX ((size_t)256 << 20) /* of one message, whatever the scanner */

/* For kinds: the bytes not given out yet. */
static inline rf_slice rf_reader_left(const rf_line_reader *reader) {
    return (rf_slice){ reader->data + reader->start, reader->end - reader->start };
}

/* Takes `bytes` from the front as a message of them. */
rf_scanned rf_scan_take(rf_line_reader *reader, size_t bytes, rf_batch *batch, rf_message *ret_message);
/* Nothing more is made of this source; says why. */
rf_scanned rf_scan_give_up(rf_scanner *scanner, const char *format, ...) RF_PRINTF(2, 3);

#endif
