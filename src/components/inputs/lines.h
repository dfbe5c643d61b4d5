/* lines.h: what the inputs that read bytes share: their options, and lines, or what another scanner cuts, becoming messages. */
#ifndef RF_COMPONENTS_INPUTS_LINES_H
#define RF_COMPONENTS_INPUTS_LINES_H

#include "components/inputs/scanner.h"
#include "components/wake.h"
#include "stream/component.h"

typedef enum rf_lines_codec { RF_LINES_TEXT, RF_LINES_MESSAGE } rf_lines_codec;

/* The fields `codec`, `scanner` and `auto_replay_nacks` of an input. */
typedef struct rf_lines_config {
    int codec; /* rf_lines_codec */
    rf_scanner_options scanner;
    bool auto_replay_nacks;
} rf_lines_config;

extern const char *const rf_lines_codec_names[];

/* Their rows in the table of a component whose state has `config` as a member. */
#define RF_LINES_FIELDS(type, config)                                                                          \
    { "codec", RF_FIELD_ENUM, offsetof(type, config.codec), "lines", 0,                                        \
      "What a line is: `lines`, its text is the payload; or `message`, a whole message as one JSON object, "   \
      "with its metadata (see docs/messages.md).", rf_lines_codec_names, NULL, 0, 0, 0 },                      \
    { "scanner", RF_FIELD_OBJECT, offsetof(type, config.scanner), NULL, 0,                                     \
      "How the bytes are cut into messages: one of these.", NULL, rf_scanner_fields, 0, 0, 0 },                              \
    { "auto_replay_nacks", RF_FIELD_BOOL, offsetof(type, config.auto_replay_nacks), "true", RF_FIELD_ADVANCED, \
      "Whether what an output refuses is tried again. With false it is told in the log and lost.", NULL, NULL, 0, 0, 0 }

/* One source after another, each becoming messages. */
typedef struct rf_lines {
    const rf_lines_config *config;
    rf_scanner scanner;
    rf_scanner *now; /* of the source that is being read; NULL: not known yet */
    const rf_env *env;
    rf_line_reader reader;
    rf_meter *meter; /* the input thread's, from rf_lines_connect on */
    rf_metric too_long, not_a_message;
    rf_log_limit complaints;
} rf_lines;

/* In open: checks the options, registers metrics. */
RF_NODISCARD rf_code rf_lines_open(rf_lines *lines, const rf_lines_config *config, const rf_conf *conf,
                                   const rf_env *env, rf_error *reterr);
/* In connect: what the input thread needs. Again is fine. */
RF_NODISCARD rf_code rf_lines_connect(rf_lines *lines, rf_error *reterr);
void rf_lines_done(rf_lines *lines);
/* A new source begins. */
void rf_lines_restart(rf_lines *lines);
/* The same, of one whose first bytes and lines were had before. Only where rf_lines_can_go_on. */
void rf_lines_go_on(rf_lines *lines, uint64_t bytes, uint64_t line);
/* Whether the messages behind a place depend on nothing that stands before it. */
bool rf_lines_can_go_on(const rf_lines *lines);

/*
 * Appends the messages of up to `max` lines that are there now, waiting for the first at most `wait_ns`. `meta` (may
 * be NULL) is given to each, frozen, unless the line brings its own. `name` is for complaints.
 * RF_OK: at least one. RF_EAGAIN: none yet. RF_ECLOSED: the source has ended. A line that is too long, or no message,
 * is counted, logged and passed over.
 */
RF_NODISCARD rf_code rf_lines_read(rf_lines *lines, int fd, const char *name, const rf_wake *wake, rf_batch *batch,
                                   uint32_t max, uint64_t wait_ns, const rf_meta *meta, rf_error *reterr);

#endif
